package layers_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

const orders = `
group: devices
title: {zh-CN: 设备, en: Devices}
layers:
  - id: orders
    title: {zh-CN: 工单, en: Orders}
    geometry: point
    properties:
      - name: state
        title: {zh-CN: 状态, en: State}
        type: text
        values:
          - {value: detected, title: {zh-CN: 已发现, en: Detected}}
          - {value: assigned, title: {zh-CN: 已派单, en: Assigned}}
          - {value: waiting, title: {zh-CN: 待备件, en: Waiting}}
          - {value: mended, title: {zh-CN: 已修复, en: Mended}}
          - {value: closed, title: {zh-CN: 已关闭, en: Closed}}
      - name: class
        title: {zh-CN: 等级, en: Class}
        type: text
        values: [{value: a, title: {zh-CN: 甲, en: A}}, {value: b, title: {zh-CN: 乙, en: B}}]
      - {name: team, title: {zh-CN: 班组, en: Team}, type: text}
      - {name: reason, title: {zh-CN: 原因, en: Reason}, type: text}
      - {name: evidence, title: {zh-CN: 凭证, en: Evidence}, type: text}
      - {name: since, title: {zh-CN: 自, en: Since}, type: time}
      - {name: opened_at, title: {zh-CN: 发现时间, en: Opened}, type: time}
      - {name: closed_at, title: {zh-CN: 关闭时间, en: Closed}, type: time}
      - {name: waited, title: {zh-CN: 等待, en: Waited}, type: integer}
      - {name: late, title: {zh-CN: 超时, en: Late}, type: boolean}
    flow:
      property: state
      begin: [detected]
      steps: {detected: [assigned, closed], assigned: [waiting, mended], waiting: [assigned], mended: [closed, assigned]}
      needs: {assigned: [team], waiting: [reason], closed: [evidence]}
      since: since
      times: {detected: opened_at, closed: closed_at}
      late: late
      pause: {state: waiting, spent: waited}
      deadlines:
        - {states: [detected], by: class, within: {a: 5m}, else: 1h}
        - {states: [assigned, mended], from: opened_at, else: 4h}
`

// a workshop is a desk with a clock.
type workshop struct {
	*desk
	clock time.Time
	defs  *layers.Catalogue
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	c, ps := layers.Load(fstest.MapFS{"devices.yaml": {Data: []byte(orders)}})
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	w := &workshop{desk: &desk{store: new(storetest.Memory)}, clock: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC), defs: c}
	if err := w.store.Sync(t.Context(), c.Managed()); err != nil {
		t.Fatal(err)
	}
	w.Editor = layers.NewEditor(w.store, func() *layers.Catalogue { return c }, w.hear).Timed(func() time.Time { return w.clock })
	return w
}

func (w *workshop) put(t *testing.T, values map[string]any) error {
	t.Helper()
	_, err := w.Apply(t.Context(), []layers.Edit{{Op: layers.Put, Layer: "orders", Feature: order(values)}})
	return err
}

func order(values map[string]any) spatial.Feature {
	return spatial.Feature{ID: "1", Geometry: orb.Point{105.72, 34.58}, Properties: values}
}

