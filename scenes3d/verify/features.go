package verify

import "math"

// A featureSet says which feature each vertex, or each instance, belongs to.
type featureSet struct {
	ids   []int // -1: none
	table int   // of the content's, -1: none
	named bool  // the table has an id
}

// featureSets reads the sets of a primitive or a node.
func (c *content) featureSets(at place, list []featureIDs, read map[string]*numbers, count int) []*featureSet {
	var out []*featureSet
	for i := range list {
		if s := c.featureSet(at.in("featureIds[%d]", i), &list[i], read, count); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// identifying is the set whose table has an id, or else the first.
func identifying(sets []*featureSet) *featureSet {
	for _, s := range sets {
		if s.named {
			return s
		}
	}
	if len(sets) > 0 {
		return sets[0]
	}
	return nil
}

func (c *content) featureSet(at place, f *featureIDs, read map[string]*numbers, count int) *featureSet {
	if f.Texture != nil {
		at.bad("feature-texture", "feature ids in a texture are not read here")
		return nil
	}
	s := &featureSet{table: -1, ids: make([]int, count)}
	limit := f.FeatureCount
	if f.PropertyTable != nil {
		if *f.PropertyTable < 0 || *f.PropertyTable >= len(c.tables) {
			at.bad("property-table-range", "table %d is not one of %d", *f.PropertyTable, len(c.tables))
			return nil
		}
		s.table = *f.PropertyTable
		limit, s.named = c.tables[s.table].count, c.tables[s.table].named()
	}
	var values *numbers
	if f.Attribute != nil {
		name := attributeName(*f.Attribute)
		if values = read[name]; values == nil || values.width != 1 {
			at.bad("feature-attribute", "there is no scalar %s", name)
			return nil
		}
	}
	seen := map[int]bool{}
	for i := range s.ids {
		v := i
		if values != nil {
			v = int(values.raw[i])
			if float64(v) != math.Round(values.raw[i]) || values.raw[i] != float64(v) {
				at.bad("feature-id-range", "id %v of %d is not whole", values.raw[i], i)
			}
		}
		if f.NullFeatureID != nil && v == *f.NullFeatureID {
			s.ids[i] = -1
			continue
		}
		s.ids[i], seen[v] = v, true
		if v < 0 || v >= limit && s.table >= 0 {
			at.bad("feature-id-range", "id %d of vertex or instance %d is not one of %d features", v, i, limit)
			s.ids[i] = -1
		} else if s.table >= 0 {
			c.tables[s.table].used[v] = true
		}
	}
	c.countFeatures(at, f, len(seen))
	return s
}

func (c *content) countFeatures(at place, f *featureIDs, got int) {
	switch {
	case f.FeatureCount < got:
		at.bad("feature-count-small", "featureCount is %d, there are %d", f.FeatureCount, got)
	case f.FeatureCount > got:
		at.bad("feature-count-large", "featureCount is %d, there are %d", f.FeatureCount, got)
	}
}
