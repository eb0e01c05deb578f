//! `avedis bench`: durable, decided, receipted requests beside a bare endpoint, everything side by side in one run.
//!
//! The measuring stick parses the same Bundle and durably inserts one row by the same group commit. What is reported are
//! ratios within one run: the machine may be as busy as it likes.

mod load;
mod no_ledger;
mod size;
mod stages;

use crate::demo::{self, ORIGIN};
use crate::wiring::{self, Place};
use crate::{Done, Failure, serve};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use base::TenantId;
use fiction::Plan;
use load::{Load, Target, Template};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use workflow::Platform;
use workflow::directory::Client;

/// Measures the main job against a bare endpoint, and the size of a large installation.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis bench                          speed: about two minutes\n  avedis bench --seconds 3              quick look\n  avedis bench --stages                 where the time of one request goes\n  avedis bench --cases 100000           memory and start-up time with so many cases\n\nEverything is measured in one run on this machine; compare ratios, not figures of different runs."
)]
pub struct Args {
    /// Seconds for each measurement.
    #[arg(long, default_value_t = 8.0)]
    seconds: f64,
    /// Connections of the closed loop.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Rounds; bare and full take turns, medians are reported.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Fill a store with so many cases and measure memory and start-up time in place of speed.
    #[arg(long)]
    cases: Option<u64>,
    /// Show where the time of one request goes in place of the speed.
    #[arg(long)]
    stages: bool,
    /// Folder for the databases; removed afterwards.
    #[arg(long, default_value = "avedis-bench")]
    data: PathBuf,
    /// Serve an existing bench folder on an address and say when ready (the size measurement starts itself with it).
    #[arg(long, hide = true)]
    serve_only: Option<SocketAddr>,
}

/// Members of the bench plan: no member asks for the same service twice within a run.
const MEMBERS: usize = 120_000;
const NUMBER: &str = "R-00000000";
const MEMBER: &str = "FIC00000000";

/// Runs the command.
pub fn run(args: Args) -> Done {
    serve::log_to_stderr_at("error");
    if let Some(address) = args.serve_only {
        return size::serve_only(&args.data, address);
    }
    if args.data.exists() {
        return Err(Failure::new(format!(
            "{}: already there; remove it, or name another folder with --data",
            args.data.display()
        )));
    }
    let done = match args.cases {
        Some(cases) => size::run(&args.data, cases, args.connections),
        None if args.stages => stages::run(&args.data),
        None => speed(&args),
    };
    let _ = std::fs::remove_dir_all(&args.data);
    done
}

/// A served platform to send to.
pub struct Served {
    platform: Arc<Platform>,
    target: Target,
}

/// The fictional plan, sized for the bench, over a store in this folder.
fn platform(folder: &Path, ledger: bool) -> Result<(Arc<Platform>, TenantId), Failure> {
    let place = Place::Folder(folder.to_owned());
    let store = wiring::open(&place, ORIGIN)?;
    let store = if ledger { store } else { Arc::new(no_ledger::NoLedger(store)) };
    let id = demo::tenant_id()?;
    let mut tenant = demo::fictional_tenant(&id);
    let plan = Plan::sized(7, crate::day::of_the_plan(), 1);
    for policy in crate::policy::library(None)?.policies() {
        tenant.signatures.add(policy.hash(), demo::fictional_signature(policy.hash(), &plan));
    }
    let keys = wiring::log_keys(&place, ORIGIN, std::iter::once(&id))?;
    Ok((Arc::new(wiring::platform(store, false, None, "http://127.0.0.1", BTreeMap::from([(id.clone(), tenant)]), keys)?), id))
}

/// Fills the directory of a new bench folder and gives the client's token.
fn enrol(platform: &Platform, id: &TenantId) -> Result<String, Failure> {
    let mut plan = Plan::sized(7, crate::day::of_the_plan(), MEMBERS);
    for (n, member) in plan.members.iter_mut().enumerate() {
        member.member_id = format!("FIC{n:08}");
        member.birth_date = base::Date::constant(1950, 1, 1);
        member.line_of_business = base::LineOfBusiness::MedicareAdvantage;
    }
    demo::enrol(platform, id, &plan)?;
    serve::keep_policies(platform)?;
    let token = "bench-token-bench-token-bench-token".to_owned();
    let client = Client { name: "bench".to_owned(), tenant: id.clone(), npis: Vec::new() };
    platform.put_client(&token, &client).map_err(|e| Failure::new(e.to_string()))?;
    Ok(token)
}

