//! Where a wire format and a case meet: PAS to commands, views to PAS
