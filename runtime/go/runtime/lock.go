package runtime

import "internal/runtime/atomic"

// A mutex guards a table of the Go half for a short time. Its holder may be descheduled (its stack may grow, a
// collection may stop it), so that a waiter yields its processor. It is not for the scheduler's own data.
type mutex struct {
	held uint32
}

func lock(l *mutex) {
	for !atomic.Cas(&l.held, 0, 1) {
		Gosched()
	}
}

func unlock(l *mutex) {
	if atomic.Xchg(&l.held, 0) == 0 {
		throw("unlock of unlocked lock")
	}
}
