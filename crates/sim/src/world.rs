//! The world of a simulation: a clock that only moves forward, and dice that fall the same way for the same seed.

use base::Timestamp;
use fiction::dice::Dice;
use jiff::SignedDuration;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A virtual clock with its own randomness.
pub struct Virtual {
    micros: AtomicI64,
    dice: Mutex<Dice>,
}

impl Virtual {
    /// A world that begins at this moment.
    #[must_use]
    pub fn new(start: Timestamp, seed: u64) -> Self {
        Self { micros: AtomicI64::new(start.as_microsecond()), dice: Mutex::new(Dice::new(seed)) }
    }

    /// The moment now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock to this moment; a moment in the past leaves it where it is.
    pub fn advance_to(&self, at: Timestamp) {
        self.micros.fetch_max(at.as_microsecond(), Ordering::SeqCst);
    }
}

impl workflow::World for Virtual {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }

    fn random(&self, into: &mut [u8]) {
        fill(&mut self.dice.lock().unwrap_or_else(PoisonError::into_inner), into);
    }
}

/// Fills a buffer from dice.
pub fn fill(dice: &mut Dice, into: &mut [u8]) {
    for chunk in into.chunks_mut(8) {
        let bytes = dice.roll().to_le_bytes();
        chunk.copy_from_slice(&bytes[..chunk.len()]);
    }
}

/// So many seconds after a moment.
#[must_use]
pub fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_never_goes_back_and_the_dice_repeat() {
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let world = Virtual::new(start, 7);
        world.advance_to(after(start, 60));
        world.advance_to(start);
        assert_eq!(world.now(), after(start, 60));
        let (mut one, mut two) = ([0; 13], [0; 13]);
        workflow::World::random(&world, &mut one);
        workflow::World::random(&Virtual::new(start, 7), &mut two);
        assert_eq!(one, two);
        assert_ne!(one, [0; 13]);
    }
}
