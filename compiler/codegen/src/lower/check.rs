//! Nil and bounds checks, and the trap codes.

use super::{Lower, mem::Base};
use cranelift_codegen::ir::{self as clif, InstBuilder, MemFlagsData, TrapCode, condcodes::IntCC, types};
use grus_abi::g::GO_BOUNDS;
use grus_abi::native::trap;
use grus_ir::{BoundsKind, Value};

/// Trap code of loads and stores through pointers that may be nil.
pub(super) const NIL: TrapCode = TrapCode::unwrap_user(trap::NIL);
/// Trap code of places that control cannot reach.
pub(super) const UNREACHABLE: TrapCode = TrapCode::unwrap_user(trap::UNREACHABLE);

impl Lower<'_, '_> {
    /// Reads a byte through the pointer: a fault becomes Go's panic. The load is kept although unused, because a load
    /// with a trap code has an effect.
    pub(super) fn nil_check(&mut self, ptr: Value) {
        if let (Base::Value(_), _) = self.split_address(ptr, 0) {
            let addr = self.val(ptr);
            if self.nonnil.may_fault(addr) {
                self.touch(addr, 0);
            }
        }
    }

    /// The faulting load of a nil check.
    pub(super) fn touch(&mut self, addr: clif::Value, off: i32) {
        let flags = MemFlagsData::new().with_trap_code(Some(NIL)).with_alias_region(Some(self.alias.memory));
        self.b.ins().load(types::I8, flags, addr, off);
    }

    /// Compares unsigned: a negative index is a large number, and lengths are not negative. Index and length reach the
    /// function that panics through the g, not in registers, so that they may be in any register here.
    pub(super) fn bounds_check(&mut self, kind: BoundsKind, idx: Value, len: Value) {
        let (i, n) = (self.val(idx), self.val(len));
        let cc = if kind.is_strict() { IntCC::UnsignedLessThan } else { IntCC::UnsignedLessThanOrEqual };
        let ok = self.b.ins().icmp(cc, i, n);
        let (cold, next) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(cold);
        self.b.ins().brif(ok, next, &[], cold, &[]);
        self.b.switch_to_block(cold);
        let name = self.env.symbols.intern(kind.panic_function());
        let f = self.runtime_func(name, &[], &[]);
        let flags = self.safe();
        let g = self.b.ins().get_pinned_reg(types::I64);
        self.b.ins().store(flags, i, g, GO_BOUNDS as i32);
        self.b.ins().store(flags, n, g, GO_BOUNDS as i32 + 8);
        self.b.ins().call(f, &[]);
        self.b.ins().trap(UNREACHABLE);
        self.b.switch_to_block(next);
    }
}
