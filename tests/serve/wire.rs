//! A client that writes HTTP by hand, so that it can also write it wrongly.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longer than anything that the tests wait for.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Wire {
    stream: BufReader<TcpStream>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Lower-case lines, `name: value`.
    pub headers: Vec<String>,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

/// Headers of a request, by name.
pub type Headers = Vec<(&'static str, String)>;

impl Wire {
    pub fn to(address: SocketAddr) -> Wire {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Wire {
            stream: BufReader::new(stream),
        }
    }

    /// Writes bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// Says that nothing more will come.
    pub fn end(&mut self) {
        self.stream.get_mut().shutdown(Shutdown::Write).unwrap();
    }

    /// Writes a whole request, and waits for nothing.
    pub fn ask(&mut self, method: &str, path: &str, headers: &Headers, body: &[u8]) {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes);
    }

    /// Reads an answer; none where the connection ended without one.
    pub fn answer(&mut self) -> Option<Answer> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_lowercase();
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
        let length = lines
            .iter()
            .find_map(|l| l.strip_prefix("content-length: "))
            .map_or(0, |n| n.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        Some(Answer {
            status,
            headers: lines,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }

    pub fn send(&mut self, method: &str, path: &str, headers: &Headers, body: &[u8]) -> Answer {
        self.ask(method, path, headers, body);
        self.answer().expect("an answer")
    }
}

/// A request on a connection of its own.
pub fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &Headers,
    body: &[u8],
) -> Answer {
    Wire::to(address).send(method, path, headers, body)
}

/// Waits until the server says so much of `what`: `waiting`, accepted and not answered;
/// `queued`, not in the writer's hands.
pub fn until(address: SocketAddr, what: &str, n: u64) {
    let until = Instant::now() + PATIENCE;
    let mut wire = Wire::to(address);
    loop {
        let seen = wire.send("GET", "/healthz", &Vec::new(), b"");
        if seen.body[what].as_u64() == Some(n) {
            return;
        }
        assert!(Instant::now() < until, "{seen:?}");
    }
}
