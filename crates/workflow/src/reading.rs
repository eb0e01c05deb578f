//! Reading: the documents of a request are opened, read, and become resources that a policy may weigh.
//!
//! What was opened and what was made of it is kept with the case in the same transaction as the findings, under the hashes that the
//! findings name. A replay takes what was opened, never the file: recognition of a scan need not give the same words twice.

use crate::draft::Loose;
use crate::{Error, Platform};
use base::{Hash, TenantId};
use case::Case;
use case::finding::{ReadDocument, Reading, Unread};
use criteria::Policy;
use documents::Limits;
use evidence::{Attachment, DERIVED, Note, OPENED, Opened, People, Read};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use store::NewDocument;
use text::Lexicon;

/// What is read of one document while a requester waits for the answer.
const LIMITS: Limits = Limits { bytes: 32 << 20, pages: 2_000, scans: 40, inflated: 256 << 20, text: 16 << 20, parts: 64 };
/// The most documents read for one case; those past it are reported as unread.
const MOST_DOCUMENTS: usize = 200;

/// The words of medicine of this build.
///
/// # Errors
/// [`Error::Corrupt`] when they do not fit this program, which a build of both together rules out.
pub fn lexicon() -> Result<&'static Lexicon, Error> {
    static LEXICON: OnceLock<Option<Lexicon>> = OnceLock::new();
    let lexicon = LEXICON.get_or_init(|| lexicon::builtin().ok());
    lexicon.as_ref().ok_or(Error::Corrupt("the lexicon of this build cannot be read"))
}

/// A document with what was opened in it.
type Opening = (ReadDocument, Vec<Opened>);
/// A document of the record made of text, and what findings say of it.
pub(crate) type FromText = (json::Document, Reading);

/// The documents of a case. Nothing is opened until a policy asks.
pub(crate) struct Papers<'a> {
    platform: &'a Platform,
    tenant: TenantId,
    /// What earlier findings of the case have read: it is not read again.
    known: BTreeMap<Hash, ReadDocument>,
    documents: &'a [json::Document],
    loose: &'a [Loose],
    read: Option<Vec<(ReadDocument, Vec<Read>)>>,
    keep: Vec<NewDocument>,
}

impl<'a> Papers<'a> {
    pub(crate) fn new(
        platform: &'a Platform,
        tenant: &TenantId,
        case: &Case,
        documents: &'a [json::Document],
        loose: &'a [Loose],
    ) -> Self {
        let findings = case.lines.values().filter_map(|line| line.findings.as_ref());
        let earlier = findings.filter_map(|findings| findings.reading.as_ref()).flat_map(|reading| &reading.documents);
        let known = earlier.filter(|one| one.unread.is_none()).map(|one| (one.document, one.clone())).collect();
        Self { platform, tenant: tenant.clone(), known, documents, loose, read: None, keep: Vec::new() }
    }

    /// What the documents say to a policy; none when there are no documents.
    pub(crate) fn for_policy(&mut self, policy: &Policy) -> Result<Option<FromText>, Error> {
        let lexicon = lexicon()?;
        let read = match self.read.take() {
            Some(read) => read,
            None => self.read_all(lexicon)?,
        };
        let made = made_of(&read, policy, lexicon, self.documents);
        self.read = Some(read);
        let Some((bytes, made)) = made? else { return Ok(None) };
        self.keep(made.1.bundle, DERIVED, bytes);
        Ok(Some(made))
    }

    /// Everything that has to be kept with the findings.
    pub(crate) fn kept(self) -> Vec<NewDocument> {
        self.keep
    }

    fn keep(&mut self, hash: Hash, media_type: &str, bytes: Arc<[u8]>) {
        if !self.keep.iter().any(|known| known.hash == hash) {
            self.keep.push(NewDocument { hash, media_type: media_type.to_owned(), bytes });
        }
    }

