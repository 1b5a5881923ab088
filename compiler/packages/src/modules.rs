//! The main modules of a build: the one whose folder contains the working directory, or those of a
//! workspace (go.work).

use crate::gomod::{GoMod, GoWork, Godebug, ModError, Replace};
use crate::load::{clean, io_message, relative};
use crate::modfile::GoVersion;
use std::path::{Path, PathBuf};

/// A module whose sources are worked on.
#[derive(Clone, Debug)]
pub struct MainModule {
    /// Folder of the go.mod.
    pub dir: PathBuf,
    pub gomod: GoMod,
}

impl MainModule {
    /// Import path of a folder inside the module.
    pub fn import_path(&self, dir: &Path) -> Option<String> {
        let rel = dir.strip_prefix(&self.dir).ok()?;
        let mut path = self.gomod.module.clone();
        for part in rel.components() {
            path.push('/');
            path += &part.as_os_str().to_string_lossy();
        }
        Some(path)
    }

    /// The folder of an import path inside the module.
    fn folder(&self, path: &str) -> Option<PathBuf> {
        match path.strip_prefix(self.gomod.module.as_str())? {
            "" => Some(self.dir.clone()),
            rest => rest.strip_prefix('/').map(|r| self.dir.join(r)),
        }
    }
}

/// What a command says about modules.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// `-mod`.
    pub mode: Option<String>,
    /// `-modfile`.
    pub modfile: Option<PathBuf>,
    /// `GOWORK`: `off`, a file, or empty.
    pub gowork: String,
    /// The release of the Go tree, without `go`.
    pub local: String,
}

/// The main modules; none outside of a module.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    pub list: Vec<MainModule>,
    /// The workspace file, if there is one.
    pub work: Option<(PathBuf, GoWork)>,
    pub choice: Choice,
    /// The `vendor` folder, if imports come from it.
    pub vendor: Option<PathBuf>,
}

impl Modules {
    /// Finds the go.work or go.mod in `cwd` or above.
    ///
    /// # Errors
    /// The message of the `go` command if a file cannot be used.
    pub fn find(cwd: &Path, choice: Choice) -> Result<Modules, String> {
        let modules = Modules { choice, ..Modules::default() };
        let work = match modules.choice.gowork.as_str() {
            "off" => None,
            "" => cwd.ancestors().map(|d| d.join("go.work")).find(|f| f.is_file()),
            file if !file.starts_with('/') => {
                return Err("go: invalid GOWORK: not an absolute path".into());
            }
            file => Some(PathBuf::from(file)),
        };
        match work {
            Some(file) => modules.workspace(cwd, file),
            None => modules.single(cwd),
        }
    }

    fn single(mut self, cwd: &Path) -> Result<Modules, String> {
        let Some(dir) = cwd.ancestors().find(|d| d.join("go.mod").is_file()) else {
            return match self.choice.modfile {
                Some(_) => {
                    Err("go: -modfile cannot be used with commands that ignore the current module".into())
                }
                None => Ok(self),
            };
        };
        let file = self.choice.modfile.as_ref().map_or_else(|| dir.join("go.mod"), |f| cwd.join(f));
        let module = self.read(cwd, dir, &file)?;
        let vendor = dir.join("vendor");
        let vendored = match self.choice.mode.as_deref() {
            Some(mode) => mode == "vendor",
            None => module.gomod.go_minor() >= 14 && vendor.is_dir(),
        };
        if vendored {
            check_vendor(&module, &vendor)?;
            self.vendor = Some(vendor);
        }
        self.list.push(module);
        Ok(self)
    }

