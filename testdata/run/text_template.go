// run

package main

import (
	"fmt"
	"os"
	"strings"
	"text/template"
)

type item struct {
	Name  string
	Price float64
	Qty   int
}

func (i item) Total() float64  { return i.Price * float64(i.Qty) }
func (i item) Times(n int) int { return i.Qty * n }

const page = `{{define "row"}}{{.Name | printf "%-8s"}} {{.Qty}} x {{printf "%.2f" .Price}} = {{.Total}}{{end -}}
Order for {{.Customer | upper}}
{{range $i, $e := .Items}}{{$i}}. {{template "row" $e}}{{if gt $e.Qty 5}} (bulk){{else if eq $e.Qty 1}} (single){{end}}
{{else}}empty
{{end}}{{with .Note}}Note: {{.}}{{else}}no note{{end}}
{{len .Items}} {{index .Map "k"}} {{(index .Items 0).Times 3}} {{and true .Customer}} {{not false}} {{or "" "dflt"}}
{{- /* comment */ -}}
{{$x := 1}}{{$x = 5}} x={{$x}} {{slice "abcdef" 1 3}} {{html "<a>"}} {{printf "%q" "q"}} {{js "it's"}}
{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}{{range 3}}{{.}}{{end}}{{break_ }}
`

func main() {
	t := template.Must(template.New("page").Funcs(template.FuncMap{"upper": strings.ToUpper, "break_": func() string { return "!" }}).Parse(page))
	data := map[string]any{
		"Customer": "ann",
		"Items":    []item{{"pen", 1.5, 10}, {"book", 20, 1}, {"ink", 3.25, 2}},
		"Note":     "",
		"Map":      map[string]int{"k": 7, "a": 1},
	}
	if err := t.Execute(os.Stdout, data); err != nil {
		fmt.Println(err)
	}
	for _, s := range []string{"{{.X}", "{{range}}", "{{end}}", "{{.Missing.Field}}", "{{index . 5}}", "{{call .}}", `{{template "none"}}`, "{{nofunc}}", "{{range .Items}}{{if eq .Qty 1}}{{break}}{{end}}{{.Name}}{{end}}"} {
		t, err := template.New("t").Parse(s)
		if err != nil {
			fmt.Println("parse:", err)
			continue
		}
		var b strings.Builder
		err = t.Execute(&b, data)
		fmt.Println(b.String(), err)
	}
}
