//! Tests of directives.

use std::sync::Arc;

use crate::parser::{ParseOptions, Parsed, parse_file};
use crate::pragma::PragmaFlags;
use crate::source_map::{SourceFile, SourceMap};

fn parse_named(name: &str, text: &str) -> (Arc<SourceFile>, Parsed) {
    let source = SourceMap::global().add(name, text.as_bytes()).unwrap();
    let parsed = parse_file(&source, &ParseOptions::default());
    (source, parsed)
}

fn errors(text: &str) -> Vec<String> {
    parse_named("d.go", text).1.diagnostics.iter().map(ToString::to_string).collect()
}

/// The first error after a `//line` directive: its position shows the directive's effect.
fn first_error(text: &str) -> String {
    errors(text).swap_remove(0)
}

const VALID: &str = "syntax error: package statement must be first";

#[test]
fn ignored_line_directives() {
    for (text, pos) in [
        ("//\n", "d.go:2:1"),
        ("//line\n", "d.go:2:1"),
        ("//line foo\n", "d.go:2:1"),
        ("  //line foo:\n", "d.go:2:1"),
        ("//  line foo:\n", "d.go:2:1"),
        ("/*line foo*/", "d.go:1:13"),
        ("/*  line foo:*/", "d.go:1:16"),
    ] {
        assert_eq!(first_error(text), format!("{pos}: {VALID}"), "{text}");
    }
}

#[test]
fn invalid_line_directives() {
    for (text, error) in [
        ("//line :\n", "1:9: invalid line number: "),
        ("//line foo:x\n", "1:12: invalid line number: x"),
        ("//line foo:1 \n", "1:12: invalid line number: 1 "),
        ("//line foo:-12\n", "1:12: invalid line number: -12"),
        ("//line foo:1073741825\n", "1:12: invalid line number: 1073741825"),
        ("//line ::\n", "1:10: invalid line number: "),
        ("//line foo::0\n", "1:13: invalid line number: 0"),
        ("//line foo:0:1\n", "1:12: invalid line number: 0"),
        ("//line foo:123:0\n", "1:16: invalid column number: 0"),
        ("/*line foo:x*/", "1:12: invalid line number: x"),
        ("/*line :123:0*/", "1:13: invalid column number: 0"),
    ] {
        assert_eq!(first_error(text), format!("d.go:{error}"), "{text}");
    }
}

#[test]
fn valid_line_directives() {
    for (text, pos) in [
        ("//line foo:123\n", "foo:123"),
        ("//line foo:123\n//line bar:345\nfoo", "bar:345"),
        ("//line :x:1\n", ":x:1"),
        ("//line foo:123abc:1\n", "foo:123abc:1"),
        ("//line foo :123:1\n", "foo :123:1"),
        ("//line :x:1:10\n", ":x:1:10"),
        ("//line foo :123:1000\n\n", "foo :124:1"),
        ("//line :10:20\n", "d.go:10:20"),
        ("//line bar:1\n//line :10:20\n", "bar:10:20"),
        ("/*line foo:123:10*/", "foo:123:10"),
        ("/*line :x:1*/", ":x:1"),
        ("/*line foo/../bar:1*/", "bar:1"),
        ("//line /src/a/a.go:123\n", "/src/a/a.go:123"),
    ] {
        assert_eq!(first_error(text), format!("{pos}: {VALID}"), "{text}");
    }
}

#[test]
fn line_directives_are_relative_to_the_file() {
    for (text, name) in [
        ("//line foo:1\n", "dir/foo"),
        ("//line ../foo:1\n", "foo"),
        ("//line sub/foo:1\n", "dir/sub/foo"),
        ("//line bar:1\n//line :2:1\n", "dir/bar"),
        ("//line /abs/foo:1\n", "/abs/foo"),
    ] {
        let (source, parsed) = parse_named("dir/d.go", &format!("{text}package p"));
        assert_eq!(&*source.position(parsed.file.pos).filename, name, "{text}");
    }
}

