package gpkg

import (
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/paulmach/orb"
	"modernc.org/sqlite"

	"github.com/wardmap/wardmap/spatial"
)

// sqliteDriver has the functions that the triggers of a GeoPackage call, and two for our own queries. It is
// our own instance, so that nothing is registered for the whole process.
var sqliteDriver = newDriver()

func newDriver() *sqlite.Driver {
	d := new(sqlite.Driver)
	register := func(name string, args int32, f func(args []driver.Value) (driver.Value, error)) {
		d.MustRegisterFunction(name, &sqlite.FunctionImpl{NArgs: args, Deterministic: true, VolatileArgs: true,
			Scalar: func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) { return f(args) }})
	}
	register("ST_IsEmpty", 1, func(args []driver.Value) (driver.Value, error) {
		b, err := boundOf(args[0])
		if b == nil || err != nil {
			return nil, err
		}
		return b.IsEmpty(), nil
	})
	for name, side := range map[string]func(orb.Bound) float64{
		"ST_MinX": func(b orb.Bound) float64 { return b.Min[0] }, "ST_MinY": func(b orb.Bound) float64 { return b.Min[1] },
		"ST_MaxX": func(b orb.Bound) float64 { return b.Max[0] }, "ST_MaxY": func(b orb.Bound) float64 { return b.Max[1] },
	} {
		register(name, 1, func(args []driver.Value) (driver.Value, error) {
			b, err := boundOf(args[0])
			if b == nil || err != nil || b.IsEmpty() {
				return nil, err
			}
			return side(*b), nil
		})
	}
	register("wardmap_meets", -1, meets)
	register("wardmap_holds", 4, holds)
	return d
}

// boundOf is nil for NULL.
func boundOf(v driver.Value) (*orb.Bound, error) {
	if v == nil {
		return nil, nil
	}
	blob, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("a geometry column holds %T", v)
	}
	b, err := blobBound(blob)
	if err != nil {
		return nil, err
	}
	return &b, nil
}

// meets(geom, w, s, e, n, …) is spatial.Intersects with any of the boxes.
func meets(args []driver.Value) (driver.Value, error) {
	b, err := boundOf(args[0])
	if b == nil || err != nil {
		return false, err
	}
	var g orb.Geometry
	for i := 1; i+3 < len(args); i += 4 {
		box := orb.Bound{Min: orb.Point{asFloat(args[i]), asFloat(args[i+1])}, Max: orb.Point{asFloat(args[i+2]), asFloat(args[i+3])}}
		if !box.Intersects(*b) {
			continue
		}
		if g == nil {
			if g, err = parseBlob(args[0].([]byte)); err != nil {
				return false, err
			}
		}
		if spatial.Intersects(box, g) {
			return true, nil
		}
	}
	return false, nil
}

func asFloat(v driver.Value) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return 0
}

// holds(effective_from, effective_to, from, to): is it effective at some time of [from, to]? The last two are
// microseconds since 1970; NULL is open.
func holds(args []driver.Value) (driver.Value, error) {
	begin, err := readTime(args[0])
	if err != nil {
		return nil, err
	}
	end, err := readTime(args[1])
	if err != nil {
		return nil, err
	}
	if from, ok := args[2].(int64); ok && !end.IsZero() && !end.After(time.UnixMicro(from)) {
		return false, nil
	}
	if to, ok := args[3].(int64); ok && !begin.IsZero() && begin.After(time.UnixMicro(to)) {
		return false, nil
	}
	return true, nil
}
