//! How things look at rest: bodies, keys, moments, leaf classes.

use crate::{Error, Scope};
use base::CaseId;
use jiff::Timestamp;
use ledger::LeafClass;
use sha2::{Digest, Sha256};

/// First byte of a stored body: the bytes follow as they are.
const RAW: u8 = 0;
/// First byte of a stored body: length as four little-endian bytes, then one zstd frame.
const ZSTD: u8 = 1;
/// Shorter bodies gain nothing from compression.
const WORTH_COMPRESSING: usize = 256;
/// Level 1: 4x on request bundles at some 15 us for 8 KB; higher levels cost more than the bytes they save.
const LEVEL: i32 = 1;

/// Largest buffer a thread keeps for its next compression.
const SCRATCH_KEPT: usize = 256 * 1024;

/// The stored form of a body: compressed when that makes it smaller.
pub(crate) fn encode_body(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() >= WORTH_COMPRESSING
        && let Ok(length) = u32::try_from(bytes.len())
        && let Some(packed) = compress(bytes, length)
        && packed.len() <= bytes.len()
    {
        return packed;
    }
    let mut out = Vec::with_capacity(bytes.len() + 1);
    out.push(RAW);
    out.extend_from_slice(bytes);
    out
}

/// Setting a compressor up, and a buffer for the worst case, costs more than compressing an event: each thread keeps both.
struct Packer {
    compressor: zstd::bulk::Compressor<'static>,
    scratch: Vec<u8>,
}

fn compress(bytes: &[u8], length: u32) -> Option<Vec<u8>> {
    thread_local! {
        static PACKER: std::cell::RefCell<Option<Packer>> = std::cell::RefCell::new(
            zstd::bulk::Compressor::new(LEVEL).ok().map(|compressor| Packer { compressor, scratch: Vec::new() }),
        );
    }
    PACKER.with_borrow_mut(|packer| {
        let packer = packer.as_mut()?;
        let bound = zstd::zstd_safe::compress_bound(bytes.len());
        packer.scratch.resize(packer.scratch.len().max(bound), 0);
        let packed = packer.compressor.compress_to_buffer(bytes, &mut packer.scratch).ok()?;
        let mut out = Vec::with_capacity(5 + packed);
        out.push(ZSTD);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(packer.scratch.get(..packed)?);
        if bound > SCRATCH_KEPT {
            packer.scratch = Vec::new();
        }
        Some(out)
    })
}

/// The body a stored form stands for; `limit` bounds what is unpacked.
pub(crate) fn decode_body(stored: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let bad = |what: &str| Error::Corrupt(format!("a stored body {what}"));
    match stored.split_first() {
        Some((&RAW, bytes)) => Ok(bytes.to_vec()),
        Some((&ZSTD, rest)) => {
            let (length, frame) = rest.split_first_chunk().ok_or_else(|| bad("ends in its length"))?;
            let length = u32::from_le_bytes(*length) as usize;
            if length > limit {
                return Err(bad("is longer than its kind may be"));
            }
            let bytes = zstd::bulk::decompress(frame, length).map_err(|_| bad("cannot be unpacked"))?;
            if bytes.len() == length { Ok(bytes) } else { Err(bad("unpacks to another length")) }
        }
        _ => Err(bad("has an unknown form")),
    }
}

/// What a key is stored as: 16 bytes, narrow in the index and silent about what it stands for.
pub(crate) type KeyDigest = [u8; 16];

/// A key of a case within its tenant.
pub(crate) type StoredKey = (Scope, KeyDigest);

