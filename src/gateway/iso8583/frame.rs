//! Messages on a stream: each has its length before it, as two bytes or as four digits.
//! A length of zero is a sign of life. Never more memory than one message and what a read
//! brought; a message that has begun must be whole within a time.

use super::guard::{MESSAGE_MAX, Refusal, RefusalKind};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// How the length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// Two bytes, the higher first.
    Binary2,
    /// Four digits in ASCII.
    Ascii4,
}

impl FrameKind {
    #[must_use]
    pub const fn header(self) -> usize {
        match self {
            FrameKind::Binary2 => 2,
            FrameKind::Ascii4 => 4,
        }
    }

    /// Appends a message with its length.
    ///
    /// # Errors
    /// `too_large` above [`MESSAGE_MAX`].
    pub fn put(self, out: &mut Vec<u8>, message: &[u8]) -> Result<(), Refusal> {
        let large = || Refusal::new(RefusalKind::TooLarge, 0, MESSAGE_MAX);
        let len = u16::try_from(message.len()).map_err(|_| large())?;
        if message.len() > MESSAGE_MAX {
            return Err(large());
        }
        match self {
            FrameKind::Binary2 => out.extend_from_slice(&len.to_be_bytes()),
            FrameKind::Ascii4 => out.extend_from_slice(format!("{len:04}").as_bytes()),
        }
        out.extend_from_slice(message);
        Ok(())
    }

    /// The length that a header tells.
    fn length(self, header: &[u8]) -> Result<usize, Refusal> {
        let len = match self {
            FrameKind::Binary2 => header.iter().fold(0, |n, b| n << 8 | usize::from(*b)),
            FrameKind::Ascii4 => {
                if let Some(i) = header.iter().position(|b| !b.is_ascii_digit()) {
                    return Err(Refusal::new(RefusalKind::FrameHeader, 0, i));
                }
                header
                    .iter()
                    .fold(0, |n, b| n * 10 + usize::from(*b - b'0'))
            }
        };
        if len > MESSAGE_MAX {
            return Err(Refusal::new(RefusalKind::TooLarge, 0, 0));
        }
        Ok(len)
    }
}

/// What a stream brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    Message(Vec<u8>),
    /// A length of zero.
    Alive,
    /// The stream ended between two messages.
    End,
}

/// Why a stream cannot be read on.
#[derive(Debug)]
pub enum FrameError {
    Refused(Refusal),
    Io(std::io::Error),
}

const READ: usize = 16 * 1024;

/// Reads frames off a stream.
pub struct FrameReader<R> {
    stream: R,
    kind: FrameKind,
    /// From its first byte to its last, a message may take so long.
    within: Duration,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that were handed out.
    taken: usize,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub fn new(stream: R, kind: FrameKind, within: Duration) -> FrameReader<R> {
        FrameReader {
            stream,
            kind,
            within,
            buffer: Vec::with_capacity(READ),
            taken: 0,
        }
    }

    /// The next frame; waits for its first byte as long as it takes.
    ///
    /// # Errors
    /// `frame_header`, `too_large`, `half_frame`, `slow_frame`, or what the stream said.
    /// After an error the stream has no known place and must be left.
    pub async fn next(&mut self) -> Result<Frame, FrameError> {
        if let Some(frame) = self.whole().map_err(FrameError::Refused)? {
            return Ok(frame);
        }
        if self.buffer.len() == self.taken && self.fill().await.map_err(FrameError::Io)? == 0 {
            return Ok(Frame::End);
        }
        let within = self.within;
        tokio::time::timeout(within, self.rest())
            .await
            .unwrap_or(Err(FrameError::Refused(Refusal::new(
                RefusalKind::SlowFrame,
                0,
                0,
            ))))
    }

