//! Scratch: all measurements with data read at run time. Not committed.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]
use text::cue;
use text::fact::Kind;
use text::lexicon::{Builder, Entry, Lexicon, Role};
use text::{Axis, Span};

fn rows(dir: &str, f: &str) -> Vec<Vec<String>> {
    std::fs::read_to_string(format!("{dir}/{f}.tsv"))
        .unwrap()
        .lines()
        .filter(|l| !l.starts_with('#') && !l.trim().is_empty())
        .map(|l| l.split('\t').map(|c| c.trim().to_owned()).collect())
        .collect()
}
fn axis(n: &str) -> Axis {
    cue::axes().into_iter().find(|a| format!("{a:?}").eq_ignore_ascii_case(n)).unwrap()
}

fn build(dir: &str, concepts: bool) -> Lexicon {
    let mut b = Builder::new();
    let e = |role, target| Entry { role, target, capitals: false, ambiguous: false };
    for r in rows(dir, "cues") {
        let reach = cue::Reach::named(&r[2]).unwrap_or_else(|| panic!("{r:?}"));
        if let Err(x) = b.term(&r[0], e(Role::Cue, cue::code(axis(&r[1]), reach))) {
            println!("{r:?} {x}")
        }
    }
    for r in rows(dir, "headings") {
        let s =
            text::layout::SECTIONS.into_iter().find(|s| format!("{s:?}").eq_ignore_ascii_case(&r[1].replace('-', ""))).unwrap();
        b.term(&r[0], e(Role::Heading, text::layout::section_number(s))).unwrap();
    }
    for (f, role) in [("outcomes", Role::Outcome), ("qualifiers", Role::Qualifier)] {
        for r in rows(dir, f) {
            let t = b.string(&r[1..].join("\t"));
            b.term(&r[0], e(role, t)).unwrap();
        }
    }
    if concepts {
        let text = String::from_utf8(zstd::decode_all(&std::fs::read(format!("{dir}/open-terms.tsv.zst")).unwrap()[..]).unwrap())
            .unwrap();
        for row in text.lines() {
            let c: Vec<&str> = row.split('\t').collect();
            let kind = match c[0] {
                "P" => Kind::Problem,
                "F" => Kind::Finding,
                "M" => Kind::Medication,
                _ => Kind::Measurement,
            };
            let names: Vec<&str> = c[2].split('|').collect();
            let id = b.concept(kind, names[0], vec![]);
            for n in names {
                let short = n.chars().filter(|c| c.is_alphanumeric()).count() < 4;
                let _ = b.term(n, Entry { role: Role::Concept, target: id.0, capitals: short, ambiguous: false });
            }
        }
        for n in "physical therapy|nsaids|steroids|home exercise program|dmard|dmards|triptans|statins|biologics|epidural steroid injection|epidural steroid injections|cpap|corticosteroid injection|corticosteroid injections|surgery|knee brace|acupuncture|chiropractic care|compression stockings|ssri|ssris|snris|tnf inhibitor|tnf inhibitors|opioids|muscle relaxants|cognitive behavioral therapy|cbt|tms|ect|bariatric surgery|oral appliance|bipap|phototherapy|topical steroids|radiation|chemotherapy|hysterectomy|iud|colchicine|gabapentin|acetaminophen|methotrexate|humira|beta blockers|beta blocker|ace inhibitors|ace inhibitor|metformin|glp-1|glp-1 agonist|insulin|anticoagulation|warfarin|bracing|orthotics|tens unit|massage|weight loss program|nicotine replacement|inhaled corticosteroid|inhaled corticosteroids|antibiotics|antihistamines|nasal steroids|allergen immunotherapy|immunotherapy|ppi|ppis|h2 blocker|h2 blockers|conservative therapy|conservative management|activity modification|viscosupplementation|hyaluronic acid injections|nerve block|nerve blocks|radiofrequency ablation|spinal cord stimulator|botox|onabotulinumtoxina|topiramate|propranolol|home oxygen|oxygen|wheelchair|insulin pump|cgm|levothyroxine|lithium|clozapine|quetiapine|sertraline|fluoxetine|escitalopram|bupropion|venlafaxine|duloxetine|adalimumab|etanercept|infliximab|ustekinumab|secukinumab|dupilumab|omalizumab|mepolizumab|rituximab|tocilizumab|abatacept|tofacitinib|upadacitinib|apremilast|sulfasalazine|leflunomide|hydroxychloroquine|azathioprine|mycophenolate|cyclosporine|tacrolimus|prednisone|naproxen|ibuprofen|meloxicam|celecoxib|diclofenac|tramadol|cyclobenzaprine|tizanidine|baclofen|pregabalin|amitriptyline|nortriptyline|sumatriptan|rizatriptan|erenumab|atorvastatin|rosuvastatin|simvastatin|pravastatin|ezetimibe|evolocumab|lisinopril|losartan|amlodipine|metoprolol|semaglutide|ozempic|liraglutide|dulaglutide|tirzepatide|glipizide|sitagliptin|empagliflozin|phentermine|orlistat|alendronate|risedronate|denosumab|teriparatide|zoledronic acid|omeprazole|pantoprazole|famotidine|montelukast|fluticasone|albuterol|tiotropium|budesonide".split('|') {
            let id = b.concept(if n.contains("cpap") || n.contains("brace") { Kind::Device } else if n.contains("therapy") || n.contains("injection") || n.contains("surgery") || n.contains("program") { Kind::Procedure } else { Kind::Medication }, n, vec![]);
            let _ = b.term(n, Entry { role: Role::Concept, target: id.0, capitals: false, ambiguous: false });
        }
    }
    Lexicon::from_bytes(b.finish()).unwrap()
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let dir = std::env::var("DATA").unwrap_or("crates/lexicon/data".into());
    match a[1].as_str() {
        "context" => {
            let lexicon = build(&dir, false);
            let rows: Vec<text::score::context::Row> = std::fs::read_to_string("/work/shared/data/nlp/negex-context/dev.jsonl")
                .unwrap()
                .lines()
                .map(|l| serde_json::from_str(l).unwrap())
                .collect();
            let o = text::score::context::score(&rows, &lexicon);
            for (name, c) in [("negation", o.negation), ("historical", o.historical), ("hypothetical", o.hypothetical)] {
                println!(
                    "{name}: P {:.3} R {:.3} F1 {:.3} ({} wrong, {} missed)",
                    c.precision(),
                    c.recall(),
                    c.f1(),
                    c.wrong,
                    c.missed
                );
            }
            for (id, axis, said) in &o.wrong {
                let row = rows.iter().find(|r| r.id == *id).unwrap();
                let Some((s, e)) = row.span else { continue };
                let scanned = text::scan::scan(&row.text, &lexicon);
                print!("{axis} {} {id} ", if *said { "SAID" } else { "MISSED" });
                for c in text::assertion::axes_of(&scanned, Span::new(s, e)).1 {
                    print!("<{:?} {}> ", c.axis, c.span.of(&row.text));
                }
                println!("{}[[{}]]{}", &row.text[..s], &row.text[s..e], &row.text[e..]);
            }
        }
        "axes" => {
            let lexicon = build(&dir, false);
            let (mut bad, mut n) = (0, 0);
            for line in std::fs::read_to_string(&a[2]).unwrap().lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
                let (marked, want) = line.split_once('\t').unwrap_or((line, ""));
                let marked = marked.replace("\\n", "\n");
                let (s, e) = (marked.find("{{").unwrap(), marked.find("}}").unwrap() - 2);
                let plain = marked.replace("{{", "").replace("}}", "");
                let scanned = text::scan::scan(&plain, &lexicon);
                let (x, cues) = text::assertion::axes_of(&scanned, Span::new(s, e));
                let got: String = [
                    (x.negated, 'N'),
                    (x.uncertain, 'U'),
                    (x.hypothetical, 'Y'),
                    (x.historical, 'H'),
                    (x.family, 'F'),
                    (x.conditional, 'C'),
                ]
                .iter()
                .filter(|p| p.0)
                .map(|p| p.1)
                .collect();
                n += 1;
                if got != want.trim() {
                    bad += 1;
                    println!(
                        "want {want:4} got {got:4} {} {:?}",
                        marked.replace('\n', "\\n"),
                        cues.iter().map(|c| format!("{:?}:{}", c.axis, c.span.of(&plain))).collect::<Vec<_>>()
                    );
                }
            }
            println!("{} of {n} right", n - bad);
        }
        "read" => {
            let lexicon = build(&dir, true);
            let t = std::fs::read_to_string(&a[2]).unwrap();
            let r = text::read(&lexicon, &text::Input { text: &t, ..Default::default() }).unwrap();
            for f in r.facts {
                println!(
                    "{:?} {:?} {:?} {:?} {:?} {:?}",
                    f.kind,
                    f.span.of(&t),
                    f.section,
                    f.axes,
                    f.therapy.map(|x| (x.outcome, x.cue.of(&t), x.reason.map(|r| r.of(&t)), x.lasted)),
                    (f.side, f.severity)
                );
            }
        }
        _ => {}
    }
}
