//! Strings that are made of bytes for one call only, which keeps none of them: the call gets the bytes.

use super::Names;
use grus_ir::{Function, Inst, InstData};

/// Drops the conversion in `unique.Make(string(bytes))`, which clones what it keeps.
pub(super) fn run(func: &mut Function, names: &Names) {
    for b in func.layout.clone() {
        let mut at = 0;
        while at < func.blocks[b].insts.len() {
            if let Some((from, conversion)) = converted(func, &func.blocks[b].insts[..=at], names) {
                let InstData::Call { args, .. } = &func.insts[conversion] else { unreachable!("a call") };
                let bytes = args.as_slice(&func.pool)[1..3].to_vec();
                let results = func.inst_results(conversion).to_vec();
                for (r, v) in results.into_iter().zip(bytes) {
                    func.replace(r, v);
                }
                func.blocks[b].insts.remove(from);
                at -= 1;
            }
            at += 1;
        }
    }
}

/// If the last of these instructions is such a call: where the conversion is that is all for it.
fn converted(func: &Function, insts: &[Inst], names: &Names) -> Option<(usize, Inst)> {
    let call = *insts.last()?;
    let InstData::Call { callee, args, .. } = &func.insts[call] else { return None };
    if Some(*callee) != names.make_unique {
        return None;
    }
    let &[string, len] = args.as_slice(&func.pool) else { return None };
    let conversion = func.def_inst(func.resolve(string))?;
    let is_conversion =
        matches!(func.insts[conversion], InstData::Call { callee, .. } if callee == names.from_bytes);
    if !is_conversion || func.inst_results(conversion) != [func.resolve(string), func.resolve(len)] {
        return None;
    }
    // Nothing in between may change the bytes.
    let from = insts.iter().position(|&i| i == conversion)?;
    let harmless = |&i: &Inst| matches!(func.insts[i], InstData::Iconst { .. } | InstData::SymAddr { .. });
    if !insts[from + 1..insts.len() - 1].iter().all(harmless) {
        return None;
    }
    let results = func.inst_results(conversion);
    let other_use = func.layout.iter().flat_map(|&b| &func.blocks[b].insts).any(|&i| {
        let mut uses = false;
        func.for_each_use(i, |v| uses |= i != call && results.contains(&func.resolve(v)));
        uses
    });
    (!other_use).then_some((from, conversion))
}
