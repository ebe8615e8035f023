//! Importing a statement: one Tx from the first line to the proof.

use super::credits::Credits;
use super::explain::{Explainer, Totals};
use super::sql::{self, BreakRow, LineColumns, StatementRow};
use super::{BreakView, Outcomes, Proof, todo};
use crate::access::{self, Role};
use crate::disbursement::{self, Batch};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::payment::{self, PREFIX, sql::BankAccountRow};
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::{
    Direction, Dong, Expected, OpenPayments, RawLine, ReadError, StatementFormat, StatementReader,
    StatementSummary, Verdict,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// `statement import`, after the file was verified.
pub struct ImportStatement {
    pub book: Book,
    pub bank: BankAccountRow,
    pub path: PathBuf,
    pub summary: StatementSummary,
    /// SHA-256 of the file that was verified.
    pub digest: [u8; 32],
    pub keys: KeyRing,
}

/// The answer; the same file again gives the same, with `again`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Imported {
    pub statement: String,
    pub book: String,
    pub bank_account: String,
    pub number: i64,
    pub day: String,
    pub format: String,
    pub signed: bool,
    pub lines: i64,
    pub outcomes: Outcomes,
    pub breaks: Vec<BreakView>,
    /// Breaks beyond the first [`BREAKS_SHOWN`].
    pub breaks_more: i64,
    pub proof: Proof,
    #[serde(default)]
    pub again: bool,
}

/// Breaks that an answer carries; all stand in the database.
pub const BREAKS_SHOWN: usize = 10_000;

/// Lines a round.
const CHUNK: usize = 5_000;

/// A reject that names the place in the file.
pub fn quarantined(error: &ReadError) -> Reject {
    Reject::FileQuarantined {
        code: error.code.to_owned(),
        line: error.line,
        column: error.column,
        found: error.found.clone(),
        expected: error.expected.clone(),
    }
}

impl Command for ImportStatement {
    const NAME: &'static str = "statement.import";
    type Reply = Imported;

    fn books(&self) -> Vec<i64> {
        vec![crate::store::INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "bank_account": self.bank.code, "number": self.summary.header.number,
               "sha256": crate::store::keys::hex(&self.digest)})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<Imported, Failure> {
        let roles = [Role::Accountant, Role::ChiefAccountant, Role::BankOfficer];
        access::require(tx, ctx, self.book.id, &self.book.code, &roles).await?;
        let number = i64::from(self.summary.header.number);
        if let Some(known) =
            sql::statement_by_number(tx, self.book.id, self.bank.id, number).await?
        {
            return self.again(&known);
        }
        let what = format!("statement {number}");
        super::close::check_come(&what, self.summary.header.day, ctx)?;
        let day = self.summary.header.day;
        if day < self.bank.opened_on {
            return Err(Reject::StatementTooOld {
                number: self.summary.header.number,
                day: day.to_string(),
                opened_on: self.bank.opened_on.to_string(),
            }
            .into());
        }
        let previous_closing = self.check_chain(tx).await?;
        let id = tx.reserve_ids(self.book.id, 1)?;
        let mut open = Open::load(tx, self.book.id, self.bank.id).await?;
        let (mut outcomes, settled) = self.stage(tx, id, &mut open).await?;
        let info = PostingInfo::new("statement_imported", ctx, self.summary.header.day, id);
        self.post_settled(tx, &info, id, &open, &settled).await?;
        let credits = Credits {
            ctx,
            book: &self.book,
            bank: &self.bank,
            info: &info,
            statement: id,
        };
        let credit_breaks = credits.run(tx, &mut outcomes).await?;
        let mut explainer =
            Explainer::new(tx, ctx, &self.book, &self.bank, &self.keys, id, &info).await?;
        explainer.run(tx, &mut outcomes).await?;
        let Totals { mut breaks } = explainer.finish();
        breaks.extend(credit_breaks);
        breaks.extend(self.missing(tx, ctx, id, &open, &mut outcomes).await?);
        for (batch, n) in open.closed(&settled) {
            disbursement::sql::close_lines(tx, self.book.id, batch, n).await?;
        }
        let proof = self.prove(tx, previous_closing).await?;
        let reply = self.reply(id, outcomes, &breaks, proof);
        self.record(tx, ctx, id, &reply).await?;
        Ok(reply)
    }
}

