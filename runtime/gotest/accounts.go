package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// fileArch names the packages whose files are chosen for another architecture, so that they need no assembly.
var fileArch = map[string]string{
	"math":                        "none",
	"hash/crc32":                  "none",
	"internal/bytealg":            "none",
	"internal/runtime/gc/scan":    "none",
	"internal/runtime/sys":        "none",
	"internal/chacha8rand":        "none",
	"internal/abi":                "none",
	"vendor/golang.org/x/sys/cpu": "mips64le",
}

// nativeAMD64 names the packages that keep their files for amd64: natives replace their assembly.
var nativeAMD64 = map[string]bool{
	"crypto/internal/fips140/aes":                 true,
	"crypto/internal/fips140/aes/gcm":             true,
	"crypto/internal/fips140/bigmod":              true,
	"crypto/internal/fips140/edwards25519/field":  true,
	"crypto/internal/fips140/nistec":              true,
	"crypto/internal/fips140/sha256":              true,
	"crypto/internal/fips140/sha3":                true,
	"crypto/internal/fips140/sha512":              true,
	"crypto/internal/fips140/subtle":              true,
	"crypto/md5":                                  true,
	"crypto/sha1":                                 true,
	"hash/crc32":                                  true,
	"math/big":                                    true,
	"vendor/golang.org/x/crypto/chacha20poly1305": true,
	"vendor/golang.org/x/sys/cpu":                 true,
}

// neverCalled matches functions without a body that exist for the sake of foreign linknames, or belong to what
// Grus does not have: cgo, and a test's assembly.
var neverCalled = regexp.MustCompile(`\.(badlinkname_|bad[A-Z])|^runtime/cgo\.|^internal/runtime/startlinetest\.|` +
	`^internal/bytealg\.abigen_runtime_memequal_varlen$`)

// An accounts holds the packages of the standard library for one architecture.
type accounts struct {
	arch string
	fset *token.FileSet
	pkgs map[string]*pkg
}

type pkg struct {
	path  string
	files []*ast.File
	types *types.Package
	info  *types.Info
}

func newAccounts(arch string) *accounts {
	return &accounts{arch: arch, fset: token.NewFileSet(), pkgs: map[string]*pkg{}}
}

func (a *accounts) check() {
	var paths []string
	for _, path := range a.std() {
		if len(a.load(path).files) > 0 {
			paths = append(paths, path)
		}
	}
	before := failures
	for _, path := range paths {
		a.Import(strings.TrimPrefix(path, "vendor/"))
	}
	if failures > before {
		return
	}
	n := a.checkLinks(paths)
	m := a.checkCompilerCalls()
	a.checkAPI()
	fmt.Printf("%s: %d packages, %d functions without a body, %d called by the compiler\n", a.arch, len(paths), n, m)
}

// std lists the packages of the standard library.
func (a *accounts) std() []string {
	src := filepath.Join(*goroot, "src")
	var paths []string
	filepath.WalkDir(src, func(dir string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		path, _ := filepath.Rel(src, dir)
		if name := d.Name(); name == "testdata" || name[0] == '_' || path == "cmd" || path == "builtin" || path == "unsafe" {
			return filepath.SkipDir
		}
		paths = append(paths, filepath.ToSlash(path))
		return nil
	})
	return paths[1:]
}

func (a *accounts) context(path string) build.Context {
	ctx := build.Default
	ctx.GOROOT, ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled, ctx.Compiler = *goroot, "linux", a.arch, false, "gc"
	ctx.BuildTags = []string{"purego", "math_big_pure_go"}
	if a.arch == "amd64" && nativeAMD64[path] {
		ctx.BuildTags = nil
	} else if arch, ok := fileArch[path]; ok {
		ctx.GOARCH = arch
	}
	ctx.ToolTags = []string{"goexperiment.jsonv2"}
	return ctx
}

// load parses the files of a package: the overlay's for runtime, those of both trees otherwise.
func (a *accounts) load(path string) *pkg {
	if p, ok := a.pkgs[path]; ok {
		return p
	}
	p := &pkg{path: path}
	a.pkgs[path] = p
	ctx := a.context(path)
	var files []string
	dirs := []string{filepath.Join(*goroot, "src", path), filepath.Join(overlay(), path)}
	if path == "runtime" {
		dirs = dirs[1:]
	}
	for _, dir := range dirs {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		bp, err := ctx.ImportDir(dir, 0)
		if _, none := err.(*build.NoGoError); none {
			continue
		}
		if err != nil {
			fail("%v", err)
		}
		for _, name := range bp.GoFiles {
			files = append(files, filepath.Join(dir, name))
		}
	}
	for _, name := range files {
		f, err := parser.ParseFile(a.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			fail("%v", err)
			continue
		}
		p.files = append(p.files, f)
	}
	return p
}

