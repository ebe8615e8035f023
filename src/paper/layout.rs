//! Where the parts of papers stand, in tenths of a point from the page's upper left corner.
//!
//! A paper becomes blocks, one above the other; a table's row is a block of its own, so a
//! list of thousands runs over pages and repeats its headings. Nothing here draws.

use super::font::face;
use super::{Paper, PerPage, Qr, Table};

/// A4 upright, and the edge that printers can't reach.
pub const PAGE: (i32, i32) = (5950, 8420);
const EDGE: i32 = 450;
const WIDE: i32 = PAGE.0 - 2 * EDGE;
const GAP: i32 = 60;

/// Something on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Text whose base line begins at `x`, `y`.
    Text {
        x: i32,
        y: i32,
        size: i32,
        bold: bool,
        grey: bool,
        text: String,
    },
    /// A filled rectangle: lines of tables, squares of a QR.
    Box { x: i32, y: i32, w: i32, h: i32 },
}

impl Mark {
    fn moved(self, down: i32) -> Mark {
        match self {
            Mark::Text {
                x,
                y,
                size,
                bold,
                grey,
                text,
            } => Mark::Text {
                x,
                y: y + down,
                size,
                bold,
                grey,
                text,
            },
            Mark::Box { x, y, w, h } => Mark::Box {
                x,
                y: y + down,
                w,
                h,
            },
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Block {
    high: i32,
    marks: Vec<Mark>,
    /// True for rows, before which the headings stand again on a new page.
    row: bool,
}

#[derive(Clone, Copy)]
enum Align {
    Left,
    Right,
    Centre,
}

impl Block {
    /// Adds lines of text below what is there.
    fn text(&mut self, text: &str, x: i32, room: i32, size: i32, bold: bool, align: Align) {
        for line in face(bold).wrap(text, size, room) {
            self.high += size * 13 / 10;
            let free = room - face(bold).width(&line, size);
            let shift = match align {
                Align::Left => 0,
                Align::Right => free,
                Align::Centre => free / 2,
            };
            self.marks.push(Mark::Text {
                x: x + shift,
                y: self.high - size * 3 / 10,
                size,
                bold,
                grey: false,
                text: line,
            });
        }
    }

    fn beside(parts: Vec<Block>) -> Block {
        let mut whole = Block::default();
        for part in parts {
            whole.high = whole.high.max(part.high);
            whole.marks.extend(part.marks);
        }
        whole
    }

    fn line_below(mut self, thick: i32) -> Block {
        self.high += 25;
        self.marks.push(Mark::Box {
            x: EDGE,
            y: self.high,
            w: WIDE,
            h: thick,
        });
        self.high += 20;
        self
    }
}

/// Lays out papers; the marks of each page.
pub fn pages(papers: &[Paper], per_page: PerPage) -> Vec<Vec<Mark>> {
    let room = PAGE.1 - 2 * EDGE;
    let mut pages: Vec<Vec<Mark>> = Vec::new();
    let mut used = room + 1;
    let mut on_page = 0;
    for paper in papers {
        let (blocks, heading) = blocks_of(paper);
        let high: i32 = blocks.iter().map(|b| b.high).sum();
        let cut = 2 * GAP;
        if on_page >= per_page.0 || used + cut + high > room || pages.is_empty() {
            pages.push(Vec::new());
            used = 0;
            on_page = 0;
        } else {
            let y = EDGE + used + GAP;
            push(&mut pages, dashes(y));
            used += cut;
        }
        on_page += 1;
        let top = used;
        let first_page = pages.len();
        for block in blocks {
            if used + block.high > room {
                pages.push(Vec::new());
                used = 0;
                if block.row {
                    used = place(&mut pages, heading.clone(), used);
                }
            }
            used = place(&mut pages, block, used);
        }
        if let (Some(stamp), Some(page)) = (&paper.stamp, pages.get_mut(first_page - 1)) {
            page.push(stamp_mark(stamp, EDGE + top + high.min(room - top) / 2));
        }
    }
    pages
}

fn place(pages: &mut [Vec<Mark>], block: Block, used: i32) -> i32 {
    let high = block.high;
    push(pages, block.marks.into_iter().map(|m| m.moved(EDGE + used)));
    used + high
}

fn push(pages: &mut [Vec<Mark>], marks: impl IntoIterator<Item = Mark>) {
    if let Some(page) = pages.last_mut() {
        page.extend(marks);
    }
}

/// The line to cut along.
fn dashes(y: i32) -> Vec<Mark> {
    (0..PAGE.0 / 120)
        .map(|i| Mark::Box {
            x: i * 120,
            y,
            w: 60,
            h: 4,
        })
        .collect()
}

fn stamp_mark(text: &str, y: i32) -> Mark {
    let size = 600;
    let free = PAGE.0 - face(true).width(text, size);
    Mark::Text {
        x: free / 2,
        y,
        size,
        bold: true,
        grey: true,
        text: text.to_owned(),
    }
}

/// The blocks of a paper from top to bottom, and the headings of its table.
fn blocks_of(paper: &Paper) -> (Vec<Block>, Block) {
    let mut blocks = Vec::new();
    let mut head = Block::default();
    for (i, line) in paper.sender.iter().enumerate() {
        let size = if i == 0 { 105 } else { 88 };
        head.text(line, EDGE, WIDE, size, i == 0, Align::Left);
    }
    head.high += GAP;
    head.text(&paper.title, EDGE, WIDE, 150, true, Align::Centre);
    for line in &paper.subtitle {
        head.text(line, EDGE, WIDE, 92, false, Align::Centre);
    }
    head.high += GAP;
    blocks.push(head);

    let code_room = paper.qr.as_ref().map_or(0, |_| 1450);
    let mut left = Block::default();
    for (label, value) in &paper.fields {
        pair(&mut left, label, value, WIDE - code_room - GAP);
    }
    match &paper.qr {
        None => blocks.push(left),
        Some(qr) => blocks.push(Block::beside(vec![left, code(qr, code_room)])),
    }

    let mut heading = Block::default();
    if let Some(table) = &paper.table {
        let titles: Vec<String> = table.columns.iter().map(|c| c.heading.clone()).collect();
        heading = row(table, &titles, true).line_below(8);
        heading.row = true;
        blocks.push(heading.clone());
        for cells in &table.rows {
            let mut block = row(table, cells, false).line_below(2);
            block.row = true;
            blocks.push(block);
        }
    }
    let mut foot = Block::default();
    for (i, (label, value)) in paper.totals.iter().enumerate() {
        let last = i + 1 == paper.totals.len();
        let size = if last { 108 } else { 96 };
        let (mut l, mut r) = (Block::default(), Block::default());
        l.text(label, EDGE, WIDE * 3 / 5, size, last, Align::Left);
        r.text(
            value,
            EDGE + WIDE * 3 / 5,
            WIDE * 2 / 5,
            size,
            last,
            Align::Right,
        );
        let line = Block::beside(vec![l, r]);
        let down = foot.high;
        foot.marks
            .extend(line.marks.into_iter().map(|m| m.moved(down)));
        foot.high += line.high;
    }
    for note in &paper.notes {
        foot.high += 12;
        foot.text(note, EDGE, WIDE, 88, false, Align::Left);
    }
    foot.high += GAP;
    blocks.push(foot);
    if !paper.signatures.is_empty() {
        blocks.push(signatures(&paper.signatures));
    }
    (blocks, heading)
}

/// A label and its value, the value beside the label where there is room.
fn pair(block: &mut Block, label: &str, value: &str, room: i32) {
    let label_room = room * 2 / 5;
    let (mut l, mut r) = (Block::default(), Block::default());
    l.text(label, EDGE, label_room - GAP, 92, false, Align::Left);
    r.text(
        value,
        EDGE + label_room,
        room - label_room,
        96,
        true,
        Align::Left,
    );
    let line = Block::beside(vec![l, r]);
    let down = block.high;
    block
        .marks
        .extend(line.marks.into_iter().map(|m| m.moved(down)));
    block.high += line.high + 10;
}

fn row(table: &Table, cells: &[String], bold: bool) -> Block {
    let shares: i32 = table.columns.iter().map(|c| i32::from(c.share)).sum();
    let mut parts = Vec::new();
    let mut x = EDGE;
    for (column, cell) in table.columns.iter().zip(cells) {
        let wide = WIDE * i32::from(column.share) / shares.max(1);
        let mut part = Block::default();
        let align = if column.right {
            Align::Right
        } else {
            Align::Left
        };
        part.text(cell, x + 15, wide - 30, 90, bold, align);
        parts.push(part);
        x += wide;
    }
    Block::beside(parts)
}

/// The code in the upper right corner of its block; squares of one row that touch are one box.
fn code(qr: &Qr, room: i32) -> Block {
    let side = i32::try_from(qr.side).unwrap_or(0).max(1);
    let square = (room - 50) / (side + 4);
    let x = PAGE.0 - EDGE - square * (side + 2);
    let y = square * 2;
    let mut block = Block::default();
    for (r, squares) in (0..side).zip(qr.dark.chunks(qr.side.max(1))) {
        let mut at = 0;
        while at < squares.len() {
            let run = squares[at..].iter().take_while(|d| **d).count();
            if run == 0 {
                at += 1;
                continue;
            }
            let cells = |n: usize| i32::try_from(n).unwrap_or(0) * square;
            block.marks.push(Mark::Box {
                x: x + cells(at),
                y: y + r * square,
                w: cells(run),
                h: square,
            });
            at += run;
        }
    }
    block.high = y + (side + 2) * square;
    for line in &qr.caption {
        block.text(line, PAGE.0 - EDGE - room, room, 82, false, Align::Centre);
    }
    block
}

fn signatures(who: &[String]) -> Block {
    let n = i32::try_from(who.len()).unwrap_or(1).max(1);
    let wide = WIDE / n;
    let parts = (0..n)
        .zip(who)
        .map(|(i, name)| {
            let mut part = Block {
                high: GAP,
                ..Block::default()
            };
            part.text(name, EDGE + i * wide, wide, 92, true, Align::Centre);
            part.high += 700;
            part
        })
        .collect();
    Block::beside(parts)
}
