//! What evidence is made of while evaluating: a graph of small nodes, built only when the
//! caller asks for it.

use crate::data::Data;
use crate::ir::{DefinitionId, NodeId, ParameterId};
use crate::value::{Object, Tri};

/// A node of the evidence graph; 0 is no evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EvId(pub(super) u32);

/// One piece of evidence.
#[derive(Clone, Copy, Debug)]
pub(super) enum EvNode {
    /// Both.
    Join(EvId, EvId),
    /// A resource (or a part of one) as a whole.
    Object { document: u32, node: json::NodeId },
    /// An element that was read.
    Element { document: u32, node: json::NodeId },
    /// An element that is not there: looked for by a plan node on a JSON object.
    Missing { document: u32, node: json::NodeId, ir: NodeId },
    /// A retrieve, with how many rows it found.
    Retrieve { ir: NodeId, count: u32 },
    /// A query that kept nothing: its sources and what its rows failed on.
    Nothing { source: EvId, tried: EvId },
    /// A condition with its outcome.
    Clause { ir: NodeId, outcome: Tri, inner: EvId },
    /// Another definition.
    Definition(DefinitionId),
    /// A definition whose value the caller assumed.
    Assumed(DefinitionId),
    /// A parameter.
    Parameter(ParameterId),
}

/// Whether and how evidence is kept.
pub(super) trait Tracer {
    /// Refers to evidence.
    type Ev: Copy + Default;
    /// Whether any is kept.
    const ON: bool;
    /// Both pieces of evidence.
    fn join(&mut self, left: Self::Ev, right: Self::Ev) -> Self::Ev;
    /// A new piece.
    fn push(&mut self, node: impl FnOnce() -> EvNode) -> Self::Ev;
    /// The id behind a reference.
    fn id(ev: Self::Ev) -> EvId;
    /// Whether a piece is a resource or element that a longer path replaces.
    fn is_leaf(&self, ev: Self::Ev) -> bool;
    /// The evidence for one element of a list.
    fn of_object(&mut self, object: Object) -> Self::Ev {
        self.push(|| EvNode::Object { document: object.document, node: object.node })
    }
}

/// No tracing.
pub(super) struct Off;

impl Tracer for Off {
    type Ev = ();
    const ON: bool = false;

    fn join(&mut self, (): (), (): ()) {}

    fn push(&mut self, _: impl FnOnce() -> EvNode) {}

    fn id((): ()) -> EvId {
        EvId(0)
    }

    fn is_leaf(&self, (): ()) -> bool {
        false
    }
}

/// Tracing into a graph.
#[derive(Default)]
pub(super) struct On {
    pub(super) nodes: Vec<EvNode>,
}

impl On {
    pub(super) fn node(&self, id: EvId) -> Option<&EvNode> {
        self.nodes.get((id.0 as usize).checked_sub(1)?)
    }
}

impl Tracer for On {
    type Ev = EvId;
    const ON: bool = true;

    fn join(&mut self, left: EvId, right: EvId) -> EvId {
        if left.0 == 0 || left == right {
            return right;
        }
        if right.0 == 0 {
            return left;
        }
        self.push(|| EvNode::Join(left, right))
    }

    fn push(&mut self, node: impl FnOnce() -> EvNode) -> EvId {
        self.nodes.push(node());
        EvId(self.nodes.len() as u32)
    }

    fn id(ev: EvId) -> EvId {
        ev
    }

    fn is_leaf(&self, ev: EvId) -> bool {
        matches!(self.node(ev), Some(EvNode::Object { .. } | EvNode::Element { .. } | EvNode::Missing { .. }))
    }
}

/// The evidence graph of one evaluation with what is needed to read it.
pub(super) struct Graph<'e, 'a> {
    pub(super) on: On,
    /// Per definition, its evidence.
    pub(super) of_definition: Vec<EvId>,
    pub(super) data: &'e Data<'a>,
}
