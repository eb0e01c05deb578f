//! The configuration file of `avedis serve`: read once, every fault reported with its place.

use crate::Failure;
use base::{Code, Date, LineOfBusiness, TenantId, UserId, system};
use case::authority::{Licence, Role};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Address to listen on. TLS belongs to the proxy in front.
    #[serde(default = "listen")]
    pub listen: String,
    /// Public address, for links and capability statements.
    pub base_url: String,
    /// Folder of the embedded database and the log's keys.
    pub data: PathBuf,
    /// PostgreSQL instead of the embedded database (`host=... user=... dbname=...`).
    pub database: Option<String>,
    /// Folder of policies in place of those that ship.
    pub policies: Option<PathBuf>,
    /// Name of the transparency log; the tenant's id is added. Partners know the log by it.
    pub log_origin: String,
    /// The organizations.
    pub tenant: Vec<TenantConfig>,
}

/// One organization.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TenantConfig {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Time zone for members whose record names none.
    pub zone: String,
    /// Line of business assumed while a member is not matched.
    pub line_of_business: LineOfBusiness,
    /// HCPCS Level II or CPT codes that need no authorization.
    #[serde(default)]
    pub exempt: Vec<String>,
    /// Members as newline-delimited JSON, loaded at start.
    pub members: Option<PathBuf>,
    /// Systems that may call.
    #[serde(default)]
    pub client: Vec<ClientConfig>,
    /// People who may sign in.
    #[serde(default)]
    pub staff: Vec<StaffConfig>,
    /// Policies signed for automatic approval.
    #[serde(default)]
    pub signature: Vec<SignatureConfig>,
}

/// A system that may call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClientConfig {
    /// Name for the audit trail.
    pub name: String,
    /// SHA-256 of its bearer token, in hexadecimal.
    pub token_sha256: base::Hash,
    /// NPIs it submits for; empty: any.
    #[serde(default)]
    pub npis: Vec<String>,
}

/// A person who may sign in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StaffConfig {
    /// Sign-in name.
    pub user: UserId,
    /// Name as on the licence.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Password in PHC form (argon2id); make one with `avedis serve --hash-password`.
    pub password: String,
    /// NPI, if held.
    pub npi: Option<String>,
    /// Specialties.
    #[serde(default)]
    pub specialties: Vec<String>,
    /// Licences.
    #[serde(default)]
    pub licence: Vec<Licence>,
}

/// A signature under a policy version.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SignatureConfig {
    /// Hash of the policy version, as `avedis policy list` prints it.
    pub policy: base::Hash,
    /// Who signed.
    pub name: String,
    /// Their credentials.
    pub credentials: String,
    /// When.
    pub date: Date,
}

fn listen() -> String {
    "127.0.0.1:8720".to_owned()
}

impl Config {
    /// Reads the file; relative paths are relative to it.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            Failure::new(format!("{}: {e}. Write one as docs/serve.md shows, or try: avedis demo", path.display()))
        })?;
        let mut config: Self = toml::from_str(&text).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let beside = |p: &mut PathBuf| *p = folder.join(&p);
        beside(&mut config.data);
        config.policies.iter_mut().for_each(beside);
        config.tenant.iter_mut().filter_map(|t| t.members.as_mut()).for_each(|p| *p = folder.join(&p));
        config.check(path)?;
        Ok(config)
    }

    /// What the types cannot say: every fault at once.
    fn check(&self, path: &Path) -> Result<(), Failure> {
        let mut faults = Vec::new();
        if self.tenant.is_empty() {
            faults.push("at least one [[tenant]] is needed".to_owned());
        }
        for (n, tenant) in self.tenant.iter().enumerate() {
            if self.tenant[..n].iter().any(|other| other.id == tenant.id) {
                faults.push(format!("tenant {} stands twice", tenant.id));
            }
            if jiff::tz::TimeZone::get(&tenant.zone).is_err() {
                faults
                    .push(format!("tenant {}: {} is not a time zone; use a name like America/New_York", tenant.id, tenant.zone));
            }
            for staff in tenant.staff.iter().filter(|s| !s.password.starts_with("$argon2id$")) {
                faults.push(format!(
                    "tenant {}: the password of {} is not an argon2id hash; make one with: avedis serve --hash-password",
                    tenant.id, staff.user
                ));
            }
        }
        if !self.base_url.starts_with("http") {
            faults.push("base-url must start with http:// or https://".to_owned());
        }
        if faults.is_empty() { Ok(()) } else { Err(Failure::new(format!("{}:\n  - {}", path.display(), faults.join("\n  - ")))) }
    }
}

/// A service code by its shape: five digits are CPT, all else HCPCS Level II.
pub fn service_code(code: &str) -> Code {
    let cpt = code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit());
    Code::new(if cpt { system::CPT } else { system::HCPCS }, code)
}
