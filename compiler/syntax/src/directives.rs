//! Directives: `//go:` comments and `//line`.
//!
//! The scanner meets directives between tokens and collects them here; the parser takes the collected pragma
//! when it begins a declaration, and reports it as misplaced when something else follows.

use std::path::Path;

use crate::constraint;
use crate::diagnostic::Diagnostic;
use crate::pos::Pos;
use crate::pragma::{CgoDirective, DebugDirective, Embed, GoVersion, Linkname, Pragma, PragmaFlags};
use crate::quote::quote_string;
use crate::scanner::Scanner;
use crate::source_map::{LineBase, POS_MAX, clean_path};
use crate::symbol::Symbol;

/// What directives have left so far.
#[derive(Default)]
pub(crate) struct Directives {
    /// The pragma of the next declaration.
    pub pending: Option<Pragma>,
    /// Before the package clause.
    pub top: bool,
    /// The package is part of the standard library; some directives are for it alone, others are not for it.
    pub std: bool,
    /// The package is part of the runtime.
    pub runtime: bool,
    pub build_constraint: Option<Box<str>>,
    pub go_version: Option<GoVersion>,
    pub linknames: Vec<Linkname>,
    pub cgo: Vec<CgoDirective>,
    pub debug: Vec<DebugDirective>,
    pub line_bases: Vec<LineBase>,
}

/// Directives that the standard library may use although they set no flag.
const ALLOWED_IN_STD: [&str; 9] = [
    "go:cgo_export_static",
    "go:cgo_export_dynamic",
    "go:cgo_import_static",
    "go:cgo_import_dynamic",
    "go:cgo_ldflag",
    "go:cgo_dynamic_linker",
    "go:embed",
    "go:fix",
    "go:generate",
];

