// run

package main

import (
	"fmt"
	"html"
	"mime"
	"net/netip"
	"net/url"
	"path"
)

func main() {
	for _, s := range []string{"https://user:p%40ss@example.com:8080/a/b%20c?q=1&q=2&x=y+z#frag", "mailto:x@y.z", "/rel/path?k", "http://[::1]:80/", "http://bad host/", "%zz", "//host/p"} {
		u, err := url.Parse(s)
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Printf("%q %q %q %q %q %q %q %v\n", u.Scheme, u.Host, u.Port(), u.Path, u.RawQuery, u.Fragment, u.Opaque, u)
	}
	q := url.Values{"b": {"2", "x y"}, "a": {"é&="}}
	q.Add("c", "")
	fmt.Println(q.Encode(), q.Get("b"), q.Has("z"))
	p, err := url.ParseQuery("a=1&b=%zz&c")
	fmt.Println(p, err)
	base, _ := url.Parse("http://h/a/b/c")
	ref, _ := base.Parse("../d?x#y")
	fmt.Println(ref, base.JoinPath("x", "../y"), url.PathEscape("a/b c"), url.QueryEscape("a/b c"))
	fmt.Println(html.EscapeString("<a href=\"x\">'&'</a>"), html.UnescapeString("&lt;&eacute;&#8364;&amp;&nosuch;"))
	t, params, err := mime.ParseMediaType(`text/html; charset="utf-8"; q=0.5`)
	fmt.Println(t, params, err, mime.FormatMediaType("a/b", map[string]string{"k": "v w"}))
	a, err := netip.ParseAddr("192.168.1.17")
	pre := netip.MustParsePrefix("192.168.0.0/16")
	fmt.Println(a, err, pre.Contains(a), a.Next(), a.IsPrivate(), netip.MustParseAddr("::ffff:1.2.3.4").Unmap())
	_, err = netip.ParseAddr("1.2.3.400")
	fmt.Println(err, path.Join("a", "b"))
}
