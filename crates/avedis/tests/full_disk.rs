//! A full disk under the running server: new work is refused with 503, what was answered stays, and work goes on when there is room.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use house::{Folder, House, request};
use std::path::Path;
use std::process::Command;

/// A file system of its own, of so many megabytes; gone when dropped. `None` without the right to mount.
struct Disk(std::path::PathBuf);

impl Disk {
    fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        mount(at, &format!("size={megabytes}m")).then(|| Self(at.to_owned()))
    }

    fn grow(&self, megabytes: u32) {
        assert!(mount(&self.0, &format!("remount,size={megabytes}m")));
    }
}

fn mount(at: &Path, options: &str) -> bool {
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).output();
    mounted.is_ok_and(|output| output.status.success())
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// The request with a member that nobody knows, so long and so random that the disk fills fast.
fn large(n: usize) -> Vec<u8> {
    let mut state = n as u64 + 1;
    let noise: String = (0..60_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + (state >> 59) as u8 % 26)
        })
        .collect();
    let body = String::from_utf8(request(&format!("FULL-{n}"), n)).unwrap();
    let start = body.find('{').unwrap() + 1;
    format!("{}\"x-noise\":\"{noise}\",{}", &body[..start], &body[start..]).into_bytes()
}

#[test]
fn a_full_disk_refuses_new_work_and_keeps_what_it_has() {
    let folder = Folder::new("full-disk");
    let Some(disk) = Disk::mount(&folder.0, 9) else {
        println!("skipped: no right to mount a small file system here; the store's own test limits the database instead");
        return;
    };
    let house = House::start(&folder.0.join("demo"));
    let mut kept = Vec::new();
    let refused = (0..400).find_map(|n| {
        let body = large(n);
        let answer = house.submit(&body);
        if answer.status == 200 {
            kept.push((body, answer.authorization()));
            return None;
        }
        Some(answer.status)
    });
    assert_eq!(refused, Some(503), "{} were kept before", kept.len());
    assert!(kept.len() > 3, "too little was kept to mean anything");
    assert_eq!(house.get("/health/live").status, 200);

    disk.grow(60);
    for (body, authorization) in &kept {
        assert_eq!(&house.submit(body).authorization(), authorization, "what was answered is there");
    }
    assert_eq!(house.submit(&large(999)).status, 200, "work goes on when there is room");
    drop(house);
}
