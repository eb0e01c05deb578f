//! How long pages take with 100,000 cases in the embedded database: `cargo bench -p workbench`. Fills a database in the target
//! folder first (kept for the next run), then asks for every kind of page over HTTP and prints the median of 21 tries.
//! The program fails when a page other than a text search takes 100 ms or more at the median.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/house/mod.rs"]
mod house;

use case::Truth;
use case::event::Queue;
use house::{House, Reader, Story, TENANT};
use jiff::SignedDuration;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CASES: i64 = 100_000;
const TRIES: usize = 21;

fn main() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hundred-thousand.db");
    let is_new = !file.exists();
    let store = store::SqliteStore::open(&file, house::options()).unwrap();
    let house = House::over(Arc::new(store), &[TENANT], "http://127.0.0.1");
    if is_new {
        fill(&house);
    }
    let mut nurse = Reader::signed_in(&house, "nurse");
    let list = nurse.get("/worklist/nurse");
    let case = list.html[list.html.find("/case/").unwrap()..].split('"').next().unwrap().to_owned();
    let token = list.field("_token");
    let mut slow = Vec::new();
    for path in ["/worklist/nurse", "/worklist/all", "/worklist/decided", "/sign-in", case.as_str()] {
        let time = median(|| assert!(nurse.get(path).status < 400));
        let name = if path == case { "/case/{id}" } else { path };
        println!("{name:20} {time:>10.1?}");
        if time >= Duration::from_millis(100) {
            slow.push(name);
        }
    }
    // Kept counts are ten seconds old at most: this is the page that counts anew.
    let counted = median(|| {
        house.pass(SignedDuration::from_secs(11));
        assert_eq!(nurse.get("/worklist/nurse").status, 200);
    });
    println!("{:20} {counted:>10.1?}", "  counted anew");
    let searched =
        median(|| assert!(nurse.post("/worklist/all", &[("_token", &token), ("text", "Number 777")]).has("Member Number 777")));
    println!("{:20} {searched:>10.1?}", "  text search");
    assert!(slow.is_empty(), "100 ms or more: {slow:?}");
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..TRIES)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[TRIES / 2]
}

fn fill(house: &House) {
    let now = house.now();
    let mut tickets = Vec::new();
    for n in 0..CASES {
        let queues = [None, Some(Queue::Nurse), Some(Queue::Physician)];
        let story = Story {
            name: format!("Member Number {n}"),
            member_id: format!("FIC{n:07}"),
            received_at: now - SignedDuration::from_secs((CASES - n) * 6),
            root: if n % 3 == 0 { Truth::Met } else { Truth::NotMet },
            queue: queues[usize::try_from(n % 3).unwrap()],
            ..Story::unmet(now)
        };
        tickets.push(house.tell_later(TENANT, &story).1);
        if tickets.len() == 1_000 {
            tickets.drain(..).for_each(|ticket| drop(ticket.wait().unwrap()));
            if (n + 1) % 10_000 == 0 {
                println!("{} cases written", n + 1);
            }
        }
    }
    tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
}
