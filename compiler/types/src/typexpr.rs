//! Type expressions and identifiers.

use grus_syntax::{ChanDir as SyntaxChanDir, ExprId, ExprKind, Operator};

use crate::check::Checker;
use crate::code::Code;
use crate::constant::Kind;
use crate::info::Mode;
use crate::object::{ObjectKind, VarKind};
use crate::operand::{Operand, OperandExpr};
use crate::scope::LocalScopes;
use crate::store::{ObjId, TypeId};
use crate::ty::{ChanDir, Type};
use crate::universe::{object, typ};
use crate::version::GoVersion;

impl<'a> Checker<'a> {
    /// Checks an identifier and leaves its value or type in `x`. With `want_type` it must denote a type.
    pub fn ident(&mut self, x: &mut Operand, e: ExprId, want_type: bool) {
        let store = self.store;
        x.invalidate();
        x.expr = OperandExpr::Expr(e);
        let name = self.file().name(e);
        let Some((scope, obj)) = self.lookup_scope(name) else {
            if name.is_blank() {
                self.error(e, Code::InvalidBlank, "cannot use _ as value or type");
            } else if !name.is_empty() {
                self.error(e, Code::UndeclaredName, format!("undefined: {name}"));
            }
            return;
        };
        if (obj == object::ANY || obj == object::COMPARABLE) && !self.allow_version(GoVersion::go1(18)) {
            self.version_error(e, GoVersion::go1(18), &format!("predeclared {name}"));
            return;
        }
        self.record_use(e, obj);

        let o = store.obj(obj);
        let is_type = o.is_type_name();
        if want_type && !is_type {
            let msg = format!("{} ({}) is not a type", o.name, self.object_kind_of(obj));
            self.error(e, Code::NotAType, msg);
            if o.is_var() && o.pkg == Some(self.pkg) {
                o.set_used();
            }
            return;
        }

        // Declarations of other packages are complete. A type of this package that is needed as a type may close
        // a cycle even if it has a type already.
        if o.typ.get().is_none() || is_type && want_type && o.pkg == Some(self.pkg) {
            self.obj_decl(obj);
        }
        let t = o.typ.get().expect("a declared object has a type");

        if !LocalScopes::is_local(scope) {
            let decls = self.decls();
            if !decls.dot_imports.is_empty()
                && let Some(&pkg_name) = decls.dot_imports.get(&(scope, name))
            {
                store.obj(pkg_name).set_used();
            }
        }

        match o.kind {
            ObjectKind::PkgName { .. } => {
                self.error(e, Code::InvalidPkgUse, format!("use of package {name} not in selector"));
                return;
            }
            ObjectKind::Const(_) => {
                self.add_decl_dep(obj);
                if !self.is_valid(t) {
                    return;
                }
                x.val = if obj == object::IOTA {
                    let Some(iota) = self.env.iota.clone() else {
                        self.error(e, Code::InvalidIota, "cannot use iota outside constant declaration");
                        return;
                    };
                    iota
                } else {
                    o.const_value().clone()
                };
                x.mode = Mode::Constant;
            }
            ObjectKind::TypeName => x.mode = Mode::TypExpr,
            ObjectKind::Var { .. } => {
                if o.pkg == Some(self.pkg) {
                    o.set_used();
                }
                self.add_decl_dep(obj);
                if !self.is_valid(t) {
                    return;
                }
                x.mode = Mode::Variable;
            }
            ObjectKind::Func { .. } => {
                self.add_decl_dep(obj);
                x.mode = Mode::Value;
            }
            ObjectKind::Builtin(id) => {
                x.id = id;
                x.mode = Mode::Builtin;
            }
            ObjectKind::Nil => x.mode = Mode::NilValue,
            ObjectKind::Label => panic!("a label is in no scope"),
        }
        x.typ = t;
    }

