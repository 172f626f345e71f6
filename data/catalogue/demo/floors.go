package demo

import (
	"fmt"
	"math"
	"strconv"
)

// usesOfFloors says what the floors of a building are used for, by its class; the ground floor is a lobby.
var usesOfFloors = map[string]string{"school": "teaching", "hospital": "ward", "civic": "office"}

// writeFloors gives the public buildings on the plots of protected units their floors. ids are those of the units.
func (c *city) writeFloors(w *writer, ids []string) {
	unitOf := map[int]int{}
	for i, u := range c.units {
		if u.layer != "" {
			unitOf[u.block] = i
		}
	}
	for i, b := range c.buildings {
		unit, protected := unitOf[b.block]
		use := usesOfFloors[b.class]
		if !protected || use == "" || b.levels < 2 {
			continue
		}
		storey := b.height / float64(b.levels)
		for level := int64(1); level <= b.levels; level++ {
			props := map[string]any{
				"name": fmt.Sprintf("%s %d层", c.units[unit].zh, level), "name_en": fmt.Sprintf("%s, level %d", c.units[unit].en, level),
				"building": strconv.Itoa(i + 1), "unit_layer": c.units[unit].layer, "unit": ids[unit], "level": level,
				"low": round2(storey * float64(level-1)), "high": round2(storey * float64(level)), "use": use,
			}
			switch {
			case level == 1:
				props["use"] = "lobby"
			case level == b.levels && b.levels > 6:
				props["use"] = "plant"
			}
			w.put("floors", polygonOf(b.rings()...), props)
		}
	}
}

func round2(v float64) float64 { return math.Round(100*v) / 100 }
