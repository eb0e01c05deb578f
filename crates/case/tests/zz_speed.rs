#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod kit;
use case::*;
fn time(name: &str, mut f: impl FnMut()) {
    let n = 3000;
    for _ in 0..300 { f(); }
    let t = std::time::Instant::now();
    for _ in 0..n { f(); }
    println!("{name} {:?}", t.elapsed() / n);
}
#[test]
#[allow(clippy::disallowed_methods)]
fn speed() {
    let mut f = sample::findings(1, Truth::Met);
    let c = f.criteria[0].clone();
    for _ in 0..20 { f.criteria.push(c.clone()); }
    let request = sample::request(kit::start());
    let facts = clock::Facts::of(&request, &request.receipt);
    time("start", || { std::hint::black_box(clock::Rules::builtin().start(&facts).unwrap()); });
    time("request clone", || { std::hint::black_box(request.clone()); });
    time("findings clone", || { std::hint::black_box(f.clone()); });
    let ctx = Context::client(kit::start(), "office");
    let sw = Context::software(kit::start());
    let receive = || decide(None, kit::receive(request.clone()), &ctx).unwrap();
    time("receive", || { std::hint::black_box(receive()); });
    let ev = receive();
    let case = replay(&ev).unwrap();
    time("evolve receive", || { std::hint::black_box(replay(&ev)); });
    let check = || decide(Some(&case), Command::CheckIntake(event::Intake::Clear), &sw).unwrap();
    time("check", || { std::hint::black_box(check()); });
    let case = check().iter().fold(Some(case.clone()), evolve).unwrap();
    let rec = || decide(Some(&case), Command::RecordFindings{findings: vec![f.clone()], records: vec![sample::document("request")], uncovered: vec![], approvals: vec![sample::approval(1)]}, &sw).unwrap();
    time("record", || { std::hint::black_box(rec()); });
    let e2 = rec();
    let mut c = Some(case.clone());
    time("evolve record", || { c = e2.iter().fold(c.take(), evolve); });
    let mut all = ev.clone(); all.extend(e2);
    time("to_bytes", || { for e in &all { std::hint::black_box(e.to_bytes().unwrap()); } });
    let bytes: Vec<_> = all.iter().map(|e| e.to_bytes().unwrap()).collect();
    for b in &bytes { let b2 = b.clone(); time(&format!("from_bytes {}", b.len()), || { std::hint::black_box(Event::from_bytes(&b2).unwrap()); }); }
}
