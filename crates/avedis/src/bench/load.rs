//! A small load generator over keep-alive HTTP/1.1: closed loop for capacity, open loop for latency.
//!
//! In the open loop request `k` is due at `k / rate` whatever happened to the others, and its latency counts from
//! then: a server that stalls is not flattered by requests that were never sent (coordinated omission).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A body with places that are filled with the request's number, so that each request is a new one.
#[derive(Clone)]
pub struct Template {
    bytes: Vec<u8>,
    numbers: Vec<usize>,
    members: Vec<usize>,
}

const WIDTH: usize = 8;

impl Template {
    /// Marks are eight digits: `number` is replaced by the request's number, `member` by its member's.
    pub fn new(bytes: Vec<u8>, number: &str, member: &str) -> Self {
        let places = |mark: &str| -> Vec<usize> {
            let digits = mark.len() - WIDTH;
            bytes.windows(mark.len()).enumerate().filter(|(_, w)| *w == mark.as_bytes()).map(|(at, _)| at + digits).collect()
        };
        let (numbers, members) = (places(number), places(member));
        Self { bytes, numbers, members }
    }

    /// Length of a body.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The body of request `n`.
    pub fn fill(&self, n: u64, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&self.bytes);
        let digits = format!("{n:08}");
        for at in self.numbers.iter().chain(&self.members) {
            into[*at..*at + WIDTH].copy_from_slice(&digits.as_bytes()[digits.len() - WIDTH..]);
        }
    }
}

/// What to send where.
#[derive(Clone)]
pub struct Target {
    /// The server.
    pub address: SocketAddr,
    /// Path.
    pub path: &'static str,
    /// Bearer token.
    pub token: String,
    /// Body.
    pub template: Arc<Template>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Load {
    /// Requests answered with 200.
    pub answered: u64,
    /// Requests answered otherwise, or broken off.
    pub failed: u64,
    /// Wall-clock time.
    pub seconds: f64,
    /// Latency of each, in microseconds, sorted.
    pub latencies: Vec<u32>,
}

impl Load {
    /// Answered requests per second.
    pub fn rate(&self) -> f64 {
        self.answered as f64 / self.seconds
    }

    /// A quantile of the latency in milliseconds.
    pub fn quantile_ms(&self, q: f64) -> f64 {
        if self.latencies.is_empty() {
            return f64::NAN;
        }
        let at = ((self.latencies.len() - 1) as f64 * q).round() as usize;
        f64::from(self.latencies[at]) / 1000.0
    }
}

/// Sends for `seconds`, from request number `first` on. `rate` 0 is a closed loop over `connections`.
pub async fn run(target: Target, first: u64, connections: usize, seconds: f64, rate: f64) -> Load {
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(seconds);
    let mut workers = Vec::new();
    for _ in 0..connections {
        workers.push(tokio::spawn(worker(target.clone(), next.clone(), first, start, end, rate)));
    }
    let mut load = Load::default();
    for worker in workers {
        if let Ok(part) = worker.await {
            load.answered += part.answered;
            load.failed += part.failed;
            load.latencies.extend(part.latencies);
        }
    }
    load.seconds = start.elapsed().as_secs_f64();
    load.latencies.sort_unstable();
    load
}

async fn worker(target: Target, next: Arc<AtomicU64>, first: u64, start: Instant, end: Instant, rate: f64) -> Load {
    let mut load = Load::default();
    let mut connection = None;
    let mut body = Vec::with_capacity(target.template.len());
    loop {
        let k = next.fetch_add(1, Ordering::Relaxed);
        let due = if rate > 0.0 { start + Duration::from_secs_f64(k as f64 / rate) } else { Instant::now() };
        if due >= end {
            return load;
        }
        tokio::time::sleep_until(due.into()).await;
        target.template.fill(first + k, &mut body);
        match exchange(&mut connection, &target, &body).await {
            Some(200) => load.answered += 1,
            _ => {
                load.failed += 1;
                connection = None;
            }
        }
        load.latencies.push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
}

/// One request and its whole answer; gives the status.
async fn exchange(connection: &mut Option<TcpStream>, target: &Target, body: &[u8]) -> Option<u16> {
    let mut stream = match connection.take() {
        Some(stream) => stream,
        None => {
            let stream = TcpStream::connect(target.address).await.ok()?;
            stream.set_nodelay(true).ok()?;
            stream
        }
    };
    let mut request = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/fhir+json\r\ncontent-length: {}\r\n\r\n",
        target.path,
        target.address,
        target.token,
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    stream.write_all(&request).await.ok()?;
    let mut buffer = Vec::with_capacity(16 * 1024);
    let (head, status, length) = loop {
        if stream.read_buf(&mut buffer).await.ok()? == 0 {
            return None;
        }
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = std::str::from_utf8(&buffer[..at]).ok()?;
            let status = head.get(9..12)?.parse().ok()?;
            let length =
                head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            break (at + 4, status, length.unwrap_or(0));
        }
    };
    while buffer.len() < head + length {
        if stream.read_buf(&mut buffer).await.ok()? == 0 {
            return None;
        }
    }
    *connection = Some(stream);
    Some(status)
}
