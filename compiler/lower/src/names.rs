//! Link names, as gc makes them.
//!
//! A function is `pkg/path.F`, a method `pkg.T.M` or `pkg.(*T).M`, an instance `pkg.F[int]`. The path of
//! package main is `main`; characters that object files cannot take are escaped. `//go:linkname` and
//! `//go:linknamestd` replace the name of what they name.

use crate::cx::Cx;
use crate::demand::MethodRef;
use crate::frontend::Frontend;
use crate::mono::InstId;
use grus_syntax::{DeclKind, Pos, Symbol};
use grus_types::ty::ChanDir;
use grus_types::universe::{self, typ};
use grus_types::{ObjId, ObjectKind, PkgId, Type, TypeId, TypeStore, VarKind};
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::fmt::Write;
use std::sync::RwLock;

/// The linkname directives of all packages of a program.
#[derive(Debug, Default)]
pub struct Linknames {
    /// The link name that a local name was given.
    renames: HashMap<(PkgId, Symbol), Symbol, FxBuildHasher>,
    /// Functions with a body that were given a link name other than their own, by it.
    pushed: HashMap<Symbol, (PkgId, Symbol), FxBuildHasher>,
}

impl Linknames {
    /// Collects the directives of all files.
    pub fn collect(front: &dyn Frontend) -> Linknames {
        let mut names = Linknames::default();
        for &pkg in front.packages() {
            for file in front.files(pkg) {
                for l in &file.linknames {
                    if let Some(target) = l.target {
                        names.renames.insert((pkg, l.local), target);
                        // Which of the directives defines the symbol is decided where it is used: the
                        // declaration with a body does.
                        let defines = file.decl_list.iter().any(|&d| match file[d].kind {
                            grus_syntax::DeclKind::Func(f) => {
                                f.body.is_some() && f.recv.is_none() && file.name(f.name) == l.local
                            }
                            _ => false,
                        });
                        if defines || Self::defined_elsewhere(front, pkg, l.local) {
                            names.pushed.insert(target, (pkg, l.local));
                        }
                    }
                }
            }
        }
        for &pkg in front.packages() {
            names.vendored(front, pkg);
        }
        names
    }

    /// In a package of a `vendor` folder of the Go tree, functions without a body mean what has been pushed to the
    /// package by the import path that it has elsewhere.
    fn vendored(&mut self, front: &dyn Frontend, pkg: PkgId) {
        let path = front.store().pkg(pkg).path.as_str();
        let Some((parent, path)) = path.split_once("vendor/") else { return };
        if !parent.is_empty() && !parent.ends_with('/') {
            return;
        }
        for file in front.files(pkg) {
            for &d in &file.decl_list {
                let grus_syntax::DeclKind::Func(f) = file[d].kind else { continue };
                let local = file.name(f.name);
                if f.body.is_some() || f.recv.is_some() || self.renames.contains_key(&(pkg, local)) {
                    continue;
                }
                let target = Symbol::intern(&format!("{path}.{local}"));
                if self.pushed.contains_key(&target) {
                    self.renames.insert((pkg, local), target);
                }
            }
        }
    }

    /// Whether another file of the package declares the function with a body.
    fn defined_elsewhere(front: &dyn Frontend, pkg: PkgId, local: Symbol) -> bool {
        front.files(pkg).iter().any(|file| {
            file.decl_list.iter().any(|&d| match file[d].kind {
                grus_syntax::DeclKind::Func(f) => {
                    f.body.is_some() && f.recv.is_none() && file.name(f.name) == local
                }
                _ => false,
            })
        })
    }

    /// The link name that a directive gives to a package-level name.
    pub fn rename(&self, pkg: PkgId, local: Symbol) -> Option<Symbol> {
        self.renames.get(&(pkg, local)).copied()
    }