impl ImportStatement {
    /// The same file again is answered as before; other bytes under the number are refused.
    fn again(&self, known: &StatementRow) -> Result<Imported, Failure> {
        if known.digest != self.digest {
            let reject = Reject::StatementConflict {
                number: self.summary.header.number,
                day: known.day.to_string(),
            };
            return Err(reject.into());
        }
        let mut reply: Imported = serde_json::from_str(&known.reply)
            .map_err(|e| Fault::Corrupt(format!("statement {}: {e}", known.id)))?;
        reply.again = true;
        Ok(reply)
    }

    /// Sequence and balance against the statement before; the closing before. The day may
    /// be closed, or before that of the statement before: what comes late is posted on the
    /// first open day, names its own, and is signed with the next closing.
    async fn check_chain(&self, tx: &mut Tx) -> Result<i64, Failure> {
        let header = &self.summary.header;
        let last = sql::last_statement(tx, self.book.id, self.bank.id).await?;
        let previous_closing = match &last {
            None => self.bank.opening,
            Some(last) => {
                let expected = u32::try_from(last.number + 1).unwrap_or(u32::MAX);
                if header.number != expected {
                    return Err(Reject::StatementGap {
                        expected,
                        found: header.number,
                    }
                    .into());
                }
                last.closing
            }
        };
        if header.opening.get() != previous_closing {
            let expected = Dong::new(previous_closing).unwrap_or(Dong::ZERO);
            return Err(Reject::ChainBroken {
                expected,
                found: header.opening,
            }
            .into());
        }
        Ok(previous_closing)
    }

    /// Judges and writes every line. What matched is counted by batch.
    async fn stage(
        &self,
        tx: &mut Tx,
        id: i64,
        open: &mut Open,
    ) -> Result<(Outcomes, Vec<(i64, i64)>), Failure> {
        let file = File::open(&self.path).map_err(crate::error::io_fault(&self.path))?;
        let hash = Arc::new(Mutex::new(Sha256::new()));
        let input = BufReader::with_capacity(
            1 << 16,
            Hashing {
                inner: file,
                hash: Arc::clone(&hash),
            },
        );
        let (_, mut reader) = StatementReader::open(input).map_err(|e| quarantined(&e))?;
        let mut outcomes = Outcomes::default();
        let mut settled = vec![(0i64, 0i64); open.batches.len()];
        let mut repeated = self.summary.repeated.iter().copied().peekable();
        loop {
            let mut columns = LineColumns::default();
            while columns.line.len() < CHUNK {
                let Some(line) = reader.next_raw().map_err(|e| quarantined(&e))? else {
                    break;
                };
                let again = repeated.next_if_eq(&line.line).is_some();
                self.judge(open, &line, again, &mut columns, &mut settled)?;
            }
            if columns.line.is_empty() {
                break;
            }
            for outcome in &columns.outcome {
                if outcome == "matched" || outcome == "duplicate_line" {
                    outcomes.count(outcome);
                }
            }
            let matched: Vec<i64> = matched_of(&columns)
                .filter(|id| open.missing.contains(id))
                .collect();
            open.reported.extend(matched);
            sql::insert_lines(tx, self.book.id, id, columns).await?;
        }
        drop(reader);
        let read: [u8; 32] = hash
            .lock()
            .map(|h| h.clone().finalize().into())
            .unwrap_or([0; 32]);
        if read != self.digest {
            return Err(Fault::Io {
                path: self.path.display().to_string(),
                source: std::io::Error::other("the file changed while it was read"),
            }
            .into());
        }
        sql::insert_matches(tx, self.book.id, id).await?;
        tx.analyze(&["statement_line", "line_match"]).await?;
        Ok((outcomes, settled))
    }

