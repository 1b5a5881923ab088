//! What every command begins with: the Go tree, the build context, the main module, and the packages
//! that the user names.

use crate::cache::Cache;
use crate::embedded::OverlaySource;
use crate::flags::Flags;
use crate::timing::Timer;
use grus_packages::context::BuildContext;
use grus_packages::godebug::Table;
use grus_packages::load::{Loaded, Loader, NoOverlay, Overlay, Target};
use grus_packages::modules::{Choice, Modules};
use grus_packages::patterns;
use grus_packages::resolve::Resolver;
use std::path::PathBuf;

/// The environment of a command.
pub struct Session {
    pub cwd: PathBuf,
    pub context: BuildContext,
    pub resolver: Resolver,
    pub timer: Timer,
    pub cache: Option<Cache>,
    /// Print the names of packages as they are compiled.
    pub verbose: bool,
    /// The process ends when the next program is built: its memory is left to the kernel.
    pub ends: bool,
}

impl Session {
    /// Finds everything.
    ///
    /// # Errors
    /// One clear message.
    pub fn new(flags: &Flags) -> Result<Session, String> {
        if let Some(dir) = &flags.chdir {
            std::env::set_current_dir(dir).map_err(|e| {
                format!("go: chdir {}: {}", dir.display(), grus_packages::load::io_message(&e))
            })?;
        }
        let cwd = std::env::current_dir().map_err(|e| format!("cannot tell the working directory: {e}"))?;
        let goroot = grus_packages::goroot::find(flags.goroot.as_deref())?;
        let goarch = match &flags.target {
            Some(arch) => arch.clone(),
            None => goarch()?,
        };
        let choice = Choice {
            mode: flags.mod_mode.clone(),
            modfile: flags.modfile.clone(),
            gowork: std::env::var("GOWORK").unwrap_or_default(),
            local: grus_packages::goroot::version(&goroot).trim_start_matches("go").to_string(),
        };
        let local = choice.local.clone();
        let mut modules = Modules::find(&cwd, choice)?;
        let src = goroot.join("src");
        if modules.list.iter().any(|m| m.dir == src || m.dir == src.join("cmd")) {
            // In the Go tree the packages are those of the standard library.
            modules = Modules { choice: Choice { local, ..Choice::default() }, ..Modules::default() };
        }
        let mut resolver = Resolver::new(goroot, modules);
        resolver.tags.clone_from(&flags.tags);
        resolver.named = flags
            .operands
            .iter()
            .filter(|o| !o.ends_with(".go") && !o.starts_with(['.', '/']))
            .cloned()
            .collect();
        let context = BuildContext::new(&goarch).with_tags(flags.tags.iter().map(String::as_str));
        let cache = Cache::open(flags.rebuild_all)?;
        let timer = Timer::new(flags.time);
        Ok(Session { cwd, context, resolver, timer, cache, verbose: flags.verbose, ends: false })
    }

    /// Loads what is to be compiled, with the known GODEBUG settings. Settings that are wrong are
    /// reported here, or with the package that has them.
    ///
    /// # Errors
    /// The messages of the `go` command.
    pub fn load_program(&self, flags: &Flags) -> Result<(Loaded, Table), Vec<String>> {
        let table = self.godebugs()?;
        let mut loaded = self.load(flags, true)?;
        table.check_directives(&mut loaded);
        Ok((loaded, table))
    }

    /// The known GODEBUG settings; those of the main module have been checked.
    fn godebugs(&self) -> Result<Table, Vec<String>> {
        let table = Table::read(self.resolver.goroot()).map_err(|e| vec![e])?;
        let (settings, file) = self.resolver.modules.godebug();
        table.check_file(settings, &file, &self.cwd).map_err(|e| vec![e])?;
        Ok(table)
    }

    /// Loads the packages named by the operands. For code generation the overlay replaces parts of
    /// the standard library, and packages that generated code needs are loaded too.
    ///
    /// # Errors
    /// The messages of the `go` command.
    pub fn load(&self, flags: &Flags, for_build: bool) -> Result<Loaded, Vec<String>> {
        let targets = patterns::expand(&flags.operands, &self.resolver, &self.context, &self.cwd, false)
            .map_err(|e| vec![e])?;
        let embedded = OverlaySource::from_env();
        let overlay: &dyn Overlay = if for_build { &embedded } else { &NoOverlay };
        let implicit: &[&str] = if for_build { &["runtime"] } else { &[] };
        let loader = Loader::new(&self.resolver, &self.context, overlay, &self.cwd);
        let loaded = self.timer.phase("load", || loader.load(&targets, implicit))?;
        self.timer.count("load", "packages", loaded.packages.len() as u64);
        self.timer.count("load", "lines", loaded.lines);
        self.timer.count("load", "bytes", loaded.bytes);
        Ok(loaded)
    }

    /// Loads the test binary of a package.
    ///
    /// # Errors
    /// The messages of the `go` command.
    pub fn load_test(&self, target: &Target) -> Result<(Loaded, Table), Vec<String>> {
        let table = self.godebugs()?;
        let overlay = OverlaySource::from_env();
        let loader = Loader::new(&self.resolver, &self.context, &overlay, &self.cwd);
        let mut loaded = self.timer.phase("load", || loader.load_test(target, &["runtime"]))?;
        self.timer.count("load", "packages", loaded.packages.len() as u64);
        self.timer.count("load", "lines", loaded.lines);
        self.timer.count("load", "bytes", loaded.bytes);
        table.check_directives(&mut loaded);
        Ok((loaded, table))
    }
}

/// The architecture to build for, in Go's name.
///
/// # Errors
/// Names the supported ones.
pub fn goarch() -> Result<String, String> {
    let os = std::env::var("GOOS").unwrap_or_default();
    let arch = match std::env::var("GOARCH") {
        Ok(a) if !a.is_empty() => a,
        _ => host_arch().into(),
    };
    let shown = if os.is_empty() { "linux" } else { &os };
    if shown != "linux" || !["amd64", "arm64"].contains(&arch.as_str()) {
        return Err(format!(
            "unsupported GOOS/GOARCH pair {shown}/{arch}: grus builds linux/amd64 and linux/arm64"
        ));
    }
    Ok(arch)
}

/// Go's name of the architecture that this program runs on.
pub fn host_arch() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}
