//! Programs that share no code with this crate accept what it writes and reject every alteration of it.
//!
//! `tools/verifier/verify.py` needs Python 3 alone; `tools/verifier/verify.go` needs Go and Debian's
//! golang-golang-x-mod-dev. Where one cannot run here, a printed line says which and why; with `AVEDIS_REQUIRE_VERIFIERS`
//! set to `python`, `go` or `python,go`, the absence of those is a failure.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// A test is its own shell: which verifiers must be there is the environment's say.
#![allow(clippy::disallowed_methods)]

use ledger::{
    Hash, Leaf, LeafClass, MemoryTiles, Receipt, ReceiptFile, Salt, SignedCheckpoint, Signer, Tree, encode_bundle, entries_path,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        // Tests run at the same time in one process; each log gets its own folder.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("avedis-ledger-{name}-{}-{next}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes a log as a store would publish it, with a checkpoint after each of the given sizes and some receipts.
struct Published {
    folder: Folder,
    signer: Signer,
    tree: Tree,
    tiles: MemoryTiles,
    entries: Vec<String>,
    checkpoint: Option<SignedCheckpoint>,
}

impl Published {
    fn new(name: &str) -> Self {
        Self {
            folder: Folder::new(name),
            signer: Signer::from_seed("payer.example/um/test", &[42; 32]).unwrap(),
            tree: Tree::empty(),
            tiles: MemoryTiles::new(),
            entries: Vec::new(),
            checkpoint: None,
        }
    }

    fn event(place: u64) -> (LeafClass, Salt, Vec<u8>) {
        let class = LeafClass::ALL[place as usize % LeafClass::ALL.len()];
        let salt = Salt::new(Hash::leaf(&place.to_be_bytes()).0);
        (class, salt, format!(r#"{{"case":"{place:04}","note":"a \"b\" é","type":"{class}"}}"#).into_bytes())
    }

    fn grow_to(&mut self, size: u64) {
        for place in self.tree.size()..size {
            let (class, salt, event) = Self::event(place);
            let leaf = Leaf::commit(class, &salt, &event);
            assert_eq!(self.tree.append(&leaf), place);
            self.entries.push(leaf.to_text());
        }
        for tile in self.tree.dirty_tiles() {
            self.folder.write(&tile.path(), &tile.bytes);
            if tile.level == 0 {
                let start = tile.index as usize * 256;
                let bundle = &self.entries[start..start + usize::from(tile.width)];
                let bytes = encode_bundle(bundle.iter().map(String::as_bytes)).unwrap();
                self.folder.write(&entries_path(tile.index, tile.width), &bytes);
            }
            self.tiles.put(tile);
        }
        let signed = self.tree.checkpoint(self.signer.name()).unwrap().sign(&self.signer).unwrap();
        self.folder.write("checkpoint", signed.text().as_bytes());
        self.folder.write(&format!("checkpoint.{size}"), signed.text().as_bytes());
        self.checkpoint = Some(signed);
        self.tree.commit();
    }

    fn receipt(&self, place: u64) {
        let (class, salt, event) = Self::event(place);
        let proof = self.tree.inclusion_proof(place, &self.tiles).unwrap();
        let receipt = Receipt::new(class, salt, proof, self.checkpoint.as_ref().unwrap()).unwrap();
        let size = self.tree.size();
        self.folder.write(&format!("receipts/{size}-{place}.tlog-proof"), receipt.to_text().as_bytes());
        self.folder.write(&format!("receipts/{size}-{place}.event"), &event);
    }

    fn receipt_file(&self, place: u64) -> PathBuf {
        let (class, salt, event) = Self::event(place);
        let proof = self.tree.inclusion_proof(place, &self.tiles).unwrap();
        let receipt = Receipt::new(class, salt, proof, self.checkpoint.as_ref().unwrap()).unwrap();
        let name = format!("receipts/{place}.json");
        self.folder.write(&name, &ReceiptFile::new(&event, &receipt, self.signer.verifier()).to_json());
        self.folder.0.join(name)
    }

    fn key(&self) -> String {
        self.signer.verifier().to_string()
    }
}

/// A thousand leaves over four tiles, checkpoints on both sides of the tile boundaries, every second leaf receipted.
fn large() -> Published {
    let mut log = Published::new("large");
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 513, 700, 1000] {
        log.grow_to(size);
        if size == 257 {
            (0..257).step_by(64).for_each(|place| log.receipt(place));
        }
    }
    (0..1000).step_by(2).for_each(|place| log.receipt(place));
    log.receipt_file(999);
    log
}

/// Forty leaves, small enough to alter every byte of every file in turn.
fn small() -> Published {
    let mut log = Published::new("small");
    log.grow_to(23);
    log.receipt(7);
    log.grow_to(40);
    log.receipt(39);
    log.receipt_file(0);
    log
}

fn tool(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/verifier").join(name)
}

fn absent(which: &str, why: &str) {
    let required = std::env::var("AVEDIS_REQUIRE_VERIFIERS").unwrap_or_default();
    assert!(!required.split(',').any(|name| name == which), "{which} verifier is required but absent: {why}");
    println!("skipped: the {which} verifier cannot run here: {why}");
}

/// The Python interpreter, when there is one.
fn python() -> Option<Command> {
    let found = Command::new("python3").arg("--version").output();
    if !found.is_ok_and(|output| output.status.success()) {
        absent("python", "no python3 on the path");
        return None;
    }
    let mut command = Command::new("python3");
    command.arg("-B").arg(tool("verify.py"));
    Some(command)
}

/// The Go verifier, built into the folder, when Go and its package are there.
fn go(folder: &Folder) -> Option<Command> {
    let binary = folder.0.join("verify");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&binary)
        .arg(tool("verify.go"))
        .envs([("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode"), ("GOFLAGS", "-buildvcs=false")])
        .output();
    match built {
        Ok(output) if output.status.success() => Some(Command::new(binary)),
        Ok(output) if String::from_utf8_lossy(&output.stderr).contains("cannot find package") => {
            absent("go", "golang-golang-x-mod-dev is not installed");
            None
        }
        Ok(output) => panic!("verify.go does not build: {}", String::from_utf8_lossy(&output.stderr)),
        Err(why) => {
            absent("go", &format!("no go on the path ({})", why.kind()));
            None
        }
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    println!("{}: {}", name.display(), said.trim());
    output
}

fn accepts(command: &mut Command, expected: &str) {
    let output = run(command);
    assert!(output.status.success(), "refused what it should accept");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(expected), "{said}");
}

fn refuses(command: &mut Command, expected: &str) {
    let output = run(command);
    assert_eq!(output.status.code(), Some(1), "accepted what it should refuse");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("REJECTED") && said.contains(expected), "{said}");
}

