//! The documents that were read: their text with the words that criteria rest on marked, their pages with the same words boxed, and
//! those that nobody could read.

use super::Opened as Open;
use crate::problem::Problem;
use base::Hash;
use case::Truth;
use case::finding::{Evidence, Finding, Findings, Quote, ReadDocument, Standing};
use evidence::Opened;
use std::collections::BTreeMap;
use text::rank::Index;
use text::{OcrWord, Span};

/// Text shown of documents beyond the pages that bear evidence, in bytes; the whole is in the file.
const MOST_TEXT: usize = 200_000;
/// Most pages drawn.
const MOST_PICTURES: usize = 12;
/// Most documents whose sentences are ranked for what is open, and the longest of them in bytes.
const MOST_LINES: usize = 8;
const MOST_RANKED: usize = 100_000;
/// A sentence that shares less than this with a criterion is not worth a look.
const LEAST_SCORE: f64 = 0.25;
/// Most words drawn on one page.
const MOST_WORDS: usize = 4_000;

/// What was read.
pub(crate) struct Papers {
    /// Each document that was opened.
    pub papers: Vec<Paper>,
    /// Those that could not be read, with the reason.
    pub unread: Vec<Unread>,
    anchors: BTreeMap<Place, (String, Weight)>,
    lines: BTreeMap<String, Vec<(Place, String)>>,
}

/// A document.
pub(crate) struct Paper {
    /// What it is, in words.
    pub title: String,
    /// How well it was read; empty for text that was never an image.
    pub quality: String,
    /// SHA-256 of its bytes, as in its address.
    pub hash: String,
    /// Its pages, those without evidence only while there is room.
    pub pages: Vec<Page>,
    /// Some pages were left out.
    pub cut: bool,
}

/// A page.
pub(crate) struct Page {
    /// Its number; none when the document has no pages.
    pub number: Option<u32>,
    /// Its text, marked and unmarked by turns.
    pub pieces: Vec<Piece>,
    /// The page as it looks, when something on it is marked.
    pub picture: Option<Picture>,
}

/// A part of a page's text.
pub(crate) struct Piece {
    /// Its words.
    pub text: String,
    /// Where links to it point.
    pub anchors: Vec<String>,
    /// The class of its mark; empty when it bears no evidence.
    pub class: &'static str,
}

/// A page as it looks: in points from the upper left corner.
pub(crate) struct Picture {
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
    /// The file itself, when a browser can show it as an image.
    pub image: bool,
    /// Words where they stand; none when the image shows them.
    pub words: Vec<Word>,
    /// Boxes around the words that are marked.
    pub boxes: Vec<Mark>,
}

/// A word on a page.
pub(crate) struct Word {
    /// Its characters.
    pub text: String,
    /// x, base line, width, height.
    pub at: [u16; 4],
}

/// A box on a page.
pub(crate) struct Mark {
    /// x, y, width, height.
    pub at: [u16; 4],
    /// Class of the mark.
    pub class: &'static str,
}

/// A document that could not be read.
pub(crate) struct Unread {
    /// SHA-256 of its bytes.
    pub hash: String,
    /// Media type as sent.
    pub media_type: String,
    /// Why, with what to do next.
    pub reason: String,
}

/// Document, part, first and last byte.
type Place = (Hash, u32, u32, u32);

/// What marked words count for; of two on the same words the later counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Look,
    Suggests,
    Proves,
    Contradicts,
}

impl Weight {
    const fn class(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Suggests => "suggests",
            Self::Proves => "proves",
            Self::Contradicts => "contradicts",
        }
    }
}

impl Papers {
    /// What was read for the findings of a case.
    pub(crate) fn read(open: &Open<'_>) -> Result<Self, Problem> {
        let findings: Vec<_> = open.case.lines.values().filter_map(|line| line.findings.as_deref()).collect();
        let mut papers = Self { papers: Vec::new(), unread: Vec::new(), anchors: BTreeMap::new(), lines: BTreeMap::new() };
        papers.find_anchors(findings.iter().flat_map(|findings| &findings.criteria));
        let mut seen: Vec<&ReadDocument> = Vec::new();
        for document in findings.iter().filter_map(|f| f.reading.as_ref()).flat_map(|reading| &reading.documents) {
            if seen.iter().any(|known| known.document == document.document) {
                continue;
            }
            seen.push(document);
            if let Some(unread) = &document.unread {
                let (hash, media_type) = (document.document.to_string(), document.media_type.clone());
                papers.unread.push(Unread { hash, media_type, reason: unread.reason.clone() });
            }
        }
        let mut opened = Vec::new();
        for hash in seen.iter().flat_map(|document| &document.opened) {
            let stored = open.visit.platform().store.document(open.tenant, hash)?;
            opened.extend(stored.and_then(|stored| Opened::from_bytes(&stored.bytes).ok()));
        }
        papers.look_for(findings.iter().flat_map(|findings| unsettled(findings)), &opened);
        for (number, (anchor, _)) in papers.anchors.values_mut().enumerate() {
            *anchor = format!("w{}", number + 1);
        }
        let mut room = Room { text: MOST_TEXT, pictures: MOST_PICTURES };
        for opened in &opened {
            let paper = papers.paper(opened, &mut room);
            papers.papers.push(paper);
        }
        Ok(papers)
    }

