package runtime

import (
	"internal/abi"
	"unsafe"
)

// Type assertions and switches to interface types, and the panics of failed assertions.

func assertE2I(inter *interfacetype, t *_type) *itab {
	if t == nil {
		panic(&TypeAssertionError{nil, nil, &inter.Type, ""})
	}
	return getitab(inter, t, false)
}

func assertE2I2(inter *interfacetype, t *_type) *itab {
	if t == nil {
		return nil
	}
	return getitab(inter, t, true)
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

//go:linkname reflect_ifaceE2I reflect.ifaceE2I
func reflect_ifaceE2I(inter *interfacetype, e eface, dst *iface) {
	*dst = iface{assertE2I(inter, e._type), e.data}
}

//go:linkname reflectlite_ifaceE2I internal/reflectlite.ifaceE2I
func reflectlite_ifaceE2I(inter *interfacetype, e eface, dst *iface) {
	*dst = iface{assertE2I(inter, e._type), e.data}
}
