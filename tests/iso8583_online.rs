//! Payments by messages against the world's host, over a real socket: what is answered,
//! what is lost, and that nobody ever takes the one for the other.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

mod harness;
#[path = "iso8583/host.rs"]
mod host;
#[path = "iso8583/messages.rs"]
mod messages;

use ansinh::error::Failure;
use ansinh::gateway::iso8583::client::Link;
use ansinh::gateway::iso8583::numbers::{STANS, TakeNumbers};
use ansinh::gateway::iso8583::{
    Answer, Body, NotSent, Numbers, Request, Totals, Trace, Transfer, Why,
};
use ansinh::store::run;
use ansinh_simulator::switch::wire::Length;
use ansinh_simulator::switch::{Booked, Holder, Holders, SwitchConfig, SwitchFaults};
use harness::{both, clock, ctx, now};
use host::{World, fate, host_config, name_inquiry, terminals, timing, with_db};
use messages::{KEY, transfer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn is_approved(answer: &Result<Answer, NotSent>) -> bool {
    matches!(answer, Ok(Answer::Approved(_)))
}

fn unknown(why: Why) -> Result<Answer, NotSent> {
    Ok(Answer::Unknown(why))
}

/// Catches a request or answer that does not survive the way to a bank and back, with
/// either form of length, and a bank that books another payment than was asked.
#[test]
fn a_payment_is_asked_sent_looked_up_and_undone() {
    with_db("iso_whole", async |db| {
        for length in [Length::Binary, Length::Digits] {
            let config = SwitchConfig {
                length,
                holders: Holders::Listed(BTreeMap::from([
                    holder("0011000000123", false),
                    holder(&transfer(1).to_account, false),
                    holder(&transfer(2).to_account, true),
                ])),
                ..host_config(SwitchFaults::default())
            };
            let world = World::start(db, config, timing()).await;
            let Ok(Answer::Approved(name)) = world.send(name_inquiry()).await else {
                panic!("no name")
            };
            assert_eq!(name.holder.as_deref(), Some("NGUYEN THI MAU"));
            let (transfer, original, paid) = world.pay(1).await;
            let Ok(Answer::Approved(approval)) = paid else {
                panic!("{paid:?}")
            };
            assert!(approval.approval.is_some() && approval.settles_on.as_deref() == Some("0605"));
            let booked = world.host.booked();
            assert_eq!(booked.len(), 1);
            assert_eq!(said(&booked[0]), asked(&transfer, &original));
            let status = || Body::StatusInquiry {
                transfer: transfer.clone(),
                original: original.clone(),
            };
            assert!(is_approved(&world.send(status()).await));
            assert_eq!(world.pay(2).await.2, Ok(Answer::Declined("14".into())));
            assert_eq!(world.pay(3).await.2, Ok(Answer::Declined("14".into())));
            let totals = |reversed: i64| Body::Totals {
                day: now().day(),
                totals: Totals {
                    debits: 1,
                    debit_amount: transfer.amount.get(),
                    debits_reversed: reversed,
                    debit_reversed_amount: reversed * transfer.amount.get(),
                    ..Totals::default()
                },
            };
            assert_eq!(balanced(&world, totals(0)).await, Some(true));
            let reversal = Body::Reversal {
                transfer: transfer.clone(),
                original: original.clone(),
            };
            assert!(is_approved(&world.send(reversal.clone()).await));
            assert!(is_approved(&world.send(reversal).await));
            assert!(world.host.booked()[0].reversed);
            assert_eq!(
                world.send(status()).await,
                Ok(Answer::Declined("25".into()))
            );
            assert_eq!(balanced(&world, totals(0)).await, Some(false));
            assert_eq!(balanced(&world, totals(1)).await, Some(true));
            assert_eq!((world.host.unread(), world.unmatched()), (0, vec![]));
            let before = world.host.requests();
            let host = {
                world.client.close().await;
                world.host
            };
            assert_eq!(host.requests(), before + 1, "no sign-off");
            host.stop().await;
        }
    });
}

fn holder(account: &str, closed: bool) -> ((String, String), Holder) {
    let name = "NGUYEN THI MAU".to_owned();
    (("970436".into(), account.into()), Holder { name, closed })
}

async fn balanced(world: &World, totals: Body) -> Option<bool> {
    match world.send(totals).await {
        Ok(Answer::Approved(approval)) => approval.balanced,
        other => panic!("{other:?}"),
    }
}

type Facts = (String, String, i64, String, String, String);

fn said(b: &Booked) -> Facts {
    let b = b.clone();
    (
        b.reference,
        b.rrn,
        b.amount,
        b.from_account,
        b.to_bank,
        b.to_account,
    )
}

fn asked(t: &Transfer, trace: &Trace) -> Facts {
    let t = t.clone();
    let amount = t.amount.get();
    (
        t.reference,
        trace.rrn.clone(),
        amount,
        t.from_account,
        t.to_bank,
        t.to_account,
    )
}

/// Catches an answer under a wrong MAC that is believed, and one that is not reported.
#[test]
fn an_answer_with_a_wrong_mac_is_no_answer() {
    with_db("iso_mac", async |db| {
        let faults = SwitchFaults {
            wrong_mac: 1_000,
            ..SwitchFaults::default()
        };
        let quick = ansinh::gateway::iso8583::Timing {
            answer: Duration::from_millis(150),
            ..timing()
        };
        let world = World::start(db, host_config(faults), quick).await;
        assert_eq!(world.pay(1).await.2, unknown(Why::NoAnswer));
        assert_eq!(world.unmatched(), [("mac_wrong", None)]);
        assert_eq!(world.host.booked().len(), 1);
        assert!(world.is(Link::Up));
        world.end().await;
        // Our own messages under another key: the host reads none, not even the sign-on.
        let other = SwitchConfig {
            key: b"another".to_vec(),
            ..host_config(SwitchFaults::default())
        };
        let free = "127.0.0.1:0".parse().unwrap();
        let (address, host) = ansinh_simulator::switch::serve_switch(free, other)
            .await
            .unwrap();
        let client = ansinh::gateway::iso8583::SwitchClient::start(
            ansinh::gateway::iso8583::Config {
                address: address.to_string(),
                frame: ansinh::gateway::iso8583::FrameKind::Binary2,
                profile: ansinh::gateway::iso8583::Profile::default(),
                timing: quick,
                in_flight_max: 1,
            },
            ansinh::gateway::iso8583::MacKey::new(KEY).unwrap(),
            Arc::new(Numbers::new(db, "other", &terminals(), clock())),
            clock(),
            |_| {},
        );
        let client = client.unwrap();
        assert!(!client.is_up_within(Duration::from_millis(400)).await);
        assert!(host.unread() > 0 && host.requests() == 0);
        client.close().await;
        host.stop().await;
    });
}

/// Catches a late answer that is lost or given to somebody else, a second answer that
/// counts again, and the same numbers under way twice.
#[test]
fn late_second_and_doubled_messages_are_told_apart() {
    with_db("iso_late", async |db| {
        let late = SwitchFaults {
            late: 1_000,
            late_ms: 300,
            ..SwitchFaults::default()
        };
        let quick = ansinh::gateway::iso8583::Timing {
            answer: Duration::from_millis(100),
            ..timing()
        };
        let world = World::start(db, host_config(late.clone()), quick).await;
        let (transfer, _, answer) = world.pay(1).await;
        assert_eq!(answer, unknown(Why::NoAnswer));
        world
            .until("the late answer", |w| !w.unmatched().is_empty())
            .await;
        let heard = world.unmatched();
        assert_eq!(heard, [("nobody_waits", Some(transfer.reference))]);
        world.end().await;

        let world = World::start(db, host_config(late), timing()).await;
        let request = Request {
            trace: world.trace().await,
            body: Body::Transfer(messages::transfer(2)),
        };
        let (first, second) =
            tokio::join!(world.client.send(&request), world.client.send(&request));
        assert!(is_approved(&first), "{first:?}");
        assert_eq!(second, Err(NotSent::DuplicateKey));
        assert_eq!(world.host.booked().len(), 1);
        world.end().await;

        let twice = SwitchFaults {
            duplicate: 1_000,
            ..SwitchFaults::default()
        };
        let world = World::start(db, host_config(twice), timing()).await;
        let (transfer, _, answer) = world.pay(3).await;
        assert!(is_approved(&answer));
        world
            .until("the second answer", |w| !w.unmatched().is_empty())
            .await;
        let heard = world.unmatched();
        assert_eq!(heard, [("nobody_waits", Some(transfer.reference))]);
        world.end().await;
    });
}

/// Catches a payment that is called "not sent" though it may have left, one that is sent
/// while nobody is there, and a client that does not come back.
#[test]
fn a_host_that_goes_leaves_unknown_and_comes_back() {
    with_db("iso_down", async |db| {
        let world = World::start(db, host_config(SwitchFaults::default()), timing()).await;
        world.host.set_mute(true);
        let sent = world.host.requests();
        let (paid, ()) = tokio::join!(world.pay(1), async {
            world
                .until("the payment", |w| w.host.requests() > sent)
                .await;
            world.host.set_down(true);
        });
        assert_eq!(paid.2, unknown(Why::ConnectionLost));
        assert_eq!(
            world.host.booked().len(),
            1,
            "it was booked and nobody was told"
        );
        world.until("down", |w| w.is(Link::Down)).await;
        assert_eq!(world.pay(2).await.2, Err(NotSent::NotConnected));
        world.host.set_mute(false);
        world.host.set_down(false);
        assert!(
            world.client.is_up_within(host::PATIENCE).await,
            "never back"
        );
        assert!(fate(&world, &paid.0, &paid.1).await);
        assert_eq!(world.client.counts().sign_ons.load(Ordering::Relaxed), 2);
        assert_eq!(world.host.booked().len(), 1);
        world.end().await;
    });
}

/// Catches a dead line that is taken for a quiet one, and a quiet one that is given up.
#[test]
fn a_quiet_line_is_asked_whether_it_lives() {
    with_db("iso_echo", async |db| {
        let quick = ansinh::gateway::iso8583::Timing {
            idle: Duration::from_millis(30),
            answer: Duration::from_millis(300),
            ..timing()
        };
        let world = World::start(db, host_config(SwitchFaults::default()), quick).await;
        let echoes = |w: &World| w.client.counts().echoes.load(Ordering::Relaxed);
        world.until("echoes", |w| echoes(w) >= 3).await;
        assert!(world.is(Link::Up));
        world.host.set_mute(true);
        world.until("down", |w| !w.is(Link::Up)).await;
        world.host.set_mute(false);
        assert!(world.client.is_up_within(host::PATIENCE).await);
        world.end().await;
    });
}

/// Catches a host whose own messages are not heard, or are obeyed though they are old or
/// not its to send; and noise that ends a good connection, or that never does.
#[test]
fn the_host_may_speak_first() {
    with_db("iso_host", async |db| {
        let world = World::start(db, host_config(SwitchFaults::default()), timing()).await;
        let before = world.host.requests();
        world.host.say("0800", &[(7, "0605020100"), (70, "301")]);
        world
            .until("an answer to the echo", |w| w.host.requests() > before)
            .await;
        world.host.say("0800", &[(7, "0604020100"), (70, "002")]);
        world.host.say(
            "0200",
            &[
                (3, "912020"),
                (4, "000000000100"),
                (7, "0605020000"),
                (12, "090000"),
                (13, "0605"),
                (37, "615600000001"),
                (41, "T       "),
                (49, "704"),
                (63, "P1"),
                (32, "970436"),
                (100, "970405"),
                (103, "1"),
            ],
        );
        world
            .until("two refusals", |w| w.unmatched().len() == 2)
            .await;
        let codes: Vec<_> = world
            .unmatched()
            .into_iter()
            .map(|(code, _)| code)
            .collect();
        assert_eq!(codes, ["stale_time", "wrong_direction"]);
        assert!(world.is(Link::Up));
        world.host.say("0800", &[(7, "0605020100"), (70, "002")]);
        world.until("signed off", |w| w.is(Link::SignedOff)).await;
        assert_eq!(world.pay(1).await.2, Err(NotSent::NotConnected));
        world.host.say("0800", &[(7, "0605020100"), (70, "001")]);
        world.until("up again", |w| w.is(Link::Up)).await;
        assert!(is_approved(&world.pay(2).await.2));
        for n in 0..15u8 {
            world.host.say_bytes(vec![n; 30]);
        }
        world.until("noise", |w| w.unmatched().len() == 17).await;
        assert!(
            is_approved(&world.pay(3).await.2),
            "noise ended the connection"
        );
        for n in 0..16u8 {
            world.host.say_bytes(vec![n; 30]);
        }
        let sign_ons = |w: &World| w.client.counts().sign_ons.load(Ordering::Relaxed);
        world.until("a new connection", |w| sign_ons(w) == 2).await;
        world.end().await;
    });
}

/// Catches a number used twice: after a restart, by two programs on one database, or when
/// a terminal's numbers are used up.
#[test]
fn a_number_is_used_once_in_a_day() {
    both("iso_numbers", async |test| {
        let other = test.again().await;
        let mut seen = BTreeSet::new();
        for _ in 0..3 {
            // A restart: what is left of the block before is gone.
            let sources =
                [&test.db, &other].map(|db| Numbers::new(db, "bank", &terminals(), clock()));
            for _ in 0..5 {
                for source in &sources {
                    let trace = source.next().await.unwrap();
                    assert!(seen.insert(trace.rrn.clone()), "{trace:?}");
                    assert!(seen.insert(format!("{}/{}", trace.terminal, trace.stan)));
                }
            }
        }
        let take = |count| TakeNumbers {
            channel: "full".into(),
            day: now().day(),
            count,
        };
        run(&test.db, &ctx("switch"), &take(2 * STANS - 1))
            .await
            .unwrap();
        let source = Numbers::new(&test.db, "full", &terminals(), clock());
        let last = source.next().await.unwrap();
        assert_eq!((last.stan, last.terminal.as_str()), (999_999, "AS000002"));
        let Err(Failure::Reject(reject)) = source.next().await else {
            panic!("a number too many")
        };
        assert_eq!(reject.code(), "switch_numbers_used_up");
        other.close().await;
    });
}
