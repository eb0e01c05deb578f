//! (dev) The world's suites, run whole, with explained exclusions
