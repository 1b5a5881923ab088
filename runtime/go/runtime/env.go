package runtime

import (
	"unsafe"
)

// Arguments, environment and auxiliary vector of the process.

var (
	argslice []string
	envs     []string
	auxv     []uintptr
	boot     bootInfo
)

func argsinit() {
	bootinfo(&boot)
	argv := unsafe.Slice(boot.argv, boot.argc)
	argslice = make([]string, len(argv))
	for i, s := range argv {
		argslice[i] = gostringnocopy(s)
	}
	n := 0
	for *(**byte)(add(unsafe.Pointer(boot.envp), uintptr(n)*8)) != nil {
		n++
	}
	envs = make([]string, n)
	for i, s := range unsafe.Slice(boot.envp, n) {
		envs[i] = gostring(s)
	}
	if boot.auxv != nil {
		n = 0
		for *(*uintptr)(add(unsafe.Pointer(boot.auxv), uintptr(n)*8)) != 0 {
			n += 2
		}
		auxv = unsafe.Slice(boot.auxv, n)
	}
}

func gogetenv(key string) string {
	for _, s := range envs {
		if len(s) > len(key) && s[len(key)] == '=' && s[:len(key)] == key {
			return s[len(key)+1:]
		}
	}
	return ""
}

//go:linkname os_runtime_args os.runtime_args
func os_runtime_args() []string { return append([]string{}, argslice...) }

//go:linkname syscall_runtime_envs syscall.runtime_envs
func syscall_runtime_envs() []string { return append([]string{}, envs...) }

//go:linkname syscall_Getpagesize syscall.Getpagesize
func syscall_Getpagesize() int { return int(boot.pageSize) }

//go:linkname getAuxv
func getAuxv() []uintptr { return auxv }

//go:linkname syscall_runtimeSetenv syscall.runtimeSetenv
func syscall_runtimeSetenv(key, value string) {
	if key == "GODEBUG" {
		godebugEnvChanged(value)
	}
}

//go:linkname syscall_runtimeUnsetenv syscall.runtimeUnsetenv
func syscall_runtimeUnsetenv(key string) {
	if key == "GODEBUG" {
		godebugEnvChanged("")
	}
}

//go:linkname syscall_runtimeClearenv syscall.runtimeClearenv
func syscall_runtimeClearenv(env map[string]int) {
	if _, ok := env["GODEBUG"]; ok {
		godebugEnvChanged("")
	}
}
