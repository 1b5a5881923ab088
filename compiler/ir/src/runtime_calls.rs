//! Functions that code generation calls on its own when it expands an instruction.
//!
//! Lowering keeps them reachable ([`for_each_callee`]), code generation emits the calls: both take the names
//! from here. Most are Go functions of package runtime; those marked *archive* are symbols of the runtime
//! archive and exist without being reached.

use crate::function::Function;
use crate::inst::{Escape, InstData};

/// `func newobject(typ *byte) *any`: a zeroed object in the heap.
pub const NEW_OBJECT: &str = "runtime.newobject";
/// `func typedmemmove(typ *byte, dst *any, src *any)`: copy with write barriers.
pub const TYPED_MEMMOVE: &str = "runtime.typedmemmove";
/// `func typedmemclr(typ *byte, dst *any)`: clear with write barriers.
pub const TYPED_MEMCLR: &str = "runtime.typedmemclr";
/// `func memmove(to, from unsafe.Pointer, n uintptr)`, *archive*.
pub const MEMMOVE: &str = "runtime.memmove";
/// `func memclrNoHeapPointers(ptr unsafe.Pointer, n uintptr)`, *archive*.
pub const MEMCLR: &str = "runtime.memclrNoHeapPointers";
/// `func FMA(x, y, z float64) float64`: where the target has no fused multiply-add instruction.
pub const SOFT_FMA: &str = "math.FMA";

/// The Go function that `data` may call when it is expanded, archive symbols left out. A fused
/// multiply-add counts only where the target lacks the instruction (`has_fma`).
pub fn callee(data: &InstData, has_fma: bool) -> Option<&'static str> {
    match data {
        InstData::BoundsCheck { kind, .. } => Some(kind.panic_function()),
        InstData::New { escape: Escape::Heap, .. } | InstData::Closure { escape: Escape::Heap, .. } => {
            Some(NEW_OBJECT)
        }
        InstData::MemCopy { traced: Some(_), .. } => Some(TYPED_MEMMOVE),
        InstData::MemZero { traced: Some(_), .. } => Some(TYPED_MEMCLR),
        InstData::Fma { .. } if !has_fma => Some(SOFT_FMA),
        _ => None,
    }
}

/// Calls `f` with the name of every function that expanding `func` may call (repeatedly, if it does so more
/// than once).
pub fn for_each_callee(func: &Function, has_fma: bool, mut f: impl FnMut(&'static str)) {
    for &block in &func.layout {
        for &inst in &func.blocks[block].insts {
            if let Some(name) = callee(&func.insts[inst], has_fma) {
                f(name);
            }
        }
    }
}
