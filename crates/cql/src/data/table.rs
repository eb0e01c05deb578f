//! What is known of a patient's resources beside their JSON: rows by type, and the indexes made so far.

use super::chain::Chain;
use super::codes::CodeIndex;
use super::dates::DateIndex;
use super::references::References;
use crate::value::Text;
use json::NodeId;
use std::sync::OnceLock;

/// One resource.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) node: NodeId,
    pub(super) document: u32,
}

/// The rows of one resource type: a range of [`Table::by_type`].
pub(super) struct TypeRows {
    pub(super) name: Text,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Rows and indexes of one patient. `Send` and `Sync`: what it computes late it computes once, behind a shared reference.
#[derive(Default)]
pub(super) struct Table {
    pub(super) rows: Box<[Row]>,
    /// Rows stand in the order of their documents.
    pub(super) sorted: bool,
    /// `fullUrl` of each row's entry in its document; empty when no row has one, or when the caller gave them.
    pub(super) urls: Box<[Option<NodeId>]>,
    pub(super) types: Box<[TypeRows]>,
    by_type: Box<[u32]>,
    all: OnceLock<Box<[u32]>>,
    pub(super) codes: Chain<CodeIndex>,
    pub(super) dates: Chain<DateIndex>,
    pub(super) references: OnceLock<References>,
}

/// Collects rows.
#[derive(Default)]
pub(super) struct Builder {
    rows: Vec<Row>,
    /// Of each row, its position in `types`.
    of_types: Vec<u16>,
    urls: Vec<Option<NodeId>>,
    types: Vec<TypeRows>,
}

/// More types than FHIR has make no sense; what goes beyond is left out.
const TYPES_MAX: usize = 4096;

impl Builder {
    pub(super) fn with_capacity(rows: usize) -> Builder {
        Builder {
            rows: Vec::with_capacity(rows),
            of_types: Vec::with_capacity(rows),
            types: Vec::with_capacity(16),
            urls: Vec::new(),
        }
    }

    /// Adds a resource; values without a `resourceType` are no resources.
    pub(super) fn add(&mut self, document: u32, url: Option<NodeId>, value: json::Value<'_>) -> bool {
        let Some(of_type) = value.get("resourceType").and_then(|name| self.type_of(name)) else {
            return false;
        };
        if url.is_some() {
            self.urls.resize(self.rows.len(), None);
            self.urls.push(url);
        }
        self.rows.push(Row { node: value.id(), document });
        self.of_types.push(of_type);
        self.types[usize::from(of_type)].end += 1;
        true
    }

    /// The position of a resource type, mostly that of the resource before.
    fn type_of(&mut self, name: json::Value<'_>) -> Option<u16> {
        if let (Some(last), Some(bytes)) = (self.of_types.last(), name.plain_bytes())
            && self.types[usize::from(*last)].name.as_bytes() == bytes
        {
            return Some(*last);
        }
        let name = name.as_str()?;
        let known = self.types.iter().position(|t| t.name == *name);
        let found = known.unwrap_or(self.types.len());
        if known.is_none() {
            if found >= TYPES_MAX {
                return None;
            }
            self.types.push(TypeRows { name: Text::new(&name), start: 0, end: 0 });
        }
        u16::try_from(found).ok()
    }

    pub(super) fn finish(mut self) -> Table {
        // `end` held the number of rows so far; it becomes the end of the type's range.
        let mut start = 0;
        for of_type in &mut self.types {
            let count = of_type.end;
            (of_type.start, of_type.end) = (start, start);
            start += count;
        }
        let mut by_type = vec![0; self.rows.len()];
        for (number, of_type) in self.of_types.iter().enumerate() {
            let of_type = &mut self.types[usize::from(*of_type)];
            by_type[of_type.end as usize] = number as u32;
            of_type.end += 1;
        }
        if !self.urls.is_empty() {
            self.urls.resize(self.rows.len(), None);
        }
        Table {
            sorted: self.rows.is_sorted_by_key(|row| (row.document, row.node)),
            rows: self.rows.into(),
            urls: self.urls.into(),
            types: self.types.into(),
            by_type: by_type.into(),
            ..Table::default()
        }
    }
}

impl Table {
    /// Row numbers of a type, in the order given; `Resource` and `DomainResource` mean all.
    pub(super) fn rows_of(&self, resource_type: &str) -> &[u32] {
        match self.types.iter().find(|t| t.name == *resource_type) {
            Some(found) => self.by_type.get(found.start as usize..found.end as usize).unwrap_or_default(),
            None if matches!(resource_type, "Resource" | "DomainResource") => {
                self.all.get_or_init(|| (0..self.rows.len() as u32).collect())
            }
            None => &[],
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let all = self.all.get().map_or(0, |all| size_of_val(&**all));
        size_of::<Table>()
            + size_of_val(&*self.rows)
            + size_of_val(&*self.urls)
            + size_of_val(&*self.types)
            + size_of_val(&*self.by_type)
            + all
            + self.codes.iter().map(CodeIndex::heap_bytes).sum::<usize>()
            + self.dates.iter().map(DateIndex::heap_bytes).sum::<usize>()
            + self.references.get().map_or(0, References::heap_bytes)
    }
}
