//! What frames look like to debuggers.

use crate::arch::FrameShape;

pub const SHAPE: FrameShape = FrameShape {
    sp: gimli::AArch64::SP,
    fp: gimli::AArch64::X29,
    return_address: gimli::AArch64::X30,
    at_entry: 0,
    saved_return: None,
    push: 4,
    set_fp: 4,
};
