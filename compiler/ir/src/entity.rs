//! Ids of the IR: small `u32` newtypes that index the tables of a [`crate::Function`] or a
//! [`crate::Program`]. They print with the prefix of their kind (`b3`, `v17`, `s2`).

use cranelift_entity::entity_impl;

/// A basic block of a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block(u32);
entity_impl!(Block, "b");

/// An SSA value: a block parameter or a result of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(u32);
entity_impl!(Value, "v");

/// An instruction of a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inst(u32);
entity_impl!(Inst, "i");

/// A stack slot: a piece of the function's frame that has an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u32);
entity_impl!(Slot, "s");

/// A signature used by calls of a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SigRef(u32);
entity_impl!(SigRef, "sig");

/// A source location: an index into the function's table of positions and inline sites.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loc(u32);
entity_impl!(Loc, "l");

/// A call that was inlined into the function (a node of its inline tree).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InlineSite(u32);
entity_impl!(InlineSite, "inl");

/// A link symbol: function or data, defined here or elsewhere. Interned for the whole program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sym(u32);
entity_impl!(Sym, "sym");
