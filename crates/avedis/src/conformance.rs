//! `avedis conformance`: the official CQL and FHIRPath suites, and the published PAS examples, sent over real HTTP to a fresh fictional plan.
//!
//! Suites and examples are not part of this project. They are read from the folder of public conformance data when it is
//! there; when it is not, that is said and nothing is claimed.

use crate::client::Server;
use crate::table::{cut, table};
use crate::{Done, Failure, demo, serve};
use base::Hash;
use fiction::Plan;
use json::{Document, Limits, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use workflow::Platform;

/// Runs the official CQL and FHIRPath suites, then sends every published PAS request example, both versions, and checks each answer.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis conformance --shared ../shared\n\nExit code: 0 every check holds (or the data is not there, which is said), 1 some do not."
)]
pub struct Args {
    /// Folder that holds `conformance/pas`, `conformance/cql-tests` and `conformance/fhirpath-r4`.
    #[arg(long, default_value = "../shared")]
    shared: PathBuf,
    /// Folder for the database; removed afterwards.
    #[arg(long, default_value = "avedis-conformance")]
    data: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let languages = languages(&args.shared.join("conformance"))?;
    let folder = args.shared.join("conformance/pas");
    if !folder.is_dir() {
        println!("skipped: {} is not there; the PAS examples were not sent", folder.display());
        return Ok(if languages { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if args.data.exists() {
        return Err(Failure::new(format!(
            "{}: already there; remove it, or name another folder with --data",
            args.data.display()
        )));
    }
    serve::log_to_stderr_at("error");
    let done = replay(&folder, &args.data);
    let _ = std::fs::remove_dir_all(&args.data);
    if languages { done } else { done.map(|_| ExitCode::FAILURE) }
}

/// The suites of the expression languages; true when every test that fails has its reason on record.
fn languages(folder: &Path) -> Result<bool, Failure> {
    // The suites name no time; a fixed one gives the same table every day.
    let now =
        cql::value::DateTime::parse("2026-01-15T12:00:00.000Z").ok_or_else(|| Failure::new("the suites' time is no time"))?;
    let mut explained = true;
    let tests = folder.join("cql-tests/canonical/tests.json");
    match (std::fs::read_to_string(&tests), std::fs::read_to_string(tests.with_file_name("expected.json"))) {
        (Ok(tests), Ok(expected)) => {
            let report = cql::suite::run(&tests, &expected, now).map_err(|e| Failure::new(e.to_string()))?;
            println!("Official CQL tests\n\n{report}");
            explained &= report.unexplained().is_empty() && report.wrongly_excluded().is_empty();
        }
        _ => println!("skipped: {} is not there; the CQL suite was not run", tests.display()),
    }
    let suite = folder.join("fhirpath-r4/hl7_fhirpath_tests");
    if suite.is_dir() {
        let report = fhirpath::suite::run(&suite, now).map_err(|e| Failure::new(e.to_string()))?;
        println!("Official FHIRPath R4 tests\n\n{report}");
        explained &= report.unexplained().is_empty() && report.wrongly_excluded().is_empty();
    } else {
        println!("skipped: {} is not there; the FHIRPath suite was not run", suite.display());
    }
    Ok(explained)
}

/// One example and where it goes.
struct Example {
    version: &'static str,
    operation: &'static str,
    name: String,
    path: PathBuf,
    accepted: bool,
}

fn replay(folder: &Path, data: &Path) -> Done {
    let runtime = serve::runtime()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).map_err(|e| Failure::new(e.to_string()))?;
    let url = format!("http://{}", listener.local_addr().map_err(|e| Failure::new(e.to_string()))?);
    let plan = Plan::new(7, crate::day::of_the_plan());
    let (platform, token) = demo::platform_for_tests(data, &url, &plan)?;
    runtime.spawn(serve::serve(platform.clone(), listener));
    let server = Server::new(&url, &token)?;
    let mut rows = Vec::new();
    let mut failed = 0;
    for example in examples(folder)? {
        let file = std::fs::read(&example.path).map_err(|e| Failure::new(format!("{}: {e}", example.path.display())))?;
        for body in bodies(file) {
            let answer = server.post(&format!("/pas/{}/Claim/{}", example.version, example.operation), &body)?;
            let faults = if example.accepted {
                accepted(&example, &platform, &body, answer.status, &answer.body)
            } else {
                refused(answer.status, &answer.body)
            };
            failed += usize::from(!faults.is_empty());
            rows.push(vec![
                example.version.to_owned(),
                example.operation.to_owned(),
                example.name.clone(),
                answer.status.to_string(),
                if faults.is_empty() { "holds".to_owned() } else { cut(&faults.join("; "), 160) },
            ]);
        }
    }
    failed += capability(&server, &mut rows)?;
    print!("{}", table(&["PAS", "operation", "example", "status", "checks"], &rows));
    println!("\n{} passed, {failed} failed", rows.len() - failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The bodies of a file: the kit keeps several requests of one step as an array; each is sent as it stands there.
fn bodies(file: Vec<u8>) -> Vec<Vec<u8>> {
    match Document::parse(file.clone(), &Limits::default()) {
        Ok(document) if document.root().kind() == json::Kind::Array => {
            document.root().items().map(|body| body.raw().to_vec()).collect()
        }
        _ => vec![file],
    }
}

/// Request examples by name: those of the guides, the kit's bodies, and those that must be refused.
fn examples(folder: &Path) -> Result<Vec<Example>, Failure> {
    let mut found = Vec::new();
    for (version, sub) in [("2.0.1", "examples-2.0.1"), ("2.2.1", "examples-2.2.1"), ("2.0.1", "kit-bodies-2.0.1")] {
        let read = std::fs::read_dir(folder.join(sub)).map_err(|e| Failure::new(format!("{sub}: {e}")))?;
        for path in read.filter_map(Result::ok).map(|e| e.path()) {
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let request = (name.starts_with("Bundle-") && !name.contains("Response") && !name.contains("Notification"))
                || name.ends_with("request_payload");
            let inquiry = name.contains("Inquiry") || name.contains("inquire");
            if request {
                let operation = if inquiry { "$inquire" } else { "$submit" };
                found.push(Example { version, operation, name, path, accepted: true });
            }
        }
    }
    for version in ["2.0.1", "2.2.1"] {
        for operation in ["$submit", "$inquire"] {
            let path = folder.join("fixtures/nonconformant_pas_bundle.json");
            found.push(Example { version, operation, name: "nonconformant_pas_bundle".to_owned(), path, accepted: false });
        }
    }
    found.sort_by(|a, b| (a.version, !a.accepted, a.operation, &a.name).cmp(&(b.version, !b.accepted, b.operation, &b.name)));
    Ok(found)
}

fn refused(status: u16, body: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    if !(400..500).contains(&status) {
        faults.push(format!("status {status} in place of 4xx"));
    }
    match Document::parse(body.to_vec(), &Limits::default()) {
        Ok(document) if text(document.root(), "resourceType") == "OperationOutcome" => {
            if document.root().get("issue").is_none_or(|issues| issues.items().next().is_none()) {
                faults.push("no issue".to_owned());
            }
        }
        _ => faults.push("not an OperationOutcome".to_owned()),
    }
    faults
}

/// Checks of a well-formed answer (PAS spec-33, spec-34 and the response Bundle's own rules).
fn accepted(example: &Example, platform: &Arc<Platform>, sent: &[u8], status: u16, body: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    if status != 200 {
        return vec![format!("status {status}: {}", cut(&String::from_utf8_lossy(body), 120))];
    }
    let (Ok(request), Ok(answer)) =
        (Document::parse(sent.to_vec(), &Limits::default()), Document::parse(body.to_vec(), &Limits::default()))
    else {
        return vec!["the answer is not JSON".to_owned()];
    };
    if example.operation == "$inquire" {
        let wanted = if example.version == "2.0.1" { "Bundle" } else { "Parameters" };
        if text(answer.root(), "resourceType") != wanted {
            faults.push(format!("not {wanted}"));
        }
        return faults;
    }
    let entries: Vec<Value<'_>> = answer.root().get("entry").map(|e| e.items().collect()).unwrap_or_default();
    let first = entries.first().and_then(|e| e.get("resource"));
    match first {
        Some(response) if text(response, "resourceType") == "ClaimResponse" => {
            check_items(request.root(), response, example.name.contains("Differential"), &mut faults);
            if example.version == "2.2.1" && !has_extension(response, "claimResponseReviewer") {
                faults.push("no claimResponseReviewer".to_owned());
            }
            if !has_extension(response, "receipt") {
                faults.push("no receipt".to_owned());
            }
        }
        _ => faults.push("ClaimResponse is not first".to_owned()),
    }
    check_echo(request.root(), &entries, &mut faults);
    if text(answer.root(), "type") != "collection"
        || answer.root().get("identifier").is_none()
        || answer.root().get("timestamp").is_none()
    {
        faults.push("the Bundle lacks type, identifier or timestamp".to_owned());
    }
    if !is_kept(platform, sent) {
        faults.push("not kept byte for byte".to_owned());
    }
    faults
}

/// In the document store; or, when it repeated a decided request in other bytes, beside it as an artifact.
fn is_kept(platform: &Platform, sent: &[u8]) -> bool {
    let Ok(tenant) = demo::tenant_id() else { return false };
    let hash = Hash::of(sent);
    let document = platform.store.document(&tenant, &hash).ok().flatten().map(|document| document.bytes);
    let artifact = || platform.store.artifact(&tenant, &hash).ok().flatten().map(|artifact| artifact.bytes);
    document.or_else(artifact).is_some_and(|bytes| bytes == sent)
}

const ACTIONS: &[&str] = &["A1", "A2", "A3", "A4", "A6", "C"];

fn check_items(request: Value<'_>, response: Value<'_>, differential: bool, faults: &mut Vec<String>) {
    let claim = request.get("entry").and_then(|e| e.items().next()).and_then(|e| e.get("resource"));
    let sequences = |of: Option<Value<'_>>, key: &str| -> BTreeSet<i64> {
        of.and_then(|c| c.get("item")).map(|i| i.items().filter_map(|item| item.get(key)?.as_i64()).collect()).unwrap_or_default()
    };
    let (asked, answered) = (sequences(claim, "sequence"), sequences(Some(response), "itemSequence"));
    // A differential update (2.0.1) names only what changes; the answer names every line of the authorization.
    let holds = if differential { asked.is_subset(&answered) } else { asked == answered };
    if !holds {
        faults.push("item sequences are not those of the request".to_owned());
    }
    for item in response.get("item").into_iter().flat_map(items) {
        let code = action(item);
        if !ACTIONS.contains(&code.as_str()) {
            faults.push(format!("review action {code:?}"));
        }
    }
}

fn action(item: Value<'_>) -> String {
    let mut found = String::new();
    for adjudication in item.get("adjudication").into_iter().flat_map(items) {
        for extension in adjudication.get("extension").into_iter().flat_map(items) {
            for part in extension.get("extension").into_iter().flat_map(items) {
                if text(part, "url").ends_with("extension-reviewActionCode") {
                    let coding = part.get("valueCodeableConcept").and_then(|c| c.get("coding")).and_then(|c| c.items().next());
                    found = coding.map(|c| text(c, "code")).unwrap_or_default();
                }
            }
        }
    }
    found
}

/// What is echoed keeps full URL and identifiers.
fn check_echo(request: Value<'_>, answer: &[Value<'_>], faults: &mut Vec<String>) {
    let mut sent: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for entry in request.get("entry").into_iter().flat_map(items) {
        let identifiers = entry.get("resource").and_then(|r| r.get("identifier")).map(|i| json::canonical(i)).unwrap_or_default();
        sent.insert(text(entry, "fullUrl"), identifiers);
    }
    for entry in answer.iter().skip(1) {
        let url = text(*entry, "fullUrl");
        let kind = entry.get("resource").map(|r| text(r, "resourceType")).unwrap_or_default();
        let identifiers = entry.get("resource").and_then(|r| r.get("identifier")).map(|i| json::canonical(i)).unwrap_or_default();
        match sent.get(&url) {
            Some(before) if *before == identifiers => {}
            Some(_) => faults.push(format!("{kind}: identifiers differ from the request's")),
            None if ["Task", "CommunicationRequest"].contains(&kind.as_str()) => {}
            None => faults.push(format!("{kind}: full URL is not the request's")),
        }
    }
}

fn capability(server: &Server, rows: &mut Vec<Vec<String>>) -> Result<usize, Failure> {
    let mut failed = 0;
    for version in ["2.0.1", "2.2.1"] {
        let answer = server.get(&format!("/pas/{version}/metadata"))?;
        let names: Vec<String> = Document::parse(answer.body, &Limits::default())
            .ok()
            .map(|d| {
                let rest = d.root().get("rest").and_then(|r| r.items().next());
                let resources = rest.and_then(|r| r.get("resource"));
                let operations = resources.into_iter().flat_map(items).filter_map(|r| r.get("operation"));
                operations.flat_map(items).map(|o| text(o, "name")).collect()
            })
            .unwrap_or_default();
        let holds = answer.status == 200 && names.iter().any(|n| n == "submit") && names.iter().any(|n| n == "inquire");
        failed += usize::from(!holds);
        let said = if holds { "holds".to_owned() } else { format!("names {names:?}") };
        rows.push(vec![
            version.to_owned(),
            "metadata".to_owned(),
            "capability statement".to_owned(),
            answer.status.to_string(),
            said,
        ]);
    }
    Ok(failed)
}

fn has_extension(resource: Value<'_>, ending: &str) -> bool {
    let ends = |e: Value<'_>| text(e, "url").ends_with(ending);
    resource.get("extension").into_iter().flat_map(items).any(ends)
}

fn text(value: Value<'_>, key: &str) -> String {
    value.get(key).and_then(|v| v.as_str().map(|s| s.into_owned())).unwrap_or_default()
}

fn items(value: Value<'_>) -> Vec<Value<'_>> {
    value.items().collect()
}
