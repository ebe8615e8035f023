//! What a verification reads of the tables around the ledger. These SELECTs name tables of
//! other rooms: they compare what each says of the same đồng. `$1` is the book.

use super::line::LINE_SUMS;

/// (statement, lines, credits, debits) of the rows of each statement.
pub fn line_sums_by_statement() -> String {
    format!(
        "select statement_id, {LINE_SUMS} from statement_line where book_id = $1 group by statement_id order by statement_id"
    )
}

/// (cause, debits, credits) of what moved an account (`$2`).
pub const MOVED_BY_CAUSE: &str = "select cause_id, cast(sum(debits) as bigint), cast(sum(credits) as bigint) from ( \
       select cause_id, amount as debits, 0 as credits from transfer where book_id = $1 and debit_id = $2 \
       union all select cause_id, 0, amount from transfer where book_id = $1 and credit_id = $2) x \
     group by cause_id order by cause_id";

/// Later lines that settled the rest of a short payment, also one that we held rejected:
/// they have no match row, their amount was added to the first line's.
const RESTS: &str = "select x.instruction_id, sum(x.amount) as amount from ( \
     select l.instruction_id, l.amount from statement_line l \
     where l.book_id = $1 and l.direction = 'D' and l.outcome = 'matched' and l.instruction_id is not null \
     and not exists (select 1 from line_match n where n.book_id = l.book_id and n.statement_id = l.statement_id \
                     and n.line = l.line) \
     union all select v.instruction_id, v.amount from instruction_event v \
     where v.book_id = $1 and v.state = 'settled' and v.statement_id is not null \
     and not exists (select 1 from line_match n where n.book_id = v.book_id and n.statement_id = v.statement_id \
                     and n.line = v.line)) x group by x.instruction_id";

/// The first match that is not the lesser of line and instruction, and later rests.
pub fn wrong_match() -> String {
    format!(
        "select m.statement_id, m.line from line_match m \
         left join statement_line l on l.book_id = m.book_id and l.statement_id = m.statement_id and l.line = m.line \
         left join instruction i on i.book_id = m.book_id and i.id = m.instruction_id \
         left join ({RESTS}) r on r.instruction_id = m.instruction_id \
         where m.book_id = $1 and m.undone_at is null and (l.line is null or i.id is null or l.direction <> 'D' \
           or l.instruction_id is null or l.instruction_id <> m.instruction_id or m.amount > i.amount \
           or m.amount <> (case when l.amount < i.amount then l.amount else i.amount end) + coalesce(r.amount, 0)) \
         order by m.statement_id, m.line limit 1"
    )
}

/// The first line that says it settled a payment, while no match does.
pub const LOST_MATCH: &str = "select l.statement_id, l.line from statement_line l \
     where l.book_id = $1 and l.direction = 'D' and l.outcome in ('matched', 'amount_differs') and l.instruction_id is not null \
     and not exists (select 1 from line_match n where n.book_id = l.book_id and n.statement_id = l.statement_id \
                     and n.line = l.line) \
     and (l.outcome = 'amount_differs' or not exists (select 1 from line_match m where m.book_id = l.book_id \
          and m.instruction_id = l.instruction_id and m.undone_at is null)) \
     order by l.statement_id, l.line limit 1";

/// An instruction that two live matches settle.
pub const SETTLED_TWICE: &str = "select instruction_id from line_match where book_id = $1 and undone_at is null \
     group by instruction_id having count(*) > 1 order by instruction_id limit 1";

pub const MATCHES: &str =
    "select count(*) from line_match where book_id = $1 and undone_at is null";

/// Ids of the batches.
pub const BATCHES: &str = "select id from batch where book_id = $1 order by id";

/// (count, total) of the postings of a kind (`$2`) that a batch (`$3`) caused.
pub const POSTED_FOR: &str = "select cast(coalesce(sum(count), 0) as bigint), cast(coalesce(sum(total), 0) as bigint) \
     from posting where book_id = $1 and code = $2 and cause_id = $3";

