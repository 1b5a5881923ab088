package runtime

import (
	"internal/abi"
	"internal/runtime/maps"
	"unsafe"
)

// Maps are internal/runtime/maps. It provides most of the functions that the compiler calls itself; they are
// declared here so that the compiler finds their signatures.

func mapaccess1(t *abi.MapType, m *maps.Map, key unsafe.Pointer) unsafe.Pointer
func mapaccess1_fast32(t *abi.MapType, m *maps.Map, key uint32) unsafe.Pointer
func mapaccess1_fast64(t *abi.MapType, m *maps.Map, key uint64) unsafe.Pointer
func mapaccess1_faststr(t *abi.MapType, m *maps.Map, key string) unsafe.Pointer
func mapaccess2(t *abi.MapType, m *maps.Map, key unsafe.Pointer) (unsafe.Pointer, bool)
func mapaccess2_fast32(t *abi.MapType, m *maps.Map, key uint32) (unsafe.Pointer, bool)
func mapaccess2_fast64(t *abi.MapType, m *maps.Map, key uint64) (unsafe.Pointer, bool)
func mapaccess2_faststr(t *abi.MapType, m *maps.Map, key string) (unsafe.Pointer, bool)
func mapassign(t *abi.MapType, m *maps.Map, key unsafe.Pointer) unsafe.Pointer
func mapassign_fast32(t *abi.MapType, m *maps.Map, key uint32) unsafe.Pointer
func mapassign_fast32ptr(t *abi.MapType, m *maps.Map, key unsafe.Pointer) unsafe.Pointer
func mapassign_fast64(t *abi.MapType, m *maps.Map, key uint64) unsafe.Pointer
func mapassign_fast64ptr(t *abi.MapType, m *maps.Map, key unsafe.Pointer) unsafe.Pointer
func mapassign_faststr(t *abi.MapType, m *maps.Map, key string) unsafe.Pointer
func mapdelete_fast32(t *abi.MapType, m *maps.Map, key uint32)
func mapdelete_fast64(t *abi.MapType, m *maps.Map, key uint64)
func mapdelete_faststr(t *abi.MapType, m *maps.Map, key string)

//go:linkname maps_errNilAssign internal/runtime/maps.errNilAssign
var maps_errNilAssign error = plainError("assignment to entry in nil map")

func makemap_small() *maps.Map { return maps.NewEmptyMap() }

func makemap(t *abi.MapType, hint int, m *maps.Map) *maps.Map {
	return maps.NewMap(t, uintptr(max(hint, 0)), m, maxAlloc)
}

func makemap64(t *abi.MapType, hint int64, m *maps.Map) *maps.Map {
	return makemap(t, int(hint), m)
}

// The fat forms serve elements that are larger than zeroVal.

func mapaccess1_fat(t *abi.MapType, m *maps.Map, key, zero unsafe.Pointer) unsafe.Pointer {
	e, ok := mapaccess2(t, m, key)
	if !ok {
		return zero
	}
	return e
}

func mapaccess2_fat(t *abi.MapType, m *maps.Map, key, zero unsafe.Pointer) (unsafe.Pointer, bool) {
	e, ok := mapaccess2(t, m, key)
	if !ok {
		return zero, false
	}
	return e, true
}

func mapdelete(t *abi.MapType, m *maps.Map, key unsafe.Pointer) { m.Delete(t, key) }
func mapclear(t *abi.MapType, m *maps.Map)                      { m.Clear(t) }
func mapIterNext(it *maps.Iter)                                 { it.Next() }

func mapIterStart(t *abi.MapType, m *maps.Map, it *maps.Iter) {
	it.Init(t, m)
	it.Next()
}

func maplen(m *maps.Map) int {
	if m == nil {
		return 0
	}
	return int(m.Used())
}

//go:linkname mapclone maps.clone
func mapclone(m any) any {
	e := efaceOf(&m)
	e.data = unsafe.Pointer((*maps.Map)(e.data).Clone((*abi.MapType)(unsafe.Pointer(e._type))))
	return m
}

//go:linkname reflect_makemap reflect.makemap
func reflect_makemap(t *abi.MapType, n int) *maps.Map {
	if t.Key.Equal == nil {
		throw("runtime.reflect_makemap: unsupported map key type")
	}
	return makemap(t, n, nil)
}

//go:linkname reflect_mapaccess reflect.mapaccess
func reflect_mapaccess(t *abi.MapType, m *maps.Map, key unsafe.Pointer) unsafe.Pointer {
	e, ok := mapaccess2(t, m, key)
	if !ok {
		return nil
	}
	return e
}

//go:linkname reflect_mapaccess_faststr reflect.mapaccess_faststr
func reflect_mapaccess_faststr(t *abi.MapType, m *maps.Map, key string) unsafe.Pointer {
	e, ok := mapaccess2_faststr(t, m, key)
	if !ok {
		return nil
	}
	return e
}

//go:linkname reflect_mapassign0 reflect.mapassign0
func reflect_mapassign0(t *abi.MapType, m *maps.Map, key, elem unsafe.Pointer) {
	typedmemmove(t.Elem, mapassign(t, m, key), elem)
}

//go:linkname reflect_mapassign_faststr0 reflect.mapassign_faststr0
func reflect_mapassign_faststr0(t *abi.MapType, m *maps.Map, key string, elem unsafe.Pointer) {
	typedmemmove(t.Elem, mapassign_faststr(t, m, key), elem)
}

//go:linkname reflect_mapdelete reflect.mapdelete
func reflect_mapdelete(t *abi.MapType, m *maps.Map, key unsafe.Pointer) { mapdelete(t, m, key) }

//go:linkname reflect_mapdelete_faststr reflect.mapdelete_faststr
func reflect_mapdelete_faststr(t *abi.MapType, m *maps.Map, key string) { mapdelete_faststr(t, m, key) }

//go:linkname reflect_mapclear reflect.mapclear
func reflect_mapclear(t *abi.MapType, m *maps.Map) { mapclear(t, m) }

//go:linkname reflect_maplen reflect.maplen
func reflect_maplen(m *maps.Map) int { return maplen(m) }

//go:linkname reflectlite_maplen internal/reflectlite.maplen
func reflectlite_maplen(m *maps.Map) int { return maplen(m) }
