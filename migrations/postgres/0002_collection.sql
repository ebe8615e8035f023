-- Bills and the money that answers them. A biller is a book of any kind; a debtor is who a bill
-- is made for (pupil, patient, applicant); a payer is a person who pays for debtors.

-- billers and their people ------------------------------------------------------------------
create table biller(
  book_id bigint primary key, kind text not null check (kind in ('school', 'clinic', 'one_stop')), province text not null,
  ownership text not null check (ownership in ('public', 'private')), tax_code text not null, address text not null,
  bank_account_id bigint not null, agency_order text not null check (agency_order in ('first', 'last')), settings text not null
);
create table school_year(
  book_id bigint not null, id bigint not null, code text not null, starts_on bigint not null, ends_on bigint not null,
  primary key (book_id, id)
);
create unique index school_year_code on school_year(book_id, code);
create table class(
  book_id bigint not null, id bigint not null, year_id bigint not null, code text not null, name text not null, grade bigint not null,
  primary key (book_id, id)
);
create unique index class_code on class(book_id, year_id, code);
create table debtor(
  book_id bigint not null, id bigint not null, kind text not null check (kind in ('pupil', 'patient', 'applicant')),
  code text not null, full_name text not null, birth text not null, number_hash bytea, number_sealed bytea,
  virtual_account text, credit_id bigint not null, use_credit bigint not null check (use_credit in (0, 1)),
  state text not null check (state in ('active', 'left')), created_at bigint not null,
  primary key (book_id, id)
);
create unique index debtor_code on debtor(book_id, code);
create unique index debtor_number on debtor(book_id, number_hash) where number_hash is not null;
create unique index debtor_virtual on debtor(virtual_account) where virtual_account is not null;
create table class_member(
  book_id bigint not null, class_id bigint not null, debtor_id bigint not null, from_on bigint not null, to_on bigint,
  primary key (book_id, class_id, debtor_id, from_on)
);
create index class_member_debtor on class_member(book_id, debtor_id);
create table payer(
  book_id bigint not null, id bigint not null, full_name text not null, number_hash bytea, number_sealed bytea,
  phone_hash bytea, phone_sealed bytea, created_at bigint not null,
  primary key (book_id, id)
);
create index payer_number on payer(book_id, number_hash) where number_hash is not null;
create index payer_phone on payer(book_id, phone_hash) where phone_hash is not null;
create table debtor_payer(
  book_id bigint not null, debtor_id bigint not null, payer_id bigint not null, relation text not null,
  primary key (book_id, debtor_id, payer_id)
);
create index debtor_payer_payer on debtor_payer(book_id, payer_id);

