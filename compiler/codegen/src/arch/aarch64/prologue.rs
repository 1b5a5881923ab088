//! Stack check and slow path. g is in x21; x16 and x17 are scratch at entry, x30 holds the return address.

use crate::arch::Prologue;
use cranelift_codegen::binemit::Reloc;
use grus_abi::g::STACKGUARD;

/// The largest frame that the check can compare.
pub const MAX_FRAME: u32 = (1 << 24) - 1;

const NOP: u32 = 0xd503_201f;
/// Reach of a conditional branch in each direction, with room to spare for the slow path itself.
const COND_REACH: usize = (1 << 20) - 256;

pub(in crate::arch) fn check(frame: u32, large: bool, body_len: usize, align: usize) -> Prologue {
    let mut bytes = Vec::with_capacity(32);
    let mut put = |word: u32| bytes.extend(word.to_le_bytes());
    // ldr x16, [x21, #guard]
    put(0xf940_0000 | ((STACKGUARD as u32 / 8) << 10) | (21 << 5) | 16);
    let mut branch = 8;
    if large {
        let (hi, lo) = (frame >> 12, frame & 0xfff);
        // sub x17, sp, #lo
        put(0xd100_0000 | (lo << 10) | (31 << 5) | 17);
        branch += 4;
        if hi != 0 {
            // sub x17, x17, #hi, lsl #12
            put(0xd140_0000 | (hi << 10) | (17 << 5) | 17);
            branch += 4;
        }
        // cmp x17, x16
        put(0xeb10_023f);
    } else {
        // cmp sp, x16
        put(0xeb30_63ff);
    }
    if body_len > COND_REACH {
        // b.hi over the next instruction, which is an unconditional branch
        put(0x5400_0048);
        branch += 4;
        put(0x1400_0000);
    } else {
        // b.ls
        put(0x5400_0009);
    }
    while !bytes.len().is_multiple_of(align) {
        bytes.extend(NOP.to_le_bytes());
    }
    Prologue { bytes, branch }
}

pub(in crate::arch) fn slow_path(code: &mut Vec<u8>, prologue: &Prologue) -> (u32, Reloc, i64) {
    while !code.len().is_multiple_of(4) {
        code.push(0);
    }
    let distance = (code.len() - prologue.branch) as u32 / 4;
    let at = prologue.branch..prologue.branch + 4;
    let insn = u32::from_le_bytes(code[at.clone()].try_into().expect("four bytes"));
    let insn = if insn >> 24 == 0x54 {
        assert!(distance < 1 << 18);
        insn | (distance << 5)
    } else {
        assert!(distance < 1 << 25);
        insn | distance
    };
    code[at].copy_from_slice(&insn.to_le_bytes());
    // mov x16, x30
    code.extend(0xaa1e_03f0u32.to_le_bytes());
    let reloc = code.len() as u32;
    // bl morestack
    code.extend(0x9400_0000u32.to_le_bytes());
    // b start
    let back = (-(code.len() as i32) / 4) as u32 & 0x3ff_ffff;
    code.extend((0x1400_0000 | back).to_le_bytes());
    (reloc, Reloc::Arm64Call, 0)
}
