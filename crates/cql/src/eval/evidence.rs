//! Evidence as a flat list: what a definition's value rests on, and what was not there.

use super::retrieve::filter_names;
use super::trace::{EvId, EvNode, Graph};
use crate::ir::{Access, DefinitionId, Expr, NodeId, ParameterId, Plan, Span};
use crate::value::Tri;
use std::collections::HashSet;
use std::sync::Arc;

/// What a value rests on.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Resources, by full URL or `Type/id`, each once.
    pub resources: Vec<Arc<str>>,
    /// Elements that were read.
    pub elements: Vec<ElementEvidence>,
    /// Conditions with their outcomes and places in the source.
    pub clauses: Vec<ClauseEvidence>,
    /// What was looked for and not there.
    pub absent: Vec<Absent>,
    /// Definitions the value was taken from.
    pub definitions: Vec<DefinitionId>,
    /// Definitions whose value was assumed.
    pub assumed: Vec<DefinitionId>,
    /// Parameters that were read.
    pub parameters: Vec<ParameterId>,
}

/// An element of a resource that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ElementEvidence {
    /// The resource, by full URL or `Type/id`.
    pub resource: Arc<str>,
    /// The path within it, FHIRPath-like: `Observation.valueQuantity.value`.
    pub path: String,
    /// The node in the resource's document.
    pub node: json::NodeId,
}

/// A condition and how it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClauseEvidence {
    /// Where it is written.
    pub span: Span,
    /// Its truth value.
    pub outcome: Tri,
}

/// Something that was looked for and is not in the data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Absent {
    /// No resource of a type, with codes, was found or stood up to the conditions.
    Resource {
        /// Resource type.
        resource_type: Arc<str>,
        /// The element the codes are looked for at.
        path: Option<Arc<str>>,
        /// Names of the value sets and codes asked for; empty when any will do.
        codes: Vec<Arc<str>>,
        /// How many were found, none of which stood up to the conditions.
        found: usize,
        /// The retrieve in the source.
        span: Span,
    },
    /// A resource lacks an element.
    Element {
        /// The resource.
        resource: Arc<str>,
        /// The path that is not there.
        path: String,
        /// The access in the source.
        span: Span,
    },
}

/// Collects the graph below one definition.
struct Collector<'g, 'e, 'a> {
    plan: &'g Plan,
    graph: &'g Graph<'e, 'a>,
    seen: HashSet<u32>,
    definitions: HashSet<DefinitionId>,
    out: Evidence,
}

impl Evidence {
    pub(super) fn collect(plan: &Plan, graph: &Graph<'_, '_>, definition: DefinitionId) -> Evidence {
        let mut collector =
            Collector { plan, graph, seen: HashSet::new(), definitions: HashSet::new(), out: Evidence::default() };
        collector.definition(definition);
        let mut out = collector.out;
        dedup(&mut out.resources);
        dedup(&mut out.elements);
        dedup(&mut out.clauses);
        dedup(&mut out.absent);
        dedup(&mut out.parameters);
        out.definitions.retain(|d| *d != definition);
        out
    }

    /// Whether nothing was found out.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.absent.is_empty() && self.clauses.is_empty()
    }
}

/// Removes later duplicates, keeping the order.
fn dedup<V: Clone + Eq + std::hash::Hash>(items: &mut Vec<V>) {
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.clone()));
}

