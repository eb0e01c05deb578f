//! Reading rows of data from TOML and reporting every fault in them at once.
//!
//! The rules of this crate (clocks, holidays, authority) are rows that lawyers read. A row with a fault is named by its id,
//! the fault by its field, so that whoever edits the file sees all that is wrong in one run.

use base::Date;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};
use toml::{Table, Value};

/// Something wrong in a file of rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{row}: {field}: {message}")]
pub struct Fault {
    /// The row's id, or the table's name and position when it has none.
    pub row: String,
    /// The field.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

impl Fault {
    /// Joins the parts.
    pub(crate) fn new(row: &str, field: &str, message: impl Into<String>) -> Self {
        Self { row: row.to_owned(), field: field.to_owned(), message: message.into() }
    }
}

/// Reads a name of a kebab-case enum.
pub(crate) fn word<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    let text: StrDeserializer<'a, WordError> = text.into_deserializer();
    T::deserialize(text).ok()
}

/// The whole file: its tables of rows by name.
pub(crate) fn file(text: &str, known: &[&str], faults: &mut Vec<Fault>) -> Table {
    match toml::from_str::<Table>(text) {
        Ok(table) => {
            for name in table.keys().filter(|name| !known.contains(&name.as_str())) {
                faults.push(Fault::new("file", name, "unknown table"));
            }
            table
        }
        Err(error) => {
            faults.push(Fault::new("file", "syntax", error.message()));
            Table::new()
        }
    }
}

/// The rows of one array of tables.
pub(crate) fn rows<'a>(file: &'a Table, name: &str, faults: &mut Vec<Fault>) -> Vec<&'a Table> {
    match file.get(name) {
        None => Vec::new(),
        Some(Value::Array(values)) => {
            let tables: Vec<&Table> = values.iter().filter_map(Value::as_table).collect();
            if tables.len() != values.len() {
                faults.push(Fault::new("file", name, "every element must be a table"));
            }
            tables
        }
        Some(_) => {
            faults.push(Fault::new("file", name, "must be an array of tables"));
            Vec::new()
        }
    }
}

/// Reads the fields of one row, and remembers which it has seen.
pub(crate) struct Reader<'a> {
    table: &'a Table,
    id: String,
    seen: Vec<&'static str>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// Opens a row; its `id` is required.
    pub(crate) fn open(table: &'a Table, name: &str, position: usize, faults: &'a mut Vec<Fault>) -> Self {
        let id = match table.get("id").and_then(Value::as_str) {
            Some(id) if !id.trim().is_empty() => id.to_owned(),
            _ => {
                let place = format!("{name}[{position}]");
                faults.push(Fault::new(&place, "id", "is required"));
                place
            }
        };
        Self { table, id, seen: vec!["id"], faults }
    }

    /// The row's id.
    pub(crate) fn id(&self) -> String {
        self.id.clone()
    }

    /// Records a fault of this row.
    pub(crate) fn fault(&mut self, field: &str, message: impl Into<String>) {
        self.faults.push(Fault::new(&self.id, field, message));
    }

    fn value(&mut self, field: &'static str) -> Option<&'a Value> {
        self.seen.push(field);
        self.table.get(field)
    }

    /// Whether the row has the field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.table.contains_key(field)
    }

    /// A text that may be absent.
    pub(crate) fn text_if_any(&mut self, field: &'static str) -> Option<&'a str> {
        match self.value(field)? {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            _ => {
                self.fault(field, "must be a text that is not empty");
                None
            }
        }
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, field: &'static str) -> String {
        if !self.has(field) {
            self.seen.push(field);
            self.fault(field, "is required");
        }
        self.text_if_any(field).unwrap_or_default().to_owned()
    }

    /// A name of an enum that may be absent.
    pub(crate) fn word_if_any<T: Deserialize<'a>>(&mut self, field: &'static str) -> Option<T> {
        let text = self.text_if_any(field)?;
        let word = word(text);
        if word.is_none() {
            self.fault(field, format!("`{text}` is not one of the known names"));
        }
        word
    }

    /// A name of an enum that must be there.
    pub(crate) fn word<T: Deserialize<'a>>(&mut self, field: &'static str) -> Option<T> {
        if !self.has(field) {
            self.seen.push(field);
            self.fault(field, "is required");
            return None;
        }
        self.word_if_any(field)
    }

    /// Names of an enum; absent means none.
    pub(crate) fn words<T: Deserialize<'a>>(&mut self, field: &'static str) -> Vec<T> {
        self.texts(field)
            .into_iter()
            .filter_map(|text| {
                let word = word(text);
                if word.is_none() {
                    self.fault(field, format!("`{text}` is not one of the known names"));
                }
                word
            })
            .collect()
    }

    /// Texts; absent means none.
    pub(crate) fn texts(&mut self, field: &'static str) -> Vec<&'a str> {
        match self.value(field) {
            None => Vec::new(),
            Some(Value::Array(values)) => {
                let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                if texts.len() != values.len() {
                    self.fault(field, "every element must be a text");
                }
                texts
            }
            Some(_) => {
                self.fault(field, "must be a list of texts");
                Vec::new()
            }
        }
    }

    /// A whole number within bounds that may be absent.
    pub(crate) fn number_if_any(&mut self, field: &'static str, low: i64, high: i64) -> Option<i64> {
        match self.value(field)? {
            Value::Integer(number) if (low..=high).contains(number) => Some(*number),
            _ => {
                self.fault(field, format!("must be a whole number from {low} to {high}"));
                None
            }
        }
    }

    /// A whole number within bounds that must be there.
    pub(crate) fn number(&mut self, field: &'static str, low: i64, high: i64) -> i64 {
        if !self.has(field) {
            self.seen.push(field);
            self.fault(field, "is required");
            return low;
        }
        self.number_if_any(field, low, high).unwrap_or(low)
    }

    /// Yes or no; absent means no.
    pub(crate) fn flag(&mut self, field: &'static str) -> bool {
        match self.value(field) {
            None => false,
            Some(Value::Boolean(flag)) => *flag,
            Some(_) => {
                self.fault(field, "must be true or false");
                false
            }
        }
    }

    /// A day as `YYYY-MM-DD` that may be absent.
    pub(crate) fn day_if_any(&mut self, field: &'static str) -> Option<Date> {
        let text = self.text_if_any(field)?;
        let day = text.parse().ok();
        if day.is_none() {
            self.fault(field, "must be a day as YYYY-MM-DD");
        }
        day
    }

    /// Reports fields nobody asked for.
    pub(crate) fn close(self) {
        for field in self.table.keys().filter(|field| !self.seen.contains(&field.as_str())) {
            self.faults.push(Fault::new(&self.id, field, "unknown field"));
        }
    }
}

/// Reports ids that stand on more than one row.
pub(crate) fn unique<'a>(ids: impl Iterator<Item = &'a str>, faults: &mut Vec<Fault>) {
    let mut seen = std::collections::BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            faults.push(Fault::new(id, "id", "stands on more than one row"));
        }
    }
}
