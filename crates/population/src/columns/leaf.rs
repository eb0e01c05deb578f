//! The conditions that rest on the content of elements alone. The row engine itself answers them, once for each different content: what the columns say is what
//! it would say.

use super::compares::Constant;
use super::dictionary::Dictionary;
use super::reads::Group;
use super::times::Marks;
use cql::ir::{
    Access, Context, Definition, DefinitionId, Expr, Intrinsic, Literal, Local, LocalId, LocalKind, NaryOp, Node, NodeId, Plan,
    Query, QueryResult, QuerySource, Retrieve, Type, UnaryOp,
};
use cql::value::{DateTime, Value};
use cql::{Data, EvalOptions, Limits, Parameters, Program, Terminology};
use std::sync::Arc;

/// Contents asked at once.
const BATCH: usize = 2048;

/// The truth value of a condition for one content.
pub(super) const FALSE: u8 = 0;
pub(super) const TRUE: u8 = 1;
pub(super) const NULL: u8 = 2;
/// Only the row engine can tell, with the whole record.
pub(super) const ROWS: u8 = 3;
/// Not asked yet.
pub(super) const UNKNOWN: u8 = 255;

/// A leaf of [`Leaves`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LeafId(pub(super) usize);

/// What a leaf rests on, and the definition of the derived program that answers it.
pub(super) struct Leaf {
    pub(super) resource: Arc<str>,
    pub(super) groups: Vec<Group>,
    pub(super) definition: DefinitionId,
    pub(super) kind: Kind,
    /// The node of the plan it stands for.
    pub(super) place: NodeId,
    /// When it does nothing but compare moments with constants: these, as definitions.
    pub(super) constants: Option<Vec<Constant<DefinitionId>>>,
}

/// How a leaf's definition answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A list of 0, 1 and 2, one for each resource.
    Row,
    /// A list of the ids of those a retrieve finds. Content with one of these members cannot be judged alone: a reference leads elsewhere.
    Retrieved { references: Vec<Arc<str>> },
    /// A truth value of the one Patient.
    Patient,
}

/// Adds definitions to a plan: one for each leaf.
pub(super) struct Derive {
    plan: Plan,
    leaves: Vec<Leaf>,
}

impl Derive {
    pub(super) fn new(plan: &Plan) -> Derive {
        Derive { plan: plan.clone(), leaves: Vec::new() }
    }

    fn node(&mut self, expr: Expr, ty: Type, at: NodeId) -> NodeId {
        let span = self.plan.node(at).span;
        self.plan.nodes.push(Node { expr, ty, span });
        NodeId(self.plan.nodes.len() as u32 - 1)
    }

    fn define(&mut self, body: NodeId, locals: &[Local]) -> DefinitionId {
        let span = self.plan.node(body).span;
        self.plan.definitions.push(Definition {
            library: span.library,
            name: format!("column {}", self.plan.definitions.len()).into(),
            public: true,
            context: Context::Patient,
            implicit: false,
            body,
            locals: locals.to_vec(),
            span,
        });
        DefinitionId(self.plan.definitions.len() as u32 - 1)
    }

    fn leaf(
        &mut self,
        body: NodeId,
        locals: &[Local],
        place: NodeId,
        resource: &Arc<str>,
        groups: Vec<Group>,
        kind: Kind,
    ) -> LeafId {
        let definition = self.define(body, locals);
        self.leaves.push(Leaf { resource: Arc::clone(resource), groups, definition, kind, place, constants: None });
        LeafId(self.leaves.len() - 1)
    }

    /// Says that a leaf does nothing but compare moments with these constants.
    pub(super) fn compares(&mut self, leaf: LeafId, constants: Vec<Constant<NodeId>>, locals: &[Local]) {
        let mut define = |node: NodeId| self.define(node, locals);
        let defined = constants.into_iter().map(|constant| match constant {
            Constant::At(node, reach) => Constant::At(define(node), reach),
            Constant::Years { before, number } => Constant::Years { before: before.map(&mut define), number: define(number) },
        });
        let defined = defined.collect();
        self.leaves[leaf.0].constants = Some(defined);
    }

