//! `avedis demo`: a fictional plan, about sixty requests through the real HTTP API, and a workbench to look at.

use crate::client::Server;
use crate::submit::words;
use crate::table::{cut, table};
use crate::wiring::{self, Place};
use crate::world::token;
use crate::{Done, Failure, serve};
use base::{LineOfBusiness, State, TenantId, UserId};
use case::authority::{Licence, Role};
use exchange::pas::Summary;
use fiction::{Expect, Plan, Story};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use workflow::Platform;
use workflow::directory::{Client, MemberRecord, StaffRecord, Tenant};

/// The name of the fictional plan's log.
pub const ORIGIN: &str = "avedis.example/demo";
/// The fictional plan.
pub const TENANT: &str = "fiction";

/// Plays a fictional health plan.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis demo                          play, print, stay up\n  avedis demo --once                   play, print, stop\n  avedis demo --fresh --data /tmp/d    begin anew in a folder of your choice\n\nEverything is invented. The policies are signed by a fictional clinician for the demo only."
)]
pub struct Args {
    /// Folder of the embedded database; made when absent, opened again when it holds an earlier demo.
    #[arg(long, default_value = "avedis-demo")]
    data: PathBuf,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8720")]
    listen: String,
    /// Remove an earlier demo's files in that folder first.
    #[arg(long)]
    fresh: bool,
    /// Stop after the table.
    #[arg(long)]
    once: bool,
    /// Seed of the fiction.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

/// Runs the command.
pub fn run(args: Args) -> Done {
    if args.fresh {
        remove_demo(&args.data)?;
    }
    let again = args.data.join("avedis.db").exists();
    serve::log_to_stderr_at("warn");
    let runtime = serve::runtime()?;
    let listener = runtime.block_on(TcpListener::bind(&args.listen)).map_err(|e| {
        Failure::new(format!(
            "{}: {e}. Stop what listens there, or choose another address: avedis demo --listen 127.0.0.1:8721",
            args.listen
        ))
    })?;
    let url = format!("http://{}", listener.local_addr().map_err(|e| Failure::new(e.to_string()))?);
    let plan = Plan::new(args.seed, crate::day::of_the_plan());
    let set_up = set_up(&args.data, &url, &plan)?;
    println!("database  {}   (embedded SQLite)", args.data.join("avedis.db").display());
    println!("policies  {} loaded, signed by a fictional clinician for this demo only", set_up.platform.library.policies().len());
    println!(
        "plan      {} members, {} providers, {} staff, all invented",
        plan.members.len(),
        plan.providers.len(),
        plan.staff.len()
    );
    let serving = runtime.spawn(serve::serve(set_up.platform.clone(), listener));
    let code = if again {
        println!("\nThis folder holds an earlier demo: its cases are kept. Begin anew with: avedis demo --fresh");
        ExitCode::SUCCESS
    } else {
        play(&url, &set_up.token, &plan)?
    };
    if args.once {
        return Ok(code);
    }
    sign_ins(&url, &args.data, &set_up);
    match runtime.block_on(serving) {
        Ok(done) => done.map(|()| code),
        Err(e) => Err(Failure::new(format!("the server stopped: {e}"))),
    }
}

struct SetUp {
    platform: Arc<Platform>,
    token: String,
    passwords: Vec<(String, &'static str, String)>,
}

/// Removes the files that a demo makes, and nothing else.
fn remove_demo(data: &Path) -> Result<(), Failure> {
    for name in ["avedis.db", "avedis.db-wal", "avedis.db-shm", "avedis.db.lock", "demo.token", "fiction.log-key"] {
        match std::fs::remove_file(data.join(name)) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Failure::new(format!("{}: {e}", data.join(name).display()))),
        }
    }
    Ok(())
}

/// The platform of the fictional plan over a fresh or an earlier database.
fn set_up(data: &Path, url: &str, plan: &Plan) -> Result<SetUp, Failure> {
    let place = Place::Folder(data.to_owned());
    let store = wiring::open(&place, ORIGIN)?;
    let id = tenant_id()?;
    let mut tenant = fictional_tenant(&id);
    let keys = wiring::log_keys(&place, ORIGIN, std::iter::once(&id))?;
    let library = crate::policy::library(None)?;
    for policy in library.policies() {
        tenant.signatures.add(policy.hash(), fictional_signature(policy.hash(), plan));
    }
    let platform = Arc::new(wiring::platform(store, false, None, url, BTreeMap::from([(id.clone(), tenant)]), keys)?);
    serve::keep_policies(&platform)?;
    enrol(&platform, &id, plan)?;
    let token = demo_token(data)?;
    let client = Client { name: "demo-ehr".to_owned(), tenant: id.clone(), npis: Vec::new() };
    platform.put_client(&token, &client).map_err(said)?;
    let passwords = staff(&platform, &id, plan)?;
    Ok(SetUp { platform, token, passwords })
}

