//! Reading a policy folder from disk, for the command line and for tests. Nothing here decides anything.

use std::path::Path;

use crate::fault::{Fault, FaultCode};

/// Every file below a folder with its path relative to it, sorted.
pub(crate) fn read(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let mut files = Vec::new();
    walk(folder, "", 0, &mut files)?;
    files.sort();
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, depth: usize, out: &mut Vec<(String, Vec<u8>)>) -> Result<(), Fault> {
    let fault = |path: &Path, error: &std::io::Error| Fault {
        file: path.display().to_string(),
        line: 0,
        code: FaultCode::Unreadable,
        message: format!("cannot be read: {error}"),
        advice: "give the folder that holds the policies".to_owned(),
    };
    if depth > 8 || out.len() > crate::library::MOST_FILES {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(|error| fault(folder, &error))? {
        let entry = entry.map_err(|error| fault(folder, &error))?;
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            walk(&path, &format!("{name}/"), depth + 1, out)?;
        } else {
            out.push((name, std::fs::read(&path).map_err(|error| fault(&path, &error))?));
        }
    }
    Ok(())
}