/// The first half of SHA-256 over scope and key. 128 bits: making two keys collide on purpose takes 2^64 tries.
pub(crate) fn key_digest(scope: Scope, key: &str) -> KeyDigest {
    let mut hasher = Sha256::new();
    hasher.update([scope.number() as u8]);
    hasher.update(key.as_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    let mut out = [0; 16];
    out.copy_from_slice(&digest[..16]);
    out
}

/// Keys of a case in one blob: a byte of scope, 16 bytes of digest, in order.
pub(crate) fn encode_keys(keys: &[StoredKey]) -> Vec<u8> {
    let mut out = Vec::with_capacity(keys.len() * 17);
    for (scope, digest) in keys {
        out.push(scope.number() as u8);
        out.extend_from_slice(digest);
    }
    out
}

/// Reads the blob of [`encode_keys`].
pub(crate) fn decode_keys(bytes: &[u8]) -> Result<Vec<StoredKey>, Error> {
    let bad = || Error::Corrupt("the keys of a case row cannot be read".to_owned());
    if !bytes.len().is_multiple_of(17) {
        return Err(bad());
    }
    bytes
        .chunks_exact(17)
        .map(|chunk| {
            let mut digest = [0; 16];
            digest.copy_from_slice(&chunk[1..]);
            Ok((scope_of(i64::from(chunk[0])).ok_or_else(bad)?, digest))
        })
        .collect()
}

/// The scope of a stored number.
pub(crate) fn scope_of(number: i64) -> Option<Scope> {
    Scope::ALL.into_iter().find(|scope| scope.number() == number)
}

/// Numbers of the leaf classes at rest; a number is never used again for another class.
const CLASSES: &[(LeafClass, u8)] = &[
    (LeafClass::Request, 1),
    (LeafClass::InfoRequest, 2),
    (LeafClass::Clock, 3),
    (LeafClass::Determination, 4),
    (LeafClass::Notice, 5),
    (LeafClass::Appeal, 6),
    (LeafClass::Access, 7),
    (LeafClass::Disclosure, 8),
    (LeafClass::BreakGlass, 9),
    (LeafClass::RulesetVersion, 10),
    (LeafClass::ModelVersion, 11),
    (LeafClass::LogKey, 12),
    (LeafClass::Case, 13),
];

/// The number of a class; 0 for one this table lacks (a test holds that there is none).
pub(crate) fn class_number(class: LeafClass) -> u8 {
    CLASSES.iter().find(|(known, _)| *known == class).map_or(0, |(_, number)| *number)
}

/// The class of a number.
pub(crate) fn class_of(number: u8) -> Option<LeafClass> {
    CLASSES.iter().find(|(_, known)| *known == number).map(|(class, _)| *class)
}

/// Microseconds since the epoch, rounded down.
pub(crate) fn micros(at: Timestamp) -> i64 {
    // Any `Timestamp` (years -9999 to 9999) fits 64 bits of microseconds.
    at.as_nanosecond().div_euclid(1000) as i64
}

/// Microseconds since the epoch, rounded up: a timer must not fire before its moment.
pub(crate) fn micros_up(at: Timestamp) -> i64 {
    micros(at) + i64::from(at.as_nanosecond().rem_euclid(1000) != 0)
}

/// The moment of stored microseconds.
pub(crate) fn moment(micros: i64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(micros).map_err(|_| Error::Corrupt("a stored moment is out of range".to_owned()))
}

/// The bytes of a case id.
pub(crate) fn id_bytes(id: CaseId) -> [u8; 16] {
    *id.as_uuid().as_bytes()
}

/// A case id from stored bytes.
pub(crate) fn id_of(bytes: &[u8]) -> Result<CaseId, Error> {
    let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| Error::Corrupt("a stored case id is not 16 bytes".to_owned()))?;
    Ok(CaseId::from_bytes(bytes))
}

/// 32 stored bytes.
pub(crate) fn bytes32(bytes: &[u8]) -> Result<[u8; 32], Error> {
    <[u8; 32]>::try_from(bytes).map_err(|_| Error::Corrupt("a stored digest is not 32 bytes".to_owned()))
}

/// A count as the databases keep it. Counts here never come near 2^63.
pub(crate) fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count read back.
pub(crate) fn count(int: i64) -> Result<u64, Error> {
    u64::try_from(int).map_err(|_| Error::Corrupt("a stored count is negative".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_back_byte_for_byte() {
        let long = b"{\"resourceType\":\"Bundle\",\"n\":0}".repeat(400);
        let noise: Vec<u8> = (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for body in [&b""[..], b"x", &long, &noise] {
            let stored = encode_body(body);
            assert!(stored.len() <= body.len() + 1);
            assert_eq!(decode_body(&stored, body.len()).unwrap(), body);
        }
        assert!(encode_body(&long).len() * 10 < long.len());
    }

    #[test]
    fn a_damaged_body_is_named_not_unpacked() {
        let good = encode_body(&[b'a'; 1000]);
        let mut longer = good.clone();
        longer[1] ^= 1;
        let mut bomb = good.clone();
        bomb[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
        for bad in [&[][..], &[9, 1], &[ZSTD, 1], &good[..good.len() - 1], &longer, &bomb] {
            assert!(matches!(decode_body(bad, 1 << 20), Err(Error::Corrupt(_))), "{bad:?}");
        }
    }

    #[test]
    fn every_class_has_its_own_number() {
        for class in LeafClass::ALL {
            assert_eq!(class_of(class_number(*class)), Some(*class));
        }
        assert_eq!(class_of(0), None);
    }

    #[test]
    fn moments_round_down_and_timers_up() {
        let at: Timestamp = "2026-11-21T10:00:00.000000001Z".parse().unwrap();
        assert_eq!(micros_up(at), micros(at) + 1);
        for text in ["1800-01-01T00:00:00.9999999Z", "2999-12-31T23:59:59Z"] {
            let at: Timestamp = text.parse().unwrap();
            assert!(moment(micros(at)).unwrap() <= at && moment(micros_up(at)).unwrap() >= at);
        }
    }

    #[test]
    fn keys_of_different_scopes_differ() {
        assert_ne!(key_digest(Scope::Member, "a"), key_digest(Scope::Provider, "a"));
        let keys = vec![(Scope::Identifier, [1; 16]), (Scope::Service, [2; 16])];
        assert_eq!(decode_keys(&encode_keys(&keys)).unwrap(), keys);
        assert!(decode_keys(&[1; 16]).is_err());
        assert!(decode_keys(&[77; 17]).is_err());
    }
}
