//! The one place that knows the CQL engine: compiling a policy's logic and asking it about a record.

use std::collections::BTreeMap;

use base::{Date, Timestamp};
use case::Truth;
use cql::value::{self, Value};
use cql::{Data, DefinitionId, EvalOptions, Evaluation, Limits, Parameters, Program, Severity, Skeleton};

use crate::fault::{Fault, FaultCode};
use crate::formula::Formula;
use crate::line::LineFacts;
use crate::manifest::References;
use crate::policy::Limit;
use crate::record::Record;

/// Name and version of the engine, recorded with every finding.
pub const ENGINE: &str = concat!("avedis-criteria/", env!("CARGO_PKG_VERSION"));

/// The most plan nodes one evaluation may visit; past it every answer is unknown.
const MOST_STEPS: u64 = 5_000_000;

/// CQL text with the file it stands in.
pub(crate) struct Source {
    pub file: String,
    pub text: String,
}

/// Compiled logic of one policy.
pub(crate) struct Logic {
    program: Program,
    library: String,
    bound: BTreeMap<String, DefinitionId>,
    parameters: Vec<String>,
    references: Vec<References>,
}

impl std::fmt::Debug for Logic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logic").field("library", &self.library).field("definitions", &self.bound.len()).finish_non_exhaustive()
    }
}

/// The answer to one definition.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub truth: Truth,
    pub rests_on: Vec<Rest>,
}

/// A resource an answer rests on: its position in the record and the elements read.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    pub resource: usize,
    pub elements: Vec<String>,
}

impl Logic {
    /// Compiles the sources; `library` is the name of the one whose definitions the policy's criteria name.
    ///
    /// # Errors
    /// Every fault the compiler finds.
    pub(crate) fn compile(sources: &[Source], library: &str, references: &[References]) -> Result<Self, Vec<Fault>> {
        let texts: Vec<cql::Source<'_>> = sources.iter().map(|source| cql::Source { name: &source.file, text: &source.text }).collect();
        let program = cql::compile(&texts, &cql::Options::default()).map_err(|found| {
            let errors = found.iter().filter(|fault| fault.severity == Severity::Error);
            errors.map(fault).collect::<Vec<_>>()
        })?;
        let mut parameters: Vec<String> = program.parameters().iter().map(|parameter| parameter.name.to_string()).collect();
        parameters.sort();
        parameters.dedup();
        Ok(Self { program, library: library.to_owned(), bound: BTreeMap::new(), parameters, references: references.to_vec() })
    }

    /// Binds a definition by name; false when the library has none.
    pub(crate) fn bind(&mut self, define: &str) -> bool {
        match self.program.definition_in(&self.library, define) {
            Some(id) => {
                self.bound.insert(define.to_owned(), id);
                true
            }
            None => false,
        }
    }

    /// The boolean skeleton below a definition, down to the leaves; a leaf is known by its definition's name.
    ///
    /// # Errors
    /// The name of a definition that is neither a leaf nor a combination of definitions.
    pub(crate) fn formula(&self, define: &str, leaf: &dyn Fn(&str) -> Option<usize>) -> Result<Formula, String> {
        let leaves: BTreeMap<u32, usize> =
            self.bound.iter().filter_map(|(name, id)| leaf(name).map(|atom| (id.0, atom))).collect();
        let root = self.bound.get(define).ok_or_else(|| format!("\"{define}\" is not defined"))?;
        self.below(*root, &leaves, 0)
    }

    fn below(&self, id: DefinitionId, leaves: &BTreeMap<u32, usize>, depth: usize) -> Result<Formula, String> {
        if let Some(atom) = leaves.get(&id.0) {
            return Ok(Formula::Atom(*atom));
        }
        if depth > 100 {
            return Err("nested too deep".to_owned());
        }
        self.shape(&self.program.skeleton(id), id, leaves, depth)
    }

    fn shape(&self, skeleton: &Skeleton, id: DefinitionId, leaves: &BTreeMap<u32, usize>, depth: usize) -> Result<Formula, String> {
        let all = |parts: &[Skeleton]| parts.iter().map(|part| self.shape(part, id, leaves, depth)).collect::<Result<Vec<_>, _>>();
        match skeleton {
            Skeleton::And(parts) => Ok(Formula::All(all(parts)?)),
            Skeleton::Or(parts) => Ok(Formula::Any(all(parts)?)),
            Skeleton::Not(part) => Ok(Formula::Not(Box::new(self.shape(part, id, leaves, depth)?))),
            Skeleton::Atom(other) => self.below(*other, leaves, depth + 1),
            Skeleton::Condition(_) => {
                let place = self.program.source_span(id);
                Err(format!("the definition in line {} joins more than definitions", place.line))
            }
        }
    }