    /// For criteria that nothing settles: the sentence of each document that says most about it.
    fn look_for<'a>(&mut self, findings: impl Iterator<Item = &'a Finding>, opened: &[Opened]) {
        let Ok(lexicon) = workflow::lexicon() else { return };
        let few = opened.iter().filter(|one| one.text.expose().len() <= MOST_RANKED).take(MOST_LINES);
        let read = few.filter_map(|one| {
            let input = text::Input { text: one.text.expose(), ..text::Input::default() };
            text::read(lexicon, &input).ok().map(|reading| (one, reading))
        });
        let read: Vec<_> = read.collect();
        let indexes: Vec<_> =
            read.iter().map(|(one, reading)| (one, reading, Index::of_reading(lexicon, one.text.expose(), reading))).collect();
        for finding in findings {
            for (one, reading, index) in &indexes {
                let best = index.rank(&finding.title).into_iter().next().filter(|hit| hit.score > LEAST_SCORE);
                let Some(span) = best.and_then(|hit| reading.sentences.get(hit.sentence)).map(|sentence| sentence.span) else {
                    continue;
                };
                let place = (one.document, one.part, span.start, span.end);
                self.anchors.entry(place).or_insert_with(|| (String::new(), Weight::Look));
                let words = span.of(one.text.expose()).trim().to_owned();
                self.lines.entry(finding.id.clone()).or_default().push((place, words));
            }
        }
    }

    /// Sentences that say most about a criterion which nothing settles, with where links to them point.
    pub(crate) fn lines(&self, criterion: &str) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.lines.get(criterion).into_iter().flatten();
        lines.filter_map(|(place, words)| Some((self.anchors.get(place)?.0.as_str(), words.as_str())))
    }

    fn find_anchors<'a>(&mut self, findings: impl Iterator<Item = &'a Finding>) {
        for finding in findings {
            let standing = finding.text.as_ref().map(|text| text.standing);
            let own = if standing == Some(Standing::Contradicts) { Weight::Contradicts } else { Weight::Proves };
            self.mark(&finding.evidence, own);
            if let Some(text) = &finding.text {
                let weight = if text.standing == Standing::Contradicts { Weight::Contradicts } else { Weight::Suggests };
                self.mark(&text.evidence, weight);
            }
        }
    }

    fn mark(&mut self, evidence: &[Evidence], weight: Weight) {
        for quote in evidence.iter().filter_map(|one| one.quote.as_ref()) {
            let known = self.anchors.entry(place(quote)).or_insert_with(|| (String::new(), weight));
            known.1 = known.1.max(weight);
        }
    }

    /// Where a link to the words of a quote points.
    pub(crate) fn anchor(&self, quote: &Quote) -> Option<&str> {
        self.anchors.get(&place(quote)).map(|(anchor, _)| anchor.as_str())
    }

    fn paper(&self, opened: &Opened, room: &mut Room) -> Paper {
        let from = (opened.document, opened.part, 0, 0);
        let marks: Vec<(Span, &str, Weight)> = self
            .anchors
            .range(from..)
            .take_while(|((document, part, ..), _)| (*document, *part) == (opened.document, opened.part))
            .map(|((.., start, end), (anchor, weight))| (Span { start: *start, end: *end }, anchor.as_str(), *weight))
            .collect();
        let text = opened.text.expose();
        let mut pages = Vec::new();
        let mut cut = false;
        for (n, span) in page_spans(opened).into_iter().enumerate() {
            let on_page: Vec<_> = marks.iter().filter(|(mark, ..)| mark.overlaps(span)).copied().collect();
            if on_page.is_empty() && room.text < span.range().len() {
                cut = true;
                continue;
            }
            room.text = room.text.saturating_sub(span.range().len());
            let picture = if on_page.is_empty() || room.pictures == 0 { None } else { picture(opened, n, span, &on_page) };
            room.pictures -= usize::from(picture.is_some());
            let number = (opened.pages.len() > 1).then(|| u32::try_from(n + 1).unwrap_or(u32::MAX));
            pages.push(Page { number, pieces: pieces(text, span, &on_page), picture });
        }
        let mut title = if opened.kind.is_empty() { "document".to_owned() } else { opened.kind.replace('-', " ") };
        if let Some(written) = opened.written {
            title = format!("{title} of {written}");
        }
        let quality = if opened.scanned { format!("recognized from an image at {} %", opened.quality) } else { String::new() };
        Paper { title: crate::words::sentence(&title), quality, hash: opened.document.to_string(), pages, cut }
    }
}