#[test]
fn positions_in_messages_have_the_place_in_the_file() {
    let text = "package p\n//line x.y:10\nfunc f() {\nL:\nL:\n\tgoto L\n}\n";
    assert_eq!(errors(text), ["x.y:12: label L already defined at x.y:11[d.go:4:1]"]);
}

#[test]
fn pragmas_belong_to_the_next_declaration() {
    let text = "package p\n\n//go:nosplit\n//go:noinline\nfunc f() {}\n\nvar (\n\t//go:embed a \"b c\" `d`\n\tx string\n)\nfunc g() {}\n";
    let (_, parsed) = parse_named("d.go", text);
    assert!(parsed.diagnostics.is_empty());
    let file = &parsed.file;
    let flags = file.pragma_flags(file.decl_list[0]);
    assert_eq!(flags, PragmaFlags::NO_SPLIT | PragmaFlags::NO_INLINE | PragmaFlags::NO_CHECK_PTR);
    assert_eq!(format!("{flags:?}"), r#"{"go:nosplit", "go:noinline", "go:nocheckptr"}"#);
    let pragma = file.pragma_of(file.decl_list[1]).unwrap();
    assert_eq!(pragma.embeds[0].patterns, ["a", "b c", "d"]);
    assert!(file.pragma_of(file.decl_list[2]).is_none());
}

#[test]
fn misplaced_directives() {
    assert_eq!(
        errors("package p\n\nfunc f() {\n\t//go:noinline\n\tx()\n} //go:nosplit\n\n//go:noinline\n"),
        [
            "d.go:4:4: misplaced compiler directive",
            "d.go:6:5: misplaced compiler directive",
            "d.go:8:3: misplaced compiler directive",
        ]
    );
    assert_eq!(
        errors("package p\n//go:embed x\nimport (\n\"a\"\n)\n"),
        ["d.go:2:3: misplaced go:embed directive"]
    );
}

#[test]
fn restricted_directives() {
    assert_eq!(
        errors(
            "package p\n//go:systemstack\n//go:uintptrkeepalive\n//go:cgo_ldflag \"-lm\"\n//go:linkname\n//go:linkname a b c\n//go:embed\n//go:embed \"\nfunc f() {}\n"
        ),
        [
            "d.go:2:3: //go:systemstack only allowed in runtime",
            "d.go:3:3: //go:uintptrkeepalive is only allowed in the standard library",
            "d.go:4:3: //go:cgo_ldflag \"-lm\" only allowed in cgo-generated code",
            "d.go:6:3: usage: //go:linkname localname [linkname]",
            "d.go:7:3: usage: //go:embed pattern...",
            "d.go:8:3: invalid quoted string in //go:embed: \"",
            "d.go:8:3: usage: //go:embed pattern...",
        ]
    );
}

#[test]
fn cgo_directives() {
    assert_eq!(
        errors(
            "package p\n//go:cgo_import_dynamic x\n//go:cgo_import_dynamic x y \"lib.so\"\n//go:cgo_import_dynamic x y \"-l\"\nfunc f() {}\n"
        ),
        [
            "d.go:2:3: //go:cgo_import_dynamic x only allowed in cgo-generated code",
            "d.go:4:3: invalid library name \"-l\" in cgo_import_dynamic directive",
        ]
    );
}

#[test]
fn directives_of_the_file() {
    let text = "//go:build go1.21 && linux\n\n//go:debug panicnil=1\npackage p\n//go:linkname a\n//go:linknamestd b x.c\nimport _ \"unsafe\"\n";
    let (_, parsed) = parse_named("d.go", text);
    let file = &parsed.file;
    assert_eq!(file.build_constraint.as_deref(), Some("go1.21 && linux"));
    assert_eq!(file.go_version.unwrap().to_string(), "go1.21");
    assert_eq!(&*file.debug_directives[0].text, "panicnil=1");
    let [a, b] = &file.linknames[..] else { panic!("two directives") };
    assert!(a.local == "a" && a.target.is_none() && !a.std);
    assert!(b.local == "b" && b.target.unwrap() == "x.c" && b.std);
}
