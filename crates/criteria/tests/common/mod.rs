//! The library's folder, read from disk.
#![allow(dead_code)]

use criteria::{Fault, Library};
use std::path::{Path, PathBuf};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

pub fn library() -> Library {
    Library::load_folder(&folder()).unwrap_or_else(|faults| panic!("{}", words(&faults)))
}

pub fn words(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("{fault}\n")).collect()
}

/// Every file of the library with its path.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    walk(&folder(), "", &mut out);
    out.sort();
    out
}

fn walk(folder: &Path, prefix: &str, out: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            walk(&path, &format!("{name}/"), out);
        } else {
            out.push((name, std::fs::read(&path).unwrap()));
        }
    }
}
