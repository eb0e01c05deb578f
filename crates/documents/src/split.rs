//! A file that holds several documents, taken apart.
//!
//! Conservative: a page begins a document only for a reason that is named in [`crate::Part::why`]. A page that counts on from the page
//! before, or calls itself continued, never does. What a fax machine prints on top of every page counts the transmission, not a document.

use crate::kind::{self, Kind};
use crate::{Document, Part};
use std::collections::BTreeMap;

/// What a page says of itself.
#[derive(Debug, Default, PartialEq)]
struct Signs {
    /// Kind by the title on top, with its place.
    title: Option<Kind>,
    cover: bool,
    /// `Page 2 of 5`.
    count: Option<(u32, u32)>,
    continued: bool,
    /// Letters of the name after "Patient:", digits of a birth date or record number, by label.
    patient: BTreeMap<&'static str, String>,
    written: Option<text::PartialDate>,
    blank: bool,
}

/// The documents of a file, in order.
#[must_use]
pub fn split(whole: Document) -> Vec<Document> {
    let ends = whole.pages.iter().skip(1).map(|p| p.start as usize).chain([whole.text.len()]);
    let pages: Vec<&str> =
        whole.pages.iter().zip(ends).map(|(p, end)| whole.text.get(p.start as usize..end).unwrap_or_default()).collect();
    let signs: Vec<Signs> = pages.iter().map(|p| signs(p)).collect();
    let mut starts: Vec<(usize, String)> = vec![(0, String::new())];
    for at in 1..signs.len() {
        let from = starts.last().map_or(0, |(from, _)| *from);
        if let Some(why) = begins(&signs[from..at], &signs[at]) {
            starts.push((at, why));
        }
    }
    if starts.len() == 1 {
        return vec![whole];
    }
    parts(&whole, &starts)
}

/// Why a page begins a document after those of the document before.
fn begins(before: &[Signs], page: &Signs) -> Option<String> {
    let (first, last) = (before.first()?, before.last()?);
    if page.blank || page.continued {
        return None;
    }
    match (last.count, page.count) {
        (Some((k, n)), Some((next, of))) if n == of && next == k + 1 => return None,
        (_, Some((1, of))) => return Some(format!("it is page 1 of {of}")),
        (_, Some((k, _))) if k > 1 && last.count.is_some() => {}
        (_, Some((k, _))) if k > 1 => return None,
        _ => {}
    }
    if page.cover {
        return Some("it is the cover of a fax".to_owned());
    }
    if before.iter().all(|p| p.cover || p.blank) && first.cover {
        return Some("it follows the cover of a fax".to_owned());
    }
    let known = before.iter().rev().flat_map(|p| &p.patient);
    for (label, theirs) in known {
        if page.patient.get(label).is_some_and(|ours| differ(theirs, ours)) {
            return Some(format!("it names another patient ({label})"));
        }
    }
    let title = page.title?;
    let kind_before = before.iter().find_map(|p| p.title);
    if kind_before != Some(title) && !page.patient.is_empty() {
        return Some(format!("a {} begins, with its patient named anew", title.name()));
    }
    let dates = first.written.zip(page.written);
    (kind_before == Some(title) && dates.is_some_and(|(a, b)| a != b))
        .then(|| format!("another {} begins, of another day", title.name()))
}

/// Recognition errs in a letter or two; names in another order or shortened are the same person's, as far as a machine can tell.
fn differ(a: &str, b: &str) -> bool {
    let mut sorted = [a, b].map(|s| s.bytes().collect::<Vec<u8>>());
    sorted.iter_mut().for_each(|s| s.sort_unstable());
    let digits = a.bytes().all(|b| b.is_ascii_digit());
    let errors = if digits { 1 } else { 2.max(a.len() / 4) };
    sorted[0] != sorted[1] && !a.contains(b) && !b.contains(a) && distance(a, b) > errors
}

/// How many letters must change, come or go; names are short.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(60).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(60).enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = (corner + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[b.len()]
}

