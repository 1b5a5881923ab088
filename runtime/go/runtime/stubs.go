// Package runtime is the Go half of Grus's runtime. It replaces Go's package of the same name: it offers the same
// exported API, the services that other standard packages reach through go:linkname, and the functions that the
// compiler calls on its own. What must run on a system stack, park a goroutine or touch the scheduler's and the
// heap's own data is in the Rust half and reached through the natives declared in this file (runtime/NATIVES.md
// states their semantics).
//
// # Functions the compiler calls
//
// Names and signatures are those of cmd/compile/internal/typecheck/_builtin/runtime.go with the real types in place
// of its placeholders, except:
//
//   - deferproc(state unsafe.Pointer, fn func()): state is the address of the frame's defer state slot.
//   - deferreturn(state unsafe.Pointer).
//   - deferrangefunc(state unsafe.Pointer) any; deferprocat(fn func(), frame any) as in gc.
//   - goPanicIndex and the other bounds panics are panicIndex, ...; panicSliceConvert as the others.
//   - newproc(fn func()), a native.
//   - Dropped: race, msan, asan, libfuzzer, coverage and checkptr hooks, 32-bit integer and float helpers, the
//     CPU feature variables, goschedguarded, selectsetpc, throwinit.
//   - writeBarrier is defined by the archive; Go code asks wbenabled.
//   - Functions provided under runtime.* names by other packages are declared here without a body, so that the
//     compiler finds their signature: mapaccess1 and its kin (internal/runtime/maps), cmpstring (internal/bytealg).
//
// # Functions that have no body anywhere and that the compiler expands
//
//   - internal/runtime/atomic: And, And32, And64, And8, Anduintptr, Cas, Cas64, CasRel, Casint32, Casint64, Casp1,
//     Casuintptr, Load, Load64, Load8, LoadAcq, LoadAcq64, LoadAcquintptr, Loadint32, Loadint64, Loadp, Loaduint,
//     Loaduintptr, Or, Or32, Or64, Or8, Oruintptr, Store, Store64, Store8, StoreRel, StoreRel64, StoreReluintptr,
//     Storeint32, Storeint64, StorepNoWB, Storeuintptr, Xadd, Xadd64, Xaddint32, Xaddint64, Xadduintptr, Xchg,
//     Xchg64, Xchg8, Xchgint32, Xchgint64, Xchguintptr. The loads have plain Go bodies on amd64, which are right
//     only there and only if they are not merged: expand them too. All are sequentially consistent (ldar and stlr on arm64),
//     those named Acq and Rel too.
//   - sync/atomic: Add, And, CompareAndSwap, Load, Or, Store, Swap of Int32, Uint32, Int64, Uint64, Uintptr, and
//     LoadPointer. (StorePointer, SwapPointer and CompareAndSwapPointer come from atomic.go.)
//   - internal/abi.FuncPCABI0, FuncPCABIInternal; internal/runtime/sys.GetCallerPC, GetCallerSP, GetClosurePtr.
//
// # Functions whose body must not be used
//
//   - crypto/internal/constanttime.boolToUint8: bool to byte.
//   - internal/abi.EscapeNonString: nothing.
//   - runtime.KeepAlive: its argument stays live up to the call; nothing else.
//   - internal/runtime/sys.Prefetch, PrefetchStreamed: nothing (or a prefetch).
//
// # Wrappers
//
// These functions carry FuncIDWrapper like the compiler's own wrappers, so that recover and Callers do not see them:
// reflect.callReflect, reflect.callMethod, reflect.callFrame, reflect.makeFuncEntry, reflect.methodValueEntry.
// runtime.gopanic and runtime.main carry their own function IDs; gopanic is never inlined.
package runtime

import "unsafe"

// Identity and the program image.

//go:nosplit
//go:noescape
func getg() *g

//go:nosplit
func stackoff() uintptr

func getmoduledata() *moduledata

//go:noescape
func bootinfo(out *bootInfo)

func setcpufeatures(features uint32)

