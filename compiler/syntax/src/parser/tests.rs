//! Tests of trees, positions, printing, recovery, and of robustness against arbitrary input.

use super::*;
use crate::source_map::SourceMap;
use crate::walk::Node;

fn parse(text: &str) -> Parsed {
    let source = SourceMap::global().add("p.go", text.as_bytes()).unwrap();
    parse_file(&source, &ParseOptions::default())
}

fn errors(text: &str) -> Vec<String> {
    parse(text).diagnostics.iter().map(|d| d.to_string().replace("p.go:", "")).collect()
}

/// Parses an expression; the result is the file and the expression.
fn expr(text: &str) -> (File, ExprId) {
    let parsed = parse(&format!("package p\nvar _ = {text}\n"));
    assert!(parsed.diagnostics.is_empty(), "{text}: {:?}", parsed.diagnostics);
    let DeclKind::Var(var) = parsed.file.decls[parsed.file.decl_list[0]].kind else { panic!("no var") };
    (parsed.file, var.values.unwrap())
}

#[test]
fn expressions_are_shown_as_gc_shows_them() {
    for (text, shown) in [
        ("x", "x"),
        ("x+y*z", "x + y * z"),
        ("-x", "-x"),
        ("<-c", "<-c"),
        ("&T{1, 2}", "&T{…}"),
        ("T{}", "T{}"),
        ("[]int{1}", "[]int{…}"),
        ("f(a, b...)", "f(a, b...)"),
        ("x.y.z[i]", "x.y.z[i]"),
        ("g[int, string](1)", "g[int, string](1)"),
        ("x[i:j]", "x[i:j]"),
        ("x[:j:k]", "x[:j:k]"),
        ("x.(T)", "x.(T)"),
        ("func(a, b int, c ...T) (x, y error) { return }", "func(a, b int, c ...T) (x, y error) {…}"),
        ("func() {}", "func() {}"),
        ("func(int) string(nil)", "func(int) string(nil)"),
        ("struct{a, b int; C `tag`; *D}{}", "struct{a, b int; C `tag`; *D}{}"),
        (
            "interface{m(x int) string; ~int | E; F[int]}(nil)",
            "interface{m(x int) string; ~int | E; F[int]}(nil)",
        ),
        ("map[string][]*T{}", "map[string][]*T{}"),
        ("[...]int{}", "[...]int{}"),
        ("chan<- int(nil)", "chan<- int(nil)"),
        ("(<-chan int)(nil)", "(<-chan int)(nil)"),
        ("make(chan (<-chan int))", "make(chan (<-chan int))"),
        ("(x)", "(x)"),
        ("(x + y) * z", "(x + y) * z"),
    ] {
        let (file, x) = expr(text);
        assert_eq!(file.expr_string(x), shown, "{text}");
    }
}

#[test]
fn positions_are_those_of_gc() {
    // Position, start and end of expressions, by column in the text.
    for (text, pos, start, end) in [
        ("abc", 1, 1, 4),
        ("abc.de", 4, 1, 7),
        ("a[bc]", 2, 1, 5),
        ("a[b:c]", 2, 2, 2),
        ("f(x, yz)", 2, 1, 8),
        ("f()", 2, 1, 2),
        ("a + bc", 3, 1, 7),
        ("-ab", 1, 1, 4),
        ("T{a: b}", 2, 1, 7),
        ("x.(T)", 2, 1, 5),
        ("[]int(x)", 6, 1, 8),
        ("func() {}", 1, 1, 9),
    ] {
        let (file, x) = expr(text);
        let col = |pos| file.source.line_col(pos).1 - 8;
        // A slice expression starts at its bracket: that is how gc has it.
        assert_eq!(
            (col(file.pos(x)), col(file.start_pos(x)), col(file.end_pos(x))),
            (pos, start, end),
            "{text}"
        );
    }
}

