//! Which edition of the PAS implementation guide a base URL speaks.

/// A published version of Da Vinci PAS. Each is served at its own base URL (PAS conf-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PasVersion {
    /// STU 2.0.1, named by regulation today.
    V2_0_1,
    /// STU 2.2.1.
    V2_2_1,
}

impl PasVersion {
    /// Both versions, oldest first.
    pub const ALL: [Self; 2] = [Self::V2_0_1, Self::V2_2_1];

    /// `2.0.1` or `2.2.1`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2_0_1 => "2.0.1",
            Self::V2_2_1 => "2.2.1",
        }
    }
}

impl From<PasVersion> for fhir::pas::Version {
    fn from(version: PasVersion) -> Self {
        match version {
            PasVersion::V2_0_1 => Self::V2_0_1,
            PasVersion::V2_2_1 => Self::V2_2_1,
        }
    }
}

impl std::fmt::Display for PasVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
