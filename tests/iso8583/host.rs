//! The world's host and a client of it, on loopback, for one test.

// Each test crate has a copy of this file and uses its own part of it.
#![allow(dead_code)]

use super::messages::{KEY, bodies, transfer};
use crate::harness::{clock, together};
use ansinh::gateway::iso8583::client::Link;
use ansinh::gateway::iso8583::{
    Answer, Body, Config, FrameKind, MacKey, NotSent, Numbers, Profile, Request, SwitchClient,
    Timing, Trace, Transfer, Unmatched, UnmatchedWhy,
};
use ansinh::store::Db;
use ansinh_simulator::switch::wire::Length;
use ansinh_simulator::switch::{SwitchConfig, SwitchFaults, SwitchHandle, serve_switch};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const IN_FLIGHT: u32 = 256;

/// Long enough for any machine; a test that waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct World {
    pub host: SwitchHandle,
    pub client: SwitchClient,
    heard: Arc<Mutex<Vec<Unmatched>>>,
}

pub fn timing() -> Timing {
    Timing {
        connect: Duration::from_secs(5),
        answer: Duration::from_secs(10),
        frame: Duration::from_secs(5),
        idle: Duration::from_secs(30),
        pause_first: Duration::from_millis(5),
        pause_longest: Duration::from_millis(50),
    }
}

pub fn host_config(faults: SwitchFaults) -> SwitchConfig {
    SwitchConfig {
        key: KEY.to_vec(),
        faults,
        ..SwitchConfig::default()
    }
}

pub fn terminals() -> Vec<String> {
    vec!["AS000001".into(), "AS000002".into()]
}

impl World {
    /// A host with these faults, and a client that has signed on.
    pub async fn start(db: &Db, config: SwitchConfig, timing: Timing) -> World {
        let frame = match config.length {
            Length::Binary => FrameKind::Binary2,
            Length::Digits => FrameKind::Ascii4,
        };
        let free = "127.0.0.1:0".parse().unwrap();
        let (address, host) = serve_switch(free, config).await.unwrap();
        let config = Config {
            address: address.to_string(),
            frame,
            profile: Profile::default(),
            timing,
            in_flight_max: IN_FLIGHT,
        };
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = heard.clone();
        let numbers = Arc::new(Numbers::new(db, "bank", &terminals(), clock()));
        let key = MacKey::new(KEY).unwrap();
        let client = SwitchClient::start(config, key, numbers, clock(), move |u| {
            ear.lock().unwrap().push(u);
        });
        let world = World {
            host,
            client: client.unwrap(),
            heard,
        };
        assert!(world.client.is_up_within(PATIENCE).await, "not signed on");
        world
    }

    pub async fn trace(&self) -> Trace {
        self.client.numbers().next().await.unwrap()
    }

    pub async fn send(&self, body: Body) -> Result<Answer, NotSent> {
        let trace = self.trace().await;
        self.client.send(&Request { trace, body }).await
    }

    /// Sends payment `n` under numbers of its own.
    pub async fn pay(&self, n: u32) -> (Transfer, Trace, Result<Answer, NotSent>) {
        let (transfer, trace) = (transfer(n), self.trace().await);
        let request = Request {
            trace: trace.clone(),
            body: Body::Transfer(transfer.clone()),
        };
        let answer = self.client.send(&request).await;
        (transfer, trace, answer)
    }

    /// What no request waited for: code, and the reference where there is one.
    pub fn unmatched(&self) -> Vec<(&'static str, Option<String>)> {
        let heard = self.heard.lock().unwrap();
        let code = |u: &Unmatched| match u.why {
            UnmatchedWhy::NobodyWaits => "nobody_waits",
            UnmatchedWhy::Refused(refusal) => refusal.kind.code(),
        };
        let reference = |u: &Unmatched| {
            let text = u.message.as_ref().and_then(|m| m.text(63));
            text.map(str::to_owned)
        };
        heard.iter().map(|u| (code(u), reference(u))).collect()
    }

    /// Waits until the world is as it should be.
    pub async fn until(&self, what: &str, is_so: impl Fn(&World) -> bool) {
        let waiting = async {
            while !is_so(self) {
                tokio::time::timeout(Duration::from_millis(2), std::future::pending::<()>())
                    .await
                    .unwrap_err();
            }
        };
        let done = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(done.is_ok(), "{what}: never; {:?}", self.unmatched());
    }

    pub async fn end(self) {
        self.client.close().await;
        self.host.stop().await;
    }

    pub fn is(&self, link: Link) -> bool {
        self.client.link() == link
    }
}

/// The name inquiry among the requests of every kind.
pub fn name_inquiry() -> Body {
    bodies(1).swap_remove(0)
}

/// Runs with a database; the messages need it for their numbers alone.
pub fn with_db(name: &str, work: impl AsyncFnOnce(&Db)) {
    together(name, |runtime, all| runtime.block_on(work(&all[0].db)));
}

/// Asks until the bank says whether it booked.
pub async fn fate(world: &World, transfer: &Transfer, original: &Trace) -> bool {
    for _ in 0..200 {
        assert!(world.client.is_up_within(PATIENCE).await);
        let status = Body::StatusInquiry {
            transfer: transfer.clone(),
            original: original.clone(),
        };
        match world.send(status).await {
            Ok(Answer::Approved(_)) => return true,
            Ok(Answer::Declined(rc)) if rc == "25" => return false,
            // The host's faults refuse inquiries too: that says nothing of the payment.
            Ok(_) | Err(NotSent::NotConnected) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("the bank never said")
}
