// run

// An uncaught panic prints its chain and where it happened.
package main

type shape struct{ w, h int }

func area(s *shape) int {
	if s.w < 0 {
		panic("negative width")
	}
	return s.w * s.h
}

func run(list []shape) (total int) {
	defer println("deferred in run")
	for i := range list {
		total += area(&list[i])
	}
	return
}

func main() {
	defer println("deferred in main")
	println(run([]shape{{1, 2}, {3, 4}}))
	println(run([]shape{{1, 2}, {-3, 4}}))
}
