// run

// Panics in deferred functions, replaced and recovered.
package main

func show(label string) {
	switch v := recover().(type) {
	case nil:
		println(label, "nil")
	case string:
		println(label, v)
	case error:
		println(label, v.Error())
	case int:
		println(label, v)
	}
}

func replace() {
	defer show("replace")
	defer func() { panic("second") }()
	panic("first")
}

func recoverInside() {
	defer show("outer")
	defer func() {
		defer show("inner")
		panic("from deferred")
	}()
	panic("original")
}

func rethrow() {
	defer show("rethrown")
	defer func() {
		e := recover()
		println("caught", e.(string))
		panic(e.(string) + " again")
	}()
	panic("p")
}

func deferContinues() {
	defer show("end")
	defer println("runs 1")
	defer func() {
		defer println("runs 2")
		panic("mid")
	}()
	defer println("runs 3")
	panic("start")
}

func deep(n int) {
	defer func() {
		if n%100 == 0 {
			print(n, " ")
		}
	}()
	if n == 0 {
		panic("bottom")
	}
	deep(n - 1)
}

func recoverThenPanicElsewhere() {
	defer show("new")
	func() {
		defer show("old")
		panic(1)
	}()
	panic(2)
}

func chain() {
	defer show("chain")
	defer func() {
		defer func() {
			defer func() { panic("3") }()
			panic("2")
		}()
		panic("1")
	}()
	panic("0")
}

func normalReturnDuringPanic() (s string) {
	defer func() { s += "/outer" }()
	func() {
		defer func() {
			// Returning normally from a called function with its own recover.
			s += func() (r string) {
				defer func() { r = "r:" + recover().(string) }()
				panic("x")
			}()
			s += "/" + recover().(string)
		}()
		panic("y")
	}()
	return s
}

func loop() {
	for i := range 3 {
		func() {
			defer show("loop")
			defer func() {
				if i == 1 {
					panic("replaced")
				}
			}()
			panic(i)
		}()
	}
}

func main() {
	replace()
	recoverInside()
	rethrow()
	deferContinues()
	func() {
		defer show("deep")
		deep(1000)
	}()
	recoverThenPanicElsewhere()
	chain()
	println(normalReturnDuringPanic())
	loop()
}
