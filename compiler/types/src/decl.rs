//! Declarations: constants, variables, types, type parameters, methods, functions; at package level, where they
//! are checked when first needed, and in functions.

use cranelift_entity::EntityRef;
use grus_syntax::{
    DeclId, DeclKind, ExprId, ExprKind, FieldId, FuncDecl, IdRange, Operator, Pos, PragmaFlags, TypeDecl,
    ValueDecl, sym,
};
use rustc_hash::FxHashMap;

use crate::check::{Checker, DeclInfoId};
use crate::code::Code;
use crate::constant::Value;
use crate::object::{ObjectKind, VarKind};
use crate::operand::Operand;
use crate::store::{ObjId, ScopeId, TypeId};
use crate::ty::{InterfaceBody, Type, TypeList};
use crate::universe::typ;
use crate::version::GoVersion;
use grus_syntax::Symbol;

/// What declares a list of type parameters. It gets the list before the constraints are checked, which may
/// mention it.
pub(crate) enum TypeParamOwner {
    /// A defined type.
    Named(TypeId),
    /// An alias.
    Alias(TypeId),
    /// A function or method.
    Signature,
}

/// Names of fields or methods, each with its package if it is not exported.
#[derive(Default)]
pub(crate) struct ObjSet(FxHashMap<(Symbol, Option<Symbol>), ObjId>);

impl ObjSet {
    /// Adds an object; if there is one of that name already, returns the other one.
    pub fn insert(&mut self, check: &Checker<'_>, obj: ObjId) -> Option<ObjId> {
        let o = check.store.obj(obj);
        let pkg = if o.exported() { None } else { o.pkg.map(|p| check.store.pkg(p).path) };
        match self.0.entry((o.name, pkg)) {
            std::collections::hash_map::Entry::Occupied(e) => Some(*e.get()),
            std::collections::hash_map::Entry::Vacant(e) => {
                e.insert(obj);
                None
            }
        }
    }
}

impl<'a> Checker<'a> {
    /// Declares an object in a local scope, visible from `pos` on, and records that `id` declares it.
    pub(crate) fn declare(&mut self, scope: ScopeId, id: Option<ExprId>, obj: ObjId, pos: Pos) {
        let o = self.store.obj(obj);
        if !o.name.is_blank() {
            if let Some(alt) = self.scopes.get_mut(scope).insert(o.name, obj) {
                let mut err = self.new_error(Code::DuplicateDecl);
                err.addf_pos(o.pos, format!("{} redeclared in this block", o.name));
                self.add_alt_decl(&mut err, alt);
                self.report(err);
                return;
            }
            if o.parent().is_none() {
                o.set_parent(scope);
            }
            o.set_scope_pos(pos);
            if o.var_kind() == Some(VarKind::Local) {
                self.env.locals.push(obj);
            }
        }
        if let Some(id) = id {
            self.record_def(id, Some(obj));
        }
    }

    /// The declaration of a package-level type.
    pub(crate) fn type_decl_of(&self, obj: ObjId) -> TypeDecl {
        let d = self.decls().decl_of(self.store, obj).expect("a package-level type");
        let d = self.decls().decl(d);
        match self.files[d.file][d.decl].kind {
            DeclKind::Type(t) => t,
            _ => panic!("{obj:?} is not declared as a type"),
        }
    }

