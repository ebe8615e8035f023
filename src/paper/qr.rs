//! QR images of a text, and the text of a QR image.
//!
//! Error correction M (15 % of the code may be lost), a quiet zone of four modules as
//! ISO/IEC 18004 wants it, black on white. SVG scales by itself; a PNG has whole pixels a
//! module, so nothing is blurred.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules on each side.
const QUIET: usize = 4;
/// The most pixels of an image to be read: a photo, not a bomb.
const PIXELS_MAX: u64 = 24_000_000;

/// Why an image cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QrImageError {
    /// The text is longer than a QR code can hold.
    TooLong,
    /// The PNG cannot be read, and why.
    Png(String),
    /// The image has more pixels than 24 million.
    TooLarge,
    /// No QR code was found in the image.
    NoCode,
    /// More than one QR code was found: which is meant is for a person to say.
    SeveralCodes,
    /// A QR code was found and is damaged beyond reading, and why.
    Unreadable(String),
}

/// The modules of a QR code, row by row, dark is true.
struct Modules {
    width: usize,
    dark: Vec<bool>,
}

impl Modules {
    fn of(text: &str) -> Result<Modules, QrImageError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M);
        let code = code.map_err(|_| QrImageError::TooLong)?;
        Ok(Modules {
            width: code.width(),
            dark: code
                .into_colors()
                .iter()
                .map(|c| *c == Color::Dark)
                .collect(),
        })
    }

    /// With the quiet zone around; outside the code is light.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |n: usize| n.checked_sub(QUIET).filter(|n| *n < self.width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark.get(y * self.width + x).copied().unwrap_or(false),
            _ => false,
        }
    }

    fn side(&self) -> usize {
        self.width + 2 * QUIET
    }
}

/// The QR code of `text` as squares for a [`super::Paper`], `caption` under it.
pub fn squares(text: &str, caption: Vec<String>) -> Result<super::Qr, QrImageError> {
    let modules = Modules::of(text)?;
    Ok(super::Qr {
        side: modules.width,
        dark: modules.dark,
        caption,
    })
}

/// The QR code of `text` as an SVG of its own, one unit a module, ready to be put in HTML.
pub fn svg(text: &str) -> Result<String, QrImageError> {
    let modules = Modules::of(text)?;
    let side = modules.side();
    let mut path = String::new();
    for y in 0..side {
        let mut x = 0;
        while x < side {
            let run = (x..side).take_while(|x| modules.is_dark(*x, y)).count();
            if run > 0 {
                path.push_str(&format!("M{x} {y}h{run}v1h-{run}z"));
            }
            x += run.max(1);
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path d=\"{path}\"/></svg>"
    ))
}

/// The QR code of `text` as a PNG, black and white, `scale` pixels a module (1 to 64).
pub fn png(text: &str, scale: u8) -> Result<Vec<u8>, QrImageError> {
    let modules = Modules::of(text)?;
    let scale = usize::from(scale.clamp(1, 64));
    let side = modules.side() * scale;
    let row_bytes = side.div_ceil(8);
    let mut pixels = vec![0xff_u8; row_bytes * side];
    for y in 0..side {
        for x in 0..side {
            if modules.is_dark(x / scale, y / scale) {
                pixels[y * row_bytes + x / 8] &= !(0x80 >> (x % 8));
            }
        }
    }
    let wrong = |e: png::EncodingError| QrImageError::Png(e.to_string());
    let side = u32::try_from(side).map_err(|_| QrImageError::TooLarge)?;
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().map_err(wrong)?;
    writer.write_image_data(&pixels).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    Ok(out)
}

/// The text of the one QR code in a PNG.
pub fn read_png(bytes: &[u8]) -> Result<String, QrImageError> {
    let (width, height, grey) = grey(bytes)?;
    let at = |x: usize, y: usize| grey.get(y * width + x).copied().unwrap_or(u8::MAX);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, at);
    let mut texts: Vec<String> = Vec::new();
    let mut damage = None;
    for grid in image.detect_grids() {
        match grid.decode() {
            Ok((_, text)) if !texts.contains(&text) => texts.push(text),
            Ok(_) => {}
            Err(e) => damage = Some(e.to_string()),
        }
    }
    match (texts.len(), damage) {
        (0, None) => Err(QrImageError::NoCode),
        (0, Some(why)) => Err(QrImageError::Unreadable(why)),
        (1, None) => Ok(texts.swap_remove(0)),
        _ => Err(QrImageError::SeveralCodes),
    }
}

