//! Passwords: argon2id (RFC 9106) in PHC string form, `$argon2id$v=19$m=..,t=..,p=..$salt$hash`.
//!
//! The parameters are the first choice of the OWASP password storage guidance (19 MiB, two passes, one lane). A stored
//! hash carries its own, so they can be raised without anybody losing a password.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as B64;

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// Longest password taken, in bytes: hashing a longer one would be a gift to whoever wants to keep the machine busy.
pub const MAX_BYTES: usize = 1024;
/// Most memory a stored hash may ask for, in KiB: a damaged record must not exhaust the machine.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 8;

/// Why a password cannot be hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Longer than [`MAX_BYTES`].
    #[error("a password has at most {MAX_BYTES} bytes")]
    TooLong,
    /// The hash function refused; its parameters are constants, so this is memory that could not be had.
    #[error("the password could not be hashed")]
    Hash,
}

/// Hashes a password with a salt from `entropy`.
///
/// ```
/// let mut entropy = |into: &mut [u8]| into.fill(7); // a real caller asks the operating system
/// let stored = workbench::password::hash("correct horse battery", &mut entropy).unwrap();
/// assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
/// assert!(workbench::password::verify("correct horse battery", &stored));
/// assert!(!workbench::password::verify("incorrect horse", &stored));
/// ```
///
/// # Errors
/// [`Error::TooLong`], [`Error::Hash`].
pub fn hash(password: &str, entropy: &mut dyn FnMut(&mut [u8])) -> Result<String, Error> {
    let mut salt = [0; SALT_BYTES];
    entropy(&mut salt);
    hash_with(password, &salt, &Params::default())
}

fn hash_with(password: &str, salt: &[u8], params: &Params) -> Result<String, Error> {
    if password.len() > MAX_BYTES {
        return Err(Error::TooLong);
    }
    let mut out = [0; HASH_BYTES];
    derive(password, salt, params, &mut out).ok_or(Error::Hash)?;
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    Ok(format!("$argon2id$v=19$m={m},t={t},p={p}${}${}", B64.encode(salt), B64.encode(out)))
}

fn derive(password: &str, salt: &[u8], params: &Params, out: &mut [u8]) -> Option<()> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone()).hash_password_into(password.as_bytes(), salt, out).ok()
}

/// Whether the password is the one that was hashed. Anything that is not a sound hash verifies nothing.
#[must_use]
pub fn verify(password: &str, stored: &str) -> bool {
    let Some((params, salt, expected)) = parse(stored) else { return false };
    if password.len() > MAX_BYTES {
        return false;
    }
    let mut out = vec![0; expected.len()];
    derive(password, &salt, &params, &mut out).is_some() && same(&out, &expected)
}

/// Spends the time of a verification on nothing: an unknown name answers as slowly as a known one.
pub(crate) fn verify_nobody(password: &str) {
    let mut out = [0; HASH_BYTES];
    let cut = &password.as_bytes()[..password.len().min(MAX_BYTES)];
    let _ =
        Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default()).hash_password_into(cut, &[0; SALT_BYTES], &mut out);
    std::hint::black_box(out);
}

fn parse(stored: &str) -> Option<(Params, Vec<u8>, Vec<u8>)> {
    let mut parts = stored.split('$');
    if (parts.next()?, parts.next()?, parts.next()?) != ("", "argon2id", "v=19") {
        return None;
    }
    let (mut memory, mut passes, mut lanes) = (None, None, None);
    for pair in parts.next()?.split(',') {
        let (name, value) = pair.split_once('=')?;
        let value: u32 = value.parse().ok()?;
        match name {
            "m" => memory = Some(value).filter(|v| *v <= MAX_MEMORY_KIB),
            "t" => passes = Some(value).filter(|v| *v <= MAX_PASSES),
            "p" => lanes = Some(value).filter(|v| *v <= MAX_LANES),
            _ => return None,
        }
    }
    let (salt, hash) = (B64.decode(parts.next()?).ok()?, B64.decode(parts.next()?).ok()?);
    if parts.next().is_some() || !(16..=64).contains(&hash.len()) || !(8..=64).contains(&salt.len()) {
        return None;
    }
    Some((Params::new(memory?, passes?, lanes?, Some(hash.len())).ok()?, salt, hash))
}

/// Compares in a time that does not tell where the difference is.
#[must_use]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && std::hint::black_box(a.iter().zip(b).fold(0, |difference, (x, y)| difference | (x ^ y))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the reference implementation, `test.c`: argon2id, v=19, t=2, m=64 MiB, p=1, "password", "somesalt".
    #[test]
    fn reference_vector() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify("password", stored));
        assert!(!verify("Password", stored));
    }

    #[test]
    fn unsound_hashes_verify_nothing() {
        let good = hash_with("x", &[1; 16], &Params::new(8, 1, 1, Some(32)).unwrap()).unwrap();
        assert!(verify("x", &good));
        let twice = format!("{good}$x");
        let greedy = good.replace("m=8,", "m=4294967295,");
        for bad in ["", "x", "$argon2id$v=19$m=8,t=1,p=1$$", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", &twice, &greedy] {
            assert!(!verify("x", bad), "{bad}");
        }
    }

    #[test]
    fn too_long_is_refused_and_never_verified() {
        let long = "p".repeat(MAX_BYTES + 1);
        assert_eq!(hash(&long, &mut |salt| salt.fill(1)), Err(Error::TooLong));
        verify_nobody(&long);
    }
}
