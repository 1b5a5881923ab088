//! Directives of declarations (`//go:noescape`, `//go:embed`, `//go:linkname`, ...) and functions without bodies, as
//! gc checks them in a package that has no other errors.

use grus_syntax::{Decl, DeclKind, File, FuncDecl, Pos, PragmaFlags, ValueDecl};
use rustc_hash::FxHashSet;

use crate::check::Checker;
use crate::store::ObjId;
use crate::version::GoVersion;

/// Functions with a linkname: they need no body.
type Linked = FxHashSet<ObjId>;

impl Checker<'_> {
    /// Reports misplaced and malformed directives and missing function bodies.
    pub(crate) fn pragmas(&mut self) {
        let mut linked = Linked::default();
        for &file in self.files {
            self.linknames(file, &mut linked);
        }
        for &file in self.files {
            self.env.file = Some(file);
            if let Some(id) = file.pragma.expand() {
                let each = file.pragmas[id].each.iter();
                self.misplaced(each, PragmaFlags::GO_BUILD);
            }
            let imports_embed = file.imports().any(|(_, _, path)| path == "embed");
            let top: FxHashSet<_> = file.decl_list.iter().copied().collect();
            for (id, decl) in file.decls.iter() {
                if let DeclKind::Func(f) = decl.kind {
                    self.func_pragmas(file, decl, f, &linked);
                }
                let Some(pragma) = file.pragma_of(id) else { continue };
                let allowed =
                    if let DeclKind::Func(_) = decl.kind { PragmaFlags::FUNC } else { PragmaFlags::NONE };
                self.misplaced(pragma.each.iter(), allowed);
                let Some(first) = pragma.embeds.first() else { continue };
                if let DeclKind::Var(v) = decl.kind {
                    if let Some(why) = self.embed_error(v, imports_embed, !top.contains(&id)) {
                        self.pragma_error(first.pos, why);
                    }
                } else {
                    for e in &pragma.embeds {
                        self.pragma_error(e.pos, "misplaced go:embed directive");
                    }
                }
            }
        }
        self.env.file = None;
    }

    fn pragma_error(&mut self, pos: Pos, msg: impl Into<String>) {
        self.diagnostics.push(grus_syntax::Diagnostic::new(pos, msg));
    }

    fn misplaced<'p>(&mut self, each: impl Iterator<Item = &'p (PragmaFlags, Pos)>, allowed: PragmaFlags) {
        for &(flags, pos) in each {
            if !flags.without(allowed).is_empty() {
                self.pragma_error(pos, "misplaced compiler directive");
            }
        }
    }

    fn linknames(&mut self, file: &File, linked: &mut Linked) {
        let imports_unsafe = file.imports().any(|(_, _, path)| path == "unsafe");
        let scope = self.store.scope(self.store.pkg(self.pkg).scope);
        for l in &file.linknames {
            let directive = if l.std { "go:linknamestd" } else { "go:linkname" };
            let target = l.target.map_or("", |t| t.as_str());
            if !imports_unsafe {
                let msg = format!("//{directive} only allowed in Go files that import \"unsafe\"");
                self.pragma_error(l.pos, msg);
            } else if target.contains('[') && target.contains(']') {
                let msg = format!("//{directive} reference of an instantiation is not allowed");
                self.pragma_error(l.pos, msg);
            } else {
                let obj = scope.lookup(l.local).filter(|&o| {
                    let o = self.store.obj(o);
                    o.is_func() || o.is_var()
                });
                match obj {
                    Some(obj) if linked.insert(obj) => {}
                    Some(_) => self.pragma_error(l.pos, format!("duplicate //{directive} for {}", l.local)),
                    None if GoVersion::parse(self.conf.go_version).allows(GoVersion::go1(18)) => {
                        let msg = format!("//{directive} must refer to declared function or variable");
                        self.pragma_error(l.pos, msg);
                    }
                    None => {}
                }
            }
        }
    }

    fn func_pragmas(&mut self, file: &File, decl: &Decl, f: FuncDecl, linked: &Linked) {
        let name = file.name(f.name);
        if name.is_blank() {
            return;
        }
        let flags = decl.pragma.expand().map_or(PragmaFlags::NONE, |p| file.pragmas[p].flags);
        if flags.contains(PragmaFlags::SYSTEM_STACK | PragmaFlags::NO_SPLIT) {
            self.pragma_error(decl.pos, "go:nosplit and go:systemstack cannot be combined");
        }
        if f.body.is_some() {
            if flags.contains(PragmaFlags::NO_ESCAPE) {
                self.pragma_error(decl.pos, "can only use //go:noescape with external func implementations");
            }
            if flags.contains(PragmaFlags::UINTPTR_KEEP_ALIVE)
                && !flags.intersects(PragmaFlags::UINTPTR_ESCAPES | PragmaFlags::NO_SPLIT)
            {
                self.pragma_error(decl.pos, "go:uintptrkeepalive requires go:nosplit");
            }
        } else if self.conf.complete {
            let scope = self.store.scope(self.store.pkg(self.pkg).scope);
            let is_linked = f.recv.is_none() && scope.lookup(name).is_some_and(|o| linked.contains(&o));
            if !is_linked {
                self.pragma_error(decl.pos, "missing function body");
            }
        }
    }

    fn embed_error(&self, v: ValueDecl, imports_embed: bool, within_func: bool) -> Option<String> {
        let why = if !imports_embed {
            "requires import \"embed\" (or import _ \"embed\", if package is not used)".to_string()
        } else if v.names.len() > 1 {
            "cannot apply to multiple vars".to_string()
        } else if v.values.is_some() {
            "cannot apply to var with initializer".to_string()
        } else if v.typ.is_none() {
            "cannot apply to var without type".to_string()
        } else if within_func {
            "cannot apply to var inside func".to_string()
        } else if !GoVersion::parse(self.conf.go_version).allows(GoVersion::go1(16)) {
            format!("requires go1.16 or later (-lang was set to {}; check go.mod)", self.conf.go_version)
        } else {
            return None;
        };
        Some(format!("go:embed {why}"))
    }
}
