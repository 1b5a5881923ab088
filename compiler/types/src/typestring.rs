//! The text of types and objects, as it appears in messages.
//!
//! A qualifier gives the text before the dot of a package-level name; the empty text means no qualification.

use std::fmt::Write;

use grus_syntax::SourceMap;

use crate::constant::quote;
use crate::object::{ObjectKind, VarKind, is_exported};
use crate::store::{ObjId, PkgId, TypeId, TypeStore};
use crate::ty::{ChanDir, Signature, Type};
use crate::universe::{self, typ};

/// How package-level names are qualified: by the package's path if there is no function.
pub type Qualifier<'a> = Option<&'a dyn Fn(PkgId) -> String>;

/// Writes types. The fields change details of the text.
pub struct TypeWriter<'a> {
    store: &'a TypeStore,
    qf: Qualifier<'a>,
    seen: Vec<TypeId>,
    /// Whether parameter names are written.
    pub param_names: bool,
    /// Whether type parameters are numbered to tell them apart.
    pub tp_subscripts: bool,
    /// Whether the first unexported field is marked with its package.
    pub pkg_info: bool,
}

impl TypeStore {
    /// The text of a type with package paths.
    pub fn type_string(&self, t: TypeId) -> String {
        self.type_string_with(t, None)
    }

    /// The text of a type.
    pub fn type_string_with(&self, t: TypeId, qf: Qualifier<'_>) -> String {
        let mut out = String::new();
        self.write_type(&mut out, t, qf);
        out
    }

    /// The text of a type with package names as `qf` gives them.
    pub fn type_string_qualified(&self, t: TypeId, qf: &dyn Fn(PkgId) -> String) -> String {
        self.type_string_with(t, Some(qf))
    }

    /// Writes a type.
    pub fn write_type(&self, out: &mut String, t: TypeId, qf: Qualifier<'_>) {
        self.type_writer(qf).typ(out, t);
    }

    /// Writes a signature without the word `func`.
    pub fn write_signature(&self, out: &mut String, sig: TypeId, qf: Qualifier<'_>) {
        self.type_writer(qf).signature(out, self.signature(sig));
    }

    /// A writer with the usual settings.
    pub fn type_writer<'a>(&'a self, qf: Qualifier<'a>) -> TypeWriter<'a> {
        TypeWriter {
            store: self,
            qf,
            seen: Vec::new(),
            param_names: true,
            tp_subscripts: false,
            pkg_info: false,
        }
    }

    /// The text before a name of this package, with the dot.
    pub fn package_prefix(&self, pkg: Option<PkgId>, qf: Qualifier<'_>) -> String {
        let Some(pkg) = pkg else { return String::new() };
        let mut s = match qf {
            Some(qf) => qf(pkg),
            None => self.pkg(pkg).path.as_str().to_owned(),
        };
        if !s.is_empty() {
            s.push('.');
        }
        s
    }

