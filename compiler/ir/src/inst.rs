//! Instructions.
//!
//! An instruction takes values, yields zero or more values, and carries a source location. Every
//! instruction that may panic, fault or call *observes the frame set* of its function: the slots
//! that deferred closures and the landing pad read must be up to date in memory there
//! ([`InstData::observes_frame`]).
//!
//! Go's own operations (allocation, bounds and nil checks, barriered stores) are kept whole until
//! code generation expands them, so that passes can reason about them. Operations of the runtime
//! on maps, channels and strings are calls of symbols that passes know by name.

use crate::entity::{Block, SigRef, Slot, Sym, Value};
use crate::ty::Ty;
use cranelift_entity::EntityList;

/// A list of values in the function's pool.
pub type ValueList = EntityList<Value>;

macro_rules! named_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $name { $($(#[$vmeta])* $variant,)* }

        impl $name {
            /// Every variant, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// Name in the textual form.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// The inverse of `name`.
            pub fn from_name(name: &str) -> Option<$name> {
                match name { $($text => Some($name::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named_enum! {
    /// Operations of one operand whose result has the operand's type.
    pub enum UnaryOp {
        Neg = "neg",
        Not = "not",
        /// Leading zeros; the width for zero.
        Clz = "clz",
        /// Trailing zeros; the width for zero.
        Ctz = "ctz",
        Popcnt = "popcnt",
        /// Reverses the bytes.
        Bswap = "bswap",
        /// Reverses the bits.
        Bitrev = "bitrev",
        Fneg = "fneg",
        Fabs = "fabs",
        Sqrt = "sqrt",
        /// The operand. If it is a product, that is rounded: an explicit conversion keeps code generation from fusing it
        /// with a sum.
        Fround = "fround",
        /// Rounding; a target without the instruction calls the runtime (never a libcall).
        Ceil = "ceil",
        Floor = "floor",
        /// Rounds toward zero.
        Ftrunc = "ftrunc",
        /// Rounds to nearest, ties to even.
        Nearest = "nearest",
    }
}

named_enum! {
    /// Operations of two operands of one type (shifts and rotates: the count may have another
    /// integer type).
    pub enum BinaryOp {
        Add = "add",
        Sub = "sub",
        Mul = "mul",
        /// The high half of the unsigned product.
        UmulHi = "umulhi",
        /// The high half of the signed product.
        SmulHi = "smulhi",
        /// Go's signed division: panics when the divisor is zero; `MIN / -1` is `MIN`.
        Sdiv = "sdiv",
        /// Panics when the divisor is zero.
        Udiv = "udiv",
        /// Go's signed remainder: panics when the divisor is zero; `MIN % -1` is 0.
        Srem = "srem",
        /// Panics when the divisor is zero.
        Urem = "urem",
        And = "and",
        Or = "or",
        Xor = "xor",
        /// `x &^ y`.
        AndNot = "andnot",
        /// Shifts: the count is taken modulo the width. Go's rule for larger counts is made explicit
        /// by the builder where the count is not known to be small.
        Shl = "shl",
        Ushr = "ushr",
        Sshr = "sshr",
        Rotl = "rotl",
        Fadd = "fadd",
        Fsub = "fsub",
        Fmul = "fmul",
        Fdiv = "fdiv",
        /// Go's builtin min on floats: NaN if either is NaN, -0 below +0.
        Fmin = "fmin",
        Fmax = "fmax",
        /// The first operand with the sign of the second.
        Copysign = "copysign",
    }
}

impl BinaryOp {
    /// Integer division and remainder, which panic on a zero divisor.
    pub const fn is_division(self) -> bool {
        matches!(self, BinaryOp::Sdiv | BinaryOp::Udiv | BinaryOp::Srem | BinaryOp::Urem)
    }

    /// Whether the operands may be swapped.
    pub const fn is_commutative(self) -> bool {
        use BinaryOp::*;
        matches!(self, Add | Mul | UmulHi | SmulHi | And | Or | Xor | Fadd | Fmul)
    }

    /// Shifts and rotates, whose second operand may have any integer type.
    pub const fn is_shift(self) -> bool {
        matches!(self, BinaryOp::Shl | BinaryOp::Ushr | BinaryOp::Sshr | BinaryOp::Rotl)
    }
}

named_enum! {
    /// Conversions; the target type stands in the instruction.
    pub enum ConvOp {
        /// Sign extension to a wider integer.
        Sext = "sext",
        /// Zero extension to a wider integer.
        Zext = "zext",
        /// Truncation to a narrower integer.
        Trunc = "trunc",
        /// Signed integer to float.
        S2f = "s2f",
        /// Unsigned integer to float.
        U2f = "u2f",
        /// Float to signed integer, with what gc gives on the architecture when out of range.
        F2s = "f2s",
        /// Float to unsigned integer, with what gc gives on the architecture when out of range.
        F2u = "f2u",
        /// f32 to f64.
        Fpromote = "fpromote",
        /// f64 to f32, correctly rounded.
        Fdemote = "fdemote",
        /// The same bits as another type of the same size (integer and float).
        Bitcast = "bitcast",
        /// A pointer's address as an i64; the result keeps nothing alive.
        PtrToInt = "ptrtoint",
        /// An integer as a pointer (package unsafe).
        IntToPtr = "inttoptr",
    }
}

named_enum! {
    /// Integer and pointer comparisons; the result is an i8 that is 0 or 1.
    pub enum IntCc {
        Eq = "eq",
        Ne = "ne",
        Slt = "slt",
        Sle = "sle",
        Sgt = "sgt",
        Sge = "sge",
        Ult = "ult",
        Ule = "ule",
        Ugt = "ugt",
        Uge = "uge",
    }
}

impl IntCc {
    /// The comparison that holds exactly when this one does not.
    pub const fn inverse(self) -> IntCc {
        use IntCc::*;
        match self {
            Eq => Ne,
            Ne => Eq,
            Slt => Sge,
            Sle => Sgt,
            Sgt => Sle,
            Sge => Slt,
            Ult => Uge,
            Ule => Ugt,
            Ugt => Ule,
            Uge => Ult,
        }
    }

    /// The comparison with its operands exchanged.
    pub const fn swapped(self) -> IntCc {
        use IntCc::*;
        match self {
            Eq => Eq,
            Ne => Ne,
            Slt => Sgt,
            Sle => Sge,
            Sgt => Slt,
            Sge => Sle,
            Ult => Ugt,
            Ule => Uge,
            Ugt => Ult,
            Uge => Ule,
        }
    }
}

named_enum! {
    /// Float comparisons as Go has them: all but `ne` are false when an operand is NaN.
    pub enum FloatCc {
        Eq = "eq",
        Ne = "ne",
        Lt = "lt",
        Le = "le",
        Gt = "gt",
        Ge = "ge",
    }
}

named_enum! {
    /// Atomic read-modify-write operations; the result is the old value.
    pub enum AtomicOp {
        Add = "add",
        Sub = "sub",
        And = "and",
        Or = "or",
        Xor = "xor",
        Xchg = "xchg",
    }
}

named_enum! {
    /// What a bounds check guards, which decides its condition and the text of its panic.
    ///
    /// `idx` is a signed i64 unless the kind ends in `U`, which says that it came from an unsigned
    /// type and prints as such. Index kinds require `0 <= idx < len`; slice kinds `0 <= idx <= len`.
    pub enum BoundsKind {
        Index = "index",
        IndexU = "index_u",
        /// `s[?:x]` with x compared to a length.
        SliceAlen = "slice_alen",
        SliceAlenU = "slice_alen_u",
        /// `s[?:x]` with x compared to a capacity.
        SliceAcap = "slice_acap",
        SliceAcapU = "slice_acap_u",
        /// `s[x:y]` with x compared to y.
        SliceB = "slice_b",
        SliceBU = "slice_b_u",
        Slice3Alen = "slice3_alen",
        Slice3AlenU = "slice3_alen_u",
        Slice3Acap = "slice3_acap",
        Slice3AcapU = "slice3_acap_u",
        Slice3B = "slice3_b",
        Slice3BU = "slice3_b_u",
        Slice3C = "slice3_c",
        Slice3CU = "slice3_c_u",
        /// Conversion of a slice to an array or array pointer: length of the slice at least `idx`.
        SliceConvert = "slice_convert",
    }
}

impl BoundsKind {
    /// The function of package runtime that raises the panic; index and length are passed in the g.
    pub const fn panic_function(self) -> &'static str {
        use BoundsKind::*;
        match self {
            Index => "runtime.panicIndex",
            IndexU => "runtime.panicIndexU",
            SliceAlen => "runtime.panicSliceAlen",
            SliceAlenU => "runtime.panicSliceAlenU",
            SliceAcap => "runtime.panicSliceAcap",
            SliceAcapU => "runtime.panicSliceAcapU",
            SliceB => "runtime.panicSliceB",
            SliceBU => "runtime.panicSliceBU",
            Slice3Alen => "runtime.panicSlice3Alen",
            Slice3AlenU => "runtime.panicSlice3AlenU",
            Slice3Acap => "runtime.panicSlice3Acap",
            Slice3AcapU => "runtime.panicSlice3AcapU",
            Slice3B => "runtime.panicSlice3B",
            Slice3BU => "runtime.panicSlice3BU",
            Slice3C => "runtime.panicSlice3C",
            Slice3CU => "runtime.panicSlice3CU",
            SliceConvert => "runtime.panicSliceConvert",
        }
    }

    /// Whether the check requires `idx < len` (and not `idx <= len`).
    pub const fn is_strict(self) -> bool {
        matches!(self, BoundsKind::Index | BoundsKind::IndexU)
    }
}

/// What is known of a memory access.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct MemFlags {
    /// The address may be nil: the access then faults and becomes Go's nil dereference panic.
    /// **Invariant:** only set where constant offset + size <= 4096; elsewhere an explicit
    /// `nilcheck` stands before.
    pub may_fault: bool,
    /// The memory is never written after it becomes visible (strings, descriptors, itabs).
    pub readonly: bool,
}

impl MemFlags {
    /// An access through a pointer that is known not to be nil.
    pub const SAFE: MemFlags = MemFlags { may_fault: false, readonly: false };
    /// An access that is also the nil check of its pointer.
    pub const FAULT: MemFlags = MemFlags { may_fault: true, readonly: false };
    /// A load from memory that does not change, through a pointer known not to be nil.
    pub const RO: MemFlags = MemFlags { may_fault: false, readonly: true };
}

/// The largest constant offset + size for which a faulting access may stand for a nil check.
pub const NIL_PAGE: u64 = 4096;

/// Where an allocation goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Escape {
    /// Not known to be local: the heap.
    Heap,
    /// Proven not to outlive the frame: this slot.
    Stack(Slot),
}

/// A branch target with the arguments for its parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockCall {
    pub block: Block,
    pub args: ValueList,
}

/// The type of a copy or clear that needs write barriers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Traced {
    /// Its descriptor.
    pub desc: Sym,
    /// The words that the collector follows, the word at `8 * i` as bit `i`; 0 for a type of more than 16 words.
    pub words: u16,
}

impl Traced {
    /// Offsets of the words that the collector follows, if they are known.
    pub fn offsets(self) -> impl Iterator<Item = u32> {
        (0..u16::BITS).filter(move |i| self.words >> i & 1 != 0).map(|i| 8 * i)
    }
}

/// An instruction: opcode and operands.
#[derive(Clone, PartialEq, Debug)]
pub enum InstData {
    // ---- constants and addresses ----
    /// An integer, or a pointer when `ty` is `ptr` (nil is 0).
    Iconst {
        ty: Ty,
        imm: i64,
    },
    /// A float by its bits (the low 32 for f32).
    Fconst {
        ty: Ty,
        bits: u64,
    },
    /// The address of a function or data symbol, plus an offset.
    SymAddr {
        sym: Sym,
        off: i32,
    },
    /// The address of a stack slot plus an offset, as a value.
    SlotAddr {
        slot: Slot,
        off: i32,
    },
    /// The current g, as an i64 (never in a stack map: it is not a Go pointer).
    GetG,

    // ---- arithmetic ----
    Unary {
        op: UnaryOp,
        arg: Value,
    },
    Binary {
        op: BinaryOp,
        args: [Value; 2],
    },
    Convert {
        op: ConvOp,
        ty: Ty,
        arg: Value,
    },
    Icmp {
        cc: IntCc,
        args: [Value; 2],
    },
    Fcmp {
        cc: FloatCc,
        args: [Value; 2],
    },
    /// `args[0] != 0 ? args[1] : args[2]`; both are evaluated.
    Select {
        args: [Value; 3],
    },
    /// `x*y + z` rounded once.
    Fma {
        args: [Value; 3],
    },
    /// Pointer plus byte offset (i64). The result points into the same object.
    PtrAdd {
        base: Value,
        off: Value,
    },
    /// Pointer plus constant byte offset.
    PtrAddImm {
        base: Value,
        off: i64,
    },

    // ---- memory ----
    Load {
        ty: Ty,
        addr: Value,
        off: i32,
        flags: MemFlags,
    },
    /// A store that needs no write barrier: no pointer, or into a slot, or proven.
    Store {
        val: Value,
        addr: Value,
        off: i32,
        flags: MemFlags,
    },
    /// A store of a pointer into memory that may be heap or global: with write barrier.
    StoreWb {
        val: Value,
        addr: Value,
        off: i32,
        flags: MemFlags,
    },
    SlotLoad {
        ty: Ty,
        slot: Slot,
        off: i32,
    },
    SlotStore {
        val: Value,
        slot: Slot,
        off: i32,
    },
    /// Copies `size` bytes; the areas are equal or disjoint. `traced` is given when the type has
    /// pointers and the destination may be heap or global (write barriers).
    MemCopy {
        dst: Value,
        src: Value,
        size: u64,
        traced: Option<Traced>,
    },
    /// Clears `size` bytes; `traced` as for `MemCopy`.
    MemZero {
        dst: Value,
        size: u64,
        traced: Option<Traced>,
    },
    AtomicLoad {
        ty: Ty,
        addr: Value,
    },
    AtomicStore {
        val: Value,
        addr: Value,
    },
    AtomicRmw {
        op: AtomicOp,
        addr: Value,
        val: Value,
    },
    /// Compare and swap; the result is i8: 1 if it swapped.
    AtomicCas {
        addr: Value,
        old: Value,
        new: Value,
    },
    /// Prefetch hint.
    Prefetch {
        addr: Value,
    },

    // ---- Go operations ----
    /// Panics with a nil dereference if the pointer is nil.
    NilCheck {
        ptr: Value,
    },
    /// Panics unless the index is in range (see [`BoundsKind`]); yields nothing.
    BoundsCheck {
        kind: BoundsKind,
        idx: Value,
        len: Value,
    },
    /// A zeroed object of the type with this descriptor.
    New {
        desc: Sym,
        size: u64,
        align: u32,
        /// Which of its words are pointers, if the object is small and that has been found out.
        pointers: Option<u64>,
        escape: Escape,
    },
    /// A func value: an object `{code, captures...}`, captures stored in order at their natural
    /// alignment after the code pointer. `desc` describes the closure object for the collector.
    Closure {
        code: Sym,
        desc: Sym,
        size: u64,
        captures: ValueList,
        escape: Escape,
    },
    /// Keeps the value alive up to here.
    KeepAlive {
        val: Value,
    },

    // ---- calls ----
    /// A direct call of a symbol.
    Call {
        callee: Sym,
        sig: SigRef,
        args: ValueList,
    },
    /// A call of a code address. A call through a func value loads the code from the closure and
    /// passes the closure as the first argument.
    CallIndirect {
        callee: Value,
        sig: SigRef,
        args: ValueList,
    },

    // ---- terminators ----
    Jump {
        dest: BlockCall,
    },
    /// To `then` if the i8 is not 0.
    Brif {
        cond: Value,
        then: BlockCall,
        els: BlockCall,
    },
    /// By an integer's value; `cases` is an index into the function's switch tables.
    Switch {
        arg: Value,
        cases: u32,
        default: BlockCall,
    },
    Return {
        args: ValueList,
    },
    /// Enters a function that defers (only at the end of the entry block): goes on at `normal`; a
    /// recovered panic resumes at the function's landing block.
    DeferEnter {
        normal: BlockCall,
        landing: Block,
    },
    /// Cannot be reached (after a call that does not return).
    Unreachable,
}

impl InstData {
    pub const fn is_terminator(&self) -> bool {
        matches!(
            self,
            InstData::Jump { .. }
                | InstData::Brif { .. }
                | InstData::Switch { .. }
                | InstData::Return { .. }
                | InstData::DeferEnter { .. }
                | InstData::Unreachable
        )
    }

    /// A call, or an operation that code generation turns into one: a safepoint.
    pub const fn may_call(&self) -> bool {
        matches!(
            self,
            InstData::Call { .. }
                | InstData::CallIndirect { .. }
                | InstData::New { escape: Escape::Heap, .. }
                | InstData::Closure { escape: Escape::Heap, .. }
                | InstData::MemCopy { .. }
                | InstData::MemZero { .. }
                | InstData::DeferEnter { .. }
        )
    }

    /// Whether the instruction may panic or fault.
    pub const fn may_panic(&self) -> bool {
        match self {
            InstData::Load { flags, .. }
            | InstData::Store { flags, .. }
            | InstData::StoreWb { flags, .. } => flags.may_fault,
            InstData::Binary { op, .. } => op.is_division(),
            InstData::NilCheck { .. } | InstData::BoundsCheck { .. } => true,
            InstData::AtomicLoad { .. }
            | InstData::AtomicStore { .. }
            | InstData::AtomicRmw { .. }
            | InstData::AtomicCas { .. } => true,
            InstData::Call { .. } | InstData::CallIndirect { .. } => true,
            _ => false,
        }
    }

    /// Whether slots of the frame set must be up to date in memory when this executes.
    pub const fn observes_frame(&self) -> bool {
        self.may_call() || self.may_panic()
    }

    /// Whether the instruction may be removed when its results are unused.
    pub const fn is_removable(&self) -> bool {
        match self {
            InstData::Store { .. }
            | InstData::StoreWb { .. }
            | InstData::SlotStore { .. }
            | InstData::MemCopy { .. }
            | InstData::MemZero { .. }
            | InstData::KeepAlive { .. }
            | InstData::Prefetch { .. } => false,
            InstData::New { .. } | InstData::Closure { .. } => true,
            _ => !self.is_terminator() && !self.may_panic() && !self.may_call(),
        }
    }
}

impl InstData {
    /// Replaces the operands that stand in the instruction itself; lists of values (arguments,
    /// captures, branch arguments) are left alone.
    pub fn map_operands(&mut self, mut f: impl FnMut(Value) -> Value) {
        let mut g = |v: &mut Value| *v = f(*v);
        match self {
            InstData::Unary { arg, .. }
            | InstData::Convert { arg, .. }
            | InstData::Switch { arg, .. }
            | InstData::KeepAlive { val: arg }
            | InstData::SlotStore { val: arg, .. }
            | InstData::PtrAddImm { base: arg, .. }
            | InstData::Load { addr: arg, .. }
            | InstData::AtomicLoad { addr: arg, .. }
            | InstData::Prefetch { addr: arg }
            | InstData::MemZero { dst: arg, .. }
            | InstData::NilCheck { ptr: arg }
            | InstData::CallIndirect { callee: arg, .. }
            | InstData::Brif { cond: arg, .. } => g(arg),
            InstData::Binary { args, .. } | InstData::Icmp { args, .. } | InstData::Fcmp { args, .. } => {
                args.iter_mut().for_each(g);
            }
            InstData::Select { args } | InstData::Fma { args } => args.iter_mut().for_each(g),
            InstData::PtrAdd { base: a, off: b }
            | InstData::Store { val: a, addr: b, .. }
            | InstData::StoreWb { val: a, addr: b, .. }
            | InstData::AtomicStore { val: a, addr: b }
            | InstData::AtomicRmw { val: a, addr: b, .. }
            | InstData::MemCopy { dst: a, src: b, .. }
            | InstData::BoundsCheck { idx: a, len: b, .. } => {
                g(a);
                g(b);
            }
            InstData::AtomicCas { addr, old, new } => {
                g(addr);
                g(old);
                g(new);
            }
            InstData::Iconst { .. }
            | InstData::Fconst { .. }
            | InstData::SymAddr { .. }
            | InstData::SlotAddr { .. }
            | InstData::GetG
            | InstData::SlotLoad { .. }
            | InstData::New { .. }
            | InstData::Closure { .. }
            | InstData::Call { .. }
            | InstData::Jump { .. }
            | InstData::Return { .. }
            | InstData::DeferEnter { .. }
            | InstData::Unreachable => {}
        }
    }
}