// Import type-checks a package. Bodies are checked where the overlay has files.
func (a *accounts) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if _, err := os.Stat(filepath.Join(*goroot, "src", path)); err != nil {
		path = "vendor/" + path
	}
	p := a.load(path)
	if p.types != nil {
		return p.types, nil
	}
	_, err := os.Stat(filepath.Join(overlay(), path))
	conf := types.Config{
		Importer:         a,
		IgnoreFuncBodies: err != nil,
		Sizes:            types.SizesFor("gc", a.arch),
		GoVersion:        "go1.27",
		Error:            func(err error) { fail("%v", err) },
	}
	p.info = &types.Info{Defs: map[*ast.Ident]types.Object{}}
	p.types, _ = conf.Check(path, a.fset, p.files, p.info)
	return p.types, nil
}

var linkRx = regexp.MustCompile(`^//go:linkname(?:std)?\s+(\S+)\s+(\S+)`)

// links returns the link names that a file's directives give to its functions.
func links(f *ast.File) map[string]string {
	m := map[string]string{}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if s := linkRx.FindStringSubmatch(c.Text); s != nil {
				m[s[1]] = s[2]
			}
		}
	}
	return m
}

// A function is a declaration under its link name.
type function struct {
	name  string // in the source
	shape string
	body  bool
}

// checkLinks finds a provider for every function without a body.
func (a *accounts) checkLinks(paths []string) (bodyless int) {
	funcs := map[string][]function{}
	for _, path := range paths {
		p := a.pkgs[path]
		for _, f := range p.files {
			renamed := links(f)
			for _, d := range f.Decls {
				fd, ok := d.(*ast.FuncDecl)
				if !ok || fd.Recv != nil || fd.Type.TypeParams != nil || fd.Name.Name == "init" {
					continue
				}
				name := path + "." + fd.Name.Name
				fn := function{name, shape(p.info.Defs[fd.Name].Type().(*types.Signature)), fd.Body != nil}
				if r, ok := renamed[fd.Name.Name]; ok {
					name = r
				}
				funcs[name] = append(funcs[name], fn)
			}
		}
	}
	natives, replacing, missing := nativeTable(a.arch)
	for link, list := range funcs {
		for _, fn := range list[1:] {
			if fn.shape != list[0].shape {
				fail("%s: %s is declared as %s, %s as %s", link, fn.name, fn.shape, list[0].name, list[0].shape)
			}
		}
		if slices.ContainsFunc(list, func(fn function) bool { return fn.body }) {
			if natives[link] && !replacing[link] {
				fail("%s is in the table of natives and has a body", link)
			}
			continue
		}
		bodyless++
		switch {
		case natives[link], missing[link], isIntrinsic(link), link == "main.main", neverCalled.MatchString(list[0].name):
		default:
			fail("%s: nobody provides %s", a.arch, link)
		}
	}
	for link := range natives {
		if strings.HasPrefix(link, "runtime.") && funcs[link] == nil {
			fail("native %s is not declared", link)
		}
	}
	return bodyless
}

// nativeTable reads the tables in NATIVES.md: the symbols that exist on the architecture, those among them that may
// replace a Go body, and the list of what is not provided yet at its end.
func nativeTable(arch string) (natives, replacing, missing map[string]bool) {
	text, err := os.ReadFile(filepath.Join(*root, "runtime", "NATIVES.md"))
	if err != nil {
		fail("%v", err)
	}
	natives, replacing, missing = map[string]bool{}, map[string]bool{}, map[string]bool{}
	foreign := map[string]string{"amd64": "aarch64", "arm64": "x86_64"}[arch]
	tables, rest, _ := strings.Cut(string(text), "\n## Not provided yet")
	symbol := regexp.MustCompile("`([a-z][a-zA-Z0-9_/.]*\\.[A-Za-z0-9_]+)(\\([^`]*)?`")
	for _, line := range strings.Split(tables, "\n") {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cell, kind := cells[0], cells[1]
		if strings.HasPrefix(cell, "| `func ") {
			cell, kind = cells[1], cells[2]
		}
		if strings.Contains(kind, foreign) || strings.Contains(kind, "not declared") {
			continue
		}
		for _, m := range symbol.FindAllStringSubmatch(cell, -1) {
			natives[m[1]] = true
			replacing[m[1]] = strings.Contains(kind, "replaces")
		}
	}
	path := ""
	for _, m := range regexp.MustCompile("`([^`\\s]+)`").FindAllStringSubmatch(rest, -1) {
		name := m[1]
		if i := strings.LastIndex(name, "."); i > 0 {
			path = name[:i+1]
			name = name[i+1:]
		}
		missing[path+name] = true
	}
	return natives, replacing, missing
}

