//! The help texts, in both languages, put onto the tree of `args` before it parses.
//!
//! A key is the path of a command (`batch approve`), or a path and the name of an argument
//! (`batch approve digest`); an argument that means the same everywhere has one entry
//! under its bare name. A test walks the tree and asserts that nothing is without words.

use super::args::Cli;
use super::out::WIDTH;
use crate::error::Lang;
use crate::words::wrap;
use clap::{Arg, ArgAction, Command, CommandFactory as _};

/// The tree of commands with all its texts in a language.
pub fn command(lang: Lang) -> Command {
    let root = Cli::command()
        .about(lang.pick(ABOUT.0, ABOUT.1))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .global(true),
        )
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version),
        );
    let mut root = localise(root, "", lang);
    root.build();
    root.mut_subcommand("help", |c| {
        c.about(
            lang.pick(
                "In hướng dẫn của chương trình hoặc của một lệnh",
                "Print the help of the program or of a command",
            )
            .to_owned(),
        )
    })
}

/// A help text as it is printed: within the width of a screen, and in one language.
pub fn shown(help: &clap::Error, lang: Lang) -> String {
    let text = help.render().to_string();
    let text = match lang {
        Lang::Vi => text.replace("[OPTIONS]", "[TÙY CHỌN]").replace(
            "Print this message or the help of the given subcommand(s)",
            "In hướng dẫn này hoặc của một lệnh con",
        ),
        Lang::En => text,
    };
    let lines: Vec<String> = text.trim_end().lines().map(in_columns).collect();
    lines.join("\n")
}

/// A long line of a help: what stands right of the names stays in its column.
fn in_columns(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let start = chars.iter().position(|c| *c != ' ').unwrap_or(0);
    let gap = (start + 1..chars.len()).find(|i| chars[i - 1] == ' ' && chars[*i] == ' ');
    let column = gap.and_then(|gap| (gap..chars.len()).find(|i| chars[*i] != ' '));
    let Some(column) = column.filter(|c| chars.len() > WIDTH && *c + 30 < WIDTH) else {
        return wrap(line, WIDTH);
    };
    let (names, text): (String, String) = (
        chars[..column].iter().collect(),
        chars[column..].iter().collect(),
    );
    let text = wrap(&text, WIDTH - column - 2);
    let indent = format!("\n{}", " ".repeat(column));
    let rows: Vec<&str> = text.lines().map(str::trim_start).collect();
    format!("{names}{}", rows.join(&indent))
}

/// Options that every command has come after its own.
const GLOBAL_ORDER: usize = 900;

fn localise(command: Command, path: &str, lang: Lang) -> Command {
    let arguments = lang.pick("Tham số", "Arguments");
    let options = lang.pick("Tùy chọn", "Options");
    let mut command = command
        .help_template(template(lang))
        .subcommand_help_heading(lang.pick("Lệnh", "Commands"))
        .subcommand_value_name(lang.pick("LỆNH", "COMMAND"))
        .mut_args(|arg| {
            let help = argument(path, arg.get_id().as_str(), lang).unwrap_or_default();
            let help = format!("{help}{}", remarks(&arg, lang));
            let heading = if arg.is_positional() {
                arguments
            } else {
                options
            };
            let valued = arg.get_action().takes_values();
            let global = arg.is_global_set();
            let arg = if global {
                arg.display_order(GLOBAL_ORDER)
            } else {
                arg
            };
            arg.help(help)
                .help_heading(heading)
                .hide_default_value(valued)
                .hide_possible_values(valued)
                .hide_env(valued)
        });
    if let Some(words) = find(path, lang) {
        command = command.about(words);
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    for name in names {
        let below = if path.is_empty() {
            name.clone()
        } else {
            format!("{path} {name}")
        };
        command = command.mut_subcommand(name, |c| localise(c, &below, lang));
    }
    command
}

fn template(lang: Lang) -> &'static str {
    lang.pick(
        "{about-with-newline}\nCách dùng: {usage}\n\n{all-args}",
        "{about-with-newline}\nUsage: {usage}\n\n{all-args}",
    )
}

/// Default, choices and variable of an argument, which clap would say in English.
fn remarks(arg: &Arg, lang: Lang) -> String {
    let mut out = String::new();
    let mut add = |vi: &str, en: &str, what: String| {
        out.push_str(&format!(" [{}: {what}]", lang.pick(vi, en)));
    };
    if arg.get_action().takes_values() {
        let choices: Vec<String> = arg
            .get_possible_values()
            .iter()
            .map(|v| v.get_name().to_owned())
            .collect();
        if !choices.is_empty() {
            add("chọn", "one of", choices.join(", "));
        }
        let defaults: Vec<String> = arg
            .get_default_values()
            .iter()
            .map(|v| v.to_string_lossy().into_owned())
            .filter(|v| !v.is_empty())
            .collect();
        if !defaults.is_empty() {
            add("mặc định", "default", defaults.join(", "));
        }
    }
    if let Some(name) = arg.get_env() {
        add(
            "biến môi trường",
            "variable",
            name.to_string_lossy().into_owned(),
        );
    }
    out
}

fn argument(path: &str, id: &str, lang: Lang) -> Option<String> {
    find(&format!("{path} {id}"), lang).or_else(|| find(&format!("* {id}"), lang))
}

fn find(key: &str, lang: Lang) -> Option<String> {
    TEXTS
        .iter()
        .find(|(known, ..)| *known == key)
        .map(|(_, vi, en)| lang.pick(vi, en).to_owned())
}

const ABOUT: (&str, &str) = (
    "AnSinh: chi trả an sinh xã hội không dùng tiền mặt, đối soát đến từng đồng",
    "AnSinh: social allowances without cash, proved to the last dong",
);

