//! Tesseract's table of words (`tsv`) to lines of words.

use crate::ocr::{Line, Recognized, Seen};

/// Reads the table of one page. Rows that do not parse are passed over.
#[must_use]
pub fn read(table: &str) -> Recognized {
    let mut page = Recognized::default();
    let mut line_of: Option<[u32; 3]> = None;
    for row in table.lines().skip(1) {
        let mut cells = row.splitn(12, '\t');
        let mut number = || cells.next().and_then(|c| c.parse::<i64>().ok()).map(|n| u32::try_from(n.max(0)).unwrap_or(0));
        let numbers: Vec<u32> = (0..10).map_while(|_| number()).collect();
        let [level, _, block, paragraph, line, _, x, y, width, height] = numbers[..] else { continue };
        let (confidence, text) = (cells.next().and_then(|c| c.parse::<f32>().ok()), cells.next().unwrap_or_default());
        if level == 1 {
            page.size = (width, height);
        }
        if level != 5 || text.trim().is_empty() {
            continue;
        }
        let here = [block, paragraph, line];
        if line_of != Some(here) {
            let apart = line_of.is_some_and(|before| before[..2] != here[..2]);
            page.lines.push(Line { apart, words: Vec::new() });
            line_of = Some(here);
        }
        let quality = confidence.unwrap_or(0.0).clamp(0.0, 100.0).round() as u8;
        if let Some(line) = page.lines.last_mut() {
            line.words.push(Seen { text: text.trim().to_owned(), at: [x, y, width, height], quality });
        }
    }
    page.lines = rows(page.lines);
    page
}

/// Cells of a table may come column by column; lines at the same height become one line again, unless both belong to columns of prose.
fn rows(lines: Vec<Line>) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for line in lines {
        let host = out.iter_mut().rev().take(60).find(|above| beside(above, &line));
        match host {
            Some(host) => {
                host.words.extend(line.words);
                host.words.sort_by_key(|w| w.at[0]);
            }
            None => out.push(line),
        }
    }
    let top = |line: &Line| line.words.iter().map(|w| w.at[1]).min().unwrap_or(0);
    // Prose in columns keeps the order of its blocks; otherwise the page reads from its top.
    if out.len() > 1 && !out.windows(2).any(|pair| prose(&pair[0]) && prose(&pair[1]) && top(&pair[1]) + 60 < top(&pair[0])) {
        out.sort_by_key(top);
    }
    out
}

/// Words of a line of prose at least.
const PROSE: usize = 7;

fn prose(line: &Line) -> bool {
    line.words.len() >= PROSE
}

/// Two lines at one height that do not overlap from side to side.
fn beside(a: &Line, b: &Line) -> bool {
    let ((ax, ay, ar, ab), (bx, by, br, bb)) = (bounds(a), bounds(b));
    let common = ab.min(bb).saturating_sub(ay.max(by));
    let level = common * 10 > 6 * (ab - ay).min(bb - by) && (ab - ay).max(bb - by) < 3 * (ab - ay).min(bb - by).max(1);
    let apart = ar <= bx || br <= ax;
    level && apart && !(prose(a) && prose(b))
}

fn bounds(line: &Line) -> (u32, u32, u32, u32) {
    line.words.iter().fold((u32::MAX, u32::MAX, 0, 0), |(x, y, r, b), w| {
        (x.min(w.at[0]), y.min(w.at[1]), r.max(w.at[0] + w.at[2]), b.max(w.at[1] + w.at[3]))
    })
}
