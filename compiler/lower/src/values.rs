//! Operands: values and places, and the moves between them.
//!
//! A [`Val`] is the scalars of a value of a scalar type, or the memory where a larger value lies. A
//! [`Place`] is where a value can be assigned.
//!
//! **Invariant:** a memory value may be the memory of a variable. It is used up before anything can
//! change that variable; a value that is kept across a call or an assignment is copied first
//! ([`FuncLower::detach`]).

use crate::func::FuncLower;
use crate::layout::Field;
use grus_ir::{InstData, MemFlags, NIL_PAGE, Slot, SlotData, Sym, Traced, Ty, Value, Var};
use grus_types::TypeId;
use smallvec::SmallVec;

/// The scalars of a value.
pub type Scalars = SmallVec<[Value; 4]>;

/// Where memory begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// A pointer; `safe` if it is known not to be nil.
    Ptr {
        ptr: Value,
        safe: bool,
    },
    Slot(Slot),
    Sym(Sym),
}

/// An address: a base and a constant offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Addr {
    pub base: Base,
    pub off: i64,
}

impl Addr {
    pub fn slot(slot: Slot) -> Addr {
        Addr { base: Base::Slot(slot), off: 0 }
    }

    pub fn sym(sym: Sym) -> Addr {
        Addr { base: Base::Sym(sym), off: 0 }
    }

    /// Memory behind a pointer that may be nil.
    pub fn deref(ptr: Value) -> Addr {
        Addr { base: Base::Ptr { ptr, safe: false }, off: 0 }
    }

    /// Memory behind a pointer that is not nil.
    pub fn safe(ptr: Value) -> Addr {
        Addr { base: Base::Ptr { ptr, safe: true }, off: 0 }
    }

    #[must_use]
    pub fn plus(self, off: u64) -> Addr {
        Addr { off: self.off + off as i64, ..self }
    }
}

/// A value.
#[derive(Clone, Debug)]
pub enum Val {
    /// The leaves of a scalar type.
    S(Scalars),
    /// Memory that holds the value.
    M(Addr),
}

impl Val {
    /// A value of one scalar.
    pub fn one(v: Value) -> Val {
        Val::S(smallvec::smallvec![v])
    }

    /// The scalars of a value of a scalar type.
    pub fn scalars(&self) -> &[Value] {
        match self {
            Val::S(s) => s,
            Val::M(_) => panic!("a memory value where scalars are expected"),
        }
    }

    /// The only scalar of a value.
    pub fn single(&self) -> Value {
        let s = self.scalars();
        assert_eq!(s.len(), 1, "a value of one scalar");
        s[0]
    }
}

/// Where a value can be assigned.
#[derive(Clone, Debug)]
pub enum Place {
    /// SSA variables, one for each leaf.
    Vars(SmallVec<[Var; 4]>),
    Mem(Addr),
    /// An element of a map: the map's type, the map, the key.
    Map {
        map_ty: TypeId,
        map: Value,
        key: Val,
    },
    Blank,
}

