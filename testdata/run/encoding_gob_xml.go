// run

package main

import (
	"bytes"
	"encoding/gob"
	"encoding/xml"
	"fmt"
)

type shape interface{ Area() float64 }
type square struct{ Side float64 }
type rect struct{ W, H float64 }

func (s square) Area() float64 { return s.Side * s.Side }
func (r *rect) Area() float64  { return r.W * r.H }

type record struct {
	Name   string
	Scores map[string]int
	Shapes []shape
	Next   *record
	Blob   []byte
	priv   int
}

type book struct {
	XMLName xml.Name `xml:"book"`
	ID      int      `xml:"id,attr"`
	Title   string   `xml:"title"`
	Authors []string `xml:"authors>author"`
	Note    string   `xml:",comment"`
	Price   *float64 `xml:"price,omitempty"`
}

func main() {
	gob.Register(square{})
	gob.Register(&rect{})
	in := record{"a", map[string]int{"x": 1, "y": -2}, []shape{square{2}, &rect{3, 4}}, &record{Name: "b"}, []byte{0, 255}, 5}
	var buf bytes.Buffer
	fmt.Println(gob.NewEncoder(&buf).Encode(in))
	var out record
	fmt.Println(gob.NewDecoder(&buf).Decode(&out))
	fmt.Println(out.Name, out.Scores, out.Shapes[0].Area(), out.Shapes[1].Area(), out.Next.Name, out.Blob, out.priv)
	var wrong struct{ Name int }
	gob.NewEncoder(&buf).Encode(in)
	fmt.Println(gob.NewDecoder(&buf).Decode(&wrong) != nil)
	price := 9.5
	b := book{ID: 7, Title: "Go & <XML>", Authors: []string{"A", "B"}, Note: " n ", Price: &price}
	data, err := xml.MarshalIndent(b, "", " ")
	fmt.Println(string(data), err)
	var c book
	err = xml.Unmarshal(data, &c)
	fmt.Println(c.ID, c.Title, c.Authors, *c.Price, err)
	err = xml.Unmarshal([]byte("<book><title>x</book>"), &c)
	fmt.Println(err)
	d := xml.NewDecoder(bytes.NewReader([]byte(`<?xml version="1.0"?><a k="v">t<b/><!-- c --></a>`)))
	for {
		t, err := d.Token()
		if err != nil {
			fmt.Println(err)
			break
		}
		switch t := t.(type) {
		case xml.StartElement:
			fmt.Print("<", t.Name.Local, t.Attr, "> ")
		case xml.EndElement:
			fmt.Print("</", t.Name.Local, "> ")
		case xml.CharData:
			fmt.Printf("%q ", t)
		default:
			fmt.Printf("%T ", t)
		}
	}
}
