package runtime

import _ "unsafe" // for go:linkname

// A coro is a goroutine that runs only when another one switches to it, as iter.Pull needs. At any time one of the
// two is parked in the coro.
// The Rust half knows the layout.
type coro struct {
	gp uintptr // the parked goroutine
	f  func(*coro)

	// Of the goroutine that made it, if it was locked then.
	mp    uintptr
	locks [2]uint32
}

//go:linkname newcoro
func newcoro(f func(*coro)) *coro {
	c := &coro{f: f}
	c.gp = corocreate(func() { corostart(c) }, c)
	return c
}

// corostart is what a coroutine's goroutine runs. The end of the function, be it a Goexit, switches back for good.
func corostart(c *coro) {
	defer coroexit(c)
	c.f(c)
}

func coroexit(c *coro) {
	gp := getg()
	gp.panics = nil
	gp.defers = nil
	gp.frames = 0
	coroend(c)
}

//go:linkname coroswitch
func coroswitch(c *coro) { coroswap(c) }
