//! Proof that a form came from a page of ours (OWASP: synchronizer token, derived from the session's secret).
//!
//! The token is a digest of the secret in the cookie under a name of its own. A foreign page can make a browser send the
//! cookie; it can neither read the cookie nor compute the digest. The cookie is `SameSite=Strict` besides.

use crate::password::same;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64URL;
use sha2::{Digest, Sha256};

/// Name of the form field.
pub(crate) const FIELD: &str = "_token";

/// The token of a secret.
#[must_use]
pub(crate) fn token_of(secret: &str) -> String {
    B64URL.encode(Sha256::new().chain_update(b"avedis form token v1\0").chain_update(secret).finalize())
}

/// Whether the token given is that of the secret, in constant time.
#[must_use]
pub(crate) fn fits(secret: &str, given: &str) -> bool {
    same(token_of(secret).as_bytes(), given.as_bytes())
}

/// A new secret of 256 bits, as text fit for a cookie.
#[must_use]
pub(crate) fn new_secret(world: &dyn workflow::World) -> String {
    let mut random = [0; 32];
    world.random(&mut random);
    B64URL.encode(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_the_secret_fits() {
        let token = token_of("s");
        assert!(fits("s", &token));
        for wrong in ["", "s", &token[1..], &token_of("t"), &format!("{token}=")] {
            assert!(!fits("s", wrong));
        }
    }
}
