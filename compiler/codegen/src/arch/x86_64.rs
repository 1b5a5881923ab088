//! x86_64.

pub(super) mod constants;
pub(super) mod epilogue;
pub(super) mod frame;
pub(super) mod prologue;
pub(super) mod reloc;
pub(super) mod saves;
pub(super) mod trap;