/// The home oxygen story that the criteria approve, as a template.
fn template() -> Result<Template, Failure> {
    let mut plan = Plan::sized(7, crate::day::of_the_plan(), 1);
    if let Some(member) = plan.members.first_mut() {
        member.member_id = MEMBER.to_owned();
        member.birth_date = base::Date::constant(1950, 1, 1);
    }
    let body = fiction::benchmark_request(&plan, NUMBER).bytes();
    Ok(Template::new(body, NUMBER, MEMBER))
}

async fn served(folder: &Path, ledger: bool) -> Result<Served, Failure> {
    let (platform, id) = platform(folder, ledger)?;
    let token = enrol(&platform, &id)?;
    let address = listen(serve::router(&platform)).await?;
    let template = Arc::new(template()?);
    Ok(Served { platform, target: Target { address, path: "/pas/2.2.1/Claim/$submit", token, template } })
}

async fn listen(router: Router) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| Failure::new(e.to_string()))?;
    let address = listener.local_addr().map_err(|e| Failure::new(e.to_string()))?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// The measuring stick: parse, one durable row by the same group commit, a short answer.
async fn bare(folder: &Path, template: Arc<Template>) -> Result<Target, Failure> {
    std::fs::create_dir_all(folder).map_err(|e| Failure::new(e.to_string()))?;
    let log = store::bare::BareLog::open(folder.join("bare.db")).map_err(|e| Failure::new(e.to_string()))?;
    let router = Router::new().route("/bare", post(bare_handler)).with_state(Arc::new(log));
    let address = listen(router).await?;
    Ok(Target { address, path: "/bare", token: "none".to_owned(), template })
}

async fn bare_handler(State(log): State<Arc<store::bare::BareLog>>, body: axum::body::Bytes) -> (StatusCode, &'static str) {
    let bytes: Arc<[u8]> = Arc::from(&body[..]);
    let Ok(document) = json::Document::parse(bytes.clone(), &json::Limits::default()) else {
        return (StatusCode::BAD_REQUEST, "{}");
    };
    if document.root().get("resourceType").is_none() {
        return (StatusCode::BAD_REQUEST, "{}");
    }
    let mut random = [0; 10];
    crate::world::entropy(&mut random);
    let id = base::CaseId::from_parts(jiff::Timestamp::now().as_millisecond().unsigned_abs(), random);
    match log.append(*id.as_uuid().as_bytes(), bytes).await {
        Ok(_) => (StatusCode::OK, "{\"ok\":true}"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "{}"),
    }
}

