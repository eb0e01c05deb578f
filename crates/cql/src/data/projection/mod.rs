//! What a program can read of a patient's data, so that loading keeps no more than that.
//!
//! Every node of the plan is followed: which parts of which resources its value may be, and what is then done
//! with them. Reading an element asks for it; an operator that looks at a whole object asks for all of it; what
//! is not understood asks for everything it touches. So an evaluation over what is kept gives the same answers
//! as one over everything.
//!
//! Two rules go beyond that:
//!
//! * Resources are told apart by their content, but are not kept whole for it: two that agree in all that was
//!   kept are read again from the bytes (see [`super::content`]).
//! * The `_name` sibling of an element that is no primitive is no FHIR and is not kept.

mod flow;
mod reads;
mod shapes;

use crate::eval::Program;
use crate::ir::DefinitionId;
use json::Projection;

/// What to keep beside what a program reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProjectionOptions<'o> {
    /// The definitions that will be evaluated; by default all public ones of the last library. For one program only.
    pub definitions: Option<&'o [DefinitionId]>,
    /// Resources that are results need only type and id. Without it they are kept whole, to be written out.
    pub results_as_references: bool,
    /// Further elements to keep in every resource, as dotted paths: `subject.reference`.
    pub also: &'o [&'o str],
}

/// What programs read of a document: a Bundle of resources, or one resource. Made once for a set of programs.
///
/// Of a resource of a type nobody reads, type and id are kept.
///
/// ```
/// use cql::{compile, data::{projection, ProjectionOptions}, Options, Source};
/// let text = "using FHIR version '4.0.1' context Patient define Born: Patient.birthDate.value";
/// let program = compile(&[Source { name: "a.cql", text }], &Options::default()).map_err(|f| f[0].to_string())?;
/// let options = ProjectionOptions { results_as_references: true, ..ProjectionOptions::default() };
/// let projection = projection(&[&program], &options);
/// let bundle = r#"{"resourceType":"Bundle","entry":[
///     {"resource":{"resourceType":"Patient","id":"p","birthDate":"1951-02-03","name":[{"family":"F"}]}},
///     {"resource":{"resourceType":"Encounter","id":"e","status":"finished"}}]}"#;
/// let kept = json::Document::parse_projected(bundle.as_bytes(), &projection, &json::Limits::default());
/// let kept = kept.map_err(|faults| faults[0].to_string())?;
/// let data = cql::Data::from_document(&kept);
/// let members: Vec<usize> = data.resources().map(|r| r.value.len()).collect();
/// assert_eq!(members, [3, 2]);
/// # Ok::<(), String>(())
/// ```
pub fn projection(programs: &[&Program], options: &ProjectionOptions<'_>) -> Projection {
    let mut shapes = shapes::Shapes::new();
    for path in options.also {
        shapes.keep_path(path);
    }
    for program in programs {
        let wanted = options.definitions.unwrap_or(program.public_definitions());
        flow::follow(program.plan(), wanted, options.results_as_references, &mut shapes);
    }
    shapes.finish()
}

impl Program {
    /// What the program reads of a patient's data: see [`projection`].
    pub fn projection(&self, options: &ProjectionOptions<'_>) -> Projection {
        projection(&[self], options)
    }
}
