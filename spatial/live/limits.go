package live

import (
	"cmp"
	"time"

	"github.com/wardmap/wardmap/spatial"
)

// Options tune a Picture. The zero value has the defaults of every class.
type Options struct {
	Limits map[spatial.Class]Limits // classes that are not named, and fields that are 0, have the default
}

// Limits are what is expected of the units of a class.
type Limits struct {
	Stale    time.Duration // a fix that old is stale
	Expire   time.Duration // a fix that old is no position any more
	MaxSpeed float64       // m/s: who would have to be faster has jumped
	Reorder  time.Duration // fixes wait that long for others that come late, before fences see them in the order of time
	Sigma    float32       // metres: accuracy of those who do not report it
}

const classCount = int(spatial.Sensor) + 1

var defaults = [classCount]Limits{
	spatial.Unclassed: standing,
	spatial.Officer:   {Stale: 5 * time.Minute, Expire: 30 * time.Minute, MaxSpeed: 60, Sigma: 8},
	spatial.Vehicle:   {Stale: 2 * time.Minute, Expire: 30 * time.Minute, MaxSpeed: 90, Sigma: 5},
	spatial.Bus:       {Stale: 90 * time.Second, Expire: 30 * time.Minute, MaxSpeed: 45, Sigma: 5},
	spatial.Drone:     {Stale: 30 * time.Second, Expire: 10 * time.Minute, MaxSpeed: 60, Sigma: 3},
	spatial.Camera:    standing,
	spatial.Terminal:  standing,
	spatial.Sensor:    standing,
}

var standing = Limits{Stale: 15 * time.Minute, Expire: 24 * time.Hour, MaxSpeed: 90, Sigma: 5}

// limits are those of all classes, and the longest time that fixes wait.
func (o Options) limits() (all [classCount]Limits, wait time.Duration) {
	for class := range all {
		own, given := &all[class], o.Limits[spatial.Class(class)]
		*own = Limits{
			Stale:    cmp.Or(given.Stale, defaults[class].Stale),
			Expire:   cmp.Or(given.Expire, defaults[class].Expire),
			MaxSpeed: cmp.Or(given.MaxSpeed, defaults[class].MaxSpeed),
			Sigma:    cmp.Or(given.Sigma, defaults[class].Sigma),
		}
		if spatial.Class(class).Moves() {
			own.Reorder = given.Reorder
		}
		wait = max(wait, own.Reorder)
	}
	return all, wait
}

// Usual are the limits of a class where nobody tuned them.
func Usual(c spatial.Class) Limits {
	if int(c) >= classCount {
		c = spatial.Unclassed
	}
	return defaults[c]
}
