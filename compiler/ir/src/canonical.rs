//! The canonical bytes of a function: equal bytes mean that code generation gives equal results.
//!
//! A cache of compiled functions is keyed by a hash of these bytes. Everything that is in a function is in them, with
//! two exceptions, which make them independent of what code generation does not look at:
//!
//! - A symbol stands as its number among the symbols of the function, in the order of their first use; the names follow
//!   at the end. Ids of symbols differ from run to run.
//! - A position stands as its number among the positions of the function. What is generated depends on which positions
//!   are equal, not on what they are: an edit that moves a function by a line leaves its bytes alone.
//!
//! **Invariant:** every structure is taken apart without `..`, so that a new field cannot be forgotten here.

use crate::entity::{Block, InlineSite, Inst, Loc, Slot, Sym, Value};
use crate::function::{DeferInfo, FuncAttrs, Function, InlineSiteData, LocData, SlotData, TraceArg};
use crate::inst::{BlockCall, Escape, InstData, MemFlags, Traced, ValueList};
use crate::program::Symbols;
use crate::ty::Signature;
use cranelift_entity::EntityRef;
use rustc_hash::FxHashMap;

/// Writes canonical bytes; its buffers are reused from function to function.
#[derive(Debug, Default)]
pub struct Canonical {
    bytes: Vec<u8>,
    syms: Vec<Sym>,
    numbers: FxHashMap<Sym, u32>,
    positions: FxHashMap<u32, u32>,
}

impl Canonical {
    /// Makes the bytes of a function.
    pub fn write(&mut self, func: &Function, symbols: &Symbols) {
        self.bytes.clear();
        self.syms.clear();
        self.numbers.clear();
        self.positions.clear();
        self.function(func);
        for i in 0..self.syms.len() {
            self.text(symbols.name(self.syms[i]));
        }
    }

    /// The bytes of the last function.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The symbols of the last function, in the order of their numbers.
    pub fn symbols(&self) -> &[Sym] {
        &self.syms
    }

    /// The number of a symbol of the last function, if it has the symbol.
    pub fn number(&self, sym: Sym) -> Option<u32> {
        self.numbers.get(&sym).copied()
    }

    fn function(&mut self, func: &Function) {
        let Function {
            sym,
            sig,
            param_kinds,
            param_escapes,
            trace_args,
            attrs,
            start_pos,
            blocks,
            layout,
            insts,
            results: _,
            inst_locs,
            values: _,
            pool: _,
            sigs,
            slots,
            switches: _,
            locs,
            inline_sites,
            defer,
        } = func;
        self.sym(*sym);
        self.signature(sig);
        self.len(param_kinds.len());
        param_kinds.iter().for_each(|&k| self.byte(k as u8));
        param_escapes.iter().for_each(|&e| self.byte(e as u8));
        self.len(trace_args.len());
        trace_args.iter().for_each(|&a| self.trace_arg(a));
        self.attrs(attrs);
        self.position(*start_pos);
        self.len(sigs.len());
        sigs.values().for_each(|s| self.signature(s));
        self.len(slots.len());
        slots.values().for_each(|s| self.slot_data(s));
        self.len(locs.len());
        for &LocData { pos, scope } in locs.values() {
            self.position(pos);
            self.option(scope, InlineSite::index);
        }
        self.len(inline_sites.len());
        for &InlineSiteData { callee, start_pos, call } in inline_sites.values() {
            self.sym(callee);
            self.position(start_pos);
            self.index(call.index());
        }
        match *defer {
            None => self.byte(0),
            Some(DeferInfo { state, landing }) => {
                self.byte(1);
                self.index(state.index());
                self.index(landing.index());
            }
        }
        // How a function is compiled depends on how many instructions it had, dead ones included.
        self.len(insts.len());
        self.len(layout.len());
        for &block in layout {
            self.index(block.index());
            let data = &blocks[block];
            self.len(data.params.len());
            data.params.iter().for_each(|&p| self.definition(func, p));
            self.len(data.insts.len());
            for &inst in &data.insts {
                self.index(inst.index());
                self.option(inst_locs[inst], Loc::index);
                self.inst(func, inst);
                let results = func.inst_results(inst);
                self.len(results.len());
                results.iter().for_each(|&r| self.definition(func, r));
            }
        }
    }

