package live

import (
	"time"

	"github.com/wardmap/wardmap/spatial"
)

// Options tune a Picture. The zero value has the defaults of every class.
type Options struct {
	Limits map[spatial.Class]Limits // classes that are not named, and fields that are 0, have the default
}

// Limits are what is expected of the units of a class.
type Limits struct {
	Stale    time.Duration // a fix older than that is stale
	Expire   time.Duration // a fix older than that is no position any more
	MaxSpeed float64       // m/s: who would have to be faster has jumped
	Reorder  time.Duration // fences wait that long for fixes that come late, and take them in the order of their time
	Sigma    float32       // metres: accuracy of those who do not report it
}
