package api_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// lobby is accounts in memory with one of them, and the guard of its sessions.
type lobby struct {
	mu       sync.Mutex // guards all below
	sessions map[string]*api.Asker
	gone     chan struct{}
	locked   bool
}

func (l *lobby) Who(r *http.Request) (*api.Asker, error) {
	token, cookie := api.Presented(r)
	if token == "" {
		return &api.Asker{May: func(string) bool { return false }, View: layers.View{Level: layers.Public}}, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	who := l.sessions[token]
	if who == nil {
		return nil, fmt.Errorf("%w: this session has ended", api.ErrStranger)
	}
	one := *who
	one.Cookie = cookie
	return &one, nil
}

func (l *lobby) SignIn(_ context.Context, name, password, _ string) (string, *api.Asker, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locked {
		return "", nil, api.ErrLocked
	}
	if name != "zhang" || password != "right" {
		return "", nil, api.ErrWrong
	}
	l.gone = make(chan struct{})
	who := &api.Asker{ID: "p-1", Kind: "person", Name: "zhang", Title: "<b>张</b>", Roles: []string{"viewer"}, Until: time.Now().Add(time.Hour), Gone: l.gone, Unit: "U1",
		Changed: true, Factor: true, May: func(p string) bool { return p == "read.public" }, View: layers.View{Level: layers.Internal}}
	l.sessions["t1"] = who
	return "t1", who, nil
}

func (l *lobby) SignOut(context.Context, *api.Asker) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.sessions, "t1")
	close(l.gone)
	return nil
}

func (l *lobby) ChangePassword(_ context.Context, _ *api.Asker, old, chosen string) error {
	switch {
	case old != "right":
		return api.ErrWrong
	case len(chosen) < 12:
		return fmt.Errorf("%w: too short", layers.ErrInvalid)
	}
	return nil
}

func (l *lobby) NewSeed(context.Context, *api.Asker) (string, string, error) {
	return "SEED", "otpauth://totp/x?secret=SEED", nil
}

func (l *lobby) ConfirmSeed(_ context.Context, _ *api.Asker, code string) error {
	if code != "123456" {
		return api.ErrWrong
	}
	return nil
}

// shelf is an audit log to read.
type shelf struct {
	asked    []api.BookQuery
	verified int
}

func (s *shelf) Read(_ context.Context, q api.BookQuery) ([]api.Entry, int64, error) {
	s.asked = append(s.asked, q)
	if q.Actor == "broken" {
		return nil, 0, errors.New("the disk is broken")
	}
	return []api.Entry{{Seq: 7, At: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), Deed: api.Deed{Actor: "p-9", Action: "read", ID: "U1", Purpose: "<i>case</i> 5", Outcome: "ok", Count: 3}}}, 6, nil
}

func (s *shelf) Verify(context.Context) { s.verified++ }

func (s *shelf) State() api.BookState {
	return api.BookState{Checked: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), Records: 8, Taking: true}
}

func newLobby(t *testing.T) (*rig, *lobby, *trail) {
	l, log := &lobby{sessions: map[string]*api.Asker{}}, &trail{}
	r, _ := newLiveRig(t, func(c *api.Config) { c.Guard, c.Accounts, c.Trail, c.Book = l, l, log, &shelf{} })
	return r, l, log
}

// send sends a form as the page of an origin would.
func send(t *testing.T, r *rig, path, origin string, form url.Values, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequest("POST", r.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if origin != "" {
		req.Header.Set("Origin", origin)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res
}

var right = url.Values{"name": {"zhang"}, "password": {"right"}}

func TestSigningIn(t *testing.T) {
	r, l, log := newLobby(t)
	with := func(name string, value ...string) url.Values {
		form := url.Values{"name": {"zhang"}, "password": {"right"}}
		form[name] = value
		return form
	}
	for _, tt := range []struct {
		name   string
		origin string
		form   url.Values
		status int
		to     string
	}{
		{"as it should be", r.url, right, 303, "/"},
		{"to where somebody wanted to go", r.url, with("next", "/#at=1,2,3"), 303, "/#at=1,2,3"},
		{"to a page of another", r.url, with("next", "https://evil.example/"), 303, "/"},
		{"to a page of another, written short", r.url, with("next", "//evil.example/"), 303, "/"},
		{"to a page of another, written backwards", r.url, with("next", `/\evil.example/`), 303, "/"},
		{"to a script", r.url, with("next", "javascript:alert(1)"), 303, "/"},
		{"a wrong password", r.url, with("password", "wrong"), 401, ""},
		{"nobody", r.url, with("name", "nobody"), 401, ""},
		{"from the page of another", "https://evil.example", right, 403, ""},
		{"from nowhere", "", right, 403, ""},
	} {
		res := send(t, r, "/sign-in", tt.origin, tt.form)
		if res.StatusCode != tt.status || res.Header.Get("Location") != tt.to {
			t.Errorf("%s: %d, to %q", tt.name, res.StatusCode, res.Header.Get("Location"))
		}
		cookie := res.Header.Get("Set-Cookie")
		if (cookie != "") != (tt.status == 303) || cookie != "" && (!strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict")) {
			t.Errorf("%s: the cookie is %q", tt.name, cookie)
		}
		if res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: it may be kept", tt.name)
		}
	}
	l.locked = true
	if res := send(t, r, "/sign-in", r.url, right); res.StatusCode != 429 {
		t.Errorf("locked: %d", res.StatusCode)
	}
	if d := log.since(log.count() - 1)[0]; d.Action != "sign-in" || d.Outcome != "refused" || d.Reason != "locked" {
		t.Errorf("on record is %+v", d)
	}
	l.locked, log.full = false, true
	if res := send(t, r, "/sign-in", r.url, right); res.StatusCode != 503 || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("with a log that takes nothing: %d", res.StatusCode)
	}
}

