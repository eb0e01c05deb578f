//! temp
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::time::Instant;
use cql::*;
use cql::value::Value;
fn main() {
    let c = std::fs::read_to_string("/work/main/policies/shared/AvedisCommon.cql").unwrap();
    let o = std::fs::read_to_string("/work/main/policies/ncd-240.2-home-oxygen/criteria.cql").unwrap();
    let t=Instant::now();
    let p = compile(&[Source{name:"c",text:&c},Source{name:"o",text:&o}],&Options::default()).unwrap();
    println!("compile {:?} nodes {}", t.elapsed(), p.plan().nodes.len());
    let text = std::fs::read("/tmp/ox.json").unwrap();
    let doc = json::Document::parse(text.clone(), &json::Limits::default()).unwrap();
    let names=|x:&[&str]| Value::list(x.iter().map(|s|Value::string(s)).collect());
    let par=Parameters::new().with("AsOf",Value::Date(cql::value::Date::parse("2026-11-20").unwrap())).with("Clinicians",names(&["Practitioner/dr"])).with("Recorders",names(&["Practitioner/dr"])).with("Suppliers",names(&[])).with("Test Performers",names(&["Organization/lab"]));
    let now=cql::value::DateTime::parse("2026-11-20T12:00:00.000Z").unwrap();
    let st=p.definition("Stationary").unwrap();
    let wanted=[st];
    let n=500;
    for trace in [false,true] { for _ in 0..2 {
        let t=Instant::now();
        for _ in 0..n { let data=Data::from_document(&doc); let e=p.evaluate(&data,&par,now,&EvalOptions{trace,definitions:Some(&wanted),..EvalOptions::default()}).unwrap(); assert!(e.tri(st)==Some(true)); std::hint::black_box(&e); }
        println!("trace {trace}: {:.1} us", t.elapsed().as_secs_f64()*1e6/n as f64);
    }}
    let data=Data::from_document(&doc); let e=p.evaluate(&data,&par,now,&EvalOptions{trace:true,definitions:Some(&wanted),..EvalOptions::default()}).unwrap();
    let t=Instant::now(); for _ in 0..n { std::hint::black_box(e.evidence(st)); } println!("evidence root {:.1} us", t.elapsed().as_secs_f64()*1e6/n as f64);
    let r=p.definition("Rest Hypoxaemia").unwrap();
    let t=Instant::now(); for _ in 0..n { std::hint::black_box(e.evidence(r)); } println!("evidence leaf {:.1} us", t.elapsed().as_secs_f64()*1e6/n as f64);
    // each definition alone
    let mut rows=vec![];
    for d in p.definitions(p.libraries().last().unwrap().id).into_iter().chain(p.definitions(p.libraries()[0].id)) {
        let w=[d.id]; let t=Instant::now();
        for _ in 0..100 { let data=Data::from_document(&doc); let e=p.evaluate(&data,&par,now,&EvalOptions{definitions:Some(&w),..EvalOptions::default()}).unwrap(); std::hint::black_box(&e); }
        rows.push((t.elapsed().as_secs_f64()*1e4, d.name));
    }
    rows.sort_by(|a,b|b.0.total_cmp(&a.0)); for (t,n) in rows.iter().take(40) { println!("{t:8.1} us {n}"); }
    println!("{:8.1} min", rows.last().unwrap().0);
}
