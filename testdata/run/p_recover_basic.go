// run

// Recovering gives the panic's value and returns from the deferring function.
package main

func safe(f func()) (msg any) {
	defer func() { msg = recover() }()
	f()
	return "fine"
}

func str(x any) string {
	switch v := x.(type) {
	case string:
		return v
	case error:
		return "error " + v.Error()
	case int:
		return "int"
	case nil:
		return "nil"
	}
	return "?"
}

type myErr struct{ code int }

func (m myErr) Error() string { return "code " + string(rune('0'+m.code)) }

func results() (a int, b string, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = e.(error)
			b += "!"
		}
	}()
	a, b = 5, "set"
	panic(myErr{4})
}

func early() (n int) {
	defer func() { recover() }()
	n = 1
	if n == 1 {
		panic("early")
	}
	n = 2
	return 3
}

func noRecover() {
	defer func() {
		e := recover()
		println("outer got", str(e))
	}()
	func() {
		defer func() {
			func() {
				// Not called directly by a deferred function: does not recover.
				println("nested recover", str(recover()))
			}()
		}()
		panic("deep")
	}()
	println("unreachable")
}

func helper() any { return recover() }

func direct() {
	defer func() { println("direct outer", str(recover())) }()
	defer helper()
	panic("by helper")
}

func twice() {
	defer func() {
		println(str(recover()), str(recover()))
	}()
	panic("once")
}

func main() {
	println(str(safe(func() {})))
	println(str(safe(func() { panic("boom") })))
	println(str(safe(func() { panic(5) })))
	println(str(safe(func() { panic(myErr{7}) })))
	println(str(safe(func() { var p *int; *p = 1 })))
	println(str(safe(func() { a, b := 1, 0; println(a / b) })))
	println(str(safe(func() { var f func(); f() })))
	println(str(safe(func() { panic(nil) })))
	a, b, err := results()
	println(a, b, err.Error())
	println(early())
	noRecover()
	direct()
	twice()
	println(recover() == nil)
	for i := range 3 {
		println(i, str(safe(func() {
			s := []int{1, 2}
			println(s[i])
		})))
	}
	n := 0
	for range 10000 {
		if str(safe(func() { panic("x") })) == "x" {
			n++
		}
	}
	println(n)
}
