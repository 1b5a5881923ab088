//! The dominator tree.
//!
//! Small functions: iterating to a fixpoint, as Cooper, Harvey and Kennedy do in *A Simple, Fast Dominance Algorithm*
//! (2001). That takes a time that grows with the square of the depth of the tree where many blocks of a long chain lead
//! to common ones: a `switch` of many clauses in a loop. So for the others: the algorithm of Lengauer and Tarjan, *A Fast
//! Algorithm for Finding Dominators in a Flowgraph* (1979), with simple linking: O(m log n) for any graph.

use crate::entity::Block;
use crate::function::Function;
use cranelift_entity::{SecondaryMap, packed_option::PackedOption};

/// The dominator tree.
#[derive(Debug)]
pub struct Dominators {
    idom: SecondaryMap<Block, Option<Block>>,
    /// Entry and exit times of a walk of the tree: a dominates b if a's interval holds b's.
    interval: SecondaryMap<Block, (u32, u32)>,
}

impl Dominators {
    pub fn new(func: &Function) -> Dominators {
        let graph = super::Successors::new(func);
        let order = graph.reverse_postorder(func.entry());
        let mut number: SecondaryMap<Block, u32> = SecondaryMap::with_capacity(func.blocks.len());
        for (i, &b) in order.iter().enumerate() {
            number[b] = i as u32;
        }
        let mut successors = Successors::with_capacity(order.len());
        for &b in &order {
            successors.push(graph.of(b).iter().map(|&s| number[s]));
        }
        let mut idom: SecondaryMap<Block, Option<Block>> = SecondaryMap::with_capacity(func.blocks.len());
        let found = match order.len() {
            ..=SMALL => by_iteration(&successors),
            _ => immediate_dominators(&successors).idom,
        };
        for (i, d) in found.into_iter().enumerate() {
            idom[order[i]] = Some(order[d as usize]);
        }
        let interval = intervals(func.entry(), &order, &idom);
        Dominators { idom, interval }
    }

    /// The immediate dominator; none for the entry and for unreachable blocks.
    pub fn idom(&self, b: Block) -> Option<Block> {
        self.idom[b].filter(|&d| d != b)
    }

    pub fn is_reachable(&self, b: Block) -> bool {
        self.idom[b].is_some()
    }

    /// Whether every path from the entry to `b` goes through `a` (also when they are the same).
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (ia, ib) = (self.interval[a], self.interval[b]);
        self.is_reachable(a) && self.is_reachable(b) && ia.0 <= ib.0 && ib.1 <= ia.1
    }
}

const NONE: u32 = u32::MAX;

/// The successors of each node, one list behind the other.
struct Successors {
    first: Vec<u32>,
    list: Vec<u32>,
}

impl Successors {
    fn with_capacity(nodes: usize) -> Successors {
        let mut first = Vec::with_capacity(nodes + 1);
        first.push(0);
        Successors { first, list: Vec::with_capacity(2 * nodes) }
    }

    /// Adds the next node.
    fn push(&mut self, successors: impl Iterator<Item = u32>) {
        self.list.extend(successors);
        self.first.push(self.list.len() as u32);
    }

    fn len(&self) -> usize {
        self.first.len() - 1
    }

    fn of(&self, node: usize) -> &[u32] {
        &self.list[self.first[node] as usize..self.first[node + 1] as usize]
    }
}

/// The most blocks for which iterating is the faster way.
const SMALL: usize = 100;

/// Immediate dominators in a graph whose nodes are all reachable from node 0, each from one with a lower number. The
/// entry's is itself.
fn by_iteration(successors: &Successors) -> Vec<u32> {
    let mut idom = vec![NONE; successors.len()];
    idom[0] = 0;
    loop {
        let mut again = false;
        for v in 0..successors.len() as u32 {
            for &s in successors.of(v as usize) {
                // The closest common dominator of what is known to lead to `s`.
                let (mut a, mut b) = (idom[s as usize], v);
                while a != NONE && a != b {
                    if a > b {
                        a = idom[a as usize];
                    } else {
                        b = idom[b as usize];
                    }
                }
                // Only an edge back can tell something new of a node that was visited.
                again |= s <= v && b != idom[s as usize];
                idom[s as usize] = b;
            }
        }
        if !again {
            return idom;
        }
    }
}

