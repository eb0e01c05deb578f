//! Files and folders as the commands take them: walked in order of name, read once, with their resources found wherever they stand.

use crate::Failure;
use json::{Document, Kind, Limits, Projection, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Limits for files an operator names: far above those for a request from the network.
pub fn limits() -> Limits {
    Limits { max_bytes: 2 << 30, max_depth: 256, max_nodes: 200_000_000, max_faults: 20 }
}

/// Deepest folder below a given one; a circle of links ends here.
const MAX_FOLDERS: usize = 32;
/// Most files of one walk.
const MAX_FILES: usize = 2_000_000;

/// A file that was found.
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// It was named itself, not found in a folder: it must then be what it is taken for.
    pub named: bool,
}

/// The files under the paths, each folder in order of names; hidden ones are left out. `wanted` looks at the lower-case extension of files found in folders.
pub fn walk(paths: &[PathBuf], wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let about = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?;
        if about.is_dir() {
            folder(path, wanted, 0, &mut found)?;
        } else {
            found.push(Found { path: path.clone(), named: true });
        }
    }
    Ok(found)
}

fn folder(path: &Path, wanted: &dyn Fn(&str) -> bool, depth: usize, found: &mut Vec<Found>) -> Result<(), Failure> {
    if depth > MAX_FOLDERS {
        return Err(Failure::new(format!(
            "{}: more than {MAX_FOLDERS} folders deep; is there a circle of links?",
            path.display()
        )));
    }
    let read = std::fs::read_dir(path).map_err(|e| unreadable(path, &e))?;
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in read {
        entries.push(entry.map_err(|e| unreadable(path, &e))?.path());
    }
    entries.sort();
    for entry in entries {
        let hidden = entry.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if entry.is_dir() {
            folder(&entry, wanted, depth + 1, found)?;
        } else if wanted(&extension(&entry)) {
            if found.len() >= MAX_FILES {
                return Err(Failure::new(format!("{}: more than {MAX_FILES} files", path.display())));
            }
            found.push(Found { path: entry, named: false });
        }
    }
    Ok(())
}

/// The extension in lower case, without its dot.
pub fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// A message for a path that could not be read.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

/// The bytes of a file, without a byte order mark.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Ok(bytes)
}

/// A file as text.
pub fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?).map_err(|e| {
        Failure::new(format!("{}: not UTF-8 at byte {}; save it as UTF-8", path.display(), e.utf8_error().valid_up_to()))
    })
}

/// The documents of a JSON or NDJSON file, and every fault with its line.
pub fn documents(path: &Path) -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    each_document(path, bytes(path)?, None, &mut |document| documents.push(document))?;
    Ok(documents)
}

/// Gives each document of the bytes of a JSON or NDJSON file, one at a time, with no more than a projection asks for. Faults are told at the end, every one with its line.
pub fn each_document(
    path: &Path,
    bytes: Vec<u8>,
    projection: Option<&Projection>,
    each: &mut dyn FnMut(Document),
) -> Result<(), Failure> {
    let parse = |bytes: Arc<[u8]>| match projection {
        Some(projection) => Document::parse_projected(bytes, projection, &limits()),
        None => Document::parse(bytes, &limits()),
    };
    if !matches!(extension(path).as_str(), "ndjson" | "jsonl") {
        let document = parse(bytes.into()).map_err(|faults| fault_list(path, faults.iter().map(|f| f.to_string())))?;
        each(document);
        return Ok(());
    }
    let mut faults = Vec::new();
    for (number, line) in bytes.split(|b| *b == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match parse(line.into()) {
            Ok(document) => each(document),
            Err(found) => faults.extend(found.first().map(|f| format!("line {}: {f}", number + 1))),
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(fault_list(path, faults.into_iter())) }
}

fn fault_list(path: &Path, faults: impl Iterator<Item = String>) -> Failure {
    let faults: Vec<String> = faults.map(|f| format!("  {f}")).collect();
    Failure::new(format!("{}: not JSON as it should be\n{}", path.display(), faults.join("\n")))
}

/// Every resource of a document: itself, the entries of a Bundle (Bundles in Bundles too), the elements of an array.
pub fn resources<'d>(value: Value<'d>, each: &mut dyn FnMut(Value<'d>)) {
    nested(value, 0, each);
}

fn nested<'d>(value: Value<'d>, depth: usize, each: &mut dyn FnMut(Value<'d>)) {
    if depth > 8 {
        return;
    }
    if value.kind() == Kind::Array {
        value.items().for_each(|item| nested(item, depth + 1, each));
        return;
    }
    if string(value, "resourceType").as_deref() != Some("Bundle") {
        each(value);
        return;
    }
    for entry in value.get("entry").into_iter().flat_map(|e| e.items()) {
        if let Some(resource) = entry.get("resource") {
            nested(resource, depth + 1, each);
        }
    }
}

/// A string member.
pub fn string(value: Value<'_>, key: &str) -> Option<String> {
    value.get(key).and_then(|v| v.as_str()).map(|s| s.into_owned())
}

/// Writes a file, making its folder.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| unreadable(folder, &e))?;
    }
    std::fs::write(path, text).map_err(|e| unreadable(path, &e))
}
