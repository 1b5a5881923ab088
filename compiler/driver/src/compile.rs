//! `grus build` and `grus run`: the pipeline from packages to an executable.

use crate::buildinfo;
use crate::cache::functions::Functions;
use crate::cache::programs;
use crate::check::{check, report_errors};
use crate::checked::Options;
use crate::child;
use crate::contents;
use crate::embedded;
use crate::emit;
use crate::execute;
use crate::flags::{Emit, Flags};
use crate::frontend::{Program, SourcePositions};
use crate::ldflags::{self, LinkFlags};
use crate::report;
use crate::session::Session;
use crate::trimpath::TrimPath;
use crate::unsupported::in_source;
use grus_codegen::{
    Amd64Level, Arch, FunctionCache, ObjectOptions, Target, compile_program_with, dump_function,
};
use grus_ir::{Function, Positions, Symbols};
use grus_link::{ArchiveSymbols, Input, Machine, Strip, link, write_executable};
use grus_lower::cx::Arch as LowerArch;
use grus_lower::program::{Options as LowerOptions, lower_program};
use grus_packages::godebug;
use grus_packages::load::{Loaded, PackageId, io_message};
use grus_syntax::{Diagnostic, Pos};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Messages that end a command, each a line or more.
pub type Failure = Vec<String>;

/// `grus build`. Returns the exit code.
///
/// # Errors
/// Messages to print.
pub fn build(flags: &Flags) -> Result<i32, Failure> {
    let mut session = Session::new(flags).map_err(|e| vec![e])?;
    let only_tests = |o: &String| o.ends_with("_test.go") && session.cwd.join(o).is_file();
    if !flags.operands.is_empty() && flags.operands.iter().all(only_tests) {
        // A package without files that a build compiles.
        return Ok(0);
    }
    let (loaded, godebugs) = session.load_program(flags)?;
    let mains: Vec<PackageId> = loaded.roots.iter().copied().filter(|&r| loaded[r].name == "main").collect();
    let many_into_folder = match &flags.output {
        Some(o) => o.is_dir() || o.as_os_str().as_encoded_bytes().ends_with(b"/"),
        None => false,
    };
    if flags.output.is_some() && loaded.roots.len() > 1 && !many_into_folder {
        return Err(vec![
            "go: cannot write multiple packages to non-directory ".to_string()
                + &flags.output.as_deref().unwrap_or(Path::new("")).display().to_string(),
        ]);
    }
    if flags.output.is_some() && mains.is_empty() {
        return Err(vec![match many_into_folder {
            true => "go: no main packages to build".to_string(),
            false => "not yet supported: -o for a package that is not a program".to_string(),
        }]);
    }
    let code = match mains[..] {
        [main] if loaded.roots.len() == 1 => {
            let output = output_path(flags, &session, &loaded, main)?;
            session.ends = true;
            let code = compile(&session, &loaded, main, flags, &godebugs, Some(&output))?;
            std::mem::forget(loaded);
            code
        }
        _ if many_into_folder => {
            let mut code = 0;
            for &main in &mains {
                // Each program is loaded by itself: what it does not import is no part of it.
                let operands = vec![loaded[main].dir.to_string_lossy().into_owned()];
                let one = Flags { operands, ..flags.clone() };
                let (loaded, godebugs) = session.load_program(&one)?;
                let main = loaded.roots[0];
                let output = output_path(flags, &session, &loaded, main)?;
                code = compile(&session, &loaded, main, flags, &godebugs, Some(&output))?;
                if code != 0 {
                    break;
                }
            }
            code
        }
        // Everything that the packages declare is compiled as if it were one program, which is not linked.
        _ if flags.debug.iter().any(|d| d == WHOLE) => {
            let main = mains.first().or(loaded.roots.first()).copied();
            let main = main.ok_or_else(|| vec!["no packages to build".to_string()])?;
            compile(&session, &loaded, main, flags, &godebugs, None)?
        }
        // Several packages, or none that is a program: they are only checked.
        _ => {
            let checked = check(&session, &loaded, Options::default());
            let errors = report_errors(&session, &loaded, &checked, flags.all_errors);
            eprint!("{errors}");
            i32::from(!errors.is_empty())
        }
    };
    session.timer.report();
    Ok(code)
}

