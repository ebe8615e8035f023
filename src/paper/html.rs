//! Papers as one HTML page: readable on a phone, printed on A4, nothing loaded from elsewhere.

use super::{Paper, PerPage, Qr, Table};
use std::fmt::Write;

const STYLE: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:#eee;color:#000;font:15px/1.4 Roboto,'Segoe UI','Noto Sans',Arial,sans-serif}\
article{position:relative;max-width:50rem;margin:1rem auto;padding:1.5rem;background:#fff;overflow:hidden}\
header p{margin:0}header p:first-child{font-weight:bold}\
h1{margin:1rem 0 .25rem;text-align:center;font-size:1.35rem}\
.sub{margin:0;text-align:center}\
.body{display:flex;flex-wrap:wrap;gap:1rem;justify-content:space-between;margin-top:1rem}\
dl{flex:1 1 18rem;display:grid;grid-template-columns:minmax(7rem,2fr) 3fr;gap:.3rem 1rem;margin:0;align-content:start}\
dd{margin:0;font-weight:bold;overflow-wrap:anywhere}\
figure{margin:0 auto;width:13rem;text-align:center}figure svg{width:100%;height:auto;display:block}\
.wide{overflow-x:auto}\
table{width:100%;border-collapse:collapse;margin-top:1rem}\
th,td{padding:.3rem .4rem;border-bottom:1px solid #bbb;text-align:left;vertical-align:top}\
th{border-bottom:2px solid #000}.r{text-align:right;white-space:nowrap}\
.totals{margin-top:.75rem}.totals div{display:flex;justify-content:space-between;gap:1rem}\
.totals div:last-child{font-weight:bold;font-size:1.1rem}\
.sign{display:flex;justify-content:space-around;margin-top:1.5rem;padding-bottom:5rem;font-weight:bold}\
.stamp{position:absolute;left:0;right:0;top:40%;text-align:center;font-size:3.5rem;font-weight:bold;color:#c00;opacity:.35;transform:rotate(-15deg)}\
@media print{body{background:#fff}article{margin:0;max-width:none;padding:.6rem 0;break-inside:avoid}\
article.last{break-after:page}article:not(.last){border-bottom:1px dashed #000}}\
@page{size:A4;margin:15mm}";

/// The papers as one page. `lang` is the language of the texts (`vi`, `en`).
pub fn render(papers: &[Paper], per_page: PerPage, lang: &str, title: &str) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n",
        escape(lang),
        escape(title),
    );
    for (n, paper) in papers.iter().enumerate() {
        let last = (n + 1) % per_page.0.max(1) == 0 || n + 1 == papers.len();
        article(&mut out, paper, last);
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// A text as it may stand in an element or an attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Writing to a `String` can't fail.
macro_rules! add {
    ($out:expr, $($part:tt)*) => { let _ = write!($out, $($part)*); };
}

/// One paper; `last` on its page.
fn article(out: &mut String, paper: &Paper, last: bool) {
    out.push_str(if last {
        "<article class=\"last\">\n<header>"
    } else {
        "<article>\n<header>"
    });
    for line in &paper.sender {
        add!(out, "<p>{}</p>", escape(line));
    }
    add!(out, "</header>\n<h1>{}</h1>\n", escape(&paper.title));
    for line in &paper.subtitle {
        add!(out, "<p class=\"sub\">{}</p>\n", escape(line));
    }
    out.push_str("<div class=\"body\">");
    if !paper.fields.is_empty() {
        out.push_str("<dl>");
        for (label, value) in &paper.fields {
            add!(out, "<dt>{}</dt><dd>{}</dd>", escape(label), escape(value));
        }
        out.push_str("</dl>");
    }
    if let Some(qr) = &paper.qr {
        figure(out, qr);
    }
    out.push_str("</div>\n");
    if let Some(t) = &paper.table {
        table(out, t);
    }
    if !paper.totals.is_empty() {
        out.push_str("<div class=\"totals\">");
        for (label, value) in &paper.totals {
            add!(
                out,
                "<div><span>{}</span><span class=\"r\">{}</span></div>",
                escape(label),
                escape(value)
            );
        }
        out.push_str("</div>\n");
    }
    for note in &paper.notes {
        add!(out, "<p>{}</p>\n", escape(note));
    }
    if !paper.signatures.is_empty() {
        out.push_str("<div class=\"sign\">");
        for who in &paper.signatures {
            add!(out, "<span>{}</span>", escape(who));
        }
        out.push_str("</div>\n");
    }
    if let Some(stamp) = &paper.stamp {
        add!(out, "<div class=\"stamp\">{}</div>\n", escape(stamp));
    }
    out.push_str("</article>\n");
}

fn table(out: &mut String, table: &Table) {
    let class = |right: bool| if right { " class=\"r\"" } else { "" };
    out.push_str("<div class=\"wide\"><table><thead><tr>");
    for c in &table.columns {
        add!(out, "<th{}>{}</th>", class(c.right), escape(&c.heading));
    }
    out.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (c, cell) in table.columns.iter().zip(row) {
            add!(out, "<td{}>{}</td>", class(c.right), escape(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

/// The code with the four squares of quiet zone that readers ask for (ISO/IEC 18004, 9.1).
fn figure(out: &mut String, qr: &Qr) {
    let size = qr.side + 8;
    add!(
        out,
        "<figure><svg viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"QR\">\
         <rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\""
    );
    for (y, row) in qr.dark.chunks(qr.side.max(1)).enumerate() {
        let mut x = 0;
        while x < row.len() {
            let run = row[x..].iter().take_while(|dark| **dark).count();
            if run > 0 {
                add!(out, "M{} {}h{run}v1h-{run}z", x + 4, y + 4);
            }
            x += run.max(1);
        }
    }
    out.push_str("\"/></svg>");
    for line in &qr.caption {
        add!(out, "<figcaption>{}</figcaption>", escape(line));
    }
    out.push_str("</figure>");
}
