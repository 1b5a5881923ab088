//! DWARF for debuggers and profilers: lines, functions, frames.
//!
//! One compilation unit for all Go code, with one line sequence over the whole text section and a subprogram for each
//! function. Frames are described in `.debug_frame`; the binary has no unwind sections of its own.

use crate::arch;
use crate::compile::CompiledFunction;
use crate::isa::Arch;
use crate::object::{DebugRef, DebugSection, DebugTarget};
use gimli::write::{
    Address, AttributeValue, CallFrameInstruction, CommonInformationEntry, DirectoryId, DwarfUnit, EndianVec,
    FileId, FrameDescriptionEntry, FrameTable, LineProgram, LineString, RelocateWriter, Relocation,
    RelocationTarget, Sections,
};
use gimli::{Encoding, Format, LineEncoding, LittleEndian};
use grus_ir::{Function, Program};
use rustc_hash::FxHashMap;

/// The only symbol that debug information refers to: the start of the text section.
const TEXT: usize = 0;

/// The sections for functions given in order of address, with their offsets in text.
pub(crate) fn sections(
    program: &Program,
    arch: Arch,
    funcs: &[(&Function, &CompiledFunction, u32)],
    text_size: u64,
    go_version: &str,
) -> Vec<DebugSection> {
    let encoding = Encoding { address_size: 8, format: Format::Dwarf32, version: 4 };
    let mut unit = DwarfUnit::new(encoding);
    let line_encoding = LineEncoding {
        minimum_instruction_length: arch.min_inst() as u8,
        maximum_operations_per_instruction: 1,
        default_is_stmt: true,
        line_base: -5,
        line_range: 14,
    };
    let line_program = LineProgram::new(
        encoding,
        line_encoding,
        LineString::String(b".".to_vec()),
        None,
        LineString::String(b"go".to_vec()),
        None,
    );
    let mut lines =
        Lines { directory: line_program.default_directory(), line_program, files: FxHashMap::default() };
    lines.line_program.begin_sequence(Some(text_address(0)));
    for &(ir, code, entry) in funcs {
        lines.function(program, ir, code, entry);
    }
    lines.line_program.end_sequence(text_size);

    let root = unit.unit.root();
    let set = |unit: &mut DwarfUnit, die, name, value| unit.unit.get_mut(die).set(name, value);
    set(&mut unit, root, gimli::DW_AT_language, AttributeValue::Language(gimli::DW_LANG_Go));
    set(&mut unit, root, gimli::DW_AT_low_pc, AttributeValue::Address(text_address(0)));
    set(&mut unit, root, gimli::DW_AT_high_pc, AttributeValue::Udata(text_size));
    let producer = unit.strings.add(format!("Grus {go_version}"));
    set(&mut unit, root, gimli::DW_AT_producer, AttributeValue::StringRef(producer));
    let name = unit.strings.add("go");
    set(&mut unit, root, gimli::DW_AT_name, AttributeValue::StringRef(name));
    for &(ir, code, entry) in funcs {
        let die = unit.unit.add(root, gimli::DW_TAG_subprogram);
        let symbol = program.symbols.name(ir.sym);
        let name = unit.strings.add(ir.attrs.table_name.as_deref().unwrap_or(symbol));
        set(&mut unit, die, gimli::DW_AT_name, AttributeValue::StringRef(name));
        set(&mut unit, die, gimli::DW_AT_low_pc, AttributeValue::Address(text_address(entry)));
        set(&mut unit, die, gimli::DW_AT_high_pc, AttributeValue::Udata(code.code.len() as u64));
        set(&mut unit, die, gimli::DW_AT_external, AttributeValue::Flag(true));
        if let Some((file, line)) = lines.file_line(program, ir.start_pos) {
            set(&mut unit, die, gimli::DW_AT_decl_file, AttributeValue::FileIndex(Some(file)));
            set(&mut unit, die, gimli::DW_AT_decl_line, AttributeValue::Udata(line));
        }
    }
    unit.unit.line_program = lines.line_program;

    let mut sections = Sections::new(Recorder::default());
    unit.write(&mut sections).expect("the unit is well formed");
    frames(arch, funcs, encoding)
        .write_debug_frame(&mut sections.debug_frame)
        .expect("frames are well formed");

    let mut out = Vec::new();
    let collected = sections.for_each(|id, section| -> Result<(), ()> {
        if !section.writer.slice().is_empty() {
            out.push(DebugSection {
                name: id.name(),
                bytes: section.writer.slice().to_vec(),
                refs: section.relocations.iter().map(debug_ref).collect(),
            });
        }
        Ok(())
    });
    collected.expect("collecting does not fail");
    out
}

