//! What frames look like to debuggers.

use crate::arch::FrameShape;

pub const SHAPE: FrameShape = FrameShape {
    sp: gimli::X86_64::RSP,
    fp: gimli::X86_64::RBP,
    return_address: gimli::X86_64::RA,
    at_entry: 8,
    saved_return: Some(-8),
    push: 1,
    set_fp: 3,
};
