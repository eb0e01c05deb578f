//! Some seeds, some weeks, every fault: nothing the auditor knows may break; the same seed gives the same log.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sim::{Config, Engine, Faults, Report};

/// Plays a configuration and expects no breach.
fn check(config: &Config) -> Report {
    let report = sim::run(config).expect("the simulation can be set up");
    assert!(report.is_sound(), "seed {}:\n{report}", config.seed);
    report
}

fn month(seed: u64) -> Config {
    Config { seed, days: 30, requests_per_day: 2, ..Config::default() }
}

#[test]
fn a_month_with_every_fault() {
    let report = check(&month(1));
    let out = &report.outcomes;
    assert!(out.cases > 60, "{report}");
    assert!(out.by_criteria > 0 && out.by_person > 0 && out.adverse > 0 && out.missed > 0 && out.asked > 0, "{report}");
    assert!(report.faults.len() == 3, "each kind of fault was met: {report}");
    assert!(report.audits == 2);
}

#[test]
fn another_fortnight() {
    check(&Config { days: 14, ..month(20_261_121) });
}

#[test]
fn a_quiet_week_needs_no_excuse() {
    let report = check(&Config { faults: Faults::NONE, days: 7, ..month(3) });
    assert!(report.faults.is_empty(), "{report}");
    assert_eq!(report.counted("requests sent again after a fault"), 0);
}

#[test]
fn the_stories_come_out_as_told_among_everything_else() {
    let config = Config { tellings: 1, requests_per_day: 1, days: 5, audits: 0, ..Config::default() };
    let report = check(&config);
    assert!(report.tally.checked[&sim::audit::Invariant::AsTold] > 50, "{report}");
}

#[test]
fn the_same_seed_gives_the_same_log_on_every_engine() {
    let config = Config { days: 5, requests_per_day: 2, ..Config::default() };
    let memory = check(&config);
    let again = check(&config);
    assert_eq!(memory, again, "two runs of one seed differ");
    let other = check(&Config { seed: 2, ..config.clone() });
    assert_ne!(memory.root, other.root);

    let folder = std::env::temp_dir().join(format!("avedis-sim-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let sqlite = sim::run(&Config { engine: Engine::Sqlite(folder.join("sim.db")), ..config }).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(sqlite.is_sound(), "{sqlite}");
    assert!(sqlite.counted("platform killed and built again") > 0, "{sqlite}");
    assert_eq!(memory, sqlite, "the engines differ");
}
