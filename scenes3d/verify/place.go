package verify

import "fmt"

// A place is where problems are noted.
type place struct {
	notes     *notes
	uri, name string
}

func (w *walker) at(uri, format string, args ...any) place {
	return place{notes: &w.notes, uri: uri, name: fmt.Sprintf(format, args...)}
}

// in is a place inside the place.
func (p place) in(format string, args ...any) place {
	p.name += "." + fmt.Sprintf(format, args...)
	return p
}

func (p place) bad(code, format string, args ...any) {
	p.notes.add(p.uri, p.name, code, format, args...)
}
