//! The arrows of the house: what ARCHITECTURE.md says points where, compared with what cargo knows.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Rows look like `| 3 | criteria | base, json, cql, case, fhir |`.
fn written() -> (BTreeMap<String, u8>, Arrows) {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = text.split("<!-- arrows -->").nth(1).expect("the arrow table stands between two <!-- arrows --> marks");
    let mut floors = BTreeMap::new();
    let mut arrows = Arrows::new();
    for row in table.lines().filter(|l| l.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let Ok(floor) = cells[0].parse::<u8>() else { continue };
        floors.insert(cells[1].to_owned(), floor);
        let targets = cells[2].split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty() && t != "-");
        arrows.insert(cells[1].to_owned(), targets.collect());
    }
    (floors, arrows)
}

fn built() -> Arrows {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<&str> = packages.iter().map(|p| p["name"].as_str().unwrap()).collect();
    packages
        .iter()
        .map(|package| {
            let targets = package["dependencies"].as_array().unwrap().iter();
            let targets = targets.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap());
            (package["name"].as_str().unwrap().to_owned(), targets.filter(|t| ours.contains(t)).map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn arrows_are_as_written() {
    let (_, written) = written();
    let built = built();
    for (name, targets) in &built {
        let said = written.get(name).unwrap_or_else(|| panic!("crate {name} is missing from the arrow table"));
        assert_eq!(said, targets, "arrows of {name}: ARCHITECTURE.md says the left, cargo the right");
    }
    assert_eq!(written.len(), built.len(), "the arrow table names a crate that does not exist");
}

#[test]
fn arrows_point_down_only() {
    let (floors, arrows) = written();
    for (name, targets) in &arrows {
        for target in targets {
            let (from, to) = (floors[name], floors[target]);
            let same_floor_allowed = from == to && matches!((name.as_str(), target.as_str()), ("cql", "json"));
            assert!(to < from || same_floor_allowed || from == 0, "{name} (floor {from}) points at {target} (floor {to})");
        }
    }
}

#[test]
fn those_who_cannot_decide_have_no_arrow_to_workflow() {
    let (_, arrows) = written();
    for name in ["case", "criteria", "exchange", "store", "fhir", "cql", "ledger"] {
        assert!(!arrows[name].contains("workflow"), "{name} must not reach workflow");
    }
    for (name, targets) in &arrows {
        if ["case", "cql", "json", "fhir", "criteria", "exchange", "ledger", "workflow"].contains(&name.as_str()) {
            let manifest = std::fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
            let normal = manifest.split("[dev-dependencies]").next().unwrap();
            for forbidden in ["axum", "rusqlite", "postgres", "tokio"] {
                assert!(!normal.contains(forbidden), "{name} must not know {forbidden}");
            }
        }
        let _ = targets;
    }
}
