//! The schema and its versions. SQLite migrates itself when it is opened; PostgreSQL by
//! `ansinh migrate`. A migration that was released is never edited.

use super::db::Db;
use super::tx::Engine;
use crate::args;
use crate::clock::Instant;
use crate::error::{Failure, Fault, Reject};

struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_foundation",
        sqlite: include_str!("../../migrations/sqlite/0001_foundation.sql"),
        postgres: include_str!("../../migrations/postgres/0001_foundation.sql"),
    },
    Migration {
        name: "0002_collection",
        sqlite: include_str!("../../migrations/sqlite/0002_collection.sql"),
        postgres: include_str!("../../migrations/postgres/0002_collection.sql"),
    },
    Migration {
        name: "0003_switch",
        sqlite: include_str!("../../migrations/sqlite/0003_switch.sql"),
        postgres: include_str!("../../migrations/postgres/0003_switch.sql"),
    },
];

/// What SQLite's planner knows of the tables, told again after each migration.
const PLANNER: &str = include_str!("sqlite_planner.sql");

/// The version that this program needs.
pub fn latest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The version of the database; 0 when it is empty.
pub async fn version(db: &Db) -> Result<i64, Fault> {
    let mut tx = db.begin_read().await?;
    let found = match tx.engine() {
        Engine::Sqlite => {
            tx.find("select 1 from sqlite_master where type = 'table' and name = 'migration'", args![]).await?
        }
        Engine::Postgres => {
            tx.find(
                "select 1::bigint from information_schema.tables where table_schema = current_schema() \
                 and table_name = 'migration'",
                args![],
            )
            .await?
        }
    };
    let version = match found {
        None => 0,
        Some(_) => tx
            .one("select coalesce(max(version), 0) from migration", args![])
            .await?
            .int(0)?,
    };
    tx.rollback().await?;
    Ok(version)
}

/// Brings the schema to [`latest`], each migration in one Tx; the versions before and after.
pub async fn migrate(db: &Db, now: Instant) -> Result<(i64, i64), Failure> {
    let before = version(db).await?;
    if before > latest() {
        return Err(Reject::NewerDatabase {
            found: before,
            expected: latest(),
        }
        .into());
    }
    for (i, migration) in MIGRATIONS.iter().enumerate() {
        let number = i64::try_from(i + 1).unwrap_or(i64::MAX);
        if number <= before {
            continue;
        }
        let mut tx = db.begin().await?;
        if tx.engine() == Engine::Postgres {
            // Two that migrate at once: the second waits and then finds the work done.
            tx.execute("select pg_advisory_xact_lock(4703112)", args![])
                .await?;
        }
        tx.execute_script("create table if not exists migration(version bigint primary key, name text not null, at bigint not null)")
            .await?;
        if tx
            .find(
                "select version from migration where version = $1",
                args![number],
            )
            .await?
            .is_some()
        {
            tx.rollback().await?;
            continue;
        }
        let script = match tx.engine() {
            Engine::Sqlite => migration.sqlite,
            Engine::Postgres => migration.postgres,
        };
        tx.execute_script(script).await?;
        if tx.engine() == Engine::Sqlite {
            tx.execute_script(PLANNER).await?;
        }
        tx.execute(
            "insert into migration(version, name, at) values ($1, $2, $3)",
            args![number, migration.name, now],
        )
        .await?;
        tx.commit().await?;
    }
    Ok((before, latest()))
}

/// Rejects a database that this program does not fit.
pub async fn check(db: &Db) -> Result<(), Failure> {
    let found = version(db).await?;
    match found {
        v if v == latest() => Ok(()),
        v if v > latest() => Err(Reject::NewerDatabase {
            found,
            expected: latest(),
        }
        .into()),
        _ => Err(Reject::NotMigrated {
            found,
            expected: latest(),
        }
        .into()),
    }
}
