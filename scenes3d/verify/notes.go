package verify

import "fmt"

// mostAlike is how many problems of one code are kept of one resource.
const mostAlike = 8

// notes collect problems; of many alike in one resource the first ones are kept
// and the others counted.
type notes struct {
	list  []Problem
	alike map[[2]string]*alike
}

type alike struct{ n, last int }

func (n *notes) add(uri, place, code, format string, args ...any) {
	if n.alike == nil {
		n.alike = map[[2]string]*alike{}
	}
	key := [2]string{uri, code}
	a := n.alike[key]
	if a == nil {
		a = &alike{}
		n.alike[key] = a
	}
	if a.n++; a.n > mostAlike {
		return
	}
	a.last = len(n.list)
	n.list = append(n.list, Problem{URI: uri, Place: place, Code: code, Text: fmt.Sprintf(format, args...)})
}

// problems returns what was noted, in the order it was found.
func (n *notes) problems() []Problem {
	for _, a := range n.alike {
		if more := a.n - mostAlike; more > 0 {
			n.list[a.last].Text += fmt.Sprintf(" (and %d more like it)", more)
			a.n = mostAlike
		}
	}
	return n.list
}