    fn workspace(mut self, cwd: &Path, file: PathBuf) -> Result<Modules, String> {
        if let Some(mode) = self.choice.mode.as_deref().filter(|&m| m == "mod") {
            return Err(format!(
                "go: -mod may only be set to readonly or vendor when in workspace mode, but it is set to {mode:?}\n\t\
                 Remove the -mod flag to use the default readonly value, \n\tor set GOWORK=off to disable workspace mode."
            ));
        }
        let shown = relative(cwd, &file.to_string_lossy());
        let text = std::fs::read_to_string(&file)
            .map_err(|e| format!("go: reading go.work: open {shown}: {}", io_message(&e)))?;
        let work = GoWork::parse(&text, &file.to_string_lossy()).map_err(|e| e.message(&shown))?;
        self.check_version(work.go_version(), &shown)?;
        let root = file.parent().unwrap_or(cwd).to_path_buf();
        let mut seen: Vec<PathBuf> = Vec::new();
        for used in &work.uses {
            let dir = clean(&root.join(used));
            if seen.contains(&dir) {
                return Err(format!(
                    "go: error loading go.work:\n{shown}: path {} appears multiple times in workspace",
                    dir.display()
                ));
            }
            let gomod = dir.join("go.mod");
            if !gomod.is_file() {
                return Err(format!(
                    "go: cannot load module {} listed in go.work file: open {}: no such file or directory",
                    relative(cwd, &dir.to_string_lossy()),
                    relative(cwd, &gomod.to_string_lossy())
                ));
            }
            let module = self.read(cwd, &dir, &gomod)?;
            let (theirs, ours) =
                (GoVersion::parse(module.gomod.go_version()), GoVersion::parse(work.go_version()));
            if theirs > ours && theirs >= GoVersion::parse("1.21") {
                return Err(format!(
                    "go: module {} listed in go.work file requires go >= {}, but go.work lists go {}; to update it:\n\tgo work use",
                    relative(cwd, &dir.to_string_lossy()),
                    module.gomod.go_version(),
                    work.go_version()
                ));
            }
            self.list.push(module);
            seen.push(dir);
        }
        if self.list.is_empty() {
            return Err("go: no modules were found in the current workspace; see 'go help work'".into());
        }
        self.work = Some((file, work));
        Ok(self)
    }

    fn read(&self, cwd: &Path, dir: &Path, file: &Path) -> Result<MainModule, String> {
        let shown = relative(cwd, &file.to_string_lossy());
        let text = match std::fs::read(file) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(e) if self.choice.modfile.is_some() => {
                return Err(format!("go: open {shown}: {}", io_message(&e)));
            }
            Err(e) => return Err(format!("go: error reading {shown}: open {shown}: {}", io_message(&e))),
        };
        let gomod = GoMod::parse(&text, &file.to_string_lossy()).map_err(|e: ModError| e.message(&shown))?;
        self.check_version(gomod.go_version(), &shown)?;
        Ok(MainModule { dir: dir.to_path_buf(), gomod })
    }

    fn check_version(&self, wanted: &str, shown: &str) -> Result<(), String> {
        let local = &self.choice.local;
        match (GoVersion::parse(wanted), GoVersion::parse(local)) {
            (Some(w), Some(l)) if w > l => {
                Err(format!("go: {shown} requires go >= {wanted} (running go {local}; GOTOOLCHAIN=local)"))
            }
            _ => Ok(()),
        }
    }

    /// The main module that a folder belongs to.
    pub fn containing(&self, dir: &Path) -> Option<&MainModule> {
        let found = self.list.iter().filter(|m| dir.starts_with(&m.dir));
        let module = found.max_by_key(|m| m.dir.as_os_str().len())?;
        // A go.mod in between begins another module.
        let nested = dir.ancestors().take_while(|d| *d != module.dir).any(|d| d.join("go.mod").is_file());
        (!nested).then_some(module)
    }

    /// The main module that an import path belongs to, and the folder, which need not exist.
    pub fn of_import(&self, path: &str) -> Option<(&MainModule, PathBuf)> {
        let found = self.list.iter().filter_map(|m| Some((m, m.folder(path)?)));
        found.max_by_key(|(m, _)| m.gomod.module.len())
    }

    /// The `go` version that decides about default GODEBUG settings; none outside of a module.
    pub fn go_version(&self) -> Option<&str> {
        match &self.work {
            Some((_, work)) => Some(work.go_version()),
            None => self.list.first().map(|m| m.gomod.go_version()),
        }
    }

    /// The `godebug` settings, and the file they stand in.
    pub fn godebug(&self) -> (&[Godebug], PathBuf) {
        match (&self.work, self.list.first()) {
            (Some((file, work)), _) => (&work.godebug, file.clone()),
            (None, Some(m)) => {
                let file = self.choice.modfile.clone().unwrap_or_else(|| m.dir.join("go.mod"));
                (&m.gomod.godebug, file)
            }
            (None, None) => (&[], PathBuf::new()),
        }
    }

    /// Whether imports may come from modules that are not main ones.
    pub fn has_requirements(&self) -> bool {
        self.list.iter().any(|m| !m.gomod.require.is_empty())
    }
}