// Memory.

func mallocgc(size uintptr, typ *_type, needzero bool) unsafe.Pointer

// newobject is mallocgc(t.Size_, t, true).
func newobject(t *_type) unsafe.Pointer
func persistentalloc(size, align uintptr) unsafe.Pointer

//go:noescape
func memmove(to, from unsafe.Pointer, n uintptr)

//go:noescape
func memclrNoHeapPointers(ptr unsafe.Pointer, n uintptr)

//go:noescape
func memequal(p, q unsafe.Pointer, size uintptr) bool

//go:noescape
func findobject(p unsafe.Pointer) (base, size uintptr)

//go:noescape
func heapbits(p unsafe.Pointer, out *byte, n int)

func wbenabled() bool

//go:noescape
func wbpair(slot *unsafe.Pointer, new unsafe.Pointer)

//go:noescape
func wbbulk(dst, src unsafe.Pointer, size uintptr, typ *_type)

//go:noescape
func wbshade(p unsafe.Pointer, n uintptr)

//go:noescape
func readmemstats(out *MemStats)
func heapdump(fd uintptr, stats *MemStats, types *byte, n, ncpu int)

// The collector.

func gcenable()
func bigpoll(size uintptr)
func bigalloc(size uintptr, noscan bool) (p unsafe.Pointer, dirty bool)
func bigtype(p unsafe.Pointer, typ *_type)
func preemptpoint()
func gcwait()
func gcdue() bool
func gcbegin()
func gcmark(ns int) bool
func gcyield()
func gcawait()
func gcdrain()
func gcdone() bool
func gcflush() bool
func gcleaks(want bool) bool
func gcleakcount() int
func gcend(forced bool)
func gcsweep(ns int) bool
func osyield()
func gcscavenge() uintptr
func gcscavengedue() bool
func gcstat(which int) uintptr
func gcset(which, value int) int
func stopworld(reason int)
func startworld()
func addspecial(p unsafe.Pointer, kind int, handle unsafe.Pointer) uintptr
func delspecial(p unsafe.Pointer, kind int, id uintptr) bool
func weakstrong(handle unsafe.Pointer) unsafe.Pointer
func nextcall(queue int, out *[2]unsafe.Pointer) bool
func callcounts(queue int) (queued, executed uintptr)

// Goroutines and scheduler.

func newproc(fn func())
func newsysproc(fn func())
func goexit0()
func goyield()
func block()
func gcount() int
func gomaxprocs(n int) int
func cpucount() int

//go:noescape
func allthreadssyscall(args *[7]uintptr) int
func procswait()
func procPin() int
func procUnpin()
func procyield(cycles uint32)
func lockOSThread(program bool)
func unlockOSThread(program bool)
func startTemplateThread()

//go:nosplit
func entersyscall()

//go:nosplit
func exitsyscall()

func setmaxthreads(n int) int
func setmaxstack(n int) int
func corocreate(fn func(), c *coro) uintptr
func coroswap(c *coro)
func coroend(c *coro)

// Channels and select.

func makechan(t *chantype, size int) *hchan

//go:noescape
func chansend(c *hchan, elem unsafe.Pointer, block bool) int

//go:noescape
func chanrecv(c *hchan, elem unsafe.Pointer, block bool) int

//go:noescape
func closechan(c *hchan)

//go:noescape
func chandrain(c *hchan) bool

//go:noescape
func selectpass(cas *scase, order *uint16, nsends, nrecvs int, block bool) int

//go:noescape
func selectwoke(cas *scase, order *uint16, nsends, nrecvs int) int

// Semaphores, notify lists, sleep, timers. The words that goroutines wait on are identified by their address: they
// escape.

func semasleep(addr *uint32, lifo bool, reason, skip uintptr) bool
func semawake(addr *uint32, handoff bool, skip uintptr) bool
func notifyListWait(l *notifyList, t uint32)
func notifyListNotifyAll(l *notifyList)
func notifyListNotifyOne(l *notifyList)
func sleepns(ns int64)
func timerset(t *timer, when, period int64) bool

