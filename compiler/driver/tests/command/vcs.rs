//! What is recorded of the repository that a program is built from.

use crate::harness::Folder;
use std::process::Command;

/// Runs git in a folder with a fixed author and time.
fn git(folder: &Folder, args: &[&str]) {
    let mut c = Command::new("git");
    c.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]).args(args);
    for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        c.env(name, "2024-02-29T12:00:00+02:00");
    }
    let out = folder.output(&mut c);
    assert!(out.status.success(), "{out:?}");
}

/// The lines of the program about the module and the repository.
fn built(folder: &Folder, extra: &[&str]) -> Vec<String> {
    folder.grus(&[&["build", "-o", "prog"], extra].concat()).ok();
    let text = folder.program("prog").ok();
    text.lines()
        .map(str::trim)
        .filter(|l| l.starts_with("mod") || l.contains("vcs"))
        .map(str::to_string)
        .collect()
}

#[test]
fn commits_and_tags() {
    let folder = Folder::new(
        r#"
-- go.mod --
module example.com/m

go 1.27
-- .gitignore --
prog
-- a.go --
package main

import "runtime/debug"

func main() {
	info, _ := debug.ReadBuildInfo()
	print(info.String())
}
"#,
    );
    let devel = vec!["mod\texample.com/m\t(devel)".to_string()];
    assert_eq!(built(&folder, &[]), devel);
    git(&folder, &["init", "-q"]);
    let status = |modified: bool| format!("build\tvcs.modified={modified}");
    assert_eq!(built(&folder, &[]), [devel[0].clone(), "build\tvcs=git".into(), status(true)]);
    git(&folder, &["add", "-A"]);
    git(&folder, &["commit", "-qm", "x"]);
    let lines = built(&folder, &[]);
    assert!(lines[0].starts_with("mod\texample.com/m\tv0.0.0-20240229100000-"), "{lines:?}");
    assert!(lines[2].starts_with("build\tvcs.revision="), "{lines:?}");
    assert_eq!(lines[3..], ["build\tvcs.time=2024-02-29T10:00:00Z".to_string(), status(false)]);
    git(&folder, &["tag", "v0.3.0"]);
    git(&folder, &["tag", "v2.0.0"]);
    assert_eq!(built(&folder, &[])[0], "mod\texample.com/m\tv0.3.0");
    std::fs::write(folder.path().join("b.go"), "package main\n").expect("a file can be written");
    let lines = built(&folder, &[]);
    assert_eq!((&*lines[0], &lines[4]), ("mod\texample.com/m\tv0.3.0+dirty", &status(true)));
    assert_eq!(built(&folder, &["-buildvcs=false"]), devel);
    git(&folder, &["add", "-A"]);
    git(&folder, &["commit", "-qm", "y"]);
    let lines = built(&folder, &["-buildvcs=true"]);
    assert!(lines[0].starts_with("mod\texample.com/m\tv0.3.1-0.20240229100000-"), "{lines:?}");
    // Files are no package of the module.
    assert_eq!(built(&folder, &["a.go"]), Vec::<String>::new());
}
