package runtime

import (
	"internal/abi"
	"internal/bytealg"
	"unsafe"
)

// printpanicval prints the value of an uncaught panic: values of basic types and of types with a basic underlying
// type as such, of all others the type and the address.
func printpanicval(v any) {
	switch v := v.(type) {
	case nil:
		print("nil")
	case bool:
		print(v)
	case int:
		print(v)
	case int8:
		print(v)
	case int16:
		print(v)
	case int32:
		print(v)
	case int64:
		print(v)
	case uint:
		print(v)
	case uint8:
		print(v)
	case uint16:
		print(v)
	case uint32:
		print(v)
	case uint64:
		print(v)
	case uintptr:
		print(v)
	case float32:
		print(v)
	case float64:
		print(v)
	case complex64:
		print(v)
	case complex128:
		print(v)
	case string:
		printindented(v)
	default:
		printcustom(efaceOf(&v))
	}
}

// printcustom prints a value whose type is not predeclared.
func printcustom(e *eface) {
	name, p := typeName(e._type), e.data
	switch e._type.Kind() {
	case abi.String:
		print(name, `("`)
		printindented(*(*string)(p))
		print(`")`)
	case abi.Bool:
		print(name, "(", *(*bool)(p), ")")
	case abi.Int, abi.Int8, abi.Int16, abi.Int32, abi.Int64:
		print(name, "(", readInt(e._type, p), ")")
	case abi.Uint, abi.Uint8, abi.Uint16, abi.Uint32, abi.Uint64:
		print(name, "(", readUint(e._type, p), ")")
	case abi.Uintptr:
		print(name, "(", *(*uintptr)(p), ")")
	case abi.Float32:
		print(name, "(", *(*float32)(p), ")")
	case abi.Float64:
		print(name, "(", *(*float64)(p), ")")
	case abi.Complex64:
		print(name, *(*complex64)(p))
	case abi.Complex128:
		print(name, *(*complex128)(p))
	default:
		print("(", name, ") ", p)
	}
}

func readInt(t *_type, p unsafe.Pointer) int64 {
	switch t.Size_ {
	case 1:
		return int64(*(*int8)(p))
	case 2:
		return int64(*(*int16)(p))
	case 4:
		return int64(*(*int32)(p))
	}
	return *(*int64)(p)
}

func readUint(t *_type, p unsafe.Pointer) uint64 {
	switch t.Size_ {
	case 1:
		return uint64(*(*uint8)(p))
	case 2:
		return uint64(*(*uint16)(p))
	case 4:
		return uint64(*(*uint32)(p))
	}
	return *(*uint64)(p)
}

// printindented prints s with a tab after each newline, so that a text cannot look like a traceback.
func printindented(s string) {
	for {
		i := bytealg.IndexByteString(s, '\n')
		if i < 0 {
			break
		}
		print(s[:i+1], "\t")
		s = s[i+1:]
	}
	print(s)
}

// rawText makes a string of two words.
func rawText(p, n uintptr) string { return unsafe.String((*byte)(unsafe.Pointer(p)), int(n)) }
