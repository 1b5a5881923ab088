//! The symbols of an archive: what it provides, and what it expects of the program.

use crate::LinkError;
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};
use std::collections::BTreeSet;

/// Global symbols of an archive.
#[derive(Debug, Default)]
pub struct ArchiveSymbols {
    pub defined: BTreeSet<String>,
    /// Used by a member and defined by none.
    pub undefined: BTreeSet<String>,
}

impl ArchiveSymbols {
    /// Reads the symbol tables of all members that are objects.
    ///
    /// # Errors
    /// If the bytes are not an archive of ELF objects.
    pub fn read(bytes: &[u8]) -> Result<ArchiveSymbols, LinkError> {
        let bad = |e: object::Error| LinkError::new(format!("runtime archive: {e}"));
        let archive = ArchiveFile::parse(bytes).map_err(bad)?;
        let mut symbols = ArchiveSymbols::default();
        for member in archive.members() {
            let data = member.map_err(bad)?.data(bytes).map_err(bad)?;
            // Members that are not objects (rustc's metadata) have no symbols.
            let Ok(file) = object::File::parse(data) else { continue };
            for s in file.symbols().filter(|s| s.is_global()) {
                let Ok(name) = s.name() else { continue };
                let set = if s.is_undefined() { &mut symbols.undefined } else { &mut symbols.defined };
                set.insert(name.to_string());
            }
        }
        symbols.undefined.retain(|s| !symbols.defined.contains(s));
        Ok(symbols)
    }
}
