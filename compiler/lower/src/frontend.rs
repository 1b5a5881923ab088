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
    pub info: Option<&'a Info>,
}

/// An initialisation of package variables: `lhs... = rhs`, in the package's initialisation order.
#[derive(Clone)]
pub struct VarInit<'a> {
    /// The variables; blank ones included.
    pub lhs: Vec<ObjId>,
    pub rhs: ExprId,
    pub file: &'a File,
    /// Covers `rhs`.
    pub info: &'a Info,
}

/// What a package variable holds at start although no expression in the source says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Contents {
    /// A string: `//go:embed`, or given to the linker.
    Text(Box<[u8]>),
    /// A byte slice: `//go:embed`.
    Bytes(Box<[u8]>),
    /// An `embed.FS`: its files and folders, in the order that package embed searches them by.
    Files(Vec<EmbeddedFile>),
}

/// A file of an `embed.FS`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmbeddedFile {
    /// Ends in a slash if it is a folder.
    pub name: String,
    pub data: Arc<[u8]>,
    /// The beginning of the data's SHA-256; zero for folders.
    pub hash: [u8; 16],
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

    /// What the variable holds at start, if the source does not say it.
    fn contents(&self, _var: ObjId) -> Option<&Contents> {
        None
    }
}
