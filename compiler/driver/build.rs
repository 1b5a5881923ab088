//! Embeds in the driver what it needs at run time besides a Go tree: runtime archives (one for each
//! architecture that was built), the Go overlay, and the linker scripts.
//!
//! The archives are made by `cargo xtask build`. Without one the driver builds all the same, and
//! says so when it should link.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let workspace = manifest.ancestors().nth(2).expect("the driver lies two folders deep").to_path_buf();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let mut code = String::new();

    let archives = target.join("runtime");
    fs::create_dir_all(&archives).expect("the build folder is writable");
    println!("cargo::rerun-if-changed={}", archives.display());
    code.push_str("/// Runtime archives by architecture.\npub const ARCHIVES: &[(&str, &[u8])] = &[\n");
    for arch in ["x86_64", "aarch64"] {
        let file = archives.join(arch).join("libgrus_runtime.a");
        if file.is_file() {
            println!("cargo::rerun-if-changed={}", file.display());
            writeln!(code, "    ({arch:?}, include_bytes!({file:?})),").expect("writing to a string");
        }
    }
    code.push_str("];\n\n");

    let overlay = workspace.join("runtime/go");
    println!("cargo::rerun-if-changed={}", overlay.display());
    let mut files = Vec::new();
    collect(&overlay, &mut files);
    files.sort();
    code.push_str(
        "/// Overlay files: import path, file name, text.\npub const OVERLAY: &[(&str, &str, &[u8])] = &[\n",
    );
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let rel = file.strip_prefix(&overlay).expect("found below it");
        let package = rel.parent().expect("files lie in package folders").display().to_string();
        let name = rel.file_name().expect("a file has a name").to_string_lossy().into_owned();
        writeln!(code, "    ({package:?}, {name:?}, include_bytes!({file:?})),")
            .expect("writing to a string");
    }
    code.push_str("];\n");
    fs::write(out.join("embedded.rs"), code).expect("OUT_DIR is writable");
}

/// Go files below `dir`.
fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "go") {
            files.push(path);
        }
    }
}
