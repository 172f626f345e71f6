package api_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// desk keeps subscribers in memory and delivers nothing.
type desk struct {
	all  map[string]api.Subscriber
	dead []api.DeadLetter
}

func (d *desk) Status(context.Context) (out []api.SubscriberStatus, err error) {
	for _, s := range d.all {
		s.Secret = ""
		out = append(out, api.SubscriberStatus{Subscriber: s, Created: began, Produced: 10, Delivered: 6, Pending: 3, Dead: 1})
	}
	slices.SortFunc(out, func(a, b api.SubscriberStatus) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func (d *desk) Put(_ context.Context, s api.Subscriber) error {
	if strings.Contains(s.URL, "10.0.0.") {
		return fmt.Errorf("subscriber %s: %w: webhooks may not go there", s.Name, layers.ErrInvalid)
	}
	d.all[s.Name] = s
	return nil
}

func (d *desk) Remove(_ context.Context, name string) error {
	if _, known := d.all[name]; !known {
		return fmt.Errorf("subscriber %s: %w", name, layers.ErrNotFound)
	}
	delete(d.all, name)
	return nil
}

func (d *desk) Dead(_ context.Context, name string, limit int) ([]api.DeadLetter, error) {
	if _, known := d.all[name]; !known {
		return nil, layers.ErrNotFound
	}
	return d.dead[:min(limit, len(d.dead))], nil
}

func (d *desk) Retry(_ context.Context, name string) (int, error) {
	if _, known := d.all[name]; !known {
		return 0, layers.ErrNotFound
	}
	return len(d.dead), nil
}

func TestSubscribers(t *testing.T) {
	d := &desk{all: map[string]api.Subscriber{}, dead: []api.DeadLetter{
		{Delivery: "d-1", Died: began, Why: "503 Service Unavailable", Events: []live.Event{{Seq: 7, Kind: fence.Enter, Unit: "car1"}}}, {Delivery: "d-2", Died: began},
	}}
	r, _ := newLiveRig(t, func(c *api.Config) { c.Live.Subscribers = d })
	post := func(body string) answer { return r.do("POST", "/subscribers", body, "Content-Type", jsonType) }
	const secret = "0123456789abcdef"
	a := post(`{"name":"cad","url":"https://cad.example/hook","secret":"`+secret+`","kinds":["enter","emergency"],"layers":["beats"],"classes":["officer"]}`).want(t, 201)
	if a.Header.Get("Location") != r.url+"/subscribers/cad" || strings.Contains(string(a.body), secret) {
		t.Errorf("it answers %v %s", a.Header, a.body)
	}
	if s := d.all["cad"]; s.Secret != secret || s.Kinds != fence.KindsOf(fence.Enter, fence.Emergency) || fmt.Sprint(s.Layers, s.Classes.Has(1), s.Classes.Has(2)) != "[beats] true false" {
		t.Errorf("it is kept as %+v", s)
	}
	post(`{"name":"all","url":"http://127.0.0.1:9/x","secret":"`+secret+`"}`).want(t, 201)
	if doc := r.get("/subscribers").want(t, 200).json(t); len(doc["subscribers"].([]any)) != 2 {
		t.Errorf("there are %v", doc)
	}
	got := r.get("/subscribers/cad").want(t, 200).json(t)
	if fmt.Sprint(got["kinds"], got["classes"], got["produced"], got["dead"]) != "[enter emergency] [officer] 10 1" {
		t.Errorf("it is shown as %v", got)
	}
	counts := r.get("/live/counts").want(t, 200).json(t)["subscribers"].([]any)
	for _, one := range counts {
		if c := one.(map[string]any); c["produced"].(float64) != c["delivered"].(float64)+c["pending"].(float64)+c["dead"].(float64) {
			t.Errorf("the counters are %v", c)
		}
	}
	if doc := r.get("/subscribers/cad/dead").want(t, 200).json(t); len(doc["dead"].([]any)) != 2 {
		t.Errorf("dead are %v", doc)
	}
	if doc := r.get("/subscribers/cad/dead?limit=1").want(t, 200).json(t); len(doc["dead"].([]any)) != 1 {
		t.Errorf("one dead is %v", doc)
	}
	if doc := r.do("POST", "/subscribers/cad/retry", "").want(t, 200).json(t); doc["retried"] != 2. {
		t.Errorf("retried are %v", doc)
	}
	r.do("DELETE", "/subscribers/cad", "").want(t, 204)
	for _, path := range []string{"/subscribers/cad", "/subscribers/cad/dead"} {
		r.get(path).want(t, 404)
	}
	r.do("DELETE", "/subscribers/cad", "").want(t, 404)
	r.do("POST", "/subscribers/cad/retry", "").want(t, 404)
}

func TestSubscribersRefuse(t *testing.T) {
	d := &desk{all: map[string]api.Subscriber{}}
	r, _ := newLiveRig(t, func(c *api.Config) { c.Live.Subscribers = d })
	good := func(name, value string) string {
		members := map[string]string{"name": `"a"`, "url": `"https://a.example/"`, "secret": `"0123456789abcdef"`}
		members[name] = value
		var list []string
		for n, v := range members {
			list = append(list, fmt.Sprintf("%q:%s", n, v))
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	for _, tt := range []struct{ name, value string }{
		{"name", `""`}, {"name", `"a b"`}, {"name", `"` + strings.Repeat("a", 65) + `"`}, {"name", `7`},
		{"url", `"ftp://a.example"`}, {"url", `"//a.example"`}, {"url", `"https://"`}, {"url", `"https://me:secret@a.example"`}, {"url", `null`},
		{"secret", `"short"`}, {"kinds", `["boom"]`}, {"kinds", `"enter"`}, {"classes", `["tank"]`}, {"layers", `["nix"]`}, {"layers", `["tracks"]`}, {"rate", `1`},
	} {
		if a := r.do("POST", "/subscribers", good(tt.name, tt.value), "Content-Type", jsonType).want(t, 422); !strings.Contains(string(a.body), tt.name) {
			t.Errorf("%s %s: %s does not name it", tt.name, tt.value, a.body)
		}
	}
	r.do("POST", "/subscribers", good("url", `"http://10.0.0.1/"`), "Content-Type", jsonType).want(t, 422)
	r.do("POST", "/subscribers", `[]`, "Content-Type", jsonType).want(t, 422)
	if len(d.all) > 0 {
		t.Errorf("kept are %v", d.all)
	}
	r, _ = newLiveRig(t)
	if a := r.get("/subscribers").want(t, 404); !strings.Contains(string(a.body), "nobody by webhook") {
		t.Errorf("without subscribers it says %s", a.body)
	}
}
