//! Parquet in, the same patients as from lines out.
#![cfg(feature = "parquet")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use population::{FaultCode, Source, SourceOptions};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Writes row groups of (resource, patient).
fn write(path: &Path, compression: Compression, groups: &[Vec<(Option<String>, Option<String>)>]) {
    let schema = "message m { optional binary resource (UTF8); optional binary patient (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
    for group in groups {
        let mut rows = writer.next_row_group().unwrap();
        for pick in
            [|row: &(Option<String>, Option<String>)| row.0.clone(), |row: &(Option<String>, Option<String>)| row.1.clone()]
        {
            let values: Vec<Option<String>> = group.iter().map(pick).collect();
            let levels: Vec<i16> = values.iter().map(|v| i16::from(v.is_some())).collect();
            let bytes: Vec<ByteArray> = values.into_iter().flatten().map(|v| ByteArray::from(v.into_bytes())).collect();
            let mut column = rows.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(&bytes, Some(&levels), None).unwrap();
            column.close().unwrap();
        }
        rows.close().unwrap();
    }
    writer.close().unwrap();
}

#[test]
fn rows_are_resources_or_bundles() {
    let folder = std::env::temp_dir().join(format!("population-parquet-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let single = |ty: &str, id: &str| Some(format!(r#"{{"resourceType":"{ty}","id":"{id}"}}"#));
    let bundle = Some(r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"b"}}]}"#.to_owned());
    let mut first =
        vec![(bundle, None), (None, None), (single("Patient", "a"), Some("a".to_owned())), (Some("{".to_owned()), None)];
    first.extend((0..700).map(|i| (single("Observation", &i.to_string()), Some("Patient/a".to_owned()))));
    let groups = [first, vec![(single("Condition", "c"), Some("a".to_owned()))]];
    for (name, compression) in
        [("plain", Compression::UNCOMPRESSED), ("snappy", Compression::SNAPPY), ("zstd", Compression::ZSTD(ZstdLevel::default()))]
    {
        let path = folder.join(format!("{name}.parquet"));
        write(&path, compression, &groups);
        let found: Vec<_> = Source::open([&path], &SourceOptions::default()).unwrap().collect();
        let patients: Vec<(String, usize)> =
            found.iter().filter_map(|f| f.as_ref().ok()).map(|p| (p.id.clone(), p.resource_count())).collect();
        assert_eq!(patients, [("b".to_owned(), 1), ("a".to_owned(), 702)], "{name}");
        let faults: Vec<String> =
            found.iter().filter_map(|f| f.as_ref().err()).map(|f| format!("{:?} {:?}", f.code, f.origin.line)).collect();
        assert_eq!(faults, ["NotJson Some(4)"], "{name}");
    }
    // A file cut short, and one without the column.
    let bytes = std::fs::read(folder.join("plain.parquet")).unwrap();
    std::fs::write(folder.join("cut.parquet"), &bytes[..bytes.len() / 2]).unwrap();
    let found: Vec<_> = Source::open([folder.join("cut.parquet")], &SourceOptions::default()).unwrap().collect();
    assert!(matches!(&found[..], [Err(fault)] if fault.code == FaultCode::NotParquet));
    std::fs::remove_dir_all(&folder).unwrap();
}
