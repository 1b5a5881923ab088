//! Struct types.

use grus_syntax::literal::unquote_string;
use grus_syntax::{ExprId, ExprKind, FieldId, File, IdRange, LitKind, Operator, Pos, Symbol, sym};

use crate::check::Checker;
use crate::code::Code;
use crate::decl::ObjSet;
use crate::store::{ObjId, TypeId};
use crate::ty::{BasicKind, Struct, Type};
use crate::universe::typ;

/// The identifier that names an embedded field of this type; none if the type cannot be embedded.
fn embedded_field_ident(file: &File, e: ExprId) -> Option<ExprId> {
    match file.kind(e) {
        ExprKind::Name(_) => Some(e),
        // *T, but not **T
        ExprKind::Unary { op: Operator::Mul, x }
            if !matches!(file.kind(x), ExprKind::Unary { op: Operator::Mul, .. }) =>
        {
            embedded_field_ident(file, x)
        }
        ExprKind::Selector { sel, .. } => Some(sel),
        ExprKind::Index { x, .. } => embedded_field_ident(file, x),
        _ => None,
    }
}

impl<'a> Checker<'a> {
    /// Checks the fields of a struct type.
    pub(crate) fn struct_type(&mut self, list: IdRange<FieldId>) -> Struct {
        let file = self.file();
        let mut fields: Vec<ObjId> = Vec::with_capacity(list.len());
        let mut tags: Vec<Symbol> = Vec::new();
        let mut set = ObjSet::default();
        let mut previous: Option<ExprId> = None;
        let mut t = typ::INVALID;
        for f in list.iter() {
            let f = &file[f];
            // Fields declared together share the type.
            if previous != Some(f.typ) {
                previous = Some(f.typ);
                t = self.var_type(f.typ);
            }
            let mut tag = match f.tag.expand() {
                Some(tag) => self.tag(tag),
                None => sym::EMPTY,
            };
            let embedded = f.name.is_none();
            let mut ident = f.name.expand();
            let at = self.start_pos(f.typ);
            let mut field_type = t;
            if embedded {
                ident = embedded_field_ident(file, f.typ);
                if ident.is_none() {
                    let msg = format!("invalid embedded field type {}", self.expr_str(f.typ));
                    self.error(at, Code::InvalidSyntaxTree, msg);
                    field_type = typ::INVALID;
                    tag = sym::EMPTY;
                }
            }
            let (name, pos) = ident.map_or((sym::BLANK, at), |n| (file.name(n), file.pos(n)));
            let field = self.store.new_field(pos, Some(self.pkg), name, field_type, embedded);
            if name.is_blank() || self.declare_in_set(&mut set, pos, field) {
                if tag != sym::EMPTY || !tags.is_empty() {
                    tags.resize(fields.len(), sym::EMPTY);
                    tags.push(tag);
                }
                fields.push(field);
                if let Some(ident) = ident {
                    self.record_def(ident, Some(field));
                }
            }
            if embedded && ident.is_some() {
                self.later(move |check| check.valid_embedded_type(at, t));
            }
        }
        Struct { fields: fields.into_boxed_slice(), tags: tags.into_boxed_slice() }
    }

    /// Reports a type that must not be embedded, once types are complete.
    fn valid_embedded_type(&mut self, at: Pos, embedded: TypeId) {
        let store = self.store;
        let (t, is_ptr) = store.deref(embedded);
        match store.under_ty(t) {
            Type::Basic(b) if b.kind == BasicKind::UnsafePointer => {
                self.error(at, Code::InvalidPtrEmbed, "embedded field type cannot be unsafe.Pointer");
            }
            Type::Pointer(_) => {
                self.error(at, Code::InvalidPtrEmbed, "embedded field type cannot be a pointer");
            }
            Type::Interface(_) if store.is_type_param(t) => {
                let msg = "embedded field type cannot be a (pointer to a) type parameter";
                self.error(at, Code::MisplacedTypeParam, msg);
            }
            Type::Interface(_) if is_ptr => {
                self.error(
                    at,
                    Code::InvalidPtrEmbed,
                    "embedded field type cannot be a pointer to an interface",
                );
            }
            _ => {}
        }
    }

    /// Adds an object to a set of names; reports and returns false if the name is taken.
    pub(crate) fn declare_in_set(&mut self, set: &mut ObjSet, pos: Pos, obj: ObjId) -> bool {
        let Some(alt) = set.insert(self, obj) else { return true };
        let mut err = self.new_error(Code::DuplicateDecl);
        err.addf_pos(pos, format!("{} redeclared", self.store.obj(obj).name));
        self.add_alt_decl(&mut err, alt);
        self.report(err);
        false
    }

    /// The value of a field's tag.
    fn tag(&mut self, e: ExprId) -> Symbol {
        let text = self.file().lit_text(e);
        match self.file().kind(e) {
            ExprKind::BasicLit { bad: true, .. } | ExprKind::Bad => return sym::EMPTY,
            ExprKind::BasicLit { kind: LitKind::String, .. } => {
                if let Some(tag) = unquote_string(text) {
                    return Symbol::intern(&tag);
                }
            }
            _ => {}
        }
        self.error(e, Code::InvalidSyntaxTree, format!("incorrect tag syntax: {text:?}"));
        sym::EMPTY
    }
}
