package atlas

// A Window is what somebody sees of a layer. The nil Window shows everything.
type Window struct {
	Fields []bool                    // which of Spec.Fields are on his tiles; nil: all
	Shows  func(marks []string) bool // whether he sees a feature, by its Spec.Marks; "" where it has none. nil: all
}

// view is a window while a tile is cut.
type view struct {
	window *Window
	known  map[[2]uint32]bool // answers of Shows by the handles of up to two marks
	marks  []string
	part   []uint32
}

func (v *view) open(l *Layer, w *Window) {
	v.window = w
	if w != nil {
		clear(v.known)
		v.marks = make([]string, len(l.spec.Marks))
	}
}

// shows asks the window once for all features with the same marks.
func (v *view) shows(l *Layer, n uint32) bool {
	if v.window == nil || v.window.Shows == nil {
		return true
	}
	handles := l.row(n)[len(l.spec.Fields):]
	var key [2]uint32
	keyed := len(handles) <= copy(key[:], handles)
	if keyed {
		if answer, ok := v.known[key]; ok {
			return answer
		}
	}
	for i, h := range handles {
		v.marks[i] = ""
		if h != 0 {
			v.marks[i] = string(l.values.get(h))
		}
	}
	answer := v.window.Shows(v.marks)
	if keyed {
		if v.known == nil {
			v.known = map[[2]uint32]bool{}
		}
		v.known[key] = answer
	}
	return answer
}

// row is what the window shows of a feature's properties.
func (v *view) row(l *Layer, n uint32) []uint32 {
	row := l.row(n)[:len(l.spec.Fields)]
	if v.window == nil || v.window.Fields == nil {
		return row
	}
	v.part = append(v.part[:0], row...)
	for i, open := range v.window.Fields {
		if !open {
			v.part[i] = 0
		}
	}
	return v.part
}
