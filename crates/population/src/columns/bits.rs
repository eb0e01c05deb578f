//! Truth values of many patients: three bit planes.

/// A set of small numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// `len` bits, none set.
    #[must_use]
    pub fn none(len: usize) -> Bits {
        Bits { words: vec![0; len.div_ceil(64)], len }
    }

    /// `len` bits, all set.
    #[must_use]
    pub fn all(len: usize) -> Bits {
        let mut bits = Bits { words: vec![!0; len.div_ceil(64)], len };
        if !len.is_multiple_of(64)
            && let Some(last) = bits.words.last_mut()
        {
            *last = (1 << (len % 64)) - 1;
        }
        bits
    }

    /// How many bits there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether a bit is set.
    #[must_use]
    pub fn get(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|w| w >> (index % 64) & 1 == 1)
    }

    /// Sets a bit.
    pub fn set(&mut self, index: usize) {
        if index < self.len {
            self.words[index / 64] |= 1 << (index % 64);
        }
    }

    /// How many bits are set.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Whether any bit is set.
    #[must_use]
    pub fn any(&self) -> bool {
        self.words.iter().any(|w| *w != 0)
    }

    /// The numbers of the bits set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                Some(index * 64 + bit)
            })
        })
    }

    fn with(&self, other: &Bits, f: impl Fn(u64, u64) -> u64) -> Bits {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| f(*a, *b)).collect();
        Bits { words, len: self.len }
    }

    pub(crate) fn and(&self, other: &Bits) -> Bits {
        self.with(other, |a, b| a & b)
    }

    pub(crate) fn or(&self, other: &Bits) -> Bits {
        self.with(other, |a, b| a | b)
    }

    pub(crate) fn and_not(&self, other: &Bits) -> Bits {
        self.with(other, |a, b| a & !b)
    }

    /// Copies bits to a place in a longer set; `at` is a multiple of 64.
    pub(crate) fn place(&mut self, at: usize, block: &Bits) {
        for (target, word) in self.words[at / 64..].iter_mut().zip(&block.words) {
            *target |= word;
        }
    }
}

/// A truth value for each patient of a block: true, null, or only the row engine can tell. False is what is left of those asked for.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) is_true: Bits,
    pub(crate) is_null: Bits,
    pub(crate) rows: Bits,
}

impl Truth {
    pub(crate) fn of(need: &Bits, value: Option<bool>) -> Truth {
        let none = Bits::none(need.len());
        match value {
            Some(true) => Truth { is_true: need.clone(), is_null: none.clone(), rows: none },
            Some(false) => Truth { is_true: none.clone(), is_null: none.clone(), rows: none },
            None => Truth { is_true: none.clone(), is_null: need.clone(), rows: none },
        }
    }

    /// Only the row engine can tell, for all that are asked for.
    pub(crate) fn in_rows(need: &Bits) -> Truth {
        let none = Bits::none(need.len());
        Truth { is_true: none.clone(), is_null: none, rows: need.clone() }
    }

    pub(crate) fn is_false(&self, need: &Bits) -> Bits {
        need.and_not(&self.is_true).and_not(&self.is_null).and_not(&self.rows)
    }

    /// From true and false planes, what is neither being null.
    fn from_planes(need: &Bits, is_true: &Bits, is_false: &Bits, rows: Bits) -> Truth {
        Truth { is_true: is_true.and_not(&rows), is_null: need.and_not(is_true).and_not(is_false).and_not(&rows), rows }
    }

    pub(crate) fn not(&self, need: &Bits) -> Truth {
        Truth { is_true: self.is_false(need), is_null: self.is_null.clone(), rows: self.rows.clone() }
    }

    /// `left and right`; the right side is asked only where the left is not false, as the row engine does.
    pub(crate) fn and(need: &Bits, left: &Truth, right: impl FnOnce(&Bits) -> Truth) -> Truth {
        let left_false = left.is_false(need);
        let open = need.and_not(&left_false).and_not(&left.rows);
        if !open.any() {
            return left.clone();
        }
        let right = right(&open);
        let is_false = left_false.or(&right.is_false(&open));
        Truth::from_planes(need, &left.is_true.and(&right.is_true), &is_false, left.rows.or(&right.rows))
    }

