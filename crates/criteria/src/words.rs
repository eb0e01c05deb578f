//! The words by which documents answer a policy's items, as `policy.toml` writes them: read and checked.

use std::collections::BTreeSet;

use evidence::{Gives, Pattern, Statement};

use crate::fault::FaultCode;
use crate::manifest::{Faults, Manifest, Says, StatementEntry};
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
    let holds = |mark: &str| entry.words.iter().filter(|w| w.get_ref().split_whitespace().any(|word| word == mark)).count();
    let (numbers, dates) = (holds("#"), holds("@"));
    for written in &entry.words {
        match written.get_ref().parse::<Pattern>() {
            Ok(pattern) => words.push(pattern),
            Err(fault) => at.at(
                written.span().start,
                FaultCode::BadValue,
                format!("`{}`: {fault}", written.get_ref()),
                "words, `word*`, `one|other`, `word?`, `..` for a gap, `#` for a number, `@` for a date",
            ),
        }
    }
    let marked = numbers + dates;
    let mixed = marked != 0 && (numbers.max(dates) != entry.words.len() || numbers.min(dates) != 0);
    let doubled = (marked != 0 || entry.answer.is_some()) && entry.code.is_some() || marked != 0 && entry.answer.is_some();
    if mixed || doubled || entry.words.is_empty() && entry.codes.is_empty() {
        let message = format!("the words for `{item}` do not all give the same kind of answer, or there are none");
        let advice = "`#` or `@` stands in every pattern of a statement or in none, and not beside `code` or `answer`";
        at.at(entry.item.span().start, FaultCode::BadValue, message, advice);
    }
    let gives = match (&entry.code, entry.answer) {
        (Some(code), _) => Gives::Code(code.clone()),
        (None, Some(Says::No)) => Gives::No,
        (None, None) if numbers > 0 => Gives::Number,
        (None, None) if dates > 0 => Gives::Date,
        (None, None) => Gives::Yes,
    };
    Statement { item: item.clone(), words, codes: entry.codes.clone(), gives }
}
