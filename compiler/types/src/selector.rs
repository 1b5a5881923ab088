//! Selector expressions: qualified identifiers, fields, method values and method expressions.

use grus_syntax::ast::{ExprId, ExprKind};
use grus_syntax::{Symbol, sym};

use crate::check::Checker;
use crate::code::Code;
use crate::info::{Mode, SelectionKind};
use crate::lookup::Lookup;
use crate::object::{ObjectKind, VarKind, is_exported};
use crate::operand::{Operand, OperandExpr};
use crate::store::{ObjId, PkgId, TypeId};
use crate::ty::{Signature, Type};
use crate::universe::{object, typ};

impl<'a> Checker<'a> {
    /// Checks the selector expression `e`. With `want_type` it must be a type.
    pub fn selector(&mut self, x: &mut Operand, e: ExprId, want_type: bool) {
        let ok = self.selector_parts(x, e, want_type).is_some();
        x.expr = OperandExpr::Expr(e);
        if !ok {
            x.invalidate();
            x.typ = typ::INVALID;
        }
    }

    /// None if there was an error.
    fn selector_parts(&mut self, x: &mut Operand, e: ExprId, want_type: bool) -> Option<()> {
        let file = self.file();
        let store = self.store;
        let ExprKind::Selector { x: operand, sel } = file.kind(e) else { panic!("not a selector") };
        let name = file.name(sel);

        // Package names occur in qualified identifiers only.
        if let Some(ident) = file.as_name(operand)
            && let Some(obj) = self.lookup(ident)
            && let Some(imported) = store.obj(obj).imported()
        {
            self.record_use(operand, obj);
            store.obj(obj).set_used();
            return self.qualified_ident(x, e, sel, imported);
        }

        self.expr_or_type(x, operand, false);
        match x.mode {
            Mode::Builtin => {
                let msg = format!("invalid use of {} in selector expression", self.operand_string(x));
                self.error(file.pos(e), Code::UncalledBuiltin, msg);
                return None;
            }
            Mode::Invalid => return None,
            _ => {}
        }
        if !self.is_complete(x.typ) {
            return None;
        }
        // What follows gives values only. Types with invalid selectors occur in method declarations.
        if want_type {
            let msg = format!("{} is not a type", self.expr_str(e));
            self.error(sel, Code::NotAType, msg);
            return None;
        }
        if let Type::Pointer(p) = store.under_ty(x.typ)
            && !self.is_complete(p.elem)
        {
            return None;
        }

        let addressable = x.mode == Mode::Variable;
        let found = store.lookup_field_or_method(x.typ, addressable, Some(self.pkg), name, false);
        let Lookup::Found { obj, index, indirect } = found else {
            self.selector_error(x, sel, name, &found);
            return None;
        };
        if store.obj(obj).is_var() {
            if x.mode == Mode::TypExpr {
                let msg = format!(
                    "operand for field selector {name} must be value of type {}",
                    self.type_str(x.typ)
                );
                self.error(operand, Code::MissingFieldOrMethod, msg);
                return None;
            }
            self.record_selection(e, SelectionKind::FieldVal, x.typ, obj, &index, indirect);
            x.mode = if x.mode == Mode::Variable || indirect { Mode::Variable } else { Mode::Value };
            x.typ = store.type_of(obj);
            return Some(());
        }

        self.method_decl(obj);
        // Methods of instances are no dependencies, as in gc: the order of initialization shows it.
        self.add_decl_dep(obj);
        let sig_type = store.type_of(obj);
        let Type::Signature(sig) = store.ty(sig_type) else { return None };
        if x.mode == Mode::TypExpr {
            self.record_selection(e, SelectionKind::MethodExpr, x.typ, obj, &index, indirect);
            let Some(recv) = sig.recv else {
                self.error(e, Code::InvalidDeclCycle, "illegal cycle in method declaration");
                return None;
            };
            x.typ = self.method_expr_type(sig, recv, x.typ);
        } else {
            self.record_selection(e, SelectionKind::MethodVal, x.typ, obj, &index, indirect);
            x.typ = self.method_value_type(sig_type, sig);
        }
        x.mode = Mode::Value;
        Some(())
    }

    /// Makes sure that a method has its type.
    pub(crate) fn method_decl(&mut self, obj: ObjId) {
        let store = self.store;
        self.obj_decl_if_local(store.origin(obj));
        if store.obj(obj).typ.get().is_none() {
            store.expand_method(obj);
        }
    }

    fn obj_decl_if_local(&mut self, obj: ObjId) {
        if self.in_declarations() && self.store.obj(obj).pkg == Some(self.pkg) {
            self.obj_decl(obj);
        }
    }

    /// The type of a method expression: the receiver becomes the first parameter.
    fn method_expr_type(&mut self, sig: &Signature, recv: ObjId, t: TypeId) -> TypeId {
        let store = self.store;
        let params = store.vars(sig.params);
        // Either all parameters have names or none.
        let recv = store.obj(recv);
        let name = match params.first() {
            Some(&p) if !store.obj(p).name.is_empty() => {
                if recv.name.is_empty() {
                    sym::BLANK
                } else {
                    recv.name
                }
            }
            _ => sym::EMPTY,
        };
        let mut vars = Vec::with_capacity(params.len() + 1);
        vars.push(store.new_var(VarKind::Param, recv.pos, recv.pkg, name, t));
        vars.extend_from_slice(params);
        store.new_signature(Signature {
            tparams: sig.tparams.clone(),
            recv_old: Some(object::METHOD_EXPR_SENTINEL),
            params: store.new_tuple(vars),
            results: sig.results,
            variadic: sig.variadic,
            ..Signature::default()
        })
    }

