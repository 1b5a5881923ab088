package runtime

import (
	"internal/abi"
	"internal/runtime/maps"
	"unsafe"
)

// What packages outside of the standard library fetch from the runtime by go:linkname, as gc's runtime promises them, and
// nothing else calls: github.com/ugorji/go, github.com/modern-go/reflect2, github.com/goccy/go-json, gonum.org and others.

// linknameIter is the head of the iterator that callers of mapiterinit provide. They know the layout that gc had before
// Go 1.24, which has pointers in these four words, and read key, elem and typ.
type linknameIter struct {
	key  unsafe.Pointer
	elem unsafe.Pointer
	typ  *abi.MapType
	it   *maps.Iter
}

func mapiterinit(t *abi.MapType, m *maps.Map, it *linknameIter) {
	it.typ = t
	it.it = new(maps.Iter)
	it.it.Init(t, m)
	mapiternext(it)
}

func mapiternext(it *linknameIter) {
	it.it.Next()
	it.key = it.it.Key()
	it.elem = it.it.Elem()
}

//go:linkname reflect_mapiterinit reflect.mapiterinit
func reflect_mapiterinit(t *abi.MapType, m *maps.Map, it *linknameIter) { mapiterinit(t, m, it) }

//go:linkname reflect_mapiternext reflect.mapiternext
func reflect_mapiternext(it *linknameIter) { mapiternext(it) }

//go:linkname reflect_mapiterkey reflect.mapiterkey
func reflect_mapiterkey(it *linknameIter) unsafe.Pointer { return it.it.Key() }

//go:linkname reflect_mapiterelem reflect.mapiterelem
func reflect_mapiterelem(it *linknameIter) unsafe.Pointer { return it.it.Elem() }

// reflect_typelinks returns the compiler's unnamed types as offsets from a base for each module; types lie at their
// offsets from address 0.
//
//go:linkname reflect_typelinks reflect.typelinks
func reflect_typelinks() ([]unsafe.Pointer, [][]int32) {
	types, _ := reflect_compiledTypelinks()
	offsets := make([]int32, len(types))
	for i, t := range types {
		offsets[i] = int32(uintptr(unsafe.Pointer(t)))
	}
	return []unsafe.Pointer{nil}, [][]int32{offsets}
}

//go:linkname legacy_fastrand runtime.fastrand
func legacy_fastrand() uint32 { return uint32(rand()) }

//go:linkname legacy_fastrandn runtime.fastrandn
func legacy_fastrandn(n uint32) uint32 { return randn(n) }

//go:linkname legacy_fastrand64 runtime.fastrand64
func legacy_fastrand64() uint64 { return rand() }

func cheaprandn(n uint32) uint32 { return uint32(uint64(cheaprand()) * uint64(n) >> 32) }

//go:linkname sync_runtime_canSpin sync.runtime_canSpin
func sync_runtime_canSpin(i int) bool { return internal_sync_runtime_canSpin(i) }

//go:linkname sync_runtime_doSpin sync.runtime_doSpin
func sync_runtime_doSpin() { internal_sync_runtime_doSpin() }

func stringHash(s string, seed uintptr) uintptr { return strhash(unsafe.Pointer(&s), seed) }

func chanbuf(c *hchan, i uint) unsafe.Pointer { return unsafe.Add(c.buf, uintptr(i)*uintptr(c.elemsize)) }

func gostringn(p *byte, n int) string { return string(unsafe.Slice(p, n)) }

func heapObjectsCanMove() bool { return false }

// iscgo says whether the program was linked with C code.
var iscgo bool
