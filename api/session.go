package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
)

// Accounts let people sign in, and look after what they sign in with. What is not right is ErrWrong, too many attempts
// are ErrLocked, a password that will not do is layers.ErrInvalid. Implementations are safe for concurrent use.
type Accounts interface {
	// SignIn begins a session. who is set when it failed, too, as far as the name is that of an account: for the audit
	// log alone.
	SignIn(ctx context.Context, name, password, code string) (token string, who *Asker, err error)
	SignOut(ctx context.Context, who *Asker) error
	ChangePassword(ctx context.Context, who *Asker, old, chosen string) error
	NewSeed(ctx context.Context, who *Asker) (seed, uri string, err error) // of a second factor
	ConfirmSeed(ctx context.Context, who *Asker, code string) error
}

// ErrWrong is all that is said of a name, password or code that is not right.
var ErrWrong = errors.New("name, password or code are not right")

// Names of the cookie of a session: the first is for TLS, and browsers take it from nobody but this very host.
const (
	cookieTLS   = "__Host-wardmap"
	cookiePlain = "wardmap"
)

// Presented is the token that a request shows, and whether a browser sent it by itself, in a cookie.
func Presented(r *http.Request) (token string, cookie bool) {
	if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); token != "" && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token), false
	}
	names := []string{cookieTLS, cookiePlain}
	if r.TLS != nil || first(r.Header.Get("X-Forwarded-Proto")) == "https" {
		names = names[:1] // the other one may have been set by a neighbour of the domain
	}
	for _, name := range names {
		if c, err := r.Cookie(name); err == nil && c.Value != "" {
			return c.Value, true
		}
	}
	return "", false
}

func (s *Server) secured(r *http.Request) bool { return strings.HasPrefix(s.base(r), "https:") }

