//! Calls, and the instantiation of generic functions.
//!
//! Type arguments of a call are inferred from the type arguments that are given, the arguments' types and the
//! constraints; generic functions among the arguments take part with type parameters of their own. A generic
//! function that is assigned to a variable of function type is instantiated as if the variable were the argument
//! of a call.

use grus_syntax::ast::{ExprId, ExprKind};
use grus_syntax::{Pos, Symbol, sym};
use smallvec::{SmallVec, smallvec};

use crate::assignments::Context;
use crate::check::Checker;
use crate::code::Code;
use crate::expr::{ExprClass, ModeSet, Operands, Target};
use crate::info::Mode;
use crate::object::VarKind;
use crate::operand::{Operand, OperandExpr, PseudoExpr};
use crate::store::TypeId;
use crate::ty::{Signature, Type, TypeList};
use crate::under::TypeError;
use crate::universe::typ;
use crate::version::GoVersion;

/// The parts of a call that its checking needs throughout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallParts<'a> {
    /// The call.
    pub expr: ExprId,
    /// What is called.
    pub fun: ExprId,
    /// The arguments as written.
    pub args: &'a [ExprId],
    /// Whether the last argument is followed by dots.
    pub has_dots: bool,
}

/// Type arguments of which some are missing.
pub(crate) type PartialArgs = Vec<Option<TypeId>>;

/// The expressions of type arguments.
pub(crate) type TypeArgExprs = SmallVec<[ExprId; 2]>;

