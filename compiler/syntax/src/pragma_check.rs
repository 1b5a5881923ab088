//! Checks of directives against the declarations of their package, which gc makes after type checking.
//!
//! A directive may stand before the wrong kind of declaration, demand something of a function that the function
//! does not fulfil, or name something that is not declared.

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::pos::Pos;
use crate::pragma::{GoVersion, Linkname, Pragma, PragmaFlags, PragmaId};
use crate::symbol::Symbol;
use crate::walk::Node;

/// What is known about the package.
#[derive(Clone, Copy, Debug)]
pub struct PackageFacts {
    /// The language version of the module.
    pub lang: GoVersion,
    /// All functions are implemented in Go: one without a body is an error.
    pub complete: bool,
}

/// Checks all directives of a package. `is_func_or_var` tells whether the package declares a function or variable
/// of that name.
pub fn check_package(
    files: &[&File],
    facts: PackageFacts,
    is_func_or_var: impl Fn(Symbol) -> bool,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut linknamed = HashSet::with_hasher(FxBuildHasher);
    for file in files {
        let mut checker = FileChecker { file, facts, diagnostics: &mut diagnostics };
        checker.check_declarations();
        checker.check_linknames(&is_func_or_var, &mut linknamed);
    }
    for file in files {
        let mut checker = FileChecker { file, facts, diagnostics: &mut diagnostics };
        checker.check_functions(&linknamed);
    }
    diagnostics
}

