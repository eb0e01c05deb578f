//! A PostgreSQL cluster of the test's own: made in a temporary folder from the machine's server binaries, on a Unix socket
//! in that folder, gone when the test ends.

use super::Folder;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

pub struct Cluster {
    folder: Folder,
    bin: PathBuf,
    owner: Option<(u32, u32)>,
    next: AtomicU64,
}

impl Cluster {
    /// Starts a cluster, or says why not.
    pub fn start() -> Result<Self, String> {
        let (version, bin) = binaries().ok_or("skipped: PostgreSQL server binaries not found")?;
        let owner = owner()?;
        let folder = Folder::new("pg");
        if let Some((uid, gid)) = owner {
            std::os::unix::fs::chown(folder.path(), Some(uid), Some(gid)).map_err(|e| format!("chown: {e}"))?;
        }
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let cluster = Self { folder, bin, owner, next: AtomicU64::new(0) };
        cluster.run("initdb", &["-A", "trust", "-U", "avedis", "-E", "UTF8", "--locale=C", "-N", "-D"])?;
        // `-N` above only skips syncing the empty cluster; the server itself keeps `fsync` on, which the store checks.
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nmax_connections = 60\nshared_buffers = 32MB\n",
            cluster.socket().display()
        );
        // After a crash: one call for the whole file system in place of one for each of some thousand files.
        let quick = if version >= 14 { "recovery_init_sync_method = syncfs\n" } else { "" };
        let config = cluster.data().join("postgresql.conf");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, text + &settings + quick).unwrap();
        cluster.run("pg_ctl", &["-w", "-t", "60", "-l", "server.log", "start", "-D"])?;
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn socket(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, program: &str, args: &[&str]) -> Result<(), String> {
        let mut command = Command::new(self.bin.join(program));
        command.args(args).arg(self.data()).current_dir(self.folder.path()).stdin(Stdio::null());
        // The server inherits these: a pipe would keep the test waiting for it.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((uid, gid)) = self.owner {
            command.uid(uid).gid(gid);
        }
        let status = command.status().map_err(|e| format!("{program}: {e}"))?;
        if status.success() { Ok(()) } else { Err(format!("{program} failed: {status}")) }
    }

    pub fn stop(&self, mode: &str) {
        let _ = self.run("pg_ctl", &["-w", "-m", mode, "stop", "-D"]);
    }

    pub fn restart(&self) {
        self.run("pg_ctl", &["-w", "-t", "60", "-l", "server.log", "start", "-D"]).unwrap();
    }

    /// The connection text of a new, empty place. A schema of its own is as good as a database and much sooner made.
    pub fn database(&self) -> String {
        let name = format!("t{}", self.next.fetch_add(1, Ordering::Relaxed));
        let connect = format!("host={} user=avedis dbname=postgres", self.socket().display());
        let mut admin = postgres::Client::connect(&connect, postgres::NoTls).unwrap();
        admin.batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
        format!("{connect} options='-c search_path={name}'")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop("immediate");
    }
}

/// The newest server binaries of the machine.
fn binaries() -> Option<(u32, PathBuf)> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            let bin = path.join("bin");
            (bin.join("initdb").exists() && bin.join("pg_ctl").exists()).then_some((version, bin))
        })
        .collect();
    versions.sort();
    versions.pop()
}

/// PostgreSQL refuses to run as root; then the user `postgres` owns the cluster.
fn owner() -> Result<Option<(u32, u32)>, String> {
    let id = |args: &[&str]| -> Option<u32> {
        let out = Command::new("id").args(args).output().ok()?;
        String::from_utf8(out.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    match (id(&["-u", "postgres"]), id(&["-g", "postgres"])) {
        (Some(uid), Some(gid)) => Ok(Some((uid, gid))),
        _ => Err("skipped: PostgreSQL refuses to run as root and there is no user postgres".to_owned()),
    }
}
