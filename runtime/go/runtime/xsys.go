package runtime

import (
	"internal/runtime/syscall/linux"
	"unsafe"
)

// The functions that golang.org/x/sys/unix has in assembly. Arguments may be addresses of variables on the stack: like
// those of package syscall, these functions and what they call never grow it.

//go:linkname syscall_Syscall syscall.Syscall
//go:uintptrkeepalive
//go:nosplit
func syscall_Syscall(trap, a1, a2, a3 uintptr) (r1, r2, err uintptr)

//go:linkname syscall_Syscall6 syscall.Syscall6
//go:uintptrkeepalive
//go:nosplit
func syscall_Syscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, err uintptr)

//go:linkname unix_Syscall golang.org/x/sys/unix.Syscall
//go:uintptrkeepalive
//go:nosplit
func unix_Syscall(trap, a1, a2, a3 uintptr) (r1, r2, err uintptr) {
	return syscall_Syscall(trap, a1, a2, a3)
}

//go:linkname unix_Syscall6 golang.org/x/sys/unix.Syscall6
//go:uintptrkeepalive
//go:nosplit
func unix_Syscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, err uintptr) {
	return syscall_Syscall6(trap, a1, a2, a3, a4, a5, a6)
}

//go:linkname unix_SyscallNoError golang.org/x/sys/unix.SyscallNoError
//go:uintptrkeepalive
//go:nosplit
func unix_SyscallNoError(trap, a1, a2, a3 uintptr) (r1, r2 uintptr) {
	r1, r2, _ = syscall_Syscall(trap, a1, a2, a3)
	return r1, r2
}

//go:linkname unix_RawSyscall golang.org/x/sys/unix.RawSyscall
//go:uintptrkeepalive
//go:nosplit
func unix_RawSyscall(trap, a1, a2, a3 uintptr) (r1, r2, err uintptr) {
	return linux.Syscall6(trap, a1, a2, a3, 0, 0, 0)
}

//go:linkname unix_RawSyscall6 golang.org/x/sys/unix.RawSyscall6
//go:uintptrkeepalive
//go:nosplit
func unix_RawSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, err uintptr) {
	return linux.Syscall6(trap, a1, a2, a3, a4, a5, a6)
}

//go:linkname unix_RawSyscallNoError golang.org/x/sys/unix.RawSyscallNoError
//go:uintptrkeepalive
//go:nosplit
func unix_RawSyscallNoError(trap, a1, a2, a3 uintptr) (r1, r2 uintptr) {
	r1, r2, _ = linux.Syscall6(trap, a1, a2, a3, 0, 0, 0)
	return r1, r2
}

//go:linkname unix_gettimeofday golang.org/x/sys/unix.gettimeofday
//go:nosplit
func unix_gettimeofday(tv unsafe.Pointer) (err uintptr) {
	const sysGettimeofday = 96 // declared on amd64 alone
	_, _, err = linux.Syscall6(sysGettimeofday, uintptr(tv), 0, 0, 0, 0, 0)
	return err
}
