//! Declarations, bodies and the order of initialization, each asked for on its own.

use expect_test::expect;
use grus_syntax::parser::{ParseOptions, parse_file};
use grus_syntax::{File, SourceMap, Symbol};
use grus_types::check::{Config, PackageDecls, check_all_bodies, check_body, check_declarations, init_order};
use grus_types::initorder::{Dependencies, Initializer};
use grus_types::{ObjId, TypeStore};

const SOURCE: &str = r#"package p

type T[P any] struct{ next *T[P]; value P }

func (t *T[P]) Value() P { return t.value }

var (
	a = c + b
	b = f()
	c = 1
	d, e = pair()
	unused = func() string { return e }
)

func f() int { return g() + d }

func g() int { var t T[int]; return t.Value() }

func pair() (int, string) { return 1, "x" }

func wrong() int { var x int = "s" }
"#;

fn parse(text: &str) -> File {
    let source = SourceMap::global().add("lazy.go", text.as_bytes()).expect("there is room");
    let parsed = parse_file(&source, &ParseOptions::default());
    assert!(parsed.diagnostics.is_empty());
    parsed.file
}

fn function(store: &TypeStore, decls: &PackageDecls, name: &str) -> ObjId {
    *decls.objects().iter().find(|&&o| store.obj(o).name.as_str() == name).expect("the function exists")
}

fn order_string(store: &TypeStore, order: &[Initializer]) -> String {
    let names = |i: &Initializer| {
        let names: Vec<&str> = i.lhs.iter().map(|&v| store.obj(v).name.as_str()).collect();
        names.join(",")
    };
    order.iter().map(names).collect::<Vec<_>>().join(" ")
}

/// Checks bodies when the order of initialization asks for them, and keeps what was asked for.
struct OnDemand<'a> {
    store: &'a TypeStore,
    files: &'a [&'a File],
    decls: &'a PackageDecls,
    asked: Vec<&'static str>,
}

impl Dependencies for OnDemand<'_> {
    fn of_body(&mut self, func: ObjId) -> Vec<ObjId> {
        self.asked.push(self.store.obj(func).name.as_str());
        check_body(self.store, &Config::default(), self.files, self.decls, func).deps
    }
}

#[test]
fn bodies_are_checked_when_they_are_asked_for() {
    let store = TypeStore::new();
    let file = parse(SOURCE);
    let files = [&file];
    let conf = Config::default();
    let (decls, diagnostics) = check_declarations(&store, &conf, Symbol::intern("p"), &files);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert!(store.pkg(decls.pkg).complete());

    let body = check_body(&store, &conf, &files, &decls, function(&store, &decls, "wrong"));
    let texts: Vec<String> = body.diagnostics.iter().map(|d| d.to_string()).collect();
    expect![[r#"
        lazy.go:21:32: cannot use "s" (untyped string constant) as int value in variable declaration
        lazy.go:21:36: missing return
        lazy.go:21:24: declared and not used: x"#]]
    .assert_eq(&texts.join("\n"));

    let body = check_body(&store, &conf, &files, &decls, function(&store, &decls, "f"));
    let deps: Vec<&str> = body.deps.iter().map(|&o| store.obj(o).name.as_str()).collect();
    assert_eq!(deps, ["d", "g"]);
}

#[test]
fn initialization_asks_for_the_bodies_that_initializers_reach() {
    let store = TypeStore::new();
    let file = parse(SOURCE);
    let files = [&file];
    let conf = Config::default();
    let (decls, _) = check_declarations(&store, &conf, Symbol::intern("p"), &files);
    let mut bodies = OnDemand { store: &store, files: &files, decls: &decls, asked: Vec::new() };
    let (order, diagnostics) = init_order(&store, &conf, &files, &decls, &mut bodies);
    assert!(diagnostics.is_empty());
    bodies.asked.sort_unstable();
    assert_eq!(bodies.asked, ["f", "g", "pair"]);
    assert_eq!(order_string(&store, &order), "c d,e b a unused");

    // The same order comes out when all bodies are checked.
    let whole = check_all_bodies(&store, &conf, &files, decls, Vec::new());
    assert_eq!(order_string(&store, &whole.init_order), "c d,e b a unused");
    assert_eq!(whole.bodies.len(), 5);
}

#[test]
fn cycles_of_initialization_are_reported_once() {
    let store = TypeStore::new();
    let file =
        parse("package p\nvar x = f()\nvar y = x\nfunc f() int { return y }\nconst c = d\nconst d = c\n");
    let files = [&file];
    let checked = grus_types::check::check_package(&store, &Config::default(), Symbol::intern("p"), &files);
    let texts: Vec<String> = checked.diagnostics.iter().map(|d| d.to_string()).collect();
    expect![[r#"
        lazy.go:5:7: initialization cycle for c
        	lazy.go:5:7: c refers to d
        	lazy.go:6:7: d refers to c
        lazy.go:2:5: initialization cycle for x
        	lazy.go:2:5: x refers to f
        	lazy.go:4:6: f refers to y
        	lazy.go:3:5: y refers to x"#]]
    .assert_eq(&texts.join("\n"));
}
