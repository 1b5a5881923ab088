//! Which objects each pointer of a function may point to: inclusion constraints, solved with a work list (Andersen,
//! *Program Analysis and Specialization for the C Programming Language*, 1994).
//!
//! A *node* stands for some pointers and has a set of *objects*. Three kinds of constraints tie nodes together: what one
//! has the other has, too (a copy); what memory that one points to holds, the other has (a load); memory that one points to
//! holds what the other has (a store). Each object has a node for the pointers in its memory.
//!
//! **Objects.** [`WORLD`] is all memory that cannot be followed: what is stored there leaks. An allocation or a slot is an
//! object of its own. Memory that is reached through a *root*, a parameter or a variable that a closure has captured, is
//! three objects: what the root points to, what is reached from there in one step, and all that is reached in more.
//!
//! **Leaks.** What [`LEAKED`] has leaks, and with it what its memory holds.

use rustc_hash::FxHashSet;

/// The object that is all memory that others reach.
pub(super) const WORLD: u32 = 0;
/// The node of what goes where it cannot be followed.
pub(super) const LEAKED: u32 = 0;
/// The node of what is passed to functions: they may store pointers to the world there.
pub(super) const PASSED: u32 = 1;
/// The node of a pointer to the world.
pub(super) const FOREIGN: u32 = 2;
/// The node of a pointer to nothing.
pub(super) const NOTHING: u32 = 3;

/// How far below a root an object can lie, objects farther below included; also, from where on nothing leaks.
pub(super) const LEVELS: u8 = 3;
/// The results that are told apart; the last bit stands for memory that the caller gives for results.
pub(super) const RESULTS: usize = 31;
/// The bit of results in memory.
pub(super) const IN_MEMORY: u32 = 1 << RESULTS;

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Object {
    World,
    /// An allocation or a slot.
    Local,
    /// Memory reached through a root.
    Reached {
        root: u32,
        level: u8,
    },
}

/// What is found out about a root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Root {
    /// Objects from this level on leak ([`LEVELS`]: none).
    pub leaks: u8,
    /// The results that a pointer to an object of each level may be, as sets of bits.
    pub flows: [u32; LEVELS as usize],
    /// Pointers that are reached through the root are stored in the memory that it points to.
    pub shuffled: bool,
}

impl Root {
    /// One of which nothing is kept.
    pub const KEPT: Root = Root { leaks: LEVELS, flows: [0; LEVELS as usize], shuffled: false };
    /// One that may go anywhere.
    pub const LOST: Root = Root { leaks: 0, flows: [0; LEVELS as usize], shuffled: false };
    /// One whose memory may be copied anywhere.
    pub const READ: Root = Root { leaks: 1, flows: [0; LEVELS as usize], shuffled: false };

    /// Adds what the other says.
    pub fn join(&mut self, other: &Root) {
        self.leaks = self.leaks.min(other.leaks);
        self.flows.iter_mut().zip(other.flows).for_each(|(f, o)| *f |= o);
        self.shuffled |= other.shuffled;
    }
}

/// What happens when a node gets an object, besides the constraints.
#[derive(Clone, Copy, Default)]
enum Role {
    #[default]
    Plain,
    /// The node is what a result may be.
    Result(u32),
    /// The node is what is stored in memory that a root points to.
    Memory(u32),
}

#[derive(Default)]
struct Node {
    copies: Vec<u32>,
    loads: Vec<u32>,
    stores: Vec<u32>,
    role: Role,
    queued: bool,
}

/// Nodes, objects, and the constraints between them.
pub(super) struct Solver {
    /// The length of a set.
    words: usize,
    /// The sets of all nodes, one behind the other.
    sets: Vec<u64>,
    /// What of the sets has been dealt with.
    done: Vec<u64>,
    nodes: Vec<Node>,
    work: Vec<u32>,
    edges: FxHashSet<(u32, u32)>,
    objects: Vec<Object>,
    /// For each object, the node of what its memory holds.
    contents: Vec<u32>,
    roots: Vec<Root>,
    /// For each root, the node of what is stored in the memory that it points to.
    memory: Vec<u32>,
    /// The root that is the memory for results.
    result_memory: Option<u32>,
    results: Vec<Option<u32>>,
}

impl Solver {
    /// A solver for at most this many objects and roots.
    pub fn new(locals: usize, roots: usize) -> Solver {
        let words = (1 + locals + roots * LEVELS as usize).div_ceil(64);
        let mut s = Solver {
            words,
            sets: Vec::new(),
            done: Vec::new(),
            nodes: Vec::new(),
            work: Vec::new(),
            edges: FxHashSet::default(),
            objects: Vec::new(),
            contents: Vec::new(),
            roots: Vec::new(),
            memory: Vec::new(),
            result_memory: None,
            results: Vec::new(),
        };
        for node in [LEAKED, PASSED, FOREIGN, NOTHING] {
            assert_eq!(s.node(), node);
        }
        s.nodes[LEAKED as usize].loads.push(LEAKED);
        s.nodes[PASSED as usize].loads.push(PASSED);
        s.nodes[PASSED as usize].stores.push(FOREIGN);
        assert_eq!(s.object(Object::World), WORLD);
        s.has(FOREIGN, WORLD);
        let content = s.contents[WORLD as usize];
        s.has(content, WORLD);
        s
    }

