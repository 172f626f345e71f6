package api

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

func (s *Server) getAPIPage(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	return s.sendAPIPage(c)
}

// sendAPIPage sends the OpenAPI document as a page for people: what can be asked, and what the problems mean.
func (s *Server) sendAPIPage(c echo.Context) error {
	doc, err := s.openapiTree(s.base(c.Request()))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString(pageHead + "<title>API - Wardmap</title><h1>Wardmap API</h1>")
	info, _ := doc["info"].(object)
	fmt.Fprintf(&out, "<p>%s</p><p><a href=\"/api\">OpenAPI 3.0</a></p>", html.EscapeString(fmt.Sprint(info["description"])))
	paths := doc["paths"].(map[string]object)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if op, there := paths[path][method].(object); there {
				writeOperation(&out, method, path, op, doc["components"].(map[string]object)["parameters"])
			}
		}
	}
	out.WriteString("<h2>错误 / Problems</h2><dl>")
	for _, k := range kindsOfProblem {
		fmt.Fprintf(&out, "<dt id=%q>%s</dt><dd>%d: %s。%s.</dd>", k.slug, k.slug, k.status, k.zh, k.en)
	}
	out.WriteString("</dl>")
	c.Response().Header()["Content-Security-Policy"] = pageOnly
	return sendBytes(c, http.StatusOK, typeHTML, "", out.Bytes())
}

func writeOperation(out *bytes.Buffer, method, path string, op, shared object) {
	fmt.Fprintf(out, "<h3>%s <code>%s</code></h3><p>%s. %s</p>", strings.ToUpper(method), html.EscapeString(path), text(op["summary"]), text(op["description"]))
	params, _ := op["parameters"].([]any)
	if len(params) == 0 {
		return
	}
	out.WriteString("<dl>")
	for _, p := range params {
		one, _ := p.(object)
		if to, is := one["$ref"].(string); is {
			one, _ = shared[to[strings.LastIndexByte(to, '/')+1:]].(object)
		}
		fmt.Fprintf(out, "<dt>%s</dt><dd>%s</dd>", text(one["name"]), text(one["description"]))
	}
	out.WriteString("</dl>")
}

// text is a member of the document for HTML, nothing when it is missing.
func text(v any) string {
	if v == nil {
		return ""
	}
	return html.EscapeString(fmt.Sprint(v))
}
