//! Where the time of one request goes: each stage by itself, on one thread, beside parsing the same body.

use super::{MEMBERS, template};
use crate::{Done, Failure};
use case::Case;
use exchange::pas::{self, Incoming, PasVersion, ReadContext, ResponseContext};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TIMES: u64 = 500;

/// Times the stages and prints them, best first run discarded.
pub fn run(data: &Path) -> Done {
    let said = |e: &dyn std::fmt::Display| Failure::new(e.to_string());
    let (platform, id) = super::platform(&data.join("stages"), true)?;
    let token = super::enrol(&platform, &id)?;
    let template = template()?;
    let tenant = platform.tenant(&id).map_err(|e| said(&e))?;
    let mut body = Vec::new();
    template.fill(1, &mut body);
    let bytes: Arc<[u8]> = Arc::from(&body[..]);
    let now = jiff::Timestamp::now();
    let document =
        json::Document::parse(bytes.clone(), &json::Limits::default()).map_err(|_| Failure::new("the body does not parse"))?;
    let context = ReadContext::now(now, &bytes, tenant.cover());
    let Ok(Incoming::Submit(new)) = pas::read(PasVersion::V2_2_1, &document, &context) else {
        return Err(Failure::new("not a submit"));
    };
    let client = platform.client(&token).map_err(|e| said(&e))?.ok_or_else(|| Failure::new("no client"))?;
    let submit = || workflow::Submission { client: &client, version: PasVersion::V2_2_1, body: bytes.clone() };
    let first = pollster::block_on(workflow::submit(&platform, submit())).map_err(|e| said(&e))?;
    let workflow::Outcome::Answer { case: Some(case_id), .. } = first else { return Err(Failure::new("not kept")) };
    let case: Case = platform.store.case(&id, case_id).map_err(|e| said(&e))?.ok_or_else(|| Failure::new("no case"))?;
    let line = case.request.lines.first();
    let facts = criteria::LineFacts::of(
        line,
        now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        case.request.cover.line_of_business,
    );
    let policy = platform.library.policy_for(&facts.selection()).ok_or_else(|| Failure::new("no policy"))?;
    let response = ResponseContext { id: "bench", now, base_url: "http://127.0.0.1", receipt: None, reviewer: None };
    let events = platform.store.events(&id, case_id).map_err(|e| said(&e))?;
    println!("stages of one request of {} bytes, {TIMES} times each, one thread", bytes.len());
    let base = stage("parse the body", None, || drop(json::Document::parse(bytes.clone(), &json::Limits::default())));
    stage("find the client", Some(base), || drop(platform.client(&token)));
    stage("read and check the Bundle", Some(base), || drop(pas::read(PasVersion::V2_2_1, &document, &context)));
    stage("find the member", Some(base), || drop(platform.member(&id, new.member_ids[0].expose())));
    stage("gather the record", Some(base), || drop(criteria::Record::of(std::slice::from_ref(&document))));
    let record = criteria::Record::of(std::slice::from_ref(&document));
    stage("ask the criteria, with evidence", Some(base), || {
        drop(criteria::evaluate(policy, &record, &facts, now, &tenant.signatures))
    });
    stage("load the case", Some(base), || drop(platform.store.case(&id, case_id)));
    stage("read its events back", Some(base), || events.iter().for_each(|e| drop(e.event())));
    stage("write the answer", Some(base), || drop(pas::respond(PasVersion::V2_2_1, &document, &case, &response)));
    let mut n = 10;
    stage("the whole, durable, alone", Some(base), || {
        n += 1;
        template.fill(n % MEMBERS as u64, &mut body);
        let submission = workflow::Submission { client: &client, version: PasVersion::V2_2_1, body: Arc::from(&body[..]) };
        drop(pollster::block_on(workflow::submit(&platform, submission)));
    });
    Ok(ExitCode::SUCCESS)
}

fn stage(name: &str, base: Option<Duration>, mut work: impl FnMut()) -> Duration {
    for _ in 0..TIMES / 10 {
        work();
    }
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    let median = times[times.len() / 2];
    let ratio = base.map_or_else(String::new, |base| format!("{:>8.1} x parse", median.as_secs_f64() / base.as_secs_f64()));
    println!("  {name:<34} {:>9.1} us{ratio}", median.as_secs_f64() * 1e6);
    median
}