    /// A node that has nothing yet.
    pub fn node(&mut self) -> u32 {
        self.nodes.push(Node::default());
        self.sets.resize(self.nodes.len() * self.words, 0);
        self.done.resize(self.nodes.len() * self.words, 0);
        self.nodes.len() as u32 - 1
    }

    fn object(&mut self, object: Object) -> u32 {
        let id = self.objects.len() as u32;
        assert!(self.words * 64 > id as usize, "more objects than were announced");
        self.objects.push(object);
        let content = self.node();
        self.contents.push(content);
        id
    }

    /// A new object of the frame.
    pub fn local(&mut self) -> u32 {
        self.object(Object::Local)
    }

    /// A new root and the node of its pointer.
    pub fn root(&mut self, is_result_memory: bool) -> (u32, u32) {
        let root = self.roots.len() as u32;
        self.roots.push(Root::KEPT);
        let memory = self.node();
        self.nodes[memory as usize].role = Role::Memory(root);
        self.memory.push(memory);
        if is_result_memory {
            self.result_memory = Some(root);
        }
        let levels: Vec<u32> =
            (0..LEVELS).map(|level| self.object(Object::Reached { root, level })).collect();
        for (i, &o) in levels.iter().enumerate() {
            let content = self.contents[o as usize];
            self.has(content, levels[(i + 1).min(levels.len() - 1)]);
        }
        let node = self.node();
        self.has(node, levels[0]);
        (root, node)
    }

    /// The node of what a result may be.
    pub fn result(&mut self, index: usize) -> u32 {
        if index >= RESULTS {
            return LEAKED;
        }
        if self.results.len() <= index {
            self.results.resize(index + 1, None);
        }
        if let Some(n) = self.results[index] {
            return n;
        }
        let n = self.node();
        self.nodes[n as usize].role = Role::Result(1 << index);
        self.results[index] = Some(n);
        n
    }

    /// The node of what an object's memory holds.
    pub fn content(&self, object: u32) -> u32 {
        self.contents[object as usize]
    }

    /// How many objects there are.
    pub fn objects(&self) -> u32 {
        self.objects.len() as u32
    }

    /// Whether the object is an allocation or a slot.
    pub fn object_is_local(&self, object: u32) -> bool {
        self.objects[object as usize] == Object::Local
    }

    fn enqueue(&mut self, n: u32) {
        if !std::mem::replace(&mut self.nodes[n as usize].queued, true) {
            self.work.push(n);
        }
    }

    /// The node has the object.
    pub fn has(&mut self, n: u32, object: u32) {
        let word = &mut self.sets[n as usize * self.words + object as usize / 64];
        let bit = 1 << (object % 64);
        if *word & bit == 0 {
            *word |= bit;
            self.enqueue(n);
        }
    }

    /// Whether the node has the object.
    pub fn contains(&self, n: u32, object: u32) -> bool {
        self.sets[n as usize * self.words + object as usize / 64] >> (object % 64) & 1 != 0
    }

    /// Whether the object leaks.
    pub fn leaks(&self, object: u32) -> bool {
        self.contains(LEAKED, object)
    }

    /// `to` has what `from` has.
    pub fn copy(&mut self, from: u32, to: u32) {
        if from == to || from == NOTHING || !self.edges.insert((from, to)) {
            return;
        }
        self.nodes[from as usize].copies.push(to);
        self.include(from, to);
    }

    fn include(&mut self, from: u32, to: u32) {
        let (f, t) = (from as usize * self.words, to as usize * self.words);
        let mut changed = false;
        for i in 0..self.words {
            let (have, new) = (self.sets[t + i], self.sets[f + i]);
            changed |= new & !have != 0;
            self.sets[t + i] = have | new;
        }
        if changed {
            self.enqueue(to);
        }
    }

    /// `to` has what is in the memory that `addr` points to.
    pub fn load(&mut self, addr: u32, to: u32) {
        if addr == FOREIGN || addr == NOTHING {
            return self.copy(addr, to);
        }
        self.nodes[addr as usize].loads.push(to);
        self.again(addr);
    }

    /// The memory that `addr` points to has what `val` has.
    pub fn store(&mut self, addr: u32, val: u32) {
        if addr == FOREIGN {
            return self.copy(val, LEAKED);
        }
        if addr == NOTHING || val == NOTHING {
            return;
        }
        self.nodes[addr as usize].stores.push(val);
        self.again(addr);
    }

