//! Code that only adapts: thunks of func values, methods promoted through embedded fields or called
//! through pointers, method values.
//!
//! Wrappers are marked as such in the function tables: tracebacks, `Callers` and recover do not see
//! them.

use crate::abi::{FuncAbi, PassMode};
use crate::cx::Cx;
use crate::demand::{MethodRef, Unit};
use crate::layout::Kind;
use crate::mono::InstId;
use grus_ir::{
    DataObject, DataReloc, FuncId, FunctionBuilder, InstData, IntCc, MemFlags, NIL_PAGE, ParamKind, PtrWords,
    RelocKind, Section, Signature, SlotData, Sym, Ty, Value,
};
use grus_types::lookup::Lookup;
use grus_types::{ObjId, Type, TypeId};

/// A receiver on its way to the one that the method takes.
enum Receiver {
    Scalars(Vec<Value>),
    /// In memory; `checked`: the address is known not to be nil.
    Memory {
        addr: Value,
        off: u64,
        checked: bool,
    },
}

/// What a wrapper calls in the end.
enum Target {
    /// A declared method.
    Code(Sym),
    /// The n-th method of an interface.
    Interface(usize),
}

impl Cx<'_> {
    /// The instance of a method found in a method set: the declared method with the type arguments of
    /// the type that declares it. `None` for methods of interfaces.
    pub fn method_inst(&self, method: ObjId) -> Option<InstId> {
        let sig = self.store.expand_method(method)?;
        let recv = self.store.signature(sig).recv?;
        let base = self.canonical(self.store.deref(self.store.type_of(recv)).0);
        let Type::Named(named) = self.store.ty(base) else { return None };
        if self.info(base).is_interface() {
            return None;
        }
        let declared = self.store.obj(method).origin().unwrap_or(method);
        let targs: Vec<TypeId> = named.targs().iter().map(|&t| self.canonical(t)).collect();
        Some(self.inst(declared, &targs))
    }

    /// Index of a method in an interface's table of methods.
    pub fn iface_method_index(&self, iface: TypeId, method: ObjId) -> usize {
        let (o, store) = (self.store.obj(method), self.store);
        self.iface_methods(iface)
            .iter()
            .position(|&m| {
                let x = store.obj(m);
                x.name == o.name && (x.exported() || x.pkg == o.pkg)
            })
            .unwrap_or_else(|| panic!("{} has no method {}", self.type_string(iface), o.name))
    }

    /// The methods of an interface in the order of its table.
    pub fn iface_methods(&self, iface: TypeId) -> Vec<ObjId> {
        let mut methods = self.store.type_set(self.store.under(iface)).methods().to_vec();
        methods.sort_by(|&a, &b| self.store.cmp_objects(a, b));
        methods
    }
}

