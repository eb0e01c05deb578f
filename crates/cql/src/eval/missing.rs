//! What would have to be so for an answer to become true.

use super::{EvalError, EvalOptions, Parameters, Program};
use crate::data::Data;
use crate::ir::{DefinitionId, SystemType, Type};
use crate::value::DateTime;
use std::collections::BTreeSet;

/// How far [`Program::missing`] looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingLimits {
    /// The most assumptions in one set.
    pub max_size: usize,
    /// The most sets given.
    pub max_sets: usize,
    /// The most conditions tried; further ones leave the answer incomplete.
    pub max_conditions: usize,
    /// The most evaluations.
    pub max_evaluations: usize,
    /// Conditions that the record answers with no may be assumed otherwise too, not only those it leaves open.
    pub contradict: bool,
}

impl Default for MissingLimits {
    /// Sets of up to 4 of 24 open conditions, at most 16 sets, 20,000 evaluations, nothing that contradicts the record.
    fn default() -> Self {
        MissingLimits { max_size: 4, max_sets: 16, max_conditions: 24, max_evaluations: 20_000, contradict: false }
    }
}

/// The smallest sets of assumptions that make an answer true.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Missing {
    /// Each set with the value each of its definitions would have to have; by size, then by the definitions' order. No set holds another.
    /// One empty set when the answer is true already; none when nothing within the limits makes it true.
    pub sets: Vec<Vec<(DefinitionId, bool)>>,
    /// Every set there could be was looked at.
    pub complete: bool,
}

impl Program {
    /// The minimal sets of assumptions about the conditions `goal` rests on that make it true.
    ///
    /// The conditions are the Boolean definitions that `goal` refers to, directly or through others, and that refer to no Boolean definition
    /// themselves. One that the record leaves open may be assumed true or false; one that it answers is kept, unless
    /// [`MissingLimits::contradict`] is set. Every set is proven by evaluating with it, and no proper part of it makes the answer true.
    ///
    /// ```
    /// use cql::{Data, EvalOptions, MissingLimits, Options, Parameters, Source, compile, value::DateTime};
    /// let text = "library L\nparameter A Boolean\nparameter B Boolean\ndefine X: A\ndefine Y: B\ndefine Goal: X and Y";
    /// let program = compile(&[Source { name: "l", text }], &Options::default()).map_err(|faults| faults[0].to_string())?;
    /// let given = Parameters::new().with("A", cql::value::Value::Boolean(true));
    /// let now = DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("no such time")?;
    /// let goal = program.definition("Goal").ok_or("no such definition")?;
    /// let missing = program.missing(&Data::load([]), &given, now, &EvalOptions::default(), goal, &MissingLimits::default())?;
    /// assert_eq!(missing.sets, [[(program.definition("Y").ok_or("no such definition")?, true)]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EvalError`] when an evaluation as such fails (limits, cancellation).
    pub fn missing(
        &self,
        data: &Data<'_>,
        parameters: &Parameters,
        now: DateTime,
        options: &EvalOptions<'_>,
        goal: DefinitionId,
        limits: &MissingLimits,
    ) -> Result<Missing, EvalError> {
        let leaves = self.conditions(goal);
        let mut wanted = leaves.clone();
        wanted.push(goal);
        let plain = EvalOptions { trace: false, definitions: Some(&wanted), ..*options };
        let answers = self.evaluate(data, parameters, now, &plain)?;
        if answers.tri(goal) == Some(true) {
            return Ok(Missing { sets: vec![Vec::new()], complete: true });
        }
        let mut choices = Vec::new();
        for leaf in leaves {
            match answers.tri(leaf) {
                None => choices.push((leaf, [Some(true), Some(false)])),
                Some(known) if limits.contradict => choices.push((leaf, [Some(!known), None])),
                Some(_) => {}
            }
        }
        let mut complete = choices.len() <= limits.max_conditions;
        choices.truncate(limits.max_conditions);
        let asked = [goal];
        let mut evaluations = 0;
        let proves = |set: &[(DefinitionId, bool)]| -> Result<bool, EvalError> {
            let mut assume = options.assume.to_vec();
            assume.extend(set.iter().map(|(definition, value)| (*definition, Some(*value))));
            let given = EvalOptions { trace: false, assume: &assume, definitions: Some(&asked), ..*options };
            Ok(self.evaluate(data, parameters, now, &given)?.tri(goal) == Some(true))
        };
        let mut sets: Vec<Vec<(DefinitionId, bool)>> = Vec::new();
        for size in 1..=limits.max_size.min(choices.len()) {
            let mut search = Sets { choices: &choices, size, open: vec![Vec::new()] };
            while let Some(set) = search.next() {
                if sets.iter().any(|found| found.iter().all(|fact| set.contains(fact))) {
                    continue;
                }
                if evaluations == limits.max_evaluations || sets.len() == limits.max_sets {
                    return Ok(Missing { sets, complete: false });
                }
                evaluations += 1;
                if proves(&set)? {
                    sets.push(set);
                }
            }
        }
        complete &= limits.max_size >= choices.len();
        Ok(Missing { sets, complete })
    }

    /// The Boolean definitions below `goal` that rest on no other Boolean definition; `goal` itself when there is none below it.
    fn conditions(&self, goal: DefinitionId) -> Vec<DefinitionId> {
        let boolean = |definition: DefinitionId| {
            let body = self.plan().definition(definition).body;
            *self.plan().type_of(body) == Type::System(SystemType::Boolean)
        };
        let (mut leaves, mut seen, mut open) = (BTreeSet::new(), BTreeSet::from([goal]), vec![goal]);
        while let Some(definition) = open.pop() {
            let below: Vec<DefinitionId> = self.references(definition);
            if boolean(definition) && definition != goal && !below.iter().any(|d| boolean(*d)) {
                leaves.insert(definition);
            }
            open.extend(below.into_iter().filter(|d| seen.insert(*d)));
        }
        if leaves.is_empty() { vec![goal] } else { leaves.into_iter().collect() }
    }
}

/// Sets of a size, in order: each condition not chosen, or chosen with one of its values.
struct Sets<'c> {
    choices: &'c [(DefinitionId, [Option<bool>; 2])],
    size: usize,
    open: Vec<Vec<(usize, bool)>>,
}

impl Sets<'_> {
    fn next(&mut self) -> Option<Vec<(DefinitionId, bool)>> {
        while let Some(part) = self.open.pop() {
            if part.len() == self.size {
                return Some(part.into_iter().map(|(i, value)| (self.choices[i].0, value)).collect());
            }
            let from = part.last().map_or(0, |(i, _)| i + 1);
            let last = self.choices.len() + part.len() + 1 - self.size;
            for i in (from..last.min(self.choices.len())).rev() {
                for value in self.choices[i].1.into_iter().rev().flatten() {
                    let mut longer = part.clone();
                    longer.push((i, value));
                    self.open.push(longer);
                }
            }
        }
        None
    }
}
