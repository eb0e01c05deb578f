//! Where a wire format and a case meet: PAS to commands, views to PAS.

pub mod capability;
pub mod outcome;
pub mod pas;
mod wire;
