//! LOINC, `Loinc.csv`: columns by the names of its first row.

use super::{Fault, Gathered};
use std::io::BufRead;
use text::fact::Kind;

/// Columns that hold names.
const NAMES: [&str; 4] = ["LONG_COMMON_NAME", "SHORTNAME", "CONSUMER_NAME", "DisplayName"];

/// Laboratory and clinical terms that are in use.
pub(super) fn gather(file: &mut dyn BufRead) -> Result<Gathered, Fault> {
    let mut gathered = Gathered::default();
    let mut header: Option<Vec<String>> = None;
    let (mut record, mut start) = (String::new(), 1);
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        let read = file.read_line(&mut line).map_err(|e| Fault::Unreadable { line: number, what: e.to_string() })?;
        record.push_str(&line);
        // A quoted field may hold line ends: the record goes on while a quote is open.
        if read > 0 && record.matches('"').count() % 2 == 1 {
            continue;
        }
        if !record.trim().is_empty() {
            let row = fields(record.trim_end_matches(['\n', '\r']));
            match &header {
                None => header = Some(row),
                Some(header) => take(header, &row, start, &mut gathered)?,
            }
        }
        record.clear();
        start = number + 1;
        if read == 0 {
            break;
        }
    }
    Ok(gathered)
}

fn take(header: &[String], row: &[String], line: usize, gathered: &mut Gathered) -> Result<(), Fault> {
    let column = |name: &str| header.iter().position(|h| h == name).and_then(|i| row.get(i)).map(String::as_str);
    let (Some(code), Some(_)) = (column("LOINC_NUM"), column("LONG_COMMON_NAME")) else {
        return Err(Fault::Format {
            line,
            what: "the first row of Loinc.csv names the columns, LOINC_NUM and LONG_COMMON_NAME among them",
        });
    };
    if !matches!(column("STATUS"), None | Some("ACTIVE" | "TRIAL" | "")) {
        return Ok(());
    }
    for (i, name) in NAMES.iter().enumerate() {
        if let Some(term) = column(name).filter(|t| !t.is_empty()) {
            gathered.add(code, term, i == 0)?.kind = Some(Kind::Measurement);
        }
    }
    Ok(())
}

/// The fields of a record: separated by commas, in quotes where they hold one, a quote doubled.
fn fields(record: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = record.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                fields.last_mut().into_iter().for_each(|f| f.push('"'));
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().into_iter().for_each(|f| f.push(c)),
        }
    }
    fields
}
