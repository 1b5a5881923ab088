// run

// Iterator functions that break the protocol are caught.
package main

func always(yield func(int) bool) {
	yield(1)
	yield(2)
	yield(3)
}

var saved func(int) bool

func leak(yield func(int) bool) {
	saved = yield
	yield(1)
}

func swallow(yield func(int) bool) {
	defer func() {
		recover()
	}()
	yield(1)
}

func try(name string, f func()) {
	defer func() {
		switch e := recover().(type) {
		case nil:
			println(name, "no panic")
		case error:
			println(name, e.Error())
		case string:
			println(name, e)
		}
	}()
	f()
}

func main() {
	try("all", func() {
		for i := range always {
			print(i, " ")
		}
	})
	try("ignored break", func() {
		for i := range always {
			print(i, " ")
			if i == 1 {
				break
			}
		}
	})
	try("ignored return", func() {
		for range always {
			return
		}
	})
	try("late", func() {
		for i := range leak {
			println("leak", i)
		}
		saved(2)
	})
	try("swallowed", func() {
		for range swallow {
			panic("body panic")
		}
	})
	try("nested", func() {
		for i := range always {
			for j := range always {
				if i == 2 && j == 2 {
					panic("stop")
				}
				print(i, j, " ")
			}
		}
	})
	try("nil", func() {
		var f func(func(int) bool)
		for i := range f {
			println(i)
		}
	})
}
