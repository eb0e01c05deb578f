//! Tick: clocks that are near, missed or over become events. A clock decides nothing.

use crate::draft::Draft;
use crate::{Error, Platform};
use case::authority::Role;
use case::{Actor, Command};

/// How many timers one sweep reads at first.
const SWEEP: usize = 500;
/// How many it reads at most when those before cannot be handled: one tenant's trouble never stops another's clocks.
const SWEEP_MOST: usize = 32_000;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Timers that fired.
    pub fired: usize,
    /// Timers that could not be handled now and stay; they are tried again.
    pub left: usize,
}

/// Fires the timers that are due. What cannot be handled is passed over, and the sweep reads on behind it.
///
/// # Errors
/// The timers themselves cannot be read.
pub async fn tick(platform: &Platform) -> Result<Ticked, Error> {
    let mut done = Ticked::default();
    let mut limit = SWEEP;
    loop {
        let timers = platform.store.timers(platform.world.now(), limit)?;
        let (read, passed) = (timers.len(), done.left);
        done.left = 0;
        for (place, timer) in timers.iter().enumerate() {
            if place < passed {
                done.left += 1;
                continue;
            }
            match fire(platform, timer).await {
                Ok(()) => done.fired += 1,
                Err(Error::Stale { .. }) => done.left += 1,
                Err(error) => {
                    tracing::error!(tenant = %timer.tenant, case = %timer.case, "a timer could not be handled: {error}");
                    done.left += 1;
                }
            }
        }
        if done.left < limit || read < limit || limit >= SWEEP_MOST {
            return Ok(done);
        }
        limit *= 4;
    }
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