/// Package path → what `vendor/modules.txt` says of its module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VendorList {
    pub modules: Vec<VendoredModule>,
    /// Path of a package → index of its module.
    pub packages: std::collections::BTreeMap<String, usize>,
}

/// A module of `vendor/modules.txt`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VendoredModule {
    pub path: String,
    pub version: Option<String>,
    pub replace: Option<(String, Option<String>)>,
    pub explicit: bool,
    /// The `go` line.
    pub go: Option<String>,
}

impl VendorList {
    /// Parses a `modules.txt`.
    pub fn parse(text: &str) -> VendorList {
        let mut list = VendorList::default();
        let mut in_module = false;
        for line in text.lines() {
            if let Some(notes) = line.strip_prefix("## ") {
                let Some(m) = list.modules.last_mut().filter(|_| in_module) else { continue };
                for note in notes.split(';').map(str::trim) {
                    if note == "explicit" {
                        m.explicit = true;
                    } else if let Some(v) = note.strip_prefix("go ") {
                        m.go = Some(v.trim().into());
                    }
                }
            } else if let Some(rest) = line.strip_prefix("# ") {
                let words: Vec<&str> = rest.split_whitespace().collect();
                let arrow = words.iter().position(|&w| w == "=>").unwrap_or(words.len());
                let (old, new) = words.split_at(arrow);
                in_module = !old.is_empty();
                if in_module {
                    list.modules.push(VendoredModule {
                        path: old[0].into(),
                        version: old.get(1).map(|v| (*v).into()),
                        replace: new.get(1).map(|p| ((*p).into(), new.get(2).map(|v| (*v).into()))),
                        ..VendoredModule::default()
                    });
                }
            } else if !line.starts_with('#') && !line.trim().is_empty() && in_module {
                list.packages.insert(line.trim().into(), list.modules.len() - 1);
            }
        }
        list
    }
}

