//! What tracebacks print of a function's arguments: gc's shape, from the Go types of the parameters.
//!
//! Scalars are printed as words, aggregates in braces: strings, slices, interfaces and complex numbers by their words,
//! structs and arrays by their fields and elements. At most [`LIMIT`] components are printed, and aggregates that are
//! nested [`MAX_DEPTH`] deep are not opened: `...` stands for the rest. An empty aggregate counts as a component.

use crate::abi::{FuncAbi, PassMode};
use crate::cx::Cx;
use crate::layout::{Kind, Leaf};
use grus_ir::TraceArg;
use grus_types::TypeId;

/// `abi.TraceArgsLimit`.
const LIMIT: usize = 10;
/// `abi.TraceArgsMaxDepth`.
const MAX_DEPTH: usize = 5;

/// The pieces for a function of this ABI.
pub fn trace_args(cx: &Cx<'_>, abi: &FuncAbi) -> Box<[TraceArg]> {
    let mut w = Writer { cx, out: Vec::new(), components: 0, leaves: &[] };
    for (&mode, &t) in abi.params.iter().zip(&abi.param_types) {
        w.leaves = cx.info(t).leaves.as_deref().unwrap_or_default();
        if !w.value(mode, t, 0, 0) {
            break;
        }
    }
    w.out.into_boxed_slice()
}

struct Writer<'a> {
    cx: &'a Cx<'a>,
    out: Vec<TraceArg>,
    components: usize,
    /// The leaves of the parameter, if it is scalar.
    leaves: &'a [Leaf],
}

impl Writer<'_> {
    /// Writes the value of type `t` that lies `off` bytes into a parameter; returns whether to go on with what follows
    /// it.
    fn value(&mut self, mode: PassMode, t: TypeId, off: u64, depth: usize) -> bool {
        if self.components >= LIMIT {
            self.out.push(TraceArg::Dots);
            return false;
        }
        let info = self.cx.info(t);
        let words = match &info.kind {
            Kind::String | Kind::Interface { .. } => 2,
            Kind::Slice(_) => 3,
            Kind::Complex { .. } => 2,
            Kind::Array(..) | Kind::Struct(_) => 0,
            _ => {
                self.word(mode, off, info.size as u8);
                return true;
            }
        };
        self.out.push(TraceArg::Open);
        let depth = depth + 1;
        if depth >= MAX_DEPTH {
            self.out.extend([TraceArg::Dots, TraceArg::Close]);
            self.components += 1;
            return true;
        }
        match &info.kind {
            Kind::Array(_, 0) => self.components += 1,
            Kind::Array(elem, n) => {
                let size = self.cx.info(*elem).size;
                for i in 0..*n {
                    if !self.value(mode, *elem, off + i * size, depth) {
                        break;
                    }
                }
            }
            Kind::Struct(fields) if fields.is_empty() => self.components += 1,
            Kind::Struct(fields) => {
                for f in fields.iter() {
                    if !self.value(mode, f.ty, off + f.off, depth) {
                        break;
                    }
                }
            }
            _ => {
                let size = info.size / words;
                for i in 0..words {
                    if self.components >= LIMIT {
                        self.out.push(TraceArg::Dots);
                        break;
                    }
                    self.word(mode, off + i * size, size as u8);
                }
            }
        }
        self.out.push(TraceArg::Close);
        true
    }

    fn word(&mut self, mode: PassMode, off: u64, size: u8) {
        self.components += 1;
        self.out.push(match mode {
            PassMode::Scalars { first, .. } => {
                let leaf = self.leaves.iter().position(|l| u64::from(l.off) == off);
                let leaf = leaf.expect("a scalar's words are its leaves");
                TraceArg::Word { param: (first + leaf) as u16, size }
            }
            PassMode::ByRef { index } => TraceArg::Field { param: index as u16, off: off as u32, size },
        });
    }
}