func (w *workshop) stands(t *testing.T) spatial.Feature {
	t.Helper()
	f, err := w.store.Feature(t.Context(), "orders", "1")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFeatureTakesOnlyTheStepsOfItsFlow(t *testing.T) {
	team := map[string]any{"team": "甲班"}
	tests := []struct {
		name  string
		steps []string // the states; the last is refused where want is not empty
		with  map[string]any
		want  string
	}{
		{"begins where it may", []string{"detected"}, nil, ""},
		{"begins in the middle", []string{"assigned"}, team, "properties.state: a new one is 已发现 (detected), not 已派单 (assigned)"},
		{"has no state", []string{""}, nil, "properties.state: say in which state it is"},
		{"one step", []string{"detected", "assigned"}, team, ""},
		{"a step that is left out", []string{"detected", "mended"}, team, "after 已发现 (detected) comes 已派单 (assigned), 已关闭 (closed), not 已修复 (mended)"},
		{"without what it needs", []string{"detected", "assigned"}, nil, "properties.team: orders cannot be 已派单 (assigned) without 班组 (team)"},
		{"there and back", []string{"detected", "assigned", "mended", "assigned"}, team, ""},
		{"out of the last state", []string{"detected", "closed", "detected"}, map[string]any{"evidence": "照片"}, "已关闭 (closed) is the last state"},
		{"the same state again is no step", []string{"detected", "closed", "closed"}, map[string]any{"evidence": "照片"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorkshop(t)
			for i, state := range test.steps {
				values := map[string]any{}
				if state != "" {
					values["state"] = state
				}
				maps.Copy(values, test.with)
				err := w.put(t, values)
				switch last := i == len(test.steps)-1; {
				case last && test.want != "":
					if !errors.Is(err, layers.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
						t.Errorf("%v, want %s", err, test.want)
					}
				case err != nil:
					t.Fatal(err)
				}
			}
		})
	}
}

func TestTheEditorKeepsTheTimesOfSteps(t *testing.T) {
	w := newWorkshop(t)
	must := func(values map[string]any) map[string]any {
		t.Helper()
		if err := w.put(t, values); err != nil {
			t.Fatal(err)
		}
		return w.stands(t).Properties
	}
	got := must(map[string]any{"state": "detected", "since": "1999-01-01T00:00:00Z", "late": true})
	if got["since"] != "2026-11-27T08:00:00Z" || got["opened_at"] != "2026-11-27T08:00:00Z" || got["late"] != nil {
		t.Errorf("nobody writes into the editor's book: %v", got)
	}
	w.clock = w.clock.Add(10 * time.Minute)
	got = must(map[string]any{"state": "detected", "team": "乙班", "closed_at": "2030-01-01T00:00:00Z"})
	if got["since"] != "2026-11-27T08:00:00Z" || got["closed_at"] != nil || got["team"] != "乙班" {
		t.Errorf("what is no step leaves the times: %v", got)
	}
	got = must(map[string]any{"state": "assigned", "team": "乙班"})
	if got["since"] != "2026-11-27T08:10:00Z" || got["opened_at"] != "2026-11-27T08:00:00Z" {
		t.Errorf("a step: %v", got)
	}
	must(map[string]any{"state": "waiting", "reason": "无备件"})
	w.clock = w.clock.Add(90 * time.Minute)
	if got = must(map[string]any{"state": "assigned", "team": "乙班"}); got["waited"] != int64(5400) {
		t.Errorf("it waited 90 minutes: %v", got)
	}
	must(map[string]any{"state": "waiting", "reason": "又无备件"})
	w.clock = w.clock.Add(time.Minute)
	if got = must(map[string]any{"state": "assigned", "team": "乙班"}); got["waited"] != int64(5460) {
		t.Errorf("and a minute more: %v", got)
	}
}

func TestAnImporterBringsItsOwnTimes(t *testing.T) {
	w := newWorkshop(t)
	own := map[string]any{"state": "detected", "since": "2020-02-02T02:02:02Z", "opened_at": "2020-02-02T02:02:02Z"}
	_, err := w.Repaired().Apply(t.Context(), []layers.Edit{{Op: layers.Put, Layer: "orders", Feature: order(own)}})
	if got := w.stands(t).Properties; err != nil || got["since"] != own["since"] || got["opened_at"] != own["opened_at"] {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAFlowEndsWhereNothingComesAfter(t *testing.T) {
	w := newWorkshop(t)
	l, _ := w.defs.Layer("orders")
	for state, want := range map[string]bool{"detected": false, "assigned": false, "waiting": false, "mended": false, "closed": true, "": true} {
		if got := l.Ended(order(map[string]any{"state": state})); got != want {
			t.Errorf("an order that is %q has ended: %v", state, got)
		}
	}
	if (layers.Layer{}).Ended(order(map[string]any{"state": "closed"})) {
		t.Error("without a flow something has ended")
	}
}

func TestWhenAFeatureIsDue(t *testing.T) {
	w := newWorkshop(t)
	l, _ := w.defs.Layer("orders")
	at := func(text string) string { return "2026-11-27T" + text + "Z" }
	tests := []struct {
		name   string
		values map[string]any
		want   string // "" is never
	}{
		{"the limit of its class", map[string]any{"state": "detected", "class": "a", "since": at("08:00:00")}, at("08:05:00")},
		{"the limit of all others", map[string]any{"state": "detected", "class": "b", "since": at("08:00:00")}, at("09:00:00")},
		{"counted from its opening", map[string]any{"state": "mended", "since": at("10:00:00"), "opened_at": at("08:00:00")}, at("12:00:00")},
		{"what it waited does not count", map[string]any{"state": "assigned", "opened_at": at("08:00:00"), "waited": int64(600)}, at("12:10:00")},
		{"while it waits, no clock runs", map[string]any{"state": "waiting", "opened_at": at("08:00:00")}, ""},
		{"it is over", map[string]any{"state": "closed", "opened_at": at("08:00:00")}, ""},
		{"nobody knows since when", map[string]any{"state": "detected"}, ""},
	}
	for _, test := range tests {
		due, ok := l.Due(order(test.values))
		if got := due.Format(time.RFC3339); ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%s: %v, %v, want %q", test.name, got, ok, test.want)
		}
	}
}

func TestAMissedDeadlineIsMarkedOnceAndAStepClearsIt(t *testing.T) {
	w := newWorkshop(t)
	if err := w.put(t, map[string]any{"state": "detected", "class": "a"}); err != nil {
		t.Fatal(err)
	}
	mark := func(after time.Duration) any {
		t.Helper()
		w.clock = time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC).Add(after)
		if err := w.MarkLate(t.Context(), "orders", "1"); err != nil {
			t.Fatal(err)
		}
		return w.stands(t).Properties["late"]
	}
	if got := mark(4*time.Minute + 59*time.Second); got != nil {
		t.Errorf("a second before: %v", got)
	}
	if got := mark(5 * time.Minute); got != true {
		t.Errorf("at the deadline: %v", got)
	}
	version := w.stands(t).Version
	if mark(6 * time.Minute); w.stands(t).Version != version || len(w.heard) != 2 {
		t.Errorf("it is marked once: %d changes", len(w.heard))
	}
	if err := w.put(t, map[string]any{"state": "assigned", "team": "甲班"}); err != nil || w.stands(t).Properties["late"] != false {
		t.Errorf("a step clears it: %v, %v", w.stands(t).Properties, err)
	}
	if err := w.MarkLate(t.Context(), "orders", "99"); err != nil {
		t.Errorf("what does not exist: %v", err)
	}
}

// Of many who take a step at once, each takes it from a state from which it may be taken.
func TestNobodyTakesAStepFromAStateThatIsGone(t *testing.T) {
	w := newWorkshop(t)
	if err := w.put(t, map[string]any{"state": "detected"}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	results := make([]error, 16)
	for i := range results {
		all.Go(func() {
			values := map[string]any{"state": "assigned", "team": fmt.Sprint(i)}
			if i%2 == 0 {
				values = map[string]any{"state": "closed", "evidence": "照片"}
			}
			results[i] = w.put(t, values)
		})
	}
	all.Wait()
	assigned, closed := 0, 0
	for i, err := range results {
		switch {
		case err == nil && i%2 == 0:
			closed++
		case err == nil:
			assigned++
		case !errors.Is(err, layers.ErrInvalid):
			t.Errorf("%d: %v", i, err)
		}
	}
	if state := w.stands(t).Properties["state"]; state == "closed" && (closed == 0 || assigned > 0) || state == "assigned" && (assigned == 0 || closed > 0) {
		t.Errorf("it is %v after %d closed and %d assigned it", state, closed, assigned)
	}
}

func TestAFlowThatIsWrongIsNamed(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"no such property", "property: state", "property: stage", `flow.property: "stage" is no property with values`},
		{"a beginning that is none", "begin: [detected]", "begin: [found]", `flow.begin: "found" is none of the values of state`},
		{"a step to nowhere", "waiting: [assigned]", "waiting: [asigned]", `flow.steps.waiting: "asigned" is none of the values`},
		{"a state that nobody reaches", "mended: [closed, assigned]", "mended: [closed]", ""},
		{"what nobody reaches", "assigned: [waiting, mended], waiting", "assigned: [mended], waiting", `flow.steps: no step leads to "waiting"`},
		{"needs what there is not", "waiting: [reason]", "waiting: [cause]", `flow.needs.waiting: "cause" is none of the properties`},
		{"a time that is a text", "closed: closed_at", "closed: reason", `flow.times.closed: "reason" is none of the properties of type time`},
		{"no clock for deadlines", "      since: since\n", "", "flow.deadlines[0]: say what it counts from"},
		{"nothing that says late", "      late: late\n", "", "flow.deadlines: say by late"},
		{"a span that is none", "else: 4h", "else: 4 hours", `"4 hours" is no span of time`},
		{"a class that is none", "within: {a: 5m}", "within: {c: 5m}", `flow.deadlines[0].within: "c" is none of the values of "class"`},
		{"how long is not said", ", else: 4h", "", "flow.deadlines[1]: say by within or else how long"},
	}
	for _, test := range tests {
		if !strings.Contains(orders, test.old) {
			t.Fatal(test.name)
		}
		_, ps := layers.Parse("devices.yaml", []byte(strings.Replace(orders, test.old, test.new, 1)))
		if text := ps.Error(); test.want == "" && len(ps) > 0 || !strings.Contains(text, test.want) {
			t.Errorf("%s: %s, want %s", test.name, text, test.want)
		}
	}
}
