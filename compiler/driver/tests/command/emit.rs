//! `--emit` of what the front end made.

use crate::harness::Folder;
use expect_test::expect;

#[test]
fn trees_and_types() {
    let folder = Folder::new(
        "-- go.mod --\nmodule m\ngo 1.27\n-- a.go --\npackage main\n\ntype T struct{ n int }\n\nfunc (t *T) Get() int {\n\treturn t.n +\n\t\t1\n}\n\nvar v = &T{1}\n\nfunc main() { println(v.Get()) }\n",
    );
    let emit = |flag: &str| folder.grus(&["build", flag, "."]).ok();
    let tree = emit("--emit=ast");
    assert!(tree.starts_with("// $DIR/a.go\n") && tree.contains("return t.n + 1"), "{tree}");
    assert_eq!(folder.grus(&["build", "--emit=ast", "--func", "main.main", "."]).ok().lines().count(), 2);
    expect![[r#"
        func (*main.T).Get() int
        func main.main()
        type main.T struct{n int}
        var main.v *main.T
    "#]]
    .assert_eq(&emit("--emit=types"));
    assert!(!folder.path().join("m").exists(), "nothing is built");
}
