//! What a policy asks in a form, stated in a text instead: the words that state an item become the answer to it.

use crate::pattern::Pattern;

/// An item of a policy's questionnaire and the words by which a text answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The `linkId`.
    pub item: String,
    /// Any of these answers it.
    pub words: Vec<Pattern>,
    /// A condition or finding with an ICD-10-CM code that begins with one of these answers it too: yes, or no when it is negated.
    pub codes: Vec<String>,
    /// What the words answer.
    pub gives: Gives,
}

/// What the words of a statement answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gives {
    /// Yes; no when the words are negated.
    Yes,
    /// No; nothing when the words are negated.
    No,
    /// The date at the pattern's `@`, when it is known to the day; nothing when the words are negated.
    Date,
    /// The number at the pattern's `#`; nothing when the words are negated.
    Number,
    /// A choice of the item; nothing when the words are negated.
    Code(String),
}
