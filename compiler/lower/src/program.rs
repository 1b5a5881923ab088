//! The work list: from the roots to everything that is reached.
//!
//! Roots are `main.main`, the `init` functions and effectful initialisers of all packages, and the Go
//! functions that the runtime archive and generated code call by name. A [`Demand`] is worked off
//! once, in the order in which it arose, so that a program is lowered the same way every time. Code is made in parallel.
//! Descriptors and itabs are demanded early but written last, when it is known which methods can be
//! called.

use crate::cx::{Arch, Cx};
use crate::demand::{Demand, Unit};
use crate::frontend::Frontend;
use crate::globals::{Initializer, Realised, has_effects};
use crate::layout::Kind;
use crate::mono::InstId;
use crate::reach::MethodReach;
use grus_ir::{
    DataObject, FuncAttrs, Function, FunctionBuilder, InitTask, ParamEscape, Program, Sym, Symbols,
    runtime_calls,
};
use grus_syntax::{DeclKind, Diagnostic, PragmaFlags, Symbol};
use grus_types::{ObjId, PkgId, TypeId};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;

/// What lowering a program depends on besides the program.
pub struct Options<'o> {
    pub arch: Arch,
    /// Whether the target has a fused multiply-add instruction.
    pub has_fma: bool,
    /// Whether the runtime archive defines a symbol.
    pub native: &'o (dyn Fn(&str) -> bool + Sync),
    /// Whether functions without a body may stay undefined: the program is not linked.
    pub undefined_ok: bool,
    /// Whether everything is lowered that the packages declare, and not only what is reached from `main`.
    pub whole: bool,
    /// Go functions that the archive calls, by link name.
    pub entries: &'o [&'o str],
    /// Runs on every function as soon as it is made (the verifier, dumps).
    pub check: &'o (dyn Fn(&Function, &Symbols) + Sync),
}

/// Lowers a checked program.
///
/// # Errors
/// What cannot be compiled, and errors in bodies that were checked only now.
pub fn lower_program(front: &dyn Frontend, options: &Options<'_>) -> Result<Program, Vec<Diagnostic>> {
    let symbols = Symbols::new();
    let mut program = {
        let mut cx = Cx::new(front, &symbols, options.arch);
        cx.has_fma = options.has_fma;
        let mut work = WorkList::new(&cx, options);
        work.roots();
        work.run();
        work.finish()?
    };
    program.symbols = symbols;
    Ok(program)
}

/// An initialiser and what became of it.
struct InitState<'a> {
    init: Initializer<'a>,
    realised: Option<Realised>,
}

/// The code that a demand asks for, if it does: what does not depend on anything but the demand.
fn code<'a>(cx: &'a Cx<'a>, options: &Options<'_>, d: &Demand) -> Option<Unit<'a>> {
    let mut unit = Unit::new(cx);
    match *d {
        Demand::Func(inst) => {
            let obj = cx.inst_data(inst).func;
            if is_intrinsic(cx, obj) || (options.native)(&cx.inst_name(inst)) {
                return None;
            }
            cx.front.func(obj).ok()?.info?;
            crate::func::lower_inst(&mut unit, inst);
            for f in &mut unit.funcs {
                if f.attrs.func_id == grus_ir::FuncId::NORMAL {
                    f.attrs.func_id = crate::func_ids::func_id(cx.symbols.name(f.sym));
                }
            }
        }
        Demand::FuncValue(inst) => unit.lower_func_value(inst),
        Demand::EqFunc(t) => unit.lower_eq_func(t),
        Demand::HashFunc(t) => unit.lower_hash_func(t),
        Demand::Method { recv, method } => unit.lower_method(recv, method),
        Demand::MethodValue { recv, method } => unit.lower_method_value(recv, method),
        Demand::MethodExpr { recv, method } => unit.lower_method_expr(recv, method),
        Demand::Global(_)
        | Demand::TypeDesc(_)
        | Demand::UsedType(_)
        | Demand::AssertedIface(_)
        | Demand::Itab(..)
        | Demand::IfaceMethod { .. } => return None,
    }
    Some(unit)
}

