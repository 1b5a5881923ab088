//! Targets and Cranelift settings.
//!
//! A [`Target`] holds the two instruction-set configurations that functions are compiled with: the optimising one, and
//! a cheap one for very large bodies, whose cost must stay linear. Both generate the same ABI.
//!
//! **Invariants:** g sits in the pinned register, every function keeps a frame pointer, nothing is
//! position-independent, and no libcall is ever generated (`compile` asserts it).

use cranelift_codegen::isa::{self, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_entity::SecondaryMap;
use grus_ir::{Block, Function, cfg, loops::Loops};

/// A processor architecture that Grus generates code for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Arch {
    X86_64,
    Aarch64,
}

impl Arch {
    /// The name that Go uses (`GOARCH`).
    pub const fn goarch(self) -> &'static str {
        match self {
            Arch::X86_64 => "amd64",
            Arch::Aarch64 => "arm64",
        }
    }

    /// The architecture that `GOARCH` names.
    pub fn from_goarch(name: &str) -> Option<Arch> {
        [Arch::X86_64, Arch::Aarch64].into_iter().find(|a| a.goarch() == name)
    }

    /// Rust's name of the architecture.
    pub const fn rust_name(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64",
            Arch::Aarch64 => "aarch64",
        }
    }

    /// The architecture this compiler runs on.
    pub fn host() -> Option<Arch> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Arch::X86_64),
            "aarch64" => Some(Arch::Aarch64),
            _ => None,
        }
    }

    /// Smallest instruction, which PC deltas of the line tables are multiples of.
    pub const fn min_inst(self) -> u32 {
        match self {
            Arch::X86_64 => 1,
            Arch::Aarch64 => 4,
        }
    }

    /// Whether conversions of floats to integers give the nearest integer for what does not fit, as gc's do there.
    pub(crate) const fn saturates(self) -> bool {
        match self {
            Arch::X86_64 => false,
            Arch::Aarch64 => true,
        }
    }

    /// Whether another processor may see two stores in another order than they were made in.
    pub(crate) const fn reorders_stores(self) -> bool {
        match self {
            Arch::X86_64 => false,
            Arch::Aarch64 => true,
        }
    }

    /// Whether bytes and halfwords have to be extended before they are compared.
    pub(crate) const fn extends(self) -> bool {
        match self {
            Arch::X86_64 => false,
            Arch::Aarch64 => true,
        }
    }

    const fn triple(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64-unknown-linux-gnu",
            Arch::Aarch64 => "aarch64-unknown-linux-gnu",
        }
    }
}

/// What the processor is assumed to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Rounding instructions (SSE4.1; always on aarch64).
    pub rounding: bool,
    /// Fused multiply-add (FMA3; always on aarch64).
    pub fma: bool,
}

/// `GOAMD64`: the level of the x86_64 instruction set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Amd64Level {
    #[default]
    V1,
    V2,
    V3,
    V4,
}

/// Functions with more instructions than this are compiled without Cranelift's optimiser, and with its allocator of
/// one pass: the time of the other grows with the square of the number of values that live long.
const OPTIMISE_UP_TO: usize = 50_000;
/// The same is done with functions whose loops are nested deeper than this: what several passes do takes a time that
/// grows with the square of the depth.
const OPTIMISE_DEPTH: u32 = 100;

/// A configured code generator.
pub struct Target {
    pub arch: Arch,
    pub features: Features,
    level: Amd64Level,
    /// Whether the results of passes are checked.
    pub(crate) verify: bool,
    speed: OwnedTargetIsa,
    cheap: OwnedTargetIsa,
}

impl Target {
    /// Configures Cranelift. `verify` runs its verifier after each of its passes, and the checker of the
    /// stack-copying laws.
    pub fn new(arch: Arch, level: Amd64Level, verify: bool) -> Target {
        let features = match arch {
            Arch::X86_64 => Features { rounding: level >= Amd64Level::V2, fma: level >= Amd64Level::V3 },
            Arch::Aarch64 => Features { rounding: true, fma: true },
        };
        Target {
            arch,
            features,
            level,
            verify,
            speed: build(arch, level, "speed", "backtracking", verify),
            cheap: build(arch, level, "none", "single_pass", verify),
        }
    }

    /// Text that differs for targets whose code differs, or is checked differently.
    pub(crate) fn identity(&self) -> String {
        format!("{} {:?} {}", self.arch.goarch(), self.level, self.verify)
    }

