//! Finds unbounded recursive instantiation, which could not be compiled by making a copy for each instance.
//!
//! Vertices are type parameters, and types declared in generic functions. An instantiation adds edges to each
//! type parameter from the vertices that its type argument mentions: of weight 0 if the argument is just
//! that type, 1 if it is derived from it. A type declared in a generic function depends with weight 1 on the
//! function's type parameters. A cycle of positive weight is an error; cycles of weight 0 come to rest.
//!
//! Edges are collected wherever an instantiation is checked, by objects; the graph is numbered when all edges
//! of a package are known. Cycles cannot leave a package, hence instantiations of imported generic
//! declarations do not count.

use grus_syntax::{ExprId, Pos};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::Checker;
use crate::code::Code;
use crate::object::ObjectKind;
use crate::scope::LocalScopes;
use crate::store::{ObjId, TypeId};
use crate::ty::Type;

/// The edges that a checker collected.
#[derive(Clone, Debug, Default)]
pub struct MonoGraph {
    edges: Vec<MonoEdge>,
    /// Type parameters of receivers, with the type parameters of the receiver's type.
    canon: FxHashMap<ObjId, ObjId>,
    /// Types declared in functions that were looked at, with whether they are vertices.
    local: FxHashMap<ObjId, bool>,
}

#[derive(Clone, Copy, Debug)]
struct MonoEdge {
    dst: ObjId,
    src: ObjId,
    weight: u32,
    pos: Pos,
    typ: TypeId,
}

#[derive(Clone, Copy, Debug)]
struct Vertex {
    obj: ObjId,
    /// The weight of the heaviest known path to this vertex, its last edge and its length.
    weight: u32,
    pre: usize,
    len: usize,
}

impl MonoGraph {
    /// Adds the edges of another checker of the same package.
    pub fn absorb(&mut self, other: MonoGraph) {
        self.edges.extend(other.edges);
        self.canon.extend(other.canon);
    }
}

impl<'a> Checker<'a> {
    /// Notes that a receiver's type parameter stands for the one of the receiver's type.
    pub(crate) fn mono_record_canon(&mut self, mpar: TypeId, tpar: TypeId) {
        let (mpar, tpar) = (self.type_param(mpar).obj, self.type_param(tpar).obj);
        self.mono.canon.insert(mpar, tpar);
    }

    /// Notes that type parameters were instantiated with type arguments.
    pub(crate) fn mono_record_instance(
        &mut self,
        pos: Pos,
        tparams: &[TypeId],
        targs: &[TypeId],
        xlist: &[ExprId],
    ) {
        for (i, (&tpar, &targ)) in tparams.iter().zip(targs).enumerate() {
            let pos = xlist.get(i).map_or(pos, |&x| self.start_pos(x));
            let obj = self.type_param(tpar).obj;
            if self.obj(obj).pkg == Some(self.pkg) {
                let mut seen = FxHashSet::default();
                self.mono_flow(obj, targ, targ, pos, &mut seen);
            }
        }
    }

    /// Adds edges to `dst` from all vertices that `typ`, a part of `targ`, mentions.
    fn mono_flow(&mut self, dst: ObjId, targ: TypeId, typ: TypeId, pos: Pos, seen: &mut FxHashSet<TypeId>) {
        let store = self.store;
        let typ = store.unalias(typ);
        if !seen.insert(typ) {
            return;
        }
        let weight = u32::from(typ != targ);
        match store.ty(typ) {
            Type::TypeParam(p) => self.mono.edges.push(MonoEdge { dst, src: p.obj, weight, pos, typ: targ }),
            Type::Named(n) => {
                if self.local_named_vertex(n.obj) {
                    self.mono.edges.push(MonoEdge { dst, src: n.obj, weight, pos, typ: targ });
                }
                for &t in n.targs() {
                    self.mono_flow(dst, targ, t, pos, seen);
                }
            }
            Type::Array(t) => self.mono_flow(dst, targ, t.elem, pos, seen),
            Type::Chan(t) => self.mono_flow(dst, targ, t.elem, pos, seen),
            Type::Pointer(t) => self.mono_flow(dst, targ, t.elem, pos, seen),
            Type::Slice(t) => self.mono_flow(dst, targ, t.elem, pos, seen),
            Type::Map(t) => {
                self.mono_flow(dst, targ, t.key, pos, seen);
                self.mono_flow(dst, targ, t.elem, pos, seen);
            }
            Type::Interface(_) => {
                for &m in store.type_set(typ).methods.iter() {
                    self.mono_flow(dst, targ, store.type_of(m), pos, seen);
                }
            }
            Type::Signature(sig) => {
                for &v in store.vars(sig.params).iter().chain(store.vars(sig.results)) {
                    self.mono_flow(dst, targ, store.type_of(v), pos, seen);
                }
            }
            Type::Struct(s) => {
                for &f in s.fields.iter() {
                    self.mono_flow(dst, targ, store.type_of(f), pos, seen);
                }
            }
            Type::Basic(_) | Type::Tuple(_) | Type::Union(_) | Type::Alias(_) => {}
        }
    }

