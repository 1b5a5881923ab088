//! The main package of a test binary: what the tests of a package are, and the program that runs them.
//!
//! The rules are those of `go test`: names (`TestXxx`, `BenchmarkXxx`, `FuzzXxx`, `ExampleXxx`, `TestMain`),
//! signatures, and the comment at the end of an example that says what it prints. The order is that of the
//! files and of the declarations in them.

use grus_syntax::quote::quote_string;
use grus_syntax::scanner::{CommentMode, Scanner};
use grus_syntax::token::Token;
use grus_syntax::{DeclId, DeclKind, ExprKind, File, FuncDecl, Operator, SourceMap};
use std::fmt::Write;

/// Name of the generated file.
pub const FILE_NAME: &str = "_testmain.go";

/// The standard packages that every test binary imports.
const IMPORTS: &[&str] = &["os", "reflect", "testing", "testing/internal/testdeps"];

/// A function that the test binary calls.
struct Function {
    /// Local name of the package that declares it.
    package: &'static str,
    name: String,
}

struct Example {
    function: Function,
    output: String,
    unordered: bool,
}

/// The test functions of a package and of its external test package.
#[derive(Default)]
pub struct TestFuncs {
    tests: Vec<Function>,
    benchmarks: Vec<Function>,
    fuzz_targets: Vec<Function>,
    examples: Vec<Example>,
    main: Option<Function>,
    /// The package is imported by its local name, or for its effects only.
    uses: [bool; 2],
}

/// The two packages that tests come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The package itself, with the test files that belong to it.
    Internal,
    /// The package `NAME_test`.
    External,
}

impl Origin {
    fn local_name(self) -> &'static str {
        match self {
            Origin::Internal => "_test",
            Origin::External => "_xtest",
        }
    }
}

impl TestFuncs {
    /// Adds the functions of a test file.
    ///
    /// # Errors
    /// The message of the `go` command about a function with a wrong signature.
    pub fn add_file(&mut self, file: &File, origin: Origin) -> Result<(), String> {
        let mut comments = None;
        for &id in &file.decl_list {
            let DeclKind::Func(func) = file.decls[id].kind else { continue };
            if func.recv.is_some() {
                continue;
            }
            let Some(name) = file.as_name(func.name) else { continue };
            let name = name.as_str();
            let function = || Function { package: origin.local_name(), name: name.to_string() };
            if name == "TestMain" && !takes(file, &func, "T") {
                check(file, id, &func, "M")?;
                if self.main.replace(function()).is_some() {
                    return Err("multiple definitions of TestMain".into());
                }
            } else if is_test(name, "Test") {
                check(file, id, &func, "T")?;
                self.tests.push(function());
            } else if is_test(name, "Benchmark") {
                check(file, id, &func, "B")?;
                self.benchmarks.push(function());
            } else if is_test(name, "Fuzz") {
                check(file, id, &func, "F")?;
                self.fuzz_targets.push(function());
            } else if is_test(name, "Example") && func.tparams.is_empty() {
                let (params, _) = file.func_type(func.typ);
                let Some(body) = func.body.expand().filter(|_| params.is_empty()) else { continue };
                let range = file.source.offset(file.stmts[body].pos)..file.source.offset(file.block(body).1);
                let comments = comments.get_or_insert_with(|| collect_comments(file));
                let Some((unordered, output)) = expected_output(file.source.text(), comments, range) else {
                    continue;
                };
                self.examples.push(Example { function: function(), output, unordered });
            } else {
                continue;
            }
            self.uses[origin as usize] = true;
        }
        Ok(())
    }

    /// The text of the main package for the tests of the package `path`, of the module `module` (empty for the
    /// standard library). `present` says which of the two packages have test files.
    pub fn source(&self, path: &str, module: &str, present: [bool; 2]) -> String {
        let mut text = String::from("package main\n\nimport (\n");
        for import in IMPORTS.iter().filter(|&&i| i != "reflect" || self.main.is_some()) {
            let _ = writeln!(text, "\t{}", quote(import));
        }
        for (origin, suffix) in [(Origin::Internal, ""), (Origin::External, "_test")] {
            if present[origin as usize] {
                let name = if self.uses[origin as usize] { origin.local_name() } else { "_" };
                let _ = writeln!(text, "\t{name} {}", quote(&format!("{path}{suffix}")));
            }
        }
        text.push_str(")\n");
        let lists = [
            ("tests", "InternalTest", &self.tests),
            ("benchmarks", "InternalBenchmark", &self.benchmarks),
            ("fuzzTargets", "InternalFuzzTarget", &self.fuzz_targets),
        ];
        for (name, typ, functions) in lists {
            let _ = writeln!(text, "\nvar {name} = []testing.{typ}{{");
            for f in functions {
                let _ = writeln!(text, "\t{{{}, {}.{}}},", quote(&f.name), f.package, f.name);
            }
            text.push_str("}\n");
        }
        text.push_str("\nvar examples = []testing.InternalExample{\n");
        for e in &self.examples {
            let (f, output) = (&e.function, quote(&e.output));
            let _ = writeln!(
                text,
                "\t{{{}, {}.{}, {output}, {}}},",
                quote(&f.name),
                f.package,
                f.name,
                e.unordered
            );
        }
        text.push_str("}\n\nfunc init() {\n");
        let _ = writeln!(text, "\ttestdeps.ModulePath = {}", quote(module));
        let _ = writeln!(text, "\ttestdeps.ImportPath = {}", quote(path));
        text.push_str("}\n\nfunc main() {\n");
        text.push_str(
            "\tm := testing.MainStart(testdeps.TestDeps{}, tests, benchmarks, fuzzTargets, examples)\n",
        );
        match &self.main {
            Some(f) => {
                let _ = writeln!(text, "\t{}.{}(m)", f.package, f.name);
                text.push_str("\tos.Exit(int(reflect.ValueOf(m).Elem().FieldByName(\"exitCode\").Int()))\n");
            }
            None => text.push_str("\tos.Exit(m.Run())\n"),
        }
        text.push_str("}\n");
        text
    }
}

