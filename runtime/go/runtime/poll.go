package runtime

import _ "unsafe" // for go:linkname

// The network poller of internal/poll. A descriptor's handle is the address of the Rust half's PollDesc.

//go:linkname poll_runtime_pollServerInit internal/poll.runtime_pollServerInit
func poll_runtime_pollServerInit() { pollinit() }

//go:linkname poll_runtime_pollOpen internal/poll.runtime_pollOpen
func poll_runtime_pollOpen(fd uintptr) (ctx uintptr, errno int) { return pollopen(fd) }

//go:linkname poll_runtime_isPollServerDescriptor internal/poll.runtime_isPollServerDescriptor
func poll_runtime_isPollServerDescriptor(fd uintptr) bool { return pollisown(fd) }

//go:linkname poll_runtime_pollClose internal/poll.runtime_pollClose
func poll_runtime_pollClose(ctx uintptr) { pollclose(ctx) }

//go:linkname poll_runtime_pollReset internal/poll.runtime_pollReset
func poll_runtime_pollReset(ctx uintptr, mode int) int { return pollcheck(ctx, mode, true) }

//go:linkname poll_runtime_pollWait internal/poll.runtime_pollWait
func poll_runtime_pollWait(ctx uintptr, mode int) int {
	for {
		if why := pollcheck(ctx, mode, false); why != 0 {
			return why
		}
		if pollready(ctx, mode, false) {
			return 0
		}
		// A deadline that came has been changed since, or the descriptor is being closed.
	}
}

// poll_runtime_pollWaitCanceled waits for an operation to end that was told to.
//
//go:linkname poll_runtime_pollWaitCanceled internal/poll.runtime_pollWaitCanceled
func poll_runtime_pollWaitCanceled(ctx uintptr, mode int) {
	for !pollready(ctx, mode, true) {
	}
}

// pollready parks until the descriptor is ready or the wait ends for another reason, and says which.
func pollready(ctx uintptr, mode int, always bool) bool {
	r := pollblock(ctx, mode, always)
	if r == 2 {
		r = pollwoke(ctx, mode)
	}
	return r == 1
}

//go:linkname poll_runtime_pollSetDeadline internal/poll.runtime_pollSetDeadline
func poll_runtime_pollSetDeadline(ctx uintptr, d int64, mode int) { polldeadline(ctx, d, mode) }

//go:linkname poll_runtime_pollUnblock internal/poll.runtime_pollUnblock
func poll_runtime_pollUnblock(ctx uintptr) { pollunblock(ctx) }
