//! The one place that knows the CQL engine: compiling a policy's logic and asking it about a record.

use std::collections::BTreeMap;

use base::{Date, Timestamp};
use case::Truth;
use cql::value::{self, Object, Value};
use cql::{Data, DefinitionId, EvalOptions, Evaluation, Limits, Parameters, Program, Severity, Skeleton};
use json::NodeId;

use crate::fault::{Fault, FaultCode};
use crate::formula::Formula;
use crate::line::LineFacts;
use crate::manifest::References;
use crate::policy::{Criterion, Kind, Limit};
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
    statements: Statements,
    parameters: Vec<String>,
    references: Vec<References>,
}

/// Where the statements of a record are found.
#[derive(Debug, Clone, Copy, Default)]
struct Statements {
    /// Tuples of `link`, `judged` (by a named clinician) and `source` (the item).
    answers: Option<DefinitionId>,
    /// Observations.
    findings: Option<DefinitionId>,
}

impl std::fmt::Debug for Logic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logic").field("library", &self.library).field("definitions", &self.bound.len()).finish_non_exhaustive()
    }
}

/// What is asked of the logic for one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    define: DefinitionId,
    evidence: Vec<DefinitionId>,
    /// A judgement: only statements of a named clinician are its evidence.
    judged: bool,
    items: Vec<String>,
}

/// What the questions are about.
pub(crate) struct About<'a> {
    pub record: &'a Record,
    pub facts: &'a LineFacts,
    /// The usual maxima of the requested code.
    pub limits: &'a [&'a Limit],
    pub now: Timestamp,
}

/// The answer to one question.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub truth: Truth,
    pub rests_on: Vec<Rest>,
}

/// One answer of a form, or one finding of a clinician.
struct Statement {
    link: String,
    judged: bool,
    source: Object,
}

/// Something an answer rests on: a resource of the record, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rest {
    pub resource: usize,
    pub part: NodeId,
}

/// The most pieces of evidence kept for one criterion.
const MOST_EVIDENCE: usize = 40;

/// Definitions of the shared library that hold the statements a record makes.
const ANSWERS: &str = "Answers";
const CLINICIAN_FINDINGS: &str = "Clinician Findings";

impl Logic {
    /// Compiles the sources; `library` is the name of the one whose definitions the policy's criteria name.
    ///
    /// # Errors
    /// Every fault the compiler finds.
    pub(crate) fn compile(sources: &[Source], library: &str, references: &[References]) -> Result<Self, Vec<Fault>> {
        let texts: Vec<cql::Source<'_>> =
            sources.iter().map(|source| cql::Source { name: &source.file, text: &source.text }).collect();
        let program = cql::compile(&texts, &cql::Options::default()).map_err(|found| {
            let errors = found.iter().filter(|fault| fault.severity == Severity::Error);
            errors.map(fault).collect::<Vec<_>>()
        })?;
        let mut parameters: Vec<String> = program.parameters().iter().map(|parameter| parameter.name.to_string()).collect();
        parameters.sort();
        parameters.dedup();
        let statements = Statements { answers: program.definition(ANSWERS), findings: program.definition(CLINICIAN_FINDINGS) };
        let (library, references) = (library.to_owned(), references.to_vec());
        Ok(Self { program, library, bound: BTreeMap::new(), statements, parameters, references })
    }

    /// Binds a definition by name, of the policy's library or else of a shared one; false when there is none.
    pub(crate) fn bind(&mut self, define: &str) -> bool {
        match self.program.definition_in(&self.library, define).or_else(|| self.program.definition(define)) {
            Some(id) => {
                self.bound.insert(define.to_owned(), id);
                true
            }
            None => false,
        }
    }

