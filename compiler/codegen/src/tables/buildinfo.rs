//! `.go.buildinfo`: what `go version -m` reads.

use crate::image::{Image, Sec};

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The strings follow the header, with their lengths.
const INLINE_STRINGS: u8 = 2;

pub(crate) fn write(image: &mut Image, version: &str, module_info: &[u8]) {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([8, INLINE_STRINGS]);
    bytes.resize(32, 0);
    for s in [version.as_bytes(), module_info] {
        super::pclntab::uvarint(&mut bytes, s.len() as u64);
        bytes.extend(s);
    }
    // Readers look for the second string's bytes even if there are none.
    bytes.resize(bytes.len() + 16, 0);
    image.section_mut(Sec::BuildInfo).append(&bytes, 16);
}