-- what is charged ---------------------------------------------------------------------------
create table fee(
  book_id bigint not null, id bigint not null, code text not null, name text not null,
  kind text not null check (kind in ('tuition', 'service', 'agency', 'voluntary')), third_party text, receipt_kind text not null,
  against_id bigint not null, created_at bigint not null,
  primary key (book_id, id)
);
create unique index fee_code on fee(book_id, code);
-- each later row beside an earlier one (valid_from, known_from); nothing is edited
create table fee_price(
  book_id bigint not null, id bigint not null, fee_id bigint not null, year_id bigint not null, grade bigint, class_id bigint,
  debtor_id bigint, per text not null check (per in ('month', 'term', 'year', 'attended_day', 'once')), price bigint not null check (price >= 0),
  due_day bigint not null, surcharge_kind text, surcharge_value text, surcharge_after_days bigint, instalments text not null,
  ground text not null, valid_from bigint not null, valid_to bigint, known_from bigint not null, made_by text not null,
  primary key (book_id, id)
);
create index fee_price_fee on fee_price(book_id, year_id, fee_id);
-- days on which something is given, planned for a month by the biller
create table fee_plan(
  book_id bigint not null, fee_id bigint not null, period bigint not null, days bigint not null check (days >= 0 and days <= 31),
  known_from bigint not null, made_by text not null,
  primary key (book_id, fee_id, period, known_from)
);
-- what a biller takes off for a ground that people have (of the law's, or its own decision)
create table ground_rate(
  book_id bigint not null, id bigint not null, ground text not null, fee_id bigint, kind text, rate text not null, basis text not null,
  valid_from bigint not null, valid_to bigint, known_from bigint not null, made_by text not null,
  primary key (book_id, id)
);
create table fee_ceiling(
  province text not null, fee_code text not null, ownership text not null, grade_from bigint not null, grade_to bigint not null,
  per text not null, ceiling bigint not null, ground text not null, valid_from bigint not null, valid_to bigint, known_from bigint not null,
  primary key (province, fee_code, ownership, grade_from, per, valid_from, known_from)
);
create table reduction(
  book_id bigint not null, id bigint not null, debtor_id bigint not null, fee_id bigint, kind text, form text not null check (form in ('rate', 'amount')),
  value text not null, ground text not null, source text not null check (source in ('decision', 'enrolment')), evidence text not null,
  valid_from bigint not null, valid_to bigint, made_by text not null, made_at bigint not null, ended_by text, ended_at bigint,
  primary key (book_id, id)
);
create index reduction_debtor on reduction(book_id, debtor_id);
create table attendance(
  book_id bigint not null, debtor_id bigint not null, fee_id bigint not null, period bigint not null, planned_days bigint not null,
  absent_days bigint not null, billed_line_id bigint, settled_line_id bigint, noted_by text not null, noted_at bigint not null,
  primary key (book_id, debtor_id, fee_id, period)
);

-- bills -------------------------------------------------------------------------------------
create table bill_run(
  book_id bigint not null, id bigint not null, year_id bigint not null, period bigint not null, class_id bigint, report text not null,
  bills bigint not null, total bigint not null, made_by text not null, made_at bigint not null, issued_by text, issued_at bigint,
  primary key (book_id, id)
);
create table bill(
  book_id bigint not null, id bigint not null, run_id bigint not null, kind text not null check (kind in ('bill', 'surcharge', 'invitation')),
  number text not null, debtor_id bigint not null, class_id bigint, period bigint not null, part bigint not null, parts bigint not null,
  state text not null check (state in ('draft', 'issued', 'partly_paid', 'paid', 'cancelled', 'written_off')),
  pay_code text not null, bank_account_id bigint not null, total bigint not null, paid bigint not null, due_on bigint not null,
  of_bill_id bigint, replaces_id bigint, snapshot text not null, issued_at bigint, closed_at bigint, closed_why text,
  primary key (book_id, id),
  check (paid >= 0 and paid <= total)
);
create unique index bill_number on bill(book_id, number);
create unique index bill_pay_code on bill(pay_code);
create index bill_debtor on bill(book_id, debtor_id);
create index bill_run_of on bill(book_id, run_id);
create unique index bill_surcharge on bill(book_id, of_bill_id) where kind = 'surcharge' and state <> 'cancelled';
create table bill_line(
  book_id bigint not null, id bigint not null, bill_id bigint not null, no bigint not null, debtor_id bigint not null, fee_id bigint not null,
  kind text not null, name text not null, quantity bigint not null, price bigint not null, gross bigint not null, reduction bigint not null,
  amount bigint not null check (amount >= 0), paid bigint not null, receivable_id bigint, against_id bigint not null,
  onward_id bigint, price_id bigint not null, why text not null, charge_key text,
  primary key (book_id, id),
  check (paid >= 0 and paid <= amount)
);
create index bill_line_bill on bill_line(book_id, bill_id);
-- a thing is charged once: debtor, fee, period (and part); a cancelled bill frees its keys
create unique index bill_line_charge on bill_line(book_id, charge_key) where charge_key is not null;
-- the account receivable/<debtor>/<kind>, opened when the first bill of its kind is issued
create table receivable(
  book_id bigint not null, debtor_id bigint not null, kind text not null, account_id bigint not null,
  primary key (book_id, debtor_id, kind)
);
-- the last number of a year's bills; numbers have no gap
create table bill_series(
  book_id bigint not null, year bigint not null, last_number bigint not null,
  primary key (book_id, year)
);
create table bill_event(
  book_id bigint not null, bill_id bigint not null, no bigint not null, event text not null, amount bigint not null, actor text not null,
  at bigint not null, why text not null, cause_id bigint,
  primary key (book_id, bill_id, no)
);

-- money in ----------------------------------------------------------------------------------
create table notice(
  book_id bigint not null, id bigint not null, provider text not null, provider_ref text not null, bank_account_id bigint,
  digest bytea not null, body_sealed bytea not null, amount bigint not null, at bigint not null, received_at bigint not null,
  outcome text not null, collection_id bigint, detail text not null,
  primary key (book_id, id)
);
create unique index notice_ref on notice(provider, provider_ref, bank_account_id, book_id);
create index notice_collection on notice(book_id, collection_id);
-- who may tell of money on an account of ours, under which address and with which secret
create table notice_source(
  book_id bigint not null, bank_account_id bigint not null, code text not null, scheme text not null, key_id text not null, sealed bytea not null,
  posts bigint not null check (posts in (0, 1)), days_max bigint not null, owner text not null, made_at bigint not null, disabled_at bigint,
  primary key (book_id, bank_account_id, code)
);
create unique index notice_source_code on notice_source(code);
create unique index notice_source_posts on notice_source(book_id, bank_account_id) where posts = 1 and disabled_at is null;
-- systems that may ask whether a bill is paid; the token itself is kept nowhere
create table api_caller(
  book_id bigint not null, code text not null, token_hash bytea not null, made_by text not null, made_at bigint not null, disabled_at bigint,
  primary key (book_id, code)
);
create unique index api_caller_token on api_caller(token_hash);
-- one incoming payment, announced by a notice, by a statement line, or by both
create table collection(
  book_id bigint not null, id bigint not null, bank_account_id bigint not null, amount bigint not null check (amount > 0),
  day bigint not null, at bigint not null, content text not null, content_key text not null, virtual_account text, bank_ref text not null,
  counter bigint not null, counter_sealed bytea, rule text not null, state text not null check (state in ('announced', 'confirmed', 'undone')),
  notice_id bigint, statement_id bigint, line bigint, made_at bigint not null, undone_at bigint,
  primary key (book_id, id)
);
create unique index collection_line on collection(book_id, statement_id, line) where statement_id is not null;
create index collection_open on collection(book_id, bank_account_id, amount) where state = 'announced';
create index collection_key on collection(book_id, bank_account_id, content_key);
create index collection_ref on collection(book_id, bank_account_id, bank_ref) where bank_ref <> '';
create index collection_notice on collection(book_id, notice_id);
-- how an incoming payment was split; a row is undone, never changed
create table allocation(
  book_id bigint not null, id bigint not null, collection_id bigint not null, target text not null check (target in ('bill', 'credit', 'suspense', 'refund')),
  bill_id bigint, bill_line_id bigint, debtor_id bigint, amount bigint not null check (amount > 0), from_credit bigint not null,
  made_at bigint not null, made_by text not null, undone_at bigint, undone_why text, receipt_id bigint,
  primary key (book_id, id)
);
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
  book_id bigint not null, kind text not null, symbol text not null, year bigint not null, last_number bigint not null,
  primary key (book_id, kind, symbol, year)
);
create table receipt(
  book_id bigint not null, id bigint not null, kind text not null, symbol text not null, year bigint not null, number bigint not null,
  what text not null check (what in ('receipt', 'cancellation')), cancels_id bigint, collection_id bigint, debtor_id bigint not null,
  amount bigint not null, body text not null, digest bytea not null, issued_at bigint not null, issued_by text not null,
  primary key (book_id, id)
);
create unique index receipt_number on receipt(book_id, symbol, year, number);
create unique index receipt_cancels on receipt(book_id, cancels_id) where cancels_id is not null;
create index receipt_collection on receipt(book_id, collection_id);
create index receipt_debtor on receipt(book_id, debtor_id);
-- a cancellation by hand that waits for the second person
create table receipt_cancel_plan(
  book_id bigint not null, receipt_id bigint not null, why text not null, proposed_by text not null, proposed_at bigint not null,
  primary key (book_id, receipt_id)
);
-- money that goes out again: back to a payer, or on to whom it was collected for; its id is
-- that of its entitlement, so one state machine pays allowances and these
create table payout(
  book_id bigint not null, id bigint not null, kind text not null check (kind in ('refund', 'remittance', 'send_back')), debtor_id bigint, third_party text,
  bank_account_id bigint not null, from_id bigint not null, account_id bigint not null, amount bigint not null check (amount > 0),
  deducted bigint not null check (deducted >= 0), why text not null, address_id bigint not null,
  state text not null check (state in ('requested', 'cancelled')), made_by text not null, made_at bigint not null,
  ended_by text, ended_at bigint, ended_why text, break_id bigint,
  primary key (book_id, id)
);
create index payout_open on payout(book_id, state) where state = 'requested';
create index payout_debtor on payout(book_id, debtor_id);
-- the parts of payments that a payout is made of
create table payout_part(
  book_id bigint not null, payout_id bigint not null, allocation_id bigint not null, amount bigint not null check (amount > 0), undone_at bigint,
  primary key (book_id, payout_id, allocation_id)
);
create unique index payout_part_once on payout_part(book_id, allocation_id) where undone_at is null;
-- messages to payers: waiting, then sent or stopped; `sent_as` names the file that has it
create table reminder(
  book_id bigint not null, bill_id bigint not null, step bigint not null, amount bigint not null check (amount > 0), text text not null,
  made_at bigint not null, made_by text not null, sent_at bigint, sent_as text, stopped_at bigint,
  primary key (book_id, bill_id, step),
  check (sent_at is null or stopped_at is null)
);
create index reminder_waiting on reminder(book_id, bill_id) where sent_at is null and stopped_at is null;
create index reminder_sent on reminder(book_id, sent_as) where sent_as is not null;