impl Collector<'_, '_, '_> {
    fn definition(&mut self, id: DefinitionId) {
        if self.definitions.insert(id) {
            self.out.definitions.push(id);
            let ev = self.graph.of_definition.get(id.index()).copied();
            self.walk(ev.unwrap_or_default());
        }
    }

    /// Walks with a stack of its own: joins may be long chains.
    fn walk(&mut self, start: EvId) {
        let mut pending = vec![start];
        while let Some(id) = pending.pop() {
            if !self.seen.insert(id.0) {
                continue;
            }
            let Some(node) = self.graph.on.node(id) else {
                continue;
            };
            match *node {
                EvNode::Join(left, right) => {
                    pending.push(right);
                    pending.push(left);
                }
                EvNode::Object { document, node } => self.resource(document, node),
                EvNode::Element { document, node } => self.element(document, node),
                EvNode::Missing { document, node, ir } => self.missing(document, node, ir),
                EvNode::Retrieve { ir, count } => {
                    if count == 0 {
                        self.absent_retrieve(ir, 0);
                    }
                }
                EvNode::Nothing { source, tried } => {
                    self.sources(source);
                    pending.push(tried);
                }
                EvNode::Clause { ir, outcome, inner } => {
                    let span = self.plan.node(ir).span;
                    self.out.clauses.push(ClauseEvidence { span, outcome });
                    pending.push(inner);
                }
                EvNode::Definition(id) => self.definition(id),
                EvNode::Assumed(id) => self.out.assumed.push(id),
                EvNode::Parameter(id) => self.out.parameters.push(id),
            }
        }
    }

    /// The retrieves a query that kept nothing drew from: another record could have changed
    /// its result.
    fn sources(&mut self, start: EvId) {
        let mut pending = vec![start];
        let mut seen = HashSet::new();
        while let Some(id) = pending.pop() {
            if !seen.insert(id.0) {
                continue;
            }
            match self.graph.on.node(id) {
                Some(EvNode::Retrieve { ir, count }) => {
                    self.absent_retrieve(*ir, *count as usize);
                }
                Some(EvNode::Join(left, right)) => pending.extend([*right, *left]),
                Some(EvNode::Missing { document, node, ir }) => {
                    self.missing(*document, *node, *ir);
                }
                Some(EvNode::Clause { inner, .. }) => pending.push(*inner),
                Some(EvNode::Nothing { source, tried }) => {
                    pending.push(*source);
                    self.walk(*tried);
                }
                Some(EvNode::Definition(id)) => {
                    self.out.definitions.push(*id);
                    pending.extend(self.graph.of_definition.get(id.index()));
                }
                _ => {}
            }
        }
    }

    fn absent_retrieve(&mut self, ir: NodeId, found: usize) {
        let node = self.plan.node(ir);
        if let Expr::Retrieve(retrieve) = &node.expr {
            let filter = retrieve.codes.as_ref();
            self.out.absent.push(Absent::Resource {
                resource_type: Arc::clone(&retrieve.resource),
                path: filter.map(|f| Arc::clone(&f.path)),
                codes: filter.map_or(Vec::new(), |f| filter_names(self.plan, f.codes)),
                found,
                span: node.span,
            });
        }
    }

    fn resource(&mut self, document: u32, node: json::NodeId) {
        if let Some(resource) = self.graph.data.resource_of(document, node) {
            self.out.resources.push(name_of(&resource));
            if resource.value.id() != node {
                self.element(document, node);
            }
        }
    }

    fn element(&mut self, document: u32, node: json::NodeId) {
        if let Some(resource) = self.graph.data.resource_of(document, node) {
            let name = name_of(&resource);
            self.out.resources.push(Arc::clone(&name));
            let path = path_within(&resource, self.graph.data.node(document, node));
            self.out.elements.push(ElementEvidence { resource: name, path, node });
        }
    }

    fn missing(&mut self, document: u32, node: json::NodeId, ir: NodeId) {
        let Some(resource) = self.graph.data.resource_of(document, node) else {
            return;
        };
        let plan_node = self.plan.node(ir);
        let name = match &plan_node.expr {
            Expr::Property { access, .. } => match access {
                Access::Element(n) | Access::Model { name: n, .. } | Access::Dynamic(n) => n,
                Access::ModelChoice { name, .. } => name,
                Access::ModelValue => return,
            },
            _ => return,
        };
        let owner = path_within(&resource, self.graph.data.node(document, node));
        self.out.resources.push(name_of(&resource));
        self.out.absent.push(Absent::Element {
            resource: name_of(&resource),
            path: format!("{owner}.{name}"),
            span: plan_node.span,
        });
    }
}

/// Full URL when there is one, else `Type/id`.
pub(super) fn name_of(resource: &crate::data::Resource<'_>) -> Arc<str> {
    match resource.full_url() {
        Some(url) => url.into(),
        None => resource.reference(),
    }
}

/// The path of a node from its resource: `Observation.valueQuantity.value`.
pub(super) fn path_within(resource: &crate::data::Resource<'_>, node: json::Value<'_>) -> String {
    let (base, full) = (resource.value.path(), node.path());
    let rest = full.strip_prefix(base.as_str()).unwrap_or_default();
    format!("{}{rest}", resource.resource_type())
}
