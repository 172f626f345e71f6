package deliver_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/deliver"
)

func TestHosts(t *testing.T) {
	tests := []struct {
		patterns   string
		host, addr string
		want       bool
	}{
		{"", "example.org", "93.184.216.34", false},
		{"hooks.example.org", "hooks.example.org", "93.184.216.34", true},
		{"hooks.example.org", "HOOKS.example.org.", "93.184.216.34", true},
		{"hooks.example.org", "hooks.example.org", "10.1.2.3", true},
		{"hooks.example.org", "hooks.example.org", "127.0.0.1", false},
		{"hooks.example.org", "hooks.example.org", "::1", false},
		{"hooks.example.org", "hooks.example.org", "::ffff:127.0.0.1", false},
		{"hooks.example.org", "hooks.example.org", "169.254.169.254", false},
		{"hooks.example.org", "hooks.example.org", "fe80::1", false},
		{"hooks.example.org", "hooks.example.org", "0.0.0.0", false},
		{"hooks.example.org", "hooks.example.org", "224.0.0.1", false},
		{"hooks.example.org", "xhooks.example.org", "93.184.216.34", false},
		{"hooks.example.org", "a.hooks.example.org", "93.184.216.34", false},
		{"*.example.org", "a.b.example.org", "93.184.216.34", true},
		{"*.example.org", "example.org", "93.184.216.34", false},
		{"*.example.org", "badexample.org", "93.184.216.34", false},
		{"10.20.0.0/16", "anything", "10.20.3.4", true},
		{"10.20.0.0/16", "10.20.3.4", "10.20.3.4", true},
		{"10.20.0.0/16", "10.21.3.4", "10.21.3.4", false},
		{"10.20.0.0/16", "x", "::ffff:10.20.3.4", true},
		{"192.0.2.7", "x", "192.0.2.7", true},
		{"192.0.2.7", "x", "192.0.2.8", false},
		{"2001:db8::/32", "x", "2001:db8::5", true},
		{"169.254.0.0/16", "x", "169.254.169.254", true},
		{"loopback", "localhost", "127.0.0.1", true},
		{"loopback", "localhost", "127.9.9.9", true},
		{"loopback", "localhost", "::1", true},
		{"loopback", "localhost", "192.168.0.1", false},
		{"a.example, 10.0.0.0/8", "x", "10.9.9.9", true},
	}
	for _, test := range tests {
		var patterns []string
		for _, p := range strings.Split(test.patterns, ",") {
			if p != "" {
				patterns = append(patterns, p)
			}
		}
		allow, err := deliver.Hosts(patterns...)
		if err != nil {
			t.Errorf("%s: %v", test.patterns, err)
		} else if got := allow(test.host, netip.MustParseAddr(test.addr)); got != test.want {
			t.Errorf("%q with %s at %s: %v, want %v", test.patterns, test.host, test.addr, got, test.want)
		}
	}
	for _, p := range []string{"", " ", "*", "*.", "*.*.org", "a..b", "http://example.org", "example.org:80", "10.0.0.0/33", "пример.org", "a b"} {
		if _, err := deliver.Hosts(p); err == nil {
			t.Errorf("the pattern %q is taken", p)
		}
	}
}

func FuzzHosts(f *testing.F) {
	for _, p := range []string{"a.example", "*.x", "10.0.0.0/8", "loopback", "::1"} {
		f.Add(p, "a.example")
	}
	f.Fuzz(func(t *testing.T, pattern, host string) {
		allow, err := deliver.Hosts(pattern)
		if err != nil {
			return
		}
		metadata := netip.MustParseAddr("169.254.169.254")
		prefix, _ := netip.ParsePrefix(strings.TrimSpace(pattern))
		addr, _ := netip.ParseAddr(strings.TrimSpace(pattern))
		if allow(host, metadata) && !prefix.Contains(metadata) && addr.Unmap() != metadata && !strings.Contains(pattern, "/") {
			t.Errorf("%q lets %q go to %s", pattern, host, metadata)
		}
	})
}

func TestWebhooksGoNowhereElse(t *testing.T) {
	secretPlace := newReceiver(t, always(http.StatusOK)) // on this machine, as a name may lead to
	tests := []struct {
		name  string
		hosts []string
		url   string
	}{
		{"nothing is allowed", nil, secretPlace.URL},
		{"another network is allowed", []string{"10.0.0.0/8"}, secretPlace.URL},
		{"a name that leads to this machine", []string{"localhost"}, strings.Replace(secretPlace.URL, "127.0.0.1", "localhost", 1)},
		{"an address in another writing", []string{"example.org"}, strings.Replace(secretPlace.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := loopback(t)
			if o.Allow = nil; test.hosts != nil {
				o.Allow, _ = deliver.Hosts(test.hosts...)
			}
			out := newOutbox(0)
			d := work(t, out, newKeep(), o)
			d.put(t, deliver.Subscriber{Name: "desk", URL: test.url, Secret: secret})
			out.grow(1)
			until(t, "it has tried", func() bool { return d.of(t, "desk").Failures > 2 })
			if s := d.of(t, "desk"); !strings.Contains(s.Problem, deliver.ErrForbidden.Error()) || s.Pending != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
	if secretPlace.asked() > 0 {
		t.Errorf("%d requests came through", secretPlace.asked())
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	elsewhere := newReceiver(t, always(http.StatusOK))
	r := newReceiver(t, func(n int) (int, map[string]string) {
		if n < 4 {
			return []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}[n-1], map[string]string{"Location": elsewhere.URL}
		}
		return http.StatusOK, nil
	})
	out := newOutbox(0)
	d := work(t, out, newKeep(), loopback(t))
	d.put(t, r.subscriber("desk"))
	out.grow(1)
	if s := d.settled(t, "desk"); s.Delivered != 1 || elsewhere.asked() != 0 || r.asked() != 4 {
		t.Errorf("%d requests here, %d elsewhere, %+v", r.asked(), elsewhere.asked(), s)
	}
}
