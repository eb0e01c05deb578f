//! Filters of value set definitions (FHIR R4, *ValueSet*, `compose.include.filter`; operators of R5 too).

use super::define::Filter;
use super::system::{CodeSystem, Concept};
use super::{Terminology, TerminologyFault};
use crate::value::Text;
use regex_lite::Regex;

/// Longest pattern.
const MAX_PATTERN: usize = 10_000;

/// What a filter looks at.
enum Subject {
    Code,
    Display,
    /// The codes directly above (or below).
    Near {
        down: bool,
    },
    Inactive,
    Grouping,
    /// A property by its position.
    Property(u32),
}

impl Terminology {
    /// Which concepts of a code system a filter accepts.
    pub(super) fn filtered(&self, system: &CodeSystem, filter: &Filter) -> Result<Vec<bool>, TerminologyFault> {
        let fault = |why| TerminologyFault::Filter {
            system: system.named(),
            property: filter.property.clone(),
            op: filter.op.clone(),
            value: filter.value.clone(),
            why,
        };
        if matches!(&*filter.op, "is-a" | "descendent-of" | "is-not-a" | "generalizes" | "child-of" | "descendent-leaf") {
            return self.by_hierarchy(system, filter, &fault);
        }
        let subject = subject(system, &filter.property).ok_or_else(|| fault("the code system has no such property"))?;
        let asked = Asked { terminology: self, system, subject };
        let value = filter.value.as_str();
        match &*filter.op {
            "=" => Ok(asked.each(|text| asked.is_same(text, value))),
            "in" | "not-in" => {
                let wanted: Vec<&str> = value.split(',').map(str::trim).collect();
                let mut found = asked.each(|text| wanted.iter().any(|wanted| asked.is_same(text, wanted)));
                if filter.op == "not-in" {
                    found.iter_mut().for_each(|found| *found = !*found);
                }
                Ok(found)
            }
            "exists" => {
                let wanted = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(fault("`exists` is followed by true or false")),
                };
                Ok(asked.each(|_| true).into_iter().map(|found| found == wanted).collect())
            }
            "regex" => {
                // As everywhere in FHIR the pattern is for the whole text.
                let pattern = (value.len() <= MAX_PATTERN).then(|| Regex::new(&format!("^(?:{value})$")));
                let Some(Ok(pattern)) = pattern else {
                    return Err(fault("the pattern is not a regular expression that can be used here"));
                };
                Ok(asked.each(|text| pattern.is_match(text)))
            }
            _ => Err(fault("the operator is not known")),
        }
    }

    fn by_hierarchy(
        &self,
        system: &CodeSystem,
        filter: &Filter,
        fault: &dyn Fn(&'static str) -> TerminologyFault,
    ) -> Result<Vec<bool>, TerminologyFault> {
        if !matches!(&*filter.property, "concept" | "code" | "") {
            return Err(fault("the hierarchy is that of `concept`"));
        }
        if let Some(meaning) = &system.no_subsumption {
            return Err(TerminologyFault::NoSubsumption { system: system.named(), meaning: meaning.clone() });
        }
        let number = self.codes.find(system.url.as_bytes(), filter.value.as_bytes());
        let at = number.and_then(|n| system.position(n)).ok_or_else(|| fault("the code system has no such code"))?;
        let mut marked = match &*filter.op {
            "generalizes" => system.reach(at, false),
            "child-of" => {
                let mut marked = vec![false; system.concepts.len()];
                system.next_to(at, true).for_each(|child| marked[child as usize] = true);
                marked
            }
            _ => system.reach(at, true),
        };
        // A code is of its own kind; what is only below it is not itself, even in a circle.
        marked[at as usize] = matches!(&*filter.op, "is-a" | "is-not-a" | "generalizes");
        match &*filter.op {
            "is-not-a" => marked.iter_mut().for_each(|m| *m = !*m),
            "descendent-leaf" => {
                for (at, marked) in marked.iter_mut().enumerate() {
                    *marked &= system.next_to(at as u32, true).next().is_none();
                }
            }
            _ => {}
        }
        Ok(marked)
    }
}

fn subject(system: &CodeSystem, property: &str) -> Option<Subject> {
    Some(match property {
        "code" | "concept" => Subject::Code,
        "display" => Subject::Display,
        "parent" => Subject::Near { down: false },
        "child" => Subject::Near { down: true },
        "inactive" => Subject::Inactive,
        "notSelectable" => Subject::Grouping,
        _ => Subject::Property(system.property_names.iter().position(|name| &**name == property)? as u32),
    })
}

/// A subject of the concepts of a code system.
struct Asked<'t> {
    terminology: &'t Terminology,
    system: &'t CodeSystem,
    subject: Subject,
}

impl Asked<'_> {
    fn is_same(&self, text: &str, wanted: &str) -> bool {
        let is_code = matches!(self.subject, Subject::Code | Subject::Near { .. });
        text == wanted
            || is_code && {
                let number = |code: &str| self.terminology.codes.find(self.system.url.as_bytes(), code.as_bytes());
                number(wanted).is_some_and(|wanted| number(text) == Some(wanted))
            }
    }

    /// For each concept, whether any text of the subject is accepted.
    fn each(&self, accepts: impl Fn(&str) -> bool) -> Vec<bool> {
        let system = self.system;
        let code = |concept: &Concept| self.terminology.code(concept.number).1;
        let flag = |flag: bool| if flag { "true" } else { "false" };
        let mut found = vec![false; system.concepts.len()];
        if let Subject::Property(name) = self.subject {
            for property in system.properties.iter().filter(|p| p.name == name) {
                found[property.concept as usize] |= accepts(&property.value);
            }
            return found;
        }
        for (at, concept) in system.concepts.iter().enumerate() {
            found[at] = match self.subject {
                Subject::Code => accepts(code(concept)),
                Subject::Display => concept.display.as_ref().is_some_and(|display: &Text| accepts(display)),
                Subject::Near { down } => {
                    system.next_to(at as u32, down).any(|near| accepts(code(&system.concepts[near as usize])))
                }
                Subject::Inactive => accepts(flag(concept.inactive)),
                Subject::Grouping => accepts(flag(concept.grouping)),
                Subject::Property(_) => false,
            };
        }
        found
    }
}
