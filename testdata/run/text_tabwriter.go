// run

package main

import (
	"fmt"
	"os"
	"text/tabwriter"
)

func main() {
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "name\tqty\tprice")
	fmt.Fprintln(w, "apple\t3\t1.25")
	fmt.Fprintln(w, "watermelon\t12\t30.5")
	fmt.Fprintln(w, "é€\t1\t2")
	w.Flush()
	w.Init(os.Stdout, 5, 0, 1, '.', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, "a\tb\tc\t")
	fmt.Fprintln(w, "aaa\tbbbbbb\tc\t")
	fmt.Fprintln(w, "\t\tx\t")
	w.Flush()
	w = tabwriter.NewWriter(os.Stdout, 8, 8, 1, '\t', tabwriter.TabIndent)
	fmt.Fprintf(w, "x\ty\n\tindented\tz\n\nnew\tblock\n")
	w.Flush()
	w = tabwriter.NewWriter(os.Stdout, 0, 0, 3, '-', tabwriter.FilterHTML|tabwriter.DiscardEmptyColumns)
	fmt.Fprint(w, "<b>bold</b>\tz\t\tq\n&amp;\tlonger cell\t\tq\v\n")
	w.Flush()
	for i := range 3 {
		fmt.Fprintf(w, "%d\t%s\t\n", i*i*100, string(rune('a'+i)))
	}
	w.Flush()
}
