//! Which methods can be called through interfaces.
//!
//! A method of a type whose values are put into interfaces is kept if a method of that name and type is
//! called through some interface or belongs to an interface type that values are converted to at run
//! time, or if reflection can call methods by name or number and it is exported. This is the rule
//! of gc's linker, applied before code is generated.

use crate::cx::Cx;
use crate::methods::Method;
use grus_syntax::Symbol;
use grus_types::{ObjId, PkgId, TypeId};
use rustc_hash::{FxHashMap, FxHashSet};

/// Name, declaring package of unexported names, signature.
type Key = (Symbol, Option<PkgId>, TypeId);

/// The used types and the called methods so far, and the methods kept because of both.
#[derive(Default)]
pub struct MethodReach {
    called: FxHashSet<Key>,
    /// Methods of used types that nothing calls yet.
    waiting: FxHashMap<Key, Vec<(TypeId, ObjId)>>,
    kept: FxHashSet<(TypeId, ObjId)>,
    reflection: bool,
}

impl MethodReach {
    fn key(cx: &Cx<'_>, method: ObjId, sig: TypeId) -> Key {
        let o = cx.store.obj(method);
        (o.name, if o.exported() { None } else { o.pkg }, sig)
    }

    /// Notes that values of a type are put into interfaces; returns its methods that are kept at once.
    pub fn add_type<'c>(&mut self, cx: &'c Cx<'_>, t: TypeId) -> Vec<&'c Method> {
        let mut now = Vec::new();
        for m in cx.descriptor_methods(t) {
            let key = Self::key(cx, m.obj, m.sig);
            if self.called.contains(&key) || (self.reflection && key.1.is_none()) {
                self.kept.insert((t, m.obj));
                now.push(m);
            } else {
                self.waiting.entry(key).or_default().push((t, m.obj));
            }
        }
        now
    }

    /// Notes a call through an interface; returns the methods that it makes reachable.
    pub fn add_call(&mut self, cx: &Cx<'_>, method: ObjId) -> Vec<(TypeId, ObjId)> {
        let key = Self::key(cx, method, cx.method_type(cx.store.type_of(method)));
        if !self.called.insert(key) {
            return Vec::new();
        }
        let list = self.waiting.remove(&key).unwrap_or_default();
        self.kept.extend(list.iter().copied());
        list
    }

    /// Notes that reflection may call any exported method; returns those that it makes reachable, in a
    /// fixed order.
    pub fn add_reflection(&mut self, cx: &Cx<'_>) -> Vec<(TypeId, ObjId)> {
        self.reflection = true;
        let mut list = Vec::new();
        self.waiting.retain(|key, methods| {
            if key.1.is_none() {
                list.append(methods);
            }
            key.1.is_some()
        });
        list.sort_by_cached_key(|&(t, m)| (cx.link_string(t), cx.store.obj(m).name.as_str()));
        self.kept.extend(list.iter().copied());
        list
    }

    /// Whether a method of a type can be called through an interface.
    pub fn is_kept(&self, t: TypeId, method: ObjId) -> bool {
        self.kept.contains(&(t, method))
    }
}
