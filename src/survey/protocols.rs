//! Which protocols carry which, and how many frames and bytes take each path.

use netdissect_dissectors::packet::{Packet, Slot};

use super::Traffic;

/// Paths that are told apart; frames on further ones count where they leave the known.
const MAX_NODES: usize = 4_096;

/// All paths as one tree; the root is the frame itself.
#[derive(Debug, Default)]
pub struct Hierarchy {
    nodes: Vec<Node>,
    /// Frames that a dissector could not read to the end.
    pub faulty: u64,
    /// Frames whose innermost bytes nobody here reads.
    pub unread: u64,
    /// Frames that took a path of which there was no room for a row.
    pub unplaced: u64,
}

/// One protocol at the end of one path.
#[derive(Debug)]
pub struct Node {
    /// Its name, as in `frame.protocols`.
    pub name: &'static str,
    /// Frames that take this path.
    pub traffic: Traffic,
    /// Frames in which nothing follows.
    pub ends: u64,
    dissector: u16,
    children: Vec<usize>,
}

impl Node {
    fn new(name: &'static str, dissector: u16) -> Self {
        Self { name, traffic: Traffic::default(), ends: 0, dissector, children: Vec::new() }
    }
}

impl Hierarchy {
    /// Counts one packet. What ICMP errors quote belongs to the path; further messages of one segment do not.
    pub fn note(&mut self, packet: &Packet<'_>) {
        let bytes = u64::from(packet.frame.wire_len);
        if self.nodes.is_empty() {
            self.nodes.push(Node::new("frame", u16::MAX));
        }
        self.faulty += u64::from(!packet.parts.faults.is_empty());
        self.unread +=
            u64::from(packet.layers().next_back().is_some_and(|top| top.protocol().name == "data"));
        let mut at = 0;
        self.count(at, bytes);
        for (index, slot) in packet.parts.slots.iter().enumerate().skip(1) {
            if slot.flags & Slot::FURTHER != 0 {
                continue;
            }
            let Some(child) = self.child(at, slot.dissector, packet, index) else {
                self.unplaced += 1;
                break;
            };
            at = child;
            self.count(at, bytes);
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.ends += 1;
        }
    }

    fn count(&mut self, at: usize, bytes: u64) {
        if let Some(node) = self.nodes.get_mut(at) {
            node.traffic.add(bytes);
        }
    }

    fn child(&mut self, at: usize, dissector: u16, packet: &Packet<'_>, index: usize) -> Option<usize> {
        let is_it = |child: &usize| self.nodes.get(*child).is_some_and(|node| node.dissector == dissector);
        if let Some(known) = self.nodes.get(at)?.children.iter().copied().find(|child| is_it(child)) {
            return Some(known);
        }
        if self.nodes.len() >= MAX_NODES {
            return None;
        }
        let new = self.nodes.len();
        self.nodes.push(Node::new(packet.layer(index)?.protocol().name, dissector));
        self.nodes.get_mut(at)?.children.push(new);
        Some(new)
    }

    /// All frames.
    #[must_use]
    pub fn total(&self) -> Traffic {
        self.nodes.first().map(|root| root.traffic).unwrap_or_default()
    }

    /// The rows of the tree from the root down, siblings by frames, most first, each with the names that lead to it,
    /// its own the last.
    #[must_use]
    pub fn rows(&self) -> Vec<(Vec<&'static str>, &Node)> {
        let mut rows = Vec::new();
        let mut open: Vec<(Vec<&'static str>, usize)> = vec![(Vec::new(), 0)];
        while let Some((mut path, at)) = open.pop() {
            let Some(node) = self.nodes.get(at) else { continue };
            path.push(node.name);
            let mut children = node.children.clone();
            // The last to be pushed is the first to be taken; the sort is stable: of equals the first seen comes first.
            children.reverse();
            children.sort_by_key(|&child| self.nodes.get(child).map(|node| node.traffic.packets));
            open.extend(children.into_iter().map(|child| (path.clone(), child)));
            rows.push((path, node));
        }
        rows
    }
}
