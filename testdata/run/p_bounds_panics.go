// run

// Every kind of index and slice panic, by message.
package main

//go:noinline
func catch(name string, f func()) {
	defer func() {
		e := recover()
		if e == nil {
			println(name, "no panic")
			return
		}
		println(name+":", e.(error).Error())
	}()
	f()
}

var sink int
var sinkS []int
var sinkStr string

func main() {
	s := make([]int, 3, 5)
	a := [4]int{1, 2, 3, 4}
	str := "hello"
	five, neg, two, nine := 5, -1, 2, 9
	var u8 uint8 = 200
	var u64 uint64 = 1 << 63
	catch("index", func() { sink = s[five] })
	catch("index neg", func() { sink = s[neg] })
	catch("index u8", func() { sink = s[u8] })
	catch("index u64", func() { sink = s[u64] })
	catch("index store", func() { s[five] = 1 })
	catch("array", func() { sink = a[five] })
	catch("array ptr", func() { p := &a; sink = p[nine] })
	catch("string", func() { sink = int(str[nine]) })
	catch("slice high", func() { sinkS = s[:nine] })
	catch("slice cap ok", func() { sinkS = s[:five] })
	catch("slice order", func() { sinkS = s[five:two] })
	catch("slice low only", func() { sinkS = s[five:] })
	catch("slice neg", func() { sinkS = s[neg:] })
	catch("slice neg high", func() { sinkS = s[:neg] })
	catch("array slice", func() { sinkS = a[:nine] })
	catch("array slice low", func() { sinkS = a[five:] })
	catch("string slice", func() { sinkStr = str[nine:] })
	catch("string slice high", func() { sinkStr = str[:nine] })
	catch("string slice order", func() { sinkStr = str[five:two] })
	catch("slice3 max", func() { sinkS = s[0:1:nine] })
	catch("slice3 high", func() { sinkS = s[0:five:two] })
	catch("slice3 low", func() { sinkS = s[five:two:2] })
	catch("slice3 low2", func() { sinkS = s[two+1 : two : five] })
	catch("slice3 neg", func() { sinkS = s[0:1:neg] })
	catch("slice u64", func() { sinkS = s[u64:] })
	catch("to array", func() { p := (*[4]int)(s); sink = p[0] })
	catch("to array value", func() { q := [5]int(s); sink = q[0] })
	catch("make len", func() { sinkS = make([]int, neg) })
	catch("make cap", func() { sinkS = make([]int, five, two) })
	catch("make cap neg", func() { sinkS = make([]int, 0, neg) })
	catch("make huge", func() { sinkS = make([]int, u64>>1) })
	catch("make chan", func() { _ = make(chan int, neg) })
	catch("nil slice", func() { var n []int; sink = n[two] })
	catch("empty string", func() { var e string; sink = int(e[two-2]) })
	println(sink, len(sinkS), len(sinkStr))
}
