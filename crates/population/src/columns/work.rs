//! The evaluation of lowered definitions over one block of patients.

use super::batch::Batch;
use super::bits::{Bits, Truth};
use super::leaf::{FALSE, LeafId, NULL, ROWS, Setting, TRUE, UNKNOWN, content};
use super::lower::{Condition, List, Op, Output, Related, Rows, Test};
use super::table::{self, Column, Table};
use super::times::Marks;
use cql::ir::DefinitionId;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

/// A code filter of which more than this share of all rows passes is looked up row by row, not by its index.
const SCAN_SHARE: usize = 4;

/// More classes of moments than this are not worth keeping.
const MAX_CLASSES: usize = 1 << 20;

/// What is known of a retrieve's codes before the first block: a state for each content, and the contents it finds.
pub(super) struct Codes {
    states: Vec<u8>,
    found: Vec<u32>,
    scan: bool,
    /// Some content cannot be judged alone.
    unclear: bool,
}

/// What is known of a leaf, by all threads.
pub(super) struct Known {
    /// It fails whatever it looks at.
    fails: bool,
    codes: Option<Codes>,
    /// What the moments are compared with, and the truth values of the classes this makes.
    classes: Option<(Marks, Vec<AtomicU8>)>,
    cache: Cache,
}

/// Truth values by content. Two threads may ask for the same at once; they learn the same.
enum Cache {
    /// By the number of the one column's content.
    One(Vec<AtomicU8>),
    /// By the numbers of several, or none.
    Many(Mutex<HashMap<Box<[u32]>, u8>>),
}

/// The state of one thread.
pub(super) struct Work<'w> {
    batch: &'w Batch<'w>,
    table: &'w Table,
    known: &'w [Known],
    block: Range<usize>,
    memo: HashMap<DefinitionId, Truth>,
}

/// Rows found in a block, and the patients of rows that only the row engine can judge.
struct Found {
    rows: Vec<u32>,
    unclear: Bits,
}

/// What can be known of every leaf before the first block.
pub(super) fn known(batch: &Batch<'_>, table: &Table, setting: Setting<'_>) -> Vec<Known> {
    let of_leaf = |(id, is_codes): (LeafId, bool)| {
        let leaf = batch.leaves.get(id);
        let only =
            if leaf.groups.len() == 1 { table.resource(&leaf.resource).and_then(|r| r.column(&leaf.groups[0])) } else { None };
        let cache = match only {
            Some(column) if !is_codes => Cache::One(unknown(column.dictionary.len() + 1)),
            _ => Cache::Many(Mutex::default()),
        };
        let fails = batch.leaves.fails(id, setting);
        let codes = if is_codes && !fails { codes_of(batch, table, id, setting) } else { None };
        let times = only.and_then(|column| column.times.as_ref());
        let classes = times.and_then(|times| {
            let marks = batch.leaves.marks(id, setting)?;
            let count = Some(marks.classes(times)).filter(|count| *count <= MAX_CLASSES)?;
            Some((marks, unknown(count)))
        });
        Known { fails, codes, classes, cache }
    };
    batch.leaf_ids().map(of_leaf).collect()
}

fn unknown(count: usize) -> Vec<AtomicU8> {
    (0..count).map(|_| AtomicU8::new(UNKNOWN)).collect()
}

fn codes_of(batch: &Batch<'_>, table: &Table, id: LeafId, setting: Setting<'_>) -> Option<Codes> {
    let leaf = batch.leaves.get(id);
    let column = table.resource(&leaf.resource)?.column(leaf.groups.first()?)?;
    let contents: Vec<Vec<u8>> = (0..=column.dictionary.len() as u32).map(|n| column.dictionary.get(n).to_vec()).collect();
    let states = batch.leaves.answer(id, &contents, setting);
    let found: Vec<u32> = (0..states.len() as u32).filter(|n| matches!(states[*n as usize], TRUE | ROWS)).collect();
    let rows: usize = found.iter().map(|n| column.rows_of(*n).len()).sum();
    let unclear = states.contains(&ROWS);
    Some(Codes { states, unclear, scan: rows > column.numbers.len() / SCAN_SHARE, found })
}