impl<'a> FuncLower<'_, 'a> {
    // ---- slots ----

    /// A new slot for a value of a type.
    pub fn new_slot(&mut self, t: TypeId, frame_set: bool) -> Slot {
        let info = self.cx.info(t);
        let data = SlotData {
            size: u32::try_from(info.size).expect("slots are below 4 GiB"),
            align: info.align.max(8),
            ptr_words: self.cx.slot_ptr_words(t),
            frame_set,
            name: None,
        };
        self.b.create_slot(data)
    }

    /// A new slot of raw bytes with these pointer words.
    pub fn raw_slot(&mut self, size: u32, ptr_words: Vec<u32>) -> Slot {
        self.b.create_slot(SlotData { size, align: 8, ptr_words, frame_set: false, name: None })
    }

    // ---- addresses ----

    /// The address as an SSA value. The pointer of an address with an offset must have been checked.
    pub fn addr_value(&mut self, addr: Addr) -> Value {
        match addr.base {
            Base::Ptr { ptr, .. } => self.b.ptr_add_imm(ptr, addr.off),
            Base::Slot(slot) => self.b.slot_addr(slot, addr.off as i32),
            Base::Sym(sym) => match i32::try_from(addr.off) {
                Ok(off) => self.b.sym_addr(sym, off),
                Err(_) => {
                    let p = self.b.sym_addr(sym, 0);
                    self.b.ptr_add_imm(p, addr.off)
                }
            },
        }
    }

    /// The address with its pointer checked against nil.
    pub fn checked(&mut self, addr: Addr) -> Addr {
        match addr.base {
            Base::Ptr { ptr, safe: false } => {
                self.b.push(InstData::NilCheck { ptr });
                Addr { base: Base::Ptr { ptr, safe: true }, off: addr.off }
            }
            _ => addr,
        }
    }

    /// Flags for an access of `size` bytes; makes the check explicit where a fault would not do.
    fn access(&mut self, addr: Addr, size: u64) -> (Addr, MemFlags) {
        match addr.base {
            Base::Ptr { safe: false, .. } => {
                if addr.off >= 0 && addr.off as u64 + size <= NIL_PAGE && size > 0 {
                    (addr, MemFlags::FAULT)
                } else {
                    (self.checked(addr), MemFlags::SAFE)
                }
            }
            _ => (addr, MemFlags::SAFE),
        }
    }

    /// Base pointer and offset for an access outside slots.
    fn pointer(&mut self, addr: Addr) -> (Value, i32) {
        match addr.base {
            Base::Ptr { ptr, .. } => match i32::try_from(addr.off) {
                Ok(off) => (ptr, off),
                Err(_) => (self.b.ptr_add_imm(ptr, addr.off), 0),
            },
            Base::Sym(_) => (self.addr_value(addr), 0),
            Base::Slot(_) => unreachable!("slots have their own accesses"),
        }
    }

    /// Loads one scalar.
    pub fn load_scalar(&mut self, addr: Addr, ty: Ty) -> Value {
        if let Base::Slot(slot) = addr.base {
            return self.b.slot_load(ty, slot, addr.off as i32);
        }
        let (addr, flags) = self.access(addr, u64::from(ty.size()));
        let (ptr, off) = self.pointer(addr);
        self.b.load(ty, ptr, off, flags)
    }

    /// Stores one scalar; `traced`: with write barrier unless it goes to a slot.
    pub fn store_scalar(&mut self, addr: Addr, val: Value, traced: bool) {
        if let Base::Slot(slot) = addr.base {
            return self.b.slot_store(val, slot, addr.off as i32);
        }
        let size = self.b.func.ty(val).size();
        let (addr, flags) = self.access(addr, u64::from(size));
        let (ptr, off) = self.pointer(addr);
        if traced && !self.no_barriers {
            self.b.store_wb(val, ptr, off, flags);
        } else {
            self.b.store(val, ptr, off, flags);
        }
    }

    /// The value in memory: loaded if it is scalar, else the (checked) memory itself.
    pub fn load(&mut self, addr: Addr, t: TypeId) -> Val {
        let info = self.cx.info(t);
        match &info.leaves {
            Some(leaves) if leaves.is_empty() => {
                self.checked(addr);
                Val::S(Scalars::new())
            }
            Some(leaves) => {
                let addr =
                    if addr.off + info.size as i64 > NIL_PAGE as i64 { self.checked(addr) } else { addr };
                Val::S(leaves.iter().map(|l| self.load_scalar(addr.plus(u64::from(l.off)), l.ty)).collect())
            }
            None => Val::M(self.checked(addr)),
        }
    }

    /// Stores a value to memory.
    pub fn store(&mut self, addr: Addr, t: TypeId, val: &Val) {
        let info = self.cx.info(t);
        match val {
            Val::S(scalars) => {
                let leaves = info.leaves();
                debug_assert_eq!(leaves.len(), scalars.len(), "{}", self.cx.type_string(t));
                let addr = if leaves.is_empty() || addr.off + info.size as i64 > NIL_PAGE as i64 {
                    self.checked(addr)
                } else {
                    addr
                };
                for (l, &v) in leaves.iter().zip(scalars) {
                    self.store_scalar(addr.plus(u64::from(l.off)), v, l.traced);
                }
            }
            Val::M(src) => {
                if *src == addr {
                    return;
                }
                let addr = self.checked(addr);
                self.copy(addr, *src, t);
            }
        }
    }

    /// Copies a value from memory to memory.
    pub fn copy(&mut self, dst: Addr, src: Addr, t: TypeId) {
        let info = self.cx.info(t);
        if info.size == 0 {
            return;
        }
        let traced = self.traced(dst, t);
        let dst = self.addr_value(dst);
        let src = self.addr_value(src);
        self.b.push(InstData::MemCopy { dst, src, size: info.size, traced });
    }

    /// The type for a bulk store that needs barriers.
    fn traced(&mut self, dst: Addr, t: TypeId) -> Option<Traced> {
        let info = self.cx.info(t);
        if matches!(dst.base, Base::Slot(_)) || self.no_barriers || !info.has_ptrs() {
            return None;
        }
        let mut words = 0;
        if info.size <= u64::from(8 * u16::BITS) {
            for off in self.cx.ptr_words(t) {
                words |= 1 << (off / 8);
            }
        }
        Some(Traced { desc: self.u.type_desc(t), words })
    }

    /// Clears a value in memory.
    pub fn zero_mem(&mut self, addr: Addr, t: TypeId) {
        let info = self.cx.info(t);
        if info.is_scalar() {
            let zero = self.zero_val(t);
            return self.store(addr, t, &zero);
        }
        let addr = self.checked(addr);
        let traced = self.traced(addr, t);
        let dst = self.addr_value(addr);
        self.b.push(InstData::MemZero { dst, size: info.size, traced });
    }

    /// The zero value of a type.
    pub fn zero_val(&mut self, t: TypeId) -> Val {
        let info = self.cx.info(t);
        match &info.leaves {
            Some(leaves) => Val::S(leaves.iter().map(|l| self.b.zero(l.ty)).collect()),
            None => {
                let slot = Addr::slot(self.new_slot(t, false));
                self.zero_mem(slot, t);
                Val::M(slot)
            }
        }
    }

    /// The value in memory of its own, which nothing else changes.
    pub fn spill(&mut self, val: &Val, t: TypeId) -> Addr {
        let slot = Addr::slot(self.new_slot(t, false));
        self.store(slot, t, val);
        slot
    }

    /// The value independent of variables: memory values are copied.
    pub fn detach(&mut self, val: Val, t: TypeId) -> Val {
        match val {
            Val::S(_) => val,
            Val::M(Addr { base: Base::Slot(s), .. }) if self.temps.contains(&s) => val,
            Val::M(_) => {
                let addr = self.spill(&val, t);
                if let Base::Slot(s) = addr.base {
                    self.temps.insert(s);
                }
                Val::M(addr)
            }
        }
    }

    /// A pointer to the value, for functions that take one: a copy in a slot, or the memory itself.
    pub fn value_addr(&mut self, val: &Val, t: TypeId) -> Value {
        let addr = match val {
            Val::M(addr) => *addr,
            Val::S(_) => self.spill(val, t),
        };
        self.addr_value(addr)
    }

    // ---- parts ----

    /// A field of a struct value.
    pub fn field_val(&mut self, val: &Val, field: &Field) -> Val {
        match val {
            Val::S(s) => {
                let n = self.cx.info(field.ty).leaves().len();
                Val::S(s[field.leaf..field.leaf + n].into())
            }
            Val::M(addr) => self.load(addr.plus(field.off), field.ty),
        }
    }

    /// An element of an array value, at a constant index in range.
    pub fn elem_val(&mut self, val: &Val, elem: TypeId, index: u64) -> Val {
        let info = self.cx.info(elem);
        match val {
            Val::S(s) => {
                let n = info.leaves().len();
                let i = index as usize * n;
                Val::S(s[i..i + n].into())
            }
            Val::M(addr) => self.load(addr.plus(index * info.size), elem),
        }
    }

    // ---- places ----

    /// The value in a place that can be read.
    pub fn read_place(&mut self, place: &Place, t: TypeId) -> Val {
        match place {
            Place::Vars(vars) => Val::S(vars.iter().map(|&v| self.b.use_var(v)).collect()),
            Place::Mem(addr) => self.load(*addr, t),
            Place::Map { map_ty, map, key } => {
                let (map_ty, map, key) = (*map_ty, *map, key.clone());
                self.map_read(map_ty, map, &key)
            }
            Place::Blank => unreachable!("the blank identifier is not read"),
        }
    }

    /// Assigns a value to a place.
    pub fn write_place(&mut self, place: &Place, t: TypeId, val: &Val) {
        match place {
            Place::Vars(vars) => {
                let scalars: Scalars = val.scalars().into();
                for (&var, v) in vars.iter().zip(scalars) {
                    self.b.def_var(var, v);
                }
            }
            Place::Mem(addr) => self.store(*addr, t, val),
            Place::Map { map_ty, map, key } => {
                let (map_ty, map, key) = (*map_ty, *map, key.clone());
                // The value may lie in the map itself, which the assignment may move.
                let val = self.detach(val.clone(), t);
                let addr = self.map_assign_addr(map_ty, map, &key);
                self.store(addr, t, &val);
            }
            Place::Blank => {}
        }
    }

    /// The part of a place that is a struct's field.
    pub fn field_place(&mut self, place: Place, field: &Field) -> Place {
        match place {
            Place::Vars(vars) => {
                let n = self.cx.info(field.ty).leaves().len();
                Place::Vars(vars[field.leaf..field.leaf + n].into())
            }
            Place::Mem(addr) => Place::Mem(addr.plus(field.off)),
            Place::Map { .. } | Place::Blank => unreachable!("not an addressable operand"),
        }
    }
}
