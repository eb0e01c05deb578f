//! `kill -9` during load, again and again: every request that was answered is there afterwards.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use house::{Folder, House, request};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const ROUNDS: usize = 4;

#[test]
fn every_acknowledged_request_survives_kill_9() {
    let folder = Folder::new("kill");
    let data = folder.0.join("demo");
    let acknowledged: Mutex<Vec<(String, usize, String)>> = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    for round in 0..ROUNDS {
        let mut house = House::start(&data);
        let (url, token) = (house.url.clone(), house.token.clone());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        let number = format!("KILL-{n}");
                        let answer = send(&url, &token, &request(&number, n));
                        if answer.0 != 200 {
                            return;
                        }
                        acknowledged.lock().unwrap().push((number, n, answer.1));
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(400 + 150 * round as u64));
            house.kill();
        });
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() > 50, "too few requests got through to mean anything: {}", acknowledged.len());
    let house = House::start(&data);
    for (number, n, authorization) in &acknowledged {
        let again = send(&house.url, &house.token, &request(number, *n));
        assert_eq!((again.0, &again.1), (200, authorization), "{number} was answered before the kill and is lost");
    }
    println!("{} acknowledged requests over {ROUNDS} kills, 0 lost", acknowledged.len());
}

fn send(url: &str, token: &str, body: &[u8]) -> (u16, String) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(10))).build().into();
    let sent = agent
        .post(format!("{url}/pas/2.2.1/Claim/$submit"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/fhir+json")
        .send(body);
    let Ok(mut response) = sent else { return (0, String::new()) };
    let status = response.status().as_u16();
    let Ok(body) = response.body_mut().read_to_vec() else { return (0, String::new()) };
    let bundle: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    (status, house::number(&bundle))
}
