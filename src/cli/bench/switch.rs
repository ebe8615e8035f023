//! Payments by ISO 8583: the world's host on loopback and the client in this process, one
//! connection, as many requests under way as asked for. Numbers come from the database as
//! always; what the host booked is compared with what was approved.

use crate::clock::{Clock, stopwatch};
use crate::error::{Failure, Fault};
use crate::gateway::iso8583::{
    Answer, Body, Config, FrameKind, MacKey, Numbers, Profile, Request, SwitchClient, Timing,
    Transfer,
};
use crate::store::Db;
use ansinh_settlement::Dong;
use ansinh_simulator::switch::{SwitchConfig, serve_switch};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const KEY: &[u8] = b"a key of the benchmark";

/// What was measured.
pub struct Sent {
    pub took: Duration,
    /// Of each payment, from its numbers to its answer, in order of length.
    pub waits: Vec<Duration>,
}

pub async fn transfers(db: &Db, count: i64, in_flight: i64) -> Result<Sent, Failure> {
    let fault = |what: String| Failure::Fault(Fault::Gateway(what));
    let host = SwitchConfig {
        key: KEY.to_vec(),
        ..SwitchConfig::default()
    };
    let (address, host) = serve_switch(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), host)
        .await
        .map_err(|e| fault(format!("loopback: {e}")))?;
    let terminals = ["BENCH001", "BENCH002"].map(String::from);
    let numbers = Arc::new(Numbers::new(db, "bench", &terminals, Clock::System));
    let config = Config {
        address: address.to_string(),
        frame: FrameKind::Binary2,
        profile: Profile::default(),
        timing: Timing::default(),
        in_flight_max: u32::try_from(in_flight).unwrap_or(1),
    };
    let key = MacKey::new(KEY)?;
    let client = SwitchClient::start(config, key, numbers, Clock::System, |_| {})?;
    let client = Arc::new(client);
    if !client.is_up_within(Duration::from_secs(30)).await {
        return Err(fault("the host on loopback does not answer".into()));
    }
    let next = Arc::new(AtomicI64::new(0));
    let since = stopwatch();
    let workers: Vec<_> = (0..in_flight)
        .map(|_| tokio::spawn(work(client.clone(), next.clone(), count)))
        .collect();
    let mut waits = Vec::new();
    for worker in workers {
        let done = worker.await.map_err(|e| fault(format!("a sender: {e}")))?;
        waits.extend(done?);
    }
    let took = since.elapsed();
    if let Ok(client) = Arc::try_unwrap(client) {
        client.close().await;
    }
    let booked = host.booked();
    host.stop().await;
    let references: BTreeSet<&str> = booked.iter().map(|b| b.reference.as_str()).collect();
    let all = usize::try_from(count).unwrap_or(0);
    if booked.len() != all || references.len() != all {
        let what = format!("{count} were approved, {} booked", booked.len());
        return Err(Fault::Corrupt(what).into());
    }
    waits.sort_unstable();
    Ok(Sent { took, waits })
}

/// Sends payments, one after the other, until all are sent.
async fn work(
    client: Arc<SwitchClient>,
    next: Arc<AtomicI64>,
    count: i64,
) -> Result<Vec<Duration>, Failure> {
    let mut waits = Vec::new();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= count {
            return Ok(waits);
        }
        let since = stopwatch();
        let request = Request {
            trace: client.numbers().next().await?,
            body: Body::Transfer(payment(n)?),
        };
        match client.send(&request).await {
            Ok(Answer::Approved(_)) => waits.push(since.elapsed()),
            other => {
                let what = format!("payment {n} was not approved: {other:?}");
                return Err(Fault::Gateway(what).into());
            }
        }
    }
}

fn payment(n: i64) -> Result<Transfer, Failure> {
    let amount = 500_000 + n % 1_000;
    Ok(Transfer {
        reference: format!("P{n:012}"),
        amount: Dong::new(amount).map_err(|e| Fault::Corrupt(e.to_string()))?,
        from_account: "1300200012345".into(),
        from_name: "PHONG LAO DONG".into(),
        to_bank: "970436".into(),
        to_account: format!("00110{n:08}"),
        to_name: "NGUYEN THI MAU".into(),
        content: "TRO CAP THANG 6/2026".into(),
    })
}
