package runtime

import (
	"internal/abi"
	"internal/runtime/maps"
	"unsafe"
)

// Equality and hashing by type. The compiler refers to these functions from type descriptors and calls them from
// the functions that it makes for structs and arrays. The hash of memory is that of internal/runtime/maps.

const (
	hashMul0 = 33054211828000289
	hashMul1 = 23344194077549503
)

func memhash(p unsafe.Pointer, h, size uintptr) uintptr { return maps.MemHash(p, h, size) }

func memhash0(p unsafe.Pointer, h uintptr) uintptr   { return h }
func memhash8(p unsafe.Pointer, h uintptr) uintptr   { return memhash(p, h, 1) }
func memhash16(p unsafe.Pointer, h uintptr) uintptr  { return memhash(p, h, 2) }
func memhash32(p unsafe.Pointer, h uintptr) uintptr  { return maps.MemHash32(*(*uint32)(p), h) }
func memhash64(p unsafe.Pointer, h uintptr) uintptr  { return maps.MemHash64(*(*uint64)(p), h) }
func memhash128(p unsafe.Pointer, h uintptr) uintptr { return memhash(p, h, 16) }
func strhash(p unsafe.Pointer, h uintptr) uintptr    { return maps.StrHash(*(*string)(p), h) }

// zeroHash is the hash of +0 and -0, which are equal. A NaN equals nothing: its hash is random, so that maps with
// many NaN keys stay fast.
func zeroHash(h uintptr) uintptr { return hashMul1 * (hashMul0 ^ h) }
func nanHash(h uintptr) uintptr  { return hashMul1 * (hashMul0 ^ h ^ uintptr(rand())) }

func f32hash(p unsafe.Pointer, h uintptr) uintptr {
	f := *(*float32)(p)
	switch {
	case f == 0:
		return zeroHash(h)
	case f != f:
		return nanHash(h)
	}
	return memhash(p, h, 4)
}

func f64hash(p unsafe.Pointer, h uintptr) uintptr {
	f := *(*float64)(p)
	switch {
	case f == 0:
		return zeroHash(h)
	case f != f:
		return nanHash(h)
	}
	return memhash(p, h, 8)
}

func c64hash(p unsafe.Pointer, h uintptr) uintptr  { return f32hash(add(p, 4), f32hash(p, h)) }
func c128hash(p unsafe.Pointer, h uintptr) uintptr { return f64hash(add(p, 8), f64hash(p, h)) }

func interhash(p unsafe.Pointer, h uintptr) uintptr {
	v := (*iface)(p)
	if v.tab == nil {
		return h
	}
	return dynhash(v.tab.Type, &v.data, h)
}

func nilinterhash(p unsafe.Pointer, h uintptr) uintptr {
	v := (*eface)(p)
	if v._type == nil {
		return h
	}
	return dynhash(v._type, &v.data, h)
}

// dynhash hashes the value of an interface. An unhashable type is reported as a whole, not by the part that makes
// it so.
func dynhash(t *_type, data *unsafe.Pointer, h uintptr) uintptr {
	if t.Equal == nil {
		panicunhashable(t)
	}
	p := *data
	if t.IsDirectIface() {
		p = unsafe.Pointer(data)
	}
	return hashMul1 * typehash(t, p, h^hashMul0)
}

func panicunhashable(t *_type) {
	panic(errorString("hash of unhashable type " + typeName(t)))
}

// typehash hashes the t at p. It yields what the compiler's hash function for t yields.
func typehash(t *_type, p unsafe.Pointer, h uintptr) uintptr {
	if t.TFlag&abi.TFlagRegularMemory != 0 {
		switch t.Size_ {
		case 4:
			return memhash32(p, h)
		case 8:
			return memhash64(p, h)
		}
		return memhash(p, h, t.Size_)
	}
	switch t.Kind() {
	case abi.Float32:
		return f32hash(p, h)
	case abi.Float64:
		return f64hash(p, h)
	case abi.Complex64:
		return c64hash(p, h)
	case abi.Complex128:
		return c128hash(p, h)
	case abi.String:
		return strhash(p, h)
	case abi.Interface:
		if len((*interfacetype)(unsafe.Pointer(t)).Methods) == 0 {
			return nilinterhash(p, h)
		}
		return interhash(p, h)
	case abi.Array:
		a := (*arraytype)(unsafe.Pointer(t))
		for i := uintptr(0); i < a.Len; i++ {
			h = typehash(a.Elem, add(p, i*a.Elem.Size_), h)
		}
		return h
	case abi.Struct:
		fields := (*structtype)(unsafe.Pointer(t)).Fields
		for i := range fields {
			if f := &fields[i]; !f.Name.IsBlank() {
				h = typehash(f.Typ, add(p, f.Offset), h)
			}
		}
		return h
	}
	panicunhashable(t)
	return h
}

//go:linkname reflect_typehash reflect.typehash
func reflect_typehash(t *_type, p unsafe.Pointer, h uintptr) uintptr { return typehash(t, p, h) }

func memequal0(p, q unsafe.Pointer) bool   { return true }
func memequal8(p, q unsafe.Pointer) bool   { return *(*uint8)(p) == *(*uint8)(q) }
func memequal16(p, q unsafe.Pointer) bool  { return *(*uint16)(p) == *(*uint16)(q) }
func memequal32(p, q unsafe.Pointer) bool  { return *(*uint32)(p) == *(*uint32)(q) }
func memequal64(p, q unsafe.Pointer) bool  { return *(*uint64)(p) == *(*uint64)(q) }
func memequal128(p, q unsafe.Pointer) bool { return *(*[2]uint64)(p) == *(*[2]uint64)(q) }
func f32equal(p, q unsafe.Pointer) bool    { return *(*float32)(p) == *(*float32)(q) }
func f64equal(p, q unsafe.Pointer) bool    { return *(*float64)(p) == *(*float64)(q) }
func c64equal(p, q unsafe.Pointer) bool    { return *(*complex64)(p) == *(*complex64)(q) }
func c128equal(p, q unsafe.Pointer) bool   { return *(*complex128)(p) == *(*complex128)(q) }
func strequal(p, q unsafe.Pointer) bool    { return *(*string)(p) == *(*string)(q) }

func interequal(p, q unsafe.Pointer) bool {
	x, y := (*iface)(p), (*iface)(q)
	return x.tab == y.tab && ifaceeq(x.tab, x.data, y.data)
}

func nilinterequal(p, q unsafe.Pointer) bool {
	x, y := (*eface)(p), (*eface)(q)
	return x._type == y._type && efaceeq(x._type, x.data, y.data)
}
