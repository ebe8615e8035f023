//! `registry load`, `holders load`, `roster check`, `roster import`, `account change`.

use super::args::{AccountArgs, Cli, RosterArgs, RosterImportArgs};
use super::out::{ACCOUNTANT, MAKER, Out, Table, money};
use super::session::{Session, clock, parse_period};
use crate::beneficiary::AccountEvent;
use crate::error::{Failure, Lang, Reject, io_fault};
use crate::gateway::load::{LoadHolders, LoadRegister, LoadedRegister, list_refused};
use crate::gateway::payment_file::digest_of;
use crate::gateway::register::HttpRegister;
use crate::identity::{self, IdentityNumber};
use crate::ledger::{self, Book};
use crate::programme::Period;
use crate::programme::catalogue::{self, Programme};
use crate::roster::Finding;
use crate::roster::import::{ImportList, ImportReply, ListedPerson};
use crate::roster::{
    Category, CheckResult, CheckSettings, CheckedLine, CsvRegister, RegisterLookup, RosterFile,
    check_list, read_list, write_refused,
};
use crate::store::keys::Purpose;
use crate::store::{Command, Ctx, INSTALLATION, Tx};
use crate::words::{self, codes};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub async fn load_register(cli: &Cli, out: &Out, file: &Path) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let reply = session
        .run(&LoadRegister::open(file, &session.keys)?)
        .await?;
    out.done(&reply, || {
        let again = if reply.again {
            out.t(
                " (đã nạp trước đó, không đổi gì)",
                " (loaded before, nothing changed)",
            )
        } else {
            ""
        };
        format!(
            "{}: {}{again}\n{}: {}\n{}: {}\n{}",
            out.t("Bản ghi dân cư", "Register records"),
            money(reply.records),
            out.t("Người hưởng vừa báo tử", "Beneficiaries now reported dead"),
            reply.deceased,
            out.t(
                "Báo tử nhầm, nay xác nhận còn sống",
                "Reported dead by mistake, now confirmed alive"
            ),
            reply.alive_again,
            out.next(
                MAKER,
                out.t(
                    "ansinh holders load TỆP --as …",
                    "ansinh holders load FILE --as …",
                ),
            )
        )
    });
    Ok(())
}

pub async fn load_holders(cli: &Cli, out: &Out, file: &Path) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let mut tx = session.db.begin_read().await?;
    let books = ledger::all_books(&mut tx).await?;
    tx.rollback().await?;
    let reply = session
        .run(&LoadHolders::open(file, &session.keys, books)?)
        .await?;
    out.done(&reply, || {
        format!(
            "{}: {}\n{}: {}\n{}: {}\n{}: {}\n{}",
            out.t("Chủ tài khoản", "Holders"),
            money(reply.holders),
            out.t("Địa chỉ nhận tiền được kích hoạt", "Addresses activated"),
            reply.addresses_activated,
            out.t("Địa chỉ bị dừng", "Addresses stopped"),
            reply.addresses_stopped,
            out.t(
                "Tài khoản an sinh mở mới",
                "Social-security accounts opened"
            ),
            reply.accounts_opened,
            out.next(
                MAKER,
                out.t(
                    "ansinh roster import TỆP --period … --as …",
                    "ansinh roster import FILE --period … --as …",
                ),
            )
        )
    });
    Ok(())
}

/// A list that was read and checked.
pub struct Checked {
    pub list: RosterFile,
    pub result: CheckResult,
    pub source: String,
}

/// Reads and checks a list. With `strict` a list that names another period is refused.
pub fn read_and_check(
    file: &Path,
    register: &dyn RegisterLookup,
    source: &str,
    period: Period,
    programme: &str,
    ctx: &Ctx,
    strict: bool,
) -> Result<Checked, Failure> {
    let list = read_list(file).map_err(|e| list_refused(&e))?;
    if strict
        && let Some(listed) = list.period
        && listed != period
    {
        return Err(Reject::PeriodDiffers {
            listed: listed.to_string(),
            asked: period.to_string(),
        }
        .into());
    }
    let known_on = ctx.now.day();
    let kind = Programme::parse(programme).unwrap_or(Programme::SocialAssistance);
    let standard = catalogue::standard_on(kind, None, period, known_on).ok_or_else(|| {
        Reject::RateMissing {
            category: programme.to_owned(),
            period: period.to_string(),
        }
    })?;
    let settings = CheckSettings::new(period, standard.amount, known_on);
    let result = check_list(&list, register, &settings);
    Ok(Checked {
        list,
        result,
        source: source.to_owned(),
    })
}

