//! `avedis bench`