    /// A new constraint looks at objects that were dealt with.
    fn again(&mut self, n: u32) {
        let from = n as usize * self.words;
        let done = &mut self.done[from..from + self.words];
        if done.iter().any(|&w| w != 0) {
            done.fill(0);
            self.enqueue(n);
        }
    }

    /// Deals with everything that follows from the constraints.
    pub fn solve(&mut self) {
        let mut delta = Vec::new();
        while let Some(n) = self.work.pop() {
            self.nodes[n as usize].queued = false;
            let from = n as usize * self.words;
            delta.clear();
            for i in 0..self.words {
                let mut new = self.sets[from + i] & !self.done[from + i];
                self.done[from + i] |= new;
                while new != 0 {
                    delta.push(i as u32 * 64 + new.trailing_zeros());
                    new &= new - 1;
                }
            }
            if delta.is_empty() {
                continue;
            }
            for &o in &delta {
                for i in 0..self.nodes[n as usize].loads.len() {
                    let to = self.nodes[n as usize].loads[i];
                    self.copy(self.contents[o as usize], to);
                }
                for i in 0..self.nodes[n as usize].stores.len() {
                    let val = self.nodes[n as usize].stores[i];
                    let into = match self.objects[o as usize] {
                        Object::Local => self.contents[o as usize],
                        Object::Reached { root, level: 0 } => self.memory[root as usize],
                        Object::World | Object::Reached { .. } => LEAKED,
                    };
                    self.copy(val, into);
                }
                self.act(n, o);
            }
            for i in 0..self.nodes[n as usize].copies.len() {
                let to = self.nodes[n as usize].copies[i];
                self.include(n, to);
            }
        }
    }

    /// What else follows from the node's having the object.
    fn act(&mut self, n: u32, o: u32) {
        let object = self.objects[o as usize];
        match self.nodes[n as usize].role {
            Role::Plain => {
                if let (LEAKED, Object::Reached { root, level }) = (n, object) {
                    let r = &mut self.roots[root as usize];
                    r.leaks = r.leaks.min(level);
                }
            }
            Role::Result(bit) => match object {
                Object::World => {}
                Object::Local => self.has(LEAKED, o),
                Object::Reached { root, level } => {
                    self.roots[root as usize].flows[usize::from(level)] |= bit;
                }
            },
            Role::Memory(to) => match object {
                Object::World => {}
                Object::Reached { root, level } if root == to && level > 0 => {
                    self.roots[root as usize].shuffled = true;
                }
                Object::Reached { root, level } if root != to && self.result_memory == Some(to) => {
                    self.roots[root as usize].flows[usize::from(level)] |= IN_MEMORY;
                }
                _ => self.has(LEAKED, o),
            },
        }
    }

    /// The object is none of the frame: what its memory holds leaks.
    pub fn stays_on_heap(&mut self, object: u32) {
        self.copy(self.contents[object as usize], LEAKED);
    }

    /// What was found out about a root.
    pub fn found(&self, root: u32) -> Root {
        self.roots[root as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What leaks at one end of a chain of objects leaks at the other.
    #[test]
    fn leaks_follow_chains() {
        let mut s = Solver::new(1000, 0);
        let chain: Vec<u32> = (0..1000).map(|_| s.local()).collect();
        for pair in chain.windows(2) {
            let content = s.content(pair[0]);
            s.has(content, pair[1]);
        }
        s.solve();
        assert!(!s.leaks(chain[999]));
        s.has(LEAKED, chain[1]);
        s.solve();
        assert!(s.leaks(chain[999]) && !s.leaks(chain[0]));
    }

    #[test]
    fn what_is_stored_in_the_world_leaks() {
        let mut s = Solver::new(3, 0);
        let (a, b, kept) = (s.local(), s.local(), s.local());
        let (pa, pb, pk) = (s.node(), s.node(), s.node());
        s.has(pa, a);
        s.has(pb, b);
        s.has(pk, kept);
        s.store(pa, pk);
        s.solve();
        assert!(!s.leaks(kept));
        s.copy(FOREIGN, pb);
        s.store(pb, pa);
        s.solve();
        assert!(s.leaks(a) && s.leaks(kept) && !s.leaks(b));
    }

    #[test]
    fn levels_of_roots_are_kept_apart() {
        let mut s = Solver::new(0, 2);
        let (r, p) = s.root(false);
        let (other, q) = s.root(false);
        let (one, two) = (s.node(), s.node());
        s.load(p, one);
        s.load(one, two);
        // What is reached through a root may be stored in the root's own memory.
        s.store(p, one);
        s.solve();
        assert_eq!(s.found(r), Root { shuffled: true, ..Root::KEPT });
        let result = s.result(1);
        s.copy(one, result);
        s.store(q, two);
        s.solve();
        assert_eq!(s.found(r), Root { leaks: 2, flows: [0, 2, 0], shuffled: true });
        assert_eq!(s.found(other), Root::KEPT);
        s.store(one, q);
        s.solve();
        assert_eq!(s.found(other), Root::LOST);
    }
}