/// Whether a function's body is the expansion of an intrinsic.
fn is_intrinsic(cx: &Cx<'_>, func: ObjId) -> bool {
    let o = cx.store.obj(func);
    let path = cx.store.pkg(o.pkg.expect("a declared function has a package")).path;
    cx.store.signature(cx.store.type_of(func)).recv.is_none()
        && crate::intrinsics::is_intrinsic(path.as_str(), o.name.as_str())
}

struct WorkList<'w, 'a> {
    cx: &'a Cx<'a>,
    options: &'w Options<'w>,
    queue: VecDeque<Demand>,
    seen: FxHashSet<Demand>,
    funcs: Vec<Function>,
    datas: Vec<DataObject>,
    defined: FxHashSet<Sym>,
    /// Types with descriptors and itabs, in the order of demand.
    types: Vec<TypeId>,
    itabs: Vec<(TypeId, TypeId)>,
    extern_escapes: Vec<(Sym, Vec<ParamEscape>)>,
    natives: Vec<(Sym, u32)>,
    reach: MethodReach,
    /// Initialisers in the order of initialisation.
    inits: Vec<InitState<'a>>,
    /// The initialiser of a variable.
    init_of: FxHashMap<ObjId, usize>,
    /// Variables declared under the link name of another one: which of them holds the storage.
    definer: FxHashMap<Symbol, ObjId>,
    diags: Vec<Diagnostic>,
}

impl<'w, 'a> WorkList<'w, 'a> {
    fn new(cx: &'a Cx<'a>, options: &'w Options<'w>) -> Self {
        let mut inits = Vec::new();
        let mut init_of = FxHashMap::default();
        for &pkg in cx.front.packages() {
            for (number, init) in cx.front.var_inits(pkg).into_iter().enumerate() {
                for &v in &init.lhs {
                    init_of.insert(v, inits.len());
                }
                let has_effects = has_effects(cx, init.file, init.info, init.rhs);
                let init = Initializer { pkg, number, init, has_effects };
                inits.push(InitState { init, realised: None });
            }
        }
        let mut work = WorkList {
            cx,
            options,
            queue: VecDeque::new(),
            seen: FxHashSet::default(),
            funcs: Vec::new(),
            datas: Vec::new(),
            defined: FxHashSet::default(),
            types: Vec::new(),
            itabs: Vec::new(),
            extern_escapes: Vec::new(),
            natives: Vec::new(),
            reach: MethodReach::default(),
            inits,
            init_of,
            definer: FxHashMap::default(),
            diags: Vec::new(),
        };
        work.find_definers();
        work
    }

    /// For every link name that several variables share, the one with an initialiser defines it, or
    /// else the one that bears the name by itself.
    fn find_definers(&mut self) {
        let cx = self.cx;
        for (pkg, local, target) in cx.linknames.renamed() {
            let Some(obj) = cx.front.lookup(pkg, local).filter(|&o| cx.is_package_var(o)) else { continue };
            let own = self.by_link_name(target).filter(|&o| cx.is_package_var(o));
            let has_init = |o: ObjId| self.init_of.contains_key(&o);
            let definer = match own {
                Some(own) if has_init(own) || !has_init(obj) => own,
                _ => obj,
            };
            let entry = self.definer.entry(target).or_insert(definer);
            if !self.init_of.contains_key(entry) {
                *entry = definer;
            }
        }
    }

    /// The package-level object that a link name means by itself (`pkg/path.name`).
    fn by_link_name(&self, name: Symbol) -> Option<ObjId> {
        let text = name.as_str();
        let slash = text.rfind('/').map_or(0, |i| i + 1);
        let dot = slash + text[slash..].find('.')?;
        let pkg = self.cx.store.package(Symbol::intern(&text[..dot]))?;
        self.cx.front.lookup(pkg, Symbol::intern(&text[dot + 1..]))
    }

