// run

package main

import (
	"fmt"
	"regexp"
	"strings"
)

func main() {
	re := regexp.MustCompile(`(\w+)@(\w+)\.com`)
	s := "bob@example.com, alice@test.com; nobody@x.org"
	fmt.Println(re.MatchString(s), re.FindString(s), re.FindStringIndex(s))
	fmt.Println(re.FindAllString(s, -1), re.FindStringSubmatch(s), re.FindAllStringSubmatchIndex(s, -1))
	fmt.Println(re.ReplaceAllString(s, "$2:$1"), re.NumSubexp())
	fmt.Println(re.ReplaceAllStringFunc(s, strings.ToUpper))
	for _, p := range []string{`^a+b*c?$`, `[^0-9]{2,3}`, `(?i)HeLLo`, `(a|ab)(c|bcd)(d*)`, `x*`, `\bfoo\b`, `(?m)^line$`, `(?s)a.b`, `\p{Greek}+`, `a{,2}`, `(?P<year>\d{4})-(?P<m>\d\d)`} {
		re, err := regexp.Compile(p)
		if err != nil {
			fmt.Println(err)
			continue
		}
		for _, s := range []string{"aabc", "hello", "abcd", "a foo b", "x\nline\ny", "a\nb", "αβγ", "2024-05", ""} {
			if m := re.FindStringSubmatchIndex(s); m != nil {
				fmt.Printf("%s %q %v\n", p, s, m)
			}
		}
		fmt.Println(re.SubexpNames())
	}
	for _, p := range []string{`(`, `[a`, `a**`, `\8`, `(?<n`, `x{1001}`} {
		_, err := regexp.Compile(p)
		fmt.Println(err)
	}
	fmt.Printf("%q\n", regexp.MustCompile(`\s*,\s*`).Split("a , b,c ,d", -1))
	fmt.Println(regexp.QuoteMeta("a.b*c"), regexp.MustCompile("a+?").FindString("aaa"))
	long := strings.Repeat("a", 2000) + "b"
	fmt.Println(regexp.MustCompile(`(a*)*b`).MatchString(long), regexp.MustCompile(`(a|aa)+$`).MatchString(long))
	fmt.Println(string(re.Expand(nil, []byte("${1} at $2"), []byte(s), re.FindSubmatchIndex([]byte(s)))))
}