    /// The text of an object: what it is, its name, and its type.
    pub fn object_string(&self, o: ObjId, qf: Qualifier<'_>) -> String {
        let obj = self.obj(o);
        let mut out = String::new();
        let mut t = obj.typ.get();
        match &obj.kind {
            ObjectKind::PkgName { imported } => {
                let path = self.pkg(*imported).path.as_str();
                let _ = write!(out, "package {}", obj.name.as_str());
                if !path.is_empty() && path != obj.name.as_str() {
                    let _ = write!(out, " ({})", quote(path.as_bytes()));
                }
                return out;
            }
            ObjectKind::Const(_) => out.push_str("const"),
            ObjectKind::TypeName => {
                out.push_str("type");
                if t.is_some_and(|t| self.is_type_param(t)) {
                    out.push_str(" parameter");
                }
            }
            ObjectKind::Var { kind: VarKind::Field, .. } => out.push_str("field"),
            ObjectKind::Var { .. } => out.push_str("var"),
            ObjectKind::Func { .. } => {
                out.push_str("func ");
                self.write_func_name(&mut out, o, qf);
                if let Some(t) = t {
                    self.write_signature(&mut out, t, qf);
                }
                return out;
            }
            ObjectKind::Label => {
                out.push_str("label");
                t = None;
            }
            ObjectKind::Builtin(_) => {
                out.push_str("builtin");
                t = None;
            }
            ObjectKind::Nil => return "nil".into(),
        }
        out.push(' ');
        if let Some(p) = obj.pkg
            && obj.parent() == Some(self.pkg(p).scope)
        {
            out.push_str(&self.package_prefix(obj.pkg, qf));
        }
        out.push_str(obj.name.as_str());
        let Some(mut t) = t else { return out };
        if obj.is_type_name() {
            let mut writer = self.type_writer(qf);
            match self.ty(t) {
                Type::Basic(_) => return out,
                Type::Named(_) => writer.tparam_list(&mut out, self.named_tparams(t)),
                Type::Alias(_) => writer.tparam_list(&mut out, self.alias_tparams(t)),
                _ => {}
            }
            if self.is_alias(o) {
                out.push_str(" =");
                if let Type::Alias(a) = self.ty(t) {
                    t = a.from_rhs().unwrap_or(typ::INVALID);
                }
            } else if let Type::TypeParam(p) = self.ty(t) {
                t = p.bound();
            } else {
                t = self.under(t);
            }
        }
        out.push(' ');
        self.write_type(&mut out, t, qf);
        out
    }

    /// Writes the name of a function, with receiver or package.
    pub fn write_func_name(&self, out: &mut String, f: ObjId, qf: Qualifier<'_>) {
        let obj = self.obj(f);
        if let Some(t) = obj.typ.get()
            && let Type::Signature(sig) = self.ty(t)
        {
            if let Some(recv) = sig.recv {
                let rt = self.type_of(recv);
                out.push('(');
                if matches!(self.ty(rt), Type::Interface(_)) {
                    out.push_str("interface");
                } else {
                    self.write_type(out, rt, qf);
                }
                out.push_str(").");
            } else if obj.pkg.is_some() {
                out.push_str(&self.package_prefix(obj.pkg, qf));
            }
        }
        out.push_str(obj.name.as_str());
    }

    /// What an object is, in words.
    pub fn object_kind(&self, o: ObjId) -> &'static str {
        let obj = self.obj(o);
        match &obj.kind {
            ObjectKind::PkgName { .. } => "package name",
            ObjectKind::Const(_) => "constant",
            ObjectKind::TypeName => {
                if self.is_alias(o) {
                    "type alias"
                } else if obj.typ.get().is_some_and(|t| matches!(self.ty(t), Type::TypeParam(_))) {
                    "type parameter"
                } else {
                    "defined type"
                }
            }
            ObjectKind::Var { kind, .. } => match kind {
                VarKind::Package => "package-level variable",
                VarKind::Local => "local variable",
                VarKind::Recv => "receiver",
                VarKind::Param => "parameter",
                VarKind::Result => "result variable",
                VarKind::Field => "struct field",
            },
            ObjectKind::Func { .. } => {
                let sig = obj.typ.get().map(|t| self.ty(t));
                if matches!(sig, Some(Type::Signature(s)) if s.recv.is_some()) {
                    "method"
                } else {
                    "function"
                }
            }
            ObjectKind::Label => "label",
            ObjectKind::Builtin(_) => "built-in function",
            ObjectKind::Nil => "untyped nil",
        }
    }
}

