//! What a measure asks of its library: which definitions, and which further ones must be written for it.
//!
//! A population names a definition or is an expression; an observation names a function that is applied to each member of a population. Expressions and
//! observations become definitions of their own, added to the end of the library, so that they are compiled with it and see its names.

use crate::fault::{Fault, FaultCode};
use crate::model::{Basis, Criteria, Group, Kind, Measure};
use cql::syntax::{ParseLimits, parse};
use cql::{DefinitionId, LibraryId, Program, Type};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The names a library has.
#[derive(Clone, Debug, Default)]
pub struct Known {
    definitions: BTreeSet<String>,
    functions: BTreeMap<String, BTreeSet<usize>>,
}

impl Known {
    /// The names of a CQL text.
    #[must_use]
    pub fn of_cql(text: &str) -> Known {
        let (library, _) = parse(&"library".into(), text, &ParseLimits::default());
        let mut known = Known::default();
        known.definitions.extend(library.definitions.iter().map(|d| d.name.text.to_string()));
        for function in &library.functions {
            known.functions.entry(function.name.text.to_string()).or_default().insert(function.operands.len());
        }
        known
    }

    /// The names of an ELM JSON library.
    #[must_use]
    pub fn of_elm(text: &str) -> Known {
        let elm: Json = serde_json::from_str(text).unwrap_or_default();
        let mut known = Known::default();
        for statement in elm["library"]["statements"]["def"].as_array().into_iter().flatten() {
            let name = statement["name"].as_str().unwrap_or_default().to_owned();
            if statement["type"] == "FunctionDef" {
                let operands = statement["operand"].as_array().map_or(0, Vec::len);
                known.functions.entry(name).or_default().insert(operands);
            } else {
                known.definitions.insert(name);
            }
        }
        known
    }
}

/// What is asked for one criteria.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    /// A definition of the library.
    Definition(String),
    /// An expression, as a definition of this name.
    Expression { name: String, text: String },
    /// A function of each member of a definition's list: `{ member, value }`.
    Each { name: String, function: String, members: String },
    /// A function without operands.
    Call { name: String, function: String },
}

impl Ask {
    fn definition(&self) -> &str {
        match self {
            Ask::Definition(name) | Ask::Expression { name, .. } | Ask::Each { name, .. } | Ask::Call { name, .. } => name,
        }
    }
}

/// Everything a measure asks, in its own order.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    groups: Vec<GroupQuestions>,
    supplemental: Vec<Ask>,
}

#[derive(Clone, Debug, Default)]
struct GroupQuestions {
    populations: Vec<Ask>,
    stratifiers: Vec<Vec<Ask>>,
}

/// The definitions of a compiled program that answer a measure's questions.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    pub(crate) groups: Vec<BoundGroup>,
    /// Supplemental data: name and definition.
    pub supplemental: Vec<(String, DefinitionId)>,
    all: Vec<DefinitionId>,
}

#[derive(Clone, Debug)]
pub(crate) struct BoundGroup {
    pub(crate) basis: Basis,
    pub(crate) populations: Vec<DefinitionId>,
    /// Whether an observation gives `{ member, value }` tuples.
    pub(crate) each: Vec<bool>,
    pub(crate) stratifiers: Vec<Vec<DefinitionId>>,
}

impl Bound {
    /// Every definition to evaluate, each once.
    #[must_use]
    pub fn definitions(&self) -> &[DefinitionId] {
        &self.all
    }
}

impl Measure {
    /// What it asks of a library with these names. `label` tells the measures of one library apart.
    ///
    /// # Errors
    /// Names the library does not have.
    pub fn questions(&self, known: &Known, label: &str) -> Result<Questions, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut questions = Questions::default();
        for (g, group) in self.groups.iter().enumerate() {
            let mut asked = GroupQuestions::default();
            for (p, population) in group.populations.iter().enumerate() {
                let path = format!("Measure.group[{g}].population[{p}]");
                let added = format!("{label} group {} population {}", g + 1, p + 1);
                let ask = if population.kind == Kind::MeasureObservation {
                    observation(group, p, known, added)
                } else {
                    criteria(&population.criteria, known, added)
                };
                asked.populations.extend(ask.map_err(|m| faults.push(Fault::new(FaultCode::UnknownDefinition, path, m))));
            }
            for (s, stratifier) in group.stratifiers.iter().enumerate() {
                let components = stratifier.components.iter().enumerate().filter_map(|(c, component)| {
                    let path = format!("Measure.group[{g}].stratifier[{s}]");
                    let added = format!("{label} group {} stratifier {} component {}", g + 1, s + 1, c + 1);
                    let ask = criteria(&component.criteria, known, added);
                    ask.map_err(|m| faults.push(Fault::new(FaultCode::UnknownDefinition, path, m))).ok()
                });
                asked.stratifiers.push(components.collect());
            }
            questions.groups.push(asked);
        }
        for (s, supplemental) in self.supplemental.iter().enumerate() {
            let path = format!("Measure.supplementalData[{s}]");
            let ask = criteria(&supplemental.criteria, known, format!("{label} supplemental data {}", s + 1));
            questions.supplemental.extend(ask.map_err(|m| faults.push(Fault::new(FaultCode::UnknownDefinition, path, m))));
        }
        if faults.is_empty() { Ok(questions) } else { Err(faults) }
    }
}

