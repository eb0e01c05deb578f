//! What every page has around it.

use crate::visit::Visit;
use crate::{assets, routes, words};
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The frame: title, plan, who is there, what they may open. A title never names a person.
pub(crate) struct Frame {
    /// Title of the page.
    pub title: &'static str,
    /// Address of the style sheet.
    pub css: &'static str,
    /// Address of the script.
    pub js: &'static str,
    /// Address of the icon.
    pub icon: &'static str,
    /// Who is there.
    pub who: Option<Who>,
}

/// Who is there, as the frame shows them.
pub(crate) struct Who {
    /// Name.
    pub name: String,
    /// Role in words.
    pub role: &'static str,
    /// The plan.
    pub plan: String,
    /// It is the demonstration plan.
    pub demo: bool,
    /// May open cases.
    pub reads_cases: bool,
    /// May open the audit trail.
    pub reads_audit: bool,
    /// The token of forms.
    pub form_token: String,
}

impl Frame {
    pub(crate) fn of(visit: &Visit<'_>, title: &'static str) -> Self {
        let who = visit.signed_in.as_ref().map(|signed_in| {
            let tenant = visit.platform().tenants.get(&signed_in.tenant);
            Who {
                name: signed_in.staff.name.clone(),
                role: words::role(signed_in.staff.role),
                plan: tenant.map(|tenant| tenant.name.clone()).unwrap_or_default(),
                demo: tenant.is_some_and(|tenant| tenant.demo),
                reads_cases: routes::Gate::Cases.lets(signed_in.staff.role),
                reads_audit: routes::Gate::Audit.lets(signed_in.staff.role),
                form_token: signed_in.form_token.clone(),
            }
        });
        Self { title, css: assets::css(), js: assets::js(), icon: assets::icon(), who }
    }

    /// The token of forms; empty for nobody.
    pub(crate) fn form_token(&self) -> &str {
        self.who.as_ref().map_or("", |who| &who.form_token)
    }
}

/// A page as a response.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = (status, html).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            response
        }
        Err(error) => {
            tracing::error!("a page could not be rendered: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// One line of a choice.
pub(crate) struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Chosen already.
    pub chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self { value: value.into(), label: label.into(), chosen }
    }
}
