//! Where a value stands, in the notation FHIR uses for `OperationOutcome.issue.expression`.

use std::fmt::Write;

use crate::document::{KEY_ESCAPED, Kind, NONE, Node};
use crate::text;
use crate::value::Value;

/// Longest member name that is shown; a longer one is not an element name.
const NAME_BYTES_MAX: usize = 64;

/// The path of a node from the root. Works on the unfinished arena of a refused document too.
pub(crate) fn path(bytes: &[u8], nodes: &[Node], target: u32) -> String {
    let mut out = String::from(root_name(bytes, nodes));
    if target == NONE {
        return out;
    }
    let mut at = 0u32;
    while at < target {
        let parent = &nodes[at as usize];
        // Nodes stand in writing order, so the ancestor is the last child that is not after the target.
        let (mut child, mut index) = (at + 1, 0usize);
        loop {
            let next = nodes[child as usize].next;
            if next == NONE || next > target {
                break;
            }
            child = next;
            index += 1;
        }
        if parent.kind() == Kind::Array {
            let _ = write!(out, "[{index}]");
        } else {
            push_name(&mut out, bytes, &nodes[child as usize]);
        }
        at = child;
    }
    out
}

/// The path of a value of any document, by what its values say.
pub(crate) fn path_of(target: Value<'_>) -> String {
    let root = target.document().root();
    let of_type = root.get("resourceType").and_then(|t| t.as_str());
    let of_type = of_type.filter(|t| (1..=NAME_BYTES_MAX).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphabetic()));
    let mut out = of_type.as_deref().unwrap_or("$").to_owned();
    let mut at = root;
    while at.id() < target.id() {
        // Values stand in writing order, so the ancestor is the last child that is not after the target.
        let children = at.members().chain(at.items()).take_while(|child| child.id() <= target.id());
        let Some((index, child)) = children.enumerate().last() else { break };
        match child.key() {
            Some(name) => {
                out.push('.');
                out.push_str(shown(&name));
            }
            None => {
                let _ = write!(out, "[{index}]");
            }
        }
        at = child;
    }
    out
}

fn push_name(out: &mut String, bytes: &[u8], node: &Node) {
    let name = text::decode(node.key(bytes), node.has(KEY_ESCAPED));
    out.push('.');
    out.push_str(shown(&name));
}

/// The name itself when it looks like an element name; anything else could be content.
fn shown(name: &str) -> &str {
    let plain = !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$'));
    if plain { name } else { "?" }
}

/// The resource type of the root when it has one, else `$`.
fn root_name<'b>(bytes: &'b [u8], nodes: &[Node]) -> &'b str {
    let Some(root) = nodes.first().filter(|root| root.kind() == Kind::Object && root.len > 0) else {
        return "$";
    };
    debug_assert!(root.len > 0);
    let mut child = 1u32;
    while child != NONE {
        let node = &nodes[child as usize];
        if node.kind() == Kind::String && node.key(bytes) == b"resourceType" {
            let text = std::str::from_utf8(&bytes[node.start as usize + 1..node.end as usize - 1]).unwrap_or_default();
            let is_type = text.len() <= NAME_BYTES_MAX && !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic());
            return if is_type { text } else { "$" };
        }
        child = node.next;
    }
    "$"
}
