//! C-CDA (HL7 CDA R2): the narrative of each section as text, its coded entries apart.

use crate::fault::Code;
use crate::html;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::{Deserialize, Serialize};
use text::PartialDate;

/// A coded statement of an entry, as the sender wrote it. It is a claim of the sender's system, kept apart from what the text says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coded {
    /// Title of the section it stands in.
    pub section: String,
    /// `observation`, `substanceAdministration`, `procedure`, `act`, `encounter`, `supply`.
    pub statement: String,
    /// `EVN` happened, `INT` intended, `RQO` requested.
    pub mood: String,
    /// The statement is that it is not so.
    pub negated: bool,
    /// What: code, system as OID, display, of the statement or of the material it gives.
    pub code: Option<Concept>,
    /// Its coded value.
    pub value: Option<Concept>,
    /// Its measured value and unit, as written.
    pub quantity: Option<(String, String)>,
    /// When it was or began, as far as it is known.
    pub at: Option<PartialDate>,
    /// `completed`, `active`.
    pub status: String,
}

/// A code.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Concept {
    /// The code.
    pub code: String,
    /// Its system, an OID.
    pub system: String,
    /// Its name.
    pub display: String,
}

/// What a C-CDA gives.
#[derive(Debug, Default)]
pub struct Read {
    /// The text.
    pub text: String,
    /// Its entries.
    pub coded: Vec<Coded>,
    /// When it was made.
    pub written: Option<PartialDate>,
}

const STATEMENTS: [&[u8]; 6] = [b"observation", b"substanceAdministration", b"procedure", b"act", b"encounter", b"supply"];
/// Elements within elements.
const DEEPEST: usize = 256;
/// Entries at most.
const MOST_ENTRIES: usize = 50_000;

#[derive(Default)]
struct State {
    read: Read,
    path: Vec<Vec<u8>>,
    section: String,
    open: Vec<Coded>,
    depth_of_open: Vec<usize>,
    /// Depth of the narrative, of a title that is read.
    narrative: Option<usize>,
    title: Option<(usize, String)>,
}

/// Reads a C-CDA document.
///
/// # Errors
/// [`Code::Xml`] where the XML is damaged; [`Code::TooMuch`] beyond a limit.
pub fn read(xml: &str) -> Result<Read, Code> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut state = State::default();
    loop {
        let event = reader.read_event().map_err(|_| Code::Xml { at: reader.buffer_position() })?;
        match event {
            Event::Start(start) => state.start(&start)?,
            Event::End(_) => state.end(),
            Event::Text(text) => state.text(&String::from_utf8_lossy(&text)),
            Event::CData(text) => state.text(&String::from_utf8_lossy(&text)),
            Event::GeneralRef(name) => {
                let c = html::entity(&String::from_utf8_lossy(&name)).unwrap_or(' ');
                state.text(c.encode_utf8(&mut [0; 4]));
            }
            Event::Eof if state.path.is_empty() => return Ok(state.read),
            Event::Eof => return Err(Code::Xml { at: reader.buffer_position() }),
            _ => {}
        }
    }
}