    fn judge(
        &self,
        open: &mut Open,
        line: &RawLine<'_>,
        again: bool,
        columns: &mut LineColumns,
        settled: &mut [(i64, i64)],
    ) -> Result<(), Failure> {
        let counter = self.counter_of(line);
        let (outcome, sequence) = if again {
            ("duplicate_line", None)
        } else if line.reason == "FEE" {
            // The bank's charge settles no payment, whatever reference it carries.
            ("unknown", None)
        } else if line.direction == Direction::Debit {
            let (verdict, sequence) = open.payments.judge_debit(
                line.reference,
                line.amount,
                counter.cast_unsigned(),
                line.booking_on,
            );
            (verdict_name(&verdict), sequence)
        } else {
            let (verdict, sequence) = open.payments.judge_credit(line.reference);
            (verdict_name(&verdict), sequence)
        };
        let instruction = sequence.and_then(|s| i64::try_from(s).ok());
        if outcome == "matched"
            && let Some(id) = instruction
            && let Some(at) = open.batch_index(id)
        {
            settled[at].0 += 1;
            settled[at].1 += line.amount.get();
        }
        let plain = outcome == "matched";
        columns.line.push(i64::from(line.line));
        columns.entry_ref.push(line.entry_ref.to_owned());
        columns.booking_on.push(line.booking_on.number());
        columns.value_on.push(line.value_on.number());
        columns.direction.push(
            if line.direction == Direction::Debit {
                "D"
            } else {
                "C"
            }
            .to_owned(),
        );
        columns.amount.push(line.amount.get());
        columns.reference.push(line.reference.to_owned());
        columns.reason.push(line.reason.to_owned());
        columns.counter.push(counter);
        let sealed = if plain || line.counter_account.is_empty() {
            None
        } else {
            let text = format!("{}|{}", line.counter_bin, line.counter_account);
            Some(self.keys.seal_text(Purpose::BankAccount, &text)?)
        };
        columns.counter_sealed.push(sealed);
        columns.note.push(line.note.to_owned());
        columns.outcome.push(outcome.to_owned());
        columns.instruction_id.push(instruction);
        Ok(())
    }

    /// Fingerprint of the line's other side; 0 where the bank names none. A blank bank is
    /// the bank of the statement itself.
    fn counter_of(&self, line: &RawLine<'_>) -> i64 {
        if line.counter_account.is_empty() {
            return 0;
        }
        let bin = if line.counter_bin.is_empty() {
            &self.bank.bin
        } else {
            line.counter_bin
        };
        self.keys.fingerprint(bin, line.counter_account)
    }

    /// One transfer for each batch of which lines settled.
    async fn post_settled(
        &self,
        tx: &mut Tx,
        info: &PostingInfo,
        id: i64,
        open: &Open,
        settled: &[(i64, i64)],
    ) -> Result<(), Failure> {
        let mut transfers = Vec::new();
        for ((count, total), batch) in settled.iter().zip(&open.batches) {
            if *count == 0 {
                continue;
            }
            let cause = tx.reserve_ids(self.book.id, 1)?;
            let amount = Dong::new(*total)
                .map_err(|e| Fault::Corrupt(format!("batch {}: {e}", batch.id)))?;
            let code = Code::Settled;
            transfers.push(NewTransfer::new(
                client_id(cause, code),
                self.bank.clearing_out_id,
                self.bank.nostro_id,
                amount,
                code,
                id,
            ));
        }
        if !transfers.is_empty() {
            ledger::post_all(tx, self.book.id, info, &transfers).await?;
        }
        Ok(())
    }