    /// All renamings: package, local name, link name.
    pub fn renamed(&self) -> impl Iterator<Item = (PkgId, Symbol, Symbol)> + '_ {
        self.renames.iter().map(|(&(pkg, local), &target)| (pkg, local, target))
    }

    /// The function with a body that a directive gives this link name.
    pub fn pushed(&self, link_name: &str) -> Option<(PkgId, Symbol)> {
        self.pushed.get(&Symbol::intern(link_name)).copied()
    }
}

/// An import path as it stands in symbol names: in the last element dots are escaped, everywhere
/// control characters, quotes, percent signs and bytes above ASCII.
pub fn escape_path(path: &str) -> String {
    let slash = path.rfind('/').map_or(0, |i| i + 1);
    let mut out = String::with_capacity(path.len());
    for (i, b) in path.bytes().enumerate() {
        if b <= b' ' || (b == b'.' && i >= slash) || b == b'%' || b == b'"' || b >= 0x7f {
            write!(out, "%{b:02x}").expect("writing to a string");
        } else {
            out.push(char::from(b));
        }
    }
    out
}

/// The prefix of a package's symbols.
pub fn package_prefix(store: &TypeStore, pkg: PkgId) -> String {
    let p = store.pkg(pkg);
    escape_path(p.path.as_str())
}

/// Whether a package's code works with what the scheduler and the collector own, and must not be stopped by signals.
pub fn belongs_to_runtime(store: &TypeStore, pkg: PkgId) -> bool {
    let path = store.pkg(pkg).path.as_str();
    matches!(path, "runtime" | "reflect" | "internal/runtime" | "internal/reflectlite")
        || path.starts_with("internal/runtime/")
}

/// How packages are shown in a type's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Qualify {
    /// By escaped path: unique.
    Path,
    /// By name: the string of reflection.
    Name,
}

/// Writes types the way gc does in symbol names and descriptors.
pub struct TypeWriter<'c, 'a> {
    cx: &'c Cx<'a>,
    qualify: Qualify,
    pub out: String,
}

impl<'c, 'a> TypeWriter<'c, 'a> {
    pub fn new(cx: &'c Cx<'a>, qualify: Qualify) -> Self {
        Self { cx, qualify, out: String::new() }
    }

    fn qualifier(&mut self, pkg: Option<PkgId>) {
        if let Some(p) = pkg {
            match self.qualify {
                Qualify::Path => self.out.push_str(&package_prefix(self.cx.store, p)),
                Qualify::Name => self.out.push_str(self.cx.store.pkg(p).name()),
            }
            self.out.push('.');
        }
    }

    /// The name of a defined type with its type arguments.
    fn named(&mut self, obj: ObjId, targs: &[TypeId], implicits: usize) {
        let store = self.cx.store;
        let o = store.obj(obj);
        self.qualifier(o.pkg);
        self.out.push_str(o.name.as_str());
        if !targs.is_empty() {
            self.type_args_with(targs, implicits);
        }
        // Types declared in functions may share their name: their number makes symbols unique.
        if self.qualify == Qualify::Path
            && let Some(pkg) = o.pkg
            && o.parent().is_some_and(|s| s != store.pkg(pkg).scope && s != universe::UNIVERSE)
        {
            write!(self.out, "·{}", self.cx.local_type_number(pkg, o.pos)).expect("writing to a string");
        }
    }

    /// `[a,b]`; type arguments are always qualified by path.
    pub fn type_args(&mut self, targs: &[TypeId]) {
        self.type_args_with(targs, 0);
    }

    /// As [`TypeWriter::type_args`]; the first `implicits` are those of the function that declares the type.
    fn type_args_with(&mut self, targs: &[TypeId], implicits: usize) {
        let q = std::mem::replace(&mut self.qualify, Qualify::Path);
        self.out.push('[');
        for (i, &t) in targs.iter().enumerate() {
            if i > 0 {
                self.out.push(if i == implicits { ';' } else { ',' });
            }
            self.ty(t);
        }
        self.out.push(']');
        self.qualify = q;
    }

