package api

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"rsc.io/qr"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages are forms and tables for people, which work without a script.
var pages = template.Must(template.New("").Funcs(template.FuncMap{"join": func(list []string) string { return strings.Join(list, ", ") }}).ParseFS(pageFiles, "pages/*.html"))

// signInForm is what the page shows that people sign in on.
type signInForm struct {
	Next, Name    string
	Wrong, Locked bool
	Elsewhere     bool // there is an identity provider
}

// sendForm sends a page that nobody may keep.
func (s *Server) sendForm(c echo.Context, status int, name string, v any) error {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, name+".html", v); err != nil {
		return fmt.Errorf("write the page %s: %w", name, err)
	}
	h := c.Response().Header()
	h["Content-Security-Policy"] = pageOnly
	h.Set("Cache-Control", "no-store")
	return c.Blob(status, typeHTML, out.Bytes())
}

// square draws a text as a QR code, in SVG.
func square(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	const quiet = 4
	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="%d %d %d %d" role="img" aria-label="QR"><path d="%s"/></svg>`, //nolint:gosec // numbers
		-quiet, -quiet, code.Size+2*quiet, code.Size+2*quiet, path.String())), nil
}

// mine is what somebody's own page shows besides who he is.
type mine struct {
	Who              *Asker
	Permissions      []string
	Seed, URI        string
	QR               template.HTML
	Wrong, Locked    bool
	Twice            bool // the new password was not typed the same twice
	Says             string
	Accounts, Looked bool
	Looks            []Entry
	Level            string
	Until            string
}

// getMe says who somebody is and what he may.
func (s *Server) getMe(c echo.Context) error {
	params, err := query(c, "f")
	if err != nil {
		return err
	}
	how, err := form(c, params["f"], typeJSON, typeHTML)
	if err != nil {
		return err
	}
	vary(c.Response().Header(), "Accept", "Cookie", "Authorization")
	if how == typeHTML {
		return s.sendMe(c, http.StatusOK, mine{})
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return sendJSON(c, http.StatusOK, typeJSON, s.me(asker(c)))
}

// meDocument is who somebody is, for programs.
type meDocument struct {
	ID           string   `json:"id"`
	Kind         string   `json:"kind"`
	Name         string   `json:"name"`
	Title        string   `json:"title,omitempty"`
	Org          string   `json:"org,omitempty"`
	Roles        []string `json:"roles"`
	Permissions  []string `json:"permissions"`
	Level        string   `json:"level"`
	Demo         bool     `json:"demo"`
	SignedIn     bool     `json:"signed_in"`
	Unfinished   bool     `json:"unfinished"`
	SecondFactor bool     `json:"second_factor"`
	Until        string   `json:"until,omitempty"`
}

func (s *Server) me(who *Asker) meDocument {
	d := meDocument{
		ID: who.ID, Kind: who.Kind, Name: who.Name, Title: who.Title, Org: who.Org, Roles: who.Roles, Permissions: s.permissions(who),
		Level: string(who.View.Level), Demo: who.Demo, SignedIn: !who.Ambient, Unfinished: who.Half, SecondFactor: who.Factor,
	}
	if !who.Until.IsZero() {
		d.Until = who.Until.UTC().Format("2006-01-02T15:04:05Z")
	}
	return d
}

// permissions are those of the routes that somebody has.
func (s *Server) permissions(who *Asker) (out []string) {
	seen := map[string]bool{open: true, self: true, "": true}
	out = []string{}
	for _, r := range s.routes {
		for _, p := range []string{r.read, r.write} {
			if !seen[p] && who.May != nil && who.May(p) {
				out = append(out, p)
			}
			seen[p] = true
		}
	}
	return out
}

// sendMe sends somebody's own page.
func (s *Server) sendMe(c echo.Context, status int, m mine) (err error) {
	m.Who = asker(c)
	m.Permissions, m.Accounts, m.Level = s.permissions(m.Who), s.Accounts != nil && !m.Who.Ambient, string(m.Who.View.Level)
	if !m.Who.Until.IsZero() {
		m.Until = m.Who.Until.In(beijing).Format("01-02 15:04")
	}
	if m.URI != "" {
		if m.QR, err = square(m.URI); err != nil {
			return err
		}
	}
	if s.Book != nil && m.Who.Unit != "" && !m.Who.Half {
		m.Looked = true
		m.Looks, _, err = s.Book.Read(c.Request().Context(), BookQuery{Action: "read", ID: m.Who.Unit, Limit: 50})
		if err != nil {
			return err
		}
	}
	return s.sendForm(c, status, "me", m)
}
