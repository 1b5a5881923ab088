//! What lowering asks of the loader and the type checker.
//!
//! Lowering is demand-driven: it asks for a body when the function is reached, and the front end
//! checks it then.

use grus_syntax::{DeclId, Diagnostic, ExprId, File, Symbol};
use grus_types::{Info, ObjId, PkgId, TypeStore};
use std::sync::Arc;

/// The declaration of a function, with the checked body if it has one.
#[derive(Clone)]
pub struct FuncSource<'a> {
    pub pkg: PkgId,
    pub file: &'a File,
    pub decl: DeclId,
    /// Results of checking the body; `None` for functions without body.
    pub info: Option<Arc<Info>>,
}

/// An initialisation of package variables: `lhs... = rhs`, in the package's initialisation order.
#[derive(Clone)]
pub struct VarInit<'a> {
    /// The variables; blank ones included.
    pub lhs: Vec<ObjId>,
    pub rhs: ExprId,
    pub file: &'a File,
    /// Covers `rhs`.
    pub info: Arc<Info>,
}

/// The loader and the type checker of a program.
pub trait Frontend: Sync {
    fn store(&self) -> &TypeStore;

    /// All packages that the main package depends on, itself included, in the order of initialisation.
    fn packages(&self) -> &[PkgId];

    /// The main package.
    fn main_package(&self) -> PkgId;

    /// The files of a package.
    fn files(&self, pkg: PkgId) -> &[Arc<File>];

    /// The object that a package declares under a name.
    fn lookup(&self, pkg: PkgId, name: Symbol) -> Option<ObjId>;

    /// Declaration and checked body of a declared function or method.
    fn func(&self, func: ObjId) -> Result<FuncSource<'_>, Vec<Diagnostic>>;

    /// The functions named `init` of a package, in source order.
    fn inits(&self, pkg: PkgId) -> Vec<ObjId>;

    /// The initialisations of a package's variables, in order.
    fn var_inits(&self, pkg: PkgId) -> Vec<VarInit<'_>>;

    /// The methods declared for a (generic or plain) named type, by any receiver.
    fn main_go_debug(&self) -> &str {
        ""
    }
}
