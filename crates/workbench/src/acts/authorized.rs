//! What is authorized on a line, as fields of a form: first day, last day, quantity and unit.

use super::Typed;
use crate::case_page::Opened;
use crate::form::Fields;
use base::{Date, Decimal, Quantity};
use case::event::Approval;
use case::request::Line;
use jiff::ToSpan;

/// Days authorized when neither the request nor a policy names an end.
const DEFAULT_DAYS: u32 = 90;

/// The fields of a line.
pub(crate) struct View {
    pub from: String,
    pub to: String,
    pub quantity: String,
    pub unit: String,
}

/// What was asked, or what was typed.
pub(crate) fn view(opened: &Opened<'_>, line: &Line, typed: Typed<'_>) -> View {
    let n = line.sequence;
    let approval = suggested(opened, line);
    let (quantity, unit) = approval.quantity.map(|q| (q.value.to_string(), q.unit)).unwrap_or_default();
    View {
        from: typed.text(&format!("from-{n}"), approval.from.to_string()),
        to: typed.text(&format!("to-{n}"), approval.to.to_string()),
        quantity: typed.text(&format!("quantity-{n}"), quantity),
        unit: typed.text(&format!("unit-{n}"), unit),
    }
}

/// The line as asked; the policy's usual period when no end was asked.
fn suggested(opened: &Opened<'_>, line: &Line) -> Approval {
    let from = line.service_from.unwrap_or(opened.today);
    let days = usual_days(opened, line).unwrap_or(DEFAULT_DAYS).max(1);
    let to = from.checked_add((i64::from(days) - 1).days()).unwrap_or(from);
    Approval::as_asked(line, from, line.service_to.unwrap_or(to))
}

fn usual_days(opened: &Opened<'_>, line: &Line) -> Option<u32> {
    let findings = opened.case.line(line.sequence)?.findings.as_deref()?;
    let policy = opened.visit.platform().library.by_hash(&findings.policy.hash)?;
    policy.scopes().iter().find(|scope| scope.codes.contains(&line.service.code)).map(|scope| scope.authorization_days)
}

/// Reads the fields of a line; every fault is added.
pub(crate) fn read(fields: &Fields, sequence: u32, faults: &mut Vec<String>) -> Option<Approval> {
    let mut day = |name: &str, word: &str| {
        let parsed: Result<Date, _> = fields.get(&format!("{name}-{sequence}")).parse();
        if parsed.is_err() {
            faults.push(format!("Line {sequence}: the {word} is not a date (YYYY-MM-DD)."));
        }
        parsed.ok()
    };
    let (from, to) = (day("from", "first day"), day("to", "last day"));
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        faults.push(format!("Line {sequence}: the last day lies before the first."));
    }
    let amount = fields.get(&format!("quantity-{sequence}"));
    let quantity = match amount.parse::<Decimal>() {
        _ if amount.is_empty() => None,
        Ok(value) if value > Decimal::ZERO => Some(Quantity { value, unit: fields.get(&format!("unit-{sequence}")).to_owned() }),
        _ => {
            faults.push(format!("Line {sequence}: the quantity is not a number above zero."));
            None
        }
    };
    Some(Approval { line: sequence, from: from?, to: to?, quantity })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> (Option<Approval>, Vec<String>) {
        let fields = Fields::read("application/x-www-form-urlencoded", body.as_bytes()).unwrap();
        let mut faults = Vec::new();
        (read(&fields, 1, &mut faults), faults)
    }

    #[test]
    fn every_fault_is_told() {
        let (approval, faults) = check("from-1=2026-02-30&to-1=&quantity-1=-3");
        assert!(approval.is_none());
        assert_eq!(faults.len(), 3, "{faults:?}");
        let (_, faults) = check("from-1=2026-03-02&to-1=2026-03-01");
        assert_eq!(faults, ["Line 1: the last day lies before the first."]);
    }

    #[test]
    fn exact_amounts_and_none() {
        let (approval, faults) = check("from-1=2026-03-01&to-1=2026-03-31&quantity-1=1.50&unit-1=L/min");
        assert!(faults.is_empty());
        let quantity = approval.unwrap().quantity.unwrap();
        assert_eq!((quantity.value.to_string().as_str(), quantity.unit.as_str()), ("1.50", "L/min"));
        assert_eq!(check("from-1=2026-03-01&to-1=2026-03-31&quantity-1=").0.unwrap().quantity, None);
    }
}