impl Scanner<'_> {
    /// Reports an error about a directive. It does not count as an error of scanner or parser.
    fn directive_error(&mut self, pos: Pos, msg: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(pos, msg));
    }

    /// Obeys a `//go:` directive; the comment begins at `start`, `text` is without the slashes.
    pub(crate) fn go_directive(&mut self, start: usize, text: &str) {
        if self.directives.top && text.starts_with("go:build") {
            self.build_constraint(text);
        }

        let pos = self.source.pos(start + 2);
        if self.directives.top
            && let Some(settings) = text.strip_prefix("go:debug")
            && (settings.is_empty() || settings.starts_with([' ', '\t']))
        {
            self.directives.debug.push(DebugDirective { pos, text: settings.trim().into() });
        }
        if !self.is_blank_before(start) {
            self.directive_error(pos, "misplaced compiler directive");
            return;
        }
        let verb = text.split(' ').next().unwrap_or(text);
        match verb {
            // Without a space behind, a verb is not one of those that take arguments.
            _ if text == verb && verb != "go:embed" => self.flag_directive(pos, verb),
            "go:wasmimport" if text.split_whitespace().count() != 3 => {
                self.directive_error(pos, "usage: //go:wasmimport importmodule importname");
            }
            "go:wasmexport" if text.split_whitespace().count() != 2 => {
                self.directive_error(pos, "usage: //go:wasmexport exportname");
            }
            // These matter on wasm only.
            "go:wasmimport" | "go:wasmexport" => {}
            "go:linkname" | "go:linknamestd" => self.linkname(pos, verb, text),
            "go:embed" => self.embed(pos, &text[verb.len()..]),
            _ => {
                if verb.starts_with("go:cgo_") {
                    self.cgo_directive(pos, verb, text);
                }
                self.flag_directive(pos, verb);
            }
        }
    }

    /// The pending pragma, made if there is none.
    fn pending(&mut self) -> &mut Pragma {
        self.directives.pending.get_or_insert_default()
    }

    fn flag_directive(&mut self, pos: Pos, verb: &str) {
        const RUNTIME_ONLY: [PragmaFlags; 4] = [
            PragmaFlags::SYSTEM_STACK,
            PragmaFlags::NO_WRITE_BARRIER,
            PragmaFlags::NO_WRITE_BARRIER_REC,
            PragmaFlags::YES_WRITE_BARRIER_REC,
        ];
        let flags = PragmaFlags::of_verb(verb);
        let Directives { std, runtime, .. } = self.directives;
        if !runtime && RUNTIME_ONLY.iter().any(|&f| flags.intersects(f)) {
            self.directive_error(pos, format!("//{verb} only allowed in runtime"));
        }
        if flags == PragmaFlags::UINTPTR_KEEP_ALIVE && !std {
            self.directive_error(pos, format!("//{verb} is only allowed in the standard library"));
        }
        if flags.is_empty() && std && !ALLOWED_IN_STD.contains(&verb) {
            self.directive_error(pos, format!("//{verb} is not allowed in the standard library"));
        }
        let pragma = self.pending();
        pragma.flags |= flags;
        pragma.each.push((flags, pos));
    }

    fn linkname(&mut self, pos: Pos, verb: &str, text: &str) {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let (local, target) = match fields[..] {
            [_, local] => (local, None),
            [_, local, target] => (local, Some(Symbol::intern(target))),
            _ => {
                self.directive_error(pos, format!("usage: //{verb} localname [linkname]"));
                return;
            }
        };
        let std = verb == "go:linknamestd";
        self.directives.linknames.push(Linkname { pos, std, local: Symbol::intern(local), target });
    }

    fn embed(&mut self, pos: Pos, args: &str) {
        let patterns = match embed_patterns(args) {
            Ok(patterns) => patterns,
            Err(msg) => {
                self.directive_error(pos, msg);
                Vec::new()
            }
        };
        if patterns.is_empty() {
            self.directive_error(pos, "usage: //go:embed pattern...");
            return;
        }
        let start = pos.as_u32() + "go:embed".len() as u32;
        let places = patterns.iter().map(|&(at, _)| Pos::from_u32(start + at as u32)).collect();
        let patterns = patterns.into_iter().map(|p| p.1).collect();
        self.pending().embeds.push(Embed { pos, patterns, places });
    }

    /// `//go:cgo_*` directives are for code that cgo generated and for the standard library, but for
    /// `cgo_import_dynamic` with a library.
    fn cgo_directive(&mut self, pos: Pos, verb: &str, text: &str) {
        let library = match verb {
            "go:cgo_import_dynamic" => text.split_whitespace().nth(3),
            _ => None,
        };
        if let Some(library) = library {
            let library = library.trim_matches('"');
            let is_safe =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/') || !c.is_ascii();
            if !library.is_empty() && !library.starts_with(is_safe) && !self.is_cgo_generated() {
                let library = quote_string(library.as_bytes());
                let msg = format!("invalid library name {library} in cgo_import_dynamic directive");
                self.directive_error(pos, msg);
            }
        } else if !self.directives.std && !self.is_cgo_generated() {
            self.directive_error(pos, format!("//{text} only allowed in cgo-generated code"));
        }
        self.directives.cgo.push(CgoDirective { pos, text: text.into() });
    }

    fn is_cgo_generated(&self) -> bool {
        let name = Path::new(&**self.source.name()).file_name();
        name.is_some_and(|name| name.to_string_lossy().starts_with("_cgo_"))
    }

    fn build_constraint(&mut self, text: &str) {
        let Some(constraint) = constraint::split_go_build(text) else { return };
        if let Ok(expr) = constraint::Expr::parse(constraint) {
            self.directives.go_version = expr.go_version();
        }
        self.directives.build_constraint.get_or_insert_with(|| constraint.into());
    }

    /// Reports the pending pragma as misplaced: no declaration follows.
    pub(crate) fn clear_pragma(&mut self) {
        if let Some(pragma) = self.directives.pending.take() {
            for (flags, pos) in pragma.each {
                if !flags.is_empty() {
                    self.directive_error(pos, "misplaced compiler directive");
                }
            }
            for embed in pragma.embeds {
                self.directive_error(embed.pos, "misplaced go:embed directive");
            }
        }
    }

    /// Obeys a `line` directive in the comment that begins at `start`; what follows begins at `next`. `text` is
    /// the text of the comment without its delimiters: `line file:line` or `line file:line:col`.
    pub(crate) fn set_line_base(&mut self, start: usize, next: usize, text: &str) {
        let text = &text["line ".len()..];
        let text_start = start + 2 + "line ".len();
        // The offset behind the last colon, and the number there.
        let trailing_number = |text: &str| -> Option<(usize, Option<u64>)> {
            let i = text.rfind(':')? + 1;
            let digits = &text[i..];
            let number = match digits.parse() {
                Ok(n) if digits.as_bytes()[0].is_ascii_digit() => Some(n),
                _ => None,
            };
            Some((i, number))
        };
        let in_range = |n: u64| (n > 0 && n <= u64::from(POS_MAX)).then_some(n as u32);

        let Some((i, number)) = trailing_number(text) else { return };
        let Some(number) = number else {
            self.error_at(text_start + i, format!("invalid line number: {}", &text[i..]));
            return;
        };
        let (text, i, line, col) = match trailing_number(&text[..i - 1]) {
            Some((j, Some(line))) => {
                let Some(col) = in_range(number) else {
                    self.error_at(text_start + i, format!("invalid column number: {}", &text[i..]));
                    return;
                };
                (&text[..i - 1], j, line, Some(col))
            }
            _ => (text, i, number, None),
        };
        let Some(line) = in_range(line) else {
            self.error_at(text_start + i, format!("invalid line number: {}", &text[i..]));
            return;
        };

        let filename = &text[..i - 1];
        let own_name = self.source.name();
        let filename = if filename.is_empty() && col.is_some() {
            self.directives.line_bases.last().map_or_else(|| own_name.clone(), |b| b.filename.clone())
        } else if filename.is_empty() {
            "".into()
        } else {
            let clean = clean_path(filename);
            match Path::new(&**own_name).parent() {
                Some(dir) if !dir.as_os_str().is_empty() && !clean.starts_with('/') => {
                    clean_path(&dir.join(clean).to_string_lossy()).into()
                }
                _ => clean.into(),
            }
        };
        let pos = self.source.pos(next);
        self.directives.line_bases.push(LineBase { pos, filename, line, col: col.unwrap_or(0) });
    }
}

