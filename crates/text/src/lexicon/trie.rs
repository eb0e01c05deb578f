//! The trie over words while it is built.

use super::format::{EDGES, ENTRIES, FILTER, FIRST, NODES, TABLES, filter_bit};
use super::{Entry, Role};

/// Nodes in the order they are made; a node's edges ascend by word.
#[derive(Debug)]
pub(super) struct Trie<'t> {
    children: Vec<Vec<(u32, u32)>>,
    entries: Vec<&'t [Entry]>,
}

impl<'t> Trie<'t> {
    /// Of terms in ascending order, each once.
    pub(super) fn of(terms: &[(Vec<u32>, &'t [Entry])]) -> Trie<'t> {
        let mut trie = Trie { children: vec![Vec::new()], entries: vec![&[]] };
        // The nodes of the last term; the next shares its beginning.
        let mut path: Vec<(u32, u32)> = Vec::new();
        for (words, entries) in terms {
            let shared = path.iter().zip(words).take_while(|(node, word)| node.0 == **word).count();
            path.truncate(shared);
            for word in &words[shared..] {
                let above = path.last().map_or(0, |node| node.1);
                let node = trie.children.len() as u32;
                trie.children.push(Vec::new());
                trie.entries.push(&[]);
                trie.children[above as usize].push((*word, node));
                path.push((*word, node));
            }
            let node = path.last().map_or(0, |node| node.1);
            trie.entries[node as usize] = entries;
        }
        trie
    }

    /// Writes nodes, edges, first and entries.
    pub(super) fn write(&self, words: usize, tables: &mut [Vec<u8>; TABLES]) {
        let mut first = vec![0_u32; words];
        for (word, node) in &self.children[0] {
            first[*word as usize] = *node;
        }
        let (mut edges, mut entries) = (0_u32, 0_u32);
        for (i, children) in self.children.iter().enumerate() {
            put(&mut tables[NODES], &[edges, entries]);
            if i > 0 {
                for (word, node) in children {
                    put(&mut tables[EDGES], &[*word, *node]);
                    edges += 1;
                }
            }
            for entry in self.entries[i] {
                let role = Role::ALL.iter().position(|r| *r == entry.role).unwrap_or_default() as u32;
                let flags = role | u32::from(entry.capitals) << 8 | u32::from(entry.ambiguous) << 9;
                put(&mut tables[ENTRIES], &[flags, entry.target]);
                entries += 1;
            }
        }
        put(&mut tables[NODES], &[edges, entries]);
        put(&mut tables[FIRST], &first);
        put(&mut tables[FILTER], &self.filter(edges as usize));
    }
}

impl Trie<'_> {
    /// Sixteen bits an edge: one step in sixteen that leads nowhere is looked for all the same.
    fn filter(&self, edges: usize) -> Vec<u32> {
        let mut bits = vec![0_u32; (edges / 2).next_power_of_two()];
        let rows = bits.len();
        for (node, children) in self.children.iter().enumerate().skip(1) {
            for (word, _) in children {
                let bit = filter_bit(node as u32, *word, rows);
                bits[bit / 32] |= 1 << (bit % 32);
            }
        }
        bits
    }
}

/// Appends numbers.
pub(super) fn put(table: &mut Vec<u8>, numbers: &[u32]) {
    for number in numbers {
        table.extend_from_slice(&number.to_le_bytes());
    }
}