    /// `left or right`; the right side is asked only where the left is not true.
    pub(crate) fn or(need: &Bits, left: &Truth, right: impl FnOnce(&Bits) -> Truth) -> Truth {
        let open = need.and_not(&left.is_true).and_not(&left.rows);
        if !open.any() {
            return left.clone();
        }
        let right = right(&open);
        let is_false = left.is_false(need).and(&right.is_false(&open));
        Truth::from_planes(need, &left.is_true.or(&right.is_true), &is_false, left.rows.or(&right.rows))
    }

    pub(crate) fn xor(need: &Bits, left: &Truth, right: impl FnOnce(&Bits) -> Truth) -> Truth {
        let open = need.and_not(&left.rows);
        let right = right(&open);
        let (lf, rf) = (left.is_false(need), right.is_false(&open));
        let is_true = left.is_true.and(&rf).or(&lf.and(&right.is_true));
        let is_false = left.is_true.and(&right.is_true).or(&lf.and(&rf));
        Truth::from_planes(need, &is_true, &is_false, left.rows.or(&right.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 false, 1 true, 2 null, 3 rows.
    fn truth(states: &[u8]) -> Truth {
        let mut truth = Truth::of(&Bits::all(states.len()), Some(false));
        for (index, state) in states.iter().enumerate() {
            match state {
                1 => truth.is_true.set(index),
                2 => truth.is_null.set(index),
                3 => truth.rows.set(index),
                _ => {}
            }
        }
        truth
    }

    fn masked(truth: &Truth, need: &Bits) -> Truth {
        Truth { is_true: truth.is_true.and(need), is_null: truth.is_null.and(need), rows: truth.rows.and(need) }
    }

    fn state(truth: &Truth, index: usize) -> u8 {
        match (truth.is_true.get(index), truth.is_null.get(index), truth.rows.get(index)) {
            (false, false, false) => 0,
            (true, false, false) => 1,
            (false, true, false) => 2,
            (false, false, true) => 3,
            _ => panic!("two states at once"),
        }
    }

    /// Every pair of states, against the tables of the specification (Author's Guide, *Three-Valued Logic*), with the order of evaluation.
    #[test]
    fn connectives_of_all_states() {
        let pairs: Vec<(u8, u8)> = (0..4).flat_map(|l| (0..4).map(move |r| (l, r))).collect();
        let (left, right): (Vec<u8>, Vec<u8>) = pairs.iter().copied().unzip();
        let (left, right) = (truth(&left), truth(&right));
        let need = Bits::all(pairs.len());
        let and = Truth::and(&need, &left, |open| masked(&right, open));
        let or = Truth::or(&need, &left, |open| masked(&right, open));
        let xor = Truth::xor(&need, &left, |open| masked(&right, open));
        let not = left.not(&need);
        let settle = |decided: bool, l: u8, r: u8, f: &dyn Fn(Option<bool>, Option<bool>) -> Option<bool>| {
            if l == 3 {
                return 3;
            }
            if decided {
                return f([Some(false), Some(true), None][usize::from(l)], None).map_or(2, u8::from);
            }
            if r == 3 {
                return 3;
            }
            let tri = |s: u8| [Some(false), Some(true), None][usize::from(s)];
            f(tri(l), tri(r)).map_or(2, u8::from)
        };
        for (index, (l, r)) in pairs.into_iter().enumerate() {
            let kleene_and = |a: Option<bool>, b: Option<bool>| match (a, b) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            let kleene_or = |a: Option<bool>, b: Option<bool>| kleene_and(a.map(|x| !x), b.map(|x| !x)).map(|x| !x);
            assert_eq!(state(&and, index), settle(l == 0, l, r, &kleene_and), "{l} and {r}");
            assert_eq!(state(&or, index), settle(l == 1, l, r, &kleene_or), "{l} or {r}");
            assert_eq!(state(&xor, index), settle(false, l, r, &|a, b| Some(a? != b?)), "{l} xor {r}");
            assert_eq!(state(&not, index), [1, 0, 2, 3][usize::from(l)], "not {l}");
        }
    }

    #[test]
    fn sets_of_bits() {
        for len in [0, 1, 63, 64, 65, 200] {
            assert_eq!(Bits::all(len).count(), len);
            assert_eq!(Bits::all(len).iter().collect::<Vec<_>>(), (0..len).collect::<Vec<_>>());
            assert!(!Bits::none(len).any());
        }
        let mut long = Bits::none(300);
        long.place(128, &Bits::all(70));
        assert_eq!((long.count(), long.get(127), long.get(128), long.get(197), long.get(198)), (70, false, true, true, false));
    }
}
