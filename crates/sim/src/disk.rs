//! Where a simulation stores: in memory, or in an SQLite file that is closed and opened again when the platform is killed.

use crate::Error;
use crate::faults::{Faulty, Injector};
use crate::world::fill;
use base::TenantId;
use fiction::dice::Dice;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use store::{MemoryStore, Options, Signers, SqliteStore, Store};

/// Name of the simulated logs.
const ORIGIN: &str = "sim.example/um";

/// The engine under a simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// Ordered maps. A kill loses the platform and keeps the maps.
    Memory,
    /// An SQLite file at this path, which must not exist yet. A kill closes it and opens it again.
    Sqlite(PathBuf),
}

/// What outlives the platform.
pub(crate) struct Disk {
    engine: Engine,
    options: Options,
    memory: Option<Arc<MemoryStore>>,
    pub(crate) injector: Arc<Injector>,
}

impl Disk {
    /// A disk whose salts and keys come from the seed.
    pub(crate) fn new(engine: &Engine, seed: u64, injector: Injector) -> Result<Self, Error> {
        let mut secret = [0; 32];
        fill(&mut Dice::new(seed ^ 0x6b65_7973), &mut secret);
        let salts = Mutex::new(Dice::new(seed ^ 0x7361_6c74));
        let entropy = move |into: &mut [u8]| {
            fill(&mut salts.lock().unwrap_or_else(PoisonError::into_inner), into);
            Ok(())
        };
        let options = Options::new(Options::signers_from(ORIGIN, secret)?, Arc::new(entropy));
        let memory = match engine {
            Engine::Memory => Some(Arc::new(MemoryStore::new(options.clone()))),
            Engine::Sqlite(path) if path.exists() => {
                return Err(Error::SetUp("there is a file at the path of the database".to_owned()));
            }
            Engine::Sqlite(_) => None,
        };
        Ok(Self { engine: engine.clone(), options, memory, injector: Arc::new(injector) })
    }

    /// The store, behind its faults.
    pub(crate) fn open(&self) -> Result<Arc<dyn Store>, Error> {
        let inner: Arc<dyn Store> = match (&self.engine, &self.memory) {
            (Engine::Sqlite(path), _) => Arc::new(SqliteStore::open(path, self.options.clone())?),
            (Engine::Memory, Some(memory)) => memory.clone(),
            (Engine::Memory, None) => return Err(Error::SetUp("the memory store is gone".to_owned())),
        };
        Ok(Arc::new(Faulty::new(inner, self.injector.clone())))
    }

    /// The published verifier key of a tenant's log.
    pub(crate) fn log_key(&self, tenant: &TenantId) -> Result<String, Error> {
        let signers: &Signers = &self.options.signers;
        Ok(signers(tenant)?.verifier().to_string())
    }
}
