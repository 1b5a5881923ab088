//! The checker of one package: its state, and the phases in which a package is checked.
//!
//! 1. *Declarations*: one checker collects the package-level objects of all files, checks their declarations
//!    (function bodies excepted, function literals in initializers included) and leaves [`PackageDecls`], which
//!    does not change any more. The package's objects have types now, and it can be imported.
//! 2. *Bodies*: each function body is checked by a checker of its own, which reads `PackageDecls` and the store
//!    and leaves a [`Body`]. Bodies are checked in any order, by any number of threads, or not at all.
//! 3. *Conclusion*: when all bodies are known, unused imports and instantiation cycles are reported and the order
//!    of initialization is computed. (The order alone can also be had from the bodies that initializers reach.)
//!
//! In the first phase an object is white (no type), grey (being checked: on the object path) or black (typed). A
//! reference to a white object checks its declaration on the spot; one to a grey object is a cycle, which may be
//! valid. Only one thread checks the declarations of a package, hence colours need no synchronisation.
//!
//! Work that needs types that may be incomplete is put off by [`Checker::later`] and done at the end of the
//! declaration or statement by [`Checker::process_delayed`].
//!
//! **Invariant:** results are recorded in the [`Info`] of the top-level declaration (or body) whose expression
//! range contains the expression; the environment names it.

use std::ops::Deref;

use cranelift_entity::{EntityRef, PrimaryMap, entity_impl};
use grus_syntax::{DeclId, DeclKind, Diagnostic, ExprId, File, Pos, StmtId, Symbol, sym};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::constant::Value;
use crate::errors::merge_diagnostics;
use crate::info::Info;
use crate::initorder::{Dependencies, Initializer};
use crate::interface_cycles::WrittenInterface;
use crate::mono::MonoGraph;
use crate::scope::LocalScopes;
use crate::store::{ObjId, PkgId, ScopeId, TypeId, TypeStore};
use crate::ty::TypeList;
use crate::universe::{UNIVERSE, object};
use crate::version::GoVersion;

/// A package-level declaration. Several variables share one if one expression initializes them all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeclInfoId(u32);
entity_impl!(DeclInfoId, "declinfo");

/// The results of checking one top-level declaration or body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InfoId(u32);
entity_impl!(InfoId, "info");

/// How imported packages are found.
pub trait Importer: Sync {
    /// The package that a file in folder `dir` imports as `path`, its declarations checked; or why there is none.
    fn import(&self, path: &str, dir: &str) -> Result<PkgId, String>;
}

/// What the checking of a package depends on, apart from its files.
#[derive(Clone, Copy, Default)]
pub struct Config<'c> {
    /// The language version (`go1.27`); empty if anything goes.
    pub go_version: &'c str,
    /// How imported packages are found.
    pub importer: Option<&'c dyn Importer>,
    /// `import "C"` declares an empty package in which every name is found.
    pub fake_import_c: bool,
    /// The functions `assert` and `trace` are predeclared, as the checker's corpus expects.
    pub test_funcs: bool,
    /// Labels and branches were checked by the parser.
    pub ignore_branch_errors: bool,
    /// Report as gc does beyond the language: errors about the language version say where it was set, anonymous
    /// interfaces must not contain themselves, directives must make sense.
    pub as_gc: bool,
    /// With `as_gc`: the package has nothing but Go files, hence every function needs a body.
    pub complete: bool,
}

/// A package-level declaration of constants, variables, a type or a function.
#[derive(Clone, Debug)]
pub struct DeclInfo {
    /// The file, as index into the package's files.
    pub file: usize,
    /// The declaration in the tree.
    pub decl: DeclId,
    /// The variables of a declaration that initializes several with one expression; otherwise empty.
    pub lhs: Vec<ObjId>,
    /// The type expression of constants and variables.
    pub typ: Option<ExprId>,
    /// The initializing expression of constants and variables.
    pub init: Option<ExprId>,
    /// Whether type and initializer of a constant are those of an earlier declaration.
    pub inherited: bool,
    /// The value of `iota` in a constant declaration.
    pub iota: u32,
    /// Where the results for the type and initializer are.
    pub info: InfoId,
    /// The package-level objects that the initializer mentions.
    pub deps: FxHashSet<ObjId>,
}

