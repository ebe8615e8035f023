//! `registry load`, `holders load`: what others give as a whole.

use super::args::Cli;
use super::out::{MAKER, Out, money};
use super::session::Session;
use crate::error::Failure;
use crate::gateway::holders::{HolderList, LoadHolders};
use crate::gateway::load::LoadRegister;
use crate::ledger;
use crate::words;
use std::path::Path;

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
        ];
        let rows: Vec<String> = facts
            .iter()
            .map(|(name, n)| format!("{name}: {}", money(*n)))
            .collect();
        format!(
            "{} {}{again}\n{}\n{}",
            out.t("Danh sách của ngân hàng lập lúc", "The bank's list as of"),
            words::moment(&reply.as_of),
            rows.join("\n"),
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
