package feed

import "encoding/json"

// A Scope says how much of the news of a layer a reader is told. nil tells all.
type Scope func(layer string) Sight

// A Sight is how much is told.
type Sight uint8

const (
	Exact  Sight = iota // that something changed, and where
	Vague               // that something changed: where would tell what the reader may not see
	Hidden              // nothing
)

// scoped is the content of an event.
type scoped interface {
	numbered(seq uint64) scoped
	within(s Scope) scoped // what the scope leaves, nil when that is nothing; the same when it is everything
}

var everywhere = [][4]float64{{-180, -90, 180, 90}}

func (d changeData) numbered(seq uint64) scoped { d.Seq = seq; return d }

func (d changeData) within(s Scope) scoped {
	all := true
	for layer := range d.Layers {
		all = all && s(layer) == Exact
	}
	if all {
		return d
	}
	left := map[string][][4]float64{}
	for layer, boxes := range d.Layers {
		switch s(layer) {
		case Exact:
			left[layer] = boxes
		case Vague:
			left[layer] = everywhere
		}
	}
	if len(left) == 0 {
		return nil
	}
	return changeData{d.Seq, left}
}

func (d layersData) numbered(seq uint64) scoped { d.Seq = seq; return d }

// within leaves out what is hidden. A layer that is gone is told of: nobody can say who saw it.
func (d layersData) within(s Scope) scoped {
	var left []string
	for _, id := range d.Layers {
		if s(id) != Hidden {
			left = append(left, id)
		}
	}
	switch len(left) {
	case len(d.Layers):
		return d
	case 0:
		return nil
	}
	return layersData{d.Seq, left}
}

// told is an event as a scope leaves it; nothing when it leaves nothing.
func (e *event) told(s Scope) []byte {
	if s == nil || e.of == nil {
		return e.data
	}
	left := e.of.within(s)
	if left == nil {
		return nil
	}
	text, _ := json.Marshal(left) // a part of what could be written
	return text
}
