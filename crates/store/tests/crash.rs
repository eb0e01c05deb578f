//! Sudden death and a full disk: what was acknowledged is there, what was not may be tried again.
//!
//! `AVEDIS_CRASH_ROUNDS` sets how often the writer is killed (12 by default).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use store::{Error, Filter, SqliteStore, Store};
use support::{Folder, at, options, submission, tenant};

/// Set in the child: the file it writes.
const FILE: &str = "AVEDIS_CRASH_FILE";
/// Set in the child: the first number it submits.
const FIRST: &str = "AVEDIS_CRASH_FIRST";

/// Numbers one child may use.
const SPAN: u64 = 1_000_000;

/// Not a test of its own: the child process of the test below, which writes until it is killed and tells what was
/// acknowledged.
#[test]
fn child_that_writes_until_killed() {
    let (Ok(file), Ok(first)) = (std::env::var(FILE), std::env::var(FIRST)) else { return };
    let store = SqliteStore::open(file, options()).unwrap();
    let first: u64 = first.parse().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for n in (first + thread..first + SPAN).step_by(8) {
                    let (_, append) = submission(&tenant("acme"), n, at(0));
                    store.append(append).wait().unwrap();
                    // One write call for the line, so that a kill cannot tear it.
                    std::io::stdout().lock().write_all(format!("\nacknowledged {n}\n").as_bytes()).unwrap();
                }
            });
        }
    });
}

fn child(file: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_writes_until_killed", "--nocapture"])
        .env(FILE, file)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn every_acknowledged_write_survives_kill_9() {
    if std::env::var(FILE).is_ok() {
        return;
    }
    let rounds: u64 = std::env::var("AVEDIS_CRASH_ROUNDS").map_or(12, |text| text.parse().unwrap());
    let folder = Folder::new("crash");
    let mut acknowledged = BTreeSet::new();
    for round in 0..rounds {
        let mut child = child(&folder.file(), 1 + round * SPAN);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (told, heard) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in lines {
                let Ok(line) = line else { break };
                if let Some(number) = line.strip_prefix("acknowledged ") {
                    told.send(number.parse::<u64>().unwrap()).unwrap();
                }
            }
        });
        // Wait until it works, then a different while each round.
        acknowledged.insert(heard.recv_timeout(Duration::from_secs(60)).expect("the child never wrote"));
        std::thread::sleep(Duration::from_millis(15 + round * 37 % 120));
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
        acknowledged.extend(heard.iter());
        // Opening checks the newest checkpoint against the tiles.
        let store = SqliteStore::open(folder.file(), options()).unwrap();
        for n in acknowledged.range(1 + round * SPAN..) {
            let case = store.case(&tenant("acme"), support::case_id(*n)).unwrap();
            assert_eq!(case.map(|case| case.version), Some(5), "acknowledged submission {n} is lost");
        }
    }
    let store = SqliteStore::open(folder.file(), options()).unwrap();
    let health = store.verify().unwrap();
    assert!(health.is_sound(), "{:?}", health.faults);
    assert!(health.cases >= acknowledged.len() as u64);
    let outbox_and_cases = store.outbox(0).unwrap().len().min(store::PAGE_LIMIT);
    assert_eq!(outbox_and_cases, (health.cases as usize).min(store::PAGE_LIMIT));
    println!("{rounds} kills, {} acknowledged, {} there, 0 lost", acknowledged.len(), health.cases);
}

