// run

// A panic in a deferred function, both printed.
package main

func inner() {
	defer func() {
		panic("second")
	}()
	panic("first")
}

func main() {
	defer func() {
		e := recover()
		println("recovered", e.(string))
		defer func() {
			panic(e)
		}()
		panic("third")
	}()
	inner()
}