impl State {
    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), Code> {
        let name = start.local_name().as_ref().to_vec();
        let above = self.path.last().cloned().unwrap_or_default();
        self.path.push(name.clone());
        let depth = self.path.len();
        if depth > DEEPEST {
            return Err(Code::TooMuch { what: "elements within elements" });
        }
        if self.narrative.is_some() {
            self.narrative_start(&name);
            return Ok(());
        }
        match name.as_slice() {
            b"title" if above == b"ClinicalDocument" || above == b"section" => self.title = Some((depth, String::new())),
            b"text" if above == b"section" => self.narrative = Some(depth),
            b"effectiveTime" if above == b"ClinicalDocument" => self.read.written = date(&attribute(start, "value")),
            _ if STATEMENTS.contains(&name.as_slice()) => {
                if self.read.coded.len() + self.open.len() >= MOST_ENTRIES {
                    return Err(Code::TooMuch { what: "entries" });
                }
                self.open.push(Coded {
                    section: self.section.clone(),
                    statement: String::from_utf8_lossy(&name).into_owned(),
                    mood: attribute(start, "moodCode"),
                    negated: attribute(start, "negationInd") == "true",
                    ..Coded::default()
                });
                self.depth_of_open.push(depth);
            }
            _ => self.entry(&name, &above, start),
        }
        Ok(())
    }

    /// What an element says of the innermost open statement.
    fn entry(&mut self, name: &[u8], above: &[u8], start: &BytesStart<'_>) {
        let (Some(open), Some(depth)) = (self.open.last_mut(), self.depth_of_open.last()) else { return };
        let own = self.path.len() == depth + 1;
        let concept = || {
            let (code, system) = (attribute(start, "code"), attribute(start, "codeSystem"));
            (!code.is_empty()).then(|| Concept { code, system, display: attribute(start, "displayName") })
        };
        match name {
            b"code" if own => open.code = concept().or(open.code.take()),
            b"code" if above == b"manufacturedMaterial" || above == b"playingEntity" => {
                open.code = concept().or(open.code.take())
            }
            b"translation" if open.code.is_none() && above == b"code" => open.code = concept(),
            b"statusCode" if own => open.status = attribute(start, "code"),
            b"effectiveTime" if own => open.at = open.at.or(date(&attribute(start, "value"))),
            b"low" if above == b"effectiveTime" => open.at = open.at.or(date(&attribute(start, "value"))),
            b"value" if own => {
                open.value = concept();
                let value = attribute(start, "value");
                if !value.is_empty() {
                    open.quantity = Some((value, attribute(start, "unit")));
                }
            }
            _ => {}
        }
    }

    fn narrative_start(&mut self, name: &[u8]) {
        let out = &mut self.read.text;
        match name {
            b"paragraph" | b"br" | b"tr" | b"table" | b"list" | b"caption" => line(out),
            b"item" => {
                line(out);
                out.push_str("- ");
            }
            b"td" | b"th" if !out.ends_with('\n') => out.push_str("   "),
            _ => {}
        }
    }

    fn end(&mut self) {
        let depth = self.path.len();
        let name = self.path.pop().unwrap_or_default();
        if self.narrative == Some(depth) {
            self.narrative = None;
            line(&mut self.read.text);
            self.read.text.push('\n');
        }
        if self.narrative.is_some() && matches!(name.as_slice(), b"paragraph" | b"tr" | b"item" | b"table" | b"list" | b"caption")
        {
            line(&mut self.read.text);
        }
        if let Some((_, title)) = self.title.take_if(|(at, _)| *at == depth) {
            let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
            line(&mut self.read.text);
            self.read.text.push_str(&title);
            self.read.text.push_str(if self.path.last().is_some_and(|p| p == b"section") { ":\n" } else { "\n\n" });
            self.section = title;
        }
        if self.depth_of_open.last() == Some(&depth) {
            self.depth_of_open.pop();
            let done = self.open.pop().unwrap_or_default();
            if done.code.is_some() || done.value.is_some() || done.quantity.is_some() {
                self.read.coded.push(done);
            }
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, title)) = &mut self.title {
            title.push_str(text);
        } else if self.narrative.is_some() {
            let out = &mut self.read.text;
            for c in text.chars() {
                if !c.is_whitespace() {
                    out.push(c);
                } else if !out.is_empty() && !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
            }
        }
    }
}

fn line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> String {
    let found = start.attributes().flatten().find(|a| a.key.as_ref() == name.as_bytes());
    let Some(found) = found else { return String::new() };
    let raw = String::from_utf8_lossy(&found.value).into_owned();
    quick_xml::escape::unescape(&raw).map(|v| v.into_owned()).unwrap_or(raw)
}

/// A time of HL7 v3: `20260309` and longer or shorter.
fn date(value: &str) -> Option<PartialDate> {
    let number = |from: usize, to: usize| value.get(from..to).and_then(|p| p.parse::<u8>().ok());
    let year = value.get(..4)?.parse().ok()?;
    PartialDate::new(year, number(4, 6), number(6, 8)).or_else(|_| PartialDate::new(year, None, None)).ok()
}
