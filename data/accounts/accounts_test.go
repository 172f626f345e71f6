package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/accounts"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/access"
)

// clock is set by hand.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time       { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) pass(d time.Duration) { c.ms.Add(d.Milliseconds()) }
func newClock() *clock                { c := new(clock); c.ms.Store(1_800_000_000_000); return c }
func (c *clock) code(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		panic(err)
	}
	return accounts.Code(u.Query().Get("secret"), c.now())
}

func open(t testing.TB, c *clock) (*accounts.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "accounts.db")
	return reopen(t, c, path), path
}

func reopen(t testing.TB, c *clock, path string) *accounts.Store {
	t.Helper()
	s, err := accounts.Open(t.Context(), path, accounts.Options{Clock: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

const chosen = "correct horse battery 天水"

// person adds somebody who has set up all, and returns what makes codes for him.
func person(t testing.TB, s *accounts.Store, c *clock, name string, roles ...string) (a accounts.Account, uri string) {
	t.Helper()
	a, password, err := s.Add(t.Context(), accounts.Account{Kind: access.Person, Name: name, Title: "某某", Org: "620502", Roles: roles}, "os:root")
	if err != nil {
		t.Fatal(err)
	}
	token, p, err := s.SignIn(t.Context(), name, password, "")
	if err != nil || !p.Half {
		t.Fatal(p, err)
	}
	if err := s.ChangePassword(t.Context(), p, password, chosen); err != nil {
		t.Fatal(err)
	}
	p = must[*accounts.Principal](t)(s.Token(t.Context(), token))
	if _, uri, err = s.NewSeed(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if err := s.ConfirmSeed(t.Context(), p, c.code(uri)); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Minute) // the code is used up
	if p = must[*accounts.Principal](t)(s.Token(t.Context(), token)); p.Half {
		t.Fatal("the session is still half")
	}
	if err := s.SignOut(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return a, uri
}

func TestTheLifeOfASession(t *testing.T) {
	c := newClock()
	s, path := open(t, c)
	a, uri := person(t, s, c, "Zhang.San", "dispatcher")
	token, p, err := s.SignIn(t.Context(), "zhang.san", chosen, c.code(uri))
	if err != nil {
		t.Fatal(err)
	}
	if p.Half || p.ID != a.ID || !p.Rights.May(access.Dispatch) || p.Rights.Level() != layers.Restricted || p.Org != "620502" {
		t.Errorf("%+v", p)
	}
	must[*accounts.Principal](t)(reopen(t, c, path).Token(t.Context(), token)) // another process knows it, too
	for range 30 {                                                             // used all the time, it lasts until its absolute end
		c.pass(20 * time.Minute)
		must[*accounts.Principal](t)(s.Token(t.Context(), token))
	}
	for range 7 {
		c.pass(20 * time.Minute)
		_, err = s.Token(t.Context(), token)
	}
	if !errors.Is(err, accounts.ErrExpired) {
		t.Errorf("after 12 hours: %v", err)
	}
	c.pass(time.Minute)
	token, _, err = s.SignIn(t.Context(), "zhang.san", chosen, c.code(uri))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // a page that goes on by itself is no use
		c.pass(10 * time.Minute)
		must[*accounts.Principal](t)(s.Peek(t.Context(), token))
	}
	c.pass(time.Minute)
	if _, err := s.Token(t.Context(), token); !errors.Is(err, accounts.ErrExpired) {
		t.Errorf("after half an hour without use: %v", err)
	}
}

// TestAStolenSessionIsWorthNothingAfterSigningOut, nor are the streams that it opened.
func TestAStolenSessionIsWorthNothingAfterSigningOut(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	_, uri := person(t, s, c, "li", "viewer")
	token, p, err := s.SignIn(t.Context(), "li", chosen, c.code(uri))
	if err != nil {
		t.Fatal(err)
	}
	stolen := must[*accounts.Principal](t)(s.Token(t.Context(), token))
	if err := s.SignOut(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stolen.Gone:
	default:
		t.Error("what the thief has open is not told")
	}
	if _, err := s.Token(t.Context(), token); !errors.Is(err, accounts.ErrToken) {
		t.Errorf("the copy of the token: %v", err)
	}
}

// TestWhatFailedIsNotSaid: the same answer for all that may be wrong, whether the name exists or not, and about the
// same time.
func TestWhatFailedIsNotSaid(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	_, uri := person(t, s, c, "wang", "viewer")
	gone, _ := person(t, s, c, "gone", "viewer")
	if err := s.Disable(t.Context(), gone, "os:root"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ what, name, password, code string }{
		{"a wrong password", "wang", "wrong horse battery", c.code(uri)},
		{"a wrong code", "wang", chosen, "000000"},
		{"no code", "wang", chosen, ""},
		{"nobody", "nobody", chosen, "000000"},
		{"one who was disabled", "gone", chosen, "000000"},
		{"an empty name", "", chosen, ""},
	} {
		token, p, err := s.SignIn(t.Context(), tt.name, tt.password, tt.code)
		if err != accounts.ErrWrong || token != "" || p != nil { //nolint:errorlint // the very same, with no word more
			t.Errorf("%s: %q %v %v", tt.what, token, p, err)
		}
	}
	least := func(name string) time.Duration { // of several: the machine may be busy
		out := time.Hour
		for range 2 {
			began := time.Now()
			_, _, _ = s.SignIn(t.Context(), name, "wrong horse battery", "1")
			out = min(out, time.Since(began))
		}
		return out
	}
	if there, missing := least("wang"), least("missing"); missing*4 < there {
		t.Errorf("whether a name exists can be told by the time: %v, and %v when it does not", there, missing)
	}
}

func TestFiveFailuresLockForAQuarterOfAnHour(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	_, uri := person(t, s, c, "zhao", "viewer")
	for _, name := range []string{"zhao", "nobody"} {
		for i := range 5 {
			if _, _, err := s.SignIn(t.Context(), name, "wrong horse battery", "1"); !errors.Is(err, accounts.ErrWrong) {
				t.Fatalf("%s, try %d: %v", name, i, err)
			}
			c.pass(time.Minute)
		}
		if _, _, err := s.SignIn(t.Context(), name, chosen, c.code(uri)); !errors.Is(err, accounts.ErrLocked) {
			t.Errorf("%s, the right password after five wrong ones: %v", name, err)
		}
	}
	c.pass(16 * time.Minute)
	if _, _, err := s.SignIn(t.Context(), "zhao", chosen, c.code(uri)); err != nil {
		t.Errorf("a quarter of an hour later: %v", err)
	}
}

// TestTriesAtOnceAreNotMore: a hundred at the same time are five.
func TestTriesAtOnceAreNotMore(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	var tried atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, _, err := s.SignIn(t.Context(), "someone", "wrong horse battery", ""); errors.Is(err, accounts.ErrWrong) {
				tried.Add(1)
			}
		})
	}
	all.Wait()
	if tried.Load() != 5 {
		t.Errorf("%d passwords were tried", tried.Load())
	}
}