    fn read_all(&mut self, lexicon: &Lexicon) -> Result<Vec<(ReadDocument, Vec<Read>)>, Error> {
        let mut out: Vec<(ReadDocument, Vec<Read>)> = Vec::new();
        let attached: Vec<Attachment> = self.documents.iter().flat_map(evidence::attachments).collect();
        for attachment in attached {
            let around = (attachment.author.clone(), attachment.dated);
            let bytes = match attachment.bytes {
                Ok(bytes) => Ok(bytes.into_inner().into()),
                Err(fault) => Err(Unread { code: fault.code().to_owned(), reason: fault.to_string() }),
            };
            self.one(&mut out, (attachment.hash, &attachment.media_type), bytes, around, lexicon)?;
        }
        for (reference, bytes) in self.loose {
            self.one(&mut out, (reference.hash, &reference.media_type), Ok(bytes.clone()), (None, None), lexicon)?;
        }
        Ok(out)
    }

    fn one(
        &mut self,
        out: &mut Vec<(ReadDocument, Vec<Read>)>,
        (hash, media_type): (Hash, &str),
        bytes: Result<Arc<[u8]>, Unread>,
        (author, dated): (Option<String>, Option<text::PartialDate>),
        lexicon: &Lexicon,
    ) -> Result<(), Error> {
        if out.iter().any(|(known, _)| known.document == hash) {
            return Ok(());
        }
        if let Ok(bytes) = &bytes {
            self.keep(hash, media_type, bytes.clone());
        }
        let bytes = match bytes {
            Ok(_) if out.len() >= MOST_DOCUMENTS => Err(Unread {
                code: "too-many".to_owned(),
                reason: format!("at most {MOST_DOCUMENTS} documents are read for a case"),
            }),
            other => other,
        };
        let (mut document, opened) = match (self.known.get(&hash).cloned(), bytes) {
            (Some(known), _) => (known.clone(), kept(self.platform, &self.tenant, &known)?),
            (None, Ok(bytes)) => open(hash, media_type, &bytes, &*self.platform.ocr),
            (None, Err(unread)) => (unread_document(hash, media_type, unread), Vec::new()),
        };
        let mut reads = Vec::with_capacity(opened.len());
        let names = std::mem::take(&mut document.opened);
        for one in opened {
            let bytes = one.to_bytes();
            let name = Hash::of(&bytes);
            match evidence::read(lexicon, Note { opened: one, author: author.clone(), dated }) {
                Ok(read) => {
                    document.opened.push(name);
                    if !names.contains(&name) {
                        self.keep(name, OPENED, bytes.into());
                    }
                    reads.push(read);
                }
                Err(fault) => document.unread = Some(Unread { code: "too-long".to_owned(), reason: fault.to_string() }),
            }
        }
        out.push((document, reads));
        Ok(())
    }
}

fn unread_document(document: Hash, media_type: &str, unread: Unread) -> ReadDocument {
    ReadDocument { document, media_type: media_type.to_owned(), opened: Vec::new(), unread: Some(unread) }
}

/// Opens a document. A page that cannot be read makes it unread, whatever else was read of it.
fn open(hash: Hash, media_type: &str, bytes: &[u8], ocr: &dyn documents::Ocr) -> Opening {
    let mut document = ReadDocument { document: hash, media_type: media_type.to_owned(), opened: Vec::new(), unread: None };
    let (found, faults) = match documents::open(bytes, Some(media_type), &LIMITS, ocr) {
        Ok(found) => {
            let faults: Vec<documents::Fault> = found.iter().flat_map(|one| one.faults.clone()).collect();
            (found, faults)
        }
        Err(faults) => (Vec::new(), faults),
    };
    if let Some(fault) = faults.first() {
        document.unread = Some(Unread { code: code(&fault.code), reason: fault.to_string() });
    }
    let opened = found.into_iter().enumerate().map(|(n, one)| opened(hash, media_type, n, one));
    (document, opened.collect())
}

