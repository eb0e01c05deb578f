//! What providers send: requests with random facts, and what goes wrong with them on the way.

use base::{Date, Timestamp};
use exchange::pas::PasVersion;
use fiction::dice::Dice;
use fiction::people::{Member, Plan, Provider};
use fiction::{Bundle, Expect};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::sync::Arc;

const POLICIES: &str = "https://avedis.example/policies";

/// What kind of equipment a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Oxygen,
    Pap,
    Bed,
    Glucose,
    /// No policy speaks of it.
    Wheelchair,
    /// Needs no authorization.
    Meter,
}

/// The facts of a request, from which its Bundle is written; an update changes some of them.
#[derive(Debug, Clone)]
pub struct Recipe {
    family: Family,
    member: Member,
    provider: Provider,
    /// The day it was written.
    day: Date,
    created: String,
    urgent: bool,
    /// Saturation in percent, events in an hour, weight in pounds, days since the visit.
    measure: Option<i64>,
    /// A second measure that says something else.
    second: Option<i64>,
    /// The practitioner's statements were sent.
    stated: bool,
    /// A second line is asked for.
    two_lines: bool,
    /// The period ends before it starts.
    reversed: bool,
    /// Days from the writing to the first day of service.
    lead_days: i64,
}

/// How a body relates to what came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A new request.
    New,
    /// The same bytes again.
    Again,
    /// The same content in other bytes.
    Reworded,
    /// The same services under another number.
    Renumbered,
    /// An update of an earlier request.
    Update,
    /// A cancel of all lines.
    Cancel,
    /// Not well made: it must be refused with its faults.
    Malformed,
    /// A story of the fiction.
    Story,
}

/// A body on its way to the platform.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The body, byte for byte.
    pub body: Arc<[u8]>,
    /// The version of the address it goes to.
    pub version: PasVersion,
    /// `system|value` of the request's own number; `None` when the body cannot be read.
    pub number: Option<String>,
    /// It asks for an expedited answer.
    pub urgent: bool,
    /// How it relates to what came before.
    pub kind: Kind,
    /// What ought to come of it, when it is a story.
    pub expect: Option<(String, Expect)>,
    /// The facts, when it may be followed by an update.
    pub recipe: Option<Recipe>,
    /// How often it was sent in vain.
    pub tries: u32,
}

impl Letter {
    /// A body with what it says of itself.
    #[must_use]
    pub fn new(body: Vec<u8>, version: PasVersion, kind: Kind) -> Self {
        let claim = serde_json::from_slice::<Value>(&body).ok().map(|mut bundle| bundle["entry"][0]["resource"].take());
        let number = claim.as_ref().and_then(|claim| {
            let identifier = &claim["identifier"][0];
            Some(format!("{}|{}", identifier["system"].as_str()?, identifier["value"].as_str()?))
        });
        let urgent = claim.as_ref().is_some_and(|claim| claim["priority"]["coding"][0]["code"] == "stat");
        Self { body: body.into(), version, number, urgent, kind, expect: None, recipe: None, tries: 0 }
    }
}

/// Writes requests.
pub struct Writer {
    dice: Dice,
    next: u64,
}

