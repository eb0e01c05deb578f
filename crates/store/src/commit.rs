//! The commit: many writes become one transaction with one signed checkpoint. The same for every engine.
//!
//! Every write is checked against the database and against the writes before it in the same batch, so that one refused
//! write does not fail its neighbours. Nobody is answered before the commit: a refusal may rest on a neighbour that the
//! commit has yet to make true.

use crate::codec::{self, KeyDigest, StoredKey};
use crate::engine::Engine;
use crate::log::Log;
use crate::pack::{Entry, Pack};
use crate::prepare::Prepared;
use crate::rows::{ArtifactRow, Batch, DocumentRow, OutboxEntry, Row};
use crate::ticket::Answer;
use crate::types::{Appended, Audit, OutboxId, StoredLeaf};
use crate::{Error, Options, Scope};
use base::{CaseId, TenantId};
use ledger::{LeafClass, NoTiles, Receipt, Salt};
use std::collections::{BTreeMap, HashMap};

/// Work for the writer.
pub(crate) enum Job {
    /// A prepared append.
    Append(Box<Prepared>, Answer<Appended>),
    /// Another write.
    Write(Write, Answer<()>),
}

/// Writes that have no conflict.
pub(crate) enum Write {
    /// Keep an artifact.
    Artifact(TenantId, ArtifactRow),
    /// Write or remove a record.
    Record(TenantId, String, String, Option<Vec<u8>>),
    /// An audit row by itself.
    Audit(TenantId, Audit),
    /// Remove delivered messages.
    Delivered(Vec<OutboxId>),
    /// Nothing: shows whether the engine can be reached.
    Probe,
    /// Put projections made again in place, unless the case has moved on since.
    Repair {
        tenant: TenantId,
        row: Box<Row>,
        /// Keys held in the index that the case does not have.
        stray: Vec<(Scope, KeyDigest, CaseId)>,
    },
}

impl Job {
    /// Bytes it holds while it waits.
    pub fn weight(&self) -> usize {
        match self {
            Self::Append(prepared, _) => prepared.weight,
            Self::Write(Write::Artifact(_, row), _) => row.bytes.len() + 128,
            Self::Write(Write::Record(_, _, _, body), _) => body.as_ref().map_or(0, Vec::len) + 128,
            Self::Write(..) => 256,
        }
    }

    /// Answers with an error.
    pub fn refuse(self, error: Error) {
        match self {
            Self::Append(_, answer) => answer.give(Err(error)),
            Self::Write(_, answer) => answer.give(Err(error)),
        }
    }
}

/// What will be answered once the commit is durable.
enum Done {
    Appended { answer: Answer<Appended>, tenant: TenantId, version: u64, receipts: Vec<Wanted>, texts: Vec<(u64, String)> },
    Written(Answer<()>),
    RefusedAppend(Answer<Appended>, Error),
    RefusedWrite(Answer<()>, Error),
}

/// A receipt that was asked for.
struct Wanted {
    version: u64,
    index: u64,
    class: LeafClass,
    salt: Salt,
}

/// Turns batches of jobs into commits.
pub(crate) struct Committer<E> {
    pub engine: E,
    options: Options,
    logs: HashMap<TenantId, Log>,
    stopped: Option<String>,
}

impl<E: Engine> Committer<E> {
    pub fn new(engine: E, options: Options) -> Self {
        Self { engine, options, logs: HashMap::new(), stopped: None }
    }

    /// Takes up every tenant's log, so that a log that does not hold is found at the start.
    pub fn open_logs(&mut self) -> Result<(), Error> {
        self.engine.begin()?;
        let mut open = || {
            for tenant in self.engine.tenants()? {
                open_log(&mut self.logs, &mut self.engine, &tenant, &self.options)?;
            }
            Ok(())
        };
        let result = open();
        self.engine.rollback();
        result
    }

