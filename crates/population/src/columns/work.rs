//! The evaluation of lowered definitions over one block of patients.

use super::batch::Batch;
use super::bits::{Bits, Truth};
use super::leaf::{FALSE, LeafId, NULL, ROWS, Setting, TRUE, UNKNOWN, content};
use super::lower::{Op, Output, Rows, Test};
use super::table::{self, Column, Table};
use cql::ir::DefinitionId;
use std::collections::HashMap;
use std::ops::Range;

/// A code filter of which more than this share of all rows passes is looked up row by row, not by its index.
const SCAN_SHARE: usize = 4;

/// What is known of a retrieve's codes before the first block: a state for each content, and the contents it finds.
pub(super) struct Codes {
    states: Vec<u8>,
    found: Vec<u32>,
    scan: bool,
    /// Some content cannot be judged alone.
    unclear: bool,
}

/// The state of one thread.
pub(super) struct Work<'w> {
    batch: &'w Batch<'w>,
    table: &'w Table,
    codes: &'w [Option<Codes>],
    /// Leaves that fail whatever they look at.
    failing: &'w [bool],
    leaves: Vec<Cache>,
    block: Range<usize>,
    memo: HashMap<DefinitionId, Truth>,
}

/// Truth values by content.
enum Cache {
    /// By the number of the one column's content.
    One(Vec<u8>),
    /// By the numbers of several, or none.
    Many(HashMap<Box<[u32]>, u8>),
}

/// Rows found in a block, and the patients of rows that only the row engine can judge.
struct Found {
    rows: Vec<u32>,
    unclear: Bits,
}

/// Answers every retrieve's codes for all contents of a table.
pub(super) fn codes(batch: &Batch<'_>, table: &Table, setting: Setting<'_>) -> Vec<Option<Codes>> {
    batch.code_leaves().map(|leaf| leaf.and_then(|id| codes_of(batch, table, id, setting))).collect()
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
    pub(super) fn new(batch: &'w Batch<'w>, table: &'w Table, codes: &'w [Option<Codes>], failing: &'w [bool]) -> Work<'w> {
        let cache = |index: usize| {
            let leaf = batch.leaves.get(LeafId(index));
            let only = if leaf.groups.len() == 1 {
                table.resource(&leaf.resource).and_then(|r| r.column(&leaf.groups[0]))
            } else {
                None
            };
            only.map_or_else(|| Cache::Many(HashMap::new()), |column| Cache::One(vec![UNKNOWN; column.dictionary.len() + 1]))
        };
        let leaves = (0..failing.len()).map(cache).collect();
        Work { batch, table, codes, failing, leaves, block: 0..0, memo: HashMap::new() }
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
            Op::Count(rows, compare, number) => {
                let (counts, unclear) = self.count(rows, need);
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
        if self.failing[id.0] {
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
        if self.failing[id.0] {
            return vec![ROWS; rows.len()];
        }
        let columns: Option<Vec<&Column>> = table.and_then(|t| leaf.groups.iter().map(|g| t.column(g)).collect());
        let Some(columns) = columns else { return vec![ROWS; rows.len()] };
        match &mut self.leaves[id.0] {
            Cache::One(states) => one(batch, id, columns[0], states, rows),
            Cache::Many(states) => many(batch, id, &columns, states, rows),
        }
    }

    /// Whether each patient has rows.
    fn exists(&mut self, rows: &Rows, need: &Bits) -> Truth {
        let mut is_true = Bits::none(need.len());
        let Some(table) = self.table.resource(&rows.resource) else { return Truth::in_rows(need) };
        let none = Bits::none(need.len());
        if rows.filters.is_empty()
            && rows.open.is_none()
            && let Some(leaf) = rows.codes
            && let Some(codes) = self.codes[leaf.0].as_ref()
            && !codes.unclear
            && !self.failing[leaf.0]
        {
            self.exists_by_codes(table, leaf, codes, &mut is_true);
            return Truth { is_true: is_true.and(need), is_null: none.clone(), rows: none };
        }
        let found = self.find(rows, need);
        for row in &found.rows {
            is_true.set(table.owner[*row as usize] as usize - self.block.start);
        }
        let unclear = if rows.open.is_some() { found.unclear.or(&is_true) } else { found.unclear };
        Truth { is_true: is_true.and_not(&unclear), is_null: none, rows: unclear }
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

    fn count(&mut self, rows: &Rows, need: &Bits) -> (Vec<u32>, Bits) {
        let mut counts = vec![0; need.len()];
        let Some(table) = self.table.resource(&rows.resource) else { return (counts, need.clone()) };
        let found = self.find(rows, need);
        let mut unclear = found.unclear;
        for row in &found.rows {
            let patient = table.owner[*row as usize] as usize - self.block.start;
            counts[patient] += 1;
            if rows.open.is_some() {
                unclear.set(patient);
            }
        }
        (counts, unclear)
    }

    pub(super) fn counts(&mut self, rows: &Rows) -> (Vec<u32>, Bits) {
        self.count(rows, &Bits::all(self.block.len()))
    }

    /// The rows of a block's needed patients that meet all conditions.
    fn find(&mut self, rows: &Rows, need: &Bits) -> Found {
        let mut unclear = Bits::none(need.len());
        let failing = rows.codes.is_some_and(|leaf| self.failing[leaf.0]);
        let Some(table) = self.table.resource(&rows.resource).filter(|_| !failing) else {
            return Found { rows: Vec::new(), unclear: need.clone() };
        };
        let (first, last) = (table.starts[self.block.start], table.starts[self.block.end]);
        let mut candidates: Vec<u32> = match rows.codes.and_then(|leaf| Some((leaf, self.codes[leaf.0].as_ref()?))) {
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
        for test in &rows.filters {
            let states = self.test(test, &candidates);
            let mut kept = Vec::with_capacity(candidates.len());
            for (row, state) in candidates.into_iter().zip(states) {
                match state {
                    TRUE => kept.push(row),
                    ROWS => unclear.set(table.owner[row as usize] as usize - self.block.start),
                    _ => {}
                }
            }
            candidates = kept;
        }
        Found { rows: candidates, unclear: unclear.and(need) }
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

fn one(batch: &Batch<'_>, id: LeafId, column: &Column, states: &mut [u8], rows: &[u32]) -> Vec<u8> {
    let look = |states: &[u8]| -> Vec<u8> { rows.iter().map(|row| states[column.numbers[*row as usize] as usize]).collect() };
    let out = look(states);
    if !out.contains(&UNKNOWN) {
        return out;
    }
    let mut missing: Vec<u32> =
        rows.iter().zip(&out).filter(|(_, s)| **s == UNKNOWN).map(|(r, _)| column.numbers[*r as usize]).collect();
    missing.sort_unstable();
    missing.dedup();
    let contents: Vec<Vec<u8>> = missing.iter().map(|n| column.dictionary.get(*n).to_vec()).collect();
    for (number, state) in missing.into_iter().zip(batch.leaves.answer(id, &contents, batch.setting())) {
        states[number as usize] = state;
    }
    look(states)
}

fn many(batch: &Batch<'_>, id: LeafId, columns: &[&Column], states: &mut HashMap<Box<[u32]>, u8>, rows: &[u32]) -> Vec<u8> {
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