fn speed(args: &Args) -> Done {
    serve::runtime()?.block_on(async {
        let full = served(&args.data.join("full"), true).await?;
        let unlogged = served(&args.data.join("unlogged"), false).await?;
        let bare = bare(&args.data.join("bare"), full.target.template.clone()).await?;
        println!(
            "one home-oxygen Bundle of {} bytes, {} connections, {} rounds of {} s each, bare and full in turn",
            full.target.template.len(),
            args.connections,
            args.rounds,
            args.seconds
        );
        let (mut numbers, mut bare_numbers) = (Numbers::default(), Numbers::default());
        let bar = wiring::bar(3 * args.rounds as u64 + 4, "measuring");
        let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..args.rounds {
            a.push(closed(args, &bare, &mut bare_numbers, &bar).await?);
            b.push(closed(args, &full.target, &mut numbers, &bar).await?);
            c.push(closed(args, &unlogged.target, &mut numbers, &bar).await?);
        }
        let (bare_rate, full_rate, unlogged_rate) = (median(&a), median(&b), median(&c));
        let bare_half = open(args, &bare, bare_rate / 2.0, &mut bare_numbers, &bar).await?;
        let full_half = open(args, &full.target, full_rate / 2.0, &mut numbers, &bar).await?;
        if numbers.0 as usize > MEMBERS {
            return Err(Failure::new("more requests than members: make the measurement shorter with --seconds"));
        }
        let bare_same = open(args, &bare, full_rate / 2.0, &mut bare_numbers, &bar).await?;
        bar.finish_and_clear();
        report(&[("bare", &a), ("full", &b), ("full without ledger", &c)]);
        println!("\nfull / bare                    {:>6.2}   (at least 0.40 is asked)", full_rate / bare_rate);
        println!("cost of the ledger             {:>5.1} %  (under 10 % is asked)", (1.0 - full_rate / unlogged_rate) * 100.0);
        println!(
            "p99 at half of its own load    {:>6.2} x bare: {:.1} ms at {:.0}/s beside {:.1} ms at {:.0}/s (under 3 is asked)",
            full_half.quantile_ms(0.99) / bare_half.quantile_ms(0.99),
            full_half.quantile_ms(0.99),
            full_rate / 2.0,
            bare_half.quantile_ms(0.99),
            bare_rate / 2.0
        );
        println!(
            "p99 at the same rate           {:>6.2} x bare: bare {:.1} ms",
            full_half.quantile_ms(0.99) / bare_same.quantile_ms(0.99),
            bare_same.quantile_ms(0.99)
        );
        println!(
            "median at half load            {:.2} ms, bare {:.2} ms",
            full_half.quantile_ms(0.5),
            bare_half.quantile_ms(0.5)
        );
        check_approved(&full)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Every request was approved by the criteria: otherwise something else was measured.
fn check_approved(served: &Served) -> Result<(), Failure> {
    let counts = served.platform.store.counts(&demo::tenant_id()?).map_err(|e| Failure::new(e.to_string()))?;
    let waiting: u64 = counts.queues.iter().map(|(_, n)| n).sum();
    println!("cases kept                     {}, waiting for a person {waiting}", counts.cases);
    if waiting > 0 { Err(Failure::new("some requests were not approved: the bench measured something else")) } else { Ok(()) }
}

#[derive(Default)]
struct Numbers(u64);

impl Numbers {
    /// The first number of a measurement; the next one starts after all that this one may use.
    fn take(&mut self, load: &Load) {
        self.0 += load.answered + load.failed;
    }
}

async fn closed(args: &Args, target: &Target, numbers: &mut Numbers, bar: &indicatif::ProgressBar) -> Result<Load, Failure> {
    measured(load::run(target.clone(), numbers.0, args.connections, args.seconds, 0.0).await, numbers, bar)
}

async fn open(
    args: &Args,
    target: &Target,
    rate: f64,
    numbers: &mut Numbers,
    bar: &indicatif::ProgressBar,
) -> Result<Load, Failure> {
    measured(load::run(target.clone(), numbers.0, 256, args.seconds, rate).await, numbers, bar)
}

fn measured(load: Load, numbers: &mut Numbers, bar: &indicatif::ProgressBar) -> Result<Load, Failure> {
    numbers.take(&load);
    bar.inc(1);
    if load.failed > 0 {
        return Err(Failure::new(format!(
            "{} of {} requests were not answered with 200",
            load.failed,
            load.failed + load.answered
        )));
    }
    Ok(load)
}

fn median(loads: &[Load]) -> f64 {
    let mut rates: Vec<f64> = loads.iter().map(Load::rate).collect();
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn report(rows: &[(&str, &[Load])]) {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|(name, loads)| {
            let rates: Vec<String> = loads.iter().map(|l| format!("{:.0}", l.rate())).collect();
            let p50: Vec<String> = loads.iter().map(|l| format!("{:.1}", l.quantile_ms(0.5))).collect();
            vec![(*name).to_owned(), format!("{:.0}", median(loads)), rates.join(" "), p50.join(" ")]
        })
        .collect();
    print!("{}", crate::table::table(&["endpoint", "requests/s", "rounds", "median ms"], &rows));
}
