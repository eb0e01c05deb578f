//! A Measure as far as it is computed.

use serde_json::Value as Json;

/// A quality measure (FHIR R4 Measure with the profiles of the Quality Measure IG).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measure {
    /// Logical id.
    pub id: Option<String>,
    /// Canonical URL.
    pub url: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Name for programs.
    pub name: Option<String>,
    /// Canonicals of its libraries; the first one is evaluated.
    pub libraries: Vec<String>,
    /// `effectivePeriod`, as written.
    pub effective: Option<Period>,
    /// Groups, each with its own populations and score.
    pub groups: Vec<Group>,
    /// Supplemental data and risk adjustment.
    pub supplemental: Vec<Supplemental>,
}

/// A FHIR Period as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Period {
    /// Start, included.
    pub start: Option<String>,
    /// End, included.
    pub end: Option<String>,
}

/// A group of populations.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Element id.
    pub id: Option<String>,
    /// Code, as written, for reports.
    pub code: Option<Json>,
    /// How it is scored.
    pub scoring: Scoring,
    /// What is counted; unknown when neither the group nor the measure says so.
    pub basis: Option<Basis>,
    /// Its populations, in order.
    pub populations: Vec<Population>,
    /// Its stratifiers, in order.
    pub stratifiers: Vec<Stratifier>,
    /// `increase` or `decrease`.
    pub improvement: Option<String>,
}

/// Measure scoring (`http://terminology.hl7.org/CodeSystem/measure-scoring`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scoring {
    /// Numerator over denominator, the numerator a part of the denominator.
    Proportion,
    /// Two quantities that may be counted apart.
    Ratio,
    /// An aggregate of observations.
    ContinuousVariable,
    /// Who is in the initial population.
    Cohort,
}

impl Scoring {
    /// The scoring of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Scoring> {
        Some(match code {
            "proportion" => Scoring::Proportion,
            "ratio" => Scoring::Ratio,
            "continuous-variable" => Scoring::ContinuousVariable,
            "cohort" => Scoring::Cohort,
            _ => return None,
        })
    }

    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Scoring::Proportion => "proportion",
            Scoring::Ratio => "ratio",
            Scoring::ContinuousVariable => "continuous-variable",
            Scoring::Cohort => "cohort",
        }
    }
}

/// What a population counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Patients: criteria are true or false.
    Boolean,
    /// Things of this type: criteria are lists.
    Members(String),
}

/// The kinds of populations (`http://terminology.hl7.org/CodeSystem/measure-population`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    InitialPopulation,
    Denominator,
    DenominatorExclusion,
    DenominatorException,
    Numerator,
    NumeratorExclusion,
    MeasurePopulation,
    MeasurePopulationExclusion,
    MeasureObservation,
}

impl Kind {
    /// The kind of a code. `measure-population-observation`, `denominator-observation` and `numerator-observation`, which authoring tools write, are observations.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Kind> {
        Some(match code {
            "initial-population" => Kind::InitialPopulation,
            "denominator" => Kind::Denominator,
            "denominator-exclusion" => Kind::DenominatorExclusion,
            "denominator-exception" => Kind::DenominatorException,
            "numerator" => Kind::Numerator,
            "numerator-exclusion" => Kind::NumeratorExclusion,
            "measure-population" => Kind::MeasurePopulation,
            "measure-population-exclusion" => Kind::MeasurePopulationExclusion,
            "measure-observation" | "measure-population-observation" | "denominator-observation" | "numerator-observation" => {
                Kind::MeasureObservation
            }
            _ => return None,
        })
    }

    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Kind::InitialPopulation => "initial-population",
            Kind::Denominator => "denominator",
            Kind::DenominatorExclusion => "denominator-exclusion",
            Kind::DenominatorException => "denominator-exception",
            Kind::Numerator => "numerator",
            Kind::NumeratorExclusion => "numerator-exclusion",
            Kind::MeasurePopulation => "measure-population",
            Kind::MeasurePopulationExclusion => "measure-population-exclusion",
            Kind::MeasureObservation => "measure-observation",
        }
    }
}

