//! The register over HTTP: answers in the form of docs/formats/register.md, the
//! faults that it is asked to have, and an end when it is told to stop.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use ansinh_simulator::register::Served;
use ansinh_simulator::{COMMUNES, Population, RegisterBook, RegisterFaults, World, serve_register};
use serde_json::{Value, json};

/// Posts a body and gives back status and answer.
async fn post(address: SocketAddr, body: String) -> (u16, String) {
    let ask = move || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "POST /lookup HTTP/1.1\r\nhost: register\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        // a broken answer may end within a letter
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = tokio::task::spawn_blocking(ask)
        .await
        .expect("asks")
        .expect("answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
    (status.expect("a status"), body.to_owned())
}

async fn ask(address: SocketAddr, id: &str, numbers: &[&str]) -> (u16, String) {
    post(
        address,
        json!({"request_id": id, "numbers": numbers}).to_string(),
    )
    .await
}

fn people() -> Population {
    World::people(6, 240, &COMMUNES)
}

/// Catches a field that is missing, misnamed or in another form, and a number found
/// that is not in the register.
#[tokio::test]
async fn it_answers_by_either_number_in_the_form_of_the_page() {
    let people = people();
    let record = people
        .records()
        .find(|r| r.old_identity_number.is_some())
        .unwrap();
    let old = record.old_identity_number.clone().unwrap();
    let mut csv = Vec::new();
    people.population_csv(&mut csv).unwrap();
    let from_csv = RegisterBook::from_csv(&csv[..]).unwrap();
    for book in [RegisterBook::from(&people), from_csv] {
        let (address, handle) = serve_register(book, RegisterFaults::default())
            .await
            .unwrap();
        let numbers = [record.identity_number.as_str(), &old, "000000000000"];
        let (status, body) = ask(address, "r-1", &numbers).await;
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &answer["request_id"]), (200, &json!("r-1")));
        let found = answer["records"].as_array().unwrap();
        assert_eq!(found.len(), 2);
        for (number, found) in numbers.iter().zip(found) {
            let expected = json!({
                "number": number,
                "identity_number": record.identity_number,
                "old_identity_number": old,
                "full_name": record.full_name,
                "birth_date": record.birth_date,
                "sex": record.sex,
                "permanent_address": record.permanent_address,
                "status": record.status,
                "deceased_on": record.deceased_on,
            });
            assert_eq!(found, &expected);
        }
        assert_eq!(
            handle.served(),
            Served {
                requests: 1,
                good: 1,
                ..Served::default()
            }
        );
        handle.stop().await.unwrap();
        assert!(TcpStream::connect(address).is_err(), "it still listens");
    }
}

/// Catches a request out of form that is answered as if it were one.
#[tokio::test]
async fn it_refuses_what_is_not_a_request() {
    let (address, handle) = serve_register(&people(), RegisterFaults::default())
        .await
        .unwrap();
    let many = vec!["035176028361"; 1001];
    assert_eq!(ask(address, "r", &[]).await.0, 400);
    assert_eq!(ask(address, "r", &many).await.0, 400);
    assert_eq!(ask(address, "r", &many[..1000]).await.0, 200);
    assert_eq!(post(address, "{".into()).await.0, 400);
    assert_eq!(handle.served().refused, 3);
    handle.stop().await.unwrap();
}

/// Catches faults that do not happen, happen in another order, or never end.
#[tokio::test]
async fn the_first_attempts_fail_each_in_its_way() {
    let faults = RegisterFaults {
        fail_first: 3,
        ..RegisterFaults::default()
    };
    let people = people();
    let (address, handle) = serve_register(&people, faults).await.unwrap();
    let number = people.records().next().unwrap().identity_number;
    let numbers = [number.as_str()];
    assert_eq!(ask(address, "a", &numbers).await.0, 500);
    let (status, body) = ask(address, "b", &numbers).await;
    assert_eq!(
        (status, serde_json::from_str::<Value>(&body).is_err()),
        (200, true)
    );
    let (_, body) = ask(address, "c", &numbers).await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_ne!(answer["request_id"], "c");
    let (_, body) = ask(address, "d", &numbers).await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (
            &answer["request_id"],
            answer["records"].as_array().unwrap().len()
        ),
        (&json!("d"), 1)
    );
    handle.stop().await.unwrap();
}

/// Catches faults that depend on anything but the seed and the questions.
#[tokio::test]
async fn the_same_questions_meet_the_same_faults() {
    let faults = RegisterFaults {
        seed: 5,
        http_500: 200,
        broken_json: 200,
        wrong_request_id: 200,
        slow: 100,
        slow_ms: 1,
        ..RegisterFaults::default()
    };
    let people = people();
    let numbers: Vec<String> = people.records().map(|r| r.identity_number).collect();
    let mut runs = Vec::new();
    for backwards in [false, true] {
        let (address, handle) = serve_register(&people, faults.clone()).await.unwrap();
        let mut asked: Vec<&String> = numbers.iter().take(60).collect();
        if backwards {
            asked.reverse();
        }
        for (place, number) in asked.into_iter().enumerate() {
            ask(address, &format!("r{place}"), &[number]).await;
        }
        runs.push(handle.served());
        handle.stop().await.unwrap();
    }
    assert_eq!(runs[0], runs[1]);
    let served = runs[0];
    assert!(served.http_500 > 3 && served.broken_json > 3 && served.wrong_request_id > 3);
    assert!(served.good > 10 && served.slow > 0, "{served:?}");
}
