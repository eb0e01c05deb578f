//! Words of a page that the OCR read with one wrong character: `ibuprcfen`, `hypertensian`.
//!
//! Only where the OCR was not sure, only words of six letters or more that the lexicon does not know, and only when exactly one word of
//! the lexicon is one character away. In short words the character must be one that scanners confuse, and the last may not differ
//! otherwise: endings are grammar (`endoscope`, `measuring`).

use crate::lexicon::Lexicon;

/// The shortest word that is repaired, in characters.
pub const LEAST: usize = 6;
/// The longest.
const MOST: usize = 32;
/// From here on any character may be the wrong one.
const LONG: usize = 8;
/// Confidence in per cent from which a word of the OCR is believed.
pub const BELIEVED: u8 = 92;

/// Characters that scanners take for one another.
const CONFUSED: [(u8, u8); 25] = [
    (b'm', b'n'),
    (b'l', b'i'),
    (b'l', b'1'),
    (b'i', b'1'),
    (b'o', b'0'),
    (b'e', b'c'),
    (b'c', b'o'),
    (b'e', b'o'),
    (b'a', b'o'),
    (b'a', b'e'),
    (b'n', b'h'),
    (b'n', b'u'),
    (b'n', b'r'),
    (b'h', b'b'),
    (b't', b'f'),
    (b't', b'l'),
    (b't', b'i'),
    (b's', b'5'),
    (b'g', b'q'),
    (b'g', b'9'),
    (b'v', b'y'),
    (b'u', b'v'),
    (b'z', b'2'),
    (b'b', b'8'),
    (b'f', b'r'),
];

/// The word of the lexicon that a misread word stands for; none when there are several or none.
#[must_use]
pub fn repair(lexicon: &Lexicon, word: &str) -> Option<u32> {
    if !(LEAST..=MOST).contains(&word.len()) || !word.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let mut found = Candidates::default();
    let mut changed: Vec<u8> = word.as_bytes().to_vec();
    let last = word.len() - 1;
    for at in 0..=last {
        let written = changed[at];
        for other in (b'a'..=b'z').filter(|other| *other != written) {
            let usual = confused(written, other);
            if usual || word.len() >= LONG && at < last {
                changed[at] = other;
                found.ask(lexicon, &changed, usual);
            }
        }
        changed[at] = written;
    }
    if word.len() < LONG {
        return found.only();
    }
    for at in 0..=last {
        for other in b'a'..=b'z' {
            changed.insert(at, other);
            found.ask(lexicon, &changed, false);
            changed.remove(at);
        }
    }
    for at in 0..last {
        let written = changed.remove(at);
        found.ask(lexicon, &changed, false);
        changed.insert(at, written);
    }
    found.only()
}

fn confused(a: u8, b: u8) -> bool {
    CONFUSED.contains(&(a, b)) || CONFUSED.contains(&(b, a))
}

/// Words one character away, those by a usual confusion apart.
#[derive(Debug, Default)]
struct Candidates {
    usual: Vec<u32>,
    others: Vec<u32>,
}

impl Candidates {
    fn ask(&mut self, lexicon: &Lexicon, word: &[u8], usual: bool) {
        if let Some(word) = std::str::from_utf8(word).ok().and_then(|w| lexicon.word(w)) {
            let list = if usual { &mut self.usual } else { &mut self.others };
            if !list.contains(&word) {
                list.push(word);
            }
        }
    }

    fn only(&self) -> Option<u32> {
        match (&self.usual[..], &self.others[..]) {
            ([one], _) => Some(*one),
            ([], [one]) => Some(*one),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Kind;
    use crate::lexicon::{Builder, Entry, Role};
    use crate::{OcrWord, Span};

    fn lexicon() -> Lexicon {
        let mut builder = Builder::new();
        for (kind, name) in [
            (Kind::Medication, "ibuprofen"),
            (Kind::Problem, "hypertension"),
            (Kind::Problem, "hypotension"),
            (Kind::Medication, "clonidine"),
            (Kind::Medication, "clozidine"),
            (Kind::Problem, "asthma"),
            (Kind::Problem, "gout"),
        ] {
            let id = builder.concept(kind, name, vec![]);
            builder.term(name, Entry { role: Role::Concept, target: id.0, capitals: false, ambiguous: false }).unwrap();
        }
        Lexicon::from_bytes(builder.finish()).unwrap()
    }

    #[test]
    fn one_wrong_character_is_repaired() {
        let lexicon = lexicon();
        for (written, wanted) in [
            ("ibuprcfen", Some("ibuprofen")),
            ("ibupr0fen", Some("ibuprofen")),
            ("ibuprofn", Some("ibuprofen")),
            ("ibuproofen", Some("ibuprofen")),
            ("hypertensian", Some("hypertension")),
            ("asthna", Some("asthma")),
            ("clohidine", Some("clonidine")),
            ("cloxidine", None),
            ("ibuprcfcn", None),
            ("goul", None),
            ("hypertensiona", None),
        ] {
            assert_eq!(repair(&lexicon, written).map(|w| lexicon.spelling(w)), wanted, "{written}");
        }
    }

    #[test]
    fn only_under_words_that_were_read_from_an_image() {
        let lexicon = lexicon();
        let text = "Takes ibuprcfen for asthna.";
        let word = |start: usize, end: usize, quality: u8| OcrWord { span: Span::new(start, end), quality, at: [0; 4] };
        let found = |words: &[OcrWord]| -> Vec<(String, bool)> {
            let scanned = crate::scan::scan_ocr(text, &lexicon, words);
            scanned.mentions.iter().map(|m| (m.span.of(text).to_owned(), m.fuzzy)).collect()
        };
        assert_eq!(found(&[]), []);
        assert_eq!(found(&[word(6, 15, 80), word(20, 27, 96)]), [("ibuprcfen".to_owned(), true)]);
        assert_eq!(found(&[word(6, 15, 80), word(20, 27, 60)]).len(), 2);
    }
}
