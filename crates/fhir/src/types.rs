//! Views of the common datatypes.

use std::borrow::Cow;

use base::Phi;

use crate::view::{View, views};
use crate::{Date, DateTime};

views! {
    /// A code from a code system.
    Coding {
        /// Canonical URL of the code system.
        system: text = "system";
        /// Version of the code system.
        version: text = "version";
        /// The code.
        code: text = "code";
        /// The sender's display text.
        display: text = "display";
    }

    /// A concept: several codings and a text for the same thing.
    CodeableConcept {
        /// The codings, in the order of the sender.
        codings: many<Coding> = "coding";
        /// What the sender typed or saw.
        text: text = "text";
    }

    /// A business identifier.
    Identifier {
        /// usual | official | temp | secondary | old.
        use_code: text = "use";
        /// What kind of identifier, e.g. `MB` member number.
        kind: one<CodeableConcept> = "type";
        /// Namespace of the value.
        system: text = "system";
        /// The value.
        identifier_value: text = "value";
        /// When it is valid.
        period: one<Period> = "period";
        /// Who issued it.
        assigner: one<Reference> = "assigner";
    }

    /// A reference to another resource.
    Reference {
        /// The literal reference: relative, absolute, `urn:` or `#contained`.
        reference: text = "reference";
        /// The type the reference is expected to lead to.
        target_type: text = "type";
        /// A logical reference, when no literal one is known.
        identifier: one<Identifier> = "identifier";
        /// Text alternative.
        display: protected = "display";
    }

    /// A period, ends included, each end with its own precision.
    Period {
        /// First instant; absent when not known.
        start: date_time = "start";
        /// Last instant; absent when it goes on.
        end: date_time = "end";
    }

    /// A measured amount.
    Quantity {
        /// The amount, exact.
        amount: decimal = "value";
        /// `<`, `<=`, `>=` or `>` when the amount is a bound.
        comparator: text = "comparator";
        /// Unit for people.
        unit: text = "unit";
        /// System of the coded unit.
        system: text = "system";
        /// Coded unit.
        code: text = "code";
    }

    /// An amount of money.
    Money {
        /// The amount, exact.
        amount: decimal = "value";
        /// ISO 4217 code.
        currency: text = "currency";
    }

    /// A range of quantities.
    Range {
        /// Low limit.
        low: one<Quantity> = "low";
        /// High limit.
        high: one<Quantity> = "high";
    }

    /// A ratio of quantities.
    Ratio {
        /// Numerator.
        numerator: one<Quantity> = "numerator";
        /// Denominator.
        denominator: one<Quantity> = "denominator";
    }

    /// A name of a person.
    HumanName {
        /// usual | official | temp | nickname | anonymous | old | maiden.
        use_code: text = "use";
        /// The whole name.
        text: protected = "text";
        /// Family name.
        family: protected = "family";
        /// Given names, first and middle.
        given: protected_texts = "given";
    }

    /// A postal address.
    Address {
        /// home | work | temp | old | billing.
        use_code: text = "use";
        /// Street, unit.
        line: protected_texts = "line";
        /// City.
        city: protected = "city";
        /// County.
        district: protected = "district";
        /// State, in the US its two-letter code.
        state: text = "state";
        /// Postal code.
        postal_code: protected = "postalCode";
        /// Country.
        country: text = "country";
    }

    /// Telephone, fax, mail.
    ContactPoint {
        /// phone | fax | email | pager | url | sms | other.
        system: text = "system";
        /// The number or address.
        contact: protected = "value";
        /// home | work | temp | old | mobile.
        use_code: text = "use";
    }

    /// Content in another format.
    Attachment {
        /// MIME type.
        content_type: text = "contentType";
        /// BCP-47 language.
        language: text = "language";
        /// The content as base64; see [`Attachment::decode`].
        data: protected = "data";
        /// Where the content is, when it is not here.
        url: text = "url";
        /// Stated size in bytes before base64.
        size: integer = "size";
        /// Stated SHA-1 as base64.
        hash: text = "hash";
        /// Label.
        title: protected = "title";
        /// When it was made.
        creation: date_time = "creation";
    }

    /// An extension; its value is read by the accessor of its type.
    Extension {
        /// Which extension this is.
        url: text = "url";
        /// `valueBoolean`.
        boolean: boolean = "valueBoolean";
        /// `valueInteger`.
        integer: integer = "valueInteger";
        /// `valuePositiveInt`.
        positive_int: integer = "valuePositiveInt";
        /// `valueDecimal`.
        decimal: decimal = "valueDecimal";
        /// `valueString`.
        string: text = "valueString";
        /// `valueCode`.
        code: text = "valueCode";
        /// `valueUri`.
        uri: text = "valueUri";
        /// `valueUrl`.
        value_url: text = "valueUrl";
        /// `valueCanonical`.
        canonical: text = "valueCanonical";
        /// `valueDate`.
        date: date = "valueDate";
        /// `valueDateTime`.
        date_time: date_time = "valueDateTime";
        /// `valueCoding`.
        coding: one<Coding> = "valueCoding";
        /// `valueCodeableConcept`.
        concept: one<CodeableConcept> = "valueCodeableConcept";
        /// `valueIdentifier`.
        identifier: one<Identifier> = "valueIdentifier";
        /// `valueReference`.
        reference: one<Reference> = "valueReference";
        /// `valuePeriod`.
        period: one<Period> = "valuePeriod";
        /// `valueQuantity`.
        quantity: one<Quantity> = "valueQuantity";
        /// `valueMoney`.
        money: one<Money> = "valueMoney";
        /// `valueAttachment`.
        attachment: one<Attachment> = "valueAttachment";
    }
}

