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

/// Groups of functions that call each other, by level: one more than the highest of the groups that they refer to (Tarjan,
/// *Depth-First Search and Linear Graph Algorithms*, 1972). Within a group and within a level, functions stand in an order
/// that follows from their names.
fn groups(funcs: &[Function], symbols: &Symbols) -> Vec<Vec<Vec<usize>>> {
    const NEW: u32 = 0;
    let refs = references(funcs);
    let mut roots: Vec<usize> = (0..funcs.len()).collect();
    roots.sort_by_key(|&i| symbols.name(funcs[i].sym));
    // Numbers in the order of visits, the lowest number that is reached, the level of a finished group.
    let (mut number, mut low) = (vec![NEW; funcs.len()], vec![0u32; funcs.len()]);
    let mut level: Vec<Option<usize>> = vec![None; funcs.len()];
    let mut levels: Vec<Vec<Vec<usize>>> = Vec::new();
    let (mut open, mut walk, mut next) = (Vec::new(), Vec::new(), NEW);
    for root in roots {
        if number[root] != NEW {
            continue;
        }
        walk.push((root, 0));
        while let Some((f, at)) = walk.last_mut() {
            let f = *f;
            if *at == 0 {
                next += 1;
                (number[f], low[f]) = (next, next);
                open.push(f);
            }
            if let Some(&c) = refs[f].get(*at) {
                *at += 1;
                let c = c as usize;
                if number[c] == NEW {
                    walk.push((c, 0));
                } else if level[c].is_none() {
                    low[f] = low[f].min(number[c]);
                }
                continue;
            }
            walk.pop();
            if let Some(&(up, _)) = walk.last() {
                low[up] = low[up].min(low[f]);
            }
            if low[f] == number[f] {
                let first = open.iter().rposition(|&o| o == f).expect("the function is open");
                let group = open.split_off(first);
                let callees = group.iter().flat_map(|&m| &refs[m]).filter_map(|&c| level[c as usize]);
                let l = callees.max().map_or(0, |l| l + 1);
                group.iter().for_each(|&m| level[m] = Some(l));
                if levels.len() <= l {
                    levels.resize_with(l + 1, Vec::new);
                }
                levels[l].push(group);
            }
        }
    }
    levels
}

/// Visits all groups of functions that call each other, callees first. `visit` gives a result for each member, and sees
/// what `merge` made of the results for other groups.
pub fn bottom_up_groups<S: Sync, R: Send>(
    funcs: &mut [Function],
    symbols: &Symbols,
    state: &mut S,
    visit: impl Fn(&S, &mut [&mut Function]) -> Vec<R> + Sync,
    merge: impl Fn(&mut S, Sym, R),
) {
    let levels = groups(funcs, symbols);
    let mut all: Vec<Option<&mut Function>> = funcs.iter_mut().map(Some).collect();
    for level in levels {
        let mut batch: Vec<Vec<&mut Function>> = (level.iter())
            .map(|g| g.iter().map(|&i| all[i].take().expect("a function is in one group")).collect())
            .collect();
        let shared = &*state;
        let results: Vec<Vec<R>> = batch.par_iter_mut().map(|group| visit(shared, group)).collect();
        for (group, results) in batch.iter().zip(results) {
            for (f, r) in group.iter().zip(results) {
                merge(state, f.sym, r);
            }
        }
    }
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
