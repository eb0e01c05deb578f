//! The capability statement, made from the same table as the router.
//!
//! The statement can only name what is routed: `api` gives its table and both are built from it.
//!
//! ```
//! use exchange::capability::{Operation, Offer, Server, statement};
//! use exchange::pas::PasVersion;
//! const TABLE: &[Operation] = &[Operation {
//!     method: "POST",
//!     path: "/Claim/$submit",
//!     resource: Some("Claim"),
//!     offer: Offer::Operation { name: "submit", definition: exchange::capability::SUBMIT },
//! }];
//! let server = Server { base_url: "https://payer.example/fhir/pas-2.2.1", software_version: "0.1.0", date: "2026-11-21" };
//! let json = statement(PasVersion::V2_2_1, TABLE, &server);
//! assert!(String::from_utf8(json).unwrap().contains("Claim-submit|2.2.1"));
//! ```

use crate::pas::PasVersion;
use json::Writer;

/// Canonical URL of PAS `$submit`.
pub const SUBMIT: &str = "http://hl7.org/fhir/us/davinci-pas/OperationDefinition/Claim-submit";
/// Canonical URL of PAS `$inquire`.
pub const INQUIRE: &str = "http://hl7.org/fhir/us/davinci-pas/OperationDefinition/Claim-inquiry";
const PAYER: &str = "http://hl7.org/fhir/us/davinci-pas/CapabilityStatement/IntermediaryCapabilities";
const GUIDE: &str = "http://hl7.org/fhir/us/davinci-pas/ImplementationGuide/hl7.fhir.us.davinci-pas";
const TOPIC_EXTENSION: &str =
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/capabilitystatement-subscriptiontopic-canonical";
const TOPIC: &str = "http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic";

/// One row of the route table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// HTTP method.
    pub method: &'static str,
    /// Path below the base URL (`/Claim/$submit`).
    pub path: &'static str,
    /// The resource type it belongs to; `None` for the system level.
    pub resource: Option<&'static str>,
    /// What it offers.
    pub offer: Offer,
}

/// What a route offers to a FHIR client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// A FHIR operation.
    Operation {
        /// Name without `$`.
        name: &'static str,
        /// Canonical URL, without version.
        definition: &'static str,
    },
    /// A RESTful interaction (`read`, `create`, `delete` ...).
    Interaction(&'static str),
    /// Routed, and not part of a capability statement (`/metadata`, health).
    Unlisted,
}

/// What the statement says about the server itself.
#[derive(Debug, Clone, Copy)]
pub struct Server<'a> {
    /// Base URL of this PAS version, no slash at its end.
    pub base_url: &'a str,
    /// Version of the software.
    pub software_version: &'a str,
    /// Date of the statement (`YYYY-MM-DD`).
    pub date: &'a str,
}

/// Writes the CapabilityStatement of one PAS version.
#[must_use]
pub fn statement(version: PasVersion, table: &[Operation], server: &Server<'_>) -> Vec<u8> {
    let mut w = Writer::with_capacity(2048);
    w.begin_object();
    w.key("resourceType").string("CapabilityStatement");
    w.key("status").string("active");
    w.key("date").string(server.date);
    w.key("kind").string("instance");
    if subscribes(table) {
        w.key("instantiates").begin_array().string(PAYER).end_array();
    }
    w.key("software").begin_object();
    w.key("name").string("Avedis");
    w.key("version").string(server.software_version);
    w.end_object();
    w.key("implementation").begin_object();
    w.key("description").string(&format!("Prior authorization, Da Vinci PAS {version}"));
    w.key("url").string(server.base_url);
    w.end_object();
    w.key("fhirVersion").string("4.0.1");
    w.key("format").begin_array().string("json").end_array();
    w.key("implementationGuide").begin_array().string(&format!("{GUIDE}|{version}")).end_array();
    w.key("rest").begin_array().begin_object();
    w.key("mode").string("server");
    resources(&mut w, version, table);
    operations(&mut w, version, table, None);
    w.end_object().end_array();
    w.end_object();
    w.finish()
}

/// The payer role of the guide includes subscriptions: it is claimed only where they are routed.
fn subscribes(table: &[Operation]) -> bool {
    table.iter().any(|row| row.resource == Some("Subscription") && row.offer == Offer::Interaction("create"))
}