/// Lines on top of a page that may name it.
const TOP: usize = 6;
/// Lines on top of a page that may name its patient.
const HEAD: usize = 14;

fn signs(page: &str) -> Signs {
    let lines: Vec<&str> = page.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let machine = lines.first().is_some_and(|l| machine_line(l));
    let own = &lines[usize::from(machine)..];
    let head = own[..own.len().min(HEAD)].join("\n");
    let top = own[..own.len().min(TOP)].join("\n");
    let edges = own.iter().take(4).chain(own.iter().rev().take(3));
    let kind = kind::titled(&top);
    Signs {
        cover: kind::of(page) == Kind::FaxCover,
        title: kind.filter(|k| *k != Kind::FaxCover),
        count: edges.filter_map(|l| count(l)).next(),
        continued: own.iter().take(4).any(|l| l.to_ascii_lowercase().contains("continued")),
        patient: patient(&head),
        written: crate::written::of(&head),
        blank: own.len() < 2,
    }
}

/// The line a fax machine prints: a time of day, and from whom or which page.
fn machine_line(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let time = lower
        .as_bytes()
        .windows(4)
        .any(|w| w[0].is_ascii_digit() && w[1] == b':' && w[2].is_ascii_digit() && w[3].is_ascii_digit());
    time && (lower.contains("fax") || lower.contains("from") || lower.contains("page") || lower.contains(" p."))
}

/// `Page 2 of 5`.
fn count(line: &str) -> Option<(u32, u32)> {
    let lower = line.to_ascii_lowercase();
    let rest = &lower[lower.find("page")? + 4..];
    let mut words = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '/').filter(|w| !w.is_empty());
    let first = words.next()?;
    let (page, of) = match first.split_once('/') {
        Some(pair) => pair,
        None => (first, words.next().filter(|w| *w == "of").and_then(|_| words.next())?),
    };
    let (page, of) = (page.parse().ok()?, of.parse().ok()?);
    (1..=of).contains(&page).then_some((page, of))
}

/// Who a page says it is about.
fn patient(head: &str) -> BTreeMap<&'static str, String> {
    let lower = head.to_ascii_lowercase();
    let after = |label: &str| {
        let at = lower.match_indices(label).find(|(i, _)| !lower[..*i].ends_with(|c: char| c.is_alphanumeric()))?.0 + label.len();
        let rest = lower[at..].trim_start_matches([' ', ':', '#', '.']);
        Some(rest.split('\n').next().unwrap_or_default())
    };
    let name = ["patient name", "patient:", "name:"].iter().find_map(|l| after(l)).map(|rest| {
        // A name ends where the next label begins: two wide spaces, or a word before a colon.
        let words = rest.split("  ").next().unwrap_or_default().split_whitespace();
        words
            .take_while(|w| !w.contains([':', '(']) && !w.starts_with(|c: char| c.is_ascii_digit()))
            .take(4)
            .filter(|w| !LABELS.contains(w))
            .collect::<String>()
    });
    let digits = |rest: Option<&str>| {
        let first: String = rest?.split("  ").next()?.chars().take(12).filter(char::is_ascii_digit).collect();
        (first.len() >= 4).then_some(first)
    };
    let letters = name.map(|n| n.chars().filter(|c| c.is_alphabetic()).collect::<String>()).filter(|n| n.len() >= 4);
    let birth = ["date of birth", "dob", "birth date"].iter().find_map(|l| digits(after(l)));
    let record = ["mrn", "medical record number", "member id"].iter().find_map(|l| digits(after(l)));
    [("name", letters), ("birth date", birth), ("record number", record)].into_iter().filter_map(|(l, v)| Some((l, v?))).collect()
}

/// Labels that follow a name on its line.
const LABELS: [&str; 6] = ["dob", "mrn", "age", "sex", "date", "collected"];

