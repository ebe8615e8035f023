//! Notices over HTTP/1.1: a connection for each, its answer awaited.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// No answer is longer.
const ANSWER_MAX: u64 = 64 * 1024;

/// Posts a signed body to a plain `http://` address; the status of the answer.
///
/// # Errors
/// When the address is of another kind, nobody answers within 30 s, or not in HTTP.
pub fn post(url: &str, signature: &str, body: &str) -> io::Result<u16> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{url}: {what}"));
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| wrong("an address begins with http://"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address = match host.contains(':') {
        true => host.to_owned(),
        false => format!("{host}:80"),
    };
    let mut stream = TcpStream::connect(address)?;
    let limit = Some(Duration::from_secs(30));
    stream.set_read_timeout(limit)?;
    stream.set_write_timeout(limit)?;
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         X-AnSinh-Signature: {signature}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()?;
    let mut answer = BufReader::new(stream.take(ANSWER_MAX));
    let mut line = String::new();
    answer.read_line(&mut line)?;
    // read to the end, so that the answer was given as a whole
    io::copy(&mut answer, &mut io::sink())?;
    let status = line.strip_prefix("HTTP/1.1 ").and_then(|l| l.get(..3));
    status
        .and_then(|s| s.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("no answer: {line:?}")))
}
