//! The rows of `rules/authority.toml`: grants, who may say no, fields of medicine, causes of reopening.

use super::{Act, Role};
use crate::event::ReopenCause;
use crate::request::Request;
use crate::rows::{self, Fault, Reader};
use base::{Code, LineOfBusiness, State};
use std::sync::LazyLock;

const AUTHORITY: &str = include_str!("../../rules/authority.toml");

#[allow(clippy::expect_used)] // The rows are part of this program, and a test reads them; nothing from outside reaches here.
static BUILTIN: LazyLock<Rules> = LazyLock::new(|| Rules::parse(AUTHORITY).expect("the rows of this crate are sound"));

/// Who may do what, and what a reviewer needs to say no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    statement: String,
    grants: Vec<Grant>,
    reviewers: Vec<ReviewerRule>,
    fields: Vec<Field>,
    reopens: Vec<ReopenRule>,
}

/// Roles that may do acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Row id.
    pub id: String,
    /// The acts.
    pub acts: Vec<Act>,
    /// The roles.
    pub roles: Vec<Role>,
    /// Under these lines of business; empty for all.
    pub lines_of_business: Vec<LineOfBusiness>,
    /// Under the law of these states; empty for all.
    pub states: Vec<State>,
    /// Where it stands.
    pub citation: String,
    /// Verification status.
    pub status: String,
}

/// What a clinician needs to determine adversely. All rows that reach a case must be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewerRule {
    /// Row id.
    pub id: String,
    /// Lines of business it reaches.
    pub lines_of_business: Vec<LineOfBusiness>,
    /// States whose law it is; empty for all.
    pub states: Vec<State>,
    /// Kinds of licence it accepts.
    pub licences: Vec<String>,
    /// The licence must be issued by one of these states; empty for any.
    pub licence_states: Vec<State>,
    /// The specialty must lie in the field of every line.
    pub expertise: bool,
    /// For a reopened line, the reviewer must not have taken part in an earlier determination.
    pub independent_when_reopened: bool,
    /// Where it stands.
    pub citation: String,
    /// Verification status.
    pub status: String,
}

/// The specialties whose holders have expertise in a kind of service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Row id.
    pub id: String,
    /// Code system of the services.
    pub system: String,
    /// Beginnings of codes; the longest that fits chooses the row.
    pub codes: Vec<String>,
    /// Specialties; `*` for any.
    pub specialties: Vec<String>,
}

/// Causes for which a decided line may be opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReopenRule {
    /// Row id.
    pub id: String,
    /// Lines of business it reaches.
    pub lines_of_business: Vec<LineOfBusiness>,
    /// The causes.
    pub causes: Vec<ReopenCause>,
    /// Within so many days of the decision; `None` for any time.
    pub within_days: Option<i64>,
    /// A line that was approved may become adverse for this cause.
    pub approval_may_turn: bool,
    /// Where it stands.
    pub citation: String,
    /// Verification status.
    pub status: String,
}

/// Roles that no row may ever let determine adversely, delay or close a case: hard gates, not settings
/// (Cal. H&S 1367.01(k); 42 CFR 422.566(d); NCQA UM 4).
const NEVER_ADVERSE: [Role; 10] = [
    Role::Software,
    Role::Requester,
    Role::Intake,
    Role::Nurse,
    Role::Appeals,
    Role::CaseManager,
    Role::PolicyAuthor,
    Role::Compliance,
    Role::Analyst,
    Role::Administrator,
];
const NEVER_SOFTWARE: [Act; 9] = [
    Act::Approve,
    Act::DetermineAdverse,
    Act::Extend,
    Act::RefuseExpedite,
    Act::Withdraw,
    Act::Void,
    Act::Reopen,
    Act::CorrectReceipt,
    Act::Cancel,
];

