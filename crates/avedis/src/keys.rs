//! The transparency log's signing keys: one for each tenant, in the data folder, readable by its owner only.

use crate::Failure;
use crate::world::entropy;
use base::TenantId;
use ledger::Signer;
use std::io::Write;
use std::path::Path;

/// The tenant's signer: read from `<data>/<tenant>.log-key`, made on first use.
pub fn signer(data: &Path, origin: &str, tenant: &TenantId) -> Result<Signer, Failure> {
    let path = data.join(format!("{tenant}.log-key"));
    let name = format!("{origin}/{tenant}");
    if let Ok(text) = std::fs::read_to_string(&path) {
        let signer = Signer::from_text(text.trim()).map_err(|e| {
            Failure::new(format!("{}: {e}. Restore it from your backup: a log cannot go on under another key", path.display()))
        })?;
        if signer.name() != name {
            return Err(Failure::new(format!(
                "{}: this key belongs to the log {}, not to {name}",
                path.display(),
                signer.name()
            )));
        }
        return Ok(signer);
    }
    let mut seed = [0; 32];
    entropy(&mut seed);
    let signer = Signer::from_seed(&name, &seed).map_err(|e| Failure::new(format!("log-origin {origin}: {e}")))?;
    write_private(&path, signer.to_text().as_bytes())?;
    Ok(signer)
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = |mut file: std::fs::File| {
        file.write_all(bytes)?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    options.open(path).and_then(write).map_err(|e| Failure::new(format!("{}: {e}", path.display())))
}