impl Writer {
    /// A writer with its own dice.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), next: 1 }
    }

    fn number(&mut self) -> String {
        self.next += 1;
        format!("S{:07}", self.next - 1)
    }

    fn version(&mut self) -> PasVersion {
        *self.dice.pick(&PasVersion::ALL)
    }

    /// A new request written now.
    pub fn request(&mut self, plan: &Plan, now: Timestamp) -> Letter {
        let recipe = self.recipe(plan, now);
        let number = self.number();
        let mut bundle = recipe.bundle(&number);
        if self.dice.chance(3) {
            bundle = recipe.about(&stranger(&recipe.member, &mut self.dice)).bundle(&number);
        }
        let version = self.version();
        let mut letter = Letter::new(bundle.bytes(), version, Kind::New);
        letter.recipe = Some(recipe);
        letter
    }

    /// A body that is not well made.
    pub fn malformed(&mut self, plan: &Plan, now: Timestamp) -> Letter {
        let number = self.number();
        let whole = self.recipe(plan, now).bundle(&number).value();
        let bytes = whole.to_string().into_bytes();
        let body = match self.dice.below(6) {
            0 => bytes[..bytes.len() / 2].to_vec(),
            1 => String::from_utf8_lossy(&bytes).replacen("\"use\":", "\"use\":\"claim\",\"use\":", 1).into_bytes(),
            2 => Vec::new(),
            3 => {
                let mut wrong = whole;
                wrong["entry"][0]["resource"]["item"][0]["sequence"] = json!("one");
                wrong.to_string().into_bytes()
            }
            4 => [b"\xff\xfe".as_slice(), &bytes].concat(),
            _ => format!("{}{}", "[".repeat(200), "]".repeat(200)).into_bytes(),
        };
        let version = self.version();
        Letter::new(body, version, Kind::Malformed)
    }

    /// What may follow a request: the same again, reworded, renumbered, changed or cancelled.
    pub fn follow(&mut self, before: &Letter, now: Timestamp) -> Option<Letter> {
        let recipe = before.recipe.as_ref()?;
        let old = before.number.as_ref()?.rsplit('|').next()?.to_owned();
        let version = before.version;
        Some(match self.dice.below(10) {
            0 | 1 => Letter { kind: Kind::Again, tries: 0, ..before.clone() },
            2 => {
                let pretty =
                    serde_json::from_slice::<Value>(&before.body).ok().and_then(|v| serde_json::to_vec_pretty(&v).ok())?;
                Letter::new(pretty, version, Kind::Reworded)
            }
            3 => Letter::new(recipe.bundle(&self.number()).bytes(), version, Kind::Renumbered),
            4 | 5 => {
                Letter::new(recipe.bundle(&self.number()).related(&old, "prior").cancel_all().bytes(), version, Kind::Cancel)
            }
            _ => {
                let changed = self.changed(recipe, now);
                let bundle = changed.bundle(&self.number()).related(&old, "prior");
                let mut letter = Letter::new(bundle.bytes(), version, Kind::Update);
                letter.recipe = Some(changed);
                letter
            }
        })
    }

    /// The complete record of a request, as it answers a question.
    #[must_use]
    pub fn answer(&mut self, recipe: &Recipe) -> Vec<u8> {
        let mut full = recipe.clone();
        full.stated = true;
        full.second = None;
        full.measure = Some(full.family.proof());
        let number = self.number();
        full.bundle(&number).bytes()
    }

    fn changed(&mut self, recipe: &Recipe, now: Timestamp) -> Recipe {
        let mut changed = recipe.clone();
        changed.created = created(now);
        match self.dice.below(4) {
            0 => changed.two_lines = true,
            1 => changed.urgent = true,
            // An update that forgets the urgency must not lose it.
            2 => changed.urgent = false,
            _ => {
                changed.stated = true;
                changed.measure = Some(changed.family.proof());
                changed.second = None;
            }
        }
        changed
    }

    fn recipe(&mut self, plan: &Plan, now: Timestamp) -> Recipe {
        let dice = &mut self.dice;
        let families =
            [Family::Oxygen, Family::Oxygen, Family::Pap, Family::Pap, Family::Bed, Family::Glucose, Family::Wheelchair];
        let family = if dice.chance(4) { Family::Meter } else { *dice.pick(&families) };
        let measure = match family {
            Family::Oxygen => dice.between(84, 94),
            Family::Pap => dice.between(3, 40),
            Family::Bed => dice.between(200, 400),
            Family::Glucose | Family::Wheelchair | Family::Meter => dice.between(10, 250),
        };
        let contradicts = dice.chance(5);
        Recipe {
            family,
            member: dice.pick(&plan.members).clone(),
            provider: dice.pick(&plan.providers).clone(),
            day: eastern(now).date(),
            created: created(now),
            urgent: dice.chance(12),
            measure: (!dice.chance(15)).then_some(measure),
            second: contradicts.then_some(measure + 7),
            stated: !dice.chance(20),
            two_lines: dice.chance(15),
            reversed: dice.chance(2),
            lead_days: dice.between(1, 20),
        }
    }

    /// All stories of the fiction, told on this day under numbers of their own.
    pub fn telling(&mut self, plan: &Plan) -> Vec<Letter> {
        self.next += 1;
        let prefix = format!("T{:04}-", self.next);
        let told = fiction::stories(plan).into_iter().map(|story| {
            let body = match String::from_utf8(story.body) {
                Ok(text) => text.replace("FD-", &prefix).into_bytes(),
                Err(bytes) => bytes.into_bytes(),
            };
            let version = if story.version == "2.0.1" { PasVersion::V2_0_1 } else { PasVersion::V2_2_1 };
            let mut letter = Letter::new(body, version, Kind::Story);
            letter.expect = Some((story.name, story.expect));
            letter
        });
        told.collect()
    }
}

impl Family {
    /// A measure that carries the request.
    const fn proof(self) -> i64 {
        match self {
            Self::Oxygen => 86,
            Self::Pap => 31,
            Self::Bed => 380,
            Self::Glucose | Self::Wheelchair | Self::Meter => 30,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Oxygen => "E1390",
            Self::Pap => "E0601",
            Self::Bed => "E0303",
            Self::Glucose => "E2103",
            Self::Wheelchair => "K0823",
            Self::Meter => "E0607",
        }
    }

    const fn diagnosis(self) -> &'static str {
        match self {
            Self::Oxygen => "J44.9",
            Self::Pap => "G47.33",
            Self::Bed => "E66.01",
            Self::Glucose | Self::Meter => "E11.65",
            Self::Wheelchair => "G35",
        }
    }
}

impl Recipe {
    fn about(&self, member: &Member) -> Self {
        Self { member: member.clone(), ..self.clone() }
    }

    fn back(&self, days: i64) -> String {
        self.day.saturating_sub(jiff::Span::new().days(days)).to_string()
    }