    /// Checks the declaration of an object, unless it is known; a reference to an object whose declaration is
    /// being checked is a cycle.
    pub fn obj_decl(&mut self, obj: ObjId) {
        let store = self.store;
        let o = store.obj(obj);
        if !self.obj_path.is_empty() && self.obj_path_idx.contains_key(&obj) {
            match o.kind {
                ObjectKind::Const(_) | ObjectKind::Var { .. } => {
                    if !self.valid_cycle(obj) || o.typ.get().is_none() {
                        o.typ.set(typ::INVALID);
                    }
                }
                ObjectKind::TypeName => {
                    if !self.valid_cycle(obj) {
                        o.typ.set(typ::INVALID);
                    }
                }
                // The signature stays empty: nothing can be initialized with the function.
                _ => {
                    self.valid_cycle(obj);
                }
            }
            assert!(o.typ.get().is_some(), "a grey object has a type");
            return;
        }
        if o.typ.get().is_some() {
            return;
        }
        let d = self.building.decl_of(store, obj).unwrap_or_else(|| panic!("no declaration of {}", o.name));
        self.push(obj);
        let decl = self.building.decl(d);
        let (file, info) = (decl.file, decl.info);
        let env = self.file_env(file, info);
        self.with_env(env, |check| match o.kind {
            ObjectKind::Const(_) => {
                check.env.decl = Some(d);
                let decl = check.building.decl(d);
                let (typ, init, inherited, iota) = (decl.typ, decl.init, decl.inherited, decl.iota);
                check.const_decl(obj, typ, init, inherited, iota);
            }
            ObjectKind::Var { .. } => {
                check.env.decl = Some(d);
                let decl = check.building.decl(d);
                let (lhs, typ, init) = (decl.lhs.clone(), decl.typ, decl.init);
                check.var_decl(obj, &lhs, typ, init);
            }
            ObjectKind::TypeName => {
                let id = check.building.decl(d).decl;
                check.type_decl(obj, id);
                check.collect_methods(obj);
            }
            ObjectKind::Func { .. } => check.func_decl(obj, d),
            _ => panic!("{} is not declared at package level", o.name),
        });
        self.pop();
    }

    /// Checks a constant declaration.
    fn const_decl(
        &mut self,
        obj: ObjId,
        typ: Option<ExprId>,
        init: Option<ExprId>,
        inherited: bool,
        iota: u32,
    ) {
        let store = self.store;
        let saved_iota = self.env.iota.replace(Value::make_int64(iota.into()));
        let saved_errpos = std::mem::replace(&mut self.env.errpos, Pos::NONE);
        let mut ok = true;
        if let Some(e) = typ {
            let mut t = self.typ(e);
            if !self.is_const_type(t) {
                if self.is_valid(self.under(t)) {
                    let msg = format!("invalid constant type {}", self.type_str(t));
                    self.error(e, Code::InvalidConstType, msg);
                }
                t = typ::INVALID;
                ok = false;
            }
            store.obj(obj).typ.set(t);
        }
        if ok {
            let mut x = Operand::default();
            if let Some(init) = init {
                if inherited {
                    // The initializer stands elsewhere; the constant's own position is the best there is.
                    self.env.errpos = store.obj(obj).pos;
                }
                self.expr(None, &mut x, init);
            }
            self.init_const(obj, &mut x);
        }
        self.env.iota = saved_iota;
        self.env.errpos = saved_errpos;
    }

    /// Checks a variable declaration. `lhs` is empty or all variables that `init` initializes.
    fn var_decl(&mut self, obj: ObjId, lhs: &[ObjId], typ: Option<ExprId>, init: Option<ExprId>) {
        let store = self.store;
        let o = store.obj(obj);
        if let Some(e) = typ {
            // The type is not given to the other variables yet: they would count as checked.
            let t = self.var_type(e);
            o.typ.set(t);
        }
        let Some(init) = init else {
            if typ.is_none() {
                o.typ.set(typ::INVALID);
            }
            return;
        };
        if lhs.len() <= 1 {
            let target = self.new_target(o.typ.get(), o.name.as_str());
            let mut x = Operand::default();
            self.expr(target.as_ref(), &mut x, init);
            self.init_var(obj, &mut x, "variable declaration");
            return;
        }
        if typ.is_some() {
            for &v in lhs {
                store.obj(v).typ.set(store.type_of(obj));
            }
        }
        self.init_vars(lhs, &[init], None);
    }

    /// Whether a type is a constraint interface of another package.
    pub(crate) fn is_imported_constraint(&self, t: TypeId) -> bool {
        let Some(named) = self.as_named(t) else { return false };
        let pkg = self.obj(self.named(named).obj).pkg;
        if pkg.is_none() || pkg == Some(self.pkg) {
            return false;
        }
        let under = self.under(named);
        matches!(self.ty(under), Type::Interface(_)) && !self.type_set(under).is_method_set()
    }