    /// The type of a method value: the receiver is put aside.
    fn method_value_type(&mut self, sig_type: TypeId, sig: &Signature) -> TypeId {
        let store = self.store;
        if let Some(&t) = self.method_values.get(&sig_type) {
            return t;
        }
        let t = store.new_signature(Signature { recv: None, recv_old: sig.recv, ..Signature::clone(sig) });
        self.method_values.insert(sig_type, t);
        t
    }

    /// Checks the qualified identifier `e`, the name `sel` of package `pkg`.
    fn qualified_ident(&mut self, x: &mut Operand, e: ExprId, sel: ExprId, pkg: PkgId) -> Option<()> {
        let store = self.store;
        let name = self.file().name(sel);
        let package = store.pkg(pkg);
        let scope = store.scope(package.scope);
        let Some(obj) = scope.lookup(name) else {
            if !package.fake() {
                let mut msg = format!("undefined: {}", self.expr_str(e));
                if let Some(&alt) = scope.lookup_ignoring_case(name, true).first() {
                    msg.push_str(&format!(" (but have {})", store.obj(alt).name));
                }
                self.error(sel, Code::UndeclaredImportedName, msg);
            }
            return None;
        };
        let o = store.obj(obj);
        if !o.exported() {
            let msg = format!("name {name} not exported by package {}", package.name());
            self.error(sel, Code::UnexportedName, msg);
        }
        self.record_use(sel, obj);
        x.typ = store.type_of(obj);
        x.mode = match o.kind {
            ObjectKind::Const(_) => {
                x.val = o.const_value().clone();
                Mode::Constant
            }
            ObjectKind::TypeName => Mode::TypExpr,
            ObjectKind::Var { .. } => Mode::Variable,
            ObjectKind::Func { .. } => Mode::Value,
            ObjectKind::Builtin(id) => {
                x.id = id;
                Mode::Builtin
            }
            _ => panic!("unexpected object {name} in the scope of a package"),
        };
        Some(())
    }

    /// Reports why a selector selects nothing.
    fn selector_error(&mut self, x: &Operand, sel: ExprId, name: Symbol, found: &Lookup) {
        let store = self.store;
        if !store.is_valid(store.under(x.typ)) {
            return; // An error was reported before.
        }
        let expr = self.operand_expr_string(x.expr);
        match found {
            Lookup::Ambiguous(_) => {
                self.error(sel, Code::AmbiguousSelector, format!("ambiguous selector {expr}.{name}"));
            }
            Lookup::PtrRecv => {
                let t = self.type_str(x.typ);
                let msg = if x.mode == Mode::TypExpr {
                    format!("invalid method expression {t}.{name} (needs pointer receiver (*{t}).{name})")
                } else {
                    format!("cannot call pointer method {name} on {t}")
                };
                self.error(sel, Code::InvalidMethodExpr, msg);
            }
            _ => {
                let why = if store.is_interface_ptr(x.typ) {
                    self.interface_ptr_error(x.typ)
                } else {
                    let addressable = x.mode == Mode::Variable;
                    let alt = store.lookup_field_or_method(x.typ, addressable, Some(self.pkg), name, true);
                    self.lookup_error(x.typ, name, alt.obj(), false)
                };
                self.error(sel, Code::MissingFieldOrMethod, format!("{expr}.{name} undefined ({why})"));
            }
        }
    }

    /// Why the look-up of `sel` in a type failed, where `obj` is an object whose name differs in case only, if
    /// there is one. With `struct_lit` the look-up was for a key of a struct literal.
    pub fn lookup_error(&self, t: TypeId, sel: Symbol, obj: Option<ObjId>, struct_lit: bool) -> String {
        enum Case {
            /// No object.
            Missing,
            /// The spelling differs.
            Misspelled,
            /// The object is not exported: its name differs in the first letter only.
            Unexported,
            /// The name is right, but not exported.
            Inaccessible,
        }
        let store = self.store;
        let mut case = Case::Missing;
        let mut alt = "";
        let mut what = "object";
        if let Some(obj) = obj {
            let o = store.obj(obj);
            alt = o.name.as_str();
            what = if o.is_var() {
                "field"
            } else if o.is_func() {
                "method"
            } else {
                "object"
            };
            let same_tail = tail(sel.as_str()) == tail(alt);
            if o.pkg == Some(self.pkg) {
                case = Case::Misspelled;
            } else if is_exported(sel.as_str()) {
                if is_exported(alt) {
                    case = Case::Misspelled;
                } else if same_tail {
                    case = Case::Unexported;
                }
            } else if is_exported(alt) {
                if same_tail {
                    case = Case::Misspelled;
                }
            } else if sel.as_str() == alt {
                case = Case::Inaccessible;
            }
        }
        let t = self.type_str(t);
        if struct_lit {
            match case {
                Case::Missing => format!("unknown field {sel} in struct literal of type {t}"),
                Case::Misspelled => {
                    format!("unknown field {sel} in struct literal of type {t}, but does have {alt}")
                }
                Case::Unexported => {
                    format!(
                        "unknown field {sel} in struct literal of type {t}, but does have unexported {alt}"
                    )
                }
                Case::Inaccessible => {
                    format!("cannot refer to unexported field {alt} in struct literal of type {t}")
                }
            }
        } else {
            match case {
                Case::Missing => format!("type {t} has no field or method {sel}"),
                Case::Misspelled => {
                    format!("type {t} has no field or method {sel}, but does have {what} {alt}")
                }
                Case::Unexported => {
                    format!("type {t} has no field or method {sel}, but does have unexported {what} {alt}")
                }
                Case::Inaccessible => format!("cannot refer to unexported {what} {alt}"),
            }
        }
    }
}

/// A string without its first character; one of a single character as it is.
fn tail(s: &str) -> &str {
    s.char_indices().nth(1).map_or(s, |(i, _)| &s[i..])
}
