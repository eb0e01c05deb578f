//! What the log holds: a salted commitment to an event and the event's class. Never the event.

use crate::Hash;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroize;

/// First line of a leaf and first bytes of its commitment; a change of either rule changes this name.
const DOMAIN: &str = "um-event/v1";

/// 32 random bytes, one per event, given by the shell. Whoever lacks the salt cannot test guesses about an event against
/// its leaf; whoever destroys it makes the leaf unlinkable for ever.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Takes bytes that must come from the operating system's random source.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret bytes, to be kept beside the event under the record's key.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Drop for Salt {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

macro_rules! classes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What kind of thing happened: the only fact about an event that the log shows. Classes are coarse on purpose,
        /// so that a rare event type does not point at a person.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum LeafClass { $($(#[$doc])* $variant,)* }

        impl LeafClass {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The third line of the leaf.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl FromStr for LeafClass {
            type Err = BadLeaf;
            fn from_str(text: &str) -> Result<Self, BadLeaf> {
                match text { $($name => Ok(Self::$variant),)* _ => Err(BadLeaf::Class) }
            }
        }
    };
}

classes! {
    /// A request was received, changed or withdrawn.
    Request = "request",
    /// More information was asked for or arrived.
    InfoRequest = "info-request",
    /// A deadline was started, stopped, extended or missed.
    Clock = "clock",
    /// A determination, favourable or not, with the credential it rests on.
    Determination = "determination",
    /// A notice was sent.
    Notice = "notice",
    /// An appeal or review of a determination.
    Appeal = "appeal",
    /// A batch of record accesses (one leaf per batch).
    Access = "access",
    /// A disclosure to be accounted for (45 CFR 164.528).
    Disclosure = "disclosure",
    /// Emergency access outside a person's usual role.
    BreakGlass = "break-glass",
    /// Rules or criteria came into force.
    RulesetVersion = "ruleset-version",
    /// A learned model came into use, or what it put out was recorded.
    ModelVersion = "model-version",
    /// A key of this log was announced or retired.
    LogKey = "log-key",
    /// Any other event of a case.
    Case = "case",
}

impl fmt::Display for LeafClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a text is not a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLeaf {
    /// Not exactly three lines that each end in a newline.
    #[error("a leaf is exactly three lines")]
    Lines,
    /// The first line names another format or version.
    #[error("the first line of a leaf is um-event/v1")]
    Domain,
    /// The second line is not the base64 of 32 bytes.
    #[error("the second line of a leaf is the base64 of 32 bytes")]
    Commitment,
    /// The third line is not a known class.
    #[error("the third line of a leaf is a known class")]
    Class,
}

/// One entry of the log: a commitment and a class. The tree takes nothing else, so nothing else can get into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Leaf {
    commitment: Hash,
    class: LeafClass,
}

impl Leaf {
    /// Commits to an event: `SHA-256("um-event/v1\0" || salt || event)`. `event` is the exact sequence of canonical JSON
    /// bytes that the store keeps.
    #[must_use]
    pub fn commit(class: LeafClass, salt: &Salt, event: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(DOMAIN);
        hasher.update([0]);
        hasher.update(salt.0);
        hasher.update(event);
        Self { commitment: Hash(hasher.finalize().into()), class }
    }

    /// The salted digest of the event.
    #[must_use]
    pub const fn commitment(&self) -> Hash {
        self.commitment
    }

    /// What kind of event it commits to.
    #[must_use]
    pub const fn class(&self) -> LeafClass {
        self.class
    }

    /// The entry as the log publishes it: three lines, each ended by a newline. At most 80 bytes.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(80);
        out.push_str(DOMAIN);
        out.push('\n');
        self.commitment.push_base64(&mut out);
        out.push('\n');
        out.push_str(self.class.name());
        out.push('\n');
        out
    }

    /// Reads an entry back.
    ///
    /// # Errors
    /// Names the first line that is wrong; only the exact text of [`Leaf::to_text`] is read.
    pub fn parse(text: &str) -> Result<Self, BadLeaf> {
        let mut lines = text.strip_suffix('\n').ok_or(BadLeaf::Lines)?.split('\n');
        let (Some(domain), Some(commitment), Some(class), None) = (lines.next(), lines.next(), lines.next(), lines.next()) else {
            return Err(BadLeaf::Lines);
        };
        if domain != DOMAIN {
            return Err(BadLeaf::Domain);
        }
        Ok(Self { commitment: commitment.parse().map_err(|_| BadLeaf::Commitment)?, class: class.parse()? })
    }

    /// The leaf hash of the tree.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::leaf(self.to_text().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_three_lines_and_reads_back() {
        for class in LeafClass::ALL {
            let leaf = Leaf::commit(*class, &Salt::new([7; 32]), b"{}");
            let text = leaf.to_text();
            assert_eq!(text.lines().count(), 3);
            assert!(text.len() <= 80, "{class}");
            assert_eq!(Leaf::parse(&text), Ok(leaf));
            assert_eq!(class.name().parse(), Ok(*class));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let good = Leaf::commit(LeafClass::Notice, &Salt::new([0; 32]), b"{}").to_text();
        let cases = [
            (good.trim_end().to_owned(), BadLeaf::Lines),
            (format!("{good}\n"), BadLeaf::Lines),
            (good.replace("notice\n", ""), BadLeaf::Lines),
            (good.replace("v1", "v2"), BadLeaf::Domain),
            (good.replace('=', "A"), BadLeaf::Commitment),
            (good.replace("notice", "Notice"), BadLeaf::Class),
            (String::new(), BadLeaf::Lines),
        ];
        for (text, why) in cases {
            assert_eq!(Leaf::parse(&text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn salt_event_and_domain_all_bind() {
        let base = Leaf::commit(LeafClass::Case, &Salt::new([1; 32]), b"{}").commitment();
        assert_ne!(base, Leaf::commit(LeafClass::Case, &Salt::new([2; 32]), b"{}").commitment());
        assert_ne!(base, Leaf::commit(LeafClass::Case, &Salt::new([1; 32]), b"{ }").commitment());
        let mut preimage = b"um-event/v1\0".to_vec();
        preimage.extend([1; 32]);
        preimage.extend(b"{}");
        assert_eq!(base, Hash(Sha256::digest(preimage).into()));
        assert_eq!(format!("{:?}", Salt::new([1; 32])), "[secret]");
    }
}
