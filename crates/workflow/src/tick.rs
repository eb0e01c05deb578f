//! Tick: clocks that are near, missed or over become events. A clock decides nothing.

use crate::draft::Draft;
use crate::{Error, Platform};
use case::authority::Role;
use case::{Actor, Command};

/// How many timers one sweep handles at most; the rest wait for the next.
const SWEEP: usize = 500;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Timers that fired.
    pub fired: usize,
    /// Timers that could not be handled now and stay; they are tried again.
    pub left: usize,
}

/// Fires every timer that is due. One tenant's fault never stops another's clocks.
///
/// # Errors
/// The timers themselves cannot be read.
pub async fn tick(platform: &Platform) -> Result<Ticked, Error> {
    let mut done = Ticked::default();
    for timer in platform.store.timers(platform.world.now(), SWEEP)? {
        match fire(platform, &timer).await {
            Ok(()) => done.fired += 1,
            Err(Error::Stale { .. }) => done.left += 1,
            Err(error) => {
                tracing::error!(tenant = %timer.tenant, case = %timer.case, "a timer could not be handled: {error}");
                done.left += 1;
            }
        }
    }
    Ok(done)
}

async fn fire(platform: &Platform, timer: &store::TimerRow) -> Result<(), Error> {
    let Some(case) = platform.store.case(&timer.tenant, timer.case)? else { return Err(Error::NoSuchCase) };
    let mut draft = Draft::on(platform, &timer.tenant, timer.case, case, Actor::Software, vec![Role::Software]);
    draft.act(Command::Tick)?;
    if draft.is_empty() {
        return Err(Error::Corrupt("a timer is due but its case has nothing to say"));
    }
    draft.keep().await.map(|_| ())
}
