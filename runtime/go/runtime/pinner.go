package runtime

import "internal/abi"

// A Pinner is a set of objects that neither move nor are freed, so that foreign code may hold pointers to them.
// Objects never move; the set keeps them reachable.
type Pinner struct {
	refs []any
}

// Pin adds the object that pointer, a pointer or an unsafe.Pointer, points to.
func (p *Pinner) Pin(pointer any) {
	t := efaceOf(&pointer)._type
	if t == nil {
		panic(errorString("runtime.Pinner: argument is nil"))
	}
	if k := t.Kind(); k != abi.Pointer && k != abi.UnsafePointer {
		panic(errorString("runtime.Pinner: argument is not a pointer: " + typeName(t)))
	}
	p.refs = append(p.refs, pointer)
}

// Unpin empties the set.
func (p *Pinner) Unpin() { p.refs = nil }
