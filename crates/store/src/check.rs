//! Replay, and the proof that what is stored still agrees with itself: projections with events, events with leaves,
//! leaves with the signed root, documents with their hashes.

use crate::codec::{self, StoredKey};
use crate::commit::Write;
use crate::engine::Read;
use crate::log;
use crate::rows::{HeldKey, Row};
use crate::types::{Health, NewDocument, StoredEvent};
use crate::{Error, Options};
use base::{CaseId, TenantId};
use case::Case;
use ledger::{Leaf, Tree};

/// Rows read at once.
const STEP: usize = 500;
/// Cases repaired by one call of `rebuild` at most; call again for more.
const REPAIRS_MAX: usize = 100_000;

/// Every event of a case.
pub(crate) fn all_events(read: &mut dyn Read, tenant: &TenantId, id: CaseId) -> Result<Vec<StoredEvent>, Error> {
    let mut all: Vec<StoredEvent> = Vec::new();
    let mut next = 1;
    loop {
        let packs = read.packs(tenant, id, next, STEP)?;
        for pack in &packs {
            if pack.first != next {
                return Err(Error::Corrupt(format!("event {next} of case {id} is absent")));
            }
            next = pack.end();
            all.extend(pack.events()?);
        }
        if packs.len() < STEP {
            return Ok(all);
        }
    }
}

/// The case as its events make it.
pub(crate) fn replay(read: &mut dyn Read, tenant: &TenantId, id: CaseId) -> Result<Option<Case>, Error> {
    replay_events(id, &all_events(read, tenant, id)?)
}

fn replay_events(id: CaseId, events: &[StoredEvent]) -> Result<Option<Case>, Error> {
    let mut state = None;
    for event in events {
        state = case::evolve(state, &event.event()?);
    }
    match (&state, events.len()) {
        (None, 1..) => Err(Error::Corrupt(format!("the events of case {id} make no case"))),
        _ => Ok(state),
    }
}

/// Reads everything and compares.
pub(crate) fn verify(read: &mut dyn Read, options: &Options) -> Result<Health, Error> {
    let mut health = Health::default();
    for tenant in read.tenants()? {
        health.tenants += 1;
        let leaves = verify_cases(read, &tenant, &mut health)?;
        verify_keys(read, &tenant, &mut health)?;
        verify_log(read, &tenant, options, leaves, &mut health)?;
        verify_documents(read, &tenant, &mut health)?;
    }
    Ok(health)
}

fn fault(health: &mut Health, text: impl FnOnce() -> String) {
    if health.faults.len() < Health::MAX_FAULTS {
        health.faults.push(text());
    }
}

