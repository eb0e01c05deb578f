//! The store: the only place that knows SQL. What is acknowledged is on the disk; what is on the disk can prove itself.
//!
//! # What it is for
//! An [`Append`] makes events durable together with everything that follows from them: a leaf of the transparency log for
//! each event that matters, with a signed checkpoint; the documents, byte for byte; the projections that worklists,
//! look-ups and timers read; the messages to be sent; the audit rows. All of it in one transaction, or none of it. Many
//! appends share one commit ([group commit](#how-it-writes)).
//!
//! Three engines keep one contract ([`Store`], `tests/contract.rs`):
//! - [`MemoryStore`]: ordered maps, deterministic; the simulator's store and the model the others are compared with;
//! - [`SqliteStore`]: one file on one machine, the default;
//! - [`PostgresStore`]: PostgreSQL and what speaks its wire protocol; several processes may share one database.
//!
//! # What it deliberately does not know
//! - What a case may do: it asks `case::evolve` for the state and decides nothing.
//! - Time and chance: moments come with the events, salts from [`Options::entropy`].
//! - Weaker durability: there is no setting for it. SQLite runs with a write-ahead log and `synchronous = FULL`,
//!   PostgreSQL with `synchronous_commit = on` and `fsync = on`; both are read back at the start, which fails otherwise.
//! - HTTP, formats, roles: [`Error::code`] and [`Error::is_temporary`] are what the floors above need.
//!
//! # How it writes
//! The caller's thread checks the append, compresses bodies, makes salts and commitments and the projections. One writer
//! thread takes what waits (up to 1,024), checks versions and unique keys against the database and against the appends
//! before it in the batch, numbers the leaves, signs one checkpoint, commits once, and answers everybody. The queue is
//! bounded in number and bytes ([`Error::Busy`]). A full disk refuses new work ([`Error::Full`]) and goes on when there is
//! space; a failed `fsync` stops the writer for good ([`Error::Stopped`]), because after it nobody knows what is on the disk.
//!
//! # What it keeps
//! | table | holds | changes |
//! |---|---|---|
//! | `event` | the events of each append in one row, compressed, with salts and leaf indexes | never (by trigger) |
//! | `leaf_batch`, `tile` | the log: commitments and checkpoint of each commit; full tiles and inner partial ones | never; tiles grow |
//! | `log_head` | size and newest checkpoint of each tenant's log, counters | with every commit |
//! | `document`, `artifact` | by SHA-256: requests and attachments as received; policy versions | never |
//! | `case_row`, `case_key` | projections: pure functions of the case ([`projection`]) | made again by [`Store::rebuild`] |
//! | `unique_key` | digests of keys one case only may have | grows |
//! | `outbox`, `audit`, `record` | messages to send; who did what; the directory | outbox and records; audit never |
//!
//! # Example
//! ```
//! use base::{CaseId, TenantId, Timestamp};
//! use std::sync::Arc;
//! use store::{Append, MemoryStore, NewEvent, Options, Scope, Store, UniqueKey};
//!
//! // The shell gives what must not be made up here: the log's secret and random bytes.
//! let signers = Options::signers_from("payer.example/um", [7; 32])?;
//! let store = MemoryStore::new(Options::new(signers, Options::os_entropy()));
//! let (acme, now) = (TenantId::new("acme")?, Timestamp::from_second(1_770_000_000)?);
//! let id = CaseId::from_parts(1_770_000_000_000, [1; 10]);
//!
//! // Events come from `case::decide`; here one is read from its bytes.
//! let request = serde_json::to_value(case::sample::request(now))?;
//! let event = serde_json::json!({ "at": now, "by": {"actor": "software"}, "kind": "received",
//!     "request": request, "authorization": "A-000001" });
//! let event = case::Event::from_bytes(&serde_json::to_vec(&event)?)?;
//! let after = case::evolve(None, &event).ok_or("no case")?;
//!
//! let answer = store.append(Append {
//!     tenant: acme.clone(),
//!     case: id,
//!     expected_version: 0,
//!     events: vec![NewEvent::of(&event, true)?],
//!     after: Arc::new(after),
//!     unique: vec![UniqueKey::new(Scope::Identifier, "https://office.example/claims|C-1")],
//!     documents: vec![],
//!     outbox: vec![],
//!     audit: vec![],
//! }).wait()?; // or `.await`
//!
//! // Durable: the case, its look-up, and a receipt that anyone can check with the log's public key.
//! assert_eq!(store.case(&acme, id)?.map(|case| case.version), Some(answer.version));
//! assert_eq!(store.find(&acme, Scope::Authorization, "A-000001")?, [id]);
//! let (version, receipt) = &answer.receipts[0];
//! let body = &store.events(&acme, id)?[0].body;
//! let key = "payer.example/um/acme";
//! # let signers = Options::signers_from("payer.example/um", [7; 32])?;
//! let verified = ledger::Receipt::parse(receipt)?.verify(body, signers(&acme)?.verifier())?;
//! assert_eq!((*version, verified.origin.as_str()), (1, key));
//! assert!(store.verify()?.is_sound());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod bare;
mod check;
mod codec;
mod commit;
mod engine;
mod error;
mod log;
mod memory;
mod options;
mod pack;
mod prepare;
pub mod projection;
mod rows;
mod sql;
mod store;
mod ticket;
mod types;
mod writer;

pub use case::state::{Outcome, TimerKind};
pub use error::Error;
pub use memory::{Memory, MemoryStore};
pub use options::{Entropy, Options, Signers};
pub use projection::{CaseRow, StatusKind, identifier_key, service_key};
pub use sql::postgres::{Postgres, PostgresStore};
pub use sql::read_only::{ReadOnly, SqliteReader};
pub use sql::sqlite::{Sqlite, SqliteStore};
pub use store::Shared;
pub use ticket::Ticket;
pub use types::*;

