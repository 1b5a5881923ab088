package runtime

import _ "unsafe" // for go:linkname

// gettimeofday is assembly in package syscall on this architecture. t is a *syscall.Timeval, err a syscall.Errno.
//
//go:linkname syscall_gettimeofday syscall.gettimeofday
func syscall_gettimeofday(t *[2]int64) (err uintptr) {
	sec, nsec := walltime()
	t[0], t[1] = sec, int64(nsec/1000)
	return 0
}
