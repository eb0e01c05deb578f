//! What is wrong with a policy library: every fault at once, with file, line and advice.

use std::fmt;

/// One fault of a policy file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Path of the file, as given to the loader (`ncd-240.4-cpap/policy.toml`).
    pub file: String,
    /// Line from 1; 0 when the fault is of the file as a whole.
    pub line: u32,
    /// What kind of fault.
    pub code: FaultCode,
    /// What is wrong. A policy holds no patient, so the text may quote it.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}

/// Kinds of fault. The names are stable: tools and documentation refer to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultCode {
    /// A file that every policy needs is absent.
    MissingFile,
    /// A file is not text, too large, or there are too many of them.
    Unreadable,
    /// The file breaks the syntax of its format (TOML, JSON).
    Syntax,
    /// A member has a value that does not make sense (an impossible date, an unknown word).
    BadValue,
    /// Two things have the same name.
    Duplicate,
    /// A name refers to something that is not there.
    Dangling,
    /// A parent chain or a library leads back to itself.
    Cycle,
    /// The logic does not compile.
    Cql,
    /// Two versions answer for the same code, date, line of business and certification.
    Overlap,
    /// A worked case is not what it must be.
    WorkedCase,
}

impl FaultCode {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingFile => "missing-file",
            Self::Unreadable => "unreadable",
            Self::Syntax => "syntax",
            Self::BadValue => "bad-value",
            Self::Duplicate => "duplicate",
            Self::Dangling => "dangling",
            Self::Cycle => "cycle",
            Self::Cql => "cql",
            Self::Overlap => "overlap",
            Self::WorkedCase => "worked-case",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: ", self.file, self.line)?;
        } else {
            write!(f, "{}: ", self.file)?;
        }
        write!(f, "{} [{}]", self.message, self.code.as_str())?;
        if !self.advice.is_empty() {
            write!(f, "\n  help: {}", self.advice)?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
