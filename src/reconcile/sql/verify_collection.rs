//! What a verification reads of money that came in for bills. These SELECTs name tables of
//! `collection` and `ledger` too: they compare what each says of the same đồng. `$1` is the
//! book; each finds the first row that cannot be.

/// A payment whose live parts are not its amount, or that never came and still has parts.
pub const SPLIT: &str = "select c.id from collection c \
     left join (select collection_id, sum(amount) as amount from allocation \
                where book_id = $1 and undone_at is null group by collection_id) a on a.collection_id = c.id \
     where c.book_id = $1 and coalesce(a.amount, 0) <> (case when c.state = 'undone' then 0 else c.amount end) \
     order by c.id limit 1";

/// A payment that is confirmed by no line, or by a line that says something else.
pub const CONFIRMED: &str = "select c.id from collection c \
     left join statement_line l on l.book_id = c.book_id and l.statement_id = c.statement_id and l.line = c.line \
     where c.book_id = $1 and ((c.state = 'confirmed' and l.line is null) \
       or (c.state = 'announced' and c.statement_id is not null) \
       or (c.statement_id is not null and (l.line is null or l.amount <> c.amount or l.direction <> 'C' \
           or l.outcome <> 'collected'))) order by c.id limit 1";

/// A credit line that was taken as a payment (statement, line), while no payment names it.
pub const LINE_LOST: &str = "select l.statement_id, l.line from statement_line l \
     where l.book_id = $1 and l.outcome = 'collected' and l.direction = 'C' \
     and not exists (select 1 from collection c where c.book_id = l.book_id and c.statement_id = l.statement_id \
                     and c.line = l.line) order by l.statement_id, l.line limit 1";

/// A bill's line whose live parts are not what it says was paid.
pub const LINE_PAID: &str = "select l.bill_id from bill_line l \
     left join (select bill_line_id, sum(amount) as amount from allocation where book_id = $1 and undone_at is null \
                and target = 'bill' group by bill_line_id) a on a.bill_line_id = l.id \
     where l.book_id = $1 and coalesce(a.amount, 0) <> l.paid order by l.bill_id limit 1";

/// A bill that says other than its lines what was paid, or whose state does not follow.
pub const BILL_PAID: &str = "select b.id from bill b \
     join (select bill_id, sum(paid) as paid from bill_line where book_id = $1 group by bill_id) l on l.bill_id = b.id \
     where b.book_id = $1 and (b.paid <> l.paid or (b.state = 'paid' and b.paid <> b.total) \
       or (b.state = 'partly_paid' and (b.paid = 0 or b.paid = b.total)) or (b.state in ('draft', 'issued') and b.paid <> 0)) \
     order by b.id limit 1";

/// A line of an issued bill that the ledger did not post as it stands: client ids as
/// `ledger::client_id` makes them, `$2` is the code billed.
pub const BILL_POSTED: &str = "select l.bill_id from bill_line l join bill b on b.book_id = l.book_id and b.id = l.bill_id \
     left join transfer t on t.book_id = l.book_id and t.client_id = l.id * 64 + $2 \
     where l.book_id = $1 and b.issued_at is not null and b.kind <> 'invitation' and l.amount > 0 \
     and (t.seq is null or t.amount <> l.amount or l.receivable_id is null or t.debit_id <> l.receivable_id \
       or t.credit_id <> l.against_id or t.cause_id <> l.bill_id) order by l.bill_id limit 1";

/// The same of cancellations (`$2`): a cancelled bill's lines have one, no other bill's.
pub const BILL_CANCELLED: &str = "select l.bill_id from bill_line l join bill b on b.book_id = l.book_id and b.id = l.bill_id \
     left join transfer t on t.book_id = l.book_id and t.client_id = l.id * 64 + $2 \
     where l.book_id = $1 and b.issued_at is not null and b.kind <> 'invitation' and l.amount > 0 \
     and ((b.state = 'cancelled' and (t.seq is null or t.amount <> l.amount)) or (b.state <> 'cancelled' and t.seq is not null)) \
     order by l.bill_id limit 1";

/// What the ledger posted as billed (`$2`) for a line that is not there any more.
pub const BILL_LOST: &str = "select t.cause_id from transfer t \
     left join bill_line l on l.book_id = t.book_id and l.id = (t.client_id - $2) / 64 and l.bill_id = t.cause_id \
     left join bill b on b.book_id = l.book_id and b.id = l.bill_id \
     where t.book_id = $1 and t.code = $2 and b.id is null order by t.seq limit 1";

/// A bill whose lines are another debtor's, or owed on another's account, or come to another
/// total, or whose debtor is not there.
pub const BILL_OWNER: &str = "select b.id from bill b left join debtor d on d.book_id = b.book_id and d.id = b.debtor_id \
     left join (select bill_id, sum(amount) as amount from bill_line where book_id = $1 group by bill_id) s on s.bill_id = b.id \
     where b.book_id = $1 and (d.id is null or coalesce(s.amount, 0) <> b.total \
       or exists (select 1 from bill_line l left join account a on a.book_id = l.book_id and a.id = l.receivable_id \
                  where l.book_id = b.book_id and l.bill_id = b.id and (l.debtor_id <> b.debtor_id or (l.receivable_id is not null \
                  and a.name <> 'receivable/' || b.debtor_id || '/' || l.kind)))) order by b.id limit 1";

/// (id, payment code) of the bills in the order in which they were made.
pub const BILL_CODES: &str = "select id, pay_code from bill where book_id = $1 order by id";