// TestACookieOfANeighbourIsNotTaken: behind TLS only the cookie that no other host of the domain can set counts.
func TestACookieOfANeighbourIsNotTaken(t *testing.T) {
	for _, tt := range []struct {
		tls    bool
		cookie string
		want   string
	}{
		{false, "wardmap=a", "a"}, {false, "__Host-wardmap=b; wardmap=a", "b"},
		{true, "wardmap=a", ""}, {true, "wardmap=a; __Host-wardmap=b", "b"}, {true, "__Host-wardmap=", ""},
	} {
		r := httptest.NewRequest("GET", "http://x/", nil)
		r.Header.Set("Cookie", tt.cookie)
		if tt.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if got, cookie := api.Presented(r); got != tt.want || cookie != (tt.want != "") {
			t.Errorf("%+v: %q", tt, got)
		}
	}
	r := httptest.NewRequest("GET", "http://x/", nil)
	r.Header.Set("Authorization", "bEARER  x ")
	r.Header.Set("Cookie", "wardmap=a")
	if got, cookie := api.Presented(r); got != "x" || cookie {
		t.Errorf("%q %v", got, cookie)
	}
}

// TestStreamsEndWithTheSession: who signed out hears no more, on whatever he has open.
func TestStreamsEndWithTheSession(t *testing.T) {
	r, _, _ := newLobby(t)
	send(t, r, "/sign-in", r.url, right)
	cookie := []string{"Cookie", "wardmap=t1"}
	req, err := http.NewRequestWithContext(t.Context(), "GET", r.url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(cookie[0], cookie[1])
	stream, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if res := send(t, r, "/sign-out", r.url, nil, cookie...); res.StatusCode != 303 {
		t.Fatal(res.Status)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buffer := make([]byte, 1024)
		for {
			if _, err := stream.Body.Read(buffer); err != nil {
				return
			}
		}
	}()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the stream goes on after signing out")
	}
	r.do("GET", "/layers", "", cookie...).want(t, 401)
	if a := r.do("GET", "/sign-in", "", cookie...); a.StatusCode != 200 {
		t.Errorf("a session that has ended keeps somebody from signing in: %d", a.StatusCode)
	}
}

func TestOnesOwnPage(t *testing.T) {
	r, _, _ := newLobby(t)
	send(t, r, "/sign-in", r.url, right)
	cookie := []string{"Cookie", "wardmap=t1", "Accept", "text/html"}
	body := string(r.do("GET", "/me", "", cookie...).want(t, 200).body)
	for _, want := range []string{"zhang", "p-1", "viewer", "read.public", "&lt;b&gt;张", "谁看过我的轨迹", "&lt;i&gt;case"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s: %s", want, body)
		}
	}
	if strings.Contains(body, "<script") || strings.Contains(body, "<i>") {
		t.Error("the page runs what people wrote")
	}
	for _, tt := range []struct {
		path   string
		form   url.Values
		status int
	}{
		{"/me/password", url.Values{"old": {"right"}, "chosen": {"four words in a row"}, "again": {"four words in a row"}}, 303},
		{"/me/password", url.Values{"old": {"right"}, "chosen": {"four words in a row"}, "again": {"other"}}, 422},
		{"/me/password", url.Values{"old": {"right"}, "chosen": {"short"}, "again": {"short"}}, 422},
		{"/me/password", url.Values{"old": {"wrong"}, "chosen": {"four words in a row"}, "again": {"four words in a row"}}, 403},
		{"/me/second-factor", nil, 200},
		{"/me/second-factor", url.Values{"code": {"000000"}}, 403},
		{"/me/second-factor", url.Values{"code": {"123456"}}, 303},
	} {
		if res := send(t, r, tt.path, r.url, tt.form, cookie...); res.StatusCode != tt.status {
			t.Errorf("%s %v: %d", tt.path, tt.form, res.StatusCode)
		}
		if res := send(t, r, tt.path, "https://evil.example", tt.form, cookie...); res.StatusCode != 403 {
			t.Errorf("%s from the page of another: %d", tt.path, res.StatusCode)
		}
	}
	if res := send(t, r, "/me/password", r.url, url.Values{"old": {strings.Repeat("x", 20<<10)}}, cookie...); res.StatusCode != 413 {
		t.Errorf("a book as a password: %d", res.StatusCode)
	}
}

