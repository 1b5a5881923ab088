//! aarch64.

pub(super) mod epilogue;
pub(super) mod prologue;
pub(super) mod reloc;
pub(super) mod saves;
