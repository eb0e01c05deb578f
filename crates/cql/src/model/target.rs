//! Mappings of a profile model's elements onto FHIR, as ModelInfo writes them:
//!
//! * `%value.value`, `FHIRHelpers.ToConcept(%value)`: the System value of the element of the same name;
//! * `FHIRHelpers.ToConcept(%parent.extension[url='...'].value)`: a path from the instance itself;
//! * `System.Concept:...;System.ValueSet:...`: the first of several that gives a value of its type.

use crate::ir::SystemType;
use std::sync::Arc;

/// How a profile model's element is computed from FHIR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The System value of the FHIR element of the same name (FHIRHelpers conversion by its type).
    Value,
    /// What a path from the instance leads to.
    Path(TargetPath),
    /// The first alternative that gives a value of its type.
    Alternatives(Vec<(SystemType, Target)>),
}

/// A path from the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPath {
    /// Function of FHIRHelpers that makes the value at the end.
    pub function: Option<Arc<str>>,
    /// From the instance on.
    pub steps: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The element of this name.
    Element(Arc<str>),
    /// Only those for which each (dotted) path has this text.
    Where(Vec<(Arc<str>, Arc<str>)>),
}

/// Reads a mapping. What is not understood reads the element of the same name.
pub(super) fn read(text: &str) -> Option<Target> {
    if text.contains(';') {
        let alternatives = text.split(';').map(|part| {
            let (ty, target) = part.strip_prefix("System.")?.split_once(':')?;
            Some((SystemType::from_name(ty)?, read(target)?))
        });
        return alternatives.collect::<Option<Vec<_>>>().map(Target::Alternatives);
    }
    let (function, path) =
        match text.strip_prefix("FHIRHelpers.").and_then(|t| t.strip_suffix(')')).and_then(|t| t.split_once('(')) {
            Some((function, path)) => (Some(function.into()), path),
            None => (None, text),
        };
    if path == "%value" || path == "%value.value" {
        return Some(Target::Value);
    }
    let mut rest = path.strip_prefix("%parent.")?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        if end > 0 {
            steps.push(Step::Element(rest[..end].into()));
        }
        rest = &rest[end..];
        if let Some(after) = rest.strip_prefix("[x]") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (conditions, after) = conditions(after)?;
            steps.push(Step::Where(conditions));
            rest = after;
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    Some(Target::Path(TargetPath { function, steps }))
}

/// `a.b='x',c='y']` and what follows. Texts may hold brackets and dots, so the closing quote is looked for.
#[allow(clippy::type_complexity)]
fn conditions(mut rest: &str) -> Option<(Vec<(Arc<str>, Arc<str>)>, &str)> {
    let mut found = Vec::new();
    loop {
        let (path, after) = rest.split_once("='")?;
        let (text, after) = after.split_once('\'')?;
        found.push((path.into(), text.into()));
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((found, after.strip_prefix(']')?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_read() {
        assert_eq!(read("%value.value"), Some(Target::Value));
        assert_eq!(read("FHIRHelpers.ToConcept(%value)"), Some(Target::Value));
        let element = |name: &str| Step::Element(name.into());
        let only = |path: &str, text: &str| Step::Where(vec![(path.into(), text.into())]);
        let path =
            |function: Option<&str>, steps: Vec<Step>| Target::Path(TargetPath { function: function.map(Arc::from), steps });
        let url = "http://example.org/StructureDefinition/one.two";
        assert_eq!(
            read(&format!("FHIRHelpers.ToConcept(%parent.extension[url='{url}'].value)")),
            Some(path(Some("ToConcept"), vec![element("extension"), only("url", url), element("value")]))
        );
        assert_eq!(
            read(&format!("%parent.medication[x].extension[url='{url}'].value.value")),
            Some(path(
                None,
                vec![element("medication"), element("extension"), only("url", url), element("value"), element("value")]
            ))
        );
        let two = Step::Where(vec![("coding.system".into(), "s".into()), ("coding.code".into(), "c".into())]);
        assert_eq!(
            read("FHIRHelpers.ToConcept(%parent.category[coding.system='s',coding.code='c'])"),
            Some(path(Some("ToConcept"), vec![element("category"), two]))
        );
        let read_two =
            read("System.Concept:FHIRHelpers.ToConcept(%value);System.ValueSet:FHIRHelpers.ToValueSet(%parent.code.value)");
        let set = path(Some("ToValueSet"), vec![element("code"), element("value")]);
        assert_eq!(read_two, Some(Target::Alternatives(vec![(SystemType::Concept, Target::Value), (SystemType::ValueSet, set)])));
        assert_eq!(read("nonsense"), None);
        assert_eq!(read("%parent.extension[url='x"), None);
    }
}