/// What the algorithm finds, and how much it worked for it.
struct Found {
    /// Immediate dominators; the entry's is itself.
    idom: Vec<u32>,
    /// Links of the forest that were followed.
    #[cfg_attr(not(test), expect(dead_code, reason = "counted for tests"))]
    steps: usize,
}

/// Immediate dominators in a graph whose nodes are all reachable from node 0.
fn immediate_dominators(successors: &Successors) -> Found {
    let n = successors.len();
    // Depth-first numbers, and the tree.
    let mut dfs = vec![NONE; n];
    let mut node = Vec::with_capacity(n);
    let mut parent = Vec::with_capacity(n);
    let mut stack = vec![(0u32, 0u32)];
    while let Some((v, from)) = stack.pop() {
        if dfs[v as usize] != NONE {
            continue;
        }
        let number = node.len() as u32;
        dfs[v as usize] = number;
        node.push(v);
        parent.push(from);
        stack.extend(successors.of(v as usize).iter().rev().map(|&s| (s, number)));
    }
    assert_eq!(node.len(), n, "all nodes are reachable");
    // From here on nodes go by their depth-first numbers. Predecessors, one list behind the other.
    let mut first_pred = vec![0u32; n + 1];
    for s in &successors.list {
        first_pred[dfs[*s as usize] as usize + 1] += 1;
    }
    for i in 0..n {
        first_pred[i + 1] += first_pred[i];
    }
    let mut preds = vec![0u32; first_pred[n] as usize];
    let mut fill = first_pred.clone();
    for v in 0..n {
        for &s in successors.of(v) {
            let at = &mut fill[dfs[s as usize] as usize];
            preds[*at as usize] = dfs[v];
            *at += 1;
        }
    }

    let mut forest = Forest {
        ancestor: vec![NONE; n],
        label: (0..n as u32).collect(),
        semi: (0..n as u32).collect(),
        path: Vec::new(),
        steps: 0,
    };
    let mut idom = vec![0u32; n];
    // Nodes by semidominator, as linked lists.
    let (mut bucket, mut next) = (vec![NONE; n], vec![NONE; n]);
    for w in (1..n).rev() {
        for &v in &preds[first_pred[w] as usize..first_pred[w + 1] as usize] {
            let u = forest.eval(v);
            forest.semi[w] = forest.semi[w].min(forest.semi[u as usize]);
        }
        let s = forest.semi[w] as usize;
        next[w] = bucket[s];
        bucket[s] = w as u32;
        let p = parent[w];
        forest.ancestor[w] = p;
        let mut v = std::mem::replace(&mut bucket[p as usize], NONE);
        while v != NONE {
            let u = forest.eval(v);
            idom[v as usize] = if forest.semi[u as usize] < forest.semi[v as usize] { u } else { p };
            v = next[v as usize];
        }
    }
    for w in 1..n {
        if idom[w] != forest.semi[w] {
            idom[w] = idom[idom[w] as usize];
        }
    }
    let mut found = vec![0u32; n];
    for w in 0..n {
        found[node[w] as usize] = node[idom[w] as usize];
    }
    Found { idom: found, steps: forest.steps }
}

/// The forest of the nodes that were worked off, with compressed paths.
struct Forest {
    ancestor: Vec<u32>,
    /// The node with the least semidominator on the compressed path.
    label: Vec<u32>,
    semi: Vec<u32>,
    path: Vec<u32>,
    steps: usize,
}

impl Forest {
    /// The node with the least semidominator on the path from `v` up to its root, the root left out.
    fn eval(&mut self, v: u32) -> u32 {
        if self.ancestor[v as usize] == NONE {
            return self.label[v as usize];
        }
        // Compress: nodes from `v` to below the child of the root, then from the top down.
        self.path.clear();
        let mut u = v;
        while self.ancestor[self.ancestor[u as usize] as usize] != NONE {
            self.path.push(u);
            u = self.ancestor[u as usize];
        }
        self.steps += self.path.len() + 1;
        while let Some(u) = self.path.pop() {
            let u = u as usize;
            let a = self.ancestor[u] as usize;
            if self.semi[self.label[a] as usize] < self.semi[self.label[u] as usize] {
                self.label[u] = self.label[a];
            }
            self.ancestor[u] = self.ancestor[a];
        }
        self.label[v as usize]
    }
}