    /// Writes a type.
    pub fn ty(&mut self, t: TypeId) {
        let store = self.cx.store;
        match store.ty(t) {
            Type::Basic(b) => {
                if t == typ::UNSAFE_POINTER {
                    self.out.push_str("unsafe.Pointer");
                } else {
                    let name = match b.name {
                        "byte" => "uint8",
                        "rune" => "int32",
                        name => name,
                    };
                    self.out.push_str(name);
                }
            }
            Type::Named(n) => {
                let targs: Vec<TypeId> = n.targs().to_vec();
                let implicits = n.inst.as_ref().map_or(0, |i| store.named(i.orig).implicit_tparams().len());
                self.named(n.obj, &targs, implicits);
            }
            Type::Alias(_) => self.ty(store.unalias(t)),
            Type::Pointer(p) => {
                self.out.push('*');
                self.ty(p.elem);
            }
            Type::Slice(s) => {
                self.out.push_str("[]");
                self.ty(s.elem);
            }
            Type::Array(a) => {
                write!(self.out, "[{}]", a.len).expect("writing to a string");
                self.ty(a.elem);
            }
            Type::Map(m) => {
                self.out.push_str("map[");
                self.ty(m.key);
                self.out.push(']');
                self.ty(m.elem);
            }
            Type::Chan(c) => match c.dir {
                ChanDir::SendOnly => {
                    self.out.push_str("chan<- ");
                    self.ty(c.elem);
                }
                ChanDir::RecvOnly => {
                    self.out.push_str("<-chan ");
                    self.ty(c.elem);
                }
                ChanDir::SendRecv => {
                    self.out.push_str("chan ");
                    let elem = store.unalias(c.elem);
                    if matches!(store.ty(elem), Type::Chan(e) if e.dir == ChanDir::RecvOnly) {
                        self.out.push('(');
                        self.ty(c.elem);
                        self.out.push(')');
                    } else {
                        self.ty(c.elem);
                    }
                }
            },
            Type::Struct(s) => {
                self.out.push_str("struct {");
                for (i, &f) in s.fields.iter().enumerate() {
                    self.out.push_str(if i > 0 { "; " } else { " " });
                    let o = store.obj(f);
                    if !o.embedded() {
                        if self.qualify == Qualify::Path && !o.exported() {
                            self.qualifier(o.pkg);
                        }
                        self.out.push_str(o.name.as_str());
                        self.out.push(' ');
                    } else if self.qualify == Qualify::Path && !self.is_own_name(f) {
                        // Embedded by an alias: the field's name is part of the type.
                        self.out.push_str(o.name.as_str());
                        self.out.push_str(" = ");
                    }
                    self.ty(store.type_of(f));
                    let tag = s.tag(i);
                    if !tag.is_empty() {
                        write!(self.out, " {}", go_quote(tag.as_bytes())).expect("writing to a string");
                    }
                }
                self.out.push_str(if s.fields.is_empty() { "}" } else { " }" });
            }
            Type::Signature(_) => {
                self.out.push_str("func");
                self.signature(t);
            }
            Type::Interface(_) => {
                let methods: Vec<ObjId> = store.type_set(t).methods().to_vec();
                self.out.push_str("interface {");
                for (i, &m) in methods.iter().enumerate() {
                    self.out.push_str(if i > 0 { "; " } else { " " });
                    let o = store.obj(m);
                    if !o.exported() {
                        self.qualifier(o.pkg);
                    }
                    self.out.push_str(o.name.as_str());
                    self.signature(store.type_of(m));
                }
                self.out.push_str(if methods.is_empty() { "}" } else { " }" });
            }
            Type::Tuple(tuple) => {
                let vars = tuple.vars.clone();
                self.tuple(&vars, false);
            }
            Type::TypeParam(p) => self.out.push_str(store.obj(p.obj).name.as_str()),
            Type::Union(_) => self.out.push_str("union"),
        }
    }