impl<'w> Work<'w> {
    pub(super) fn new(batch: &'w Batch<'w>, table: &'w Table, known: &'w [Known]) -> Work<'w> {
        Work { batch, table, known, block: 0..0, memo: HashMap::new() }
    }

    pub(super) fn begin(&mut self, block: Range<usize>) {
        self.block = block;
        self.memo.clear();
    }

    /// A definition's truth values for a block, remembered for those that refer to it.
    pub(super) fn definition(&mut self, id: DefinitionId, need: &Bits) -> Truth {
        if let Some(known) = self.memo.get(&id) {
            return known.clone();
        }
        let all = Bits::all(need.len());
        let truth = match self.batch.lowered.outputs.get(&id) {
            Some(Output::Truth(op)) => self.truth(op, &all),
            _ => Truth::in_rows(&all),
        };
        self.memo.insert(id, truth.clone());
        truth
    }

    fn truth(&mut self, op: &Op, need: &Bits) -> Truth {
        match op {
            Op::Constant(value) => Truth::of(need, *value),
            Op::And(left, right) => {
                let left = self.truth(left, need);
                Truth::and(need, &left, |open| self.truth(right, open))
            }
            Op::Or(left, right) => {
                let left = self.truth(left, need);
                Truth::or(need, &left, |open| self.truth(right, open))
            }
            Op::Xor(left, right) => {
                let left = self.truth(left, need);
                Truth::xor(need, &left, |open| self.truth(right, open))
            }
            Op::Either(left, right) => {
                let (left, right) = (self.truth(left, need), self.truth(right, need));
                let rows = left.rows.or(&right.rows);
                let is_null = Bits::none(need.len());
                Truth { is_true: left.is_true.or(&right.is_true).and_not(&rows), is_null, rows }
            }
            Op::Not(operand) => self.truth(operand, need).not(need),
            Op::Is(wanted, operand) => {
                let truth = self.truth(operand, need);
                let is_true = match wanted {
                    Some(true) => truth.is_true,
                    Some(false) => truth.is_false(need),
                    None => truth.is_null,
                };
                Truth { is_true, is_null: Bits::none(need.len()), rows: truth.rows }
            }
            Op::If(condition, then, otherwise) => self.choose(condition, then, otherwise, need),
            Op::Exists(rows) => self.exists(rows, need),
            Op::Count(list, compare, number) => {
                let (counts, unclear) = self.count(list, need);
                let mut is_true = Bits::none(need.len());
                for patient in need.iter().filter(|p| compare.holds(i64::from(counts[*p]), *number)) {
                    is_true.set(patient);
                }
                Truth { is_true: is_true.and_not(&unclear), is_null: Bits::none(need.len()), rows: unclear }
            }
            Op::Patient(leaf) => self.of_patients(*leaf, need),
            Op::Definition(id) => {
                let truth = self.definition(*id, need);
                Truth { is_true: truth.is_true.and(need), is_null: truth.is_null.and(need), rows: truth.rows.and(need) }
            }
            Op::InRows(..) => Truth::in_rows(need),
        }
    }

    fn choose(&mut self, condition: &Op, then: &Op, otherwise: &Op, need: &Bits) -> Truth {
        let condition = self.truth(condition, need);
        let if_true = condition.is_true.clone();
        let if_not = need.and_not(&if_true).and_not(&condition.rows);
        let none = Bits::none(need.len());
        let mut out = Truth { is_true: none.clone(), is_null: none, rows: condition.rows };
        for (open, op) in [(if_true, then), (if_not, otherwise)] {
            if open.any() {
                let truth = self.truth(op, &open);
                out = Truth {
                    is_true: out.is_true.or(&truth.is_true),
                    is_null: out.is_null.or(&truth.is_null),
                    rows: out.rows.or(&truth.rows),
                };
            }
        }
        out
    }

    fn of_patients(&mut self, id: LeafId, need: &Bits) -> Truth {
        let mut truth = Truth::of(need, Some(false));
        let Some(rows) = self.table.resource("Patient") else {
            // The condition does not even ask for the Patient: it is the same for all.
            return match self.states(id, &[None])[0] {
                TRUE => Truth::of(need, Some(true)),
                FALSE => truth,
                NULL => Truth::of(need, None),
                _ => Truth::in_rows(need),
            };
        };
        let mut patients = Vec::with_capacity(need.len());
        let mut keys = Vec::with_capacity(need.len());
        for patient in need.iter() {
            let at = self.block.start + patient;
            match rows.starts[at + 1] - rows.starts[at] {
                0 => {
                    patients.push(patient);
                    keys.push(None);
                }
                1 => {
                    patients.push(patient);
                    keys.push(Some(rows.starts[at]));
                }
                _ => truth.rows.set(patient),
            }
        }
        for (patient, state) in patients.into_iter().zip(self.states(id, &keys)) {
            set(&mut truth, patient, state);
        }
        truth
    }

    /// The truth value of a leaf for each row; `None` stands for a patient without Patient resource.
    fn states(&mut self, id: LeafId, rows: &[Option<u32>]) -> Vec<u8> {
        let mut out = vec![ROWS; rows.len()];
        if self.known[id.0].fails {
            return out;
        }
        let absent: Vec<usize> = (0..rows.len()).filter(|i| rows[*i].is_none()).collect();
        if !absent.is_empty() {
            let state = self.batch.leaves.answer(id, &[b"-".to_vec()], self.batch.setting()).first().copied().unwrap_or(ROWS);
            absent.iter().for_each(|i| out[*i] = state);
        }
        let (places, present): (Vec<usize>, Vec<u32>) = rows.iter().enumerate().filter_map(|(i, r)| r.map(|r| (i, r))).unzip();
        for (place, state) in places.into_iter().zip(self.leaf(id, &present)) {
            out[place] = state;
        }
        out
    }

    /// The truth value of a leaf for each row.
    fn leaf(&mut self, id: LeafId, rows: &[u32]) -> Vec<u8> {
        let batch = self.batch;
        let leaf = batch.leaves.get(id);
        let table = self.table.resource(&leaf.resource);
        if self.known[id.0].fails {
            return vec![ROWS; rows.len()];
        }
        let columns: Option<Vec<&Column>> = table.and_then(|t| leaf.groups.iter().map(|g| t.column(g)).collect());
        let Some(columns) = columns else { return vec![ROWS; rows.len()] };
        let known = &self.known[id.0];
        match &known.cache {
            Cache::One(states) => one(batch, id, columns[0], states, known.classes.as_ref(), rows),
            Cache::Many(states) => many(batch, id, &columns, states, rows),
        }
    }

    /// Whether each patient has rows.
    fn exists(&mut self, rows: &Rows, need: &Bits) -> Truth {
        let mut is_true = Bits::none(need.len());
        let Some(table) = self.table.resource(&rows.resource) else { return Truth::in_rows(need) };
        let none = Bits::none(need.len());
        if rows.conditions.is_empty()
            && let Some(leaf) = rows.codes
            && let Some(codes) = self.known[leaf.0].codes.as_ref()
            && !codes.unclear
            && !self.known[leaf.0].fails
        {
            self.exists_by_codes(table, leaf, codes, &mut is_true);
            return Truth { is_true: is_true.and(need), is_null: none.clone(), rows: none };
        }
        let found = self.find(rows, need);
        for row in &found.rows {
            is_true.set(table.owner[*row as usize] as usize - self.block.start);
        }
        Truth { is_true: is_true.and_not(&found.unclear), is_null: none, rows: found.unclear }
    }

    /// The most common question, without making a list of rows.
    fn exists_by_codes(&self, table: &table::Rows, leaf: LeafId, codes: &Codes, is_true: &mut Bits) {
        let Some(column) = table.column(&self.batch.leaves.get(leaf).groups[0]) else { return };
        if codes.scan {
            for patient in self.block.clone() {
                let range = table.starts[patient] as usize..table.starts[patient + 1] as usize;
                if column.numbers[range].iter().any(|n| codes.states[*n as usize] == TRUE) {
                    is_true.set(patient - self.block.start);
                }
            }
            return;
        }
        let (first, last) = (table.starts[self.block.start], table.starts[self.block.end]);
        for number in &codes.found {
            for row in within(column.rows_of(*number), first, last) {
                is_true.set(table.owner[*row as usize] as usize - self.block.start);
            }
        }
    }

    /// The number of different rows of each patient.
    pub(super) fn count(&mut self, list: &List, need: &Bits) -> (Vec<u32>, Bits) {
        let mut counts = vec![0; need.len()];
        let mut unclear = Bits::none(need.len());
        let mut rows: Vec<(usize, u32)> = Vec::new();
        for part in list {
            let found = self.find(part, need);
            unclear = unclear.or(&found.unclear);
            let of_type = list.iter().position(|p| p.resource == part.resource).unwrap_or_default();
            rows.extend(found.rows.into_iter().map(|row| (of_type, row)));
        }
        if list.len() > 1 {
            rows.sort_unstable();
            rows.dedup();
        }
        for (of_type, row) in rows {
            if let Some(table) = self.table.resource(&list[of_type].resource) {
                counts[table.owner[row as usize] as usize - self.block.start] += 1;
            }
        }
        if list.len() > 1 {
            self.twins(list, &counts, &mut unclear);
        }
        (counts, unclear)
    }

    /// A union takes resources of the same content for one; the columns cannot tell which are.
    fn twins(&self, list: &List, counts: &[u32], unclear: &mut Bits) {
        for part in list {
            let twins = self.table.resource(&part.resource).and_then(|table| table.twins.as_deref()).unwrap_or_default();
            for twin in within(twins, self.block.start as u32, self.block.end as u32) {
                let patient = *twin as usize - self.block.start;
                if counts[patient] > 1 {
                    unclear.set(patient);
                }
            }
        }
    }

    /// The rows of a block's needed patients that meet all conditions.
    fn find(&mut self, rows: &Rows, need: &Bits) -> Found {
        let mut unclear = Bits::none(need.len());
        let failing = rows.codes.is_some_and(|leaf| self.known[leaf.0].fails);
        let Some(table) = self.table.resource(&rows.resource).filter(|_| !failing) else {
            return Found { rows: Vec::new(), unclear: need.clone() };
        };
        let (first, last) = (table.starts[self.block.start], table.starts[self.block.end]);
        let mut candidates: Vec<u32> = match rows.codes.and_then(|leaf| Some((leaf, self.known[leaf.0].codes.as_ref()?))) {
            None if rows.codes.is_some() => return Found { rows: Vec::new(), unclear: need.clone() },
            None => (first..last).collect(),
            Some((leaf, codes)) => match table.column(&self.batch.leaves.get(leaf).groups[0]) {
                None => return Found { rows: Vec::new(), unclear: need.clone() },
                Some(column) => {
                    let found = candidates(column, codes, first, last);
                    if codes.unclear {
                        for row in found.iter().filter(|r| codes.states[column.numbers[**r as usize] as usize] == ROWS) {
                            unclear.set(table.owner[*row as usize] as usize - self.block.start);
                        }
                    }
                    found
                }
            },
        };
        let wanted = need.and_not(&unclear);
        if wanted.count() < need.len() {
            candidates.retain(|row| wanted.get(table.owner[*row as usize] as usize - self.block.start));
        }
        for condition in &rows.conditions {
            match condition {
                Condition::Test(test) => {
                    let states = self.test(test, &candidates);
                    candidates = keep(table, self.block.start, candidates, &states, &mut unclear);
                }
                Condition::Related(related) => candidates = self.related(table, related, candidates, &mut unclear),
                Condition::Open(..) => {
                    candidates.drain(..).for_each(|row| unclear.set(table.owner[row as usize] as usize - self.block.start));
                }
            }
        }
        Found { rows: candidates, unclear: unclear.and(need) }
    }

    /// The rows that have (or have not) related rows; patients for whom that rests on more than whether there are any are unclear.
    fn related(&mut self, table: &table::Rows, related: &Related, mut rows: Vec<u32>, unclear: &mut Bits) -> Vec<u32> {
        if rows.is_empty() {
            return rows;
        }
        let start = self.block.start;
        let patient = |row: u32| table.owner[row as usize] as usize - start;
        let mut asked = Bits::none(self.block.len());
        rows.iter().for_each(|row| asked.set(patient(*row)));
        let mut any = Bits::none(self.block.len());
        for part in &related.list {
            let truth = self.exists(part, &asked);
            any = any.or(&truth.is_true);
            *unclear = unclear.or(&truth.rows);
        }
        rows.retain(|row| !unclear.get(patient(*row)));
        let Some(tests) = &related.such_that else {
            rows.retain(|row| any.get(patient(*row)) == related.with);
            return rows;
        };
        let lone: Vec<u32> = rows.iter().copied().filter(|row| !any.get(patient(*row))).collect();
        rows.retain(|row| any.get(patient(*row)));
        if self.batch.has_value_sets(&related.value_sets) {
            for test in tests {
                let states = self.leaf(*test, &rows);
                rows = keep(table, start, rows, &states, unclear);
            }
        }
        rows.into_iter().for_each(|row| unclear.set(patient(row)));
        if related.with { Vec::new() } else { lone }
    }

    fn test(&mut self, test: &Test, rows: &[u32]) -> Vec<u8> {
        let (left, right, settled, both) = match test {
            Test::Leaf(leaf) => return self.leaf(*leaf, rows),
            Test::Not(operand) => {
                let mut states = self.test(operand, rows);
                for state in &mut states {
                    *state = match *state {
                        TRUE => FALSE,
                        FALSE => TRUE,
                        other => other,
                    };
                }
                return states;
            }
            Test::And(left, right) => (left, right, FALSE, TRUE),
            Test::Or(left, right) => (left, right, TRUE, FALSE),
        };
        // The right side is asked only where the left leaves it open, as the row engine does.
        let mut states = self.test(left, rows);
        let open: Vec<usize> = (0..rows.len()).filter(|i| states[*i] != settled && states[*i] != ROWS).collect();
        if open.is_empty() {
            return states;
        }
        let of_open: Vec<u32> = open.iter().map(|i| rows[*i]).collect();
        for (index, right) in open.into_iter().zip(self.test(right, &of_open)) {
            states[index] = match (states[index], right) {
                (_, ROWS) => ROWS,
                (_, r) if r == settled => settled,
                (l, r) if l == both && r == both => both,
                _ => NULL,
            };
        }
        states
    }
}

