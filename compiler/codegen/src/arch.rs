//! What differs between processors outside Cranelift: the stack check before the body and the slow path behind it,
//! fixes of the generated epilogue, relocation numbers, constants, traps, frames as
//! debuggers see them.
//!
//! Every architecture has the same files: `constants`, `epilogue`, `frame`, `prologue`, `reloc`, `saves`, `trap`.

mod aarch64;
mod x86_64;

use crate::isa::Arch;
use cranelift_codegen::Reg;
use cranelift_codegen::RegClass;
use cranelift_codegen::binemit::Reloc;
use gimli::Register;
use grus_abi::g::STACK_SMALL;
use grus_abi::symtab::func_flag;

/// What an architecture's frames look like.
pub(crate) struct FrameShape {
    pub sp: Register,
    pub fp: Register,
    pub return_address: Register,
    /// CFA - SP at the entry.
    pub at_entry: i32,
    /// Where the return address is at the entry, from the CFA; in its register if `None`.
    pub saved_return: Option<i32>,
    /// Bytes of the instruction that pushes, and of the one that sets FP.
    pub push: u32,
    pub set_fp: u32,
}

/// The stack check that stands before a function's body.
///
/// It compares SP (minus the frame size, unless the frame is small) with the guard in g, and branches to the slow path.
pub(crate) struct Prologue {
    /// Padded to the alignment of the body.
    pub bytes: Vec<u8>,
    /// Offset of the branch to the slow path.
    branch: usize,
}

/// Builds the check for a frame of `frame` bytes (return address and saved frame pointer included) before a body of
/// `body_len` bytes that must begin at a multiple of `align`.
pub(crate) fn prologue(arch: Arch, frame: u32, body_len: usize, align: usize) -> Prologue {
    let large = frame as usize > STACK_SMALL;
    match arch {
        Arch::X86_64 => x86_64::prologue::check(frame, large, body_len, align),
        Arch::Aarch64 => aarch64::prologue::check(frame, large, body_len, align),
    }
}

/// Appends the slow path to `code`, which consists of prologue and body: it calls `morestack` and starts over. Returns
/// the relocation of that call: offset, kind, addend.
pub(crate) fn slow_path(arch: Arch, code: &mut Vec<u8>, prologue: &Prologue) -> (u32, Reloc, i64) {
    match arch {
        Arch::X86_64 => x86_64::prologue::slow_path(code, prologue),
        Arch::Aarch64 => aarch64::prologue::slow_path(code, prologue),
    }
}

/// Improves the epilogues in a body; `block_starts` are the offsets of its basic blocks.
pub(crate) fn fix_epilogues(arch: Arch, body: &mut [u8], block_starts: &[u32]) {
    match arch {
        Arch::X86_64 => x86_64::epilogue::fix(body, block_starts),
        Arch::Aarch64 => aarch64::epilogue::fix(body, block_starts),
    }
}

/// The callee-saved registers that a body saves, as flags of the function.
pub(crate) fn saves(arch: Arch, body: &[u8]) -> u32 {
    match arch {
        Arch::X86_64 => x86_64::saves::mask(body) << func_flag::SAVES_SHIFT,
        Arch::Aarch64 => aarch64::saves::mask(body) << func_flag::SAVES_SHIFT,
    }
}

/// The word of `GHeader::callee` of a callee-saved register whose place in frames is known.
pub(crate) fn callee_saved(arch: Arch, reg: Reg) -> Option<u32> {
    let hw = reg.to_real_reg().filter(|r| r.class() == RegClass::Int)?.hw_enc();
    match arch {
        Arch::X86_64 => x86_64::saves::number(hw),
        Arch::Aarch64 => aarch64::saves::number(hw),
    }
}

/// The largest frame that the check can compare.
pub(crate) const fn max_frame(arch: Arch) -> u32 {
    match arch {
        Arch::X86_64 => x86_64::prologue::MAX_FRAME,
        Arch::Aarch64 => aarch64::prologue::MAX_FRAME,
    }
}

/// Whether an integer constant costs more than one instruction.
pub(crate) fn is_wide(arch: Arch, imm: i64, bits: u32) -> bool {
    match arch {
        Arch::X86_64 => x86_64::constants::is_wide(imm as u64, bits),
        Arch::Aarch64 => aarch64::constants::is_wide(imm as u64, bits),
    }
}

/// The ELF number of a relocation that Cranelift asks for.
pub(crate) fn elf_reloc(arch: Arch, kind: Reloc) -> object::elf::RelocationType {
    match arch {
        Arch::X86_64 => x86_64::reloc::elf(kind),
        Arch::Aarch64 => aarch64::reloc::elf(kind),
    }
}

