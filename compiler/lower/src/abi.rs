//! How Go functions take parameters and return results as scalars.
//!
//! Parameters stand in this order: the closure context (if the code is called through a func
//! value), the pointer to the caller's result slot (if results are returned in memory), then the Go
//! parameters, the receiver first. A parameter of a scalar type takes one IR parameter for each leaf;
//! any other one is a pointer to a copy that the caller owns for the duration of the call. The callee
//! does not write to that copy, so a caller may pass the address of memory that nobody changes while
//! the call runs.
//!
//! Results are returned in registers if all are scalar and there are few enough; otherwise all of
//! them are written to the result slot, laid out like the fields of a struct.

use crate::cx::Cx;
use grus_ir::{ParamKind, Signature, Ty};
use grus_types::TypeId;

/// How one Go parameter is passed.
#[derive(Clone, Copy, Debug)]
pub enum PassMode {
    /// `count` IR parameters from `first`, one for each leaf.
    Scalars { first: usize, count: usize },
    /// A pointer.
    ByRef { index: usize },
}

/// Layout of the caller's result slot.
#[derive(Clone, Debug)]
pub struct ResultArea {
    /// Offset of each result.
    pub offsets: Vec<u32>,
    pub size: u32,
    pub align: u32,
    pub ptr_words: Vec<u32>,
}

/// The ABI of a function type.
#[derive(Clone, Debug)]
pub struct FuncAbi {
    pub sig: Signature,
    pub kinds: Vec<ParamKind>,
    /// One for each Go parameter, the receiver included.
    pub params: Vec<PassMode>,
    /// Types of the Go parameters, the receiver included.
    pub param_types: Vec<TypeId>,
    pub results: Vec<TypeId>,
    /// Set if results are returned in memory.
    pub area: Option<ResultArea>,
    pub context: bool,
}

impl FuncAbi {
    /// The ABI for these canonical parameter and result types.
    pub fn new(cx: &Cx<'_>, context: bool, params: &[TypeId], results: &[TypeId]) -> FuncAbi {
        let mut sig = Signature::default();
        let mut kinds = Vec::new();
        if context {
            sig.params.push(Ty::Ptr);
            kinds.push(ParamKind::Context);
        }
        let mut regs = Vec::new();
        let in_regs = results.iter().all(|&t| match &cx.info(t).leaves {
            Some(leaves) => {
                regs.extend(leaves.iter().map(|l| l.ty));
                true
            }
            None => false,
        }) && Signature::fits_registers(&regs);
        let area = if in_regs {
            sig.results = regs;
            None
        } else {
            sig.params.push(Ty::Ptr);
            kinds.push(ParamKind::ResultPtr);
            Some(ResultArea::new(cx, results))
        };
        let mut modes = Vec::with_capacity(params.len());
        for &t in params {
            match &cx.info(t).leaves {
                Some(leaves) => {
                    modes.push(PassMode::Scalars { first: sig.params.len(), count: leaves.len() });
                    for l in leaves.iter() {
                        sig.params.push(l.ty);
                        kinds.push(ParamKind::Value);
                    }
                }
                None => {
                    modes.push(PassMode::ByRef { index: sig.params.len() });
                    sig.params.push(Ty::Ptr);
                    kinds.push(ParamKind::ByRef);
                }
            }
        }
        FuncAbi {
            sig,
            kinds,
            params: modes,
            param_types: params.to_vec(),
            results: results.to_vec(),
            area,
            context,
        }
    }

    /// The ABI of a signature type (canonical), with the receiver type if there is one.
    pub fn of_signature(cx: &Cx<'_>, context: bool, recv: Option<TypeId>, sig: TypeId) -> FuncAbi {
        let (params, results) = cx.signature_types(sig);
        let params: Vec<TypeId> = recv.into_iter().chain(params).collect();
        FuncAbi::new(cx, context, &params, &results)
    }

    /// Index of the IR parameter that points to the result slot.
    pub fn result_ptr(&self) -> usize {
        usize::from(self.context)
    }
}

impl ResultArea {
    fn new(cx: &Cx<'_>, results: &[TypeId]) -> ResultArea {
        let (mut off, mut align) = (0u64, 8u32);
        let mut offsets = Vec::with_capacity(results.len());
        let mut ptr_words = Vec::new();
        for &t in results {
            let info = cx.info(t);
            off = off.div_ceil(u64::from(info.align)) * u64::from(info.align);
            offsets.push(off as u32);
            ptr_words.extend(cx.slot_ptr_words(t).iter().map(|w| w + off as u32));
            align = align.max(info.align);
            off += info.size;
        }
        let size = off.div_ceil(u64::from(align)) * u64::from(align);
        ResultArea { offsets, size: u32::try_from(size).expect("results below 4 GiB"), align, ptr_words }
    }
}
