//! Function tables: `.grus.funcmaps` and the structures of `.gopclntab`.
//!
//! # `.grus.funcmaps`
//!
//! An array of [`FuncMap`] (one per function, in functab order) and a byte blob (`ModuleData::funcmaps_data`) that
//! the records' offsets point into. All multi-byte values are little-endian and naturally aligned in the blob.
//!
//! **Frame words.** Word *i* of a frame is at `SP + 8*i`, where `SP = FP - frame_size` is the stack pointer at the
//! function's calls (outgoing stack arguments included). FP is the frame pointer: `[FP]` holds the caller's FP,
//! `[FP+8]` the return address, `FP+16` is the caller's SP. Bitmaps hold bit *i* in byte *i/8*, least significant
//! bit first.
//!
//! **What is live at a PC of a frame:**
//! * always: the words of the *slot bitmap* (frame set, and slots that are not followed);
//! * if a live pointer leads there: the *stack objects* ([`StackObject`]); their words are adjusted always;
//! * at the return address of a call: also the words of that call's stack map (no entry: nothing);
//! * at a faulting PC (the callee is `sigpanic`): only the slot bitmap;
//! * in `morestack`: no frame exists yet; the *argument bitmap* describes the argument words.
//!
//! **Argument words** are numbered: 0..6 the integer argument registers in order, 6.. the stack argument words in
//! address order (`[SP at entry (+8 on x86_64) + 8*(i-6)]`).

use core::mem::size_of;

/// Per-function record.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FuncMap {
    /// Bytes of code, prologue check, body, slow path and constants included.
    pub size: u32,
    /// `FP - SP` at calls, in bytes; a multiple of 8.
    pub frame_size: u32,
    /// Offset of the body, i.e. length of the stack check (0 for `//go:nosplit` functions).
    pub body_start: u32,
    /// Offset just behind the body: the slow path begins there.
    pub body_end: u32,
    /// Number of argument words that `args` describes.
    pub nargs: u32,
    /// Number of frame words that `slots` describes; 0 if it is empty.
    pub nslots: u32,
    /// Number of frame words that each stack map describes (maps need not reach the end of the frame).
    pub map_words: u32,
    /// Number of call sites that have a stack map.
    pub ncalls: u32,
    /// Blob offset of the argument bitmap, `ceil(nargs/8)` bytes.
    pub args: u32,
    /// Blob offset of the slot bitmap, `ceil(nslots/8)` bytes.
    pub slots: u32,
    /// Blob offset (4-aligned) of `ncalls` sorted `u32` return offsets from the entry, followed by `ncalls` `u16`
    /// stack map numbers (`u32` if [`func_flag::WIDE_MAPS`] is set).
    pub calls: u32,
    /// Blob offset of the stack maps, `ceil(map_words/8)` bytes each.
    pub maps: u32,
    /// Blob offset (4-aligned) of `ntraps` [`Trap`] records sorted by offset.
    pub traps: u32,
    pub ntraps: u32,
    /// Blob offset (4-aligned) of `nobjects` [`StackObject`] records.
    pub objects: u32,
    pub nobjects: u32,
    /// Blob offset of what tracebacks print of the arguments (see [`arg_info`]); [`arg_info::NONE`] for a function
    /// without parameters.
    pub arg_info: u32,
    /// Offset of the landing pad from the entry; 0 if the function has none.
    pub landing: u32,
    /// `FP - SP` that the landing pad expects.
    pub landing_frame: u32,
    /// [`func_flag`] bits.
    pub flags: u32,
}

/// Bits of `FuncMap::flags`.
pub mod func_flag {
    /// The function has no stack check; its stack is never copied while it runs below its callers' checks.
    pub const NOSPLIT: u32 = 1;
    /// The function must not be preempted asynchronously.
    pub const NO_PREEMPT: u32 = 2;
    /// Stack map numbers are `u32` (a function with more than 65,536 distinct maps).
    pub const WIDE_MAPS: u32 = 4;
    /// From this bit on: callee-saved registers that the function saves, bit *k* is word *k* of `GHeader::callee`. They
    /// lie in ascending order from `FP - 8*n` on, where *n* is their number rounded up to an even one.
    pub const SAVES_SHIFT: u32 = 8;
}

/// A PC that may fault, and why.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trap {
    /// Offset of the faulting instruction from the function's entry.
    pub offset: u32,
    /// `native::trap` code.
    pub code: u32,
}

/// A slot with pointers whose address is taken: it is live when a live pointer leads there. Records stand by ascending
/// offset.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackObject {
    /// Byte offset from SP (see *frame words*).
    pub offset: u32,
    /// Size in bytes.
    pub size: u32,
    /// Blob offset of the pointer mask, one bit per word.
    pub mask: u32,
    /// Words that the mask describes.
    pub mask_words: u32,
}

/// What tracebacks print of a function's arguments.
///
/// The piece of the blob holds
/// 1. a byte *n*: the number of *scalars* (parameters in machine form) that are printed;
/// 2. operations up to [`END`]: the other operators below, or a scalar's number, followed by the size of its value in
///    bytes, or a scalar's number plus [`DEREF`], followed by the size of a word and its offset (two bytes) in the memory
///    that the scalar points to;
/// 3. if *n* is not 0, the number of changes, and each change: the distance of its return offset from that of the
///    previous one (from the entry), and the number of the set of locations from there on. Between two changes all calls
///    have the same set;
/// 4. the sets, each of *n* locations.
///
/// Numbers in 3 and 4 are varints. The operators are those of `internal/abi`.
pub mod arg_info {
    /// A function that prints nothing.
    pub const NONE: u32 = u32::MAX;