    /// Why it takes no more work, when it does not.
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// Commits the jobs as one batch and answers them all. Gives the error when the batch as a whole failed.
    pub fn process(&mut self, jobs: Vec<Job>) -> Result<(), Error> {
        if let Some(why) = &self.stopped {
            let error = Error::Stopped(why.clone());
            jobs.into_iter().for_each(|job| job.refuse(error.clone()));
            return Err(error);
        }
        let mut done = Vec::with_capacity(jobs.len());
        let result = self.attempt(jobs, &mut done);
        if let Err(error) = &result {
            self.engine.rollback();
            // The trees hold leaves that are not there: take the logs up again from what is stored.
            self.logs.clear();
            if let Error::Stopped(why) = error {
                self.stopped = Some(why.clone());
            }
        }
        for one in done {
            one.give(result.as_ref().err());
        }
        result
    }

    fn attempt(&mut self, jobs: Vec<Job>, done: &mut Vec<Done>) -> Result<(), Error> {
        let mut jobs = jobs.into_iter();
        let result = self.stage_and_commit(&mut jobs, done);
        if let Err(error) = &result {
            jobs.for_each(|job| job.refuse(error.clone()));
        }
        result
    }

    fn stage_and_commit(&mut self, jobs: &mut impl Iterator<Item = Job>, done: &mut Vec<Done>) -> Result<(), Error> {
        self.engine.begin()?;
        let mut stage = Stage { batch: Batch::default(), logs: BTreeMap::new(), wrote: false };
        for job in jobs.by_ref() {
            let outcome = self.stage(&mut stage, job);
            match outcome {
                Ok(one) => done.push(one),
                Err((one, error)) => {
                    done.push(one);
                    return Err(error);
                }
            }
        }
        if !stage.wrote {
            self.engine.rollback();
            return Ok(());
        }
        self.seal(&mut stage, done)?;
        self.engine.write(&stage.batch)?;
        self.engine.commit()?;
        for tenant in stage.logs.keys() {
            if let Some(log) = self.logs.get_mut(tenant) {
                log.committed();
            }
        }
        Ok(())
    }

    /// Signs every log that grew and makes the receipts that were asked for.
    fn seal(&mut self, stage: &mut Stage, done: &mut [Done]) -> Result<(), Error> {
        for tenant in stage.logs.keys() {
            let Some(log) = self.logs.get_mut(tenant) else { continue };
            if let Some((checkpoint, leaves, tiles)) = log.seal()? {
                for one in done.iter_mut() {
                    if let Done::Appended { tenant: owner, receipts, texts, .. } = one
                        && owner == tenant
                    {
                        for wanted in receipts.drain(..) {
                            texts.push((wanted.version, receipt_text(log, &checkpoint, wanted)?));
                        }
                    }
                }
                stage.batch.leaves.push((tenant.clone(), leaves));
                stage.batch.tiles.extend(tiles.into_iter().map(|tile| (tenant.clone(), tile)));
            }
            if log.next != log.stored {
                stage.batch.heads.insert(tenant.clone(), log.next.clone());
            }
        }
        Ok(())
    }

    /// Checks one job and adds it to the batch. `Err` is a failure of the engine, which fails the whole batch.
    fn stage(&mut self, stage: &mut Stage, job: Job) -> Result<Done, (Done, Error)> {
        match job {
            Job::Append(prepared, answer) => match self.stage_append(stage, *prepared) {
                Ok(Staged::Accepted { tenant, version, receipts }) => {
                    Ok(Done::Appended { answer, tenant, version, receipts, texts: Vec::new() })
                }
                Ok(Staged::Refused(error)) => Ok(Done::RefusedAppend(answer, error)),
                Err(error) => Err((Done::RefusedAppend(answer, error.clone()), error)),
            },
            Job::Write(write, answer) => match self.stage_write(stage, write) {
                Ok(None) => Ok(Done::Written(answer)),
                Ok(Some(error)) => Ok(Done::RefusedWrite(answer, error)),
                Err(error) => Err((Done::RefusedWrite(answer, error.clone()), error)),
            },
        }
    }

