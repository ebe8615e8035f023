//! The migrated schemas of the two databases, read from their catalogues and compared:
//! tables, columns in order with type and nullability, keys, unique and other indexes.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

mod harness;

use ansinh::args;
use ansinh::collection::sql::receipt;
use ansinh::store::{Engine, Tx, migrate};
use harness::{TestDb, both, now, together};
use std::collections::{BTreeMap, BTreeSet};

/// A column: name, kind in SQLite's word, whether it takes null.
type Column = (String, String, bool);

/// An index: columns in order, unique, and for a partial one its condition.
type Index = (Vec<String>, bool, Option<String>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: Vec<Column>,
    primary_key: Vec<String>,
    indexes: BTreeSet<Index>,
}

/// A condition without what the databases spell differently.
fn plain(condition: &str) -> String {
    let mut text = condition
        .to_lowercase()
        .replace("::text", "")
        .replace("!=", "<>");
    text = text
        .replace("<> all (array[", "not in (")
        .replace("])", ")");
    text.chars().filter(|c| !"() \n".contains(*c)).collect()
}

async fn sqlite_schema(tx: &mut Tx) -> BTreeMap<String, Table> {
    let mut out = BTreeMap::new();
    let names = tx
        .all(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
            args![],
        )
        .await
        .unwrap();
    for name in names {
        let name = name.text(0).unwrap();
        let mut table = Table::default();
        let mut key = Vec::new();
        let columns = "select name, type, \"notnull\", pk from pragma_table_info($1) order by cid";
        for c in tx.all(columns, args![&name]).await.unwrap() {
            let (column, place) = (c.text(0).unwrap(), c.int(3).unwrap());
            if place > 0 {
                key.push((place, column.clone()));
            }
            // The one table that both databases make from the same text, `migration`, says bigint.
            let kind = c
                .text(1)
                .unwrap()
                .to_lowercase()
                .replace("bigint", "integer");
            table
                .columns
                .push((column, kind, !c.flag(2).unwrap() && place == 0));
        }
        key.sort();
        table.primary_key = key.into_iter().map(|(_, column)| column).collect();
        let indexes = "select l.name, l.\"unique\", m.sql from pragma_index_list($1) l \
                       left join sqlite_master m on m.type = 'index' and m.name = l.name where l.origin <> 'pk'";
        for i in tx.all(indexes, args![&name]).await.unwrap() {
            let of = "select name from pragma_index_info($1) order by seqno";
            let columns = tx.all(of, args![i.text(0).unwrap()]).await.unwrap();
            let columns = columns.iter().map(|c| c.text(0).unwrap()).collect();
            let sql = i.opt_text(2).unwrap().unwrap_or_default();
            let condition = sql
                .split_once(" where ")
                .map(|(_, condition)| plain(condition));
            table
                .indexes
                .insert((columns, i.flag(1).unwrap(), condition));
        }
        out.insert(name, table);
    }
    out
}

async fn postgres_schema(tx: &mut Tx) -> BTreeMap<String, Table> {
    let mut out: BTreeMap<String, Table> = BTreeMap::new();
    let columns = "select c.table_name::text, c.column_name::text, c.data_type::text, \
                   case c.is_nullable when 'YES' then 1::bigint else 0::bigint end \
                   from information_schema.columns c where c.table_schema = current_schema() \
                   order by c.table_name, c.ordinal_position";
    for c in tx.all(columns, args![]).await.unwrap() {
        let kind = match c.text(2).unwrap().as_str() {
            "bigint" => "integer".to_owned(),
            "bytea" => "blob".to_owned(),
            other => other.to_owned(),
        };
        let table = out.entry(c.text(0).unwrap()).or_default();
        table
            .columns
            .push((c.text(1).unwrap(), kind, c.flag(3).unwrap()));
    }
    let indexes = "select t.relname::text, i.indisprimary::int::bigint, i.indisunique::int::bigint, \
                   pg_get_expr(i.indpred, i.indrelid), \
                   (select string_agg(pg_get_indexdef(i.indexrelid, k::int, true), ',' order by k) \
                    from generate_series(1, i.indnkeyatts::bigint) k) \
                   from pg_index i join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace \
                   where n.nspname = current_schema()";
    for i in tx.all(indexes, args![]).await.unwrap() {
        let columns: Vec<String> = i.text(4).unwrap().split(',').map(str::to_owned).collect();
        let table = out.get_mut(&i.text(0).unwrap()).unwrap();
        if i.flag(1).unwrap() {
            table.primary_key = columns;
        } else {
            let condition = i.opt_text(3).unwrap().map(|c| plain(&c));
            table
                .indexes
                .insert((columns, i.flag(2).unwrap(), condition));
        }
    }
    out
}