    fn trace_arg(&mut self, arg: TraceArg) {
        match arg {
            TraceArg::Word { param, size } => {
                self.byte(0);
                self.index(param.into());
                self.byte(size);
            }
            TraceArg::Field { param, off, size } => {
                self.byte(1);
                self.index(param.into());
                self.index(off as usize);
                self.byte(size);
            }
            TraceArg::Open => self.byte(2),
            TraceArg::Close => self.byte(3),
            TraceArg::Dots => self.byte(4),
        }
    }

    fn attrs(&mut self, attrs: &FuncAttrs) {
        let FuncAttrs { nosplit, noinline, uintptr_keepalive, func_id, dedup, table_name, nopreempt } = attrs;
        [nosplit, noinline, uintptr_keepalive, dedup, nopreempt].iter().for_each(|&&b| self.byte(b.into()));
        self.byte(func_id.0);
        self.text(table_name.as_deref().unwrap_or_default());
    }

    fn signature(&mut self, sig: &Signature) {
        let Signature { params, results } = sig;
        for types in [params, results] {
            self.len(types.len());
            types.iter().for_each(|&t| self.byte(t as u8));
        }
    }

    fn slot_data(&mut self, slot: &SlotData) {
        let SlotData { size, align, ptr_words, frame_set, name } = slot;
        self.u32(*size);
        self.u32(*align);
        self.len(ptr_words.len());
        ptr_words.iter().for_each(|&w| self.u32(w));
        self.byte((*frame_set).into());
        self.text(name.as_deref().unwrap_or_default());
    }

