-- The foundation: store, ledger, people, programmes, payments, reconciliation.
-- Amounts are whole dong; instants are UTC microseconds (_at); days are yyyymmdd (_on, day);
-- periods are yyyymm. book_id leads every key of what belongs to a book.

-- store ---------------------------------------------------------------------------------
create table setting(name text primary key, value text not null);
create table head(
  book_id bigint primary key, next_id bigint not null, transfer_seq bigint not null, posting_no bigint not null,
  chain bytea not null, audit_seq bigint not null, audit_chain bytea not null, newest_at bigint not null
);
create table command(
  book_id bigint not null, name text not null, key text not null, digest bytea not null, reply text not null, at bigint not null,
  primary key (book_id, name, key)
);
create table audit(
  book_id bigint not null, seq bigint not null, at bigint not null, actor text not null, act text not null,
  detail text not null, link bytea not null,
  primary key (book_id, seq)
);
create table outbox(
  book_id bigint not null, id bigint not null, kind text not null, subject_id bigint not null, payload text not null,
  created_at bigint not null, done_at bigint, result text,
  primary key (book_id, id)
);
create unique index outbox_subject on outbox(book_id, kind, subject_id);

-- ledger --------------------------------------------------------------------------------
create table book(
  id bigint primary key, code text not null unique, name text not null, kind text not null, created_at bigint not null
);
create table account(
  book_id bigint not null, id bigint not null, name text not null,
  kind text not null check (kind in ('asset', 'expense', 'liability', 'income')),
  guarded bigint not null check (guarded in (0, 1)), posting_no bigint not null,
  primary key (book_id, id)
);
create unique index account_name on account(book_id, name);
-- guard: 1 where credits must cover debits, -1 where debits must cover credits, 0 unguarded
create table balance(
  book_id bigint not null, account_id bigint not null, guard bigint not null, debits bigint not null, credits bigint not null,
  primary key (book_id, account_id),
  check (guard * (credits - debits) >= 0),
  check (debits <= 1000000000000000000 and credits <= 1000000000000000000)
) with (fillfactor = 50);
create table posting(
  book_id bigint not null, no bigint not null, code text not null, at bigint not null, day bigint not null,
  own_day bigint, actor text not null, cause_id bigint not null, first_seq bigint not null, count bigint not null,
  total bigint not null, accounts bytea not null, link bytea not null,
  primary key (book_id, no)
);
create table transfer(
  book_id bigint not null, seq bigint not null, client_id bigint not null, posting_no bigint not null,
  debit_id bigint not null, credit_id bigint not null, amount bigint not null check (amount > 0),
  code bigint not null, cause_id bigint not null, reverses_seq bigint, link bytea not null,
  primary key (book_id, seq),
  check (debit_id <> credit_id)
);
create unique index transfer_client on transfer(book_id, client_id);
create index transfer_debit on transfer(book_id, debit_id, seq);
create index transfer_credit on transfer(book_id, credit_id, seq);
create unique index transfer_reverses on transfer(book_id, reverses_seq) where reverses_seq is not null;
create table posting_day(
  book_id bigint not null, day bigint not null, state text not null, closed_at bigint, closed_by text,
  primary key (book_id, day)
);

-- people --------------------------------------------------------------------------------
create table person(
  id bigint primary key, full_name text not null, birth text not null, sex text not null, commune text not null,
  address text not null, level text not null, deceased_on bigint, created_at bigint not null
);
create index person_blocked on person(id) where level not in ('registry_matched', 'presence_verified');
create table person_number(
  hash bytea not null, kind text not null, person_id bigint not null, sealed bytea not null,
  valid_from bigint not null, valid_to bigint,
  primary key (person_id, kind, valid_from)
);
create unique index person_number_current on person_number(hash) where valid_to is null;
create table evidence(
  id bigint primary key, person_id bigint not null, method text not null, source_ref text not null, at bigint not null,
  result text not null, digest bytea not null
);
create index evidence_person on evidence(person_id, id);
create table address(
  id bigint primary key, person_id bigint not null, holder text not null, holder_number bytea, holder_name text not null,
  bin text not null, sealed bytea not null, counter bigint not null, payee bigint not null, restored bigint not null,
  state text not null, reason text not null, state_at bigint not null, created_at bigint not null
);
create unique index address_person on address(person_id, counter);
create index address_blocked on address(id) where state <> 'active';
create table register_load(
  id bigint primary key, digest bytea not null, rows bigint not null, as_of bigint not null, loaded_at bigint not null
);
create table register_record(
  hash bytea primary key, old_hash bytea, sealed bytea not null, full_name text not null, birth text not null, sex text not null,
  address text not null, status text not null, deceased_on bigint, as_of bigint not null, load_id bigint not null
);
create index register_record_old on register_record(old_hash);
create table holder(
  counter bigint not null, holder_name text not null, status text not null, as_of bigint not null,
  primary key (counter)
);

