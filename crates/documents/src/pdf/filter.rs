//! Filters of streams (ISO 32000-1, 7.4), each with a limit on what comes out. A stream that is cut off gives what it has.

use super::lexer::{Dict, Object};
use std::io::Read;

/// Decodes; `None` when more than `most` bytes would come out. Filters of images give nothing: they hold no text.
pub fn decode(name: &[u8], data: &[u8], parameters: Option<&Dict>, most: usize) -> Option<Vec<u8>> {
    let number = |key: &str, usual: f64| parameters.and_then(|p| p.get(key).number()).unwrap_or(usual);
    let out = match name {
        b"FlateDecode" | b"Fl" => inflate(data, most)?,
        b"LZWDecode" | b"LZW" => lzw(data, number("EarlyChange", 1.0) != 0.0, most)?,
        b"ASCIIHexDecode" | b"AHx" => ascii_hex(data),
        b"ASCII85Decode" | b"A85" => ascii85(data, most)?,
        b"RunLengthDecode" | b"RL" => run_length(data, most)?,
        b"Crypt" => data.to_vec(),
        _ => Vec::new(),
    };
    let predictor = number("Predictor", 1.0) as i64;
    if predictor < 10 {
        return Some(out);
    }
    let whole = |key: &str, usual: f64| number(key, usual).clamp(1.0, 65_536.0) as usize;
    let (colors, bits, columns) = (whole("Colors", 1.0), whole("BitsPerComponent", 8.0), whole("Columns", 1.0));
    Some(unpredict(&out, (colors * bits).div_ceil(8), (colors * bits * columns).div_ceil(8)))
}

/// zlib, or bare deflate where the head is missing.
fn inflate(data: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let limit = most as u64 + 1;
    let failed = flate2::read::ZlibDecoder::new(data).take(limit).read_to_end(&mut out).is_err();
    if failed && out.is_empty() {
        let _ = flate2::read::DeflateDecoder::new(data).take(limit).read_to_end(&mut out);
    }
    (out.len() <= most).then_some(out)
}

fn unpredict(data: &[u8], pixel: usize, row: usize) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut above = vec![0u8; row];
    for line in data.chunks(row + 1) {
        let (kind, bytes) = (line[0], &line[1..]);
        let mut now = vec![0u8; row];
        for (i, byte) in bytes.iter().enumerate() {
            let left = if i >= pixel { now[i - pixel] } else { 0 };
            let corner = if i >= pixel { above[i - pixel] } else { 0 };
            let add = match kind {
                1 => left,
                2 => above[i],
                3 => ((u16::from(left) + u16::from(above[i])) / 2) as u8,
                4 => paeth(left, above[i], corner),
                _ => 0,
            };
            now[i] = byte.wrapping_add(add);
        }
        out.extend_from_slice(&now[..bytes.len()]);
        above = now;
    }
    out
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(above) - i16::from(corner);
    let distance = |v: u8| (estimate - i16::from(v)).abs();
    if distance(left) <= distance(above) && distance(left) <= distance(corner) {
        left
    } else if distance(above) <= distance(corner) {
        above
    } else {
        corner
    }
}

fn lzw(data: &[u8], early: bool, most: usize) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::new();
    // Each code is a range of what has come out already, one byte longer than the code before it.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut before: Option<(usize, usize)> = None;
    let (mut bits, mut have, mut width) = (0u32, 0u32, 9u32);
    for byte in data {
        bits = (bits << 8) | u32::from(*byte);
        have += 8;
        if have < width {
            continue;
        }
        have -= width;
        let code = (bits >> have) & ((1 << width) - 1);
        bits &= (1 << have) - 1;
        match code {
            256 => {
                table.clear();
                before = None;
                width = 9;
                continue;
            }
            257 => break,
            _ => {}
        }
        let from = out.len();
        if code < 256 {
            out.push(code as u8);
        } else {
            let known = table.get(code as usize - 258).copied();
            let Some((start, length)) = known.or_else(|| before.map(|(s, l)| (s, l + 1))) else { break };
            // The last byte of the range may be the one written just now, so bytes are copied one by one.
            for i in 0..length {
                let Some(b) = out.get(start + i).copied() else { break };
                out.push(b);
            }
        }
        if out.len() > most {
            return None;
        }
        if let Some((start, length)) = before
            && table.len() < 4096 - 258
        {
            table.push((start, length + 1));
        }
        before = Some((from, out.len() - from));
        width = match table.len() + 258 + usize::from(early) + 1 {
            0..=512 => 9,
            513..=1024 => 10,
            1025..=2048 => 11,
            _ => 12,
        };
    }
    Some(out)
}

fn ascii_hex(data: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> =
        data.iter().take_while(|b| **b != b'>').filter_map(|b| (*b as char).to_digit(16).map(|d| d as u8)).collect();
    digits.chunks(2).map(|p| p[0] * 16 + p.get(1).copied().unwrap_or(0)).collect()
}

fn ascii85(data: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    let data = data.strip_prefix(b"<~").unwrap_or(data);
    for b in data.iter().take_while(|b| **b != b'~') {
        match b {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(b - b'!'),
            _ => continue,
        }
        if group.len() == 5 {
            out.extend(word85(&group));
            group.clear();
        }
        if out.len() > most {
            return None;
        }
    }
    if group.len() > 1 {
        let keep = group.len() - 1;
        group.resize(5, 84);
        out.extend(&word85(&group)[..keep]);
    }
    Some(out)
}

fn word85(group: &[u8]) -> [u8; 4] {
    group.iter().fold(0u32, |n, d| n.wrapping_mul(85).wrapping_add(u32::from(*d))).to_be_bytes()
}

fn run_length(data: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(length) = data.get(at).copied().filter(|l| *l != 128) {
        at += 1;
        if length < 128 {
            let end = (at + usize::from(length) + 1).min(data.len());
            out.extend_from_slice(&data[at..end]);
            at = end;
        } else {
            let Some(byte) = data.get(at) else { break };
            out.extend(std::iter::repeat_n(*byte, 257 - usize::from(length)));
            at += 1;
        }
        if out.len() > most {
            return None;
        }
    }
    Some(out)
}

/// True when a stream's last filter is one of images.
pub fn image(names: &[Vec<u8>], dict: &Dict) -> bool {
    let coded = names.last().is_some_and(|n| {
        matches!(n.as_slice(), b"DCTDecode" | b"JPXDecode" | b"CCITTFaxDecode" | b"JBIG2Decode" | b"DCT" | b"CCF")
    });
    coded || *dict.get("Subtype") == Object::Name(b"Image".to_vec())
}