    /// Breaks for what was instructed up to the statement's day and is not on it. The
    /// instructions stay as they are: absence is never the bank's word.
    async fn missing(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        id: i64,
        open: &Open,
        outcomes: &mut Outcomes,
    ) -> Result<Vec<BreakRow>, Failure> {
        let day = self.summary.header.day;
        let mut made = Vec::new();
        for sequence in open.payments.unconsumed() {
            let instruction = i64::try_from(sequence).unwrap_or(i64::MAX);
            let due = open
                .batch_index(instruction)
                .is_some_and(|at| open.batches[at].sent_on.is_some_and(|sent| sent <= day));
            if !due {
                continue;
            }
            outcomes.missing_at_bank += 1;
            if open.missing.contains(&instruction) {
                continue;
            }
            let amount = open.payments.find(sequence).map(|e| e.amount.get());
            made.push(BreakRow {
                id: tx.reserve_ids(self.book.id, 1)?,
                bank_account_id: self.bank.id,
                kind: "missing_at_bank".into(),
                day,
                statement_id: Some(id),
                line: None,
                instruction_id: Some(instruction),
                reference: payment::reference(self.book.id, instruction)?.to_string(),
                expected_amount: amount,
                statement_amount: None,
                item_account_id: None,
                item_amount: 0,
                item_cleared: 0,
                state: "open".into(),
                owner: Some(ctx.actor.clone()),
                action: None,
                note: None,
                proposed_by: None,
                resolved_by: None,
            });
        }
        sql::insert_breaks(tx, self.book.id, &made, ctx.now.0).await?;
        let note = format!("statement {}", self.summary.header.number);
        sql::resolve_missing(
            tx,
            self.book.id,
            &open.reported,
            &note,
            ctx.now.0,
            &ctx.actor,
        )
        .await?;
        Ok(made)
    }

    /// opening + movements = closing = nostro, or nothing of the import stays.
    async fn prove(&self, tx: &mut Tx, previous_closing: i64) -> Result<Proof, Failure> {
        let s = &self.summary;
        let (credits, debits) = (s.distinct_credit_total.get(), s.distinct_debit_total.get());
        let (opening, closing) = (s.header.opening.get(), s.totals.closing.get());
        let balances = ledger::load_balances(tx, self.book.id, &[self.bank.nostro_id]).await?;
        let nostro = balances
            .get(&self.bank.nostro_id)
            .map_or(0, |a| a.debits - a.credits);
        if nostro != closing || opening + credits - debits != closing {
            return Err(Reject::ProofFailed {
                what: format!("nostro/{}", self.bank.code),
                expected: s.totals.closing,
                found: Dong::new(nostro).unwrap_or(Dong::ZERO),
            }
            .into());
        }
        Ok(Proof {
            opening,
            credits,
            debits,
            closing,
            previous_closing,
            holds: true,
        })
    }

    fn reply(&self, id: i64, outcomes: Outcomes, breaks: &[BreakRow], proof: Proof) -> Imported {
        let header = &self.summary.header;
        let shown = breaks.len().min(BREAKS_SHOWN);
        Imported {
            statement: id.to_string(),
            book: self.book.code.clone(),
            bank_account: self.bank.code.clone(),
            number: i64::from(header.number),
            day: header.day.to_string(),
            format: format_name(self.summary.format).into(),
            signed: self.summary.signed,
            lines: i64::from(self.summary.totals.lines),
            outcomes,
            breaks: breaks[..shown]
                .iter()
                .map(|b| view(b, &self.bank))
                .collect(),
            breaks_more: i64::try_from(breaks.len() - shown).unwrap_or(0),
            proof,
            again: false,
        }
    }

    async fn record(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        id: i64,
        reply: &Imported,
    ) -> Result<(), Failure> {
        let row = StatementRow {
            id,
            number: reply.number,
            day: self.summary.header.day,
            opening: reply.proof.opening,
            credits: reply.proof.credits,
            debits: reply.proof.debits,
            closing: reply.proof.closing,
            lines: reply.lines,
            digest: self.digest,
            format: reply.format.clone(),
            signed: self.summary.signed,
            key_id: self.summary.header.key_id.clone(),
            state: "matched".into(),
            reply: serde_json::to_string(reply).map_err(|e| Fault::Corrupt(e.to_string()))?,
            imported_by: ctx.actor.clone(),
        };
        Ok(sql::insert_statement(tx, self.book.id, self.bank.id, &row, ctx.now.0).await?)
    }
}

