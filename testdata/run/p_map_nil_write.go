// run

// Writing to a nil map panics and is not recovered.
package main

type counter struct{ hits map[string]int }

func (c *counter) hit(s string) {
	c.hits[s]++
}

func main() {
	var c counter
	println(len(c.hits), c.hits["x"])
	func() {
		defer func() {
			e := recover().(error)
			println("first:", e.Error())
		}()
		c.hit("x")
	}()
	println("still nil", c.hits == nil)
	c.hit("y")
	println("unreachable")
}