    fn inst(&mut self, func: &Function, inst: Inst) {
        use InstData::*;
        match &func.insts[inst] {
            Iconst { ty, imm } => {
                self.put([0, *ty as u8]);
                self.u64(*imm as u64);
            }
            Fconst { ty, bits } => {
                self.put([1, *ty as u8]);
                self.u64(*bits);
            }
            SymAddr { sym, off } => {
                self.byte(2);
                self.sym(*sym);
                self.u32(*off as u32);
            }
            SlotAddr { slot, off } => {
                self.byte(3);
                self.slot(*slot, *off);
            }
            GetG => self.byte(4),
            Unary { op, arg } => {
                self.put([5, *op as u8]);
                self.value(func, *arg);
            }
            Binary { op, args } => {
                self.put([6, *op as u8]);
                self.values(func, args);
            }
            Convert { op, ty, arg } => {
                self.put([7, *op as u8, *ty as u8]);
                self.value(func, *arg);
            }
            Icmp { cc, args } => {
                self.put([8, *cc as u8]);
                self.values(func, args);
            }
            Fcmp { cc, args } => {
                self.put([9, *cc as u8]);
                self.values(func, args);
            }
            Select { args } => {
                self.byte(10);
                self.values(func, args);
            }
            Fma { args } => {
                self.byte(11);
                self.values(func, args);
            }
            PtrAdd { base, off } => {
                self.byte(12);
                self.values(func, &[*base, *off]);
            }
            PtrAddImm { base, off } => {
                self.byte(13);
                self.value(func, *base);
                self.u64(*off as u64);
            }
            Load { ty, addr, off, flags } => {
                self.put([14, *ty as u8]);
                self.value(func, *addr);
                self.access(*off, *flags);
            }
            Store { val, addr, off, flags } => {
                self.byte(15);
                self.values(func, &[*val, *addr]);
                self.access(*off, *flags);
            }
            StoreWb { val, addr, off, flags } => {
                self.byte(16);
                self.values(func, &[*val, *addr]);
                self.access(*off, *flags);
            }
            SlotLoad { ty, slot, off } => {
                self.put([17, *ty as u8]);
                self.slot(*slot, *off);
            }
            SlotStore { val, slot, off } => {
                self.byte(18);
                self.value(func, *val);
                self.slot(*slot, *off);
            }
            MemCopy { dst, src, size, traced } => {
                self.byte(19);
                self.values(func, &[*dst, *src]);
                self.u64(*size);
                self.traced(*traced);
            }
            MemZero { dst, size, traced } => {
                self.byte(20);
                self.value(func, *dst);
                self.u64(*size);
                self.traced(*traced);
            }
            AtomicLoad { ty, addr } => {
                self.put([21, *ty as u8]);
                self.value(func, *addr);
            }
            AtomicStore { val, addr } => {
                self.byte(22);
                self.values(func, &[*val, *addr]);
            }
            AtomicRmw { op, addr, val } => {
                self.put([23, *op as u8]);
                self.values(func, &[*addr, *val]);
            }
            AtomicCas { addr, old, new } => {
                self.byte(24);
                self.values(func, &[*addr, *old, *new]);
            }
            Prefetch { addr } => {
                self.byte(25);
                self.value(func, *addr);
            }
            NilCheck { ptr } => {
                self.byte(26);
                self.value(func, *ptr);
            }
            BoundsCheck { kind, idx, len } => {
                self.put([27, *kind as u8]);
                self.values(func, &[*idx, *len]);
            }
            New { desc, size, align, pointers, escape } => {
                self.byte(28);
                self.sym(*desc);
                self.u64(*size);
                self.u32(*align);
                self.u64(u64::from(pointers.is_some()));
                self.u64(pointers.unwrap_or(0));
                self.escape(*escape);
            }
            Closure { code, desc, size, captures, escape } => {
                self.byte(29);
                self.sym(*code);
                self.sym(*desc);
                self.u64(*size);
                self.list(func, captures);
                self.escape(*escape);
            }
            KeepAlive { val } => {
                self.byte(30);
                self.value(func, *val);
            }
            Call { callee, sig, args } => {
                self.byte(31);
                self.sym(*callee);
                self.index(sig.index());
                self.list(func, args);
            }
            CallIndirect { callee, sig, args } => {
                self.byte(32);
                self.value(func, *callee);
                self.index(sig.index());
                self.list(func, args);
            }
            Jump { dest } => {
                self.byte(33);
                self.branch(func, dest);
            }
            Brif { cond, then, els } => {
                self.byte(34);
                self.value(func, *cond);
                self.branch(func, then);
                self.branch(func, els);
            }
            Switch { arg, cases, default } => {
                self.byte(35);
                self.value(func, *arg);
                let cases = &func.switches[*cases as usize].cases;
                self.len(cases.len());
                for (value, dest) in cases {
                    self.u64(*value as u64);
                    self.branch(func, dest);
                }
                self.branch(func, default);
            }
            Return { args } => {
                self.byte(36);
                self.list(func, args);
            }
            DeferEnter { normal, landing } => {
                self.byte(37);
                self.branch(func, normal);
                self.index(landing.index());
            }
            Unreachable => self.byte(38),
        }
    }

    fn access(&mut self, off: i32, flags: MemFlags) {
        let MemFlags { may_fault, readonly } = flags;
        self.u32(off as u32);
        self.put([may_fault.into(), readonly.into()]);
    }

    fn slot(&mut self, slot: Slot, off: i32) {
        self.index(slot.index());
        self.u32(off as u32);
    }

    fn traced(&mut self, traced: Option<Traced>) {
        self.byte(traced.is_some().into());
        if let Some(t) = traced {
            self.sym(t.desc);
            self.put(t.words.to_le_bytes());
        }
    }

    fn escape(&mut self, escape: Escape) {
        match escape {
            Escape::Heap => self.u32(0),
            Escape::Stack(slot) => self.u32(slot.index() as u32 + 1),
        }
    }