    /// Whether an embedded field has the name of its type.
    fn is_own_name(&self, field: ObjId) -> bool {
        let store = self.cx.store;
        let base = store.unalias(store.deref(store.type_of(field)).0);
        let name = store.obj(field).name;
        match store.ty(base) {
            Type::Named(n) => store.obj(n.obj).name == name,
            Type::Basic(b) => b.name == name.as_str(),
            _ => false,
        }
    }

    fn tuple(&mut self, vars: &[ObjId], variadic: bool) {
        let store = self.cx.store;
        self.out.push('(');
        for (i, &v) in vars.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            let t = store.type_of(v);
            match store.ty(store.under(t)) {
                Type::Slice(s) if variadic && i + 1 == vars.len() => {
                    self.out.push_str("...");
                    self.ty(s.elem);
                }
                _ => self.ty(t),
            }
        }
        self.out.push(')');
    }

    /// Parameters and results, without `func`.
    pub fn signature(&mut self, sig: TypeId) {
        let store = self.cx.store;
        let s = store.signature(sig);
        self.tuple(store.vars(s.params), s.variadic);
        match store.vars(s.results) {
            [] => {}
            [v] => {
                self.out.push(' ');
                self.ty(store.type_of(*v));
            }
            vars => {
                self.out.push(' ');
                self.tuple(vars, false);
            }
        }
    }
}

/// A string in double quotes as `strconv.Quote` makes it.
pub fn go_quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\u{7}' => out.push_str("\\a"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{b}' => out.push_str("\\v"),
                c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                    write!(out, "\\x{:02x}", c as u32).expect("writing to a string");
                }
                c => out.push(c),
            }
        }
        for b in chunk.invalid() {
            write!(out, "\\x{b:02x}").expect("writing to a string");
        }
    }
    out.push('"');
    out
}

/// Positions of the types that are declared in functions, by package, ascending.
pub(crate) type LocalTypes = RwLock<HashMap<PkgId, Vec<Pos>, FxBuildHasher>>;

