//! The calling convention of Go code in Cranelift's terms, and the argument bitmap.
//!
//! All Go code is `CallConv::Tail`; the registers are listed in `grus_abi::native`. The argument bitmap numbers the
//! integer argument words as `grus_abi::symtab` says: the registers first, then the words on the stack. It must agree
//! with how Cranelift assigns them, which the tests check against the generated code.

use cranelift_codegen::ir::{self, AbiParam, types};
use cranelift_codegen::isa::CallConv;
use grus_abi::g::{FLOAT_ARG_REGS, INT_ARG_REGS};
use grus_ir::{Signature, Ty};

/// The Cranelift type of an IR type.
pub(crate) fn clif_ty(ty: Ty) -> ir::Type {
    match ty {
        Ty::I8 => types::I8,
        Ty::I16 => types::I16,
        Ty::I32 => types::I32,
        Ty::I64 | Ty::Ptr => types::I64,
        Ty::F32 => types::F32,
        Ty::F64 => types::F64,
    }
}

/// The Cranelift signature of a Go function.
pub(crate) fn clif_sig(sig: &Signature) -> ir::Signature {
    let mut s = ir::Signature::new(CallConv::Tail);
    s.params.extend(sig.params.iter().map(|&t| AbiParam::new(clif_ty(t))));
    s.returns.extend(sig.results.iter().map(|&t| AbiParam::new(clif_ty(t))));
    s
}

/// Signature of the stubs that preserve every register, with as many words as arguments.
pub(crate) fn preserve_all_sig(params: usize) -> ir::Signature {
    let mut s = ir::Signature::new(CallConv::PreserveAll);
    s.params.resize(params, AbiParam::new(types::I64));
    s
}

/// Which words of a function's arguments hold pointers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArgMap {
    /// Words up to the last one that holds a pointer.
    pub words: Vec<bool>,
    /// Bytes of arguments on the stack, which the function pops when it returns.
    pub stack_bytes: u32,
}

impl ArgMap {
    pub(crate) fn of(sig: &Signature) -> ArgMap {
        let (mut ints, mut floats, mut stack) = (0, 0, 0);
        let mut words = Vec::new();
        for &ty in &sig.params {
            let word = if ty.is_float() {
                if floats < FLOAT_ARG_REGS {
                    floats += 1;
                    continue;
                }
                stack += 1;
                INT_ARG_REGS + stack - 1
            } else if ints < INT_ARG_REGS {
                ints += 1;
                ints - 1
            } else {
                stack += 1;
                INT_ARG_REGS + stack - 1
            };
            if ty == Ty::Ptr {
                words.resize(word, false);
                words.push(true);
            }
        }
        ArgMap { words, stack_bytes: (stack as u32 * 8).next_multiple_of(16) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbered_registers_first() {
        let sig = |params: &[Ty]| Signature { params: params.to_vec(), results: vec![] };
        let m = ArgMap::of(&sig(&[Ty::I64, Ty::Ptr, Ty::F64, Ty::Ptr]));
        assert_eq!(m.words, [false, true, true]);
        assert_eq!(m.stack_bytes, 0);
        // Six integer registers, then the stack; the ninth float goes to the stack in order of parameters.
        let mut p = vec![Ty::I64; 6];
        p.extend([Ty::F64; 8]);
        p.extend([Ty::I8, Ty::F32, Ty::Ptr]);
        let m = ArgMap::of(&sig(&p));
        assert_eq!(m.words.iter().position(|&w| w), Some(8));
        assert_eq!(m.stack_bytes, 32);
    }
}