    /// Checks a type declaration.
    fn type_decl(&mut self, obj: ObjId, decl: DeclId) {
        let store = self.store;
        let file = self.file();
        let pos = file[decl].pos;
        let DeclKind::Type(tdecl) = file[decl].kind else { panic!("not a type declaration") };
        let tparam0 = tdecl.tparams.first().map(|t| file[t].pos);

        // Only one version error is reported.
        let mut version_err = false;
        if tdecl.alias {
            if let Some(at) = tparam0 {
                version_err = !self.verify_version(at, GoVersion::go1(23), "generic type alias");
            }
            version_err = version_err || !self.verify_version(pos, GoVersion::go1(9), "type alias");
        } else if let Some(at) = tparam0 {
            version_err = !self.verify_version(at, GoVersion::go1(18), "type parameter");
        }

        self.later(move |check| {
            let t = check.type_of(obj);
            if let Some(named) = check.as_named(t) {
                check.valid_type(named);
            }
            let rhs = match check.store.ty(t) {
                Type::Named(n) => n.from_rhs(),
                Type::Alias(a) => a.from_rhs(),
                _ => None,
            };
            if !version_err && rhs.is_some_and(|rhs| check.is_imported_constraint(rhs)) {
                let what = format!("using type constraint {}", check.type_str(rhs.unwrap_or(t)));
                check.verify_version(tdecl.typ, GoVersion::go1(18), &what);
            }
        });

        let has_scope = !tdecl.tparams.is_empty();
        if has_scope {
            self.open_scope(pos, pos, false);
        }
        if tdecl.alias {
            let alias = store.new_alias(obj, None);
            let tparams = if has_scope {
                self.collect_type_params(tdecl.tparams, TypeParamOwner::Alias(alias))
            } else {
                TypeList::NONE
            };
            let mut rhs = self.declared_type(tdecl.typ, Some(obj));
            if tparams.contains(&rhs) {
                let msg = "cannot use type parameter declared in alias declaration as RHS";
                self.error(tdecl.typ, Code::MisplacedTypeParam, msg);
                rhs = typ::INVALID;
            }
            store.alias(alias).set_rhs(rhs);
        } else {
            let named = store.new_named(obj, None);
            if !self.func_tparams.is_empty() {
                store.named(named).set_implicit_tparams(self.func_tparams.clone());
            }
            if has_scope {
                self.collect_type_params(tdecl.tparams, TypeParamOwner::Named(named));
            }
            let mut rhs = self.declared_type(tdecl.typ, Some(obj));
            if self.is_type_param(rhs) {
                let msg = "cannot use a type parameter as RHS in type declaration";
                self.error(tdecl.typ, Code::MisplacedTypeParam, msg);
                rhs = typ::INVALID;
            }
            store.named(named).set_rhs(rhs);
        }
        if has_scope {
            self.close_scope();
        }
    }

    /// Declares type parameters and checks their constraints.
    pub(crate) fn collect_type_params(&mut self, list: IdRange<FieldId>, owner: TypeParamOwner) -> TypeList {
        let store = self.store;
        let file = self.file();
        let scope_pos = list.first().map_or(Pos::NONE, |f| file[f].pos);
        // All are declared first: the constraints may mention any of them.
        let tparams: Vec<TypeId> = list
            .iter()
            .map(|f| {
                let ident = file[f].name.expand();
                let (name, pos) = match ident {
                    Some(n) => (file.name(n), file.pos(n)),
                    None => (sym::BLANK, file[f].pos),
                };
                self.declare_type_param(ident, name, pos, scope_pos)
            })
            .collect();
        let tparams = store.bind_tparams(tparams);
        match owner {
            TypeParamOwner::Named(t) => store.named(t).set_tparams(tparams.clone()),
            TypeParamOwner::Alias(t) => store.alias(t).set_tparams(tparams.clone()),
            TypeParamOwner::Signature => {}
        }

        let saved = std::mem::replace(&mut self.env.in_tparam_list, true);
        let mut bound = typ::INVALID;
        let mut previous = None;
        for (f, &tparam) in list.iter().zip(tparams.iter()) {
            let e = file[f].typ;
            if previous != Some(e) {
                previous = Some(e);
                bound = self.bound(e);
                if self.is_type_param(bound) {
                    self.error(e, Code::MisplacedTypeParam, "cannot use a type parameter as constraint");
                    bound = typ::INVALID;
                }
            }
            store.type_param(tparam).set_bound(bound);
        }
        self.env.in_tparam_list = saved;
        tparams
    }

