//! The schema, one text for both engines, in numbered steps that are never edited once released.
//!
//! Tenant comes first in every key, so that a tenant's data is one range (and one shard, where there are shards).
//! A row of `event` holds the events of one append, `version` being that of the first: see `pack`.
//! Events, leaves, audit rows, documents and artifacts are immutable by trigger. Tables whose rows are narrow and found by
//! their key are kept in key order; those with long bodies are kept in order of arrival, which writes fewer pages.

/// A schema step.
pub(crate) struct Step {
    /// Its number; a database knows the number of its last step.
    pub number: i64,
    /// What it does.
    pub name: &'static str,
    /// Statements with the dialect's words in braces.
    pub sql: &'static str,
}

/// Every step, in order.
pub(crate) const STEPS: &[Step] = &[Step { number: 1, name: "event log, ledger, projections, documents", sql: FIRST }];

/// The number of the newest step this program knows.
pub(crate) fn newest() -> i64 {
    STEPS.iter().map(|step| step.number).max().unwrap_or(0)
}

/// Tables whose rows may be added and never changed or removed.
pub(crate) const IMMUTABLE: &[&str] = &["event", "leaf_batch", "audit", "document", "artifact"];

const FIRST: &str = r"
CREATE TABLE log_head (
    tenant {text} NOT NULL,
    size {int} NOT NULL,
    checkpoint {text},
    outbox_sequence {int} NOT NULL,
    audit_sequence {int} NOT NULL,
    last_at {int} NOT NULL,
    PRIMARY KEY (tenant)
) {keyed};

CREATE TABLE event (
    tenant {text} NOT NULL,
    case_id {blob} NOT NULL,
    version {int} NOT NULL,
    events {int} NOT NULL,
    head {blob} NOT NULL,
    bodies {blob} NOT NULL,
    PRIMARY KEY (tenant, case_id, version)
) {arrival};

CREATE TABLE leaf_batch (
    tenant {text} NOT NULL,
    first {int} NOT NULL,
    leaves {blob} NOT NULL,
    checkpoint {text} NOT NULL,
    PRIMARY KEY (tenant, first)
) {arrival};

CREATE TABLE tile (
    tenant {text} NOT NULL,
    level {int} NOT NULL,
    position {int} NOT NULL,
    hashes {blob} NOT NULL,
    PRIMARY KEY (tenant, level, position)
) {arrival};

CREATE TABLE case_row (
    tenant {text} NOT NULL,
    case_id {blob} NOT NULL,
    version {int} NOT NULL,
    status {text} NOT NULL,
    is_open {int} NOT NULL,
    queue {text},
    assigned {text},
    urgency {text} NOT NULL,
    due {int} NOT NULL,
    timer_at {int},
    timer_kind {text},
    keys {blob} NOT NULL,
    card {blob} NOT NULL,
    PRIMARY KEY (tenant, case_id)
) {keyed};
CREATE INDEX case_row_open ON case_row (tenant, due, case_id) WHERE is_open = 1;
CREATE INDEX case_row_timer ON case_row (tenant, timer_at, case_id) WHERE timer_at IS NOT NULL;

CREATE TABLE case_key (
    tenant {text} NOT NULL,
    scope {int} NOT NULL,
    key_digest {blob} NOT NULL,
    case_id {blob} NOT NULL,
    PRIMARY KEY (tenant, scope, key_digest, case_id)
) {keyed};

CREATE TABLE unique_key (
    tenant {text} NOT NULL,
    scope {int} NOT NULL,
    key_digest {blob} NOT NULL,
    case_id {blob} NOT NULL,
    PRIMARY KEY (tenant, scope, key_digest)
) {keyed};

CREATE TABLE document (
    tenant {text} NOT NULL,
    hash {blob} NOT NULL,
    media_type {text} NOT NULL,
    bytes {blob} NOT NULL,
    PRIMARY KEY (tenant, hash)
) {arrival};

CREATE TABLE artifact (
    tenant {text} NOT NULL,
    hash {blob} NOT NULL,
    kind {text} NOT NULL,
    bytes {blob} NOT NULL,
    PRIMARY KEY (tenant, hash)
) {arrival};

CREATE TABLE record (
    tenant {text} NOT NULL,
    kind {text} NOT NULL,
    record_key {text} NOT NULL,
    body {blob} NOT NULL,
    PRIMARY KEY (tenant, kind, record_key)
) {keyed};

CREATE TABLE outbox (
    tenant {text} NOT NULL,
    sequence {int} NOT NULL,
    case_id {blob} NOT NULL,
    at {int} NOT NULL,
    kind {text} NOT NULL,
    body {blob} NOT NULL,
    PRIMARY KEY (tenant, sequence)
) {keyed};

CREATE TABLE audit (
    tenant {text} NOT NULL,
    sequence {int} NOT NULL,
    at {int} NOT NULL,
    who {text} NOT NULL,
    act {text} NOT NULL,
    case_id {blob},
    detail {text} NOT NULL,
    PRIMARY KEY (tenant, sequence)
) {keyed};
CREATE INDEX audit_case ON audit (tenant, case_id, sequence) WHERE case_id IS NOT NULL;
";
