//! Faults as FHIR tells them: `OperationOutcome`.

use std::borrow::Cow;

use json::{FaultCode, Writer};

/// Code system of [`Issue::details`]. Relative to no host: it names codes of this program.
pub const DETAILS_SYSTEM: &str = "urn:avedis:issue";

/// `OperationOutcome.issue.severity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Something worth knowing.
    Information,
    /// Kept and processed, but probably not what was meant.
    Warning,
    /// The request cannot be processed as sent.
    Error,
    /// The request could not even be read.
    Fatal,
}

impl Severity {
    /// The FHIR code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// Declares the issue types with their FHIR codes once.
macro_rules! issue_types {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// `OperationOutcome.issue.code` (value set issue-type of R4).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum IssueType { $($(#[$doc])* $name,)* }

        impl IssueType {
            /// The FHIR code.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

issue_types! {
    /// Content invalid against the specification or a profile.
    Invalid = "invalid",
    /// A structural issue, such as a wrong JSON type.
    Structure = "structure",
    /// A required element is missing.
    Required = "required",
    /// An element value is not valid.
    Value = "value",
    /// A rule between elements is broken.
    Invariant = "invariant",
    /// An authentication, authorization or permission issue.
    Security = "security",
    /// The sender must sign in.
    Login = "login",
    /// The sender is not known.
    Unknown = "unknown",
    /// The session has expired.
    Expired = "expired",
    /// The sender may not do this.
    Forbidden = "forbidden",
    /// Content was left out for privacy.
    Suppressed = "suppressed",
    /// A processing issue.
    Processing = "processing",
    /// The content or operation is not supported.
    NotSupported = "not-supported",
    /// An attempt to create a duplicate.
    Duplicate = "duplicate",
    /// More than one match where one was expected.
    MultipleMatches = "multiple-matches",
    /// A reference leads nowhere.
    NotFound = "not-found",
    /// The resource was deleted.
    Deleted = "deleted",
    /// Content is too long.
    TooLong = "too-long",
    /// A code is not valid or not in the value set.
    CodeInvalid = "code-invalid",
    /// An extension is not acceptable or not known.
    Extension = "extension",
    /// The operation would be too costly.
    TooCostly = "too-costly",
    /// A business rule is broken.
    BusinessRule = "business-rule",
    /// An edit conflict.
    Conflict = "conflict",
    /// A transient issue; try again.
    Transient = "transient",
    /// A lock could not be had.
    LockError = "lock-error",
    /// The store is not available.
    NoStore = "no-store",
    /// An unexpected internal error.
    Exception = "exception",
    /// An internal time-out.
    Timeout = "timeout",
    /// Not all sources answered.
    Incomplete = "incomplete",
    /// Too many requests.
    Throttled = "throttled",
    /// Plain information.
    Informational = "informational",
}

/// One fault or remark. Text never quotes content of the request, which may be health information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// The FHIR issue type.
    pub code: IssueType,
    /// A stable finer code of this program, in [`DETAILS_SYSTEM`].
    pub details: Cow<'static, str>,
    /// One sentence for people.
    pub diagnostics: String,
    /// FHIRPath of the place, when there is one.
    pub expression: Option<String>,
}

impl Issue {
    /// An issue without a place.
    pub fn new(
        severity: Severity,
        code: IssueType,
        details: impl Into<Cow<'static, str>>,
        diagnostics: impl Into<String>,
    ) -> Issue {
        Issue { severity, code, details: details.into(), diagnostics: diagnostics.into(), expression: None }
    }

    /// The same issue at a place. A path from an unnamed root (`$.a`) becomes FHIRPath (`$this.a`).
    #[must_use]
    pub fn at(mut self, expression: impl Into<String>) -> Issue {
        let mut expression = expression.into();
        if expression == "$" || expression.starts_with("$.") || expression.starts_with("$[") {
            expression.insert_str(1, "this");
        }
        self.expression = Some(expression);
        self
    }

    /// True for errors and fatal errors: the request is refused.
    pub fn is_refusal(&self) -> bool {
        self.severity >= Severity::Error
    }
}

/// Gathers issues up to a limit for errors and one for remarks, so that neither hides the other
/// and no path is worked out for an issue that is not kept.
#[derive(Debug)]
pub(crate) struct Collector {
    issues: Vec<Issue>,
    max: usize,
    errors: usize,
    remarks: usize,
}

impl Collector {
    pub fn new(max: usize) -> Collector {
        Collector { issues: Vec::new(), max: max.max(1), errors: 0, remarks: 0 }
    }

    /// Goes on after issues that were gathered with the same limit.
    pub fn resume(issues: Vec<Issue>, max: usize) -> Collector {
        let errors = issues.iter().filter(|issue| issue.is_refusal()).count();
        Collector { max: max.max(1), remarks: issues.len() - errors, errors, issues }
    }

    /// Adds an issue; the closure gives its text and its place.
    pub fn add(
        &mut self,
        severity: Severity,
        code: IssueType,
        details: &'static str,
        text_and_place: impl FnOnce() -> (String, String),
    ) {
        let (count, cut) = if severity >= Severity::Error {
            (&mut self.errors, "there are more errors than are listed")
        } else {
            (&mut self.remarks, "there are more remarks than are listed")
        };
        *count += 1;
        if *count <= self.max {
            let (text, place) = text_and_place();
            self.issues.push(Issue::new(severity, code, details, text).at(place));
        } else if *count == self.max + 1 {
            self.issues.push(Issue::new(severity, IssueType::TooCostly, "too-many-issues", cut));
        }
    }

    pub fn is_refusal(&self) -> bool {
        self.errors > 0
    }

    pub fn into_issues(self) -> Vec<Issue> {
        self.issues
    }
}

impl From<&json::Fault> for Issue {
    /// A fault of the JSON itself is fatal: nothing could be read.
    fn from(fault: &json::Fault) -> Issue {
        let code = match fault.code {
            FaultCode::TooLarge | FaultCode::NumberTooLong => IssueType::TooLong,
            FaultCode::TooDeep | FaultCode::TooManyNodes => IssueType::TooCostly,
            _ => IssueType::Structure,
        };
        let diagnostics = format!("{} (line {}, column {})", fault.message, fault.line, fault.column);
        Issue::new(Severity::Fatal, code, fault.code.as_str(), diagnostics).at(fault.path.clone())
    }
}

/// All issues of one answer.
///
/// ```
/// use fhir::{Issue, IssueType, OperationOutcome, Severity};
/// let issue = Issue::new(Severity::Error, IssueType::Required, "missing", "a patient is required").at("Claim.patient");
/// let json = OperationOutcome::new(vec![issue]).to_json();
/// assert_eq!(
///     String::from_utf8(json).unwrap(),
///     r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required","details":{"coding":[{"system":"urn:avedis:issue","code":"missing"}]},"diagnostics":"a patient is required","expression":["Claim.patient"]}]}"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperationOutcome {
    /// Every issue, in the order found.
    pub issues: Vec<Issue>,
}

impl OperationOutcome {
    /// An outcome with these issues.
    pub fn new(issues: Vec<Issue>) -> Self {
        Self { issues }
    }