/// A break as the answer shows it.
pub fn view(b: &BreakRow, bank: &BankAccountRow) -> BreakView {
    let in_claim = b
        .item_account_id
        .is_some_and(|id| id != bank.suspense_id && id != bank.clearing_out_id);
    BreakView {
        kind: b.kind.clone(),
        end_to_end_ref: b.reference.clone(),
        expected_amount: b.expected_amount,
        statement_amount: b.statement_amount,
        line: b.line,
        id: b.id.to_string(),
        todo: todo(&b.kind, in_claim).into(),
    }
}

pub fn format_name(format: StatementFormat) -> &'static str {
    match format {
        StatementFormat::AnSinh1 => "ansinh1",
        StatementFormat::Camt053V8 => "camt.053.001.08",
    }
}

fn matched_of(columns: &LineColumns) -> impl Iterator<Item = i64> + '_ {
    columns
        .outcome
        .iter()
        .zip(&columns.instruction_id)
        .filter(|(outcome, _)| matches!(outcome.as_str(), "matched" | "amount_differs"))
        .filter_map(|(_, id)| *id)
}

fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Matched => "matched",
        Verdict::AmountDiffers { .. } => "amount_differs",
        Verdict::AccountDiffers => "account_differs",
        Verdict::DayTooEarly => "day_differs",
        Verdict::AlreadySettledHere | Verdict::NotOpen => "not_open",
        Verdict::CreditWithReference | Verdict::NoReference => "unknown",
    }
}

/// The open payments of one of our accounts.
pub struct Open {
    pub payments: OpenPayments,
    /// Sent batches in the order of their first ids.
    pub batches: Vec<Batch>,
    /// Instructions that an open break calls missing.
    pub missing: std::collections::HashSet<i64>,
    /// Of these, the ones that this statement reports.
    pub reported: Vec<i64>,
}

impl Open {
    async fn load(tx: &mut Tx, book: i64, bank: i64) -> Result<Open, Failure> {
        let number = u32::try_from(book).map_err(|_| Fault::Corrupt(format!("book {book}")))?;
        let batches = disbursement::sql::open_at(tx, book, bank).await?;
        let mut payments = OpenPayments::new(PREFIX, number);
        for batch in &batches {
            let Some(instructed_on) = batch.sent_on else {
                continue;
            };
            payments.add_block(batch.first_id.unsigned_abs());
            let all_open = batch.open_count == batch.count;
            sql::each_open_instruction(
                tx,
                book,
                batch.first_id,
                batch.last_id(),
                all_open,
                |id, amount, counter| {
                    let expected = Expected {
                        amount,
                        counter: counter.cast_unsigned(),
                        instructed_on,
                    };
                    payments
                        .push(id.unsigned_abs(), &expected)
                        .map_err(|e| Fault::Corrupt(format!("instruction {id}: {e:?}")))
                },
            )
            .await?;
        }
        let missing = sql::known_missing(tx, book, bank).await?;
        Ok(Open {
            payments,
            batches,
            missing,
            reported: Vec::new(),
        })
    }

    fn batch_index(&self, instruction: i64) -> Option<usize> {
        let at = self.batches.partition_point(|b| b.first_id <= instruction);
        let batch = self.batches.get(at.checked_sub(1)?)?;
        (instruction <= batch.last_id()).then_some(at - 1)
    }

    /// (batch, lines that matched whole).
    fn closed(&self, settled: &[(i64, i64)]) -> Vec<(i64, i64)> {
        self.batches
            .iter()
            .zip(settled)
            .filter(|(_, (n, _))| *n > 0)
            .map(|(b, (n, _))| (b.id, *n))
            .collect()
    }
}

/// Hashes what is read through it; the hash is shared, since the reader keeps its input.
struct Hashing<R> {
    inner: R,
    hash: Arc<Mutex<Sha256>>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if let Ok(mut hash) = self.hash.lock() {
            hash.update(&buffer[..n]);
        }
        Ok(n)
    }
}
