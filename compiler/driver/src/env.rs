//! `grus env`: the environment that a build would use, as shell assignments.

use crate::session::goarch;

/// The variables that are printed.
pub const NAMES: &[&str] =
    &["CGO_ENABLED", "GOARCH", "GOOS", "GOROOT", "GOVERSION", "GRUSCACHE", "GRUS_OVERLAY"];

/// Prints the variables, or only the values of the named ones. Returns the exit code.
///
/// # Errors
/// If the environment asks for a target that is not supported.
pub fn run(names: &[String]) -> Result<i32, Vec<String>> {
    let arch = goarch().map_err(|e| vec![e])?;
    // Without a Go tree the other variables are still of use.
    let goroot = grus_packages::goroot::find(None).map(|p| p.display().to_string()).unwrap_or_default();
    let cache = crate::cache::folder().map_err(|e| vec![e])?;
    let cache = cache.map_or("off".into(), |dir| dir.display().to_string());
    let overlay = std::env::var("GRUS_OVERLAY").unwrap_or_default();
    let variables = [
        ("CGO_ENABLED", "0"),
        ("GOARCH", &arch),
        ("GOOS", "linux"),
        ("GOROOT", &goroot),
        ("GOVERSION", "go1.27.3"),
        ("GRUSCACHE", &cache),
        ("GRUS_OVERLAY", &overlay),
    ];
    if names.is_empty() {
        for (name, value) in variables {
            println!("{name}='{value}'");
        }
        return Ok(0);
    }
    if let Some(flag) = names.iter().find(|n| n.starts_with('-')) {
        return Err(vec![format!("grus env: unknown flag {flag}")]);
    }
    for name in names {
        // Unknown names have no value, as for `go env`.
        let value = variables.iter().find(|v| v.0 == name).map_or("", |v| v.1);
        println!("{value}");
    }
    Ok(0)
}
