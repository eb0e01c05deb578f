//! Faults of a library, all at once; overlapping versions; artifacts.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use base::LineOfBusiness;
use case::request::Certification;
use criteria::{FaultCode, Library, Policy, Selection, Signature, Signatures};

#[test]
fn the_builtin_library_is_the_folder() {
    let builtin = Library::builtin().unwrap_or_else(|faults| panic!("{}", common::words(&faults)));
    let folder = common::library();
    let hashes =
        |library: &Library| library.policies().iter().map(|policy| (policy.id().to_owned(), policy.hash())).collect::<Vec<_>>();
    assert_eq!(hashes(&builtin), hashes(&folder));
    assert_eq!(builtin.policies().len(), 4);
    for policy in builtin.policies() {
        assert!(policy.signature().is_none(), "{} ships unsigned", policy.id());
        assert!(builtin.by_hash(&policy.hash()).is_some());
        assert!(!policy.meta().to_verify.is_empty(), "{} says what is still to be verified", policy.id());
    }
}

#[test]
fn an_artifact_gives_the_same_policy_back() {
    for policy in common::library().policies() {
        let bytes = policy.artifact();
        assert_eq!(base::Hash::of(&bytes), policy.hash());
        let again = Policy::from_artifact(&bytes).unwrap_or_else(|faults| panic!("{}", common::words(&faults)));
        assert_eq!((again.id(), again.hash()), (policy.id(), policy.hash()));
        assert_eq!(again.scopes(), policy.scopes());
        assert_eq!(again.artifact(), bytes);
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(Policy::from_artifact(cut).unwrap_err()[0].code, FaultCode::Unreadable);
    }
    assert!(Policy::from_artifact(b"something else").is_err());
}

#[test]
fn the_version_in_force_on_the_date_of_service_answers() {
    let library = common::library();
    let scope = |day: &str, code: &str, certification| {
        let selection = Selection {
            code,
            date_of_service: day.parse().unwrap(),
            line_of_business: LineOfBusiness::MedicareAdvantage,
            certification,
        };
        library.policy_for(&selection).map(|policy| policy.scope_for(&selection).unwrap().name.clone())
    };
    let initial = Certification::Initial;
    for (day, expected) in [
        ("2017-01-11", None),
        ("2017-01-12", Some("cgm-2017")),
        ("2021-07-17", Some("cgm-2017")),
        ("2021-07-18", Some("cgm-2021")),
        ("2022-02-28", Some("cgm-2021")),
        ("2023-04-15", Some("cgm-2021")),
        ("2023-04-16", Some("cgm-2023")),
        ("2024-10-01", Some("cgm-2023")),
        ("2026-11-21", Some("cgm-2023")),
    ] {
        assert_eq!(scope(day, "E2103", initial).as_deref(), expected, "{day}");
    }
    assert_eq!(scope("2021-09-26", "E1390", initial), None, "before the revision of 2021-09-27");
    assert_eq!(scope("2021-09-27", "E1390", initial).as_deref(), Some("stationary"));
    assert_eq!(scope("2026-11-21", "E1390", Certification::Renewal).as_deref(), Some("continuation"));
    assert_eq!(scope("2026-11-21", "E1390", Certification::Cancel), None);
    assert_eq!(scope("2026-11-21", "E9999", initial), None);
    let commercial = Selection {
        code: "E1390",
        date_of_service: "2026-11-21".parse().unwrap(),
        line_of_business: LineOfBusiness::SelfFunded,
        certification: initial,
    };
    assert!(library.policy_for(&commercial).is_none());
}

