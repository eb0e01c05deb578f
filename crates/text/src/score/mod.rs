//! Scores of labelled sets: what came out beside what was labelled.

pub mod context;
pub mod maccrobat;
pub mod ner;
pub mod notes;
pub mod therapy;
pub mod trial;

/// Precision, recall and their harmonic mean over counted decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Said and labelled.
    pub hit: u32,
    /// Said and not labelled.
    pub wrong: u32,
    /// Labelled and not said.
    pub missed: u32,
}

impl Counts {
    /// Counts one decision.
    pub fn add(&mut self, said: bool, labelled: bool) {
        match (said, labelled) {
            (true, true) => self.hit += 1,
            (true, false) => self.wrong += 1,
            (false, true) => self.missed += 1,
            (false, false) => {}
        }
    }

    /// Share of what was said that is labelled.
    #[must_use]
    pub fn precision(self) -> f64 {
        share(self.hit, self.hit + self.wrong)
    }

    /// Share of what is labelled that was said.
    #[must_use]
    pub fn recall(self) -> f64 {
        share(self.hit, self.hit + self.missed)
    }

    /// Harmonic mean of both.
    #[must_use]
    pub fn f1(self) -> f64 {
        share(2 * self.hit, 2 * self.hit + self.wrong + self.missed)
    }
}

fn share(part: u32, of: u32) -> f64 {
    if of == 0 { 0.0 } else { f64::from(part) / f64::from(of) }
}