    fn stage_append(&mut self, stage: &mut Stage, append: Prepared) -> Result<Staged, Error> {
        let tenant = append.tenant.clone();
        self.log(stage, &tenant)?;
        let Self { engine, logs, options, .. } = self;
        let Some(log) = logs.get_mut(&tenant) else {
            return Err(Error::Unavailable("the log was not taken up".to_owned()));
        };
        if let Some(refusal) = check_clock(log, &append, options)? {
            return Ok(Staged::Refused(refusal));
        }
        let (version, held) = match stage.batch.rows.get(&(tenant.clone(), append.case)) {
            Some(row) => (row.version, row.keys.clone()),
            None => engine.version(&tenant, append.case)?.unwrap_or_default(),
        };
        for (scope, key) in &append.unique {
            let staged = stage.batch.unique.get(&(tenant.clone(), *scope, *key)).copied();
            let owner = if staged.is_some() { staged } else { engine.owner(&tenant, *scope, key)? };
            if let Some(case) = owner.filter(|owner| *owner != append.case) {
                return Ok(Staged::Refused(Error::Exists { scope: *scope, case }));
            }
        }
        if version != append.expected_version {
            return Ok(Staged::Refused(Error::Conflict { actual: version }));
        }
        stage.wrote = true;
        Ok(accept(&mut stage.batch, log, append, &held))
    }

    fn stage_write(&mut self, stage: &mut Stage, write: Write) -> Result<Option<Error>, Error> {
        match write {
            Write::Artifact(tenant, row) => {
                // The log's head row is what makes a tenant known.
                self.log(stage, &tenant)?;
                stage.touch_head(&tenant, &self.logs);
                stage.batch.artifacts.push((tenant, row));
            }
            Write::Record(tenant, kind, key, body) => {
                self.log(stage, &tenant)?;
                stage.touch_head(&tenant, &self.logs);
                stage.batch.records.insert((tenant, kind, key), body);
            }
            Write::Audit(tenant, audit) => {
                self.log(stage, &tenant)?;
                if let Some(log) = self.logs.get_mut(&tenant) {
                    log.next.audit += 1;
                    stage.batch.audit.push((tenant, log.next.audit, audit));
                }
            }
            Write::Probe => return Ok(None),
            Write::Delivered(ids) => stage.batch.delivered.extend(ids),
            Write::Repair { tenant, row, stray } => {
                self.log(stage, &tenant)?;
                let moved_on = stage.batch.rows.get(&(tenant.clone(), row.case)).map(|row| row.version);
                let moved_on = match moved_on {
                    Some(version) => Some(version),
                    None => {
                        let later = self.engine.packs(&tenant, row.case, row.version + 1, 1)?;
                        later.first().map(|pack| pack.end() - 1)
                    }
                };
                if moved_on.is_some() {
                    return Ok(Some(Error::Conflict { actual: moved_on.unwrap_or_default() }));
                }
                for (scope, digest) in &row.keys {
                    stage.batch.keys.insert((tenant.clone(), *scope, *digest, row.case), true);
                }
                for (scope, digest, case) in stray {
                    stage.batch.keys.insert((tenant.clone(), scope, digest, case), false);
                }
                stage.batch.rows.insert((tenant, row.case), *row);
            }
        }
        stage.wrote = true;
        Ok(None)
    }

    /// Locks the tenant's log for this transaction and makes sure the tree in memory is the one that is stored.
    fn log(&mut self, stage: &mut Stage, tenant: &TenantId) -> Result<(), Error> {
        if stage.logs.insert(tenant.clone(), ()).is_some() {
            return Ok(());
        }
        self.engine.lock(tenant)?;
        open_log(&mut self.logs, &mut self.engine, tenant, &self.options)
    }
}

/// What is being put together for one commit.
struct Stage {
    batch: Batch,
    /// Tenants whose log is locked.
    logs: BTreeMap<TenantId, ()>,
    wrote: bool,
}

impl Stage {
    fn touch_head(&mut self, tenant: &TenantId, logs: &HashMap<TenantId, Log>) {
        if let Some(log) = logs.get(tenant) {
            self.batch.heads.entry(tenant.clone()).or_insert_with(|| log.next.clone());
        }
    }
}

enum Staged {
    Accepted { tenant: TenantId, version: u64, receipts: Vec<Wanted> },
    Refused(Error),
}

