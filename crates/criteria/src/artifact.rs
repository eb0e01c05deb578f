//! A policy version as one artifact: the bytes that are kept, hashed and loaded again for a replay.

use base::Hash;

use crate::fault::{Fault, FaultCode};

const MAGIC: &[u8] = b"avedis-policy-1\n";

/// Packs files, in the order given: name length, name, content length, content, after a first line that names the format.
pub(crate) fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for (name, content) in files {
        out.extend_from_slice(&(name.len() as u64).to_be_bytes());
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&(content.len() as u64).to_be_bytes());
        out.extend_from_slice(content);
    }
    out
}

/// The hash of a policy: SHA-256 of its artifact.
pub(crate) fn hash(files: &[(String, Vec<u8>)]) -> Hash {
    Hash::of(&pack(files))
}

/// Reads an artifact back.
///
/// # Errors
/// One fault when the bytes are not an artifact.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let broken = || Fault {
        file: "artifact".to_owned(),
        line: 0,
        code: FaultCode::Unreadable,
        message: "these bytes are not a policy artifact".to_owned(),
        advice: "artifacts are made by Policy::artifact".to_owned(),
    };
    let mut rest = bytes.strip_prefix(MAGIC).ok_or_else(broken)?;
    let mut files = Vec::new();
    while !rest.is_empty() {
        let name = field(&mut rest).ok_or_else(broken)?;
        let content = field(&mut rest).ok_or_else(broken)?;
        let name = String::from_utf8(name.to_vec()).map_err(|_| broken())?;
        files.push((name, content.to_vec()));
        if files.len() > crate::library::MOST_FILES {
            return Err(broken());
        }
    }
    Ok(files)
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    if length > after.len() {
        return None;
    }
    let (content, tail) = after.split_at(length);
    *rest = tail;
    Some(content)
}