// setCookie gives a browser the token of a session, "" takes it back.
func (s *Server) setCookie(c echo.Context, token string, until time.Time) {
	cookie := &http.Cookie{Name: cookiePlain, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Expires: until}
	if s.secured(c.Request()) {
		cookie.Name, cookie.Secure = cookieTLS, true
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
}

func (s *Server) getSignIn(c echo.Context) error {
	params, err := query(c, "next")
	if err != nil {
		return err
	}
	if s.Accounts == nil {
		return refuse(notFound, "nobody signs in at this server: it serves this machine alone")
	}
	return s.sendSignIn(c, http.StatusOK, signInForm{Next: params["next"]})
}

func (s *Server) sendSignIn(c echo.Context, status int, f signInForm) error {
	f.Next, f.Elsewhere = local(f.Next), s.Provider != nil
	return s.sendForm(c, status, "sign-in", f)
}

// postSignIn takes the form of the page; it answers with the cookie and the way to where somebody wanted to go.
func (s *Server) postSignIn(c echo.Context) error {
	f, err := s.fields(c, "name", "password", "code", "next")
	if err != nil {
		return err
	}
	if s.Pace != nil && !s.Pace(&Asker{ID: from(c), Kind: "address"}, "/sign-in") {
		return refuse(tooMany, "too many people sign in from this address at once; try again in a moment")
	}
	token, who, err := s.Accounts.SignIn(c.Request().Context(), f["name"], f["password"], f["code"])
	if why := s.recordSignIn(c, who, err); why != nil {
		return why
	}
	switch {
	case errors.Is(err, ErrLocked):
		return s.sendSignIn(c, http.StatusTooManyRequests, signInForm{Next: f["next"], Name: f["name"], Locked: true})
	case errors.Is(err, ErrWrong):
		return s.sendSignIn(c, http.StatusUnauthorized, signInForm{Next: f["next"], Name: f["name"], Wrong: true})
	case err != nil:
		return err
	}
	s.setCookie(c, token, who.Until)
	if who.Half {
		return seeOther(c, "/me")
	}
	return seeOther(c, local(f["next"]))
}

// recordSignIn puts on record who signed in or could not. Nobody is let in without.
func (s *Server) recordSignIn(c echo.Context, who *Asker, failed error) error {
	if s.Trail == nil {
		return nil
	}
	if who == nil {
		who = &Asker{}
	}
	d := deed(c, who, "sign-in")
	d.Outcome, d.Status = "ok", http.StatusSeeOther
	if failed != nil {
		d.Outcome, d.Status, d.Reason = "refused", http.StatusUnauthorized, "wrong"
	}
	if errors.Is(failed, ErrLocked) {
		d.Status, d.Reason = http.StatusTooManyRequests, "locked"
	}
	if err := s.putOnRecord(c, d); failed == nil {
		return err
	}
	return nil
}

func (s *Server) postSignOut(c echo.Context) error {
	who := asker(c)
	if s.Accounts == nil || who.ID == "" || !who.Cookie {
		s.setCookie(c, "", time.Unix(0, 0))
		return seeOther(c, "/sign-in")
	}
	if err := s.Accounts.SignOut(c.Request().Context(), who); err != nil {
		return err
	}
	if s.Trail != nil {
		d := deed(c, who, "sign-out")
		d.Outcome, d.Status = "ok", http.StatusSeeOther
		if err := s.Trail.Append(c.Request().Context(), d); err != nil {
			s.Log.Error("that somebody signed out is not on record", "error", err)
		}
	}
	s.setCookie(c, "", time.Unix(0, 0))
	return seeOther(c, "/sign-in")
}

// postPassword changes a password.
func (s *Server) postPassword(c echo.Context) error {
	f, err := s.fields(c, "old", "chosen", "again")
	if err != nil {
		return err
	}
	if f["chosen"] != f["again"] {
		return s.sendMe(c, http.StatusUnprocessableEntity, mine{Twice: true})
	}
	err = s.Accounts.ChangePassword(c.Request().Context(), asker(c), f["old"], f["chosen"])
	return s.changed(c, err, mine{})
}

// postSecondFactor begins to set up the second factor, and ends it with a code.
func (s *Server) postSecondFactor(c echo.Context) error {
	f, err := s.fields(c, "code", "seed", "uri")
	if err != nil {
		return err
	}
	who, ctx := asker(c), c.Request().Context()
	if f["code"] != "" {
		return s.changed(c, s.Accounts.ConfirmSeed(ctx, who, f["code"]), mine{Seed: f["seed"], URI: f["uri"]})
	}
	seed, uri, err := s.Accounts.NewSeed(ctx, who)
	if err != nil {
		return s.changed(c, err, mine{})
	}
	return s.sendMe(c, http.StatusOK, mine{Seed: seed, URI: uri})
}

// changed answers with the page of somebody's own: with what was wrong on it, or anew.
func (s *Server) changed(c echo.Context, err error, m mine) error {
	switch {
	case err == nil:
		return seeOther(c, "/me")
	case errors.Is(err, ErrLocked):
		m.Locked = true
		return s.sendMe(c, http.StatusTooManyRequests, m)
	case errors.Is(err, ErrWrong):
		m.Wrong = true
		return s.sendMe(c, http.StatusForbidden, m)
	case errors.Is(err, layers.ErrInvalid):
		m.Says = err.Error()
		return s.sendMe(c, http.StatusUnprocessableEntity, m)
	}
	return err
}

// fields reads a small form. The page sends it as browsers do, and a browser says where the page came from.
func (s *Server) fields(c echo.Context, names ...string) (map[string]string, error) {
	if s.Accounts == nil {
		return nil, refuse(notFound, "nobody signs in at this server: it serves this machine alone")
	}
	r := c.Request()
	if !sameOrigin(r, s.base(r)) {
		return nil, refuse(badOrigin, "this form is sent by the pages of this server alone")
	}
	data, _, err := readBytes(c, 16<<10, "application/x-www-form-urlencoded")
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, refuse(malformed, "the form is not readable")
	}
	out := map[string]string{}
	for _, name := range names {
		out[name] = values.Get(name)
	}
	return out, nil
}

// local is where to go next: a path of this server, whatever was asked for.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

func seeOther(c echo.Context, to string) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Redirect(http.StatusSeeOther, to)
}
