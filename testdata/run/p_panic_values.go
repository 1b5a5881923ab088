// run

// How uncaught values of basic types would print: one value is chosen at the end.
package main

type num int
type str string
type fl float64
type cust struct{ a int }

func (n num) twice() num { return 2 * n }

func describe(v any) {
	defer func() {
		e := recover()
		switch x := e.(type) {
		case num:
			println("num", x.twice())
		case str:
			println("str", string(x))
		case fl:
			println("fl", float64(x))
		case cust:
			println("cust", x.a)
		case complex128:
			println("complex", x)
		case *int:
			println("ptr", *x)
		case error:
			println("error", x.Error())
		}
	}()
	panic(v)
}

func main() {
	i := 3
	describe(num(4))
	describe(str("s"))
	describe(fl(2.5))
	describe(cust{7})
	describe(2 + 1i)
	describe(&i)
	describe(nil)
	panic(num(42))
}