/// The checked declarations of a package.
#[derive(Debug)]
pub struct PackageDecls {
    /// The package.
    pub pkg: PkgId,
    pub(crate) decls: PrimaryMap<DeclInfoId, DeclInfo>,
    /// The objects in source order; the n-th one has order n+1.
    pub(crate) objects: Vec<ObjId>,
    pub(crate) decl_of: Vec<DeclInfoId>,
    /// The scope and language version of each file; none for files of another package.
    pub(crate) files: Vec<Option<FileDecls>>,
    /// The package names that the files declare.
    pub(crate) imports: Vec<ObjId>,
    pub(crate) dot_imports: FxHashMap<(ScopeId, Symbol), ObjId>,
    pub(crate) infos: PrimaryMap<InfoId, Info>,
    pub(crate) decl_infos: FxHashMap<(usize, DeclId), InfoId>,
    pub(crate) mono: MonoGraph,
    /// The interfaces that are written in the declarations.
    pub(crate) interfaces: Vec<WrittenInterface>,
    pub(crate) has_errors: bool,
}

/// What is known about a file of a package.
#[derive(Clone, Copy, Debug)]
pub struct FileDecls {
    /// The file scope.
    pub scope: ScopeId,
    /// The language version.
    pub version: GoVersion,
}

impl PackageDecls {
    fn new(pkg: PkgId) -> Self {
        Self {
            pkg,
            decls: PrimaryMap::new(),
            objects: Vec::new(),
            decl_of: Vec::new(),
            files: Vec::new(),
            imports: Vec::new(),
            dot_imports: FxHashMap::default(),
            infos: PrimaryMap::new(),
            decl_infos: FxHashMap::default(),
            mono: MonoGraph::default(),
            interfaces: Vec::new(),
            has_errors: false,
        }
    }

    /// The package-level objects and the methods, in source order.
    pub fn objects(&self) -> &[ObjId] {
        &self.objects
    }

    /// The declaration of an object of the package; none for objects that are not declared at package level.
    pub fn decl_of(&self, store: &TypeStore, obj: ObjId) -> Option<DeclInfoId> {
        let i = (store.obj(obj).order() as usize).checked_sub(1)?;
        // Copies of methods have the order of the method, and objects of other packages one of their own.
        if self.objects.get(i) == Some(&obj) { Some(self.decl_of[i]) } else { None }
    }

    /// A declaration.
    pub fn decl(&self, d: DeclInfoId) -> &DeclInfo {
        &self.decls[d]
    }

    /// The results for the type and initializer of a variable or constant, or for the signature of a function.
    pub fn info(&self, d: DeclInfoId) -> &Info {
        &self.infos[self.decls[d].info]
    }

    /// The results for a top-level declaration of a file, bodies excepted.
    pub fn info_of_decl(&self, file: usize, decl: DeclId) -> Option<&Info> {
        self.decl_infos.get(&(file, decl)).map(|&i| &self.infos[i])
    }

    /// The language version of a file.
    pub fn file_version(&self, file: usize) -> GoVersion {
        self.files.get(file).copied().flatten().map_or(GoVersion::NONE, |f| f.version)
    }

    /// The functions and methods that have a body, in source order.
    pub fn functions<'p>(
        &'p self,
        store: &'p TypeStore,
        files: &'p [&'p File],
    ) -> impl Iterator<Item = ObjId> + 'p {
        self.objects.iter().zip(&self.decl_of).filter_map(move |(&o, &d)| {
            let d = &self.decls[d];
            let DeclKind::Func(f) = files[d.file][d.decl].kind else { return None };
            (f.body.is_some() && store.obj(o).is_func()).then_some(o)
        })
    }
}