//go:noescape
func timerdel(t *timer) bool
func timerwait(out *firedTimer) bool

//go:noescape
func timertake(t *timer, out *firedTimer) bool

// Bubbles of testing/synctest. firedTimer must be in the heap.

func bubblenew()
func bubblestart(fn func(), pc uintptr)
func bubbleidle()
func bubbleadvance() int
func bubbletake(out *firedTimer) bool
func bubbleend()
func bubblewait() bool
func bubblewoke()
func bubblehold(b unsafe.Pointer, n int)
func bubblesleep(ns int64)
func bubbleassoc(p unsafe.Pointer, add bool) int

// Network poller. Descriptors are in the Rust half's memory.

func pollinit()
func pollopen(fd uintptr) (pd uintptr, errno int)
func pollclose(pd uintptr)
func pollcheck(pd uintptr, mode int, reset bool) int
func pollblock(pd uintptr, mode int, always bool) int
func pollwoke(pd uintptr, mode int) int
func polldeadline(pd uintptr, d int64, mode int)
func pollunblock(pd uintptr)
func pollisown(fd uintptr) bool

// Time, randomness, output, exit.

func nanotime() int64
func walltime() (sec int64, nsec int32)
func cputicks() int64

//go:noescape
func write(fd uintptr, p unsafe.Pointer, n int32) int32

//go:noescape
func writeErr(p unsafe.Pointer, n int32)
func printlock()
func printunlock()
func setcrashing()
func setCrashFD(fd uintptr) uintptr
func exit(code int32)
func fcntl(fd, cmd, arg int32) (ret, errno int32)

// Panics, tracebacks, symbols.

func recovery(off uintptr)
func canrecover() bool
func dopanic(kind int, bubble unsafe.Pointer)
func settraceback(level int32, all bool, crash bool)

//go:noescape
func callers(skip int, pcs *uintptr, n int) int

//go:noescape
func gcallers(gp uintptr, pcs *uintptr, n int) int

func gprofile(out *unsafe.Pointer, n, depth int) (words, goroutines int)

//go:noescape
func allgs(gps *uintptr, n int) int
func gleaked(gp uintptr) bool

//go:noescape
func stackdump(buf *byte, n int, all bool) int

//go:noescape
func pcframe(pc uintptr, out *pcFrame) bool

//go:noescape
func funcframe(fn unsafe.Pointer, pc uintptr, out *pcFrame) bool

//go:noescape
func funcentry(fn unsafe.Pointer) uintptr

// Profiles.

func cpuprofstart(hz int, systemPC uintptr)
func cpuprofstop()
func cpuprofread(buf *cpuProfBuffer) (words, records int)

//go:noescape
func profbucket(kind int, b uintptr, out *profBucket) uintptr
func memproflush(what, cycle int) int
func profrate(kind int, rate int64) int64
func blockevent0(ns int64, skip int)
func mcount() int
func spinpays() bool

//go:noescape
func schedstats(out *schedStats)

// Execution traces.

func tracestart()
func traceswitch(stop bool)
func tracedump() bool
func tracerelease()
func traceread() (p uintptr, n int)
func tracereadnext()

//go:noescape
func tracetask(id, parent uint64, name string)
func tracetaskend(id uint64)

//go:noescape
func traceregion(id, mode uint64, name string)

//go:noescape
func tracelog(id uint64, category, message string)

// Provided by internal/bytealg.

//go:noescape
func cmpstring(a, b string) int

// add returns p+x without the checks of unsafe.Add.
//
//go:nosplit
func add(p unsafe.Pointer, x uintptr) unsafe.Pointer {
	return unsafe.Pointer(uintptr(p) + x)
}

// noescape hides a pointer from escape analysis.
//
//go:nosplit
func noescape(p unsafe.Pointer) unsafe.Pointer {
	x := uintptr(p)
	return unsafe.Pointer(x ^ 0)
}
