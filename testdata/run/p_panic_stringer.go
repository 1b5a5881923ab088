// run

// A panic value with a String method prints by it, marked as recovered when another panic follows.
package main

type temp struct{ deg int }

func (t temp) String() string { return "some temperature" }

func main() {
	defer func() {
		println("first deferred")
		if e, ok := recover().(temp); ok {
			println("got", e.deg)
			panic(float64(e.deg) / 2)
		}
	}()
	panic(temp{25})
}
