//! The answer: taken only in the form asked for, and only with quotes that stand where they say.

use crate::prompt::Prompt;
use crate::{Asked, Log, Question};
use base::Hash;
use json::{Document, Limits, Value};
use text::Span;

/// What a model suggests of a criterion. It is not a truth of a finding and becomes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suggested {
    /// Look here: it seems met.
    Met,
    /// Look here: it seems not met.
    NotMet,
    /// It found nothing.
    Unknown,
}

/// A checked answer, for a person to look at. Only this crate makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    suggested: Suggested,
    quotes: Vec<Span>,
}

impl Suggestion {
    /// What is suggested.
    #[must_use]
    pub fn suggested(&self) -> Suggested {
        self.suggested
    }

    /// The words of the document, each inside one sentence of it; none for [`Suggested::Unknown`].
    #[must_use]
    pub fn quotes(&self) -> &[Span] {
        &self.quotes
    }
}

/// Why an answer is not accepted. No word of the document or the answer stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejected {
    /// The body is not a chat completion.
    #[error("the endpoint's answer is no chat completion")]
    Body,
    /// The model did not finish, or refused.
    #[error("the model did not finish its answer")]
    Unfinished,
    /// The content is not of the form asked for.
    #[error("the model's answer has another form than the one asked for")]
    Form,
    /// Met or not met, and no quote.
    #[error("the model answered without a quote")]
    NoQuote,
    /// A quote names a sentence that is not there.
    #[error("quote {0} names a sentence that the document does not have")]
    Sentence(usize),
    /// A quote does not stand in its sentence as it is.
    #[error("quote {0} does not stand in its sentence word for word")]
    Words(usize),
    /// A quote from a sentence that speaks to the reader.
    #[error("quote {0} is of a sentence that speaks to the reader, not of the patient")]
    Barred(usize),
}

impl Rejected {
    /// A code for logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Rejected::Body => "body",
            Rejected::Unfinished => "unfinished",
            Rejected::Form => "form",
            Rejected::NoQuote => "no-quote",
            Rejected::Sentence(_) => "sentence",
            Rejected::Words(_) => "words",
            Rejected::Barred(_) => "barred",
        }
    }
}

/// Most quotes of one answer.
const MOST_QUOTES: usize = 8;

/// Bounds of what is parsed: an answer is small and flat.
fn limits() -> Limits {
    Limits { max_bytes: 1 << 20, max_depth: 32, ..Limits::default() }
}

pub(crate) fn check(question: &Question<'_>, prompt: &Prompt, body: &[u8]) -> Asked {
    let parsed = Document::parse(body.to_vec(), &limits());
    let model = parsed.as_ref().map_or_else(|_| Hash::of(b""), |answer| model(answer.root()));
    let answer = match &parsed {
        Ok(document) => suggestion(question, document.root()),
        Err(_) => Err(Rejected::Body),
    };
    let outcome = answer.as_ref().map_or_else(|rejected| rejected.code(), |_| "accepted").to_owned();
    Asked { log: Log { prompt: prompt.hash(), model, answer: Hash::of(body), outcome }, answer }
}

/// Name and fingerprint as the server gave them, each ended by a line end so that neither can pass for the other.
fn model(answer: Value<'_>) -> Hash {
    let part = |key: &str| answer.get(key).and_then(|v| v.as_str().map(|s| s.into_owned())).unwrap_or_default();
    Hash::of(format!("{}\n{}\n", part("model"), part("system_fingerprint")).as_bytes())
}

fn suggestion(question: &Question<'_>, answer: Value<'_>) -> Result<Suggestion, Rejected> {
    let choice = answer.get("choices").and_then(|c| c.at(0)).ok_or(Rejected::Body)?;
    if choice.get("finish_reason").is_some_and(|r| !r.is_str("stop")) {
        return Err(Rejected::Unfinished);
    }
    let content = choice.get("message").and_then(|m| m.get("content")).and_then(|c| c.as_str()).ok_or(Rejected::Unfinished)?;
    let content = Document::parse(content.trim().as_bytes().to_vec(), &limits()).map_err(|_| Rejected::Form)?;
    let root = content.root();
    let said = root.get("answer").and_then(|a| a.as_str()).ok_or(Rejected::Form)?;
    let suggested = match &*said {
        "met" => Suggested::Met,
        "not-met" => Suggested::NotMet,
        "unknown" => Suggested::Unknown,
        _ => return Err(Rejected::Form),
    };
    let quotes = root.get("quotes").filter(|q| q.kind() == json::Kind::Array).ok_or(Rejected::Form)?;
    if quotes.len() > MOST_QUOTES || root.len() != 2 {
        return Err(Rejected::Form);
    }
    let quotes: Vec<Span> =
        quotes.items().enumerate().map(|(number, quote)| place(question, number, quote)).collect::<Result<_, _>>()?;
    match (suggested, quotes.is_empty()) {
        (Suggested::Unknown, _) => Ok(Suggestion { suggested, quotes: Vec::new() }),
        (_, true) => Err(Rejected::NoQuote),
        (_, false) => Ok(Suggestion { suggested, quotes }),
    }
}

/// Where a quote stands: in the sentence it names, as it is.
fn place(question: &Question<'_>, number: usize, quote: Value<'_>) -> Result<Span, Rejected> {
    let sentence = quote.get("sentence").and_then(|s| s.as_i64()).ok_or(Rejected::Form)?;
    let words = quote.get("words").and_then(|w| w.as_str()).ok_or(Rejected::Form)?;
    let sentence = usize::try_from(sentence).ok().and_then(|i| question.sentences.get(i)).ok_or(Rejected::Sentence(number))?;
    if words.trim().is_empty() {
        return Err(Rejected::Words(number));
    }
    let at = sentence.of(question.text).find(&*words).ok_or(Rejected::Words(number))?;
    let start = sentence.start as usize + at;
    let span = Span::new(start, start + words.len());
    // Looked at a second time in the document itself: what a person will see is what was quoted.
    if question.text.get(span.range()) != Some(&*words) {
        return Err(Rejected::Words(number));
    }
    if question.barred.iter().any(|barred| barred.overlaps(span)) {
        return Err(Rejected::Barred(number));
    }
    Ok(span)
}
