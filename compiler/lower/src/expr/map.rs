//! Maps: reading, assigning, deleting, on the fast variants where the key allows.

use crate::func::FuncLower;
use crate::layout::Kind;
use crate::values::{Addr, Val};
use grus_ir::{Ty, Value};
use grus_types::TypeId;

/// Elements above this size are not served by the fast variants.
const MAX_FAST_ELEM: u64 = 128;
/// Size of `runtime.zeroVal`.
const ZERO_VAL_SIZE: u64 = 1024;

/// How a map's key is passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum KeyMode {
    Slow,
    Fast32,
    Fast64,
    /// Eight bytes with a pointer: assignments need a barrier.
    Fast64Ptr,
    FastStr,
}

impl<'a> FuncLower<'_, 'a> {
    fn key_mode(&self, map_ty: TypeId) -> KeyMode {
        let Kind::Map(key, elem) = self.cx.info(map_ty).kind else { unreachable!("a map type") };
        if self.cx.info(elem).size > MAX_FAST_ELEM {
            return KeyMode::Slow;
        }
        match self.cx.info(key).kind {
            Kind::Int { bits: 32, .. } => KeyMode::Fast32,
            Kind::Int { bits: 64, .. } => KeyMode::Fast64,
            Kind::Pointer(_) | Kind::Chan(..) | Kind::UnsafePointer => KeyMode::Fast64Ptr,
            Kind::String => KeyMode::FastStr,
            _ => KeyMode::Slow,
        }
    }

    /// Whether the functions of this map get the address of the key.
    pub fn passes_key_address(&self, map_ty: TypeId) -> bool {
        self.key_mode(map_ty) == KeyMode::Slow
    }

    /// The key argument of a map function.
    fn key_arg(&mut self, mode: KeyMode, key: &Val, key_ty: TypeId, assign: bool) -> Val {
        match mode {
            KeyMode::Slow => Val::one(self.value_addr(key, key_ty)),
            KeyMode::Fast64Ptr if !assign => {
                Val::one(self.b.convert(grus_ir::ConvOp::PtrToInt, Ty::I64, key.single()))
            }
            _ => key.clone(),
        }
    }

    fn map_call(&mut self, base: &str, map_ty: TypeId, map: Value, key: &Val, assign: bool) -> Vec<Val> {
        let Kind::Map(key_ty, _) = self.cx.info(map_ty).kind else { unreachable!("a map type") };
        let mode = self.key_mode(map_ty);
        let suffix = match mode {
            KeyMode::Slow => "",
            KeyMode::Fast32 => "_fast32",
            KeyMode::Fast64 => "_fast64",
            KeyMode::Fast64Ptr if assign => "_fast64ptr",
            KeyMode::Fast64Ptr => "_fast64",
            KeyMode::FastStr => "_faststr",
        };
        let key = self.key_arg(mode, key, key_ty, assign);
        let desc = self.desc_addr(map_ty);
        self.call_runtime(&format!("{base}{suffix}"), &[Val::one(desc), Val::one(map), key])
    }

    /// `m[k]`
    pub fn map_read(&mut self, map_ty: TypeId, map: Value, key: &Val) -> Val {
        let Kind::Map(_, elem) = self.cx.info(map_ty).kind else { unreachable!("a map type") };
        if self.cx.info(elem).size > ZERO_VAL_SIZE {
            return self.map_read_ok(map_ty, map, key).0;
        }
        let r = self.map_call("mapaccess1", map_ty, map, key, false);
        self.load(Addr::safe(r[0].single()), elem)
    }

    /// `v, ok := m[k]`
    pub fn map_read_ok(&mut self, map_ty: TypeId, map: Value, key: &Val) -> (Val, Value) {
        let Kind::Map(_, elem) = self.cx.info(map_ty).kind else { unreachable!("a map type") };
        let r = self.map_call("mapaccess2", map_ty, map, key, false);
        let (ptr, ok) = (r[0].single(), r[1].single());
        let info = self.cx.info(elem);
        if info.size <= ZERO_VAL_SIZE {
            return (self.load(Addr::safe(ptr), elem), ok);
        }
        let slot = Addr::slot(self.new_slot(elem, false));
        let (found, missing, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.brif(ok, found, missing);
        self.b.switch_sealed(found);
        self.copy(slot, Addr::safe(ptr), elem);
        self.b.jump(done, &[]);
        self.b.switch_sealed(missing);
        self.zero_mem(slot, elem);
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
        (Val::M(slot), ok)
    }

    /// Where `m[k] = v` stores.
    pub fn map_assign_addr(&mut self, map_ty: TypeId, map: Value, key: &Val) -> Addr {
        let r = self.map_call("mapassign", map_ty, map, key, true);
        Addr::safe(r[0].single())
    }

    /// `delete(m, k)`
    pub fn map_delete(&mut self, map_ty: TypeId, map: Value, key: &Val) {
        let mode = self.key_mode(map_ty);
        if mode == KeyMode::Slow {
            // mapdelete has no fast variants for these keys.
            let Kind::Map(key_ty, _) = self.cx.info(map_ty).kind else { unreachable!("a map type") };
            let key = Val::one(self.value_addr(key, key_ty));
            let desc = self.desc_addr(map_ty);
            self.call_runtime("mapdelete", &[Val::one(desc), Val::one(map), key]);
            return;
        }
        self.map_call("mapdelete", map_ty, map, key, false);
    }

    /// An empty map with room for `hint` elements.
    pub fn make_map(&mut self, map_ty: TypeId, hint: Option<Value>) -> Value {
        match hint {
            Some(hint) if self.b.func.as_const(hint).is_none_or(|n| n > 8) => {
                let desc = self.desc_addr(map_ty);
                let nil = self.b.iconst(Ty::Ptr, 0);
                self.call_runtime("makemap", &[Val::one(desc), Val::one(hint), Val::one(nil)])[0].single()
            }
            _ => self.call_runtime("makemap_small", &[])[0].single(),
        }
    }
}