    fn bundle(&self, number: &str) -> Bundle {
        let from = self.day.saturating_add(jiff::Span::new().days(self.lead_days));
        let length = if self.reversed { -3 } else { 89 };
        let to = from.saturating_add(jiff::Span::new().days(length));
        let mut bundle = Bundle::new(number, &self.member, &self.provider, &self.created).ask(self.family.code(), from, to, 1);
        if self.two_lines {
            bundle = bundle.ask("E0431", from, to, 1);
        }
        if self.urgent {
            bundle = bundle.urgent();
        }
        bundle = bundle.diagnosis(self.family.diagnosis());
        for measure in self.measure.iter().chain(&self.second) {
            bundle = self.measured(bundle, *measure);
        }
        if self.stated { self.statements(bundle) } else { bundle }
    }

    fn measured(&self, bundle: Bundle, measure: i64) -> Bundle {
        let coded = |system: &str, code: &str| json!({"coding": [{"system": system, "code": code}]});
        match self.family {
            Family::Oxygen => {
                let state = json!({"component": [
                    {"code": coded("urn:avedis:oximetry", "state"), "valueCodeableConcept": coded("urn:avedis:oximetry", "rest")},
                    {"code": coded("urn:avedis:oximetry", "room-air"), "valueBoolean": true},
                ]});
                bundle.measured_with("59408-5", &measure.to_string(), "%", &self.back(1), state)
            }
            Family::Pap => {
                let test = json!({"component": [
                    {"code": coded("urn:avedis:sleep-test", "events"), "valueInteger": 40},
                    {"code": coded("urn:avedis:sleep-test", "type"), "valueCodeableConcept": coded("urn:avedis:sleep-test", "II")},
                ]});
                self.visit(bundle.measured_with("69990-1", &measure.to_string(), "/h", &self.back(20), test), 40)
            }
            Family::Bed => bundle.measured("29463-7", &measure.to_string(), "[lb_av]", &self.back(6)),
            Family::Glucose => self.visit(self.insulin(bundle), measure),
            Family::Wheelchair | Family::Meter => bundle,
        }
    }

    fn insulin(&self, bundle: Bundle) -> Bundle {
        bundle
            .resource(json!({
                "resourceType": "DeviceRequest", "status": "active", "intent": "order", "authoredOn": self.back(2),
                "codeCodeableConcept": {"coding": [{"system": base::system::HCPCS, "code": self.family.code()}]},
            }))
            .resource(json!({
                "resourceType": "MedicationRequest", "status": "active", "intent": "order",
                "medicationCodeableConcept": {"coding": [{"system": base::system::RXNORM, "code": "274783"}]},
            }))
    }

    fn visit(&self, bundle: Bundle, days_ago: i64) -> Bundle {
        bundle.resource(json!({
            "resourceType": "Encounter", "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "reasonCode": [{"coding": [{"system": base::system::ICD10CM, "code": self.family.diagnosis()}]}],
            "period": {"start": format!("{}T10:00:00-05:00", self.back(days_ago))},
        }))
    }

    fn statements(&self, bundle: Bundle) -> Bundle {
        let (policy, said): (&str, &[&str]) = match self.family {
            Family::Oxygen => ("ncd-240.2-home-oxygen", &["ordered", "time-of-need", "improves", "excluded-none", "mobile"]),
            Family::Pap => ("ncd-240.4-cpap", &["instruction"]),
            Family::Bed => ("lcd-L33820-hospital-bed", &["positioning"]),
            Family::Glucose => ("lcd-L33822-cgm", &["fda-indications", "visit-confirms"]),
            Family::Wheelchair | Family::Meter => return bundle,
        };
        let answers: Vec<(&str, Value)> = said.iter().map(|link| (*link, json!({"valueBoolean": true}))).collect();
        bundle.answers(&format!("{POLICIES}/{policy}/questionnaire"), &self.created, &answers)
    }
}

/// Somebody the directory does not know, or knows under another birth date.
fn stranger(member: &Member, dice: &mut Dice) -> Member {
    let mut stranger = member.clone();
    if dice.chance(50) {
        stranger.member_id = format!("FIC{:07}", 9_000_000 + dice.below(1_000_000));
    } else {
        stranger.birth_date = stranger.birth_date.saturating_sub(jiff::Span::new().days(400));
    }
    stranger
}

fn eastern(at: Timestamp) -> jiff::Zoned {
    at.to_zoned(TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC))
}

/// A moment as a Claim's `created`, with its offset.
fn created(now: Timestamp) -> String {
    eastern(now).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_writes_the_same_letters() {
        let now: Timestamp = "2026-03-02T15:00:00Z".parse().unwrap();
        let plan = Plan::new(3, Date::constant(2026, 3, 2));
        let write = || {
            let mut writer = Writer::new(5);
            let request = writer.request(&plan, now);
            let follow = writer.follow(&request, now).unwrap();
            let broken = writer.malformed(&plan, now);
            [request, follow, broken].map(|letter| (letter.body, letter.number, letter.kind))
        };
        let (one, two) = (write(), write());
        assert_eq!(one, two);
        assert_eq!(one[0].1.as_deref(), Some("http://provider.example/requests|S0000001"));
        assert_eq!(one[2].2, Kind::Malformed);
    }
}
