//! Who may decide what.

use base::{Date, State};
use serde::{Deserialize, Serialize};

/// A professional licence, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// `MD`, `DO`, `RN`, `PharmD`, `DDS`, `PhD` ...
    pub kind: String,
    /// Number as issued.
    pub number: String,
    /// Issuing state.
    pub state: State,
    /// Last day of validity.
    pub expires: Date,
    /// Restricted by the board.
    pub restricted: bool,
}

/// Proof that a clinician whose licence, specialty and independence fit this case is acting now.
/// Neither `Clone` nor `Deserialize`; made only by [`admit`].
pub struct LicensedReviewer {
    pub(crate) attestation: crate::event::Attestation,
}