    /// Checks the constraint of a type parameter. A type set literal stands for an interface that embeds it.
    fn bound(&mut self, e: ExprId) -> TypeId {
        if !matches!(
            self.file().kind(e),
            ExprKind::Unary { op: Operator::Tilde, .. } | ExprKind::Binary { op: Operator::Or, .. }
        ) {
            return self.typ(e);
        }
        let store = self.store;
        let pos = self.start_pos(e);
        let union = self.parse_union(e);
        let body =
            InterfaceBody { embeddeds: Box::new([union]), embed_pos: Box::new([pos]), ..Default::default() };
        let iface = store.new_interface(body, true);
        self.later(move |check| check.compute_type_set(pos, iface));
        iface
    }

    /// Declares a type parameter whose constraint is not known yet.
    pub(crate) fn declare_type_param(
        &mut self,
        ident: Option<ExprId>,
        name: Symbol,
        pos: Pos,
        scope_pos: Pos,
    ) -> TypeId {
        let obj = self.store.new_type_name(pos, Some(self.pkg), name, None);
        let tparam = self.store.new_type_param(obj, typ::INVALID);
        self.declare(self.env.scope, ident, obj, scope_pos);
        tparam
    }

    /// Attaches the methods that were collected for a package-level type.
    fn collect_methods(&mut self, obj: ObjId) {
        let store = self.store;
        let methods = self.methods.remove(&obj).unwrap_or_default();
        let base = self.as_named(store.type_of(obj)).filter(|&t| store.named(t).obj == obj);
        if let Some(base) = base
            && !methods.is_empty()
        {
            // The fields may not be known yet.
            self.later(move |check| check.check_field_uniqueness(base));
        }
        let mut set = ObjSet::default();
        let mut valid = Vec::with_capacity(methods.len());
        for m in methods {
            if let Some(alt) = set.insert(self, m) {
                let (o, alt) = (store.obj(m), store.obj(alt));
                let msg =
                    format!("method {}.{} already declared at {}", store.obj(obj).name, o.name, alt.pos);
                self.error(o.pos, Code::DuplicateMethod, msg);
            } else {
                valid.push(m);
            }
        }
        if let Some(base) = base {
            store.named(base).set_methods(valid);
        }
    }

    /// Reports fields that have the name of a method.
    fn check_field_uniqueness(&mut self, base: TypeId) {
        let store = self.store;
        let Type::Struct(s) = store.ty(store.under(base)) else { return };
        let mut set = ObjSet::default();
        for &m in store.named_methods(base) {
            set.insert(self, m);
        }
        for &f in s.fields.iter() {
            let name = store.obj(f).name;
            if name.is_blank() {
                continue;
            }
            if let Some(alt) = set.insert(self, f) {
                let mut err = self.new_error(Code::DuplicateFieldAndMethod);
                err.addf_pos(store.obj(alt).pos, format!("field and method with the same name {name}"));
                self.add_alt_decl(&mut err, f);
                self.report(err);
            }
        }
    }

    /// Checks a function's signature. Its body is checked when all declarations are.
    fn func_decl(&mut self, obj: ObjId, d: DeclInfoId) {
        let store = self.store;
        let id = self.building.decl(d).decl;
        let file = self.file();
        let DeclKind::Func(FuncDecl { recv, tparams, typ, body, .. }) = file[id].kind else {
            panic!("not a function declaration")
        };
        // The empty signature stands for the function while it is being checked.
        store.obj(obj).typ.set(store.reserve_signature());
        let sig = self.func_type(Some(obj), recv.expand(), tparams, typ);
        store.obj(obj).typ.set(store.new_signature(sig));
        if file.pragma_flags(id).contains(PragmaFlags::NO_INTERFACE) {
            store.obj(obj).set_no_interface();
        }
        if !tparams.is_empty() && body.is_none() {
            self.soft_error(file[id].pos, Code::BadDecl, "generic function is missing function body");
        }
    }

