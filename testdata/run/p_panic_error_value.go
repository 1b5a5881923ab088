// run

// An uncaught error value prints its text; a runtime error is one.
package main

type failure struct {
	op   string
	code int
}

func (f *failure) Error() string { return f.op + ": failed with code " + string(rune('0'+f.code)) }

func do(op string) error {
	if op == "bad" {
		return &failure{op, 7}
	}
	return nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	must(do("good"))
	println("good passed")
	must(do("bad"))
}