fn intervals(
    entry: Block,
    order: &[Block],
    idom: &SecondaryMap<Block, Option<Block>>,
) -> SecondaryMap<Block, (u32, u32)> {
    // Children as linked lists; the first is the one that comes first in `order`.
    let mut links: SecondaryMap<Block, [PackedOption<Block>; 2]> =
        SecondaryMap::with_capacity(idom.capacity());
    for &b in order.iter().rev() {
        if let Some(d) = idom[b].filter(|&d| d != b) {
            links[b][1] = links[d][0];
            links[d][0] = b.into();
        }
    }
    let mut interval: SecondaryMap<Block, (u32, u32)> = SecondaryMap::with_capacity(idom.capacity());
    let mut clock = 1;
    interval[entry].0 = clock;
    let mut stack = vec![entry];
    while let Some(&b) = stack.last() {
        clock += 1;
        match links[b][0].take() {
            Some(c) => {
                links[b][0] = links[c][1];
                interval[c].0 = clock;
                stack.push(c);
            }
            None => {
                interval[b].1 = clock;
                stack.pop();
            }
        }
    }
    interval
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(lists: &[Vec<u32>]) -> Successors {
        let mut successors = Successors::with_capacity(lists.len());
        lists.iter().for_each(|list| successors.push(list.iter().copied()));
        successors
    }

    /// By definition: `d` dominates `v` if `v` cannot be reached without `d`.
    fn by_definition(successors: &[Vec<u32>]) -> Vec<u32> {
        let n = successors.len();
        let reached_without = |d: usize| {
            let mut seen = vec![false; n];
            let mut work = if d == 0 { Vec::new() } else { vec![0u32] };
            while let Some(v) = work.pop() {
                if v as usize != d && !std::mem::replace(&mut seen[v as usize], true) {
                    work.extend(&successors[v as usize]);
                }
            }
            seen
        };
        let reached: Vec<Vec<bool>> = (0..n).map(reached_without).collect();
        let strict = |d: usize, v: usize| d != v && !reached[d][v];
        (0..n)
            .map(|v| {
                let closest =
                    |&d: &usize| strict(d, v) && (0..n).all(|e| !strict(e, v) || e == d || strict(e, d));
                (0..n).find(closest).unwrap_or(0) as u32
            })
            .collect()
    }

    #[test]
    fn random_graphs_agree_with_the_definition() {
        let mut seed = 1u32;
        let mut random = move |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % n
        };
        for round in 0..300 {
            let n = 2 + random(14);
            let mut successors = vec![Vec::new(); n as usize];
            // A tree makes all nodes reachable.
            for v in 1..n {
                successors[random(v) as usize].push(v);
            }
            for _ in 0..random(2 * n) {
                let (from, to) = (random(n), random(n));
                successors[from as usize].push(to);
            }
            let found = immediate_dominators(&packed(&successors)).idom;
            assert_eq!(found, by_definition(&successors), "round {round}: {successors:?}");
            assert_eq!(found, by_iteration(&packed(&successors)), "round {round}: {successors:?}");
        }
    }

    #[test]
    fn work_is_nearly_linear() {
        let shapes: [fn(u32, u32) -> Vec<u32>; 3] = [
            // A chain in which every node leads to one common one.
            |i, n| if i + 1 < n { vec![i + 1, n - 1] } else { vec![0] },
            // A ladder: every node leads to the next two.
            |i, n| (i + 1..(i + 3).min(n)).collect(),
            // Loops in loops.
            |i, n| if i + 1 < n { vec![i + 1, n - 1 - i] } else { Vec::new() },
        ];
        for shape in shapes {
            let n = 20_000;
            let successors: Vec<Vec<u32>> = (0..n).map(|i| shape(i, n)).collect();
            let steps = immediate_dominators(&packed(&successors)).steps;
            assert!(steps < 40 * n as usize, "{steps} steps for {n} nodes");
        }
    }
}
