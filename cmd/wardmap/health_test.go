package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// orders are the properties of the work orders of a server, by device.
func orders(t *testing.T, base string) map[string][]map[string]any {
	t.Helper()
	var page struct {
		Features []struct {
			ID         string
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(get(t, base+"/collections/work_orders/items?limit=1000"), &page); err != nil {
		t.Fatal(err)
	}
	out := map[string][]map[string]any{}
	for _, f := range page.Features {
		f.Properties["id"] = f.ID
		device, _ := f.Properties["device"].(string)
		out[device] = append(out[device], f.Properties)
	}
	return out
}

func TestACameraThatFallsSilentGetsAnOrder(t *testing.T) {
	onBothStores(t, func(t *testing.T, args []string) {
		s := start(t, append(args, "--device-silent", "1s")...)
		here := orb.Point{105.72, 34.58}
		var all []map[string]any
		for i := range 30 {
			all = append(all, feature("cameras", fmt.Sprint(i), pointAt(here), map[string]any{"name": fmt.Sprint("球机", i), "status": "online", "point_type": "1"}))
		}
		all = append(all, feature("cameras", "planned", pointAt(here), map[string]any{"name": "检修中", "status": "maintenance"}))
		edit(t, s.base, all)
		call := func(ids ...string) {
			t.Helper()
			var reports []map[string]any
			for _, id := range ids {
				reports = append(reports, map[string]any{"device": "camera-" + id, "time": time.Now().UTC().Format(time.RFC3339Nano)})
			}
			body, _ := json.Marshal(reports)
			if status, text, err := send("POST", s.base+"/positions", "application/json", body); err != nil || status != http.StatusOK || !strings.Contains(string(text), fmt.Sprintf(`"heard":%d`, len(ids))) {
				t.Fatalf("%d %s, %v", status, text, err)
			}
		}
		others := func() (ids []string) {
			for i := 1; i < 30; i++ {
				ids = append(ids, fmt.Sprint(i))
			}
			return ids
		}()
		status := func(id string) any {
			var f struct{ Properties map[string]any }
			if err := json.Unmarshal(get(t, s.base+"/collections/cameras/items/"+id), &f); err != nil {
				t.Fatal(err)
			}
			return f.Properties["status"]
		}
		order := func(device string) map[string]any {
			if all := orders(t, s.base)[device]; len(all) > 0 {
				return all[len(all)-1]
			}
			return nil
		}
		call(append(others, "0", "planned")...)
		eventually(t, "camera 0 is offline, and an order says so", func() bool {
			call(others...)
			o := order("cameras/0")
			return o != nil && o["state"] == "confirmed" && o["fault"] == "offline" && o["class"] == "1" && o["name"] == "球机0 离线" && o["detected_at"] != nil && status("0") == "offline"
		})
		if all := orders(t, s.base); len(all) != 1 {
			t.Errorf("orders of %d devices: one calls still, the outage of the other is planned", len(all))
		}
		eventually(t, "it calls again, and the order closes by itself", func() bool {
			call(append(others, "0")...)
			o := order("cameras/0")
			return o["state"] == "closed" && o["restored_at"] != nil && status("0") == "online"
		})
		var rate struct {
			Rate    float64
			Devices int
			Faults  int
		}
		if err := json.Unmarshal(get(t, s.base+"/collections/cameras/uptime?device=0&from="+time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)), &rate); err != nil || rate.Devices != 1 || rate.Faults != 1 || !(rate.Rate > 0 && rate.Rate < 1) {
			t.Errorf("its online rate is %+v, %v", rate, err)
		}
		one := rate.Rate
		if err := json.Unmarshal(get(t, s.base+"/collections/cameras/uptime?from="+time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)), &rate); err != nil || rate.Devices != 31 || !(rate.Rate > one && rate.Rate < 1) {
			t.Errorf("that of all is %+v, %v", rate, err)
		}
		first := order("cameras/0")["id"]
		eventually(t, "it falls silent again: the same order, once more", func() bool {
			call(others...)
			o := order("cameras/0")
			return o["id"] == first && o["state"] == "confirmed" && o["times"] != 1.0 && o["restored_at"] == nil
		})
		body := []byte(`{"properties":{"state":"assigned","team":"秦州运维一班"}}`)
		if code, text, err := send("PATCH", s.base+"/collections/work_orders/items/"+first.(string), "application/merge-patch+json", body); err != nil || code != http.StatusOK {
			t.Fatalf("%d %s, %v", code, text, err)
		}
		s.kill()
		s = start(t, append(args, "--device-silent", "1s")...)
		eventually(t, "after a restart it calls again: whoever has the order closes it", func() bool {
			call(append(others, "0")...)
			o := order("cameras/0")
			return o["state"] == "assigned" && o["restored_at"] != nil && status("0") == "online"
		})
		eventually(t, "all fall silent at once: one order", func() bool {
			o := order("cameras")
			return o != nil && o["fault"] == "network" && o["devices"].(float64) >= 20 && status("7") == "offline"
		})
		if all := orders(t, s.base); len(all) != 2 {
			t.Errorf("orders of %d devices", len(all))
		}
		times := order("cameras")["times"]
		s.kill()
		s = start(t, append(args, "--device-silent", "1s")...)
		time.Sleep(3 * time.Second) // it looks again
		if all, o := orders(t, s.base), order("cameras"); len(all) != 2 || o["times"] != times || o["state"] != "confirmed" {
			t.Errorf("a restart learns nothing new: orders of %d devices, %v", len(all), o)
		}
		eventually(t, "all call again, and the order closes by itself", func() bool {
			call(append(others, "0")...)
			return order("cameras")["state"] == "closed"
		})
	})
}
