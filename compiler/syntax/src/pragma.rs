//! Directives that the parser keeps: `//go:noinline` and the like, `//go:embed`, `//go:linkname`.
//!
//! Directives between two declarations are collected into one [`Pragma`], which belongs to the declaration that
//! follows. `//go:linkname` and `//go:cgo_*` belong to the file.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use cranelift_entity::entity_impl;

use crate::pos::Pos;
use crate::symbol::Symbol;

/// The directives of one declaration; index into `File::pragmas`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PragmaId(u32);
entity_impl!(PragmaId, "pragma");

/// The directives in front of one declaration.
#[derive(Clone, Debug, Default)]
pub struct Pragma {
    /// The union of all flags.
    pub flags: PragmaFlags,
    /// Each directive with its flags (none, if it is unknown) and its position, for errors about misplaced ones.
    pub each: Vec<(PragmaFlags, Pos)>,
    /// `//go:embed` directives.
    pub embeds: Vec<Embed>,
}

/// A `//go:embed` directive.
#[derive(Clone, Debug)]
pub struct Embed {
    /// Position of the directive (after the slashes).
    pub pos: Pos,
    /// The patterns, unquoted.
    pub patterns: Vec<String>,
    /// Where each pattern stands.
    pub places: Vec<Pos>,
}

/// A `//go:linkname local [target]` or `//go:linknamestd local [target]` directive.
#[derive(Clone, Debug)]
pub struct Linkname {
    /// Position of the directive (after the slashes).
    pub pos: Pos,
    /// Whether it is `linknamestd`.
    pub std: bool,
    /// The name declared in this package.
    pub local: Symbol,
    /// The link name; `None` for the one-argument form, which marks `local` as open to references under its
    /// ordinary link name.
    pub target: Option<Symbol>,
}

/// A `//go:cgo_*` directive.
#[derive(Clone, Debug)]
pub struct CgoDirective {
    /// Position of the directive (after the slashes).
    pub pos: Pos,
    /// The text without the slashes: `go:cgo_import_dynamic ...`.
    pub text: Box<str>,
}

/// A `//go:debug` directive: a default of the GODEBUG settings of a main package.
#[derive(Clone, Debug)]
pub struct DebugDirective {
    /// Position of the directive (after the slashes).
    pub pos: Pos,
    /// The text behind the verb: `key=value`, if it is well-formed.
    pub text: Box<str>,
}

/// A language version `go1.N`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GoVersion {
    /// The `N` of `go1.N`.
    pub minor: u16,
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "go1.{}", self.minor)
    }
}

/// A set of directives without arguments.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct PragmaFlags(u32);

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $text:literal;)*) => {
        impl PragmaFlags {
            $($(#[$doc])* pub const $name: PragmaFlags = PragmaFlags(1 << $bit);)*

            const TEXTS: &[(PragmaFlags, &str)] = &[$((PragmaFlags::$name, $text),)*];
        }
    };
}

flags! {
    /// `//go:build`; misplaced unless it stands before the package clause.
    GO_BUILD = 0, "go:build";
    /// `//go:nointerface`
    NO_INTERFACE = 1, "go:nointerface";
    /// `//go:noescape`: arguments of this body-less function do not escape.
    NO_ESCAPE = 2, "go:noescape";
    /// `//go:norace`
    NO_RACE = 3, "go:norace";
    /// `//go:nosplit`: no stack check.
    NO_SPLIT = 4, "go:nosplit";
    /// `//go:noinline`
    NO_INLINE = 5, "go:noinline";
    /// `//go:nocheckptr`
    NO_CHECK_PTR = 6, "go:nocheckptr";
    /// `//go:systemstack`
    SYSTEM_STACK = 7, "go:systemstack";
    /// `//go:nowritebarrier`
    NO_WRITE_BARRIER = 8, "go:nowritebarrier";
    /// `//go:nowritebarrierrec`
    NO_WRITE_BARRIER_REC = 9, "go:nowritebarrierrec";
    /// `//go:yeswritebarrierrec`
    YES_WRITE_BARRIER_REC = 10, "go:yeswritebarrierrec";
    /// `//go:cgo_unsafe_args`
    CGO_UNSAFE_ARGS = 11, "go:cgo_unsafe_args";
    /// `//go:uintptrkeepalive`
    UINTPTR_KEEP_ALIVE = 12, "go:uintptrkeepalive";
    /// `//go:uintptrescapes`
    UINTPTR_ESCAPES = 13, "go:uintptrescapes";
    /// `//go:registerparams`
    REGISTER_PARAMS = 14, "go:registerparams";
}

impl PragmaFlags {
    /// No directives.
    pub const NONE: PragmaFlags = PragmaFlags(0);

    /// The directives that may stand before a function.
    pub const FUNC: PragmaFlags = PragmaFlags(0x7ffe);

    /// The flags that a directive sets, by its verb (`go:nosplit`); none for unknown ones.
    pub fn of_verb(verb: &str) -> PragmaFlags {
        let Some(&(flag, _)) = PragmaFlags::TEXTS.iter().find(|(_, text)| *text == verb) else {
            return PragmaFlags::NONE;
        };
        match flag {
            // Recognised only under the field-tracking experiment, which is never on.
            PragmaFlags::NO_INTERFACE => PragmaFlags::NONE,
            PragmaFlags::NO_SPLIT | PragmaFlags::CGO_UNSAFE_ARGS => flag | PragmaFlags::NO_CHECK_PTR,
            PragmaFlags::NO_WRITE_BARRIER_REC => flag | PragmaFlags::NO_WRITE_BARRIER,
            PragmaFlags::UINTPTR_ESCAPES => flag | PragmaFlags::UINTPTR_KEEP_ALIVE,
            flag => flag,
        }
    }

    /// Whether all of `flags` are set.
    pub const fn contains(self, flags: PragmaFlags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether any of `flags` is set.
    pub const fn intersects(self, flags: PragmaFlags) -> bool {
        self.0 & flags.0 != 0
    }

    /// Whether no flag is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The flags without those of `flags`.
    #[must_use]
    pub const fn without(self, flags: PragmaFlags) -> PragmaFlags {
        PragmaFlags(self.0 & !flags.0)
    }
}

impl BitOr for PragmaFlags {
    type Output = PragmaFlags;

    fn bitor(self, other: PragmaFlags) -> PragmaFlags {
        PragmaFlags(self.0 | other.0)
    }
}

impl BitOrAssign for PragmaFlags {
    fn bitor_assign(&mut self, other: PragmaFlags) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for PragmaFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(PragmaFlags::TEXTS.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, text)| text))
            .finish()
    }
}
