//! How fast submissions become durable: the store beside one bare row per request by the same group commit, and with and
//! without the ledger, in one run on one disk.
//!
//! `cargo run --release -p store --example bench_store [folder] [seconds per measurement] [cases to fill a store with]`
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::bare::BareLog;
use store::{SqliteStore, Store};
use support::{at, options, submission, tenant};

/// What one measurement gave.
struct Figures {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Processor time for each, in microseconds: all threads, and the writer alone.
    cpu_us: (f64, f64),
}

/// Processor seconds of this process so far: all threads that ever were, and the living writer threads. From Linux's
/// `/proc`, in ticks of 10 ms; nothing elsewhere.
fn cpu_seconds() -> (f64, f64) {
    let ticks = |path: &Path| -> f64 {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let field = |place: usize| fields.get(place).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        (field(11) + field(12)) / 100.0
    };
    let all = ticks(Path::new("/proc/self/stat"));
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let writers = tasks
        .filter(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim() == "store-writer"))
        .map(|task| ticks(&task.path().join("stat")))
        .sum();
    (all, writers)
}

/// Runs `work` from this many threads for this long; `work` gets a number that is never given twice.
fn measure(threads: u64, time: Duration, work: impl Fn(u64) + Sync) -> Figures {
    let next = AtomicU64::new(1);
    let cpu_before = cpu_seconds();
    let start = Instant::now();
    let mut latencies: Vec<Duration> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                let (next, work) = (&next, &work);
                scope.spawn(move || {
                    let mut own = Vec::new();
                    while start.elapsed() < time {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        let begun = Instant::now();
                        work(n);
                        own.push(begun.elapsed());
                    }
                    own
                })
            })
            .collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap()).collect()
    });
    let elapsed = start.elapsed();
    latencies.sort_unstable();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    let cpu = cpu_seconds();
    let each = |after: f64, before: f64| (after - before) * 1e6 / latencies.len() as f64;
    Figures {
        per_second: latencies.len() as f64 / elapsed.as_secs_f64(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        cpu_us: (each(cpu.0, cpu_before.0), each(cpu.1, cpu_before.1)),
    }
}

/// A Bundle of about 8 KB, different each time.
fn bundle(n: u64) -> Vec<u8> {
    let mut text = format!("{{\"resourceType\":\"Bundle\",\"id\":\"{n}\",\"type\":\"collection\",\"entry\":[");
    for entry in 0..16 {
        text.push_str(&format!(
            "{{\"fullUrl\":\"urn:uuid:{:032x}\",\"resource\":{{\"resourceType\":\"Observation\",\"id\":\"{entry}-{n}\",\
             \"status\":\"final\",\"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"{}-{}\"}}]}},\
             \"subject\":{{\"reference\":\"Patient/{n}\"}},\"effectiveDateTime\":\"2026-02-{:02}T10:{:02}:00Z\",\
             \"valueQuantity\":{{\"value\":{}.{},\"unit\":\"%\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"%\"}},\
             \"performer\":[{{\"reference\":\"Practitioner/{}\"}}]}}}},",
            u128::from(n) * 7919 + entry,
            2700 + entry,
            n % 10,
            1 + n % 27,
            n % 60,
            80 + n % 20,
            n % 10,
            n % 1000
        ));
    }
    text.pop();
    text.push_str("]}");
    text.into_bytes()
}

fn store_at(folder: &Path, name: &str) -> SqliteStore {
    SqliteStore::open(folder.join(name), options()).unwrap()
}

/// A submission made once; copies of it differ where real ones would. Making the events is the work of the floors above,
/// so it is not measured here.
struct Template {
    append: store::Append,
    bundle: Vec<u8>,
}

const MARK: u64 = 1_000_000_007;

impl Template {
    fn new() -> Self {
        let mut append = submission(&tenant("acme"), MARK, at(0)).1;
        // One receipt goes into the answer: that of the determination.
        let last = append.events.len() - 1;
        append.events.iter_mut().take(last).for_each(|event| event.receipt = false);
        // Each member has a number of their own.
        let text = String::from_utf8(append.events[0].body.clone()).unwrap();
        append.events[0].body = text.replace("\"M-7\"", &format!("\"M-{MARK}\"")).into_bytes();
        Self { append, bundle: bundle(MARK) }
    }

    fn bundle(&self, n: u64) -> Arc<[u8]> {
        replaced(&self.bundle, n).into()
    }

    fn append(&self, n: u64) -> store::Append {
        let mut append = self.append.clone();
        append.case = support::case_id(n);
        for event in &mut append.events {
            event.body = replaced(&event.body, n);
        }
        let mut case = (*append.after).clone();
        case.authorization = format!("A-{n:010}");
        case.request.identifiers[0].value = format!("C-{n:010}");
        case.request.member.member_id = base::Phi::new(format!("M-{n:010}"));
        case.request.member.name = base::Phi::new(format!("Member {n:010} Example"));
        append.after = Arc::new(case);
        append.unique[0].key = format!("https://office.example/claims|C-{n:010}");
        append.audit[0].case = Some(append.case);
        let bytes = self.bundle(n);
        append.documents = vec![support::document(&bytes)];
        append
    }
}

