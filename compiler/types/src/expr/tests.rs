//! Small sources and the errors that they have, or what is recorded for their expressions.

use expect_test::{Expect, expect};
use grus_syntax::parser::{ParseOptions, parse_file};
use grus_syntax::walk::Node;
use grus_syntax::{DeclKind, ExprKind, File, SourceFile, SourceMap, Symbol};
use std::fmt::Write;
use std::sync::Arc;

use crate::check::{CheckedPackage, Config, check_package};
use crate::info::{Info, Mode};
use crate::store::TypeStore;
use crate::universe::typ;

/// Parses and checks `package p` with these declarations.
fn checked(store: &TypeStore, decls: &str) -> (Arc<SourceFile>, File, CheckedPackage) {
    let text = format!("package p; import \"unsafe\"; const _ = unsafe.Sizeof(0)\n{decls}");
    let source = SourceMap::global().add("p.go", text.as_bytes()).unwrap();
    let parsed = parse_file(&source, &ParseOptions::default());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let conf = Config { go_version: "go1.27", ..Config::default() };
    let package = check_package(store, &conf, Symbol::intern("p"), &[&parsed.file]);
    (source, parsed.file, package)
}

/// The errors are these. Lines are counted from the first declaration.
fn errors(decls: &str, expected: Expect) {
    let store = TypeStore::new();
    let (source, _, package) = checked(&store, decls);
    let mut out = String::new();
    for d in &package.diagnostics {
        let (line, col) = source.line_col(d.pos);
        writeln!(out, "{}:{col}: {}", line - 1, d.text()).unwrap();
    }
    expected.assert_eq(&out);
}

/// What is recorded for the expressions of the functions' bodies that are neither types nor names of variables.
fn records(decls: &str, expected: Expect) {
    let store = TypeStore::new();
    let (_, file, package) = checked(&store, decls);
    assert!(package.diagnostics.is_empty(), "{:?}", package.diagnostics);
    let mut out = String::new();
    for body in &package.bodies {
        let id = package.decls.decl_of(&store, body.func).unwrap();
        let DeclKind::Func(func) = file[package.decls.decl(id).decl].kind else { panic!() };
        file.inspect(func.body.unwrap(), &mut |node| {
            if let Node::Expr(e) = node {
                record(&store, &file, &body.info, e, &mut out);
            }
            true
        });
    }
    expected.assert_eq(&out);
}

fn record(store: &TypeStore, file: &File, info: &Info, e: grus_syntax::ExprId, out: &mut String) {
    let mode = info.mode(e);
    let name = matches!(file.kind(e), ExprKind::Name(_));
    if matches!(mode, Mode::Invalid | Mode::TypExpr) || name && mode == Mode::Variable {
        return;
    }
    write!(out, "{}: {mode:?}", file.expr_string(e)).unwrap();
    match info.type_of(e) {
        Some(typ::INVALID) | None => {}
        Some(t) => write!(out, " {}", store.type_string(t)).unwrap(),
    }
    if let Some(v) = info.value(e) {
        write!(out, " = {v}").unwrap();
    }
    if let Some(s) = info.selection(e) {
        write!(out, ", {:?} {:?}{}", s.kind, s.index, if s.indirect { " indirect" } else { "" }).unwrap();
    }
    let ident = match file.kind(e) {
        ExprKind::Selector { sel, .. } => sel,
        _ => e,
    };
    if let Some(i) = info.instance(ident) {
        let targs: Vec<String> = i.targs.iter().map(|&t| store.type_string(t)).collect();
        write!(out, ", instance [{}]", targs.join(", ")).unwrap();
    }
    out.push('\n');
}