/// The fictional plan's platform in a new folder, with its client's token.
pub fn platform_for_tests(data: &Path, url: &str, plan: &Plan) -> Result<(Arc<Platform>, String), Failure> {
    set_up(data, url, plan).map(|made| (made.platform, made.token))
}

fn said(error: workflow::Error) -> Failure {
    Failure::new(format!("the demo could not be set up: {error}"))
}

/// The id of the fictional plan.
pub fn tenant_id() -> Result<TenantId, Failure> {
    TenantId::new(TENANT).map_err(|e| Failure::new(e.to_string()))
}

/// The fictional plan as a tenant, without signatures.
pub fn fictional_tenant(id: &TenantId) -> Tenant {
    Tenant {
        id: id.clone(),
        name: "Fiction Health (demonstration)".to_owned(),
        zone: "America/New_York".to_owned(),
        line_of_business: LineOfBusiness::MedicareAdvantage,
        exempt: fiction::EXEMPT.iter().map(|code| crate::config::service_code(code)).collect(),
        signatures: criteria::Signatures::none(),
        demo: true,
    }
}

/// The demonstration's own signature under a policy. It signs nothing outside the fictional plan.
pub fn fictional_signature(hash: base::Hash, plan: &Plan) -> criteria::Signature {
    criteria::Signature {
        name: "Dr. Dora Example (fictional, demonstration only)".to_owned(),
        credentials: "MD (fictional)".to_owned(),
        date: plan.today,
        hash,
    }
}

/// Writes the members into the directory, many at once.
pub fn enrol(platform: &Platform, id: &TenantId, plan: &Plan) -> Result<(), Failure> {
    let records = plan.members.iter().map(|m| MemberRecord {
        member_id: m.member_id.clone().into(),
        family: m.family.clone().into(),
        given: m.given.clone().into(),
        birth_date: m.birth_date.into(),
        line_of_business: m.line_of_business,
        state: State::new(&m.state).ok(),
        plan: m.plan.clone(),
        zone: m.zone.clone(),
        from: m.from,
        to: m.to,
    });
    platform.put_members(id, records).map_err(said)
}

fn demo_token(data: &Path) -> Result<String, Failure> {
    let path = data.join("demo.token");
    if let Ok(kept) = std::fs::read_to_string(&path) {
        return Ok(kept.trim().to_owned());
    }
    let token = token();
    std::fs::write(&path, format!("{token}\n")).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    Ok(token)
}

/// Writes the staff with new passwords at each start: an old demo's cannot be read back.
fn staff(platform: &Platform, id: &TenantId, plan: &Plan) -> Result<Vec<(String, &'static str, String)>, Failure> {
    let mut passwords = Vec::new();
    for person in &plan.staff {
        let password = format!("demo-{}", &token()[..12]);
        let licences = match State::new(person.state) {
            Ok(state) if !person.licence.is_empty() => vec![Licence {
                kind: person.licence.to_owned(),
                number: person.number.to_owned(),
                state,
                expires: base::Date::new(plan.today.year() + 2, 12, 31).unwrap_or(plan.today),
                restricted: false,
            }],
            _ => Vec::new(),
        };
        let (role, title) = role(person.role);
        let record = StaffRecord {
            user: UserId::new(person.user).map_err(|e| Failure::new(e.to_string()))?,
            name: person.name.to_owned(),
            role,
            licences,
            npi: (!person.npi.is_empty()).then(|| person.npi.to_owned()),
            specialties: if person.specialty.is_empty() { Vec::new() } else { vec![person.specialty.to_owned()] },
            active: true,
            password: serve::hash_password(&password)?,
        };
        platform.put_staff(id, &record).map_err(said)?;
        passwords.push((person.user.to_owned(), title, password));
    }
    Ok(passwords)
}

const fn role(role: fiction::Role) -> (Role, &'static str) {
    match role {
        fiction::Role::Intake => (Role::Intake, "intake coordinator"),
        fiction::Role::Nurse => (Role::Nurse, "UM nurse"),
        fiction::Role::Physician => (Role::Physician, "physician reviewer"),
        fiction::Role::Compliance => (Role::Compliance, "compliance officer"),
        fiction::Role::Administrator => (Role::Administrator, "administrator"),
    }
}