    pub(super) fn of_patient(&mut self, id: NodeId, locals: &[Local], groups: Vec<Group>) -> LeafId {
        self.leaf(id, locals, id, &"Patient".into(), groups, Kind::Patient)
    }

    /// `not (X is null)`
    pub(super) fn is_known(&mut self, node: NodeId) -> NodeId {
        let is_null = self.node(Expr::Unary { op: UnaryOp::IsNull, operand: node }, Type::BOOLEAN, node);
        self.node(Expr::Unary { op: UnaryOp::Not, operand: is_null }, Type::BOOLEAN, node)
    }

    /// `[Type] L let ... return all Coalesce(ToInteger(condition), 2)`
    pub(super) fn of_row(
        &mut self,
        (condition, place): (NodeId, NodeId),
        resource: &Arc<str>,
        local: LocalId,
        lets: &[(LocalId, NodeId)],
        locals: &[Local],
        groups: Vec<Group>,
    ) -> LeafId {
        let number = self.node(Expr::Unary { op: UnaryOp::ToInteger, operand: condition }, Type::INTEGER, condition);
        let two = self.node(Expr::Literal(Literal::Integer(2)), Type::INTEGER, condition);
        let operands = [number, two].into();
        let known = self.node(Expr::Nary { op: NaryOp::Coalesce, operands }, Type::INTEGER, condition);
        let all = Retrieve {
            resource: Arc::clone(resource),
            profile: None,
            codes: None,
            dates: None,
            context: None,
            scope: Context::Patient,
            fixed: Vec::new(),
        };
        let body = self.each(all, local, lets, known, Type::INTEGER, condition);
        self.leaf(body, locals, place, resource, groups, Kind::Row)
    }

    /// `[Type: ...] L return all L.id`
    pub(super) fn retrieved(&mut self, retrieve: Retrieve, locals: &[Local], groups: Vec<Group>, at: NodeId) -> LeafId {
        let resource = Arc::clone(&retrieve.resource);
        let references = retrieve.codes.iter().flat_map(|filter| reference_members(&filter.access)).collect();
        let mut locals = locals.to_vec();
        let local = LocalId(locals.len() as u32);
        locals.push(Local { name: "row".into(), kind: LocalKind::Alias, ty: Type::class("FHIR", &resource) });
        let row = self.node(Expr::Local(local), Type::class("FHIR", &resource), at);
        let access = Access::Model { name: "id".into(), ty: Type::class("FHIR", "id"), list: false };
        let id = self.node(Expr::Property { source: row, access }, Type::class("FHIR", "id"), at);
        let text = self.node(Expr::Intrinsic { function: Intrinsic::ToString, operand: id }, Type::STRING, at);
        let body = self.each(retrieve, local, &[], text, Type::STRING, at);
        self.leaf(body, &locals, at, &resource, groups, Kind::Retrieved { references })
    }

    fn each(
        &mut self,
        retrieve: Retrieve,
        local: LocalId,
        lets: &[(LocalId, NodeId)],
        result: NodeId,
        ty: Type,
        at: NodeId,
    ) -> NodeId {
        let list = Type::list(Type::class("FHIR", &retrieve.resource));
        let source = self.node(Expr::Retrieve(Box::new(retrieve)), list, at);
        let query = Query {
            sources: [QuerySource { local, expression: source, list: true }].into(),
            lets: lets.into(),
            relationships: Box::default(),
            filter: None,
            result: QueryResult::Return { expression: result, distinct: false },
            sort: None,
            singular: false,
        };
        self.node(Expr::Query(Box::new(query)), Type::list(ty), at)
    }

    pub(super) fn len(&self) -> usize {
        self.leaves.len()
    }

    pub(super) fn finish(self) -> Leaves {
        Leaves { program: Program::new(self.plan), leaves: self.leaves }
    }
}