fn resources(w: &mut Writer, version: PasVersion, table: &[Operation]) {
    let mut kinds: Vec<&str> = table.iter().filter(|row| row.offer != Offer::Unlisted).filter_map(|row| row.resource).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        return;
    }
    w.key("resource").begin_array();
    for kind in kinds {
        w.begin_object();
        if kind == "Subscription" {
            w.key("extension").begin_array().begin_object();
            w.key("url").string(TOPIC_EXTENSION);
            w.key("valueCanonical").string(TOPIC);
            w.end_object().end_array();
        }
        w.key("type").string(kind);
        interactions(w, table, kind);
        operations(w, version, table, Some(kind));
        w.end_object();
    }
    w.end_array();
}

fn interactions(w: &mut Writer, table: &[Operation], kind: &str) {
    let mut codes: Vec<&str> = table
        .iter()
        .filter(|row| row.resource == Some(kind))
        .filter_map(|row| match row.offer {
            Offer::Interaction(code) => Some(code),
            _ => None,
        })
        .collect();
    codes.dedup();
    if codes.is_empty() {
        return;
    }
    w.key("interaction").begin_array();
    for code in codes {
        w.begin_object().key("code").string(code).end_object();
    }
    w.end_array();
}

fn operations(w: &mut Writer, version: PasVersion, table: &[Operation], resource: Option<&str>) {
    let rows: Vec<(&str, &str)> = table
        .iter()
        .filter(|row| row.resource == resource)
        .filter_map(|row| match row.offer {
            Offer::Operation { name, definition } => Some((name, definition)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    w.key("operation").begin_array();
    for (name, definition) in rows {
        w.begin_object();
        w.key("name").string(name);
        // The canonical of a PAS operation names the version of the guide this base URL speaks.
        if definition.starts_with("http://hl7.org/fhir/us/davinci-pas/") {
            w.key("definition").string(&format!("{definition}|{version}"));
        } else {
            w.key("definition").string(definition);
        }
        w.end_object();
    }
    w.end_array();
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBMIT_ONLY: Operation = Operation {
        method: "POST",
        path: "/Claim/$submit",
        resource: Some("Claim"),
        offer: Offer::Operation { name: "submit", definition: SUBMIT },
    };
    const SUBSCRIBE: Operation =
        Operation { method: "POST", path: "/Subscription", resource: Some("Subscription"), offer: Offer::Interaction("create") };
    const HEALTH: Operation = Operation { method: "GET", path: "/health", resource: None, offer: Offer::Unlisted };
    const ATTACH: Operation = Operation {
        method: "POST",
        path: "/$submit-attachment",
        resource: None,
        offer: Offer::Operation {
            name: "submit-attachment",
            definition: "http://hl7.org/fhir/us/davinci-cdex/OperationDefinition/submit-attachment",
        },
    };

    fn check(table: &[Operation]) -> serde_json::Value {
        let server = Server { base_url: "https://payer.example/pas", software_version: "1", date: "2026-11-21" };
        let bytes = statement(PasVersion::V2_0_1, table, &server);
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(!text.contains("[]") && !text.contains("{}"), "FHIR knows no empty lists and objects: {text}");
        for required in ["status", "date", "kind", "fhirVersion", "format", "software", "implementation"] {
            assert!(text.contains(&format!("\"{required}\":")), "{required}");
        }
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn it_names_what_is_routed_and_nothing_else() {
        let all = check(&[SUBMIT_ONLY, SUBSCRIBE, HEALTH, ATTACH]);
        assert_eq!(all["instantiates"][0], PAYER);
        assert_eq!(all["rest"][0]["resource"][0]["operation"][0]["definition"], format!("{SUBMIT}|2.0.1"));
        assert_eq!(all["rest"][0]["resource"][1]["interaction"][0]["code"], "create");
        assert_eq!(all["rest"][0]["resource"][1]["extension"][0]["valueCanonical"], TOPIC);
        assert_eq!(all["rest"][0]["operation"][0]["name"], "submit-attachment");
        assert!(!all.to_string().contains("health"));
    }

    #[test]
    fn the_payer_role_is_claimed_only_with_subscriptions() {
        assert!(check(&[SUBMIT_ONLY]).get("instantiates").is_none());
        assert!(check(&[]).get("rest").unwrap()[0].get("resource").is_none());
    }
}