    fn roots(&mut self) {
        let cx = self.cx;
        for name in self.options.entries.iter().chain([&"main.main"]) {
            let obj = match name.strip_prefix("main.") {
                Some(local) => cx.front.lookup(cx.front.main_package(), Symbol::intern(local)),
                None => self.by_link_name(Symbol::intern(name)),
            };
            // What the archive refers to in packages that are not part of the program is not called.
            if let Some(obj) = obj.filter(|&o| cx.store.obj(o).is_func()) {
                self.demand(Demand::Func(cx.inst(obj, &[])));
            }
        }
        for &pkg in cx.front.packages() {
            for init in cx.front.inits(pkg) {
                self.demand(Demand::Func(cx.inst(init, &[])));
            }
        }
        if self.options.whole {
            self.declared();
        }
        for i in 0..self.inits.len() {
            if self.inits[i].init.has_effects || self.options.whole {
                self.initialize(i);
            }
        }
        let mut unit = Unit::new(cx);
        unit.demand_unreachable_method();
        self.absorb(unit);
    }

    /// Demands all functions and methods that are declared without type parameters. One without body is demanded
    /// only if programs can name it: the others are by the code that calls them, which is lowered too.
    fn declared(&mut self) {
        let cx = self.cx;
        for &pkg in cx.front.packages() {
            let scope = cx.store.scope(cx.store.pkg(pkg).scope);
            for obj in scope.names().into_iter().filter_map(|n| scope.lookup(n)) {
                let o = cx.store.obj(obj);
                let own = o.pkg == Some(pkg);
                let generic = || !cx.store.signature(cx.store.type_of(obj)).tparams.is_empty();
                let path = cx.store.pkg(pkg).path.as_str();
                let callable = || {
                    let hidden = path == "unsafe" || path.split('/').any(|e| e == "internal");
                    o.name.is_exported() && !hidden || self.has_body(obj)
                };
                if own && o.is_func() && !generic() && callable() {
                    self.demand(Demand::Func(cx.inst(obj, &[])));
                }
                if !own || !o.is_type_name() || cx.store.is_alias(obj) {
                    continue;
                }
                let Some(named) = cx.store.as_named(cx.store.type_of(obj)) else { continue };
                if !cx.store.named_tparams(named).is_empty() {
                    continue;
                }
                for &m in cx.store.named_methods(named) {
                    let generic = !cx.store.signature(cx.store.type_of(m)).tparams.is_empty();
                    if let Some(inst) = cx.method_inst(m).filter(|_| !generic) {
                        self.demand(Demand::Func(inst));
                    }
                }
            }
        }
    }

    fn demand(&mut self, d: Demand) {
        if self.seen.insert(d.clone()) {
            self.queue.push_back(d);
        }
    }

    /// Works the list off in waves: the code that the demands of a wave ask for is made in parallel, and taken over in
    /// their order, with all else.
    fn run(&mut self) {
        while !self.queue.is_empty() {
            let wave: Vec<Demand> = self.queue.drain(..).collect();
            let (cx, options) = (self.cx, self.options);
            let units: Vec<Option<Unit<'a>>> = wave.par_iter().map(|d| code(cx, options, d)).collect();
            for (d, unit) in wave.into_iter().zip(units) {
                self.work(d, unit);
            }
        }
    }

    fn work(&mut self, d: Demand, code: Option<Unit<'a>>) {
        let cx = self.cx;
        let mut unit = Unit::new(cx);
        match d {
            Demand::Func(inst) => return self.func(inst, code),
            Demand::Global(obj) => return self.global(obj),
            Demand::FuncValue(_)
            | Demand::EqFunc(_)
            | Demand::HashFunc(_)
            | Demand::Method { .. }
            | Demand::MethodValue { .. }
            | Demand::MethodExpr { .. } => unit = code.expect("the demand is for code"),
            Demand::TypeDesc(t) => {
                self.types.push(t);
                unit.demand_descriptor_parts(t);
            }
            Demand::UsedType(t) => {
                unit.type_desc(t);
                unit.demand_used_parts(t);
                for m in self.reach.add_type(cx, t) {
                    unit.demand_method(t, m);
                }
            }
            Demand::AssertedIface(t) => {
                unit.type_desc(t);
                for method in cx.iface_methods(t) {
                    let now = self.reach.add_call(cx, method);
                    self.keep(&mut unit, now);
                }
            }
            Demand::Itab(iface, concrete) => {
                self.itabs.push((iface, concrete));
                unit.demand_itab_parts(iface, concrete);
            }
            Demand::IfaceMethod { method, .. } => {
                let now = self.reach.add_call(cx, method);
                self.keep(&mut unit, now);
            }
        }
        self.absorb(unit);
    }

