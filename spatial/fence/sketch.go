package fence

// A sketch is what is needed of a fence to see that nothing happens, which is so nearly always. With 10,000 fences and
// 100,000 units a step waits for memory most of the time: a sketch is one line of a processor's cache, the rule several.
type sketch struct {
	rows       // of an area
	generation uint32
	plain      bool // it is an area that always holds, and asks for nothing but who comes and goes
}

func (r *rule) sketch() sketch {
	a, ok := r.region.(*area)
	if !ok || r.heights || r.f.Dwell > 0 || r.f.Speed > 0 || !r.holds || r.from != -forever || r.until != forever {
		return sketch{}
	}
	return sketch{rows: a.rows, generation: r.generation, plain: true}
}

// idle tells whether a step, without any doubt, changes nothing between a unit and a fence. i is the unit's stay with
// it, or -1; within is true when it is known to be inside; not here means that it is known to be outside.
func (k *sketch) idle(s *step, i int, within, here bool) bool {
	if !k.plain {
		return false
	}
	in := within || here && k.contains(s.to)
	if i >= 0 {
		st := &s.u.stays[i]
		if !in || st.mode != inside || st.generation != k.generation || s.lost {
			return false
		}
		st.runs = 0
		return true
	}
	if in || !s.way {
		return !in
	}
	_, _, touches := k.through(s.u.at, s.to)
	return !touches
}
