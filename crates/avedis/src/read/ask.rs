//! `avedis read --ask`: the sentences that answer a question best and, where an endpoint is given, what a language model suggests.

use super::Read;
use crate::Failure;
use assist::{Endpoint, NoAnswer, Question, ask};
use std::fmt::Write as _;
use std::time::Duration;
use text::{Lexicon, Span};

/// Sentences shown of each document.
const SHOWN: usize = 3;
/// Longest answer of an endpoint that is read, in bytes.
const MOST_ANSWER: u64 = 1 << 20;
/// How long an endpoint may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A question about a document, and who else is asked.
pub(super) struct Ask<'a> {
    /// The criterion in words.
    pub criterion: &'a str,
    /// Address of a chat-completions endpoint and the model there; none asks nobody.
    pub model: Option<(&'a str, &'a str)>,
}

struct Http<'a>(&'a str);

impl Endpoint for Http<'_> {
    fn post(&self, body: &[u8]) -> Result<Vec<u8>, NoAnswer> {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        let agent: ureq::Agent = config.into();
        let unreached = |e: ureq::Error| NoAnswer::Unreached(e.to_string());
        let mut response = agent.post(self.0).header("content-type", "application/json").send(body).map_err(unreached)?;
        match response.status().as_u16() {
            200 => response.body_mut().with_config().limit(MOST_ANSWER).read_to_vec().map_err(unreached),
            status => Err(NoAnswer::Status(status)),
        }
    }
}

/// The answer as text.
pub(super) fn answer(question: &Ask<'_>, all: &[Read], lexicon: &Lexicon) -> Result<String, Failure> {
    let mut out = String::new();
    for (n, read) in all.iter().enumerate() {
        let text = &read.document.text;
        let index = text::rank::Index::of_reading(lexicon, text, &read.reading);
        let _ = writeln!(out, "document {}: the sentences that say most about it", n + 1);
        let hits = index.rank(question.criterion).into_iter().filter(|hit| hit.score > 0.0).take(SHOWN);
        let mut any = false;
        for hit in hits {
            any = true;
            let span = read.reading.sentences[hit.sentence].span;
            let _ = writeln!(out, "  {:>6.2}  bytes {}-{}  {}", hit.score, span.start, span.end, span.of(text).trim());
        }
        if !any {
            out.push_str("  none says anything about it\n");
        }
        if let Some((url, model)) = question.model {
            suggest(&mut out, question.criterion, (url, model), read)?;
        }
    }
    Ok(out)
}

fn suggest(out: &mut String, criterion: &str, (url, model): (&str, &str), read: &Read) -> Result<(), Failure> {
    let text = &read.document.text;
    let sentences: Vec<Span> = read.reading.sentences.iter().map(|sentence| sentence.span).collect();
    let barred: Vec<Span> = sentences.iter().copied().filter(|span| evidence::apart::addressed(span.of(text))).collect();
    let question = Question { criterion, text, sentences: &sentences, barred: &barred };
    let asked = ask(&Http(url), &question, model).map_err(|e| Failure::new(e.to_string()))?;
    match &asked.answer {
        Ok(suggestion) => {
            let _ = writeln!(out, "  a model suggests: {:?}; a person decides. It quotes:", suggestion.suggested());
            for quote in suggestion.quotes() {
                let _ = writeln!(out, "          bytes {}-{}  {}", quote.start, quote.end, quote.of(text));
            }
        }
        Err(rejected) => {
            let _ = writeln!(out, "  the model's answer is not taken: {rejected}");
        }
    }
    let log = serde_json::to_string(&asked.log).map_err(|e| Failure::new(e.to_string()))?;
    let _ = writeln!(out, "  log {log}");
    Ok(())
}