    fn keep(&self, unit: &mut Unit<'a>, methods: Vec<(TypeId, ObjId)>) {
        for (t, method) in methods {
            let set = self.cx.descriptor_methods(t);
            let m = set.iter().find(|m| m.obj == method).expect("a method of the type");
            unit.demand_method(t, m);
        }
    }

    /// Takes over what a unit made and demands.
    fn absorb(&mut self, unit: Unit<'a>) {
        let cx = self.cx;
        for f in unit.funcs {
            if self.defined.insert(f.sym) {
                (self.options.check)(&f, cx.symbols);
                runtime_calls::for_each_callee(&f, self.options.has_fma, |name| {
                    let obj = self.by_link_name(Symbol::intern(name)).filter(|&o| cx.store.obj(o).is_func());
                    if let Some(obj) = obj {
                        let d = Demand::Func(cx.inst(obj, &[]));
                        if self.seen.insert(d.clone()) {
                            self.queue.push_back(d);
                        }
                    }
                });
                self.funcs.push(f);
            }
        }
        for d in unit.datas {
            if self.defined.insert(d.sym) {
                self.datas.push(d);
            }
        }
        self.diags.extend(unit.diags);
        for d in unit.demands {
            self.demand(d);
        }
    }

    // ---- functions ----

    fn func(&mut self, inst: InstId, code: Option<Unit<'a>>) {
        let cx = self.cx;
        let obj = cx.inst_data(inst).func;
        let o = cx.store.obj(obj);
        let pkg = o.pkg.expect("a declared function has a package");
        let path = cx.store.pkg(pkg).path;
        if matches!((path.as_str(), o.name.as_str()), ("reflect", "Method" | "MethodByName")) {
            self.reflection();
        }
        if let Some(unit) = code {
            return self.absorb(unit);
        }
        if is_intrinsic(cx, obj) {
            return self.intrinsic(inst, path.as_str(), o.name.as_str());
        }
        let link_name = Symbol::intern(&cx.inst_name(inst));
        // What the archive provides stands in for a Go body.
        if (self.options.native)(link_name.as_str()) {
            return self.native(inst, link_name);
        }
        if let Err(diags) = cx.front.func(obj) {
            return self.diags.extend(diags);
        }
        // Satisfied by a function that another package gives this link name, or that bears it; or by the
        // runtime archive.
        let provider = match cx.linknames.pushed(link_name.as_str()) {
            Some((p, local)) => cx.front.lookup(p, local),
            None => self.by_link_name(link_name),
        };
        if let Some(provider) = provider.filter(|&p| p != obj && self.has_body(p)) {
            return self.demand(Demand::Func(cx.inst(provider, &[])));
        }
        if let Some(provider) = self.method_by_link_name(link_name) {
            return self.demand(Demand::Func(cx.inst(provider, &[])));
        }
        // Packages that are lowered as a whole are no program.
        let no_program = self.options.whole && link_name.as_str() == "main.main";
        if !self.options.undefined_ok && !no_program {
            self.diags.push(Diagnostic::unsupported(o.pos, format_args!("assembly function {link_name}")));
        }
    }

