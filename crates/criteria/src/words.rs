//! The words by which documents answer a policy's items, as `policy.toml` writes them: read and checked.

use std::collections::BTreeSet;

use evidence::{Gives, Pattern, Statement};

use crate::fault::FaultCode;
use crate::manifest::{Faults, Manifest, StatementEntry};
use crate::policy::TextRule;

/// The most statements of one policy.
const MOST_STATEMENTS: usize = 500;

/// The policy's rule for text; without `[text]` documents are not read for it.
pub(crate) fn rule(manifest: &Manifest, items: Option<&BTreeSet<String>>, at: &mut Faults<'_>) -> TextRule {
    let Some(entry) = &manifest.text else { return TextRule::default() };
    let least_quality = *entry.minimum_quality.get_ref();
    if least_quality > 100 {
        let message = format!("a quality of {least_quality} per cent is asked for");
        at.at(entry.minimum_quality.span().start, FaultCode::BadValue, message, "0 to 100");
    }
    if let Some(one) = entry.statement.get(MOST_STATEMENTS) {
        at.at(one.span().start, FaultCode::BadValue, "too many statements".to_owned(), "at most 500 a policy");
    }
    let statements = entry.statement.iter().take(MOST_STATEMENTS).map(|one| statement(one.get_ref(), items, at)).collect();
    TextRule { trust: entry.trust, least_quality, statements }
}

fn statement(entry: &StatementEntry, items: Option<&BTreeSet<String>>, at: &mut Faults<'_>) -> Statement {
    let item = entry.item.get_ref();
    if items.is_some_and(|items| !items.contains(item)) {
        let message = format!("a statement answers an item `{item}` that is not in the questionnaire");
        at.at(entry.item.span().start, FaultCode::Dangling, message, "use a linkId of questionnaire.json");
    }
    let mut words = Vec::with_capacity(entry.words.len());
    let mut numbers = 0;
    for written in &entry.words {
        numbers += usize::from(written.get_ref().split_whitespace().any(|word| word == "#"));
        match written.get_ref().parse::<Pattern>() {
            Ok(pattern) => words.push(pattern),
            Err(fault) => at.at(
                written.span().start,
                FaultCode::BadValue,
                format!("`{}`: {fault}", written.get_ref()),
                "words, `word*`, `one|other`, `word?`, `..` for a gap, `#` for a number",
            ),
        }
    }
    if numbers != 0 && (numbers != entry.words.len() || entry.code.is_some()) || entry.words.is_empty() {
        let message = format!("the words for `{item}` give a number in one place and none in another, or there are none");
        at.at(entry.item.span().start, FaultCode::BadValue, message, "`#` stands in every pattern of a statement or in none");
    }
    let gives = match (&entry.code, numbers) {
        (Some(code), _) => Gives::Code(code.clone()),
        (None, 0) => Gives::Yes,
        (None, _) => Gives::Number,
    };
    Statement { item: item.clone(), words, gives }
}
