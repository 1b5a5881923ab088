// run

// A panic while packages are initialised.
package main

var x = f()

func f() int { defer func() { recover(); println("ok") }(); var m map[string]int; m["a"]++; return 1 }
func init()  { defer println("d"); g() }
func g()     { func() { panic("in init") }() }
func main()  {}
