//! What the binary carries: runtime archives and the Go overlay.

use grus_packages::load::Overlay;
use std::path::PathBuf;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The runtime archive for an architecture (Rust's name of it).
///
/// # Errors
/// Says how to build a `grus` that has one.
pub fn archive(arch: &str) -> Result<&'static [u8], String> {
    ARCHIVES.iter().find(|a| a.0 == arch).map(|a| a.1).ok_or_else(|| {
        let others: Vec<&str> = ARCHIVES.iter().map(|a| a.0).collect();
        match others.is_empty() {
            true => {
                format!("this grus was built without a runtime for {arch}: build it with `cargo xtask build`")
            }
            false => format!(
                "this grus was built without a runtime for {arch} (it has one for {}): \
                 `cargo xtask setup` fetches what is needed, `cargo xtask build` builds it",
                others.join(", ")
            ),
        }
    })
}

/// The embedded overlay, or a folder in its place while the runtime is being worked on.
pub enum OverlaySource {
    Embedded,
    Folder(PathBuf),
}

impl OverlaySource {
    /// The folder named by `GRUS_OVERLAY`, or the embedded files.
    pub fn from_env() -> OverlaySource {
        match std::env::var_os("GRUS_OVERLAY").filter(|v| !v.is_empty()) {
            Some(dir) => OverlaySource::Folder(dir.into()),
            None => OverlaySource::Embedded,
        }
    }
}

impl Overlay for OverlaySource {
    fn files(&self, import_path: &str) -> Vec<(String, Vec<u8>)> {
        match self {
            OverlaySource::Embedded => OVERLAY
                .iter()
                .filter(|(package, ..)| *package == import_path)
                .map(|(_, name, text)| ((*name).to_string(), text.to_vec()))
                .collect(),
            OverlaySource::Folder(dir) => std::fs::read_dir(dir.join(import_path))
                .into_iter()
                .flatten()
                .flatten()
                .filter(|e| e.path().extension().is_some_and(|x| x == "go"))
                .filter_map(|e| {
                    Some((e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).ok()?))
                })
                .collect(),
        }
    }

    fn replaces(&self, import_path: &str) -> bool {
        import_path == "runtime"
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_runtime_that_is_missing_is_named_with_what_helps() {
        let why = super::archive("riscv64").expect_err("there is none");
        assert!(why.starts_with("this grus was built without a runtime for riscv64"), "{why}");
        assert!(why.contains("`cargo xtask build`"), "{why}");
    }
}