fn reference_members(access: &Access) -> Vec<Arc<str>> {
    let is_reference = |ty: &Type| matches!(ty, Type::Class { name, .. } if **name == *"Reference");
    match access {
        Access::Model { name, ty, .. } if is_reference(ty) => vec![Arc::clone(name)],
        Access::ModelChoice { alternatives, .. } => {
            alternatives.iter().filter(|(_, ty)| is_reference(ty)).map(|(name, _)| Arc::clone(name)).collect()
        }
        _ => Vec::new(),
    }
}

/// The leaves and the program that answers them.
pub(super) struct Leaves {
    program: Program,
    leaves: Vec<Leaf>,
}

/// Everything an answer depends on beside the content.
#[derive(Clone, Copy)]
pub(super) struct Setting<'s> {
    pub(super) parameters: &'s Parameters,
    pub(super) now: DateTime,
    pub(super) terminology: Option<&'s Terminology>,
}

impl Leaves {
    pub(super) fn get(&self, id: LeafId) -> &Leaf {
        &self.leaves[id.0]
    }

    /// The constants a leaf compares moments with; `None` when it does something else, or a constant fails.
    pub(super) fn marks(&self, id: LeafId, setting: Setting<'_>) -> Option<Marks> {
        let constants = self.get(id).constants.as_ref()?;
        let mut definitions = Vec::new();
        for constant in constants {
            match constant {
                Constant::At(definition, _) => definitions.push(*definition),
                Constant::Years { before, number } => definitions.extend(before.iter().chain([number])),
            }
        }
        let options = EvalOptions { terminology: setting.terminology, definitions: Some(&definitions), ..EvalOptions::default() };
        let data = Data::load([]);
        let answers = self.program.evaluate(&data, setting.parameters, setting.now, &options).ok()?;
        if answers.first_error().is_some() {
            return None;
        }
        let value = |definition: &DefinitionId| answers.value(*definition).clone();
        Marks::of(constants.iter().map(|constant| match constant {
            Constant::At(definition, reach) => Constant::At(value(definition), *reach),
            Constant::Years { before, number } => {
                let before = before.as_ref().map_or(Value::DateTime(setting.now), value);
                Constant::Years { before: Some(before), number: value(number) }
            }
        }))
    }

    /// Whether a leaf fails even when there is nothing to look at (a value set is absent): then it fails for everybody.
    pub(super) fn fails(&self, id: LeafId, setting: Setting<'_>) -> bool {
        let leaf = self.get(id);
        leaf.kind != Kind::Patient && self.ask(leaf, &Data::load([]), setting, 0).is_none()
    }

    /// The truth values of some contents: the members of the resource other than `resourceType` and `id`, each with a comma before it.
    pub(super) fn answer(&self, id: LeafId, contents: &[Vec<u8>], setting: Setting<'_>) -> Vec<u8> {
        let leaf = self.get(id);
        let mut out = Vec::with_capacity(contents.len());
        match &leaf.kind {
            Kind::Patient => {
                for content in contents {
                    out.push(self.of_patient(leaf, content, setting));
                }
            }
            _ => {
                for batch in contents.chunks(BATCH) {
                    self.of_rows(leaf, batch, setting, &mut out);
                }
            }
        }
        if let Kind::Retrieved { references } = &leaf.kind
            && !references.is_empty()
        {
            for (state, content) in out.iter_mut().zip(contents) {
                let object = [b"{\"x\":0", content.as_slice(), b"}"].concat();
                if crate::scan::members(&object).any(|(key, _)| references.iter().any(|r| r.as_bytes() == key)) {
                    *state = ROWS;
                }
            }
        }
        out
    }

