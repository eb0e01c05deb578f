//! Patients as columns: for each resource type the rows of each patient, and for each element the number of its content.

use super::dictionary::Dictionary;
use super::need::Need;
use super::reads::Group;
use super::times::Times;
use json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Many patients, prepared for the definitions a [`Need`] was made of. It keeps what they read and nothing else: no JSON, no ids.
pub struct Table {
    patients: usize,
    types: Vec<Rows>,
    by_name: HashMap<Arc<str>, usize>,
    json_bytes: u64,
}

/// The resources of one type.
pub(super) struct Rows {
    name: Arc<str>,
    /// First row of each patient, and one past the last.
    pub(super) starts: Vec<u32>,
    /// The patient of each row.
    pub(super) owner: Vec<u32>,
    columns: Vec<Column>,
    /// Patients (ascending) that have two resources of one id, or two without: only these can have two of the same content.
    pub(super) twins: Option<Vec<u32>>,
}

/// The content of one element (or choice) in every row.
pub(super) struct Column {
    group: Group,
    pub(super) numbers: Vec<u32>,
    pub(super) dictionary: Dictionary,
    indexed: bool,
    /// The contents as moments, when most of them are.
    pub(super) times: Option<Times>,
    /// Rows by number of the content, when indexed: those of number n stand at `starts[n]..starts[n + 1]`.
    pub(super) starts: Vec<u32>,
    pub(super) rows: Vec<u32>,
}

impl Table {
    /// How many patients there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.patients
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patients == 0
    }

    /// How many rows (resources) are kept.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.types.iter().map(|t| t.owner.len()).sum()
    }

    /// Bytes of memory held.
    #[must_use]
    pub fn memory(&self) -> usize {
        let column = |c: &Column| {
            (c.numbers.capacity() + c.starts.capacity() + c.rows.capacity()) * 4
                + c.dictionary.memory()
                + c.times.as_ref().map_or(0, Times::memory)
        };
        let rows = |t: &Rows| (t.starts.capacity() + t.owner.capacity()) * 4 + t.columns.iter().map(column).sum::<usize>();
        self.types.iter().map(rows).sum()
    }

    /// Bytes of the JSON the table was made of.
    #[must_use]
    pub fn json_bytes(&self) -> u64 {
        self.json_bytes
    }

    pub(super) fn resource(&self, name: &str) -> Option<&Rows> {
        self.by_name.get(name).map(|index| &self.types[*index])
    }

    /// Whether the table was built for (at least) a need.
    #[must_use]
    pub fn serves(&self, need: &Need) -> bool {
        let knows_twins = |name: &Arc<str>| self.resource(name).is_some_and(|rows| rows.twins.is_some());
        need.distinct.iter().all(knows_twins)
            && need.types.iter().all(|(name, groups)| {
                let Some(rows) = self.resource(name) else { return false };
                groups.iter().all(|(group, indexed)| rows.column(group).is_some_and(|c| c.indexed || !indexed))
            })
    }
}

impl Rows {
    pub(super) fn column(&self, group: &Group) -> Option<&Column> {
        self.columns.iter().find(|c| c.group == *group)
    }
}

/// A table holds all it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table holds all the rows it can number: finish it and begin another one")]
pub struct TableFull;

/// Makes a [`Table`], one patient after the other.
pub struct TableBuilder {
    table: Table,
    /// For each type: JSON member name to columns; a member with only extensions comes under its own name with `_`.
    members: Vec<Vec<(Vec<u8>, Vec<u32>)>>,
    /// The content of each column of the resource being read.
    content: Vec<Vec<u8>>,
}

impl TableBuilder {
    /// A table of no patients yet.
    #[must_use]
    pub fn new(need: &Need) -> TableBuilder {
        let mut table = Table { patients: 0, types: Vec::new(), by_name: HashMap::new(), json_bytes: 0 };
        let mut members = Vec::new();
        for (name, groups) in &need.types {
            let mut of_type: Vec<(Vec<u8>, Vec<u32>)> = Vec::new();
            let mut columns = Vec::new();
            for (group, indexed) in groups {
                for member in group.iter().flat_map(|m| [m.to_string(), format!("_{m}")]) {
                    match of_type.iter_mut().find(|(known, _)| *known == member.as_bytes()) {
                        Some((_, of)) => of.push(columns.len() as u32),
                        None => of_type.push((member.into_bytes(), vec![columns.len() as u32])),
                    }
                }
                columns.push(Column {
                    group: Arc::clone(group),
                    numbers: Vec::new(),
                    dictionary: Dictionary::default(),
                    indexed: *indexed,
                    times: None,
                    starts: Vec::new(),
                    rows: Vec::new(),
                });
            }
            table.by_name.insert(Arc::clone(name), table.types.len());
            table.types.push(Rows {
                name: Arc::clone(name),
                starts: vec![0],
                owner: Vec::new(),
                columns,
                twins: need.distinct.contains(name).then(Vec::new),
            });
            members.push(of_type);
        }
        let most = table.types.iter().map(|t| t.columns.len()).max().unwrap_or(0);
        TableBuilder { table, members, content: vec![Vec::new(); most] }
    }

