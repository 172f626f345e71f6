package postgis

import (
	"fmt"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// A step is one row to write.
type step struct {
	item
	op    layers.Op // Create, Replace or Delete
	round int       // how many steps of the batch change the same feature before
}

// decide tells which rows a batch writes, given the features that stand there. An edit that cannot be made is
// an *layers.EditError. stand is changed to what will stand there afterwards.
func decide(items []item, stand map[key]*spatial.Feature) ([]step, error) {
	steps := make([]step, 0, len(items))
	rounds := map[key]int{}
	for _, it := range items {
		k := it.key()
		op, err := outcome(it, stand[k])
		if err != nil {
			return nil, err
		}
		if op == 0 {
			continue
		}
		if stand[k] = nil; op != layers.Delete {
			f := it.Feature
			f.Version = -1 // not known yet: no If can mean it
			stand[k] = &f
		}
		steps = append(steps, step{it, op, rounds[k]})
		rounds[k]++
	}
	return steps, nil
}

// outcome tells what an edit does to a feature (nil: there is none); 0 is nothing.
func outcome(it item, have *spatial.Feature) (layers.Op, error) {
	switch {
	case it.Op == layers.Create && have != nil:
		return 0, it.fail(0, layers.ErrExists)
	case have == nil && (it.Op == layers.Replace || it.Op == layers.Delete):
		return 0, it.fail(0, layers.ErrNotFound)
	case it.If != 0 && have == nil:
		return 0, it.fail(0, layers.ErrConflict)
	case it.If != 0 && it.If != have.Version:
		return 0, it.fail(max(have.Version, 0), layers.ErrConflict)
	}
	switch it.Op {
	case layers.Create, layers.Replace, layers.Delete:
		return it.Op, nil
	case layers.Put:
		if have == nil {
			return layers.Create, nil
		}
		if spatial.SameContent(*have, it.Feature) {
			return 0, nil
		}
		return layers.Replace, nil
	}
	return 0, it.fail(0, fmt.Errorf("%w: %v is none of create, replace, put, delete", layers.ErrInvalid, it.Op))
}

// changesOf gives one change per step, from what the triggers wrote into the log in the order of versions.
func changesOf(steps []step, log []layers.Change) ([]layers.Change, error) {
	logged := map[key][]layers.Change{}
	for _, c := range log {
		k := key{c.Layer, c.ID}
		logged[k] = append(logged[k], c)
	}
	last := map[key]*spatial.Feature{}
	for _, st := range steps {
		all := logged[st.key()]
		if len(all) <= st.round || all[st.round].Op != st.op {
			return nil, fmt.Errorf("the change log lacks the %s of %s/%s: are the triggers of table %s disabled?", st.op, st.Layer, st.Feature.ID, st.table.ident)
		}
		if last[st.key()] = nil; st.op != layers.Delete {
			f := st.Feature
			f.Version, f.Updated = all[st.round].Version, all[st.round].At
			last[st.key()] = &f
		}
	}
	changes := make([]layers.Change, len(steps))
	for i, st := range steps {
		changes[i] = logged[st.key()][st.round]
		changes[i].Feature = last[st.key()]
	}
	return changes, nil
}
