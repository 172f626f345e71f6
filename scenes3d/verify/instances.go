package verify

import (
	"math"
	"slices"
)

// An instance says which feature a placed mesh is.
type instance struct {
	set *featureSet
	at  int
}

// instances reads where the instances of a node are, and which features, if
// it says so.
func (c *content) instances(at place, n *node) ([]matrix, *featureSet) {
	at = at.in(instancing)
	attributes := n.Extensions.Instancing.Attributes
	count := -1
	read := map[string]*numbers{}
	for _, name := range slices.Sorted(keys(attributes)) {
		a := c.accessor(at.in("%s", name), attributes[name])
		if a == nil {
			return nil, nil
		}
		if count >= 0 && a.Count != count {
			at.in("%s", name).bad("instance-count", "has %d instances, another attribute %d", a.Count, count)
			return nil, nil
		}
		count = a.Count
		read[name] = a
	}
	for name, width := range map[string]int{"TRANSLATION": 3, "ROTATION": 4, "SCALE": 3} {
		if a := read[name]; a != nil && a.width != width {
			at.in("%s", name).bad("instance-type", "is %s", a.Type)
			return nil, nil
		}
	}
	if count < 0 || !c.take(at, 128*count) {
		return nil, nil
	}
	out := make([]matrix, count)
	for i := range out {
		out[i] = c.instanceAt(at, read, i)
	}
	if n.Extensions.Features == nil {
		return out, nil
	}
	c.uses(instanceFeatures)
	sets := c.featureSets(at.in(instanceFeatures), n.Extensions.Features.FeatureIDs, read, count)
	return out, identifying(sets)
}

func (c *content) instanceAt(at place, read map[string]*numbers, i int) matrix {
	t, q, s := vec3{}, [4]float64{3: 1}, vec3{1, 1, 1}
	if a := read["TRANSLATION"]; a != nil {
		t = a.vec3(i)
	}
	if a := read["SCALE"]; a != nil {
		s = a.vec3(i)
	}
	if a := read["ROTATION"]; a != nil {
		length := 0.0
		for k := range q {
			q[k] = a.value(4*i + k)
			length += q[k] * q[k]
		}
		if length = math.Sqrt(length); math.Abs(length-1) > 0.02 {
			at.bad("instance-rotation", "the rotation of instance %d has length %.3g", i, length)
			length = 1
		}
		for k := range q {
			q[k] /= length
		}
	}
	if !(s[0]*s[1]*s[2] > 0) {
		at.bad("instance-scale", "the scale of instance %d is %v", i, s)
	}
	return placed(t, q, s)
}
