//! Why a document, or a page of it, could not be read.

/// One reason, with the page it concerns. Never holds words of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub code: Code,
    /// Page of the source, from 1, when it concerns one page.
    pub page: Option<u32>,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.page {
            Some(page) => write!(f, "page {page}: {}", self.code),
            None => self.code.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}

impl From<Code> for Fault {
    fn from(code: Code) -> Fault {
        Fault { code, page: None }
    }
}

/// What is wrong, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Code {
    /// No bytes, or nothing but white space.
    #[error("the document is empty: ask the sender for it again")]
    Empty,
    /// Neither text nor a kind of file that is read.
    #[error(
        "the bytes are no document that can be read (text, PDF, TIFF, PNG, JPEG, C-CDA, FHIR, RTF, HTML): ask for one of these"
    )]
    Unreadable,
    /// A kind of file that is known and not read.
    #[error("{kind} files are not read: ask for a PDF or a scan")]
    NotRead {
        /// Its name.
        kind: &'static str,
    },
    /// More bytes than the limit.
    #[error("the file has {bytes} bytes, at most {most} are read: split it or raise the limit")]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many are read.
        most: usize,
    },
    /// More pages than the limit.
    #[error("the file has more than {most} pages: split it or raise the limit")]
    TooManyPages {
        /// How many are read.
        most: u32,
    },
    /// More pages to recognize than the limit.
    #[error("{pages} pages are images, at most {most} are recognized: the rest is not read; split the file or raise the limit")]
    TooManyScans {
        /// How many are images.
        pages: u32,
        /// How many are recognized.
        most: u32,
    },
    /// What is compressed grows beyond the limit.
    #[error("the compressed parts of the file grow beyond {most} bytes: the file is damaged or made to harm; ask for it again")]
    Inflates {
        /// How many are allowed.
        most: usize,
    },
    /// A limit of the content itself: characters, operators, elements.
    #[error("the content goes beyond the limit of {what}: the rest is not read; split the file")]
    TooMuch {
        /// Of what.
        what: &'static str,
    },
    /// A page larger than 200 inches or without size.
    #[error("the page has an impossible size: look at the original and ask for it again")]
    PageSize,
    /// Needs a password.
    #[error("the PDF is encrypted with a password: ask the sender for it without one")]
    Encrypted,
    /// Not a whole PDF.
    #[error("the PDF is damaged ({what}): ask the sender for it again")]
    Damaged {
        /// What was not found.
        what: &'static str,
    },
    /// Not XML, or XML without an end.
    #[error("the XML is damaged at byte {at}: ask the sender for it again")]
    Xml {
        /// Where.
        at: u64,
    },
    /// FHIR JSON with faults.
    #[error("the FHIR JSON has a fault at {path}: {code}")]
    Json {
        /// Where.
        path: String,
        /// Which.
        code: &'static str,
    },
    /// A FHIR resource without a document in it.
    #[error("the FHIR resource carries no document in it (attachments by URL are not fetched): ask for the document itself")]
    NoAttachment,
    /// base64 that is none.
    #[error("the attachment is not base64: ask the sender for it again")]
    Base64,
    /// Documents within documents, too deep or too many.
    #[error("there are more than {most} documents in the file: split it")]
    TooManyParts {
        /// How many are read.
        most: usize,
    },
    /// OCR is not installed.
    #[error("the page is an image and {program} is not installed: apt-get install {package}")]
    NoOcr {
        /// Which program.
        program: &'static str,
        /// Which Debian package.
        package: &'static str,
    },
    /// OCR is off here.
    #[error("the page is an image and recognition is off here: open it where tesseract-ocr and poppler-utils are installed")]
    OcrOff,
    /// OCR did not end in time and was stopped.
    #[error("recognition did not end within {seconds} s and was stopped: look at the page")]
    OcrTime {
        /// The limit.
        seconds: u64,
    },
    /// OCR ended with an error.
    #[error("recognition failed ({program} ended with {status}): look at the page")]
    OcrFailed {
        /// Which program.
        program: &'static str,
        /// Its exit status; -1 when it was stopped by a signal.
        status: i32,
    },
    /// The page holds no words.
    #[error("no words were found on the page: look at it")]
    NoWords,
    /// A defect of this program.
    #[error("the reader failed on this file, which is a defect of the reader: keep the file and report it")]
    Defect,
}
