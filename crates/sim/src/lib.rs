//! (dev) A seed becomes members, requests and reviewers through months of clock in seconds