    /// Reads until the frame that has begun is whole.
    async fn rest(&mut self) -> Result<Frame, FrameError> {
        loop {
            if let Some(frame) = self.whole().map_err(FrameError::Refused)? {
                return Ok(frame);
            }
            let begun = self.buffer.len() - self.taken;
            if self.fill().await.map_err(FrameError::Io)? == 0 {
                let half = Refusal::new(RefusalKind::HalfFrame, 0, begun);
                return Err(FrameError::Refused(half));
            }
        }
    }

    /// Bytes read; 0 at the end of the stream.
    async fn fill(&mut self) -> std::io::Result<usize> {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
        self.stream.read_buf(&mut self.buffer).await
    }

    fn whole(&mut self) -> Result<Option<Frame>, Refusal> {
        let waiting = &self.buffer[self.taken..];
        let Some(header) = waiting.get(..self.kind.header()) else {
            return Ok(None);
        };
        let len = self.kind.length(header)?;
        let end = self.kind.header() + len;
        let Some(body) = waiting.get(self.kind.header()..end) else {
            return Ok(None);
        };
        let frame = match body {
            [] => Frame::Alive,
            body => Frame::Message(body.to_vec()),
        };
        self.taken += end;
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(work)
    }

    async fn read(kind: FrameKind, bytes: &[u8]) -> (Vec<Frame>, Option<&'static str>) {
        let mut reader = FrameReader::new(bytes, kind, Duration::from_secs(5));
        let mut out = Vec::new();
        loop {
            match reader.next().await {
                Ok(Frame::End) => return (out, None),
                Ok(frame) => out.push(frame),
                Err(FrameError::Refused(r)) => return (out, Some(r.kind.code())),
                Err(FrameError::Io(e)) => panic!("{e}"),
            }
        }
    }

    /// Catches a length that is off by its header, a sign of life taken for a message or
    /// for the end, and a last message that is lost.
    #[test]
    fn messages_come_out_as_they_went_in() {
        run(async {
            for kind in [FrameKind::Binary2, FrameKind::Ascii4] {
                let largest = vec![b'7'; MESSAGE_MAX];
                let mut wire = Vec::new();
                for message in [b"0200".as_slice(), b"", b"x", &largest] {
                    kind.put(&mut wire, message).unwrap();
                }
                let whole = vec![
                    Frame::Message(b"0200".to_vec()),
                    Frame::Alive,
                    Frame::Message(b"x".to_vec()),
                    Frame::Message(largest),
                ];
                assert_eq!(read(kind, &wire).await, (whole, None));
                assert!(kind.put(&mut wire, &vec![0; MESSAGE_MAX + 1]).is_err());
            }
        });
    }

    /// Catches a header of the peer that makes us wait for or allocate what it likes, and
    /// an end within a message that looks like an end between two.
    #[test]
    fn a_bad_length_ends_the_reading() {
        run(async {
            let ascii: [(&[u8], &str); 5] = [
                (b"00x4abcd", "frame_header"),
                (b"+004abcd", "frame_header"),
                (b"9999abcd", "too_large"),
                (b"0004abc", "half_frame"),
                (b"00", "half_frame"),
            ];
            for (wire, code) in ascii {
                assert_eq!(read(FrameKind::Ascii4, wire).await, (vec![], Some(code)));
            }
            let large = [0x20, 0x01, b'a'];
            assert_eq!(
                read(FrameKind::Binary2, &large).await,
                (vec![], Some("too_large"))
            );
        });
    }

    /// Catches a peer that holds a connection for ever by half a message.
    #[test]
    fn a_message_that_does_not_get_on_is_given_up() {
        run(async {
            let (mut theirs, ours) = tokio::io::duplex(64);
            tokio::io::AsyncWriteExt::write_all(&mut theirs, b"0009abc")
                .await
                .unwrap();
            let mut reader = FrameReader::new(ours, FrameKind::Ascii4, Duration::from_millis(20));
            let got = reader.next().await;
            let Err(FrameError::Refused(refusal)) = got else {
                panic!("{got:?}")
            };
            assert_eq!(refusal.kind, RefusalKind::SlowFrame);
        });
    }
}