fn text_address(offset: u32) -> Address {
    Address::Symbol { symbol: TEXT, addend: offset.into() }
}

fn debug_ref(r: &Relocation) -> DebugRef {
    let target = match r.target {
        RelocationTarget::Symbol(_) => DebugTarget::Text,
        RelocationTarget::Section(id) => DebugTarget::Debug(id.name()),
    };
    DebugRef { offset: r.offset as u64, size: r.size, target, addend: r.addend }
}

/// A section's bytes and the references in it.
#[derive(Clone)]
struct Recorder {
    writer: EndianVec<LittleEndian>,
    relocations: Vec<Relocation>,
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder { writer: EndianVec::new(LittleEndian), relocations: Vec::new() }
    }
}

impl RelocateWriter for Recorder {
    type Writer = EndianVec<LittleEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.writer
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.writer
    }

    fn relocate(&mut self, relocation: Relocation) {
        self.relocations.push(relocation);
    }
}

struct Lines {
    line_program: LineProgram,
    directory: DirectoryId,
    files: FxHashMap<Box<str>, FileId>,
}

impl Lines {
    fn function(&mut self, program: &Program, ir: &Function, code: &CompiledFunction, entry: u32) {
        let mut last = None;
        for r in &code.lines {
            let pos = r.loc.map_or(ir.start_pos, |l| ir.locs[l].pos);
            let Some(at) = self.file_line(program, pos) else { continue };
            // The first row of a function is a statement of its own, whatever precedes it.
            if last == Some(at) {
                continue;
            }
            let first_of_body = last.is_none();
            last = Some(at);
            let row = self.line_program.row();
            row.address_offset = u64::from(entry + r.start);
            (row.file, row.line) = at;
            row.prologue_end = !first_of_body && r.start == code.body_start;
            self.line_program.generate_row();
        }
    }

    fn file_line(&mut self, program: &Program, pos: u32) -> Option<(FileId, u64)> {
        let (file, line, _) = program.positions.resolve(pos);
        if line == 0 || file.is_empty() {
            return None;
        }
        if let Some(&id) = self.files.get(file) {
            return Some((id, line.into()));
        }
        let name = LineString::String(file.as_bytes().to_vec());
        let id = self.line_program.add_file(name, self.directory, None);
        self.files.insert(file.into(), id);
        Some((id, line.into()))
    }
}

/// Every function pushes the caller's FP (aarch64: and the return address) first, then sets FP. The return sequence is
/// not described: it is two instructions.
fn frames(arch: Arch, funcs: &[(&Function, &CompiledFunction, u32)], encoding: Encoding) -> FrameTable {
    let s = arch::frame_shape(arch);
    let mut table = FrameTable::default();
    let mut cie = CommonInformationEntry::new(encoding, arch.min_inst() as u8, -8, s.return_address);
    cie.add_instruction(CallFrameInstruction::Cfa(s.sp, s.at_entry));
    if let Some(at) = s.saved_return {
        cie.add_instruction(CallFrameInstruction::Offset(s.return_address, at));
    }
    let cie = table.add_cie(cie);
    for &(_, code, entry) in funcs {
        let mut fde = FrameDescriptionEntry::new(text_address(entry), code.code.len() as u32);
        let pushed = code.body_start + s.push;
        fde.add_instruction(pushed, CallFrameInstruction::CfaOffset(16));
        fde.add_instruction(pushed, CallFrameInstruction::Offset(s.fp, -16));
        if s.saved_return.is_none() {
            fde.add_instruction(pushed, CallFrameInstruction::Offset(s.return_address, -8));
        }
        fde.add_instruction(pushed + s.set_fp, CallFrameInstruction::CfaRegister(s.fp));
        if (code.body_end as usize) < code.code.len() {
            fde.add_instruction(code.body_end, CallFrameInstruction::Cfa(s.sp, s.at_entry));
            fde.add_instruction(code.body_end, CallFrameInstruction::Restore(s.fp));
            if s.saved_return.is_none() {
                fde.add_instruction(code.body_end, CallFrameInstruction::Restore(s.return_address));
            }
        }
        table.add_fde(cie, fde);
    }
    table
}
