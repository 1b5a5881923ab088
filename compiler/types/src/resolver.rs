//! Collecting the package-level objects of a package: imports, constants, variables, types, functions, methods.
//!
//! Objects get their order here, which is the order of the source, and methods are associated with the type name
//! of their receiver. Nothing is typed yet. At the end the package scope and the file scopes are frozen.

use cranelift_entity::EntityRef;
use grus_syntax::literal::unquote_bytes;
use grus_syntax::{
    DeclId, DeclKind, ExprId, ExprKind, FuncDecl, ImportDecl, LitKind, Operator, Pos, Symbol, ValueDecl, sym,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::{Checker, DeclInfo, DeclInfoId, FileDecls, InfoId};
use crate::code::Code;
use crate::object::{ObjectKind, VarKind, is_exported};
use crate::scope::{Scope, ScopeMap};
use crate::store::{ObjId, PkgId, ScopeId};
use crate::universe::UNSAFE;
use crate::version::GoVersion;

/// The parts of a receiver type `*base[tparams]`.
pub(crate) struct Receiver {
    /// Whether there is a `*`.
    pub ptr: bool,
    /// The type without `*`, parentheses and type parameters.
    pub base: ExprId,
    /// The type parameters, if they were asked for.
    pub tparams: Vec<ReceiverTypeParam>,
}

/// A type parameter that a receiver declares.
#[derive(Clone, Copy)]
pub(crate) struct ReceiverTypeParam {
    /// The identifier; none if something else stands in its place.
    pub ident: Option<ExprId>,
    /// The name; `_` if something else stands in its place.
    pub name: Symbol,
    /// Where.
    pub pos: Pos,
}

struct Method {
    obj: ObjId,
    ptr: bool,
    recv: Symbol,
}

/// The state of collecting the objects of a package.
#[derive(Default)]
struct Collector {
    /// The package scope.
    pkg_scope: ScopeMap,
    /// The scope of the file at hand.
    file_scope: ScopeMap,
    methods: Vec<Method>,
    imported: FxHashMap<(String, String), PkgId>,
    pkg_imports: Vec<PkgId>,
}

/// The value of an import path's literal, if it is valid.
fn validated_import_path(literal: &str) -> Result<String, String> {
    let path = unquote_bytes(literal).ok_or("invalid syntax")?;
    let path = String::from_utf8_lossy(&path).into_owned();
    if path.is_empty() {
        return Err("empty string".to_string());
    }
    let illegal =
        |c: char| c.is_control() || c.is_whitespace() || "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{FFFD}".contains(c);
    match path.chars().find(|&c| illegal(c)) {
        Some(c) if c.is_control() || c.is_whitespace() && c != ' ' => {
            Err(format!("invalid character U+{:04X}", c as u32))
        }
        Some(c) => Err(format!("invalid character U+{:04X} '{c}'", c as u32)),
        None => Ok(path),
    }
}

impl<'a> Checker<'a> {
    /// Determines the package's name and the language version of each file. Files of other packages are left out.
    pub(crate) fn init_files(&mut self) {
        let store = self.store;
        let pkg = store.pkg(self.pkg);
        let version = GoVersion::parse(self.conf.go_version);
        for (i, &file) in self.files.iter().enumerate() {
            self.env.file = Some(file);
            if i == 0 && version > GoVersion::CURRENT {
                let msg = format!(
                    "package requires newer Go version {version} (application built with {})",
                    GoVersion::CURRENT
                );
                self.error(file.source.pos(0), Code::TooNew, msg);
            }
            let ident = file.pkg_name;
            let name = ident.map_or(sym::EMPTY, |n| file.name(n));
            match pkg.name_symbol() {
                None if name.is_blank() => {
                    let at = ident.expect("the name is _");
                    self.error(at, Code::BlankPkgName, "invalid package name _");
                }
                None => pkg.set_name(name),
                Some(n) if n == name => {}
                Some(n) => {
                    let msg = format!("package {name}; expected package {n}");
                    self.error(file.source.pos(0), Code::MismatchedPkgName, msg);
                    self.building.files.push(None);
                    continue;
                }
            }
            let mut file_version = version;
            if let Some(v) = file.go_version {
                // A file can be downgraded, but not below the first version that had per-file versions.
                let v = GoVersion::go1(v.minor);
                file_version = v.max(GoVersion::go1(21));
                if v > GoVersion::CURRENT {
                    let at = ident.map_or(file.pos, |n| file.pos(n));
                    self.error(at, Code::TooNew, format!("file requires newer Go version {v}"));
                }
            }
            let scope = store.add_scope(Scope::new(Some(pkg.scope), file.pos, file.eof, false));
            self.building.files.push(Some(FileDecls { scope, version: file_version }));
        }
        self.env.file = None;
    }

    /// Collects the objects of all files. See the module's text.
    pub(crate) fn collect_objects(&mut self) {
        let store = self.store;
        let pkg_scope = store.pkg(self.pkg).scope;
        let mut c = Collector::default();
        let mut file_scopes: Vec<(ScopeId, ScopeMap)> = Vec::new();
        for i in 0..self.files.len() {
            let Some(f) = self.building.files[i] else { continue };
            let env = self.file_env(i, InfoId::new(0));
            self.with_env(env, |check| check.collect_file(&mut c, i, f.scope));
            file_scopes.push((f.scope, std::mem::take(&mut c.file_scope)));
        }

        // Objects in package and file scopes must have different names.
        for (_, names) in &file_scopes {
            let mut names: Vec<(Symbol, ObjId)> = names.iter().map(|(&n, &o)| (n, o)).collect();
            names.sort_by_key(|&(_, o)| (store.obj(o).pos, o));
            for (name, obj) in names {
                let Some(&alt) = c.pkg_scope.get(&name) else { continue };
                let mut err = self.new_error(Code::DuplicateDecl);
                let at = store.obj(alt).pos;
                let through = match store.obj(obj).imported() {
                    Some(imported) => format!("import of {}", self.pkg_str(imported)),
                    None => format!("dot-import of {}", self.pkg_str(store.obj(obj).pkg.unwrap_or(self.pkg))),
                };
                err.addf_pos(at, format!("{name} already declared through {through}"));
                if store.obj(obj).imported().is_some() {
                    self.add_alt_decl(&mut err, obj);
                }
                self.report(err);
            }
        }

        store.scope(pkg_scope).freeze(c.pkg_scope);
        for (scope, names) in file_scopes {
            store.scope(scope).freeze(names);
        }
        store.pkg(self.pkg).set_imports(c.pkg_imports);
        self.pkg_paths = Default::default();

        // Methods whose receiver is invalid stay alone; the error is reported when they are checked.
        for m in c.methods {
            if let Some((ptr, base)) = self.resolve_base_type_name(m.ptr, m.recv) {
                if ptr {
                    store.obj(m.obj).set_ptr_recv_hint();
                }
                self.methods.entry(base).or_default().push(m.obj);
            }
        }
    }

    /// A package in messages about imports.
    fn pkg_str(&self, pkg: PkgId) -> String {
        let pkg = self.store.pkg(pkg);
        format!("package {} ({:?})", pkg.name(), pkg.path.as_str())
    }

    fn collect_file(&mut self, c: &mut Collector, file_index: usize, scope: ScopeId) {
        let file = self.file();
        let mut group: Option<(Option<u32>, u32)> = None;
        let mut last: Option<(ValueDecl, InfoId)> = None;
        for &id in &file.decl_list {
            let decl = &file[id];
            if let DeclKind::Import(import) = decl.kind {
                group = None;
                self.collect_import(c, decl.pos, import, scope);
                continue;
            }
            let info = self.add_info(file_index, id);
            self.env.info = info;
            match decl.kind {
                DeclKind::Import(_) => {}
                DeclKind::Const(v) => {
                    // iota counts the constant declarations of a group.
                    let number = decl.group.expand().map(|g| g.index() as u32);
                    let iota = match group {
                        Some((g, iota)) if g.is_some() && g == number => iota + 1,
                        _ => {
                            last = None;
                            0
                        }
                    };
                    group = Some((number, iota));
                    self.collect_consts(c, file_index, id, v, iota, &mut last);
                    continue;
                }
                DeclKind::Var(v) => self.collect_vars(c, file_index, id, v),
                DeclKind::Type(t) => {
                    let name = file.name(t.name);
                    let obj = self.store.new_type_name(file.pos(t.name), Some(self.pkg), name, None);
                    let d = self.new_decl(file_index, id);
                    self.declare_pkg_obj(c, t.name, obj, d);
                }
                DeclKind::Func(f) => self.collect_func(c, file_index, id, f),
            }
            group = None;
        }
    }

    fn new_decl(&mut self, file: usize, decl: DeclId) -> DeclInfoId {
        self.building.decls.push(DeclInfo {
            file,
            decl,
            lhs: Vec::new(),
            typ: None,
            init: None,
            inherited: false,
            iota: 0,
            info: self.env.info,
            deps: FxHashSet::default(),
        })
    }

    fn add_object(&mut self, obj: ObjId, decl: DeclInfoId) {
        self.building.objects.push(obj);
        self.building.decl_of.push(decl);
        self.store.obj(obj).set_order(self.building.objects.len() as u32);
    }

    /// Declares a name in a scope that is being built.
    fn declare_in(&mut self, scope: &mut ScopeMap, id: ScopeId, ident: Option<ExprId>, obj: ObjId) {
        let o = self.store.obj(obj);
        if !o.name.is_blank() {
            if let Some(&alt) = scope.get(&o.name) {
                let mut err = self.new_error(Code::DuplicateDecl);
                err.addf_pos(o.pos, format!("{} redeclared in this block", o.name));
                self.add_alt_decl(&mut err, alt);
                self.report(err);
                return;
            }
            scope.insert(o.name, obj);
            if o.parent().is_none() {
                o.set_parent(id);
            }
        }
        if let Some(ident) = ident {
            self.record_def(ident, Some(obj));
        }
    }

    /// Declares a constant, variable or type in the package scope.
    fn declare_pkg_obj(&mut self, c: &mut Collector, ident: ExprId, obj: ObjId, decl: DeclInfoId) {
        let name = self.store.obj(obj).name;
        if name == sym::INIT {
            self.error(ident, Code::InvalidInitDecl, "cannot declare init - must be func");
            return;
        }
        let pkg = self.store.pkg(self.pkg);
        if name == sym::MAIN && pkg.name() == "main" {
            self.error(ident, Code::InvalidMainDecl, "cannot declare main - must be func");
            return;
        }
        self.declare_in(&mut c.pkg_scope, pkg.scope, Some(ident), obj);
        self.add_object(obj, decl);
    }

    /// Reports if the numbers of names and values of a declaration do not match.
    pub(crate) fn arity(
        &mut self,
        pos: Pos,
        names: &[ExprId],
        inits: &[ExprId],
        const_decl: bool,
        inherited: bool,
    ) {
        let (l, r) = (names.len(), inits.len());
        let code = Code::WrongAssignCount;
        if l < r {
            let n = inits[l];
            if inherited {
                let msg = format!("extra init expr at {}", self.file().pos(n));
                self.error(pos, code, msg);
            } else {
                let msg = format!("extra init expr {}", self.expr_str(n));
                self.error(n, code, msg);
            }
        } else if l > r && (const_decl || r != 1) {
            let n = names[r];
            let msg = format!("missing init expr for {}", self.file().name(n));
            self.error(n, code, msg);
        }
    }

    fn collect_consts(
        &mut self,
        c: &mut Collector,
        file_index: usize,
        id: DeclId,
        v: ValueDecl,
        iota: u32,
        last: &mut Option<(ValueDecl, InfoId)>,
    ) {
        let file = self.file();
        let mut inherited = true;
        if v.typ.is_some() || v.values.is_some() {
            *last = Some((v, self.env.info));
            inherited = false;
        } else if last.is_none() {
            inherited = false;
        }
        let (typ, values, info) = match *last {
            Some((v, info)) => (v.typ.expand(), v.values.expand(), info),
            None => (None, None, self.env.info),
        };
        let values = file.unpack_optional_list(&values).to_vec();
        let names = file.list(v.names);
        for (i, &ident) in names.iter().enumerate() {
            let obj = self.store.new_const(file.pos(ident), Some(self.pkg), file.name(ident), None);
            let d = self.new_decl(file_index, id);
            let decl = &mut self.building.decls[d];
            decl.typ = typ;
            decl.init = values.get(i).copied();
            decl.inherited = inherited;
            decl.iota = iota;
            decl.info = info;
            self.declare_pkg_obj(c, ident, obj, d);
        }
        self.arity(file[id].pos, names, &values, true, inherited);
    }

    fn collect_vars(&mut self, c: &mut Collector, file_index: usize, id: DeclId, v: ValueDecl) {
        let file = self.file();
        let names = file.list(v.names);
        let typ = v.typ.expand();
        let init = v.values.expand();
        let values = file.unpack_optional_list(&init).to_vec();
        // If one expression initializes all variables, they share the declaration, and so their dependencies.
        let is_list = matches!(init.map(|e| file.kind(e)), Some(ExprKind::List(_)));
        let shared = (!is_list).then(|| {
            let d = self.new_decl(file_index, id);
            self.building.decls[d].typ = typ;
            self.building.decls[d].init = init;
            d
        });
        let mut lhs = Vec::with_capacity(names.len());
        for (i, &ident) in names.iter().enumerate() {
            let pkg = Some(self.pkg);
            let obj = self.store.new_var(VarKind::Package, file.pos(ident), pkg, file.name(ident), None);
            lhs.push(obj);
            let d = shared.unwrap_or_else(|| {
                let d = self.new_decl(file_index, id);
                self.building.decls[d].typ = typ;
                self.building.decls[d].init = values.get(i).copied();
                d
            });
            self.declare_pkg_obj(c, ident, obj, d);
        }
        if let Some(d) = shared {
            self.building.decls[d].lhs = lhs;
        }
        if typ.is_none() || !values.is_empty() {
            self.arity(file[id].pos, names, &values, false, false);
        }
    }

    fn collect_func(&mut self, c: &mut Collector, file_index: usize, id: DeclId, f: FuncDecl) {
        let file = self.file();
        let store = self.store;
        let pkg = store.pkg(self.pkg);
        let name = file.name(f.name);
        let obj = store.new_func(file.pos(f.name), Some(self.pkg), name, None);
        let tparam0 = f.tparams.first().map(|t| file[t].pos);
        match f.recv.expand() {
            None => {
                if name == sym::INIT || name == sym::MAIN && pkg.name() == "main" {
                    let code = if name == sym::MAIN { Code::InvalidMainDecl } else { Code::InvalidInitDecl };
                    if let Some(at) = tparam0 {
                        self.soft_error(at, code, format!("func {name} must have no type parameters"));
                    }
                    let (params, results) = file.func_type(f.typ);
                    if !params.is_empty() || !results.is_empty() {
                        let msg = format!("func {name} must have no arguments and no return values");
                        self.soft_error(f.name, code, msg);
                    }
                } else if let Some(at) = tparam0 {
                    self.verify_version(at, GoVersion::go1(18), "type parameter");
                }
                if name == sym::INIT {
                    // Functions named init are invisible.
                    store.obj(obj).set_parent(pkg.scope);
                    self.record_def(f.name, Some(obj));
                    if f.body.is_none() {
                        self.soft_error(f.name, Code::MissingInitBody, "func init must have a body");
                    }
                } else {
                    self.declare_in(&mut c.pkg_scope, pkg.scope, Some(f.name), obj);
                }
            }
            Some(recv) => {
                let Receiver { ptr, base, .. } = self.unpack_recv(file[recv].typ, false);
                if let Some(recv) = file.as_name(base)
                    && !name.is_blank()
                {
                    c.methods.push(Method { obj, ptr, recv });
                }
                if let Some(at) = tparam0 {
                    self.verify_version(at, GoVersion::go1(27), "generic method");
                }
                self.record_def(f.name, Some(obj));
            }
        }
        let d = self.new_decl(file_index, id);
        self.add_object(obj, d);
    }

    fn collect_import(&mut self, c: &mut Collector, pos: Pos, import: ImportDecl, scope: ScopeId) {
        let file = self.file();
        let store = self.store;
        let Some(path_lit) = import.path.expand() else { return };
        let ExprKind::BasicLit { kind: LitKind::String, bad: false, .. } = file.kind(path_lit) else {
            return;
        };
        let path = match validated_import_path(file.lit_text(path_lit)) {
            Ok(path) => path,
            Err(why) => {
                self.error(path_lit, Code::BadImportPath, format!("invalid import path ({why})"));
                return;
            }
        };
        let imp = self.import_package(c, path_lit, &path);
        let pkg = store.pkg(imp);
        let mut name = pkg.name_symbol().unwrap_or(sym::EMPTY);
        let local = import.local_name.expand();
        if let Some(local) = local {
            name = file.name(local);
            if path == "C" {
                self.error(local, Code::ImportCRenamed, "cannot rename import \"C\"");
                return;
            }
        }
        if name == sym::INIT {
            self.error(pos, Code::InvalidInitDecl, "cannot import package as init - init must be a func");
            return;
        }
        if !c.pkg_imports.contains(&imp) {
            c.pkg_imports.push(imp);
        }
        let obj = store.new_pkg_name(pos, Some(self.pkg), name, imp);
        if pkg.fake() {
            store.obj(obj).set_used();
        }
        self.building.imports.push(obj);
        if name != sym::DOT {
            let mut names = std::mem::take(&mut c.file_scope);
            self.declare_in(&mut names, scope, None, obj);
            c.file_scope = names;
            return;
        }
        for name in store.scope(pkg.scope).names() {
            if !is_exported(name.as_str()) {
                continue;
            }
            let Some(member) = store.scope(pkg.scope).lookup(name) else { continue };
            if let Some(&alt) = c.file_scope.get(&name) {
                let mut err = self.new_error(Code::DuplicateDecl);
                let at = local.expect("a dot-import has a dot");
                self.addf(&mut err, at, format!("{name} redeclared in this block"));
                self.add_alt_decl(&mut err, alt);
                self.report(err);
            } else {
                // The object keeps the scope of its own package.
                c.file_scope.insert(name, member);
                self.building.dot_imports.insert((scope, name), obj);
            }
        }
    }

    /// The package imported as `path`; one that stands for it if it cannot be imported.
    fn import_package(&mut self, c: &mut Collector, at: ExprId, path: &str) -> PkgId {
        if path == "unsafe" {
            return UNSAFE;
        }
        let file_name = self.file().source.name().clone();
        let dir = match file_name.rfind(['/', '\\']) {
            Some(i) if i > 0 => &file_name[..i],
            _ => ".",
        };
        let key = (path.to_string(), dir.to_string());
        if let Some(&pkg) = c.imported.get(&key) {
            return pkg;
        }
        let store = self.store;
        let fake = |name: &str| {
            let pkg = store.new_package(Symbol::intern(path), Symbol::intern(name));
            store.pkg(pkg).mark_fake();
            store.scope(store.pkg(pkg).scope).freeze(ScopeMap::default());
            pkg
        };
        let pkg = if path == "C" && self.conf.fake_import_c {
            fake("C")
        } else {
            let result = match self.conf.importer {
                Some(importer) => importer.import(path, dir),
                None => Err("Config.Importer not installed".to_string()),
            };
            match result {
                Ok(pkg) if !matches!(store.pkg(pkg).name(), "" | "_") => pkg,
                Ok(pkg) => {
                    let why = format!("invalid package name: {:?}", store.pkg(pkg).name());
                    self.error(at, Code::BrokenImport, format!("could not import {path} ({why})"));
                    fake(path.trim_end_matches('/').rsplit('/').next().unwrap_or(path))
                }
                Err(why) => {
                    self.error(at, Code::BrokenImport, format!("could not import {path} ({why})"));
                    fake(path.strip_suffix('/').unwrap_or(path).rsplit('/').next().unwrap_or(path))
                }
            }
        };
        c.imported.insert(key, pkg);
        pkg
    }

    /// Takes a receiver type apart. The base need not be a name in a wrong program.
    pub(crate) fn unpack_recv(&mut self, rtyp: ExprId, unpack_params: bool) -> Receiver {
        let file = self.file();
        let mut base = file.unparen(rtyp);
        let mut ptr = false;
        if let ExprKind::Unary { op: Operator::Mul, x } = file.kind(base) {
            ptr = true;
            base = file.unparen(x);
        }
        let mut tparams = Vec::new();
        if let ExprKind::Index { x, index } = file.kind(base) {
            base = x;
            if unpack_params {
                for &arg in file.unpack_list(&index) {
                    let pos = file.pos(arg);
                    match file.kind(arg) {
                        ExprKind::Name(name) => {
                            tparams.push(ReceiverTypeParam { ident: Some(arg), name, pos })
                        }
                        kind => {
                            if !matches!(kind, ExprKind::Bad) {
                                let arg_str = self.expr_str(arg);
                                let msg = format!("receiver type parameter {arg_str} must be an identifier");
                                self.error(arg, Code::BadDecl, msg);
                            }
                            tparams.push(ReceiverTypeParam { ident: None, name: sym::BLANK, pos });
                        }
                    }
                }
            }
        }
        Receiver { ptr, base, tparams }
    }

    /// Follows a receiver's type name through aliases to the defined type, and whether that passes a pointer.
    /// Generic aliases and more than one pointer lead to nothing.
    fn resolve_base_type_name(&self, mut ptr: bool, name: Symbol) -> Option<(bool, ObjId)> {
        let store = self.store;
        let scope = store.scope(store.pkg(self.pkg).scope);
        let mut seen = FxHashSet::default();
        let mut name = name;
        loop {
            let obj = scope.lookup(name)?;
            if !store.obj(obj).is_type_name() || !seen.insert(obj) {
                return None;
            }
            let decl = self.building.decl(self.building.decl_of(store, obj)?);
            let file = self.files[decl.file];
            let DeclKind::Type(tdecl) = file[decl.decl].kind else { return None };
            if !tdecl.alias {
                return Some((ptr, obj));
            }
            if !tdecl.tparams.is_empty() {
                return None;
            }
            let mut typ = file.unparen(tdecl.typ);
            if let ExprKind::Unary { op: Operator::Mul, x } = file.kind(typ) {
                if ptr {
                    return None;
                }
                ptr = true;
                typ = file.unparen(x);
            }
            name = file.as_name(typ)?;
        }
    }

    /// Checks all declarations, function bodies excepted: defined types first, then aliases, then the others. That
    /// order avoids most situations in which the type of an alias is needed before it is known.
    pub(crate) fn package_objects(&mut self) {
        let store = self.store;
        let objects = self.building.objects.clone();
        let mut aliases = Vec::new();
        let mut others = Vec::new();
        for obj in objects {
            if !store.obj(obj).is_type_name() {
                others.push(obj);
            } else if self.type_decl_of(obj).alias {
                aliases.push(obj);
            } else {
                self.obj_decl(obj);
            }
        }
        for obj in aliases.into_iter().chain(others) {
            self.obj_decl(obj);
        }
        // What is left has receivers whose base type was not found, which was reported.
        self.methods.clear();
    }

    /// Reports imports that nothing mentions.
    pub(crate) fn unused_imports(&mut self) {
        let store = self.store;
        for &import in &self.take_sealed().imports {
            let o = store.obj(import);
            if o.name.is_blank() || o.used() {
                continue;
            }
            let ObjectKind::PkgName { imported } = o.kind else { continue };
            let path = store.pkg(imported).path.as_str();
            let elem = path.rsplit('/').next().unwrap_or(path);
            let msg = if o.name.is_empty() || o.name == sym::DOT || o.name.as_str() == elem {
                format!("{path:?} imported and not used")
            } else {
                format!("{path:?} imported as {} and not used", o.name)
            };
            self.soft_error(o.pos, Code::UnusedImport, msg);
        }
    }
}