    /// The configuration that a function is compiled with.
    pub fn isa_for(&self, func: &Function) -> &dyn TargetIsa {
        if func.insts.len() > OPTIMISE_UP_TO || nested_too_deep(func) { &*self.cheap } else { &*self.speed }
    }

    /// The optimising configuration.
    pub fn isa(&self) -> &dyn TargetIsa {
        &*self.speed
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("arch", &self.arch).field("features", &self.features).finish()
    }
}

fn nested_too_deep(func: &Function) -> bool {
    // Every cycle has an edge that goes back in the layout; few functions have so many of them.
    if func.layout.len() <= OPTIMISE_DEPTH as usize {
        return false;
    }
    let mut position: SecondaryMap<Block, u32> = SecondaryMap::with_capacity(func.blocks.len());
    func.layout.iter().enumerate().for_each(|(i, &b)| position[b] = i as u32);
    let goes_back = |b: &&Block| {
        let t = func.terminator(**b).expect("every block ends in a terminator");
        (0..func.target_count(t)).any(|i| position[func.target_block(t, i)] <= position[**b])
    };
    if func.layout.iter().filter(goes_back).nth(OPTIMISE_DEPTH as usize).is_none() {
        return false;
    }
    let loops = Loops::new(func, &cfg::Dominators::new(func));
    loops.loops.iter().any(|l| l.depth > OPTIMISE_DEPTH)
}

fn build(arch: Arch, level: Amd64Level, opt_level: &str, regalloc: &str, verify: bool) -> OwnedTargetIsa {
    let mut flags = settings::builder();
    for (name, value) in [
        ("opt_level", opt_level),
        ("regalloc_algorithm", regalloc),
        ("enable_pinned_reg", "true"),
        ("preserve_frame_pointers", "true"),
        ("machine_code_cfg_info", "true"),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
        ("is_pic", "false"),
        ("enable_alias_analysis", "true"),
        ("enable_verifier", if verify { "true" } else { "false" }),
        // Functions are aligned in `program`; what is left are the alignments of constants.
        ("log2_min_function_alignment", "0"),
    ] {
        flags.set(name, value).expect("a setting of Cranelift");
    }
    let triple: target_lexicon::Triple = arch.triple().parse().expect("a valid triple");
    let mut isa = isa::lookup(triple).expect("Cranelift is built with this back end");
    if arch == Arch::X86_64 {
        let mut enable = |names: &[&str]| {
            for name in names {
                isa.enable(name).expect("a feature of x86_64");
            }
        };
        if level >= Amd64Level::V2 {
            enable(&["has_cmpxchg16b", "has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt"]);
        }
        if level >= Amd64Level::V3 {
            enable(&["has_avx", "has_avx2", "has_bmi1", "has_bmi2", "has_lzcnt", "has_fma"]);
        }
    }
    isa.finish(settings::Flags::new(flags)).expect("a consistent set of settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_architectures_configure_at_every_level() {
        for level in [Amd64Level::V1, Amd64Level::V2, Amd64Level::V3, Amd64Level::V4] {
            for arch in [Arch::X86_64, Arch::Aarch64] {
                let t = Target::new(arch, level, true);
                assert!(t.isa().flags().enable_pinned_reg());
                assert!(t.isa().flags().preserve_frame_pointers());
            }
        }
    }

    #[test]
    fn deep_nests_of_loops_are_compiled_cheaply() {
        let target = Target::new(Arch::X86_64, Amd64Level::V1, false);
        let cheap = |depth: u32| {
            // b1.. are headers, the blocks behind them latches, the last one returns.
            let mut text = String::from("func @f (i8) -> () {\nb0(v0: i8):\n    jump b1\n");
            for i in 1..=depth {
                let (inner, outer) = (
                    if i < depth { i + 1 } else { depth + i },
                    if i == 1 { 2 * depth + 1 } else { depth + i - 1 },
                );
                text.push_str(&format!("b{i}:\n    brif v0, b{inner}, b{outer}\n"));
            }
            for i in 1..=depth {
                text.push_str(&format!("b{}:\n    jump b{i}\n", depth + i));
            }
            text.push_str(&format!("b{}:\n    return\n}}", 2 * depth + 1));
            let f = grus_ir::parse::parse(&text, &grus_ir::Symbols::new()).expect("valid text").remove(0);
            std::ptr::eq(target.isa_for(&f), &*target.cheap)
        };
        assert!(!cheap(OPTIMISE_DEPTH));
        assert!(cheap(OPTIMISE_DEPTH + 1));
    }
}