    /// Notes where a function of the archive is declared, and what it does not keep if that is `//go:noescape`. Which
    /// says nothing of what its operands point to in turn, so it counts for memory without pointers only.
    fn native(&mut self, inst: InstId, link_name: Symbol) {
        let cx = self.cx;
        let Ok(source) = cx.front.func(cx.inst_data(inst).func) else { return };
        self.natives.push((cx.intern(link_name.as_str()), source.file[source.decl].pos.as_u32()));
        if !source.file.pragma_flags(source.decl).contains(PragmaFlags::NO_ESCAPE) {
            return;
        }
        let sig = cx.inst_sig(inst);
        let abi = crate::abi::FuncAbi::new(cx, false, &sig.params, &sig.results);
        let mut escapes = vec![ParamEscape::Unknown; abi.sig.params.len()];
        for (&t, mode) in abi.param_types.iter().zip(&abi.params) {
            let plain = match cx.info(t).kind {
                Kind::String => true,
                Kind::Slice(elem) | Kind::Pointer(elem) => !cx.info(elem).has_ptrs(),
                Kind::UnsafePointer => matches!(
                    link_name.as_str(),
                    "runtime.memequal" | "runtime.memclrNoHeapPointers" | "runtime.wbbulk"
                ),
                _ => false,
            };
            // These copy the element, and the goroutine is parked meanwhile.
            let element = matches!(cx.info(t).kind, Kind::UnsafePointer)
                && matches!(link_name.as_str(), "runtime.chansend" | "runtime.chanrecv");
            if element && let crate::abi::PassMode::Scalars { first, count } = *mode {
                escapes[first..first + count].fill(ParamEscape::ContentEscapes);
            }
            if plain && let crate::abi::PassMode::Scalars { first, count } = *mode {
                escapes[first..first + count].fill(ParamEscape::NoEscape);
            }
        }
        if escapes.iter().any(|&e| e != ParamEscape::Unknown) {
            self.extern_escapes.push((cx.intern(link_name.as_str()), escapes));
        }
    }

    /// Whether an object is a function with a body.
    fn has_body(&self, obj: ObjId) -> bool {
        let store = self.cx.store;
        let o = store.obj(obj);
        if !o.is_func() {
            return false;
        }
        let Some(pkg) = o.pkg else { return false };
        self.cx.front.files(pkg).iter().any(|file| {
            file.decl_list.iter().any(|&d| match file[d].kind {
                DeclKind::Func(f) => file.pos(f.name) == o.pos && f.body.is_some() && f.recv.is_none(),
                _ => false,
            })
        })
    }

    /// The method that a link name like `time.Time.abs` or `net/url.(*URL).setPath` means.
    fn method_by_link_name(&self, name: Symbol) -> Option<ObjId> {
        let text = name.as_str();
        let slash = text.rfind('/').map_or(0, |i| i + 1);
        let dot = slash + text[slash..].find('.')?;
        let (ty, method) = text[dot + 1..].rsplit_once('.')?;
        let ty = ty.strip_prefix("(*").and_then(|t| t.strip_suffix(')')).unwrap_or(ty);
        let pkg = self.cx.store.package(Symbol::intern(&text[..dot]))?;
        let obj = self.cx.front.lookup(pkg, Symbol::intern(ty))?;
        let t = self.cx.store.type_of(obj);
        self.cx.store.as_named(t)?;
        let found = self.cx.store.named_methods(t).iter().copied();
        found.into_iter().find(|&m| self.cx.store.obj(m).name.as_str() == method)
    }

    /// A function whose body is the expansion of an intrinsic.
    fn intrinsic(&mut self, inst: InstId, package: &str, name: &str) {
        let cx = self.cx;
        let sig = cx.inst_sig(inst);
        let abi = crate::abi::FuncAbi::new(cx, false, &sig.params, &sig.results);
        let mut b = FunctionBuilder::new(cx.intern(&cx.inst_name(inst)), abi.sig.clone());
        b.func.param_kinds.copy_from_slice(&abi.kinds);
        b.func.attrs = FuncAttrs { dedup: true, ..FuncAttrs::default() };
        let args = b.func.params().to_vec();
        let results = crate::intrinsics::expand(&mut b, package, name, &args, &abi.sig.results)
            .expect("the function is an intrinsic");
        b.ret(&results);
        let mut unit = Unit::new(cx);
        unit.funcs.push(b.finish());
        self.absorb(unit);
    }

    /// Methods may be called through reflection from now on.
    fn reflection(&mut self) {
        let now = self.reach.add_reflection(self.cx);
        let mut unit = Unit::new(self.cx);
        self.keep(&mut unit, now);
        self.absorb(unit);
    }

    // ---- variables ----