/// The bare name of a criteria: quotes and a library qualifier are taken off.
fn bare(text: &str) -> String {
    let text = text.trim();
    let last = match text.rfind("\".\"") {
        Some(dot) if text.starts_with('"') => &text[dot + 2..],
        _ => text,
    };
    last.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(last).to_owned()
}

fn criteria(criteria: &Criteria, known: &Known, added: String) -> Result<Ask, String> {
    let name = bare(&criteria.text);
    if known.definitions.contains(&name) {
        return Ok(Ask::Definition(name));
    }
    let identifier = matches!(criteria.language.as_str(), "text/cql-identifier" | "text/cql.identifier");
    if identifier || is_word(&criteria.text) {
        let near = known
            .definitions
            .iter()
            .filter(|d| d.to_lowercase() == name.to_lowercase())
            .map(|d| format!("; did you mean \"{d}\"?"));
        return Err(format!("the library has no definition \"{name}\"{}", near.collect::<String>()));
    }
    Ok(Ask::Expression { name: added, text: criteria.text.clone() })
}

/// One name and nothing else: not an expression, but a definition that is not there.
fn is_word(text: &str) -> bool {
    let text = text.trim();
    let quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"') && !text[1..text.len() - 1].contains('"');
    let titled = text.starts_with(char::is_uppercase) && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ' ');
    quoted || titled
}

