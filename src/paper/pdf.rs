//! Papers as PDF: A4, fonts embedded as subsets, text that can be searched and copied.
//!
//! The layout is in tenths of a point; the page is scaled once, so no length is computed
//! with floats.

use super::font::{self, face};
use super::layout::{self, Mark, PAGE};
use super::{Paper, PerPage};
use crate::error::Fault;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::{Location, Surface};
use krilla::text::{Font, Glyph, GlyphId};
use krilla::{Data, Document};
use std::ops::Range;

/// The papers as one PDF document. The same papers give the same bytes.
pub fn render(papers: &[Paper], per_page: PerPage, title: &str) -> Result<Vec<u8>, Fault> {
    let broken = |what: &str| Fault::Corrupt(format!("paper: {what}"));
    let fonts = [font::REGULAR, font::BOLD].map(|data| Font::new(Data::from(data.to_vec()), 0));
    let [Some(regular), Some(bold)] = fonts else {
        return Err(broken("a font can't be read"));
    };
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .language("vi".to_owned())
            .creator("AnSinh".to_owned()),
    );
    for marks in layout::pages(papers, per_page) {
        let settings =
            PageSettings::from_wh(595.0, 842.0).ok_or_else(|| broken("the page has no size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(0.1, 0.1));
        for mark in &marks {
            draw(&mut surface, mark, &regular, &bold);
        }
        surface.pop();
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|e| broken(&format!("{e:?}")))
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, regular: &Font, bold_font: &Font) {
    match mark {
        Mark::Box { x, y, w, h } => {
            surface.set_fill(Some(fill(0)));
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(float(*x), float(*y), float(*w), float(*h)) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Mark::Text {
            x,
            y,
            size,
            bold,
            grey,
            text,
        } => {
            surface.set_fill(Some(fill(if *grey { 190 } else { 0 })));
            let glyphs: Vec<Letter> = text
                .char_indices()
                .map(|(at, letter)| {
                    let (id, wide) = face(*bold).glyph(letter);
                    Letter {
                        id,
                        range: at..at + letter.len_utf8(),
                        thousandths: wide,
                    }
                })
                .collect();
            let font = if *bold { bold_font } else { regular };
            let start = Point::from_xy(float(*x), float(*y));
            surface.draw_glyphs(start, &glyphs, font.clone(), text, float(*size), false);
        }
    }
}

fn fill(grey: u8) -> Fill {
    Fill {
        paint: luma::Color::new(grey).into(),
        ..Fill::default()
    }
}

/// A length of the layout; a page is far smaller than where floats lose whole numbers.
fn float(tenths: i32) -> f32 {
    i16::try_from(tenths.clamp(-PAGE.1 * 2, PAGE.1 * 2)).map_or(0.0, f32::from)
}

/// A letter of a text; its width in thousandths of the size.
struct Letter {
    id: u32,
    range: Range<usize>,
    thousandths: u16,
}

impl Glyph for Letter {
    fn glyph_id(&self) -> GlyphId {
        GlyphId::new(self.id)
    }

    fn text_range(&self) -> Range<usize> {
        self.range.clone()
    }

    #[expect(clippy::float_arithmetic, reason = "geometry of a page, no money")]
    fn x_advance(&self, size: f32) -> f32 {
        f32::from(self.thousandths) * size / 1000.0
    }

    fn x_offset(&self, _size: f32) -> f32 {
        0.0
    }

    fn y_offset(&self, _size: f32) -> f32 {
        0.0
    }

    fn y_advance(&self, _size: f32) -> f32 {
        0.0
    }

    fn location(&self) -> Option<Location> {
        None
    }
}