-- staff, units, our bank accounts ----------------------------------------------------------
create table staff(code text primary key, name text not null);
create table staff_role(
  staff text not null, book_id bigint not null, role text not null, primary key (staff, book_id, role)
);
create table unit(
  book_id bigint not null, code text not null, name text not null, name_key text not null,
  valid_from bigint not null, valid_to bigint, successor text,
  primary key (book_id, code)
);
create table bank_account(
  book_id bigint not null, id bigint not null, code text not null, bin text not null, bank_name text not null,
  holder_name text not null, sealed bytea not null, counter bigint not null unique, unsigned_allowed bigint not null,
  nostro_id bigint not null, clearing_in_id bigint not null, clearing_out_id bigint not null, suspense_id bigint not null,
  opening bigint not null, opened_on bigint not null,
  primary key (book_id, id)
);
create unique index bank_account_code on bank_account(code);
create table bank_key(
  book_id bigint not null, bank_account_id bigint not null, key_id text not null, sealed bytea not null,
  primary key (book_id, bank_account_id, key_id)
);

-- beneficiaries ---------------------------------------------------------------------------
create table social_account(
  book_id bigint not null, id bigint not null, person_id bigint not null, state text not null, reason text not null,
  opened_at bigint not null,
  primary key (book_id, id)
);
create unique index social_account_person on social_account(book_id, person_id);
create index social_account_blocked on social_account(book_id, person_id) where state <> 'open';
create table social_account_event(
  book_id bigint not null, account_id bigint not null, no bigint not null, state text not null, reason text not null,
  actor text not null, at bigint not null,
  primary key (book_id, account_id, no)
);

-- programmes ------------------------------------------------------------------------------
create table programme(
  id bigint primary key, code text not null unique, name text not null, component text not null
);
create table enrolment(
  book_id bigint not null, id bigint not null, programme_id bigint not null, person_id bigint not null,
  social_account_id bigint, account_id bigint, address_id bigint not null, category text not null,
  coefficient text not null, unit text not null, listed_period bigint not null, typed_amount bigint,
  updated_at bigint not null,
  primary key (book_id, id)
);
create unique index enrolment_person on enrolment(book_id, programme_id, person_id);
create table list_import(
  book_id bigint not null, id bigint not null, digest bytea not null, period bigint not null, programme_id bigint not null,
  file_name text not null, lines bigint not null, matched bigint not null, refused bigint not null, reply text not null, register text not null,
  imported_by text not null, imported_at bigint not null,
  primary key (book_id, id)
);
create unique index list_import_digest on list_import(book_id, programme_id, period, digest, register);
create table standard(
  programme_id bigint not null, unit text not null, amount bigint not null, valid_from bigint not null,
  known_from bigint not null, source text not null,
  primary key (programme_id, unit, valid_from, known_from)
);
create table rate(
  programme_id bigint not null, category text not null, kind text not null, value text not null,
  valid_from bigint not null, valid_to bigint, known_from bigint not null, source text not null,
  primary key (programme_id, category, valid_from, known_from)
);
create table cycle(
  book_id bigint not null, id bigint not null, programme_id bigint not null, period bigint not null,
  report text not null, prepared_by text not null, prepared_at bigint not null,
  primary key (book_id, id)
);
create table cycle_rate(
  book_id bigint not null, cycle_id bigint not null, category text not null, unit text not null, amount bigint not null,
  primary key (book_id, cycle_id, category, unit)
);
create table entitlement(
  book_id bigint not null, id bigint not null, programme_id bigint not null, period bigint not null, component text not null,
  person_id bigint not null, cycle_id bigint not null, enrolment_id bigint not null, category text not null, amount bigint not null check (amount > 0),
  primary key (book_id, id)
);
create unique index entitlement_key on entitlement(programme_id, period, component, person_id);

