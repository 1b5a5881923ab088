//! Which words of objects are pointers, by the descriptors of their types.

use grus_ir::{DataObject, InstData, Program, RelocKind, Sym};
use rustc_hash::{FxHashMap, FxHashSet};

/// Reads the pointer words of types from their descriptors.
pub(super) struct PointerMasks {
    words: FxHashMap<Sym, Vec<u32>>,
}

impl PointerMasks {
    pub fn new(program: &Program) -> PointerMasks {
        let datas: FxHashMap<Sym, &DataObject> = program.datas.iter().map(|d| (d.sym, d)).collect();
        let mut wanted = FxHashSet::default();
        for f in &program.funcs {
            for data in f.insts.values() {
                if let InstData::New { desc, .. } | InstData::Closure { desc, .. } = data {
                    wanted.insert(*desc);
                }
            }
        }
        let words = wanted.into_iter().filter_map(|s| Some((s, read_mask(&datas, s)?))).collect();
        PointerMasks { words }
    }

    pub fn of(&self, desc: Sym) -> Option<&Vec<u32>> {
        self.words.get(&desc)
    }
}

/// Offsets of the pointer words of the type that `desc` describes (`abi.Type`: PtrBytes at 8, TFlag at
/// 20, GCData at 32).
fn read_mask(datas: &FxHashMap<Sym, &DataObject>, desc: Sym) -> Option<Vec<u32>> {
    const GC_MASK_ON_DEMAND: u8 = 16;
    let d = datas.get(&desc)?;
    let ptr_bytes = u64::from_le_bytes(d.bytes.get(8..16)?.try_into().ok()?);
    if ptr_bytes == 0 {
        return Some(Vec::new());
    }
    if d.bytes.get(20)? & GC_MASK_ON_DEMAND != 0 {
        return None;
    }
    let r = d.relocs.iter().find(|r| r.offset == 32 && r.kind == RelocKind::Abs64)?;
    let mask = &datas.get(&r.sym)?.bytes;
    let words = (0..ptr_bytes / 8).filter(|w| {
        let byte = mask.get((*w / 8) as usize).copied().unwrap_or(0);
        byte >> (w % 8) & 1 != 0
    });
    Some(words.map(|w| w as u32 * 8).collect())
}
