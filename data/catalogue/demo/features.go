package demo

import (
	"strconv"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A writer hands features over until its reader has enough.
type writer struct {
	yield func(string, spatial.Feature) bool
	next  map[string]int
	work  map[string][]string // ids of units by what they are doing
	done  bool
}

// put gives the feature the next number of its layer as id.
func (w *writer) put(layer string, g orb.Geometry, props map[string]any) {
	w.next[layer]++
	w.putAs(layer, strconv.Itoa(w.next[layer]), g, props)
}

func (w *writer) putAs(layer, id string, g orb.Geometry, props map[string]any) {
	if w.done {
		return
	}
	for name, v := range props {
		if v == "" {
			delete(props, name)
		}
	}
	f := spatial.Feature{ID: id, Owner: "天水市公安局（演示）", Source: "demo city", Geometry: g, Properties: props}
	w.done = !w.yield(layer, f)
}

func (c *city) writeRoads(w *writer) {
	for _, s := range c.roads {
		p := profiles[s.class]
		st := c.streets[s.street]
		props := map[string]any{
			"name": st.zh, "name_en": st.en, "ref": st.ref, "class": p.name, "lanes": p.lanes, "maxspeed": p.speed,
			"oneway": s.oneway,
		}
		if s.bridge {
			props["bridge"] = true
		}
		if s.tunnel {
			props["tunnel"] = true
		}
		w.put("roads", lineOf(s.line), props)
	}
}

func (c *city) writeBuildings(w *writer) {
	for _, b := range c.buildings {
		w.put("buildings", polygonOf(b.rings()...), map[string]any{
			"name": b.name, "class": b.class, "height": b.height, "levels": b.levels,
		})
	}
}
