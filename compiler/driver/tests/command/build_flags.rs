//! `-ldflags` and other flags of builds.

use crate::harness::Folder;
use expect_test::expect;

const STRINGS: &str = r#"
-- go.mod --
module example.com/m

go 1.27
-- a.go --
package main

import "example.com/m/version"

type named string

var unset string
var constant = "const" + "ant"
var dynamic = f()
var number int
var other named
var copied = constant

const fixed = "fixed"

func f() string { return "dynamic" }

func main() {
	println("strings:", unset, constant, dynamic, number, other, copied, fixed, version.V)
}
-- version/v.go --
package version

var V = "none"
"#;

#[test]
fn x_sets_strings() {
    let folder = Folder::new(STRINGS);
    let run = |flags: &[&str]| {
        let mut args = vec!["run"];
        args.extend(flags);
        args.push(".");
        folder.grus(&args)
    };
    expect![[r#"
        strings:  constant dynamic 0  constant fixed none
    "#]]
    .assert_eq(&run(&[]).ok());
    expect![[r#"
        strings: 1 2 dynamic 0  2 fixed v 1
    "#]]
    .assert_eq(
        &run(&[
            "-ldflags",
            "-s -X main.unset=1 -X=main.constant=2 -X main.dynamic=3 -X main.fixed=4 -X 'example.com/m/version.V=v 1' -X main.f=5 -X no.such=6",
        ])
        .ok(),
    );
    // Only the last -ldflags that matches the main package counts.
    expect![[r#"
        strings: 2 constant dynamic 0  constant fixed none
    "#]]
    .assert_eq(
        &run(&["-ldflags=-X main.constant=1", "-ldflags=all=-X main.unset=2", "-ldflags=fmt=-s"]).ok(),
    );
    expect![[r#"
        # example.com/m
        main.number: cannot set with -X: not a var of type string (type:int)
        main.other: cannot set with -X: not a var of type string (type:main.named)
    "#]]
    .assert_eq(&run(&["-ldflags=-X main.number=1 -X main.other=2"]).err());
}

#[test]
fn flags_of_the_environment() {
    let folder = Folder::new(STRINGS);
    let out = folder.grus_with(&["run", "."], &[("GOFLAGS", "'-ldflags=-X main.unset=env'")]);
    assert!(out.ok().starts_with("strings: env constant"));
    let out = folder.grus_with(&["run", "-ldflags=-X main.unset=arg", "."], &[("GOFLAGS", "-ldflags=-s")]);
    assert!(out.ok().starts_with("strings: arg constant"));
}

#[test]
fn stripping() {
    let folder = Folder::new(STRINGS);
    let size = |flags: &str| {
        folder.grus(&["build", "-o", "prog", flags]).ok();
        let exe = std::fs::read(folder.path().join("prog")).expect("the program");
        let has = |name: &str| exe.windows(name.len()).any(|w| w == name.as_bytes());
        (has(".debug_line"), has(".symtab"))
    };
    assert_eq!(size("-ldflags="), (true, true));
    assert_eq!(size("-ldflags=-w"), (false, true));
    assert_eq!(size("-ldflags=-s"), (false, false));
}

#[test]
fn dwarf_is_compressed() {
    let folder = Folder::new(STRINGS);
    // Which sections of DWARF are compressed: flags of the section headers, which `readelf -S` shows as `C`.
    let build = |flags: &str| {
        folder.grus(&["build", "-o", "prog", flags]).ok();
        let exe = std::fs::read(folder.path().join("prog")).expect("the program");
        let word = |at: usize, len: usize| {
            let mut bytes = [0; 8];
            bytes[..len].copy_from_slice(&exe[at..at + len]);
            u64::from_le_bytes(bytes) as usize
        };
        let (headers, count, names) = (word(0x28, 8), word(0x3c, 2), word(0x3e, 2));
        let names = word(headers + 64 * names + 0x18, 8);
        let mut compressed: Vec<String> = Vec::new();
        for header in (0..count).map(|i| headers + 64 * i) {
            let name = &exe[names + word(header, 4)..];
            let name = name.split(|&b| b == 0).next().expect("a name");
            // SHF_COMPRESSED; the contents begin with a header that says ELFCOMPRESS_ZLIB.
            if word(header + 8, 8) & 0x800 != 0 {
                assert_eq!(word(word(header + 0x18, 8), 4), 1);
                compressed.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        (exe.len(), compressed)
    };
    let (small, compressed) = build("-ldflags=");
    assert!(compressed.iter().any(|s| s == ".debug_line"), "{compressed:?}");
    let (large, compressed) = build("-ldflags=-compressdwarf=false");
    assert!(compressed.is_empty(), "{compressed:?}");
    assert!(small < large, "{small} bytes instead of {large}");
}