/// The register that a word names: an URL or a CSV.
pub fn open_register(word: &str, ctx: &Ctx) -> Result<Box<dyn RegisterLookup>, Failure> {
    if word.contains("://") {
        let register = HttpRegister::new(word, &format!("{}/{}", ctx.now.0, std::process::id()))
            .map_err(|e| Reject::RegisterDown {
                url: word.to_owned(),
                why: e.detail,
            })?;
        return Ok(Box::new(register));
    }
    Ok(Box::new(
        CsvRegister::open(Path::new(word)).map_err(|e| list_refused(&e))?,
    ))
}

pub fn write_refused_file(checked: &Checked, path: &Path) -> Result<usize, Failure> {
    let refused = checked
        .result
        .lines
        .iter()
        .filter(|l| !l.is_accepted())
        .count();
    if refused == 0 {
        return Ok(0);
    }
    let part = PathBuf::from(format!("{}.part", path.display()));
    let file = std::fs::File::create(&part).map_err(io_fault(&part))?;
    let written = write_refused(
        &checked.list,
        &checked.result.lines,
        std::io::BufWriter::new(file),
    );
    let n =
        written.map_err(|e| crate::error::Fault::Gateway(format!("{}: {e}", path.display())))?;
    std::fs::rename(&part, path).map_err(io_fault(path))?;
    Ok(n)
}

pub async fn check(cli: &Cli, out: &Out, a: &RosterArgs) -> Result<(), Failure> {
    let ctx = Ctx::new(cli.actor.as_deref().unwrap_or_default(), clock(cli)?.now());
    let period = parse_period(&a.period)?;
    let register = open_register(&a.registry, &ctx)?;
    let checked = read_and_check(
        &a.file,
        register.as_ref(),
        &a.registry,
        period,
        &a.programme,
        &ctx,
        false,
    )?;
    if let Some(path) = &a.refused {
        write_refused_file(&checked, path)?;
    }
    out.done(&check_reply(&checked, period, out.lang), || {
        let import = format!(
            "ansinh roster import {} --period {period} --as …",
            a.file.display()
        );
        format!(
            "{}{}",
            check_text(&checked, out, a.refused.as_deref()),
            out.next(MAKER, &import)
        )
    });
    Ok(())
}

/// The answer of `roster check`; its fields keep this order.
#[derive(Serialize)]
struct CheckReply<'a> {
    period: String,
    rows: usize,
    by_category: &'a std::collections::BTreeMap<Category, usize>,
    payable_total: Dong,
    accepted: usize,
    accepted_total: Dong,
    lines: &'a [CheckedLine],
    repairs: Vec<Value>,
    warnings: Vec<Value>,
    refused: Vec<Value>,
}

fn check_reply(checked: &Checked, period: Period, lang: Lang) -> CheckReply<'_> {
    let repairs: Vec<Value> = checked
        .result
        .repairs
        .iter()
        .map(|r| {
            json!({"stt": r.stt, "code": r.code.code(), "cell": checked.list.address(r.place), "was": r.was, "became": r.became})
        })
        .collect();
    let warnings: Vec<Value> = checked
        .result
        .warnings
        .iter()
        .map(|w| {
            json!({"stt": w.stt, "code": w.finding.code.code(), "cell": checked.list.address(w.finding.place),
                   "message": words(&w.finding, lang)})
        })
        .collect();
    let refused: Vec<Value> = checked
        .result
        .lines
        .iter()
        .filter(|l| !l.is_accepted())
        .map(|l| {
            let reasons: Vec<Value> = l
                .reasons()
                .map(|f| json!({"code": f.code.code(), "cell": checked.list.address(f.place), "message": words(f, lang)}))
                .collect();
            json!({"stt": l.stt, "category": l.category, "reasons": reasons})
        })
        .collect();
    let totals = &checked.result.totals;
    CheckReply {
        period: period.to_string(),
        rows: checked.result.lines.len(),
        by_category: &totals.by_category,
        payable_total: totals.matched_amount,
        accepted: totals.accepted,
        accepted_total: totals.accepted_amount,
        lines: &checked.result.lines,
        repairs,
        warnings,
        refused,
    }
}

