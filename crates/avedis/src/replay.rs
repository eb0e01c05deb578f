//! `avedis replay`: make a case's recorded decisions again and compare them byte for byte.

use crate::wiring::{self, Place};
use crate::{Done, Failure};
use base::{CaseId, TenantId};
use std::path::PathBuf;
use std::process::ExitCode;
use store::Scope;

/// Re-makes every recorded evaluation of a case under the policy version and the record of then.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis replay A7K2M9QXW04T --data avedis-demo\n  avedis replay 0193c0de-0000-7000-8000-000000000000 --data /var/lib/avedis --tenant acme\n  avedis replay --all --data avedis-demo\n\nExit code: 0 every byte is the same, 1 something differs, 2 the case or its record cannot be read."
)]
pub struct Args {
    /// Authorization number or case id.
    #[arg(required_unless_present = "all")]
    case: Option<String>,
    /// Every case of the tenant.
    #[arg(long)]
    all: bool,
    /// Data folder of the server (it may be running).
    #[arg(long, default_value = "avedis-demo")]
    data: PathBuf,
    /// Tenant.
    #[arg(long, default_value = "fiction")]
    tenant: TenantId,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let platform = wiring::for_reading(&Place::Folder(args.data.clone()), &args.tenant)?;
    let ids = match &args.case {
        Some(name) => vec![find(&platform, &args.tenant, name)?],
        None => all(&platform, &args.tenant)?,
    };
    let progress = (ids.len() > 1).then(|| wiring::bar(ids.len() as u64, "replaying"));
    let (mut same, mut different) = (0, 0);
    for id in &ids {
        let replayed = workflow::replay(&platform, &args.tenant, *id).map_err(|e| Failure::new(format!("case {id}: {e}")))?;
        for one in replayed {
            match one.differs_at {
                None => same += 1,
                Some(at) => {
                    different += 1;
                    println!(
                        "DIFFERS  case {id} event {} line {} under {}: first at byte {at}",
                        one.version, one.line, one.policy
                    );
                }
            }
            if ids.len() == 1 && one.same {
                println!("SAME     event {} line {} under {}: {} bytes", one.version, one.line, one.policy, one.bytes);
            }
        }
        progress.iter().for_each(|bar| bar.inc(1));
    }
    progress.iter().for_each(|bar| bar.finish_and_clear());
    println!("{same} evaluations of {} cases are byte for byte the same, {different} differ", ids.len());
    Ok(if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn find(platform: &workflow::Platform, tenant: &TenantId, name: &str) -> Result<CaseId, Failure> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let found = platform.store.find(tenant, Scope::Authorization, name).map_err(|e| Failure::new(e.to_string()))?;
    found
        .first()
        .copied()
        .ok_or_else(|| Failure::new(format!("no case has the number {name}; the server's answer names it as preAuthRef")))
}

fn all(platform: &workflow::Platform, tenant: &TenantId) -> Result<Vec<CaseId>, Failure> {
    let mut filter = store::Filter { limit: store::PAGE_LIMIT, ..store::Filter::default() };
    let mut ids = Vec::new();
    loop {
        let page = platform.store.worklist(tenant, &filter).map_err(|e| Failure::new(e.to_string()))?;
        ids.extend(page.rows.iter().map(|row| row.case));
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(ids),
        }
    }
}