/// The results of checking a function body.
#[derive(Debug)]
pub struct Body {
    /// The function or method.
    pub func: ObjId,
    /// What was recorded for the expressions of the body.
    pub info: Info,
    /// The package-level objects of the same package that the body mentions.
    pub deps: Vec<ObjId>,
    /// The errors.
    pub diagnostics: Vec<Diagnostic>,
    mono: MonoGraph,
    interfaces: Vec<WrittenInterface>,
}

/// A package that was checked with all its bodies.
#[derive(Debug)]
pub struct CheckedPackage {
    /// The declarations.
    pub decls: PackageDecls,
    /// The bodies, in source order.
    pub bodies: Vec<Body>,
    /// The order in which variables are initialized.
    pub init_order: Vec<Initializer>,
    /// The errors, in the order in which they were found.
    pub diagnostics: Vec<Diagnostic>,
}

/// The environment in which something is checked.
#[derive(Clone)]
pub struct Environment<'a> {
    /// The file that the expressions belong to.
    pub file: Option<&'a File>,
    /// Where results are recorded.
    pub info: InfoId,
    /// The package-level declaration whose initializer or body is checked: it depends on what is mentioned.
    pub decl: Option<DeclInfoId>,
    /// The innermost scope.
    pub scope: ScopeId,
    /// The language version.
    pub version: GoVersion,
    /// The value of `iota` in a constant declaration.
    pub iota: Option<Value>,
    /// The position of a constant whose initializer is inherited.
    pub errpos: Pos,
    /// Whether this is a type parameter list.
    pub in_tparam_list: bool,
    /// The signature of the function whose body is checked.
    pub sig: Option<TypeId>,
    /// The calls of the predeclared `panic`.
    pub is_panic: FxHashSet<ExprId>,
    /// Whether the function has labels.
    pub has_label: bool,
    /// Set when an expression contains a call or a receive operation.
    pub has_call_or_recv: bool,
    /// The variables that the function declares, which must be used.
    pub locals: Vec<ObjId>,
}

impl Environment<'_> {
    fn new() -> Self {
        Self {
            file: None,
            info: InfoId::new(0),
            decl: None,
            scope: UNIVERSE,
            version: GoVersion::NONE,
            iota: None,
            errpos: Pos::NONE,
            in_tparam_list: false,
            sig: None,
            is_panic: FxHashSet::default(),
            has_label: false,
            has_call_or_recv: false,
            locals: Vec::new(),
        }
    }
}

/// Work that was put off, with the part of the environment that it needs.
struct Action<'a> {
    file: Option<&'a File>,
    info: InfoId,
    version: GoVersion,
    run: Box<dyn FnOnce(&mut Checker<'a>) + 'a>,
}

/// The state of checking the declarations of a package, or one of its bodies. It dereferences to its store.
pub struct Checker<'a> {
    /// All types and objects.
    pub store: &'a TypeStore,
    /// The configuration.
    pub conf: &'a Config<'a>,
    /// The package that is checked.
    pub pkg: PkgId,
    /// Its files.
    pub files: &'a [&'a File],
    /// The environment.
    pub env: Environment<'a>,
    /// The scopes of functions and blocks.
    pub scopes: LocalScopes,
    /// The errors so far.
    pub diagnostics: Vec<Diagnostic>,
    /// The declarations while they are collected and checked.
    pub(crate) building: PackageDecls,
    /// The declarations when they are complete.
    sealed: Option<&'a PackageDecls>,
    pub(crate) infos: PrimaryMap<InfoId, Info>,
    delayed: Vec<Option<Action<'a>>>,
    /// The grey objects, and the index of each.
    pub(crate) obj_path: Vec<ObjId>,
    pub(crate) obj_path_idx: FxHashMap<ObjId, usize>,
    /// The methods of package-level types, until they are attached.
    pub(crate) methods: FxHashMap<ObjId, Vec<ObjId>>,
    pub(crate) mono: MonoGraph,
    /// The interfaces that were checked, for those that contain themselves.
    pub(crate) interfaces: Vec<WrittenInterface>,
    /// The type parameters of the function whose body is checked, those of its receiver first.
    pub(crate) func_tparams: TypeList,
    deps: FxHashSet<ObjId>,
    /// The types of method values, by the type of the method.
    pub(crate) method_values: FxHashMap<TypeId, TypeId>,
    /// Whether the size of a named type depends on type parameters, as far as it was asked for; nothing while it is
    /// found out.
    pub(crate) var_sized: FxHashMap<TypeId, Option<bool>>,
    /// Import paths by package name, when a message needed them.
    pub(crate) pkg_paths: std::sync::OnceLock<FxHashMap<&'static str, FxHashSet<Symbol>>>,
}

