//! From files to a policy: manifest, logic, questionnaire and signature put together and checked against each other.

use std::collections::{BTreeMap, BTreeSet};

use base::{Date, Hash};
use serde::Deserialize;
use toml::Spanned;

use crate::artifact;
use crate::fault::{Fault, FaultCode};
use crate::formula::Formula;
use crate::logic::{Logic, Source};
use crate::manifest::{self, CriterionEntry, Faults, Manifest, ScopeEntry};
use crate::policy::{Criterion, Meta, Node, Policy, Scope, Signature};
use crate::words;

const MANIFEST: &str = "policy.toml";
const CRITERIA: &str = "criteria.cql";
const QUESTIONNAIRE: &str = "questionnaire.json";
const SIGNATURE: &str = "signature.toml";

/// Is this file part of a policy (or a shared library)?
pub(crate) fn belongs(folder: &str, name: &str) -> bool {
    if folder == crate::library::SHARED {
        return name.ends_with(".cql") && !name.contains('/');
    }
    [MANIFEST, CRITERIA, QUESTIONNAIRE, SIGNATURE].contains(&name)
}

/// Assembles one policy; `None` when a fault left nothing to assemble. An empty `folder` takes the manifest's id as given.
pub(crate) fn policy(
    folder: &str,
    own: &BTreeMap<String, Vec<u8>>,
    shared: &BTreeMap<String, Vec<u8>>,
    faults: &mut Vec<Fault>,
) -> Option<Policy> {
    let place = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let text = |name: &str, faults: &mut Vec<Fault>| read_text(&place(name), own.get(name), faults);
    let (toml, cql, form) = (text(MANIFEST, faults), text(CRITERIA, faults), text(QUESTIONNAIRE, faults));
    let items = form.as_ref().and_then(|form| questionnaire(&place(QUESTIONNAIRE), form, faults));
    let toml = toml?;
    let file = place(MANIFEST);
    let manifest = manifest::read(&file, &toml, faults)?;
    let mut at = Faults { file: &file, text: &toml, list: faults };
    if !folder.is_empty() && manifest.id.get_ref() != folder {
        let message = format!("id `{}` differs from the folder's name `{folder}`", manifest.id.get_ref());
        at.at(manifest.id.span().start, FaultCode::BadValue, message, "the folder is named after the id");
    }
    let (cql, form) = (cql?, form?);
    let mut files = vec![
        (CRITERIA.to_owned(), cql.clone().into_bytes()),
        (MANIFEST.to_owned(), toml.clone().into_bytes()),
        (QUESTIONNAIRE.to_owned(), form.clone().into_bytes()),
    ];
    let mut sources = Vec::new();
    for include in &manifest.includes {
        let name = format!("{}.cql", include.get_ref());
        let path = format!("{}/{name}", crate::library::SHARED);
        match shared.get(&name) {
            Some(content) => {
                if let Some(text) = read_text(&path, Some(content), at.list) {
                    sources.push(Source { file: path.clone(), text });
                }
                files.push((path, content.clone()));
            }
            None => at.at(
                include.span().start,
                FaultCode::Dangling,
                format!("there is no shared library {path}"),
                "shared libraries stand in the folder `shared`",
            ),
        }
    }
    sources.push(Source { file: place(CRITERIA), text: cql });
    files.sort();
    let before = at.list.len();
    let criteria = criteria(&manifest, items.as_ref(), &mut at);
    let text = words::rule(&manifest, items.as_ref(), &mut at);
    let logic = match Logic::compile(&sources, manifest.library.get_ref(), &manifest.references) {
        Ok(logic) => Some(logic),
        Err(more) => {
            at.list.extend(more);
            None
        }
    }?;
    let mut logic = logic;
    bind(&manifest, &mut logic, &mut at);
    let scopes = scopes(&manifest, &criteria, &logic, &mut at)?;
    if at.list.len() > before {
        return None;
    }
    let hash = artifact::hash(&files);
    let signature = own.get(SIGNATURE).and_then(|bytes| signature(&place(SIGNATURE), bytes, &hash, faults));
    Some(Policy {
        id: manifest.id.get_ref().clone(),
        hash,
        meta: meta(&manifest),
        criteria,
        scopes,
        limits: manifest.limit.iter().map(|limit| limit.get_ref().clone()).collect(),
        questionnaire: form,
        logic,
        files,
        signature,
        text,
    })
}

