//! A program run once: bytes in, bytes out, with limits of time, memory and output. Whatever happens it does not outlive the call.

use crate::fault::Code;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What one run may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Seconds until it is killed.
    pub seconds: u64,
    /// Megabytes of memory it may map.
    pub megabytes: u64,
    /// Bytes it may answer.
    pub output: usize,
}

/// A program and the Debian package that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// The package.
    pub package: &'static str,
}

/// The shell sets the limits and becomes the program, so that there is one process and killing it kills all.
const LIMITED: &str = r#"ulimit -v "$0" && ulimit -t "$1" && ulimit -c 0 && shift && exec "$@""#;

/// Runs a program.
///
/// # Errors
/// [`Code::NoOcr`] when it is not installed, [`Code::OcrTime`] when it was killed, [`Code::OcrFailed`] when it failed or answered too much.
pub fn run(program: Program, arguments: &[String], input: &[u8], budget: Budget) -> Result<Vec<u8>, Code> {
    let absent = Code::NoOcr { program: program.name, package: program.package };
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(LIMITED).arg((budget.megabytes * 1024).to_string()).arg(budget.seconds.to_string());
    command.arg(program.name).args(arguments);
    // Pages run side by side already.
    command.env("OMP_THREAD_LIMIT", "1").current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|_| absent.clone())?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let mut output = Vec::new();
    let status = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that stops reading closes the pipe; what it answers tells why.
            let _ = stdin.map(|mut pipe| pipe.write_all(input));
        });
        let reader = scope.spawn(|| {
            let limit = budget.output as u64 + 1;
            stdout.map(|pipe| pipe.take(limit).read_to_end(&mut output).is_ok())
        });
        let status = wait(&mut child, budget.seconds, || reader.is_finished());
        let _ = reader.join();
        status
    });
    match status {
        None => Err(Code::OcrTime { seconds: budget.seconds }),
        Some(127 | 126) => Err(absent),
        Some(0) if output.len() <= budget.output => Ok(output),
        Some(status) => Err(Code::OcrFailed { program: program.name, status }),
    }
}

/// The exit status; none when the time was over and the child was killed. A child whose output nobody reads any more is killed too.
fn wait(child: &mut Child, seconds: u64, read_out: impl Fn() -> bool) -> Option<i32> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    let mut unread: Option<Instant> = None;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.code().unwrap_or(-1)),
            Ok(None) => {}
            Err(_) => return Some(-1),
        }
        if read_out() && unread.get_or_insert_with(Instant::now).elapsed() > Duration::from_secs(2) {
            kill(child);
            return Some(-1);
        }
        if begun.elapsed() > Duration::from_secs(seconds) {
            kill(child);
            return None;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