impl<'a> Checker<'a> {
    /// The parts of a call expression.
    pub(crate) fn call_parts(&self, e: ExprId) -> CallParts<'a> {
        let file = self.file();
        let ExprKind::Call { fun, args, has_dots } = file.kind(e) else { panic!("not a call") };
        CallParts { expr: e, fun, args: file.list(args), has_dots }
    }

    /// Instantiates the generic function `x` with the type arguments of the index expression `inst`, if there is
    /// one. Missing type arguments are inferred, from the target if there is one, if `infer` is set; otherwise
    /// they are not missed, and if there are too few, the result is those that are there and `x` stays as it is.
    pub(crate) fn func_inst(
        &mut self,
        target: Option<&Target>,
        pos: Pos,
        x: &mut Operand,
        inst: Option<ExprId>,
        infer: bool,
    ) -> Option<Vec<TypeId>> {
        assert!(target.is_some() || inst.is_some());
        let file = self.file();
        let err_pos = inst.map_or(pos, |inst| file.pos(inst));
        if let Some(inst) = inst {
            x.expr = OperandExpr::Expr(inst);
        }
        let version_ok = self.verify_version(err_pos, GoVersion::go1(18), "function instantiation");

        let index = match inst.map(|inst| file.kind(inst)) {
            Some(ExprKind::Index { index, .. }) => Some(index),
            _ => None,
        };
        let xlist = index.map_or_else(TypeArgExprs::new, |index| self.type_arg_exprs(index));
        let mut targs = Vec::new();
        if inst.is_some() {
            match self.type_list(&xlist) {
                Some(list) => targs = list,
                None => {
                    x.invalidate();
                    return None;
                }
            }
        }

        let store = self.store;
        let sig = store.signature(x.typ);
        let (got, want) = (targs.len(), sig.tparams.len());
        if got > want {
            self.error(
                xlist[got - 1],
                Code::WrongTypeArgCount,
                format!("got {got} type arguments but want {want}"),
            );
            x.invalidate();
            return None;
        }
        if got < want {
            if !infer {
                return Some(targs);
            }
            // The assignment is treated like a call g(v), where v is the variable and g the generic function
            // `func g[type parameters of x](type of x)`.
            let mut args = Operands::new();
            let mut params = Vec::new();
            let x_pos = self.operand_node_pos(x.expr);
            if let Some(target) = target {
                if version_ok && !self.allow_version(GoVersion::go1(21)) {
                    let what = match inst {
                        Some(_) => "partially instantiated function in assignment",
                        None => "implicitly instantiated function in assignment",
                    };
                    self.version_error(err_pos, GoVersion::go1(21), what);
                }
                let gsig = store.new_signature(Signature {
                    params: sig.params,
                    results: sig.results,
                    variadic: sig.variadic,
                    ..Signature::default()
                });
                params.push(store.new_var(VarKind::Param, x_pos, Some(self.pkg), sym::EMPTY, gsig));
                let desc = PseudoExpr::Desc(Symbol::intern(&target.desc));
                args.push(Operand::new(Mode::Value, OperandExpr::Pseudo(x_pos, desc), target.sig));
            }
            let reverse = !args.is_empty();

            // Renamed type parameters keep recursive instantiations apart.
            let params = store.new_tuple(params);
            let (tparams, renaming) = store.rename_tparams(&sig.tparams);
            let params = store.subst(params, &renaming);
            let given: PartialArgs = targs.iter().map(|&t| Some(t)).collect();
            let mut err = self.new_error(Code::CannotInferTypeArgs);
            match self.infer(pos, &tparams, &given, params, &args, reverse, &mut err) {
                Some(list) => targs = list,
                None => {
                    if !err.is_empty() {
                        self.report(err);
                    }
                    x.invalidate();
                    return None;
                }
            }
        }
        let x_pos = self.operand_node_pos(x.expr);
        x.typ = self.instantiate_signature(x_pos, x.expr, x.typ, &targs, &xlist);
        x.mode = Mode::Value;
        None
    }

    /// The instance of a generic signature, recorded for `expr`. The type arguments are verified later.
    fn instantiate_signature(
        &mut self,
        pos: Pos,
        expr: OperandExpr,
        sig: TypeId,
        targs: &[TypeId],
        xlist: &[ExprId],
    ) -> TypeId {
        let store = self.store;
        let tparams: &'a [TypeId] = &store.signature(sig).tparams;
        assert!(targs.len() == tparams.len());
        let inst = self.instance(pos, sig, targs);
        self.record_instance(expr, targs, inst);

        let targs = targs.to_vec();
        let xlist = TypeArgExprs::from_slice(xlist);
        self.later(move |check| match check.verify(pos, tparams, &targs) {
            Err((i, cause)) => {
                let pos = xlist.get(i).map_or(pos, |&x| check.start_pos(x));
                check.soft_error(pos, Code::InvalidTypeArg, cause);
            }
            Ok(()) => check.mono_record_instance(pos, tparams, &targs, &xlist),
        });
        inst
    }

    /// Checks a call or conversion.
    pub(crate) fn call_expr(&mut self, x: &mut Operand, e: ExprId) -> ExprClass {
        let file = self.file();
        let store = self.store;
        let call = self.call_parts(e);
        let mut inst = None; // the explicit function instantiation
        if matches!(file.kind(call.fun), ExprKind::Index { .. }) {
            if self.index_expr(x, call.fun) {
                // Type and value arguments are considered together.
                inst = Some(call.fun);
            }
            x.expr = OperandExpr::Expr(call.fun);
            self.record(x);
        } else {
            self.expr_or_type(x, call.fun, true);
        }

        match x.mode {
            Mode::Invalid => {
                self.use_exprs(call.args);
                return ExprClass::Statement;
            }
            Mode::TypExpr => {
                self.conversion_call(x, call);
                return ExprClass::Conversion;
            }
            Mode::Builtin => {
                let id = x.id;
                if !self.builtin(x, call, id) {
                    x.invalidate();
                }
                if x.is_valid() && x.mode != Mode::Constant {
                    self.env.has_call_or_recv = true;
                }
                return if id.is_statement() { ExprClass::Statement } else { ExprClass::Expression };
            }
            _ => {}
        }

        let cgo_call = x.mode == Mode::CgoFunc;
        let mut sig = x.typ;
        if !matches!(store.ty(sig), Type::Signature(_)) {
            let mut cond = |t: Option<TypeId>, u: Option<TypeId>| match (t, u) {
                (Some(t), Some(u)) if !matches!(store.ty(u), Type::Signature(_)) => {
                    Some(TypeError::new("%s is not a function", &[t]))
                }
                _ => None,
            };
            match store.common_under(x.typ, Some(&mut cond)) {
                Ok(u) => sig = u,
                Err(err) => {
                    let cause = self.type_error_str(&err);
                    let msg = format!("invalid operation: cannot call {}: {cause}", self.operand_string(x));
                    self.error(&*x, Code::InvalidCall, msg);
                    x.invalidate();
                    return ExprClass::Statement;
                }
            }
        }
        let tparam_count = store.signature(sig).tparams.len();

        let mut xlist = TypeArgExprs::new();
        let mut targs = Vec::new();
        if let Some(inst) = inst {
            let ExprKind::Index { index, .. } = file.kind(inst) else { panic!("not an index expression") };
            xlist = self.type_arg_exprs(index);
            match self.type_list(&xlist) {
                Some(list) => targs = list,
                None => {
                    self.use_exprs(call.args);
                    x.invalidate();
                    return ExprClass::Statement;
                }
            }
            let (got, want) = (targs.len(), tparam_count);
            if got > want {
                self.error(
                    xlist[want],
                    Code::WrongTypeArgCount,
                    format!("got {got} type arguments but want {want}"),
                );
                self.use_exprs(call.args);
                x.invalidate();
                return ExprClass::Statement;
            }
            // With all type arguments the function is instantiated first: its type is right even if there are
            // errors in the arguments.
            if got == want && want > 0 {
                self.verify_version(inst, GoVersion::go1(18), "function instantiation");
                sig = self.instantiate_signature(file.pos(inst), inst.into(), sig, &targs, &xlist);
                targs.clear();
                xlist.clear();
            }
        }

        let (mut args, atargs) = self.generic_expr_list(call.args);
        let sig = self.arguments(call, sig, &targs, &xlist, &mut args, &atargs);
        let s = store.signature(sig);
        if tparam_count > 0 && s.tparams.is_empty() {
            self.record_type_and_value(call.fun, Mode::Value, sig, None);
        }

        match *store.vars(s.results) {
            [] => x.mode = Mode::NoValue,
            [result] => {
                x.mode = if cgo_call { Mode::CommaErr } else { Mode::Value };
                let t = store.type_of(result);
                if !self.is_complete(t) {
                    x.invalidate();
                    return ExprClass::Statement;
                }
                x.typ = t;
            }
            _ => {
                x.mode = Mode::Value;
                x.typ = s.results;
            }
        }
        self.env.has_call_or_recv = true;

        // If inference failed, the result may mention type parameters.
        if x.mode == Mode::Value && !s.tparams.is_empty() && store.is_parameterized(&s.tparams, x.typ) {
            x.invalidate();
        }
        ExprClass::Statement
    }

    /// Checks the conversion `T(arg)`; `x` is the type.
    fn conversion_call(&mut self, x: &mut Operand, call: CallParts<'a>) {
        self.non_generic(None, x);
        if !x.is_valid() {
            return;
        }
        let store = self.store;
        let t = x.typ;
        x.invalidate();
        if !self.is_complete(t) {
            return;
        }
        match *call.args {
            [] => {
                let msg = format!("missing argument in conversion to {}", self.type_str(t));
                self.error(call.expr, Code::WrongArgCount, msg);
            }
            [arg] => {
                let target = self.new_target(Some(t), "conversion");
                self.expr(target.as_ref(), x, arg);
                if !x.is_valid() {
                    return;
                }
                if store.is_non_type_param_interface(t) && !store.type_set(store.under(t)).is_method_set() {
                    let msg = format!(
                        "cannot use interface {} in conversion (contains specific type constraints or is comparable)",
                        self.type_str(t)
                    );
                    self.error(call.expr, Code::MisplacedConstraintIface, msg);
                } else if call.has_dots {
                    let msg = format!("invalid use of ... in conversion to {}", self.type_str(t));
                    self.error(arg, Code::BadDotDotDotSyntax, msg);
                } else {
                    self.conversion(x, t);
                }
            }
            [.., last] => {
                self.use_exprs(call.args);
                let msg = format!("too many arguments in conversion to {}", self.type_str(t));
                self.error(last, Code::WrongArgCount, msg);
            }
        }
    }

    /// Checks a list of expressions. A single one may give several values.
    pub fn expr_list(&mut self, list: &[ExprId]) -> Operands {
        if let [e] = *list {
            return self.multi_expr(e, false).0;
        }
        list.iter()
            .map(|&e| {
                let mut x = Operand::default();
                self.expr(None, &mut x, e);
                x
            })
            .collect()
    }

    /// Like `expr_list`, but since Go 1.21 results may be generic functions, uninstantiated or partially
    /// instantiated. The second result has the type arguments of each partially instantiated one; it is empty
    /// if there is none.
    fn generic_expr_list(&mut self, list: &[ExprId]) -> (Operands, Vec<Vec<TypeId>>) {
        let infer = !self.allow_version(GoVersion::go1(21));
        let mut operands = Operands::with_capacity(list.len());
        let mut partial: Vec<Vec<TypeId>> = Vec::new();
        for (i, &e) in list.iter().enumerate() {
            let mut x = Operand::default();
            if matches!(self.file().kind(e), ExprKind::Index { .. }) && self.generic_index(&mut x, e) {
                let pos = self.operand_node_pos(x.expr);
                if let Some(targs) = self.func_inst(None, pos, &mut x, Some(e), infer) {
                    partial.resize(list.len(), Vec::new());
                    partial[i] = targs;
                    x.expr = OperandExpr::Expr(e);
                } else {
                    self.record(&x);
                }
            } else if x.expr != OperandExpr::None {
                // An index expression that is no instantiation was checked above.
                self.exclude(&mut x, ModeSet::NOT_VALUES);
                self.single_value(&mut x);
            } else if list.len() > 1 {
                self.generic_expr(&mut x, e, None);
            } else {
                self.raw_expr(None, &mut x, e, None, true);
                self.exclude(&mut x, ModeSet::NOT_VALUES);
                let store = self.store;
                if x.is_valid()
                    && let Type::Tuple(tuple) = store.ty(x.typ)
                {
                    let values = tuple.vars.iter().map(|&v| Operand::new(Mode::Value, e, store.type_of(v)));
                    return (values.collect(), Vec::new());
                }
            }
            operands.push(x);
        }
        (operands, partial)
    }

    /// Checks the index expression `e` once: if it instantiates a function, `x` is that function and the result
    /// is true; otherwise `x` is the value, recorded.
    fn generic_index(&mut self, x: &mut Operand, e: ExprId) -> bool {
        x.invalidate();
        x.typ = typ::INVALID;
        if self.index_expr(x, e) {
            return true;
        }
        x.expr = OperandExpr::Expr(e);
        self.record(x);
        false
    }

    /// Checks the arguments of a call of a function with signature `sig`. `targs` are the type arguments given,
    /// `xlist` their expressions; `atargs` those of arguments that are partially instantiated. The result is
    /// the signature, instantiated if it is generic; after an error it is `sig`.
    pub(crate) fn arguments(
        &mut self,
        call: CallParts<'a>,
        sig: TypeId,
        targs: &[TypeId],
        xlist: &[ExprId],
        args: &mut [Operand],
        atargs: &[Vec<TypeId>],
    ) -> TypeId {
        let store = self.store;
        let s = store.signature(sig);
        let params = store.vars(s.params);

        // A variadic function gets a parameter for each argument unless the arguments are passed as a slice.
        let nargs = args.len();
        let mut npars = params.len();
        let mut element = None;
        if s.variadic {
            if call.has_dots {
                if call.args.len() == 1 && nargs > 1 {
                    // The results of a call cannot be followed by dots.
                    let msg = format!("cannot use ... with {nargs}-valued {}", self.expr_str(call.args[0]));
                    self.error(call.expr, Code::InvalidDotDotDot, msg);
                    return sig;
                }
            } else if nargs + 1 >= npars {
                let last = store.type_of(params[npars - 1]);
                element = match store.ty(last) {
                    Type::Slice(s) => Some(s.elem),
                    _ => Some(typ::INVALID),
                };
                npars = nargs;
            } else {
                npars -= 1; // for the message
            }
        } else if call.has_dots {
            let msg = format!("cannot use ... in call to non-variadic {}", self.expr_str(call.fun));
            self.error(call.expr, Code::NonVariadicDotDotDot, msg);
            return sig;
        }

        if nargs != npars {
            let (at, qualifier) = if nargs > npars {
                (self.operand_expr_pos(args[npars].expr), "too many")
            } else if nargs > 0 {
                (self.operand_expr_pos(args[nargs - 1].expr), "not enough")
            } else {
                (self.start_pos(call.expr), "not enough")
            };
            let have: Vec<TypeId> = args.iter().map(|a| a.typ).collect();
            let want: Vec<TypeId> = params.iter().map(|&p| store.type_of(p)).collect();
            let mut err = self.new_error(Code::WrongArgCount);
            let msg = format!("{qualifier} arguments in call to {}", self.expr_str(call.fun));
            self.addf(&mut err, at, msg);
            let have = self.types_summary(&have, false, call.has_dots);
            self.addf(&mut err, Pos::NONE, format!("have {have}"));
            let want = self.types_summary(&want, s.variadic, false);
            self.addf(&mut err, Pos::NONE, format!("want {want}"));
            self.report(err);
            return sig;
        }

        let fixed = if element.is_some() { params.len() - 1 } else { params.len() };
        let mut result = sig;
        let mut types: SmallVec<[TypeId; 8]> = (0..nargs)
            .map(|i| if i < fixed { store.type_of(params[i]) } else { element.expect("variadic") })
            .collect();

        let generic_arg =
            |a: &Operand| matches!(store.ty(a.typ), Type::Signature(s) if !s.tparams.is_empty());
        if !s.tparams.is_empty() || args.iter().any(generic_arg) {
            // The parameters, one for each argument.
            let mut vars = params[..fixed].to_vec();
            if let Some(element) = element {
                let last = store.obj(params[fixed]);
                vars.resize_with(nargs.max(fixed), || {
                    store.new_var(VarKind::Param, last.pos, last.pkg, last.name, element)
                });
            }
            let tuple = store.new_tuple(vars);
            match self.infer_call(call, sig, tuple, targs, xlist, args, atargs, element.is_some()) {
                Some((rsig, params)) => {
                    result = rsig;
                    types = store.vars(params).iter().map(|&p| store.type_of(p)).collect();
                }
                None => return sig,
            }
        }

        for (a, t) in args.iter_mut().zip(types) {
            self.assignment(a, Some(t), Context::Argument(call.fun));
        }
        result
    }

    /// Infers the type arguments of a generic callee and of generic function arguments, and instantiates them.
    /// The results are the callee's signature and its parameters. None if there was an error.
    fn infer_call(
        &mut self,
        call: CallParts<'a>,
        sig: TypeId,
        params: TypeId,
        targs: &[TypeId],
        xlist: &[ExprId],
        args: &mut [Operand],
        atargs: &[Vec<TypeId>],
        adjusted: bool,
    ) -> Option<(TypeId, TypeId)> {
        let store = self.store;
        let s = store.signature(sig);
        let pos = self.file().pos(call.expr);
        let n = s.tparams.len();
        let mut params = params;
        let mut tparams: Vec<TypeId> = Vec::new();
        let mut targs: PartialArgs = targs.iter().map(|&t| Some(t)).collect();
        if n > 0 {
            if !self.allow_version(GoVersion::go1(18)) {
                if matches!(self.file().kind(call.fun), ExprKind::Index { .. }) {
                    self.version_error(call.fun, GoVersion::go1(18), "function instantiation");
                } else {
                    self.version_error(call.expr, GoVersion::go1(18), "implicit function instantiation");
                }
            }
            // Renamed type parameters keep recursive calls apart.
            let (list, renaming) = store.rename_tparams(&s.tparams);
            params = store.subst(params, &renaming);
            tparams.extend_from_slice(&list);
            targs.resize(tparams.len(), None);
        }

        // Each generic argument has type parameters of its own, so that f(g, g) is possible.
        let mut generic_args: SmallVec<[(usize, usize); 2]> = SmallVec::new();
        for (i, arg) in args.iter_mut().enumerate() {
            let Type::Signature(asig) = store.ty(arg.typ) else { continue };
            if asig.tparams.is_empty() {
                continue;
            }
            let plain = store.new_signature(Signature { tparams: TypeList::NONE, ..Signature::clone(asig) });
            let (atparams, renaming) = store.rename_tparams(&asig.tparams);
            let renamed = store.signature(store.subst(plain, &renaming));
            generic_args.push((i, atparams.len()));
            tparams.extend_from_slice(&atparams);
            arg.typ = store.new_signature(Signature { tparams: atparams, ..Signature::clone(renamed) });
            if let Some(list) = atargs.get(i) {
                targs.extend(list.iter().map(|&t| Some(t)));
            }
            targs.resize(tparams.len(), None);
        }
        if let Some(&(i, _)) = generic_args.first()
            && !self.allow_version(GoVersion::go1(21))
        {
            self.version_error(&args[i], GoVersion::go1(21), "implicitly instantiated function as argument");
        }

        let mut err = self.new_error(Code::CannotInferTypeArgs);
        let Some(targs) = self.infer(pos, &tparams, &targs, params, args, false, &mut err) else {
            if !err.is_empty() {
                err.prepend(&format!("in call to {}, ", self.expr_str(call.fun)));
                self.report(err);
            }
            return None;
        };

        let mut result = sig;
        if n > 0 {
            result = self.instantiate_signature(pos, call.fun.into(), sig, &targs[..n], xlist);
            params = if adjusted {
                let smap = crate::subst::SubstMap::new(&tparams[..n], &targs[..n]);
                store.subst(params, &smap)
            } else {
                store.signature(result).params
            };
        }

        let mut rest = &targs[n..];
        for (i, count) in generic_args {
            let (own, others) = rest.split_at(count);
            rest = others;
            let (expr, asig) = (args[i].expr, args[i].typ);
            args[i].typ = self.instantiate_signature(pos, expr, asig, own, &[]);
            self.record(&args[i]);
        }
        Some((result, params))
    }

    /// The expressions of the type arguments in an index.
    pub(crate) fn type_arg_exprs(&self, index: ExprId) -> TypeArgExprs {
        let file = self.file();
        match file.kind(index) {
            ExprKind::List(list) => TypeArgExprs::from_slice(file.list(list)),
            _ => smallvec![index],
        }
    }

    /// Checks expressions for their effects on what is used, after an error elsewhere. Reports whether all of
    /// them are valid.
    pub fn use_exprs(&mut self, list: &[ExprId]) -> bool {
        self.use_list(list, false)
    }

    /// Like `use_exprs`, for the left side of an assignment: names do not count as used.
    pub fn use_lhs(&mut self, list: &[ExprId]) -> bool {
        self.use_list(list, true)
    }

    fn use_list(&mut self, list: &[ExprId], lhs: bool) -> bool {
        let mut ok = true;
        for &e in list {
            ok &= self.use1(e, lhs);
        }
        ok
    }

    fn use1(&mut self, e: ExprId, lhs: bool) -> bool {
        let file = self.file();
        let mut x = Operand { mode: Mode::Value, ..Operand::default() };
        let n = file.unparen(e);
        match file.kind(n) {
            ExprKind::Name(name) if name.is_blank() => {}
            ExprKind::Name(name) => {
                // A variable on the left of an assignment is not used by it. Those of other packages are none of
                // our business.
                let store = self.store;
                let var = if lhs { self.lookup(name) } else { None };
                let var = var
                    .map(|v| store.obj(v))
                    .filter(|v| v.is_var() && v.pkg == Some(self.pkg))
                    .map(|v| (v, v.used()));
                self.expr_or_type(&mut x, n, true);
                if let Some((v, used)) = var {
                    v.restore_used(used);
                }
            }
            ExprKind::List(list) => return self.use_list(file.list(list), lhs),
            _ => {
                self.raw_expr(None, &mut x, e, None, true);
            }
        }
        x.is_valid()
    }
}
