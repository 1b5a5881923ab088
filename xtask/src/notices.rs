//! The licences of the crates that are part of the `grus` binary, as one text.

use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The text: which crates there are, and what the files in them say about licences, each text once.
pub fn text(triple: &str) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .current_dir(workspace())
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", triple])
        .output()
        .context("cannot run cargo")?;
    if !out.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&out.stderr).trim());
    }
    from_metadata(&serde_json::from_slice(&out.stdout)?)
}

fn from_metadata(metadata: &Value) -> Result<String> {
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let string = |v: &Value| v.as_str().unwrap_or_default().to_string();
    let by_id =
        |v: Vec<Value>| -> HashMap<String, Value> { v.into_iter().map(|p| (string(&p["id"]), p)).collect() };
    let packages = by_id(list(&metadata["packages"]));
    let nodes = by_id(list(&metadata["resolve"]["nodes"]));
    let root = packages.values().find(|p| p["name"] == "grus").context("no package grus")?;
    let mut seen = BTreeSet::new();
    let mut work = vec![string(&root["id"])];
    while let Some(id) = work.pop() {
        let package = packages.get(&id).context("a package is missing")?;
        // Macros are part of the compilation alone.
        let is_macro =
            list(&package["targets"]).iter().any(|t| list(&t["kind"]).contains(&"proc-macro".into()));
        if is_macro || !seen.insert(id.clone()) {
            continue;
        }
        for dependency in list(&nodes[&id]["deps"]) {
            if list(&dependency["dep_kinds"]).iter().any(|k| k["kind"].is_null()) {
                work.push(string(&dependency["pkg"]));
            }
        }
    }
    let mut crates = BTreeSet::new();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in seen.iter().map(|id| &packages[id]).filter(|p| !p["source"].is_null()) {
        let name = format!("{} {}", string(&package["name"]), string(&package["version"]));
        crates.insert(format!("{name}: {}", string(&package["license"])));
        let manifest = string(&package["manifest_path"]);
        let dir = Path::new(&manifest).parent().context("a manifest lies in a folder")?;
        for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
            let file = entry?.path();
            let upper = file.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            let tells =
                ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"].iter().any(|w| upper.starts_with(w));
            if tells && file.is_file() {
                let text = String::from_utf8_lossy(&fs::read(&file)?).replace("\r\n", "\n");
                texts.entry(text.trim_end().to_string()).or_default().insert(name.clone());
            }
        }
    }
    let mut out = String::from(
        "The grus binary contains these crates, whose sources are on crates.io, and the standard library of Rust (MIT or\n\
         Apache-2.0; in binaries linked with musl also that, MIT).\n\n",
    );
    crates.iter().for_each(|c| out += &format!("{c}\n"));
    for (text, names) in &texts {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        out += &format!("\n{}\n{}\n\n{text}\n", "=".repeat(80), names.join(", "));
    }
    Ok(out)
}