func TestTheAuditLogAsAPage(t *testing.T) {
	books := &shelf{}
	r, _ := newLiveRig(t, func(c *api.Config) { c.Guard, c.Book = header{}, books })
	may := []string{"X-May", "read.audit"}
	body := string(r.do("GET", "/audit?action=read&from=2026-11-26", "", append(may, "Accept", "text/html")...).want(t, 200).body)
	for _, want := range []string{"完好", "8 条", "11-26 16:00:00", "p-9", "&lt;i&gt;case&lt;/i&gt; 5", "before=6", "action=read"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if q := books.asked[0]; q.Action != "read" || !q.From.Equal(time.Date(2026, 11, 25, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("asked was %+v", q)
	}
	r.do("GET", "/audit?limit=5", "", may...).want(t, 200)
	if r.do("GET", "/audit?verify=now", "", may...).want(t, 200); books.verified != 1 {
		t.Errorf("it was verified %d times", books.verified)
	}
	r.do("GET", "/audit?from=yesterday", "", may...).want(t, 400)
	r.do("GET", "/audit?limit=0", "", may...).want(t, 400)
	r.do("GET", "/audit?before=-1", "", may...).want(t, 400)
	r.do("GET", "/audit?actor=broken", "", may...).want(t, 500)
}

// TestWhoMayNotKnowWhereUnitsAre is told how to call them and when they come.
func TestWhoMayNotKnowWhereUnitsAre(t *testing.T) {
	r, y := newLiveRig(t, func(c *api.Config) { c.Guard = header{} })
	y.place(live.Unit{ID: "car1"}, orb.Point{105.73, 34.58})
	y.place(live.Unit{ID: "foot", Class: spatial.Officer, State: live.EnRoute}, orb.Point{105.71, 34.58})
	ask := "/units/nearest?lon=105.72&lat=34.58&state=any&class=officer,vehicle,camera&k=50"
	told := string(r.do("GET", ask, "", "X-May", "read.nearest").want(t, 200).body)
	whole := string(r.do("GET", ask, "", "X-May", "read.nearest read.live").want(t, 200).body)
	if !strings.Contains(whole, `"lon"`) || strings.Count(told, `"rank"`) != strings.Count(whole, `"rank"`) || !strings.Contains(told, `"rank"`) {
		t.Fatalf("%s\n%s", told, whole)
	}
	for _, word := range []string{`"lon"`, `"lat"`, "meters\":", `"fix"`, `"age_s"`, `"why"`} {
		if strings.Contains(told, word) {
			t.Errorf("it tells %s: %s", word, told)
		}
	}
	r.do("GET", ask+"&within=100", "", "X-May", "read.nearest").want(t, 403)
	r.do("GET", ask+"&by=road&limit=60", "", "X-May", "read.nearest").want(t, 403)
}

func FuzzNext(f *testing.F) {
	for _, s := range []string{"/", "//x", "/\\x", "https://x", "/a?b#c", "/%2f/x", "/\tx"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, next string) {
		to := api.Local(next)
		u, err := url.Parse(to)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) {
			t.Errorf("%q leads to %q", next, to)
		}
	})
}

// FuzzHeaders: whatever who asks says of himself, the server does not break, and lets nobody in by it.
func FuzzHeaders(f *testing.F) {
	l := &lobby{sessions: map[string]*api.Asker{}}
	r, _ := newLiveRig(f, func(c *api.Config) { c.Guard, c.Accounts, c.TrustProxy = l, l, true })
	f.Add("Bearer x", "wardmap=t", "203.0.113.9", "gzip;q=0", "https://x")
	f.Add("bearer  ", "__Host-wardmap=;wardmap=", ",,", "*;q=2", "null")
	f.Fuzz(func(t *testing.T, authorization, cookie, forwarded, coding, origin string) {
		for _, path := range []string{"/layers", "/me", "/sign-in"} {
			req := httptest.NewRequest("GET", path, nil)
			for name, value := range map[string]string{"Authorization": authorization, "Cookie": cookie, "X-Forwarded-For": forwarded, "X-Forwarded-Proto": forwarded, "X-Forwarded-Host": origin, "Accept-Encoding": coding, "Origin": origin, "Accept": coding} {
				req.Header[http.CanonicalHeaderKey(name)] = []string{value}
			}
			w := httptest.NewRecorder()
			r.server.ServeHTTP(w, req)
			if w.Code >= 500 || path != "/sign-in" && w.Code == 200 {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
	})
}
