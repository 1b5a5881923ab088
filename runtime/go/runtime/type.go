package runtime

import (
	"internal/abi"
	"unsafe"
)

// Type descriptors are those of internal/abi. Offsets in a descriptor that the compiler made are absolute 32-bit
// addresses (the program is linked below 2 GiB), so that they resolve by widening; offsets in a descriptor that
// reflect made at run time are the negative numbers that addReflectOff handed out.

type (
	_type         = abi.Type
	nameOff       = abi.NameOff
	typeOff       = abi.TypeOff
	textOff       = abi.TextOff
	interfacetype = abi.InterfaceType
	arraytype     = abi.ArrayType
	chantype      = abi.ChanType
	structtype    = abi.StructType
	itab          = abi.ITab
)

type eface struct {
	_type *_type
	data  unsafe.Pointer
}

type iface struct {
	tab  *itab
	data unsafe.Pointer
}

func efaceOf(p *any) *eface { return (*eface)(unsafe.Pointer(p)) }

// typeName returns the type's name as %T prints it.
func typeName(t *_type) string {
	s := resolveName(t.Str).Name()
	if t.TFlag&abi.TFlagExtraStar != 0 {
		return s[1:]
	}
	return s
}

// typePkgPath returns the import path of the package that declares t, or "".
func typePkgPath(t *_type) string {
	if u := t.Uncommon(); u != nil {
		return resolveName(u.PkgPath).Name()
	}
	switch t.Kind() {
	case abi.Struct:
		return (*structtype)(unsafe.Pointer(t)).PkgPath.Name()
	case abi.Interface:
		return (*interfacetype)(unsafe.Pointer(t)).PkgPath.Name()
	}
	return ""
}

// namePkgPath returns the package path stored with an unexported name, or "".
func namePkgPath(n abi.Name) string {
	if n.Bytes == nil || *n.Data(0)&(1<<2) == 0 {
		return ""
	}
	i, l := n.ReadVarint(1)
	off := 1 + i + l
	if n.HasTag() {
		i2, l2 := n.ReadVarint(off)
		off += i2 + l2
	}
	var pkg nameOff
	copy((*[4]byte)(unsafe.Pointer(&pkg))[:], (*[4]byte)(unsafe.Pointer(n.Data(off)))[:])
	return resolveName(pkg).Name()
}

func resolveName(off nameOff) abi.Name {
	if off == 0 {
		return abi.Name{}
	}
	return abi.Name{Bytes: (*byte)(resolveOff(int32(off), "name"))}
}

func resolveType(off typeOff) *_type {
	if off == 0 || off == -1 {
		return nil
	}
	return (*_type)(resolveOff(int32(off), "type"))
}

func resolveText(off textOff) unsafe.Pointer {
	if off == -1 {
		return unsafe.Pointer(abi.FuncPCABIInternal(unreachableMethod))
	}
	return resolveOff(int32(off), "text")
}

func resolveOff(off int32, what string) unsafe.Pointer {
	if off > 0 {
		return unsafe.Pointer(uintptr(off))
	}
	lock(&reflectOffs.lock)
	p, ok := reflectOffs.m[off]
	unlock(&reflectOffs.lock)
	if !ok {
		println("runtime:", what, "offset", off, "is not registered")
		throw("runtime: " + what + " offset base pointer out of range")
	}
	return p
}

// unreachableMethod stands in method tables for methods that reachability analysis removed.
func unreachableMethod() {
	throw("unreachable method called. linker bug?")
}

// reflectOffs numbers the names, types and texts that reflect made at run time.
// Number -1 is taken: it means "no such thing" in a type offset.
var reflectOffs struct {
	lock mutex
	next int32
	m    map[int32]unsafe.Pointer
	minv map[unsafe.Pointer]int32
}

//go:linkname reflect_addReflectOff reflect.addReflectOff
func reflect_addReflectOff(ptr unsafe.Pointer) int32 {
	lock(&reflectOffs.lock)
	if reflectOffs.m == nil {
		reflectOffs.m = make(map[int32]unsafe.Pointer)
		reflectOffs.minv = make(map[unsafe.Pointer]int32)
		reflectOffs.next = -2
	}
	id, found := reflectOffs.minv[ptr]
	if !found {
		id = reflectOffs.next
		reflectOffs.next--
		reflectOffs.m[id] = ptr
		reflectOffs.minv[ptr] = id
	}
	unlock(&reflectOffs.lock)
	return id
}

//go:linkname reflect_resolveNameOff reflect.resolveNameOff
func reflect_resolveNameOff(_ unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveName(nameOff(off)).Bytes)
}

//go:linkname reflect_resolveTypeOff reflect.resolveTypeOff
func reflect_resolveTypeOff(_ unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveType(typeOff(off)))
}

//go:linkname reflect_resolveTextOff reflect.resolveTextOff
func reflect_resolveTextOff(_ unsafe.Pointer, off int32) unsafe.Pointer {
	return resolveText(textOff(off))
}

//go:linkname reflectlite_resolveNameOff internal/reflectlite.resolveNameOff
func reflectlite_resolveNameOff(_ unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveName(nameOff(off)).Bytes)
}

//go:linkname reflectlite_resolveTypeOff internal/reflectlite.resolveTypeOff
func reflectlite_resolveTypeOff(_ unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveType(typeOff(off)))
}

// reflect_compiledTypelinks returns the compiler's unnamed types, sorted by their string.
//
//go:linkname reflect_compiledTypelinks reflect.compiledTypelinks
func reflect_compiledTypelinks() ([]*_type, [][]*_type) {
	links := getmoduledata().typelinks
	return unsafe.Slice((**_type)(links.ptr), links.len), nil
}

//go:linkname reflect_adjustAIXGCDataForRuntime reflect.adjustAIXGCDataForRuntime
func reflect_adjustAIXGCDataForRuntime(addr *byte) *byte { return addr }

//go:linkname maps_typeString internal/runtime/maps.typeString
func maps_typeString(t *_type) string { return typeName(t) }

// reflect_gcbits returns which words of the object that x points to the collector sees as pointers, a byte for each, up
// to the last one. Tests of reflect call it.
//
//go:linkname reflect_gcbits reflect.gcbits
func reflect_gcbits(x any) []byte {
	p := efaceOf(&x).data
	base, size := findobject(p)
	if base == 0 {
		return nil
	}
	bits := make([]byte, (base+size-uintptr(p))/8)
	if len(bits) == 0 {
		return bits
	}
	heapbits(p, &bits[0], len(bits))
	for len(bits) > 0 && bits[len(bits)-1] == 0 {
		bits = bits[:len(bits)-1]
	}
	return bits
}
