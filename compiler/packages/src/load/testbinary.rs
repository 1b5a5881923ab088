//! Loading the test binary of a package: test files, the external test package, and the generated main package.

use super::{Loaded, Loader, PackageId, Pending, Target, TestRole};
use crate::resolve::Found;
use crate::testmain::{self, Origin};
use grus_syntax::{File, ParseOptions, SourceMap};
use std::sync::Arc;

impl Loader<'_> {
    /// Loads the test binary of a package: the package with its test files in place of the package as others
    /// import it, its external test package if there is one, and a generated main package. They are the roots,
    /// in this order. A package without test files is the only root.
    ///
    /// # Errors
    /// The messages of the `go` command, in its words.
    pub fn load_test(mut self, target: &Target, implicit: &[&str]) -> Result<Loaded, Vec<String>> {
        let mut wave = Vec::new();
        let tested = match self.target(target, &mut wave) {
            Ok(id) => id,
            Err(e) => return Err(vec![e]),
        };
        self.loaded.roots.push(tested);
        self.tested = Some(tested);
        if self.overlay.replaces(&self.loaded[tested].path) && self.loaded[tested].std {
            return Err(vec![format!("not yet supported: tests of package {}", self.loaded[tested].path)]);
        }
        let mut wave = self.wave(wave);
        if self.loaded[tested].test.is_none() && self.loaded.roots.len() == 1 || !self.errors.is_empty() {
            return if self.errors.is_empty() { Ok(self.loaded) } else { Err(self.errors) };
        }
        self.add_main(tested, &mut wave);
        for path in implicit {
            match self.resolver.resolve(path, Some("runtime")) {
                Ok(found) => {
                    self.add(found, None, None, &mut wave);
                }
                Err(e) => self.errors.push(e),
            }
        }
        self.finish(wave)
    }

    /// Adds the generated main package of a test binary.
    fn add_main(&mut self, tested: PackageId, wave: &mut Vec<Pending>) {
        let package = &self.loaded[tested];
        let path = package.path.clone();
        let present = [!package.files.is_empty(), self.loaded.roots.len() > 1];
        let module = package.module.as_ref().map_or(String::new(), |m| m.path.clone());
        let text = self.test_funcs.source(&path, &module, present);
        let file = match SourceMap::global().add(testmain::FILE_NAME, text.into_bytes()) {
            Ok(file) => file,
            Err(e) => return self.errors.push(e.to_string()),
        };
        let parsed = grus_syntax::parse_file(&file, &ParseOptions::default());
        let found = Found {
            path: format!("{path}.test"),
            dir: package.dir.clone(),
            std: false,
            go_minor: crate::context::GO_MINOR,
            module: package.module.clone(),
        };
        let main = self.push(found, Some(TestRole::Main));
        self.loaded.roots.push(main);
        for (decl, _, import) in parsed.file.imports() {
            let pos = parsed.file.decls[decl].pos;
            // The two test packages are here already; all others are of the standard library.
            let id = match self.by_path.get(import.as_str()) {
                Some(&id) => id,
                None => match self.resolver.resolve(&import, Some("testing")) {
                    Ok(found) => self.add(found, None, Some((pos, main)), wave),
                    Err(e) => {
                        self.errors.push(e);
                        continue;
                    }
                },
            };
            self.loaded.packages[main.0 as usize].imports.push((import, id));
        }
        let package = &mut self.loaded.packages[main.0 as usize];
        package.name = "main".into();
        package.diagnostics = parsed.diagnostics;
        package.files = vec![Arc::new(parsed.file)];
    }

    /// Takes the files of the external test package out of those of a package, and notes the test functions
    /// of all test files.
    pub(super) fn split_tests(&mut self, id: PackageId, files: &mut Vec<Arc<File>>) -> Vec<Arc<File>> {
        if self.tested != Some(id) {
            return Vec::new();
        }
        let is_test = |f: &File| self.test_files.contains(&**f.source.name());
        let is_external =
            |f: &File| is_test(f) && f.pkg_name.is_some_and(|n| f.name(n).as_str().ends_with("_test"));
        let internal = files.iter().any(|f| is_test(f) && !is_external(f));
        // What is wrong with a file that cannot be parsed is reported when it is compiled.
        let diagnostics = &self.loaded[id].diagnostics;
        let wrong = |f: &File| diagnostics.iter().any(|d| f.source.contains(d.pos));
        for file in files.iter().filter(|f| is_test(f) && !wrong(f)) {
            let origin = if is_external(file) { Origin::External } else { Origin::Internal };
            if let Err(e) = self.test_funcs.add_file(file, origin) {
                self.errors.push(e);
            }
        }
        let (external, own): (Vec<_>, Vec<_>) =
            std::mem::take(files).into_iter().partition(|f| is_external(f));
        *files = own;
        let main = |f: &Arc<File>| f.pkg_name.is_some_and(|n| f.name(n).as_str() == "main");
        if internal || (!external.is_empty() && files.iter().any(main)) {
            self.loaded.packages[id.0 as usize].test = Some(TestRole::Tested);
        }
        external
    }
}
