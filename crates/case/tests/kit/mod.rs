//! What the tests share: people, moments, and a bench that plays commands on a case.
#![allow(dead_code)]

use base::{NonEmpty, State, Timestamp, UserId};
use case::authority::{Licence, Rules};
use case::event::{Adverse, AdverseOutcome, Basis, Intake};
use case::{
    Actor, Case, Command, Context, Credentials, Event, LicensedReviewer, Refusal, Request, Role, decide, evolve, replay, sample,
};

/// A moment, as text in RFC 3339.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

/// Monday, 2 March 2026, ten in the morning in New York.
pub fn start() -> Timestamp {
    at("2026-03-02T15:00:00Z")
}

/// A pulmonologist licensed in Ohio and Texas.
pub fn physician(name: &str) -> Credentials {
    let licence = |state: &str| Licence {
        kind: "MD".to_owned(),
        number: format!("{state}-1"),
        state: State::new(state).unwrap(),
        expires: base::Date::constant(2030, 12, 31),
        restricted: false,
    };
    Credentials {
        user: user(name),
        name: format!("Dr. {name}"),
        npi: Some("1234567893".to_owned()),
        roles: vec![Role::Physician],
        licences: vec![licence("OH"), licence("TX")],
        specialties: vec!["pulmonary disease".to_owned()],
        active: true,
    }
}

/// A case being played.
pub struct Bench {
    pub now: Timestamp,
    pub case: Option<Case>,
    pub events: Vec<Event>,
}

impl Bench {
    pub fn new(now: Timestamp) -> Self {
        Self { now, case: None, events: Vec::new() }
    }

    /// Received, matched and cleared.
    pub fn cleared(request: Request) -> Self {
        let mut bench = Self::received(request);
        bench.software(Command::CheckIntake(Intake::Clear)).unwrap();
        bench
    }

    pub fn received(request: Request) -> Self {
        let mut bench = Self::new(request.receipt.recorded_at);
        bench.client(receive(request)).unwrap();
        bench
    }

    pub fn case(&self) -> &Case {
        self.case.as_ref().unwrap()
    }

    pub fn wait_hours(&mut self, hours: i64) {
        self.now += jiff::SignedDuration::from_hours(hours);
    }

    pub fn play(&mut self, command: Command, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
        let events = decide(self.case.as_ref(), command, context)?;
        for event in &events {
            self.case = evolve(self.case.take(), event);
        }
        self.events.extend(events.iter().cloned());
        Ok(events)
    }

    pub fn software(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        self.play(command, &Context::software(self.now))
    }

    pub fn client(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        self.play(command, &Context::client(self.now, "office"))
    }

    pub fn person(&mut self, name: &str, role: Role, command: Command) -> Result<Vec<Event>, Refusal> {
        self.play(command, &Context::person(self.now, &user(name), &[role]))
    }

    pub fn nurse(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        self.person("nell", Role::Nurse, command)
    }

    pub fn intake(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        self.person("ines", Role::Intake, command)
    }

    pub fn admit(&self, credentials: &Credentials, lines: &[u32]) -> LicensedReviewer {
        let rules = Rules::builtin();
        case::admit(credentials, self.case(), lines, rules.statement(), self.now, rules).unwrap()
    }

    /// The physician denies these lines.
    pub fn deny(&mut self, name: &str, lines: &[u32]) -> Result<Vec<Event>, Refusal> {
        let reviewer = self.admit(&physician(name), lines);
        let command = deny(reviewer, lines);
        self.person(name, Role::Physician, command)
    }

    pub fn approve(&mut self, lines: &[u32]) -> Result<Vec<Event>, Refusal> {
        self.nurse(approve(lines))
    }

    /// What must hold after every command.
    pub fn check(&self) {
        assert_eq!(replay(&self.events), self.case, "replay equals what was evolved");
        let Some(case) = &self.case else { return };
        let undecided = case.undecided_lines();
        assert_eq!(case.due.is_some(), !undecided.is_empty(), "an undecided open case has a due time, no other has one");
        assert_eq!(case.version, self.events.len() as u64);
        let bytes = serde_json::to_vec(case).unwrap();
        assert_eq!(&serde_json::from_slice::<Case>(&bytes).unwrap(), case);
        for event in self.events.iter().rev().take(6) {
            let bytes = event.to_bytes().unwrap();
            let again = Event::from_bytes(&bytes).unwrap();
            assert_eq!(&again, event);
            assert_eq!(again.to_bytes().unwrap(), bytes);
        }
    }
}

pub fn receive(request: Request) -> Command {
    Command::Receive { request: Box::new(request), authorization: "A-1".to_owned() }
}

pub fn approve(lines: &[u32]) -> Command {
    let lines: Vec<_> = lines.iter().map(|line| sample::approval(*line)).collect();
    Command::Approve { lines: lines.try_into().unwrap(), basis: Basis::Person { reason: "meets the criteria".to_owned() } }
}

pub fn denial(line: u32) -> Adverse {
    Adverse {
        line,
        outcome: AdverseOutcome::Denied,
        reason: base::Code::new(base::system::X12_REASON, "0V"),
        criterion: "ncd-240.2-home-oxygen saturation".to_owned(),
    }
}

pub fn deny(reviewer: LicensedReviewer, lines: &[u32]) -> Command {
    let lines: Vec<_> = lines.iter().map(|line| denial(*line)).collect();
    Command::DetermineAdverse {
        reviewer,
        lines: lines.try_into().unwrap(),
        rationale: "Oxygen saturation was 94 % at rest; section C asks for 88 % or less.".to_owned().into(),
    }
}

/// A request with these lines.
pub fn with_lines(mut request: Request, lines: &[(u32, &str)]) -> Request {
    let lines: Vec<_> = lines.iter().map(|(sequence, code)| sample::line(*sequence, code)).collect();
    request.lines = NonEmpty::try_from(lines).unwrap();
    request
}

pub fn is_by_software(event: &Event) -> bool {
    event.by == Actor::Software
}