#[test]
fn python_accepts_a_large_log() {
    let Some(mut python) = python() else { return };
    let log = large();
    let counts = "12 checkpoints, 1000 leaves, 14 tiles, 4007 inclusion, 66 consistency, 506 receipts";
    accepts(python.arg("log").arg(&log.folder.0).args(["--key", &log.key()]), counts);
}

#[test]
fn python_rejects_every_altered_byte() {
    let Some(mut python) = python() else { return };
    let log = small();
    accepts(python.arg("tamper").arg(&log.folder.0).args(["--key", &log.key()]), "alterations rejected");
}

#[test]
fn python_rejects_another_key_a_fork_and_an_altered_receipt_file() {
    let log = small();
    let file = log.receipt_file(11);
    let Some(mut command) = python() else { return };
    accepts(command.arg("receipt").arg(&file).args(["--key", &log.key()]), "leaf 11 of 40");

    let other = Signer::from_seed("payer.example/um/test", &[43; 32]).unwrap();
    let Some(mut command) = python() else { return };
    refuses(command.arg("log").arg(&log.folder.0).args(["--key", &other.verifier().to_string()]), "not signed");

    let json = fs::read_to_string(&file).unwrap();
    log.folder.write("altered.json", json.replace("0011", "0012").as_bytes());
    let Some(mut command) = python() else { return };
    let altered = log.folder.0.join("altered.json");
    refuses(command.arg("receipt").arg(altered).args(["--key", &log.key()]), "does not lead to the signed root");

    // A second history of the same size under the same key: both signatures are good, the fork is still seen.
    let mut forked = Published::new("forked");
    forked.tree.append(&Leaf::commit(LeafClass::Case, &Salt::new([9; 32]), b"{}"));
    forked.entries.push("not used".to_owned());
    forked.grow_to(40);
    log.folder.write("checkpoint", &fs::read(forked.folder.0.join("checkpoint")).unwrap());
    fs::remove_file(log.folder.0.join("altered.json")).unwrap();
    let Some(mut command) = python() else { return };
    refuses(command.arg("log").arg(&log.folder.0).args(["--key", &log.key()]), "forked");
}

#[test]
fn go_accepts_a_large_log() {
    let log = large();
    let tools = Folder::new("go");
    let Some(mut go) = go(&tools) else { return };
    let counts = "11 checkpoints, 1000 leaves, 4007 inclusion, 45 consistency, 505 receipts";
    accepts(go.arg("log").arg(&log.folder.0).arg(log.key()), counts);
}

#[test]
fn go_rejects_every_altered_byte() {
    let log = small();
    let tools = Folder::new("go");
    let Some(mut go) = go(&tools) else { return };
    accepts(go.arg("tamper").arg(&log.folder.0).arg(log.key()), "alterations rejected");
}
