//! The order in which package variables are initialized.
//!
//! Constants, variables and functions of a package depend on what their initializers and bodies mention. A
//! variable is initialized after all variables that it depends on, directly or through functions; among those
//! that are ready the one that is declared first comes first. Constants take part because cycles among
//! them are found here.
//!
//! Functions are removed from the graph by following them from each variable. Only functions that some
//! initializer reaches are looked at, hence bodies may be checked on demand: the caller provides what a body
//! mentions.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::{Checker, DeclInfoId, PackageDecls};
use crate::code::Code;
use crate::object::ObjectKind;
use crate::store::{ObjId, TypeStore};

/// An assignment that initializes one or more package variables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Initializer {
    /// The variables; several if one call provides all values.
    pub lhs: Vec<ObjId>,
    /// The declaration, which knows the initializing expression.
    pub decl: DeclInfoId,
}

/// What objects of a package depend on.
pub trait Dependencies {
    /// The package-level objects of the same package that the body of a function or method mentions, in any order.
    fn of_body(&mut self, func: ObjId) -> Vec<ObjId>;
}

struct Graph<'g> {
    store: &'g TypeStore,
    decls: &'g PackageDecls,
    bodies: &'g mut dyn Dependencies,
    /// Direct dependencies in source order.
    direct: FxHashMap<ObjId, Vec<ObjId>>,
    /// The component of each function that was looked at, and the values that each component depends on.
    component_of: FxHashMap<ObjId, usize>,
    components: Vec<Box<[ObjId]>>,
}

impl Graph<'_> {
    fn is_func(&self, o: ObjId) -> bool {
        self.store.obj(o).is_func()
    }

    fn direct(&mut self, o: ObjId) -> &[ObjId] {
        if !self.direct.contains_key(&o) {
            let mut deps: Vec<ObjId> = match self.decls.decl_of(self.store, o) {
                None => Vec::new(),
                Some(_) if self.is_func(o) => self.bodies.of_body(o),
                Some(d) => self.decls.decl(d).deps.iter().copied().collect(),
            };
            // Type names are no dependencies: they have no initializer.
            deps.retain(|&d| !self.store.obj(d).is_type_name());
            deps.sort_by_key(|&d| self.store.obj(d).order());
            deps.dedup();
            self.direct.insert(o, deps);
        }
        &self.direct[&o]
    }

    /// The variables and constants that a variable or constant depends on, directly or through functions.
    fn values(&mut self, o: ObjId) -> FxHashSet<ObjId> {
        let mut found = FxHashSet::default();
        for d in self.direct(o).to_vec() {
            if self.is_func(d) {
                let component = self.component(d);
                found.extend(self.components[component].iter().copied());
            } else {
                found.insert(d);
            }
        }
        found
    }

    /// The component of a function: functions that call each other depend on the same values. Components are found
    /// by Tarjan's algorithm, which finishes a component after those that it depends on.
    fn component(&mut self, func: ObjId) -> usize {
        if let Some(&known) = self.component_of.get(&func) {
            return known;
        }
        struct Frame {
            func: ObjId,
            index: usize,
            low: usize,
            deps: Vec<ObjId>,
        }
        let mut index: FxHashMap<ObjId, usize> = FxHashMap::default();
        let mut open: Vec<ObjId> = Vec::new();
        let mut frames: Vec<Frame> = Vec::new();
        let mut next = Some(func);
        loop {
            if let Some(func) = next.take() {
                let i = index.len();
                index.insert(func, i);
                open.push(func);
                let store = self.store;
                let deps = self.direct(func).iter().copied().filter(|&d| store.obj(d).is_func()).collect();
                frames.push(Frame { func, index: i, low: i, deps });
            }
            let frame = frames.last_mut().expect("the search is not over");
            if let Some(d) = frame.deps.pop() {
                if self.component_of.contains_key(&d) {
                    continue;
                }
                match index.get(&d) {
                    Some(&i) => frame.low = frame.low.min(i),
                    None => next = Some(d),
                }
                continue;
            }
            let Frame { func, index: i, low, .. } = frames.pop().expect("the search is not over");
            if low == i {
                self.close_component(&mut open, func);
            }
            match frames.last_mut() {
                Some(caller) => caller.low = caller.low.min(low),
                None => return self.component_of[&func],
            }
        }
    }

    /// Makes a component of the open functions down to `root`.
    fn close_component(&mut self, open: &mut Vec<ObjId>, root: ObjId) {
        let component = self.components.len();
        let start = open.iter().rposition(|&f| f == root).expect("the root is open");
        let members = open.split_off(start);
        for &f in &members {
            self.component_of.insert(f, component);
        }
        let mut values: FxHashSet<ObjId> = FxHashSet::default();
        for &f in &members {
            for d in self.direct(f).to_vec() {
                match self.component_of.get(&d) {
                    Some(&c) if c == component => {}
                    Some(&c) => values.extend(self.components[c].iter().copied()),
                    None => {
                        values.insert(d);
                    }
                }
            }
        }
        self.components.push(values.into_iter().collect());
    }

    /// A path of dependencies from `from` to `to`, reversed and without `from`.
    fn find_path(&mut self, from: ObjId, to: ObjId, seen: &mut FxHashSet<ObjId>) -> Option<Vec<ObjId>> {
        if !seen.insert(from) {
            return None;
        }
        for d in self.direct(from).to_vec() {
            if d == to {
                return Some(vec![d]);
            }
            if let Some(mut path) = self.find_path(d, to, seen) {
                path.push(d);
                return Some(path);
            }
        }
        None
    }
}

