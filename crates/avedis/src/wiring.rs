//! Wiring: from a configuration to a platform, and from a platform to a server.

use crate::Failure;
use crate::config::{Config, TenantConfig, service_code};
use crate::keys;
use crate::policy::library;
use crate::world::Machine;
use base::{LineOfBusiness, TenantId};
use case::{authority, clock};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Options, Store};
use workflow::Platform;
use workflow::directory::Tenant;

/// Where the data is.
pub enum Place {
    /// An embedded database in a folder.
    Folder(PathBuf),
    /// A PostgreSQL database, with the folder of the log's keys.
    Postgres {
        /// Connection string.
        url: String,
        /// Folder of the keys.
        keys: PathBuf,
    },
}

impl Place {
    /// The place a configuration names.
    pub fn of(config: &Config) -> Self {
        match &config.database {
            Some(url) => Self::Postgres { url: url.clone(), keys: config.data.clone() },
            None => Self::Folder(config.data.clone()),
        }
    }

    fn keys(&self) -> &Path {
        match self {
            Self::Folder(folder) | Self::Postgres { keys: folder, .. } => folder,
        }
    }
}

fn options(place: &Place, origin: &str) -> Options {
    let (folder, origin) = (place.keys().to_owned(), origin.to_owned());
    let signers: store::Signers = Arc::new(move |tenant: &TenantId| {
        keys::signer(&folder, &origin, tenant).map_err(|e| store::Error::Unavailable(e.to_string()))
    });
    Options::new(signers, Options::os_entropy())
}

/// Opens the store for writing.
pub fn open(place: &Place, origin: &str) -> Result<Arc<dyn Store>, Failure> {
    let said = |e: store::Error, place: &str| Failure::new(format!("{place}: {e}"));
    std::fs::create_dir_all(place.keys()).map_err(|e| Failure::new(format!("{}: {e}", place.keys().display())))?;
    Ok(match place {
        Place::Folder(folder) => {
            let path = folder.join("avedis.db");
            Arc::new(store::SqliteStore::open(&path, options(place, origin)).map_err(|e| said(e, &path.display().to_string()))?)
        }
        Place::Postgres { url, .. } => {
            Arc::new(store::PostgresStore::open(url, options(place, origin)).map_err(|e| said(e, "the PostgreSQL database"))?)
        }
    })
}

/// The platform over a store.
pub fn platform(
    store: Arc<dyn Store>,
    store_blocks: bool,
    policies: Option<&Path>,
    base_url: &str,
    tenants: BTreeMap<TenantId, Tenant>,
    log_keys: BTreeMap<TenantId, String>,
) -> Result<Platform, Failure> {
    Ok(Platform {
        store,
        store_blocks,
        library: Arc::new(library(policies)?),
        clocks: clock::Rules::builtin(),
        authority: authority::Rules::builtin(),
        tenants,
        log_keys,
        world: Arc::new(Machine),
        ocr: Arc::new(documents::process::Tesseract::default()),
        base_url: base_url.trim_end_matches('/').to_owned(),
    })
}

/// The verifier key of each tenant's log.
pub fn log_keys<'a>(
    place: &Place,
    origin: &str,
    tenants: impl Iterator<Item = &'a TenantId>,
) -> Result<BTreeMap<TenantId, String>, Failure> {
    tenants.map(|id| Ok((id.clone(), keys::signer(place.keys(), origin, id)?.verifier().to_string()))).collect()
}

/// A tenant as configured.
pub fn tenant(config: &TenantConfig) -> Tenant {
    let mut signatures = criteria::Signatures::none();
    for signature in &config.signature {
        signatures.add(
            signature.policy,
            criteria::Signature {
                name: signature.name.clone(),
                credentials: signature.credentials.clone(),
                date: signature.date,
                hash: signature.policy,
            },
        );
    }
    Tenant {
        id: config.id.clone(),
        name: config.name.clone(),
        zone: config.zone.clone(),
        line_of_business: config.line_of_business,
        exempt: config.exempt.iter().map(|code| service_code(code)).collect(),
        signatures,
        demo: false,
    }
}

/// A platform for commands that only read: no configuration is needed, the store is opened beside a running server.
pub fn for_reading(place: &Place, id: &TenantId) -> Result<Platform, Failure> {
    let Place::Folder(folder) = place else { return Err(Failure::new("name a data folder")) };
    let path = folder.join("avedis.db");
    if !path.exists() {
        return Err(Failure::new(format!("{}: no database there; name the server's data folder with --data", path.display())));
    }
    let opened = store::SqliteReader::open_read_only(&path, options(place, "read-only"));
    let store: Arc<dyn Store> = Arc::new(opened.map_err(|e| Failure::new(format!("{}: {e}", path.display())))?);
    let tenant = Tenant {
        id: id.clone(),
        name: id.to_string(),
        zone: "UTC".to_owned(),
        line_of_business: LineOfBusiness::MedicareAdvantage,
        exempt: Vec::new(),
        signatures: criteria::Signatures::none(),
        demo: false,
    };
    platform(store, false, None, "", BTreeMap::from([(id.clone(), tenant)]), BTreeMap::new())
}

/// A progress bar for long work.
pub fn bar(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} {elapsed}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what);
    bar
}