    /// Adds the resources of the next patient, in the order of the record.
    ///
    /// # Errors
    /// When there would be more rows or different contents than 32 bits can number; the patient is not added.
    pub fn add<'v>(&mut self, resources: impl IntoIterator<Item = Value<'v>>) -> Result<(), TableFull> {
        let patient = self.table.patients as u32;
        let mut rows: Vec<Vec<Value<'v>>> = vec![Vec::new(); self.table.types.len()];
        for resource in resources {
            self.table.json_bytes += resource.raw().len() as u64;
            let Some(name) = resource.get("resourceType").and_then(|t| t.as_str()) else { continue };
            if let Some(index) = self.table.by_name.get(&*name) {
                rows[*index].push(resource);
            }
        }
        let fits = |(of_type, rows): (&Rows, &Vec<Value<'_>>)| u32::try_from(of_type.owner.len() + rows.len() + 2).is_ok();
        if u32::try_from(self.table.patients + 1).is_err() || !self.table.types.iter().zip(&rows).all(fits) {
            return Err(TableFull);
        }
        for (index, resources) in rows.into_iter().enumerate() {
            if let Some(twins) = &mut self.table.types[index].twins
                && has_twins(&resources)
            {
                twins.push(patient);
            }
            for resource in resources {
                self.row(index, patient, resource);
            }
            let of_type = &mut self.table.types[index];
            of_type.starts.push(of_type.owner.len() as u32);
        }
        self.table.patients += 1;
        Ok(())
    }

    fn row(&mut self, index: usize, patient: u32, resource: Value<'_>) {
        let of_type = &mut self.table.types[index];
        let contents = &mut self.content[..of_type.columns.len()];
        contents.iter_mut().for_each(Vec::clear);
        for member in resource.members() {
            let Some(raw) = member.key_raw() else { continue };
            let decoded = if raw.contains(&b'\\') { member.key() } else { None };
            let key = decoded.as_ref().map_or(raw, |k| k.as_bytes());
            let Some((_, columns)) = self.members[index].iter().find(|(name, _)| name.len() == key.len() && name == key) else {
                continue;
            };
            if member.is_null() {
                continue;
            }
            for column in columns {
                let content = &mut contents[*column as usize];
                content.extend_from_slice(b",\"");
                content.extend_from_slice(key);
                content.extend_from_slice(b"\":");
                content.extend_from_slice(member.raw());
            }
        }
        for (column, content) in of_type.columns.iter_mut().zip(contents) {
            column.numbers.push(if content.is_empty() { 0 } else { column.dictionary.intern(content) });
        }
        of_type.owner.push(patient);
    }

    /// The table, with its indexes.
    #[must_use]
    pub fn finish(mut self) -> Table {
        for of_type in &mut self.table.types {
            of_type.starts.shrink_to_fit();
            of_type.owner.shrink_to_fit();
            for column in &mut of_type.columns {
                column.numbers.shrink_to_fit();
                column.dictionary.finish();
                if column.indexed {
                    column.index();
                } else {
                    column.times = Times::of(&column.dictionary);
                }
            }
        }
        self.table
    }
}

fn has_twins(resources: &[Value<'_>]) -> bool {
    let mut ids: Vec<&[u8]> = resources.iter().map(|r| r.get("id").map_or(&[][..], |id| id.raw())).collect();
    ids.sort_unstable();
    ids.windows(2).any(|pair| pair[0] == pair[1])
}

impl Column {
    /// Sorts the rows by the number of their content; within one number they stay in order.
    fn index(&mut self) {
        let mut starts = vec![0u32; self.dictionary.len() + 2];
        for number in &self.numbers {
            starts[*number as usize + 1] += 1;
        }
        for number in 1..starts.len() {
            starts[number] += starts[number - 1];
        }
        let mut next = starts.clone();
        self.rows = vec![0; self.numbers.len()];
        for (row, number) in self.numbers.iter().enumerate() {
            let at = &mut next[*number as usize];
            self.rows[*at as usize] = row as u32;
            *at += 1;
        }
        self.starts = starts;
    }

    /// The rows of a content.
    pub(super) fn rows_of(&self, number: u32) -> &[u32] {
        let bound = |n: u32| self.starts.get(n as usize).copied().unwrap_or_default() as usize;
        &self.rows[bound(number)..bound(number + 1)]
    }
}

impl std::fmt::Debug for Table {
    /// Sizes only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let types: Vec<(&str, usize)> = self.types.iter().map(|t| (&*t.name, t.owner.len())).collect();
        f.debug_struct("Table").field("patients", &self.patients).field("types", &types).finish()
    }
}