var atomicRx = regexp.MustCompile(`^internal/runtime/atomic\.(And|Cas|Load|Or|Store|Xadd|Xchg)[A-Za-z0-9]*$|` +
	`^sync/atomic\.((Add|And|CompareAndSwap|Load|Or|Store|Swap)(Int32|Uint32|Int64|Uint64|Uintptr)|LoadPointer)$`)

// isIntrinsic reports whether the compiler expands calls of the function.
func isIntrinsic(link string) bool {
	switch link {
	case "internal/abi.FuncPCABI0", "internal/abi.FuncPCABIInternal", "internal/runtime/sys.GetCallerPC",
		"internal/runtime/sys.GetCallerSP", "internal/runtime/sys.GetClosurePtr":
		return true
	}
	return atomicRx.MatchString(link)
}

// checkCompilerCalls looks for the functions that gc's compiler calls.
func (a *accounts) checkCompilerCalls() (n int) {
	name := filepath.Join(*goroot, "src/cmd/compile/internal/typecheck/_builtin/runtime.go")
	f, err := parser.ParseFile(a.fset, name, nil, parser.SkipObjectResolution)
	if err != nil {
		fail("%v", err)
		return
	}
	dropped := regexp.MustCompile(`^(race|msan|asan|libfuzzer|checkptr|addCov|u?int\d+(to|div|mod)|float\d+to|` +
		`goschedguarded|selectsetpc|throwinit)`)
	scope := a.pkgs["runtime"].types.Scope()
	for _, d := range f.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok || dropped.MatchString(fd.Name.Name) {
			continue
		}
		n++
		if name := strings.Replace(fd.Name.Name, "goPanic", "panic", 1); scope.Lookup(name) == nil {
			fail("the compiler calls runtime.%s", name)
		}
	}
	return n
}

// checkAPI compares the exported names with those of Go's own package.
func (a *accounts) checkAPI() {
	ctx := a.context("")
	bp, err := ctx.ImportDir(filepath.Join(*goroot, "src/runtime"), 0)
	if err != nil {
		fail("%v", err)
		return
	}
	var files []*ast.File
	for _, name := range bp.GoFiles {
		f, err := parser.ParseFile(a.fset, filepath.Join(bp.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			fail("%v", err)
			return
		}
		files = append(files, f)
	}
	want, got := exported(files), exported(a.pkgs["runtime"].files)
	for name := range want {
		if !got[name] {
			fail("package runtime lacks %s", name)
		}
	}
	for name := range got {
		if !want[name] {
			fail("package runtime should not export %s", name)
		}
	}
}

func exported(files []*ast.File) map[string]bool {
	names := map[string]bool{}
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if !d.Name.IsExported() {
					continue
				}
				if d.Recv != nil {
					recv := types.ExprString(d.Recv.List[0].Type)
					if !ast.IsExported(strings.TrimPrefix(recv, "*")) {
						continue
					}
					name = "(" + recv + ")." + name
				}
				names[name] = true
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						if s.Name.IsExported() {
							names[s.Name.Name] = true
						}
					case *ast.ValueSpec:
						for _, n := range s.Names {
							if n.IsExported() {
								names[n.Name] = true
							}
						}
					}
				}
			}
		}
	}
	return names
}

// shape describes a signature by its scalars: the declarations under one link name may differ in types only.
func shape(s *types.Signature) string {
	var b strings.Builder
	for i := range s.Params().Len() {
		scalars(&b, s.Params().At(i).Type())
		b.WriteByte(',')
	}
	b.WriteString("->")
	for i := range s.Results().Len() {
		scalars(&b, s.Results().At(i).Type())
		b.WriteByte(',')
	}
	return b.String()
}

func scalars(b *strings.Builder, t types.Type) {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			b.WriteString("p i64 ")
		case u.Kind() == types.UnsafePointer:
			b.WriteString("p ")
		case u.Info()&types.IsComplex != 0:
			b.WriteString("f f ")
		case u.Info()&types.IsFloat != 0:
			b.WriteString("f ")
		default:
			fmt.Fprintf(b, "i%d ", 8*types.SizesFor("gc", "amd64").Sizeof(u))
		}
	case *types.Slice:
		b.WriteString("p i64 i64 ")
	case *types.Interface:
		b.WriteString("p p ")
	case *types.Struct:
		for i := range u.NumFields() {
			scalars(b, u.Field(i).Type())
		}
	case *types.Array:
		for range u.Len() {
			scalars(b, u.Elem())
		}
	default:
		b.WriteString("p ")
	}
}
