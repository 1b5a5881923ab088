//! Function types: receivers, type parameters, parameters and results.

use grus_syntax::{ExprId, ExprKind, FieldId, IdRange, Operator, Pos, sym};

use crate::assignments::measure;
use crate::check::Checker;
use crate::code::Code;
use crate::decl::TypeParamOwner;
use crate::info::{ImplicitNode, Mode};
use crate::object::VarKind;
use crate::resolver::Receiver;
use crate::store::{ObjId, TypeId};
use crate::subst::SubstMap;
use crate::ty::{BasicKind, Signature, Type, TypeList};
use crate::universe::typ;
use crate::version::GoVersion;

/// Parameters or results: their names, if they have any, and their variables.
struct Params {
    names: Vec<Option<ExprId>>,
    vars: Vec<ObjId>,
    variadic: bool,
}

impl<'a> Checker<'a> {
    /// Checks a function or method type. The signature's scope, in which the body of a function literal is checked,
    /// holds receiver, type parameters, parameters and results. A declared function `func` has a signature with
    /// its type parameters as soon as these are known: parameters may mention it.
    pub(crate) fn func_type(
        &mut self,
        func: Option<ObjId>,
        recv: Option<FieldId>,
        tparams: IdRange<FieldId>,
        ftyp: ExprId,
    ) -> Signature {
        let store = self.store;
        let file = self.file();
        let (params, results) = file.func_type(ftyp);
        let pos = file.pos(ftyp);
        let end = self.end_pos(ftyp);
        let scope = self.open_scope(pos, end, true);

        let (recv_var, rparams) = match recv {
            Some(recv) => {
                let (var, rparams) = self.collect_recv(recv, pos);
                (Some(var), rparams)
            }
            None => (None, TypeList::NONE),
        };
        let tparams = if tparams.is_empty() {
            TypeList::NONE
        } else {
            self.collect_type_params(tparams, TypeParamOwner::Signature)
        };
        if let Some(func) = func
            && !tparams.is_empty()
        {
            let sig = Signature { tparams: tparams.clone(), ..Signature::default() };
            store.obj(func).typ.set(store.new_signature(sig));
        }
        let params = self.collect_params(VarKind::Param, params);
        let results = self.collect_params(VarKind::Result, results);

        // The scope of receiver, parameters and results begins after the signature.
        if let (Some(recv), Some(var)) = (recv, recv_var)
            && !store.obj(var).name.is_empty()
        {
            self.declare(scope, file[recv].name.expand(), var, end);
        }
        for list in [&params, &results] {
            for (&name, &var) in list.names.iter().zip(&list.vars) {
                if name.is_some() {
                    self.declare(scope, name, var, end);
                }
            }
        }
        self.close_scope();
        Signature {
            rparams,
            tparams,
            scope: Some(scope),
            recv: recv_var,
            recv_old: None,
            params: store.new_tuple(params.vars),
            results: store.new_tuple(results.vars),
            variadic: params.variadic,
        }
    }

    /// Checks a method's receiver and declares its type parameters, whose scope begins at `scope_pos`.
    fn collect_recv(&mut self, field: FieldId, scope_pos: Pos) -> (ObjId, TypeList) {
        let store = self.store;
        let file = self.file();
        let field_id = field;
        let field = file[field];
        let Receiver { ptr, base: rbase, tparams: rtparams } = self.unpack_recv(field.typ, true);
        let mut recv_type = typ::INVALID;
        let mut rparams = TypeList::NONE;
        if rtparams.is_empty() {
            recv_type = self.var_type(field.typ);
            // Methods cannot be declared on instances, not even through aliases.
            let mut t = self.unpointer(recv_type);
            while let Type::Alias(a) = store.ty(t) {
                let base = self.unpointer(a.from_rhs().unwrap_or(typ::INVALID));
                let generic = match store.ty(base) {
                    Type::Named(_) => !store.named_tparams(base).is_empty(),
                    Type::Alias(_) => !store.alias_tparams(base).is_empty(),
                    _ => false,
                };
                if generic {
                    let msg =
                        format!("cannot define new methods on instantiated type {}", self.type_str(base));
                    self.error(rbase, Code::InvalidRecv, msg);
                    recv_type = typ::INVALID;
                    break;
                }
                t = base;
            }
        } else {
            // The base is checked before its type parameters are declared: they may have the same name.
            let mut cause = String::new();
            let generic = self.generic_type(rbase, &mut cause);
            let base = if self.is_valid(generic) {
                if let Type::Alias(_) = store.ty(generic) {
                    let msg =
                        format!("cannot define new methods on generic alias type {}", self.type_str(generic));
                    self.error(rbase, Code::InvalidRecv, msg);
                    None
                } else {
                    Some(generic)
                }
            } else {
                if !cause.is_empty() {
                    self.error(rbase, Code::InvalidRecv, cause);
                }
                None
            };
            let mut declared = Vec::with_capacity(rtparams.len());
            for p in &rtparams {
                let tparam = self.declare_type_param(p.ident, p.name, p.pos, scope_pos);
                declared.push(tparam);
                if let Some(ident) = p.ident {
                    // Such an identifier declares the type parameter and uses it.
                    self.record_use(ident, store.type_param(tparam).obj);
                    self.record_type_and_value(ident, Mode::TypExpr, tparam, None);
                }
            }
            rparams = store.bind_tparams(declared.clone());
            if let Some(base) = base {
                let base_tparams = store.named_tparams(base).to_vec();
                if declared.len() == base_tparams.len() {
                    let map = SubstMap::new(&base_tparams, &declared);
                    for (&mine, &theirs) in declared.iter().zip(&base_tparams) {
                        self.mono_record_canon(mine, theirs);
                        let bound = store.subst(store.type_param(theirs).bound(), &map);
                        store.type_param(mine).set_bound(bound);
                    }
                } else {
                    let got = measure(declared.len(), "type parameter");
                    let n = base_tparams.len();
                    let msg = format!("receiver declares {got}, but receiver base type declares {n}");
                    self.error(rbase, Code::BadRecv, msg);
                }
                self.verify_version(rbase, GoVersion::go1(18), "type instantiation");
                recv_type = self.instance(file.pos(field.typ), base, &declared);
                self.record_instance(rbase, &declared, recv_type);
                if ptr && self.is_valid(recv_type) {
                    recv_type = store.new_pointer(recv_type);
                }
                self.record_parenthesized_recv_types(field.typ, recv_type);
            }
        }

        let recv = match field.name.expand() {
            Some(name) => {
                store.new_var(VarKind::Recv, file.pos(name), Some(self.pkg), file.name(name), recv_type)
            }
            None => {
                let var = store.new_var(VarKind::Recv, field.pos, Some(self.pkg), sym::EMPTY, recv_type);
                self.record_implicit(ImplicitNode::Field(field_id), var);
                var
            }
        };
        self.later(move |check| check.valid_recv(rbase, recv));
        (recv, rparams)
    }

