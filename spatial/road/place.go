package road

import "github.com/paulmach/orb"

// A Place is a spot on a road of one Graph. The zero Place is on no road.
type Place struct {
	Point  orb.Point // on the road
	Meters float64   // from the position that was snapped to the road
	Along  float64   // metres from the start of the edge, see Graph
	Side   Side      // where the position lies, seen along the line

	edge   int32 // its number plus one, so that the zero Place is nowhere
	barred Direction
}

// A Side of a road, seen along its line.
type Side uint8

const (
	On Side = iota // closer than a decimetre
	Left
	Right
)

// OnRoad tells whether the place is on a road at all.
func (p Place) OnRoad() bool { return p.edge != 0 }

// Only is the same place, to be left and reached in no other direction than the given ones.
func (p Place) Only(d Direction) Place {
	p.barred = Both &^ d
	return p
}