impl Deref for Checker<'_> {
    type Target = TypeStore;
    fn deref(&self) -> &TypeStore {
        self.store
    }
}

impl<'a> Checker<'a> {
    fn new(
        store: &'a TypeStore,
        conf: &'a Config<'a>,
        pkg: PkgId,
        files: &'a [&'a File],
        sealed: Option<&'a PackageDecls>,
    ) -> Self {
        Self {
            store,
            conf,
            pkg,
            files,
            env: Environment::new(),
            scopes: LocalScopes::default(),
            diagnostics: Vec::new(),
            building: PackageDecls::new(pkg),
            sealed,
            infos: PrimaryMap::new(),
            delayed: Vec::new(),
            obj_path: Vec::new(),
            obj_path_idx: FxHashMap::default(),
            methods: FxHashMap::default(),
            mono: MonoGraph::default(),
            interfaces: Vec::new(),
            func_tparams: TypeList::NONE,
            deps: FxHashSet::default(),
            method_values: FxHashMap::default(),
            var_sized: FxHashMap::default(),
            pkg_paths: std::sync::OnceLock::new(),
        }
    }

    /// The package's declarations.
    pub fn decls(&self) -> &PackageDecls {
        match self.sealed {
            Some(decls) => decls,
            None => &self.building,
        }
    }

    /// The package's declarations, which are complete.
    pub(crate) fn take_sealed(&self) -> &'a PackageDecls {
        self.sealed.expect("the declarations are complete")
    }

    /// Whether the declarations are still being checked.
    pub fn in_declarations(&self) -> bool {
        self.sealed.is_none()
    }

    /// The file that the expressions belong to.
    #[inline]
    pub fn file(&self) -> &'a File {
        self.env.file.expect("a file is being checked")
    }

    /// Where an expression of the current file starts.
    pub fn start_pos(&self, e: ExprId) -> Pos {
        self.file().start_pos(e)
    }

    /// The position right after an expression of the current file.
    pub fn end_pos(&self, e: ExprId) -> Pos {
        self.file().end_pos(e)
    }

    /// The source text of an expression of the current file, as messages show it.
    pub fn expr_str(&self, e: ExprId) -> String {
        self.file().expr_string(e)
    }

    /// Where results are recorded.
    #[inline]
    pub fn info(&self) -> &Info {
        &self.infos[self.env.info]
    }

    /// Where results are recorded.
    #[inline]
    pub fn info_mut(&mut self) -> &mut Info {
        &mut self.infos[self.env.info]
    }

    /// Whether any error was reported for the package so far, as far as this checker knows.
    pub fn has_errors(&self) -> bool {
        !self.diagnostics.is_empty() || self.sealed.is_some_and(|d| d.has_errors)
    }

    /// The scope in which a name is found, with the object. The scope differs from the object's own for objects
    /// that were imported by a dot-import.
    pub fn lookup_scope(&self, name: Symbol) -> Option<(ScopeId, ObjId)> {
        let mut scope = self.env.scope;
        loop {
            let (found, parent) = if LocalScopes::is_local(scope) {
                let s = self.scopes.get(scope);
                (s.lookup(name), Some(s.parent))
            } else {
                let s = self.store.scope(scope);
                (s.lookup(name), s.parent)
            };
            if let Some(obj) = found {
                return Some((scope, obj));
            }
            match parent {
                Some(parent) => scope = parent,
                None => break,
            }
        }
        match name {
            sym::ASSERT if self.conf.test_funcs => Some((UNIVERSE, object::ASSERT)),
            sym::TRACE if self.conf.test_funcs => Some((UNIVERSE, object::TRACE)),
            _ => None,
        }
    }

    /// The object that a name denotes in the current scope.
    pub fn lookup(&self, name: Symbol) -> Option<ObjId> {
        self.lookup_scope(name).map(|(_, obj)| obj)
    }

    /// Opens a scope.
    pub fn open_scope(&mut self, pos: Pos, end: Pos, is_func: bool) -> ScopeId {
        self.env.scope = self.scopes.add(self.env.scope, pos, end, is_func);
        self.env.scope
    }

    /// Closes the innermost scope.
    pub fn close_scope(&mut self) {
        self.env.scope = self.scopes.get(self.env.scope).parent;
    }

    /// Notes that the declaration being checked mentions `to`, if both are package-level.
    pub fn add_decl_dep(&mut self, to: ObjId) {
        let Some(from) = self.env.decl else { return };
        if self.decls().decl_of(self.store, to).is_none() {
            return;
        }
        if self.sealed.is_some() {
            self.deps.insert(to);
        } else {
            self.building.decls[from].deps.insert(to);
        }
    }

    /// Puts off work to the end of the statement or declaration.
    pub fn later(&mut self, run: impl FnOnce(&mut Checker<'a>) + 'a) {
        let Environment { file, info, version, .. } = self.env;
        self.delayed.push(Some(Action { file, info, version, run: Box::new(run) }));
    }

    /// The number of actions that were put off.
    pub fn delayed_len(&self) -> usize {
        self.delayed.len()
    }

    /// Does the work that was put off since there were `top` actions, in order, new work included.
    pub fn process_delayed(&mut self, top: usize) {
        if self.delayed.len() == top {
            return;
        }
        let Environment { file, info, version, .. } = self.env;
        let mut i = top;
        while let Some(action) = self.delayed.get_mut(i) {
            let action = action.take().expect("an action runs once");
            self.env.file = action.file;
            self.env.info = action.info;
            self.env.version = action.version;
            (action.run)(self);
            i += 1;
        }
        assert!(top <= self.delayed.len(), "delayed actions were lost");
        self.delayed.truncate(top);
        self.env.file = file;
        self.env.info = info;
        self.env.version = version;
    }

    /// Marks an object grey.
    pub(crate) fn push(&mut self, obj: ObjId) {
        self.obj_path_idx.insert(obj, self.obj_path.len());
        self.obj_path.push(obj);
    }

    /// Ends the checking of the object that was last marked grey.
    pub(crate) fn pop(&mut self) {
        let obj = self.obj_path.pop().expect("an object is being checked");
        self.obj_path_idx.remove(&obj);
    }

    /// Runs `f` in an environment of its own.
    pub(crate) fn with_env<R>(&mut self, env: Environment<'a>, f: impl FnOnce(&mut Self) -> R) -> R {
        let saved = std::mem::replace(&mut self.env, env);
        let result = f(self);
        self.env = saved;
        result
    }

    /// An environment for a declaration in a file of the package.
    pub(crate) fn file_env(&self, file: usize, info: InfoId) -> Environment<'a> {
        let f = self.decls().files[file].expect("a file of the package");
        Environment {
            file: Some(self.files[file]),
            info,
            scope: f.scope,
            version: f.version,
            ..Environment::new()
        }
    }

    /// The name of a package in messages: nothing for the package being checked, the path in quotes if several
    /// packages have the name.
    pub fn qualifier(&self, pkg: PkgId) -> String {
        if pkg == self.pkg {
            return String::new();
        }
        let paths = self.pkg_paths.get_or_init(|| {
            let mut paths: FxHashMap<&'static str, FxHashSet<Symbol>> = FxHashMap::default();
            let mut seen = FxHashSet::default();
            let mut todo = vec![self.pkg];
            // While imports are being collected, those that were collected count.
            todo.extend(self.building.imports.iter().filter_map(|&i| self.store.obj(i).imported()));
            while let Some(p) = todo.pop() {
                if seen.insert(p) {
                    let p = self.store.pkg(p);
                    paths.entry(p.name()).or_default().insert(p.path);
                    todo.extend_from_slice(p.imports());
                }
            }
            paths
        });
        let p = self.store.pkg(pkg);
        match paths.get(p.name()) {
            Some(paths) if paths.len() > 1 => format!("{:?}", p.path.as_str()),
            _ => p.name().to_string(),
        }
    }
}

