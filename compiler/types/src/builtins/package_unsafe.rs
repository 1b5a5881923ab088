//! The functions of package `unsafe`, and types whose size is not known before instantiation.

use grus_syntax::ast::ExprKind;

use crate::call::CallParts;
use crate::check::Checker;
use crate::code::Code;
use crate::constant::Value;
use crate::info::{Mode, SelectionKind};
use crate::lookup::Lookup;
use crate::object::BuiltinId;
use crate::operand::Operand;
use crate::store::TypeId;
use crate::ty::Type;
use crate::universe::typ;
use crate::version::GoVersion;

impl<'a> Checker<'a> {
    /// A call of a function of package `unsafe`; `y` is the second argument.
    pub(super) fn builtin_unsafe(
        &mut self,
        x: &mut Operand,
        call: CallParts<'a>,
        y: Option<&mut Operand>,
        id: BuiltinId,
    ) -> bool {
        let store = self.store;
        let (version, what) = match id {
            BuiltinId::Add => (17, "unsafe.Add"),
            BuiltinId::Slice => (17, "unsafe.Slice"),
            BuiltinId::SliceData => (20, "unsafe.SliceData"),
            BuiltinId::String => (20, "unsafe.String"),
            BuiltinId::StringData => (20, "unsafe.StringData"),
            _ => (0, ""),
        };
        if version > 0 {
            self.verify_version(call.fun, GoVersion::go1(version), what);
        }
        match id {
            // Add(ptr Pointer, len IntegerType) Pointer
            BuiltinId::Add => {
                self.assignment(x, Some(typ::UNSAFE_POINTER), "argument to unsafe.Add");
                let y = y.expect("Add has two arguments");
                if !x.is_valid() || !self.is_valid_index(y, Code::InvalidUnsafeAdd, "length", true) {
                    return false;
                }
                x.typ = typ::UNSAFE_POINTER;
            }
            // Alignof(x T) uintptr, Sizeof(x T) uintptr
            BuiltinId::Alignof | BuiltinId::Sizeof => {
                let is_size = id == BuiltinId::Sizeof;
                let context =
                    if is_size { "argument to unsafe.Sizeof" } else { "argument to unsafe.Alignof" };
                self.assignment(x, None, context);
                if !x.is_valid() {
                    return false;
                }
                if self.has_var_size(x.typ) {
                    x.mode = Mode::Value;
                    x.typ = typ::UINTPTR;
                    return true;
                }
                let n = if is_size { store.sizeof(x.typ) } else { store.alignof(x.typ) };
                if n < 0 {
                    let msg = format!("{} is too large", self.operand_string(x));
                    self.error(&*x, Code::TypeTooLarge, msg);
                    return false;
                }
                x.set_const(typ::UINTPTR, Value::make_int64(n));
                return true;
            }
            BuiltinId::Offsetof => return self.builtin_offsetof(x, call),
            // Slice(ptr *T, len IntegerType) []T
            BuiltinId::Slice => {
                let elem = match store.common_under(x.typ, None).map(|u| store.ty(u)) {
                    Ok(Type::Pointer(p)) => p.elem,
                    _ => {
                        let msg = format!("invalid argument: {} is not a pointer", self.operand_string(x));
                        self.error(&*x, Code::InvalidUnsafeSlice, msg);
                        return false;
                    }
                };
                let y = y.expect("Slice has two arguments");
                if !self.is_valid_index(y, Code::InvalidUnsafeSlice, "length", false) {
                    return false;
                }
                x.typ = store.new_slice(elem);
            }
            // SliceData(slice []T) *T
            BuiltinId::SliceData => {
                let elem = match store.common_under(x.typ, None).map(|u| store.ty(u)) {
                    Ok(Type::Slice(s)) => s.elem,
                    _ => {
                        let msg = format!("invalid argument: {} is not a slice", self.operand_string(x));
                        self.error(&*x, Code::InvalidUnsafeSliceData, msg);
                        return false;
                    }
                };
                x.typ = store.new_pointer(elem);
            }
            // String(ptr *byte, len IntegerType) string
            BuiltinId::String => {
                let ptr = store.new_pointer(typ::BYTE);
                self.assignment(x, Some(ptr), "argument to unsafe.String");
                let y = y.expect("String has two arguments");
                if !x.is_valid() || !self.is_valid_index(y, Code::InvalidUnsafeString, "length", false) {
                    return false;
                }
                x.typ = typ::STRING;
            }
            // StringData(str string) *byte
            BuiltinId::StringData => {
                self.assignment(x, Some(typ::STRING), "argument to unsafe.StringData");
                if !x.is_valid() {
                    return false;
                }
                x.typ = store.new_pointer(typ::BYTE);
            }
            _ => panic!("{} is not in package unsafe", id.name()),
        }
        x.mode = Mode::Value;
        true
    }

