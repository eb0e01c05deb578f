//! A language model may say where a document answers a criterion. It suggests; it never decides.
//!
//! What it is for: a criterion that facts leave unknown. An endpoint of the OpenAI chat-completions form is asked about one criterion and
//! one document. Its answer is accepted only if it has the form asked for and every quote stands, character by character, in the sentence
//! it names; then it is a [`Suggestion`] for a person to look at, with the hash of the prompt and of the model beside it. Everything else
//! is [`Rejected`], with a reason. It is off until somebody configures an endpoint.
//!
//! What it deliberately does not know: policies, cases, findings. There is no way from a suggestion to a finding in this crate and no
//! crate that makes findings points here. It does no I/O: the shell posts the bytes ([`Endpoint`]).
//!
//! What a document says to a model is data. A sentence that speaks to the reader can be barred by the caller; a quote from it rejects the
//! whole answer. An answer that obeys such a sentence without quoting it fails for want of a quote that shows it to a person.
//!
//! ```
//! use assist::{Endpoint, NoAnswer, Question, ask};
//! use text::Span;
//!
//! /// Answers as a server did that was recorded.
//! struct Recorded(&'static str);
//! impl Endpoint for Recorded {
//!     fn post(&self, _body: &[u8]) -> Result<Vec<u8>, NoAnswer> {
//!         Ok(self.0.as_bytes().to_vec())
//!     }
//! }
//!
//! let text = "Seen today. He cannot lie flat because of heart failure.";
//! let sentences = [Span::new(0, 11), Span::new(12, 56)];
//! let question = Question { criterion: "Congestive heart failure", text, sentences: &sentences, barred: &[] };
//! let server = Recorded(r#"{"model":"m-1","choices":[{"finish_reason":"stop","message":{"content":
//!   "{\"answer\":\"met\",\"quotes\":[{\"sentence\":1,\"words\":\"because of heart failure\"}]}"}}]}"#);
//! let asked = ask(&server, &question, "m-1")?;
//! let suggestion = asked.answer?;
//! assert_eq!(suggestion.quotes()[0].of(text), "because of heart failure");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
mod prompt;

pub use answer::{Rejected, Suggested, Suggestion};
pub use prompt::{MOST_BYTES, MOST_SENTENCES, Prompt, Unasked};

use base::Hash;
use serde::{Deserialize, Serialize};
use text::Span;

/// One criterion, asked of one document. It holds the document, so it cannot be printed.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The criterion in words.
    pub criterion: &'a str,
    /// The document.
    pub text: &'a str,
    /// Its sentences by place, for example [`text::Reading::sentences`].
    pub sentences: &'a [Span],
    /// What no quote may touch: sentences that speak to the reader.
    pub barred: &'a [Span],
}

/// Who takes a request body to the model and brings the answer's body back. Time limits, size limits and keys are its affair.
pub trait Endpoint {
    /// Posts a chat-completions body.
    ///
    /// # Errors
    /// [`NoAnswer`] when none came.
    fn post(&self, body: &[u8]) -> Result<Vec<u8>, NoAnswer>;
}

/// No answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The endpoint could not be reached, or not in time.
    #[error("the endpoint did not answer ({0}); the criterion stays unknown, a person reads the ranked sentences")]
    Unreached(String),
    /// It answered with another status than success.
    #[error("the endpoint answered with status {0}; the criterion stays unknown")]
    Status(u16),
    /// The question was not put.
    #[error(transparent)]
    Unasked(#[from] Unasked),
}

/// What is kept of every question, answered or not: no word of the document, only hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// SHA-256 of the request body, which holds the whole prompt and its settings.
    pub prompt: Hash,
    /// SHA-256 over the name of the model as the server gave it and the fingerprint of its system, so far as it gave them.
    pub model: Hash,
    /// SHA-256 of the answer's body.
    pub answer: Hash,
    /// `accepted`, or the code of the rejection.
    pub outcome: String,
}

/// A question that was put, with what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What is to be logged.
    pub log: Log,
    /// The suggestion, or why there is none.
    pub answer: Result<Suggestion, Rejected>,
}

/// Asks a model about a criterion and checks its answer.
///
/// # Errors
/// [`NoAnswer`] when the question could not be put or no answer came. An answer that is not accepted is no error, see [`Asked::answer`].
pub fn ask(endpoint: &impl Endpoint, question: &Question<'_>, model: &str) -> Result<Asked, NoAnswer> {
    let prompt = Prompt::new(question, model)?;
    let body = endpoint.post(prompt.body())?;
    Ok(answer::check(question, &prompt, &body))
}
