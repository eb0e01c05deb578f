//! Where the lines go, and what is said while they are written.

use super::board::Board;
use super::job::Answered;
use super::prepare::Job;
use indicatif::{ProgressBar, ProgressStyle};
use population::{Done, Fault, FaultCode, FileSink, Progress, Sink};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::path::Path;

/// Faults of the data said one by one.
const MAX_SAID: u64 = 50;

/// Takes the answers in the order of the patients.
pub struct Output<'j> {
    job: &'j Job,
    /// What the run comes to.
    pub board: Board,
    to: To,
    faults: u64,
    bar: Bar,
    /// Nothing is written but the table (and the summary report).
    quiet: bool,
}

enum To {
    Screen(BufWriter<Stdout>),
    File(FileSink),
}

impl<'j> Output<'j> {
    /// To a file, or to standard output.
    pub fn open(job: &'j Job, path: Option<&Path>, bar: Bar, quiet: bool) -> io::Result<Output<'j>> {
        let to = match path {
            Some(path) => To::File(FileSink::open(path)?),
            None => To::Screen(BufWriter::new(io::stdout())),
        };
        Ok(Output { job, board: Board::new(job), to, faults: 0, bar, quiet })
    }

    /// Writes what is left.
    pub fn finish(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Screen(out) => out.flush(),
            To::File(file) => Sink::<Vec<u8>>::position(file).map(|_| ()),
        }
    }
}

impl Sink<Answered> for Output<'_> {
    fn patient(&mut self, done: Done<Answered>) -> io::Result<()> {
        self.board.add(self.job, &done.id, &done.origin.to_string(), &done.value);
        let mut line = done.value.line.into_bytes();
        if !line.is_empty() && !self.quiet {
            line.push(b'\n');
        } else {
            line.clear();
        }
        match &mut self.to {
            To::Screen(out) => out.write_all(&line),
            To::File(file) => file.patient(Done { index: done.index, id: done.id, origin: done.origin, value: line }),
        }
    }

    fn fault(&mut self, fault: &Fault) -> io::Result<()> {
        // A record that is whole but for a twin or a stray resource was evaluated; this is said and fails nothing.
        if !matches!(fault.code, FaultCode::RepeatedResource | FaultCode::NoSubject) {
            self.board.fault();
        }
        self.faults += 1;
        if self.faults <= MAX_SAID {
            self.bar.say(&format!("warning: {fault}"));
        } else if self.faults == MAX_SAID + 1 {
            self.bar.say("warning: further faults of the data are only counted");
        }
        Ok(())
    }

    fn position(&mut self) -> io::Result<Option<u64>> {
        match &mut self.to {
            To::Screen(_) => Ok(None),
            To::File(file) => Sink::<Vec<u8>>::position(file),
        }
    }

    fn resume(&mut self, position: u64) -> io::Result<()> {
        match &mut self.to {
            To::Screen(_) => Err(io::ErrorKind::Unsupported.into()),
            To::File(file) => Sink::<Vec<u8>>::resume(file, position),
        }
    }
}

/// A progress bar on a terminal; nothing elsewhere.
#[derive(Clone)]
pub struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar over the bytes of the input, when standard error is a terminal.
    pub fn new(total: Option<u64>) -> Bar {
        if !io::stderr().is_terminal() {
            return Bar(None);
        }
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let form =
            if total.is_some() { "{bar:40} {bytes} of {total_bytes}  {msg}  {eta} left" } else { "{spinner} {bytes}  {msg}" };
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style);
        }
        Bar(Some(bar))
    }

    /// Shows how far the run is.
    pub fn show(&self, progress: &Progress) {
        if let Bar(Some(bar)) = self {
            bar.set_position(progress.bytes);
            bar.set_message(format!("{} patients", progress.patients));
        }
    }

    /// Says a line without disturbing the bar.
    pub fn say(&self, line: &str) {
        match &self.0 {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Bar(Some(bar)) = self {
            bar.finish_and_clear();
        }
    }
}
