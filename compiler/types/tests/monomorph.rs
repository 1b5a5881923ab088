//! What lowering asks of the types of generic code: concrete types, expanded methods, method sets, layouts.

use grus_syntax::parser::{ParseOptions, parse_file};
use grus_syntax::{File, SourceMap, Symbol};
use grus_types::check::{CheckedPackage, Config, check_package};
use grus_types::store::{ObjId, TypeId, TypeStore};
use grus_types::subst::SubstMap;
use grus_types::ty::Type;
use grus_types::universe::typ;

const SOURCE: &str = r#"
package p

type List[T any] struct {
	next *List[T]
	val  T
	alt  []map[string]T
}

func (l *List[T]) Push(x T) *List[T] { return l }
func (l List[T]) Len() int           { return 0 }
func (l List[T]) Each[U any](f func(T) U) []U { return nil }

type Outer[K comparable] struct {
	List[K]
	*inner
}

type inner struct{ n int8; p *int }

func (i *inner) Hidden()  {}
func (i inner) Visible()  {}

type Number interface{ ~int | ~float64 }

func Sum[T Number](xs ...T) T {
	type pair struct { a, b T }
	type alias = []T
	var p pair
	var q alias
	var s T
	for _, x := range xs { s += x }
	_, _ = p, q
	return s
}

type A struct{ x int32; e struct{} }
type F func(byte) (rune, any)

var v1 List[byte]
var v2 List[uint8]
var v3 func(b uint8) (r int32, e interface{})
var v4 F
"#;

struct Checked {
    store: &'static TypeStore,
    package: CheckedPackage,
    file: &'static File,
}

fn checked() -> Checked {
    let store: &'static TypeStore = Box::leak(Box::default());
    let source = SourceMap::global().add("p.go", SOURCE.as_bytes().to_vec()).expect("room for a file");
    let parsed = parse_file(&source, &ParseOptions::default());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let file: &'static File = Box::leak(Box::new(parsed.file));
    let conf = Config { go_version: "go1.27", ..Config::default() };
    let package = check_package(store, &conf, Symbol::intern("p"), &[file]);
    assert!(package.diagnostics.is_empty(), "{:?}", package.diagnostics);
    Checked { store, package, file }
}

impl Checked {
    fn object(&self, name: &str) -> ObjId {
        let scope = self.store.pkg(self.package.decls.pkg).scope;
        self.store.scope(scope).lookup(Symbol::intern(name)).expect("a declared name")
    }

    fn type_of(&self, name: &str) -> TypeId {
        self.store.type_of(self.object(name))
    }

    fn methods(&self, t: TypeId) -> Vec<String> {
        let qf = |_| String::new();
        (self.store.method_set(t).iter())
            .map(|m| format!("{} {:?}", self.store.object_string(m.func, Some(&qf)), m.index))
            .collect()
    }
}

#[test]
fn concrete_types_are_canonical() {
    let c = checked();
    let store = c.store;
    assert_ne!(c.type_of("v1"), c.type_of("v2"));
    assert_eq!(store.canonical(c.type_of("v1")), store.canonical(c.type_of("v2")));
    // A defined type is its own canonical form, its underlying type is not.
    assert_ne!(store.canonical(c.type_of("v3")), store.canonical(c.type_of("v4")));
    assert_eq!(store.canonical(c.type_of("v3")), store.canonical(store.under(c.type_of("v4"))));
    let alt = |name: &str| {
        let Type::Struct(s) = store.under_ty(c.type_of(name)) else { panic!("a struct") };
        store.canonical(store.type_of(s.fields[2]))
    };
    assert_eq!(alt("v1"), alt("v2"));
    assert_eq!(store.type_string(alt("v1")), "[]map[string]uint8");
}

#[test]
fn methods_of_instances_are_expanded() {
    let c = checked();
    let store = c.store;
    let outer = store.instantiate(grus_syntax::Pos::NONE, c.type_of("Outer"), &[typ::STRING]);
    assert_eq!(
        c.methods(outer),
        [
            "func (List[string]).Each[U any](f func(string) U) []U [0, 2]",
            "func (*inner).Hidden() [1, 0]",
            "func (List[string]).Len() int [0, 1]",
            "func (inner).Visible() [1, 1]",
        ]
    );
    let ptr = store.new_pointer(outer);
    assert_eq!(c.methods(ptr).len(), 5);
    assert!(c.methods(ptr).contains(&"func (*List[string]).Push(x string) *List[string] [0, 0]".to_string()));
    let push = store.lookup_method(ptr, false, None, Symbol::intern("Push")).expect("a method");
    assert!(push.ptr_recv && push.indirect);
    let generic = c.methods(store.new_pointer(c.type_of("List")));
    assert!(generic[0].starts_with("func (List[T]).Each"), "{generic:?}");
}

#[test]
fn local_types_depend_on_the_function() {
    let c = checked();
    let store = c.store;
    let sum = c.object("Sum");
    let tparams = &store.signature(store.type_of(sum)).tparams;
    let body = c.package.bodies.iter().find(|b| b.func == sum).expect("a body");
    let local = |name: &str| {
        let find = |e| body.info.def(e).filter(|&o| store.obj(o).name.as_str() == name);
        let t = c.file.exprs.keys().find_map(find).expect("a local name");
        store.type_of(t)
    };
    let with = |t: TypeId, arg: TypeId| store.concrete(t, &SubstMap::new(tparams, &[arg]));
    let (p, q) = (local("p"), local("q"));
    assert_ne!(with(p, typ::INT), with(p, typ::FLOAT64));
    assert_eq!(with(p, typ::INT), with(p, typ::INT));
    assert_eq!(store.sizeof(with(p, typ::INT)), 16);
    let Type::Struct(s) = store.under_ty(with(p, typ::FLOAT64)) else { panic!("a struct") };
    assert_eq!(store.type_of(s.fields[1]), typ::FLOAT64);
    assert_eq!(store.type_string(with(q, typ::INT)), "[]int");
}

#[test]
fn layouts() {
    let c = checked();
    let store = c.store;
    // A final field without size is padded.
    assert_eq!((store.sizeof(c.type_of("A")), store.alignof(c.type_of("A"))), (8, 4));
    assert_eq!(store.sizeof(c.type_of("inner")), 16);
    assert_eq!(store.sizeof(c.type_of("v1")), 8 + 8 + 24);
    assert_eq!(store.offsetof(c.type_of("inner"), &[1]), 8);
    assert_eq!(store.sizeof(store.new_array(typ::INT, i64::MAX)), -1);
}

#[test]
fn threads_agree_on_instances() {
    let c = checked();
    let generic = c.type_of("Outer");
    let expand = || {
        let args = [typ::INT, typ::STRING, typ::BYTE, typ::ERROR];
        let one = |&arg| {
            let inst = c.store.instantiate(grus_syntax::Pos::NONE, generic, &[arg]);
            (inst, c.store.under(inst), c.store.method_set(c.store.new_pointer(inst)))
        };
        args.iter().map(one).collect::<Vec<_>>()
    };
    let results: Vec<_> = std::thread::scope(|s| {
        let handles: Vec<_> = (0..8).map(|_| s.spawn(expand)).collect();
        handles.into_iter().map(|h| h.join().expect("no panic")).collect()
    });
    assert!(results.windows(2).all(|w| w[0] == w[1]));
}
