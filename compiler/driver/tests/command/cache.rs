//! `GRUSCACHE`: what is kept between builds changes nothing but the time they take.

use crate::harness::Folder;
use std::fs;
use std::path::Path;

const PROGRAM: &str = r#"
-- go.mod --
module example.com/m

go 1.27
-- a.go --
package main

import (
	_ "embed"
	"fmt"
	"sort"

	"example.com/m/p"
)

//go:embed text.txt
var text string

func main() {
	list := []p.T[string]{{V: "b"}, {V: "a"}}
	sort.Slice(list, func(i, j int) bool { return list[i].V < list[j].V })
	fmt.Print(list, text, p.Double(21), "\n")
}
-- text.txt --
embedded
-- p/p.go --
package p

type T[E any] struct{ V E }

func (t T[E]) String() string { return "T" }

//go:noinline
func Double(n int) int {
	defer func() { recover() }()
	return n * 2
}
"#;

/// Builds and returns the executable and the table of phases.
fn build(folder: &Folder, cache: &str, extra: &[&str]) -> (Vec<u8>, String) {
    let args = [&["build", "--time", "-o", "prog"], extra, &["."]].concat();
    let log = folder.grus_with(&args, &[("GRUSCACHE", cache)]).ok();
    (fs::read(folder.path().join("prog")).expect("an executable"), log)
}

/// How many functions the phases say were compiled and were in the cache; none if the executable was.
fn functions(log: &str) -> Option<(u32, u32)> {
    let line = log.lines().find(|l| l.starts_with("codegen"))?;
    let number = |what: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.windows(2).position(|w| w[1].starts_with(what)).expect("a count");
        words[at].parse::<u32>().expect("a number")
    };
    let (all, cached) = (number("functions"), number("from"));
    Some((all - cached, cached))
}

fn edit(folder: &Folder, file: &str, from: &str, to: &str) {
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).expect("a source file");
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).expect("a file can be written");
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut list: Vec<_> = fs::read_dir(dir).expect("a folder").map(|e| e.expect("a file").path()).collect();
    list.sort();
    list
}

#[test]
fn executables_do_not_depend_on_it() {
    let folder = Folder::new(PROGRAM);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let cache = dir.path().join("c/d").display().to_string();
    let (without, log) = build(&folder, "off", &[]);
    assert_eq!(functions(&log).expect("compiled").1, 0);
    let (cold, log) = build(&folder, &cache, &[]);
    let (all, none) = functions(&log).expect("compiled");
    assert_eq!(none, 0);
    let (warm, log) = build(&folder, &cache, &[]);
    assert_eq!(functions(&log), None, "{log}");
    assert!(without == cold && cold == warm);
    assert!(folder.program("prog").ok().starts_with("[T T]embedded\n"));
    // With the functions alone.
    fs::remove_dir_all(dir.path().join("c/d/programs")).expect("the executables");
    let (from_functions, log) = build(&folder, &cache, &[]);
    assert_eq!(functions(&log), Some((0, all)));
    assert!(from_functions == without);
    // -a uses nothing.
    let (again, log) = build(&folder, &cache, &["-a"]);
    assert_eq!(functions(&log), Some((all, 0)));
    assert!(again == without);
}

#[test]
fn edits_compile_what_they_change() {
    let folder = Folder::new(PROGRAM);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let cache = dir.path().display().to_string();
    let first = build(&folder, &cache, &[]).0;
    // Another line number changes tables, not code.
    edit(&folder, "p/p.go", "package p\n", "package p\n\n// Comment.\n");
    let (moved, log) = build(&folder, &cache, &[]);
    assert_eq!(functions(&log).expect("compiled").0, 0);
    assert!(moved != first && moved == build(&folder, "off", &[]).0);
    edit(&folder, "p/p.go", "n * 2", "n * 3");
    let (edited, log) = build(&folder, &cache, &[]);
    assert_eq!(functions(&log).expect("compiled").0, 1);
    assert!(edited == build(&folder, "off", &[]).0);
    assert!(folder.program("prog").ok().ends_with("63\n"));
    // What is embedded, and flags, are parts of the program.
    fs::write(folder.path().join("text.txt"), "other\n").expect("a file can be written");
    build(&folder, &cache, &[]);
    let text = folder.program("prog").ok();
    assert!(text.contains("]other\n"));
    let (stripped, _) = build(&folder, &cache, &["-ldflags=-s"]);
    assert!(stripped.len() < edited.len());
    let (defined, _) = build(&folder, &cache, &["-ldflags=-X main.unknown=1"]);
    assert!(defined != stripped && defined == build(&folder, "off", &["-ldflags=-X main.unknown=1"]).0);
    assert_eq!(folder.program("prog").ok(), text);
}

#[test]
fn damage_is_noticed_and_repaired() {
    let folder = Folder::new(PROGRAM);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let cache = dir.path().display().to_string();
    let (good, log) = build(&folder, &cache, &[]);
    let all = functions(&log).expect("compiled").0;
    for (i, file) in ["functions", "programs"].iter().flat_map(|p| files(&dir.path().join(p))).enumerate() {
        let mut bytes = fs::read(&file).expect("a file of the cache");
        match i % 3 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x40;
            }
            _ => bytes.clear(),
        }
        fs::write(file, bytes).expect("a file can be written");
    }
    let (again, log) = build(&folder, &cache, &[]);
    assert_eq!(functions(&log), Some((all, 0)));
    assert!(again == good);
    assert_eq!(functions(&build(&folder, &cache, &[]).1), None);
}

#[test]
fn it_need_not_be_writable() {
    let folder = Folder::new(PROGRAM);
    // A file stands where the folder should be, which stops the superuser, too.
    let file = folder.path().join("go.mod/cache").display().to_string();
    build(&folder, &file, &[]);
    let (_, log) = build(&folder, &file, &[]);
    assert_eq!(functions(&log).expect("compiled").1, 0);
    let out = folder.grus_with(&["build", "."], &[("GRUSCACHE", "relative")]);
    assert_eq!(out.err(), "GRUSCACHE is not an absolute path\n");
}

#[test]
fn it_is_shown_and_emptied() {
    let folder = Folder::new(PROGRAM);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let cache = dir.path().display().to_string();
    let env = [("GRUSCACHE", &*cache)];
    assert_eq!(folder.grus_with(&["env", "GRUSCACHE"], &env).ok(), format!("{cache}\n"));
    assert_eq!(folder.grus_with(&["env", "GRUSCACHE"], &[("GRUSCACHE", "off")]).ok(), "off\n");
    let user = [("GRUSCACHE", ""), ("XDG_CACHE_HOME", "/x/cache")];
    assert_eq!(folder.grus_with(&["env", "GRUSCACHE"], &user).ok(), "/x/cache/grus/build\n");
    let home = [("GRUSCACHE", ""), ("XDG_CACHE_HOME", ""), ("HOME", "/h")];
    assert_eq!(folder.grus_with(&["env", "GRUSCACHE"], &home).ok(), "/h/.cache/grus/build\n");
    build(&folder, &cache, &[]);
    fs::write(dir.path().join("mine"), "not of the cache").expect("a file can be written");
    folder.grus_with(&["clean", "-cache"], &env).ok();
    let left: Vec<_> = files(dir.path()).iter().map(|f| f.file_name().expect("a name").to_owned()).collect();
    assert_eq!(left, ["README", "mine"]);
    folder.grus_with(&["clean", "-cache"], &env).ok();
}
