//! `avedis read` as its user runs it: facts of a note, the sentences for a criterion, what a model may suggest, and the scores.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const NOTE: &str =
    "ASSESSMENT:\nObstructive sleep apnea, AHI 32.5 on 2026-10-02.\nDenies chest pain.\nCPAP was tried for 6 weeks and failed.\n";

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("read-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn avedis(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_avedis")).arg("read").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn note() -> String {
    let path = folder().join("note.txt");
    std::fs::write(&path, NOTE).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_note_becomes_facts_with_their_words() {
    let path = note();
    let table = said(&avedis(&[&path]));
    assert!(table.contains("AHI") && table.contains("32.5"), "{table}");
    let json: serde_json::Value = serde_json::from_str(&said(&avedis(&[&path, "--json"]))).unwrap();
    let text = json.to_string();
    assert!(text.contains("\"negated\":true") && text.contains("P6W") && text.contains("2026-10-02"), "{text}");
    let page = said(&avedis(&[&path, "--html"]));
    assert!(page.contains("<mark"), "{page}");
}

#[test]
fn what_cannot_be_read_is_said() {
    let path = folder().join("nothing.bin");
    std::fs::write(&path, [0_u8, 1, 2, 255, 254, 0, 0, 7]).unwrap();
    let output = avedis(&[path.to_str().unwrap()]);
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("no document that can be read"), "{error}");
    let lost = avedis(&["nowhere.txt"]);
    assert!(!lost.status.success() && String::from_utf8_lossy(&lost.stderr).contains("nowhere.txt"));
}

#[test]
fn sentences_answer_a_criterion_and_a_model_only_suggests() {
    let path = note();
    let ranked = said(&avedis(&[&path, "--ask", "continuous positive airway pressure was tried and is ineffective"]));
    let first = ranked.lines().nth(1).unwrap();
    assert!(first.contains("CPAP was tried for 6 weeks and failed."), "{ranked}");
    let quoted = r#"{\"answer\":\"met\",\"quotes\":[{\"sentence\":2,\"words\":\"tried for 6 weeks and failed\"}]}"#;
    let invented = r#"{\"answer\":\"met\",\"quotes\":[{\"sentence\":2,\"words\":\"CPAP failed twice\"}]}"#;
    for (content, expected) in [(quoted, "a model suggests"), (invented, "is not taken")] {
        let url =
            serve(format!(r#"{{"model":"m-1","choices":[{{"finish_reason":"stop","message":{{"content":"{content}"}}}}]}}"#));
        let answer = said(&avedis(&[&path, "--ask", "CPAP is ineffective", "--assist", &url, "--model", "m-1"]));
        assert!(answer.contains(expected) && answer.contains("\"prompt\":\""), "{answer}");
    }
}

/// Answers one request with a recorded body.
fn serve(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/chat/completions", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line).unwrap() > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).unwrap();
    });
    url
}

#[test]
fn the_labelled_notes_reach_their_figures() {
    let notes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../text/tests/notes");
    let table = said(&avedis(&["eval", "notes", notes.to_str().unwrap()]));
    let values = |measure: &str| -> Vec<f64> {
        let rows = table.lines().filter(|line| line.contains(measure));
        rows.map(|row| row.split_whitespace().find_map(|word| word.parse().ok()).unwrap()).collect()
    };
    for (measure, least) in [("criterion macro-F1", 0.85), ("evidence hit@1", 0.9)] {
        let values = values(measure);
        assert_eq!(values.len(), 4, "{table}");
        assert!(values.iter().all(|value| *value >= least), "{measure} of every policy is at least {least}\n{table}");
    }
}
