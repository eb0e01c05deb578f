//! What can be completed at the prompt.

/// Words of the language and functions that are typed often.
const WORDS: &[&str] = &[
    "after",
    "aggregate",
    "AgeInYears()",
    "AgeInYearsAt(",
    "AllTrue(",
    "and",
    "AnyTrue(",
    "as",
    "asc",
    "Avg(",
    "before",
    "between",
    "case",
    "cast",
    "code",
    "codesystem",
    "Coalesce(",
    "collapse",
    "Concept",
    "concept",
    "contains",
    "context Patient",
    "convert",
    "Count(",
    "date from",
    "DateTime(",
    "days",
    "define",
    "define function",
    "desc",
    "difference in",
    "distinct",
    "duration in",
    "during",
    "else",
    "end of",
    "ends",
    "exists",
    "expand",
    "First(",
    "flatten",
    "from",
    "hours",
    "if",
    "implies",
    "in",
    "include",
    "included in",
    "includes",
    "IndexOf(",
    "intersect",
    "Interval[",
    "is",
    "is not null",
    "is null",
    "Last(",
    "Length(",
    "let",
    "List",
    "Lower(",
    "Max(",
    "maximum",
    "Median(",
    "Message(",
    "Min(",
    "minimum",
    "mod",
    "months",
    "not",
    "Now()",
    "null",
    "on or after",
    "on or before",
    "or",
    "overlaps",
    "parameter",
    "per",
    "predecessor of",
    "return",
    "Round(",
    "same day as",
    "singleton from",
    "sort by",
    "Split(",
    "start of",
    "starts",
    "StartsWith(",
    "StdDev(",
    "Substring(",
    "successor of",
    "such that",
    "Sum(",
    "then",
    "Today()",
    "ToQuantity(",
    "ToString(",
    "Tuple {",
    "union",
    "Upper(",
    "using",
    "valueset",
    "where",
    "width of",
    "with",
    "without",
    "within",
    "xor",
    "year from",
    "years",
];

/// The commands of the prompt.
pub const COMMANDS: &[(&str, &str)] = &[
    (":load PATH", "reads libraries (CQL, ELM, FHIR Library, folders); then `include NAME`, or :use NAME"),
    (":use NAME", "opens a loaded library: its own names are known at the prompt"),
    (":data PATH", "reads patients; the first one is asked"),
    (":patient ID", "asks another patient; without ID lists them"),
    (":valuesets PATH", "reads value sets and code systems"),
    (":parameter NAME=VALUE", "gives a parameter a value"),
    (":type EXPRESSION", "says the type, evaluates nothing"),
    (":trace EXPRESSION", "answers with the tree of conditions and resources behind the answer"),
    (":time EXPRESSION", "answers and says how long it took"),
    (":now TIME", "sets the time taken as now; without TIME says it"),
    (":list", "the declarations kept so far"),
    (":forget", "forgets them"),
    (":help", "this list"),
    (":quit", "ends"),
];

/// Where the word under the cursor begins, and what it can become.
pub fn complete(before: &str, names: &[String]) -> (usize, Vec<String>) {
    if before.starts_with(':') && !before.contains(' ') {
        let commands = COMMANDS.iter().map(|(c, _)| c.split(' ').next().unwrap_or(c));
        return (0, commands.filter(|c| c.starts_with(before)).map(|c| format!("{c} ")).collect());
    }
    // Inside a quoted name everything since the quote is the word.
    if before.matches('"').count() % 2 == 1 {
        let start = before.rfind('"').unwrap_or(0);
        let typed = before[start + 1..].to_lowercase();
        let found = names.iter().filter(|n| n.to_lowercase().starts_with(&typed));
        return (start, found.map(|n| format!("\"{n}\"")).collect());
    }
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    let typed = before[start..].to_lowercase();
    if typed.is_empty() {
        return (start, Vec::new());
    }
    let quoted = |name: &String| {
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_numeric());
        if plain { name.clone() } else { format!("\"{name}\"") }
    };
    let names = names.iter().filter(|n| n.to_lowercase().starts_with(&typed)).map(quoted);
    let words = WORDS.iter().filter(|w| w.to_lowercase().starts_with(&typed)).map(|w| (*w).to_owned());
    let mut found: Vec<String> = names.chain(words).collect();
    found.dedup();
    (start, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_names_and_commands_are_completed() {
        let names = ["Initial Population".to_owned(), "Index".to_owned()];
        for (before, start, wanted) in [
            (":lo", 0, ":load "),
            ("1 + ind", 4, "Index"),
            ("exists ini", 7, "\"Initial Population\""),
            ("exists \"Init", 7, "\"Initial Population\""),
            ("singl", 0, "singleton from"),
        ] {
            let (at, found) = complete(before, &names);
            assert_eq!(at, start, "{before}");
            assert!(found.iter().any(|f| f == wanted), "{before}: {found:?}");
        }
        assert!(complete("1 + ", &names).1.is_empty());
    }
}
