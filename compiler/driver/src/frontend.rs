//! The loader and the checker as the lowering sees them.

use crate::checked::Checked;
use crate::trimpath::TrimPath;
use grus_lower::frontend::{Contents, Frontend, FuncSource, VarInit};
use grus_packages::load::PackageId;
use grus_syntax::{DeclKind, Diagnostic, File, Pos, Symbol};
use grus_types::{ObjId, PkgId, TypeStore};
use std::collections::HashMap;
use std::sync::Arc;

/// A checked program, for lowering.
pub struct Program<'c, 'l> {
    checked: &'c Checked<'l>,
    /// In the order of initialisation.
    order: Vec<PkgId>,
    ids: HashMap<PkgId, PackageId>,
    main: PkgId,
    /// Variables that hold what the source does not say.
    contents: HashMap<ObjId, Contents>,
}

impl<'c, 'l> Program<'c, 'l> {
    /// A program whose packages have no errors, with the given main package.
    pub fn new(
        checked: &'c Checked<'l>,
        main: PackageId,
        contents: HashMap<ObjId, Contents>,
    ) -> Program<'c, 'l> {
        let pkg = |id: PackageId| checked.decls(id).expect("a program without errors").pkg;
        let order = init_order(checked);
        let ids = order.iter().map(|&id| (pkg(id), id)).collect();
        Program { checked, order: order.iter().map(|&id| pkg(id)).collect(), ids, main: pkg(main), contents }
    }
}

/// Packages in the order of initialisation: of those whose imports are initialised, the one with the
/// smallest import path comes next. Package runtime and what it imports come before all others.
fn init_order(checked: &Checked<'_>) -> Vec<PackageId> {
    let loaded = checked.loaded;
    let n = loaded.packages.len();
    let mut waits: Vec<usize> = loaded.packages.iter().map(|p| p.imports.len()).collect();
    let mut importers: Vec<Vec<PackageId>> = vec![Vec::new(); n];
    for &id in &loaded.order {
        for (_, i) in &loaded[id].imports {
            importers[i.0 as usize].push(id);
        }
    }
    let mut first = vec![false; n];
    let mut work: Vec<PackageId> = loaded.find("runtime").into_iter().collect();
    while let Some(id) = work.pop() {
        if !std::mem::replace(&mut first[id.0 as usize], true) {
            work.extend(loaded[id].imports.iter().map(|i| i.1));
        }
    }
    let key = |id: PackageId| (!first[id.0 as usize], loaded[id].path.as_str(), id);
    let mut ready: std::collections::BTreeSet<_> =
        loaded.order.iter().copied().filter(|id| waits[id.0 as usize] == 0).map(key).collect();
    let mut order = Vec::with_capacity(n);
    while let Some((_, _, id)) = ready.pop_first() {
        order.push(id);
        for &i in &importers[id.0 as usize] {
            waits[i.0 as usize] -= 1;
            if waits[i.0 as usize] == 0 {
                ready.insert(key(i));
            }
        }
    }
    order
}

impl Frontend for Program<'_, '_> {
    fn store(&self) -> &TypeStore {
        &self.checked.store
    }

    fn packages(&self) -> &[PkgId] {
        &self.order
    }

    fn main_package(&self) -> PkgId {
        self.main
    }

    fn files(&self, pkg: PkgId) -> &[Arc<File>] {
        &self.checked.loaded[self.ids[&pkg]].files
    }

    fn lookup(&self, pkg: PkgId, name: Symbol) -> Option<ObjId> {
        let store = &self.checked.store;
        store.scope(store.pkg(pkg).scope).lookup(name)
    }

    fn func(&self, func: ObjId) -> Result<FuncSource<'_>, Vec<Diagnostic>> {
        let store = &self.checked.store;
        let pkg = store.obj(func).pkg.expect("a declared function has a package");
        let id = self.ids[&pkg];
        let decls = self.checked.decls(id).expect("a program without errors");
        let info = decls.decl_of(store, func).expect("a declared function");
        let decl = decls.decl(info);
        let file: &File = &self.checked.loaded[id].files[decl.file];
        let DeclKind::Func(f) = file[decl.decl].kind else { unreachable!("a function's declaration") };
        let mut source = FuncSource { pkg, file, decl: decl.decl, info: None };
        if f.body.is_some() {
            let body = self.checked.body(id, func).expect("a program without errors");
            if !body.diagnostics.is_empty() {
                return Err(body.diagnostics.clone());
            }
            source.info = Some(&body.info);
        }
        Ok(source)
    }

    fn inits(&self, pkg: PkgId) -> Vec<ObjId> {
        let store = &self.checked.store;
        let decls = self.checked.decls(self.ids[&pkg]).expect("a program without errors");
        decls.objects().iter().copied().filter(|&o| store.obj(o).is_func() && is_init(self, pkg, o)).collect()
    }

    fn var_inits(&self, pkg: PkgId) -> Vec<VarInit<'_>> {
        let id = self.ids[&pkg];
        let decls = self.checked.decls(id).expect("a program without errors");
        let inits = self.checked.init_order(id).iter().filter_map(|init| {
            let decl = decls.decl(init.decl);
            let file: &File = &self.checked.loaded[id].files[decl.file];
            let rhs = decl.init?;
            Some(VarInit { lhs: init.lhs.clone(), rhs, file, info: decls.info(init.decl) })
        });
        inits.collect()
    }

    fn contents(&self, var: ObjId) -> Option<&Contents> {
        self.contents.get(&var)
    }
}

/// Whether a function object of a package is one of its `init` functions (not a method of that name).
fn is_init(program: &Program<'_, '_>, pkg: PkgId, func: ObjId) -> bool {
    let store = &program.checked.store;
    let obj = store.obj(func);
    obj.name.as_str() == "init" && obj.pkg == Some(pkg) && store.signature(store.type_of(func)).recv.is_none()
}

/// Turns positions of the source map into file, line and column for the back end.
#[derive(Default)]
pub struct SourcePositions {
    /// Renames files.
    pub trim: Option<TrimPath>,
}

impl grus_ir::ResolvePos for SourcePositions {
    fn resolve(&self, pos: u32) -> (&str, u32, u32) {
        let p = grus_syntax::SourceMap::global().position(Pos::from_u32(pos));
        let trimmed = self.trim.as_ref().and_then(|t| t.apply(&p.filename));
        // File names live as long as the process: there is one for each source file.
        (Symbol::intern(trimmed.as_deref().unwrap_or(&p.filename)).as_str(), p.line, p.col)
    }
}