func TestACodeIsGoodOnce(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	_, uri := person(t, s, c, "qian", "viewer")
	code := c.code(uri)
	if _, _, err := s.SignIn(t.Context(), "qian", chosen, code); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.SignIn(t.Context(), "qian", chosen, code); !errors.Is(err, accounts.ErrWrong) {
		t.Errorf("the same code again: %v", err)
	}
	c.pass(30 * time.Second)
	later := c.code(uri)
	c.pass(30 * time.Second)
	if _, _, err := s.SignIn(t.Context(), "qian", chosen, later); err != nil {
		t.Errorf("a code that is half a minute old: %v", err)
	}
}

// TestCodesAreThoseOfTheStandard: RFC 6238, appendix B, SHA-1, the last six of eight digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	seed := "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := accounts.Code(seed, time.Unix(at, 0)); got != want {
			t.Errorf("at %d: %s, not %s", at, got, want)
		}
	}
}

func TestKeysOfProgramsAndDevices(t *testing.T) {
	c := newClock()
	s, path := open(t, c)
	client, key, err := s.Add(t.Context(), accounts.Account{Kind: access.Client, Name: "cad", Roles: []string{"integration"},
		Scopes: []access.Permission{access.ReadNearest}, Expires: c.now().Add(24 * time.Hour)}, "os:root")
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := s.Add(t.Context(), accounts.Account{Kind: access.Device, Name: "SN-0001", Roles: []string{"device"}}, "os:root")
	if err != nil {
		t.Fatal(err)
	}
	p := must[*accounts.Principal](t)(s.Token(t.Context(), key))
	if !p.Rights.May(access.ReadNearest) || p.Rights.May(access.ReportPositions) {
		t.Errorf("the key has %v", p.Rights.List())
	}
	if d := must[*accounts.Principal](t)(s.Token(t.Context(), token)); d.Kind != access.Device || d.Name != "SN-0001" {
		t.Errorf("%+v", d)
	}
	for _, other := range []string{"", "x", key + "x", key[:len(key)-1] + "0", strings.Replace(key, "wmk", "wmd", 1), strings.ToUpper(key), token[:17] + key[17:]} {
		if _, err := s.Token(t.Context(), other); !errors.Is(err, accounts.ErrToken) {
			t.Errorf("%q: %v", other, err)
		}
	}
	second, err := s.Rotate(t.Context(), client, "os:root")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(t.Context(), key); !errors.Is(err, accounts.ErrToken) {
		t.Errorf("the old key: %v", err)
	}
	must[*accounts.Principal](t)(s.Token(t.Context(), second))
	c.pass(25 * time.Hour)
	if _, err := s.Token(t.Context(), second); !errors.Is(err, accounts.ErrExpired) {
		t.Errorf("an expired key: %v", err)
	}
	for _, file := range []string{path, path + "-wal"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{key, key[17:], second[17:], token[17:]} {
			if strings.Contains(string(data), secret) {
				t.Errorf("a secret lies in %s", file)
			}
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", file, info.Mode(), err)
		}
	}
}

