// run

// A panicking Error method while an uncaught panic is printed, and wrapped errors joined on lines.
package main

import (
	"fmt"
)

type bad struct{ p *int }

func (b bad) Error() string { return fmt.Sprintf("value %d", *b.p) }

func try(v any) (msg string) {
	defer func() { msg = fmt.Sprintf("%T %v", recover(), v) }()
	panic(v)
}

func main() {
	n := 5
	fmt.Println(try(bad{&n}))
	fmt.Println(try(bad{}))
	fmt.Println(try("s"), try(3.5), try([]int{1}), try(nil))
	panic(fmt.Errorf("first line\nsecond line: %w", bad{&n}))
}