impl TypeWriter<'_> {
    /// Writes a type.
    pub fn typ(&mut self, out: &mut String, t: TypeId) {
        if self.seen.contains(&t) {
            let name = match self.store.ty(t) {
                Type::Interface(_) => "Interface",
                Type::Signature(_) => "Signature",
                Type::Struct(_) => "Struct",
                Type::Named(_) => "Named",
                Type::TypeParam(_) => "TypeParam",
                Type::Alias(_) => "Alias",
                _ => "Type",
            };
            let _ = write!(out, "<cycle to {name}>");
            return;
        }
        self.seen.push(t);
        self.typ_inner(out, t);
        self.seen.pop();
    }

    fn typ_inner(&mut self, out: &mut String, t: TypeId) {
        let store = self.store;
        match store.ty(t) {
            Type::Basic(b) => {
                if t == typ::UNSAFE_POINTER {
                    out.push_str(&store.package_prefix(Some(universe::UNSAFE), self.qf));
                }
                out.push_str(b.name);
            }
            Type::Array(a) => {
                let _ = write!(out, "[{}]", a.len);
                self.typ(out, a.elem);
            }
            Type::Slice(s) => {
                out.push_str("[]");
                self.typ(out, s.elem);
            }
            Type::Struct(s) => {
                out.push_str("struct{");
                for (i, &f) in s.fields.iter().enumerate() {
                    if i > 0 {
                        out.push_str("; ");
                    }
                    let field = store.obj(f);
                    // Only the first one is marked.
                    let annotate = self.qf.is_none() && self.pkg_info && !is_exported(field.name.as_str());
                    if annotate {
                        self.pkg_info = false;
                    }
                    if !field.embedded() {
                        out.push_str(field.name.as_str());
                        out.push(' ');
                    }
                    self.typ(out, store.type_of(f));
                    if annotate && let Some(p) = field.pkg {
                        let _ = write!(out, " /* package {} */ ", store.pkg(p).path.as_str());
                    }
                    let tag = s.tag(i);
                    if !tag.is_empty() {
                        out.push(' ');
                        out.push_str(&quote(tag.as_bytes()));
                    }
                }
                out.push('}');
            }
            Type::Pointer(p) => {
                out.push('*');
                self.typ(out, p.elem);
            }
            Type::Tuple(_) => self.tuple(out, t, false),
            Type::Signature(sig) => {
                out.push_str("func");
                self.signature(out, sig);
            }
            Type::Union(u) => {
                for (i, term) in u.terms.iter().enumerate() {
                    if i > 0 {
                        out.push_str(" | ");
                    }
                    if term.tilde {
                        out.push('~');
                    }
                    self.typ(out, term.typ.expect("a term of a union has a type"));
                }
            }
            Type::Interface(iface) => {
                if Some(t) == store.named(typ::COMPARABLE).from_rhs() {
                    out.push_str("interface{comparable}");
                    return;
                }
                if iface.implicit() {
                    if iface.methods().is_empty() && iface.embeddeds().len() == 1 {
                        self.typ(out, iface.embeddeds()[0]);
                        return;
                    }
                    out.push_str("/* implicit */ ");
                }
                out.push_str("interface{");
                let mut first = true;
                for &m in iface.methods() {
                    if !first {
                        out.push_str("; ");
                    }
                    first = false;
                    out.push_str(store.obj(m).name.as_str());
                    if let Some(Type::Signature(sig)) = store.obj(m).typ.get().map(|t| store.ty(t)) {
                        self.signature(out, sig);
                    }
                }
                for &e in iface.embeddeds() {
                    if !first {
                        out.push_str("; ");
                    }
                    first = false;
                    self.typ(out, e);
                }
                out.push('}');
            }
            Type::Map(m) => {
                out.push_str("map[");
                self.typ(out, m.key);
                out.push(']');
                self.typ(out, m.elem);
            }
            Type::Chan(c) => {
                let mut parens = false;
                match c.dir {
                    ChanDir::SendRecv => {
                        out.push_str("chan ");
                        // chan (<-chan T) needs parentheses.
                        parens = matches!(store.ty(c.elem), Type::Chan(e) if e.dir == ChanDir::RecvOnly);
                    }
                    ChanDir::SendOnly => out.push_str("chan<- "),
                    ChanDir::RecvOnly => out.push_str("<-chan "),
                }
                if parens {
                    out.push('(');
                }
                self.typ(out, c.elem);
                if parens {
                    out.push(')');
                }
            }
            Type::Named(n) => {
                self.type_name(out, n.obj);
                if n.inst.is_some() {
                    self.type_list(out, n.targs());
                } else {
                    self.tparam_list(out, store.named_tparams(t));
                }
            }
            Type::TypeParam(p) => {
                let obj = store.obj(p.obj);
                out.push_str(obj.name.as_str());
                if self.tp_subscripts {
                    subscript(out, t.as_u32());
                }
                // A type parameter that hides a predeclared name would confuse.
                if store.scope(universe::UNIVERSE).lookup(obj.name).is_some() {
                    let pos = SourceMap::global().position(obj.pos);
                    let _ = write!(out, " /* with {} declared at {pos} */", obj.name.as_str());
                }
            }
            Type::Alias(a) => {
                self.type_name(out, a.obj);
                if a.targs.is_empty() {
                    self.tparam_list(out, store.alias_tparams(t));
                } else {
                    self.type_list(out, &a.targs);
                }
            }
        }
    }

    fn type_name(&self, out: &mut String, o: ObjId) {
        let obj = self.store.obj(o);
        out.push_str(&self.store.package_prefix(obj.pkg, self.qf));
        out.push_str(obj.name.as_str());
    }

    /// Writes a list of type arguments with brackets; nothing if it is empty.
    pub fn type_list(&mut self, out: &mut String, list: &[TypeId]) {
        out.push('[');
        for (i, &t) in list.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            self.typ(out, t);
        }
        out.push(']');
    }

    /// Writes type parameters with brackets and constraints; nothing if there are none.
    pub fn tparam_list(&mut self, out: &mut String, list: &[TypeId]) {
        if list.is_empty() {
            return;
        }
        out.push('[');
        let mut prev = None;
        for (i, &p) in list.iter().enumerate() {
            let bound = self.store.type_param(p).bound();
            if i > 0 {
                if let Some(prev) = prev
                    && prev != bound
                {
                    out.push(' ');
                    self.typ(out, prev);
                }
                out.push_str(", ");
            }
            prev = Some(bound);
            self.typ(out, p);
        }
        if let Some(prev) = prev {
            out.push(' ');
            self.typ(out, prev);
        }
        out.push(']');
    }

    fn tuple(&mut self, out: &mut String, tuple: TypeId, variadic: bool) {
        let store = self.store;
        out.push('(');
        let vars = store.vars(tuple);
        for (i, &v) in vars.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            let name = store.obj(v).name.as_str();
            if !name.is_empty() && self.param_names {
                out.push_str(name);
                out.push(' ');
            }
            let t = store.type_of(v);
            if variadic && i == vars.len() - 1 {
                if let Type::Slice(s) = store.ty(t) {
                    out.push_str("...");
                    self.typ(out, s.elem);
                } else {
                    // append([]byte, string...)
                    self.typ(out, t);
                    out.push_str("...");
                }
            } else {
                self.typ(out, t);
            }
        }
        out.push(')');
    }

    /// Writes a signature without the word `func`.
    pub fn signature(&mut self, out: &mut String, sig: &Signature) {
        self.tparam_list(out, &sig.tparams);
        self.tuple(out, sig.params, sig.variadic);
        let results = self.store.vars(sig.results);
        if results.is_empty() {
            return;
        }
        out.push(' ');
        if let [r] = results
            && self.store.obj(*r).name.is_empty()
        {
            let t = self.store.type_of(*r);
            self.typ(out, t);
            return;
        }
        self.tuple(out, sig.results, false);
    }
}

fn subscript(out: &mut String, n: u32) {
    for d in n.to_string().bytes() {
        out.push(char::from_u32('\u{2080}' as u32 + (d - b'0') as u32).expect("a subscript digit"));
    }
}