struct FileChecker<'a> {
    file: &'a File,
    facts: PackageFacts,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> FileChecker<'a> {
    fn error(&mut self, pos: Pos, msg: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(pos, msg));
    }

    fn imports(&self, path: &str) -> bool {
        self.file.imports().any(|(_, _, imported)| imported == path)
    }

    fn check_declarations(&mut self) {
        let file = self.file;
        self.check_placement(file.pragma.expand(), PragmaFlags::GO_BUILD, false);
        if file.pragmas.is_empty() {
            return;
        }
        let imports_embed = self.imports("embed");
        for &decl in &file.decl_list {
            self.check_declaration(decl, imports_embed, false);
            // Local declarations.
            let mut inner = Vec::new();
            file.inspect(decl, &mut |node| {
                if let Node::Decl(local) = node
                    && local != decl
                {
                    inner.push(local);
                }
                true
            });
            for local in inner {
                self.check_declaration(local, imports_embed, true);
            }
        }
    }

    fn check_declaration(&mut self, decl: DeclId, imports_embed: bool, local: bool) {
        let Decl { pragma, kind, .. } = self.file.decls[decl];
        let pragma = pragma.expand();
        match kind {
            DeclKind::Func(_) => self.check_placement(pragma, PragmaFlags::FUNC, false),
            DeclKind::Var(var) => {
                self.check_placement(pragma, PragmaFlags::NONE, true);
                self.check_embed(pragma, &var, imports_embed, local);
            }
            _ => self.check_placement(pragma, PragmaFlags::NONE, false),
        }
    }

    fn pragma(&self, id: Option<PragmaId>) -> Option<&'a Pragma> {
        id.map(|id| &self.file.pragmas[id])
    }

    fn check_placement(&mut self, pragma: Option<PragmaId>, allowed: PragmaFlags, embed_ok: bool) {
        let Some(pragma) = self.pragma(pragma) else { return };
        for &(flags, pos) in &pragma.each {
            if !flags.without(allowed).is_empty() {
                self.error(pos, "misplaced compiler directive");
            }
        }
        if !embed_ok {
            for embed in &pragma.embeds {
                self.error(embed.pos, "misplaced go:embed directive");
            }
        }
    }

    fn check_embed(&mut self, pragma: Option<PragmaId>, var: &ValueDecl, imports_embed: bool, local: bool) {
        let Some(embed) = self.pragma(pragma).and_then(|p| p.embeds.first()) else { return };
        let lang = self.facts.lang;
        let msg = if !imports_embed {
            "go:embed requires import \"embed\" (or import _ \"embed\", if package is not used)"
        } else if var.names.len() > 1 {
            "go:embed cannot apply to multiple vars"
        } else if var.values.is_some() {
            "go:embed cannot apply to var with initializer"
        } else if local {
            "go:embed cannot apply to var inside func"
        } else if lang < (GoVersion { minor: 16 }) {
            let msg = format!("go:embed requires go1.16 or later (-lang was set to {lang}; check go.mod)");
            return self.error(embed.pos, msg);
        } else {
            return;
        };
        self.error(embed.pos, msg);
    }

    fn check_linknames(
        &mut self,
        is_func_or_var: &impl Fn(Symbol) -> bool,
        linknamed: &mut HashSet<Symbol, FxBuildHasher>,
    ) {
        let file = self.file;
        if file.linknames.is_empty() {
            return;
        }
        let imports_unsafe = self.imports("unsafe");
        for Linkname { pos, std, local, target } in &file.linknames {
            let directive = if *std { "go:linknamestd" } else { "go:linkname" };
            let is_instance = target.is_some_and(|t| t.as_str().contains('[') && t.as_str().contains(']'));
            let msg = if !imports_unsafe {
                format!("//{directive} only allowed in Go files that import \"unsafe\"")
            } else if is_instance {
                format!("//{directive} reference of an instantiation is not allowed")
            } else if !is_func_or_var(*local) {
                if self.facts.lang < (GoVersion { minor: 18 }) {
                    continue;
                }
                format!("//{directive} must refer to declared function or variable")
            } else if !linknamed.insert(*local) {
                format!("duplicate //{directive} for {local}")
            } else {
                continue;
            };
            self.error(*pos, msg);
        }
    }

    fn check_functions(&mut self, linknamed: &HashSet<Symbol, FxBuildHasher>) {
        let file = self.file;
        for &id in &file.decl_list {
            let decl = &file.decls[id];
            let DeclKind::Func(func) = decl.kind else { continue };
            let flags = file.pragma_flags(id);
            if flags.contains(PragmaFlags::SYSTEM_STACK | PragmaFlags::NO_SPLIT) {
                self.error(decl.pos, "go:nosplit and go:systemstack cannot be combined");
            }
            if func.body.is_some() {
                if flags.contains(PragmaFlags::NO_ESCAPE) {
                    self.error(decl.pos, "can only use //go:noescape with external func implementations");
                }
                if flags.contains(PragmaFlags::UINTPTR_KEEP_ALIVE)
                    && !flags.intersects(PragmaFlags::UINTPTR_ESCAPES | PragmaFlags::NO_SPLIT)
                {
                    self.error(decl.pos, "go:uintptrkeepalive requires go:nosplit");
                }
            } else {
                let name = file.name(func.name);
                let is_linknamed = func.recv.is_none() && linknamed.contains(&name);
                if (self.facts.complete || name == crate::sym::INIT) && !is_linknamed {
                    self.error(decl.pos, "missing function body");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::{ParseOptions, parse_file};
    use crate::source_map::SourceMap;

    fn errors(text: &str) -> Vec<String> {
        let source = SourceMap::global().add("pragma.go", text.as_bytes()).unwrap();
        let parsed = parse_file(&source, &ParseOptions::default());
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let facts = PackageFacts { lang: GoVersion { minor: 27 }, complete: true };
        check_package(&[&parsed.file], facts, |name| name == "f" || name == "v")
            .into_iter()
            .map(|d| d.to_string())
            .collect()
    }

    #[test]
    fn placement() {
        let text = "package p\n\n//go:noinline\ntype T int\n\n//go:embed x\nvar v string\n\n//go:nosplit\nfunc f() {\n\t//go:noinline\n\tvar x int\n}\n";
        assert_eq!(
            errors(text),
            [
                "pragma.go:3:3: misplaced compiler directive",
                "pragma.go:6:3: go:embed requires import \"embed\" (or import _ \"embed\", if package is not used)",
                "pragma.go:11:4: misplaced compiler directive",
            ]
        );
    }

    #[test]
    fn embedding() {
        let with = |decl: &str| {
            errors(&format!("package p\nimport _ \"embed\"\n//go:embed x\n{decl}\n"))
                .iter()
                .map(|e| e["pragma.go:3:3: go:embed ".len()..].to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(with("var v string"), [""; 0]);
        assert_eq!(with("var v, w string"), ["cannot apply to multiple vars"]);
        assert_eq!(with("var v = \"\""), ["cannot apply to var with initializer"]);
    }

    #[test]
    fn linknames() {
        let body = "//go:linkname f a.b\n//go:linkname f a.c\n//go:linkname g a.d\n//go:linkname v m[int]\nfunc f()\nfunc h()\n";
        assert_eq!(
            errors(&format!("package p\nimport _ \"unsafe\"\n{body}")),
            [
                "pragma.go:4:3: duplicate //go:linkname for f",
                "pragma.go:5:3: //go:linkname must refer to declared function or variable",
                "pragma.go:6:3: //go:linkname reference of an instantiation is not allowed",
                "pragma.go:8:6: missing function body",
            ]
        );
        let errors = errors(&format!("package p\n{body}"));
        assert_eq!(errors[0], "pragma.go:2:3: //go:linkname only allowed in Go files that import \"unsafe\"");
    }

    #[test]
    fn demands_on_functions() {
        assert_eq!(
            errors("package p\n//go:noescape\nfunc f() {}\n"),
            ["pragma.go:3:6: can only use //go:noescape with external func implementations"]
        );
    }
}