    pub const END: u8 = 0xff;
    /// `{`
    pub const OPEN: u8 = 0xfe;
    /// `}`
    pub const CLOSE: u8 = 0xfd;
    /// `...`
    pub const DOTS: u8 = 0xfc;
    /// Added to the number of a scalar that is a pointer to the printed word.
    pub const DEREF: u8 = 0x80;

    /// Location: unknown.
    pub const NOWHERE: u32 = 0;
    /// Location: word *k* of `GHeader::callee` is `REGISTER + k`.
    pub const REGISTER: u32 = 1;
    /// Location: frame word *i* (incoming stack arguments are above FP) is `WORD + 2*i`, plus one if the value there may
    /// be out of date.
    pub const WORD: u32 = 20;
}

/// Size of a [`FuncMap`], for the writer.
pub const FUNCMAP_SIZE: usize = size_of::<FuncMap>();

/// Magic number of Go 1.20+ pclntabs.
pub const PCLN_MAGIC: u32 = 0xffff_fff1;

/// Header of `.gopclntab`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PcHeader {
    pub magic: u32,
    pub pad: [u8; 2],
    /// Minimum instruction size: 1 on x86_64, 4 on aarch64.
    pub min_lc: u8,
    /// Size of a pointer: 8.
    pub ptr_size: u8,
    pub nfunc: usize,
    pub nfiles: usize,
    pub unused: usize,
    pub funcname_offset: usize,
    pub cu_offset: usize,
    pub filetab_offset: usize,
    pub pctab_offset: usize,
    pub pcln_offset: usize,
}

/// One row of the functab: both are relative, `entry` to the start of text, `func` to the pclntab's function data
/// (`pcln_offset`). The row behind the last function holds the end of text.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FuncTabEntry {
    pub entry: u32,
    pub func: u32,
}

/// `_func`, followed by `npcdata` u32 offsets into pctab and `nfuncdata` u32 offsets from `ModuleData::gofunc`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Func {
    pub entry: u32,
    pub name: i32,
    pub args: i32,
    pub deferreturn: u32,
    pub pcsp: u32,
    pub pcfile: u32,
    pub pcln: u32,
    pub npcdata: u32,
    pub cu: u32,
    pub start_line: i32,
    pub func_id: u8,
    pub flag: u8,
    pub pad: u8,
    pub nfuncdata: u8,
}

/// One node of an inline tree (`FUNCDATA_InlTree`), indexed by the values of `PCDATA_InlTreeIndex`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InlinedCall {
    pub func_id: u8,
    pub pad: [u8; 3],
    /// Offset of the inlined function's name in the name table.
    pub name: i32,
    /// A PC offset in the outer function whose line is that of the call (parent's position).
    pub parent_pc: i32,
    /// Line of the inlined function's `func` keyword.
    pub start_line: i32,
}

pub const PCDATA_UNSAFE_POINT: u32 = 0;
/// Value of the table `PCDATA_UNSAFE_POINT` where a signal may stop the goroutine. (A function without the table is
/// never stopped.)
pub const POINT_SAFE: i32 = -1;
/// Value where it may not.
pub const POINT_UNSAFE: i32 = -2;
pub const PCDATA_STACK_MAP_INDEX: u32 = 1;
pub const PCDATA_INL_TREE_INDEX: u32 = 2;
pub const FUNCDATA_INL_TREE: u32 = 3;
/// A funcdata offset that means "none".
pub const FUNCDATA_NONE: u32 = u32::MAX;

/// Values of `Func::func_id`, as `internal/abi` numbers them.
pub mod func_id {
    pub const NORMAL: u8 = 0;
    pub const ABORT: u8 = 1;
    pub const ASMCGOCALL: u8 = 2;
    pub const ASYNC_PREEMPT: u8 = 3;
    pub const CGOCALLBACK: u8 = 4;
    pub const COROSTART: u8 = 5;
    pub const DEBUG_CALL_V2: u8 = 6;
    pub const GC_BG_MARK_WORKER: u8 = 7;
    pub const GOEXIT: u8 = 8;
    pub const GOGO: u8 = 9;
    pub const GOPANIC: u8 = 10;
    pub const HANDLE_ASYNC_EVENT: u8 = 11;
    pub const MCALL: u8 = 12;
    pub const MORESTACK: u8 = 13;
    pub const MSTART: u8 = 14;
    pub const PANICWRAP: u8 = 15;
    pub const RT0_GO: u8 = 16;
    pub const RUNTIME_MAIN: u8 = 17;
    pub const RUN_FINALIZERS: u8 = 18;
    pub const RUN_CLEANUPS: u8 = 19;
    pub const SIGPANIC: u8 = 20;
    pub const SYSTEMSTACK: u8 = 21;
    pub const SYSTEMSTACK_SWITCH: u8 = 22;
    pub const WRAPPER: u8 = 23;
}

/// Bits of `Func::flag`.
pub mod flag {
    pub const TOP_FRAME: u8 = 1;
    pub const SP_WRITE: u8 = 2;
    pub const ASM: u8 = 4;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(FUNCMAP_SIZE, 80);
        assert!(func_flag::SAVES_SHIFT as usize + crate::g::CALLEE_REGS <= 32);
        assert!(arg_info::REGISTER as usize + crate::g::CALLEE_REGS <= arg_info::WORD as usize);
        assert_eq!(size_of::<Trap>(), 8);
        assert_eq!(size_of::<StackObject>(), 16);
        assert_eq!(size_of::<PcHeader>(), 72);
        assert_eq!(size_of::<Func>(), 44);
        assert_eq!(size_of::<InlinedCall>(), 16);
    }
}
