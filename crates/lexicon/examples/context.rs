//! `context FILE [wrong]`: scores a NegEx/ConText set and prints the rows that came out otherwise.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rows: Vec<text::score::context::Row> =
        std::fs::read_to_string(&arguments[1]).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let lexicon = lexicon::builtin().unwrap();
    let outcome = text::score::context::score(&rows, &lexicon);
    for (name, c) in [("negation", outcome.negation), ("historical", outcome.historical), ("hypothetical", outcome.hypothetical)]
    {
        println!("{name}: P {:.3} R {:.3} F1 {:.3} ({} wrong, {} missed)", c.precision(), c.recall(), c.f1(), c.wrong, c.missed);
    }
    if let Some(wanted) = arguments.get(2) {
        for (id, axis, said) in outcome.wrong.iter().filter(|w| w.1 == wanted) {
            let row = rows.iter().find(|r| r.id == *id).unwrap();
            let marked = row.span.map(|(s, e)| format!("{}[[{}]]{}", &row.text[..s], &row.text[s..e], &row.text[e..]));
            if let (Some(_), Some((s, e))) = (arguments.get(3), row.span) {
                let scanned = text::scan::scan(&row.text, &lexicon);
                let (_, cues) = text::assertion::axes_of(&scanned, text::Span::new(s, e));
                cues.iter().for_each(|c| print!("<{:?} {}> ", c.axis, c.span.of(&row.text)));
            }
            println!("{} {axis} {}: {}", id, if *said { "SAID " } else { "MISSED" }, marked.unwrap_or_default());
        }
    }
}