    /// What to ask for a criterion; `None` when its definition is not bound.
    pub(crate) fn question(&self, criterion: &Criterion) -> Option<Question> {
        Some(Question {
            define: *self.bound.get(&criterion.define)?,
            evidence: criterion.evidence.iter().filter_map(|define| self.bound.get(define).copied()).collect(),
            judged: criterion.kind == Kind::Judged,
            items: criterion.items.clone(),
        })
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

    fn shape(
        &self,
        skeleton: &Skeleton,
        id: DefinitionId,
        leaves: &BTreeMap<u32, usize>,
        depth: usize,
    ) -> Result<Formula, String> {
        let all =
            |parts: &[Skeleton]| parts.iter().map(|part| self.shape(part, id, leaves, depth)).collect::<Result<Vec<_>, _>>();
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

    /// Answers to these questions, in their order. An evaluation that fails or passes its bounds answers unknown.
    pub(crate) fn answers(&self, about: &About<'_>, questions: &[Question]) -> Vec<Answer> {
        let answered = self.evaluation(about, questions, |evaluation| {
            let statements = self.statements(evaluation);
            questions.iter().map(|question| self.answer(evaluation, &statements, question, about.record)).collect()
        });
        answered.unwrap_or_else(|_| questions.iter().map(|_| Answer { truth: Truth::Unknown, rests_on: Vec::new() }).collect())
    }

    /// The first error of the logic over this record: worked cases must run without one. It may quote the record.
    pub(crate) fn error(&self, about: &About<'_>, questions: &[Question]) -> Option<String> {
        let found = self.evaluation(about, questions, |evaluation| evaluation.first_error().map(ToString::to_string));
        found.unwrap_or_else(Some)
    }

    fn evaluation<R>(
        &self,
        about: &About<'_>,
        questions: &[Question],
        then: impl FnOnce(&Evaluation<'_, '_>) -> R,
    ) -> Result<R, String> {
        let mut wanted: Vec<DefinitionId> = questions.iter().map(|question| question.define).collect();
        wanted.extend(questions.iter().flat_map(|question| question.evidence.iter().copied()));
        wanted.extend([self.statements.answers, self.statements.findings].into_iter().flatten());
        let data = Data::load(about.record.resources().map(|(resource, value)| (resource.full_url.as_deref(), value)));
        let parameters = self.parameters(about);
        let options = EvalOptions {
            definitions: Some(&wanted),
            limits: Limits { max_steps: MOST_STEPS, ..Limits::default() },
            ..EvalOptions::default()
        };
        let now = value::DateTime::from_unix_ms(about.now.as_millisecond(), 0).ok_or("a time out of range")?;
        let evaluation = self.program.evaluate(&data, &parameters, now, &options).map_err(|error| error.to_string())?;
        Ok(then(&evaluation))
    }

    fn answer(&self, evaluation: &Evaluation<'_, '_>, statements: &[Statement], question: &Question, record: &Record) -> Answer {
        let truth = match evaluation.tri(question.define) {
            Some(true) => Truth::Met,
            Some(false) => Truth::NotMet,
            None => Truth::Unknown,
        };
        let mut rests_on = Vec::new();
        for define in &question.evidence {
            objects(evaluation.value(*define), &mut |object| keep(&mut rests_on, evaluation, object, record));
        }
        for statement in statements {
            if (statement.judged || !question.judged) && question.items.contains(&statement.link) {
                keep(&mut rests_on, evaluation, &statement.source, record);
            }
        }
        Answer { truth, rests_on }
    }

    /// The answers of forms and the findings of clinicians, as the logic counted them.
    fn statements(&self, evaluation: &Evaluation<'_, '_>) -> Vec<Statement> {
        let list =
            |define: Option<DefinitionId>| define.and_then(|define| evaluation.value(define).as_list()).unwrap_or_default();
        let mut out = Vec::new();
        for answer in list(self.statements.answers) {
            let Value::Tuple(answer) = answer else { continue };
            if let (Value::Object(source), Some(link)) = (answer.get("source"), answer.get("link").as_str()) {
                out.push(Statement { link: link.to_owned(), judged: answer.get("judged").tri() == Some(true), source });
            }
        }
        for finding in list(self.statements.findings) {
            let Value::Object(source) = finding else { continue };
            let codings = evaluation.data().value(*source).get("code").and_then(|code| code.get("coding"));
            for coding in codings.iter().flat_map(json::Value::items) {
                if let Some(code) = coding.get("code").and_then(|code| code.as_str()) {
                    out.push(Statement { link: code.into_owned(), judged: true, source: *source });
                }
            }
        }
        out
    }

    fn parameters(&self, about: &About<'_>) -> Parameters {
        let About { record, facts, limits, .. } = about;
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
            for limit in *limits {
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

/// Every object of the data in a value: itself, in a list, or as the `source` of a tuple.
fn objects(value: &Value, give: &mut dyn FnMut(&Object)) {
    match value {
        Value::Object(object) => give(object),
        Value::List(values) => values.iter().for_each(|value| objects(value, give)),
        Value::Tuple(tuple) => {
            for (name, value) in &tuple.elements {
                if *name == *"source" {
                    objects(value, give);
                }
            }
        }
        _ => {}
    }
}

fn keep(rests_on: &mut Vec<Rest>, evaluation: &Evaluation<'_, '_>, object: &Object, record: &Record) {
    let value = evaluation.data().value(*object);
    if let Some(resource) = record.index_of_node(value.document(), object.node) {
        let rest = Rest { resource, part: object.node };
        if rests_on.len() < MOST_EVIDENCE && !rests_on.contains(&rest) {
            rests_on.push(rest);
        }
    }
}