#[test]
fn ids_of_declarations_are_contiguous() {
    let parsed =
        parse("package p\nfunc (r T) f(a int) int { x := func() int { return a }; return x() }\nvar v = 1\n");
    let file = &parsed.file;
    let (func, var) = (&file.decls[file.decl_list[0]], &file.decls[file.decl_list[1]]);
    assert_eq!(func.exprs.end(), var.exprs.start());
    let DeclKind::Func(f) = func.kind else { panic!("no function") };
    assert_eq!(f.body_exprs.end(), func.exprs.end());
    assert!(f.body_exprs.start() > func.exprs.start());
    let body = f.body.unwrap();
    file.inspect(body, &mut |node| {
        match node {
            Node::Expr(x) => assert!(f.body_exprs.contains(x)),
            Node::Stmt(s) => assert!(func.stmts.contains(s)),
            _ => {}
        }
        true
    });
    file.inspect(f.typ, &mut |node| {
        assert!(!matches!(node, Node::Expr(x) if f.body_exprs.contains(x)));
        true
    });
}

#[test]
fn type_parameters_and_array_lengths() {
    for (text, tparams) in [
        ("type T[P any] int", 1),
        ("type T[P *C,] int", 1),
        ("type T[P *C|Q] int", 0),
        ("type T[P *C|~Q] int", 1),
        ("type T[P []int] int", 1),
        ("type T[P, Q any] int", 2),
        ("type T[P (C),] int", 1),
        ("type T[P interface{}] = int", 1),
        ("type T[N] int", 0),
        ("type T[N * 2] int", 0),
        ("type T[f(x)] int", 0),
    ] {
        let parsed = parse(&format!("package p\n{text}\n"));
        // A length may be followed by an error of the type checker only.
        assert!(parsed.diagnostics.is_empty(), "{text}: {:?}", parsed.diagnostics);
        let DeclKind::Type(t) = parsed.file.decls[parsed.file.decl_list[0]].kind else { panic!("no type") };
        assert_eq!(t.tparams.len(), tparams, "{text}");
        assert_eq!(matches!(parsed.file.kind(t.typ), ExprKind::ArrayType { .. }), tparams == 0, "{text}");
    }
}

#[test]
fn parameters_share_types() {
    let parsed = parse("package p\nfunc f(a, b int, c string) (T, []U)\n");
    let file = &parsed.file;
    let DeclKind::Func(f) = file.decls[file.decl_list[0]].kind else { panic!("no function") };
    let (params, results) = file.func_type(f.typ);
    let types: Vec<ExprId> = params.iter().map(|p| file[p].typ).collect();
    assert!(types[0] == types[1] && types[1] != types[2]);
    assert!(results.iter().all(|r| file[r].name.is_none()));
}

#[test]
fn the_whole_language_round_trips() {
    let text = "package p; import (\"fmt\"; . \"os\"; _ \"io\"); const (A, B = iota, 1 << iota; C, D); \
        type (L[T any] = []T; S struct{ a, b int `t`; *E; F[int] }; I interface{ m(); ~int | string }); \
        func (r *S) M[T any, P interface{ *T }](x T, y ...P) (z int, err error) { \
        for i := range 10 {}; for range f {}; for k, v = range m {}; for ; ; {}; for x < y {}; for { break }; \
        if x := f(); x {} else if y {} else {}; switch { case a, b: fallthrough; default: }; \
        switch x := y.(type) { case int, nil: }; switch x := f(); x + 1 { }; \
        select { case c <- v: case x, ok := <-c: default: }; go f(); defer func() {}(); \
        L: for { continue L }; goto L; a, b = b, a; a[i]++; p.x--; x &^= y; *p = &T{1, k: v, {1}}; \
        x = new(3 + 4); var e = S{E.a: 1}; return 1, nil }";
    let parsed = parse(text);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let printed = parsed.file.file_string();
    let again = parse(&printed);
    assert!(again.diagnostics.is_empty(), "{printed}\n{:?}", again.diagnostics);
    assert_eq!(again.file.file_string(), printed);
}

#[test]
fn branches_have_targets() {
    let parsed = parse(
        "package p\nfunc f() {\nL:\n\tfor {\n\t\tswitch {\n\t\tcase a:\n\t\t\tbreak L\n\t\tcase b:\n\t\t\tbreak\n\t\t}\n\t\tgoto L\n\t}\n}\n",
    );
    assert!(parsed.diagnostics.is_empty());
    let file = &parsed.file;
    let mut targets = Vec::new();
    for stmt in file.stmts.values() {
        if let StmtKind::Branch { target, .. } = stmt.kind {
            targets.push(match file.stmts[target.unwrap()].kind {
                StmtKind::For { .. } => "for",
                StmtKind::Switch { .. } => "switch",
                StmtKind::Labeled { .. } => "label",
                _ => "other",
            });
        }
    }
    assert_eq!(targets, ["for", "switch", "label"]);
}