use base::{CaseId, Hash, TenantId};
use jiff::Timestamp;

/// Everything the floors above ask of a store. One contract, three engines; see `tests/contract.rs`.
///
/// Reads see every write whose ticket has answered. All calls may block for a read of the disk; none blocks for a write
/// except through [`Ticket::wait`].
pub trait Store: Send + Sync + 'static {
    /// Appends events with all their consequences. Resolves only when durable.
    fn append(&self, append: Append) -> Ticket<Appended>;

    /// The case as its events make it; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when an event cannot be read, [`Error::Unavailable`] when the engine cannot.
    fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<case::Case>, Error>;

    /// Every event of a case in order; empty when there is no such case.
    ///
    /// # Errors
    /// As [`Store::case`].
    fn events(&self, tenant: &TenantId, id: CaseId) -> Result<Vec<StoredEvent>, Error>;

    /// Cases that have this key, newest first, at most [`PAGE_LIMIT`]. [`Scope::Submission`] finds the case that claimed it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn find(&self, tenant: &TenantId, scope: Scope, key: &str) -> Result<Vec<CaseId>, Error>;

    /// The case that has claimed this unique key ([`Append::unique`]).
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn owner(&self, tenant: &TenantId, key: &UniqueKey) -> Result<Option<CaseId>, Error>;

    /// A page of the worklist: open cases by clock risk, then closed ones, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn worklist(&self, tenant: &TenantId, filter: &Filter) -> Result<Page, Error>;

    /// The worklist row of one case.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn row(&self, tenant: &TenantId, id: CaseId) -> Result<Option<CaseRow>, Error>;

    /// How many cases wait where.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn counts(&self, tenant: &TenantId) -> Result<Counts, Error>;

    /// Timers due at `now`, soonest first, over all tenants; the soonest of each case only.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn timers(&self, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>, Error>;

    /// A document, byte for byte; its hash is checked on the way out.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the bytes are not those that were stored.
    fn document(&self, tenant: &TenantId, hash: &Hash) -> Result<Option<StoredDocument>, Error>;

    /// A receipt for an event under the newest checkpoint: C2SP tlog-proof text. `None` when there is no such event or it
    /// has no leaf.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the stored tiles do not lead to the signed root.
    fn receipt(&self, tenant: &TenantId, id: CaseId, version: u64) -> Result<Option<String>, Error>;

    /// The newest signed checkpoint of the tenant's log; `None` before the first leaf.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn checkpoint(&self, tenant: &TenantId) -> Result<Option<String>, Error>;

    /// The first `width` (1 to 256) hashes of a tile, 32 bytes each; `None` when the log does not have them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn tile(&self, tenant: &TenantId, level: u8, index: u64, width: u16) -> Result<Option<Vec<u8>>, Error>;

    /// Entry texts `from..to` of the log, as far as there are any; at most 256.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn entries(&self, tenant: &TenantId, from: u64, to: u64) -> Result<Vec<String>, Error>;

    /// Leaves under the newest checkpoint.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn log_size(&self, tenant: &TenantId) -> Result<u64, Error>;

    /// Keeps an artifact (a policy version) under its hash. Putting the same twice is no error.
    fn put_artifact(&self, tenant: &TenantId, kind: &str, hash: &Hash, bytes: &[u8]) -> Ticket<()>;

    /// An artifact; its hash is not checked, because it may be a hash over several files.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn artifact(&self, tenant: &TenantId, hash: &Hash) -> Result<Option<Artifact>, Error>;

    /// Writes a directory record (member, provider, user, session, client), in place of an earlier one of the same key.
    fn put_record(&self, tenant: &TenantId, kind: &str, key: &str, body: &[u8]) -> Ticket<()>;

    /// A directory record.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn record(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Records of a kind by key, those after `after`; `limit` 0 means [`PAGE_LIMIT`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn records(&self, tenant: &TenantId, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Vec<u8>)>, Error>;

    /// Removes a directory record; none there is no error.
    fn delete_record(&self, tenant: &TenantId, kind: &str, key: &str) -> Ticket<()>;

    /// Writes an audit row by itself, before something protected is shown.
    fn audit(&self, tenant: &TenantId, audit: Audit) -> Ticket<()>;

    /// Audit rows, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn audit_rows(&self, tenant: &TenantId, filter: &AuditFilter) -> Result<Vec<AuditRow>, Error>;

    /// Messages that wait to be delivered, oldest first, over all tenants; `limit` 0 means [`PAGE_LIMIT`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn outbox(&self, limit: usize) -> Result<Vec<OutboxRow>, Error>;

    /// Removes delivered messages; those already gone are no error.
    fn outbox_done(&self, ids: &[OutboxId]) -> Ticket<()>;

    /// Tenants that have data, in order.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read.
    fn tenants(&self) -> Result<Vec<TenantId>, Error>;

    /// Reads everything and compares: projections with those made again from the events, events with their leaves, leaves
    /// with the signed root, documents with their hashes. Takes time; nothing is changed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the engine cannot be read. What does not agree is not an error but in [`Health::faults`].
    fn verify(&self) -> Result<Health, Error>;

    /// Makes the projections of every case again from its events and stores them; gives how many cases differed.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when events cannot be read; then nothing of that case is changed.
    fn rebuild(&self) -> Result<u64, Error>;

    /// Whether the writer takes work, for the readiness probe.
    ///
    /// # Errors
    /// Why not.
    fn ready(&self) -> Result<(), Error>;
}
