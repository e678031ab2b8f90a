//! `-T csv` and `-T tsv` through a parser that others use, with hostile bytes in every column.

use std::path::PathBuf;

use super::common::{run, sample_names, samples};

/// Names of all fields.
fn fields() -> String {
    let names: Vec<String> = run(["fields", "--names"]).expect(0).out().lines().map(str::to_owned).collect();
    assert!(names.len() > 1_000);
    names.join(",")
}

/// Rows of `file` as the csv crate reads them.
fn rows(file: &str, fields: &str, format: &str) -> Vec<Vec<String>> {
    let ran = run(["read", file, "-Q", "--ignore-checksums", "-T", format, "-e", fields]);
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err());
    let mut reader = csv::ReaderBuilder::new();
    // TSV knows no quotes: what would end a cell is escaped.
    reader.has_headers(false).quoting(format == "csv").delimiter(if format == "csv" { b',' } else { b'\t' });
    let mut reader = reader.from_reader(ran.out.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The apostrophe that keeps a spreadsheet from running a cell.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

/// A sample with the bytes of a text replaced, as long as it was.
fn hostile(sample: &str, text: &[u8], bytes: &[u8], name: &str) -> PathBuf {
    assert_eq!(text.len(), bytes.len());
    let mut file = std::fs::read(samples().join(sample)).unwrap();
    let mut changed = 0;
    for at in 0..file.len() - text.len() {
        if file[at..].starts_with(text) {
            file[at..at + text.len()].copy_from_slice(bytes);
            changed += 1;
        }
    }
    assert!(changed > 0);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, file).unwrap();
    path
}

#[test]
fn both_tables_hold_the_same_cells() {
    let fields = fields();
    let columns = fields.split(',').count();
    for sample in sample_names() {
        let (csv, tsv) = (rows(&sample, &fields, "csv"), rows(&sample, &fields, "tsv"));
        assert_eq!(csv.len(), tsv.len(), "{sample}");
        for (nth, (csv, tsv)) in csv.iter().zip(&tsv).enumerate() {
            assert_eq!((csv.len(), tsv.len()), (columns, columns), "{sample} row {nth}");
            for (a, b) in csv.iter().zip(tsv) {
                assert_eq!(unguarded(a), b, "{sample} row {nth}");
            }
        }
    }
}

#[test]
fn hostile_bytes_come_back() {
    let host = b"www.example.net";
    for (nth, (bytes, shown)) in [
        (&b"=1+1\",\"a\";'b,c'"[..], r#"=1+1","a";'b,c'"#),
        (b"@a\tb\x0b\x0c\x1b[2Jcdefg", r"@a\tb\x0b\f\x1b[2Jcdefg"),
        (b"\xe2\x80\xae\xff\\n\\\\\x7f\"\",,||", r#"\\n\\\\\x7f"",,||"#),
    ]
    .into_iter()
    .enumerate()
    {
        let path = hostile("http_get.pcap", host, bytes, &format!("hostile-{nth}.pcap"));
        let path = path.to_str().unwrap();
        for format in ["csv", "tsv"] {
            let rows = rows(path, "frame.number,http.request.line,ip.src", format);
            assert!(rows.iter().all(|row| row.len() == 3), "{format}: {rows:?}");
            let cell = &rows.iter().find(|row| row[0] == "4").unwrap()[1];
            assert!(cell.contains(shown), "{format}: {cell:?} lacks {shown:?}");
        }
    }
}
