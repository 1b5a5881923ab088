//! Relocations.

use cranelift_codegen::binemit::Reloc;
use object::elf;

pub(in crate::arch) fn elf(kind: Reloc) -> elf::RelocationType {
    match kind {
        Reloc::Abs8 => elf::R_AARCH64_ABS64,
        Reloc::Abs4 => elf::R_AARCH64_ABS32,
        Reloc::Arm64Call => elf::R_AARCH64_CALL26,
        Reloc::Aarch64AdrPrelPgHi21 => elf::R_AARCH64_ADR_PREL_PG_HI21,
        Reloc::Aarch64AddAbsLo12Nc => elf::R_AARCH64_ADD_ABS_LO12_NC,
        other => panic!("internal error: relocation {other:?} in a Go function"),
    }
}

pub(in crate::arch) fn patch(kind: Reloc, text: &mut [u8], place: usize, target: i64) -> bool {
    if kind != Reloc::Arm64Call {
        // Page addresses depend on where the section lands.
        return false;
    }
    let words = (target - place as i64) >> 2;
    if !(-(1 << 25)..1 << 25).contains(&words) {
        // The linker makes a veneer.
        return false;
    }
    // `bl`, or `b` of a tail call.
    let at = &mut text[place..place + 4];
    let opcode = u32::from_le_bytes([at[0], at[1], at[2], at[3]]) & 0xfc00_0000;
    at.copy_from_slice(&(opcode | (words as u32 & 0x3ff_ffff)).to_le_bytes());
    true
}
