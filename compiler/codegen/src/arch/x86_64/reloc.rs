//! Relocations.

use cranelift_codegen::binemit::Reloc;
use object::elf;

pub(in crate::arch) fn elf(kind: Reloc) -> elf::RelocationType {
    match kind {
        Reloc::Abs8 => elf::R_X86_64_64,
        Reloc::Abs4 => elf::R_X86_64_32,
        Reloc::X86PCRel4 => elf::R_X86_64_PC32,
        Reloc::X86CallPCRel4 => elf::R_X86_64_PLT32,
        other => panic!("internal error: relocation {other:?} in a Go function"),
    }
}

pub(in crate::arch) fn patch(kind: Reloc, text: &mut [u8], place: usize, target: i64) -> bool {
    if !matches!(kind, Reloc::X86PCRel4 | Reloc::X86CallPCRel4) {
        return false;
    }
    let rel = i32::try_from(target - place as i64).expect("text is smaller than 2 GiB");
    text[place..place + 4].copy_from_slice(&rel.to_le_bytes());
    true
}
