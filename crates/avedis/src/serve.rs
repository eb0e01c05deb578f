//! `avedis serve`: the platform for real.

use crate::config::Config;
use crate::wiring::{self, Place};
use crate::{Done, Failure};
use axum::Router;
use base::Phi;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use workflow::Platform;
use workflow::directory::{Client, MemberRecord, StaffRecord};

/// Runs the platform from a configuration file.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis serve --config avedis.toml\n  avedis serve --config avedis.toml --check\n  echo -n 'a long passphrase' | avedis serve --hash-password\n\nSee docs/serve.md for a configuration to start from."
)]
pub struct Args {
    /// The configuration file.
    #[arg(long, default_value = "avedis.toml")]
    config: PathBuf,
    /// Read configuration and policies, verify the whole store, say what is wrong, and stop.
    #[arg(long)]
    check: bool,
    /// Read a password from standard input, print its argon2id hash for the configuration, and stop.
    #[arg(long)]
    hash_password: bool,
}

/// Runs the command.
pub fn run(args: Args) -> Done {
    if args.hash_password {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(|e| Failure::new(e.to_string()))?;
        println!("{}", hash_password(line.trim_end_matches(['\r', '\n']))?);
        return Ok(ExitCode::SUCCESS);
    }
    log_to_stderr();
    let config = Config::read(&args.config)?;
    let place = Place::of(&config);
    let store = wiring::open(&place, &config.log_origin)?;
    if args.check {
        return check(store.as_ref());
    }
    let tenants: BTreeMap<_, _> = config.tenant.iter().map(|t| (t.id.clone(), wiring::tenant(t))).collect();
    let keys = wiring::log_keys(&place, &config.log_origin, tenants.keys())?;
    let platform = Arc::new(wiring::platform(
        store,
        config.database.is_some(),
        config.policies.as_deref(),
        &config.base_url,
        tenants,
        keys,
    )?);
    load(&platform, &config)?;
    keep_policies(&platform)?;
    runtime()?.block_on(async {
        let listener = TcpListener::bind(&config.listen).await.map_err(|e| {
            Failure::new(format!("{}: {e}. Choose another address with `listen` in the configuration", config.listen))
        })?;
        let address = listener.local_addr().map_err(|e| Failure::new(e.to_string()))?;
        println!("avedis is ready at http://{address} (public address {})", config.base_url);
        serve(platform, listener).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The server: machine side, workbench, and the clocks. Returns after a signal, when what was begun is done.
pub async fn serve(platform: Arc<Platform>, listener: TcpListener) -> Result<(), Failure> {
    let router = router(&platform);
    let clocks = tokio::spawn(clocks(platform));
    let served = axum::serve(listener, router).with_graceful_shutdown(stop()).await;
    clocks.abort();
    served.map_err(|e| Failure::new(format!("the server stopped: {e}")))
}

/// Every route of both sides.
pub fn router(platform: &Arc<Platform>) -> Router {
    let api = api::Api { platform: platform.clone(), limits: api::Limits::default() };
    api::router(api).merge(workbench::router(platform.clone())).fallback(api::not_found)
}

/// Fires due timers every second.
async fn clocks(platform: Arc<Platform>) {
    let mut every = tokio::time::interval(Duration::from_secs(1));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let platform = platform.clone();
        let swept =
            tokio::task::spawn_blocking(move || tokio::runtime::Handle::current().block_on(workflow::tick(&platform))).await;
        match swept {
            Ok(Ok(done)) if done.fired > 0 => tracing::info!(fired = done.fired, left = done.left, "clocks"),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!("the clocks could not be read: {error}"),
            Err(error) => tracing::error!("a sweep of the clocks broke off: {error}"),
        }
    }
}

async fn stop() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            return interrupt.await;
        };
        tokio::select! {
            () = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}

/// The runtime of the server.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| Failure::new(e.to_string()))
}

/// Logs to standard error: one sentence with its fields, never a person. `AVEDIS_LOG` chooses the level.
pub fn log_to_stderr() {
    log_to_stderr_at("info");
}

/// The same with another level when `AVEDIS_LOG` is not set.
pub fn log_to_stderr_at(level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("AVEDIS_LOG").unwrap_or_else(|_| level.into());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

fn check(store: &dyn store::Store) -> Done {
    let health = store.verify().map_err(|e| Failure::new(e.to_string()))?;
    println!(
        "{} tenants, {} cases, {} events, {} log entries, {} documents",
        health.tenants, health.cases, health.events, health.leaves, health.documents
    );
    health.faults.iter().for_each(|fault| println!("FAULT  {fault}"));
    println!("{}", if health.is_sound() { "sound: projections, leaves, root and documents agree" } else { "not sound" });
    Ok(if health.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the configured clients, staff and members into the directory.
fn load(platform: &Platform, config: &Config) -> Result<(), Failure> {
    let said = |e: workflow::Error| Failure::new(format!("the directory could not be written: {e}"));
    for tenant in &config.tenant {
        for client in &tenant.client {
            let record = Client { name: client.name.clone(), tenant: tenant.id.clone(), npis: client.npis.clone() };
            platform.put_client_by_hash(&client.token_sha256, &record).map_err(said)?;
        }
        for staff in &tenant.staff {
            let record = StaffRecord {
                user: staff.user.clone(),
                name: staff.name.clone(),
                role: staff.role,
                licences: staff.licence.clone(),
                npi: staff.npi.clone(),
                specialties: staff.specialties.clone(),
                active: true,
                password: staff.password.clone(),
            };
            platform.put_staff(&tenant.id, &record).map_err(said)?;
        }
        if let Some(path) = &tenant.members {
            members(platform, &tenant.id, path)?;
        }
    }
    Ok(())
}

fn members(platform: &Platform, tenant: &base::TenantId, path: &std::path::Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let bar = wiring::bar(lines.len() as u64, "members");
    let mut faults = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        match serde_json::from_str::<Phi<MemberRecord>>(line) {
            Ok(member) => platform.put_member(tenant, member.expose()).map_err(|e| Failure::new(e.to_string()))?,
            Err(e) => faults.push(format!("line {}: column {} is not as it should be", n + 1, e.column())),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if faults.is_empty() { Ok(()) } else { Err(Failure::new(format!("{}:\n  {}", path.display(), faults.join("\n  ")))) }
}

/// Keeps every loaded policy version in the store, so that a replay finds it after the library has moved on.
pub fn keep_policies(platform: &Platform) -> Result<(), Failure> {
    for tenant in platform.tenants.keys() {
        for policy in platform.library.policies() {
            let ticket = platform.store.put_artifact(tenant, "policy", &policy.hash(), &policy.artifact());
            ticket.wait().map_err(|e| Failure::new(format!("a policy version could not be kept: {e}")))?;
        }
    }
    Ok(())
}

/// The argon2id hash of a password in PHC form.
pub fn hash_password(password: &str) -> Result<String, Failure> {
    if password.chars().count() < 12 {
        return Err(Failure::new("a password has at least 12 characters"));
    }
    workbench::password::hash(password, &mut crate::world::entropy).map_err(|e| Failure::new(e.to_string()))
}
