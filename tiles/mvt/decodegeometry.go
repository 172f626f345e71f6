package mvt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// commands reads geometry commands one by one.
type commands struct {
	b   []byte
	pen [2]int32
}

func (c *commands) number() (uint32, error) {
	v, n := binary.Uvarint(c.b)
	if n <= 0 || v > math.MaxUint32 {
		return 0, errors.New("the geometry ends in the middle of a command")
	}
	c.b = c.b[n:]
	return uint32(v), nil
}

// next reads a command and checks that its parameters can all be there.
func (c *commands) next() (id, count uint32, err error) {
	v, err := c.number()
	if err != nil {
		return 0, 0, err
	}
	id, count = v&7, v>>3
	switch {
	case id == closePath && count != 1:
		return 0, 0, fmt.Errorf("ClosePath has count %d", count)
	case id == closePath:
		return id, count, nil
	case id != moveTo && id != lineTo:
		return 0, 0, fmt.Errorf("command %d does not exist", id)
	case count == 0:
		return 0, 0, fmt.Errorf("command %d has count 0", id)
	case uint64(count)*2 > uint64(len(c.b)):
		return 0, 0, fmt.Errorf("command %d says %d points, more than there are", id, count)
	}
	return id, count, nil
}

// points reads the parameters of a command.
func (c *commands) points(to Run, count uint32) (Run, error) {
	for range count {
		for axis := range 2 {
			v, err := c.number()
			if err != nil {
				return to, err
			}
			c.pen[axis] += int32(v>>1) ^ -int32(v&1)
		}
		to = append(to, c.pen)
	}
	return to, nil
}

// expect reads a command of one id, with a count if count is not 0, and its points.
func (c *commands) expect(to Run, id, count uint32) (Run, error) {
	i, n, err := c.next()
	switch {
	case err != nil:
		return to, err
	case i != id:
		return to, fmt.Errorf("command %d stands where %d should", i, id)
	case count != 0 && n != count:
		return to, fmt.Errorf("command %d has count %d instead of %d", i, n, count)
	case id == closePath:
		return to, nil
	}
	return c.points(to, n)
}

func (f *Feature) decodeGeometry(b []byte) error {
	c := commands{b: b}
	if f.Type == Unknown {
		return nil // allowed by the format, without meaning
	}
	if len(b) == 0 {
		return errors.New("the geometry is empty")
	}
	for len(c.b) > 0 {
		var run Run
		var err error
		if f.Type == Points {
			if len(f.Parts) > 0 {
				return errors.New("a point geometry goes on after its MoveTo")
			}
			run, err = c.expect(nil, moveTo, 0)
		} else {
			run, err = c.path(f.Type)
		}
		if err != nil {
			return fmt.Errorf("part %d: %w", len(f.Parts)+1, err)
		}
		f.Parts = append(f.Parts, run)
	}
	return nil
}

// path reads one line or ring.
func (c *commands) path(t Type) (Run, error) {
	run, err := c.expect(nil, moveTo, 1)
	if err != nil {
		return run, err
	}
	if run, err = c.expect(run, lineTo, 0); err != nil {
		return run, err
	}
	if t == Polygon {
		if len(run) < 3 {
			return run, errors.New("the ring has less than three points")
		}
		return c.expect(run, closePath, 1)
	}
	return run, nil
}