async fn schema(db: &TestDb) -> BTreeMap<String, Table> {
    let mut tx = db.db.begin_read().await.unwrap();
    let out = match tx.engine() {
        Engine::Sqlite => sqlite_schema(&mut tx).await,
        Engine::Postgres => postgres_schema(&mut tx).await,
    };
    tx.rollback().await.unwrap();
    out
}

/// Catches a column, key, unique rule or index that only one of the two databases has.
#[test]
fn both_databases_have_the_same_tables() {
    together("schema", |runtime, all| {
        let mut first: Option<BTreeMap<String, Table>> = None;
        for db in all {
            let found = runtime.block_on(schema(db));
            assert!(
                found.contains_key("transfer") && found.contains_key("migration"),
                "{:?}",
                db.engine()
            );
            let Some(first) = &first else {
                first = Some(found);
                continue;
            };
            let names = |s: &BTreeMap<String, Table>| s.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(first), names(&found), "tables");
            for (name, table) in first {
                assert_eq!(
                    table, &found[name],
                    "table {name}: SQLite left, PostgreSQL right"
                );
            }
        }
    });
}

/// Catches a table of money or of people that rows can enter twice: one without a primary key.
#[test]
fn every_table_has_a_primary_key() {
    both("keys", async |db| {
        for (name, table) in schema(db).await {
            assert!(
                !table.primary_key.is_empty(),
                "table {name} has no primary key"
            );
        }
    });
}

/// Catches a migration that runs a second time or that forgets its version.
#[test]
fn migrating_again_changes_nothing() {
    both("again", async |db| {
        let before = schema(db).await;
        let (from, to) = migrate::migrate(&db.db, now()).await.unwrap();
        assert_eq!((from, to), (migrate::latest(), migrate::latest()));
        migrate::check(&db.db).await.unwrap();
        assert_eq!(schema(db).await, before);
    });
}

/// Catches a program that works on a database newer than itself, or on an empty one.
#[test]
fn a_database_of_another_version_is_refused() {
    both("version", async |db| {
        for (change, code) in [
            (
                "insert into migration(version, name, at) values (9999, 'of tomorrow', 0)",
                "newer_database",
            ),
            ("delete from migration", "not_migrated"),
        ] {
            let mut tx = db.db.begin().await.unwrap();
            tx.execute(change, args![]).await.unwrap();
            tx.commit().await.unwrap();
            let Err(ansinh::error::Failure::Reject(reject)) = migrate::check(&db.db).await else {
                panic!("{code} was due")
            };
            assert_eq!(reject.code(), code);
        }
    });
}

/// Catches an index that begins with the book and whose size SQLite's planner was not told:
/// it would be taken for a narrow one, and a whole book read where one row is meant.
#[test]
fn sqlites_planner_knows_every_index_of_a_book() {
    both("planner", async |db| {
        if db.engine() != Engine::Sqlite {
            return;
        }
        let mut tx = db.db.begin_read().await.unwrap();
        let untold = "select m.name from sqlite_master m where m.type = 'index' and m.sql like '%(book_id,%' \
                      and not exists (select 1 from sqlite_stat1 s where s.tbl = m.tbl_name and s.idx = m.name)";
        let rows = tx.all(untold, args![]).await.unwrap();
        let untold: Vec<String> = rows.iter().map(|r| r.text(0).unwrap()).collect();
        assert_eq!(untold, Vec::<String>::new());
        let plan =
            "explain query plan select amount from transfer where book_id = 1 and debit_id = 2";
        let row = tx.one(plan, args![]).await.unwrap();
        let chosen = row.text(3).unwrap();
        assert!(chosen.contains("transfer_debit"), "{chosen}");
        let undone = receipt::WITH_UNDONE.replace("$1", "1");
        let plan = format!("explain query plan {undone}");
        let row = tx.one(&plan, args![]).await.unwrap();
        let chosen = row.text(3).unwrap();
        assert!(chosen.contains("allocation_to_cancel"), "{chosen}");
        tx.rollback().await.unwrap();
    });
}
