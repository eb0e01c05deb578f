//! The door: sign in, sign out.
//!
//! A wrong name and a wrong password get the same answer after the same time. Every failure is logged and, for a person the
//! directory knows, written to the audit trail; what was typed is in neither.

use crate::problem::Problem;
use crate::view::{self, Choice, Frame};
use crate::visit::Visit;
use crate::{csrf, password, session};
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base::{Hash, TenantId, UserId};
use store::Audit;

/// The cookie that proves that the sign-in form came from here.
const DOOR: &str = "avedis-door";
const DOOR_SECURE: &str = "__Host-avedis-door";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    frame: Frame,
    token: String,
    tenants: Vec<Choice>,
    user: String,
    next: String,
    trouble: &'static str,
    demo: bool,
}

/// An address a sign-in may lead back to: a page of ours that names nobody. Never another site.
pub(crate) fn may_return_to(path: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'/' || b == b'-';
    path.len() <= 200 && path.starts_with('/') && !path.contains("//") && path.bytes().all(fits)
}

/// The form. Who is signed in already goes to work.
pub(crate) fn form(visit: &Visit<'_>) -> Result<Response, Problem> {
    if visit.signed_in.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    let next = visit.query("next").filter(|next| may_return_to(next)).unwrap_or_default().to_owned();
    show(visit, StatusCode::OK, String::new(), next, "")
}

fn door(secure: bool) -> &'static str {
    if secure { DOOR_SECURE } else { DOOR }
}

fn show(visit: &Visit<'_>, status: StatusCode, user: String, next: String, trouble: &'static str) -> Result<Response, Problem> {
    let bench = visit.bench;
    let kept = session::cookie(&visit.headers, door(bench.secure)).filter(|secret| secret.len() == 43);
    let secret = kept.map_or_else(|| csrf::new_secret(bench.platform.world.as_ref()), str::to_owned);
    let tenants = &bench.platform.tenants;
    let asked = visit.fields.get("tenant");
    let choices = tenants.values().map(|t| Choice::new(t.id.as_str(), &t.name, t.id.as_str() == asked));
    let page = Page {
        frame: visit.frame("Sign in"),
        token: csrf::token_of(&secret),
        tenants: if tenants.len() > 1 { choices.collect() } else { Vec::new() },
        user,
        next,
        trouble,
        demo: tenants.values().any(|tenant| tenant.demo),
    };
    let mut response = view::page(status, &page);
    response.headers_mut().insert(header::SET_COOKIE, session::set_cookie(door(bench.secure), &secret, bench.secure, None)?);
    Ok(response)
}

/// Signs in.
pub(crate) fn sign_in(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (fields, bench) = (&visit.fields, visit.bench);
    let next = Some(fields.get("next")).filter(|next| may_return_to(next)).unwrap_or("/").to_owned();
    let user_typed = fields.get("user").to_owned();
    let secret = session::cookie(&visit.headers, door(bench.secure)).unwrap_or_default();
    if secret.is_empty() || !csrf::fits(secret, fields.get(csrf::FIELD)) {
        let trouble = "This sign-in page was too old, or your browser keeps no cookies. Please try again.";
        return show(visit, StatusCode::FORBIDDEN, user_typed, next, trouble);
    }
    let tenant = tenant_of(visit);
    let name = Hash::of(format!("{}\0{user_typed}", tenant.as_ref().map_or("", TenantId::as_str)).as_bytes());
    let now = visit.now();
    if let Some(seconds) = bench.throttle.wait_s(&name, now) {
        tracing::warn!(seconds, "a sign-in was put off: too many failures");
        return Err(Problem::TooMany(seconds));
    }
    let Some((tenant, user)) = check(visit, tenant.as_ref(), &user_typed)? else {
        bench.throttle.failed(name, now);
        let trouble = "The name or the password is not right.";
        return show(visit, StatusCode::UNAUTHORIZED, user_typed, next, trouble);
    };
    bench.throttle.succeeded(&name);
    session::close(visit)?;
    let cookie = session::open(bench, &tenant, &user)?;
    write_audit(visit, &tenant, &user, "sign-in")?;
    let mut response = Redirect::to(&next).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// The tenant chosen, or the only one there is.
fn tenant_of(visit: &Visit<'_>) -> Option<TenantId> {
    let tenants = &visit.platform().tenants;
    match tenants.len() {
        1 => tenants.keys().next().cloned(),
        _ => TenantId::new(visit.fields.get("tenant")).ok().filter(|tenant| tenants.contains_key(tenant)),
    }
}

/// The person, when the password is theirs and they may come in.
fn check(visit: &Visit<'_>, tenant: Option<&TenantId>, user: &str) -> Result<Option<(TenantId, UserId)>, Problem> {
    let given = visit.fields.raw("password");
    let _place = visit.bench.throttle.place().ok_or(Problem::TooMany(1))?;
    let known = match (tenant, UserId::new(user)) {
        (Some(tenant), Ok(user)) => visit.platform().staff(tenant, &user)?.map(|staff| (tenant, staff)),
        _ => None,
    };
    let Some((tenant, staff)) = known else {
        password::verify_nobody(given);
        tracing::warn!(known = false, "a sign-in failed");
        return Ok(None);
    };
    if password::verify(given, &staff.password) && staff.active {
        return Ok(Some((tenant.clone(), staff.user)));
    }
    tracing::warn!(known = true, active = staff.active, "a sign-in failed");
    write_audit(visit, tenant, &staff.user, "sign-in-failed")?;
    Ok(None)
}

fn write_audit(visit: &Visit<'_>, tenant: &TenantId, user: &UserId, act: &str) -> Result<(), Problem> {
    let row = Audit { at: visit.now(), who: format!("user:{user}"), act: act.to_owned(), case: None, detail: String::new() };
    Ok(visit.platform().store.audit(tenant, row).wait()?)
}

/// Signs out; what the browser kept of these pages is cleared.
pub(crate) fn sign_out(visit: &Visit<'_>) -> Result<Response, Problem> {
    let who = visit.who()?;
    write_audit(visit, &who.tenant, &who.staff.user, "sign-out")?;
    let cookie = session::close(visit)?;
    let mut response = Redirect::to("/sign-in").into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::may_return_to;

    #[test]
    fn a_sign_in_leads_only_to_our_own_pages() {
        for good in ["/", "/worklist/nurse", "/case/0199a2b4-0000-7000-8000-000000000000"] {
            assert!(may_return_to(good), "{good}");
        }
        for bad in ["", "//evil.example", "https://evil.example", "/\\evil", "/a?b", "/a//b", "javascript:x", "/%2F"] {
            assert!(!may_return_to(bad), "{bad}");
        }
    }
}