/// Key, Vietnamese, English.
const TEXTS: &[(&str, &str, &str)] = &[
    // Options of every command, and arguments that mean the same everywhere.
    (
        "* database_url",
        "Cơ sở dữ liệu: sqlite:TỆP hoặc postgres://...",
        "The database: sqlite:FILE or postgres://...",
    ),
    (
        "* keys",
        "Tệp khóa; nếu không nêu: ansinh.keys cạnh cơ sở dữ liệu",
        "The key ring; if not given: ansinh.keys beside the database",
    ),
    (
        "* actor",
        "Mã cán bộ thực hiện",
        "Code of the acting person",
    ),
    (
        "* book",
        "Mã đơn vị; không cần khi chỉ có một",
        "Code of the book; not needed when there is one",
    ),
    ("* lang", "Ngôn ngữ của thông báo", "Language of messages"),
    (
        "* json",
        "In một đối tượng JSON, cả khi bị từ chối",
        "Print one JSON object, refusals too",
    ),
    (
        "* now",
        "Đặt đồng hồ: 2026-06-05 hoặc 2026-06-05T09:30 (giờ Hà Nội)",
        "Set the clock: 2026-06-05 or 2026-06-05T09:30 (at +07:00)",
    ),
    (
        "* key",
        "Khóa chống lặp: cùng khóa, cùng nội dung thì trả lại câu trả lời đã ghi",
        "Idempotency key: the same key and input give the recorded answer",
    ),
    (
        "* dry_run",
        "Chạy thử: làm mọi bước rồi bỏ, không ghi gì",
        "Do everything, then roll back",
    ),
    ("* help", "In hướng dẫn này", "Print this help"),
    ("* version", "In phiên bản", "Print the version"),
    ("* programme", "Mã chương trình", "Code of the programme"),
    (
        "* period",
        "Kỳ chi trả: 2026-06 hoặc 06/2026",
        "The period: 2026-06 or 06/2026",
    ),
    (
        "* bank_account",
        "Mã tài khoản ngân hàng của ta; không cần khi chỉ có một",
        "Code of our bank account; not needed when there is one",
    ),
    ("* batch", "Số đợt chi", "Number of the batch"),
    (
        "* source",
        "Nguồn kinh phí: central, province, ...",
        "Source of the budget: central, province, ...",
    ),
    // Commands.
    (
        "migrate",
        "Tạo hoặc nâng cấp cơ sở dữ liệu, tạo tệp khóa",
        "Make the database or bring it up to date; make the key ring",
    ),
    (
        "setup",
        "Thiết lập đơn vị, cán bộ, tài khoản ngân hàng, chương trình từ tệp TOML",
        "Set up books, staff, bank accounts, programmes from a TOML file",
    ),
    (
        "setup file",
        "Tệp thiết lập (mẫu trong docs/cli.md)",
        "The set-up file (form in docs/cli.md)",
    ),
    ("registry", "Dữ liệu dân cư", "The population register"),
    (
        "registry load",
        "Nạp dữ liệu dân cư",
        "Load the population register",
    ),
    (
        "registry load file",
        "Tệp CSV (mẫu trong docs/formats/register.md)",
        "CSV file (form in docs/formats/register.md)",
    ),
    (
        "registry load as_of",
        "Lúc dữ liệu được lấy ra, nếu tệp không ghi: 2026-06-05T10:00",
        "When the records were read, for a file that does not say: 2026-06-05T10:00",
    ),
    (
        "holders",
        "Chủ tài khoản theo ngân hàng",
        "A bank's account holders",
    ),
    (
        "holders load",
        "Nạp danh sách chủ tài khoản của ngân hàng",
        "Load a bank's list of account holders",
    ),
    (
        "holders load file",
        "Tệp CSV (mẫu trong docs/formats/holders.md)",
        "CSV file (form in docs/formats/holders.md)",
    ),
    (
        "roster",
        "Danh sách chi trả của xã",
        "A commune's list of people to be paid",
    ),
    (
        "roster check",
        "Kiểm tra danh sách với dân cư, không ghi gì",
        "Check a list against the register; changes nothing",
    ),
    (
        "roster check file",
        "Danh sách, XLSX hoặc CSV",
        "The list, XLSX or CSV",
    ),
    (
        "roster check registry",
        "Dữ liệu dân cư: tệp CSV hoặc http://...",
        "The register: a CSV or http://...",
    ),
    (
        "roster check refused",
        "Ghi các dòng bị từ chối vào tệp XLSX này",
        "Write the refused lines to this XLSX",
    ),
    (
        "roster import",
        "Kiểm tra danh sách rồi nhập các dòng được nhận",
        "Check a list and take over the accepted lines",
    ),
    (
        "roster import file",
        "Danh sách, XLSX hoặc CSV",
        "The list, XLSX or CSV",
    ),
    (
        "roster import registry",
        "Dữ liệu dân cư: tệp CSV hoặc http://...; nếu không nêu: bản đã nạp",
        "The register: a CSV or http://...; if not given: as last loaded",
    ),
    (
        "roster import refused",
        "Ghi các dòng bị từ chối vào tệp XLSX này; nếu không nêu: TÊN.refused.xlsx ở thư mục hiện tại",
        "Write the refused lines to this XLSX; if not given: NAME.refused.xlsx in the current folder",
    ),
    (
        "holders load as_of",
        "Lúc ngân hàng lập danh sách, nếu tệp không ghi: 2026-06-05T10:00",
        "When the bank made the list, for a file that does not say: 2026-06-05T10:00",
    ),
    (
        "batch lines",
        "Xem từng dòng của đợt chi",
        "Show the lines of a batch",
    ),
    (
        "batch lines after",
        "Mã tham chiếu của dòng cuối đã xem",
        "Reference of the line after which to go on",
    ),
    ("batch lines limit", "Số dòng nhiều nhất", "Lines at most"),
    (
        "batch withdraw",
        "Rút một dòng khỏi đợt chi chưa gửi",
        "Take one line out of a batch that is not sent",
    ),
    (
        "batch withdraw line",
        "Mã tham chiếu của dòng",
        "Reference of the line",
    ),
    (
        "batch withdraw reason",
        "Lý do, từ 10 ký tự trở lên",
        "The reason, 10 characters or more",
    ),
    (
        "break resolve bank_reason",
        "Mã lý do của ngân hàng, như AC04, MD07",
        "The bank's reason code, such as AC04, MD07",
    ),
    (
        "break resolve withdraw",
        "Rút đề xuất đang chờ duyệt",
        "Withdraw the proposal that stands",
    ),
    ("account", "Tài khoản an sinh", "Social-security accounts"),
    (
        "account change",
        "Tạm dừng, mở lại hoặc đóng tài khoản an sinh của một người",
        "Suspend, resume, close or reopen a person's account",
    ),
    (
        "account change event",
        "Việc cần làm: suspend tạm dừng, resume mở lại, close đóng, reopen mở tài khoản đã đóng",
        "What to do",
    ),
    (
        "account change number",
        "Số định danh cá nhân",
        "The personal number",
    ),
    ("account change reason", "Lý do", "The reason"),
    ("budget", "Kinh phí", "Budget"),
    (
        "budget receive",
        "Báo trước hoặc ghi nhận kinh phí về",
        "Announce a budget, or take it in",
    ),
    (
        "budget receive amount",
        "Số tiền, đồng, chỉ ghi chữ số",
        "The amount in dong, digits only",
    ),
    (
        "budget receive year",
        "Năm ngân sách; nếu không nêu: năm nay",
        "Budget year; if not given: this year",
    ),
    (
        "budget receive reference",
        "Số chứng từ ghi trên sao kê; OPENING cho số dư ban đầu",
        "Reference on the statement; OPENING for the opening balance",
    ),
    ("cycle", "Kỳ chi trả", "The pay cycle"),
    (
        "cycle prepare",
        "Tính khoản hưởng của kỳ và lập đợt chi nháp",
        "Compute the entitlements of a period and make draft batches",
    ),
    (
        "cycle prepare year",
        "Năm ngân sách; nếu không nêu: năm của kỳ",
        "Budget year; if not given: the year of the period",
    ),
    (
        "cycle prepare batch_lines",
        "Số dòng nhiều nhất của một đợt",
        "Lines a batch at most",
    ),
    (
        "cycle show",
        "Xem kỳ chi: các đợt, ai chưa chi được và vì sao",
        "Show a cycle: batches, who is not payable and why",
    ),
    ("batch", "Đợt chi", "Batches"),
    (
        "batch submit",
        "Trình duyệt (người lập)",
        "Submit for approval (the maker)",
    ),
    (
        "batch approve",
        "Phê duyệt (người khác): ký đúng các dòng đã trình",
        "Approve (another person): sign exactly the lines submitted",
    ),
    (
        "batch approve digest",
        "Mã kiểm tra đã xem, 8 đến 64 chữ số thập lục phân; chỉ ký nếu đúng",
        "The digest that was seen, 8 to 64 hex digits; signs only if it is right",
    ),
    (
        "batch reject",
        "Từ chối đợt chi, cả khi đã giải ngân mà chưa gửi",
        "Give up a batch, also when released and not sent",
    ),
    (
        "batch reject reason",
        "Lý do, từ 10 ký tự trở lên",
        "The reason, 10 characters or more",
    ),
    (
        "batch release",
        "Giải ngân: ghi có cho mọi dòng, hoặc không dòng nào",
        "Release: grant every line, or none",
    ),
    (
        "batch show",
        "Xem đợt chi và các việc đã làm",
        "Show a batch and what was done",
    ),
    (
        "batch send",
        "Gửi ngân hàng: ghi sổ và ghi tệp chi một lần",
        "Send: post, and write the payment file once",
    ),
    (
        "batch send out",
        "Thư mục để ghi tệp chi",
        "Folder for the payment file",
    ),
    (
        "batch export",
        "Ghi lại đúng tệp chi đã gửi, từng byte",
        "Write the same payment file again, byte for byte",
    ),
    (
        "batch export out",
        "Thư mục để ghi tệp chi",
        "Folder for the payment file",
    ),
    (
        "batch follow-up",
        "Lập đợt chi lại cho những khoản bị trả lại",
        "Make a batch of what came back",
    ),
    ("statement", "Sao kê ngân hàng", "Bank statements"),
    (
        "statement import",
        "Nhập sao kê: kiểm tra, đối chiếu, ghi sổ",
        "Import a statement: check, match, post",
    ),
    (
        "statement import file",
        "Tệp sao kê của ngân hàng; chữ ký rời là TỆP.sig bên cạnh",
        "The bank's file; a detached signature is FILE.sig beside it",
    ),
    (
        "statement show",
        "Xem một sao kê đã nhập",
        "Show a statement that was imported",
    ),
    (
        "statement show number",
        "Số sao kê",
        "Number of the statement",
    ),
    ("suspense", "Tiền về chưa rõ nguồn", "Money not explained"),
    (
        "suspense assign",
        "Gán tiền chưa rõ vào phiếu báo hoặc người nộp",
        "Assign a payment to a bill or debtor",
    ),
    ("suspense assign id", "Mã sai lệch", "Id of the break"),
    (
        "suspense assign bill",
        "Mã thanh toán của phiếu",
        "Payment code of the bill",
    ),
    (
        "suspense assign debtor",
        "Mã người phải nộp: trả các phiếu theo hạn",
        "Code of the debtor: bills by due day",
    ),
    (
        "suspense assign reason",
        "Lý do, ít nhất 10 ký tự",
        "Why, at least 10 characters",
    ),
    (
        "suspense assign approve",
        "Duyệt đề xuất, do người khác",
        "Approve the proposal; another person",
    ),
    (
        "suspense send-back",
        "Trả lại tiền chuyển nhầm cho nơi đã chuyển",
        "Send a stray payment back to its sender",
    ),
    ("suspense send-back id", "Mã sai lệch", "Id of the break"),
    (
        "suspense send-back name",
        "Tên chủ tài khoản nhận",
        "Holder of the account that is paid",
    ),
    (
        "suspense send-back bin",
        "Ngân hàng khác với nơi đã chuyển: mã 6 số",
        "Another bank than the sender's: 6 digits",
    ),
    (
        "suspense send-back account",
        "Tài khoản khác, có trong danh sách của ngân hàng",
        "Another account, on a bank's list of holders",
    ),
    (
        "suspense send-back reason",
        "Lý do, ít nhất 10 ký tự",
        "Why, at least 10 characters",
    ),
    (
        "suspense send-back approve",
        "Duyệt đề xuất, do người khác",
        "Approve the proposal; another person",
    ),
    ("break", "Sai lệch", "Breaks"),
    (
        "break list",
        "Xem các sai lệch chưa xử lý",
        "List the open breaks",
    ),
    (
        "break list all",
        "Cả những sai lệch đã xử lý",
        "Resolved ones too",
    ),
    (
        "break resolve",
        "Đề xuất cách xử lý; người khác duyệt bằng --approve",
        "Propose a resolution; another person approves with --approve",
    ),
    ("break resolve id", "Mã sai lệch", "Id of the break"),
    (
        "break resolve action",
        "Cách xử lý: to_fund đưa vào nguồn, to_return tiền bị trả lại, fee phí ngân hàng, write_off xóa khoản phải đòi, rejected_by_bank ngân hàng không chi, accept chấp nhận",
        "What to do",
    ),
    (
        "break resolve reason",
        "Lý do, từ 10 ký tự",
        "The reason, 10 characters or more",
    ),
    (
        "break resolve fund",
        "Tài khoản nguồn kinh phí, khi chọn to_fund",
        "Ledger account of the fund, for to_fund",
    ),
    (
        "break resolve reference",
        "Mã tham chiếu của khoản chi, khi chọn to_return",
        "Reference of the payment, for to_return",
    ),
    (
        "break resolve approve",
        "Duyệt đề xuất của người khác",
        "Approve what another person proposed",
    ),
    (
        "break assign",
        "Giao sai lệch cho một cán bộ",
        "Give a break to somebody",
    ),
    ("break assign id", "Mã sai lệch", "Id of the break"),
    (
        "break assign owner",
        "Mã cán bộ phụ trách",
        "Code of who answers for it",
    ),
    ("day", "Ngày ngân hàng", "Bank days"),
    (
        "day close",
        "Khóa một ngày đã chứng minh đủ",
        "Close a day that proves itself",
    ),
    (
        "day close day",
        "Ngày, dạng 2026-06-05 hoặc 05/06/2026",
        "The day, 2026-06-05 or 05/06/2026",
    ),
    (
        "day reopen",
        "Mở lại ngày đã khóa và các ngày sau: đề xuất, rồi người khác duyệt",
        "Reopen a closed day and the later ones: propose, then another person approves",
    ),
    (
        "day reopen day",
        "Ngày, dạng 2026-06-05 hoặc 05/06/2026",
        "The day, 2026-06-05 or 05/06/2026",
    ),
    ("day reopen reason", "Lý do mở lại", "Why it is reopened"),
    (
        "day reopen approve",
        "Duyệt đề xuất của người khác",
        "Approve what another person proposed",
    ),
    ("ledger", "Sổ kế toán", "The ledger"),
    (
        "ledger accounts",
        "Xem các tài khoản kế toán",
        "List the ledger accounts",
    ),
    (
        "ledger accounts prefix",
        "Phần đầu của tên, như fund/",
        "First part of the name, such as fund/",
    ),
    (
        "ledger balance",
        "Số dư của một tài khoản; không nêu tài khoản: bảng cân đối",
        "Balance of an account; without one the trial balance",
    ),
    (
        "ledger balance account",
        "Tên tài khoản kế toán",
        "Name of the ledger account",
    ),
    (
        "ledger balance at",
        "Chỉ tính bút toán ghi đến lúc này",
        "Count what was posted until then",
    ),
    (
        "ledger balance day",
        "Chỉ tính đến hết ngày hạch toán này",
        "Count posting days up to this one",
    ),
    (
        "ledger verify",
        "Tính lại và kiểm tra toàn bộ sổ",
        "Recompute and check everything",
    ),
    (
        "ledger verify head",
        "Đầu chuỗi đã cất ở ngoài (64 chữ số thập lục phân) để so",
        "A chain head that was kept outside (64 hex digits), to compare",
    ),
    (
        "qr",
        "Mã VietQR, không cần cơ sở dữ liệu",
        "VietQR codes, without a database",
    ),
    (
        "qr encode",
        "In nội dung mã, ghi ảnh",
        "Print the text, write images",
    ),
    (
        "qr encode bin",
        "Mã BIN của ngân hàng, 6 chữ số",
        "The bank's BIN, 6 digits",
    ),
    (
        "qr encode account",
        "Số tài khoản nhận, 1 đến 19 chữ số hoặc chữ cái",
        "The account, 1 to 19 letters or digits",
    ),
    (
        "qr encode amount",
        "Số tiền, đồng; bỏ trống thì là mã tĩnh",
        "The amount in dong; left out, the code is static",
    ),
    (
        "qr encode content",
        "Nội dung chuyển khoản, tối đa 25 ký tự",
        "The content, at most 25 characters",
    ),
    ("qr encode name", "Tên người nhận", "The payee's name"),
    (
        "qr encode svg",
        "Ghi ảnh SVG vào tệp này",
        "Write an SVG here",
    ),
    (
        "qr encode png",
        "Ghi ảnh PNG vào tệp này",
        "Write a PNG here",
    ),
    (
        "qr decode",
        "Đọc mã từ chữ hoặc ảnh PNG",
        "Read a code from a text or a PNG",
    ),
    (
        "qr decode source",
        "Nội dung mã, hoặc tệp ảnh PNG",
        "The text of the code, or a PNG file",
    ),
    ("report", "Báo cáo", "Reports"),
    (
        "report cycle",
        "Số người và số tiền của kỳ theo trạng thái",
        "People and dong of a period by state",
    ),
    ("school", "Học sinh của trường", "Pupils of a school"),
    (
        "school import",
        "Nhập danh sách học sinh",
        "Take over a list of pupils",
    ),
    (
        "school import file",
        "Tệp XLSX hoặc CSV",
        "XLSX or CSV file",
    ),
    ("school import year", "Năm học", "School year"),
    (
        "school import refused",
        "Ghi các dòng sai vào tệp này",
        "Write the wrong rows to this file",
    ),
    (
        "school import partly",
        "Nhập các dòng đúng, chỉ trả lại dòng sai",
        "Take the right rows over, give back only the wrong ones",
    ),
    (
        "school accounts",
        "Nạp số tài khoản định danh của từng học sinh",
        "Load the virtual account of each pupil",
    ),
    (
        "school accounts file",
        "Tệp CSV: code,virtual_account",
        "CSV file: code,virtual_account",
    ),
    (
        "school set",
        "Dùng tiền thừa hay không; thôi học",
        "Use of credit; a pupil leaves",
    ),
    ("school set code", "Mã học sinh", "Code of the pupil"),
    (
        "school set use_credit",
        "Dùng tiền thừa cho phiếu sau",
        "Use credit for later bills",
    ),
    (
        "school set left",
        "Học sinh đã thôi học",
        "The pupil has left",
    ),
    ("fee", "Khoản thu và mức thu", "Fees and prices"),
    (
        "fee load",
        "Nạp khoản thu, mức thu, mức trần",
        "Load fees, prices and ceilings",
    ),
    ("fee load file", "Tệp TOML hoặc CSV", "TOML or CSV file"),
    (
        "fee load year",
        "Năm học, cho tệp CSV",
        "School year, for a CSV",
    ),
    ("fee list", "Liệt kê mức thu", "List the prices"),
    ("fee list year", "Năm học", "School year"),
    ("reduction", "Miễn giảm", "Reductions"),
    (
        "reduction add",
        "Miễn giảm theo quyết định",
        "Take off by decision",
    ),
    (
        "reduction add debtor",
        "Mã người phải nộp",
        "Code of the debtor",
    ),
    (
        "reduction add rate",
        "Phần trăm được giảm",
        "Percent taken off",
    ),
    (
        "reduction add amount",
        "Số tiền giảm mỗi lần thu",
        "Dong off each charge",
    ),
    ("reduction add fee", "Chỉ khoản thu này", "Only this fee"),
    (
        "reduction add kind",
        "Chỉ loại khoản thu này",
        "Only this kind of fee",
    ),
    ("reduction add ground", "Căn cứ", "The ground"),
    (
        "reduction add evidence",
        "Giấy tờ chứng minh",
        "The evidence",
    ),
    ("reduction add from", "Từ ngày", "From this day"),
    ("reduction add to", "Đến hết ngày", "To this day"),
    ("reduction end", "Thôi miễn giảm", "End a reduction"),
    ("reduction end id", "Mã miễn giảm", "Id of the reduction"),
    (
        "reduction end last",
        "Ngày cuối còn được giảm",
        "Its last day",
    ),
    (
        "reduction list",
        "Liệt kê miễn giảm của một người",
        "List a debtor's reductions",
    ),
    (
        "reduction list debtor",
        "Mã người phải nộp",
        "Code of the debtor",
    ),
    (
        "reduction list day",
        "Có hiệu lực vào ngày",
        "In force on this day",
    ),
    ("absence", "Ngày nghỉ", "Absences"),
    (
        "absence load",
        "Nạp số ngày nghỉ của tháng",
        "Load the absent days of a month",
    ),
    (
        "absence load file",
        "Tệp CSV code,absent_days",
        "CSV file code,absent_days",
    ),
    (
        "absence load fee",
        "Mã khoản thu theo ngày",
        "Code of the fee by day",
    ),
    ("absence load period", "Tháng", "The month"),
    (
        "absence settle",
        "Sau phiếu cuối: đưa vào tiền thừa",
        "After the last bill: put to credit",
    ),
    (
        "absence settle before",
        "Các tháng trước tháng này",
        "Months before this one",
    ),
    ("absence settle debtor", "Chỉ người này", "Only this debtor"),
    ("bill", "Phiếu báo", "Bills"),
    ("bill prepare", "Lập phiếu báo nháp", "Prepare draft bills"),
    ("bill prepare year", "Năm học", "School year"),
    ("bill prepare period", "Tháng", "The month"),
    ("bill prepare class", "Chỉ lớp này", "Only this class"),
    (
        "bill issue",
        "Phát hành đợt phiếu (người khác)",
        "Issue a run (another person)",
    ),
    ("bill issue run", "Số đợt lập phiếu", "Number of the run"),
    (
        "bill cancel",
        "Hủy phiếu chưa thu tiền",
        "Cancel a bill without money on it",
    ),
    (
        "bill cancel bill",
        "Số phiếu, mã thanh toán hoặc mã số",
        "Number, payment code or id",
    ),
    (
        "bill cancel reason",
        "Lý do, từ 10 ký tự",
        "Why, 10 characters or more",
    ),
    (
        "bill write-off",
        "Xóa nợ: đề xuất, rồi người khác duyệt",
        "Write off: propose, another person approves",
    ),
    (
        "bill write-off bill",
        "Số phiếu, mã thanh toán hoặc mã số",
        "Number, payment code or id",
    ),
    (
        "bill write-off reason",
        "Lý do, từ 10 ký tự",
        "Why, 10 characters or more",
    ),
    (
        "bill write-off approve",
        "Duyệt đề xuất",
        "Approve what was proposed",
    ),
    (
        "bill reissue",
        "Hủy và lập lại theo mức hiện hành",
        "Cancel and prepare anew, as prices stand now",
    ),
    (
        "bill reissue bill",
        "Số phiếu, mã thanh toán hoặc mã số",
        "Number, payment code or id",
    ),
    (
        "bill reissue reason",
        "Lý do, từ 10 ký tự",
        "Why, 10 characters or more",
    ),
    (
        "bill make",
        "Lập một phiếu cho một việc",
        "Make one bill for one thing",
    ),
    (
        "bill make debtor",
        "Mã người phải nộp",
        "Code of the debtor",
    ),
    ("bill make fee", "Mã khoản thu", "Code of the fee"),
    ("bill make quantity", "Số lượng", "Quantity"),
    (
        "bill make name",
        "Họ tên, cho người mới",
        "Name, for somebody new",
    ),
    ("bill make reference", "Số hồ sơ", "Number of the dossier"),
    ("bill status", "Đã nộp hay chưa", "Whether it is paid"),
    (
        "bill status code",
        "Mã thanh toán hoặc số phiếu",
        "Payment code or number",
    ),
    ("bill show", "Xem một phiếu", "Show a bill"),
    (
        "bill show bill",
        "Số phiếu, mã thanh toán hoặc mã số",
        "Number, payment code or id",
    ),
    ("bill list", "Liệt kê phiếu báo", "List bills"),
    ("bill list run", "Chỉ đợt này", "Only this run"),
    ("bill list period", "Chỉ tháng này", "Only this month"),
    ("bill list class", "Chỉ lớp này", "Only this class"),
    (
        "bill list year",
        "Năm học của lớp",
        "School year of the class",
    ),
    ("bill list debtor", "Chỉ người này", "Only this debtor"),
    ("bill list state", "Chỉ trạng thái này", "Only this state"),
    ("bill list limit", "Số phiếu nhiều nhất", "Bills at most"),
    (
        "bill slips",
        "Tạo phiếu báo nộp tiền có mã VietQR để in",
        "Make slips with VietQR to print",
    ),
    (
        "bill slips run",
        "Các phiếu của đợt này",
        "The bills of this run",
    ),
    (
        "bill slips class",
        "Các phiếu của lớp này",
        "The bills of this class",
    ),
    (
        "bill slips year",
        "Năm học của lớp",
        "School year of the class",
    ),
    ("bill slips period", "Chỉ tháng này", "Only this month"),
    (
        "bill slips out",
        "Thư mục để ghi, mỗi lớp một tệp",
        "Folder to write to, a file for each class",
    ),
    (
        "bill slips per_page",
        "Số phiếu nhiều nhất trên một trang, 1 đến 8",
        "Slips on a page at most, 1 to 8",
    ),
    ("bill slips format", "pdf hoặc html", "pdf or html"),
    ("surcharge", "Phí nộp chậm", "Late surcharges"),
    (
        "surcharge run",
        "Lập phiếu phí nộp chậm",
        "Make bills for what is late",
    ),
    ("surcharge run day", "Tính đến ngày", "Up to this day"),
    ("receipt", "Biên lai đã thu", "Receipts"),
    ("receipt list", "Liệt kê biên lai", "List receipts"),
    ("receipt list day", "Lập trong ngày này", "Made on this day"),
    ("receipt list debtor", "Chỉ người này", "Only this debtor"),
    ("receipt list kind", "Chỉ loại này", "Only this kind"),
    (
        "receipt list state",
        "Còn giá trị hoặc đã hủy",
        "Live or cancelled",
    ),
    (
        "receipt list after",
        "Chỉ những biên lai lập sau biên lai này",
        "Only those made after this one",
    ),
    (
        "receipt list limit",
        "Số biên lai nhiều nhất",
        "Receipts at most",
    ),
    ("receipt show", "Xem một biên lai", "Show a receipt"),
    (
        "receipt show receipt",
        "Ký hiệu/năm/số, ví dụ BL/2026/0000012",
        "Symbol/year/number, such as BL/2026/0000012",
    ),
    (
        "receipt print",
        "Tạo biên lai để in hoặc gửi, có mã QR kiểm tra",
        "Make receipts to print or send, with a QR to verify",
    ),
    (
        "receipt print receipts",
        "Các biên lai, theo ký hiệu/năm/số",
        "The receipts, by symbol/year/number",
    ),
    (
        "receipt print day",
        "Mọi biên lai lập trong ngày này",
        "All that were made on this day",
    ),
    (
        "receipt print debtor",
        "Mọi biên lai của người này",
        "All of this debtor",
    ),
    ("receipt print out", "Thư mục để ghi", "Folder to write to"),
    (
        "receipt print per_page",
        "Số biên lai nhiều nhất trên một trang, 1 đến 8",
        "Receipts on a page at most, 1 to 8",
    ),
    ("receipt print format", "pdf hoặc html", "pdf or html"),
    (
        "receipt cancel",
        "Hủy một biên lai bằng phiếu hủy có số, do hai người",
        "Cancel a receipt by a numbered cancellation; two people",
    ),
    (
        "receipt cancel receipt",
        "Ký hiệu/năm/số",
        "Symbol/year/number",
    ),
    (
        "receipt cancel reason",
        "Lý do, ít nhất 10 ký tự",
        "Why, at least 10 characters",
    ),
    (
        "receipt cancel approve",
        "Duyệt đề nghị, do người khác",
        "Approve the proposal; another person",
    ),
    (
        "receipt verify",
        "Kiểm tra một biên lai bằng mã QR của nó",
        "Verify a receipt by its QR",
    ),
    (
        "receipt verify source",
        "Nội dung mã QR, hoặc tệp PNG",
        "Text of the QR, or a PNG file",
    ),
    ("refund", "Hoàn tiền cho người nộp", "Refunds to payers"),
    (
        "refund make",
        "Đề nghị hoàn tiền thừa đã được sao kê xác nhận",
        "Ask for a refund of credit that a statement confirmed",
    ),
    (
        "refund make debtor",
        "Mã người phải nộp có tiền thừa",
        "Code of the debtor in credit",
    ),
    ("refund make amount", "Số tiền hoàn", "Amount to give back"),
    (
        "refund make reason",
        "Lý do, từ 10 ký tự trở lên",
        "Why, 10 characters or more",
    ),
    (
        "refund make collection",
        "Hoàn về tài khoản đã nộp khoản tiền này (số khoản tiền về)",
        "Back to the account that this payment came from (its id)",
    ),
    (
        "refund make bin",
        "Mã BIN của ngân hàng nhận, 6 chữ số",
        "BIN of the receiving bank, 6 digits",
    ),
    (
        "refund make account",
        "Số tài khoản nhận đã được ngân hàng xác nhận (holders load)",
        "The receiving account, confirmed by a bank's list (holders load)",
    ),
    (
        "refund make name",
        "Tên chủ tài khoản nhận",
        "Holder of the receiving account",
    ),
    (
        "remittance",
        "Chuyển tiền thu hộ cho bên được thu",
        "Passing on what was collected for others",
    ),
    (
        "remittance make",
        "Đề nghị chuyển số đã thu hộ, kèm danh sách",
        "Ask for a remittance of what was collected, with its list",
    ),
    (
        "remittance make third_party",
        "Mã bên được thu hộ",
        "Code of the third party",
    ),
    (
        "remittance make bin",
        "Mã BIN của ngân hàng nhận, 6 chữ số",
        "BIN of the receiving bank, 6 digits",
    ),
    (
        "remittance make account",
        "Số tài khoản nhận",
        "The receiving account",
    ),
    (
        "remittance make name",
        "Tên chủ tài khoản nhận",
        "Holder of the receiving account",
    ),
    (
        "remittance make until",
        "Các khoản nộp đến hết ngày này; nếu không nêu: hôm nay",
        "Payments up to this day; today without it",
    ),
    (
        "payout",
        "Khoản hoàn và khoản chuyển",
        "Refunds and remittances",
    ),
    (
        "payout prepare",
        "Lập đợt chi từ các khoản đã đề nghị",
        "Make batches of what was asked for",
    ),
    ("payout list", "Liệt kê các khoản", "List them"),
    ("payout list all", "Cả khoản đã hủy", "Cancelled ones too"),
    (
        "payout list limit",
        "Số khoản nhiều nhất",
        "At most so many",
    ),
    (
        "payout show",
        "Xem một khoản, với danh sách kèm theo",
        "Show one, with its list",
    ),
    ("payout show payout", "Số của khoản", "Its id"),
    (
        "payout show out",
        "Ghi danh sách ra tệp .xlsx hoặc .csv",
        "Write the list to a .xlsx or .csv file",
    ),
    (
        "payout readdress",
        "Đổi tài khoản nhận của khoản bị trả lại",
        "Another account for one that came back",
    ),
    ("payout readdress payout", "Số của khoản", "Its id"),
    (
        "payout readdress collection",
        "Về tài khoản đã nộp khoản tiền này",
        "To the account that this payment came from",
    ),
    (
        "payout readdress bin",
        "Mã BIN của ngân hàng nhận, 6 chữ số",
        "BIN of the receiving bank, 6 digits",
    ),
    (
        "payout readdress account",
        "Số tài khoản nhận",
        "The receiving account",
    ),
    (
        "payout readdress name",
        "Tên chủ tài khoản nhận",
        "Holder of the receiving account",
    ),
    (
        "payout cancel",
        "Hủy khoản chưa trả; tiền về lại chỗ cũ",
        "Cancel one that is not paid; its money goes back",
    ),
    ("payout cancel payout", "Số của khoản", "Its id"),
    (
        "payout cancel reason",
        "Lý do, từ 10 ký tự trở lên",
        "Why, 10 characters or more",
    ),
    ("reminder", "Tin nhắc nộp tiền", "Reminders"),
    (
        "reminder run",
        "Soạn tin nhắc cho các phiếu đến bậc nhắc",
        "Write the messages of the bills that have come to a step",
    ),
    ("reminder run day", "Tính đến ngày", "Up to this day"),
    (
        "reminder send",
        "Ghi các tin chờ gửi ra thư mục, không bao giờ hai lần",
        "Write the messages that wait to a folder, never twice",
    ),
    ("reminder send out", "Thư mục để ghi", "Folder to write to"),
    ("reminder list", "Liệt kê tin nhắc", "List the messages"),
    (
        "reminder list limit",
        "Số tin nhiều nhất",
        "Messages at most",
    ),
    (
        "report fees",
        "Thu theo lớp và toàn trường",
        "Fees by class and school",
    ),
    ("report fees year", "Năm học", "School year"),
    ("report fees period", "Chỉ tháng này", "Only this month"),
    ("report fees day", "Tính đến ngày", "As of this day"),
    (
        "report fees out",
        "Ghi ra tệp .csv hoặc .xlsx",
        "Write to a .csv or .xlsx file",
    ),
    (
        "report debtor",
        "Sổ chi tiết của một người",
        "A debtor's statement of account",
    ),
    (
        "report debtor code",
        "Mã người phải nộp",
        "Code of the debtor",
    ),
    (
        "report debtor out",
        "Ghi ra tệp .csv hoặc .xlsx",
        "Write to a .csv or .xlsx file",
    ),
    (
        "bench pupils",
        "Số học sinh, cho bills",
        "Number of pupils, for bills",
    ),
    (
        "demo",
        "Chạy mẫu hai tháng trợ cấp và một tháng thu của trường, từ danh sách đến ngày đã khóa",
        "Run two months of allowances and a school's month, from list to closed day",
    ),
    (
        "demo roster",
        "Danh sách của bạn thay cho danh sách tự tạo",
        "Your list instead of a made-up one",
    ),
    (
        "demo population",
        "Dữ liệu dân cư của danh sách đó",
        "The register of that list",
    ),
    ("demo beneficiaries", "Số người", "Number of people"),
    (
        "demo pupils",
        "Số học sinh của trường mẫu; 0: không chạy phần trường",
        "Pupils of the example's school; 0 leaves the school out",
    ),
    (
        "demo seed",
        "Số gieo: cùng số thì cùng kết quả",
        "Seed: the same one gives the same books",
    ),
    (
        "demo keep",
        "Giữ lại mọi tệp ở thư mục này",
        "Keep every file in this folder",
    ),
    (
        "serve",
        "Máy chủ: nhận thông báo có, trả lời phiếu báo đã nộp chưa",
        "The server: takes credit notices, says whether bills are paid",
    ),
    (
        "serve listen",
        "Địa chỉ nhận; đặt sau một proxy có TLS",
        "Address to listen on; put a TLS proxy in front",
    ),
    (
        "notice",
        "Thông báo có và nơi gửi",
        "Credit notices and who sends them",
    ),
    ("notice source", "Nguồn thông báo có", "Sources of notices"),
    (
        "notice source add",
        "Thêm nguồn, hoặc thay khóa của nguồn đã có",
        "Add a source, or replace the secret of a known one",
    ),
    (
        "notice source add code",
        "Mã nguồn, phần cuối của địa chỉ /notices/MÃ",
        "Code, the last part of its address /notices/CODE",
    ),
    ("notice source add scheme", "Cách ký", "How it signs"),
    (
        "notice source add secret_file",
        "Tệp chứa khóa bí mật (16-512 byte)",
        "File with the secret (16-512 bytes)",
    ),
    (
        "notice source add key_id",
        "Mã khóa (chỉ với ansinh)",
        "Id of the key (ansinh only)",
    ),
    (
        "notice source add compare",
        "Chỉ để so sánh, không ghi sổ",
        "Only to compare, its word does not post",
    ),
    (
        "notice source add days",
        "Số ngày làm việc mà sao kê phải xác nhận",
        "Business days within which a statement must confirm",
    ),
    (
        "notice source add owner",
        "Người xử lý sai lệch từ nguồn này [mặc định: người thêm]",
        "Who works the breaks of this source [default: who adds it]",
    ),
    ("notice source list", "Xem các nguồn", "List the sources"),
    (
        "notice source disable",
        "Ngừng nhận từ một nguồn",
        "Take nothing more from a source",
    ),
    (
        "notice source disable code",
        "Mã nguồn",
        "Code of the source",
    ),
    (
        "notice list",
        "Xem các thông báo đã nhận",
        "List the notices that came",
    ),
    (
        "notice list outcome",
        "Chỉ các thông báo có kết quả này",
        "Only notices with this outcome",
    ),
    (
        "notice list limit",
        "Nhiều nhất bao nhiêu",
        "At most as many",
    ),
    (
        "notice show",
        "Xem một thông báo và nội dung gốc",
        "Show a notice and its body as it came",
    ),
    ("notice show id", "Mã thông báo", "Id of the notice"),
    (
        "caller",
        "Hệ thống được hỏi phiếu báo",
        "Systems that may ask about bills",
    ),
    (
        "caller add",
        "Cấp mã truy cập, hoặc cấp lại",
        "Give a token, or a new one",
    ),
    ("caller add code", "Mã hệ thống", "Code of the system"),
    ("caller list", "Xem các hệ thống", "List the systems"),
    (
        "caller disable",
        "Thu hồi mã truy cập",
        "Take the token back",
    ),
    ("caller disable code", "Mã hệ thống", "Code of the system"),
    ("bench", "Đo tốc độ", "Measure"),
    (
        "bench what",
        "Đo gì: grant giải ngân một đợt, month trọn một tháng, bills lập phiếu báo, notices nhận thông báo có, transfers chuyển tiền bằng ISO 8583",
        "What: grant posts one batch, month runs a whole month, bills makes bills, notices takes credit notices, transfers pays by ISO 8583",
    ),
    (
        "bench count",
        "Số thông báo có (notices), số khoản chuyển (transfers)",
        "Number of notices (notices), of transfers (transfers)",
    ),
    (
        "bench in_flight",
        "Số khoản chuyển cùng lúc trên một kết nối (transfers)",
        "Transfers under way at once on one connection (transfers)",
    ),
    (
        "bench connections",
        "Số kết nối cùng lúc (notices)",
        "Connections at once (notices)",
    ),
    ("bench lines", "Số dòng", "Number of lines"),
    (
        "bench history",
        "Số tháng đã có sẵn trong cơ sở dữ liệu",
        "Months that the database already holds",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(command: &Command, path: &str, each: &mut dyn FnMut(&str, Option<String>)) {
        for arg in command.get_arguments() {
            let help = arg.get_help().map(ToString::to_string);
            let alone = help.map(|h| h.split(" [").next().unwrap_or_default().to_owned());
            each(&format!("{path} {}", arg.get_id()), alone);
        }
        for below in command.get_subcommands().filter(|c| c.get_name() != "help") {
            let path = format!("{path} {}", below.get_name()).trim().to_owned();
            each(&path, below.get_about().map(ToString::to_string));
            walk(below, &path, each);
        }
    }

    /// Catches a command, argument or option without a help text, in either language, and
    /// a text that nothing shows.
    #[test]
    fn everything_has_a_help_text() {
        for lang in [Lang::Vi, Lang::En] {
            let mut seen = Vec::new();
            walk(&command(lang), "", &mut |key, text| {
                assert!(
                    text.is_some_and(|t| t.len() > 2),
                    "{key} has no {lang:?} text"
                );
                seen.push(key.to_owned());
            });
            for (key, ..) in TEXTS {
                let shown = match key.strip_prefix("* ") {
                    Some(id) => seen.iter().any(|s| s.ends_with(&format!(" {id}"))),
                    None => seen.iter().any(|s| s == key),
                };
                assert!(shown, "nothing shows {key}");
            }
        }
    }
}