#[test]
fn operators() {
    errors(
        r#"func f(i int, u uint8, s string, b bool, p *int, c chan<- int, e any) {
	_ = i + u
	_ = s - s
	_ = -s
	_ = !i
	_ = ^1.5
	_ = b + b
	_ = i && b
	_ = i / 0
	_ = 1 % 0.0
	_ = *i
	_ = &f()
	_ = <-c
	_ = <-i
	_ = p == nil == nil
	_ = f == f
	_ = [](int){} == nil || []int{} == []int{}
	_ = e < e
	_ = struct{ m map[int]int }{} == struct{ m map[int]int }{}
	_ = i == "x"
	u = -1 + 300
	_ = 1 << 70
	_ = nil == nil
	_ = u.(int)
	_ = e.(error).(int)
}"#,
        expect![[r#"
            2:6: invalid operation: i + u (mismatched types int and uint8)
            3:6: invalid operation: operator - not defined on s (variable of type string)
            4:7: invalid operation: operator - not defined on s (variable of type string)
            5:7: invalid operation: operator ! not defined on i (variable of type int)
            6:7: invalid operation: operator ^ not defined on 1.5 (untyped float constant)
            7:6: invalid operation: operator + not defined on b (variable of type bool)
            8:6: invalid operation: i && b (mismatched types int and bool)
            9:10: invalid operation: division by zero
            10:6: invalid operation: operator % not defined on 1 (untyped float constant)
            11:7: invalid operation: cannot indirect i (variable of type int)
            12:7: not enough arguments in call to f
            	have ()
            	want (int, uint8, string, bool, *int, chan<- int, any)
            12:7: f() (no value) used as value
            13:8: invalid operation: cannot receive from send-only channel chan<- int c (variable of type chan<- int)
            14:8: invalid operation: cannot receive from non-channel int i (variable of type int)
            15:18: invalid operation: p == nil == nil (mismatched types untyped bool and untyped nil)
            16:6: invalid operation: f == f (func can only be compared to nil)
            17:26: invalid operation: []int{} == []int{} (slice can only be compared to nil)
            18:6: invalid operation: e < e (operator < not defined on interface)
            19:6: invalid operation: struct{m map[int]int}{} == struct{m map[int]int}{} (struct containing map[int]int cannot be compared)
            20:11: invalid operation: i == "x" (mismatched types int and untyped string)
            21:6: cannot use -1 + 300 (untyped int constant 299) as uint8 value in assignment (overflows)
            22:6: cannot use 1 << 70 (untyped int constant 1180591620717411303424) as int value in assignment to _ identifier (overflows)
            23:13: invalid operation: nil == nil (operator == not defined on untyped nil)
            24:6: invalid operation: u (variable of type uint8) is not an interface
            25:6: impossible type assertion: e.(error).(int)
            	int does not implement error (missing method Error)
        "#]],
    );
}

#[test]
fn constants() {
    errors(
        r#"const (
	a int8 = 128
	b uint = -1
	c = 10 / 4.0
	d int = c
	e = 1 << 600
	g = 'a' + 1.5
	h rune = g
	i float32 = 1e40
	j = "a" + 1
	k = int8(200)
	l = string(rune(0x110000)) + string('x')
	m = len(l)
	n [m - 3]int = 0
	o = ^uint8(0)
	q = -o
	r = uint8(256.0)
	s int = "x"
	t = complex(1, 2) * 1i
	w float64 = t
)"#,
        expect![[r#"
            2:11: cannot use 128 (untyped int constant) as int8 value in constant declaration (overflows)
            3:11: cannot use -1 (untyped int constant) as uint value in constant declaration (overflows)
            5:10: cannot use c (untyped float constant 2.5) as int value in constant declaration (truncated)
            6:8: constant shift overflow
            8:11: cannot use g (untyped float constant 98.5) as rune value in constant declaration (truncated)
            9:14: cannot use 1e40 (untyped float constant 1e+40) as float32 value in constant declaration (overflows)
            10:6: invalid operation: "a" + 1 (mismatched types untyped string and untyped int)
            11:11: constant 200 overflows int8
            14:4: invalid constant type [1]int
            16:6: -o (constant -255 of type uint8) overflows uint8
            17:12: cannot convert 256.0 (untyped float constant 256) to type uint8
            18:10: cannot use "x" (untyped string constant) as int value in constant declaration
            20:14: cannot use t (untyped complex constant (-2 + 1i)) as float64 value in constant declaration (overflows)
        "#]],
    );
}

#[test]
fn shifts() {
    errors(
        r#"func f(s uint, n int, x float64) {
	var a int = 1.0 << s
	var b float64 = 1 << s
	var c = 1.0 << s
	var d = uint8(1) << n
	_ = 1.5 << 2
	_ = 2.0 << 3
	_ = x << 1
	_ = 1 << -1
	_ = 1 << x
	_ = 1 << 2.5
	_ = make([]int, 1.0)[1.0<<s]
	_ = float32(1 << s)
	_ = 1<<s == 2.5
	_, _, _, _ = a, b, c, d
}"#,
        expect![[r#"
            3:18: invalid operation: shifted operand 1 (type float64) must be integer
            4:10: invalid operation: shifted operand 1.0 (type float64) must be integer
            6:6: invalid operation: shifted operand 1.5 (untyped float constant) must be integer
            8:6: invalid operation: shifted operand x (variable of type float64) must be integer
            9:11: invalid operation: negative shift count -1 (untyped int constant)
            10:11: invalid operation: shift count x (variable of type float64) must be integer
            11:11: 2.5 (untyped float constant) truncated to uint
            13:14: invalid operation: shifted operand 1 (type float32) must be integer
            14:6: invalid operation: shifted operand 1 (type float64) must be integer
        "#]],
    );
}

#[test]
fn calls() {
    errors(
        r#"func two() (int, string)
func none()
func v(a int, b ...string)
func f(fn func(int) string, t struct{ f func() }) {
	two() + 1
	_ = none()
	_ = two()
	v()
	v("a")
	v(1, 2)
	v(1, []string{}...)
	v(1, "a", []string{}...)
	v(two())
	v(two(), 1)
	none(1)
	none(two()...)
	fn(1, 2)
	fn(1)(2)
	t.f(t)
	int(1, 2)
	int()
	_ = int("a")
	_ = len
	_ = (string)(1.5)
	_ = []int(nil...)
}"#,
        expect![[r#"
            5:2: multiple-value two() (value of type (int, string)) in single-value context
            6:6: none() (no value) used as value
            7:6: assignment mismatch: 1 variable but two returns 2 values
            8:2: not enough arguments in call to v
            	have ()
            	want (int, ...string)
            9:4: cannot use "a" (untyped string constant) as int value in argument to v
            10:7: cannot use 2 (untyped int constant) as string value in argument to v
            12:12: too many arguments in call to v
            	have (number, string, []string...)
            	want (int, ...string)
            14:4: multiple-value two() (value of type (int, string)) in single-value context
            14:11: cannot use 1 (untyped int constant) as string value in argument to v
            15:7: too many arguments in call to none
            	have (number)
            	want ()
            16:2: cannot use ... in call to non-variadic none
            17:8: too many arguments in call to fn
            	have (number, number)
            	want (int)
            18:2: invalid operation: cannot call fn(1) (value of type string): string is not a function
            19:6: too many arguments in call to t.f
            	have (struct{f func()})
            	want ()
            20:9: too many arguments in conversion to int
            21:2: missing argument in conversion to int
            22:10: cannot convert "a" (untyped string constant) to type int
            23:6: len (built-in) must be called
            24:15: cannot convert 1.5 (untyped float constant) to type string
            25:12: invalid use of ... in conversion to []int
            25:6: use of untyped nil in assignment to _ identifier
        "#]],
    );
}

#[test]
fn inference() {
    errors(
        r#"func id[T any](x T) T { return x }
func pair[A, B any](a A, b B) (r map[string]B) { return }
func apply[A, B any](f func(A) B, a A) (b B) { return f(a) }
func num[T ~int | ~float64](x, y T) T { return x }
func ret[T any]() (t T) { return }
type L[E any] []E
func (l L[E]) Map[R any](f func(E) R) (r L[R]) { return }
func _(i int, s string) {
	id()
	_ = id[int]("a")
	_ = id[int, string](1)
	_ = ret()
	_ = num(1, 2.5)
	_ = num(i, s)
	_ = num(s, s)
	_ = num(i, 2.5)
	_ = apply(id, "x") + 1
	_ = apply(num, "x")
	_ = pair[string](1, 2)
	var g func(int) string = id
	var h func(int) int = id
	var k = id
	_ = L[int]{}.Map(id[int]).Map(func(i int) string { return 2 })
	_ = L[int]{}.Map(5)
	_, _, _ = g, h, k
}"#,
        expect![[r#"
            9:2: not enough arguments in call to id
            	have ()
            	want (T)
            10:14: cannot use "a" (untyped string constant) as int value in argument to id[int]
            11:14: got 2 type arguments but want 1
            12:9: in call to ret, cannot infer T (declared at p.go:6:10)
            14:13: in call to num, type string of s does not match inferred type int for T
            15:9: string does not satisfy ~int | ~float64 (string missing in ~int | ~float64)
            16:13: cannot use 2.5 (untyped float constant) as int value in argument to num (truncated)
            17:6: invalid operation: apply(id, "x") + 1 (mismatched types string and untyped int)
            18:12: in call to apply, type func[T ~int | ~float64](x T, y T) T of num does not match func(A) B (cannot infer A, B, and T)
            19:19: cannot use 1 (untyped int constant) as string value in argument to pair[string]
            20:27: inferred type func(x int) int for func(x T) T does not match type func(int) string of g
            22:10: cannot use generic function id without instantiation
            23:60: cannot use 2 (untyped int constant) as string value in return statement
            24:18: in call to L[int]{}.Map, cannot infer R (declared at p.go:8:19)
        "#]],
    );
}

#[test]
fn built_in_functions() {
    errors(
        r#"func f[S ~[]byte | ~string, M map[string]int | map[string]bool](s []int, m map[string]int, a [4]int, b []byte, c <-chan int, t S, u M) {
	_ = append(s, "x")
	_ = append(nil, 1)
	_ = append(b, "xyz"...)
	_ = append(s, m...)
	append(s, 1)
	_ = cap(m)
	_ = len(1)
	const n = len(a) + len([...]int{1, 2, 3})
	const k = len(s)
	_ = [1]int{}[n-7]
	clear(a)
	close(c)
	_ = complex(1, "x")
	_ = complex(float32(1), float64(2))
	copy(s, b)
	copy(b, "x")
	copy("x", b)
	delete(m, 1)
	delete(s, 1)
	delete(u, "k")
	_ = make(int)
	_ = make([]int)
	_ = make([]int, -1)
	_ = make([]int, 5, 3)
	_ = make([]int, "x")
	_ = min(1, "x")
	_ = max(1, 2.5, 'a')
	var i int = max(1, 2.5)
	_ = min(s, s)
	_ = *new(1 << 8) + *new("x")
	_ = new(nil)
	panic()
	print(nil)
	_ = real(1) + imag(2i) + real("x")
	_ = recover
	_ = unsafe.Offsetof(a) + unsafe.Sizeof(t) + unsafe.Alignof(f)
	_ = unsafe.String(&i, 1)
	_ = unsafe.Slice(s, 1)
	_ = unsafe.Add(nil, 1.5)
	_ = len(t)
	println(i...)
}"#,
        expect![[r#"
            2:16: cannot use "x" (untyped string constant) as int value in argument to append
            3:13: invalid append: argument must be a slice; have untyped nil
            5:16: cannot use m (variable of type map[string]int) as []int value in argument to append
            6:2: append(s, 1) (value of type []int) is not used
            7:10: invalid argument: m (variable of type map[string]int) for built-in cap
            8:10: invalid argument: 1 (untyped int constant) for built-in len
            10:12: len(s) (value of type int) is not constant
            12:8: invalid argument: cannot clear a (variable of type [4]int): argument must be (or constrained by) map or slice
            13:8: invalid operation: cannot close receive-only channel c (variable of type <-chan int)
            14:14: invalid operation: complex(1, "x") (mismatched types untyped float and untyped string)
            15:14: invalid operation: complex(float32(1), float64(2)) (mismatched types float32 and float64)
            16:7: invalid copy: arguments s (variable of type []int) and b (variable of type []byte) have different element types int and byte
            18:7: invalid copy: argument must be a slice; have "x" (untyped string constant)
            19:12: cannot use 1 (untyped int constant) as string value in argument to delete
            20:9: invalid argument: s (variable of type []int) is not a map
            22:11: invalid argument: cannot make int: type must be slice, map, or channel
            23:6: invalid operation: make([]int) expects 2 or 3 arguments; found 1
            24:18: invalid argument: index -1 (constant of type int) must not be negative
            25:18: invalid argument: length and capacity swapped
            26:18: cannot convert "x" (untyped string constant) to type int
            27:13: invalid argument: mismatched types untyped int (previous argument) and untyped string (type of "x")
            29:14: cannot use max(1, 2.5) (untyped float constant 2.5) as int value in variable declaration (truncated)
            30:10: invalid argument: s (variable of type []int) cannot be ordered
            31:6: invalid operation: *new(1 << 8) + *new("x") (mismatched types int and string)
            32:10: use of untyped nil in argument to new
            33:2: invalid operation: not enough arguments for panic() (expected 1, found 0)
            34:8: use of untyped nil in argument to built-in print
            35:32: invalid argument: argument has type untyped string, expected complex type
            36:6: recover (built-in) must be called
            37:22: invalid argument: a is not a selector expression
            37:61: cannot use generic function f without instantiation
            38:20: cannot use &i (value of type *int) as *byte value in argument to unsafe.String
            39:19: invalid argument: s (variable of type []int) is not a pointer
            40:22: 1.5 (untyped float constant) truncated to int
            42:2: invalid operation: invalid use of ... with built-in println
        "#]],
    );
}

#[test]
fn index_and_slice_expressions() {
    errors(
        r#"func f(s []int, a [4]int, p *[4]int, m map[string]int, t string, i int8, x float64) {
	_ = s[-1]
	_ = s[1.5]
	_ = s[x]
	_ = a[4]
	_ = p[5]
	_ = m[1]
	_ = "abc"[3]
	_ = t[i]
	t[0] = 'a'
	_ = i[0]
	_ = s[2:1]
	_ = a[1:5]
	_ = [4]int{}[:]
	_ = t[1:2:3]
	_ = m[:]
	_ = s["a":]
	_ = p[:4:4]
	_ = s[1<<63]
	_ = f[int]
	_ = s[i, i]
}"#,
        expect![[r#"
            2:8: invalid argument: index -1 (constant of type int) must not be negative
            3:8: 1.5 (untyped float constant) truncated to int
            4:8: invalid argument: index x (variable of type float64) must be integer
            5:8: invalid argument: index 4 out of bounds [0:4]
            6:8: invalid argument: index 5 out of bounds [0:4]
            7:8: cannot use 1 (untyped int constant) as string value in map index
            8:12: invalid argument: index 3 out of bounds [0:3]
            10:2: cannot assign to t[0] (neither addressable nor a map index expression)
            11:7: cannot index i (variable of type int8)
            12:10: invalid slice indices: 1 < 2
            13:10: invalid argument: index 5 out of bounds [0:5]
            14:6: cannot slice unaddressable value [4]int{} (value of type [4]int)
            15:12: invalid operation: 3-index slice of string
            16:6: cannot slice m (variable of type map[string]int)
            17:8: cannot convert "a" (untyped string constant) to type int
            19:8: 1 << 63 (untyped int constant 9223372036854775808) overflows int
            20:7: cannot index f (value of type func(s []int, a [4]int, p *[4]int, m map[string]int, t string, i int8, x float64))
            21:11: invalid operation: more than one index
        "#]],
    );
}

#[test]
fn composite_literals() {
    errors(
        r#"type In struct{ a, b int }
type Out struct {
	In
	*P
	c string
}
type P struct{ d int }
func f() {
	_ = In{1}
	_ = In{1, 2, 3}
	_ = In{a: 1, 2}
	_ = In{a: 1, a: 2}
	_ = In{z: 1}
	_ = In{A: 1}
	_ = In{"x", 1}
	_ = Out{a: 1, c: "x"}
	_ = Out{a: 1, In: In{}}
	_ = Out{In: In{}, b: 1}
	_ = Out{d: 1}
	_ = Out{f: 1}
	_ = [2]int{1, 2, 3}
	_ = [...]string{2: "a", "b", 1: "c", 2: "d"}
	_ = []int{"a", 1: 2, -1: 3, 1.5: 4}
	_ = map[string]int{"a": 1, "b": 2, "a": 3, 1}
	_ = map[any]int{1: 1, 1.0: 2, int8(1): 3, 1: 4}
	_ = []*In{{1, 2}, {a: 1}, nil, {}}
	_ = []int{{1}}
	_ = int{}
	_ = []In{{1, 2}, {c: 1}}
}"#,
        expect![[r#"
            9:10: too few values in struct literal of type In
            10:15: too many values in struct literal of type In
            11:15: mixture of field:value and value elements in struct literal
            12:15: duplicate field name a in struct literal
            13:9: unknown field z in struct literal of type In
            14:9: unknown field A in struct literal of type In, but does have a
            15:9: cannot use "x" (untyped string constant) as int value in struct literal
            17:16: cannot specify embedded field In and enclosed promoted field a
            18:20: cannot specify promoted field b and enclosing embedded field In
            19:10: invalid implicit pointer indirection to reach d
            20:10: unknown field f in struct literal of type Out
            21:19: index 2 is out of bounds (>= 2)
            22:39: duplicate index 2 in array or slice literal
            23:12: cannot use "a" (untyped string constant) as int value in array or slice literal
            23:23: invalid argument: index -1 (constant of type int) must not be negative
            23:30: 1.5 (untyped float constant) truncated to int
            24:37: duplicate key "a" in map literal
            24:45: missing key in map literal
            25:44: duplicate key 1 in map literal
            27:12: invalid composite literal element type int
            28:6: invalid composite literal type int
            29:20: unknown field c in struct literal of type In
        "#]],
    );
}

#[test]
fn selectors() {
    errors(
        r#"type A struct{ x, Y int }
type B struct{ x int }
type C struct { A; B }
func (A) m() {}
func (*A) pm() {}
type I interface{ im() }
func f(a A, c C, i I, ip *I, n func()) {
	_ = a.y
	_ = a.X
	_ = c.x
	_ = a.m
	A{}.pm()
	_ = A.pm
	_ = (*A).pm
	_ = A.x
	ip.im()
	_ = i.m
	_ = n.x
	_ = len.x
	_ = unsafe.sizeof
	_ = unsafe.Foo
	_ = I.im
	_ = c.Y + c.A.Y
	var g func(A) = A.m
	var h func(A) = a.m
	_, _ = g, h
}"#,
        expect![[r#"
            8:8: a.y undefined (type A has no field or method y, but does have field Y)
            9:8: a.X undefined (type A has no field or method X, but does have field x)
            10:8: ambiguous selector c.x
            12:6: cannot call pointer method pm on A
            13:8: invalid method expression A.pm (needs pointer receiver (*A).pm)
            15:6: operand for field selector x must be value of type A
            16:5: ip.im undefined (type *I is pointer to interface, not interface)
            17:8: i.m undefined (type I has no field or method m)
            18:8: n.x undefined (type func() has no field or method x)
            19:9: invalid use of len (built-in) in selector expression
            20:13: undefined: unsafe.sizeof (but have Sizeof)
            21:13: undefined: unsafe.Foo
            25:18: cannot use a.m (value of type func()) as func(A) value in variable declaration
        "#]],
    );
}

#[test]
fn conversions() {
    errors(
        r#"type S []int
type N int
func f[T ~int | ~string, U ~[]byte](s []int, b []byte, str string, p *int, x float64, t T, u U, e error) {
	_ = S(s)
	_ = [3]int(s)
	_ = (*[3]int)(s)
	_ = [3]string(s)
	_ = string(x)
	_ = string(b) + string(u)
	_ = []byte(str)
	_ = []rune(b)
	_ = (*N)(p)
	_ = (*N)(unsafe.Pointer(p))
	_ = int(e)
	_ = error(1)
	_ = uintptr(p)
	_ = T(1)
	_ = T("x")
	_ = int(t)
	_ = U("abc")
	_ = int8(300)
	_ = int8(1.5)
	_ = uint(-1)
	_ = func()(nil)
	_ = struct{}(nil)
	_ = any(nil)
}"#,
        expect![[r#"
            7:16: cannot convert s (variable of type []int) to type [3]string
            8:13: cannot convert x (variable of type float64) to type string
            11:13: cannot convert b (variable of type []byte) to type []rune
            14:10: cannot convert e (variable of interface type error) to type int
            15:12: cannot convert 1 (untyped int constant) to type error
            16:14: cannot convert p (variable of type *int) to type uintptr
            18:8: cannot convert "x" (untyped string value) to type T: cannot convert "x" (untyped string constant) to type int (in T)
            19:10: cannot convert t (variable of type T constrained by ~int | ~string) to type int: cannot convert string (in T) to type int
            21:11: constant 300 overflows int8
            22:11: cannot convert 1.5 (untyped float constant) to type int8
            23:11: constant -1 overflows uint
            24:13: nil (untyped nil) is not a type
            24:10: func() nil (type) is not an expression
            25:15: cannot convert nil to type struct{}
        "#]],
    );
}

#[test]
fn records_of_untyped_operands() {
    records(
        r#"func f(s uint, e any, b []byte) {
	var x float32 = 1 + 2
	var y int64 = 1 << s
	x = x * (2 + 1)
	e = 'a'
	e = x == 1
	_ = e == nil
	_ = copy(b, "abc") + len("abc")
	_ = append(b, "x"...)
	_ = []float64{1}[0]
	_ = y
}"#,
        expect![[r#"
            1 + 2: Constant float32 = 3
            1: Constant untyped int = 1
            2: Constant untyped int = 2
            1 << s: Value int64
            1: Constant int64 = 1
            x * (2 + 1): Value float32
            (2 + 1): Constant float32 = 3
            2 + 1: Constant float32 = 3
            2: Constant untyped int = 2
            1: Constant untyped int = 1
            'a': Constant rune = 97
            x == 1: Value bool
            1: Constant float32 = 1
            e == nil: Value bool
            nil: NilValue any
            copy(b, "abc") + len("abc"): Value int
            copy(b, "abc"): Value int
            copy: Builtin
            "abc": Constant untyped string = "abc"
            len("abc"): Constant int = 3
            len: Builtin
            "abc": Constant untyped string = "abc"
            append(b, "x"...): Value []byte
            append: Builtin
            "x": Constant untyped string = "x"
            []float64{…}[0]: Variable float64
            []float64{…}: Value []float64
            1: Constant float64 = 1
            0: Constant int = 0
        "#]],
    );
}

#[test]
fn records_of_selections_and_instances() {
    records(
        r#"type A struct{ x int }
func (A) m(int) string { return "" }
type B struct{ *A }
type L[E any] []E
func (l L[E]) Map[R any](f func(E) R) L[R] { return nil }
func id[T any](x T) T { return x }
func f(b B, l L[int], m map[string]B) {
	_ = b.x
	_ = b.m(1)
	_ = (*B).m
	_ = id(b.x)
	_ = l.Map(id[int])
	v, ok := m["a"]
	_, _ = v, ok
}"#,
        expect![[r#"
            "": Constant string = ""
            nil: NilValue p.L[R]
            b.x: Variable int, FieldVal [0, 0] indirect
            b.m(1): Value string
            b.m: Value func(int) string, MethodVal [0, 0] indirect
            1: Constant int = 1
            (*B).m: Value func(*p.B, int) string, MethodExpr [0, 0] indirect
            id(b.x): Value int
            id: Value func(x int) int, instance [int]
            b.x: Variable int, FieldVal [0, 0] indirect
            l.Map(id[int]): Value p.L[int]
            l.Map: Value func(f func(int) int) p.L[int], MethodVal [0], instance [int]
            id[int]: Value func(x int) int
            id: Value func[T any](x T) T, instance [int]
            m["a"]: MapIndex (p.B, bool)
            "a": Constant string = "a"
        "#]],
    );
}