impl Unit<'_> {
    /// Calls a function of package runtime.
    pub fn call_runtime(&mut self, b: &mut FunctionBuilder, name: &str, args: &[Value]) -> Vec<Value> {
        let obj = self.cx.runtime_func(name).unwrap_or_else(|| panic!("package runtime has no {name}"));
        let inst = self.cx.inst(obj, &[]);
        let sym = self.func_sym(inst);
        let abi = FuncAbi::of_signature(self.cx, false, None, self.cx.store.type_of(obj));
        b.call(sym, abi.sig, args)
    }

    /// A read-only closure object for plain code that takes no context, with the thunk that drops the
    /// context.
    pub fn static_closure(&mut self, code: Sym, sig: &Signature) -> Sym {
        let name = self.cx.symbols.name(code).to_string();
        let object = self.cx.intern(&format!("{name}·f"));
        let thunk = self.cx.intern(&format!("{name}·thunk"));
        self.define_closure_object(object, thunk);
        let mut params = vec![Ty::Ptr];
        params.extend(&sig.params);
        let mut b = FunctionBuilder::new(thunk, Signature { params, results: sig.results.clone() });
        b.func.param_kinds[0] = ParamKind::Context;
        b.func.attrs.dedup = true;
        b.func.attrs.func_id = FuncId::WRAPPER;
        b.func.attrs.table_name = Some(name.into());
        let args = b.func.params()[1..].to_vec();
        let results = b.call(code, sig.clone(), &args);
        b.ret(&results);
        self.add_func(b);
        object
    }

    /// A read-only object that holds a code pointer.
    fn define_closure_object(&mut self, object: Sym, code: Sym) {
        self.add_data(DataObject {
            sym: object,
            section: Section::RoData,
            align: 8,
            size: 8,
            bytes: vec![0; 8],
            relocs: vec![DataReloc { offset: 0, kind: RelocKind::Abs64, sym: code, addend: 0 }],
            ptr_words: PtrWords::None,
        });
    }

    /// `Demand::FuncValue`: the closure object and thunk of a function instance.
    pub fn lower_func_value(&mut self, inst: InstId) {
        let code = self.func_sym(inst);
        let sig = self.cx.inst_sig(inst);
        let params: Vec<TypeId> = sig.recv.into_iter().chain(sig.params).collect();
        let abi = FuncAbi::new(self.cx, false, &params, &sig.results);
        self.static_closure_with_kinds(code, &abi, self.decl_pos(inst));
    }

    /// The position of a declared function, which its thunk has too: the code that a func value names seems to be the
    /// function. 0 if it is not known.
    fn decl_pos(&self, inst: InstId) -> u32 {
        match self.cx.front.func(self.cx.inst_data(inst).func) {
            Ok(source) => source.file[source.decl].pos.as_u32(),
            Err(_) => 0,
        }
    }

    /// `Demand::MethodExpr`: the closure object of a method expression.
    pub fn lower_method_expr(&mut self, recv: TypeId, method: MethodRef) {
        let code = self.method_sym(recv, method);
        let abi = self.method_abi(false, recv, method);
        let inst = method.inst.or_else(|| self.cx.method_inst(method.obj));
        let declared = inst.filter(|&i| self.cx.inst_sig(i).recv == Some(recv));
        let pos = declared.map_or(0, |inst| self.decl_pos(inst));
        self.static_closure_with_kinds(code, &abi, pos);
    }

    fn static_closure_with_kinds(&mut self, code: Sym, abi: &FuncAbi, pos: u32) {
        self.static_closure(code, &abi.sig);
        let thunk = self.cx.intern(&format!("{}·thunk", self.cx.symbols.name(code)));
        if let Some(f) = self.funcs.iter_mut().find(|f| f.sym == thunk) {
            f.param_kinds[1..].copy_from_slice(&abi.kinds);
            f.start_pos = pos;
        }
    }

    fn method_abi(&self, context: bool, recv: TypeId, method: MethodRef) -> FuncAbi {
        if let Some(inst) = method.inst {
            let sig = self.cx.inst_sig(inst);
            let params: Vec<TypeId> = std::iter::once(recv).chain(sig.params).collect();
            return FuncAbi::new(self.cx, context, &params, &sig.results);
        }
        let method = method.obj;
        let sig = self.cx.store.expand_method(method).expect("a method has a type");
        FuncAbi::of_signature(self.cx, context, Some(recv), sig)
    }

    /// Code for the receiver word of an interface: what itabs and `Method.Ifn` hold.
    pub fn iface_code(&mut self, recv: TypeId, method: ObjId) -> Sym {
        let info = self.cx.info(recv);
        if info.is_direct_iface() {
            return self.method_sym(recv, method);
        }
        let ptr = self.cx.pointer_to(recv);
        self.method_sym(ptr, method)
    }

    /// `Demand::Method`: a wrapper, unless the method is declared with this very receiver type.
    pub fn lower_method(&mut self, recv: TypeId, method: MethodRef) {
        let cx = self.cx;
        if let Some(inst) = method.inst.or_else(|| cx.method_inst(method.obj))
            && cx.inst_sig(inst).recv == Some(recv)
        {
            let code = self.func_sym(inst);
            let name = cx.intern(&cx.method_name(recv, method));
            assert_eq!(code, name, "a declared method has one name");
            return;
        }
        let sym = cx.intern(&cx.method_name(recv, method));
        let abi = self.method_abi(false, recv, method);
        let mut b = self.begin_wrapper(sym, &abi);
        let params = b.func.params().to_vec();
        let receiver = match abi.params[0] {
            PassMode::Scalars { first, count } => Receiver::Scalars(params[first..first + count].to_vec()),
            PassMode::ByRef { index } => Receiver::Memory { addr: params[index], off: 0, checked: true },
        };
        let results = self.forward(&mut b, recv, method, receiver, &abi, true);
        b.ret(&results);
        self.add_func(b);
    }

    /// `Demand::MethodValue`: closure code that finds the receiver in its context.
    pub fn lower_method_value(&mut self, recv: TypeId, method: MethodRef) {
        let cx = self.cx;
        let sym = cx.intern(&format!("{}-fm", cx.method_name(recv, method)));
        let (params, results) = match method.inst {
            Some(inst) => {
                let sig = cx.inst_sig(inst);
                (sig.params, sig.results)
            }
            None => cx.signature_types(cx.store.expand_method(method.obj).expect("a method has a type")),
        };
        let abi = FuncAbi::new(cx, true, &params, &results);
        let mut b = self.begin_wrapper(sym, &abi);
        let context = b.func.params()[0];
        let receiver = match &cx.info(recv).leaves {
            Some(leaves) => {
                let mut off = 8;
                let mut vals = Vec::new();
                for l in leaves.iter() {
                    let size = l.ty.size() as i32;
                    off = (off + size - 1) / size * size;
                    vals.push(b.load(l.ty, context, off, MemFlags::SAFE));
                    off += size;
                }
                Receiver::Scalars(vals)
            }
            None => {
                let addr = b.load(Ty::Ptr, context, 8, MemFlags::SAFE);
                Receiver::Memory { addr, off: 0, checked: true }
            }
        };
        // The callee's ABI has the receiver where this one has the context.
        let results = self.forward(&mut b, recv, method, receiver, &abi, false);
        b.ret(&results);
        self.add_func(b);
    }

    fn begin_wrapper(&self, sym: Sym, abi: &FuncAbi) -> FunctionBuilder {
        let mut b = FunctionBuilder::new(sym, abi.sig.clone());
        b.func.param_kinds.copy_from_slice(&abi.kinds);
        b.func.trace_args = crate::tracearg::trace_args(self.cx, abi);
        b.func.attrs.dedup = true;
        b.func.attrs.func_id = FuncId::WRAPPER;
        // No position, but one of its own: what is inlined here has others.
        b.set_pos(0, None);
        b
    }

    /// Takes the receiver along the path to the method and calls it with the other parameters of the
    /// wrapper. `has_recv`: the wrapper's own ABI has the receiver as a parameter.
    fn forward(
        &mut self,
        b: &mut FunctionBuilder,
        recv: TypeId,
        method: MethodRef,
        receiver: Receiver,
        abi: &FuncAbi,
        has_recv: bool,
    ) -> Vec<Value> {
        let cx = self.cx;
        let o = cx.store.obj(method.obj);
        let path = match cx.store.lookup_field_or_method(recv, true, o.pkg, o.name, false) {
            Lookup::Found { index, .. } => index,
            _ => panic!("{} has no method {}", cx.type_string(recv), o.name),
        };
        let (mut ty, mut cur) = (recv, receiver);
        for &i in &path[..path.len() - 1] {
            (ty, cur) = self.embedded(b, ty, cur, i as usize);
        }
        let (args, target) = self.final_receiver(b, recv, ty, cur, method, path.len() == 1);
        let mut call = Vec::new();
        let params = b.func.params().to_vec();
        if abi.area.is_some() {
            call.push(params[abi.result_ptr()]);
        }
        call.extend(&args);
        for mode in &abi.params[usize::from(has_recv)..] {
            match *mode {
                PassMode::Scalars { first, count } => call.extend(&params[first..first + count]),
                PassMode::ByRef { index } => call.push(params[index]),
            }
        }
        let mut sig = Signature { params: Vec::new(), results: abi.sig.results.clone() };
        sig.params.extend(call.iter().map(|&v| b.func.ty(v)));
        match target {
            Target::Code(sym) => b.call(sym, sig, &call),
            Target::Interface(n) => {
                // The table is the first leaf; the data word replaces it as receiver.
                let code = b.load(Ty::Ptr, args[0], itab_fun_offset(n), MemFlags::FAULT);
                let at = usize::from(abi.area.is_some());
                call.remove(at);
                sig.params.remove(at);
                b.call_indirect(code, sig, &call)
            }
        }
    }

    /// Steps to the i-th (embedded) field.
    fn embedded(
        &mut self,
        b: &mut FunctionBuilder,
        ty: TypeId,
        cur: Receiver,
        i: usize,
    ) -> (TypeId, Receiver) {
        let cx = self.cx;
        let (ty, cur) = match (&cx.info(ty).kind, cur) {
            (Kind::Pointer(elem), cur) => {
                let addr = self.pointer_value(b, ty, cur);
                (*elem, Receiver::Memory { addr, off: 0, checked: false })
            }
            (_, cur) => (ty, cur),
        };
        let field = cx.info(ty).fields()[i];
        let cur = match cur {
            Receiver::Scalars(vals) => {
                let n = cx.info(field.ty).leaves().len();
                Receiver::Scalars(vals[field.leaf..field.leaf + n].to_vec())
            }
            Receiver::Memory { addr, off, checked } => {
                Receiver::Memory { addr, off: off + field.off, checked }
            }
        };
        (field.ty, cur)
    }

    /// The pointer that a receiver of pointer type is.
    fn pointer_value(&mut self, b: &mut FunctionBuilder, ty: TypeId, cur: Receiver) -> Value {
        self.scalars(b, ty, cur)[0]
    }

    /// The scalars of a receiver of a scalar type.
    fn scalars(&mut self, b: &mut FunctionBuilder, ty: TypeId, cur: Receiver) -> Vec<Value> {
        match cur {
            Receiver::Scalars(vals) => vals,
            Receiver::Memory { addr, off, checked } => {
                let info = self.cx.info(ty);
                let flags = match checked {
                    true => MemFlags::SAFE,
                    false if off + info.size <= NIL_PAGE => MemFlags::FAULT,
                    false => {
                        b.push(InstData::NilCheck { ptr: addr });
                        MemFlags::SAFE
                    }
                };
                let leaves = info.leaves().to_vec();
                leaves.iter().map(|l| b.load(l.ty, addr, off as i32 + l.off as i32, flags)).collect()
            }
        }
    }

    /// The receiver arguments of the method itself, and what to call.
    fn final_receiver(
        &mut self,
        b: &mut FunctionBuilder,
        recv: TypeId,
        ty: TypeId,
        cur: Receiver,
        method: MethodRef,
        direct: bool,
    ) -> (Vec<Value>, Target) {
        let cx = self.cx;
        if cx.info(ty).is_interface() {
            let n = cx.iface_method_index(ty, method.obj);
            self.iface_method(ty, method.obj);
            return (self.scalars(b, ty, cur), Target::Interface(n));
        }
        let inst = method.inst.or_else(|| cx.method_inst(method.obj)).expect("a declared method");
        let code = self.func_sym(inst);
        let want = cx.inst_sig(inst).recv.expect("a method has a receiver");
        if want == ty {
            let args = match cx.info(ty).is_scalar() {
                true => self.scalars(b, ty, cur),
                false => vec![self.copied(b, ty, cur)],
            };
            return (args, Target::Code(code));
        }
        if cx.info(want).kind_is_pointer_to(ty) {
            // The method wants the address of an embedded value.
            let Receiver::Memory { addr, off, checked } = cur else {
                panic!(
                    "pointer method {} on a value of {}",
                    cx.store.obj(method.obj).name,
                    cx.type_string(ty)
                )
            };
            if !checked {
                b.push(InstData::NilCheck { ptr: addr });
            }
            return (vec![b.ptr_add_imm(addr, off as i64)], Target::Code(code));
        }
        // A value method called through a pointer.
        let p = self.pointer_value(b, ty, cur);
        if direct && ty == recv {
            let (bad, good) = (b.create_block(), b.create_block());
            let null = b.icmp_imm(IntCc::Eq, p, 0);
            b.brif(null, bad, good);
            b.switch_sealed(bad);
            self.call_runtime(b, "panicwrap", &[]);
            b.unreachable();
            b.switch_sealed(good);
        }
        let cur = Receiver::Memory { addr: p, off: 0, checked: direct && ty == recv };
        let args = match cx.info(want).is_scalar() {
            true => self.scalars(b, want, cur),
            false => vec![self.copied(b, want, cur)],
        };
        (args, Target::Code(code))
    }

    /// The address of a copy of a large receiver: others may write to the original during the call.
    fn copied(&mut self, b: &mut FunctionBuilder, ty: TypeId, cur: Receiver) -> Value {
        let Receiver::Memory { addr, off, checked } = cur else { panic!("a large value in scalars") };
        if !checked {
            b.push(InstData::NilCheck { ptr: addr });
        }
        let info = self.cx.info(ty);
        let size = u32::try_from(info.size).expect("values passed to functions are below 4 GiB");
        let ptr_words = self.cx.slot_ptr_words(ty);
        let slot =
            b.create_slot(SlotData { size, align: info.align.max(8), ptr_words, ..SlotData::default() });
        let dst = b.slot_addr(slot, 0);
        let src = b.ptr_add_imm(addr, off as i64);
        b.push(InstData::MemCopy { dst, src, size: info.size, traced: None });
        dst
    }
}

impl crate::layout::TypeInfo {
    fn kind_is_pointer_to(&self, t: TypeId) -> bool {
        matches!(self.kind, Kind::Pointer(e) if e == t)
    }
}

/// Offset of the n-th code pointer in an itab.
pub fn itab_fun_offset(n: usize) -> i32 {
    24 + 8 * n as i32
}
