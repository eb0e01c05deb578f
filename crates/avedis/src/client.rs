//! A small HTTP client for the commands that talk to a server (plain HTTP; put a TLS proxy in front of a remote one).

use crate::Failure;
use std::time::Duration;

/// A server and the token to show it.
pub struct Server {
    agent: ureq::Agent,
    url: String,
    token: String,
}

/// An answer, whatever its status.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

impl Server {
    /// A server at `url` (`http://127.0.0.1:8720`).
    pub fn new(url: &str, token: &str) -> Result<Self, Failure> {
        if !url.starts_with("http://") {
            return Err(Failure::new(format!(
                "{url}: this client speaks plain http:// only; name the address behind your TLS proxy"
            )));
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .max_idle_connections_per_host(8)
            .build();
        Ok(Self { agent: config.into(), url: url.trim_end_matches('/').to_owned(), token: token.to_owned() })
    }

    /// Posts a FHIR body.
    pub fn post(&self, path: &str, body: &[u8]) -> Result<Answer, Failure> {
        let sent = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/fhir+json")
            .send(body);
        self.read(sent)
    }

    /// Gets a path.
    pub fn get(&self, path: &str) -> Result<Answer, Failure> {
        let sent = self.agent.get(format!("{}{path}", self.url)).call();
        self.read(sent)
    }

    fn read(&self, sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, Failure> {
        let mut response =
            sent.map_err(|e| Failure::new(format!("{}: {e}. Is the server up? Start one with: avedis demo", self.url)))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec();
        let body = body.map_err(|e| Failure::new(format!("{}: the answer broke off: {e}", self.url)))?;
        Ok(Answer { status, body })
    }
}