/// `grus run`. Returns the exit code.
///
/// # Errors
/// Messages to print.
pub fn run(flags: &Flags) -> Result<i32, Failure> {
    let session = Session::new(flags).map_err(|e| vec![e])?;
    if flags.operands.is_empty() {
        return Err(vec!["go: no go files listed".into()]);
    }
    let first = &flags.operands[0];
    if first.ends_with(".go") {
        // Here, all names that end so are files.
        for file in &flags.operands {
            match std::fs::metadata(session.cwd.join(file)) {
                Err(e) => return Err(vec![format!("stat {file}: {}", io_message(&e))]),
                Ok(m) if m.is_dir() => {
                    return Err(vec![format!("{file} is a directory, should be a Go file")]);
                }
                Ok(_) if file.ends_with("_test.go") => {
                    return Err(vec![format!("go: cannot run *_test.go files ({file})")]);
                }
                Ok(_) => {}
            }
        }
    }
    let (mut loaded, godebugs) = session.load_program(flags)?;
    if first.contains("...") || ["std", "cmd", "all"].contains(&&**first) {
        let all = loaded.roots.len();
        loaded.roots = loaded.roots.iter().copied().filter(|&r| loaded[r].name == "main").collect();
        if loaded.roots.is_empty() {
            if all > 0 {
                eprintln!("go: warning: {first:?} matched only non-main packages");
            }
            return Err(vec![format!("go: no packages loaded from {first}")]);
        }
    }
    let [main] = loaded.roots[..] else {
        let names: Vec<&str> = loaded.roots.iter().map(|&r| &*loaded[r].path).collect();
        let names = names.join("\n\t");
        return Err(vec![format!("go: pattern {first} matches multiple packages:\n\t{names}")]);
    };
    if loaded[main].name != "main" {
        return Err(vec![format!("package {} is not a main package", loaded[main].path)]);
    }
    let dir = tempfile::tempdir().map_err(|e| vec![format!("cannot create a temporary folder: {e}")])?;
    let exe = flags.output.clone().unwrap_or_else(|| dir.path().join(default_name(&loaded, main)));
    let code = compile(&session, &loaded, main, flags, &godebugs, Some(&exe))?;
    session.timer.report();
    if code != 0 {
        return Ok(code);
    }
    run_program(&session, &flags.exec, &exe, &flags.program_args)
}

/// Runs a built program, perhaps through another one, and reports how it ended with the words of the
/// `go` command.
fn run_program(session: &Session, through: &[String], exe: &Path, args: &[String]) -> Result<i32, Failure> {
    let status = execute::start(session, through, exe, |mut command| {
        child::find_go_first(session, &mut command);
        command.args(args).status()
    })
    .map_err(|e| vec![e])?;
    match status.code() {
        Some(0) => return Ok(0),
        Some(code) => eprintln!("exit status {code}"),
        None => eprintln!("{}", child::signal_text(status)),
    }
    Ok(1)
}

/// Name of a program: the first file's or the last element of the import path.
pub fn default_name(loaded: &Loaded, main: PackageId) -> String {
    let package = &loaded[main];
    if package.path == "command-line-arguments" {
        let first = package.files.first().map(|f| f.source.name().to_string()).unwrap_or_default();
        let stem = Path::new(&first).file_stem().unwrap_or_default();
        return stem.to_string_lossy().into_owned();
    }
    // The last element that is not the major version of the module.
    let is_version = |e: &str| {
        let digits = e.strip_prefix('v').unwrap_or_default();
        !digits.starts_with('0')
            && digits != "1"
            && !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let mut elements = package.path.rsplit('/');
    let last = elements.next().unwrap_or("main");
    if is_version(last) { elements.next().unwrap_or(last).to_string() } else { last.to_string() }
}

fn output_path(
    flags: &Flags,
    session: &Session,
    loaded: &Loaded,
    main: PackageId,
) -> Result<PathBuf, Failure> {
    let name = default_name(loaded, main);
    match &flags.output {
        None => Ok(session.cwd.join(name)),
        Some(o) if o.is_dir() => Ok(o.join(name)),
        Some(o) if o.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            let made = std::fs::create_dir_all(o);
            made.map_err(|e| vec![format!("mkdir {}: {}", o.display(), io_message(&e))])?;
            Ok(o.join(name))
        }
        Some(o) => Ok(o.clone()),
    }
}

/// The debug switch `-d=whole`: lower everything that is declared, whether or not anything reaches it. The rest of
/// the pipeline follows with `--emit=obj` only.
const WHOLE: &str = "whole";

