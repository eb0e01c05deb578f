//! What every act stands on: the store, the rules, the policies, the tenants, and the world outside.

use crate::directory::Tenant;
use base::{CaseId, TenantId, Timestamp};
use case::{authority, clock};
use criteria::Library;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Store;

/// The world outside: the shell gives the real one, the simulator its own.
pub trait World: Send + Sync + 'static {
    /// The moment now.
    fn now(&self) -> Timestamp;
    /// Fills with random bytes.
    fn random(&self, into: &mut [u8]);
}

/// The platform: built once by the shell, shared by every door.
pub struct Platform {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Reads of the store wait for a wire: run acts where waiting harms nobody.
    pub store_blocks: bool,
    /// The coverage policies.
    pub library: Arc<Library>,
    /// The clock rules and calendars.
    pub clocks: &'static clock::Rules,
    /// Who may do what.
    pub authority: &'static authority::Rules,
    /// The tenants by id.
    pub tenants: BTreeMap<TenantId, Tenant>,
    /// The verifier key of each tenant's log, as published.
    pub log_keys: BTreeMap<TenantId, String>,
    /// The world outside.
    pub world: Arc<dyn World>,
    /// Recognizes the words of scanned pages; [`documents::NoOcr`] where nothing is installed.
    pub ocr: Arc<dyn documents::Ocr + Send>,
    /// The public address, for links and `Location`.
    pub base_url: String,
}

impl Platform {
    /// A new time-ordered case id.
    #[must_use]
    pub fn new_case_id(&self) -> CaseId {
        let mut random = [0; 10];
        self.world.random(&mut random);
        CaseId::from_parts(self.world.now().as_millisecond().max(0).unsigned_abs(), random)
    }

    /// A new authorization number: `A` and twelve characters without look-alikes. Not guessable, carries no meaning.
    #[must_use]
    pub fn new_authorization(&self) -> String {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut random = [0; 12];
        self.world.random(&mut random);
        std::iter::once('A').chain(random.iter().map(|b| char::from(LETTERS[usize::from(b & 31)]))).collect()
    }

    /// The tenant's settings.
    ///
    /// # Errors
    /// [`crate::Error::UnknownTenant`].
    pub fn tenant(&self, id: &TenantId) -> Result<&Tenant, crate::Error> {
        self.tenants.get(id).ok_or(crate::Error::UnknownTenant)
    }
}