impl<'a> Extension<'a> {
    /// True when this extension has this URL.
    pub fn is(&self, url: &str) -> bool {
        self.value().get("url").is_some_and(|own| own.is_str(url))
    }

    /// The value of whatever type, as JSON.
    pub fn any_value(&self) -> Option<json::Value<'a>> {
        self.value().members().find(|member| member.key_raw().is_some_and(|key| key.starts_with(b"value")))
    }
}

impl<'a> CodeableConcept<'a> {
    /// The code in this system.
    pub fn code_in(&self, system: &str) -> Option<Cow<'a, str>> {
        self.codings().find(|coding| coding.system().as_deref() == Some(system))?.code()
    }

    /// The codings that have a code, as owned values.
    pub fn codes(&self) -> impl Iterator<Item = base::Code> + use<'a> {
        self.codings().filter_map(|coding| coding.to_code())
    }
}

impl Coding<'_> {
    /// An owned code; `None` when there is no code.
    pub fn to_code(&self) -> Option<base::Code> {
        Some(base::Code::new(&self.system().unwrap_or_default(), &self.code()?))
    }
}

impl Identifier<'_> {
    /// An owned identifier; `None` when there is no value.
    pub fn to_identifier(&self) -> Option<base::Identifier> {
        let system = self.system().unwrap_or_default().into_owned();
        Some(base::Identifier { system, value: self.identifier_value()?.into_owned() })
    }
}

impl<'a> Quantity<'a> {
    /// The amount exactly as written.
    pub fn amount_text(&self) -> Option<&'a str> {
        self.value().get("value")?.as_number()
    }

    /// An owned quantity with its coded unit, else its unit for people; `None` without an amount.
    pub fn to_quantity(&self) -> Option<base::Quantity> {
        let unit = self.code().or_else(|| self.unit()).unwrap_or_default().into_owned();
        Some(base::Quantity { value: self.amount()?, unit })
    }
}

impl Attachment<'_> {
    /// The decoded content; `None` when the attachment carries none.
    ///
    /// # Errors
    /// When `data` is not base64 or would decode to more than `limit` bytes.
    pub fn decode(&self, limit: usize) -> Option<Result<Phi<Vec<u8>>, crate::PrimitiveError>> {
        let data = self.value().get("data")?.as_str()?;
        Some(crate::base64_decode(&data, limit).map(Phi::new))
    }
}

/// A time that is written as a date, a dateTime or a period.
#[derive(Debug, Clone, Copy)]
pub enum When<'a> {
    /// A date.
    Date(Date),
    /// A dateTime.
    DateTime(DateTime),
    /// A period.
    Period(Period<'a>),
}

impl When<'_> {
    /// The date it begins; `None` for a period without start.
    pub fn start(&self) -> Option<Date> {
        match self {
            Self::Date(date) => Some(*date),
            Self::DateTime(at) => Some(at.date()),
            Self::Period(period) => period.start().map(|at| at.date()),
        }
    }

    /// The date it ends; `None` for a period without end.
    pub fn end(&self) -> Option<Date> {
        match self {
            Self::Period(period) => period.end().map(|at| at.date()),
            single => single.start(),
        }
    }
}

/// Reads `{stem}Date`, `{stem}DateTime` or `{stem}Period`.
pub(crate) fn when<'a, T: View<'a>>(element: &T, keys: [&str; 3]) -> Option<When<'a>> {
    let value = element.value();
    let text = |key: &str| value.get(key).and_then(|member| member.as_str());
    if let Some(date) = text(keys[0]).and_then(|text| Date::parse(text.as_bytes()).ok()) {
        return Some(When::Date(date));
    }
    if let Some(at) = text(keys[1]).and_then(|text| DateTime::parse(text.as_bytes()).ok()) {
        return Some(When::DateTime(at));
    }
    value.get(keys[2]).map(|period| When::Period(Period::new(period)))
}