/// Resolves a reference inside the text section; false if it needs the linker. `place` and `target` are offsets in the
/// section, the target's with the addend.
pub(crate) fn patch_local(arch: Arch, kind: Reloc, text: &mut [u8], place: usize, target: i64) -> bool {
    match arch {
        Arch::X86_64 => x86_64::reloc::patch(kind, text, place, target),
        Arch::Aarch64 => aarch64::reloc::patch(kind, text, place, target),
    }
}

/// Pads `code` with instructions that trap up to a multiple of `align`.
pub(crate) fn pad_with_traps(arch: Arch, code: &mut Vec<u8>, align: usize) {
    while !code.len().is_multiple_of(align) {
        trap(arch, code);
    }
}

/// Appends the smallest instruction that traps (behind bytes that complete one, if need be).
pub(crate) fn trap(arch: Arch, code: &mut Vec<u8>) {
    match arch {
        Arch::X86_64 => x86_64::trap::append(code),
        Arch::Aarch64 => aarch64::trap::append(code),
    }
}

/// What the architecture's frames look like.
pub(crate) const fn frame_shape(arch: Arch) -> FrameShape {
    match arch {
        Arch::X86_64 => x86_64::frame::SHAPE,
        Arch::Aarch64 => aarch64::frame::SHAPE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::fmt::Write;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |mut s, b| {
            let _ = write!(s, "{b:02x}");
            s
        })
    }

    fn whole(arch: Arch, frame: u32, body_len: usize, align: usize) -> String {
        let p = prologue(arch, frame, body_len, align);
        let mut code = p.bytes.clone();
        code.resize(code.len() + body_len, 0x90);
        let body_end = code.len();
        let (off, kind, addend) = slow_path(arch, &mut code, &p);
        format!(
            "{} ... {} reloc {kind:?} {off} {addend}",
            hex(&code[..p.bytes.len()]),
            hex(&code[body_end..])
        )
    }

    #[test]
    fn slow_paths_beyond_the_reach_of_a_conditional_branch() {
        // The frame's check as above, but b.hi over a b that reaches the slow path.
        let body = 3 << 19;
        let p = prologue(Arch::Aarch64, 64, body, 16);
        let mut code = p.bytes.clone();
        code.resize(p.bytes.len() + body, 0x90);
        let slow = code.len();
        slow_path(Arch::Aarch64, &mut code, &p);
        let word = |at: usize| u32::from_le_bytes(code[at..at + 4].try_into().expect("four bytes"));
        assert_eq!((word(8), p.bytes.len()), (0x5400_0048, 16));
        assert_eq!(word(12), 0x1400_0000 | ((slow as u32 - 12) / 4));
    }

    #[test]
    fn bytes_of_the_check() {
        // cmp rsp,[r15+16]; jbe; nops; the branches are short
        expect!["493b6710762a660f1f84000000000090 ... e800000000ebc9 reloc X86CallPCRel4 49 -4"]
            .assert_eq(&whole(Arch::X86_64, 64, 32, 16));
        // The same without constants that must be aligned.
        expect!["493b67107620 ... e800000000ebd3 reloc X86CallPCRel4 39 -4"].assert_eq(&whole(
            Arch::X86_64,
            64,
            32,
            1,
        ));
        // The longest body whose slow path a short branch reaches, and the shortest that it does not reach.
        expect!["493b6710767f ... e800000000e971ffffff reloc X86CallPCRel4 134 -4"].assert_eq(&whole(
            Arch::X86_64,
            64,
            127,
            1,
        ));
        expect!["493b67100f8680000000 ... e800000000e96cffffff reloc X86CallPCRel4 139 -4"]
            .assert_eq(&whole(Arch::X86_64, 64, 128, 1));
        // lea r11,[rsp-frame]; cmp r11,[r15+16]; jbe; nops
        expect!["4c8d9c2400ffffff4d3b5f100f860e010000660f1f8400000000000f1f440000 ... e800000000e9d6feffff reloc X86CallPCRel4 289 -4"].assert_eq(&whole(Arch::X86_64, 256, 256, 16));
        // ldr x16,[x21,#16]; cmp sp,x16; b.ls; nop
        expect!["b00a40f9ff6330eb490100541f2003d5 ... f0031eaa00000094f2ffff17 reloc Arm64Call 52 0"]
            .assert_eq(&whole(Arch::Aarch64, 64, 32, 16));
        // ldr; sub x17,sp,#lo; cmp x17,x16; b.ls; nops
        expect!["b00a40f9f1d308d1310640d13f0210eb890100541f2003d51f2003d51f2003d5 ... f0031eaa00000094eeffff17 reloc Arm64Call 68 0"].assert_eq(&whole(Arch::Aarch64, 0x1234, 32, 16));
    }
}