/// One population of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Element id.
    pub id: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Code, as written, for reports.
    pub code: Json,
    /// Who belongs to it, or the function an observation applies.
    pub criteria: Criteria,
    /// Id of the population it refers to: the one observed, or the initial population it is taken from.
    pub reference: Option<String>,
    /// How observations become one value.
    pub aggregate: Option<Aggregate>,
}

/// A criteria expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Criteria {
    /// Its media type as written.
    pub language: String,
    /// Its text: a name, or CQL.
    pub text: String,
}

/// Aggregate methods (`http://terminology.hl7.org/CodeSystem/measure-aggregate-method`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Aggregate {
    Sum,
    Average,
    Median,
    Minimum,
    Maximum,
    Count,
}

impl Aggregate {
    /// The method of a code or display, in any case.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Aggregate> {
        Some(match code.to_ascii_lowercase().as_str() {
            "sum" => Aggregate::Sum,
            "average" | "avg" | "mean" => Aggregate::Average,
            "median" => Aggregate::Median,
            "minimum" | "min" => Aggregate::Minimum,
            "maximum" | "max" => Aggregate::Maximum,
            "count" => Aggregate::Count,
            _ => return None,
        })
    }
}

/// A stratifier: one criteria, or several components.
#[derive(Clone, Debug, PartialEq)]
pub struct Stratifier {
    /// Element id.
    pub id: Option<String>,
    /// Code, as written.
    pub code: Option<Json>,
    /// What the strata are told apart by.
    pub components: Vec<Component>,
    /// Whether it was written as components.
    pub composed: bool,
}

/// One criteria of a stratifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Code, as written.
    pub code: Option<Json>,
    /// Its criteria: true or false (belongs to the stratum), a list of members, or a value (which stratum).
    pub criteria: Criteria,
}

/// A definition that is reported beside the populations.
#[derive(Clone, Debug, PartialEq)]
pub struct Supplemental {
    /// Element id.
    pub id: Option<String>,
    /// Code, as written.
    pub code: Option<Json>,
    /// Usage: `supplemental-data` or `risk-adjustment-factor`.
    pub usage: String,
    /// The definition.
    pub criteria: Criteria,
}

impl Measure {
    /// How people call it: name, id, or the end of its URL.
    #[must_use]
    pub fn label(&self) -> &str {
        let tail = self.url.as_deref().and_then(|u| u.rsplit('/').next());
        self.name.as_deref().or(self.id.as_deref()).or(tail).unwrap_or("measure")
    }

    /// Its canonical with the version.
    #[must_use]
    pub fn canonical(&self) -> String {
        let url = self.url.clone().unwrap_or_else(|| format!("Measure/{}", self.label()));
        self.version.as_ref().map_or_else(|| url.clone(), |v| format!("{url}|{v}"))
    }

    /// Whether a canonical or reference in a report means this measure: by URL, or by the end of it, as bundles and servers rename the rest.
    #[must_use]
    pub fn is_meant_by(&self, canonical: &str) -> bool {
        let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let base = canonical.split('|').next().unwrap_or(canonical);
        if self.url.as_deref() == Some(base) {
            return true;
        }
        let tail = |text: &str| plain(text.rsplit(['/', ':']).next().unwrap_or(text));
        let meant = tail(base);
        let own = [self.url.as_deref(), self.id.as_deref(), self.name.as_deref()];
        !meant.is_empty() && own.into_iter().flatten().any(|o| tail(o) == meant)
    }
}

impl Group {
    /// Populations of a kind with their positions.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (usize, &Population)> {
        self.populations.iter().enumerate().filter(move |(_, p)| p.kind == kind)
    }

    /// The population of an element id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<usize> {
        self.populations.iter().position(|p| p.id.as_deref() == Some(id))
    }

    /// The population an observation looks at: the one it refers to; otherwise the measure population, or the only one of its kind.
    #[must_use]
    pub fn observed(&self, observation: usize) -> Option<usize> {
        if let Some(reference) = &self.populations[observation].reference {
            return self.by_id(reference);
        }
        let only = |kind: Kind| {
            let mut found = self.of_kind(kind);
            found.next().filter(|_| found.next().is_none()).map(|(i, _)| i)
        };
        only(Kind::MeasurePopulation).or_else(|| only(Kind::Numerator)).or_else(|| only(Kind::InitialPopulation))
    }
}
