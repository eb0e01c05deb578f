//! Expressions that have one value for all patients: those over constants are evaluated when the program is made, those over the request's time and
//! parameters when the first patient of an [`Evaluator`] asks.
//!
//! What cannot be folded stays as it is: an error keeps its place and belongs to the definition it happens in. A trace evaluates every expression anew, so
//! evidence is the same.

use super::error::EvalError;
use super::heap::Heap;
use super::machine::Machine;
use super::program::{EvalOptions, Evaluation, Limits, Parameters, Prepared, Program};
use super::trace::Off;
use crate::data::Data;
use crate::ops::Env;
use crate::plan::{Body, Candidates, Op, OpId, Rests};
use crate::value::{DateTime, Value};
use std::sync::OnceLock;

/// Most steps that are spent on folding a program.
const MOST_STEPS: u64 = 200_000;
/// Deeper nesting is not folded as a whole.
const MOST_DEPTH: u32 = 100;
/// Most bytes that values may take while a program is folded.
const MOST_BYTES: usize = 4 << 20;
/// Most elements or bytes of one value that is kept.
const MOST_SIZE: usize = 10_000;

impl Prepared {
    /// Folds what rests on constants, and marks what rests on the request. `candidates` are of the code as it was before memos were placed.
    pub(super) fn fold(&mut self, mut candidates: Candidates) {
        let mut folded: Vec<(OpId, Value)> = Vec::new();
        let mut settled: Vec<OpId> = Vec::new();
        let Some(start) = DateTime::parse("2000-01-01T00:00:00.000Z") else { return };
        {
            let (heap, data, parameters) = (Heap::new(), Data::load([]), Parameters::new());
            let limits = Limits { max_steps: MOST_STEPS, max_depth: MOST_DEPTH, ..Limits::default() };
            let options = EvalOptions { limits, ..EvalOptions::default() };
            let mut machine = Machine::new(self, &data, &parameters, (Env::new(start), &heap), &options, None, Off);
            for body in &self.code.definitions {
                let mut found = Vec::new();
                candidates.below(&self.code, body.op, false, &mut found);
                while let Some(candidate) = found.pop() {
                    let made = match candidate.rests {
                        Rests::Nothing if heap.bytes() < MOST_BYTES => {
                            machine.constant(Body { op: candidate.op, slots: body.slots })
                        }
                        Rests::Nothing => Made::Nothing,
                        _ => Made::OfRequest,
                    };
                    let mut within = candidate.within;
                    match made {
                        Made::Constant(value) => {
                            folded.push((candidate.op, value));
                            continue;
                        }
                        Made::OfRequest if !within => {
                            settled.push(candidate.op);
                            within = true;
                        }
                        _ => {}
                    }
                    candidates.apart(&self.code, candidate.op, within, &mut found);
                }
            }
        }
        for (op, value) in folded {
            let number = self.code.constants.len() as u32;
            self.code.constants.push(value);
            self.code.wrap(op, |inner| Op::Folded(number, inner));
        }
        for op in settled {
            let number = self.code.settled;
            self.code.settled += 1;
            self.code.wrap(op, |inner| Op::Settled(number, inner));
        }
    }
}

/// What folding made of an expression over constants.
enum Made {
    Constant(Value),
    /// It rests on the time of the request or its offset.
    OfRequest,
    /// An error, or something too large to keep.
    Nothing,
}

impl<'m, 'a: 'm> Machine<'m, 'a, Off> {
    /// The value of a body that rests on no data.
    fn constant(&mut self, body: Body) -> Made {
        self.forget();
        self.env.was_asked();
        let Ok((value, ())) = self.in_frame(0, body) else { return Made::Nothing };
        let value = value.to_value();
        match (self.env.was_asked(), is_kept(&value)) {
            (_, false) => Made::Nothing,
            (true, true) => Made::OfRequest,
            (false, true) => Made::Constant(value),
        }
    }
}

/// Whether a value may outlive the patient it was computed for: it holds none of the patient's data, and is not large.
pub(super) fn is_kept(value: &Value) -> bool {
    let mut left = MOST_SIZE;
    has_room(value, &mut left)
}

fn has_room(value: &Value, left: &mut usize) -> bool {
    let size = match value {
        Value::String(text) => text.as_bytes().len(),
        _ => 1,
    };
    let Some(rest) = left.checked_sub(size) else { return false };
    *left = rest;
    match value {
        Value::Object(_) => false,
        Value::List(items) => items.iter().all(|item| has_room(item, left)),
        Value::Tuple(tuple) => tuple.elements.iter().all(|(_, item)| has_room(item, left)),
        Value::Interval(interval) => has_room(&interval.low, left) && has_room(&interval.high, left),
        _ => true,
    }
}

/// A program with the parameters and the time of a run: what rests on these alone is evaluated once for all patients. Answers are those of
/// [`Program::evaluate`], and so is evidence. Shared between threads.
///
/// Of definitions that were not asked for, those that rest on no data are not kept among the answers.
///
/// ```
/// use cql::value::DateTime;
/// use cql::{compile_expression, Data, EvalOptions, Evaluator, Options, Parameters};
/// let program = compile_expression("Today() - 3 months", &Options::default()).map_err(|f| f[0].to_string())?;
/// let now = DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("no such time")?;
/// let evaluator = Evaluator::new(&program, Parameters::new(), now);
/// for _patient in 0..2 {
///     let data = Data::load([]);
///     let answers = evaluator.evaluate(&data, &EvalOptions::default()).map_err(|error| error.to_string())?;
///     assert_eq!(answers.value(program.public_definitions()[0]).to_string(), "@2025-10-15");
/// }
/// # Ok::<(), String>(())
/// ```
pub struct Evaluator {
    program: Program,
    parameters: Parameters,
    now: DateTime,
    settled: Box<[OnceLock<Value>]>,
}

impl Evaluator {
    /// Takes a program (which is cheap to clone) with what is the same for all patients.
    pub fn new(program: &Program, parameters: Parameters, now: DateTime) -> Evaluator {
        // A resource given as a parameter belongs to one patient's data.
        let shared = parameters.values().all(is_kept);
        let count = if shared { program.0.code.settled } else { 0 };
        let settled = (0..count).map(|_| OnceLock::new()).collect();
        Evaluator { program: program.clone(), parameters, now, settled }
    }

    /// Evaluates the definitions asked for over one patient's data.
    ///
    /// # Errors
    /// As [`Program::evaluate`].
    pub fn evaluate<'e, 'a>(&'e self, data: &'e Data<'a>, options: &EvalOptions<'e>) -> Result<Evaluation<'e, 'a>, EvalError> {
        // What is assumed of a definition changes what rests on it.
        let settled = Some(&*self.settled).filter(|settled| !settled.is_empty() && options.assume.is_empty());
        self.program.evaluate_with(data, &self.parameters, self.now, options, settled)
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }
}
