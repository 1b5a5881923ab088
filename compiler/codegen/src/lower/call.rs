//! Calls of Go functions and of the runtime.

use super::{Lower, abi};
use cranelift_codegen::ir::{self as clif, AbiParam, ExtFuncData, InstBuilder, Signature};
use cranelift_codegen::isa::CallConv;
use grus_ir::{Inst, SigRef, Sym, Value};

impl Lower<'_, '_> {
    fn clif_sig(&mut self, sig: SigRef) -> clif::SigRef {
        if let Some(s) = self.sigs[sig].expand() {
            return s;
        }
        let s = self.b.import_signature(abi::clif_sig(&self.ir.sigs[sig]));
        self.sigs[sig] = s.into();
        s
    }

    /// Imports are `colocated`: everything is linked statically, within reach of a direct call.
    fn import(&mut self, sym: Sym, signature: clif::SigRef) -> clif::FuncRef {
        let name = self.external_name(sym);
        self.b.import_function(ExtFuncData { name, signature, colocated: true, patchable: false })
    }

    /// A function of the runtime with these parameters and results.
    pub(super) fn runtime_func(
        &mut self,
        sym: Sym,
        params: &[clif::Type],
        results: &[clif::Type],
    ) -> clif::FuncRef {
        if let Some(&f) = self.runtime_funcs.get(&sym) {
            return f;
        }
        let sig = self.b.import_signature(tail_sig(params, results));
        let f = self.import(sym, sig);
        self.runtime_funcs.insert(sym, f);
        f
    }

    pub(super) fn call(&mut self, inst: Inst, callee: Sym, sig: SigRef, args: &[Value]) {
        let f = match self.funcs.get(&(callee, sig)) {
            Some(&f) => f,
            None => {
                let s = self.clif_sig(sig);
                let f = self.import(callee, s);
                self.funcs.insert((callee, sig), f);
                f
            }
        };
        let args = self.vals(args);
        let call = self.b.ins().call(f, &args);
        self.define_results(inst, call);
    }

    pub(super) fn call_indirect(&mut self, inst: Inst, callee: Value, sig: SigRef, args: &[Value]) {
        let s = self.clif_sig(sig);
        let callee = self.val(callee);
        let args = self.vals(args);
        let call = self.b.ins().call_indirect(s, callee, &args);
        self.define_results(inst, call);
    }

    fn define_results(&mut self, inst: Inst, call: clif::Inst) {
        let results: Vec<clif::Value> = self.b.inst_results(call).to_vec();
        let ir = self.ir;
        for (&r, v) in ir.inst_results(inst).iter().zip(results) {
            self.define(r, v);
        }
    }
}

/// A signature of Go code from CLIF types.
pub(super) fn tail_sig(params: &[clif::Type], results: &[clif::Type]) -> Signature {
    let mut sig = Signature::new(CallConv::Tail);
    sig.params.extend(params.iter().map(|&t| AbiParam::new(t)));
    sig.returns.extend(results.iter().map(|&t| AbiParam::new(t)));
    sig
}
