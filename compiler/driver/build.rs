//! Embeds in the driver what it needs at run time besides a Go tree: runtime archives (one for each
//! architecture that was built), the Go overlay, and the linker scripts.
//!
//! The archives are made by `cargo xtask build`. Without one the driver builds all the same, and
//! says so when it should link.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
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
    collect(&overlay, "go", &mut files);
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
    code.push_str("];\n\n");

    writeln!(
        code,
        "/// Stands for everything that this compiler is made of.\npub const COMPILER: u64 = {};",
        compiler(&workspace, &code)
    )
    .expect("writing to a string");
    fs::write(out.join("embedded.rs"), code).expect("OUT_DIR is writable");
}

/// A hash of the compiler's sources, dependencies and settings, and of what is embedded in it. Results in a cache
/// belong to the compiler that has made them.
fn compiler(workspace: &Path, embedded: &str) -> u64 {
    let mut files = vec![workspace.join("Cargo.toml"), workspace.join("Cargo.lock")];
    let crates = ["abi", "compiler"].map(|dir| workspace.join(dir));
    for dir in &crates {
        collect(dir, "rs", &mut files);
        collect(dir, "toml", &mut files);
        collect(dir, "ld", &mut files);
    }
    files.retain(|f| !f.components().any(|c| c.as_os_str() == "tests"));
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        file.strip_prefix(workspace).expect("found below it").hash(&mut hasher);
        fs::read(file).unwrap_or_default().hash(&mut hasher);
    }
    // New files lie in folders that have changed.
    for dir in crates {
        println!("cargo::rerun-if-changed={}", dir.display());
    }
    // The text of `embedded` names the files that are embedded.
    for file in embedded.split("include_bytes!(\"").skip(1).filter_map(|s| s.split_once('"')) {
        Path::new(file.0).file_name().hash(&mut hasher);
        fs::read(file.0).unwrap_or_default().hash(&mut hasher);
    }
    for name in ["PROFILE", "OPT_LEVEL", "TARGET", "CARGO_CFG_DEBUG_ASSERTIONS"] {
        env::var_os(name).hash(&mut hasher);
    }
    // Where things lie, and how they are linked, does not matter.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let about_code =
        |f: &&str| !["--remap-path-prefix=", "-Clink", "-Cstrip="].iter().any(|p| f.starts_with(p));
    flags.split('\x1f').filter(about_code).for_each(|f| f.hash(&mut hasher));
    let rustc = env::var_os("RUSTC").expect("cargo sets it");
    let version = std::process::Command::new(rustc).arg("-vV").output().expect("rustc runs");
    version.stdout.hash(&mut hasher);
    hasher.finish()
}

/// Files below `dir` with an extension.
fn collect(dir: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, extension, files);
        } else if path.extension().is_some_and(|e| e == extension) {
            files.push(path);
        }
    }
}
