package runtime

import (
	"internal/goarch"
	"internal/goos"
	_ "unsafe" // for go:linkname
)

// Compiler is the name of the tool chain: programs that ask want to know whether this is gc's language and library.
const Compiler = "gc"

// GOOS is the operating system that the program was compiled for.
const GOOS string = goos.GOOS

// GOARCH is the architecture that the program was compiled for.
const GOARCH string = goarch.GOARCH

// GOROOT returns the root of the Go tree: the environment variable GOROOT, or the tree that the program was built
// with.
func GOROOT() string {
	if s := gogetenv("GOROOT"); s != "" {
		return s
	}
	return getmoduledata().defaultGOROOT
}

// Version returns the version of the Go tree that the program was built with.
func Version() string { return getmoduledata().buildVersion }

//go:linkname debug_modinfo runtime/debug.modinfo
func debug_modinfo() string { return getmoduledata().modinfo }
