//! What is printed or scanned: QR images. Pure; texts come in, bytes go out.

pub mod qr;