/// Compiles a program. Returns the exit code; errors in the program have been printed then.
pub fn compile(
    session: &Session,
    loaded: &Loaded,
    main: PackageId,
    flags: &Flags,
    godebugs: &godebug::Table,
    output: Option<&Path>,
) -> Result<i32, Failure> {
    let whole = flags.debug.iter().any(|d| d == WHOLE);
    let verify = cfg!(debug_assertions) || std::env::var_os("GRUS_VERIFY").is_some();
    let modules = &session.resolver.modules;
    let go_version = modules.go_version().unwrap_or(&modules.choice.local);
    let godebug_default = godebugs.of_program(go_version, modules.godebug().0, loaded, main);
    let module_info =
        buildinfo::module_info(session, flags, loaded, main, &godebug_default).map_err(|e| vec![e])?;
    let linker_args = ldflags::arguments(&flags.ldflags, &loaded[main], &session.cwd);
    let link_flags = LinkFlags::parse(linker_args);
    let key = match (&session.cache, &link_flags, output) {
        (Some(cache), Ok(link), Some(output)) if flags.emit.is_none() && !whole => {
            let settings = programs::Settings {
                flags,
                verify,
                link,
                goarch: &session.context.goarch,
                go_version,
                release: &modules.choice.local,
                godebug_default: &godebug_default,
                module_info: &module_info,
            };
            let key = session.timer.phase("cache", || programs::key(loaded, main, &settings));
            if let Some(exe) = key.and_then(|k| session.timer.phase("cache", || cache.program(&k))) {
                write_executable(output, &exe).map_err(|e| vec![format!("grus: {e}")])?;
                session.timer.count("cache", "bytes", exe.len() as u64);
                return Ok(0);
            }
            key
        }
        _ => None,
    };
    let refused = in_source(loaded);
    if !refused.is_empty() {
        return unsupported(session, &refused);
    }
    let checked = check(session, loaded, Options::default());
    let errors = report_errors(session, loaded, &checked, flags.all_errors);
    if !errors.is_empty() {
        eprint!("{errors}");
        return Ok(1);
    }
    match &flags.emit {
        Some(Emit::Ast) => {
            print!("{}", emit::ast(&checked, main, flags.func.as_deref()));
            return Ok(0);
        }
        Some(Emit::Types) => {
            print!("{}", emit::types(&checked, main, flags.func.as_deref()));
            return Ok(0);
        }
        _ => {}
    }
    let store = &checked.store;
    let has_main = whole
        || checked.decls(main).is_some_and(|d| {
            store.scope(store.pkg(d.pkg).scope).lookup(grus_syntax::Symbol::intern("main")).is_some()
        });
    if !has_main {
        eprintln!(
            "# {}\nruntime.main_main·f: function main is undeclared in the main package",
            loaded[main].path
        );
        return Ok(1);
    }

    let arch =
        Arch::from_goarch(&session.context.goarch).expect("the session names a supported architecture");
    let target = Target::new(arch, Amd64Level::V1, verify);
    let only_object = flags.emit == Some(Emit::Obj);
    let archive = match embedded::archive(arch.rust_name()) {
        // Nothing is linked, and what only that archive defines may stay undefined.
        Err(_) if only_object => embedded::archive(std::env::consts::ARCH),
        archive => archive,
    };
    let archive = archive.map_err(|e| vec![e])?;
    let natives = ArchiveSymbols::read(archive).map_err(|e| vec![e.to_string()])?;
    let entries: Vec<&str> =
        natives.undefined.iter().map(String::as_str).filter(|s| s.contains('.')).collect();

    let in_linking = |errors: Vec<String>| vec![format!("# {}\n{}", loaded[main].path, errors.join("\n"))];
    let mut link_flags = link_flags.map_err(|e| in_linking(vec![e]))?;
    if loaded[main].test.is_some() {
        // What `testing.Testing` looks at.
        link_flags.definitions.push(("testing".into(), "testBinary".into(), "1".into()));
    }
    let mut values = HashMap::new();
    let errors = contents::embedded(&checked, &mut values);
    for (id, list) in &errors {
        eprint!(
            "{}",
            report::package_errors(&session.cwd, &loaded[*id].path, list.clone(), flags.all_errors)
        );
    }
    if !errors.is_empty() {
        return Ok(1);
    }
    contents::definitions(&checked, main, &link_flags, &mut values).map_err(in_linking)?;
    let front = Program::new(&checked, main, values);
    let verify_lowered = |f: &Function, symbols: &Symbols| {
        if verify {
            grus_ir::verify::assert_valid(f, symbols, "lowering");
        }
    };
    let options = LowerOptions {
        arch: if arch == Arch::X86_64 { LowerArch::Amd64 } else { LowerArch::Arm64 },
        has_fma: target.features.fma,
        native: &|name| natives.defined.contains(name),
        undefined_ok: only_object,
        whole,
        entries: &entries,
        check: &verify_lowered,
    };
    let mut program = match session.timer.phase("lower", || lower_program(&front, &options)) {
        Ok(p) => p,
        Err(diags) => return unsupported(session, &diags),
    };
    program.positions =
        Positions::new(Box::new(SourcePositions { trim: flags.trimpath.then(|| TrimPath::new(loaded)) }));
    session.timer.count("lower", "functions", program.funcs.len() as u64);
    if flags.time {
        session.timer.count("lower", "instructions", instructions(&program));
    }
    session.timer.count("lower", "data objects", program.datas.len() as u64);
    if whole && flags.emit.is_none() {
        eprintln!("{} functions lowered", program.funcs.len());
        return Ok(0);
    }
    let last = match &flags.emit {
        Some(Emit::Ir(Some(pass))) => Some(pass.as_str()),
        _ => None,
    };
    let passes = session.timer.phase("optimize", || grus_opt::optimize(&mut program, last, verify));
    session.timer.parts("optimize", passes);
    session.timer.count("optimize", "functions", program.funcs.len() as u64);
    if flags.time {
        session.timer.count("optimize", "instructions left", instructions(&program));
    }

    if let Some(emit) = flags.emit.as_ref().filter(|_| !only_object) {
        return emit_text(&program, &target, emit, flags.func.as_deref());
    }

    let object_options = ObjectOptions {
        go_version: format!("go{}", modules.choice.local),
        dwarf: link_flags.extras.strip == Strip::Nothing,
        module_info,
        godebug_default,
        default_goroot: match flags.trimpath {
            true => String::new(),
            false => session.resolver.goroot().display().to_string(),
        },
    };
    let functions = session.cache.as_ref().map(|c| Functions::new(c, &loaded[main].dir.to_string_lossy()));
    let compiled = session.timer.phase("codegen", || {
        let functions = functions.as_ref().map(|f| f as &dyn FunctionCache);
        compile_program_with(&program, &target, &object_options, functions)
    });
    let object = match compiled {
        Ok(compiled) => {
            session.timer.count("codegen", "functions", compiled.functions as u64);
            session.timer.count("codegen", "from the cache", compiled.reused as u64);
            compiled.object
        }
        Err(diags) => {
            let diags: Vec<Diagnostic> =
                diags.into_iter().map(|d| Diagnostic::new(Pos::from_u32(d.pos), d.message)).collect();
            return unsupported(session, &diags);
        }
    };
    session.timer.count("codegen", "object bytes", object.len() as u64);
    if let Some(f) = functions {
        session.timer.phase("cache", || f.save());
    }
    if only_object {
        let path = match (&flags.output, output) {
            (None, Some(exe)) => exe.with_added_extension("o"),
            (Some(path), _) => path.clone(),
            (None, None) => "main.o".into(),
        };
        std::fs::write(&path, object).map_err(|e| vec![format!("grus: {}: {e}", path.display())])?;
        return Ok(0);
    }
    let machine = match arch {
        Arch::X86_64 => Machine::X86_64,
        Arch::Aarch64 => Machine::Aarch64,
    };
    let inputs = vec![Input::new("program.o", object), Input::new("libgrus_runtime.a", archive)];
    let linked = session.timer.phase("link", || link(machine, inputs, link_flags.extras));
    let exe = linked.map_err(|e| vec![format!("grus: {e}")])?;
    session.timer.count("link", "bytes", exe.len() as u64);
    if let (Some(cache), Some(key)) = (&session.cache, &key) {
        session.timer.phase("cache", || cache.keep_program(key, &exe));
    }
    if let Some(path) = output {
        write_executable(path, &exe).map_err(|e| vec![format!("grus: {e}")])?;
    }
    if session.ends {
        // To free every piece takes longer than to link.
        std::mem::forget(program);
        std::mem::forget(front);
        std::mem::forget(checked);
    }
    Ok(0)
}

