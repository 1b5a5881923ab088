package runtime

import "unsafe"

// Channels are kept by the Rust half. A native that parks cannot raise a panic afterwards, so that sends report a
// closed channel and the panic is made here.

// What chansend and chanrecv return.
const (
	chanNotReady = 0
	chanDone     = 1
	chanClosed   = 2
)

func makechan64(t *chantype, size int64) *hchan { return makechan(t, int(size)) }

func chansend1(c *hchan, elem unsafe.Pointer) {
	r := chansend(c, elem, true)
	// What is sent stays alive while the goroutine is parked.
	KeepAlive(elem)
	if r == chanClosed {
		panicsendclosed()
	}
}

func selectnbsend(c *hchan, elem unsafe.Pointer) (selected bool) {
	r := chansend(c, elem, false)
	if r == chanClosed {
		panicsendclosed()
	}
	return r == chanDone
}

func chanrecv1(c *hchan, elem unsafe.Pointer) {
	if c != nil && c.timer != nil {
		polltimer(c)
	}
	chanrecv(c, elem, true)
}

func chanrecv2(c *hchan, elem unsafe.Pointer) (received bool) {
	if c != nil && c.timer != nil {
		polltimer(c)
	}
	return chanrecv(c, elem, true) == chanDone
}

func selectnbrecv(elem unsafe.Pointer, c *hchan) (selected, received bool) {
	if c != nil && c.timer != nil {
		polltimer(c)
	}
	r := chanrecv(c, elem, false)
	return r != chanNotReady, r == chanDone
}

func panicsendclosed() { panic(plainError("send on closed channel")) }

// chanlen is len(c). The buffer of a timer's channel is not to be seen: no value is in it that Stop or Reset could
// not take back.
func chanlen(c *hchan) int {
	if c == nil || c.timer != nil {
		return 0
	}
	return int(c.qcount)
}

func chancap(c *hchan) int {
	if c == nil || c.timer != nil {
		return 0
	}
	return int(c.dataqsiz)
}

//go:linkname reflect_makechan reflect.makechan
func reflect_makechan(t *chantype, size int) *hchan { return makechan(t, size) }

//go:linkname reflect_chansend reflect.chansend0
func reflect_chansend(c *hchan, elem unsafe.Pointer, nb bool) bool {
	r := chansend(c, elem, !nb)
	KeepAlive(elem)
	if r == chanClosed {
		panicsendclosed()
	}
	return r == chanDone
}

//go:linkname reflect_chanrecv reflect.chanrecv
func reflect_chanrecv(c *hchan, nb bool, elem unsafe.Pointer) (selected, received bool) {
	if c != nil && c.timer != nil {
		polltimer(c)
	}
	r := chanrecv(c, elem, !nb)
	return r != chanNotReady, r == chanDone
}

//go:linkname reflect_chanclose reflect.chanclose
func reflect_chanclose(c *hchan) { closechan(c) }

//go:linkname reflect_chanlen reflect.chanlen
func reflect_chanlen(c *hchan) int { return chanlen(c) }

//go:linkname reflectlite_chanlen internal/reflectlite.chanlen
func reflectlite_chanlen(c *hchan) int { return chanlen(c) }

//go:linkname reflect_chancap reflect.chancap
func reflect_chancap(c *hchan) int { return chancap(c) }