/// Checks that `vendor/modules.txt` agrees with go.mod.
fn check_vendor(module: &MainModule, vendor: &Path) -> Result<(), String> {
    if module.gomod.go_minor() < 14 {
        return Ok(());
    }
    let list = VendorList::parse(&std::fs::read_to_string(vendor.join("modules.txt")).unwrap_or_default());
    let mut wrong = String::new();
    let mut report = |path: &str, version: Option<&str>, why: &str| {
        let at = version.map_or(String::new(), |v| format!("@{v}"));
        wrong += &format!("\n\t{path}{at}: {why}");
    };
    for r in &module.gomod.require {
        let version = r.version.as_deref();
        let explicit = list.modules.iter().any(|m| m.explicit && m.path == r.path && m.version == r.version);
        if !explicit {
            // Modules without a `##` line at all are told apart.
            let why = match list.modules.iter().any(|m| m.path == r.path && m.version == r.version) {
                _ if list.modules.is_empty() || list.modules.iter().any(|m| m.explicit || m.go.is_some()) => {
                    "is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt"
                }
                true => continue,
                false => "is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt",
            };
            report(&r.path, version, why);
        }
    }
    let shown = |r: &Replace| match &r.new.version {
        Some(v) => format!("{}@{v}", r.new.path),
        None => r.new.path.clone(),
    };
    for r in &module.gomod.replace {
        let listed = list
            .modules
            .iter()
            .find(|m| m.path == r.old.path && (r.old.version.is_none() || m.version == r.old.version));
        match listed.map(|m| &m.replace) {
            Some(Some((path, version))) if *path == r.new.path && *version == r.new.version => {}
            Some(Some(_)) => report(
                &r.old.path,
                r.old.version.as_deref(),
                &format!(
                    "is replaced by {} in go.mod, but marked as replaced by another module in vendor/modules.txt",
                    shown(r)
                ),
            ),
            _ => report(
                &r.old.path,
                r.old.version.as_deref(),
                "is replaced in go.mod, but not marked as replaced in vendor/modules.txt",
            ),
        }
    }
    for m in list.modules.iter().filter(|m| m.explicit) {
        if !module.gomod.require.iter().any(|r| r.path == m.path) {
            let why = "is marked as explicit in vendor/modules.txt, but not explicitly required in go.mod";
            report(&m.path, m.version.as_deref(), why);
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "go: inconsistent vendoring in {}:{wrong}\n\n\tTo ignore the vendor directory, use -mod=readonly or -mod=mod.\n\t\
         To sync the vendor directory, run:\n\t\tgo mod vendor",
        module.dir.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(text: &str) -> MainModule {
        MainModule { dir: "/r".into(), gomod: GoMod::parse(text, "go.mod").unwrap() }
    }

    #[test]
    fn import_paths_of_folders() {
        let m = module("module ex.org/m\n");
        assert_eq!(m.import_path(Path::new("/r/a/b")).as_deref(), Some("ex.org/m/a/b"));
        assert_eq!(m.import_path(Path::new("/r")).as_deref(), Some("ex.org/m"));
        assert_eq!(m.import_path(Path::new("/s")), None);
        assert_eq!(m.folder("ex.org/m/x"), Some("/r/x".into()));
        assert_eq!(m.folder("ex.org/mx"), None);
    }

    #[test]
    fn vendor_lists() {
        let v = VendorList::parse(
            "# golang.org/x/crypto v0.1.0\n## explicit; go 1.25.0\nx/a\nx/b\n# y v1.0.0 => ../y\n## go 1.24\ny\n# z => ./z\n",
        );
        assert_eq!(v.modules[v.packages["x/b"]].go.as_deref(), Some("1.25.0"));
        assert!(v.modules[0].explicit && !v.modules[1].explicit);
        assert_eq!(v.modules[1].replace, Some(("../y".into(), None)));
        assert_eq!(v.modules[2].version, None);
    }

    #[test]
    fn vendor_folders_agree_with_the_module() {
        let dir = tempfile::tempdir().unwrap();
        let check = |gomod: &str, list: &str| {
            std::fs::write(dir.path().join("modules.txt"), list).unwrap();
            check_vendor(&module(gomod), dir.path())
        };
        let gomod = "module m\ngo 1.20\nrequire a.b/c v1.0.0\n";
        assert_eq!(check(gomod, "# a.b/c v1.0.0\n## explicit\na.b/c\n"), Ok(()));
        assert!(check(gomod, "# a.b/c v1.1.0\n## explicit\n").unwrap_err().contains(
            "go: inconsistent vendoring in /r:\n\ta.b/c@v1.0.0: is explicitly required in go.mod, but not marked"
        ));
        assert!(
            check("module m\ngo 1.20\n", "# a.b/c v1.1.0\n## explicit\n")
                .unwrap_err()
                .contains("but not explicitly required")
        );
    }
}
