package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// compare builds a program from two packages and runs it. The packages stand in the GOROOT by means of the go command's
// -overlay flag, since they import internal packages:
//
//   - halfruntime is the overlay's package runtime. The files in the folder half go with it: natives written in Go, and
//     the tests.
//   - halfreflect is the GOROOT's package reflect with the overlay's files and those in the folder calls.
func compare() {
	dir := *keep
	if dir == "" {
		tmp, err := os.MkdirTemp("", "gotest")
		if err != nil {
			fail("%v", err)
			return
		}
		defer os.RemoveAll(tmp)
		dir = tmp
	}
	binary := filepath.Join(dir, "half")
	if err := generate(dir); err != nil {
		fail("%v", err)
		return
	}
	build := exec.Command(filepath.Join(*goroot, "bin/go"), "build", "-ldflags=-checklinkname=0",
		"-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, filepath.Join(dir, "main.go"))
	build.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOFLAGS=-mod=mod", "GOPROXY=off", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fail("%s%v", out, err)
		return
	}
	run := exec.Command(binary)
	run.Stdout = os.Stdout
	run.Stderr = os.Stderr
	if err := run.Run(); err != nil {
		fail("comparison with gc's runtime: %v", err)
	}
}

var (
	packageRx  = regexp.MustCompile(`(?m)^package runtime\n`)
	targetRx   = regexp.MustCompile(`(?m)^//go:linkname(?:std)?[ \t]+(\S+)[ \t]+(\S+)`)
	linknameRx = regexp.MustCompile(`(?m)^//go:(linkname|noescape|nosplit|uintptr)\S*.*\n`)
	bodylessRx = regexp.MustCompile(`(?m)^func (\w+)\([^{\n]*$`)
	printRx    = regexp.MustCompile(`(^|[^\w.])print\(`)
)

// generate writes the packages, the program and the description of the overlay.
func generate(dir string) error {
	half, err := halfRuntime()
	if err != nil {
		return err
	}
	calls, err := halfReflect()
	if err != nil {
		return err
	}
	replace := map[string]string{}
	for pkg, files := range map[string]map[string]string{"halfruntime": half, "halfreflect": calls} {
		for name, text := range files {
			path := filepath.Join(dir, pkg, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				return err
			}
			replace[filepath.Join(*goroot, "src", pkg, name)] = path
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), data, 0o666); err != nil {
		return err
	}
	main := `package main

import (
	"halfreflect"
	"halfruntime"
	"os"
)

func main() {
	if len(os.Args) > 1 {
		halfruntime.Crash(os.Args[1])
		return
	}
	halfruntime.TestMain()
	reflect.TestMain()
}
`
	return os.WriteFile(filepath.Join(dir, "main.go"), []byte(main), 0o666)
}

// testFiles reads the files of a folder beside this one, and notes the functions that they define.
func testFiles(folder string, provided map[string]bool) (map[string]string, error) {
	names, err := filepath.Glob(filepath.Join(*root, "runtime/gotest", folder, "*.go.txt"))
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files["half_"+strings.TrimSuffix(filepath.Base(name), ".txt")] = string(text)
		for _, m := range regexp.MustCompile(`(?m)^func (\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			provided[m[1]] = true
		}
	}
	return files, nil
}

// halfRuntime returns the files of halfruntime.
func halfRuntime() (map[string]string, error) {
	provided := map[string]bool{}
	files, err := testFiles("half", provided)
	if err != nil {
		return nil, err
	}
	stubs := "package halfruntime\n\nimport (\n\t\"internal/abi\"\n\t\"internal/runtime/maps\"\n\t\"unsafe\"\n)\n\n" +
		"var (\n\t_ unsafe.Pointer\n\t_ abi.Kind\n\t_ maps.Map\n)\n\n"
	sources, err := filepath.Glob(filepath.Join(overlay(), "runtime/*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s := packageRx.ReplaceAllString(string(text), "package halfruntime\n")
		s = linknameRx.ReplaceAllString(s, "")
		s = printRx.ReplaceAllString(s, "${1}testPrint(")
		s = strings.Replace(s, "\tdefer goexitAnchor()\n", "\tdefer simulateDefer(goexitAnchor)()\n", 1)
		s = bodylessRx.ReplaceAllStringFunc(s, func(decl string) string {
			name := bodylessRx.FindStringSubmatch(decl)[1]
			if !provided[name] {
				stubs += fmt.Sprintf("%s { panic(\"native %s\") }\n", decl, name)
			}
			return ""
		})
		files[filepath.Base(name)] = s
	}
	files["half_stubs.go"] = stubs
	return files, nil
}

// halfReflect returns the files of halfreflect. Its functions without a body are reflect's.
func halfReflect() (map[string]string, error) {
	provided := map[string]bool{"call": true}
	files, err := testFiles("calls", provided)
	if err != nil {
		return nil, err
	}
	var sources []string
	for _, name := range []string{"abi", "deepequal", "float32reg_generic", "iter", "makefunc", "map", "swapper", "type",
		"value", "visiblefields"} {
		sources = append(sources, filepath.Join(*goroot, "src/reflect", name+".go"))
	}
	ours, err := filepath.Glob(filepath.Join(overlay(), "reflect/*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range append(sources, ours...) {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s := string(text)
		targets := map[string]string{}
		for _, m := range targetRx.FindAllStringSubmatch(s, -1) {
			targets[m[1]] = m[2]
		}
		s = linknameRx.ReplaceAllString(s, "")
		s = strings.ReplaceAll(s, "abi.FuncPCABI0(", "abi.FuncPCABIInternal(")
		s = strings.ReplaceAll(s, "= abi.IntArgRegs", "= 0")
		s = strings.ReplaceAll(s, "= abi.FloatArgRegs", "= 0")
		s = bodylessRx.ReplaceAllStringFunc(s, func(decl string) string {
			name := bodylessRx.FindStringSubmatch(decl)[1]
			if provided[name] {
				return ""
			}
			target := targets[name]
			if target == "" {
				target = "reflect." + name
			}
			return "//go:linkname " + name + " " + target + "\n" + decl
		})
		s = strings.Replace(s, "func callFrame(", "func call(", 1)
		files[filepath.Base(name)] = s
	}
	return files, nil
}
