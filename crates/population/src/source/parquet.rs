//! Rows of a Parquet file: a text column `resource` and optionally `patient`, a batch of rows at a time.

use super::lines::Line;
use crate::fault::{Fault, FaultCode, Origin};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;

/// Rows decoded at once.
const BATCH: usize = 256;

pub(super) struct Rows {
    reader: SerializedFileReader<File>,
    resource: usize,
    patient: Option<usize>,
    group: usize,
    row: u64,
    columns: Option<(Column, Option<Column>)>,
}

/// A text column of one row group.
struct Column {
    reader: ColumnReaderImpl<ByteArrayType>,
    nullable: bool,
}

impl Rows {
    pub(super) fn open(file: File, origin: &Origin) -> Result<Rows, Fault> {
        let reader = SerializedFileReader::new(file).map_err(|error| {
            Fault::new(FaultCode::NotParquet, origin, format!("not a readable Parquet file: {}", what(&error)))
        })?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let find = |name: &str| schema.columns().iter().position(|c| c.path().string().eq_ignore_ascii_case(name));
        let texts = |index: usize| {
            let column = schema.column(index);
            column.physical_type() == parquet::basic::Type::BYTE_ARRAY
                && column.max_rep_level() == 0
                && column.max_def_level() <= 1
        };
        let resource = find("resource").filter(|i| texts(*i));
        let resource = resource.ok_or_else(|| Fault::new(FaultCode::NotParquet, origin, "no text column `resource`"))?;
        let patient = find("patient").filter(|i| texts(*i));
        Ok(Rows { reader, resource, patient, group: 0, row: 0, columns: None })
    }

    /// Reads a batch of rows into `ready`; false at the end of the file.
    pub(super) fn read(&mut self, file: &Arc<str>, max: u64, ready: &mut VecDeque<Line>) -> Result<bool, Fault> {
        let origin = |line: u64| Origin { file: Arc::clone(file), line: Some(line) };
        loop {
            if self.columns.is_none() {
                if self.group >= self.reader.num_row_groups() {
                    return Ok(false);
                }
                let opened = self.open_group().map_err(|e| Fault::new(FaultCode::NotParquet, &origin(self.row + 1), what(&e)))?;
                self.columns = Some(opened);
                self.group += 1;
            }
            let Some((resource, patient)) = &mut self.columns else { return Ok(false) };
            let broken = |e: ParquetError| Fault::new(FaultCode::NotParquet, &origin(self.row + 1), what(&e));
            let texts = resource.read().map_err(broken)?;
            let broken = |e: ParquetError| Fault::new(FaultCode::NotParquet, &origin(self.row + 1), what(&e));
            let patients = patient.as_mut().map(Column::read).transpose().map_err(broken)?;
            if texts.is_empty() {
                self.columns = None;
                continue;
            }
            let mut fault = None;
            for (index, text) in texts.into_iter().enumerate() {
                self.row += 1;
                let Some(text) = text else { continue };
                if text.len() as u64 > max {
                    let detail = format!("a text of {} bytes, {max} allowed", text.len());
                    fault.get_or_insert(Fault::new(FaultCode::TooLarge, &origin(self.row), detail));
                    continue;
                }
                let patient = patients.as_ref().and_then(|p| p.get(index)?.as_ref()?.as_utf8().ok());
                let patient = patient.map(|p| super::compartment::patient_id(p).to_owned());
                ready.push_back(Line { origin: origin(self.row), bytes: text.data().to_vec(), patient });
            }
            return fault.map_or(Ok(true), Err);
        }
    }

    fn open_group(&self) -> Result<(Column, Option<Column>), ParquetError> {
        let group = self.reader.get_row_group(self.group)?;
        let schema = self.reader.metadata().file_metadata().schema_descr_ptr();
        let open = |index: usize| match group.get_column_reader(index)? {
            ColumnReader::ByteArrayColumnReader(reader) => {
                Ok(Column { reader, nullable: schema.column(index).max_def_level() > 0 })
            }
            _ => Err(ParquetError::General("the column holds no text".to_owned())),
        };
        Ok((open(self.resource)?, self.patient.map(open).transpose()?))
    }
}

impl Column {
    /// The next batch of rows; empty at the end of the row group.
    fn read(&mut self) -> Result<Vec<Option<ByteArray>>, ParquetError> {
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let definition = if self.nullable { Some(&mut levels) } else { None };
        self.reader.read_records(BATCH, definition, None, &mut values)?;
        if !self.nullable {
            return Ok(values.into_iter().map(Some).collect());
        }
        let mut values = values.into_iter();
        Ok(levels.into_iter().map(|level| if level > 0 { values.next() } else { None }).collect())
    }
}

/// The message of an error, which speaks of the file's structure and never of its content.
fn what(error: &ParquetError) -> String {
    error.to_string()
}
