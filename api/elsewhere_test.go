package api_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/api"
)

// provider is an identity provider that lets in who brings the code "good" for the state that it gave.
type provider struct{ *lobby }

func (p provider) Begin(_ context.Context, back string) (string, string, error) {
	return "https://idp.example/auth?state=s1&redirect_uri=" + url.QueryEscape(back), "s1", nil
}

func (p provider) Finish(ctx context.Context, _, code, state, keep string) (string, *api.Asker, error) {
	if code != "good" || state != keep {
		return "", nil, api.ErrWrong
	}
	return p.SignIn(ctx, "zhang", "right", "")
}

func TestSigningInElsewhere(t *testing.T) {
	l, log := &lobby{sessions: map[string]*api.Asker{}}, &trail{}
	r, _ := newLiveRig(t, func(c *api.Config) { c.Guard, c.Accounts, c.Trail, c.Provider = l, l, log, provider{l} })
	ask := func(path, cookie string) *http.Response {
		t.Helper()
		req, err := http.NewRequest("GET", r.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if cookie != "" {
			req.Header.Set("Cookie", cookie)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	begun := ask("/sign-in/elsewhere?next=/%23at=1,2,3", "")
	begun.Body.Close()
	flow := begun.Header.Get("Set-Cookie")
	if begun.StatusCode != 303 || !strings.HasPrefix(begun.Header.Get("Location"), "https://idp.example/") || !strings.Contains(flow, "HttpOnly") || !strings.Contains(flow, "SameSite=Lax") {
		t.Fatalf("%d %v", begun.StatusCode, begun.Header)
	}
	flow, _, _ = strings.Cut(flow, ";")
	for _, tt := range []struct {
		name, path, cookie string
		status             int
	}{
		{"who comes back", "/sign-in/back?code=good&state=s1&session_state=x&iss=y", flow, 200},
		{"with another code", "/sign-in/back?code=bad&state=s1", flow, 401},
		{"with another state", "/sign-in/back?code=good&state=s2", flow, 401},
		{"in another browser", "/sign-in/back?code=good&state=s1", "", 401},
		{"with a refusal", "/sign-in/back?error=access_denied&state=s1", flow, 401},
		{"with a cookie that is none", "/sign-in/back?code=good&state=s1", "wardmap-flow=%%%", 400},
		{"to a page of another", "/sign-in/back?code=good&state=s1", "wardmap-flow=czE.Ly9ldmlsLmV4YW1wbGU", 200},
	} {
		res := ask(tt.path, tt.cookie)
		body := make([]byte, 8192)
		n, _ := res.Body.Read(body)
		res.Body.Close()
		session := strings.Contains(strings.Join(res.Header["Set-Cookie"], "\n"), "wardmap=t1")
		if res.StatusCode != tt.status || session != (tt.status == 200) || strings.Contains(string(body[:n]), "evil.example") {
			t.Errorf("%s: %d, session %v: %s", tt.name, res.StatusCode, session, body[:n])
		}
	}
	if d := log.since(0)[0]; d.Action != "sign-in" || d.Outcome != "ok" {
		t.Errorf("on record is %+v", d)
	}
}
