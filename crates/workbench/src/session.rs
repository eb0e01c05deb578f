//! Sessions: kept on the server, found by the digest of a random token that only the browser has.
//!
//! A session ends 30 minutes after the last visit and 12 hours after sign-in, whatever comes first (NIST SP 800-63B-4
//! section 5.2, AAL2: at most 24 hours, one hour idle).

use crate::csrf;
use crate::problem::Problem;
use crate::{Bench, visit::Visit};
use axum::http::{HeaderMap, HeaderValue, header};
use base::{Hash, TenantId, Timestamp, UserId};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use workflow::directory::StaffRecord;

/// Record kind in the store.
const KIND: &str = "session";
/// A session without a visit for so long has ended.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// A session has ended so long after sign-in.
pub(crate) const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);
/// The last visit is written down again only after so long: not every page is a write.
const TOUCH: SignedDuration = SignedDuration::from_mins(1);
/// Ended sessions removed at each sign-in.
const SWEEP: usize = 50;

/// A session as stored, by the digest of its token.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    user: UserId,
    signed_in_at: Timestamp,
    seen_at: Timestamp,
}

impl Record {
    fn is_live(&self, now: Timestamp) -> bool {
        now.duration_since(self.seen_at) < IDLE && now.duration_since(self.signed_in_at) < ABSOLUTE
    }
}

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    /// Their tenant.
    pub tenant: TenantId,
    /// Who they are, as the directory says now.
    pub staff: StaffRecord,
    /// The token their forms must carry.
    pub form_token: String,
    key: String,
}

impl SignedIn {
    /// Whether a form carries the session's token.
    pub(crate) fn owns(&self, given: &str) -> bool {
        crate::password::same(self.form_token.as_bytes(), given.as_bytes())
    }
}

/// The cookie a browser shows: the tenant and the token.
fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-avedis" } else { "avedis" }
}

/// A cookie of a request.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, value)| value)
}

/// A `Set-Cookie` value: for this host, not for scripts, never sent from another site.
pub(crate) fn set_cookie(name: &str, value: &str, secure: bool, max_age_s: Option<i64>) -> Result<HeaderValue, Problem> {
    let secure = if secure { "; Secure" } else { "" };
    let age = max_age_s.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}"))
        .map_err(|_| Problem::Broken("a cookie could not be written"))
}

/// Opens a session; gives the cookie to set.
pub(crate) fn open(bench: &Bench, tenant: &TenantId, user: &UserId) -> Result<HeaderValue, Problem> {
    let (platform, now) = (&bench.platform, bench.platform.world.now());
    let token = csrf::new_secret(platform.world.as_ref());
    let key = Hash::of(token.as_bytes()).to_string();
    sweep(bench, tenant, &key, now)?;
    write(bench, tenant, &key, &Record { user: user.clone(), signed_in_at: now, seen_at: now })?;
    set_cookie(cookie_name(bench.secure), &format!("{tenant}~{token}"), bench.secure, None)
}

/// Removes some sessions that have ended, those after a random place.
fn sweep(bench: &Bench, tenant: &TenantId, after: &str, now: Timestamp) -> Result<(), Problem> {
    for (key, bytes) in bench.platform.store.records(tenant, KIND, Some(after), SWEEP)? {
        let live = serde_json::from_slice::<Record>(&bytes).is_ok_and(|record| record.is_live(now));
        if !live {
            bench.platform.store.delete_record(tenant, KIND, &key).wait()?;
        }
    }
    Ok(())
}

fn write(bench: &Bench, tenant: &TenantId, key: &str, record: &Record) -> Result<(), Problem> {
    let bytes = serde_json::to_vec(record).map_err(|_| Problem::Broken("a session could not be written"))?;
    Ok(bench.platform.store.put_record(tenant, KIND, key, &bytes).wait()?)
}

/// The session of a request, when it has a live one of an active person.
pub(crate) fn of(bench: &Bench, headers: &HeaderMap) -> Result<Option<SignedIn>, Problem> {
    let Some((tenant, token)) = cookie(headers, cookie_name(bench.secure)).and_then(|value| value.split_once('~')) else {
        return Ok(None);
    };
    let Some(tenant) = TenantId::new(tenant).ok().filter(|tenant| bench.platform.tenants.contains_key(tenant)) else {
        return Ok(None);
    };
    let key = Hash::of(token.as_bytes()).to_string();
    let Some(bytes) = bench.platform.store.record(&tenant, KIND, &key)? else { return Ok(None) };
    let mut record: Record = serde_json::from_slice(&bytes).map_err(|_| Problem::Broken("a session could not be read"))?;
    let now = bench.platform.world.now();
    if !record.is_live(now) {
        bench.platform.store.delete_record(&tenant, KIND, &key).wait()?;
        return Ok(None);
    }
    let Some(staff) = bench.platform.staff(&tenant, &record.user)?.filter(|staff| staff.active) else { return Ok(None) };
    if now.duration_since(record.seen_at) >= TOUCH {
        record.seen_at = now;
        write(bench, &tenant, &key, &record)?;
    }
    Ok(Some(SignedIn { tenant, staff, form_token: csrf::token_of(token), key }))
}

/// Ends the session of a visit; gives the cookie that clears it.
pub(crate) fn close(visit: &Visit<'_>) -> Result<HeaderValue, Problem> {
    if let Some(signed_in) = &visit.signed_in {
        visit.bench.platform.store.delete_record(&signed_in.tenant, KIND, &signed_in.key).wait()?;
    }
    set_cookie(cookie_name(visit.bench.secure), "", visit.bench.secure, Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_idle_or_old() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let record = |seen: i64| Record {
            user: UserId::new("n").unwrap(),
            signed_in_at: start,
            seen_at: start + SignedDuration::from_secs(seen),
        };
        let at = |second: i64| start + SignedDuration::from_secs(second);
        assert!(record(0).is_live(at(1799)) && !record(0).is_live(at(1800)));
        assert!(record(43_000).is_live(at(43_199)) && !record(43_000).is_live(at(43_200)));
    }

    #[test]
    fn the_right_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; avedis=acme~x; b=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("c=3"));
        assert_eq!(cookie(&headers, "avedis"), Some("acme~x"));
        assert_eq!(cookie(&headers, "c"), Some("3"));
        assert_eq!(cookie(&headers, "vedis"), None);
    }
}
