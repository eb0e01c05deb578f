//! What a text says, as FHIR resources that carry the words they rest on.
//!
//! What it is for: the step between the reading of a document and the criteria of a policy. A fact becomes a Condition, an Observation,
//! a MedicationStatement, a Procedure or a DeviceUseStatement; words by which a text answers an item of a policy's questionnaire become
//! a QuestionnaireResponse. Each is marked (`meta.tag`) and says in an extension in which document, on which page and between which
//! bytes it stands, with the cues that decided how it is asserted, the quality of the text and the hash of the lexicon. What is negated
//! is refuted, answered no, or not taken, never a positive. What is only possible, only thought of, or somebody else's is no evidence:
//! it is listed apart. A sentence that speaks to the reader is listed apart too, and obeyed by nobody.
//!
//! What it deliberately does not know: a policy, a case, how a document is opened, and whether text is to be trusted.
//!
//! ```
//! use evidence::{Note, Opened, People, Provenance, bundle, read};
//! let lexicon = lexicon::builtin()?;
//! let text = "Patient denies chest pain. He has hypertension. Mother had COPD.".to_owned();
//! let opened = Opened::plain(base::Hash::of(text.as_bytes()), "text/plain", text.clone());
//! let note = read(&lexicon, Note { opened, author: None, dated: None })?;
//! let derived = bundle(&[note], &lexicon, &[], &People::default());
//! let document = json::Document::parse(derived.bundle, &json::Limits::default()).map_err(|_| "not JSON")?;
//! let entry = document.root().get("entry").and_then(|entries| entries.at(1)).ok_or("no entry")?;
//! let resource = entry.get("resource").ok_or("no resource")?;
//! let place = Provenance::of(&resource).ok_or("no provenance")?;
//! assert_eq!(place.span.of(&text), "hypertension");
//! assert_eq!(derived.apart.len(), 1, "the mother's disease is no evidence of the patient");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod apart;
pub mod attachment;
pub mod bundle;
mod circumstance;
pub mod codes;
pub mod note;
pub mod pattern;
pub mod people;
pub mod provenance;
mod resource;
pub mod statement;

pub use apart::{Apart, Why};
pub use attachment::{Attachment, attachments};
pub use bundle::{Derived, Read, bundle, read};
pub use note::{DERIVED, Note, OPENED, Opened};
pub use pattern::{BadPattern, Pattern};
pub use people::People;
pub use provenance::Provenance;
pub use statement::{Gives, Statement};