    /// `unsafe.Offsetof(x.f)`
    fn builtin_offsetof(&mut self, x: &mut Operand, call: CallParts<'a>) -> bool {
        let file = self.file();
        let store = self.store;
        let arg = call.args[0];
        let selector = file.unparen(arg);
        let ExprKind::Selector { x: operand, sel } = file.kind(selector) else {
            let msg = format!("invalid argument: {} is not a selector expression", self.expr_str(arg));
            self.error(arg, Code::BadOffsetofSyntax, msg);
            self.use_exprs(&[arg]);
            return false;
        };
        self.expr(None, x, operand);
        if !x.is_valid() {
            return false;
        }
        let base = store.deref_struct_ptr(x.typ);
        let name = file.name(sel);
        let found = store.lookup_field_or_method(base, false, Some(self.pkg), name, false);
        let (obj, index, indirect) = match found {
            Lookup::Found { obj, index, indirect } => (obj, index, indirect),
            _ => {
                let msg = format!("invalid argument: {} has no single field {name}", self.type_str(base));
                self.error(&*x, Code::MissingFieldOrMethod, msg);
                return false;
            }
        };
        if store.obj(obj).is_func() {
            let msg = format!("invalid argument: {} is a method value", self.expr_str(arg));
            self.error(arg, Code::InvalidOffsetof, msg);
            return false;
        }
        if indirect {
            let msg = format!(
                "invalid argument: field {name} is embedded via a pointer in {}",
                self.type_str(base)
            );
            self.error(&*x, Code::InvalidOffsetof, msg);
            return false;
        }
        self.record_selection(selector, SelectionKind::FieldVal, base, obj, &index, false);
        let mode = if x.mode == Mode::Variable { Mode::Variable } else { Mode::Value };
        self.record_type_and_value(selector, mode, store.type_of(obj), None);

        // The offset counts as variable even if all fields before are of fixed size.
        if self.has_var_size(base) {
            x.mode = Mode::Value;
            x.typ = typ::UINTPTR;
            return true;
        }
        let offset = store.offsetof(base, &index);
        if offset < 0 {
            let msg = format!("{} is too large", self.operand_string(x));
            self.error(&*x, Code::TypeTooLarge, msg);
            return false;
        }
        x.set_const(typ::UINTPTR, Value::make_int64(offset));
        true
    }

    /// Whether the size of a type depends on type parameters (or is infinite because of a cycle, which is
    /// reported).
    pub fn has_var_size(&mut self, t: TypeId) -> bool {
        let store = self.store;
        match store.ty(store.unalias(t)) {
            Type::Named(_) => {
                let t = store.unalias(t);
                let named = store.named(t);
                match (self.var_sized.get(&t), &named.inst) {
                    (Some(Some(known)), _) => return *known,
                    (Some(None), Some(inst)) => {
                        // The instance contains itself. Of bodies only one would have to report it; that the generic
                        // type is invalid is reported in any case.
                        if self.in_declarations() {
                            let msg =
                                format!("invalid recursive type: {} refers to itself", self.type_str(t));
                            self.error(inst.pos, Code::InvalidDeclCycle, msg);
                        }
                        return true;
                    }
                    _ => {}
                }
                // An instance does not stand on the path of its generic type.
                let on_path = named.inst.is_none();
                if on_path {
                    if let Some(&start) = self.obj_path_idx.get(&named.obj) {
                        let cycle = self.obj_path[start..].to_vec();
                        let first = crate::cycles::first_in_src(self, &cycle);
                        self.cycle_error(&cycle, first);
                        return true;
                    }
                    self.push(named.obj);
                }
                self.var_sized.insert(t, None);
                let result = store.named_rhs(t).is_some_and(|rhs| self.has_var_size(rhs));
                if on_path {
                    self.pop();
                }
                self.var_sized.insert(t, Some(result));
                result
            }
            // A length that is not constant is an error that was reported.
            Type::Array(a) => self.has_var_size(a.elem),
            Type::Struct(s) => s.fields.iter().any(|&f| self.has_var_size(store.type_of(f))),
            Type::TypeParam(_) => true,
            _ => false,
        }
    }
}