/// Fills the disk, sees new work refused and old work kept, makes room, sees work go on.
fn full_disk(file: &Path, fill: &mut dyn FnMut(), free: &mut dyn FnMut()) {
    let store = SqliteStore::open(file, options()).unwrap();
    let mut kept = 0;
    while kept < 40 {
        store.append(submission(&tenant("acme"), kept, at(0)).1).wait().unwrap();
        kept += 1;
    }
    fill();
    let refused = loop {
        match store.append(submission(&tenant("acme"), kept, at(0)).1).wait() {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 200_000, "the disk never filled");
    };
    assert_eq!(refused, Error::Full);
    assert_eq!(refused.code(), "store-full");
    assert!(refused.is_temporary());
    // Again and again: still refused, nothing lost, everything readable, still "ready" so that recovery is noticed.
    for _ in 0..3 {
        assert_eq!(store.append(submission(&tenant("acme"), kept, at(0)).1).wait(), Err(Error::Full));
    }
    store.ready().unwrap();
    assert_eq!(store.counts(&tenant("acme")).unwrap().cases, kept);
    assert!(!store.worklist(&tenant("acme"), &Filter::default()).unwrap().rows.is_empty());
    assert_eq!(store.case(&tenant("acme"), support::case_id(kept)).unwrap(), None);
    free();
    for n in kept..kept + 20 {
        store.append(submission(&tenant("acme"), n, at(0)).1).wait().unwrap();
    }
    let health = store.verify().unwrap();
    assert!(health.is_sound(), "{:?}", health.faults);
    assert_eq!(health.cases, kept + 20);
    drop(store);
    let store = SqliteStore::open(file, options()).unwrap();
    assert_eq!(store.counts(&tenant("acme")).unwrap().cases, kept + 20);
}

#[test]
fn a_full_disk_refuses_new_work_and_keeps_the_old() {
    let folder = Folder::new("full");
    let mount = folder.path().join("small");
    std::fs::create_dir(&mount).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"]).arg(&mount).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("skipped: a small tmpfs can be mounted by root only");
        return;
    }
    let unmount = Unmount(&mount);
    let ballast = mount.join("ballast");
    full_disk(
        &mount.join("avedis.db"),
        &mut || {
            // Leave some room, so that the disk fills in the middle of work.
            let mut file = std::fs::File::create(&ballast).unwrap();
            let block = vec![0; 64 * 1024];
            let mut written = Vec::new();
            while file.write_all(&block).is_ok() {
                written.push(());
            }
            file.set_len((written.len() as u64).saturating_sub(6) * block.len() as u64).unwrap();
        },
        &mut || std::fs::remove_file(&ballast).unwrap(),
    );
    drop(unmount);
}

struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn two_processes_do_not_write_one_file() {
    let folder = Folder::new("lock");
    let store = SqliteStore::open(folder.file(), options()).unwrap();
    assert!(matches!(SqliteStore::open(folder.file(), options()), Err(Error::Locked(_))));
    drop(store);
    drop(SqliteStore::open(folder.file(), options()).unwrap());
}

#[test]
fn a_file_of_another_program_is_refused() {
    let folder = Folder::new("foreign");
    let connection = rusqlite::Connection::open(folder.file()).unwrap();
    connection.execute_batch("CREATE TABLE accounts (id INTEGER)").unwrap();
    drop(connection);
    assert!(matches!(SqliteStore::open(folder.file(), options()), Err(Error::Corrupt(_))));
    std::fs::write(folder.path().join("text"), "not a database, but long enough to be taken for one".repeat(40)).unwrap();
    assert!(matches!(SqliteStore::open(folder.path().join("text"), options()), Err(Error::Corrupt(_))));
    let absent = folder.path().join("no/such/folder/avedis.db");
    assert!(matches!(SqliteStore::open(absent, options()), Err(Error::Unavailable(_))));
}

#[test]
fn a_backup_is_a_whole_store() {
    let folder = Folder::new("backup");
    let store = SqliteStore::open(folder.file(), options()).unwrap();
    for n in 0..20 {
        store.append(submission(&tenant("acme"), n, at(0)).1).wait().unwrap();
    }
    let copy = folder.path().join("copy.db");
    store.back_up(&copy).unwrap();
    assert!(matches!(store.back_up(&copy), Err(Error::Invalid(_))));
    let restored = SqliteStore::open(&copy, options()).unwrap();
    assert_eq!(restored.checkpoint(&tenant("acme")).unwrap(), store.checkpoint(&tenant("acme")).unwrap());
    assert!(restored.verify().unwrap().is_sound());
    restored.append(submission(&tenant("acme"), 30, at(0)).1).wait().unwrap();
}

