//! Papers of the fiction: a note as a PDF with a text layer, as RTF, as a C-CDA document. Each is as small as its format allows.

/// Lines as one page of a PDF with a text layer.
#[must_use]
pub fn pdf(lines: &[&str]) -> Vec<u8> {
    let mut content = String::from("BT\n/F1 11 Tf\n14.5 TL\n60 740 Td\n");
    for line in lines {
        let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        content.push_str(&format!("({escaped}) Tj T*\n"));
    }
    content.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::with_capacity(objects.len());
    for (n, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", n + 1));
    }
    let table = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    places.iter().for_each(|place| out.push_str(&format!("{place:010} 00000 n \n")));
    out.push_str(&format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1));
    out.into_bytes()
}

/// Lines as RTF.
#[must_use]
pub fn rtf(lines: &[&str]) -> Vec<u8> {
    let body: Vec<String> = lines.iter().map(|line| format!("{line}\\par\n")).collect();
    format!("{{\\rtf1\\ansi{{\\fonttbl{{\\f0 Times New Roman;}}}}\\f0\\fs24\n{}}}", body.concat()).into_bytes()
}

/// Sections (title, text) as a C-CDA document.
#[must_use]
pub fn ccda(written: &str, sections: &[(&str, &str)]) -> Vec<u8> {
    let section = |(title, text): &(&str, &str)| {
        format!("<component><section><title>{title}</title><text><paragraph>{text}</paragraph></text></section></component>")
    };
    let sections: Vec<String> = sections.iter().map(section).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><title>Progress note</title>\
         <effectiveTime value=\"{}\"/><component><structuredBody>{}</structuredBody></component></ClinicalDocument>",
        written.replace('-', ""),
        sections.concat()
    )
    .into_bytes()
}
