//! Tests on the sources of a Go tree: the corpus of type errors, the standard library, and mutilated programs. They are
//! one program, so that they share the loader of packages.

mod corpus;
mod loader;
mod packages;
mod robust;