/// What happened to one story.
struct Played<'a> {
    story: &'a Story,
    decision: String,
    why: String,
    milliseconds: f64,
    as_expected: bool,
}

fn play(url: &str, token: &str, plan: &Plan) -> Result<ExitCode, Failure> {
    let stories = fiction::stories(plan);
    let server = Server::new(url, token)?;
    let bar = wiring::bar(stories.len() as u64, "playing");
    let mut played = Vec::new();
    for story in &stories {
        let begun = Instant::now();
        let answer = server.post(&format!("/pas/{}/Claim/$submit", story.version), &story.body)?;
        let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
        let (decision, why) = read(answer.status, &answer.body);
        let as_expected = as_expected(&story.expect, answer.status, &decision);
        played.push(Played { story, decision, why, milliseconds, as_expected });
        bar.inc(1);
    }
    bar.finish_and_clear();
    print(&played);
    Ok(if played.iter().all(|p| p.as_expected) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_expected(expect: &Expect, status: u16, decision: &str) -> bool {
    match expect {
        Expect::Approved => status == 200 && decision.starts_with("approved"),
        Expect::ApprovedFromScan => status == 200 && (decision.starts_with("approved") || decision.starts_with("pended")),
        Expect::NotRequired => status == 200 && decision.starts_with("not required"),
        Expect::Pended => status == 200 && decision.starts_with("pended"),
        Expect::Cancelled => status == 200 && decision.starts_with("cancelled"),
        Expect::Mixed => status == 200 && decision.contains("approved") && decision.contains("pended"),
        Expect::BusinessError => status == 200 && decision.starts_with("error"),
        Expect::Refused => status == 400,
    }
}

/// Decision and reason of an answer, short.
fn read(status: u16, body: &[u8]) -> (String, String) {
    let Ok(document) = json::Document::parse(body.to_vec(), &json::Limits::default()) else {
        return (format!("status {status}"), String::from_utf8_lossy(body).trim().to_owned());
    };
    let summary = Summary::read(&document);
    let Some(answer) = summary.answers.first() else {
        return (format!("refused {status}"), summary.issues.join("; "));
    };
    if let Some((code, path)) = answer.errors.first() {
        return (format!("error {code}"), path.clone().unwrap_or_default());
    }
    let mut decisions: Vec<String> = answer.lines.iter().map(|l| words(&l.action)).collect();
    decisions.dedup();
    let missing = answer.lines.iter().flat_map(|l| l.missing.iter()).next().map(|m| format!("missing: {m}"));
    let note = answer.lines.iter().flat_map(|l| l.notes.iter()).chain(&answer.notes).next().cloned();
    (decisions.join(" + "), missing.or(note).unwrap_or_default())
}

fn print(played: &[Played<'_>]) {
    let rows: Vec<Vec<String>> = played
        .iter()
        .map(|p| {
            vec![
                p.story.name.clone(),
                p.decision.clone(),
                format!("{:.1}", p.milliseconds),
                if p.as_expected { "yes" } else { "NO" }.to_owned(),
                cut(&p.why, 110),
            ]
        })
        .collect();
    println!("\n{}", table(&["request", "decision", "ms", "as told", "why, or what is missing"], &rows));
    let mut times: Vec<f64> = played.iter().map(|p| p.milliseconds).collect();
    times.sort_by(f64::total_cmp);
    let approved = played.iter().filter(|p| p.decision.starts_with("approved")).count();
    println!(
        "{} requests: {approved} approved by criteria, the rest waits for people or was refused with every fault named; median {:.1} ms over HTTP, each durable with its receipt",
        played.len(),
        times.get(times.len() / 2).copied().unwrap_or_default()
    );
}

fn sign_ins(url: &str, data: &Path, set_up: &SetUp) {
    println!("\nworkbench  {url}/");
    let rows: Vec<Vec<String>> = set_up
        .passwords
        .iter()
        .map(|(user, title, password)| vec![user.clone(), password.clone(), (*title).to_owned()])
        .collect();
    println!("{}", table(&["sign in as", "password", "who"], &rows));
    let folder = data.display();
    println!("submit     avedis submit request.json --token-file {folder}/demo.token");
    println!("replay     avedis replay --all --data {folder}");
    println!("log key    {url}/log/{TENANT}/key");
    println!("\nStop with Ctrl-C.");
}
