//! Value sets that are only defined (FHIR R4, *ValueSet*, Value Set Expansion): which codes they have.

use super::define::{Definition, Part};
use super::{CodeNumber, Content, Terminology, TerminologyFault, ValueSetCodes, named};

/// Value sets that include one another stop here.
const MAX_DEPTH: usize = 64;

impl Terminology {
    /// The codes of a value set. `path` leads to it: the sets that are being expanded.
    pub(super) fn expand(&self, index: usize, path: &mut Vec<usize>) -> Result<&ValueSetCodes, TerminologyFault> {
        let entry = &self.value_sets[index];
        if let Some(ready) = entry.codes.get() {
            return ready.as_ref().map_err(Clone::clone);
        }
        let Some(definition) = &entry.definition else {
            return Err(TerminologyFault::NoContent(named(&entry.url, entry.version.as_deref())));
        };
        if path.contains(&index) || path.len() > MAX_DEPTH {
            return Err(TerminologyFault::Circle(named(&entry.url, entry.version.as_deref())));
        }
        path.push(index);
        let numbers = self.defined(definition, path);
        path.pop();
        let _ = self.expanded.set(());
        match numbers {
            Ok(numbers) => {
                let made = || Ok(ValueSetCodes::new(&entry.url, entry.version.as_deref(), numbers));
                entry.codes.get_or_init(made).as_ref().map_err(Clone::clone)
            }
            // Within a circle each set has another fault: only that of the set asked for is kept.
            Err(fault) if path.is_empty() => entry.codes.get_or_init(|| Err(fault)).as_ref().map_err(Clone::clone),
            Err(fault) => Err(fault),
        }
    }

    fn defined(&self, definition: &Definition, path: &mut Vec<usize>) -> Result<Vec<CodeNumber>, TerminologyFault> {
        let mut numbers = Vec::new();
        for part in &definition.include {
            let mut found = self.part(part, path)?;
            if definition.only_active {
                found.retain(|number| !self.is_inactive(*number, part));
            }
            numbers.append(&mut found);
        }
        numbers.sort_unstable();
        numbers.dedup();
        for part in &definition.exclude {
            let out = self.part(part, path)?;
            numbers.retain(|number| out.binary_search(number).is_err());
        }
        Ok(numbers)
    }

    /// The codes of an `include` or `exclude`, sorted: those that are in all it names.
    fn part(&self, part: &Part, path: &mut Vec<usize>) -> Result<Vec<CodeNumber>, TerminologyFault> {
        let mut found = part.codes.clone();
        if let Some(codes) = &mut found {
            codes.sort_unstable();
        }
        if let Some((url, version)) = &part.system
            && (found.is_none() || !part.filters.is_empty())
        {
            let system = self.system(url, version.as_deref())?;
            if system.content != Content::Complete {
                return Err(system.incomplete());
            }
            // A code that is only there to group others is no code to be recorded (`notSelectable`).
            let mut kept: Vec<bool> = system.concepts.iter().map(|concept| !concept.grouping).collect();
            for filter in &part.filters {
                let accepted = self.filtered(system, filter)?;
                kept.iter_mut().zip(accepted).for_each(|(kept, accepted)| *kept &= accepted);
            }
            let concepts = system.concepts.iter().zip(kept).filter(|(_, kept)| *kept);
            let mut numbers: Vec<CodeNumber> = concepts.map(|(concept, _)| concept.number).collect();
            numbers.sort_unstable();
            found = Some(both(found, numbers));
        }
        for url in &part.value_sets {
            let (url, version) = super::split(url, None);
            let known = self.sets_by_url.get(url).map(Vec::as_slice).unwrap_or_default();
            let Some(index) = super::pick(&self.value_sets, known, version, |set| set.version.as_deref()) else {
                return Err(TerminologyFault::NoValueSet { named: named(url, version), versions: self.versions(known) });
            };
            let set = self.expand(index, path)?;
            found = Some(both(found, set.numbers().to_vec()));
        }
        found.ok_or(TerminologyFault::EmptyPart)
    }

    /// Whether the code system says that a code is no longer used.
    fn is_inactive(&self, number: CodeNumber, part: &Part) -> bool {
        let system = match &part.system {
            Some((url, version)) => self.code_system(url, version.as_deref()),
            None => self.code_system(self.code(number).0, None),
        };
        system.is_some_and(|system| system.position(number).is_some_and(|at| system.concepts[at as usize].inactive))
    }
}

/// What is in both of two sorted lists.
fn both(found: Option<Vec<CodeNumber>>, mut codes: Vec<CodeNumber>) -> Vec<CodeNumber> {
    if let Some(before) = found {
        codes.retain(|code| before.binary_search(code).is_ok());
    }
    codes
}