#[test]
fn a_failed_fsync_stops_the_writer_for_good() {
    if std::env::var(FILE).is_ok() {
        return;
    }
    let strace = Command::new("strace").args(["-V"]).output();
    if !strace.is_ok_and(|output| output.status.success()) {
        println!("skipped: strace is not there to make fdatasync fail");
        return;
    }
    let folder = Folder::new("fsync");
    let log = folder.path().join("trace");
    // The child's fortieth and all later syncs fail as those of a dying disk do.
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .args(["-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO:when=40+"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_meets_a_dying_disk", "--nocapture"])
        .env(DYING, folder.file())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    if told.contains("running 1 test") && !told.contains("acknowledged") {
        println!("skipped: strace may not trace here");
        return;
    }
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    let acknowledged: u64 = told.lines().filter(|line| line.starts_with("acknowledged ")).count() as u64;
    assert!(acknowledged > 5, "{told}");
    // A fresh start on a sound disk finds everything that was acknowledged.
    let store = SqliteStore::open(folder.file(), options()).unwrap();
    for n in 0..acknowledged {
        assert!(store.case(&tenant("acme"), support::case_id(n)).unwrap().is_some(), "{n}");
    }
    assert!(store.verify().unwrap().is_sound());
}

/// Set in the child whose disk dies: the file it writes.
const DYING: &str = "AVEDIS_DYING_FILE";

/// Not a test of its own: the child of the test above.
#[test]
fn child_that_meets_a_dying_disk() {
    let Ok(file) = std::env::var(DYING) else { return };
    let store = SqliteStore::open(file, options()).unwrap();
    let mut n = 0;
    let failed = loop {
        match store.append(submission(&tenant("acme"), n, at(0)).1).wait() {
            Ok(_) => println!("\nacknowledged {n}"),
            Err(error) => break error,
        }
        n += 1;
        assert!(n < 10_000, "no sync ever failed");
    };
    assert!(matches!(failed, Error::Stopped(_)), "{failed}");
    // Nothing is tried again on that disk, whatever is asked.
    assert!(matches!(store.append(submission(&tenant("acme"), n, at(0)).1).wait(), Err(Error::Stopped(_))));
    assert!(matches!(store.put_record(&tenant("acme"), "user", "u", b"{}").wait(), Err(Error::Stopped(_))));
    assert!(matches!(store.ready(), Err(Error::Stopped(_))));
    // What is there can still be read.
    assert_eq!(store.counts(&tenant("acme")).unwrap().cases, n);
    // The log file is not tidied up on the way out: that would sync again.
    std::mem::forget(store);
}

#[test]
fn a_reader_beside_the_writer_reads_and_cannot_write() {
    let folder = Folder::new("reader");
    assert!(matches!(store::SqliteReader::open_read_only(folder.file(), options()), Err(Error::Invalid(_))));
    let store = SqliteStore::open(folder.file(), options()).unwrap();
    store.append(submission(&tenant("acme"), 1, at(0)).1).wait().unwrap();
    let reader = store::SqliteReader::open_read_only(folder.file(), options()).unwrap();
    store.append(submission(&tenant("acme"), 2, at(0)).1).wait().unwrap();
    assert_eq!(reader.counts(&tenant("acme")).unwrap().cases, 2);
    assert!(reader.verify().unwrap().is_sound());
    assert!(matches!(reader.append(submission(&tenant("acme"), 3, at(0)).1).wait(), Err(Error::Invalid(_))));
    assert!(matches!(reader.put_record(&tenant("acme"), "user", "u", b"{}").wait(), Err(Error::Invalid(_))));
    assert_eq!(store.counts(&tenant("acme")).unwrap().cases, 2);
}