/// (count, total) of the lines `$2..=$3` that stand under the batch `$4`.
pub const LINES_OF: &str = "select count(*), cast(coalesce(sum(amount), 0) as bigint) from instruction \
     where book_id = $1 and id between $2 and $3 and batch_id = $4";

/// Client ids are spelled as `ledger::client_id` makes them (`CODES` = 64).
///
/// Of the lines `$2..=$3`: how many have a transfer of code `$4`, what those come to, and
/// the first line whose transfer is missing or is another one. `$5` is the other account,
/// `account` the column of the lines' own. Only what was withdrawn may have none.
pub fn posted_lines(account: &str, other: &str) -> String {
    format!(
        "select count(t.seq), cast(coalesce(sum(t.amount), 0) as bigint), min(case when \
           (t.seq is null and (i.ended_at is null or not exists (select 1 from instruction_event v \
             where v.book_id = i.book_id and v.instruction_id = i.id and v.state = 'withdrawn'))) \
           or t.amount <> i.amount or t.{account} <> i.account_id or t.{other} <> $5 or t.code <> $4 \
           or t.cause_id <> i.cause_id then i.id end) \
         from instruction i left join transfer t on t.book_id = i.book_id and t.client_id = i.id * 64 + $4 \
         where i.book_id = $1 and i.id between $2 and $3"
    )
}

/// (lines, đồng) of `$2..=$3` that were sent and are neither settled nor ended.
pub const OPEN_LINES: &str = "select count(*), cast(coalesce(sum(i.amount), 0) as bigint) from instruction i \
     where i.book_id = $1 and i.id between $2 and $3 and i.ended_at is null and not exists (select 1 from line_match m \
     where m.book_id = i.book_id and m.instruction_id = i.id and m.undone_at is null)";

/// A granted line (`$2..=$3`) that was withdrawn while its grant was not taken back.
pub const GRANT_KEPT: &str = "select v.instruction_id from instruction_event v \
     join transfer g on g.book_id = v.book_id and g.client_id = v.instruction_id * 64 + $4 \
     left join transfer w on w.book_id = v.book_id and w.client_id = v.instruction_id * 64 + $5 \
     where v.book_id = $1 and v.instruction_id between $2 and $3 and v.state = 'withdrawn' \
     and (w.seq is null or w.amount <> g.amount or w.debit_id <> g.credit_id or w.credit_id <> g.debit_id) \
     order by v.instruction_id limit 1";

/// The same of a whole batch that was rejected after its release: nothing stays granted.
pub const GRANT_KEPT_WHOLE: &str = "select i.id from instruction i \
     join transfer g on g.book_id = i.book_id and g.client_id = i.id * 64 + $4 \
     left join transfer w on w.book_id = i.book_id and w.client_id = i.id * 64 + $5 \
     where i.book_id = $1 and i.id between $2 and $3 \
     and (w.seq is null or w.amount <> g.amount or w.debit_id <> g.credit_id or w.credit_id <> g.debit_id) \
     order by i.id limit 1";

/// An instruction that ended without a word on why, or goes on in spite of it. What settled
/// in part ends without a word when another line takes its place.
pub const ENDED_WRONG: &str = "select min(x.id) from ( \
       select min(i.id) as id from instruction i join batch b on b.book_id = i.book_id and b.id = i.batch_id \
       where i.book_id = $1 and i.ended_at is not null and b.state <> 'rejected' \
       and not exists (select 1 from instruction_event v where v.book_id = i.book_id and v.instruction_id = i.id \
                       and v.state in ('rejected', 'returned', 'withdrawn')) \
       and not (exists (select 1 from line_match m where m.book_id = i.book_id and m.instruction_id = i.id \
                        and m.undone_at is null) \
                and exists (select 1 from instruction n where n.book_id = i.book_id and n.cause_id = i.cause_id and n.id > i.id)) \
       union all \
       select min(i.id) from instruction_event v join instruction i on i.book_id = v.book_id and i.id = v.instruction_id \
       where v.book_id = $1 and v.state in ('rejected', 'returned', 'withdrawn') and i.ended_at is null) x";

