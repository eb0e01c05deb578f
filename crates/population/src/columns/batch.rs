//! Definitions asked of all patients of a table at once.

use super::bits::{Bits, Truth};
use super::leaf::{Derive, LeafId, Leaves, Setting};
use super::lower::{Condition, List, Lowered, Lowering, Op, Output};
use super::need::Need;
use super::table::Table;
use super::work::{self, Work};
use crate::source::Patient;
use cql::ir::{DefinitionId, ValueSetId};
use cql::value::{DateTime, Value};
use cql::{Data, EvalOptions, Parameters, Program, Terminology};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Patients evaluated together: few enough for their truth values to stay in the cache, and a multiple of 64.
const BLOCK: usize = 1024;

/// Definitions that cannot be asked this way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The value is neither a truth value nor a count.
    #[error("`{name}` is neither a truth value nor a count ({reason}): evaluate it patient by patient with `run`")]
    NotAColumn {
        /// The definition.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// The table was built for other definitions.
    #[error("the table lacks elements these definitions read: build it for Batch::need, joined with the needs of other programs")]
    OtherTable,
}

/// The whole records, for what the columns cannot answer.
pub trait Records: Sync {
    /// Calls `with` with the record of a patient (by position in the table), once.
    fn record(&self, patient: usize, with: &mut dyn FnMut(&Data<'_>));
}

impl Records for [Patient] {
    fn record(&self, patient: usize, with: &mut dyn FnMut(&Data<'_>)) {
        if let Some(patient) = self.get(patient) {
            with(&patient.data());
        }
    }
}

impl Records for Vec<Patient> {
    fn record(&self, patient: usize, with: &mut dyn FnMut(&Data<'_>)) {
        self.as_slice().record(patient, with);
    }
}

/// What a definition gives for every patient of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The definition.
    pub definition: DefinitionId,
    /// Patients for whom it is true.
    pub is_true: Bits,
    /// Patients for whom it is null.
    pub is_null: Bits,
    /// For a count: its value for each patient (0 where it is null, failed or open). Empty for a truth value.
    pub counts: Vec<i32>,
    /// Patients for whom it fails, and why.
    pub failed: BTreeMap<usize, String>,
    /// Patients for whom only the row engine can tell, and no records were given.
    pub open: Bits,
    /// For how many patients the row engine was asked.
    pub in_rows: usize,
}

impl Answer {
    fn new(definition: DefinitionId, patients: usize, is_count: bool) -> Answer {
        let none = Bits::none(patients);
        let counts = if is_count { vec![0; patients] } else { Vec::new() };
        Answer {
            definition,
            is_true: none.clone(),
            is_null: none.clone(),
            counts,
            failed: BTreeMap::new(),
            open: none,
            in_rows: 0,
        }
    }

    /// The value for one patient; `None` when it is open, the message when it failed.
    #[must_use]
    pub fn value(&self, patient: usize) -> Option<Result<Value, &str>> {
        if let Some(message) = self.failed.get(&patient) {
            return Some(Err(message));
        }
        if self.open.get(patient) {
            return None;
        }
        if self.is_null.get(patient) {
            return Some(Ok(Value::Null));
        }
        Some(Ok(match self.counts.get(patient) {
            Some(count) => Value::Integer(*count),
            None => Value::Boolean(self.is_true.get(patient)),
        }))
    }
}

/// Definitions of a program made ready to be asked of tables.
pub struct Batch<'p> {
    pub(super) program: &'p Program,
    pub(super) definitions: Vec<DefinitionId>,
    pub(super) lowered: Lowered,
    pub(super) leaves: Leaves,
    code_leaves: Vec<bool>,
    parameters: &'p Parameters,
    now: DateTime,
    terminology: Option<&'p Terminology>,
}

/// What a block gave for one definition.
struct BlockAnswer {
    truth: Truth,
    counts: Vec<u32>,
}

impl<'p> Batch<'p> {
    /// Makes definitions ready: truth values, and counts of rows.
    ///
    /// # Errors
    /// When one is neither.
    pub fn new(
        program: &'p Program,
        definitions: &[DefinitionId],
        parameters: &'p Parameters,
        now: DateTime,
        terminology: Option<&'p Terminology>,
    ) -> Result<Batch<'p>, BatchError> {
        let mut derive = Derive::new(program.plan());
        let mut lowering = Lowering::new(program.plan(), &mut derive);
        definitions.iter().for_each(|id| lowering.definition(*id));
        let lowered = lowering.lowered;
        for id in definitions {
            if let Some(Output::InRows(_, reason)) = lowered.outputs.get(id) {
                let name = program.plan().definition(*id).name.to_string();
                return Err(BatchError::NotAColumn { name, reason });
            }
        }
        let mut code_leaves = vec![false; derive.len()];
        for output in lowered.outputs.values() {
            match output {
                Output::Truth(op) => mark(op, &mut code_leaves),
                Output::Count(list) => mark_list(list, &mut code_leaves),
                Output::InRows(..) => {}
            }
        }
        let leaves = derive.finish();
        let definitions = definitions.to_vec();
        Ok(Batch { program, definitions, lowered, leaves, code_leaves, parameters, now, terminology })
    }

    /// What a table must hold.
    #[must_use]
    pub fn need(&self) -> &Need {
        &self.lowered.need
    }

    pub(super) fn setting(&self) -> Setting<'_> {
        Setting { parameters: self.parameters, now: self.now, terminology: self.terminology }
    }