// TestADeviceIsRevokedAtOnce, whichever process does it.
func TestADeviceIsRevokedAtOnce(t *testing.T) {
	c := newClock()
	s, path := open(t, c)
	other := reopen(t, c, path)
	for _, by := range []*accounts.Store{s, other} {
		a, token, err := s.Add(t.Context(), accounts.Account{Kind: access.Device, Name: fmt.Sprintf("SN-%p", by), Roles: []string{"device"}}, "os:root")
		if err != nil {
			t.Fatal(err)
		}
		p := must[*accounts.Principal](t)(s.Token(t.Context(), token))
		if err := by.Disable(t.Context(), a, "os:root"); err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.Gone:
		case <-time.After(5 * time.Second):
			t.Fatal("nobody tells what it has open")
		}
		if _, err := s.Token(t.Context(), token); !errors.Is(err, accounts.ErrToken) {
			t.Errorf("%v", err)
		}
	}
}

func TestAccountsThatCannotBe(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	good := accounts.Account{Kind: access.Person, Name: "one", Roles: []string{"viewer"}}
	must[string](t)(second(s.Add(t.Context(), good, "os:root")))
	tests := []struct {
		name string
		make func(a *accounts.Account)
		says string
	}{
		{"a name that is taken", func(a *accounts.Account) { a.Name = "ONE" }, "already"},
		{"no name", func(a *accounts.Account) { a.Name = " " }, "1 to 64"},
		{"a space in it", func(a *accounts.Account) { a.Name = "a b" }, "no spaces"},
		{"a telephone as a device", func(a *accounts.Account) { a.Kind, a.Name, a.Roles = access.Device, "13812345678", []string{"device"} }, "phone"},
		{"no role", func(a *accounts.Account) { a.Roles = nil }, "needs one of"},
		{"a role of devices", func(a *accounts.Account) { a.Roles = []string{"device"} }, "no such role"},
		{"two roles that do not go together", func(a *accounts.Account) { a.Roles = []string{"administrator", "auditor"} }, "together"},
		{"a place that is none", func(a *accounts.Account) { a.Org = "Qinzhou" }, "administrative"},
		{"an end before the beginning", func(a *accounts.Account) { a.Expires = c.now() }, "expired"},
		{"a scope beyond the roles", func(a *accounts.Account) { a.Scopes = []access.Permission{access.Dispatch} }, "do not hold"},
		{"a key for ever", func(a *accounts.Account) { a.Kind, a.Roles = access.Client, []string{"integration"} }, "needs a day"},
	}
	for _, tt := range tests {
		a := good
		a.Name = "two"
		tt.make(&a)
		if _, secret, err := s.Add(t.Context(), a, "os:root"); err == nil || secret != "" || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func second(_ accounts.Account, secret string, err error) (string, error) { return secret, err }

// TestWhoSignsInElsewhere has no password here, and nobody else enters that way.
func TestWhoSignsInElsewhere(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	a, secret, err := s.Add(t.Context(), accounts.Account{Kind: access.Person, Name: "Zhou", Roles: []string{"viewer"}, Elsewhere: true}, "os:root")
	if err != nil || secret != "" {
		t.Fatal(secret, err)
	}
	person(t, s, c, "here", "viewer")
	token, p, err := s.Enter(t.Context(), "ZHOU")
	if err != nil || p.Half || p.ID != a.ID {
		t.Fatal(p, err)
	}
	for _, name := range []string{"here", "nobody", ""} {
		if _, _, err := s.Enter(t.Context(), name); !errors.Is(err, accounts.ErrWrong) {
			t.Errorf("%q enters: %v", name, err)
		}
	}
	for _, password := range []string{"", chosen} {
		if _, _, err := s.SignIn(t.Context(), "zhou", password, ""); !errors.Is(err, accounts.ErrWrong) {
			t.Errorf("with a password: %v", err)
		}
	}
	if err := s.Disable(t.Context(), a, "os:root"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(t.Context(), token); !errors.Is(err, accounts.ErrToken) {
		t.Error(err)
	}
	if _, _, err := s.Enter(t.Context(), "zhou"); !errors.Is(err, accounts.ErrWrong) {
		t.Errorf("disabled: %v", err)
	}
}

func TestPasswordsThatAreNone(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	_, uri := person(t, s, c, "chen", "viewer")
	_, p, err := s.SignIn(t.Context(), "chen", chosen, c.code(uri))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "short", "aaaaaaaaaaaaaa", "Password12345", "my name is Chen", "1q2w3e4r1q2w3e4r", "tab\tin the middle", strings.Repeat("long word ", 40), "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4", chosen} {
		if err := s.ChangePassword(t.Context(), p, chosen, bad); !errors.Is(err, accounts.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := s.ChangePassword(t.Context(), p, "not the old one", "three other words"); !errors.Is(err, accounts.ErrWrong) {
		t.Errorf("with a wrong old password: %v", err)
	}
	if err := s.ChangePassword(t.Context(), p, chosen, "三个别的词语写成一句话吧"); err != nil {
		t.Errorf("a sentence in Chinese: %v", err)
	}
}

// TestActsWaitForTheAuditLog: what was done to accounts, by whom; no secret in it.
func TestActsWaitForTheAuditLog(t *testing.T) {
	c := newClock()
	s, path := open(t, c)
	a, _ := person(t, s, c, "sun", "auditor")
	must[string](t)(s.Rotate(t.Context(), a, "os:wu"))
	var got []string
	acts := must[[]accounts.Act](t)(reopen(t, c, path).Acts(t.Context()))
	for _, act := range acts {
		got = append(got, strings.ReplaceAll(act.Actor, a.ID, "he")+" "+act.Action)
		if act.Account != a.ID || act.At.IsZero() {
			t.Errorf("%+v", act)
		}
	}
	if want := "os:root add, he change password, he set up second factor, os:wu rotate"; strings.Join(got, ", ") != want {
		t.Errorf("%q", got)
	}
	if err := s.Recorded(t.Context(), acts[len(acts)-1].ID); err != nil {
		t.Fatal(err)
	}
	if rest := must[[]accounts.Act](t)(s.Acts(t.Context())); len(rest) > 0 {
		t.Errorf("%v", rest)
	}
}

// TestManyAtOnce: signing in, tokens, and an administrator who disables and rotates, under -race.
func TestManyAtOnce(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			a, token, err := s.Add(context.Background(), accounts.Account{Kind: access.Device, Name: fmt.Sprint("SN", i), Roles: []string{"device"}}, "os:root")
			if err != nil {
				t.Error(err)
				return
			}
			for j := range 50 {
				p, err := s.Token(context.Background(), token)
				if err != nil || p.ID != a.ID {
					t.Errorf("%v %v", p, err)
					return
				}
				if j%10 == 9 {
					if token, err = s.Rotate(context.Background(), a, "os:root"); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
}

// TestNobodyIsRememberedAfterHeWasDisabled: tokens that are asked for the first time just then, many times.
func TestNobodyIsRememberedAfterHeWasDisabled(t *testing.T) {
	c := newClock()
	s, _ := open(t, c)
	for i := range 60 {
		a, token, err := s.Add(t.Context(), accounts.Account{Kind: access.Device, Name: fmt.Sprint("SN", i), Roles: []string{"device"}}, "os:root")
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { _, _ = s.Token(context.Background(), token) })
		}
		if err := s.Disable(t.Context(), a, "os:root"); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		if _, err := s.Token(t.Context(), token); !errors.Is(err, accounts.ErrToken) {
			t.Fatalf("round %d: %v", i, err)
		}
	}
}

func FuzzToken(f *testing.F) {
	c := newClock()
	s, _ := open(f, c)
	_, token, err := s.Add(f.Context(), accounts.Account{Kind: access.Device, Name: "SN", Roles: []string{"device"}}, "os:root")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("wms_aaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := s.Token(context.Background(), text); (err == nil) != (text == token) {
			t.Errorf("%q is good for %v, %v", text, p, err)
		}
	})
}

func BenchmarkToken(b *testing.B) {
	s, _ := open(b, newClock())
	_, token, err := s.Add(b.Context(), accounts.Account{Kind: access.Device, Name: "SN", Roles: []string{"device"}}, "os:root")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Token(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
