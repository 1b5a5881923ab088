//! What the files of a package say of it as a whole: its name, its imports, what it embeds.

use super::{Loader, Package, PackageId, Pending, TestRole};
use crate::filenames::base_name;
use crate::resolve::Found;
use grus_syntax::{Diagnostic, File, Pos};
use std::path::Path;
use std::sync::Arc;

impl Loader<'_> {
    /// Takes name and imports from a package's files.
    pub(super) fn scan(&mut self, pending: &Pending, next: &mut Vec<Pending>) {
        let id = pending.id;
        let mut files = std::mem::take(&mut self.loaded.packages[id.0 as usize].files);
        let std = self.loaded[id].std;
        if std {
            // cgo is off: the standard library has other files in place of these.
            files.retain(|f| f.imports().all(|(_, _, path)| path != "C"));
        }
        let external = self.split_tests(id, &mut files);
        let name = self.scan_files(id, &files, pending.import, next);
        let package = &mut self.loaded.packages[id.0 as usize];
        package.files = files;
        package.name = name;
        if let Some(pos) = pending.import
            && package.name == "main"
            && package.test.is_none()
        {
            let why = format!("import \"{}\" is a program, not an importable package", package.path);
            let text = format!("{}: {why}", self.position(pos));
            self.errors.push(text);
        }
        if !external.is_empty() {
            let package = &self.loaded[id];
            let found = Found {
                path: format!("{}_test", package.path),
                dir: package.dir.clone(),
                std: package.std,
                go_minor: package.go_minor,
                module: package.module.clone(),
            };
            let external_id = self.push(found, Some(TestRole::External));
            self.loaded.roots.push(external_id);
            let name = self.scan_files(external_id, &external, None, next);
            let diagnostics = &mut self.loaded.packages[id.0 as usize].diagnostics;
            let here = |d: &Diagnostic| external.iter().any(|f| f.source.contains(d.pos));
            let moved: Vec<Diagnostic> = diagnostics.iter().filter(|d| here(d)).cloned().collect();
            diagnostics.retain(|d| !here(d));
            let package = &mut self.loaded.packages[external_id.0 as usize];
            (package.files, package.name, package.diagnostics) = (external, name, moved);
        }
    }

    /// Notes the imports of a package's files, and returns the package's name.
    fn scan_files(
        &mut self,
        id: PackageId,
        files: &[Arc<File>],
        import: Option<Pos>,
        next: &mut Vec<Pending>,
    ) -> String {
        let std = self.loaded[id].std;
        let mut name: Option<(String, String)> = None;
        let mut imports = Vec::new();
        for file in files {
            let file_name = base_name(file.source.name());
            if let Some(n) = file.pkg_name {
                let n = file.name(n).as_str().to_string();
                match &name {
                    None => name = Some((n, file_name)),
                    Some((first, first_file)) if *first != n => {
                        let dir = self.loaded[id].dir.display();
                        let why =
                            format!("found packages {first} ({first_file}) and {n} ({file_name}) in {dir}");
                        self.errors.push(match import {
                            Some(pos) => format!("{}: {why}", self.position(pos)),
                            None => why,
                        });
                        break;
                    }
                    Some(_) => {}
                }
            }
            imports.extend(file.imports().map(|(decl, _, path)| (path, file.decls[decl].pos)));
        }
        // Errors come in the order of import paths.
        imports.sort_by(|a, b| a.0.cmp(&b.0));
        for (path, pos) in imports {
            self.import(id, &path, pos, std, next);
        }
        match self.embeds(&self.loaded[id].dir, files) {
            Ok(embeds) => self.loaded.packages[id.0 as usize].embeds = embeds,
            Err(e) => self.errors.push(e),
        }
        name.map(|n| n.0).unwrap_or_default()
    }

    /// What the patterns of `//go:embed` stand for, by pattern. They count in files that import
    /// package embed.
    fn embeds(&self, dir: &Path, files: &[Arc<File>]) -> Result<Vec<(String, Vec<String>)>, String> {
        let mut patterns: Vec<(&String, Pos)> = Vec::new();
        for file in files {
            if file.pragmas.values().all(|p| p.embeds.is_empty())
                || file.imports().all(|(_, _, path)| path != "embed")
            {
                continue;
            }
            for e in file.pragmas.values().flat_map(|p| &p.embeds) {
                patterns.extend(e.patterns.iter().zip(e.places.iter().copied()));
            }
        }
        patterns.sort_by_key(|p| p.0);
        patterns.dedup_by_key(|p| p.0);
        let resolve = |(pattern, pos): (&String, Pos)| match crate::embed::resolve(dir, pattern) {
            Ok(files) => Ok((pattern.clone(), files)),
            Err(e) => Err(format!("{}: pattern {pattern}: {e}", self.position(pos))),
        };
        patterns.into_iter().map(resolve).collect()
    }

    fn import(&mut self, from: PackageId, path: &str, pos: Pos, std: bool, next: &mut Vec<Pending>) {
        match path {
            "unsafe" => return,
            "C" => {
                self.loaded.packages[from.0 as usize].imports_c.push(pos);
                return;
            }
            _ if self.loaded[from].imports.iter().any(|(p, _)| p == path) => return,
            _ => {}
        }
        let why = if path.starts_with("./") || path.starts_with("../") || path == "." || path == ".." {
            Some(format!(
                "\"{path}\" is relative, but relative import paths are not supported in module mode"
            ))
        } else {
            malformed(path)
        };
        let importer = std.then(|| self.loaded[from].path.as_str());
        let found = match why.map_or_else(|| self.resolver.resolve(path, importer), Err) {
            Ok(found) => found,
            Err(e) => {
                let text = format!("{}: {e}", self.position(pos));
                self.errors.push(text);
                return;
            }
        };
        if !self.may_import(&self.loaded[from], &found.path) {
            let text = format!(
                "package {}\n\t{}: use of internal package {path} not allowed",
                self.loaded[from].path,
                self.position(pos)
            );
            if self.internal.iter().all(|e| e.0 != from) {
                self.internal.push((from, text));
            }
            return;
        }
        let id = self.add(found, None, Some((pos, from)), next);
        self.loaded.packages[from.0 as usize].imports.push((path.into(), id));
    }

    /// The rule of `internal` folders: the importer must be inside the parent of `internal`.
    fn may_import(&self, from: &Package, path: &str) -> bool {
        let Some(i) = internal_index(path) else { return true };
        let parent = path[..i].trim_end_matches('/');
        if from.tested_path() == "command-line-arguments" {
            // Files are where their folder is.
            if parent.is_empty() {
                return from.dir.starts_with(self.resolver.goroot().join("src"));
            }
            let module = self.resolver.modules.containing(&from.dir).and_then(|m| m.import_path(&from.dir));
            return module.is_some_and(|p| inside(&p, parent));
        }
        if parent.is_empty() {
            return from.std;
        }
        let from = from.tested_path();
        inside(from.strip_prefix("vendor/").unwrap_or(from), parent) || inside(from, parent)
    }
}

/// Whether `path` is `parent` or below it.
fn inside(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || parent.is_empty())
}

/// Where the last `internal` element of an import path begins.
fn internal_index(path: &str) -> Option<usize> {
    if path.ends_with("/internal") {
        return Some(path.len() - "internal".len());
    }
    if let Some(i) = path.rfind("/internal/") {
        return Some(i + 1);
    }
    (path.starts_with("internal/") || path == "internal").then_some(0)
}

/// Why no package can have this import path.
pub(super) fn malformed(path: &str) -> Option<String> {
    let c = path.chars().find(|&c| !is_import_char(c))?;
    Some(format!("malformed import path \"{path}\": invalid char {c:?}"))
}

fn is_import_char(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"!\"#$%&'()*,:;<=>?[\\]^`{|}\u{fffd}".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_packages() {
        for (from, path, ok) in [
            ("a/b", "a/internal/x", true),
            ("a", "a/internal", true),
            ("ab", "a/internal", false),
            ("b", "a/internal/x", false),
            ("main", "internal/x", true),
        ] {
            let parent = path[..internal_index(path).unwrap()].trim_end_matches('/');
            assert_eq!(inside(from, parent), ok, "{from} {path}");
        }
    }
}