/// Checks the declarations of a package. Errors in bodies are not among the diagnostics.
pub fn check_declarations<'a>(
    store: &'a TypeStore,
    conf: &'a Config<'a>,
    path: Symbol,
    files: &'a [&'a File],
) -> (PackageDecls, Vec<Diagnostic>) {
    let pkg = store.new_package(path, sym::EMPTY);
    let mut check = Checker::new(store, conf, pkg, files, None);
    check.init_files();
    check.collect_objects();
    check.direct_cycles();
    check.package_objects();
    check.process_delayed(0);
    store.pkg(pkg).set_go_version(Symbol::intern(conf.go_version));
    store.pkg(pkg).mark_complete();
    let mut decls = check.building;
    decls.infos = check.infos;
    decls.mono = check.mono;
    decls.interfaces = check.interfaces;
    decls.has_errors = !check.diagnostics.is_empty();
    (decls, check.diagnostics)
}

/// Checks the body of a function or method of a package whose declarations were checked.
///
/// # Panics
/// If the object is not a function of the package with a body.
pub fn check_body<'a>(
    store: &'a TypeStore,
    conf: &'a Config<'a>,
    files: &'a [&'a File],
    decls: &'a PackageDecls,
    func: ObjId,
) -> Body {
    let id = decls.decl_of(store, func).expect("a function of the package");
    let d = decls.decl(id);
    let file = files[d.file];
    let DeclKind::Func(fdecl) = file[d.decl].kind else { panic!("{func:?} is not a function") };
    let body = fdecl.body.expand().expect("a function with a body");
    let mut check = Checker::new(store, conf, decls.pkg, files, Some(decls));
    let range = fdecl.body_exprs;
    let info = check.infos.push(Info::new(range.start() as u32, range.end() as u32));
    check.env = check.file_env(d.file, info);
    check.declared_func_body(id, func, body);
    check.process_delayed(0);
    let mut deps: Vec<ObjId> = check.deps.into_iter().collect();
    deps.sort_unstable();
    let info = std::mem::take(&mut check.infos[info]);
    Body { func, info, deps, diagnostics: check.diagnostics, mono: check.mono, interfaces: check.interfaces }
}