/// An entitlement that is less than a payment of it, or differs from the payment that was
/// planned for the whole of it.
pub const ENTITLEMENT_WRONG: &str = "select i.cause_id from instruction i \
     join batch b on b.book_id = i.book_id and b.id = i.batch_id \
     left join entitlement t on t.book_id = i.book_id and t.id = i.cause_id \
     where i.book_id = $1 and (t.id is null or i.amount > t.amount or (b.follows_id is null and i.amount <> t.amount)) \
     order by i.cause_id limit 1";

/// A break whose item cannot be.
pub const BREAK_WRONG: &str = "select id from break where book_id = $1 and (item_cleared < 0 or item_cleared > item_amount \
     or (state = 'resolved' and item_cleared <> item_amount) or (item_account_id is null and item_amount <> 0) \
     or state not in ('open', 'assigned', 'proposed', 'resolved')) order by id limit 1";

/// (account, event, đồng by the events, đồng by the ledger) of the first account whose
/// returned, rejected, or late settled payments differ from what the ledger moved for them.
/// `$2..=$4` are the codes returned, rejected and settled. A settlement debits clearing_out,
/// but for one that came after a rejection: that one debits the person's account.
pub const EVENTS_WRONG: &str = "select x.account_id, x.state, cast(sum(x.said) as bigint), cast(sum(x.posted) as bigint) from ( \
       select i.account_id, v.state, v.amount as said, 0 as posted from instruction_event v \
       join instruction i on i.book_id = v.book_id and i.id = v.instruction_id \
       where v.book_id = $1 and v.state in ('returned', 'rejected', 'settled') \
       union all select credit_id, case when code = $2 then 'returned' else 'rejected' end, 0, amount from transfer \
       where book_id = $1 and code in ($2, $3) \
       union all select t.debit_id, 'settled', 0, t.amount from transfer t \
       where t.book_id = $1 and t.code = $4 \
       and not exists (select 1 from bank_account b where b.book_id = t.book_id and b.clearing_out_id = t.debit_id)) x \
     group by x.account_id, x.state having sum(x.said) <> sum(x.posted) order by x.account_id, x.state limit 1";

/// (fund, received by the budgets, came as a budget, identified) of the first fund whose
/// budgets say less than came under their references, or more than came at all. `$2` and
/// `$3` are the codes budget received and identified.
pub const BUDGET_WRONG: &str = "select x.fund_id, cast(sum(x.received) as bigint), cast(sum(x.came) as bigint), cast(sum(x.identified) as bigint) from ( \
       select fund_id, received, 0 as came, 0 as identified from budget where book_id = $1 \
       union all select t.credit_id, 0, case when t.code = $2 then t.amount else 0 end, case when t.code = $3 then t.amount else 0 end \
       from transfer t join account a on a.book_id = t.book_id and a.id = t.credit_id \
       where t.book_id = $1 and t.code in ($2, $3) and a.name like 'fund/%') x \
     group by x.fund_id having sum(x.received) < sum(x.came) or sum(x.received) > sum(x.came) + sum(x.identified) \
     order by x.fund_id limit 1";

/// A closed break of a payment that was missing and still waits for the bank.
pub const MISSING_CLOSED: &str = "select k.id from break k \
     join instruction i on i.book_id = k.book_id and i.id = k.instruction_id \
     where k.book_id = $1 and k.kind = 'missing_at_bank' and k.state = 'resolved' and i.ended_at is null \
     and not exists (select 1 from line_match m where m.book_id = i.book_id and m.instruction_id = i.id and m.undone_at is null) \
     order by k.id limit 1";