    /// Checks the declarations of a declaration statement.
    pub(crate) fn decl_stmt(&mut self, list: IdRange<DeclId>) {
        let file = self.file();
        let mut group: Option<(Option<u32>, u32)> = None;
        let mut last: Option<ValueDecl> = None;
        for id in list.iter() {
            let decl = &file[id];
            match decl.kind {
                DeclKind::Const(v) => {
                    let number = decl.group.expand().map(|g| g.index() as u32);
                    let iota = match group {
                        Some((g, iota)) if g.is_some() && g == number => iota + 1,
                        _ => {
                            last = None;
                            0
                        }
                    };
                    group = Some((number, iota));
                    self.local_consts(id, v, iota, &mut last);
                    continue;
                }
                DeclKind::Var(v) => self.local_vars(id, v),
                DeclKind::Type(t) => {
                    let pos = file.pos(t.name);
                    let obj = self.store.new_type_name(pos, Some(self.pkg), file.name(t.name), None);
                    self.declare(self.env.scope, Some(t.name), obj, pos);
                    self.push(obj);
                    self.type_decl(obj, id);
                    self.pop();
                    if let Type::Named(n) = self.store.ty(self.store.type_of(obj))
                        && n.obj == obj
                    {
                        n.set_methods(Vec::new());
                    }
                }
                DeclKind::Import(_) | DeclKind::Func(_) => {
                    self.error(decl.pos, Code::InvalidSyntaxTree, "unknown declaration in a function");
                }
            }
            group = None;
        }
    }

    fn local_consts(&mut self, id: DeclId, v: ValueDecl, iota: u32, last: &mut Option<ValueDecl>) {
        let file = self.file();
        let top = self.delayed_len();
        let mut inherited = true;
        if v.typ.is_some() || v.values.is_some() {
            *last = Some(v);
            inherited = false;
        } else if last.is_none() {
            inherited = false;
        }
        let (typ, values) = last.map_or((None, None), |v| (v.typ.expand(), v.values.expand()));
        let values = file.unpack_optional_list(&values).to_vec();
        let names = file.list(v.names);
        let mut lhs = Vec::with_capacity(names.len());
        for (i, &ident) in names.iter().enumerate() {
            let obj = self.store.new_const(file.pos(ident), Some(self.pkg), file.name(ident), None);
            lhs.push(obj);
            self.const_decl(obj, typ, values.get(i).copied(), inherited, iota);
        }
        self.arity(file[id].pos, names, &values, true, inherited);
        // Function literals must not see the new names.
        self.process_delayed(top);
        let scope_pos = file.node_end_pos(id.into());
        for (&ident, obj) in names.iter().zip(lhs) {
            self.declare(self.env.scope, Some(ident), obj, scope_pos);
        }
    }

    fn local_vars(&mut self, id: DeclId, v: ValueDecl) {
        let file = self.file();
        let top = self.delayed_len();
        let names = file.list(v.names);
        let typ = v.typ.expand();
        let init = v.values.expand();
        let values = file.unpack_optional_list(&init).to_vec();
        let vars: Vec<ObjId> = names
            .iter()
            .map(|&n| self.store.new_var(VarKind::Local, file.pos(n), Some(self.pkg), file.name(n), None))
            .collect();
        for (i, &obj) in vars.iter().enumerate() {
            let (lhs, init): (&[ObjId], _) = match values.len() {
                n if n == names.len() => (&[], Some(values[i])),
                1 => (&vars, Some(values[0])),
                _ => (&[], values.get(i).copied()),
            };
            self.var_decl(obj, lhs, typ, init);
            if values.len() == 1 {
                // One variable, or all of them: either way all have a type now.
                break;
            }
        }
        if typ.is_none() || !values.is_empty() {
            self.arity(file[id].pos, names, &values, false, false);
        }
        self.process_delayed(top);
        let scope_pos = file.node_end_pos(id.into());
        for (&ident, obj) in names.iter().zip(vars) {
            self.declare(self.env.scope, Some(ident), obj, scope_pos);
        }
    }
}