/// Concludes the checking of a package: unused imports, instantiation cycles, order of initialization. Returns the
/// order and all errors.
fn conclude<'a>(
    store: &'a TypeStore,
    conf: &'a Config<'a>,
    files: &'a [&'a File],
    decls: &'a PackageDecls,
    bodies: &mut [Body],
    mut diagnostics: Vec<Diagnostic>,
) -> (Vec<Initializer>, Vec<Diagnostic>) {
    struct Bodies(FxHashMap<ObjId, Vec<ObjId>>);
    impl Dependencies for Bodies {
        fn of_body(&mut self, func: ObjId) -> Vec<ObjId> {
            self.0.get(&func).cloned().unwrap_or_default()
        }
    }
    for body in bodies.iter_mut() {
        merge_diagnostics(&mut diagnostics, std::mem::take(&mut body.diagnostics));
    }
    let mut check = Checker::new(store, conf, decls.pkg, files, Some(decls));
    let mut deps = Bodies(bodies.iter().map(|b| (b.func, b.deps.clone())).collect());
    let order = check.init_order(&mut deps);
    check.unused_imports();
    merge_diagnostics(&mut diagnostics, std::mem::take(&mut check.diagnostics));
    if diagnostics.is_empty() {
        check.mono = decls.mono.clone();
        let mut interfaces = decls.interfaces.clone();
        for body in bodies {
            check.mono.absorb(std::mem::take(&mut body.mono));
            interfaces.append(&mut body.interfaces);
        }
        check.monomorph();
        if conf.as_gc && check.diagnostics.is_empty() {
            check.anonymous_interface_cycles(interfaces);
        }
        if conf.as_gc && check.diagnostics.is_empty() {
            check.pragmas();
        }
        merge_diagnostics(&mut diagnostics, check.diagnostics);
    }
    (order, diagnostics)
}