    fn global(&mut self, obj: ObjId) {
        let cx = self.cx;
        let link_name = Symbol::intern(&cx.global_name(obj));
        if let Some(&definer) = self.definer.get(&link_name)
            && definer != obj
        {
            return self.demand(Demand::Global(definer));
        }
        if let Some(&i) = self.init_of.get(&obj) {
            self.initialize(i);
        }
        let sym = cx.intern(link_name.as_str());
        if !self.defined.contains(&sym) {
            // A variable that the archive defines is only declared here.
            if (self.options.native)(link_name.as_str()) {
                return;
            }
            let mut unit = Unit::new(cx);
            unit.define_zero_global(obj);
            self.absorb(unit);
        }
    }

    /// Realises an initialiser, once.
    fn initialize(&mut self, i: usize) {
        if self.inits[i].realised.is_some() {
            return;
        }
        // Set first: the initialiser may mention its own variables.
        self.inits[i].realised = Some(Realised::Dynamic);
        let mut unit = Unit::new(self.cx);
        let realised = unit.lower_initializer(&self.inits[i].init);
        self.inits[i].realised = Some(realised);
        self.absorb(unit);
        for v in self.inits[i].init.init.lhs.clone() {
            if !self.cx.store.obj(v).name.is_blank() {
                self.demand(Demand::Global(v));
            }
        }
    }

    // ---- the end ----

    /// The functions that initialise a package, in the order of execution.
    fn package_init(&self, pkg: PkgId) -> Vec<InitTask> {
        let cx = self.cx;
        let variables = self
            .inits
            .iter()
            .filter(|s| s.init.pkg == pkg && s.realised == Some(Realised::Dynamic))
            .map(|s| cx.intern(&s.init.func_name(cx)));
        let declared = cx.front.inits(pkg).into_iter().map(|f| cx.intern(&cx.inst_name(cx.inst(f, &[]))));
        let package = cx.store.pkg(pkg).path.as_str();
        variables.chain(declared).map(|func| InitTask { package: package.into(), func }).collect()
    }

    fn finish(mut self) -> Result<Program, Vec<Diagnostic>> {
        let cx = self.cx;
        self.emit_types();
        if !self.diags.is_empty() {
            return Err(self.diags);
        }
        let init_tasks = cx.front.packages().iter().flat_map(|&p| self.package_init(p)).collect();
        let mut typelinks: Vec<(String, String, Sym)> = self
            .types
            .iter()
            .filter(|&&t| cx.needs_typelink(t))
            .map(|&t| (cx.type_string(t), cx.link_string(t), cx.intern(&cx.type_desc_name(t))))
            .collect();
        typelinks.sort();
        typelinks.dedup();
        let mut itabs: Vec<(String, Sym)> = self
            .itabs
            .iter()
            .map(|&(i, c)| cx.itab_name(i, c))
            .map(|name| {
                let sym = cx.intern(&name);
                (name, sym)
            })
            .collect();
        itabs.sort();
        Ok(Program {
            funcs: self.funcs,
            datas: self.datas,
            typelinks: typelinks.into_iter().map(|t| t.2).collect(),
            itabs: itabs.into_iter().map(|i| i.1).collect(),
            init_tasks,
            extern_escapes: self.extern_escapes,
            natives: self.natives,
            ..Program::default()
        })
    }

    /// Writes descriptors and itabs. This may demand names, masks and the like, but no further types.
    fn emit_types(&mut self) {
        let cx = self.cx;
        let (types, itabs) = (self.types.clone(), self.itabs.clone());
        for &t in &types {
            let mut unit = Unit::new(cx);
            unit.emit_descriptor(t, &|m| self.reach.is_kept(t, m.obj));
            self.absorb(unit);
        }
        for &(iface, concrete) in &itabs {
            let mut unit = Unit::new(cx);
            unit.emit_itab(iface, concrete, &|m| self.reach.is_kept(concrete, m.obj));
            self.absorb(unit);
        }
        assert!(
            self.types.len() == types.len() && self.queue.iter().all(|d| !matches!(d, Demand::TypeDesc(_))),
            "emitting descriptors demanded a type: {:?}",
            self.queue
        );
        let left: Vec<Demand> = self.queue.drain(..).collect();
        assert!(left.is_empty(), "emitting descriptors demanded {left:?}");
    }
}
