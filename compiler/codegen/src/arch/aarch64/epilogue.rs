//! Nothing to fix: the epilogue is `ldp fp, lr; ret` behind an addition to SP.

pub(in crate::arch) fn fix(_body: &mut [u8], _block_starts: &[u32]) {}
