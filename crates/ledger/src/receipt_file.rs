//! The self-contained file that `avedis verify RECEIPT` reads: event, proof and key together.

use crate::key::Verifier;
use crate::receipt::{MAX_RECEIPT, Receipt, Verified, VerifyError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json::{Document, Kind, Limits, Value, Writer};
use std::fmt;
use zeroize::Zeroize;

/// Largest event in a receipt file, in bytes.
const MAX_EVENT: usize = 8 * 1024 * 1024;

/// One thing that is wrong with a member of a receipt file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// The file is not a JSON object.
    #[error("a receipt file is one JSON object")]
    NotAnObject,
    /// `event` is absent or neither an object nor a string.
    #[error("`event` must be the event as an object, or its bytes as a base64 string")]
    Event,
    /// `event` is a string that is not base64.
    #[error("`event` is a string but not base64")]
    EventBase64,
    /// `event` is larger than 8 MiB.
    #[error("`event` is larger than is read")]
    EventTooLarge,
    /// `proof` is absent, no string, or too long.
    #[error("`proof` must be the tlog-proof text as a string")]
    Proof,
    /// `key` is absent, no string, or too long.
    #[error("`key` must be the verifier key text as a string")]
    Key,
}

/// Why a receipt file cannot be read; every fault is listed. Nothing of the content is quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFileError {
    /// Not JSON.
    #[error("the receipt file is not JSON ({} faults)", .0.len())]
    Json(Vec<json::Fault>),
    /// JSON, but not a receipt file.
    #[error("the receipt file has {} faults", .0.len())]
    Fields(Vec<FieldFault>),
}

/// A receipt file: JSON with the members
/// - `event`: the event as a JSON object, or its exact bytes as a base64 string;
/// - `proof`: the tlog-proof text;
/// - `key`: the verifier key text (`name+hash+base64`) of the log.
///
/// **The event is the record itself and holds health information: a receipt file is only for those entitled to the
/// record.** The proof alone holds none. The `key` is a convenience: whoever forges a receipt can put their own key there,
/// so [`ReceiptFile::verify`] takes the key the reader got from the log's owner, and says so when it differs.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptFile {
    event: Vec<u8>,
    proof: String,
    key: String,
}

impl ReceiptFile {
    /// Puts a file together from the event's exact bytes, its receipt and the log's key.
    #[must_use]
    pub fn new(event: &[u8], receipt: &Receipt, key: &Verifier) -> Self {
        Self::from_parts(event.to_vec(), receipt.to_text(), key.to_string())
    }

    /// As [`ReceiptFile::new`], from texts that were kept.
    #[must_use]
    pub const fn from_parts(event: Vec<u8>, proof: String, key: String) -> Self {
        Self { event, proof, key }
    }

    /// The event's bytes as they stand in the file.
    #[must_use]
    pub fn event(&self) -> &[u8] {
        &self.event
    }

    /// The tlog-proof text.
    #[must_use]
    pub fn proof(&self) -> &str {
        &self.proof
    }

    /// The key text the file came with; not trusted because it is there.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The file as JSON. The event stands in it as a readable object when its bytes are one, else as base64.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(self.event.len() + self.proof.len() + self.key.len() + 256);
        out.begin_object().key("event");
        let whole_object =
            |document: &Document| document.root().kind() == Kind::Object && document.root().raw().len() == self.event.len();
        if Document::parse(self.event.as_slice(), &Limits::default()).is_ok_and(|document| whole_object(&document)) {
            out.raw(&self.event);
        } else {
            out.string(&STANDARD.encode(&self.event));
        }
        out.key("proof").string(&self.proof).key("key").string(&self.key).end_object();
        out.finish()
    }

    /// Reads a file. Unknown members are ignored, so that a file may carry notes for people.
    ///
    /// # Errors
    /// Lists every fault.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptFileError> {
        let limits = Limits { max_bytes: 2 * MAX_EVENT, ..Limits::default() };
        let document = Document::parse(bytes, &limits).map_err(ReceiptFileError::Json)?;
        let root = document.root();
        if root.kind() != Kind::Object {
            return Err(ReceiptFileError::Fields(vec![FieldFault::NotAnObject]));
        }
        let mut faults = Vec::new();
        let event = read_event(root.get("event")).map_err(|fault| faults.push(fault));
        let mut text = |name, most: usize, fault| {
            let found = root.get(name).and_then(|value| value.as_str()).filter(|text| text.len() <= most);
            found.map(std::borrow::Cow::into_owned).ok_or_else(|| faults.push(fault))
        };
        let proof = text("proof", MAX_RECEIPT, FieldFault::Proof);
        let key = text("key", 1024, FieldFault::Key);
        match (event, proof, key) {
            (Ok(event), Ok(proof), Ok(key)) => Ok(Self { event, proof, key }),
            _ => Err(ReceiptFileError::Fields(faults)),
        }
    }

    /// Checks the receipt. With `trusted`, the key the reader holds, the answer is proof; without it the answer only says
    /// that file and key agree, and [`ReceiptFile::key`] should be shown for comparison.
    ///
    /// Mail programs and editors reformat JSON, so an event object that does not match as written is also tried without
    /// white space between its parts, and in canonical form (RFC 8785, numbers as written). Each is the same event.
    ///
    /// # Errors
    /// Says what cannot be read or does not hold.
    pub fn verify(&self, trusted: Option<&Verifier>) -> Result<Verified, VerifyError> {
        let named: Verifier = self.key.parse()?;
        if trusted.is_some_and(|trusted| *trusted != named) {
            return Err(VerifyError::UntrustedKey);
        }
        let receipt = Receipt::parse(&self.proof)?;
        let first = receipt.verify(&self.event, &named);
        if !matches!(first, Err(VerifyError::Proof(_))) {
            return first;
        }
        let Ok(document) = Document::parse(self.event.as_slice(), &Limits::default()) else { return first };
        [compact(document.root().raw()), json::canonical(document.root())]
            .iter()
            .find_map(|event| receipt.verify(event, &named).ok())
            .map_or(first, Ok)
    }
}

fn read_event(value: Option<Value<'_>>) -> Result<Vec<u8>, FieldFault> {
    let value = value.ok_or(FieldFault::Event)?;
    let bytes = match value.kind() {
        Kind::Object => value.raw().to_vec(),
        Kind::String => {
            let text = value.as_str().ok_or(FieldFault::Event)?;
            STANDARD.decode(text.as_bytes()).map_err(|_| FieldFault::EventBase64)?
        }
        _ => return Err(FieldFault::Event),
    };
    if bytes.len() > MAX_EVENT { Err(FieldFault::EventTooLarge) } else { Ok(bytes) }
}

/// Valid JSON without the white space outside its strings.
fn compact(json: &[u8]) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    let mut out = Vec::with_capacity(json.len());
    for &byte in json {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else {
            in_string = byte == b'"';
            if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                continue;
            }
        }
        out.push(byte);
    }
    out
}

impl fmt::Debug for ReceiptFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiptFile").field("event", &"[phi]").field("proof", &"[secret]").field("key", &self.key).finish()
    }
}

impl Drop for ReceiptFile {
    fn drop(&mut self) {
        self.event.zeroize();
    }
}