/// A debtor whose live parts of credit are not the balance of the credit account.
pub const CREDIT: &str = "select d.id from debtor d join balance v on v.book_id = d.book_id and v.account_id = d.credit_id \
     left join (select debtor_id, sum(amount) as amount from allocation where book_id = $1 and undone_at is null \
                and target = 'credit' group by debtor_id) a on a.debtor_id = d.id \
     where d.book_id = $1 and coalesce(a.amount, 0) <> v.credits - v.debits order by d.id limit 1";

/// A payout that its entitlement, the transfer that set its money aside, its parts or its
/// break say otherwise. `$2`, `$3` and `$4` are the codes refunded, remitted and sent back.
/// Of a cancelled one the parts are undone, but for what had been paid; what is sent back
/// has parts only where it was a payment to a biller.
pub const PAYOUT: &str = "select p.id from payout p \
     left join entitlement t on t.book_id = p.book_id and t.id = p.id \
     left join transfer r on r.book_id = p.book_id and r.client_id = p.id * 64 \
       + (case p.kind when 'refund' then cast($2 as bigint) when 'remittance' then cast($3 as bigint) else cast($4 as bigint) end) \
     left join (select payout_id, sum(amount) as amount from payout_part where book_id = $1 and undone_at is null \
                group by payout_id) x on x.payout_id = p.id \
     left join break k on k.book_id = p.book_id and k.id = p.break_id \
     where p.book_id = $1 and (t.id is null or t.amount <> p.amount or r.seq is null or r.amount <> p.amount \
       or r.debit_id <> p.from_id \
       or (p.kind <> 'send_back' and p.state = 'requested' and coalesce(x.amount, 0) <> p.amount + p.deducted) \
       or (p.kind = 'send_back' and p.state = 'requested' and coalesce(x.amount, p.amount) <> p.amount) \
       or (p.kind = 'send_back' and (k.id is null or k.state <> 'resolved' or k.action <> 'send_back' \
           or k.item_amount < p.amount)) \
       or (p.state = 'cancelled' and coalesce(x.amount, 0) >= p.amount)) order by p.id limit 1";

/// A live piece of a refund that no payout names.
pub const REFUND_STRAY: &str = "select a.collection_id from allocation a where a.book_id = $1 and a.target = 'refund' \
     and a.undone_at is null and not exists (select 1 from payout_part p where p.book_id = a.book_id \
     and p.allocation_id = a.id and p.undone_at is null and p.amount = a.amount) order by a.id limit 1";

/// Payments that came in.
pub const COLLECTIONS: &str = "select count(*) from collection where book_id = $1";

/// A series whose numbers do not run from 1 to its last one.
pub const RECEIPT_GAP: &str = "select s.symbol, s.year from receipt_series s \
     left join (select kind, symbol, year, count(*) as n, min(number) as low, max(number) as high from receipt \
                where book_id = $1 group by kind, symbol, year) r \
     on r.kind = s.kind and r.symbol = s.symbol and r.year = s.year \
     where s.book_id = $1 and (coalesce(r.n, 0) <> s.last_number or r.low <> 1 or r.high <> s.last_number) \
     order by s.symbol, s.year limit 1";

/// A receipt of a series that nobody opened.
pub const RECEIPT_STRAY: &str = "select r.symbol, r.year from receipt r \
     where r.book_id = $1 and not exists (select 1 from receipt_series s where s.book_id = r.book_id and s.kind = r.kind \
     and s.symbol = r.symbol and s.year = r.year) order by r.id limit 1";

/// A receipt whose live parts are not its amount; a cancelled one has none.
pub const RECEIPT_SUM: &str = "select r.symbol, r.year, r.number from receipt r \
     left join receipt x on x.book_id = r.book_id and x.cancels_id = r.id \
     left join (select receipt_id, sum(amount) as amount from allocation where book_id = $1 and receipt_id is not null \
                and undone_at is null and target = 'bill' group by receipt_id) a on a.receipt_id = r.id \
     where r.book_id = $1 and coalesce(a.amount, 0) <> \
       (case when r.what = 'receipt' and x.id is null then r.amount else 0 end) order by r.id limit 1";

/// A payment with money on a bill that no receipt says, or undone money that one still says.
pub const RECEIPT_MISSING: &str = "select a.collection_id from allocation a where a.book_id = $1 and a.collection_id <> 0 and \
     ((a.target = 'bill' and a.undone_at is null and a.receipt_id is null) \
      or (a.receipt_id is not null and (a.undone_at is not null or a.target <> 'bill'))) order by a.id limit 1";

/// A part on the receipt of another payment or debtor.
pub const RECEIPT_OTHERS: &str = "select r.symbol, r.year, r.number from allocation a \
     join receipt r on r.book_id = a.book_id and r.id = a.receipt_id \
     where a.book_id = $1 and a.receipt_id is not null \
     and (r.collection_id <> a.collection_id or r.debtor_id <> a.debtor_id) order by r.id limit 1";

/// A cancellation that names no receipt, or another amount.
pub const RECEIPT_CANCELS: &str = "select x.symbol, x.year, x.number from receipt x \
     left join receipt r on r.book_id = x.book_id and r.id = x.cancels_id \
     where x.book_id = $1 and ((x.what = 'cancellation' and (r.id is null or r.what <> 'receipt' or r.amount <> x.amount \
       or r.issued_at > x.issued_at)) or (x.what = 'receipt' and x.cancels_id is not null)) order by x.id limit 1";
