// run

package main

import (
	"fmt"
	"time"
)

func main() {
	ds := []time.Duration{0, 1, 999, time.Microsecond, 1500 * time.Microsecond, time.Second, 90 * time.Second, 36*time.Hour + 15*time.Minute + 30*time.Second + 5*time.Millisecond, -time.Minute, 1<<63 - 1}
	for _, d := range ds {
		fmt.Println(d, d.Seconds(), d.Minutes(), d.Milliseconds(), d.Round(time.Minute), d.Truncate(time.Second), d.Abs())
	}
	for _, s := range []string{"1h15m30.918s", "-1.5h", "300ms", "1us", "2µs", "", "5", "1d", ".5s", "1h-5m"} {
		d, err := time.ParseDuration(s)
		fmt.Println(d, err)
	}
	t := time.Date(2024, time.February, 29, 13, 4, 5, 678901234, time.UTC)
	fmt.Println(t, t.Weekday(), t.YearDay(), t.Unix(), t.UnixNano())
	for _, l := range []string{time.RFC3339, time.RFC3339Nano, time.RFC1123Z, time.Kitchen, time.ANSIC, time.StampMicro, time.DateOnly, "2006-01-02T15:04:05.000", "Mon Jan _2 3:4:5PM 06", "002 Monday"} {
		fmt.Println(t.Format(l))
	}
	y, w := t.ISOWeek()
	fmt.Println(y, w, t.AddDate(1, 0, 0).Format(time.DateOnly), t.AddDate(0, 1, 1).Format(time.DateOnly), t.Add(-48*time.Hour).Format(time.DateTime))
	u := time.Date(2023, 14, 35, 25, 61, 0, 0, time.UTC)
	fmt.Println(u, t.Sub(u), t.After(u), t.Before(u), t.Equal(t), t.Compare(u))
	p, err := time.Parse("2006-01-02 15:04 -0700", "2021-03-04 05:06 +0230")
	fmt.Println(p, err, p.UTC())
	_, err = time.Parse(time.DateOnly, "2021-13-01")
	fmt.Println(err)
	_, err = time.Parse(time.DateOnly, "nope")
	fmt.Println(err)
	z := time.FixedZone("XYZ", -3*3600)
	fmt.Println(t.In(z), t.In(z).Format(time.RFC822Z))
	fmt.Println(t.Truncate(time.Hour), t.Round(24*time.Hour), time.Unix(1e9, 5).UTC(), time.UnixMilli(-1).UTC())
	var zero time.Time
	fmt.Println(zero, zero.IsZero(), zero.Unix(), time.March, time.Saturday, time.Month(13))
	b, _ := t.MarshalJSON()
	txt, _ := t.MarshalText()
	fmt.Println(string(b), string(txt))
	year, month, day := t.Date()
	h, m, s := t.Clock()
	fmt.Println(year, month, day, h, m, s, t.Nanosecond())
	fmt.Printf("%v %s %d\n", time.Second, time.Millisecond*3, time.Nanosecond*7)
}