fn quote(text: &str) -> String {
    quote_string(text.as_bytes())
}

/// Whether a function's name makes it a test: the prefix, and nothing that goes on in lower case.
fn is_test(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| !rest.chars().next().is_some_and(char::is_lowercase))
}

/// Whether the function has one parameter, of a type `*X` or `*p.X`, and no results.
fn takes(file: &File, func: &FuncDecl, typ: &str) -> bool {
    let (params, results) = file.func_type(func.typ);
    let (1, 0, Some(param)) = (params.len(), results.len(), params.first()) else { return false };
    let ExprKind::Unary { op: Operator::Mul, x } = file.kind(file.fields[param].typ) else { return false };
    let name = match file.kind(x) {
        ExprKind::Selector { sel, .. } => file.as_name(sel),
        _ => file.as_name(x),
    };
    name.is_some_and(|n| n.as_str() == typ)
}

fn check(file: &File, decl: DeclId, func: &FuncDecl, typ: &str) -> Result<(), String> {
    let name = file.name(func.name);
    let why = if !func.tparams.is_empty() {
        "test functions cannot have type parameters".to_string()
    } else if !takes(file, func, typ) {
        format!("must be: func {name}({} *testing.{typ})", typ.to_lowercase())
    } else {
        return Ok(());
    };
    // The `go` command gives the position of the keyword.
    let p = SourceMap::global().position(file.decls[decl].pos);
    let text = file.source.line_text(p.line);
    let col = memchr::memmem::find(text, b"func").map_or(p.col, |i| i as u32 + 1);
    Err(format!("{}:{}:{col}: wrong signature for {name}, {why}", p.filename, p.line))
}

/// All comments of a file as byte ranges.
fn collect_comments(file: &File) -> Vec<(usize, usize)> {
    let mut scanner = Scanner::new(&file.source, CommentMode::Collect);
    loop {
        scanner.next();
        if scanner.tok == Token::Eof {
            return std::mem::take(&mut scanner.comments);
        }
    }
}

/// What the last comment of an example's body says about its output: whether lines may come in any order,
/// and the output.
fn expected_output(
    source: &[u8],
    comments: &[(usize, usize)],
    body: std::ops::Range<usize>,
) -> Option<(bool, String)> {
    let inside: Vec<(usize, usize)> =
        comments.iter().copied().filter(|c| body.contains(&c.0) && c.1 <= body.end).collect();
    let mut first = inside.len().checked_sub(1)?;
    // Comments on lines that follow each other are one; one behind code stands alone.
    while first > 0 {
        let between = &source[inside[first - 1].1..inside[first].0];
        let lines = memchr::memchr_iter(b'\n', between).count();
        if !between.trim_ascii().is_empty()
            || lines > 1
            || lines == 1 && follows_code(source, inside[first - 1].0)
        {
            break;
        }
        first -= 1;
    }
    let text = comment_text(inside[first..].iter().map(|&(a, b)| &source[a..b]));
    let rest = text.trim_start_matches(|c: char| " \t\n\r\u{b}\u{c}".contains(c));
    let (unordered, rest) = match strip_prefix_ignoring_case(rest, "unordered ") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = strip_prefix_ignoring_case(rest, "output:")?;
    let rest = rest.trim_start_matches(' ');
    Some((unordered, rest.strip_prefix('\n').unwrap_or(rest).to_string()))
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// Whether something stands before an offset on its line.
fn follows_code(source: &[u8], offset: usize) -> bool {
    let start = memchr::memrchr(b'\n', &source[..offset]).map_or(0, |i| i + 1);
    !source[start..offset].trim_ascii().is_empty()
}

/// The text of a comment without its marks, as Go's `ast.CommentGroup` gives it: directives are left out,
/// lines lose their trailing blanks, runs of empty lines become one, and none are left at the ends.
fn comment_text<'a>(comments: impl Iterator<Item = &'a [u8]>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for c in comments {
        let c = String::from_utf8_lossy(c).replace('\r', "");
        if let Some(block) = c.strip_prefix("/*") {
            let block = block.strip_suffix("*/").unwrap_or(block);
            lines.extend(block.split('\n').map(str::to_string));
            continue;
        }
        let line = c.strip_prefix("//").unwrap_or(&c).trim_end_matches('\n');
        match line.strip_prefix(' ') {
            Some(line) => lines.push(line.to_string()),
            None if is_directive(line) => {}
            None => lines.push(line.to_string()),
        }
    }
    let mut text = String::new();
    let mut empty = true;
    for line in &lines {
        let line = line.trim_end_matches([' ', '\t', '\n', '\r']);
        if !line.is_empty() {
            text.push_str(line);
            text.push('\n');
        } else if !empty {
            text.push('\n');
        }
        empty = line.is_empty();
    }
    if text.ends_with("\n\n") {
        text.pop();
    }
    text
}