#[test]
fn branch_errors() {
    let text = "package p\nfunc f() {\n\tgoto A\n\tx := 1\nA:\n\tgoto B\n\t{\n\tB:\n\t}\n\tcontinue\n\tbreak C\nD:\n\tif x { break D }\n\tswitch { case x: fallthrough }\n\tgoto E\nF:\n}\n";
    let mut found = errors(text);
    found.sort_by_key(|e| e.split(':').next().unwrap().parse::<u32>().unwrap());
    assert_eq!(
        found,
        [
            "3:7: goto A jumps over declaration of x at 4:4",
            "6:7: goto B jumps into block starting at 7:2",
            "10:2: continue is not in a loop",
            "11:8: break label not defined: C",
            "13:15: invalid break label D",
            "14:19: cannot fallthrough final case in switch",
            "15:7: label E not defined",
            "16:1: label F defined and not used",
        ]
    );
}

#[test]
fn syntax_errors() {
    for (text, expected) in [
        ("", &["1:1: syntax error: package statement must be first"][..]),
        ("package", &["1:8: syntax error: unexpected EOF, expected name"]),
        ("package p; x", &["1:12: syntax error: non-declaration statement outside function body"]),
        ("package p\nfunc f()\n{\n}\n", &["3:1: syntax error: unexpected semicolon or newline before {"]),
        (
            "package p\nvar x = 1\nimport \"a\"\n",
            &["3:1: syntax error: imports must appear before other declarations"],
        ),
        (
            "package p\nfunc f() { if x = 1 {} }",
            &["2:17: syntax error: cannot use assignment x = 1 as value"],
        ),
        (
            "package p\nfunc f() { if x := a == b {} }",
            &["2:17: syntax error: cannot use x := a == b as value"],
        ),
        (
            "package p\nfunc f() { for i := 0; {} }",
            &["2:24: syntax error: unexpected {, expected for loop condition"],
        ),
        (
            "package p\nfunc f() { go (g()); defer (h()) }",
            &[
                "2:15: expression in go must not be parenthesized",
                "2:28: expression in defer must not be parenthesized",
            ],
        ),
        ("package p\nfunc f() { a := b c }", &["2:19: syntax error: unexpected name c at end of statement"]),
        (
            "package p\nvar _ = f(a b)",
            &["2:13: syntax error: unexpected name b in argument list; possibly missing comma or )"],
        ),
        ("package p\nvar _ = a[1:2:]", &["2:15: final index required in 3-index slice"]),
        ("package p\ntype T struct { (E) }", &["2:17: syntax error: cannot parenthesize embedded type"]),
        ("package p\nfunc f(a, b int, string)", &["2:24: syntax error: missing parameter type"]),
        ("package p\nfunc f(a ...int, b int)", &["2:10: can only use ... with final parameter"]),
        ("package p\nfunc f[P]()", &["2:9: syntax error: missing type constraint"]),
        ("package p\nfunc () f()", &["2:9: method has no receiver"]),
        ("package p\nimport 1", &["2:8: syntax error: import path must be a string"]),
        (
            "package p\nfunc f() {\n\tL:\n}\nfunc g() { if x\n{ } }",
            &[
                "5:16: syntax error: unexpected newline, expected { after if clause",
                "3:2: label L defined and not used",
            ],
        ),
    ] {
        let mut found = errors(text);
        let mut expected: Vec<String> = expected.iter().map(|e| e.to_string()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn imports_only_stops_at_the_first_other_declaration() {
    let text =
        "//go:build linux\n\npackage p\nimport \"fmt\"\nimport (\n\tx \"os\"\n\t_ \"a/b\"\n)\nfunc f( {";
    let source = SourceMap::global().add("p.go", text.as_bytes()).unwrap();
    let parsed = parse_file(&source, &ParseOptions { imports_only: true, ..ParseOptions::default() });
    assert!(parsed.diagnostics.is_empty());
    let file = &parsed.file;
    let paths: Vec<String> = file.imports().map(|(_, _, path)| path).collect();
    assert_eq!(paths, ["fmt", "os", "a/b"]);
    assert_eq!(file.build_constraint.as_deref(), Some("linux"));
    assert_eq!(file.name(file.pkg_name.unwrap()), Symbol::intern("p"));
}

/// Runs on a stack as large as those of the compiler's threads.
fn on_large_stack(f: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(f);
    thread.expect("a thread can be started").join().expect("no panic");
}

#[test]
fn deep_nesting_is_an_error() {
    on_large_stack(deep_nesting);
}

fn deep_nesting() {
    for (open, close) in [
        ("(", ")"),
        ("- ", ""),
        ("[]", ""),
        ("f(", ")"),
        ("T{", "}"),
        ("func() { x = ", "}"),
        ("struct { a ", "}"),
        ("g[", "]"),
    ] {
        let nested = |n| format!("package p\nvar x = {}y{}", open.repeat(n), close.repeat(n));
        let found = parse(&nested(100_000)).diagnostics;
        assert_eq!(found.first().map(|d| d.msg.as_str()), Some("nesting depth limit exceeded"), "{open}");
        assert!(parse(&nested(200)).diagnostics.iter().all(|d| !d.msg.contains("nesting")), "{open}");
    }
    let blocks = format!("package p\nfunc f() {}", "{".repeat(100_000));
    assert_eq!(parse(&blocks).diagnostics[0].msg, "nesting depth limit exceeded");
}

#[test]
fn long_chains_are_no_nesting() {
    let else_ifs = format!("package p\nfunc f() {{ if x {{}} {} }}", "else if x {}".repeat(20_000));
    assert!(parse(&else_ifs).diagnostics.is_empty());
    let sum = format!("package p\nvar x = 1{}", " + 1".repeat(50_000));
    let parsed = parse(&sum);
    assert!(parsed.diagnostics.is_empty());
    assert!(parsed.file.file_string().ends_with("1 + 1"));
    let union = format!("package p\ntype T[P A{}, Q any] int", "|~A".repeat(50_000));
    assert!(parse(&union).diagnostics.is_empty());
    let length = format!("package p\ntype T[a{}] int", "|a".repeat(50_000));
    assert!(parse(&length).diagnostics.is_empty());
    let indices = format!("package p\nvar x = y{}{{}}", "[1]".repeat(50_000));
    assert!(!parse(&indices).diagnostics.is_empty());
}

/// A small generator, so that the input is the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// Parses anything; afterwards all of the tree's accessors must work on it.
fn exercise(bytes: &[u8]) {
    let source = SourceMap::global().add("fuzz.go", bytes).unwrap();
    let parsed = parse_file(&source, &ParseOptions::default());
    let file = &parsed.file;
    for &decl in &file.decl_list {
        file.line_string(Node::Decl(decl));
        file.inspect(decl, &mut |node| {
            file.node_start_pos(node);
            file.node_end_pos(node);
            true
        });
    }
    for diagnostic in &parsed.diagnostics {
        diagnostic.to_string();
    }
}

#[test]
fn random_bytes_never_panic() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2000 {
        let len = random.below(200);
        let bytes: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
        exercise(&bytes);
        exercise(&[b"package p;", &bytes[..]].concat());
    }
}

#[test]
fn random_tokens_never_panic() {
    const TOKENS: [&str; 64] = [
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ",",
        ";",
        ":",
        ":=",
        "=",
        "...",
        "<-",
        ".",
        "*",
        "&",
        "|",
        "~",
        "+",
        "++",
        "+=",
        "!",
        "==",
        "\n",
        "x",
        "T",
        "_",
        "L:",
        "1",
        "0x",
        "'a'",
        "\"s\"",
        "`r`",
        "'",
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
        "//go:noinline\n",
        "/*line a:1*/",
        "ä",
        "\0",
        ".(type)",
    ];
    let mut random = Random(42);
    for _ in 0..5000 {
        let mut text = String::from("package p\nfunc f() {");
        for _ in 0..random.below(60) {
            text.push_str(TOKENS[random.below(TOKENS.len())]);
            text.push(' ');
        }
        exercise(text.as_bytes());
    }
}