    /// The type that pointers lead to.
    fn unpointer(&self, mut t: TypeId) -> TypeId {
        while let Type::Pointer(p) = self.store.ty(t) {
            t = p.elem;
        }
        t
    }

    /// Records the type of a receiver for the expression and for what is in its parentheses and behind its `*`.
    fn record_parenthesized_recv_types(&mut self, mut e: ExprId, mut t: TypeId) {
        loop {
            self.record_type_and_value(e, Mode::TypExpr, t, None);
            match self.file().kind(e) {
                ExprKind::Paren(x) => e = x,
                ExprKind::Unary { op: Operator::Mul, x } => {
                    let Type::Pointer(p) = self.store.ty(t) else { return };
                    e = x;
                    t = p.elem;
                }
                _ => return,
            }
        }
    }

    /// Checks parameters or results without declaring them.
    fn collect_params(&mut self, kind: VarKind, list: IdRange<FieldId>) -> Params {
        let store = self.store;
        let file = self.file();
        let mut result = Params { names: Vec::new(), vars: Vec::with_capacity(list.len()), variadic: false };
        let mut previous: Option<ExprId> = None;
        let mut t = typ::INVALID;
        let last = list.last();
        for id in list.iter() {
            let field = file[id];
            // Fields declared together share the type.
            if previous != Some(field.typ) {
                previous = Some(field.typ);
                let mut ftype = field.typ;
                let mut variadic = false;
                if let ExprKind::DotsType(elem) = file.kind(ftype) {
                    if kind == VarKind::Param && Some(id) == last {
                        variadic = true;
                    } else {
                        self.error(ftype, Code::InvalidSyntaxTree, "invalid use of ...");
                    }
                    ftype = elem;
                }
                t = self.var_type(ftype);
                if variadic {
                    result.variadic = true;
                    t = store.new_slice(t);
                    self.record_type_and_value(field.typ, Mode::TypExpr, t, None);
                }
            }
            let name = field.name.expand();
            let (pos, sym) = name.map_or((field.pos, sym::EMPTY), |n| (file.pos(n), file.name(n)));
            let var = store.new_var(kind, pos, Some(self.pkg), sym, t);
            if name.is_none() {
                self.record_implicit(ImplicitNode::Field(id), var);
            }
            result.names.push(name);
            result.vars.push(var);
        }
        let named = result.names.iter().filter(|n| n.is_some()).count();
        if named != 0 && named != result.names.len() {
            let at = file[list.first().expect("there are parameters")].pos;
            self.error(at, Code::InvalidSyntaxTree, "list contains both named and anonymous parameters");
        }
        result
    }

    /// Reports a receiver whose type cannot have methods, once types are complete.
    fn valid_recv(&mut self, at: ExprId, recv: ObjId) {
        let store = self.store;
        let recv_type = store.type_of(recv);
        let (rtyp, _) = store.deref(recv_type);
        let atyp = store.unalias(rtyp);
        if !self.is_valid(atyp) {
            return;
        }
        match store.ty(atyp) {
            Type::Named(n) => {
                let obj = store.obj(n.obj);
                if obj.pkg != Some(self.pkg) || obj.name.as_str().starts_with("_Ctype_") {
                    let msg = format!("cannot define new methods on non-local type {}", self.type_str(rtyp));
                    self.error(at, Code::InvalidRecv, msg);
                    return;
                }
                let cause = match store.under_ty(atyp) {
                    Type::Basic(b) if b.kind == BasicKind::UnsafePointer => "unsafe.Pointer",
                    Type::Pointer(_) | Type::Interface(_) => "pointer or interface type",
                    _ => return,
                };
                let msg = format!("invalid receiver type {} ({cause})", self.type_str(rtyp));
                self.error(at, Code::InvalidRecv, msg);
            }
            Type::Basic(_) => {
                let msg = format!("cannot define new methods on non-local type {}", self.type_str(rtyp));
                self.error(at, Code::InvalidRecv, msg);
            }
            _ => {
                let msg = format!("invalid receiver type {}", self.type_str(recv_type));
                self.error(at, Code::InvalidRecv, msg);
            }
        }
    }
}