    /// The outcome of a body that is not acceptable JSON.
    pub fn from_faults(faults: &[json::Fault]) -> Self {
        Self::new(faults.iter().map(Issue::from).collect())
    }

    /// True when at least one issue refuses the request.
    pub fn is_refusal(&self) -> bool {
        self.issues.iter().any(Issue::is_refusal)
    }

    /// The resource as compact JSON. An outcome without issues says so, since FHIR requires at least one.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(128 + self.issues.len() * 256);
        self.write(&mut out);
        out.finish()
    }

    /// Writes the resource as one JSON value, for example as an entry of a Bundle.
    pub fn write(&self, out: &mut Writer) {
        out.begin_object().key("resourceType").string("OperationOutcome").key("issue").begin_array();
        if self.issues.is_empty() {
            write_issue(out, &Issue::new(Severity::Information, IssueType::Informational, "no-issue", "no issue was found"));
        }
        for issue in &self.issues {
            write_issue(out, issue);
        }
        out.end_array().end_object();
    }
}

fn write_issue(out: &mut Writer, issue: &Issue) {
    out.begin_object();
    out.key("severity").string(issue.severity.as_str());
    out.key("code").string(issue.code.as_str());
    out.key("details").begin_object().key("coding").begin_array().begin_object();
    out.key("system").string(DETAILS_SYSTEM).key("code").string(&issue.details);
    out.end_object().end_array().end_object();
    if !issue.diagnostics.is_empty() {
        out.key("diagnostics").string(&issue.diagnostics);
    }
    if let Some(expression) = &issue.expression {
        out.key("expression").begin_array().string(expression).end_array();
    }
    out.end_object();
}