/// The bytes with the template's number replaced by another of the same width.
fn replaced(bytes: &[u8], n: u64) -> Vec<u8> {
    let (mark, number) = (MARK.to_string().into_bytes(), format!("{n:010}").into_bytes());
    let mut out = bytes.to_vec();
    let mut place = 0;
    while place + mark.len() <= out.len() {
        if out[place] == b'1' && out[place..].starts_with(&mark) {
            out[place..place + mark.len()].copy_from_slice(&number);
            place += mark.len();
        } else {
            place += 1;
        }
    }
    out
}

fn submit(store: &SqliteStore, template: &Template, n: u64, leaves: bool) {
    let mut append = template.append(n);
    if !leaves {
        for event in &mut append.events {
            event.leaf = None;
            event.receipt = false;
        }
    }
    store.append(append).wait().unwrap();
}

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().map_or_else(std::env::temp_dir, Into::into).join(format!("bench-{}", std::process::id()));
    let time = Duration::from_secs_f64(args.next().map_or(5.0, |text| text.parse().unwrap()));
    std::fs::create_dir_all(&folder).unwrap();
    let template = Template::new();
    let made = measure(2, time.min(Duration::from_secs(1)), |n| drop(std::hint::black_box(template.append(n))));
    println!("making a submission for this benchmark takes {:.0} us of the processor time below", made.cpu_us.0);
    println!("Bundle {} bytes; five events, four leaves, one receipt, document, message, audit row, keys", template.bundle.len());
    println!(
        "{:>7}  {:<28} {:>9} {:>9} {:>9} {:>7} {:>8} {:>9}",
        "clients", "what", "per s", "p50 ms", "p99 ms", "of bare", "CPU us", "in writer"
    );
    for threads in [1, 32, 128] {
        let bare = {
            let log = BareLog::open(folder.join(format!("bare-{threads}"))).unwrap();
            measure(threads, time, |n| {
                log.append(*support::case_id(n).as_uuid().as_bytes(), template.bundle(n)).wait().unwrap();
            })
        };
        let full = {
            let store = store_at(&folder, &format!("full-{threads}"));
            measure(threads, time, |n| submit(&store, &template, n, true))
        };
        let no_ledger = {
            let store = store_at(&folder, &format!("plain-{threads}"));
            measure(threads, time, |n| submit(&store, &template, n, false))
        };
        for (what, figures) in [("one bare row", &bare), ("submission", &full), ("submission without leaves", &no_ledger)] {
            let of_bare = 100.0 * figures.per_second / bare.per_second;
            println!(
                "{threads:>7}  {what:<28} {:>9.0} {:>9.2} {:>9.2} {of_bare:>6.0}% {:>8.0} {:>9.0}",
                figures.per_second, figures.p50_ms, figures.p99_ms, figures.cpu_us.0, figures.cpu_us.1
            );
        }
        println!("{threads:>7}  the ledger costs {:.1} %", 100.0 * (1.0 - full.per_second / no_ledger.per_second));
    }
    if let Some(cases) = args.next() {
        fill(&folder, &template, cases.parse().unwrap());
    }
    let _ = std::fs::remove_dir_all(&folder);
}

/// How long a store with many cases takes to open, what it holds in memory, and how fast it answers.
fn fill(folder: &Path, template: &Template, cases: u64) {
    let store = store_at(folder, "filled");
    let next = AtomicU64::new(1);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..128 {
            scope.spawn(|| {
                while let n = next.fetch_add(1, Ordering::Relaxed)
                    && n <= cases
                {
                    submit(&store, template, n, true);
                }
            });
        }
    });
    println!("{cases} cases in {:.1} s, memory {} MB after", begun.elapsed().as_secs_f64(), resident_mb());
    drop(store);
    let size = std::fs::metadata(folder.join("filled")).map_or(0, |data| data.len());
    let begun = Instant::now();
    let store = store_at(folder, "filled");
    let open_ms = begun.elapsed().as_secs_f64() * 1000.0;
    println!("file {:.0} MB, {} bytes for each case; open in {open_ms:.1} ms", size as f64 / 1e6, size / cases.max(1));
    let acme = tenant("acme");
    let time = |what: &str, work: &dyn Fn(u64)| {
        let begun = Instant::now();
        (0..1000).for_each(work);
        println!("  {what:<24} {:>8.1} us", begun.elapsed().as_secs_f64() * 1000.0);
    };
    time("case by id", &|n| drop(store.case(&acme, support::case_id(1 + n * 97 % cases)).unwrap().unwrap()));
    time("find by identifier", &|n| {
        let key = format!("https://office.example/claims|C-{:010}", 1 + n * 97 % cases);
        assert_eq!(store.find(&acme, store::Scope::Identifier, &key).unwrap().len(), 1);
    });
    time("receipt", &|n| drop(store.receipt(&acme, support::case_id(1 + n * 97 % cases), 5).unwrap().unwrap()));
    time("worklist page of 50", &|_| {
        let filter = store::Filter { limit: 50, ..store::Filter::default() };
        drop(store.worklist(&acme, &filter).unwrap());
    });
    println!("memory {} MB after", resident_mb());
    let begun = Instant::now();
    let health = store.verify().unwrap();
    assert!(health.is_sound(), "{:?}", health.faults);
    println!("verified {} events and {} leaves in {:.1} s", health.events, health.leaves, begun.elapsed().as_secs_f64());
}

/// Resident memory in MB, from Linux's `/proc`.
fn resident_mb() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) / 1024
}