/// Splits the arguments of `//go:embed`: words separated by blanks, or Go strings; each with its offset.
fn embed_patterns(args: &str) -> Result<Vec<(usize, String)>, String> {
    let invalid = |text: &str| format!("invalid quoted string in //go:embed: {text}");
    let mut patterns = Vec::new();
    let mut rest = args.trim();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '`' => rest[1..].find('`').map(|n| n + 2).ok_or_else(|| invalid(rest))?,
            '"' => {
                let bytes = rest.as_bytes();
                let mut i = 1;
                while i < bytes.len() && bytes[i] != b'"' {
                    i += if bytes[i] == b'\\' { 2 } else { 1 };
                }
                if i >= bytes.len() {
                    return Err(invalid(rest));
                }
                i + 1
            }
            _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        let (word, tail) = rest.split_at(end);
        let pattern = match first {
            '`' => word[1..word.len() - 1].to_string(),
            '"' => crate::literal::unquote_string(word).ok_or_else(|| invalid(word))?,
            _ => word.to_string(),
        };
        patterns.push((word.as_ptr().addr() - args.as_ptr().addr(), pattern));
        if tail.chars().next().is_some_and(|c| !c.is_whitespace()) {
            return Err(invalid(tail));
        }
        rest = tail.trim();
    }
    Ok(patterns)
}

#[cfg(test)]
mod tests;
