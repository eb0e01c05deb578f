//! Memory and start-up time with many cases.

use super::load;
use crate::{Done, Failure, serve, wiring};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Fills a store with `cases` approved cases through the real API, then starts a fresh process over it.
pub fn run(data: &Path, cases: u64, connections: usize) -> Done {
    let runtime = serve::runtime()?;
    let folder = data.join("full");
    runtime.block_on(async {
        let served = super::served(&folder, true).await?;
        let bar = wiring::bar(cases, "filling");
        let mut sent = 0;
        while sent < cases {
            let load = load::run(served.target.clone(), sent, connections, 2.0, 0.0).await;
            if load.failed > 0 {
                return Err(Failure::new(format!("{} requests were not answered with 200", load.failed)));
            }
            sent += load.answered;
            bar.set_position(sent.min(cases));
        }
        bar.finish_and_clear();
        println!("cases                    {sent}");
        println!("memory while filling     {:.0} MB resident (load generator included)", resident(std::process::id()));
        Ok(())
    })?;
    drop(runtime);
    fresh_process(&folder)?;
    let bytes: u64 =
        std::fs::read_dir(&folder).into_iter().flatten().flatten().filter_map(|e| e.metadata().ok()).map(|m| m.len()).sum();
    println!("database                 {:.0} MB on disk", bytes as f64 / 1e6);
    Ok(ExitCode::SUCCESS)
}

/// Starts this program over the filled folder and asks until it is ready.
fn fresh_process(folder: &Path) -> Result<(), Failure> {
    let said = |e: std::io::Error| Failure::new(format!("a fresh process could not be started: {e}"));
    let address = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(said)?;
    let program = std::env::current_exe().map_err(said)?;
    let begun = Instant::now();
    let mut child = Command::new(program)
        .args(["bench", "--serve-only", &address.to_string(), "--data"])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .map_err(said)?;
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2))).build().into();
    let ready = loop {
        if agent.get(format!("http://{address}/health/ready")).call().is_ok() {
            break Some(begun.elapsed());
        }
        if begun.elapsed() > Duration::from_secs(60) {
            break None;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let memory = resident(child.id());
    let _ = child.kill();
    let _ = child.wait();
    let ready = ready.ok_or_else(|| Failure::new("the fresh process was not ready within a minute"))?;
    println!("ready after start        {:.2} s (1 s is asked)", ready.as_secs_f64());
    println!("memory after start       {memory:.0} MB resident (200 MB is asked)");
    Ok(())
}

/// Serves a bench folder.
pub fn serve_only(folder: &Path, address: SocketAddr) -> Done {
    let (platform, _) = super::platform(folder, true)?;
    serve::runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.map_err(|e| Failure::new(e.to_string()))?;
        serve::serve(platform, listener).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Resident memory of a process in megabytes (Linux).
fn resident(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kilobytes = status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kb| kb / 1000.0)
}
