//! Stack check and slow path. g is in r15; r11 is scratch at entry.

use crate::arch::Prologue;
use cranelift_codegen::binemit::Reloc;
use grus_abi::g::STACKGUARD;

/// The largest frame that the check can compare.
pub const MAX_FRAME: u32 = i32::MAX as u32;

/// Multi-byte nops, by length.
const NOPS: [&[u8]; 9] = [
    &[0x90],
    &[0x66, 0x90],
    &[0x0f, 0x1f, 0x00],
    &[0x0f, 0x1f, 0x40, 0x00],
    &[0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
    &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

const GUARD: u8 = STACKGUARD as u8;

/// First bytes of `jbe` with a displacement of one byte, and of four.
const JBE_SHORT: u8 = 0x76;
const JBE_NEAR: [u8; 2] = [0x0f, 0x86];

pub(in crate::arch) fn check(frame: u32, large: bool, body_len: usize, align: usize) -> Prologue {
    let mut bytes = Vec::with_capacity(32);
    if large {
        // lea r11, [rsp - frame]
        bytes.extend([0x4c, 0x8d, 0x9c, 0x24]);
        bytes.extend((-i64::from(frame) as i32).to_le_bytes());
        // cmp r11, [r15 + guard]
        bytes.extend([0x4d, 0x3b, 0x5f, GUARD]);
    } else {
        // cmp rsp, [r15 + guard]
        bytes.extend([0x49, 0x3b, 0x67, GUARD]);
    }
    let branch = bytes.len();
    // jbe slow
    let short_end = branch + 2;
    if short_end.next_multiple_of(align) + body_len - short_end <= i8::MAX as usize {
        bytes.extend([JBE_SHORT, 0]);
    } else {
        bytes.extend(JBE_NEAR);
        bytes.extend([0; 4]);
    }
    let mut pad = bytes.len().next_multiple_of(align) - bytes.len();
    while pad > 0 {
        let n = pad.min(NOPS.len());
        bytes.extend(NOPS[n - 1]);
        pad -= n;
    }
    Prologue { bytes, branch }
}

pub(in crate::arch) fn slow_path(code: &mut Vec<u8>, prologue: &Prologue) -> (u32, Reloc, i64) {
    let slow = code.len();
    let branch = prologue.branch;
    if code[branch] == JBE_SHORT {
        code[branch + 1] =
            i8::try_from(slow - (branch + 2)).expect("the check chose the form that reaches") as u8;
    } else {
        code[branch + 2..branch + 6].copy_from_slice(&((slow - (branch + 6)) as i32).to_le_bytes());
    }
    // call morestack
    code.push(0xe8);
    let reloc = code.len() as u32;
    code.extend([0; 4]);
    // jmp start
    let back = -(code.len() as i32);
    match i8::try_from(back - 2) {
        Ok(back) => code.extend([0xeb, back as u8]),
        Err(_) => {
            code.push(0xe9);
            code.extend((back - 5).to_le_bytes());
        }
    }
    (reloc, Reloc::X86CallPCRel4, -4)
}