/// The rows for which a condition is true; patients of rows that only the row engine can judge are unclear.
fn keep(table: &table::Rows, start: usize, rows: Vec<u32>, states: &[u8], unclear: &mut Bits) -> Vec<u32> {
    let mut kept = Vec::with_capacity(rows.len());
    for (row, state) in rows.into_iter().zip(states) {
        match *state {
            TRUE => kept.push(row),
            ROWS => unclear.set(table.owner[row as usize] as usize - start),
            _ => {}
        }
    }
    kept
}

fn set(truth: &mut Truth, patient: usize, state: u8) {
    match state {
        TRUE => truth.is_true.set(patient),
        NULL => truth.is_null.set(patient),
        FALSE => {}
        _ => truth.rows.set(patient),
    }
}

/// The part of a sorted list between two rows.
fn within(rows: &[u32], first: u32, last: u32) -> &[u32] {
    let start = rows.partition_point(|row| *row < first);
    let end = start + rows[start..].partition_point(|row| *row < last);
    &rows[start..end]
}

fn candidates(column: &Column, codes: &Codes, first: u32, last: u32) -> Vec<u32> {
    if codes.scan {
        let wanted = |row: &u32| matches!(codes.states[column.numbers[*row as usize] as usize], TRUE | ROWS);
        return (first..last).filter(wanted).collect();
    }
    codes.found.iter().flat_map(|number| within(column.rows_of(*number), first, last)).copied().collect()
}

