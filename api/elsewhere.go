package api

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// An IdentityProvider lets people sign in elsewhere. Who comes back with something that is not taken, or has no account
// here, is ErrWrong. Implementations are safe for concurrent use.
type IdentityProvider interface {
	// Begin says where to go to sign in, and what the browser keeps until it comes back to the address back.
	Begin(ctx context.Context, back string) (to, keep string, err error)
	// Finish begins the session of who came back with a code and a state. who is set when there is such an account, but
	// not for him, too: for the audit log alone.
	Finish(ctx context.Context, back, code, state, keep string) (token string, who *Asker, err error)
}

const flowCookie = "wardmap-flow"

func (s *Server) backFromElsewhere(r *http.Request) string { return s.base(r) + "/sign-in/back" }

// getSignInElsewhere sends somebody to the identity provider. What belongs to this try is kept by his browser alone.
func (s *Server) getSignInElsewhere(c echo.Context) error {
	params, err := query(c, "next")
	if err != nil {
		return err
	}
	if s.Provider == nil {
		return refuse(notFound, "this server has no identity provider")
	}
	to, keep, err := s.Provider.Begin(c.Request().Context(), s.backFromElsewhere(c.Request()))
	if err != nil {
		s.Log.Error("the identity provider cannot be reached", "error", err)
		return refuse(unavailable, "the identity provider does not answer; try again later")
	}
	value := base64.RawURLEncoding.EncodeToString([]byte(keep)) + "." + base64.RawURLEncoding.EncodeToString([]byte(local(params["next"])))
	s.setFlow(c, value, 600)
	return seeOther(c, to)
}

// setFlow keeps a try in the browser. It is lax: who comes back from the provider comes from another site.
func (s *Server) setFlow(c echo.Context, value string, seconds int) {
	c.SetCookie(&http.Cookie{Name: flowCookie, Value: value, Path: "/sign-in/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secured(c.Request()), MaxAge: seconds})
}

// getSignInBack begins the session of who comes back from the identity provider.
func (s *Server) getSignInBack(c echo.Context) error {
	params, err := query(c, "code", "state", "iss", "session_state", "scope", "error", "error_description", "error_uri")
	if err != nil {
		return err
	}
	if s.Provider == nil {
		return refuse(notFound, "this server has no identity provider")
	}
	cookie, err := c.Cookie(flowCookie)
	if err != nil {
		return s.sendSignIn(c, http.StatusUnauthorized, signInForm{Wrong: true})
	}
	s.setFlow(c, "", -1)
	kept, next, _ := strings.Cut(cookie.Value, ".")
	keep, err := base64.RawURLEncoding.DecodeString(kept)
	to, err2 := base64.RawURLEncoding.DecodeString(next)
	if err = errors.Join(err, err2); err != nil {
		return refuse(badParameter, "the cookie of this try to sign in is not readable; begin again at /sign-in")
	}
	token, who, err := s.Provider.Finish(c.Request().Context(), s.backFromElsewhere(c.Request()), params["code"], params["state"], string(keep))
	if why := s.recordSignIn(c, who, err); why != nil {
		return why
	}
	if errors.Is(err, ErrWrong) {
		return s.sendSignIn(c, http.StatusUnauthorized, signInForm{Next: string(to), Wrong: true})
	}
	if err != nil {
		return err
	}
	s.setCookie(c, token, who.Until)
	return s.sendForm(c, http.StatusOK, "enter", local(string(to))) // not a redirect: that would still come from the provider, and go without the cookie
}
