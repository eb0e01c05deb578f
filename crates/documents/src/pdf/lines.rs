//! From characters on a page to words and lines in the order people read them.

use super::show::Glyph;
use crate::assemble::{Box, Word};

/// A word and its baseline.
#[derive(Debug, Clone)]
struct Placed {
    text: String,
    x: f64,
    y: f64,
    end: f64,
    size: f64,
}

/// Lines of words. Words more than a letter and a half apart stand in columns of their own.
#[must_use]
pub fn lines(glyphs: &[Glyph]) -> Vec<Vec<Word>> {
    let mut words = words(glyphs.iter().filter(|g| !g.turned));
    words.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
    let mut lines: Vec<Vec<Placed>> = Vec::new();
    for word in words {
        match lines.last_mut().filter(|line| same_line(line, &word)) {
            Some(line) => line.push(word),
            None => lines.push(vec![word]),
        }
    }
    let mut out: Vec<Vec<Word>> = Vec::new();
    let mut before: Option<(f64, f64)> = None;
    for mut line in lines {
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
        let size = line.iter().map(|w| w.size).fold(0.0, f64::max);
        let y = line[0].y;
        let apart = before.is_some_and(|(above, tall)| y - above > 1.75 * size.max(tall));
        before = Some((y, size));
        out.push(written(line, apart));
    }
    // Text along the edge of a page reads by itself, after the rest.
    out.extend(turned(glyphs));
    out
}

/// Words in the order of the file: a space, a gap or another baseline ends one.
fn words<'g>(glyphs: impl Iterator<Item = &'g Glyph>) -> Vec<Placed> {
    let mut words: Vec<Placed> = Vec::new();
    let mut open = false;
    for glyph in glyphs {
        if glyph.characters.trim().is_empty() {
            open = false;
            continue;
        }
        let goes_on = open && words.last().is_some_and(|w| joins(w, glyph));
        let end = glyph.x + glyph.width;
        match words.last_mut().filter(|_| goes_on) {
            Some(word) => {
                word.text.push_str(&glyph.characters);
                word.end = word.end.max(end);
                word.size = word.size.max(glyph.size);
            }
            None => {
                words.push(Placed { text: glyph.characters.clone(), x: glyph.x, y: glyph.y, end, size: glyph.size });
            }
        }
        open = true;
    }
    words
}

fn joins(word: &Placed, glyph: &Glyph) -> bool {
    let size = word.size.max(glyph.size).max(1.0);
    let gap = glyph.x - word.end;
    // A raised or lowered small figure belongs to its word ("m2", footnote signs).
    (glyph.y - word.y).abs() < 0.45 * size && gap < 0.17 * size && gap > -0.6 * size
}

fn same_line(line: &[Placed], word: &Placed) -> bool {
    let first = &line[0];
    (word.y - first.y).abs() < 0.4 * first.size.max(word.size).max(1.0)
}

fn written(line: Vec<Placed>, apart: bool) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::with_capacity(line.len());
    let mut end: Option<f64> = None;
    for (i, word) in line.into_iter().enumerate() {
        let gap = end.map_or(0.0, |e| word.x - e);
        end = Some(end.map_or(word.end, |e| e.max(word.end)));
        let top = word.y - 0.8 * word.size;
        out.push(Word {
            at: Box { x: word.x, y: top, width: word.end - word.x, height: word.size },
            wide: gap > 1.5 * word.size,
            apart: i == 0 && apart,
            joined: gap < -0.05 * word.size || i > 0 && gap < 0.05 * word.size,
            quality: 100,
            text: word.text,
        });
    }
    right_to_left(&mut out);
    out
}

/// Scripts that run from right to left are placed as they are seen: runs of such words are turned, and the letters in them.
fn right_to_left(words: &mut [Word]) {
    let of = |w: &Word| {
        let (right, other) = w.text.chars().filter(|c| c.is_alphabetic()).fold((0, 0), |(r, o), c| {
            if matches!(c as u32, 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff) { (r + 1, o) } else { (r, o + 1) }
        });
        right > other
    };
    let mut at = 0;
    while at < words.len() {
        let from = at;
        while at < words.len() && of(&words[at]) {
            at += 1;
        }
        if at > from {
            let (apart, wide) = (words[from].apart, words[from].wide);
            for word in &mut words[from..at] {
                word.text = word.text.chars().rev().collect();
                (word.apart, word.wide) = (false, false);
            }
            words[from..at].reverse();
            (words[from].apart, words[from].wide) = (apart, wide);
        }
        at += 1;
    }
}

/// Turned text: one line for each run along one direction.
fn turned(glyphs: &[Glyph]) -> Vec<Vec<Word>> {
    let mut out: Vec<Vec<Word>> = Vec::new();
    let mut before: Option<&Glyph> = None;
    let mut text_open = false;
    for glyph in glyphs.iter().filter(|g| g.turned) {
        let near = before.is_some_and(|b| {
            let (dx, dy) = ((glyph.x - b.x).abs(), (glyph.y - b.y).abs());
            dx.min(dy) < 0.5 * glyph.size && dx.max(dy) < 3.0 * glyph.size + b.width
        });
        before = Some(glyph);
        if !near {
            out.push(Vec::new());
            text_open = false;
        }
        if glyph.characters.trim().is_empty() {
            text_open = false;
            continue;
        }
        let Some(line) = out.last_mut() else { continue };
        let at = Box { x: glyph.x - glyph.size / 2.0, y: glyph.y - glyph.size / 2.0, width: glyph.size, height: glyph.size };
        match line.last_mut().filter(|_| text_open) {
            Some(word) => {
                word.text.push_str(&glyph.characters);
                word.at = word.at.join(at);
            }
            None => {
                line.push(Word { text: glyph.characters.clone(), at, quality: 100, wide: false, apart: false, joined: false })
            }
        }
        text_open = true;
    }
    out.retain(|line| !line.is_empty());
    out
}