    /// Whether a defined type needs a vertex: it is declared in a function that has type parameters.
    fn local_named_vertex(&mut self, obj: ObjId) -> bool {
        let store = self.store;
        let o = store.obj(obj);
        if o.pkg != Some(self.pkg) {
            return false;
        }
        if let Some(&known) = self.mono.local.get(&obj) {
            return known;
        }
        let mut is_vertex = false;
        let mut scope = o.parent();
        while let Some(s) = scope.filter(|&s| LocalScopes::is_local(s)) {
            let local = self.scopes.get(s);
            scope = Some(local.parent);
            for elem in local.objects() {
                let e = store.obj(elem);
                if let ObjectKind::TypeName = e.kind
                    && e.pos < o.pos
                    && let Some(t) = e.typ.get()
                    && let Type::TypeParam(_) = store.ty(t)
                {
                    is_vertex = true;
                    self.mono.edges.push(MonoEdge { dst: obj, src: elem, weight: 1, pos: o.pos, typ: t });
                }
            }
        }
        self.mono.local.insert(obj, is_vertex);
        is_vertex
    }

    /// Reports a cycle of positive weight, if there is one. The heaviest paths are computed by relaxing all edges
    /// until nothing changes; a path that is longer than there are vertices contains a cycle.
    pub(crate) fn monomorph(&mut self) {
        let graph = std::mem::take(&mut self.mono);
        let mut index: FxHashMap<ObjId, usize> = FxHashMap::default();
        let mut vertices: Vec<Vertex> = Vec::new();
        let mut vertex = |obj: ObjId| {
            let obj = graph.canon.get(&obj).copied().unwrap_or(obj);
            *index.entry(obj).or_insert_with(|| {
                vertices.push(Vertex { obj, weight: 0, pre: 0, len: 0 });
                vertices.len() - 1
            })
        };
        let ends: Vec<(usize, usize)> = graph.edges.iter().map(|e| (vertex(e.dst), vertex(e.src))).collect();
        let mut again = true;
        while again {
            again = false;
            for (i, (edge, &(dst, src))) in graph.edges.iter().zip(&ends).enumerate() {
                let weight = vertices[src].weight + edge.weight;
                if weight <= vertices[dst].weight {
                    continue;
                }
                vertices[dst].pre = i;
                vertices[dst].len = vertices[src].len + 1;
                if vertices[dst].len == vertices.len() {
                    self.report_instance_loop(&graph.edges, &ends, &vertices, dst);
                    return;
                }
                vertices[dst].weight = weight;
                again = true;
            }
        }
    }

    fn report_instance_loop(
        &mut self,
        edges: &[MonoEdge],
        ends: &[(usize, usize)],
        vertices: &[Vertex],
        end: usize,
    ) {
        // The path ends at `end`, which need not be on the cycle: walk back until a vertex comes twice.
        let mut v = end;
        let mut stack = Vec::new();
        let mut seen = vec![false; vertices.len()];
        while !seen[v] {
            stack.push(v);
            seen[v] = true;
            v = ends[vertices[v].pre].1;
        }
        let first = stack.iter().position(|&s| s == v).expect("the vertex was seen");
        let mut err = self.new_error(Code::InvalidInstanceCycle);
        err.addf_pos(self.obj(vertices[v].obj).pos, "instantiation cycle:");
        for &v in &stack[first..] {
            let pre = vertices[v].pre;
            let edge = &edges[pre];
            let obj = self.obj(vertices[ends[pre].0].obj);
            let typ = self.type_str(edge.typ);
            let how = match obj.typ.get().map(|t| self.ty(t)) {
                Some(Type::Named(_)) => "implicitly parameterized by",
                _ => "instantiated as",
            };
            err.addf_pos(edge.pos, format!("{} {how} {typ}", obj.name));
        }
        self.report(err);
    }
}