/// Whether a line comment's text is a directive: `line `, `extern `, `export `, or `word:word`.
fn is_directive(text: &str) -> bool {
    if ["line ", "extern ", "export "].iter().any(|p| text.starts_with(p)) {
        return true;
    }
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.split_once(':').is_some_and(|(word, rest)| {
        !word.is_empty() && word.bytes().all(plain) && rest.bytes().next().is_some_and(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use grus_syntax::{ParseOptions, parse_file};

    fn funcs(text: &str) -> Result<TestFuncs, String> {
        let source = SourceMap::global().add("a_test.go", text.as_bytes().to_vec()).unwrap();
        let mut funcs = TestFuncs::default();
        funcs.add_file(&parse_file(&source, &ParseOptions::default()).file, Origin::Internal)?;
        Ok(funcs)
    }

    #[test]
    fn what_is_a_test() {
        let f = funcs(
            "package p\nfunc TestA(t *testing.T) {}\nfunc Testify() {}\nfunc (x) TestB(t *testing.T) {}\n\
             func Test(x *T) {}\nfunc BenchmarkÄ(b *testing.B) {}\nfunc FuzzX(f *testing.F) {}\n\
             func TestMain(m *testing.M) {}\n",
        )
        .unwrap();
        let names = |l: &[Function]| l.iter().map(|f| f.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&f.tests), ["TestA", "Test"]);
        assert_eq!(names(&f.benchmarks), ["BenchmarkÄ"]);
        assert_eq!(names(&f.fuzz_targets), ["FuzzX"]);
        assert!(f.main.is_some());
    }

    #[test]
    fn wrong_signatures() {
        let error = |text: &str| funcs(text).err().unwrap();
        assert_eq!(
            error("package p\n\nfunc TestA(t *testing.B) {}\n"),
            "a_test.go:3:1: wrong signature for TestA, must be: func TestA(t *testing.T)"
        );
        assert_eq!(
            error("package p\nfunc TestA[T any](t *testing.T) {}\n"),
            "a_test.go:2:1: wrong signature for TestA, test functions cannot have type parameters"
        );
    }

    #[test]
    fn outputs_of_examples() {
        let output = |body: &str| {
            let f = funcs(&format!("package p\nfunc Example() {{{body}}}\n")).unwrap();
            f.examples.first().map(|e| (e.unordered, e.output.clone()))
        };
        assert_eq!(output("\n\tf()\n\t// Output: x\n"), Some((false, "x\n".into())));
        assert_eq!(
            output("\n\tf()\n\n\t// Unordered output:\n\t// a\n\t//\n\t//\n\t//  b  \n\t//\n"),
            Some((true, "a\n\n b\n".into()))
        );
        assert_eq!(output("\n\t// Output:\n"), Some((false, String::new())));
        assert_eq!(output("\n\t/* output:\na */\n"), Some((false, "a\n".into())));
        assert_eq!(output("\n\t// Output: x\n\n\t// other\n"), None);
        assert_eq!(output("\n\tf() // Output: x\n\t// other\n"), None);
        assert_eq!(output("\n\tf(`// Output: x`)\n"), None);
        assert_eq!(output("\n\tf()\n"), None);
    }

    #[test]
    fn the_generated_program_parses() {
        let f = funcs(
            "package p\nfunc TestA(t *testing.T) {}\nfunc TestMain(m *testing.M) {}\n\
             func ExampleX() {\n// Output: \"q\"\n}\n",
        )
        .unwrap();
        let text = f.source("a/p", "a", [true, true]);
        assert!(text.contains("\t_test \"a/p\"\n\t_ \"a/p_test\"\n"), "{text}");
        assert!(text.contains("{\"ExampleX\", _test.ExampleX, \"\\\"q\\\"\\n\", false},"), "{text}");
        let source = SourceMap::global().add(FILE_NAME, text.into_bytes()).unwrap();
        assert!(parse_file(&source, &ParseOptions::default()).diagnostics.is_empty());
    }
}
