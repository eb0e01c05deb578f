//! Laws of code systems: what is said of a hierarchy by nesting, by properties, by filters and by `Subsumes` agrees, whatever the hierarchy.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::Terminology;
use cql::value::Code;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;

const CODES: usize = 12;

fn parsed(text: &str) -> json::Document {
    json::Document::parse(text.as_bytes(), &json::Limits::default()).unwrap_or_else(|faults| panic!("{}: {text}", faults[0]))
}

/// A code system of codes c0.. with edges (below, above), each written as a `parent` of the one or a `child` of the other.
fn system(edges: &[(usize, usize, bool)]) -> String {
    let mut text = r#"{"resourceType":"CodeSystem","url":"s","content":"complete","concept":["#.to_owned();
    for code in 0..CODES {
        let properties: Vec<String> = edges
            .iter()
            .filter_map(|(below, above, by_child)| match by_child {
                true if *above == code => Some(format!(r#"{{"code":"child","valueCode":"c{below}"}}"#)),
                false if *below == code => Some(format!(r#"{{"code":"parent","valueCode":"c{above}"}}"#)),
                _ => None,
            })
            .collect();
        let comma = if code == 0 { "" } else { "," };
        let _ = write!(text, r#"{comma}{{"code":"c{code}","property":[{}]}}"#, properties.join(","));
    }
    text + "]}"
}

/// The same written as a tree: each code in the one it is below.
fn nested(above: &[Option<usize>], of: Option<usize>) -> String {
    let children = (0..above.len()).filter(|code| above[*code] == of);
    let concepts: Vec<String> =
        children.map(|code| format!(r#"{{"code":"c{code}","concept":[{}]}}"#, nested(above, Some(code)))).collect();
    concepts.join(",")
}

fn terminology(texts: &[String]) -> Terminology {
    let mut terminology = Terminology::new();
    for text in texts {
        terminology.add_fhir(parsed(text).root()).unwrap();
    }
    terminology
}

/// What a filter over the system accepts.
fn filtered(terminology: &mut Terminology, op: &str, value: usize) -> BTreeSet<String> {
    let text = format!(
        r#"{{"resourceType":"ValueSet","url":"v","compose":{{"include":[{{"system":"s","filter":[{{"property":"concept","op":"{op}","value":"c{value}"}}]}}]}}}}"#
    );
    terminology.add_fhir(parsed(&text).root()).unwrap();
    let set = terminology.expansion("v", None).unwrap();
    set.numbers().iter().map(|number| terminology.code(*number).1.to_owned()).collect()
}

fn subsumes(terminology: &Terminology, above: usize, below: usize) -> bool {
    let code = |n: usize| Code { code: Some(format!("c{n}").into()), system: Some("s".into()), ..Code::default() };
    terminology.subsumes(&code(above), &code(below)).unwrap().unwrap()
}

/// Whether one can be reached from another, by the most plain of ways.
fn reached(edges: &[(usize, usize, bool)], from: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    loop {
        let next: BTreeSet<usize> =
            edges.iter().filter(|(below, ..)| *below == from || found.contains(below)).map(|(_, above, _)| *above).collect();
        let before = found.len();
        found.extend(next);
        if found.len() == before {
            return found;
        }
    }
}

proptest! {
    #[test]
    fn filters_and_subsumption_agree_with_reachability(edges in prop::collection::vec((0..CODES, 0..CODES, any::<bool>()), 0..20)) {
        let mut terminology = terminology(&[system(&edges)]);
        let all: BTreeSet<String> = (0..CODES).map(|n| format!("c{n}")).collect();
        for above in 0..CODES {
            let below: BTreeSet<String> =
                (0..CODES).filter(|n| *n == above || reached(&edges, *n).contains(&above)).map(|n| format!("c{n}")).collect();
            let by_subsumes: BTreeSet<String> =
                (0..CODES).filter(|n| subsumes(&terminology, above, *n)).map(|n| format!("c{n}")).collect();
            prop_assert_eq!(&by_subsumes, &below);
            prop_assert_eq!(&filtered(&mut terminology, "is-a", above), &below);
            let mut strictly = below.clone();
            strictly.remove(&format!("c{above}"));
            prop_assert_eq!(&filtered(&mut terminology, "descendent-of", above), &strictly);
            let others: BTreeSet<String> = all.difference(&below).cloned().collect();
            prop_assert_eq!(&filtered(&mut terminology, "is-not-a", above), &others);
            let general: BTreeSet<String> =
                (0..CODES).filter(|n| subsumes(&terminology, *n, above)).map(|n| format!("c{n}")).collect();
            prop_assert_eq!(&filtered(&mut terminology, "generalizes", above), &general);
        }
    }

    #[test]
    fn nesting_says_what_parents_say(parents in prop::collection::vec(any::<prop::sample::Index>(), CODES), roots in prop::collection::vec(any::<bool>(), CODES)) {
        // Each is below one before it, or at the top.
        let above: Vec<Option<usize>> =
            (0..CODES).map(|n| (n > 0 && !roots[n]).then(|| parents[n].index(n))).collect();
        let edges: Vec<(usize, usize, bool)> =
            above.iter().enumerate().filter_map(|(below, above)| Some((below, (*above)?, false))).collect();
        let flat = terminology(&[system(&edges)]);
        let deep = format!(r#"{{"resourceType":"CodeSystem","url":"s","content":"complete","concept":[{}]}}"#, nested(&above, None));
        let deep = terminology(&[deep]);
        for (a, b) in (0..CODES).flat_map(|a| (0..CODES).map(move |b| (a, b))) {
            prop_assert_eq!(subsumes(&flat, a, b), subsumes(&deep, a, b));
        }
    }

    #[test]
    fn a_set_has_the_codes_it_was_given_in_whatever_order(
        codes in prop::collection::vec(("[stS]{1,2}", "[aAbBß]{1,3}"), 0..60),
        asked in prop::collection::vec(("[stS]{1,2}", "[aAbBß]{1,3}"), 20),
        folds in any::<bool>(),
        fold_first in any::<bool>(),
    ) {
        let mut terminology = Terminology::new();
        let fold = r#"{"resourceType":"CodeSystem","url":"s","content":"not-present","caseSensitive":false}"#;
        let add_fold = |terminology: &mut Terminology| {
            if folds {
                terminology.add_fhir(parsed(fold).root()).unwrap();
            }
        };
        if fold_first {
            add_fold(&mut terminology);
        }
        terminology.add_value_set("v", None, codes.iter().map(|(s, c)| (s.as_str(), c.as_str())));
        add_fold(&mut terminology);
        let key = |(system, code): &(String, String)| match folds && system == "s" {
            true => (system.clone(), code.to_lowercase()),
            false => (system.clone(), code.clone()),
        };
        let want: BTreeSet<(String, String)> = codes.iter().map(key).collect();
        let set = terminology.value_set("v", None).unwrap();
        prop_assert_eq!(set.numbers().len(), want.len());
        for one in codes.iter().chain(&asked) {
            let number = terminology.number(one.0.as_bytes(), one.1.as_bytes());
            prop_assert_eq!(number.is_some_and(|number| set.contains(number)), want.contains(&key(one)), "{:?}", one);
        }
    }
}
