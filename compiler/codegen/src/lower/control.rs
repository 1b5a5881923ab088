//! Terminators: jumps, switches, and the entry of functions that defer.

use super::{Lower, arith, call::tail_sig};
use cranelift_codegen::ir::{
    self as clif, BlockArg, ExceptionTableData, ExceptionTableItem, ExtFuncData, InstBuilder,
    condcodes::{CondCode, IntCC},
};
use cranelift_frontend::Switch;
use grus_ir::{Block, BlockCall, InstData, Value};

impl Lower<'_, '_> {
    fn block_args(&self, call: BlockCall) -> Vec<BlockArg> {
        call.args.as_slice(&self.ir.pool).iter().map(|&v| BlockArg::Value(self.val(v))).collect()
    }

    pub(super) fn jump(&mut self, dest: BlockCall) {
        let (b, args) = (self.block(dest.block), self.block_args(dest));
        self.b.ins().jump(b, &args);
    }

    /// Cranelift puts the `else` side right behind the branch: that is where the likely side, or the one that the source
    /// has first, shall stand.
    pub(super) fn brif(&mut self, cond: Value, then: BlockCall, els: BlockCall) {
        let swap = self.follows(then.block, els.block);
        let c = if swap { self.inverse(cond) } else { self.condition(cond) };
        let (then, els) = if swap { (els, then) } else { (then, els) };
        let (then, then_args) = (self.block(then.block), self.block_args(then));
        let (els, els_args) = (self.block(els.block), self.block_args(els));
        self.b.ins().brif(c, then, &then_args, els, &els_args);
    }

    /// Whether `then` shall follow the branch in preference to `els`: loops stay together.
    fn follows(&self, then: Block, els: Block) -> bool {
        let (t, e) = (self.loops.depth(then), self.loops.depth(els));
        t >= e
    }

    /// A value that is zero exactly when the condition is.
    fn condition(&self, cond: Value) -> clif::Value {
        let c = self.val(cond);
        self.extended.get(&c).copied().unwrap_or(c)
    }

    /// A value that is not zero exactly when the condition is.
    fn inverse(&mut self, cond: Value) -> clif::Value {
        match self.ir.def_inst(cond).map(|i| &self.ir.insts[i]) {
            Some(InstData::Icmp { cc, args }) => self.compare(cc.inverse(), *args),
            Some(InstData::Fcmp { cc, args }) => {
                let (x, y) = (self.val(args[0]), self.val(args[1]));
                self.b.ins().fcmp(arith::float_cc(*cc).complement(), x, y)
            }
            _ => {
                let c = self.condition(cond);
                self.b.ins().icmp_imm_s(IntCC::Equal, c, 0)
            }
        }
    }

    /// A jump table where the cases are dense, else a binary search. Targets with arguments get a block that passes
    /// them.
    pub(super) fn switch(&mut self, arg: Value, cases: u32, default: BlockCall) {
        let x = self.val(arg);
        let bits = self.ir.ty(arg).bits();
        let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
        let mut table = Switch::new();
        let mut trampolines = Vec::new();
        let ir = self.ir;
        let mut target = |this: &mut Self, call: BlockCall| {
            if call.args.is_empty() {
                return this.block(call.block);
            }
            let b = this.b.create_block();
            trampolines.push((b, call));
            b
        };
        for &(value, call) in &ir.switches[cases as usize].cases {
            let b = target(self, call);
            table.set_entry(u128::from(value as u64 & mask), b);
        }
        let otherwise = target(self, default);
        table.emit(&mut self.b, x, otherwise);
        for (b, call) in trampolines {
            self.b.switch_to_block(b);
            self.jump(call);
        }
    }

    /// Enters a function that defers: the call returns at once; its exception edge leads to the landing region, where a
    /// recovered panic resumes, whatever PC of the frame it was raised at.
    pub(super) fn defer_enter(&mut self, normal: BlockCall, landing: Block) {
        let sig = self.b.import_signature(tail_sig(&[], &[]));
        let name = self.external_name(self.env.names.deferenter);
        let f =
            self.b.import_function(ExtFuncData { name, signature: sig, colocated: true, patchable: false });
        let args = self.block_args(normal);
        let (normal, landing) = (self.block(normal.block), self.block(landing));
        let pool = &mut self.b.func.dfg.value_lists;
        let normal = clif::BlockCall::new(normal, args, pool);
        let landing = clif::BlockCall::new(landing, [], pool);
        let table = ExceptionTableData::new(sig, normal, [ExceptionTableItem::Default(landing)]);
        let table = self.b.func.dfg.exception_tables.push(table);
        self.b.ins().try_call(f, &[], table);
    }
}
