//! Builds the lexicon from `data/` into one block of bytes that the library carries.

use std::path::Path;
use text::cue;
use text::fact::{Axis, Section};
use text::layout::section_number;
use text::lexicon::{Builder, Entry, Role};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome {
    println!("cargo::rerun-if-changed=data");
    let mut builder = Builder::new();
    for (file, row) in rows("cues")? {
        let [term, axis, reach] = columns(&file, &row)?;
        add(&mut builder, term, Role::Cue, cue::code(axis_of(axis)?, reach_of(reach)?))?;
    }
    for (file, row) in rows("headings")? {
        let [term, section] = columns(&file, &row)?;
        add(&mut builder, term, Role::Heading, section_number(section_of(section)?))?;
    }
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("avedis.lex"), builder.finish())?;
    Ok(())
}

fn add(builder: &mut Builder, term: &str, role: Role, target: u32) -> Outcome {
    builder.term(term, Entry { role, target, capitals: false, ambiguous: false })?;
    Ok(())
}

fn rows(name: &str) -> Outcome<Vec<(String, String)>> {
    let path = format!("data/{name}.tsv");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
    let kept = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
    Ok(kept.map(|(i, l)| (format!("{path}:{}", i + 1), l.to_owned())).collect())
}

fn columns<'r, const N: usize>(place: &str, row: &'r str) -> Outcome<[&'r str; N]> {
    let all: Vec<&str> = row.split('\t').map(str::trim).collect();
    all.try_into().map_err(|all: Vec<&str>| format!("{place}: {} columns, {N} wanted", all.len()).into())
}

fn axis_of(name: &str) -> Outcome<Axis> {
    cue::axes().into_iter().find(|a| format!("{a:?}").eq_ignore_ascii_case(name)).ok_or_else(|| format!("no axis `{name}`").into())
}

fn reach_of(name: &str) -> Outcome<cue::Reach> {
    use cue::Reach::{Backward, Both, End, Forward, Next, Pseudo};
    [Forward, Backward, Both, Next, Pseudo, End]
        .into_iter()
        .find(|r| format!("{r:?}").eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("no reach `{name}`").into())
}

fn section_of(name: &str) -> Outcome<Section> {
    let plain = name.replace('-', "");
    text::layout::SECTIONS
        .into_iter()
        .find(|s| format!("{s:?}").eq_ignore_ascii_case(&plain))
        .ok_or_else(|| format!("no section `{name}`").into())
}