/// How many instructions the blocks of all functions have.
fn instructions(program: &grus_ir::Program) -> u64 {
    let of = |f: &Function| f.layout.iter().map(|&b| f.blocks[b].insts.len() as u64).sum::<u64>();
    program.funcs.iter().map(of).sum()
}

/// Prints errors found after the type check; they concern no package in particular.
fn unsupported(session: &Session, diags: &[Diagnostic]) -> Result<i32, Failure> {
    let mut lines: Vec<String> = diags.iter().map(|d| report::diagnostic(&session.cwd, d)).collect();
    lines.dedup();
    for line in lines {
        eprintln!("{line}");
    }
    Ok(1)
}

/// `--emit`: prints functions, all of them or the named one.
fn emit_text(
    program: &grus_ir::Program,
    target: &Target,
    emit: &Emit,
    only: Option<&str>,
) -> Result<i32, Failure> {
    let symbols = &program.symbols;
    let mut funcs: Vec<&Function> = program.funcs.iter().collect();
    funcs.sort_by_key(|f| symbols.name(f.sym));
    for f in funcs.into_iter().filter(|f| only.is_none_or(|n| symbols.name(f.sym) == n)) {
        match emit {
            Emit::Ir(_) => println!("{}", f.display(symbols)),
            Emit::Clif | Emit::Asm => {
                let dumps = dump_function(symbols, target, f).map_err(|d| vec![d.message])?;
                println!("{}", if *emit == Emit::Clif { dumps.clif } else { dumps.asm });
            }
            other => return Err(vec![format!("not yet supported: --emit of {other:?}")]),
        }
    }
    Ok(0)
}
