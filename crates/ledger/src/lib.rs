//! A transparency log: leaves, tiles, checkpoints, proofs, receipts (C2SP)
