//! A browser without scripts.

use super::{House, PASSWORD};
use base::CaseId;
use std::collections::BTreeMap;

/// A browser without scripts: keeps cookies, follows nothing.
pub struct Reader {
    agent: ureq::Agent,
    base: String,
    cookies: BTreeMap<String, String>,
}

/// What came back.
pub struct Page {
    pub status: u16,
    pub location: String,
    pub headers: ureq::http::HeaderMap,
    pub html: String,
}

impl Page {
    /// The value of the first field of this name.
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.html.find(&start).unwrap_or_else(|| panic!("no field {name} in {}", self.html)) + start.len();
        self.html[at..].split('"').next().unwrap().to_owned()
    }

    pub fn has(&self, text: &str) -> bool {
        self.html.contains(text)
    }
}

impl Reader {
    pub fn new(house: &House) -> Self {
        let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        Self { agent: config.into(), base: house.address.clone(), cookies: BTreeMap::new() }
    }

    /// Somebody who has signed in.
    pub fn signed_in(house: &House, user: &str) -> Self {
        let mut reader = Self::new(house);
        let door = reader.get("/sign-in");
        let token = door.field("_token");
        let page = reader.post("/sign-in", &[("_token", &token), ("user", user), ("password", PASSWORD)]);
        assert_eq!((page.status, page.location.as_str()), (303, "/"), "{user}: {}", page.html);
        reader
    }

    pub fn get(&mut self, path: &str) -> Page {
        let request = self.agent.get(format!("{}{path}", self.base)).header("cookie", self.cookie());
        self.keep(request.call().unwrap())
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&");
        self.send(path, "application/x-www-form-urlencoded", body.as_bytes())
    }

    pub fn send(&mut self, path: &str, content_type: &str, body: &[u8]) -> Page {
        let request =
            self.agent.post(format!("{}{path}", self.base)).header("cookie", self.cookie()).header("content-type", content_type);
        self.keep(request.send(body).unwrap())
    }

    pub fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn cookies(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.cookies
    }

    fn keep(&mut self, mut response: ureq::http::Response<ureq::Body>) -> Page {
        for set in response.headers().get_all("set-cookie") {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let html = response.body_mut().read_to_string().unwrap();
        let location = response.headers().get("location").map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        Page { status: response.status().as_u16(), location, headers: response.headers().clone(), html }
    }
}

fn encode(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Posts a form of an opened case with its hidden fields.
pub fn act(reader: &mut Reader, case: CaseId, act: &str, fields: &[(&str, &str)]) -> Page {
    let page = reader.get(&format!("/case/{case}"));
    assert_eq!(page.status, 200);
    let (token, seen) = (page.field("_token"), page.field("seen"));
    let mut all = vec![("_token", token.as_str()), ("seen", seen.as_str())];
    all.extend_from_slice(fields);
    reader.post(&format!("/case/{case}/{act}"), &all)
}