    /// Answers for these definitions, in their order. An evaluation that fails or passes its bounds answers unknown.
    pub(crate) fn answers(&self, record: &Record, facts: &LineFacts, limits: &[&Limit], now: Timestamp, defines: &[&str]) -> Vec<Answer> {
        let unknown = || Answer { truth: Truth::Unknown, rests_on: Vec::new() };
        let wanted: Vec<DefinitionId> = defines.iter().filter_map(|define| self.bound.get(*define).copied()).collect();
        let data = Data::load(record.resources().map(|(resource, value)| (resource.full_url.as_deref(), value)));
        let parameters = self.parameters(record, facts, limits);
        let options = EvalOptions {
            trace: true,
            definitions: Some(&wanted),
            limits: Limits { max_steps: MOST_STEPS, ..Limits::default() },
            ..EvalOptions::default()
        };
        let Some(now) = value::DateTime::from_unix_ms(now.as_millisecond(), 0) else {
            return defines.iter().map(|_| unknown()).collect();
        };
        match self.program.evaluate(&data, &parameters, now, &options) {
            Ok(evaluation) if wanted.len() == defines.len() => {
                wanted.iter().map(|id| answer(&evaluation, *id, record)).collect()
            }
            _ => defines.iter().map(|_| unknown()).collect(),
        }
    }

    fn parameters(&self, record: &Record, facts: &LineFacts, limits: &[&Limit]) -> Parameters {
        let mut given: Vec<(&str, Value)> = vec![
            ("AsOf", date(facts.as_of)),
            ("DateOfService", date(facts.date_of_service)),
            ("ReceivedOn", date(facts.received_on)),
            ("RequestedCode", Value::string(&facts.code.code)),
        ];
        if let Some(quantity) = &facts.quantity {
            given.push(("RequestedQuantity", decimal(&quantity.value.to_string())));
        }
        if let Some(months) = facts.supply_months() {
            given.push(("SupplyMonths", i32::try_from(months).map_or(Value::Null, Value::Integer)));
            for limit in limits {
                given.push((&limit.parameter, decimal(&limit.most(months).to_string())));
            }
        }
        let mut parameters = Parameters::new();
        for (name, value) in given {
            if self.parameters.iter().any(|known| known == name) {
                parameters = parameters.with(name, value);
            }
        }
        let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for references in &self.references {
            let names = lists.entry(&references.parameter).or_default();
            record.names_of(references, &mut |name| names.push(Value::string(name)));
        }
        for (name, names) in lists {
            parameters = parameters.with(name, Value::list(names));
        }
        parameters
    }
}

fn fault(found: &cql::Diagnostic) -> Fault {
    Fault {
        file: found.source.to_string(),
        line: u32::try_from(found.line).unwrap_or(0),
        code: FaultCode::Cql,
        message: found.message.clone(),
        advice: found.advice.clone().unwrap_or_default(),
    }
}

fn date(day: Date) -> Value {
    let (month, of_month) = (u32::from(day.month().unsigned_abs()), u32::from(day.day().unsigned_abs()));
    value::Date::new(i32::from(day.year()), Some(month), Some(of_month)).map_or(Value::Null, Value::Date)
}

fn decimal(text: &str) -> Value {
    value::Decimal::parse_rounding(text).map_or(Value::Null, Value::Decimal)
}

fn answer(evaluation: &Evaluation<'_, '_>, id: DefinitionId, record: &Record) -> Answer {
    let truth = match evaluation.tri(id) {
        Some(true) => Truth::Met,
        Some(false) => Truth::NotMet,
        None => Truth::Unknown,
    };
    let evidence = evaluation.evidence(id);
    let mut rests_on: Vec<Rest> = Vec::new();
    for name in &evidence.resources {
        if let Some(resource) = record.index_by_name(name) {
            rests_on.push(Rest { resource, elements: Vec::new() });
        }
    }
    for element in &evidence.elements {
        let Some(resource) = record.index_by_name(&element.resource) else { continue };
        let Some(rest) = rests_on.iter_mut().find(|rest| rest.resource == resource) else { continue };
        let path = below_resource(&element.path);
        if !path.is_empty() && !rest.elements.contains(&path) {
            rest.elements.push(path);
        }
    }
    Answer { truth, rests_on }
}

/// `Observation.valueQuantity.value` -> `value`; `QuestionnaireResponse.item[1].answer[0].valueBoolean` -> `item[1].answer[0].value`.
fn below_resource(path: &str) -> String {
    path.split_once('.').map_or_else(String::new, |(_, rest)| rest.to_owned())
}
