//! Laws of a run: order, resumption after a kill, a panic, a slow sink, cancellation.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use population::{Done, FileSink, Flight, Limits, Patient, Progress, RunOptions, Source, SourceOptions, Stopped, run};
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("population-run-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const WORKERS: NonZeroUsize = NonZeroUsize::new(3).unwrap();

fn bundle(id: usize) -> String {
    format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{{"resourceType":"Patient","id":"p{id}"}}}}]}}"#)
}

/// Bundles as lines with a bad line now and then, and Bulk Data beside them.
fn input(folder: &Path, patients: usize) -> PathBuf {
    let path = folder.join("in");
    fs::create_dir_all(&path).unwrap();
    let lines: Vec<String> = (0..patients).map(|i| if i % 97 == 5 { "broken".to_owned() } else { bundle(i) }).collect();
    fs::write(path.join("a.ndjson"), lines.join("\n")).unwrap();
    let singles: Vec<String> = (0..patients / 2).map(|i| format!(r#"{{"resourceType":"Patient","id":"s{i}"}}"#)).collect();
    fs::write(path.join("b.ndjson"), singles.join("\n")).unwrap();
    path
}

fn open(path: &Path) -> Source {
    let limits = Limits { group_bytes: 4096, ..Limits::default() };
    let options =
        SourceOptions { limits, temporary: Some(path.with_file_name("tmp")), partitions: 16, ..SourceOptions::default() };
    Source::open([path], &options).unwrap()
}

/// Evaluates with uneven effort, so that batches finish out of order.
fn line(patient: &Patient) -> String {
    let effort = patient.id.bytes().map(u64::from).sum::<u64>() % 7;
    std::thread::sleep(std::time::Duration::from_micros(effort * 30));
    format!("{} {}\n", patient.id, patient.resource_count())
}

fn small() -> Flight {
    Flight { bytes: 4000, batch_bytes: 500, batch_units: 5, checkpoint_patients: 20 }
}

#[test]
fn results_come_in_the_order_of_the_source_whatever_the_number_of_workers() {
    let folder = Folder::new("order");
    let path = input(&folder.0, 400);
    let mut outputs = Vec::new();
    for workers in [1, 2, 5] {
        let (mut lines, mut indexes) = (Vec::new(), Vec::new());
        let report = run(
            open(&path),
            NonZeroUsize::new(workers).unwrap(),
            || line,
            &mut |done: Done<String>| {
                lines.push(done.value);
                indexes.push(done.index);
                Ok(())
            },
            RunOptions { flight: small(), ..RunOptions::default() },
        );
        assert!(report.stopped.is_none());
        assert_eq!(indexes, (0..indexes.len() as u64).collect::<Vec<_>>());
        assert_eq!((report.progress.patients, report.progress.faults), (lines.len() as u64, 5));
        assert_eq!(lines.len(), 595);
        outputs.push(lines);
    }
    assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(outputs[0][..2], ["p0 1\n", "p1 1\n"]);
}

/// A sink that dies after some patients, as a killed process would: whatever the file holds stays as it is.
struct Dies {
    inner: FileSink,
    left: usize,
}

impl population::Sink<String> for Dies {
    fn patient(&mut self, done: Done<String>) -> io::Result<()> {
        if self.left == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.left -= 1;
        self.inner.patient(done)
    }

    fn position(&mut self) -> io::Result<Option<u64>> {
        population::Sink::<String>::position(&mut self.inner)
    }

    fn resume(&mut self, position: u64) -> io::Result<()> {
        population::Sink::<String>::resume(&mut self.inner, position)
    }
}

#[test]
fn a_killed_run_continues_and_its_output_is_the_same_to_the_byte() {
    let folder = Folder::new("resume");
    let path = input(&folder.0, 300);
    let output = |name: &str| folder.0.join(name);
    let mut whole = FileSink::open(&output("whole")).unwrap();
    assert!(run(open(&path), WORKERS, || line, &mut whole, RunOptions::default()).stopped.is_none());
    drop(whole);
    let options = || RunOptions { flight: small(), checkpoint: Some(output("checkpoint")), ..RunOptions::default() };
    let mut resumed = Vec::new();
    for attempt in 0..100 {
        let mut sink = Dies { inner: FileSink::open(&output("parts")).unwrap(), left: 55 + attempt };
        let report = run(open(&path), WORKERS, || line, &mut sink, options());
        resumed.push(report.resumed);
        match report.stopped {
            Some(Stopped::Sink(_)) => drop(sink),
            None => break,
            Some(other) => panic!("{other}"),
        }
        // What was written after the checkpoint may be there, whole or torn: it must not count.
        let mut bytes = fs::read(output("parts")).unwrap();
        bytes.extend_from_slice(b"torn li");
        fs::write(output("parts"), bytes).unwrap();
    }
    assert_eq!(fs::read(output("parts")).unwrap(), fs::read(output("whole")).unwrap());
    assert!(resumed.len() > 3 && resumed[1..].iter().all(|r| *r > 0), "{resumed:?}");
    let mut again = FileSink::open(&output("parts")).unwrap();
    let report = run(open(&path), WORKERS, || line, &mut again, options());
    assert_eq!(
        (report.resumed, report.progress.patients, report.progress.faults),
        (446, 446, 4),
        "a finished run does nothing again"
    );

    let other = RunOptions { identity: 1, ..options() };
    let report = run(open(&path), WORKERS, || line, &mut again, other);
    assert!(report.stopped.unwrap().to_string().contains("another program"));
    fs::write(path.join("c.ndjson"), bundle(9)).unwrap();
    let report = run(open(&path), WORKERS, || line, &mut again, options());
    assert!(report.stopped.unwrap().to_string().contains("other inputs"));
    assert_eq!(fs::read(output("parts")).unwrap(), fs::read(output("whole")).unwrap(), "a refused run leaves the output alone");
}

#[test]
fn a_panic_costs_one_patient() {
    let lines = (0..60).map(bundle).collect::<Vec<_>>().join("\n");
    let source = Source::from_reader("-", io::Cursor::new(lines), &SourceOptions::default());
    struct Collect(Vec<String>);
    impl population::Sink<u32> for Collect {
        fn patient(&mut self, done: Done<u32>) -> io::Result<()> {
            self.0.push(done.id);
            Ok(())
        }
        fn fault(&mut self, fault: &population::Fault) -> io::Result<()> {
            self.0.push(format!("{} {}", fault.origin, fault.code.as_str()));
            Ok(())
        }
    }
    let mut sink = Collect(Vec::new());
    let worker = || |patient: &Patient| if patient.id == "p17" { panic!("as the test wants it") } else { 1 };
    let report = run(source, WORKERS, worker, &mut sink, RunOptions::default());
    assert!(report.stopped.is_none());
    assert_eq!((report.progress.patients, report.progress.faults), (59, 1));
    assert_eq!(sink.0[16..19], ["p16", "-:18 panicked", "p18"]);
}

#[test]
fn a_slow_sink_holds_the_reading_back() {
    static ALIVE: AtomicI64 = AtomicI64::new(0);
    static MOST: AtomicI64 = AtomicI64::new(0);
    struct Alive;
    impl Drop for Alive {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let lines = (0..500).map(bundle).collect::<Vec<_>>().join("\n");
    let source = Source::from_reader("-", io::Cursor::new(lines), &SourceOptions::default());
    let worker = || {
        |_: &Patient| {
            MOST.fetch_max(ALIVE.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            Alive
        }
    };
    let mut slow = |_: Done<Alive>| {
        std::thread::sleep(std::time::Duration::from_micros(500));
        Ok(())
    };
    let report = run(source, WORKERS, worker, &mut slow, RunOptions { flight: small(), ..RunOptions::default() });
    assert_eq!(report.progress.patients, 500);
    // 4,000 bytes in flight are some fifty Bundles of 80 bytes.
    assert!(MOST.load(Ordering::SeqCst) <= 60, "{} results waited", MOST.load(Ordering::SeqCst));
}

#[test]
fn cancel_strict_and_progress() {
    let lines = (0..300).map(bundle).collect::<Vec<_>>().join("\n");
    let source = || Source::from_reader("-", io::Cursor::new(lines.clone()), &SourceOptions::default());
    let cancel = AtomicBool::new(false);
    let mut seen = Vec::new();
    let mut progress = |p: &Progress| {
        seen.push(p.patients);
        cancel.store(p.patients >= 50, Ordering::Relaxed);
    };
    let options = RunOptions { cancel: Some(&cancel), progress: Some(&mut progress), flight: small(), ..RunOptions::default() };
    let report = run(source(), WORKERS, || line, &mut |_: Done<String>| Ok(()), options);
    assert!(matches!(report.stopped, Some(Stopped::Cancelled)));
    assert!(report.progress.patients >= 50 && report.progress.patients < 120);
    assert!(seen.is_sorted() && !seen.is_empty());

    let bad = format!("{}\nbroken\n{}", bundle(1), bundle(2));
    let source = Source::from_reader("-", io::Cursor::new(bad), &SourceOptions::default());
    let options = RunOptions { strict: true, ..RunOptions::default() };
    let report = run(source, WORKERS, || line, &mut |_: Done<String>| Ok(()), options);
    assert_eq!(report.progress.patients, 1);
    assert!(report.stopped.unwrap().to_string().starts_with("-:2: "));
}