    /// Whether all these value sets are loaded.
    pub(super) fn has_value_sets(&self, ids: &[ValueSetId]) -> bool {
        ids.iter().all(|id| {
            let set = &self.program.plan().value_sets[id.index()];
            self.terminology.is_some_and(|t| t.value_set(&set.url, set.version.as_deref()).is_some())
        })
    }

    /// Every leaf, and whether it is a retrieve's codes.
    pub(super) fn leaf_ids(&self) -> impl Iterator<Item = (LeafId, bool)> {
        self.code_leaves.iter().enumerate().map(|(index, is)| (LeafId(index), *is))
    }

    /// Asks every patient of a table, on `workers` threads. The records are asked for only where the columns cannot tell; without them these patients stay open.
    ///
    /// # Errors
    /// When the table lacks what these definitions read.
    pub fn evaluate(
        &self,
        table: &Table,
        records: Option<&dyn Records>,
        workers: NonZeroUsize,
    ) -> Result<Vec<Answer>, BatchError> {
        if !table.serves(self.need()) {
            return Err(BatchError::OtherTable);
        }
        let known = work::known(self, table, self.setting());
        let is_count = |id: &DefinitionId| matches!(self.lowered.outputs.get(id), Some(Output::Count(_)));
        let answers = self.definitions.iter().map(|id| Answer::new(*id, table.len(), is_count(id))).collect();
        let answers: Mutex<Vec<Answer>> = Mutex::new(answers);
        let next = AtomicUsize::new(0);
        let blocks = table.len().div_ceil(BLOCK);
        let work = || {
            let mut work = Work::new(self, table, &known);
            loop {
                let block = next.fetch_add(1, Ordering::Relaxed);
                if block >= blocks {
                    return;
                }
                let range = block * BLOCK..((block + 1) * BLOCK).min(table.len());
                work.begin(range.clone());
                let of_block: Vec<BlockAnswer> =
                    self.definitions.iter().map(|id| self.block(*id, &mut work, range.len())).collect();
                let of_rows = self.rows(&of_block, range.start, records);
                self.put(&answers, range.start, of_block, of_rows, records.is_some());
            }
        };
        match workers.get().min(blocks) {
            0 | 1 => work(),
            threads => std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(work);
                }
            }),
        }
        Ok(answers.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn block(&self, id: DefinitionId, work: &mut Work<'_>, len: usize) -> BlockAnswer {
        match self.lowered.outputs.get(&id) {
            Some(Output::Count(rows)) => {
                let (counts, unclear) = work.count(rows, &Bits::all(len));
                let mut truth = Truth::of(&Bits::all(len), Some(false));
                truth.rows = unclear;
                BlockAnswer { truth, counts }
            }
            _ => BlockAnswer { truth: work.definition(id, &Bits::all(len)), counts: Vec::new() },
        }
    }

    /// Asks the row engine for every patient of a block for whom a definition is not settled: all such definitions at once.
    fn rows(&self, block: &[BlockAnswer], start: usize, records: Option<&dyn Records>) -> Vec<RowAnswer> {
        let Some(records) = records else { return Vec::new() };
        let unsettled =
            block.iter().fold(Bits::none(block.first().map_or(0, |b| b.truth.rows.len())), |all, b| all.or(&b.truth.rows));
        let mut out = Vec::new();
        for patient in unsettled.iter() {
            let open: Vec<usize> = (0..block.len()).filter(|d| block[*d].truth.rows.get(patient)).collect();
            let wanted: Vec<DefinitionId> = open.iter().map(|d| self.definitions[*d]).collect();
            let mut values = None;
            records.record(start + patient, &mut |data| values = Some(self.row(data, &wanted)));
            let missing = || open.iter().map(|_| Err("there is no record of this patient".to_owned())).collect();
            for (definition, value) in open.iter().zip(values.unwrap_or_else(missing)) {
                out.push(RowAnswer { definition: *definition, patient: start + patient, value });
            }
        }
        out
    }

    fn row(&self, data: &Data<'_>, wanted: &[DefinitionId]) -> Vec<Result<Value, String>> {
        let options = EvalOptions { terminology: self.terminology, definitions: Some(wanted), ..EvalOptions::default() };
        match self.program.evaluate(data, self.parameters, self.now, &options) {
            Err(error) => wanted.iter().map(|_| Err(error.to_string())).collect(),
            Ok(answers) => {
                let one = |id: &DefinitionId| match answers.error(*id) {
                    Some(error) => Err(error.to_string()),
                    None => Ok(answers.value(*id).clone()),
                };
                wanted.iter().map(one).collect()
            }
        }
    }

    fn put(&self, answers: &Mutex<Vec<Answer>>, start: usize, block: Vec<BlockAnswer>, rows: Vec<RowAnswer>, have_records: bool) {
        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        for (answer, block) in answers.iter_mut().zip(block) {
            answer.is_true.place(start, &block.truth.is_true);
            answer.is_null.place(start, &block.truth.is_null);
            if !have_records {
                answer.open.place(start, &block.truth.rows);
            }
            for (patient, count) in block.counts.into_iter().enumerate() {
                if !block.truth.rows.get(patient) {
                    answer.counts[start + patient] = i32::try_from(count).unwrap_or(i32::MAX);
                }
            }
        }
        for row in rows {
            let answer = &mut answers[row.definition];
            answer.in_rows += 1;
            match row.value {
                Ok(Value::Boolean(true)) => answer.is_true.set(row.patient),
                Ok(Value::Null) => answer.is_null.set(row.patient),
                Ok(Value::Integer(count)) if !answer.counts.is_empty() => answer.counts[row.patient] = count,
                Ok(_) => {}
                Err(message) => {
                    answer.failed.insert(row.patient, message);
                }
            }
        }
    }
}

/// What the row engine said.
struct RowAnswer {
    definition: usize,
    patient: usize,
    value: Result<Value, String>,
}

fn mark_list(list: &List, codes: &mut [bool]) {
    for rows in list {
        if let Some(leaf) = rows.codes {
            codes[leaf.0] = true;
        }
        for condition in &rows.conditions {
            if let Condition::Related(related) = condition {
                mark_list(&related.list, codes);
            }
        }
    }
}

fn mark(op: &Op, codes: &mut [bool]) {
    match op {
        Op::And(left, right) | Op::Or(left, right) | Op::Xor(left, right) | Op::Either(left, right) => {
            mark(left, codes);
            mark(right, codes);
        }
        Op::Not(operand) | Op::Is(_, operand) => mark(operand, codes),
        Op::If(condition, then, otherwise) => [condition, then, otherwise].into_iter().for_each(|op| mark(op, codes)),
        Op::Exists(rows) => mark_list(&vec![(**rows).clone()], codes),
        Op::Count(list, ..) => mark_list(list, codes),
        Op::Constant(_) | Op::Patient(_) | Op::Definition(_) | Op::InRows(..) => {}
    }
}
