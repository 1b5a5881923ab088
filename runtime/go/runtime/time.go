package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// Timers of package time. The heaps of timers are the Rust half's. A timer's function is Go code: it is called by a
// timer goroutine, or by a goroutine that looks at the channel of a timer that is due (a program that polls a timer
// must see it fire though no other goroutine gets to run).
//
// A channel timer appears to have an unbuffered channel: after Stop and Reset no value of before is received. Its
// channel has a buffer of one element, which Stop and Reset empty; sendLock is held over each send, and a send whose
// seq is no longer the timer's is left out. timerset and timerdel raise seq in one step with the change of the heap, so that
// an expiry belongs to what was set before it or to what is set now.

// timer's layout is known to the Rust half.
type timer struct {
	when      int64 // nanotime
	period    int64
	f         func(arg any, seq uintptr, delta int64)
	arg       any
	seq       uintptr
	isChan    bool
	pending   bool
	isFake    bool // belongs to a bubble of synctest, whose clock it is on
	heapIndex int32
	isSending int32 // sends that are due but have not happened
	sendLock  mutex
	c         *hchan
	home      uintptr // the heap it is in; known to the Rust half
}

// A timeTimer begins like time.Timer and time.Ticker.
type timeTimer struct {
	c    unsafe.Pointer
	init bool
	timer
}

// A firedTimer is a copy of a due timer's fields.
type firedTimer struct {
	t     *timer
	f     func(arg any, seq uintptr, delta int64)
	arg   any
	seq   uintptr
	delta int64
}

// timerprocs is the number of timer goroutines: one from the first timer on, and more, at most as many as Ps, when timers are
// due for which there is none.
var timerprocs atomic.Int32

//go:linkname newTimer time.newTimer
func newTimer(when, period int64, f func(arg any, seq uintptr, delta int64), arg any, c *hchan) *timeTimer {
	if timerprocs.Load() == 0 && timerprocs.CompareAndSwap(0, 1) {
		newsysproc(timerproc)
	}
	t := new(timeTimer)
	t.f = f
	t.arg = arg
	t.isFake = getg().bubble != nil
	if c != nil {
		if c.dataqsiz == 0 {
			throw("invalid timer channel: no capacity")
		}
		t.isChan = true
		t.timer.c = c
		c.timer = &t.timer
	}
	t.modify(when, period)
	t.init = true
	return t
}

//go:linkname stopTimer time.stopTimer
func stopTimer(t *timeTimer) bool {
	if t.isFake && getg().bubble == nil {
		fatal("stop of synctest timer from outside bubble")
	}
	return t.stop()
}

//go:linkname resetTimer time.resetTimer
func resetTimer(t *timeTimer, when, period int64) bool {
	if t.isFake && getg().bubble == nil {
		fatal("reset of synctest timer from outside bubble")
	}
	return t.modify(when, period)
}

func (t *timer) stop() bool {
	if !t.isChan {
		return timerdel(t)
	}
	lock(&t.sendLock)
	pending := timerdel(t)
	if chandrain(t.c) {
		pending = true
	}
	unlock(&t.sendLock)
	return pending
}

func (t *timer) modify(when, period int64) bool {
	if when <= 0 {
		throw("timer when must be positive")
	}
	if period < 0 {
		throw("timer period must be non-negative")
	}
	if !t.isChan {
		pending := timerset(t, when, period)
		t.fireNow()
		return pending
	}
	lock(&t.sendLock)
	pending := timerset(t, when, period)
	if chandrain(t.c) {
		pending = true
	}
	unlock(&t.sendLock)
	t.fireNow()
	return pending
}

// fireNow lets a timer of a bubble fire that has been set to a time which has come: other timers wait until the bubble
// is at rest.
func (t *timer) fireNow() {
	if t.isFake && t.when <= getg().bubble.now {
		ft := new(firedTimer)
		if timertake(t, ft) {
			ft.fire()
		}
	}
}

// fire calls the function of a timer that was due.
func (ft *firedTimer) fire() {
	t := ft.t
	if !t.isChan {
		ft.f(ft.arg, ft.seq, ft.delta)
		return
	}
	lock(&t.sendLock)
	if t.period == 0 {
		atomic.Xaddint32(&t.isSending, -1)
	}
	if t.seq == ft.seq {
		ft.f(ft.arg, ft.seq, ft.delta)
	}
	unlock(&t.sendLock)
}

// timerproc is a timer goroutine.
func timerproc() {
	ft := new(firedTimer)
	for {
		if timerwait(ft) {
			if n := timerprocs.Load(); int(n) < gomaxprocs(0) && timerprocs.CompareAndSwap(n, n+1) {
				newsysproc(timerproc)
			}
		}
		if ft.t != nil {
			ft.fire()
			*ft = firedTimer{}
		}
	}
}

// polltimer lets the timer that feeds c fire if it is due. It is called before a receive from c.
func polltimer(c *hchan) {
	t := c.timer
	if !t.pending || t.isFake || t.when > nanotime() {
		return
	}
	var ft firedTimer
	if timertake(t, &ft) {
		ft.fire()
	}
}

//go:linkname timeSleep time.Sleep
func timeSleep(ns int64) {
	if ns > 0 {
		if getg().bubble != nil {
			bubblesleep(ns)
		} else {
			sleepns(ns)
		}
	}
}

//go:linkname time_now time.now
func time_now() (sec int64, nsec int32, mono int64) {
	if b := getg().bubble; b != nil {
		// The clock of a bubble has no monotonic part.
		return b.now / 1e9, int32(b.now % 1e9), 0
	}
	sec, nsec = walltime()
	return sec, nsec, nanotime()
}

//go:linkname time_runtimeNow time.runtimeNow
func time_runtimeNow() (sec int64, nsec int32, mono int64) { return time_now() }

//go:linkname time_runtimeNano time.runtimeNano
func time_runtimeNano() int64 {
	if b := getg().bubble; b != nil {
		return b.now
	}
	return nanotime()
}

//go:linkname time_runtimeIsBubbled time.runtimeIsBubbled
func time_runtimeIsBubbled() bool { return getg().bubble != nil }

//go:linkname fips_monoTime crypto/internal/fips140deps/time.monoTime
func fips_monoTime() int64 { return nanotime() }

// ticksPerSecond measures the rate of cputicks once.
func ticksPerSecond() int64 {
	for {
		if r := tickRate.Load(); r != 0 {
			return r
		}
		t, n := cputicks()-bootTicks, nanotime()-bootNanos
		if t > 0 && n > 5_000_000 {
			tickRate.Store(max(int64(float64(t)*1e9/float64(n)), 1))
		} else {
			timeSleep(1_000_000)
		}
	}
}

var (
	tickRate             atomic.Int64
	bootTicks, bootNanos int64
)

// haveHighResSleep tells tests of package time that sleeps are exact.
//
//go:linkname haveHighResSleep
var haveHighResSleep = true