#[test]
fn every_fault_of_every_file_is_reported_at_once() {
    let mut files = common::files();
    let edit = |files: &mut Vec<(String, Vec<u8>)>, path: &str, from: &str, to: &str| {
        let (_, bytes) = files.iter_mut().find(|(name, _)| name == path).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{path} has {from}");
        *bytes = text.replacen(from, to, 1).into_bytes();
    };
    let oxygen = "ncd-240.2-home-oxygen/policy.toml";
    edit(&mut files, oxygen, "retrieved = \"2026-11-21\"", "retrieved = \"2026-02-30\"");
    edit(&mut files, oxygen, "\"E0424\"", "\"99213\"");
    edit(&mut files, oxygen, "items = [\"ordered\"]", "items = [\"orderd\"]");
    edit(&mut files, "ncd-240.4-cpap/policy.toml", "id = \"ncd-240.4-cpap\"", "id = \"ncd-240.4-pap\"");
    edit(&mut files, "ncd-240.4-cpap/policy.toml", "define = \"Thirty Events\"", "define = \"Fourty Events\"");
    edit(&mut files, "lcd-L33822-cgm/policy.toml", "title = ", "titel = ");
    edit(&mut files, "lcd-L33820-hospital-bed/criteria.cql", "define \"Pain\":", "define \"Pain\"");
    files.retain(|(name, _)| name != "lcd-L33822-cgm/questionnaire.json");
    let faults = Library::load(files).unwrap_err();
    let has = |file: &str, code: FaultCode, part: &str| {
        let found = faults.iter().find(|fault| fault.file.ends_with(file) && fault.code == code && fault.message.contains(part));
        found.unwrap_or_else(|| panic!("{code:?} {part} in {file}:\n{}", common::words(&faults))).line
    };
    assert!(has("home-oxygen/policy.toml", FaultCode::BadValue, "2026-02-30") > 1);
    assert!(has("home-oxygen/policy.toml", FaultCode::BadValue, "99213") > 1);
    assert!(has("home-oxygen/policy.toml", FaultCode::Dangling, "orderd") > 1);
    assert!(has("cpap/policy.toml", FaultCode::BadValue, "ncd-240.4-pap") > 1);
    assert!(has("cpap/policy.toml", FaultCode::Dangling, "Fourty Events") > 1);
    assert!(has("cgm/policy.toml", FaultCode::Syntax, "titel") > 1);
    assert_eq!(has("cgm/questionnaire.json", FaultCode::MissingFile, "absent"), 0);
    assert!(has("hospital-bed/criteria.cql", FaultCode::Cql, "") > 1);
    assert!(faults.iter().all(|fault| !fault.advice.is_empty() || fault.code == FaultCode::Cql), "{}", common::words(&faults));
}

#[test]
fn two_versions_for_one_scope_are_refused() {
    let mut files = common::files();
    let (_, bytes) = files.iter_mut().find(|(name, _)| name == "lcd-L33822-cgm/policy.toml").unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    *bytes = text.replacen("effective-to = \"2023-04-15\"", "effective-to = \"2023-04-16\"", 1).into_bytes();
    let faults = Library::load(files).unwrap_err();
    assert_eq!(faults.len(), 1, "{}", common::words(&faults));
    assert_eq!(faults[0].code, FaultCode::Overlap);
    assert!(faults[0].message.contains("cgm-2021") && faults[0].message.contains("cgm-2023"));
}

#[test]
fn a_circle_of_parents_and_a_criterion_outside_the_logic_are_refused() {
    let mut files = common::files();
    let (_, bytes) = files.iter_mut().find(|(name, _)| name == "lcd-L33820-hospital-bed/policy.toml").unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let text = text.replacen("id = \"traction-none\"", "", 1);
    let extra = "\n[[criteria]]\nid = \"idle\"\nparent = \"base\"\ntitle = \"Idle\"\ncitation = \"none\"\nkind = \"R\"\ndefine = \"Owns Bed\"\nask = \"nothing\"\ncost = 1\n";
    *bytes = format!("{text}{extra}").into_bytes();
    let faults = Library::load(files).unwrap_err();
    assert!(
        faults.iter().any(|fault| fault.code == FaultCode::Cql && fault.message.contains("`idle` does not take part")),
        "{}",
        common::words(&faults)
    );
}

#[test]
fn a_signature_counts_for_its_version_only() {
    let library = common::library();
    let (first, second) = (&library.policies()[0], &library.policies()[1]);
    let signature = |hash| Signature {
        name: "Dr. Example".to_owned(),
        credentials: "MD, pulmonology".to_owned(),
        date: "2026-11-21".parse().unwrap(),
        hash,
    };
    let mut signatures = Signatures::none();
    assert!(signatures.add(first.hash(), signature(first.hash())));
    assert!(!signatures.add(second.hash(), signature(first.hash())), "a signature of another version is no signature");
    assert!(signatures.of(&first.hash()).is_some() && signatures.of(&second.hash()).is_none());

    // In the policy's own folder: the slot is outside the hash, and a stale one is a fault.
    let slot =
        |hash: base::Hash| format!("name = \"Dr. Example\"\ncredentials = \"MD\"\ndate = \"2026-11-21\"\nhash = \"{hash}\"\n");
    let with = |hash| {
        let mut files = common::files();
        let (_, bytes) = files.iter_mut().find(|(name, _)| *name == format!("{}/signature.toml", first.id())).unwrap();
        *bytes = slot(hash).into_bytes();
        Library::load(files)
    };
    let signed = with(first.hash()).unwrap();
    assert_eq!(signed.by_id(first.id()).unwrap().hash(), first.hash());
    assert!(signed.by_id(first.id()).unwrap().signature().is_some());
    assert_eq!(with(second.hash()).unwrap_err()[0].code, FaultCode::BadValue);
}
