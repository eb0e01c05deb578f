//! A trace as a tree: each condition with its outcome, its source text and what it read.

use super::evidence::{name_of, path_within};
use super::program::Evaluation;
use super::retrieve::filter_names;
use super::trace::{EvId, EvNode, Graph};
use crate::ir::{DefinitionId, Expr, NodeId, Plan, Span};
use crate::value::Tri;
use serde_json::{Value as Json, json};
use std::collections::HashSet;
use std::fmt;

/// The tree behind one definition's value.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The definition itself.
    pub root: Option<TraceItem>,
}

/// One node of the tree.
#[derive(Clone, Debug)]
pub struct TraceItem {
    /// What it is: `define`, `condition`, `resource`, `element`, `absent`, `parameter`.
    pub kind: &'static str,
    /// Its text: a definition's name, a condition's source, a path.
    pub text: String,
    /// The truth value of a condition or Boolean definition.
    pub outcome: Option<Tri>,
    /// Where it is written.
    pub span: Option<Span>,
    /// What it rests on.
    pub children: Vec<TraceItem>,
}

/// The most items of one tree.
const MAX_ITEMS: usize = 5_000;

struct Builder<'g, 'e, 'a> {
    plan: &'g Plan,
    graph: &'g Graph<'e, 'a>,
    evaluation: &'g Evaluation<'e, 'a>,
    told: HashSet<DefinitionId>,
    left: usize,
}

impl Trace {
    pub(super) fn build(evaluation: &Evaluation<'_, '_>, definition: DefinitionId) -> Trace {
        let Some(graph) = evaluation.graph() else {
            return Trace::default();
        };
        let mut builder = Builder { plan: evaluation.program().plan(), graph, evaluation, told: HashSet::new(), left: MAX_ITEMS };
        Trace { root: Some(builder.definition(definition, 0)) }
    }

    /// The tree as JSON.
    pub fn to_json(&self) -> Json {
        self.root.as_ref().map_or(Json::Null, TraceItem::to_json)
    }
}

impl TraceItem {
    fn to_json(&self) -> Json {
        let mut object = json!({ "kind": self.kind, "text": self.text });
        if let Some(outcome) = self.outcome {
            object["outcome"] = json!(outcome);
        }
        if let Some(span) = self.span {
            object["span"] = json!({ "library": span.library.0, "start": span.start, "end": span.end });
        }
        if !self.children.is_empty() {
            object["children"] = self.children.iter().map(TraceItem::to_json).collect();
        }
        object
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let outcome = match self.outcome {
            Some(Some(true)) => " = true",
            Some(Some(false)) => " = false",
            Some(None) => " = unknown",
            None => "",
        };
        writeln!(f, "{:indent$}{} {}{outcome}", "", self.kind, self.text)?;
        for child in &self.children {
            child.write(f, indent + 2)?;
        }
        Ok(())
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Some(root) => root.write(f, 0),
            None => Ok(()),
        }
    }
}

impl Builder<'_, '_, '_> {
    fn definition(&mut self, id: DefinitionId, depth: usize) -> TraceItem {
        let definition = self.plan.definition(id);
        let value = self.evaluation.value(id);
        let is_boolean = value.is_null() || value.tri().is_some();
        let mut item = TraceItem {
            kind: "define",
            text: format!("\"{}\"", definition.name),
            outcome: is_boolean.then(|| value.tri()),
            span: Some(definition.span),
            children: Vec::new(),
        };
        if self.told.insert(id) && depth < 100 {
            let ev = self.graph.of_definition.get(id.index()).copied();
            self.add(ev.unwrap_or_default(), &mut item.children, depth + 1);
        }
        item
    }

    fn add(&mut self, start: EvId, out: &mut Vec<TraceItem>, depth: usize) {
        let mut pending = vec![start];
        while let Some(id) = pending.pop() {
            if self.left == 0 || depth > 200 {
                return;
            }
            let Some(node) = self.graph.on.node(id).copied() else {
                continue;
            };
            if let EvNode::Join(left, right) = node {
                pending.push(right);
                pending.push(left);
                continue;
            }
            self.left -= 1;
            match node {
                EvNode::Nothing { source, tried } => {
                    self.add(source, out, depth + 1);
                    pending.push(tried);
                }
                EvNode::Clause { ir, outcome, inner } => {
                    let mut item = self.condition(ir, outcome);
                    self.add(inner, &mut item.children, depth + 1);
                    out.push(item);
                }
                EvNode::Definition(id) => {
                    let item = self.definition(id, depth + 1);
                    out.push(item);
                }
                other => out.extend(self.leaf(other)),
            }
        }
    }

    fn condition(&self, ir: NodeId, outcome: Tri) -> TraceItem {
        let span = self.plan.node(ir).span;
        TraceItem {
            kind: "condition",
            text: source_text(self.plan, span),
            outcome: Some(outcome),
            span: Some(span),
            children: Vec::new(),
        }
    }

    fn leaf(&self, node: EvNode) -> Option<TraceItem> {
        let data = self.graph.data;
        let (kind, text, span) = match node {
            EvNode::Object { document, node } => {
                let resource = data.resource_of(document, node)?;
                ("resource", name_of(&resource).to_string(), None)
            }
            EvNode::Element { document, node } => {
                let resource = data.resource_of(document, node)?;
                let path = path_within(&resource, data.node(document, node));
                ("element", format!("{path} of {}", name_of(&resource)), None)
            }
            EvNode::Missing { document, node, ir } => {
                let resource = data.resource_of(document, node)?;
                let span = self.plan.node(ir).span;
                let text = format!("{} of {}", source_text(self.plan, span), name_of(&resource));
                ("absent", text, Some(span))
            }
            EvNode::Retrieve { ir, count } => {
                let node = self.plan.node(ir);
                let Expr::Retrieve(retrieve) = &node.expr else {
                    return None;
                };
                let codes = retrieve.codes.as_ref();
                let names = codes.map_or(Vec::new(), |f| filter_names(self.plan, f.codes));
                let text = format!("[{}: {}] found {count}", retrieve.resource, names.join(", "));
                let kind = if count == 0 { "absent" } else { "retrieve" };
                (kind, text.replace(": ]", "]"), Some(node.span))
            }
            EvNode::Assumed(id) => {
                let name = &self.plan.definition(id).name;
                ("assumed", format!("\"{name}\""), None)
            }
            EvNode::Parameter(id) => {
                let parameter = &self.plan.parameters[id.index()];
                ("parameter", format!("\"{}\"", parameter.name), Some(parameter.span))
            }
            _ => return None,
        };
        Some(TraceItem { kind, text, outcome: None, span, children: Vec::new() })
    }
}

/// The source of a span on one line.
fn source_text(plan: &Plan, span: Span) -> String {
    let library = plan.libraries.get(span.library.index());
    let text = library.and_then(|l| l.text.get(span.start as usize..span.end as usize)).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
