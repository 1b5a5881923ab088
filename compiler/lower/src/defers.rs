//! The defer state of a function, and what it does on entry, at a defer statement, at exits, and where a recovered
//! panic resumes.
//!
//! Where no defer statement can be executed twice, the deferred closures are kept in the frame ("open" defers): a defer
//! statement stores the closure and sets a bit, and exits call what the bits tell. The frame is linked to the
//! goroutine's list, so that a panic finds it. Elsewhere the runtime keeps a list of records.

use crate::abi::FuncAbi;
use crate::facts;
use crate::func::FuncLower;
use crate::values::Val;
use grus_ir::{BinaryOp, Block, DeferInfo, InstData, IntCc, Slot, SlotData, Sym, Ty, Value};

/// The most defer statements of a function whose calls are kept in its frame.
const MAX_OPEN: u32 = 8;
/// Exits of a function make at most this many deferred calls themselves; others leave them to the runtime.
const MAX_OPEN_CALLS: usize = 15;
/// Where the frame's deferred calls begin in the defer state slot, behind the link and the bits.
const OPEN_CALLS: i32 = 16;

/// Deferred calls that are kept in the frame (`deferState` of package runtime): the defer state slot holds a link to
/// the next older such frame, a bit for each defer statement that was executed, and their closures.
#[derive(Debug, Default)]
pub struct OpenDefers {
    /// The defer statements so far: the code of the closure, where it is known.
    sites: Vec<Option<Sym>>,
    /// Calls at exits so far.
    calls: usize,
}

/// How a function with `defer` keeps its state.
#[derive(Clone, Copy, Debug)]
pub struct DeferState {
    pub state: Slot,
    pub landing: Block,
    /// Holds the pointer to the caller's result slot, for the landing.
    pub result_ptr: Option<Slot>,
}

impl FuncLower<'_, '_> {
    pub fn enter_defer(&mut self) {
        let mut ptr_words = Vec::new();
        let mut size = 8;
        if let facts::OpenDefers::Count(n @ 0..=MAX_OPEN) = self.body.facts.func(self.id).open_defers {
            ptr_words.extend((0..n).map(|i| OPEN_CALLS as u32 + 8 * i));
            size = OPEN_CALLS as u32 + 8 * n;
            self.open_defers = Some(OpenDefers::default());
        }
        let state = self.b.create_slot(SlotData { size, align: 8, ptr_words, frame_set: true, name: None });
        let landing = self.b.create_block();
        let result_ptr = self.result_ptr.map(|var| {
            let slot = self.b.create_slot(SlotData {
                size: 8,
                align: 8,
                ptr_words: vec![0],
                frame_set: true,
                name: None,
            });
            let ptr = self.b.use_var(var);
            self.b.slot_store(ptr, slot, 0);
            slot
        });
        self.b.func.defer = Some(DeferInfo { state, landing });
        self.defer = Some(DeferState { state, landing, result_ptr });
    }

    /// Ends the entry block of a function that defers.
    pub fn start_normal(&mut self) {
        let d = self.defer.expect("the function defers");
        let normal = self.b.create_block();
        let call = self.b.func.block_call(normal, &[]);
        self.b.push(InstData::DeferEnter { normal: call, landing: d.landing });
        self.b.switch_sealed(normal);
    }

    /// Records a deferred call of this frame.
    pub fn defer_call(&mut self, d: DeferState, closure: Value) {
        let Some(open) = &mut self.open_defers else {
            let state = Val::one(self.b.slot_addr(d.state, 0));
            self.call_runtime("deferproc", &[state, Val::one(closure)]);
            return;
        };
        let n = open.sites.len() as i32;
        let code = match self.b.func.def_inst(closure).map(|i| &self.b.func.insts[i]) {
            Some(&InstData::Closure { code, .. }) => Some(code),
            Some(&InstData::SymAddr { sym, off: 0 }) => self.u.static_codes.get(&sym).copied(),
            _ => None,
        };
        open.sites.push(code);
        self.b.slot_store(closure, d.state, OPEN_CALLS + 8 * n);
        let bits = self.b.slot_load(Ty::I64, d.state, 8);
        let bits = self.b.binary_imm(BinaryOp::Or, bits, 1 << n);
        self.b.slot_store(bits, d.state, 8);
        let state = self.b.slot_addr(d.state, 0);
        self.call_runtime("deferlink", &[Val::one(state)]);
    }

    /// Makes the deferred calls of the frame.
    pub fn defer_return(&mut self, d: DeferState) {
        let Some(open) = &mut self.open_defers else {
            let state = self.b.slot_addr(d.state, 0);
            self.call_runtime("deferreturn", &[Val::one(state)]);
            return;
        };
        if open.sites.is_empty() {
            return;
        }
        if open.calls + open.sites.len() > MAX_OPEN_CALLS {
            return self.defer_return_open(d);
        }
        open.calls += open.sites.len();
        let sites = open.sites.clone();
        let bits = self.b.slot_load(Ty::I64, d.state, 8);
        let (some, done) = (self.b.create_block(), self.b.create_block());
        let any = self.b.icmp_imm(IntCc::Ne, bits, 0);
        self.b.brif(any, some, done);
        self.b.switch_sealed(some);
        let sig = FuncAbi::new(self.cx, true, &[], &[]).sig;
        for (i, code) in sites.iter().enumerate().rev() {
            let (run, next) = (self.b.create_block(), self.b.create_block());
            let bit = self.b.binary_imm(BinaryOp::And, bits, 1 << i);
            let set = self.b.icmp_imm(IntCc::Ne, bit, 0);
            self.b.brif(set, run, next);
            self.b.switch_sealed(run);
            let rest = self.b.binary_imm(BinaryOp::And, bits, (1 << i) - 1);
            self.b.slot_store(rest, d.state, 8);
            let f = self.b.slot_load(Ty::Ptr, d.state, OPEN_CALLS + 8 * i as i32);
            match code {
                Some(code) => {
                    self.b.call(*code, sig.clone(), &[f]);
                }
                None => {
                    let code = self.b.load(Ty::Ptr, f, 0, grus_ir::MemFlags::FAULT);
                    self.b.call_indirect(code, sig.clone(), &[f]);
                }
            }
            self.b.jump(next, &[]);
            self.b.switch_sealed(next);
        }
        let state = self.b.slot_addr(d.state, 0);
        self.call_runtime("deferunlink", &[Val::one(state)]);
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
    }

    /// Has the runtime make the deferred calls that are kept in the frame.
    fn defer_return_open(&mut self, d: DeferState) {
        let state = self.b.slot_addr(d.state, 0);
        self.call_runtime("deferreturnopen", &[Val::one(state)]);
    }

    /// The block where a recovered panic resumes.
    pub fn landing(&mut self) {
        let Some(d) = self.defer else { return };
        self.b.switch_sealed(d.landing);
        match self.open_defers {
            Some(_) => self.defer_return_open(d),
            None => self.defer_return(d),
        }
        if let (Some(slot), Some(var)) = (d.result_ptr, self.result_ptr) {
            let ptr = self.b.slot_load(Ty::Ptr, slot, 0);
            self.b.def_var(var, ptr);
        }
        self.return_results();
    }
}
