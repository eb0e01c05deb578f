//! PDF with a text layer: text in reading order with the box of every word.
//!
//! Of our own make and small: nothing here can panic or run away, because it reads only what text needs, objects when they are asked
//! for, and everything against a budget. Pages that show an image in place of text are named, so that they can be recognized.

mod encoding;
mod file;
mod filter;
mod font;
mod lexer;
mod lines;
mod show;

pub use encoding::WINDOWS;

use crate::assemble::Word;
use crate::fault::{Code, Fault};
use crate::limits::Limits;
use file::File;
use lexer::{Dict, Object};
use show::{Matrix, Show};
use std::collections::HashSet;

/// One page.
#[derive(Debug, Default)]
pub struct Page {
    /// Width and height in points as displayed.
    pub size: (f64, f64),
    /// Lines of words.
    pub lines: Vec<Vec<Word>>,
    /// It shows an image where its text should be.
    pub image: bool,
    /// Its text was laid invisibly under an image by a recognition before.
    pub under_image: bool,
}

/// A read file.
#[derive(Debug, Default)]
pub struct Read {
    /// Pages in order.
    pub pages: Vec<Page>,
    /// What is wrong with single pages.
    pub faults: Vec<Fault>,
    /// Needs a password, or is encrypted in a way that only the renderer knows.
    pub encrypted: bool,
}

/// A page, with what it inherits.
struct Leaf {
    dict: Dict,
    resources: Dict,
    media: [f64; 4],
    turn: i64,
}

/// Reads a PDF.
///
/// # Errors
/// [`Code`] when nothing can be read at all.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Read, Code> {
    let file = File::open(bytes, limits.inflated)?;
    if *file.trailer.get("Encrypt") != Object::Null {
        return Ok(Read { encrypted: true, ..Read::default() });
    }
    let leaves = leaves(&file, limits)?;
    if leaves.is_empty() {
        return Err(Code::Damaged { what: "no pages" });
    }
    let mut show = Show::new(&file);
    let mut read = Read::default();
    let mut text = 0usize;
    for (i, leaf) in leaves.iter().enumerate() {
        let page = match page(&file, &mut show, leaf) {
            Ok(page) => page,
            Err(code @ Code::Inflates { .. }) => return Err(code),
            Err(code) => {
                read.faults.push(Fault { code, page: Some(i as u32 + 1) });
                Page::default()
            }
        };
        text += page.lines.iter().flatten().map(|w| w.text.len() + 1).sum::<usize>();
        if text > limits.text {
            return Err(Code::TooMuch { what: "text" });
        }
        read.pages.push(page);
    }
    Ok(read)
}

/// Every page of the tree, in order.
fn leaves(file: &File<'_>, limits: &Limits) -> Result<Vec<Leaf>, Code> {
    let catalog = file.catalog().ok_or(Code::Damaged { what: "no catalog of pages" })?;
    let root = catalog.dict().map_or(Object::Null, |d| d.get("Pages").clone());
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    let above = Leaf { dict: Dict::default(), resources: Dict::default(), media: [0.0, 0.0, 612.0, 792.0], turn: 0 };
    let mut todo = vec![(root, std::rc::Rc::new(above))];
    while let Some((object, above)) = todo.pop() {
        if let Object::Ref(number) = object
            && !seen.insert(number)
        {
            continue;
        }
        let node = file.resolve(&object);
        let Some(dict) = node.dict() else { continue };
        let leaf = inherit(file, dict, &above);
        let kids = file.get(dict, "Kids");
        if matches!(*kids, Object::Array(_)) {
            let leaf = std::rc::Rc::new(leaf);
            todo.extend(kids.array().iter().rev().map(|kid| (kid.clone(), leaf.clone())));
        } else {
            out.push(leaf);
        }
        if out.len() > limits.pages as usize || todo.len() > limits.pages as usize * 2 + 100_000 {
            return Err(Code::TooManyPages { most: limits.pages });
        }
    }
    Ok(out)
}

fn inherit(file: &File<'_>, dict: &Dict, above: &Leaf) -> Leaf {
    let numbers = |key: &str| {
        let object = file.get(dict, key);
        let list: Vec<f64> = object.array().iter().filter_map(|n| file.resolve(n).number()).collect();
        <[f64; 4]>::try_from(list).ok().map(|[a, b, c, d]| [a.min(c), b.min(d), a.max(c), b.max(d)])
    };
    let media = numbers("CropBox").or_else(|| numbers("MediaBox")).unwrap_or(above.media);
    let resources = file.get(dict, "Resources");
    Leaf {
        dict: dict.clone(),
        resources: resources.dict().unwrap_or(&above.resources).clone(),
        media,
        turn: file.get(dict, "Rotate").number().map_or(above.turn, |n| (n as i64).rem_euclid(360)),
    }
}

/// 200 inches, the largest page PDF 1.7 allows.
const MOST_POINTS: f64 = 14_400.0;

fn page(file: &File<'_>, show: &mut Show<'_, '_>, leaf: &Leaf) -> Result<Page, Code> {
    let [left, bottom, right, top] = leaf.media;
    let (wide, tall) = (right - left, top - bottom);
    if !(1.0..=MOST_POINTS).contains(&wide) || !(1.0..=MOST_POINTS).contains(&tall) {
        return Err(Code::PageSize);
    }
    let (map, size) = match leaf.turn {
        90 => (Matrix([0.0, 1.0, 1.0, 0.0, -bottom, -left]), (tall, wide)),
        180 => (Matrix([-1.0, 0.0, 0.0, 1.0, right, -bottom]), (wide, tall)),
        270 => (Matrix([0.0, -1.0, -1.0, 0.0, top, right]), (tall, wide)),
        _ => (Matrix([1.0, 0.0, 0.0, -1.0, -left, top]), (wide, tall)),
    };
    let contents = file.get(&leaf.dict, "Contents");
    let mut bytes = Vec::new();
    match &*contents {
        Object::Array(parts) => {
            for part in parts {
                bytes.extend(file.data(&file.resolve(part))?);
                bytes.push(b'\n');
            }
        }
        stream => bytes = file.data(stream)?,
    }
    let shown = show.page(&bytes, &leaf.resources, map, wide * tall)?;
    let visible = shown.glyphs.len().saturating_sub(shown.invisible);
    let letters = shown.glyphs.iter().filter(|g| !g.characters.trim().is_empty()).count();
    let unreadable = shown.unknown > letters;
    let image = unreadable || letters < 50 && shown.images > 0.3;
    let under_image = !image && shown.invisible > visible;
    let lines = if unreadable { Vec::new() } else { lines::lines(&shown.glyphs) };
    Ok(Page { size, lines, image, under_image })
}
