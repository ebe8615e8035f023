//! What a verification reads.

/// The head row of a book: last seq, last posting, newest link.
pub const HEAD: &str = "select transfer_seq, posting_no, chain from head where book_id = $1";

/// A transfer that stands after the end of the journal.
pub const AFTER_END: &str =
    "select seq from transfer where book_id = $1 and seq > $2 order by seq limit 1";

/// Transfers `$2..=$3` as they enter the chain, with their stored links.
pub const JOURNAL: &str = "select seq, client_id, posting_no, debit_id, credit_id, amount, code, cause_id, coalesce(reverses_seq, 0), link \
         from transfer where book_id = $1 and seq between $2 and $3 order by seq";

/// Accounts by the posting that opened them.
pub const ACCOUNTS: &str = "select posting_no, id, name, kind, guarded from account where book_id = $1 order by posting_no, id";

/// Postings that opened accounts, with the digest over them.
pub const OPENINGS: &str =
    "select no, accounts from posting where book_id = $1 and code = 'accounts_opened' order by no";

/// The first account whose balance is not the fold of its transfers, or whose guard is wrong.
pub const UNEQUAL_BALANCE: &str = "select a.name, b.debits, b.credits, coalesce(d.amount, 0), coalesce(c.amount, 0) \
             from account a left join balance b on b.book_id = a.book_id and b.account_id = a.id \
             left join (select debit_id as id, cast(sum(amount) as bigint) as amount from transfer where book_id = $1 \
                        group by debit_id) d on d.id = a.id \
             left join (select credit_id as id, cast(sum(amount) as bigint) as amount from transfer where book_id = $1 \
                        group by credit_id) c on c.id = a.id \
             where a.book_id = $1 and (b.account_id is null or b.debits <> coalesce(d.amount, 0) \
               or b.credits <> coalesce(c.amount, 0) or b.guard * (b.credits - b.debits) < 0 \
               or b.guard <> a.guarded * (case when a.kind in ('asset', 'expense') then -1 else 1 end)) \
             order by a.id limit 1";

/// Debits and credits of the whole book.
pub const BOTH_SIDES: &str = "select cast(coalesce(sum(debits), 0) as bigint), cast(coalesce(sum(credits), 0) as bigint) from balance \
             where book_id = $1";