impl Cx<'_> {
    /// The number of a type declared in a function, among all of its package, from 1.
    fn local_type_number(&self, pkg: PkgId, pos: Pos) -> usize {
        let number = |list: &Vec<Pos>| list.partition_point(|&p| p <= pos);
        if let Some(list) = self.local_types.read().expect("local type lock").get(&pkg) {
            return number(list);
        }
        let mut list = Vec::new();
        for file in self.front.files(pkg) {
            for (id, d) in file.decls.iter() {
                if let DeclKind::Type(t) = d.kind
                    && !t.alias
                    && !file.decl_list.contains(&id)
                {
                    list.push(file.pos(t.name));
                }
            }
        }
        list.sort_unstable();
        let n = number(&list);
        self.local_types.write().expect("local type lock").insert(pkg, list);
        n
    }

    /// The unique text of a type, as it stands in symbol names.
    pub fn link_string(&self, t: TypeId) -> String {
        let mut w = TypeWriter::new(self, Qualify::Path);
        w.ty(t);
        w.out
    }

    /// The text of a type as reflection shows it.
    pub fn type_string(&self, t: TypeId) -> String {
        let mut w = TypeWriter::new(self, Qualify::Name);
        w.ty(t);
        w.out
    }

    /// The link name of a package-level variable.
    pub fn global_name(&self, obj: ObjId) -> String {
        let o = self.store.obj(obj);
        let pkg = o.pkg.expect("a package-level variable");
        match self.linknames.rename(pkg, o.name) {
            Some(name) => name.as_str().to_owned(),
            None => format!("{}.{}", package_prefix(self.store, pkg), o.name),
        }
    }

    /// The link name of a function instance.
    pub fn inst_name(&self, id: InstId) -> String {
        let inst = self.inst_data(id);
        let o = self.store.obj(inst.func);
        let Some(pkg) = o.pkg else { return o.name.as_str().to_owned() };
        let sig = self.store.signature(self.store.type_of(inst.func));
        let Some(recv) = sig.recv else {
            if inst.targs.is_empty()
                && let Some(name) = self.linknames.rename(pkg, o.name)
            {
                return name.as_str().to_owned();
            }
            let mut w = TypeWriter::new(self, Qualify::Path);
            w.out = format!("{}.{}", package_prefix(self.store, pkg), o.name);
            if o.name.as_str() == "init" {
                // A package may have several; its own initialiser is `init` without a number.
                let n = self.front.inits(pkg).iter().position(|&f| f == inst.func);
                w.out += &format!(".{}", n.expect("an init function of its package"));
            }
            if !inst.targs.is_empty() {
                w.type_args(&inst.targs);
            }
            return w.out;
        };
        let (nrecv, ptr) = (sig.rparams.len(), self.store.deref(self.store.type_of(recv)).1);
        let base = self.store.unalias(self.store.deref(self.store.type_of(recv)).0);
        let mut w = TypeWriter::new(self, Qualify::Path);
        w.out = format!("{}.", package_prefix(self.store, pkg));
        if ptr {
            w.out.push_str("(*");
        }
        match self.store.ty(base) {
            Type::Named(n) => w.out.push_str(self.store.obj(n.obj).name.as_str()),
            _ => w.ty(base),
        }
        if nrecv > 0 {
            w.type_args(&inst.targs[..nrecv]);
        }
        if ptr {
            w.out.push(')');
        }
        w.out.push('.');
        w.out.push_str(o.name.as_str());
        if inst.targs.len() > nrecv {
            w.type_args(&inst.targs[nrecv..]);
        }
        w.out
    }

    /// The link name of the method `name` (declared in `pkg` if unexported) as called on a value of
    /// type `recv`, whether declared or promoted.
    pub fn method_name(&self, recv: TypeId, method: MethodRef) -> String {
        let o = self.store.obj(method.obj);
        let mut w = TypeWriter::new(self, Qualify::Path);
        let (base, ptr) = match self.store.ty(recv) {
            Type::Pointer(p) => (self.canonical(p.elem), true),
            _ => (recv, false),
        };
        match self.store.ty(base) {
            Type::Named(_) if ptr => {
                // pkg.(*T).M
                let mut inner = TypeWriter::new(self, Qualify::Path);
                inner.ty(base);
                let prefix = self.named_prefix(base);
                w.out = format!("{prefix}(*{})", &inner.out[prefix.len()..]);
            }
            Type::Named(_) => w.ty(base),
            _ => {
                if ptr {
                    w.out.push_str("go.(*");
                } else {
                    w.out.push_str("go.");
                }
                w.ty(base);
                if ptr {
                    w.out.push(')');
                }
            }
        }
        w.out.push('.');
        if !o.exported() && matches!(self.store.ty(base), Type::Struct(_)) {
            w.qualifier(o.pkg);
        }
        w.out.push_str(o.name.as_str());
        if let Some(inst) = method.inst {
            let inst = self.inst_data(inst);
            let own = self.store.signature(self.store.type_of(inst.func)).rparams.len();
            w.type_args(&inst.targs[own..]);
        }
        w.out
    }

    fn named_prefix(&self, t: TypeId) -> String {
        let Type::Named(n) = self.store.ty(t) else { return String::new() };
        match self.store.obj(n.obj).pkg {
            Some(p) => format!("{}.", package_prefix(self.store, p)),
            None => String::new(),
        }
    }

    /// Whether an object is a package-level variable.
    pub fn is_package_var(&self, obj: ObjId) -> bool {
        matches!(self.store.obj(obj).kind, ObjectKind::Var { kind: VarKind::Package, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped_as_gc_does() {
        assert_eq!(escape_path("gopkg.in/yaml.v3"), "gopkg.in/yaml%2ev3");
        assert_eq!(escape_path("a.b"), "a%2eb");
        assert_eq!(escape_path("x/ä"), "x/%c3%a4");
    }

    #[test]
    fn quoting() {
        assert_eq!(go_quote(b"a\"\\\n\x01\xff"), "\"a\\\"\\\\\\n\\x01\\xff\"");
    }
}