fn read_text(file: &str, bytes: Option<&Vec<u8>>, faults: &mut Vec<Fault>) -> Option<String> {
    let mut fault = |code, message: &str, advice: &str| {
        faults.push(Fault { file: file.to_owned(), line: 0, code, message: message.to_owned(), advice: advice.to_owned() });
        None
    };
    match bytes {
        None => {
            fault(FaultCode::MissingFile, "the file is absent", "a policy needs policy.toml, criteria.cql and questionnaire.json")
        }
        Some(bytes) => match String::from_utf8(bytes.clone()) {
            Ok(text) => Some(text),
            Err(_) => fault(FaultCode::Unreadable, "the file is not UTF-8 text", "save it as UTF-8"),
        },
    }
}

/// The linkIds of the questionnaire, all of them unique.
fn questionnaire(file: &str, text: &str, faults: &mut Vec<Fault>) -> Option<BTreeSet<String>> {
    let mut fault = |line: usize, code, message: String, advice: &str| {
        let line = u32::try_from(line).unwrap_or(0);
        faults.push(Fault { file: file.to_owned(), line, code, message, advice: advice.to_owned() });
    };
    let form: serde_json::Value = match serde_json::from_str(text) {
        Ok(form) => form,
        Err(error) => {
            fault(error.line(), FaultCode::Syntax, format!("not JSON: {error}"), "a FHIR Questionnaire in JSON");
            return None;
        }
    };
    if form.get("resourceType").and_then(|kind| kind.as_str()) != Some("Questionnaire") {
        fault(1, FaultCode::BadValue, "the resource is not a Questionnaire".to_owned(), "set resourceType to Questionnaire");
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut open: Vec<&serde_json::Value> = form.get("item").and_then(|item| item.as_array()).into_iter().flatten().collect();
    while let Some(item) = open.pop() {
        open.extend(item.get("item").and_then(|item| item.as_array()).into_iter().flatten());
        match item.get("linkId").and_then(|link| link.as_str()) {
            Some(link) => {
                if !seen.insert(link.to_owned()) {
                    fault(0, FaultCode::Duplicate, format!("linkId `{link}` stands twice"), "linkIds are unique");
                }
            }
            None => fault(0, FaultCode::BadValue, "an item has no linkId".to_owned(), "give it a stable linkId"),
        }
    }
    Some(seen)
}

fn criteria(manifest: &Manifest, items: Option<&BTreeSet<String>>, at: &mut Faults<'_>) -> Vec<Criterion> {
    let mut seen = BTreeSet::new();
    let ids: BTreeSet<&str> = manifest.criteria.iter().map(|entry| entry.get_ref().id.get_ref().as_str()).collect();
    let mut out = Vec::new();
    for entry in &manifest.criteria {
        let offset = entry.span().start;
        let entry = entry.get_ref();
        let id = entry.id.get_ref();
        if !seen.insert(id) {
            at.at(
                entry.id.span().start,
                FaultCode::Duplicate,
                format!("criterion `{id}` stands twice"),
                "ids are unique in a policy",
            );
        }
        for parent in entry.parent.names() {
            if !ids.contains(parent.as_str()) {
                at.at(
                    offset,
                    FaultCode::Dangling,
                    format!("criterion `{id}` has a parent `{parent}` that is not there"),
                    "name another criterion's id",
                );
            }
        }
        for item in &entry.items {
            if items.is_some_and(|items| !items.contains(item.get_ref())) {
                let message = format!("criterion `{id}` names a questionnaire item `{}` that is not there", item.get_ref());
                at.at(item.span().start, FaultCode::Dangling, message, "use a linkId of questionnaire.json");
            }
        }
        out.push(criterion(entry));
    }
    out
}

fn criterion(entry: &CriterionEntry) -> Criterion {
    Criterion {
        id: entry.id.get_ref().clone(),
        title: entry.title.clone(),
        citation: entry.citation.clone(),
        kind: entry.kind,
        define: entry.define.get_ref().clone(),
        ask: entry.ask.clone(),
        ask_not: entry.ask_not.clone(),
        cost: entry.cost,
        items: entry.items.iter().map(|item| item.get_ref().clone()).collect(),
        evidence: entry.evidence.iter().map(|define| define.get_ref().clone()).collect(),
        trust: entry.text_trust,
        least_quality: entry.text_minimum_quality,
    }
}

/// Finds the definitions of every criterion and of its evidence.
fn bind(manifest: &Manifest, logic: &mut Logic, at: &mut Faults<'_>) {
    for entry in &manifest.criteria {
        for define in std::iter::once(&entry.get_ref().define).chain(&entry.get_ref().evidence) {
            if !logic.bind(define.get_ref()) {
                let message = format!("there is no definition \"{}\" in the policy's libraries", define.get_ref());
                at.at(
                    define.span().start,
                    FaultCode::Dangling,
                    message,
                    "name a `define` of criteria.cql or of a shared library",
                );
            }
        }
    }
}

fn scopes(manifest: &Manifest, criteria: &[Criterion], logic: &Logic, at: &mut Faults<'_>) -> Option<Vec<Scope>> {
    let mut out = Vec::new();
    let mut names = BTreeSet::new();
    for entry in &manifest.scope {
        let name = &entry.get_ref().name;
        if !names.insert(name.as_str()) {
            at.at(
                entry.span().start,
                FaultCode::Duplicate,
                format!("scope `{name}` stands twice"),
                "names are unique in a policy",
            );
        }
        if let Some(scope) = scope(manifest, entry, criteria, logic, at) {
            out.push(scope);
        }
    }
    (out.len() == manifest.scope.len()).then_some(out)
}

fn scope(
    manifest: &Manifest,
    entry: &Spanned<ScopeEntry>,
    criteria: &[Criterion],
    logic: &Logic,
    at: &mut Faults<'_>,
) -> Option<Scope> {
    let offset = entry.span().start;
    let entry = entry.get_ref();
    let Some(root) = criteria.iter().position(|criterion| criterion.id == *entry.root.get_ref()) else {
        let message = format!("scope `{}` has a root `{}` that is not there", entry.name, entry.root.get_ref());
        at.at(entry.root.span().start, FaultCode::Dangling, message, "name a criterion's id");
        return None;
    };
    let tree = tree(manifest, root, &entry.name, offset, at)?;
    let leaf = |define: &str| {
        tree.iter()
            .map(|node| node.criterion)
            .find(|index| criteria[*index].define == define && criteria[*index].kind != crate::policy::Kind::Group)
    };
    let formula = match logic.formula(&criteria[root].define, &leaf) {
        Ok(formula) => formula,
        Err(problem) => {
            let message = format!("the logic of scope `{}` is not a tree of its criteria: {problem}", entry.name);
            at.at(offset, FaultCode::Cql, message, "a group's definition joins its children's definitions with and, or, not");
            return None;
        }
    };
    check_tree(&tree, criteria, &formula, &entry.name, offset, at);
    let from = manifest::date(&entry.effective_from, &mut Faults { file: at.file, text: at.text, list: &mut Vec::new() })?;
    let to = match &entry.effective_to {
        Some(to) => Some(manifest::date(to, &mut Faults { file: at.file, text: at.text, list: &mut Vec::new() })?),
        None => None,
    };
    Some(Scope {
        name: entry.name.clone(),
        title: entry.title.clone(),
        version: entry.version.clone(),
        effective_from: from,
        effective_to: to,
        codes: entry.codes.iter().map(|code| code.get_ref().clone()).collect(),
        certifications: entry.certifications.clone(),
        lines_of_business: manifest.lines_of_business.clone(),
        authorization_days: entry.authorization_days,
        default_quantity: entry.default_quantity,
        suggest: entry.suggest.clone(),
        root,
        questions: tree.iter().filter_map(|node| logic.question(&criteria[node.criterion])).collect(),
        tree,
        formula,
    })
}

/// Everything below the root, parents before children, siblings in the order of the file.
fn tree(manifest: &Manifest, root: usize, scope: &str, offset: usize, at: &mut Faults<'_>) -> Option<Vec<Node>> {
    let mut out: Vec<Node> = Vec::new();
    let mut open = vec![Node { criterion: root, parent: None }];
    while let Some(node) = open.pop() {
        if out.iter().any(|seen| seen.criterion == node.criterion) {
            let id = manifest.criteria[node.criterion].get_ref().id.get_ref();
            let message = format!("criterion `{id}` stands twice in scope `{scope}`: its parents form a circle or meet again");
            at.at(offset, FaultCode::Cycle, message, "within one scope a criterion has one parent");
            return None;
        }
        out.push(node);
        let id = manifest.criteria[node.criterion].get_ref().id.get_ref();
        let children =
            manifest.criteria.iter().enumerate().rev().filter(|(_, entry)| entry.get_ref().parent.names().contains(id));
        open.extend(children.map(|(child, _)| Node { criterion: child, parent: Some(node.criterion) }));
    }
    Some(out)
}

/// Every leaf of the tree must be an atom of the logic, and the other way round.
fn check_tree(tree: &[Node], criteria: &[Criterion], formula: &Formula, scope: &str, offset: usize, at: &mut Faults<'_>) {
    let atoms = formula.atoms();
    for node in tree {
        let criterion = &criteria[node.criterion];
        let has_children = tree.iter().any(|other| other.parent == Some(node.criterion));
        let group = criterion.kind == crate::policy::Kind::Group;
        if group != has_children {
            let message = format!(
                "criterion `{}` of scope `{scope}` is a group without children, or has children and is none",
                criterion.id
            );
            at.at(offset, FaultCode::BadValue, message, "kind G has children; M, R and J have none");
        }
        if !group && !atoms.contains(&node.criterion) {
            let message = format!("criterion `{}` does not take part in the logic of scope `{scope}`", criterion.id);
            at.at(offset, FaultCode::Cql, message, "refer to its definition from its parent's definition");
        }
    }
}

fn meta(manifest: &Manifest) -> Meta {
    Meta {
        title: manifest.title.clone(),
        sources: manifest.sources.clone(),
        retrieved: manifest.retrieved.get_ref().parse().unwrap_or(Date::ZERO),
        jurisdiction: manifest.jurisdiction.clone(),
        benefit: manifest.benefit.clone(),
        verification: manifest.verification.get_ref().clone(),
        to_verify: manifest.to_verify.clone(),
    }
}

/// The slot as written: empty strings until somebody signs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Slot {
    name: String,
    credentials: String,
    date: String,
    hash: String,
}