/// Width, height and lightness of each pixel; what is transparent is white paper.
fn grey(bytes: &[u8]) -> Result<(usize, usize, Vec<u8>), QrImageError> {
    let wrong = |e: png::DecodingError| QrImageError::Png(e.to_string());
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(wrong)?;
    let (width, height) = reader.info().size();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(QrImageError::TooLarge);
    }
    let size = reader.output_buffer_size().ok_or(QrImageError::TooLarge)?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(wrong)?;
    let samples = frame.color_type.samples();
    let lightness = |pixel: &[u8]| match *pixel {
        [grey] => grey,
        [grey, alpha] => on_white(grey, alpha),
        [r, g, b] => mean(r, g, b),
        [r, g, b, alpha] => on_white(mean(r, g, b), alpha),
        _ => u8::MAX,
    };
    let used = pixels.get(..frame.buffer_size()).unwrap_or_default();
    let grey = used.chunks_exact(samples).map(lightness).collect();
    let side = |n: u32| usize::try_from(n).map_err(|_| QrImageError::TooLarge);
    Ok((side(width)?, side(height)?, grey))
}

fn mean(r: u8, g: u8, b: u8) -> u8 {
    let sum = u16::from(r) + u16::from(g) + u16::from(b);
    u8::try_from(sum / 3).unwrap_or(u8::MAX)
}

fn on_white(grey: u8, alpha: u8) -> u8 {
    let dark = (u16::from(u8::MAX) - u16::from(grey)) * u16::from(alpha) / 255;
    u8::MAX - u8::try_from(dark).unwrap_or(u8::MAX)
}

impl std::fmt::Display for QrImageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            QrImageError::TooLong => f.write_str("the text is too long for a QR code"),
            QrImageError::Png(why) => write!(f, "no readable PNG: {why}"),
            QrImageError::TooLarge => f.write_str("more than 24 million pixels"),
            QrImageError::NoCode => f.write_str("no QR code in the image"),
            QrImageError::SeveralCodes => f.write_str("more than one QR code in the image"),
            QrImageError::Unreadable(why) => write!(f, "a QR code that cannot be read: {why}"),
        }
    }
}

impl std::error::Error for QrImageError {}

#[cfg(test)]
mod tests {
    // In a test a failed unwrap is the message.
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TEXT: &str = "00020101021238570010A00000072701270006970405011312345678901230208QRIBFTTA530370454065400005802VN62250821HP0001A THANG 09 202663043765";

    /// Catches an image that no longer says its text, at any size a printer may want.
    #[test]
    fn a_png_is_read_back() {
        for scale in [2, 3, 8, 20] {
            assert_eq!(
                read_png(&png(TEXT, scale).unwrap()).as_deref(),
                Ok(TEXT),
                "{scale}"
            );
        }
    }

    /// Catches an SVG whose dark squares are not those of the PNG, or without quiet zone.
    #[test]
    fn an_svg_draws_the_same_modules() {
        let drawing = svg(TEXT).unwrap();
        let modules = Modules::of(TEXT).unwrap();
        let path = drawing.split("<path d=\"").nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        let mut dark = vec![false; modules.side() * modules.side()];
        for run in path.split_terminator('z') {
            let numbers: Vec<usize> = run
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|n| n.parse().ok())
                .collect();
            let [x, y, length, 1, back] = numbers[..] else {
                panic!("{run}")
            };
            assert_eq!(length, back);
            dark[y * modules.side() + x..][..length].fill(true);
        }
        for (n, dark) in dark.into_iter().enumerate() {
            let (x, y) = (n % modules.side(), n / modules.side());
            assert_eq!(dark, modules.is_dark(x, y), "{x} {y}");
            assert!(!dark || (x.min(y) >= 4 && x.max(y) < modules.side() - 4));
        }
    }

    /// Catches an image that cannot be read and is answered with a text or a panic.
    #[test]
    fn what_is_no_code_is_said() {
        let whole = png(TEXT, 4).unwrap();
        assert_eq!(png(&"x".repeat(3000), 4), Err(QrImageError::TooLong));
        assert!(matches!(read_png(b"no png"), Err(QrImageError::Png(_))));
        assert!(matches!(
            read_png(&whole[..whole.len() / 2]),
            Err(QrImageError::Png(_))
        ));
        let mut blank = Vec::new();
        let mut encoder = png::Encoder::new(&mut blank, 64, 64);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[255; 64 * 64]).unwrap();
        writer.finish().unwrap();
        assert_eq!(read_png(&blank), Err(QrImageError::NoCode));
    }
}
