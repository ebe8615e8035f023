//! `registry load`, `holders load`: what others give as a whole.

use super::args::Cli;
use super::out::{APPROVER, MAKER, Out, Table, money};
use super::session::Session;
use crate::error::Failure;
use crate::gateway::holders::{HolderList, HoldersReply, LoadHolders};
use crate::gateway::load::{LoadRegister, LoadReply};
use crate::ledger;
use crate::words::{self, codes};
use std::path::Path;

pub async fn load_register(
    cli: &Cli,
    out: &Out,
    file: &Path,
    as_of: Option<&str>,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let reply = session
        .run(&LoadRegister::open(file, as_of, &session.keys)?)
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
            "{} {}{again}\n{}: {}\n{}: {}\n{}: {}\n{}: {}\n{}{}",
            out.t("Dữ liệu dân cư lập lúc", "The register as of"),
            words::moment(&reply.as_of),
            out.t("Bản ghi dân cư", "Register records"),
            money(reply.records),
            out.t(
                "Trong đó đã có dữ liệu mới hơn",
                "Of which a newer register spoke"
            ),
            money(reply.not_newer),
            out.t("Người hưởng vừa báo tử", "Beneficiaries now reported dead"),
            reply.deceased,
            out.t(
                "Đã báo tử, nay dữ liệu dân cư ghi còn sống (vẫn dừng chi, chờ người duyệt quyết định)",
                "Held as dead, said to be alive (still stopped, an approver decides)"
            ),
            reply.alive_again,
            to_decide(&reply, out),
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

/// Those who are said to be alive again, and who decides about them.
fn to_decide(reply: &LoadReply, out: &Out) -> String {
    if reply.to_decide.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        out.t("Họ và tên", "Name"),
        out.t("Xã", "Commune"),
        out.t("=Số định danh", "=Number"),
        out.t("=Báo tử ngày", "=Reported dead on"),
    ]);
    for p in reply.to_decide.iter().take(SHOWN) {
        let on = p.deceased_on.map(|d| d.to_string()).unwrap_or_default();
        let on = match (on.get(..4), on.get(4..6), on.get(6..8)) {
            (Some(y), Some(m), Some(d)) => format!("{d}/{m}/{y}"),
            _ => on,
        };
        table.row(vec![
            p.full_name.clone(),
            p.commune.clone(),
            p.number.clone(),
            on,
        ]);
    }
    let more = reply.alive_again - i64::try_from(SHOWN).unwrap_or(0);
    let more = match more > 0 {
        true => format!("… {} {}\n", money(more), out.t("người nữa", "more")),
        false => String::new(),
    };
    let next = "ansinh account change resume --number … --reason … --as …";
    format!("{}{more}{}\n", table.show(), out.next(APPROVER, next))
}

/// The accounts of which two lists of one date speak differently.
fn contradicted(reply: &HoldersReply, out: &Out) -> String {
    if reply.contradicted.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        out.t("=Tài khoản", "=Account"),
        out.t("Danh sách trước", "The list before"),
        out.t("Danh sách này", "This list"),
    ]);
    let say = |name: &str, status: &str| {
        format!(
            "{name}, {}",
            words::say(codes::HOLDER_STATES, status, out.lang)
        )
    };
    for c in reply.contradicted.iter().take(SHOWN) {
        table.row(vec![
            format!("{} {}", c.bank_bin, c.account_number),
            say(&c.known_name, &c.known_status),
            say(&c.listed_name, &c.listed_status),
        ]);
    }
    let more = reply.contradictions - i64::try_from(SHOWN).unwrap_or(0);
    let more = match more > 0 {
        true => format!("… {} {}\n", money(more), out.t("tài khoản nữa", "more")),
        false => String::new(),
    };
    let ask = out.t(
        "Hãy hỏi ngân hàng và nạp danh sách lập sau ngày này",
        "Ask the bank, and load a list that it makes later",
    );
    format!("{}{more}{ask}\n", table.show())
}

/// People and accounts that a screen names; JSON has more.
const SHOWN: usize = 30;

pub async fn load_holders(
    cli: &Cli,
    out: &Out,
    file: &Path,
    as_of: Option<&str>,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let mut tx = session.db.begin_read().await?;
    let books = ledger::all_books(&mut tx).await?;
    tx.rollback().await?;
    let reply = session
        .run(&LoadHolders {
            books,
            list: HolderList::read(file, as_of)?,
            keys: session.keys.clone(),
        })
        .await?;
    out.done(&reply, || {
        let again = if reply.again {
            out.t(
                " (đã nạp trước đó, dù thứ tự dòng có khác)",
                " (loaded before, whatever the order of its lines)",
            )
        } else {
            ""
        };
        let facts = [
            (out.t("Chủ tài khoản", "Holders"), reply.holders),
            (
                out.t(
                    "Trong đó đã có danh sách mới hơn",
                    "Of which a newer list spoke",
                ),
                reply.not_newer,
            ),
            (
                out.t("Địa chỉ nhận tiền được kích hoạt", "Addresses activated"),
                reply.addresses_activated,
            ),
            (
                out.t("Địa chỉ bị dừng", "Addresses stopped"),
                reply.addresses_stopped,
            ),
            (
                out.t(
                    "Địa chỉ có tiền bị trả lại, chờ danh sách mới hơn",
                    "Addresses with a returned payment, waiting for a later list",
                ),
                reply.addresses_held,
            ),
            (
                out.t(
                    "Tài khoản an sinh mở mới",
                    "Social-security accounts opened",
                ),
                reply.accounts_opened,
            ),
            (
                out.t(
                    "Trái với danh sách khác cùng ngày (lấy tình trạng xấu hơn)",
                    "Contradict another list of the same date (the worse word counts)",
                ),
                reply.contradictions,
            ),
        ];
        let rows: Vec<String> = facts
            .iter()
            .map(|(name, n)| format!("{name}: {}", money(*n)))
            .collect();
        format!(
            "{} {}{again}\n{}\n{}{}",
            out.t("Danh sách của ngân hàng lập lúc", "The bank's list as of"),
            words::moment(&reply.as_of),
            rows.join("\n"),
            contradicted(&reply, out),
            out.next(
                MAKER,
                out.t(
                    "ansinh roster import TỆP --period … --as …; khoản bị trả lại: ansinh batch follow-up … --as …",
                    "ansinh roster import FILE --period … --as …; what came back: ansinh batch follow-up … --as …",
                ),
            )
        )
    });
    Ok(())
}
