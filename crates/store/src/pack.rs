//! The events of one append at rest: one row, because they became true together.
//!
//! A row per event would cost several times as much to write and compress worse; and a case is only ever read whole. The
//! head says of each event its kind, moment, length and leaf; the bodies follow one another in one compressed piece.

use crate::codec;
use crate::types::{StoredEvent, StoredLeaf};
use crate::{Append, Error, NewEvent};
use base::CaseId;
use ledger::Salt;

/// The events of one append.
#[derive(Debug, Clone)]
pub(crate) struct Pack {
    pub case: CaseId,
    /// Version of the first event.
    pub first: u64,
    pub entries: Vec<Entry>,
    /// Encoded: the bodies one after the other.
    pub bodies: Vec<u8>,
}

/// What the head says of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub kind: String,
    pub at: i64,
    /// Bytes of its body.
    pub length: u32,
    pub leaf: Option<StoredLeaf>,
}

/// Most bytes of all bodies of one append.
pub(crate) const BODIES_MAX: usize = 4 * NewEvent::MAX_BYTES;

impl Pack {
    /// The version after its last event's.
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// The version and head of each event.
    pub fn entries(&self) -> impl Iterator<Item = (u64, &Entry)> {
        (self.first..).zip(&self.entries)
    }

    /// The head as stored.
    pub fn head(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.entries.len() * 72);
        for entry in &self.entries {
            let kind = entry.kind.as_bytes();
            // Kinds are short names of the program's own.
            out.push(kind.len().min(255) as u8);
            out.extend_from_slice(&kind[..kind.len().min(255)]);
            out.extend_from_slice(&entry.at.to_le_bytes());
            out.extend_from_slice(&entry.length.to_le_bytes());
            match &entry.leaf {
                None => out.push(0),
                Some(leaf) => {
                    out.push(codec::class_number(leaf.class));
                    out.extend_from_slice(&leaf.index.to_le_bytes());
                    out.extend_from_slice(leaf.salt.expose());
                }
            }
        }
        out
    }

    /// A pack from its stored parts.
    pub fn read(case: CaseId, first: u64, head: &[u8], bodies: Vec<u8>) -> Result<Self, Error> {
        let mut rest = head;
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let entry = read_entry(&mut rest).filter(|_| entries.len() < Append::MAX_EVENTS);
            entries.push(entry.ok_or_else(|| Error::Corrupt(format!("the head of event {first} of case {case}")))?);
        }
        Ok(Self { case, first, entries, bodies })
    }

    /// The events as callers see them.
    pub fn events(&self) -> Result<Vec<StoredEvent>, Error> {
        let bodies = codec::decode_body(&self.bodies, BODIES_MAX)?;
        let mut rest = &bodies[..];
        let mut events = Vec::with_capacity(self.entries.len());
        for (version, entry) in self.entries() {
            let (body, later) = rest
                .split_at_checked(entry.length as usize)
                .ok_or_else(|| Error::Corrupt(format!("event {version} of case {} is cut short", self.case)))?;
            rest = later;
            events.push(StoredEvent {
                version,
                kind: entry.kind.clone(),
                at: codec::moment(entry.at)?,
                body: body.to_vec(),
                leaf: entry.leaf.clone(),
            });
        }
        if rest.is_empty() {
            Ok(events)
        } else {
            Err(Error::Corrupt(format!("after event {} of case {} bytes are left over", self.end() - 1, self.case)))
        }
    }
}

fn read_entry(rest: &mut &[u8]) -> Option<Entry> {
    let kind_length = usize::from(*take(rest, 1)?.first()?);
    let kind = std::str::from_utf8(take(rest, kind_length)?).ok()?.to_owned();
    let at = i64::from_le_bytes(take(rest, 8)?.try_into().ok()?);
    let length = u32::from_le_bytes(take(rest, 4)?.try_into().ok()?);
    let leaf = match *take(rest, 1)?.first()? {
        0 => None,
        number => Some(StoredLeaf {
            class: codec::class_of(number)?,
            index: u64::from_le_bytes(take(rest, 8)?.try_into().ok()?),
            salt: Salt::new(take(rest, 32)?.try_into().ok()?),
        }),
    };
    Some(Entry { kind, at, length, leaf })
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, later) = rest.split_at_checked(count)?;
    *rest = later;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::LeafClass;

    fn pack() -> Pack {
        let leaf = StoredLeaf { index: 7, class: LeafClass::Request, salt: Salt::new([9; 32]) };
        let entries = vec![
            Entry { kind: "received".to_owned(), at: 1_770_000_000_000_000, length: 3, leaf: Some(leaf) },
            Entry { kind: "assigned".to_owned(), at: -5, length: 0, leaf: None },
            Entry { kind: "approved".to_owned(), at: 0, length: 2, leaf: None },
        ];
        Pack { case: CaseId::from_bytes([1; 16]), first: 4, entries, bodies: codec::encode_body(b"abcde") }
    }

    #[test]
    fn a_pack_comes_back() {
        let pack = pack();
        let read = Pack::read(pack.case, 4, &pack.head(), pack.bodies.clone()).unwrap();
        assert_eq!(read.entries, pack.entries);
        let events = read.events().unwrap();
        let seen: Vec<(u64, &[u8])> = events.iter().map(|event| (event.version, &event.body[..])).collect();
        assert_eq!(seen, [(4, &b"abc"[..]), (5, b""), (6, b"de")]);
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic() {
        let good = pack();
        let head = good.head();
        let again = |head: &[u8], bodies: &[u8]| Pack::read(good.case, 4, head, bodies.to_vec()).and_then(|pack| pack.events());
        for end in 1..head.len() {
            // A head cut between two events is well-formed; then bodies are left over.
            assert!(matches!(again(&head[..end], &good.bodies), Err(Error::Corrupt(_))), "{end}");
        }
        for place in 0..head.len() {
            let mut changed = head.clone();
            changed[place] ^= 0x55;
            let _ = again(&changed, &good.bodies);
        }
        for body in [&b"abcd"[..], b"abcdef", b""] {
            assert!(again(&head, &codec::encode_body(body)).is_err());
        }
        assert!(again(&head, &[]).is_err());
    }
}
