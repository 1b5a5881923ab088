package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	"unsafe"
)

// The itab table: which itab belongs to a pair (interface type, concrete type).
//
// It is an open hash table with quadratic probing. It only grows; readers take no lock. Itabs that the compiler made
// are entered when the program starts, so that each pair has one itab and interfaces can be compared by it. An itab
// with Fun[0] == 0 records that the type does not implement the interface.

type itabTableType struct {
	count   uintptr
	entries []*itab // the length is a power of two
}

var (
	itabLock  mutex // held to change the table
	itabTable atomic.Pointer[itabTableType]
)

func itabHash(inter *interfacetype, t *_type) uintptr { return uintptr(inter.Type.Hash ^ t.Hash) }

func (t *itabTableType) find(inter *interfacetype, typ *_type) *itab {
	mask := uintptr(len(t.entries) - 1)
	h := itabHash(inter, typ) & mask
	for i := uintptr(1); ; i++ {
		m := (*itab)(atomic.Loadp(unsafe.Pointer(&t.entries[h])))
		if m == nil || m.Inter == inter && m.Type == typ {
			return m
		}
		h = (h + i) & mask
	}
}

// add enters m unless its pair is there. There must be room.
func (t *itabTableType) add(m *itab) {
	mask := uintptr(len(t.entries) - 1)
	h := itabHash(m.Inter, m.Type) & mask
	for i := uintptr(1); ; i++ {
		e := t.entries[h]
		if e == nil {
			atomic_storePointer((*unsafe.Pointer)(unsafe.Pointer(&t.entries[h])), unsafe.Pointer(m))
			t.count++
			return
		}
		if e.Inter == m.Inter && e.Type == m.Type {
			return
		}
		h = (h + i) & mask
	}
}

// itabsinit enters the compiler's itabs.
func itabsinit() {
	links := getmoduledata().itablinks
	size := uintptr(512)
	for size/2 < links.len {
		size *= 2
	}
	t := &itabTableType{entries: make([]*itab, size)}
	for _, m := range unsafe.Slice((**itab)(links.ptr), links.len) {
		t.add(m)
	}
	itabTable.Store(t)
}

// itabAdd enters m. The caller holds itabLock.
func itabAdd(m *itab) {
	t := itabTable.Load()
	if t.count >= uintptr(len(t.entries))/4*3 {
		bigger := &itabTableType{entries: make([]*itab, 2*len(t.entries))}
		for _, e := range t.entries {
			if e != nil {
				bigger.add(e)
			}
		}
		itabTable.Store(bigger)
		t = bigger
	}
	t.add(m)
}

// getitab returns the itab for (inter, typ). If typ does not implement inter it returns nil or panics.
func getitab(inter *interfacetype, typ *_type, canfail bool) *itab {
	m := itabTable.Load().find(inter, typ)
	if m == nil {
		m = newitab(inter, typ, canfail)
	}
	if m != nil && m.Fun[0] != 0 {
		return m
	}
	if canfail {
		return nil
	}
	panic(&TypeAssertionError{concrete: typ, asserted: &inter.Type, missingMethod: itabInit(inter, typ, nil)})
}

func newitab(inter *interfacetype, typ *_type, canfail bool) *itab {
	if len(inter.Methods) == 0 {
		throw("internal error - misuse of itab")
	}
	if typ.TFlag&abi.TFlagUncommon == 0 {
		// No methods: not worth an entry.
		if canfail {
			return nil
		}
		panic(&TypeAssertionError{nil, typ, &inter.Type, resolveName(inter.Methods[0].Name).Name()})
	}
	size := unsafe.Sizeof(itab{}) + uintptr(len(inter.Methods)-1)*unsafe.Sizeof(uintptr(0))
	m := (*itab)(persistentalloc(size, 8))
	m.Inter = inter
	m.Type = typ
	m.Hash = typ.Hash
	funs := unsafe.Slice(&m.Fun[0], len(inter.Methods))
	if itabInit(inter, typ, funs) != "" {
		m.Fun[0] = 0
	}

	lock(&itabLock)
	if old := itabTable.Load().find(inter, typ); old != nil {
		m = old
	} else {
		itabAdd(m)
	}
	unlock(&itabLock)
	return m
}

// itabInit fills in the code of typ's methods that inter asks for, and returns the name of a method that typ lacks,
// or "". With funs == nil it only looks for that. Both lists are sorted by name: one pass suffices.
func itabInit(inter *interfacetype, typ *_type, funs []uintptr) string {
	u := typ.Uncommon()
	if u == nil {
		return resolveName(inter.Methods[0].Name).Name()
	}
	methods := u.Methods()
	j := 0
next:
	for k := range inter.Methods {
		im := &inter.Methods[k]
		want := resolveType(im.Typ)
		iname := resolveName(im.Name)
		text := iname.Name()
		ipkg := namePkgPath(iname)
		if ipkg == "" {
			ipkg = inter.PkgPath.Name()
		}
		for ; j < len(methods); j++ {
			m := &methods[j]
			if resolveType(m.Mtyp) != want {
				continue
			}
			name := resolveName(m.Name)
			if name.Name() != text {
				continue
			}
			if !name.IsExported() {
				pkg := namePkgPath(name)
				if pkg == "" {
					pkg = resolveName(u.PkgPath).Name()
				}
				if pkg != ipkg {
					continue
				}
			}
			if funs != nil {
				funs[k] = uintptr(resolveText(m.Ifn))
			}
			j++
			continue next
		}
		return text
	}
	return ""
}