/// What a finding says, in the language of messages.
pub fn words(finding: &Finding, lang: Lang) -> String {
    if lang == Lang::Vi {
        finding.vi()
    } else {
        finding.en()
    }
}

/// Refused lines that a screen shows; the file has them all.
const SHOWN: usize = 30;

fn check_text(checked: &Checked, out: &Out, refused_file: Option<&Path>) -> String {
    let totals = &checked.result.totals;
    let mut text = format!(
        "{}: {}\n{}: {} ({} đồng)\n{}: {}   {}: {}   {}: {}\n\n",
        out.t("Số dòng", "Lines"),
        totals.lines,
        out.t("Nhận", "Accepted"),
        totals.accepted,
        totals.accepted_amount,
        out.t("Từ chối", "Refused"),
        totals.lines - totals.accepted,
        out.t("Đã tự sửa", "Repaired"),
        checked.result.repairs.len(),
        out.t("Cảnh báo", "Warnings"),
        checked.result.warnings.len(),
    );
    let mut table = Table::new(&[out.t("Kết quả", "Category"), out.t(">Số dòng", ">Lines")]);
    for (category, n) in &totals.by_category {
        table.row(vec![
            out.say_with_code(codes::CATEGORIES, category.code()),
            n.to_string(),
        ]);
    }
    text.push_str(&table.show());
    let refused: Vec<_> = checked
        .result
        .lines
        .iter()
        .filter(|l| !l.is_accepted())
        .collect();
    if !refused.is_empty() {
        text.push('\n');
        let mut table = Table::new(&[
            ">STT",
            out.t("Kết quả", "Category"),
            out.t("=Ô", "=Cell"),
            out.t("Lý do", "Reason"),
        ]);
        for line in refused.iter().take(SHOWN) {
            let reason = line.reasons().next();
            let words = reason.map(|f| {
                let text = match out.lang {
                    Lang::Vi => f.text_vi(),
                    Lang::En => f.text_en(),
                };
                // A screen is seen by others: the cell says where the number stands.
                if f.code.code().starts_with("AMOUNT") {
                    text
                } else {
                    words::mask_digits(&text)
                }
            });
            let cell = reason
                .map(|f| checked.list.address(f.place))
                .unwrap_or_default();
            let cell = cell.rsplit('!').next().unwrap_or_default().to_owned();
            table.row(vec![
                line.stt.to_string(),
                out.say(codes::CATEGORIES, line.category.code()),
                cell,
                words.unwrap_or_default(),
            ]);
        }
        text.push_str(&table.show());
        if refused.len() > SHOWN {
            text.push_str(&format!(
                "… {} {}\n",
                refused.len() - SHOWN,
                out.t("dòng nữa", "more")
            ));
        }
        if let Some(path) = refused_file {
            text.push_str(&format!(
                "{}: {}\n",
                out.t("Tệp để sửa và nộp lại", "File to mend and hand in again"),
                path.display()
            ));
        }
    }
    text
}

pub async fn import(cli: &Cli, out: &Out, a: &RosterImportArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let period = parse_period(&a.period)?;
    let register: Box<dyn RegisterLookup> = match &a.registry {
        Some(word) => open_register(word, &session.ctx)?,
        None => Box::new(LoadedRegister::new(&session.db, &session.keys)),
    };
    let source = a
        .registry
        .clone()
        .unwrap_or_else(|| "register as loaded".into());
    let checked = read_and_check(
        &a.file,
        register.as_ref(),
        &source,
        period,
        &a.programme,
        &session.ctx,
        true,
    )?;
    let reply = take_over(&session, &book, &checked, &a.file, period, &a.programme).await?;
    let refused_file = a.refused.clone().unwrap_or_else(|| {
        let stem = a
            .file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        PathBuf::from(format!("{stem}.refused.xlsx"))
    });
    let refused = if cli.dry_run {
        0
    } else {
        write_refused_file(&checked, &refused_file)?
    };
    let mut value = serde_json::to_value(&reply).unwrap_or_default();
    if refused > 0 {
        value["refused_file"] = json!(refused_file.display().to_string());
    }
    out.done(&value, || {
        format!(
            "{}\n{}: {}\n{}: {}\n{}: {}\n{}: {}{}",
            check_text(
                &checked,
                out,
                (refused > 0).then_some(refused_file.as_path())
            ),
            out.t("Người mới", "New people"),
            reply.new_people,
            out.t(
                "Tài khoản an sinh mở mới",
                "Social-security accounts opened"
            ),
            reply.accounts_opened,
            out.t(
                "Chưa có địa chỉ nhận tiền được ngân hàng xác nhận",
                "Without an address that a bank confirms"
            ),
            reply.address_not_active,
            out.t(
                "Đã có trong danh sách khác của kỳ",
                "Named otherwise by another list of the period"
            ),
            reply.listed_otherwise.len(),
            if reply.again {
                out.t(
                    "\nDanh sách này đã nhập trước đó; không đổi gì.",
                    "\nThis list was imported before; nothing changed.",
                )
            } else {
                ""
            },
        ) + "\n"
            + &out.next(
                ACCOUNTANT,
                "ansinh budget receive --amount … --reference … --as …",
            )
            + "\n"
            + &out.next(
                MAKER,
                &format!("ansinh cycle prepare --period {period} --as …"),
            )
    });
    Ok(())
}