-- payments --------------------------------------------------------------------------------
create table batch(
  book_id bigint not null, id bigint not null, cycle_id bigint not null, follows_id bigint, programme_id bigint not null,
  period bigint not null, fund_id bigint not null, bank_account_id bigint not null, state text not null,
  first_id bigint not null, count bigint not null, total bigint not null, digest bytea,
  made_by text not null, made_at bigint not null, sent_on bigint, open_count bigint not null,
  primary key (book_id, id)
);
create index batch_cycle on batch(book_id, cycle_id);
create table batch_event(
  book_id bigint not null, batch_id bigint not null, no bigint not null, event text not null, actor text not null,
  at bigint not null, note text not null, digest bytea, signature bytea,
  primary key (book_id, batch_id, no)
);
create table instruction(
  book_id bigint not null, id bigint not null, batch_id bigint not null, account_id bigint not null,
  address_id bigint not null, counter bigint not null, payee bigint not null,
  amount bigint not null check (amount > 0), cause_id bigint not null,
  ended_at bigint,
  primary key (book_id, id)
);
create unique index instruction_live on instruction(book_id, cause_id) where ended_at is null;
create index instruction_ended on instruction(book_id, cause_id) where ended_at is not null;
create table instruction_event(
  book_id bigint not null, instruction_id bigint not null, no bigint not null, state text not null, amount bigint not null,
  reason text not null, statement_id bigint, line bigint, actor text not null, at bigint not null,
  primary key (book_id, instruction_id, no)
);

-- reconciliation --------------------------------------------------------------------------
create table budget(
  book_id bigint not null, id bigint not null, fund_id bigint not null, bank_account_id bigint not null, amount bigint not null,
  reference text not null, received bigint not null, made_by text not null, made_at bigint not null,
  primary key (book_id, id)
);
create unique index budget_reference on budget(book_id, bank_account_id, reference);
create table statement(
  book_id bigint not null, id bigint not null, bank_account_id bigint not null, number bigint not null, day bigint not null,
  opening bigint not null, credits bigint not null, debits bigint not null, closing bigint not null, lines bigint not null,
  digest bytea not null, format text not null, signed bigint not null, key_id text, state text not null, reply text not null,
  imported_by text not null, imported_at bigint not null,
  primary key (book_id, id)
);
create unique index statement_number on statement(book_id, bank_account_id, number);
create index statement_digest on statement(digest);
create table quarantine(
  id bigint primary key, digest bytea not null unique, code text not null, detail text not null, at bigint not null, actor text not null
);
create table statement_line(
  book_id bigint not null, statement_id bigint not null, line bigint not null, entry_ref text not null,
  booking_on bigint not null, value_on bigint not null, direction text not null, amount bigint not null,
  reference text not null, reason text not null, counter bigint not null, counter_sealed bytea, note text not null, outcome text not null, instruction_id bigint,
  primary key (book_id, statement_id, line)
);
create table line_match(
  book_id bigint not null, instruction_id bigint not null, statement_id bigint not null, line bigint not null,
  amount bigint not null, undone_at bigint,
  primary key (book_id, statement_id, line)
);
create unique index line_match_live on line_match(book_id, instruction_id) where undone_at is null;
create table break(
  book_id bigint not null, id bigint not null, bank_account_id bigint not null, kind text not null, day bigint not null,
  statement_id bigint, line bigint, instruction_id bigint, reference text not null, expected_amount bigint,
  statement_amount bigint, item_account_id bigint, item_amount bigint not null, item_cleared bigint not null,
  state text not null, owner text, action text, note text, proposed_by text, resolved_by text, posting_no bigint,
  made_at bigint not null, resolved_at bigint,
  primary key (book_id, id)
);
create index break_open on break(book_id, state);
create index break_reference on break(book_id, reference);
-- what two people signed of our account's days, in order: closings and reopenings; rows are only added
create table bank_day(
  book_id bigint not null, bank_account_id bigint not null, no bigint not null, act text not null check (act in ('closed', 'reopened')),
  day bigint not null, proof text not null, digest bytea not null, previous bytea not null, transfer_seq bigint not null,
  chain bytea not null, made_by text not null, signed_by text not null, signed_at bigint not null, signature bytea not null,
  primary key (book_id, bank_account_id, no)
);
create table day_reopening(
  book_id bigint not null, id bigint not null, bank_account_id bigint not null, day bigint not null, reason text not null,
  state text not null, proposed_by text not null, proposed_at bigint not null, approved_by text, approved_at bigint,
  primary key (book_id, id)
);
create unique index day_reopening_waits on day_reopening(book_id, bank_account_id, day) where state = 'proposed';

insert into head values (0, 1, 0, 0, decode(repeat('00', 32), 'hex'), 0, decode(repeat('00', 32), 'hex'), 0);
