//! Looking at JSON without parsing it: where values end, the members of one object. Meant for the one thread that reads, which must
//! only find boundaries and references; the full parse with all its checks happens later, on every core.

/// The index of the first byte that is no white space, from `at`.
pub(crate) fn space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// One past the closing quote of the string whose opening quote stands at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// One past the value that begins at `at`; `None` when it does not end here.
pub(crate) fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string_end(bytes, at),
        b'{' | b'[' => {
            let (mut at, mut depth) = (at, 0usize);
            loop {
                match bytes.get(at)? {
                    b'"' => {
                        at = string_end(bytes, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        _ => {
            let rest = &bytes[at..];
            let end = rest.iter().position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'));
            end.filter(|e| *e > 0).map(|e| at + e)
        }
    }
}

/// The members of an object in writing order: key without its quotes (escapes not decoded), value as written. Ends at the first thing that is not as it should be.
pub(crate) struct Members<'b> {
    bytes: &'b [u8],
    at: Option<usize>,
}

/// The members of the object that begins at the first byte that is no white space.
pub(crate) fn members(bytes: &[u8]) -> Members<'_> {
    let at = space(bytes, 0);
    Members { bytes, at: (bytes.get(at) == Some(&b'{')).then_some(at + 1) }
}

impl<'b> Iterator for Members<'b> {
    type Item = (&'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.bytes;
        let start = space(bytes, self.at.take()?);
        if bytes.get(start) != Some(&b'"') {
            return None;
        }
        let key_end = string_end(bytes, start)?;
        let colon = space(bytes, key_end);
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let value = space(bytes, colon + 1);
        let end = value_end(bytes, value)?;
        let next = space(bytes, end);
        self.at = (bytes.get(next) == Some(&b',')).then_some(next + 1);
        Some((&bytes[start + 1..key_end - 1], &bytes[value..end]))
    }
}

/// The items of the array that begins at the first byte that is no white space.
pub(crate) fn items(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let first = space(bytes, 0);
    let mut at = (bytes.get(first) == Some(&b'[')).then_some(first + 1);
    std::iter::from_fn(move || {
        let start = space(bytes, at.take()?);
        if matches!(bytes.get(start), None | Some(b']')) {
            return None;
        }
        let end = value_end(bytes, start)?;
        let next = space(bytes, end);
        at = (bytes.get(next) == Some(&b',')).then_some(next + 1);
        Some(&bytes[start..end])
    })
}

/// The text of a string value written without escapes.
pub(crate) fn plain(value: &[u8]) -> Option<&str> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if inner.contains(&b'\\') { None } else { std::str::from_utf8(inner).ok() }
}

/// The member of an object, as written.
pub(crate) fn member<'b>(object: &'b [u8], name: &str) -> Option<&'b [u8]> {
    members(object).find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value)
}

/// What a resource's first members say of it.
pub(crate) fn resource_type(object: &[u8]) -> Option<&str> {
    member(object, "resourceType").and_then(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_items_are_found_as_written() {
        let text = br#" { "a" : "x\"}", "b":[1,{"c":"]"}] ,"d":-1.5e3,"e":{} }"#;
        let found: Vec<(String, String)> = members(text)
            .map(|(k, v)| (String::from_utf8(k.to_vec()).unwrap(), String::from_utf8(v.to_vec()).unwrap()))
            .collect();
        let want = [("a", r#""x\"}""#), ("b", r#"[1,{"c":"]"}]"#), ("d", "-1.5e3"), ("e", "{}")];
        assert_eq!(found, want.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!(items(member(text, "b").unwrap()).count(), 2);
        assert_eq!(plain(member(text, "a").unwrap()), None);
        assert_eq!(resource_type(br#"{"id":"1","resourceType":"Patient"}"#), Some("Patient"));
    }

    #[test]
    fn what_is_cut_off_ends_quietly() {
        let text = br#"{"a":[1,2,{"b":"c"}],"d":"e"}"#;
        for length in 0..text.len() {
            assert!(members(&text[..length]).count() <= 2);
            assert_eq!(value_end(&text[..length], 0), None);
        }
        assert_eq!(value_end(text, 0), Some(text.len()));
        assert_eq!(members(b"null").count() + items(b"{}").count() + items(b"[]").count(), 0);
    }
}