fn signature(file: &str, bytes: &[u8], policy: &Hash, faults: &mut Vec<Fault>) -> Option<Signature> {
    let mut fault = |code, message: &str, advice: &str| {
        faults.push(Fault { file: file.to_owned(), line: 0, code, message: message.to_owned(), advice: advice.to_owned() });
        None
    };
    let slot = std::str::from_utf8(bytes).ok().and_then(|text| toml::from_str::<Slot>(text).ok());
    let Some(slot) = slot else {
        return fault(FaultCode::Syntax, "the signature slot does not read", "name, credentials, date, hash; empty until signed");
    };
    if [&slot.name, &slot.credentials, &slot.date, &slot.hash].iter().all(|value| value.is_empty()) {
        return None;
    }
    match (slot.date.parse::<Date>(), slot.hash.parse::<Hash>()) {
        (Ok(date), Ok(hash)) if hash == *policy && !slot.name.trim().is_empty() => {
            Some(Signature { name: slot.name, credentials: slot.credentials, date, hash })
        }
        (Ok(_), Ok(_)) => fault(
            FaultCode::BadValue,
            "the signature is for another version of this policy",
            "sign again: the hash must be that of the files as they stand",
        ),
        _ => fault(FaultCode::BadValue, "the signature has no valid date or hash", "date YYYY-MM-DD, hash 64 hexadecimal digits"),
    }
}