    /// The kind of an object in messages.
    pub(crate) fn object_kind_of(&self, obj: ObjId) -> &'static str {
        let o = self.obj(obj);
        match o.kind {
            ObjectKind::PkgName { .. } => "package name",
            ObjectKind::Const(_) => "constant",
            ObjectKind::TypeName if self.is_alias(obj) => "type alias",
            ObjectKind::TypeName if o.typ.get().is_some_and(|t| matches!(self.ty(t), Type::TypeParam(_))) => {
                "type parameter"
            }
            ObjectKind::TypeName => "defined type",
            ObjectKind::Var { kind, .. } => match kind {
                VarKind::Package => "package-level variable",
                VarKind::Local => "local variable",
                VarKind::Recv => "receiver",
                VarKind::Param => "parameter",
                VarKind::Result => "result variable",
                VarKind::Field => "struct field",
            },
            ObjectKind::Func { .. } => match o.typ.get().map(|t| self.ty(t)) {
                Some(Type::Signature(sig)) if sig.recv.is_some() => "method",
                _ => "function",
            },
            ObjectKind::Label => "label",
            ObjectKind::Builtin(_) => "built-in function",
            ObjectKind::Nil => "untyped nil",
        }
    }

    /// Checks a type expression. The type must not be generic.
    pub fn typ(&mut self, e: ExprId) -> TypeId {
        self.declared_type(e, None)
    }

    /// Checks the type of a variable: it must be neither generic nor a constraint interface.
    pub fn var_type(&mut self, e: ExprId) -> TypeId {
        let t = self.declared_type(e, None);
        self.valid_var_type(e, t);
        t
    }

    /// Reports if a type is a constraint interface, once types are complete.
    pub(crate) fn valid_var_type(&mut self, e: ExprId, t: TypeId) {
        let store = self.store;
        // Only named types, aliases and interfaces can turn out to be constraint interfaces.
        match store.ty(t) {
            Type::Named(n) if n.obj != object::COMPARABLE && n.obj != object::ERROR => {}
            Type::Named(_) if t == typ::ERROR => return,
            Type::Alias(_) if t == typ::ANY => return,
            Type::Named(_) | Type::Alias(_) | Type::Interface(_) => {}
            _ => return,
        }
        if self.is_type_param(t) {
            return;
        }
        // A named type whose underlying type is known to be something else need not wait.
        if let Type::Named(n) = store.ty(t)
            && let Some(u) = n.underlying.get()
            && !matches!(store.ty(u), Type::Interface(_))
        {
            return;
        }
        self.later(move |check| {
            let under = check.under(t);
            if !matches!(check.ty(under), Type::Interface(_)) || check.is_type_param(t) {
                return;
            }
            let pos = check.start_pos(e);
            let set = check.store.type_set(under);
            if !set.is_method_set() {
                let why = if set.comparable {
                    "interface is (or embeds) comparable"
                } else {
                    "interface contains type constraints"
                };
                let msg = format!("cannot use type {} outside a type constraint: {why}", check.type_str(t));
                check.soft_error(pos, Code::MisplacedConstraintIface, msg);
            }
        });
    }

    /// Checks a type expression that may be the right-hand side of the declaration of `def`.
    pub(crate) fn declared_type(&mut self, e: ExprId, def: Option<ObjId>) -> TypeId {
        let mut t = self.typ_internal(e, def);
        if self.is_generic(t) {
            let msg = format!("cannot use generic type {} without instantiation", self.type_str(t));
            self.error(e, Code::WrongTypeArgCount, msg);
            t = typ::INVALID;
        }
        self.record_type_and_value(e, Mode::TypExpr, t, None);
        t
    }

    /// Checks a type expression that must denote a generic type. If it denotes another valid type, `cause` says
    /// so.
    pub fn generic_type(&mut self, e: ExprId, cause: &mut String) -> TypeId {
        let mut t = self.typ_internal(e, None);
        if self.is_valid(t) && !self.is_generic(t) {
            *cause = format!("{} is not a generic type", self.type_str(t));
            t = typ::INVALID;
        }
        self.record_type_and_value(e, Mode::TypExpr, t, None);
        t
    }

    /// The type that a name or selector denotes.
    fn type_of_operand(&mut self, x: &Operand) -> TypeId {
        match x.mode {
            Mode::TypExpr => return x.typ,
            Mode::Invalid => {}
            Mode::NoValue => {
                let msg = format!("{} used as type", self.operand_string(x));
                self.error(x, Code::NotAType, msg);
            }
            _ => {
                let msg = format!("{} is not a type", self.operand_string(x));
                self.error(x, Code::NotAType, msg);
            }
        }
        typ::INVALID
    }

    fn not_a_type(&mut self, e: ExprId) -> TypeId {
        let msg = format!("{} is not a type", self.expr_str(e));
        self.error(e, Code::NotAType, msg);
        self.use_exprs(&[e]);
        typ::INVALID
    }

    fn typ_internal(&mut self, e: ExprId, def: Option<ObjId>) -> TypeId {
        let store = self.store;
        let file = self.file();
        match file.kind(e) {
            ExprKind::Bad => typ::INVALID,
            ExprKind::Name(_) => {
                let mut x = Operand::default();
                self.ident(&mut x, e, true);
                self.type_of_operand(&x)
            }
            ExprKind::Selector { .. } => {
                let mut x = Operand::default();
                self.selector(&mut x, e, true);
                self.type_of_operand(&x)
            }
            ExprKind::Index { x, .. } => {
                let ExprKind::Index { index, .. } = &file[e].kind else {
                    unreachable!("an index expression")
                };
                self.verify_version(e, GoVersion::go1(18), "type instantiation");
                self.instantiated_type(x, file.unpack_list(index))
            }
            ExprKind::Paren(x) => self.declared_type(x, def),
            ExprKind::ArrayType { len, elem } => {
                let n = match len.expand() {
                    Some(len) => self.array_length(len),
                    None => {
                        let msg = "invalid use of [...] array (outside a composite literal)";
                        self.error(e, Code::BadDotDotDotSyntax, msg);
                        -1
                    }
                };
                let elem = self.var_type(elem);
                if n >= 0 { store.new_array(elem, n) } else { typ::INVALID }
            }
            ExprKind::SliceType(elem) => {
                let elem = self.var_type(elem);
                store.new_slice(elem)
            }
            ExprKind::DotsType(_) => {
                self.error(e, Code::InvalidSyntaxTree, "invalid use of ...");
                typ::INVALID
            }
            ExprKind::StructType { fields } => {
                let s = self.struct_type(fields);
                store.new_struct(s)
            }
            ExprKind::Unary { op: Operator::Mul, x } => {
                let base = self.var_type(x);
                // A pointer to an invalid type is of no use: it would only lead to more errors.
                if self.is_valid(base) { store.new_pointer(base) } else { typ::INVALID }
            }
            ExprKind::FuncType { .. } => {
                let sig = self.func_type(None, None, grus_syntax::IdRange::EMPTY, e);
                store.new_signature(sig)
            }
            ExprKind::InterfaceType { methods } => self.interface_type(e, methods, def),
            ExprKind::MapType { key, value } => {
                let key_type = self.var_type(key);
                let elem = self.var_type(value);
                if !matches!(store.ty(key_type), Type::Basic(_) | Type::Pointer(_) | Type::Chan(_)) {
                    self.later(move |check| {
                        if !check.comparable(key_type) {
                            let why = if check.is_type_param(key_type) {
                                " (missing comparable constraint)"
                            } else {
                                ""
                            };
                            let msg = format!("invalid map key type {}{why}", check.type_str(key_type));
                            check.error(key, Code::IncomparableMapKey, msg);
                        }
                    });
                }
                store.new_map(key_type, elem)
            }
            ExprKind::ChanType { dir, elem } => {
                let dir = match dir {
                    SyntaxChanDir::Both => ChanDir::SendRecv,
                    SyntaxChanDir::SendOnly => ChanDir::SendOnly,
                    SyntaxChanDir::RecvOnly => ChanDir::RecvOnly,
                };
                let elem = self.var_type(elem);
                store.new_chan(dir, elem)
            }
            _ => self.not_a_type(e),
        }
    }

    /// Checks the instantiation of a generic type.
    pub fn instantiated_type(&mut self, x: ExprId, xlist: &'a [ExprId]) -> TypeId {
        let mut cause = String::new();
        let gtyp = self.generic_type(x, &mut cause);
        if !cause.is_empty() {
            let msg = format!("invalid operation: {}{} ({cause})", self.expr_str(x), self.exprs_str(xlist));
            self.error(x, Code::NotAGenericType, msg);
        }
        if !self.is_valid(gtyp) {
            return gtyp;
        }
        let Some(targs) = self.type_list(xlist) else { return typ::INVALID };
        let pos = self.file().pos(x);
        let inst = self.instance(pos, gtyp, &targs);
        if !self.is_valid(inst) {
            return typ::INVALID;
        }
        // The type parameters of the generic type may not be known yet.
        self.later(move |check| {
            let store = check.store;
            check.record_instance(x, &targs, inst);
            let (obj, tparams) = match store.ty(inst) {
                Type::Named(n) => (n.obj, store.named_tparams(inst)),
                Type::Alias(a) => (a.obj, store.alias_tparams(inst)),
                _ => return,
            };
            let name = store.obj(obj).name;
            if !check.validate_targ_len(pos, name.as_str(), tparams.len(), targs.len()) {
                return;
            }
            match check.verify(pos, tparams, &targs) {
                Err((i, why)) => {
                    let at = xlist.get(i).map_or(pos, |&x| check.start_pos(x));
                    check.soft_error(at, Code::InvalidTypeArg, why);
                }
                Ok(()) => check.mono_record_instance(pos, tparams, &targs, xlist),
            }
        });
        inst
    }

    /// Checks the length of an array; the result is negative if it is not a valid one.
    pub(crate) fn array_length(&mut self, e: ExprId) -> i64 {
        // A name that is no constant may be meant as a type parameter.
        if let Some(name) = self.file().as_name(e) {
            match self.lookup(name) {
                None => {
                    let msg = format!("undefined array length {name} or missing type constraint");
                    self.error(e, Code::InvalidArrayLen, msg);
                    return -1;
                }
                Some(obj) if !matches!(self.store.obj(obj).kind, ObjectKind::Const(_)) => {
                    self.error(e, Code::InvalidArrayLen, format!("invalid array length {name}"));
                    return -1;
                }
                Some(_) => {}
            }
        }
        let mut x = Operand::default();
        self.expr(None, &mut x, e);
        if x.mode != Mode::Constant {
            if x.is_valid() {
                let msg = format!("array length {} must be constant", self.operand_string(&x));
                self.error(&x, Code::InvalidArrayLen, msg);
            }
            return -1;
        }
        if self.is_untyped(x.typ) || self.is_integer(x.typ) {
            let val = x.val.to_int();
            if val.kind() == Kind::Int
                && self.represent_const(&val, typ::INT).is_some()
                && let Some(n) = val.int64_val()
                && n >= 0
            {
                return n;
            }
        }
        let what = self.operand_string(&x);
        let msg = if self.is_integer(x.typ) {
            format!("invalid array length {what}")
        } else {
            format!("array length {what} must be integer")
        };
        self.error(&x, Code::InvalidArrayLen, msg);
        -1
    }

    /// Checks a list of types; none if any of them is invalid.
    pub fn type_list(&mut self, list: &[ExprId]) -> Option<Vec<TypeId>> {
        let types: Vec<TypeId> = list.iter().map(|&x| self.var_type(x)).collect();
        types.iter().all(|&t| self.is_valid(t)).then_some(types)
    }
}