struct Node {
    obj: ObjId,
    is_const: bool,
    /// The nodes that depend on this one.
    pred: Vec<usize>,
    /// How many nodes have to come before this one.
    ndeps: usize,
    done: bool,
}

impl<'a> Checker<'a> {
    /// Computes the order of initialization and reports cycles.
    pub(crate) fn init_order(&mut self, bodies: &mut dyn Dependencies) -> Vec<Initializer> {
        let store = self.store;
        let decls = self.take_sealed();
        let mut graph = Graph {
            store,
            decls,
            bodies,
            direct: FxHashMap::default(),
            component_of: FxHashMap::default(),
            components: Vec::new(),
        };
        let mut nodes: Vec<Node> = Vec::new();
        let mut index: FxHashMap<ObjId, usize> = FxHashMap::default();
        for &obj in decls.objects() {
            let is_const = match store.obj(obj).kind {
                ObjectKind::Const(_) => true,
                ObjectKind::Var { .. } => false,
                _ => continue,
            };
            index.insert(obj, nodes.len());
            nodes.push(Node { obj, is_const, pred: Vec::new(), ndeps: 0, done: false });
        }
        for i in 0..nodes.len() {
            for s in graph.values(nodes[i].obj) {
                if let Some(&s) = index.get(&s) {
                    nodes[s].pred.push(i);
                    nodes[i].ndeps += 1;
                }
            }
        }

        // Constants first, then by the number of outstanding dependencies, then in source order (which is the
        // order of the nodes). Entries of the queue that are out of date are skipped.
        let key = |n: &Node, i: usize| Reverse((!n.is_const, n.ndeps, i));
        let mut queue: BinaryHeap<_> = nodes.iter().enumerate().map(|(i, n)| key(n, i)).collect();
        let mut emitted: FxHashSet<DeclInfoId> = FxHashSet::default();
        let mut order = Vec::new();
        let mut cycles = Vec::new();
        while let Some(Reverse((_, ndeps, i))) = queue.pop() {
            if nodes[i].done || nodes[i].ndeps != ndeps {
                continue;
            }
            nodes[i].done = true;
            let obj = nodes[i].obj;
            if ndeps > 0 {
                // If the node only leads to a cycle, the cycle is found from a node that is on it.
                cycles.extend(graph.find_path(obj, obj, &mut FxHashSet::default()));
            }
            for p in std::mem::take(&mut nodes[i].pred) {
                if !nodes[p].done {
                    nodes[p].ndeps -= 1;
                    queue.push(key(&nodes[p], p));
                }
            }
            if nodes[i].is_const {
                continue;
            }
            let d = decls.decl_of(store, obj).expect("a package variable has a declaration");
            let decl = decls.decl(d);
            if decl.init.is_some() && emitted.insert(d) {
                let lhs = if decl.lhs.is_empty() { vec![obj] } else { decl.lhs.clone() };
                order.push(Initializer { lhs, decl: d });
            }
        }
        for cycle in cycles {
            self.report_init_cycle(&cycle);
        }
        order
    }

    fn report_init_cycle(&mut self, cycle: &[ObjId]) {
        let store = self.store;
        let mut obj = store.obj(cycle[0]);
        if cycle.len() == 1 {
            let msg = format!("initialization cycle: {} refers to itself", obj.name);
            self.error(obj.pos, Code::InvalidInitCycle, msg);
            return;
        }
        let mut err = self.new_error(Code::InvalidInitCycle);
        err.addf_pos(obj.pos, format!("initialization cycle for {}", obj.name));
        for &next in cycle.iter().rev() {
            let next = store.obj(next);
            err.addf_pos(obj.pos, format!("{} refers to {}", obj.name, next.name));
            obj = next;
        }
        self.report(err);
    }
}
