//! The library: every policy, which one answers for a line, and one version by its hash.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::Hash;
use include_dir::{Dir, include_dir};

use crate::artifact;
use crate::assemble;
use crate::fault::{Fault, FaultCode};
use crate::policy::{Policy, Selection};

/// The most files of one library.
pub(crate) const MOST_FILES: usize = 10_000;
/// The largest file.
const MOST_BYTES: usize = 4 << 20;
/// The folder of CQL libraries that policies share.
pub(crate) const SHARED: &str = "shared";

static BUILTIN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../policies");

/// Loaded policies. Immutable: a server that reloads makes a new one and keeps the last good.
#[derive(Debug, Clone, Default)]
pub struct Library {
    policies: Vec<Arc<Policy>>,
    by_code: BTreeMap<String, Vec<(usize, usize)>>,
}

impl Library {
    /// Loads a library from its files: `POLICY/policy.toml`, `POLICY/criteria.cql`, `POLICY/questionnaire.json`,
    /// optionally `POLICY/signature.toml`, and `shared/NAME.cql`. Worked cases (`POLICY/cases/…`) and texts are passed over.
    ///
    /// # Errors
    /// Every fault of every file, ordered by file and line.
    pub fn load<P, B>(files: impl IntoIterator<Item = (P, B)>) -> Result<Self, Vec<Fault>>
    where
        P: Into<String>,
        B: Into<Vec<u8>>,
    {
        let mut faults = Vec::new();
        let mut folders: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        for (index, (path, bytes)) in files.into_iter().enumerate() {
            let (path, bytes) = (path.into().replace('\\', "/"), bytes.into());
            if index >= MOST_FILES || bytes.len() > MOST_BYTES {
                faults.push(Fault {
                    file: path,
                    line: 0,
                    code: FaultCode::Unreadable,
                    message: "too large, or one file too many".to_owned(),
                    advice: format!("at most {MOST_FILES} files of {MOST_BYTES} bytes"),
                });
                break;
            }
            if let Some((folder, name)) = path.split_once('/')
                && assemble::belongs(folder, name)
            {
                folders.entry(folder.to_owned()).or_default().insert(name.to_owned(), bytes);
            }
        }
        let shared = folders.remove(SHARED).unwrap_or_default();
        let mut policies = Vec::new();
        for (folder, files) in &folders {
            if let Some(policy) = assemble::policy(folder, files, &shared, &mut faults) {
                policies.push(Arc::new(policy));
            }
        }
        overlaps(&policies, &mut faults);
        if !faults.is_empty() {
            faults.sort();
            return Err(faults);
        }
        Ok(Self::index(policies))
    }

    /// Loads the library from a folder on disk.
    ///
    /// # Errors
    /// As [`Library::load`]; also when a folder cannot be read.
    pub fn load_folder(folder: &std::path::Path) -> Result<Self, Vec<Fault>> {
        let files = crate::disk::read(folder).map_err(|fault| vec![fault])?;
        Self::load(files)
    }

    /// The library that ships in the binary.
    ///
    /// # Errors
    /// As [`Library::load`]; a test holds that there are none.
    pub fn builtin() -> Result<Self, Vec<Fault>> {
        let mut files = Vec::new();
        collect(&BUILTIN, &mut files);
        Self::load(files)
    }

    /// The policy in force for this code, date of service, line of business and certification; `None` when no policy speaks.
    #[must_use]
    pub fn policy_for(&self, selection: &Selection<'_>) -> Option<&Arc<Policy>> {
        let places = self.by_code.get(selection.code)?;
        let (policy, _) = places.iter().find(|(policy, scope)| self.policies[*policy].scopes[*scope].covers(selection))?;
        self.policies.get(*policy)
    }

    /// Every policy, by id.
    #[must_use]
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// The version with this hash.
    #[must_use]
    pub fn by_hash(&self, hash: &Hash) -> Option<&Arc<Policy>> {
        self.policies.iter().find(|policy| policy.hash == *hash)
    }

    /// The policy with this id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Arc<Policy>> {
        self.policies.iter().find(|policy| policy.id == id)
    }

    fn index(policies: Vec<Arc<Policy>>) -> Self {
        let mut by_code: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (p, policy) in policies.iter().enumerate() {
            for (s, scope) in policy.scopes.iter().enumerate() {
                for code in &scope.codes {
                    by_code.entry(code.clone()).or_default().push((p, s));
                }
            }
        }
        Self { policies, by_code }
    }
}

impl Policy {
    /// This version as one artifact. Its SHA-256 is [`Policy::hash`].
    #[must_use]
    pub fn artifact(&self) -> Vec<u8> {
        artifact::pack(&self.files)
    }

    /// A policy from the artifact of [`Policy::artifact`]: the same hash, the same answers.
    ///
    /// # Errors
    /// Every fault, as [`Library::load`].
    pub fn from_artifact(bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let files = artifact::unpack(bytes).map_err(|fault| vec![fault])?;
        let (mut own, mut shared) = (BTreeMap::new(), BTreeMap::new());
        for (name, content) in files {
            match name.strip_prefix("shared/") {
                Some(name) => shared.insert(name.to_owned(), content),
                None => own.insert(name, content),
            };
        }
        let mut faults = Vec::new();
        match assemble::policy("", &own, &shared, &mut faults) {
            Some(policy) if faults.is_empty() => Ok(policy),
            _ => Err(faults),
        }
    }
}

fn collect(dir: &Dir<'static>, out: &mut Vec<(String, Vec<u8>)>) {
    for file in dir.files() {
        if let Some(path) = file.path().to_str() {
            out.push((path.to_owned(), file.contents().to_vec()));
        }
    }
    for dir in dir.dirs() {
        collect(dir, out);
    }
}

/// Two scopes that answer for the same question make the choice ambiguous: refused.
fn overlaps(policies: &[Arc<Policy>], faults: &mut Vec<Fault>) {
    let scopes: Vec<_> = policies.iter().flat_map(|policy| policy.scopes.iter().map(move |scope| (policy, scope))).collect();
    for (index, (policy, scope)) in scopes.iter().enumerate() {
        for (other_policy, other) in &scopes[index + 1..] {
            if scope.overlaps(other) {
                faults.push(Fault {
                    file: format!("{}/policy.toml", other_policy.id),
                    line: 0,
                    code: FaultCode::Overlap,
                    message: format!(
                        "scope `{}` and scope `{}` of {} answer for the same code, day, line of business and certification",
                        other.name, scope.name, policy.id
                    ),
                    advice: "end the earlier version with effective-to, or divide codes or certifications".to_owned(),
                });
            }
        }
    }
}
