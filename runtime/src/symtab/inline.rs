//! Inlined calls: one physical frame is one or more logical ones.
//!
//! `PCDATA_InlTreeIndex` gives the innermost inlined call at a PC; each node of the inline tree names its function
//! and a PC of the outer function whose position is that of the call.
//!
//! **Runs on** any system stack. **May** not allocate or block.

use super::functab::{self, FuncId};
use super::pcvalue;
use grus_abi::symtab::{FUNCDATA_INL_TREE, InlinedCall, PCDATA_INL_TREE_INDEX};

/// A logical frame.
#[derive(Clone, Copy)]
pub struct Logical {
    /// The physical function.
    pub func: FuncId,
    /// PC inside the call (or fault) for this logical frame.
    pub pc: usize,
    /// Node of the inline tree, -1 for the physical function itself.
    pub index: i32,
}

impl Logical {
    /// Innermost logical frame at a PC.
    pub fn at(func: FuncId, pc: usize) -> Logical {
        let index = match func.funcdata(FUNCDATA_INL_TREE) {
            Some(_) => pcvalue::value(func, func.pcdata(PCDATA_INL_TREE_INDEX), pc).unwrap_or(-1),
            None => -1,
        };
        Logical { func, pc, index }
    }

    /// The physical function at a PC, whatever was inlined there.
    pub fn outermost(func: FuncId, pc: usize) -> Logical {
        Logical { func, pc, index: -1 }
    }

    fn node(&self) -> Option<&'static InlinedCall> {
        if self.index < 0 {
            return None;
        }
        let tree = self.func.funcdata(FUNCDATA_INL_TREE)? as *const InlinedCall;
        // SAFETY: indexes of the PC table lie in the tree.
        Some(unsafe { &*tree.add(self.index as usize) })
    }

    /// Whether the frame was inlined into its caller.
    pub fn inlined(&self) -> bool {
        self.index >= 0
    }

    /// The frame that this one was inlined into.
    pub fn next(&self) -> Option<Logical> {
        let node = self.node()?;
        Some(Logical::at(self.func, self.func.entry() + node.parent_pc as usize))
    }

    /// Link name.
    pub fn name(&self) -> &'static [u8] {
        match self.node() {
            Some(n) => functab::name_at(n.name),
            None => self.func.name(),
        }
    }

    /// Function ID.
    pub fn func_id(&self) -> u8 {
        match self.node() {
            Some(n) => n.func_id,
            None => self.func.func().func_id,
        }
    }

    /// Line of the `func` keyword.
    pub fn start_line(&self) -> i32 {
        match self.node() {
            Some(n) => n.start_line,
            None => self.func.func().start_line,
        }
    }

    /// Source position.
    pub fn file_line(&self) -> (&'static [u8], i32) {
        pcvalue::file_line(self.func, self.pc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symtab::fixture::{TEXT, install};

    #[test]
    fn inlined_calls_are_frames() {
        install();
        let inner = Logical::at(FuncId(0), TEXT + 0x3f);
        assert!(inner.inlined());
        assert_eq!(
            (inner.name(), inner.file_line(), inner.start_line()),
            (&b"main.inner"[..], (&b"b.go"[..], 30), 29)
        );
        let outer = inner.next().expect("it was inlined into something");
        assert!(!outer.inlined());
        assert_eq!(
            (outer.name(), outer.file_line(), outer.start_line()),
            (&b"main.outer"[..], (&b"a.go"[..], 12), 9)
        );
        assert!(outer.next().is_none());
        assert_eq!(Logical::at(FuncId(0), TEXT).file_line(), (&b"a.go"[..], 10));
    }
}