/// Leaves of a policy that nothing settles, while the whole is not met.
fn unsettled(findings: &Findings) -> impl Iterator<Item = &Finding> {
    let open = findings.root != Truth::Met;
    let leaf = |finding: &&Finding| !findings.criteria.iter().any(|other| other.parent.as_deref() == Some(finding.id.as_str()));
    let silent = |finding: &&Finding| finding.truth == Truth::Unknown && finding.text.is_none();
    findings.criteria.iter().filter(move |_| open).filter(silent).filter(leaf)
}

/// What there is still room for.
struct Room {
    text: usize,
    pictures: usize,
}

fn place(quote: &Quote) -> Place {
    (quote.document, quote.part, quote.start, quote.end)
}

fn page_spans(opened: &Opened) -> Vec<Span> {
    let end = u32::try_from(opened.text.expose().len()).unwrap_or(u32::MAX);
    let mut starts = opened.pages.clone();
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([end]);
    starts.iter().zip(ends).map(|(start, end)| Span { start: *start, end: end.max(*start) }).collect()
}

/// A page's text cut where marks begin and end.
fn pieces(text: &str, page: Span, marks: &[(Span, &str, Weight)]) -> Vec<Piece> {
    let mut cuts = vec![page.start, page.end];
    for (mark, ..) in marks {
        cuts.extend([mark.start.clamp(page.start, page.end), mark.end.clamp(page.start, page.end)]);
    }
    cuts.sort_unstable();
    cuts.dedup();
    let piece = |pair: &[u32]| {
        let span = Span { start: pair[0], end: pair[1] };
        let here = || marks.iter().filter(move |(mark, ..)| mark.overlaps(span));
        // Of a quote that goes over two pages the first page holds the place.
        let anchors = here().filter(|(mark, ..)| mark.start == span.start).map(|(_, anchor, _)| (*anchor).to_owned());
        let class = here().map(|(.., weight)| *weight).max().map_or("", Weight::class);
        let text = text.get(span.range()).unwrap_or_default();
        let text = text.trim_start_matches('\u{c}').to_owned();
        Piece { text, anchors: anchors.collect(), class }
    };
    cuts.windows(2).map(piece).collect()
}

/// The page as it looks, with boxes around what is marked; none for text that was never laid out.
fn picture(opened: &Opened, page: usize, span: Span, marks: &[(Span, &str, Weight)]) -> Option<Picture> {
    let [width, height] = *opened.sizes.get(page)?;
    let from = opened.words.partition_point(|word| word.span.end <= span.start);
    let here: Vec<&OcrWord> = opened.words[from..].iter().take_while(|word| word.span.start < span.end).collect();
    if here.is_empty() || width == 0 || height == 0 {
        return None;
    }
    let weight = |word: &OcrWord| marks.iter().filter(|(mark, ..)| mark.overlaps(word.span)).map(|(.., weight)| *weight).max();
    let boxes = here.iter().filter_map(|word| weight(word).map(|weight| Mark { at: word.at, class: weight.class() }));
    let boxes = boxes.collect();
    let image = opened.sizes.len() == 1 && matches!(opened.media_type.as_str(), "image/png" | "image/jpeg");
    let text = opened.text.expose();
    let drawn = |word: &&OcrWord| {
        let [x, y, w, h] = word.at;
        // Letters stand on a line at about four fifths of the height of their box.
        let line = y.saturating_add(h.saturating_mul(4) / 5);
        Word { text: word.span.of(text).to_owned(), at: [x, line, w.max(1), h.max(1)] }
    };
    let words = if image { Vec::new() } else { here.iter().take(MOST_WORDS).map(drawn).collect() };
    Some(Picture { width, height, image, words, boxes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_page_are_the_page() {
        let text = "SpO₂ 86 % at rest.\nNo edema.";
        let whole = Span::new(0, text.len());
        let at = |words: &str| {
            let start = text.find(words).unwrap();
            Span::new(start, start + words.len())
        };
        let marks = [
            (at("SpO₂ 86 %"), "w1", Weight::Proves),
            (at("86 % at"), "w2", Weight::Contradicts),
            (at("edema"), "w3", Weight::Suggests),
        ];
        let pieces = pieces(text, whole, &marks);
        let joined: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(joined, text);
        let shown: Vec<_> = pieces.iter().map(|piece| (piece.text.as_str(), piece.class, piece.anchors.join(" "))).collect();
        assert_eq!(
            shown,
            [
                ("SpO₂ ", "proves", "w1".to_owned()),
                ("86 %", "contradicts", "w2".to_owned()),
                (" at", "contradicts", String::new()),
                (" rest.\nNo ", "", String::new()),
                ("edema", "suggests", "w3".to_owned()),
                (".", "", String::new()),
            ]
        );
    }
}
