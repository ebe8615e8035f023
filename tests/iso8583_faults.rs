//! Payments by messages while the world's host does everything wrong: what an answer says
//! must be what the bank's own ledger says.
//!
//! `ANSINH_TEST_SEEDS` sets the number of seeds of the host's faults (3 unless set).

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

mod harness;
#[path = "iso8583/host.rs"]
mod host;
#[path = "iso8583/messages.rs"]
mod messages;

use ansinh::gateway::iso8583::{Answer, NotSent, Timing};
use ansinh_simulator::switch::SwitchFaults;
use host::{World, fate, host_config, timing, with_db};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Every fault of the host, often.
fn all_faults(seed: u64) -> SwitchFaults {
    SwitchFaults {
        seed,
        no_answer: 20,
        late: 20,
        late_ms: 500,
        lost_after_booking: 20,
        duplicate: 20,
        wrong_mac: 20,
        garbage: 20,
        half_frame: 5,
        slow_frame: 5,
        slow_ms: 1,
        host_down: 4,
        down_ms: 40,
        refuse: ["51", "14", "61", "91"].map(|rc| (rc, 10)).to_vec(),
        late_response: 20,
    }
}

/// Catches an answer that says "paid" or "not paid" against what the bank's own ledger
/// says, a payment booked twice, and a fate that asking does not find out: with hundreds
/// under way on one connection and every fault of lines and hosts at once.
#[test]
fn no_fault_makes_an_answer_that_is_not_true() {
    with_db("iso_faults", async |db| {
        let mut met = BTreeSet::new();
        let seeds = std::env::var("ANSINH_TEST_SEEDS").ok();
        for seed in 1..=seeds.map_or(3u64, |n| n.parse().unwrap()) {
            let quick = Timing {
                answer: Duration::from_millis(250),
                frame: Duration::from_millis(100),
                ..timing()
            };
            let world = Arc::new(World::start(db, host_config(all_faults(seed)), quick).await);
            let workers: Vec<_> = (0..64u32)
                .map(|w| tokio::spawn(pay_and_ask(world.clone(), w * 100)))
                .collect();
            let mut asked_about = 0;
            for worker in workers {
                for (reference, unknown, real) in worker.await.unwrap() {
                    asked_about += u32::from(unknown);
                    let all = world.host.booked();
                    let booked = all.iter().filter(|b| b.reference == reference).count();
                    assert_eq!(booked, usize::from(real), "seed {seed}: {reference}");
                }
            }
            assert!(asked_about > 20, "only {asked_about} were unknown");
            met.extend(world.host.faults_met().into_iter().map(|(fault, _)| fault));
            let world = Arc::into_inner(world).unwrap();
            let unmatched = world.unmatched();
            for code in ["nobody_waits", "mac_wrong"] {
                assert!(unmatched.iter().any(|(c, _)| *c == code), "no {code}");
            }
            world.end().await;
        }
        assert_eq!(met.len(), 15, "faults that were never met: {met:?}");
    });
}

/// Sends payments one after the other: reference, whether its fate was unknown, and
/// whether it is booked as far as the answers say.
async fn pay_and_ask(world: Arc<World>, first: u32) -> Vec<(String, bool, bool)> {
    let mut out = Vec::new();
    for n in first..first + 12 {
        assert!(world.client.is_up_within(host::PATIENCE).await);
        let (transfer, original, answer) = world.pay(n).await;
        let (unknown, real) = match answer {
            Ok(Answer::Approved(_)) => (false, true),
            Ok(Answer::Declined(_)) | Err(NotSent::NotConnected) => (false, false),
            Ok(Answer::Unknown(_)) => (true, fate(&world, &transfer, &original).await),
            Err(other) => panic!("{other:?}"),
        };
        out.push((transfer.reference, unknown, real));
    }
    out
}
