//! Asks a policy's CQL about a person's evidence: met, not met, unknown, with trace and missing facts