/// A failure of the engine stays an error; unsound data becomes a fault in the report.
fn noted<T>(result: Result<T, Error>, health: &mut Health) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Corrupt(what)) => {
            fault(health, || what);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Replays every case, compares its row, and makes the commitment of each leaf again: gives the leaf hashes by index.
fn verify_cases(read: &mut dyn Read, tenant: &TenantId, health: &mut Health) -> Result<Vec<(u64, ledger::Hash)>, Error> {
    let mut leaves = Vec::new();
    let mut place = None;
    loop {
        let cases = read.cases(tenant, place, STEP)?;
        for id in &cases {
            health.cases += 1;
            let Some(events) = noted(all_events(read, tenant, *id), health)? else { continue };
            for event in &events {
                health.events += 1;
                if let Some(leaf) = &event.leaf {
                    leaves.push((leaf.index, Leaf::commit(leaf.class, &leaf.salt, &event.body).hash()));
                }
            }
            let Some(Some(case)) = noted(replay_events(*id, &events), health)? else { continue };
            let Some(expected) = noted(Row::of(*id, &case), health)? else { continue };
            match noted(read.row(tenant, *id), health)? {
                Some(Some(row)) => {
                    if let Some(column) = row.difference(&expected) {
                        fault(health, || format!("{tenant}: the row of case {id} differs from its events in `{column}`"));
                    }
                    for (scope, digest) in &expected.keys {
                        let held = read.keys(tenant, before(*scope, *digest, *id), 1)?;
                        if held.first() != Some(&(*scope, *digest, *id)) {
                            fault(health, || format!("{tenant}: case {id} is not found by {scope}"));
                        }
                    }
                }
                Some(None) => fault(health, || format!("{tenant}: case {id} has events and no row")),
                None => {}
            }
        }
        match cases.last() {
            Some(last) if cases.len() == STEP => place = Some(*last),
            _ => break,
        }
    }
    verify_rows_have_events(read, tenant, health)?;
    Ok(leaves)
}

/// The place just before a held key, so that reading on from it gives the key itself.
fn before(scope: crate::Scope, digest: codec::KeyDigest, case: CaseId) -> Option<HeldKey> {
    let number = u128::from_be_bytes(codec::id_bytes(case)).checked_sub(1)?;
    Some((scope, digest, CaseId::from_bytes(number.to_be_bytes())))
}

fn verify_rows_have_events(read: &mut dyn Read, tenant: &TenantId, health: &mut Health) -> Result<(), Error> {
    let mut place = None;
    loop {
        let Some(rows) = noted(read.rows(tenant, place, STEP), health)? else { return Ok(()) };
        for row in &rows {
            if read.packs(tenant, row.case, 1, 1)?.is_empty() {
                fault(health, || format!("{tenant}: case {} has a row and no events", row.case));
            }
        }
        match rows.last() {
            Some(last) if rows.len() == STEP => place = Some(last.case),
            _ => return Ok(()),
        }
    }
}

/// Every held key belongs to a case that has it.
fn verify_keys(read: &mut dyn Read, tenant: &TenantId, health: &mut Health) -> Result<(), Error> {
    for (scope, _, case) in
        stray_keys(read, tenant, &mut |read, case| Ok(read.version(tenant, case)?.map(|(_, keys)| keys).unwrap_or_default()))?
    {
        fault(health, || format!("{tenant}: case {case} is found by {scope} that it does not have"));
    }
    Ok(())
}

/// Tells the keys a case should hold.
type KeysOf<'a> = &'a mut dyn FnMut(&mut dyn Read, CaseId) -> Result<Vec<StoredKey>, Error>;

/// Held keys whose case does not have them.
fn stray_keys(read: &mut dyn Read, tenant: &TenantId, keys_of: KeysOf<'_>) -> Result<Vec<HeldKey>, Error> {
    let mut strays = Vec::new();
    let mut place = None;
    loop {
        let held = read.keys(tenant, place, STEP)?;
        for (scope, digest, case) in &held {
            if !keys_of(read, *case)?.contains(&(*scope, *digest)) && strays.len() < REPAIRS_MAX {
                strays.push((*scope, *digest, *case));
            }
        }
        match held.last() {
            Some(last) if held.len() == STEP => place = Some(*last),
            _ => return Ok(strays),
        }
    }
}

/// Every event that wants a leaf has exactly one, with its commitment; all leaves give the signed root.
fn verify_log(
    read: &mut dyn Read,
    tenant: &TenantId,
    options: &Options,
    mut of_events: Vec<(u64, ledger::Hash)>,
    health: &mut Health,
) -> Result<(), Error> {
    of_events.sort_unstable_by_key(|(index, _)| *index);
    let head = read.head(tenant)?.unwrap_or_default();
    if of_events.len() as u64 != head.size {
        fault(health, || format!("{tenant}: {} events have a leaf, the log has {}", of_events.len(), head.size));
    }
    let mut tree = Tree::empty();
    let mut events = of_events.into_iter().peekable();
    while tree.size() < head.size {
        let from = tree.size();
        let Some(leaves) = noted(log::leaves(read, tenant, from, head.size.min(from + 4096)), health)? else { return Ok(()) };
        if leaves.is_empty() {
            fault(health, || format!("{tenant}: leaf {from} is absent"));
            return Ok(());
        }
        for leaf in leaves {
            let index = tree.append(&leaf);
            health.leaves += 1;
            let mut matched = false;
            while let Some((_, hash)) = events.next_if(|(of_event, _)| *of_event <= index) {
                matched = hash == leaf.hash();
            }
            if !matched {
                fault(health, || format!("{tenant}: leaf {index} does not commit to its event as stored"));
            }
        }
        // Only the root is wanted: without this the tree would keep every leaf in memory.
        tree.commit();
    }
    let Some(text) = &head.checkpoint else {
        if head.size > 0 {
            fault(health, || format!("{tenant}: the log has leaves and no checkpoint"));
        }
        return Ok(());
    };
    let signer = (options.signers)(tenant)?;
    if let Some(signed) = noted(log::open_checkpoint(tenant, &head, text, &signer), health)?
        && signed.checkpoint().root != tree.root()
    {
        fault(health, || format!("{tenant}: the leaves do not give the signed root"));
    }
    let tiles = log::StoredTiles::new(tenant, head.size, read);
    match ledger::root_from_tiles(head.size, &tiles) {
        Ok(root) if root == tree.root() => {}
        Ok(_) => fault(health, || format!("{tenant}: the tiles do not give the root of the leaves")),
        Err(error) => fault(health, || format!("{tenant}: {error}")),
    }
    Ok(())
}

fn verify_documents(read: &mut dyn Read, tenant: &TenantId, health: &mut Health) -> Result<(), Error> {
    let mut place = None;
    loop {
        let hashes = read.documents(tenant, place, STEP)?;
        for hash in &hashes {
            health.documents += 1;
            let Some(row) = read.document(tenant, hash)? else { continue };
            let bytes = noted(codec::decode_body(&row.bytes, NewDocument::MAX_BYTES), health)?;
            if bytes.is_some_and(|bytes| base::Hash::of(&bytes) != *hash) {
                fault(health, || format!("{tenant}: document {hash} does not have its hash"));
            }
        }
        match hashes.last() {
            Some(last) if hashes.len() == STEP => place = Some(*last),
            _ => return Ok(()),
        }
    }
}

/// The writes that would make every projection what its events say.
pub(crate) fn repairs(read: &mut dyn Read) -> Result<Vec<Write>, Error> {
    let mut repairs = Vec::new();
    for tenant in read.tenants()? {
        let mut rebuilt: std::collections::BTreeMap<CaseId, (Row, Vec<HeldKey>)> = std::collections::BTreeMap::new();
        let mut place = None;
        loop {
            let cases = read.cases(&tenant, place, STEP)?;
            for id in &cases {
                let Some(case) = replay(read, &tenant, *id)? else { continue };
                let row = Row::of(*id, &case)?;
                let sound = read.row(&tenant, *id).is_ok_and(|stored| stored.as_ref() == Some(&row));
                let mut found = sound;
                for (scope, digest) in &row.keys {
                    found =
                        found && read.keys(&tenant, before(*scope, *digest, *id), 1)?.first() == Some(&(*scope, *digest, *id));
                }
                if !found && rebuilt.len() < REPAIRS_MAX {
                    rebuilt.insert(*id, (row, Vec::new()));
                }
            }
            match cases.last() {
                Some(last) if cases.len() == STEP => place = Some(*last),
                _ => break,
            }
        }
        let strays = stray_keys(read, &tenant, &mut |read, case| {
            Ok(match replay(read, &tenant, case)? {
                Some(state) => Row::of(case, &state)?.keys,
                None => Vec::new(),
            })
        })?;
        for key in strays {
            if let Some((_, stray)) = rebuilt.get_mut(&key.2) {
                stray.push(key);
            } else if let Some(case) = replay(read, &tenant, key.2)? {
                rebuilt.insert(key.2, (Row::of(key.2, &case)?, vec![key]));
            } else {
                return Err(Error::Corrupt(format!("{tenant}: a key names case {}, which has no events", key.2)));
            }
        }
        repairs.extend(rebuilt.into_values().map(|(row, stray)| Write::Repair {
            tenant: tenant.clone(),
            row: Box::new(row),
            stray,
        }));
    }
    Ok(repairs)
}