/// The fault's name without its particulars: `TooManyPages { most: 3 }` is `TooManyPages`.
fn code(code: &documents::Code) -> String {
    let name = format!("{code:?}");
    name.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

fn opened(document: Hash, media_type: &str, part: usize, found: documents::Document) -> Opened {
    let scanned = found.scanned();
    let quality = found.pages.iter().filter(|page| page.scanned).map(|page| page.quality).min().unwrap_or(100);
    let laid_out = found.pages.iter().any(|page| page.width > 0);
    Opened {
        document,
        part: u32::try_from(part).unwrap_or(u32::MAX),
        media_type: media_type.to_owned(),
        kind: found.kind.name().to_owned(),
        written: found.written,
        scanned,
        quality,
        pages: found.page_starts(),
        sizes: if laid_out { found.pages.iter().map(|page| [page.width, page.height]).collect() } else { Vec::new() },
        words: found.words,
        text: base::Phi::new(found.text),
    }
}

/// What an earlier reading opened, from the store.
fn kept(platform: &Platform, tenant: &TenantId, document: &ReadDocument) -> Result<Vec<Opened>, Error> {
    let each = document.opened.iter().map(|hash| {
        let stored =
            platform.store.document(tenant, hash)?.ok_or(Error::Corrupt("what was read of a document is not in the store"))?;
        Opened::from_bytes(&stored.bytes).map_err(|_| Error::Corrupt("what was read of a document cannot be read back"))
    });
    each.collect()
}

/// The bytes and the document of what was read, for a policy; none when there are no documents.
#[allow(clippy::type_complexity)]
fn made_of(
    read: &[(ReadDocument, Vec<Read>)],
    policy: &Policy,
    lexicon: &Lexicon,
    documents: &[json::Document],
) -> Result<Option<(Arc<[u8]>, FromText)>, Error> {
    if read.is_empty() {
        return Ok(None);
    }
    let reads: Vec<Read> = read.iter().flat_map(|(_, reads)| reads.iter().cloned()).collect();
    let derived = evidence::bundle(&reads, lexicon, &policy.text().statements, &People::of(documents));
    let bytes: Arc<[u8]> = derived.bundle.into();
    let documents = read.iter().map(|(document, _)| document.clone()).collect();
    let reading = Reading { lexicon: lexicon.hash().to_owned(), bundle: Hash::of(&bytes), documents };
    Ok(Some((bytes.clone(), (parsed(bytes)?, reading))))
}

fn parsed(bytes: Arc<[u8]>) -> Result<json::Document, Error> {
    json::Document::parse(bytes, &json::Limits::default()).map_err(|_| Error::Corrupt("what was made of a text is not JSON"))
}

/// How a reading was made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The texts of then were read anew.
    Read,
    /// The lexicon of then is not this program's: what was made of the texts then was taken as it was kept.
    OlderLexicon,
}

/// What was read then, made again from what was opened then.
pub(crate) fn again(
    platform: &Platform,
    tenant: &TenantId,
    then: &Reading,
    policy: &Policy,
    documents: &[json::Document],
) -> Result<(FromText, Again), Error> {
    let lexicon = lexicon()?;
    if lexicon.hash() != then.lexicon {
        let stored = platform.store.document(tenant, &then.bundle)?;
        let stored = stored.ok_or(Error::Corrupt("what was made of the texts then is not in the store"))?;
        return Ok(((parsed(stored.bytes.into())?, then.clone()), Again::OlderLexicon));
    }
    let attached: Vec<Attachment> = documents.iter().flat_map(evidence::attachments).collect();
    let mut read = Vec::with_capacity(then.documents.len());
    for document in &then.documents {
        let around = attached.iter().find(|one| one.hash == document.document);
        let (author, dated) = around.map_or((None, None), |one| (one.author.clone(), one.dated));
        let notes = kept(platform, tenant, document)?.into_iter();
        let notes = notes.map(|opened| evidence::read(lexicon, Note { opened, author: author.clone(), dated }));
        let reads = notes.collect::<Result<Vec<Read>, _>>().map_err(|_| Error::Corrupt("a text of then is too long now"))?;
        read.push((document.clone(), reads));
    }
    let (_, made) = made_of(&read, policy, lexicon, documents)?.ok_or(Error::Corrupt("the findings name no document"))?;
    Ok((made, Again::Read))
}