/// Checks a package with all its bodies, in parallel if the thread pool has several threads.
pub fn check_package(store: &TypeStore, conf: &Config<'_>, path: Symbol, files: &[&File]) -> CheckedPackage {
    let (decls, diagnostics) = check_declarations(store, conf, path, files);
    check_all_bodies(store, conf, files, decls, diagnostics)
}

/// Checks all bodies of a package whose declarations were checked, and concludes the checking of the package.
pub fn check_all_bodies(
    store: &TypeStore,
    conf: &Config<'_>,
    files: &[&File],
    decls: PackageDecls,
    diagnostics: Vec<Diagnostic>,
) -> CheckedPackage {
    let functions: Vec<ObjId> = decls.functions(store, files).collect();
    let mut bodies: Vec<Body> = functions
        .into_par_iter()
        .with_min_len(16)
        .map(|func| check_body(store, conf, files, &decls, func))
        .collect();
    let (init_order, diagnostics) = conclude(store, conf, files, &decls, &mut bodies, diagnostics);
    CheckedPackage { decls, bodies, init_order, diagnostics }
}

/// The order of initialization of a package, when only the bodies that initializers reach are to be checked:
/// `bodies` provides what they mention.
pub fn init_order(
    store: &TypeStore,
    conf: &Config<'_>,
    files: &[&File],
    decls: &PackageDecls,
    bodies: &mut dyn Dependencies,
) -> (Vec<Initializer>, Vec<Diagnostic>) {
    let mut check = Checker::new(store, conf, decls.pkg, files, Some(decls));
    let order = check.init_order(bodies);
    (order, check.diagnostics)
}

impl<'a> Checker<'a> {
    /// Makes the table for a top-level declaration, its body excepted.
    pub(crate) fn add_info(&mut self, file: usize, decl: DeclId) -> InfoId {
        let d = &self.files[file][decl];
        let end = match d.kind {
            DeclKind::Func(f) if !f.body_exprs.is_empty() => f.body_exprs.start(),
            _ => d.exprs.end(),
        };
        let info = self.infos.push(Info::new(d.exprs.start() as u32, end as u32));
        self.building.decl_infos.insert((file, decl), info);
        info
    }

    /// Checks the body of a declared function: opens its scope again and declares what its signature names.
    fn declared_func_body(&mut self, decl: DeclInfoId, func: ObjId, body: StmtId) {
        let store = self.store;
        let sig_type = store.type_of(func);
        let sig = store.signature(sig_type);
        let block = self.file()[body].pos;
        let end = self.file().stmt_end_pos(body);
        let scope = self.open_scope(block, end, true);
        let tparams = sig.rparams.iter().chain(sig.tparams.iter()).map(|&t| store.type_param(t).obj);
        let vars = store.vars(sig.params).iter().chain(store.vars(sig.results)).copied();
        for obj in tparams.chain(sig.recv).chain(vars) {
            let name = store.obj(obj).name;
            if !name.is_empty() && !name.is_blank() {
                self.scopes.get_mut(scope).insert(name, obj);
                store.obj(obj).set_parent(scope);
            }
        }
        self.close_scope();
        self.func_tparams = sig.rparams.iter().chain(sig.tparams.iter()).copied().collect::<Vec<_>>().into();
        self.func_body(Some(decl), sig_type, scope, body, None);
    }
}
