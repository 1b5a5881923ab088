//! The pass table.
//!
//! | pass | requires | why there |
//! |---|---|---|
//! | inline | | first: what it exposes is what the others work on |
//! | escape | | after inlining, which shows what small functions do with their arguments |
//! | sroa | | promotes what escape analysis put into slots |
//! | simplify | | cleans up behind both |
//! | prove | simplify: equal values are one value | sees all that is known |
//! | memcombine | prove: checks between accesses keep them apart | |
//! | rotate | | last: prove knows loops by the test in their header |

use crate::{escape, inline, memcombine, prove, rotate, simplify, sroa};
use grus_ir::Program;
use std::time::{Duration, Instant};

/// A pass over the whole program.
pub struct Pass {
    /// Its name in `--emit=ir:after=NAME`.
    pub name: &'static str,
    run: fn(&mut Program),
}

/// The passes in order.
pub const PASSES: &[Pass] = &[
    Pass { name: "inline", run: inline::run },
    Pass { name: "escape", run: escape::run },
    Pass { name: "sroa", run: sroa::run },
    Pass { name: "simplify", run: simplify::run },
    Pass { name: "prove", run: prove::run },
    Pass { name: "memcombine", run: memcombine::run },
    Pass { name: "rotate", run: rotate::run },
];

/// Runs one pass.
///
/// # Panics
/// If no pass has that name.
pub fn run_pass(program: &mut Program, name: &str) {
    let pass = PASSES.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("no pass {name}"));
    (pass.run)(program);
}

/// Runs the passes, up to and including the one named `last` if it is given. With `verify` every
/// function is verified after each pass. Returns what each pass took.
///
/// # Panics
/// If a pass made invalid IR, naming function and pass.
pub fn optimize(program: &mut Program, last: Option<&str>, verify: bool) -> Vec<(&'static str, Duration)> {
    let mut times = Vec::with_capacity(PASSES.len());
    for pass in PASSES {
        let start = Instant::now();
        (pass.run)(program);
        times.push((pass.name, start.elapsed()));
        if verify {
            for f in &program.funcs {
                grus_ir::verify::assert_valid(f, &program.symbols, pass.name);
            }
        }
        if last == Some(pass.name) {
            break;
        }
    }
    times
}
