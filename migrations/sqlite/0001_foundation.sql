-- The foundation: store, ledger, people, programmes, payments, reconciliation.
-- Amounts are whole dong; instants are UTC microseconds (_at); days are yyyymmdd (_on, day);
-- periods are yyyymm. book_id leads every key of what belongs to a book.

-- store ---------------------------------------------------------------------------------
create table setting(name text primary key, value text not null) strict, without rowid;
create table head(
  book_id integer primary key, next_id integer not null, transfer_seq integer not null, posting_no integer not null,
  chain blob not null, audit_seq integer not null, audit_chain blob not null, newest_at integer not null
) strict;
create table command(
  book_id integer not null, name text not null, key text not null, digest blob not null, reply text not null, at integer not null,
  primary key (book_id, name, key)
) strict, without rowid;
create table audit(
  book_id integer not null, seq integer not null, at integer not null, actor text not null, act text not null,
  detail text not null, link blob not null,
  primary key (book_id, seq)
) strict, without rowid;
create table outbox(
  book_id integer not null, id integer not null, kind text not null, subject_id integer not null, payload text not null,
  created_at integer not null, done_at integer, result text,
  primary key (book_id, id)
) strict, without rowid;
create unique index outbox_subject on outbox(book_id, kind, subject_id);

-- ledger --------------------------------------------------------------------------------
create table book(
  id integer primary key, code text not null unique, name text not null, kind text not null, created_at integer not null
) strict;
create table account(
  book_id integer not null, id integer not null, name text not null,
  kind text not null check (kind in ('asset', 'expense', 'liability', 'income')),
  guarded integer not null check (guarded in (0, 1)), posting_no integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index account_name on account(book_id, name);
-- guard: 1 where credits must cover debits, -1 where debits must cover credits, 0 unguarded
create table balance(
  book_id integer not null, account_id integer not null, guard integer not null, debits integer not null, credits integer not null,
  primary key (book_id, account_id),
  check (guard * (credits - debits) >= 0),
  check (debits <= 1000000000000000000 and credits <= 1000000000000000000)
) strict, without rowid;
create table posting(
  book_id integer not null, no integer not null, code text not null, at integer not null, day integer not null,
  own_day integer, actor text not null, cause_id integer not null, first_seq integer not null, count integer not null,
  total integer not null, accounts blob not null, link blob not null,
  primary key (book_id, no)
) strict, without rowid;
create table transfer(
  book_id integer not null, seq integer not null, client_id integer not null, posting_no integer not null,
  debit_id integer not null, credit_id integer not null, amount integer not null check (amount > 0),
  code integer not null, cause_id integer not null, reverses_seq integer, link blob not null,
  primary key (book_id, seq),
  check (debit_id <> credit_id)
) strict, without rowid;
create unique index transfer_client on transfer(book_id, client_id);
create index transfer_debit on transfer(book_id, debit_id, seq);
create index transfer_credit on transfer(book_id, credit_id, seq);
create unique index transfer_reverses on transfer(book_id, reverses_seq) where reverses_seq is not null;
create table posting_day(
  book_id integer not null, day integer not null, state text not null, closed_at integer, closed_by text,
  primary key (book_id, day)
) strict, without rowid;

-- people --------------------------------------------------------------------------------
create table person(
  id integer primary key, full_name text not null, birth text not null, sex text not null, commune text not null,
  address text not null, level text not null, deceased_on integer, created_at integer not null
) strict;
create index person_blocked on person(id) where level not in ('registry_matched', 'presence_verified');
create table person_number(
  hash blob not null, kind text not null, person_id integer not null, sealed blob not null,
  valid_from integer not null, valid_to integer,
  primary key (person_id, kind, valid_from)
) strict, without rowid;
create unique index person_number_current on person_number(hash) where valid_to is null;
create table evidence(
  id integer primary key, person_id integer not null, method text not null, source_ref text not null, at integer not null,
  result text not null, digest blob not null
) strict;
create index evidence_person on evidence(person_id, id);
create table address(
  id integer primary key, person_id integer not null, holder text not null, holder_number blob, holder_name text not null,
  bin text not null, sealed blob not null, counter integer not null, payee integer not null, restored integer not null,
  state text not null, reason text not null, state_at integer not null, created_at integer not null
) strict;
create unique index address_person on address(person_id, counter);
create index address_blocked on address(id) where state <> 'active';
create table register_load(
  id integer primary key, digest blob not null, rows integer not null, as_of integer not null, loaded_at integer not null
) strict;
create table register_record(
  hash blob primary key, old_hash blob, sealed blob not null, full_name text not null, birth text not null, sex text not null,
  address text not null, status text not null, deceased_on integer, as_of integer not null, load_id integer not null
) strict, without rowid;
create index register_record_old on register_record(old_hash);
create table holder(
  counter integer not null, holder_name text not null, status text not null, as_of integer not null,
  primary key (counter)
) strict;

-- staff, units, our bank accounts ----------------------------------------------------------
create table staff(code text primary key, name text not null) strict, without rowid;
create table staff_role(
  staff text not null, book_id integer not null, role text not null, primary key (staff, book_id, role)
) strict, without rowid;
create table unit(
  book_id integer not null, code text not null, name text not null, name_key text not null,
  valid_from integer not null, valid_to integer, successor text,
  primary key (book_id, code)
) strict, without rowid;
create table bank_account(
  book_id integer not null, id integer not null, code text not null, bin text not null, bank_name text not null,
  holder_name text not null, sealed blob not null, counter integer not null unique, unsigned_allowed integer not null,
  nostro_id integer not null, clearing_in_id integer not null, clearing_out_id integer not null, suspense_id integer not null,
  opening integer not null, opened_on integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index bank_account_code on bank_account(code);
create table bank_key(
  book_id integer not null, bank_account_id integer not null, key_id text not null, sealed blob not null,
  primary key (book_id, bank_account_id, key_id)
) strict, without rowid;

-- beneficiaries ---------------------------------------------------------------------------
create table social_account(
  book_id integer not null, id integer not null, person_id integer not null, state text not null, reason text not null,
  opened_at integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index social_account_person on social_account(book_id, person_id);
create index social_account_blocked on social_account(book_id, person_id) where state <> 'open';
create table social_account_event(
  book_id integer not null, account_id integer not null, no integer not null, state text not null, reason text not null,
  actor text not null, at integer not null,
  primary key (book_id, account_id, no)
) strict, without rowid;

-- programmes ------------------------------------------------------------------------------
create table programme(
  id integer primary key, code text not null unique, name text not null, component text not null
) strict;
create table enrolment(
  book_id integer not null, id integer not null, programme_id integer not null, person_id integer not null,
  social_account_id integer, account_id integer, address_id integer not null, category text not null,
  coefficient text not null, unit text not null, listed_period integer not null, typed_amount integer,
  updated_at integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index enrolment_person on enrolment(book_id, programme_id, person_id);
create table list_import(
  book_id integer not null, id integer not null, digest blob not null, period integer not null, programme_id integer not null,
  file_name text not null, lines integer not null, matched integer not null, refused integer not null, reply text not null, register text not null,
  imported_by text not null, imported_at integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index list_import_digest on list_import(book_id, programme_id, period, digest, register);
create table standard(
  programme_id integer not null, unit text not null, amount integer not null, valid_from integer not null,
  known_from integer not null, source text not null,
  primary key (programme_id, unit, valid_from, known_from)
) strict, without rowid;
create table rate(
  programme_id integer not null, category text not null, kind text not null, value text not null,
  valid_from integer not null, valid_to integer, known_from integer not null, source text not null,
  primary key (programme_id, category, valid_from, known_from)
) strict, without rowid;
create table cycle(
  book_id integer not null, id integer not null, programme_id integer not null, period integer not null,
  report text not null, prepared_by text not null, prepared_at integer not null,
  primary key (book_id, id)
) strict, without rowid;
create table cycle_rate(
  book_id integer not null, cycle_id integer not null, category text not null, unit text not null, amount integer not null,
  primary key (book_id, cycle_id, category, unit)
) strict, without rowid;
create table entitlement(
  book_id integer not null, id integer not null, programme_id integer not null, period integer not null, component text not null,
  person_id integer not null, cycle_id integer not null, enrolment_id integer not null, category text not null, amount integer not null check (amount > 0),
  primary key (book_id, id)
) strict, without rowid;
create unique index entitlement_key on entitlement(programme_id, period, component, person_id);

-- payments --------------------------------------------------------------------------------
create table batch(
  book_id integer not null, id integer not null, cycle_id integer not null, follows_id integer, programme_id integer not null,
  period integer not null, fund_id integer not null, bank_account_id integer not null, state text not null,
  first_id integer not null, count integer not null, total integer not null, digest blob,
  made_by text not null, made_at integer not null, sent_on integer, open_count integer not null,
  primary key (book_id, id)
) strict, without rowid;
create index batch_cycle on batch(book_id, cycle_id);
create table batch_event(
  book_id integer not null, batch_id integer not null, no integer not null, event text not null, actor text not null,
  at integer not null, note text not null, digest blob, signature blob,
  primary key (book_id, batch_id, no)
) strict, without rowid;
create table instruction(
  book_id integer not null, id integer not null, batch_id integer not null, account_id integer not null,
  address_id integer not null, counter integer not null, payee integer not null,
  amount integer not null check (amount > 0), cause_id integer not null,
  ended_at integer,
  primary key (book_id, id)
) strict, without rowid;
create unique index instruction_live on instruction(book_id, cause_id) where ended_at is null;
create index instruction_ended on instruction(book_id, cause_id) where ended_at is not null;
create table instruction_event(
  book_id integer not null, instruction_id integer not null, no integer not null, state text not null, amount integer not null,
  reason text not null, statement_id integer, line integer, actor text not null, at integer not null,
  primary key (book_id, instruction_id, no)
) strict, without rowid;

-- reconciliation --------------------------------------------------------------------------
create table budget(
  book_id integer not null, id integer not null, fund_id integer not null, bank_account_id integer not null, amount integer not null,
  reference text not null, received integer not null, made_by text not null, made_at integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index budget_reference on budget(book_id, bank_account_id, reference);
create table statement(
  book_id integer not null, id integer not null, bank_account_id integer not null, number integer not null, day integer not null,
  opening integer not null, credits integer not null, debits integer not null, closing integer not null, lines integer not null,
  digest blob not null, format text not null, signed integer not null, key_id text, state text not null, reply text not null,
  imported_by text not null, imported_at integer not null,
  primary key (book_id, id)
) strict, without rowid;
create unique index statement_number on statement(book_id, bank_account_id, number);
create index statement_digest on statement(digest);
create table quarantine(
  id integer primary key, digest blob not null unique, code text not null, detail text not null, at integer not null, actor text not null
) strict;
create table statement_line(
  book_id integer not null, statement_id integer not null, line integer not null, entry_ref text not null,
  booking_on integer not null, value_on integer not null, direction text not null, amount integer not null,
  reference text not null, reason text not null, counter integer not null, counter_sealed blob, note text not null, outcome text not null, instruction_id integer,
  primary key (book_id, statement_id, line)
) strict, without rowid;
create table line_match(
  book_id integer not null, instruction_id integer not null, statement_id integer not null, line integer not null,
  amount integer not null, undone_at integer,
  primary key (book_id, statement_id, line)
) strict, without rowid;
create unique index line_match_live on line_match(book_id, instruction_id) where undone_at is null;
create table break(
  book_id integer not null, id integer not null, bank_account_id integer not null, kind text not null, day integer not null,
  statement_id integer, line integer, instruction_id integer, reference text not null, expected_amount integer,
  statement_amount integer, item_account_id integer, item_amount integer not null, item_cleared integer not null,
  state text not null, owner text, action text, note text, proposed_by text, resolved_by text, posting_no integer,
  made_at integer not null, resolved_at integer,
  primary key (book_id, id)
) strict, without rowid;
create index break_open on break(book_id, state);
create index break_reference on break(book_id, reference);
-- what two people signed of our account's days, in order: closings and reopenings; rows are only added
create table bank_day(
  book_id integer not null, bank_account_id integer not null, no integer not null, act text not null check (act in ('closed', 'reopened')),
  day integer not null, proof text not null, digest blob not null, previous blob not null, transfer_seq integer not null,
  chain blob not null, made_by text not null, signed_by text not null, signed_at integer not null, signature blob not null,
  primary key (book_id, bank_account_id, no)
) strict, without rowid;
create table day_reopening(
  book_id integer not null, id integer not null, bank_account_id integer not null, day integer not null, reason text not null,
  state text not null, proposed_by text not null, proposed_at integer not null, approved_by text, approved_at integer,
  primary key (book_id, id)
) strict, without rowid;
create unique index day_reopening_waits on day_reopening(book_id, bank_account_id, day) where state = 'proposed';

insert into head values (0, 1, 0, 0, zeroblob(32), 0, zeroblob(32), 0);
