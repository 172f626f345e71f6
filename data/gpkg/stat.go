package gpkg

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

// Stat implements layers.Reader. It reads the root of the spatial index and the few features at its sides.
func (s *Store) Stat(ctx context.Context, layer string) (layers.Stat, error) {
	t, err := s.table(ctx, layer)
	if err != nil {
		return layers.Stat{}, err
	}
	st := layers.Stat{Bound: nowhere}
	err = s.read(ctx, func(c *conn) error {
		if st.Count, err = s.matched(ctx, c, t, filter{}); err != nil || st.Count == 0 {
			return err
		}
		around, err := extent(ctx, c, t)
		if err != nil {
			return err
		}
		st.Bound, err = exactExtent(ctx, c, t, around)
		return err
	})
	if err != nil {
		return layers.Stat{}, fmt.Errorf("stat %s: %w", layer, explain(err))
	}
	return st, nil
}

// extent is the box around the index's root: the true extent, rounded outwards to 32-bit floats.
func extent(ctx context.Context, c *conn, t *table) (box orb.Bound, err error) {
	box = nowhere
	err = c.query(ctx, "SELECT data FROM "+quote("rtree_"+t.layer+"_geom_node")+" WHERE nodeno=1", nil, func(row []driver.Value) error {
		node, _ := row[0].([]byte)
		if len(node) < 4 {
			return nil
		}
		cells := int(binary.BigEndian.Uint16(node[2:])) // each: 8 bytes of id, then minx, maxx, miny, maxy
		for i := 0; i < cells && 4+24*(i+1) <= len(node); i++ {
			at := func(k int) float64 {
				return float64(math.Float32frombits(binary.BigEndian.Uint32(node[4+24*i+8+4*k:])))
			}
			cell := orb.Bound{Min: orb.Point{at(0), at(2)}, Max: orb.Point{at(1), at(3)}}
			if i == 0 {
				box = cell
			}
			box = box.Union(cell)
		}
		return nil
	})
	return box, err
}

// exactExtent looks at the features that touch the sides of the rounded box: the outermost is among them,
// because rounding keeps the order.
func exactExtent(ctx context.Context, c *conn, t *table, around orb.Bound) (box orb.Bound, err error) {
	box = nowhere
	for _, side := range []struct {
		where string
		at    float64
	}{{"minx<=?", around.Min[0]}, {"miny<=?", around.Min[1]}, {"maxx>=?", around.Max[0]}, {"maxy>=?", around.Max[1]}} {
		sql := fmt.Sprintf("SELECT t.geom FROM %s r CROSS JOIN %s t ON t.fid=r.id WHERE r.%s", quote("rtree_"+t.layer+"_geom"), quote(t.layer), side.where)
		err = c.query(ctx, sql, []driver.Value{side.at}, func(row []driver.Value) error {
			b, err := boundOf(row[0])
			if b == nil || err != nil {
				return err
			}
			if box.IsEmpty() {
				box = *b
			}
			box = box.Union(*b)
			return nil
		})
		if err != nil {
			return nowhere, err
		}
	}
	return box, nil
}
