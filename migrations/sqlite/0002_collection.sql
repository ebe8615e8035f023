-- Bills and the money that answers them. A biller is a book of any kind; a debtor is who a bill
-- is made for (pupil, patient, applicant); a payer is a person who pays for debtors.

-- billers and their people ------------------------------------------------------------------
create table biller(
  book_id integer primary key, kind text not null check (kind in ('school', 'clinic', 'one_stop')), province text not null,
  ownership text not null check (ownership in ('public', 'private')), tax_code text not null, address text not null,
  bank_account_id integer not null, agency_order text not null check (agency_order in ('first', 'last')), settings text not null
) strict;
create table school_year(
  book_id integer not null, id integer not null, code text not null, starts_on integer not null, ends_on integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index school_year_code on school_year(book_id, code);
create table class(
  book_id integer not null, id integer not null, year_id integer not null, code text not null, name text not null, grade integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index class_code on class(book_id, year_id, code);
create table debtor(
  book_id integer not null, id integer not null, kind text not null check (kind in ('pupil', 'patient', 'applicant')),
  code text not null, full_name text not null, birth text not null, number_hash blob, number_sealed blob,
  virtual_account text, credit_id integer not null, use_credit integer not null check (use_credit in (0, 1)),
  state text not null check (state in ('active', 'left')), created_at integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index debtor_code on debtor(book_id, code);
create unique index debtor_number on debtor(book_id, number_hash) where number_hash is not null;
create unique index debtor_virtual on debtor(virtual_account) where virtual_account is not null;
create table class_member(
  book_id integer not null, class_id integer not null, debtor_id integer not null, from_on integer not null, to_on integer,
  primary key (book_id, class_id, debtor_id, from_on)
) strict, without rowid;
create index class_member_debtor on class_member(book_id, debtor_id);
create table payer(
  book_id integer not null, id integer not null, full_name text not null, number_hash blob, number_sealed blob,
  phone_hash blob, phone_sealed blob, created_at integer not null,
  primary key (book_id, id)
) strict, without rowid;
create index payer_number on payer(book_id, number_hash) where number_hash is not null;
create index payer_phone on payer(book_id, phone_hash) where phone_hash is not null;
create table debtor_payer(
  book_id integer not null, debtor_id integer not null, payer_id integer not null, relation text not null,
  primary key (book_id, debtor_id, payer_id)
) strict, without rowid;
create index debtor_payer_payer on debtor_payer(book_id, payer_id);

-- what is charged ---------------------------------------------------------------------------
create table fee(
  book_id integer not null, id integer not null, code text not null, name text not null,
  kind text not null check (kind in ('tuition', 'service', 'agency', 'voluntary')), third_party text, receipt_kind text not null,
  against_id integer not null, created_at integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index fee_code on fee(book_id, code);
-- each later row beside an earlier one (valid_from, known_from); nothing is edited
create table fee_price(
  book_id integer not null, id integer not null, fee_id integer not null, year_id integer not null, grade integer, class_id integer,
  debtor_id integer, per text not null check (per in ('month', 'term', 'year', 'attended_day', 'once')), price integer not null check (price >= 0),
  due_day integer not null, surcharge_kind text, surcharge_value text, surcharge_after_days integer, instalments text not null,
  ground text not null, valid_from integer not null, valid_to integer, known_from integer not null, made_by text not null,
  primary key (book_id, id)
) strict, without rowid;
create index fee_price_fee on fee_price(book_id, year_id, fee_id);
-- days on which something is given, planned for a month by the biller
create table fee_plan(
  book_id integer not null, fee_id integer not null, period integer not null, days integer not null check (days >= 0 and days <= 31),
  known_from integer not null, made_by text not null,
  primary key (book_id, fee_id, period, known_from)
) strict, without rowid;
-- what a biller takes off for a ground that people have (of the law's, or its own decision)
create table ground_rate(
  book_id integer not null, id integer not null, ground text not null, fee_id integer, kind text, rate text not null, basis text not null,
  valid_from integer not null, valid_to integer, known_from integer not null, made_by text not null,
  primary key (book_id, id)
) strict, without rowid;
create table fee_ceiling(
  province text not null, fee_code text not null, ownership text not null, grade_from integer not null, grade_to integer not null,
  per text not null, ceiling integer not null, ground text not null, valid_from integer not null, valid_to integer, known_from integer not null,
  primary key (province, fee_code, ownership, grade_from, per, valid_from, known_from)
) strict, without rowid;
create table reduction(
  book_id integer not null, id integer not null, debtor_id integer not null, fee_id integer, kind text, form text not null check (form in ('rate', 'amount')),
  value text not null, ground text not null, source text not null check (source in ('decision', 'enrolment')), evidence text not null,
  valid_from integer not null, valid_to integer, made_by text not null, made_at integer not null, ended_by text, ended_at integer,
  primary key (book_id, id)
) strict, without rowid;
create index reduction_debtor on reduction(book_id, debtor_id);
create table attendance(
  book_id integer not null, debtor_id integer not null, fee_id integer not null, period integer not null, planned_days integer not null,
  absent_days integer not null, billed_line_id integer, settled_line_id integer, noted_by text not null, noted_at integer not null,
  primary key (book_id, debtor_id, fee_id, period)
) strict, without rowid;

-- bills -------------------------------------------------------------------------------------
create table bill_run(
  book_id integer not null, id integer not null, year_id integer not null, period integer not null, class_id integer, report text not null,
  bills integer not null, total integer not null, made_by text not null, made_at integer not null, issued_by text, issued_at integer,
  primary key (book_id, id)
) strict, without rowid;
create table bill(
  book_id integer not null, id integer not null, run_id integer not null, kind text not null check (kind in ('bill', 'surcharge', 'invitation')),
  number text not null, debtor_id integer not null, class_id integer, period integer not null, part integer not null, parts integer not null,
  state text not null check (state in ('draft', 'issued', 'partly_paid', 'paid', 'cancelled', 'written_off')),
  pay_code text not null, bank_account_id integer not null, total integer not null, paid integer not null, due_on integer not null,
  of_bill_id integer, replaces_id integer, snapshot text not null, issued_at integer, closed_at integer, closed_why text,
  primary key (book_id, id),
  check (paid >= 0 and paid <= total)
) strict, without rowid;
create unique index bill_number on bill(book_id, number);
create unique index bill_pay_code on bill(pay_code);
create index bill_debtor on bill(book_id, debtor_id);
create index bill_run_of on bill(book_id, run_id);
create unique index bill_surcharge on bill(book_id, of_bill_id) where kind = 'surcharge' and state <> 'cancelled';
create table bill_line(
  book_id integer not null, id integer not null, bill_id integer not null, no integer not null, debtor_id integer not null, fee_id integer not null,
  kind text not null, name text not null, quantity integer not null, price integer not null, gross integer not null, reduction integer not null,
  amount integer not null check (amount >= 0), paid integer not null, receivable_id integer, against_id integer not null,
  onward_id integer, price_id integer not null, why text not null, charge_key text,
  primary key (book_id, id),
  check (paid >= 0 and paid <= amount)
) strict, without rowid;
create index bill_line_bill on bill_line(book_id, bill_id);
-- a thing is charged once: debtor, fee, period (and part); a cancelled bill frees its keys
create unique index bill_line_charge on bill_line(book_id, charge_key) where charge_key is not null;
-- the account receivable/<debtor>/<kind>, opened when the first bill of its kind is issued
create table receivable(
  book_id integer not null, debtor_id integer not null, kind text not null, account_id integer not null,
  primary key (book_id, debtor_id, kind)
) strict, without rowid;
-- the last number of a year's bills; numbers have no gap
create table bill_series(
  book_id integer not null, year integer not null, last_number integer not null,
  primary key (book_id, year)
) strict, without rowid;
create table bill_event(
  book_id integer not null, bill_id integer not null, no integer not null, event text not null, amount integer not null, actor text not null,
  at integer not null, why text not null, cause_id integer,
  primary key (book_id, bill_id, no)
) strict, without rowid;

-- money in ----------------------------------------------------------------------------------
create table notice(
  book_id integer not null, id integer not null, provider text not null, provider_ref text not null, bank_account_id integer,
  digest blob not null, body_sealed blob not null, amount integer not null, at integer not null, received_at integer not null,
  outcome text not null, collection_id integer, detail text not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index notice_ref on notice(provider, provider_ref, bank_account_id, book_id);
create index notice_collection on notice(book_id, collection_id);
-- who may tell of money on an account of ours, under which address and with which secret
create table notice_source(
  book_id integer not null, bank_account_id integer not null, code text not null, scheme text not null, key_id text not null, sealed blob not null,
  posts integer not null check (posts in (0, 1)), days_max integer not null, owner text not null, made_at integer not null, disabled_at integer,
  primary key (book_id, bank_account_id, code)
) strict, without rowid;
create unique index notice_source_code on notice_source(code);
create unique index notice_source_posts on notice_source(book_id, bank_account_id) where posts = 1 and disabled_at is null;
-- systems that may ask whether a bill is paid; the token itself is kept nowhere
create table api_caller(
  book_id integer not null, code text not null, token_hash blob not null, made_by text not null, made_at integer not null, disabled_at integer,
  primary key (book_id, code)
) strict, without rowid;
create unique index api_caller_token on api_caller(token_hash);
-- one incoming payment, announced by a notice, by a statement line, or by both
create table collection(
  book_id integer not null, id integer not null, bank_account_id integer not null, amount integer not null check (amount > 0),
  day integer not null, at integer not null, content text not null, content_key text not null, virtual_account text, bank_ref text not null,
  counter integer not null, counter_sealed blob, rule text not null, state text not null check (state in ('announced', 'confirmed', 'undone')),
  notice_id integer, statement_id integer, line integer, made_at integer not null, undone_at integer,
  primary key (book_id, id)
) strict, without rowid;
create unique index collection_line on collection(book_id, statement_id, line) where statement_id is not null;
create index collection_open on collection(book_id, bank_account_id, amount) where state = 'announced';
create index collection_key on collection(book_id, bank_account_id, content_key);
create index collection_ref on collection(book_id, bank_account_id, bank_ref) where bank_ref <> '';
create index collection_notice on collection(book_id, notice_id);
-- how an incoming payment was split; a row is undone, never changed
create table allocation(
  book_id integer not null, id integer not null, collection_id integer not null, target text not null check (target in ('bill', 'credit', 'suspense', 'refund')),
  bill_id integer, bill_line_id integer, debtor_id integer, amount integer not null check (amount > 0), from_credit integer not null,
  made_at integer not null, made_by text not null, undone_at integer, undone_why text, receipt_id integer,
  primary key (book_id, id)
) strict, without rowid;
create index allocation_collection on allocation(book_id, collection_id);
create index allocation_bill on allocation(book_id, bill_id);
create index allocation_debtor on allocation(book_id, debtor_id);
-- receipt_id: the receipt that the part stands on, none once that is cancelled
create index allocation_receipt on allocation(book_id, receipt_id) where receipt_id is not null;
create index allocation_to_receipt on allocation(book_id, id)
  where target = 'bill' and undone_at is null and receipt_id is null and collection_id <> 0;
create index allocation_to_cancel on allocation(book_id, id) where undone_at is not null and receipt_id is not null;

-- papers, refunds, remittances, reminders -----------------------------------------------------
create table receipt_series(
  book_id integer not null, kind text not null, symbol text not null, year integer not null, last_number integer not null,
  primary key (book_id, kind, symbol, year)
) strict, without rowid;
create table receipt(
  book_id integer not null, id integer not null, kind text not null, symbol text not null, year integer not null, number integer not null,
  what text not null check (what in ('receipt', 'cancellation')), cancels_id integer, collection_id integer, debtor_id integer not null,
  amount integer not null, body text not null, digest blob not null, issued_at integer not null, issued_by text not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index receipt_number on receipt(book_id, symbol, year, number);
create unique index receipt_cancels on receipt(book_id, cancels_id) where cancels_id is not null;
create index receipt_collection on receipt(book_id, collection_id);
create index receipt_debtor on receipt(book_id, debtor_id);
-- a cancellation by hand that waits for the second person
create table receipt_cancel_plan(
  book_id integer not null, receipt_id integer not null, why text not null, proposed_by text not null, proposed_at integer not null,
  primary key (book_id, receipt_id)
) strict, without rowid;
-- money that goes out again: back to a payer, or on to whom it was collected for; its id is
-- that of its entitlement, so one state machine pays allowances and these
create table payout(
  book_id integer not null, id integer not null, kind text not null check (kind in ('refund', 'remittance', 'send_back')), debtor_id integer, third_party text,
  bank_account_id integer not null, from_id integer not null, account_id integer not null, amount integer not null check (amount > 0),
  deducted integer not null check (deducted >= 0), why text not null, address_id integer not null,
  state text not null check (state in ('requested', 'cancelled')), made_by text not null, made_at integer not null,
  ended_by text, ended_at integer, ended_why text, break_id integer,
  primary key (book_id, id)
) strict, without rowid;
create index payout_open on payout(book_id, state) where state = 'requested';
create index payout_debtor on payout(book_id, debtor_id);
-- the parts of payments that a payout is made of
create table payout_part(
  book_id integer not null, payout_id integer not null, allocation_id integer not null, amount integer not null check (amount > 0), undone_at integer,
  primary key (book_id, payout_id, allocation_id)
) strict, without rowid;
create unique index payout_part_once on payout_part(book_id, allocation_id) where undone_at is null;
-- messages to payers: waiting, then sent or stopped; `sent_as` names the file that has it
create table reminder(
  book_id integer not null, bill_id integer not null, step integer not null, amount integer not null check (amount > 0), text text not null,
  made_at integer not null, made_by text not null, sent_at integer, sent_as text, stopped_at integer,
  primary key (book_id, bill_id, step),
  check (sent_at is null or stopped_at is null)
) strict, without rowid;
create index reminder_waiting on reminder(book_id, bill_id) where sent_at is null and stopped_at is null;
create index reminder_sent on reminder(book_id, sent_as) where sent_as is not null;
