package demo

// A class is a class of roads, the lesser first. The zero class is no road: a border, a bank, a fence.
type class int8

const (
	noRoad class = iota
	service
	living
	unclassified
	residential
	tertiary
	secondary
	primary
	trunk
	ramp
	motorway
)

// A profile is what all roads of a class have in common. Half is half of the width between the building
// lines, in metres.
type profile struct {
	name  string
	half  float64
	lanes int64
	speed int64
}

var profiles = [...]profile{
	noRoad:       {"", 4, 0, 0},
	service:      {"service", 3.2, 1, 15},
	living:       {"living_street", 3.4, 1, 20},
	unclassified: {"unclassified", 5, 2, 40},
	residential:  {"residential", 6.5, 2, 30},
	tertiary:     {"tertiary", 9, 2, 40},
	secondary:    {"secondary", 13, 4, 50},
	primary:      {"primary", 17, 6, 60},
	trunk:        {"trunk", 20, 6, 70},
	ramp:         {"motorway_link", 6, 1, 40},
	motorway:     {"motorway", 9, 2, 100},
}

func (c class) half() float64 { return profiles[c].half }
