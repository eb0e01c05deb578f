//! The words of CQL and what they may stand for.

use crate::ir::Precision;

/// Every word that is a literal of the grammar, sorted. None of them can be an alias without quotes.
const KEYWORDS: &[&str] = &[
    "Choice",
    "Code",
    "Concept",
    "Interval",
    "List",
    "Tuple",
    "after",
    "aggregate",
    "all",
    "and",
    "as",
    "asc",
    "ascending",
    "before",
    "between",
    "by",
    "called",
    "case",
    "cast",
    "code",
    "codesystem",
    "codesystems",
    "collapse",
    "concept",
    "contains",
    "context",
    "convert",
    "date",
    "day",
    "days",
    "default",
    "define",
    "desc",
    "descending",
    "difference",
    "display",
    "distinct",
    "div",
    "duration",
    "during",
    "else",
    "end",
    "ends",
    "except",
    "exists",
    "expand",
    "false",
    "flatten",
    "from",
    "function",
    "hour",
    "hours",
    "if",
    "implies",
    "in",
    "include",
    "included",
    "includes",
    "intersect",
    "is",
    "less",
    "let",
    "library",
    "maximum",
    "meets",
    "millisecond",
    "milliseconds",
    "minimum",
    "minute",
    "minutes",
    "mod",
    "month",
    "months",
    "more",
    "not",
    "null",
    "occurs",
    "of",
    "on",
    "or",
    "overlaps",
    "parameter",
    "per",
    "point",
    "predecessor",
    "private",
    "properly",
    "public",
    "return",
    "same",
    "second",
    "seconds",
    "singleton",
    "sort",
    "start",
    "starting",
    "starts",
    "successor",
    "such",
    "than",
    "that",
    "then",
    "time",
    "timezone",
    "timezoneoffset",
    "to",
    "true",
    "union",
    "using",
    "valueset",
    "version",
    "week",
    "weeks",
    "when",
    "where",
    "width",
    "with",
    "within",
    "without",
    "xor",
    "year",
    "years",
];

/// Words that can never be a name where an expression begins: they are operators, clauses or literals.
const RESERVED: &[&str] = &[
    "and",
    "as",
    "asc",
    "ascending",
    "between",
    "by",
    "case",
    "cast",
    "collapse",
    "convert",
    "define",
    "desc",
    "descending",
    "distinct",
    "div",
    "else",
    "except",
    "exists",
    "expand",
    "false",
    "flatten",
    "from",
    "if",
    "implies",
    "in",
    "included",
    "intersect",
    "is",
    "let",
    "mod",
    "not",
    "null",
    "of",
    "or",
    "per",
    "properly",
    "return",
    "sort",
    "such",
    "that",
    "then",
    "to",
    "true",
    "union",
    "when",
    "where",
    "with",
    "without",
    "xor",
];

/// Is this word a literal of the grammar?
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}

/// Can this word never name anything where an expression begins?
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// `year` ... `millisecond`.
pub(crate) fn precision(word: &str) -> Option<Precision> {
    Some(match word {
        "year" => Precision::Year,
        "month" => Precision::Month,
        "week" => Precision::Week,
        "day" => Precision::Day,
        "hour" => Precision::Hour,
        "minute" => Precision::Minute,
        "second" => Precision::Second,
        "millisecond" => Precision::Millisecond,
        _ => return None,
    })
}

/// `years` ... `milliseconds`.
pub(crate) fn plural_precision(word: &str) -> Option<Precision> {
    word.strip_suffix('s').and_then(precision)
}

/// Either form, as a calendar word of a quantity.
pub(crate) fn any_precision(word: &str) -> Option<Precision> {
    precision(word).or_else(|| plural_precision(word))
}

#[cfg(test)]
mod tests {
    #[test]
    fn word_lists_are_sorted() {
        assert!(super::KEYWORDS.is_sorted());
        assert!(super::RESERVED.is_sorted());
    }
}
