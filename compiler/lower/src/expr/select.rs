//! Selectors: fields, promoted fields, methods as values.

use super::Operand;
use crate::demand::MethodRef;
use crate::func::{CaptureLayout, FuncLower};
use crate::layout::Kind;
use crate::values::{Addr, Place, Val};
use grus_ir::{MemFlags, Ty, Value};
use grus_syntax::{ExprId, ExprKind};
use grus_types::lookup::Lookup;
use grus_types::{ObjId, SelectionKind, Type, TypeId};

/// A method found on a concrete type.
#[derive(Clone, Debug)]
pub struct Method {
    /// The embedded fields to the value that declares the method.
    pub path: Vec<u32>,
    /// The declared method (not an instance's copy of it), or the interface's.
    pub obj: ObjId,
    /// The method of the canonical receiver type: an instance's copy of the declared one.
    pub of_type: ObjId,
    /// The type of the value at the end of the path, or what it points to.
    pub base: TypeId,
    /// Whether the value at the end of the path is a pointer to `base`.
    pub base_ptr: bool,
    pub iface: bool,
    /// Whether the method's receiver is a pointer.
    pub ptr_recv: bool,
}

impl<'a> FuncLower<'_, 'a> {
    /// The path of a field selection on the concrete type of its operand.
    pub fn field_path(&self, e: ExprId, x: ExprId) -> Vec<u32> {
        let sel = self.body.info.selection(e).expect("a field selection");
        if self.body.env.is_empty() {
            return sel.index.to_vec();
        }
        let o = self.cx.store.obj(sel.obj);
        match self.cx.store.lookup_field_or_method(self.ty(x), true, o.pkg, o.name, false) {
            Lookup::Found { index, .. } => index,
            _ => sel.index.to_vec(),
        }
    }

    /// Selects along a path of fields, through pointers where there are any. Returns the operand and its type.
    pub fn walk_fields(&mut self, base: Operand, t: TypeId, path: &[u32]) -> (Operand, TypeId) {
        let (mut cur, mut ct) = (base, t);
        for &i in path {
            if let Kind::Pointer(elem) = self.cx.info(ct).kind {
                let ptr = self.operand_val(&cur, ct).single();
                cur = Operand::Place(Place::Mem(Addr::deref(ptr)));
                ct = elem;
            }
            let field = self.cx.info(ct).fields()[i as usize];
            cur = match cur {
                // Elements of maps are not addressable.
                Operand::Place(Place::Map { .. }) => {
                    let v = self.operand_val(&cur, ct);
                    Operand::Val(self.field_val(&v, &field))
                }
                Operand::Place(p) => Operand::Place(self.field_place(p, &field)),
                Operand::Val(v) => Operand::Val(self.field_val(&v, &field)),
            };
            ct = field.ty;
        }
        (cur, ct)
    }

    /// The value of a selector expression.
    pub fn selector(&mut self, e: ExprId) -> Val {
        let ExprKind::Selector { .. } = self.body.file.kind(e) else { unreachable!("a selector") };
        let Some(sel) = self.body.info.selection(e) else {
            if let Some(inst) = self.static_func(e) {
                let sym = self.u.func_value(inst);
                return Val::one(self.b.sym_addr(sym, 0));
            }
            let t = self.ty(e);
            let place = self.place(e);
            return self.read_place(&place, t);
        };
        match sel.kind {
            SelectionKind::FieldVal => {
                let t = self.ty(e);
                let op = self.operand(e);
                self.at(self.pos_of(e));
                self.operand_val(&op, t)
            }
            SelectionKind::MethodVal => self.method_value(e, e),
            SelectionKind::MethodExpr => self.method_expr(e, e),
        }
    }

    /// Finds the method of a selection on the concrete type of its operand.
    pub fn resolve_method(&self, recv: TypeId, obj: ObjId, index: &[u32]) -> Option<Method> {
        let store = self.cx.store;
        let (obj, index) = if self.body.env.is_empty() {
            (obj, index.to_vec())
        } else {
            let o = store.obj(obj);
            match store.lookup_field_or_method(recv, true, o.pkg, o.name, false) {
                Lookup::Found { obj, index, .. } => (obj, index),
                _ => return None,
            }
        };
        let path = index[..index.len() - 1].to_vec();
        let mut t = recv;
        for &i in &path {
            let s = self.cx.pointee(t).unwrap_or(t);
            t = self.cx.info(s).fields()[i as usize].ty;
        }
        let (base, base_ptr) = match store.ty(t) {
            Type::Pointer(p) => (self.cx.canonical(p.elem), true),
            _ => (t, false),
        };
        let iface = self.cx.info(base).is_interface();
        let o = store.obj(obj);
        let of_type = if iface {
            let methods = store.type_set(self.cx.info(base).under).methods();
            *methods.iter().find(|&&m| store.same_id(m, o.pkg, o.name, false))?
        } else {
            store.named_lookup_method(base, o.pkg, o.name, false)?.1
        };
        let obj = store.origin(obj);
        let ptr_recv = !iface && store.has_ptr_recv(obj);
        Some(Method { path, obj, of_type, base, base_ptr, iface, ptr_recv })
    }

    /// The type arguments of the type that declares a method.
    pub fn method_targs(&self, m: &Method) -> Vec<TypeId> {
        match self.cx.store.ty(m.base) {
            Type::Named(n) => n.targs().iter().map(|&t| self.cx.canonical(t)).collect(),
            _ => Vec::new(),
        }
    }

    /// The receiver argument for a method, from the operand it is called on. Also the receiver's type.
    pub fn receiver(&mut self, x: ExprId, m: &Method) -> (Val, TypeId) {
        let xt = self.ty(x);
        let op = self.operand(x);
        self.at(self.pos_of(x));
        let (op, t) = self.walk_fields(op, xt, &m.path);
        if m.iface {
            return (self.operand_val(&op, t), t);
        }
        match (m.ptr_recv, m.base_ptr) {
            (true, true) => (self.operand_val(&op, t), t),
            (true, false) => {
                let addr = match op {
                    Operand::Place(Place::Mem(addr)) => self.checked(addr),
                    Operand::Place(p) => {
                        let v = self.read_place(&p, t);
                        self.unsupported(self.pos_of(x), "address of a variable in registers");
                        self.spill(&v, t)
                    }
                    Operand::Val(v) => {
                        let p = self.new_boxed(t, &v);
                        Addr::safe(p)
                    }
                };
                (Val::one(self.addr_value(addr)), self.cx.pointer_to(t))
            }
            (false, true) => {
                let ptr = self.operand_val(&op, t).single();
                (self.load(Addr::deref(ptr), m.base), m.base)
            }
            (false, false) => (self.operand_val(&op, t), t),
        }
    }

    /// Index of a method in the itabs of an interface type.
    pub fn iface_method_index(&self, iface: TypeId, method: ObjId) -> usize {
        let store = self.cx.store;
        let o = store.obj(method);
        let methods = store.type_set(self.cx.info(iface).under).methods();
        methods
            .iter()
            .position(|&m| store.same_id(m, o.pkg, o.name, false))
            .unwrap_or_else(|| panic!("{} is no method of {}", o.name, self.cx.type_string(iface)))
    }

    /// Loads a method's code from the itab of an interface value.
    pub fn load_iface_code(&mut self, itab: Value, iface: TypeId, method: ObjId) -> Value {
        let i = self.iface_method_index(iface, method);
        let methods = self.cx.store.type_set(self.cx.info(iface).under).methods();
        let obj = methods[i];
        self.u.iface_method(iface, obj);
        self.b.load(Ty::Ptr, itab, 24 + 8 * i as i32, MemFlags { may_fault: true, readonly: true })
    }

    /// The selector of an instantiated method `x.M[T]` or `T.M[T]`.
    pub fn method_instance(&self, e: ExprId) -> Option<ExprId> {
        let ExprKind::Index { x, .. } = self.body.file.kind(e) else { return None };
        let x = self.unparen(x);
        let sel = self.body.info.selection(x)?;
        (sel.kind != SelectionKind::FieldVal && !self.pre.contains_key(&x)).then_some(x)
    }

    /// The value of an instantiated method, whose selector is given.
    pub fn method_instance_val(&mut self, sel: ExprId, e: ExprId) -> Val {
        match self.body.info.selection(sel).expect("a method").kind {
            SelectionKind::MethodExpr => self.method_expr(sel, e),
            _ => self.method_value(sel, e),
        }
    }

    /// The method as lowering refers to it; a generic one with the type arguments recorded at the selector or
    /// the instantiation around it.
    fn method_ref(&self, m: &Method, name: ExprId, sel: ExprId, e: ExprId) -> MethodRef {
        let own = [name, sel, e].into_iter().map(|at| self.instance_targs(at)).find(|t| !t.is_empty());
        let inst = own.map(|own| {
            let mut targs = self.method_targs(m);
            targs.extend(own);
            self.cx.inst(m.obj, &targs)
        });
        MethodRef { obj: m.of_type, inst }
    }

    /// `x.M` as a value: a closure over the receiver. `whole` is the selector or an instantiation of it.
    fn method_value(&mut self, e: ExprId, whole: ExprId) -> Val {
        let ExprKind::Selector { x, sel: name } = self.body.file.kind(e) else { unreachable!("a selector") };
        let sel = self.body.info.selection(e).expect("a method value").clone();
        let xt = self.ty(x);
        let Some(m) = self.resolve_method(xt, sel.obj, &sel.index) else {
            let t = self.ty(e);
            return self.unsupported_val(self.pos_of(e), "method value of this type", t);
        };
        let (recv, rt) = self.receiver(x, &m);
        self.at(self.pos_of(e));
        if m.iface {
            // A nil interface panics here, not when the value is called.
            let itab = recv.scalars()[0];
            self.b.push(grus_ir::InstData::NilCheck { ptr: itab });
            let i = self.iface_method_index(rt, m.obj);
            let obj = self.cx.store.type_set(self.cx.info(rt).under).methods()[i];
            self.u.iface_method(rt, obj);
        }
        let code = self.u.method_value_code(rt, self.method_ref(&m, name, e, whole));
        let info = self.cx.info(rt);
        let (leaves, vals) = match (&info.leaves, &recv) {
            (Some(leaves), Val::S(s)) => (leaves.iter().map(|l| (l.ty, l.traced)).collect(), s.to_vec()),
            _ => {
                let boxed = self.new_boxed(rt, &recv);
                (vec![(Ty::Ptr, true)], vec![boxed])
            }
        };
        let layout = CaptureLayout::new(leaves);
        if vals.is_empty() {
            let sym = self.static_closure(code);
            return Val::one(self.b.sym_addr(sym, 0));
        }
        Val::one(self.make_closure(code, &layout, &vals))
    }

    /// `T.M` as a value. `whole` is the selector or an instantiation of it.
    fn method_expr(&mut self, e: ExprId, whole: ExprId) -> Val {
        let ExprKind::Selector { sel: name, .. } = self.body.file.kind(e) else { unreachable!("a selector") };
        let sel = self.body.info.selection(e).expect("a method expression").clone();
        let recv = self.body.env.ty(self.cx, sel.recv);
        let Some(m) = self.resolve_method(recv, sel.obj, &sel.index) else {
            let t = self.ty(e);
            return self.unsupported_val(self.pos_of(e), "method expression of this type", t);
        };
        let sym = self.u.method_expr_value(recv, self.method_ref(&m, name, e, whole));
        Val::one(self.b.sym_addr(sym, 0))
    }
}