impl Done {
    fn give(self, failed: Option<&Error>) {
        let failed = failed.cloned();
        match self {
            Self::Appended { answer, version, texts, .. } => {
                answer.give(failed.map_or(Ok(Appended { version, receipts: texts }), Err));
            }
            Self::Written(answer) => answer.give(failed.map_or(Ok(()), Err)),
            Self::RefusedAppend(answer, error) => answer.give(Err(failed.unwrap_or(error))),
            Self::RefusedWrite(answer, error) => answer.give(Err(failed.unwrap_or(error))),
        }
    }
}

fn open_log<E: Engine>(
    logs: &mut HashMap<TenantId, Log>,
    engine: &mut E,
    tenant: &TenantId,
    options: &Options,
) -> Result<(), Error> {
    let head = engine.head(tenant)?.unwrap_or_default();
    if logs.get(tenant).is_none_or(|log| log.stored != head) {
        let log = Log::open(tenant, head, engine, options)?;
        logs.insert(tenant.clone(), log);
    }
    Ok(())
}

/// Refuses events dated further before the tenant's newest than the tolerance.
fn check_clock(log: &Log, append: &Prepared, options: &Options) -> Result<Option<Error>, Error> {
    let tolerance = i64::try_from(options.clock_tolerance.as_micros()).unwrap_or(i64::MAX);
    let earliest = append.events.iter().map(|event| event.at).min().unwrap_or_default();
    if earliest >= log.next.last_at.saturating_sub(tolerance) {
        return Ok(None);
    }
    Ok(Some(Error::ClockWentBack { last: codec::moment(log.next.last_at)?, at: codec::moment(earliest)? }))
}

/// Adds an append that was found good to the batch and to the tree.
fn accept(batch: &mut Batch, log: &mut Log, append: Prepared, held: &[StoredKey]) -> Staged {
    let Prepared { tenant, case, expected_version, events, bodies, row, unique, documents, outbox, audit, .. } = append;
    let mut receipts = Vec::new();
    let mut version = expected_version;
    let mut at = 0;
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        version += 1;
        at = event.at;
        log.next.last_at = log.next.last_at.max(at);
        let leaf = event.leaf.map(|fresh| {
            let index = log.add(&fresh.leaf, fresh.hash);
            let class = fresh.leaf.class();
            if event.receipt {
                receipts.push(Wanted { version, index, class, salt: fresh.salt.clone() });
            }
            StoredLeaf { index, class, salt: fresh.salt }
        });
        entries.push(Entry { kind: event.kind.to_owned(), at, length: event.length, leaf });
    }
    batch.packs.push((tenant.clone(), Pack { case, first: expected_version + 1, entries, bodies }));
    for (scope, digest) in held.iter().filter(|key| !row.keys.contains(key)) {
        batch.keys.insert((tenant.clone(), *scope, *digest, case), false);
    }
    for (scope, digest) in row.keys.iter().filter(|key| !held.contains(key)) {
        batch.keys.insert((tenant.clone(), *scope, *digest, case), true);
    }
    batch.rows.insert((tenant.clone(), case), row);
    batch.unique.extend(unique.into_iter().map(|(scope, digest)| ((tenant.clone(), scope, digest), case)));
    let owned = |document: DocumentRow| (tenant.clone(), document);
    batch.documents.extend(documents.into_iter().map(owned));
    for (kind, body) in outbox {
        log.next.outbox += 1;
        let id = OutboxId { tenant: tenant.clone(), sequence: log.next.outbox };
        batch.outbox.push(OutboxEntry { id, case, at, kind, body });
    }
    for row in audit {
        log.next.audit += 1;
        batch.audit.push((tenant.clone(), log.next.audit, row));
    }
    Staged::Accepted { tenant, version, receipts }
}

fn receipt_text(log: &Log, checkpoint: &ledger::SignedCheckpoint, wanted: Wanted) -> Result<String, Error> {
    let proof = log
        .tree
        .inclusion_proof(wanted.index, &NoTiles)
        .map_err(|e| Error::Corrupt(format!("a fresh leaf cannot be proved: {e}")))?;
    let receipt = Receipt::new(wanted.class, wanted.salt, proof, checkpoint)
        .map_err(|e| Error::Corrupt(format!("a receipt cannot be made: {e}")))?;
    Ok(receipt.to_text())
}

#[cfg(test)]
mod tests;