/// The states of a leaf that rests on one column.
fn one(
    batch: &Batch<'_>,
    id: LeafId,
    column: &Column,
    states: &[AtomicU8],
    classes: Option<&(Marks, Vec<AtomicU8>)>,
    rows: &[u32],
) -> Vec<u8> {
    let classes = classes.and_then(|(marks, of_class)| Some((marks, of_class, column.times.as_ref()?)));
    // The truth value of a content, or that of its class; with the class, when it has one.
    let look = |number: u32| {
        let state = states[number as usize].load(Ordering::Relaxed);
        let Some((marks, of_class, times)) = classes.filter(|_| state == UNKNOWN) else { return (state, None) };
        let Some(class) = marks.class(times, number) else { return (UNKNOWN, None) };
        let state = of_class[class].load(Ordering::Relaxed);
        if state != UNKNOWN {
            states[number as usize].store(state, Ordering::Relaxed);
        }
        (state, Some(class))
    };
    let mut out = Vec::with_capacity(rows.len());
    // One content of each class stands for all.
    let mut asked: Vec<(Option<usize>, u32)> = Vec::new();
    let mut seen: HashSet<(Option<usize>, u32)> = HashSet::new();
    for row in rows {
        let number = column.numbers[*row as usize];
        let (state, class) = look(number);
        if state == UNKNOWN && seen.insert((class, if class.is_some() { 0 } else { number })) {
            asked.push((class, number));
        }
        out.push(state);
    }
    if asked.is_empty() {
        return out;
    }
    let contents: Vec<Vec<u8>> = asked.iter().map(|(_, number)| column.dictionary.get(*number).to_vec()).collect();
    for ((class, number), answer) in asked.into_iter().zip(batch.leaves.answer(id, &contents, batch.setting())) {
        states[number as usize].store(answer, Ordering::Relaxed);
        if let (Some(class), Some((_, of_class, _))) = (class, classes) {
            of_class[class].store(answer, Ordering::Relaxed);
        }
    }
    rows.iter().map(|row| look(column.numbers[*row as usize]).0).collect()
}

