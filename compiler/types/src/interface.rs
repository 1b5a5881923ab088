//! Interface types of the source, and the errors of their type sets.

use grus_syntax::{ExprId, FieldId, IdRange, Pos};

use crate::check::Checker;
use crate::code::Code;
use crate::interface_cycles::WrittenInterface;
use crate::object::VarKind;
use crate::store::{ObjId, TypeId};
use crate::ty::{InterfaceBody, Signature, Type};
use crate::typeset::{EmbeddedKind, MAX_TERM_COUNT, Reporter};
use crate::version::GoVersion;

impl<'a> Checker<'a> {
    /// Checks the interface type `e` with these methods and embedded elements. `def` is the type name that a
    /// declaration gives it.
    pub(crate) fn interface_type(&mut self, e: ExprId, list: IdRange<FieldId>, def: Option<ObjId>) -> TypeId {
        let store = self.store;
        let file = self.file();
        let iface = store.reserve_interface();
        let recv_type =
            def.and_then(|def| store.obj(def).typ.get()).and_then(|t| store.as_named(t)).unwrap_or(iface);
        let mut methods: Vec<ObjId> = Vec::new();
        let (mut embeddeds, mut embed_pos): (Vec<TypeId>, Vec<Pos>) = (Vec::new(), Vec::new());
        for f in list.iter() {
            let field = file[f];
            let Some(ident) = field.name.expand() else {
                embeddeds.push(self.parse_union(field.typ));
                embed_pos.push(self.start_pos(field.typ));
                continue;
            };
            let name = file.name(ident);
            if name.is_blank() {
                self.error(ident, Code::BlankIfaceMethod, "methods must have a unique non-blank name");
                continue;
            }
            let t = self.typ(field.typ);
            let Type::Signature(sig) = store.ty(t) else {
                if store.is_valid(t) {
                    let msg = format!("{} is not a method signature", self.type_str(t));
                    self.error(field.typ, Code::InvalidSyntaxTree, msg);
                }
                continue;
            };
            let pos = file.pos(ident);
            let recv = store.new_var(VarKind::Recv, pos, Some(self.pkg), grus_syntax::sym::EMPTY, recv_type);
            let sig = store.new_signature(Signature { recv: Some(recv), ..Signature::clone(sig) });
            let m = store.new_func(pos, Some(self.pkg), name, Some(sig));
            self.info_mut().set_def(ident, Some(m));
            methods.push(m);
        }
        methods.sort_by(|&a, &b| store.cmp_objects(a, b));
        let trivial = methods.is_empty() && embeddeds.is_empty();
        store.interface(iface).set_body(InterfaceBody {
            methods: methods.into_boxed_slice(),
            embeddeds: embeddeds.into_boxed_slice(),
            embed_pos: embed_pos.into_boxed_slice(),
        });
        if !trivial {
            let pos = file.pos(e);
            self.interfaces.push(WrittenInterface { pos, end: self.end_pos(e), iface });
            self.later(move |check| check.compute_type_set(pos, iface));
        }
        iface
    }

    /// Reports the errors of an interface's type set.
    pub(crate) fn compute_type_set(&mut self, _pos: Pos, iface: TypeId) {
        let store = self.store;
        let set = store.compute_interface_type_set(iface, &mut CheckReporter(self));
        // What the language version forbids is not in the set, unless it was needed before.
        let _ = store.interface(iface).tset.set(set);
    }
}

struct CheckReporter<'c, 'a>(&'c mut Checker<'a>);

impl CheckReporter<'_, '_> {
    fn duplicate(check: &mut Checker<'_>, pos: Pos, method: ObjId, other_pos: Pos) {
        let name = check.obj(method).name;
        let mut err = check.new_error(Code::DuplicateDecl);
        check.addf(&mut err, pos, format!("duplicate method {name}"));
        check.addf(&mut err, other_pos, format!("other declaration of method {name}"));
        check.report(err);
    }
}

impl Reporter for CheckReporter<'_, '_> {
    fn allow_embedded(&mut self, pos: Pos, typ: TypeId, kind: EmbeddedKind) -> bool {
        let check = &mut *self.0;
        if !pos.is_known() || check.allow_version(GoVersion::go1(18)) {
            return true;
        }
        let what = match kind {
            EmbeddedKind::Interface => {
                if !check.is_imported_constraint(typ) {
                    return true;
                }
                format!("embedding constraint interface {}", check.type_str(typ))
            }
            EmbeddedKind::Union => {
                let under = check.under(typ);
                format!("embedding interface element {}", check.type_str(under))
            }
            EmbeddedKind::Other => format!("embedding non-interface type {}", check.type_str(typ)),
        };
        check.verify_version(pos, GoVersion::go1(18), &what)
    }

    fn duplicate_method(&mut self, pos: Pos, method: ObjId, other_pos: Pos) {
        Self::duplicate(self.0, pos, method, other_pos);
    }

    fn embedded_duplicate(&mut self, pos: Pos, method: ObjId, other: ObjId, other_pos: Pos) {
        self.0.later(move |check| {
            let same = check.identical(check.type_of(method), check.type_of(other));
            if pos.is_known() && !check.allow_version(GoVersion::go1(14)) || !same {
                Self::duplicate(check, pos, method, other_pos);
            }
        });
    }

    fn too_many_terms(&mut self, pos: Pos) {
        let msg = format!("cannot handle more than {MAX_TERM_COUNT} union terms (implementation limitation)");
        self.0.error(pos, Code::InvalidUnion, msg);
    }
}