    /// When the batch fails, its halves are asked: one content on which the condition fails does not cost the others.
    fn of_rows(&self, leaf: &Leaf, contents: &[Vec<u8>], setting: Setting<'_>, out: &mut Vec<u8>) {
        let mut text = Vec::with_capacity(contents.iter().map(|c| c.len() + 64).sum::<usize>() + 64);
        text.extend_from_slice(br#"{"resourceType":"Bundle","entry":["#);
        for (index, content) in contents.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            text.extend_from_slice(format!(r#"{comma}{{"resource":{{"resourceType":"{}""#, leaf.resource).as_bytes());
            if matches!(leaf.kind, Kind::Retrieved { .. }) {
                // Found again by its id, which no retrieve filters by.
                text.extend_from_slice(format!(r#","id":"{index}""#).as_bytes());
            }
            text.extend_from_slice(content);
            text.extend_from_slice(b"}}");
        }
        text.extend_from_slice(b"]}");
        let limits = json::Limits { max_bytes: text.len(), max_nodes: text.len(), max_depth: 256, max_faults: 1 };
        let document = json::Document::parse(text, &limits).ok();
        let answers = document.as_ref().and_then(|d| self.ask(leaf, &Data::from_document(d), setting, contents.len()));
        match answers {
            Some(answers) => out.extend(answers),
            None if contents.len() <= 1 => out.extend(contents.iter().map(|_| ROWS)),
            None => {
                let (left, right) = contents.split_at(contents.len() / 2);
                self.of_rows(leaf, left, setting, out);
                self.of_rows(leaf, right, setting, out);
            }
        }
    }

    /// The answers for `count` resources; `None` when the evaluation fails.
    fn ask(&self, leaf: &Leaf, data: &Data<'_>, setting: Setting<'_>, count: usize) -> Option<Vec<u8>> {
        let definitions = [leaf.definition];
        let limits = Limits::default();
        let options =
            EvalOptions { limits, terminology: setting.terminology, definitions: Some(&definitions), ..EvalOptions::default() };
        let answers = self.program.evaluate(data, setting.parameters, setting.now, &options).ok()?;
        if answers.error(leaf.definition).is_some() {
            return None;
        }
        let list = answers.value(leaf.definition).as_list()?;
        match leaf.kind {
            Kind::Row => {
                let states = list.iter().map(|value| match value {
                    Value::Integer(0) => Some(FALSE),
                    Value::Integer(1) => Some(TRUE),
                    Value::Integer(2) => Some(NULL),
                    _ => None,
                });
                states.collect::<Option<Vec<u8>>>().filter(|states| states.len() == count)
            }
            _ => {
                let mut states = vec![FALSE; count];
                for id in list {
                    let index: usize = id.as_str()?.parse().ok()?;
                    *states.get_mut(index)? = TRUE;
                }
                Some(states)
            }
        }
    }

    /// Content of the Patient resource; empty when the patient has none.
    fn of_patient(&self, leaf: &Leaf, content: &[u8], setting: Setting<'_>) -> u8 {
        let text = match content.strip_prefix(b"-") {
            Some(_) => b"{}".to_vec(),
            None => [br#"{"resourceType":"Patient""#, content, b"}"].concat(),
        };
        let Ok(document) = json::Document::parse(text, &json::Limits::default()) else { return ROWS };
        let data = Data::from_document(&document);
        let definitions = [leaf.definition];
        let options = EvalOptions { terminology: setting.terminology, definitions: Some(&definitions), ..EvalOptions::default() };
        let Ok(answers) = self.program.evaluate(&data, setting.parameters, setting.now, &options) else { return ROWS };
        if answers.error(leaf.definition).is_some() {
            return ROWS;
        }
        match answers.value(leaf.definition) {
            Value::Boolean(true) => TRUE,
            Value::Boolean(false) => FALSE,
            Value::Null => NULL,
            _ => ROWS,
        }
    }
}

/// The content of some columns of one row, as members of an object, each with a comma before it.
pub(super) fn content(dictionaries: &[&Dictionary], numbers: &[u32]) -> Vec<u8> {
    let mut out = Vec::new();
    for (dictionary, number) in dictionaries.iter().zip(numbers) {
        out.extend_from_slice(dictionary.get(*number));
    }
    out
}