    fn branch(&mut self, func: &Function, call: &BlockCall) {
        let BlockCall { block, args } = call;
        self.index(Block::index(*block));
        self.list(func, args);
    }

    fn list(&mut self, func: &Function, list: &ValueList) {
        let values = list.as_slice(&func.pool);
        self.len(values.len());
        self.values(func, values);
    }

    fn values(&mut self, func: &Function, values: &[Value]) {
        values.iter().for_each(|&v| self.value(func, v));
    }

    fn value(&mut self, func: &Function, v: Value) {
        self.index(func.resolve(v).index());
    }

    /// A value where it is defined.
    fn definition(&mut self, func: &Function, v: Value) {
        self.index(v.index());
        self.byte(func.ty(v) as u8);
    }

    fn sym(&mut self, sym: Sym) {
        let next = self.syms.len() as u32;
        let number = *self.numbers.entry(sym).or_insert(next);
        if number == next {
            self.syms.push(sym);
        }
        self.u32(number);
    }

    /// Zero is an unknown position, and stays different from all others.
    fn position(&mut self, pos: u32) {
        let next = self.positions.len() as u32 + 1;
        let number = if pos == 0 { 0 } else { *self.positions.entry(pos).or_insert(next) };
        self.u32(number);
    }

    fn option<T>(&mut self, value: Option<T>, index: fn(T) -> usize) {
        self.u32(value.map_or(0, |v| index(v) as u32 + 1));
    }

    fn text(&mut self, s: &str) {
        self.len(s.len());
        self.bytes.extend_from_slice(s.as_bytes());
    }

    fn len(&mut self, n: usize) {
        self.u32(u32::try_from(n).expect("a function has fewer than 2^32 of everything"));
    }

    fn index(&mut self, i: usize) {
        self.u32(i as u32);
    }

    fn byte(&mut self, b: u8) {
        self.bytes.push(b);
    }

    fn put<const N: usize>(&mut self, b: [u8; N]) {
        self.bytes.extend_from_slice(&b);
    }

    fn u32(&mut self, n: u32) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    fn u64(&mut self, n: u64) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    const TEXT: &str = "func @p.f(ptr, i64) -> (i64) {
b0(v0: ptr, v1: i64):
    v2 = load.i64 v0 fault
    v3 = add v2, v1
    v4 = call @p.g(v3) : (i64) -> (i64)
    return v4
}
";

    /// Canonical bytes of the function in `text`, in a program that interned `before` first, moved by some lines.
    fn canonical(text: &str, before: &[&str], shift: u32) -> Vec<u8> {
        let symbols = Symbols::new();
        before.iter().for_each(|s| _ = symbols.intern(s));
        let mut f = parse(text, &symbols).expect("valid text").remove(0);
        f.start_pos = 10 + shift;
        for i in 0..3 {
            f.locs.push(LocData { pos: 20 + i + shift, scope: None });
        }
        let mut c = Canonical::default();
        c.write(&f, &symbols);
        c.bytes().to_vec()
    }

    #[test]
    fn ids_of_symbols_and_positions_do_not_matter() {
        let bytes = canonical(TEXT, &[], 0);
        assert_eq!(bytes, canonical(TEXT, &["p.g", "other", "p.f"], 0));
        assert_eq!(bytes, canonical(TEXT, &[], 100));
    }

    #[test]
    fn everything_else_matters() {
        let bytes = canonical(TEXT, &[], 0);
        for (from, to) in [
            ("p.g", "p.h"),
            ("p.f", "p.e"),
            ("add v2, v1", "add v1, v2"),
            ("add", "sub"),
            ("fault", ""),
            ("load.i64 v0", "load.i64 v0+8"),
            ("return v4", "return v3"),
        ] {
            assert_ne!(bytes, canonical(&TEXT.replace(from, to), &[], 0), "{from}");
        }
    }
}
