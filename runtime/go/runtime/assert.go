package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	"unsafe"
)

// Type assertions and switches to interface types, and the panics of failed assertions.

// assertE2I and assertE2I2 return the itab for a type; if it does not implement the interface, one panics and the
// other returns nil. The word at cache, which the place of the assertion has for itself, holds an itab of that
// interface: code looks there first, and calls these functions if it is of another type.

func assertE2I(cache **itab, inter *interfacetype, t *_type) *itab {
	if t == nil {
		panic(&TypeAssertionError{nil, nil, &inter.Type, ""})
	}
	m := getitab(inter, t, false)
	remember(cache, m)
	return m
}

func assertE2I2(cache **itab, inter *interfacetype, t *_type) *itab {
	if t == nil || t.TFlag&abi.TFlagUncommon == 0 {
		return nil
	}
	m := itabTable.Load().find(inter, t)
	if m == nil {
		m = newitab(inter, t, true)
	}
	remember(cache, m)
	if m.Fun[0] == 0 {
		return nil
	}
	return m
}

// remember puts an itab where the assertion looks first. A place that sees many types leaves most of them out: its
// word is shared by all threads.
func remember(cache **itab, m *itab) {
	if cheaprand()&31 == 0 {
		atomic.StorepNoWB(unsafe.Pointer(cache), unsafe.Pointer(m))
	}
}

// typeAssert is an assertion with a descriptor. Its cache, which exists for the sake of gc's generated code, stays
// as it is: the itab table is quick.
func typeAssert(s *abi.TypeAssert, t *_type) *itab {
	if t == nil {
		if !s.CanFail {
			panic(&TypeAssertionError{nil, nil, &s.Inter.Type, ""})
		}
		return nil
	}
	return getitab(s.Inter, t, s.CanFail)
}

// interfaceSwitch returns the number of the first case that t implements and its itab, or the number of cases.
func interfaceSwitch(s *abi.InterfaceSwitch, t *_type) (int, *itab) {
	cases := unsafe.Slice(&s.Cases[0], s.NCases)
	for i, c := range cases {
		if tab := getitab(c, t, true); tab != nil {
			return i, tab
		}
	}
	return len(cases), nil
}

// panicdottypeE: x.(want) where x, of interface type iface, holds a have (nil if x is nil).
func panicdottypeE(have, want, iface *_type) {
	panic(&TypeAssertionError{iface, have, want, ""})
}

// panicdottypeI is the same where x has methods.
func panicdottypeI(have *itab, want, iface *_type) {
	var t *_type
	if have != nil {
		t = have.Type
	}
	panicdottypeE(t, want, iface)
}

// panicnildottype: x.(want) where x is nil.
func panicnildottype(want *_type) {
	panic(&TypeAssertionError{nil, nil, want, ""})
}

// ifaceitab returns the itab for the type of a value, or panics.
func ifaceitab(inter *interfacetype, t *_type) *itab {
	if t == nil {
		panic(&TypeAssertionError{nil, nil, &inter.Type, ""})
	}
	return getitab(inter, t, false)
}

//go:linkname reflect_ifaceE2I reflect.ifaceE2I
func reflect_ifaceE2I(inter *interfacetype, e eface, dst *iface) {
	*dst = iface{ifaceitab(inter, e._type), e.data}
}

//go:linkname reflectlite_ifaceE2I internal/reflectlite.ifaceE2I
func reflectlite_ifaceE2I(inter *interfacetype, e eface, dst *iface) {
	*dst = iface{ifaceitab(inter, e._type), e.data}
}