impl Rules {
    /// The rows this crate ships.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads rows; reports every fault in them. A row that would let software or staff determine adversely is a fault.
    ///
    /// # Errors
    /// Every [`Fault`] found.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let file = rows::file(text, &["statement", "grant", "reviewer", "field", "reopen"], &mut faults);
        let statement = file.get("statement").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        if statement.trim().is_empty() {
            faults.push(Fault::new("file", "statement", "the text the reviewer confirms is required"));
        }
        let grants = read(&file, "grant", &mut faults, Grant::read);
        let reviewers = read(&file, "reviewer", &mut faults, ReviewerRule::read);
        let fields = read(&file, "field", &mut faults, Field::read);
        let reopens = read(&file, "reopen", &mut faults, ReopenRule::read);
        let ids = grants.iter().map(|row| row.id.as_str());
        let ids = ids.chain(reviewers.iter().map(|row| row.id.as_str())).chain(fields.iter().map(|row| row.id.as_str()));
        rows::unique(ids.chain(reopens.iter().map(|row| row.id.as_str())), &mut faults);
        for business in LineOfBusiness::ALL {
            if !reviewers.iter().any(|row| row.states.is_empty() && row.lines_of_business.contains(&business)) {
                faults.push(Fault::new("file", "reviewer", format!("no row says who may determine adversely under {business}")));
            }
        }
        let rules = Self { statement, grants, reviewers, fields, reopens };
        if faults.is_empty() { Ok(rules) } else { Err(faults) }
    }

    /// The statement a reviewer confirms before signing.
    #[must_use]
    pub fn statement(&self) -> &str {
        &self.statement
    }

    /// The row that lets a role do an act under a line of business and a state's law; `None` when no row does.
    #[must_use]
    pub fn may(&self, role: Role, act: Act, business: LineOfBusiness, state: Option<State>) -> Option<&Grant> {
        self.grants.iter().find(|grant| {
            grant.acts.contains(&act)
                && grant.roles.contains(&role)
                && (grant.lines_of_business.is_empty() || grant.lines_of_business.contains(&business))
                && (grant.states.is_empty() || state.is_some_and(|state| grant.states.contains(&state)))
        })
    }

    /// The rows a reviewer of this request must meet; all of them.
    #[must_use]
    pub fn reviewer_rules(&self, request: &Request) -> Vec<&ReviewerRule> {
        let cover = &request.cover;
        self.reviewers
            .iter()
            .filter(|row| {
                row.lines_of_business.contains(&cover.line_of_business)
                    && (row.states.is_empty() || cover.state.is_some_and(|state| row.states.contains(&state)))
            })
            .collect()
    }

    /// The field of a service; `None` when no row names it: then every specialty counts, and the statement carries it.
    #[must_use]
    pub fn field_of(&self, service: &Code) -> Option<&Field> {
        let fit = |field: &Field| {
            let prefixes = field.codes.iter().filter(|prefix| service.code.starts_with(prefix.as_str()));
            if field.system == service.system { prefixes.map(String::len).max() } else { None }
        };
        self.fields
            .iter()
            .filter_map(|field| Some((fit(field)?, field)))
            .max_by_key(|(length, _)| *length)
            .map(|(_, field)| field)
    }

    /// The row that allows opening again for a cause.
    #[must_use]
    pub fn reopen(&self, business: LineOfBusiness, cause: ReopenCause) -> Option<&ReopenRule> {
        self.reopens.iter().find(|row| row.lines_of_business.contains(&business) && row.causes.contains(&cause))
    }
}

fn read<T>(file: &toml::Table, name: &str, faults: &mut Vec<Fault>, one: impl Fn(&mut Reader<'_>) -> T) -> Vec<T> {
    let tables = rows::rows(file, name, faults);
    if tables.is_empty() {
        faults.push(Fault::new("file", name, "at least one row is required"));
    }
    let mut all = Vec::new();
    for (position, table) in tables.into_iter().enumerate() {
        let mut row = Reader::open(table, name, position, faults);
        all.push(one(&mut row));
        row.close();
    }
    all
}

fn status(row: &mut Reader<'_>) -> String {
    let status = row.text("status");
    if !["V", "S", "K", "P"].contains(&status.as_str()) {
        row.fault("status", "must be V, S, K or P");
    }
    status
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

fn required<T>(row: &mut Reader<'_>, field: &str, list: Vec<T>) -> Vec<T> {
    if list.is_empty() {
        row.fault(field, "names nothing");
    }
    list
}

impl Grant {
    fn read(row: &mut Reader<'_>) -> Self {
        let (acts, roles): (Vec<Act>, Vec<Role>) = (row.words("acts"), row.words("roles"));
        let (acts, roles) = (required(row, "acts", acts), required(row, "roles", roles));
        if acts.contains(&Act::DetermineAdverse) {
            for role in roles.iter().filter(|role| NEVER_ADVERSE.contains(role)) {
                row.fault("roles", format!("{role} can never determine adversely: this is a gate, not a setting"));
            }
        }
        if roles.contains(&Role::Software) {
            for act in acts.iter().filter(|act| NEVER_SOFTWARE.contains(act)) {
                row.fault("acts", format!("software can never {act}: this is a gate, not a setting"));
            }
        }
        Self {
            id: row.id(),
            acts,
            roles,
            lines_of_business: row.words("lines_of_business"),
            states: row.words("states"),
            citation: row.text("citation"),
            status: status(row),
        }
    }
}

impl ReviewerRule {
    fn read(row: &mut Reader<'_>) -> Self {
        let lines_of_business = row.words("lines_of_business");
        let lines_of_business = required(row, "lines_of_business", lines_of_business);
        let licences = owned(row.texts("licences"));
        let licences = required(row, "licences", licences);
        let _ = row.text_if_any("note");
        Self {
            id: row.id(),
            lines_of_business,
            states: row.words("states"),
            licences,
            licence_states: row.words("licence_states"),
            expertise: row.flag("expertise"),
            independent_when_reopened: row.flag("independent_when_reopened"),
            citation: row.text("citation"),
            status: status(row),
        }
    }
}

impl Field {
    fn read(row: &mut Reader<'_>) -> Self {
        let codes = owned(row.texts("codes"));
        let codes = required(row, "codes", codes);
        let specialties = owned(row.texts("specialties"));
        let specialties = required(row, "specialties", specialties);
        let _ = row.text("title");
        Self { id: row.id(), system: row.text("system"), codes, specialties }
    }
}

impl ReopenRule {
    fn read(row: &mut Reader<'_>) -> Self {
        let lines_of_business = row.words("lines_of_business");
        let lines_of_business = required(row, "lines_of_business", lines_of_business);
        let causes = row.words("causes");
        let causes = required(row, "causes", causes);
        Self {
            id: row.id(),
            lines_of_business,
            causes,
            within_days: row.number_if_any("within_days", 1, 36_500),
            approval_may_turn: row.flag("approval_may_turn"),
            citation: row.text("citation"),
            status: status(row),
        }
    }
}
