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

// compare builds a program from the overlay's package runtime, renamed to halfruntime, and runs it. The package stands
// in the GOROOT by means of the go command's -overlay flag, since it imports internal packages. The files in the folder
// half go with it: natives written in Go, and the tests.
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
	build := exec.Command(filepath.Join(*goroot, "bin/go"), "build",
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
	linknameRx = regexp.MustCompile(`(?m)^//go:(linkname|noescape|nosplit|uintptr)\S*.*\n`)
	bodylessRx = regexp.MustCompile(`(?m)^func (\w+)\([^{\n]*$`)
	printRx    = regexp.MustCompile(`(^|[^\w.])print\(`)
)

// generate writes the package, the program and the description of the overlay.
func generate(dir string) error {
	half, err := filepath.Glob(filepath.Join(*root, "runtime/gotest/half/*.go.txt"))
	if err != nil {
		return err
	}
	files := map[string]string{}
	provided := map[string]bool{}
	for _, name := range half {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files["half_"+strings.TrimSuffix(filepath.Base(name), ".txt")] = string(text)
		for _, m := range regexp.MustCompile(`(?m)^func (\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			provided[m[1]] = true
		}
	}

	stubs := "package halfruntime\n\nimport (\n\t\"internal/abi\"\n\t\"internal/runtime/maps\"\n\t\"unsafe\"\n)\n\n" +
		"var (\n\t_ unsafe.Pointer\n\t_ abi.Kind\n\t_ maps.Map\n)\n\n"
	sources, err := filepath.Glob(filepath.Join(overlay(), "runtime/*.go"))
	if err != nil {
		return err
	}
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s := strings.Replace(string(text), "\npackage runtime\n", "\npackage halfruntime\n", 1)
		s = strings.Replace(s, "package runtime\n", "package halfruntime\n", 1)
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

	replace := map[string]string{}
	for name, text := range files {
		path := filepath.Join(dir, "halfruntime", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			return err
		}
		replace[filepath.Join(*goroot, "src/halfruntime", name)] = path
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), data, 0o666); err != nil {
		return err
	}
	main := "package main\n\nimport \"halfruntime\"\n\nfunc main() { halfruntime.TestMain() }\n"
	return os.WriteFile(filepath.Join(dir, "main.go"), []byte(main), 0o666)
}
