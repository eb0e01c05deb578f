//! What runs in columns and what in rows, in words.

use super::batch::Batch;
use super::leaf::LeafId;
use super::lower::{Condition, List, Op, Output, Rows, Test};
use cql::ir::NodeId;
use std::fmt;

/// How a definition is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Its name.
    pub definition: String,
    /// Whether no part of it needs the row engine (as far as the plan tells; content on which a condition fails still does).
    pub in_columns: bool,
    /// A step a line, indented.
    pub steps: Vec<String>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.definition, if self.in_columns { "columns" } else { "columns and rows" })?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step}"))
    }
}

impl Batch<'_> {
    /// How every definition is evaluated, those referred to first.
    #[must_use]
    pub fn explain(&self) -> Vec<Explanation> {
        let one = |id: &cql::DefinitionId| {
            let mut writer = Writer { batch: self, steps: Vec::new(), in_columns: true };
            match &self.lowered.outputs[id] {
                Output::Truth(op) => writer.op(op, 0),
                Output::Count(list) => writer.list("count", list, 0),
                Output::InRows(node, reason) => writer.in_rows(*node, reason, 0),
            }
            let definition = self.program.plan().definition(*id).name.to_string();
            Explanation { definition, in_columns: writer.in_columns, steps: writer.steps }
        };
        self.lowered.order.iter().map(one).collect()
    }
}

struct Writer<'b> {
    batch: &'b Batch<'b>,
    steps: Vec<String>,
    in_columns: bool,
}

impl Writer<'_> {
    fn step(&mut self, depth: usize, text: impl fmt::Display) {
        self.steps.push(format!("{}{text}", "  ".repeat(depth)));
    }

    /// The source of a node on one line, cut when long.
    fn source(&self, node: NodeId) -> String {
        let text = self.batch.program.node_span(node).text;
        let words: Vec<&str> = text.split_whitespace().collect();
        let line = words.join(" ");
        match line.char_indices().nth(80) {
            Some((end, _)) => format!("`{}...`", &line[..end]),
            None => format!("`{line}`"),
        }
    }

    fn in_rows(&mut self, node: NodeId, reason: &str, depth: usize) {
        self.in_columns = false;
        let source = self.source(node);
        self.step(depth, format_args!("rows: {source}, because {reason}"));
    }

    fn leaf(&mut self, id: LeafId, depth: usize) {
        let leaf = self.batch.leaves.get(id);
        let groups: Vec<String> = leaf.groups.iter().map(|g| g.join("|")).collect();
        let of = if groups.is_empty() { "nothing".to_owned() } else { groups.join(", ") };
        let source = self.source(leaf.place);
        let resource = leaf.resource.clone();
        self.step(depth, format_args!("by content of {resource} {of}: {source}"));
    }

    fn op(&mut self, op: &Op, depth: usize) {
        let mut connective = |word: &str, operands: &[&Op]| {
            self.step(depth, word);
            operands.iter().for_each(|operand| self.op(operand, depth + 1));
        };
        match op {
            Op::Constant(value) => self.step(depth, value.map_or("null".to_owned(), |v| v.to_string())),
            Op::And(left, right) => connective("and", &[left, right]),
            Op::Or(left, right) => connective("or", &[left, right]),
            Op::Xor(left, right) => connective("xor", &[left, right]),
            Op::Either(left, right) => connective("union", &[left, right]),
            Op::Not(operand) => connective("not", &[operand]),
            Op::Is(None, operand) => connective("is null", &[operand]),
            Op::Is(Some(value), operand) => connective(&format!("is {value}"), &[operand]),
            Op::If(condition, then, otherwise) => connective("if", &[condition, then, otherwise]),
            Op::Exists(rows) => self.rows("exists", rows, depth),
            Op::Count(list, compare, number) => self.list(&format!("count {compare:?} {number}"), list, depth),
            Op::Patient(leaf) => self.leaf(*leaf, depth),
            Op::Definition(id) => {
                let name = self.batch.program.plan().definition(*id).name.clone();
                self.step(depth, format_args!("definition {name}"));
            }
            Op::InRows(node, reason) => self.in_rows(*node, reason, depth),
        }
    }

    fn list(&mut self, what: &str, list: &List, depth: usize) {
        match list.as_slice() {
            [rows] => self.rows(what, rows, depth),
            several => {
                self.step(depth, format_args!("{what} of a union"));
                several.iter().for_each(|rows| self.rows("rows", rows, depth + 1));
            }
        }
    }

    fn rows(&mut self, what: &str, rows: &Rows, depth: usize) {
        let source = self.source(rows.place);
        let how = if rows.codes.is_some() { "by index" } else { "all" };
        self.step(depth, format_args!("{what}: {source}, {how}"));
        for condition in &rows.conditions {
            match condition {
                Condition::Test(test) => self.test(test, depth + 1),
                Condition::Open(node, reason) => self.in_rows(*node, reason, depth + 1),
                Condition::Related(related) => {
                    self.list(if related.with { "with" } else { "without" }, &related.list, depth + 1);
                    if let Some(tests) = &related.such_that {
                        tests.iter().for_each(|leaf| self.leaf(*leaf, depth + 2));
                        self.in_rows(related.place, "it relates rows to other rows", depth + 2);
                    }
                }
            }
        }
    }

    fn test(&mut self, test: &Test, depth: usize) {
        match test {
            Test::Leaf(leaf) => self.leaf(*leaf, depth),
            Test::And(left, right) | Test::Or(left, right) => {
                self.step(depth, if matches!(test, Test::And(..)) { "and" } else { "or" });
                self.test(left, depth + 1);
                self.test(right, depth + 1);
            }
            Test::Not(operand) => {
                self.step(depth, "not");
                self.test(operand, depth + 1);
            }
        }
    }
}
