//! What a form says: fields by name, and at most a few files. Read from `application/x-www-form-urlencoded` or
//! `multipart/form-data` (RFC 7578), whole and within limits.

use std::fmt;

/// Most fields in one form.
pub(crate) const MAX_FIELDS: usize = 4_000;

/// The fields of a form, in order. `Debug` shows how many: they hold whatever people type.
#[derive(Clone, Default)]
pub(crate) struct Fields {
    pairs: Vec<(String, String)>,
    files: Vec<File>,
}

/// A file that came with a form.
#[derive(Clone)]
pub(crate) struct File {
    /// The field it came in.
    pub name: String,
    /// Media type as sent; `application/octet-stream` when none was.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The body is not a form as its media type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the form could not be read")]
pub(crate) struct Unreadable;

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({} fields, {} files)", self.pairs.len(), self.files.len())
    }
}

impl Fields {
    /// Reads a body.
    pub(crate) fn read(content_type: &str, body: &[u8]) -> Result<Self, Unreadable> {
        let mut parts = content_type.split(';');
        match parts.next().map(str::trim).unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Self::read_urlencoded(body),
            "multipart/form-data" => {
                let boundary = parts.find_map(|part| part.trim().strip_prefix("boundary=")).ok_or(Unreadable)?;
                Self::read_multipart(boundary.trim_matches('"'), body)
            }
            _ if body.is_empty() => Ok(Self::default()),
            _ => Err(Unreadable),
        }
    }

    fn read_urlencoded(body: &[u8]) -> Result<Self, Unreadable> {
        let mut fields = Self::default();
        for pair in body.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            fields.add(decode(name)?, decode(value)?)?;
        }
        Ok(fields)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), Unreadable> {
        if self.pairs.len() + self.files.len() >= MAX_FIELDS {
            return Err(Unreadable);
        }
        // Browsers send line ends as CRLF; what people typed has LF.
        self.pairs.push((name, value.replace("\r\n", "\n")));
        Ok(())
    }

    fn read_multipart(boundary: &str, body: &[u8]) -> Result<Self, Unreadable> {
        if boundary.is_empty() || boundary.len() > 70 {
            return Err(Unreadable);
        }
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        let mut fields = Self::default();
        let mut rest = body.strip_prefix(&delimiter[2..]).ok_or(Unreadable)?;
        while !rest.starts_with(b"--") {
            let part = rest.strip_prefix(b"\r\n").ok_or(Unreadable)?;
            let end = find(part, &delimiter).ok_or(Unreadable)?;
            fields.part(&part[..end])?;
            rest = &part[end + delimiter.len()..];
        }
        Ok(fields)
    }

    fn part(&mut self, part: &[u8]) -> Result<(), Unreadable> {
        let end = find(part, b"\r\n\r\n").ok_or(Unreadable)?;
        let (head, content) = (std::str::from_utf8(&part[..end]).map_err(|_| Unreadable)?, &part[end + 4..]);
        let header = |name: &str| {
            head.split("\r\n")
                .filter_map(|line| line.split_once(':'))
                .find(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, v)| v.trim())
        };
        let disposition = header("content-disposition").ok_or(Unreadable)?;
        let name = parameter(disposition, "name").ok_or(Unreadable)?;
        if parameter(disposition, "filename").is_none() {
            return self.add(name, String::from_utf8(content.to_vec()).map_err(|_| Unreadable)?);
        }
        if self.pairs.len() + self.files.len() >= MAX_FIELDS {
            return Err(Unreadable);
        }
        let media_type = header("content-type").unwrap_or("application/octet-stream").to_owned();
        self.files.push(File { name, media_type, bytes: content.to_vec() });
        Ok(())
    }

    /// The first value of a field, trimmed; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value of a field as typed; empty when there is none.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field, in order.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field has this value.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|v| v == value)
    }

    /// The file in a field, when one was chosen.
    pub(crate) fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name && !file.bytes.is_empty())
    }
}

/// The value of a parameter such as `name="x"`. Browsers escape quotes in it as `%22`.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|part| {
        let (n, value) = part.trim().split_once('=')?;
        n.eq_ignore_ascii_case(name).then(|| value.trim_matches('"').to_owned())
    })
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn decode(text: &[u8]) -> Result<String, Unreadable> {
    let digit = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok()).ok_or(Unreadable);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                out.push(digit(text.get(at + 1))? << 4 | digit(text.get(at + 2))?);
                at += 2;
            }
            byte => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8(out).map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URLENCODED: &str = "application/x-www-form-urlencoded";

    #[test]
    fn urlencoded_with_repeats_and_every_escape() {
        let fields = Fields::read(URLENCODED, b"a=1&a=2&name=Jos%C3%A9+O%27Hara&text=one%0D%0Atwo&empty=&flag").unwrap();
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.get("name"), "José O'Hara");
        assert_eq!(fields.raw("text"), "one\ntwo");
        assert_eq!((fields.get("empty"), fields.get("flag"), fields.get("absent")), ("", "", ""));
        assert!(fields.has("a", "2") && !fields.has("a", "3"));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (kind, body) in [
            (URLENCODED, &b"a=%zz"[..]),
            (URLENCODED, b"a=%4"),
            (URLENCODED, b"a=%ff"),
            ("application/json", b"{}"),
            ("multipart/form-data", b"x"),
            ("multipart/form-data; boundary=x", b"--y\r\n"),
            ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nnever ends"),
            ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n--x--"),
        ] {
            assert_eq!(Fields::read(kind, body).err(), Some(Unreadable), "{kind}");
        }
        assert!(Fields::read("", b"").is_ok());
    }

    #[test]
    fn too_many_fields_are_refused() {
        let body = "a=1&".repeat(MAX_FIELDS + 1);
        assert_eq!(Fields::read(URLENCODED, body.as_bytes()).err(), Some(Unreadable));
    }

    #[test]
    fn multipart_with_a_file() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"why\"\r\n\r\nfax \xC3\xA9\r\n--b\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"fax.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--x\r\n\r\n--b--\r\n";
        let fields = Fields::read("multipart/form-data; boundary=b", body).unwrap();
        assert_eq!(fields.get("why"), "fax é");
        let file = fields.file("file").unwrap();
        assert_eq!((file.media_type.as_str(), file.bytes.as_slice()), ("image/png", &b"\x89PNG\r\n--x\r\n"[..]));
        assert!(fields.file("other").is_none());
    }

    #[test]
    fn debug_does_not_quote() {
        let fields = Fields::read(URLENCODED, b"name=secret").unwrap();
        assert_eq!(format!("{fields:?}"), "Fields(1 fields, 0 files)");
    }
}