fn many(batch: &Batch<'_>, id: LeafId, columns: &[&Column], cache: &Mutex<HashMap<Box<[u32]>, u8>>, rows: &[u32]) -> Vec<u8> {
    let mut states = cache.lock().unwrap_or_else(PoisonError::into_inner);
    let dictionaries: Vec<_> = columns.iter().map(|c| &c.dictionary).collect();
    let mut key: Vec<u32> = vec![0; columns.len()];
    let mut out = Vec::with_capacity(rows.len());
    let mut missing: Vec<(Box<[u32]>, Vec<usize>)> = Vec::new();
    let mut waiting: HashMap<Box<[u32]>, usize> = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        key.iter_mut().zip(columns).for_each(|(k, c)| *k = c.numbers[*row as usize]);
        match states.get(key.as_slice()) {
            Some(state) => out.push(*state),
            None => {
                out.push(UNKNOWN);
                let position = *waiting.entry(key.clone().into()).or_insert_with_key(|key| {
                    missing.push((key.clone(), Vec::new()));
                    missing.len() - 1
                });
                missing[position].1.push(index);
            }
        }
    }
    let contents: Vec<Vec<u8>> = missing.iter().map(|(key, _)| content(&dictionaries, key)).collect();
    for ((key, places), state) in missing.into_iter().zip(batch.leaves.answer(id, &contents, batch.setting())) {
        places.into_iter().for_each(|place| out[place] = state);
        states.insert(key, state);
    }
    out
}