/// Takes over the accepted lines of a checked list.
pub async fn take_over(
    session: &Session,
    book: &Book,
    checked: &Checked,
    file: &Path,
    period: Period,
    programme: &str,
) -> Result<ImportReply, Failure> {
    let people: Vec<ListedPerson> = checked
        .result
        .lines
        .iter()
        .filter_map(|l| ListedPerson::of(l, &checked.source))
        .collect();
    session
        .run(&ImportList {
            book: book.clone(),
            programme: programme.to_owned(),
            period,
            file_name: file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            digest: digest_of(file)?,
            lines: i64::try_from(checked.result.lines.len()).unwrap_or(i64::MAX),
            people,
            by_category: checked.result.totals.by_category.clone(),
            keys: session.keys.clone(),
        })
        .await
}

/// `account change`.
struct ChangeAccount {
    book: Book,
    number: IdentityNumber,
    event: AccountEvent,
    reason: String,
    keys: crate::store::keys::KeyRing,
}

#[derive(Serialize, Deserialize)]
struct ChangeReply {
    person_id: String,
    state: String,
}

impl Command for ChangeAccount {
    const NAME: &'static str = "account.change";
    type Reply = ChangeReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "number": self.number.masked(), "event": format!("{:?}", self.event), "reason": self.reason})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<ChangeReply, Failure> {
        use crate::access::{Role, require};
        require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::LabourMaker, Role::LabourApprover],
        )
        .await?;
        let hash = self
            .keys
            .short_hash(Purpose::Identity, self.number.as_str());
        let person = identity::sql::persons_by_hash(tx, std::slice::from_ref(&hash))
            .await?
            .remove(&hash);
        let person = person.ok_or_else(|| Reject::NotFound {
            what: "person".into(),
            id: self.number.masked(),
        })?;
        let state =
            crate::beneficiary::change(tx, self.book.id, ctx, person.id, self.event, &self.reason)
                .await?;
        Ok(ChangeReply {
            person_id: person.id.to_string(),
            state: state.name().into(),
        })
    }
}

pub async fn change_account(cli: &Cli, out: &Out, a: &AccountArgs) -> Result<(), Failure> {
    let bad = |place: &str, found: &str, expected: &str| Reject::BadInput {
        what: "account change".into(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    };
    let event = match a.event.as_str() {
        "suspend" => AccountEvent::Suspend,
        "resume" => AccountEvent::Resume,
        "close" => AccountEvent::Close,
        "reopen" => AccountEvent::Reopen,
        other => return Err(bad("event", other, "suspend, resume, close, reopen").into()),
    };
    let number =
        IdentityNumber::parse(&a.number).map_err(|_| bad("--number", "***", "12 / 9 digits"))?;
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let command = ChangeAccount {
        book,
        number,
        event,
        reason: a.reason.clone(),
        keys: session.keys.clone(),
    };
    let reply = session.run(&command).await?;
    out.done(&reply, || {
        format!(
            "{}: {}",
            out.t("Tài khoản an sinh", "Social-security account"),
            out.say(codes::SOCIAL_STATES, &reply.state)
        )
    });
    Ok(())
}
