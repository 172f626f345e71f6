package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// sendDocument sends a value as JSON, or as a page for people when they ask for one.
func sendDocument(c echo.Context, f, mediaType, title string, v any) error {
	how, err := form(c, f, mediaType, typeJSON, typeHTML)
	if err != nil {
		return err
	}
	body, err := toJSON(v)
	if err != nil {
		return err
	}
	vary(c.Response().Header(), "Accept")
	if how == typeHTML {
		return sendPage(c, title, body)
	}
	return sendBytes(c, http.StatusOK, how, "", body)
}

// sendPage sends JSON as a plain page with everything in it, in which links can be followed.
func sendPage(c echo.Context, title string, body []byte) error {
	h := c.Response().Header()
	h["Content-Security-Policy"] = pageOnly
	page, err := page(title, body)
	if err != nil {
		return err
	}
	return sendBytes(c, http.StatusOK, typeHTML, "", page)
}

const pageHead = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem;background:#0b1118;color:#dde5ee}a{color:#7cb7ff}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0}dt{color:#8fa3b8}dd{margin:0;overflow-wrap:anywhere}
li{margin:.2rem 0}code{color:#ffd58a}h3{margin-bottom:.2rem}p{margin:.2rem 0;max-width:60rem}</style>`

func page(title string, body []byte) ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s<title>%s - Wardmap</title><h1>%s</h1><p><a href=\"/\">Wardmap</a></p>", pageHead, html.EscapeString(title), html.EscapeString(title))
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := writeValue(&out, dec); err != nil {
		return nil, fmt.Errorf("write a page: %w", err)
	}
	return out.Bytes(), nil
}

// writeValue turns the next JSON value into HTML, in the order in which it stands there.
func writeValue(out *bytes.Buffer, dec *json.Decoder) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case json.Delim:
		return writeInside(out, dec, v)
	case string:
		text := html.EscapeString(v)
		if strings.HasPrefix(v, "http://") || strings.HasPrefix(v, "https://") {
			text = `<a href="` + text + `">` + text + `</a>`
		}
		out.WriteString(text)
	default:
		fmt.Fprint(out, v)
	}
	return nil
}

func writeInside(out *bytes.Buffer, dec *json.Decoder, open json.Delim) error {
	start, end := "<ol>", "</ol>"
	if open == '{' {
		start, end = "<dl>", "</dl>"
	}
	out.WriteString(start)
	for dec.More() {
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "<dt>%s</dt><dd>", html.EscapeString(fmt.Sprint(key)))
		} else {
			out.WriteString("<li>")
		}
		if err := writeValue(out, dec); err != nil {
			return err
		}
		if open == '{' {
			out.WriteString("</dd>")
		}
	}
	out.WriteString(end)
	_, err := dec.Token() // the closing bracket
	return err
}