fn parts(whole: &Document, starts: &[(usize, String)]) -> Vec<Document> {
    let of = starts.len() as u32;
    let mut out = Vec::new();
    for (i, (first, why)) in starts.iter().enumerate() {
        let last = starts.get(i + 1).map_or(whole.pages.len(), |(next, _)| *next);
        let from = whole.pages[*first].start;
        let end = whole.pages.get(last).map_or(whole.text.len() as u32, |p| p.start);
        let mut pages = whole.pages[*first..last].to_vec();
        pages.iter_mut().for_each(|p| p.start -= from);
        let words = whole.words.iter().filter(|w| (from..end).contains(&w.span.start)).map(|w| {
            let mut word = *w;
            (word.span.start, word.span.end) = (w.span.start - from, w.span.end - from);
            word
        });
        let here = |page: Option<u32>| match page {
            Some(page) => (*first as u32 + 1..=last as u32).contains(&page),
            None => i == 0,
        };
        out.push(Document {
            kind: Kind::Unknown,
            text: whole.text[from as usize..end as usize].to_owned(),
            pages,
            words: words.collect(),
            written: whole.written,
            media_type: whole.media_type.clone(),
            source: whole.source.clone(),
            part: Part { number: i as u32 + 1, of, first_page: *first as u32 + 1, why: why.clone() },
            coded: if i == 0 { whole.coded.clone() } else { Vec::new() },
            faults: whole.faults.iter().filter(|f| here(f.page)).cloned().collect(),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages of text, and on which pages documents must begin, with a word of the reason.
    fn check(pages: &[&str], expected: &[(usize, &str)]) {
        let signs: Vec<Signs> = pages.iter().map(|p| signs(p)).collect();
        let mut starts = vec![(0, String::new())];
        for at in 1..signs.len() {
            let from = starts.last().unwrap().0;
            if let Some(why) = begins(&signs[from..at], &signs[at]) {
                starts.push((at, why));
            }
        }
        let found: Vec<usize> = starts[1..].iter().map(|s| s.0).collect();
        assert_eq!(found, expected.iter().map(|e| e.0).collect::<Vec<_>>(), "{starts:?}");
        for ((_, why), (_, word)) in starts[1..].iter().zip(expected) {
            assert!(why.contains(word), "{why} / {word}");
        }
    }

    const COVER: &str = "FAX COVER SHEET\nTo: Plan\nNumber of pages including cover: 4\n";
    const NOTE: &str = "PROGRESS NOTE\nPatient: Ada Example   DOB: 01/02/1970\nDate of service: 03/09/2026\nHPI: sleepy\n";
    const LAB: &str = "LABORATORY REPORT\nPatient: Ada Example\nCollected: 03/02/2026\nA1c 8.4\n";

    #[test]
    fn covers_titles_counts_and_patients_begin_documents() {
        check(&[COVER, NOTE, LAB], &[(1, "cover"), (2, "lab report")]);
        check(&[NOTE, "the note goes on\nwith more lines\n"], &[]);
        check(&[NOTE, "LABORATORY RESULTS\nA1c 8.4 on 03/02\nCreatinine 0.9\n"], &[]);
        check(&[NOTE, "Patient: Bob Other   DOB: 05/06/1981\nmore text\n"], &[(1, "another patient")]);
        check(&[NOTE, "Patient: EXAMPLE, ADA\nmore text\n"], &[]);
        check(&[NOTE, "Patient: Ada Exarnple\nmore text\n"], &[]);
        check(
            &["A\nnote\nPage 1 of 2", "LABORATORY REPORT\nPatient: Ada Example\nPage 2 of 2", "B\nx\nPage 1 of 1"],
            &[(2, "page 1 of 1")],
        );
        check(&[NOTE, "PROGRESS NOTE (continued)\nPatient: Ada Example\n"], &[]);
        let later = NOTE.replace("03/09", "04/09");
        check(&[NOTE, &later], &[(1, "another day")]);
        let machine = |n: u32, page: &str| format!("03/10/2026 09:14 FROM: CLINIC PAGE {n}/3\n{page}");
        check(&[&machine(1, NOTE), &machine(2, "goes on\nand on\n"), &machine(3, LAB)], &[(2, "lab report")]);
    }
}
