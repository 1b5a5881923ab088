//! The order in which functions are visited whose callees are to be visited first, and the visit itself on all cores.
//!
//! Functions are numbered in the order in which a depth-first walk leaves them, which begins with the functions in the order
//! of their names: the result does not depend on how the program was made. A function's level is one more than the highest
//! of the functions it refers to that come before it; only a reference back into a recursion does not count. Functions of
//! one level do not need each other, and are visited in parallel.

use grus_ir::{Function, InstData, Sym, Symbols};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// The functions that each function calls or makes func values of, by index.
fn references(funcs: &[Function]) -> Vec<Vec<u32>> {
    let index: FxHashMap<Sym, u32> = funcs.iter().enumerate().map(|(i, f)| (f.sym, i as u32)).collect();
    (funcs.par_iter())
        .map(|f| {
            let insts = f.layout.iter().flat_map(|&b| &f.blocks[b].insts);
            let sym = |&inst| match &f.insts[inst] {
                InstData::Call { callee: sym, .. } | InstData::Closure { code: sym, .. } => {
                    index.get(sym).copied()
                }
                _ => None,
            };
            insts.filter_map(sym).collect()
        })
        .collect()
}

/// Indices of functions by level.
fn levels(funcs: &[Function], symbols: &Symbols) -> Vec<Vec<usize>> {
    let refs = references(funcs);
    let mut roots: Vec<usize> = (0..funcs.len()).collect();
    roots.sort_by_key(|&i| symbols.name(funcs[i].sym));
    // 0: not seen; 1: on the way; else the level plus 2.
    let mut state = vec![0u32; funcs.len()];
    let mut levels: Vec<Vec<usize>> = Vec::new();
    let mut stack: Vec<(usize, usize)> = Vec::new();
    for root in roots {
        if state[root] != 0 {
            continue;
        }
        state[root] = 1;
        stack.push((root, 0));
        while let Some((f, next)) = stack.last_mut() {
            if let Some(&c) = refs[*f].get(*next) {
                *next += 1;
                if state[c as usize] == 0 {
                    state[c as usize] = 1;
                    stack.push((c as usize, 0));
                }
                continue;
            }
            let f = *f;
            let level = refs[f].iter().map(|&c| state[c as usize]).max().unwrap_or(0).max(1) as usize - 1;
            state[f] = level as u32 + 2;
            if levels.len() == level {
                levels.push(Vec::new());
            }
            levels[level].push(f);
            stack.pop();
        }
    }
    levels
}

/// Visits all functions, callees first. `visit` sees what `merge` made of the results for functions of lower levels.
pub fn bottom_up<S: Sync, R: Send>(
    funcs: &mut Vec<Function>,
    symbols: &Symbols,
    state: &mut S,
    visit: impl Fn(&S, &mut Function) -> R + Sync,
    merge: impl Fn(&mut S, Sym, R),
) {
    let levels = levels(funcs, symbols);
    let mut all: Vec<Option<Function>> = std::mem::take(funcs).into_iter().map(Some).collect();
    for level in levels {
        let batch: Vec<(usize, Function)> =
            level.iter().map(|&i| (i, all[i].take().expect("a function has one level"))).collect();
        let shared = &*state;
        let batch: Vec<(usize, Function, R)> = (batch.into_par_iter())
            .map(|(i, mut f)| {
                let r = visit(shared, &mut f);
                (i, f, r)
            })
            .collect();
        for (i, f, r) in batch {
            merge(state, f.sym, r);
            all[i] = Some(f);
        }
    }
    *funcs = all.into_iter().flatten().collect();
}
