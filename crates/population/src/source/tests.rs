use super::*;
use std::fs;

/// A folder for one test, removed at its end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("population-test-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn patient(id: &str) -> String {
    format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#)
}

fn observation(id: &str, of: &str) -> String {
    format!(r#"{{"resourceType":"Observation","id":"{id}","subject":{{"reference":"Patient/{of}"}}}}"#)
}

fn bundle(resources: &[String]) -> String {
    let entries: Vec<String> = resources.iter().map(|r| format!(r#"{{"resource":{r}}}"#)).collect();
    format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","))
}

/// Each patient as `id:resources+expected`, each fault as its code, in order.
fn read(source: Source) -> Vec<String> {
    source
        .map(|item| match item {
            Ok(p) => {
                let ids = p.resources().map(|(_, r)| r.get("id").unwrap().as_str().unwrap().into_owned()).collect::<Vec<_>>();
                format!("{}:{}+{}", p.id, ids.join(","), p.expected.len())
            }
            Err(fault) => fault.code.as_str().to_owned(),
        })
        .collect()
}

/// Files (name, content) in a folder, opened as a folder.
fn folder(name: &str, files: &[(&str, String)]) -> Vec<String> {
    let folder = Folder::new(name);
    for (name, text) in files {
        folder.write(name, text);
    }
    match Source::open([&folder.0], &SourceOptions::default()) {
        Ok(source) => read(source),
        Err(faults) => faults.iter().map(|f| f.code.as_str().to_owned()).collect(),
    }
}

fn report(subject: &str) -> String {
    format!(r#"{{"resourceType":"MeasureReport","id":"r","subject":{{"reference":"Patient/{subject}"}}}}"#)
}

#[test]
fn bundles_of_one_and_of_many_patients() {
    let one = bundle(&[patient("a"), observation("1", "a"), report("a")]);
    let practitioner = r#"{"resourceType":"Practitioner","id":"dr"}"#.to_owned();
    let organization = r#"{"resourceType":"Organization","id":"org"}"#.to_owned();
    let role = r#"{"resourceType":"PractitionerRole","id":"role","practitioner":{"reference":"Practitioner/dr"}}"#.to_owned();
    let refers = r#"{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/b"},"participant":[{"individual":{"reference":"PractitionerRole/role"}}]}"#;
    let many = bundle(&[
        patient("a"),
        practitioner,
        role,
        observation("1", "a"),
        patient("b"),
        observation("2", "b"),
        refers.to_owned(),
        report("b"),
        organization,
    ]);
    assert_eq!(folder("one", &[("x.json", one.clone())]), ["a:a,1+1"]);
    assert_eq!(folder("many", &[("x.json", many)]), ["a:a,1+0", "b:dr,role,b,2,e+1", "no-subject"]);
    assert_eq!(folder("array", &[("x.json", format!("[{one},\n {one}]"))]), ["a:a,1+1", "a:a,1+1"]);
    let other = bundle(&[patient("a"), observation("2", "a")]);
    assert_eq!(folder("same-id", &[("x.json", one), ("y.json", other)]), ["a:a,1+1", "a:a,2+0"]);
}

#[test]
fn a_folder_is_a_patient_when_its_files_are_resources() {
    let files = [
        ("m/u2/Patient-b.json", patient("b")),
        ("m/u1/a.json", patient("a")),
        ("m/u1/c.json", observation("1", "a")),
        ("m/u1/b.json", report("a")),
        ("m/u1/readme.txt", "text".to_owned()),
        ("m/u2/tests-bundle.json", bundle(&[observation("2", "b"), observation("3", "b")])),
        ("m/measure.json", r#"{"resourceType":"Measure","id":"m"}"#.to_owned()),
        ("m/u3/Patient/p.json", patient("c")),
        ("m/u3/Observation/o.json", observation("4", "c")),
        ("m/u4/bundle.json", bundle(&[patient("d")])),
        ("m/u4/MeasureReport.json", report("somebody else")),
        ("m/u5/only.json", observation("5", "e")),
    ];
    assert_eq!(folder("folders", &files), ["a:a,1+1", "b:b,2,3+0", "c:4,c+0", "d:d+1", "no-patient"]);
    let beside = [("1.json", bundle(&[patient("a")])), ("2.json", bundle(&[patient("b")])), ("r.json", report("b"))];
    let twins = [
        ("a.json", patient("a")),
        ("b.json", bundle(&[patient("a").replace(':', " : "), observation("1", "a"), observation("1", "a"), report("a")])),
        ("c.json", observation("1", "a")),
        ("d.json", report("a")),
    ];
    assert_eq!(folder("twins", &twins), ["a:a,1+1"]);
    assert_eq!(folder("beside", &beside), ["a:a+0", "b:b+1"]);
}

/// Bulk Data: a patient's resources in many files, the shared ones with whom refers to them.
fn bulk(patients: usize) -> Vec<(&'static str, String)> {
    let lines = |f: &dyn Fn(usize) -> String| (0..patients).map(f).collect::<Vec<_>>().join("\n");
    let medication = r#"{"resourceType":"Medication","id":"drug"}"#.to_owned();
    let request = |i: usize| {
        let link = if i.is_multiple_of(2) { r#","medicationReference":{"reference":"Medication/drug"}"# } else { "" };
        format!(r#"{{"resourceType":"MedicationRequest","id":"m{i}","subject":{{"reference":"Patient/p{i}"}}{link}}}"#)
    };
    vec![
        ("Medication.ndjson", medication),
        ("MedicationRequest.ndjson", lines(&request)),
        (
            "Observation.ndjson",
            lines(&|i| format!("{}\n{}", observation("x", &format!("p{i}")), observation("y", &format!("p{i}")))),
        ),
        ("Patient.ndjson", lines(&|i| patient(&format!("p{i}")))),
    ]
}

#[test]
fn bulk_data_is_grouped_in_memory_and_on_disk_alike() {
    let mut in_memory = folder("bulk", &bulk(40));
    let on_disk = Folder::new("bulk-disk");
    for (name, text) in bulk(40) {
        on_disk.write(&format!("in/{name}"), text);
    }
    let temporary = on_disk.0.join("tmp");
    let mut options = SourceOptions { temporary: Some(temporary.clone()), ..SourceOptions::default() };
    options.limits.group_bytes = 500;
    let source = Source::open([on_disk.0.join("in")], &options).unwrap();
    assert_eq!(read(source), in_memory);
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "the temporary folder is left clean");
    options.temporary = None;
    let source = Source::open([on_disk.0.join("in")], &options).unwrap();
    assert_eq!(read(source), ["needs-folder"]);
    in_memory.sort();
    assert_eq!(in_memory.len(), 40);
    assert_eq!(in_memory[0], "p0:m0,x,y,p0,drug+0");
    assert_eq!(in_memory[1], "p10:m10,x,y,p10,drug+0");
    assert!(in_memory.contains(&"p1:m1,x,y,p1+0".to_owned()));
}

#[test]
fn standard_input_is_any_one_stream() {
    let pretty = "{\n \"resourceType\": \"Bundle\",\n \"entry\": [ { \"resource\": { \"resourceType\": \"Patient\", \"id\": \"a\" } } ]\n}\n";
    let ndjson = format!("\n{}\n{}\n", patient("a"), observation("1", "a"));
    let array = format!("[{},{}]", bundle(&[patient("a")]), bundle(&[patient("b")]));
    for (text, want) in [
        (pretty.to_owned(), vec!["a:a+0"]),
        (ndjson, vec!["a:a,1+0"]),
        (array, vec!["a:a+0", "b:b+0"]),
        (bundle(&[patient("z")]), vec!["z:z+0"]),
        (String::new(), vec!["not-json"]),
        ("  \n ".to_owned(), vec!["not-json"]),
        ("hello".to_owned(), vec!["not-json"]),
    ] {
        let source = Source::from_reader("-", std::io::Cursor::new(text.clone()), &SourceOptions::default());
        assert_eq!(read(source), want, "{text}");
    }
}

#[test]
fn absurd_input_is_a_fault_with_advice_and_the_others_go_on() {
    let good = bundle(&[patient("a")]);
    let cut = &good[..good.len() - 3];
    for (name, text, want) in [
        ("cut", cut.as_bytes().to_vec(), "not-json"),
        ("binary", (0..=255).collect(), "not-json"),
        ("empty", Vec::new(), "not-json"),
        ("gzip", vec![0x1f, 0x8b, 8, 0], "compressed"),
        ("null", b"null".to_vec(), "not-json"),
        ("object", b"{}".to_vec(), "not-fhir"),
        ("number", br#"{"resourceType":1}"#.to_vec(), "not-fhir"),
        ("no-entry", br#"{"resourceType":"Bundle"}"#.to_vec(), "no-patient"),
        ("no-patient", bundle(&[observation("1", "a")]).into_bytes(), "no-patient"),
        ("twice", br#"{"resourceType":"Bundle","resourceType":"Bundle"}"#.to_vec(), "not-json"),
        ("deep", [vec![b'['; 500], vec![b']'; 500]].concat(), "not-fhir"),
        ("deep-object", ["{\"a\":".repeat(500).into_bytes(), b"1".to_vec(), vec![b'}'; 500]].concat(), "too-large"),
    ] {
        let folder = Folder::new(&format!("absurd-{name}"));
        folder.write("a/1.json", &good);
        folder.write("b/1.json", &text);
        folder.write("c/1.json", &good);
        let found = read(Source::open([&folder.0], &SourceOptions::default()).unwrap());
        assert_eq!(found, ["a:a+0", want, "a:a+0"], "{name}");
    }
    let lines = format!("{good}\n{cut}\nnull\n{{}}\n{}\n{good}\n", r#"{"resourceType":"Patient"}"#);
    assert_eq!(folder("lines", &[("x.ndjson", lines)]), ["a:a+0", "not-json", "not-json", "not-fhir", "no-patient", "a:a+0"]);
    assert_eq!(folder("none", &[("readme.md", String::new())]), ["nothing-found"]);
    let missing = Source::open(["/no/such/file", "/no/such/other"], &SourceOptions::default()).err().unwrap();
    assert_eq!(missing.len(), 2);
    assert!(missing[0].to_string().contains("check that the path exists"), "{}", missing[0]);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[test]
fn packed_files_are_read_as_what_they_hold() {
    let lines = |ids: &[&str]| ids.iter().map(|id| format!("{}\n", bundle(&[patient(id)]))).collect::<String>();
    let folder = Folder::new("packed");
    // Two members after each other are one file.
    folder.write("1.ndjson.gz", [gzip(&lines(&["a", "b"])), gzip(&lines(&["c"]))].concat());
    folder.write("2/2.ndjson.zst", zstd::encode_all(lines(&["d"]).as_bytes(), 1).unwrap());
    folder.write("3/3.json.gz", gzip(&bundle(&[patient("e"), observation("1", "e")])));
    folder.write("4/4.json.gz", gzip(&format!("[{}]", bundle(&[patient("f")]))));
    let found = read(Source::open([&folder.0], &SourceOptions::default()).unwrap());
    assert_eq!(found, ["a:a+0", "b:b+0", "c:c+0", "d:d+0", "e:e,1+0", "f:f+0"]);
    let cut = Folder::new("packed-cut");
    let whole = gzip(&(0..5_000).map(|n| lines(&[&n.to_string()])).collect::<String>());
    cut.write("1.ndjson.gz", &whole[..whole.len() / 2]);
    let found = read(Source::open([&cut.0], &SourceOptions::default()).unwrap());
    assert_eq!(found.last().map(String::as_str), Some("compressed"), "what comes before the cut is read, and then it is said");
    // What unpacks to more than is allowed is not unpacked further.
    let bomb = Folder::new("packed-bomb");
    bomb.write("1.json.gz", gzip(&format!("{{\"resourceType\":\"Bundle\",\"x\":\"{}\"}}", " ".repeat(1 << 20))));
    let mut options = SourceOptions::default();
    options.limits.file_bytes = 1 << 17;
    assert_eq!(read(Source::open([&bomb.0], &options).unwrap()), ["too-large"]);
}

#[test]
fn twice_the_same_patient() {
    let text = [patient("a"), observation("1", "a"), patient("a"), patient("b")].join("\n");
    let mut found = folder("same-line", &[("x.ndjson", text)]);
    found.sort();
    assert_eq!(found, ["a:a,1+0", "b:b+0"]);
    let other = r#"{"resourceType":"Patient","id":"a","gender":"male"}"#.to_owned();
    assert_eq!(folder("two", &[("x.ndjson", format!("{}\n{other}", patient("a")))]), ["a:a+0", "repeated-resource"]);
}

#[test]
fn limits_of_a_patient() {
    let many: Vec<String> = (0..50).map(|i| observation(&i.to_string(), "a")).collect();
    let big = bundle(&[vec![patient("a")], many].concat());
    let folder = Folder::new("limits");
    folder.write("a.json", &big);
    folder.write("b.ndjson", format!("{big}\n{}\n", bundle(&[patient("b")])));
    let mut options = SourceOptions::default();
    options.limits.patient_resources = 20;
    assert_eq!(read(Source::open([&folder.0], &options).unwrap()), ["too-many-resources", "too-many-resources", "b:b+0"]);
    options.limits.patient_bytes = 1000;
    assert_eq!(read(Source::open([&folder.0], &options).unwrap()), ["too-large", "too-large", "b:b+0"]);
    options.limits.line_bytes = 1000;
    options.limits.file_bytes = 1000;
    assert_eq!(read(Source::open([&folder.0], &options).unwrap()), ["too-large", "too-large", "b:b+0"]);
}

#[test]
fn a_bundle_of_ten_thousand_entries() {
    let many: Vec<String> = (0..10_000).map(|i| observation(&i.to_string(), "a")).collect();
    let text = bundle(&[vec![patient("a")], many].concat());
    let patients: Vec<Patient> =
        Source::from_reader("-", std::io::Cursor::new(text), &SourceOptions::default()).map(Result::unwrap).collect();
    assert_eq!(patients.len(), 1);
    assert_eq!(patients[0].resource_count(), 10_001);
    assert_eq!(patients[0].data().resources_of("Observation").len(), 10_000);
}

#[test]
fn a_patient_says_nothing_about_the_person() {
    let text = bundle(&[patient("secret"), observation("secret", "secret")]);
    let patient = Source::from_reader("-", std::io::Cursor::new(text), &SourceOptions::default()).next().unwrap().unwrap();
    assert!(!format!("{patient:?}").contains("secret"));
}
