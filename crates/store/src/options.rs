//! What a store is given when it is opened.

use crate::Error;
use base::TenantId;
use jiff::SignedDuration;
use ledger::Signer;
use std::fmt;
use std::sync::Arc;

/// Gives the signer of a tenant's log. The signer's name is the origin of the log (`payer.example/um/acme`) and must stay
/// the same for as long as the log lives.
pub type Signers = Arc<dyn Fn(&TenantId) -> Result<Signer, Error> + Send + Sync>;

/// Fills a buffer with random bytes: the operating system's in production, a seed's in a simulation.
pub type Entropy = Arc<dyn Fn(&mut [u8]) -> std::io::Result<()> + Send + Sync>;

/// What a store is given when it is opened. No setting weakens durability: there is none.
#[derive(Clone)]
pub struct Options {
    /// The signer of each tenant's log.
    pub signers: Signers,
    /// Where salts come from.
    pub entropy: Entropy,
    /// How far before the tenant's newest event an event may be dated. Wide enough for a request that was decided while
    /// others overtook it; narrow enough to notice a clock that went back.
    pub clock_tolerance: SignedDuration,
    /// Most writes that wait; beyond it [`Error::Busy`].
    pub queue_len: usize,
    /// Most bytes that wait in writes; beyond it [`Error::Busy`].
    pub queue_bytes: usize,
    /// Connections for reading.
    pub readers: usize,
}

impl Options {
    /// The usual sizes around the two things only the shell can give.
    #[must_use]
    pub fn new(signers: Signers, entropy: Entropy) -> Self {
        Self {
            signers,
            entropy,
            clock_tolerance: SignedDuration::from_secs(60),
            queue_len: 4096,
            queue_bytes: 64 * 1024 * 1024,
            readers: 4,
        }
    }

    /// Signers for all tenants from one secret: tenant `acme` signs as `<origin>/acme` with a key derived from the secret
    /// and that name.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the origin cannot begin a key name.
    pub fn signers_from(origin: &str, secret: [u8; 32]) -> Result<Signers, Error> {
        let unfit = |_| Error::Invalid("the origin of the log is not fit for a key name");
        Signer::from_seed(&format!("{origin}/x"), &[1; 32]).map_err(unfit)?;
        let origin = origin.to_owned();
        Ok(Arc::new(move |tenant| {
            use sha2::{Digest, Sha256};
            let name = format!("{origin}/{tenant}");
            let seed = Sha256::new().chain_update(b"avedis log key v1\0").chain_update(secret).chain_update(&name);
            Signer::from_seed(&name, &seed.finalize().into()).map_err(unfit)
        }))
    }

    /// Random bytes of the operating system.
    #[must_use]
    pub fn os_entropy() -> Entropy {
        Arc::new(|buffer| getrandom::fill(buffer).map_err(|e| std::io::Error::other(e.to_string())))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("clock_tolerance", &self.clock_tolerance)
            .field("queue_len", &self.queue_len)
            .field("queue_bytes", &self.queue_bytes)
            .field("readers", &self.readers)
            .finish_non_exhaustive()
    }
}
