//! Text forms of functions for `--emit=clif` and `--emit=asm`.
//!
//! The disassembler is written in C, so it is a feature of this crate: without it, instructions are shown as Cranelift
//! knows them, by blocks and with what belongs to a place in the code listed behind them.

use crate::compile::{CompiledFunction, Compiler, Diagnostic, Dumps, Worker};
use crate::isa::Target;
use crate::names::RuntimeNames;
use grus_ir::{Function, Symbols};
use std::fmt::Write;

/// CLIF as lowered, CLIF as it goes to instruction selection, and the disassembly of one function.
///
/// # Errors
///
/// What the function asks for and cannot be had.
pub fn dump_function(symbols: &Symbols, target: &Target, func: &Function) -> Result<Dumps, Diagnostic> {
    let names = RuntimeNames::new(symbols);
    let mut dumps = Dumps::default();
    let compiled =
        Compiler::new(target, symbols, &names).compile_dumping(&mut Worker::new(), func, &mut dumps)?;
    dumps.asm = header(symbols, &compiled) + &instructions(symbols, target, &compiled, &dumps.asm);
    Ok(dumps)
}

/// What holds for the whole function.
fn header(symbols: &Symbols, f: &CompiledFunction) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}: {} bytes, frame {}{}{}",
        symbols.name(f.sym),
        f.code.len(),
        f.frame_size,
        if f.nosplit { ", nosplit" } else { "" },
        f.landing.map_or(String::new(), |l| format!(", landing {:#x}", l.offset)),
    );
    if !f.slot_words.is_empty() {
        let _ = writeln!(out, "  pointer words of slots: {:?}", f.slot_words);
    }
    for o in &f.objects {
        let _ = writeln!(out, "  object at {} of {} bytes: {:?}", o.offset, o.size, o.words);
    }
    out
}

/// The blocks of a compiled function in Cranelift's notation, then by offset what it refers to, stack maps and traps.
#[cfg(not(feature = "disassembler"))]
fn instructions(symbols: &Symbols, _: &Target, f: &CompiledFunction, blocks: &str) -> String {
    let mut out = format!("{blocks}\n");
    let mut notes: Vec<(u32, String)> =
        f.relocs.iter().map(|r| (r.offset, symbols.name(r.sym).to_string())).collect();
    notes.extend(f.maps.iter().map(|m| (m.ret, format!("live words {:?}", m.words))));
    notes.extend(f.traps.iter().map(|t| (t.0, format!("trap {}", t.1))));
    notes.sort();
    for (offset, note) in notes {
        let _ = writeln!(out, "{offset:6x}  ; {note}");
    }
    out
}

/// The instructions of a compiled function, with the symbols that they refer to, its stack maps and traps.
#[cfg(feature = "disassembler")]
fn instructions(symbols: &Symbols, target: &Target, f: &CompiledFunction, _: &str) -> String {
    let mut out = String::new();
    let Ok(disassembler) = target.isa().to_capstone() else {
        let _ = writeln!(out, "  no disassembler for this target");
        return out;
    };
    let Ok(insns) = disassembler.disasm_all(&f.code, 0) else {
        let _ = writeln!(out, "  the code cannot be disassembled");
        return out;
    };
    for i in insns.iter() {
        let (start, end) = (i.address() as u32, i.address() as u32 + i.bytes().len() as u32);
        let _ = write!(out, "{start:6x}  {} {}", i.mnemonic().unwrap_or("?"), i.op_str().unwrap_or(""));
        let mut notes = Vec::new();
        for r in f.relocs.iter().filter(|r| (start..end).contains(&r.offset)) {
            notes.push(symbols.name(r.sym).to_string());
        }
        for m in f.maps.iter().filter(|m| m.ret == end) {
            notes.push(format!("live words {:?}", m.words));
        }
        for (_, code) in f.traps.iter().filter(|t| t.0 == start) {
            notes.push(format!("trap {code}"));
        }
        let _ = writeln!(out, "{}{}", if notes.is_empty() { "" } else { "  ; " }, notes.join(", "));
    }
    out
}
