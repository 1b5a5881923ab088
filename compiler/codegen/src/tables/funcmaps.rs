//! `.grus.funcmaps`: frames, argument bitmaps, stack maps, traps and landing pads (see `grus_abi::symtab`).
//!
//! One [`FuncMap`] for each function in functab order, then the blob that they point into. Equal pieces of the blob are
//! shared; most functions have the same few bitmaps.

use crate::compile::{CompiledFunction, StackMap};
use crate::image::{Image, Sec};
use grus_abi::symtab::{FUNCMAP_SIZE, FuncMap, arg_info, func_flag};
use rustc_hash::FxHashMap;

/// Where the two halves of the section are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub records: u64,
    pub count: u64,
    pub blob: u64,
}

/// Appends the section for functions that are given in functab order.
pub(crate) fn write(image: &mut Image, funcs: &[CompiledFunction]) -> Layout {
    let mut blob = Blob::default();
    let mut records = Vec::with_capacity(funcs.len() * FUNCMAP_SIZE);
    for f in funcs {
        let record = record(f, &mut blob);
        records.extend(encode(&record));
    }
    let sec = image.section_mut(Sec::Funcmaps);
    let at = sec.append(&records, 16);
    let blob = sec.append(&blob.bytes, 16);
    Layout { records: at, count: funcs.len() as u64, blob }
}

fn record(f: &CompiledFunction, blob: &mut Blob) -> FuncMap {
    let slot_bits = f.slot_words.last().map_or(0, |w| w + 1);
    let slots = bitmap(slot_bits, f.slot_words.iter().copied());
    let arg_words = f.args.words.len() as u32;
    let args = bitmap(arg_words, (0..arg_words).filter(|&i| f.args.words[i as usize]));
    let (calls, maps, map_words, wide) = stack_maps(&f.maps);
    let traps: Vec<u8> = f
        .traps
        .iter()
        .flat_map(|&(offset, code)| [offset, u32::from(code)])
        .flat_map(u32::to_le_bytes)
        .collect();
    let objects: Vec<u8> = f
        .objects
        .iter()
        .flat_map(|o| {
            let mask_words = o.words.last().map_or(0, |w| w + 1);
            let mask = blob.add(&bitmap(mask_words, o.words.iter().copied()), 1);
            [o.offset, o.size, mask, mask_words]
        })
        .flat_map(u32::to_le_bytes)
        .collect();
    let mut flags = f.saves;
    if f.nosplit {
        flags |= func_flag::NOSPLIT;
    }
    if wide {
        flags |= func_flag::WIDE_MAPS;
    }
    FuncMap {
        size: f.code.len() as u32,
        frame_size: f.frame_size,
        body_start: f.body_start,
        body_end: f.body_end,
        nargs: arg_words,
        nslots: slot_bits,
        map_words,
        ncalls: f.maps.len() as u32,
        args: blob.add(&args, 1),
        slots: blob.add(&slots, 1),
        calls: blob.add(&calls, 4),
        maps: blob.add(&maps, 1),
        traps: blob.add(&traps, 4),
        ntraps: f.traps.len() as u32,
        objects: blob.add(&objects, 4),
        nobjects: f.objects.len() as u32,
        arg_info: f.arg_info.as_ref().map_or(arg_info::NONE, |info| blob.add(info, 1)),
        landing: f.landing.map_or(0, |l| l.offset),
        landing_frame: f.landing.map_or(0, |l| l.frame),
        flags,
    }
}

/// Call table, bitmaps, words in each bitmap, whether map numbers are wide.
fn stack_maps(maps: &[StackMap]) -> (Vec<u8>, Vec<u8>, u32, bool) {
    let words = maps.iter().filter_map(|m| m.words.last()).max().map_or(0, |w| w + 1);
    let mut numbers: FxHashMap<&[u32], u32> = FxHashMap::default();
    let mut bitmaps = Vec::new();
    let mut calls: Vec<u8> = Vec::with_capacity(maps.len() * 6);
    for m in maps {
        calls.extend(m.ret.to_le_bytes());
    }
    let mut chosen = Vec::with_capacity(maps.len());
    for m in maps {
        let next = numbers.len() as u32;
        let n = *numbers.entry(&m.words).or_insert_with(|| {
            bitmaps.extend(bitmap(words, m.words.iter().copied()));
            next
        });
        chosen.push(n);
    }
    let wide = numbers.len() > 1 << 16;
    for n in chosen {
        if wide {
            calls.extend(n.to_le_bytes());
        } else {
            calls.extend((n as u16).to_le_bytes());
        }
    }
    (calls, bitmaps, words, wide)
}

fn bitmap(bits: u32, set: impl Iterator<Item = u32>) -> Vec<u8> {
    let mut bytes = vec![0u8; bits.div_ceil(8) as usize];
    for bit in set {
        bytes[bit as usize / 8] |= 1 << (bit % 8);
    }
    bytes
}

/// Bytes with equal pieces shared.
#[derive(Default)]
struct Blob {
    bytes: Vec<u8>,
    pieces: FxHashMap<Box<[u8]>, u32>,
}

impl Blob {
    fn add(&mut self, piece: &[u8], align: usize) -> u32 {
        if piece.is_empty() {
            return 0;
        }
        if let Some(&at) = self.pieces.get(piece)
            && (at as usize).is_multiple_of(align)
        {
            return at;
        }
        self.bytes.resize(self.bytes.len().next_multiple_of(align), 0);
        let at = u32::try_from(self.bytes.len()).expect("function tables are smaller than 4 GiB");
        self.bytes.extend_from_slice(piece);
        self.pieces.insert(piece.into(), at);
        at
    }
}

/// The record as it lies in memory.
fn encode(m: &FuncMap) -> impl Iterator<Item = u8> {
    let FuncMap {
        size,
        frame_size,
        body_start,
        body_end,
        nargs,
        nslots,
        map_words,
        ncalls,
        args,
        slots,
        calls,
        maps,
        traps,
        ntraps,
        objects,
        nobjects,
        arg_info,
        landing,
        landing_frame,
        flags,
    } = *m;
    let words = [
        size,
        frame_size,
        body_start,
        body_end,
        nargs,
        nslots,
        map_words,
        ncalls,
        args,
        slots,
        calls,
        maps,
        traps,
        ntraps,
        objects,
        nobjects,
        arg_info,
        landing,
        landing_frame,
        flags,
    ];
    const { assert!(FUNCMAP_SIZE == 20 * 4) };
    words.into_iter().flat_map(u32::to_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_maps_share_a_bitmap() {
        let m = |ret, words: &[u32]| StackMap { ret, words: words.to_vec() };
        let (calls, maps, words, wide) = stack_maps(&[m(16, &[1, 9]), m(32, &[0]), m(48, &[1, 9])]);
        assert_eq!((words, wide), (10, false));
        assert_eq!(maps, [0b10, 0b10, 1, 0]);
        assert_eq!(calls[..12], [16, 0, 0, 0, 32, 0, 0, 0, 48, 0, 0, 0]);
        assert_eq!(calls[12..], [0, 0, 1, 0, 0, 0]);
    }

    #[test]
    fn pieces_are_shared_when_aligned() {
        let mut b = Blob::default();
        assert_eq!(b.add(&[1, 2, 3], 1), 0);
        assert_eq!(b.add(&[9], 1), 3);
        assert_eq!(b.add(&[9], 4), 4);
        assert_eq!(b.add(&[1, 2, 3], 4), 0);
    }
}