fn observation(group: &Group, index: usize, known: &Known, added: String) -> Result<Ask, String> {
    let population = &group.populations[index];
    let name = bare(&population.criteria.text);
    let arities = known.functions.get(&name);
    let observed = group.observed(index).map(|o| &group.populations[o]);
    if arities.is_some_and(|a| a.contains(&1)) {
        let members = observed.ok_or("which population it observes is not said")?;
        let members = criteria(&members.criteria, known, String::new())?;
        let Ask::Definition(members) = members else {
            return Err(
                "an observation of a population given as an expression: give the population a definition of its own".to_owned()
            );
        };
        return Ok(Ask::Each { name: added, function: name, members });
    }
    if arities.is_some_and(|a| a.contains(&0)) {
        return Ok(Ask::Call { name: added, function: name });
    }
    if known.definitions.contains(&name) {
        return Ok(Ask::Definition(name));
    }
    Err(format!("the library has no function \"{name}\" of one operand (the member observed)"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Questions {
    fn asks(&self) -> impl Iterator<Item = &Ask> {
        let of_groups = self.groups.iter().flat_map(|g| g.populations.iter().chain(g.stratifiers.iter().flatten()));
        of_groups.chain(&self.supplemental)
    }

    /// Definitions to put at the end of the library's CQL; empty when it has all that is asked.
    #[must_use]
    pub fn cql(&self) -> String {
        let mut text = String::new();
        for ask in self.asks() {
            let (name, body) = match ask {
                Ask::Definition(_) => continue,
                Ask::Expression { name, text } => (name, text.clone()),
                Ask::Call { name, function } => (name, format!("{}()", quoted(function))),
                Ask::Each { name, function, members } => (
                    name,
                    format!(
                        "({}) \"the member\" return all Tuple {{ member: \"the member\", value: {}(\"the member\") }}",
                        quoted(members),
                        quoted(function)
                    ),
                ),
            };
            text.push_str(&format!("\ndefine {}:\n  {body}\n", quoted(name)));
        }
        text
    }

    /// The library's ELM with what is asked added to it.
    ///
    /// # Errors
    /// When a criteria is CQL text, which only a library in CQL can take; or when the ELM is not JSON.
    pub fn elm(&self, text: &str) -> Result<String, Fault> {
        let mut elm: Json = serde_json::from_str(text)
            .map_err(|e| Fault::new(FaultCode::BadCriteria, "$", format!("the library's ELM is not JSON: {e}")))?;
        let mut added = Vec::new();
        for ask in self.asks() {
            let (name, expression) = match ask {
                Ask::Definition(_) => continue,
                Ask::Expression { text, .. } => {
                    let message = format!("the criteria `{text}` are CQL text, and the library is ELM: give the library's CQL");
                    return Err(Fault::new(FaultCode::BadCriteria, "Measure.group", message));
                }
                Ask::Call { name, function } => (name, json!({ "type": "FunctionRef", "name": function, "operand": [] })),
                Ask::Each { name, function, members } => {
                    let member = json!({ "type": "AliasRef", "name": "the member" });
                    let value = json!({ "type": "FunctionRef", "name": function, "operand": [member] });
                    let elements = json!([{ "name": "member", "value": member }, { "name": "value", "value": value }]);
                    let query = json!({
                        "type": "Query",
                        "source": [{ "alias": "the member", "expression": { "type": "ExpressionRef", "name": members } }],
                        "relationship": [],
                        "return": { "distinct": false, "expression": { "type": "Tuple", "element": elements } },
                    });
                    (name, query)
                }
            };
            added.push(json!({ "name": name, "context": "Patient", "accessLevel": "Public", "expression": expression }));
        }
        if let Some(statements) = elm["library"]["statements"]["def"].as_array_mut() {
            statements.append(&mut added);
        }
        Ok(elm.to_string())
    }

    /// The answers' places in a compiled program, and the basis of every group.
    ///
    /// # Errors
    /// Definitions of a type that cannot be what they are used as.
    pub fn bind(&self, measure: &Measure, program: &Program, library: LibraryId) -> Result<Bound, Vec<Fault>> {
        let definitions = program.definitions(library);
        let mut faults = Vec::new();
        let mut bound = Bound::default();
        let mut find = |ask: &Ask, path: &str, faults: &mut Vec<Fault>| {
            let found = definitions.iter().find(|d| *d.name == *ask.definition());
            if let Some(found) = found {
                if !bound.all.contains(&found.id) {
                    bound.all.push(found.id);
                }
                return Some((found.id, found.ty.clone()));
            }
            let message = format!("the program has no definition \"{}\"", ask.definition());
            faults.push(Fault::new(FaultCode::UnknownDefinition, path, message));
            None
        };
        let mut groups = Vec::new();
        for (g, (group, asked)) in measure.groups.iter().zip(&self.groups).enumerate() {
            let path = |p: usize| format!("Measure.group[{g}].population[{p}]");
            let found: Vec<Option<(DefinitionId, Type)>> =
                asked.populations.iter().enumerate().map(|(p, a)| find(a, &path(p), &mut faults)).collect();
            let initial =
                group.of_kind(Kind::InitialPopulation).next().and_then(|(i, _)| found.get(i)?.as_ref()).map(|(_, ty)| ty.clone());
            // Older measures do not say what they count: the initial population's type does.
            let by_type = match &initial {
                Some(Type::List(of)) => Basis::Members(of.to_string()),
                _ => Basis::Boolean,
            };
            let basis = group.basis.clone().unwrap_or(by_type);
            for (p, ty) in found.iter().enumerate().filter_map(|(p, f)| f.as_ref().map(|(_, ty)| (p, ty))) {
                if group.populations[p].kind != Kind::MeasureObservation && !fits(ty, &basis) {
                    let wanted = if basis == Basis::Boolean { "true or false, or a list" } else { "a list of members" };
                    let message =
                        format!("\"{}\" is a {ty}; a population of this basis is {wanted}", asked.populations[p].definition());
                    faults.push(Fault::new(FaultCode::WrongType, path(p), message));
                }
            }
            let stratifiers = asked.stratifiers.iter().enumerate().map(|(s, parts)| {
                let path = format!("Measure.group[{g}].stratifier[{s}]");
                parts.iter().filter_map(|a| find(a, &path, &mut faults).map(|(id, _)| id)).collect()
            });
            groups.push(BoundGroup {
                basis,
                stratifiers: stratifiers.collect(),
                each: asked.populations.iter().map(|a| matches!(a, Ask::Each { .. })).collect(),
                populations: found.into_iter().flatten().map(|(id, _)| id).collect(),
            });
        }
        let supplemental: Vec<(String, DefinitionId)> = self
            .supplemental
            .iter()
            .filter_map(|a| Some((a.definition().to_owned(), find(a, "Measure.supplementalData", &mut faults)?.0)))
            .collect();
        bound.groups = groups;
        bound.supplemental = supplemental;
        if faults.is_empty() { Ok(bound) } else { Err(faults) }
    }
}

/// Whether a population of this basis can be of this type.
fn fits(ty: &Type, basis: &Basis) -> bool {
    let is_list = matches!(ty, Type::List(_));
    let is_boolean = *ty == Type::BOOLEAN;
    // A choice or an untyped null may still turn out to be right.
    let open = ty.is_any() || matches!(ty, Type::Choice(_));
    open || is_list || (*basis == Basis::Boolean && is_boolean)
}
