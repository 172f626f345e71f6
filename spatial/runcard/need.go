package runcard

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/wardmap/wardmap/spatial"
)

// A Need is so many units of one sort.
type Need struct {
	Count  int
	Class  spatial.Class // of units that move
	Kinds  []string      // one of them; empty is any
	Skills []string      // all of them
}

// most is how many units one card may send.
const most = 50

var needRule = regexp.MustCompile(`^([0-9]{1,3})\s*(?:[x×]\s*)?([a-z]+)(?::([a-z0-9_|]+))?((?:\+[a-z0-9_]+)*)$`)

// ParseNeeds reads what a card sends: needs with commas between, each a number, a class, kinds after a colon with |
// between, and skills each after a plus. "2 vehicle, 1 vehicle:traffic_car|motorcycle, 1 officer+first_aid".
func ParseNeeds(text string) (out []Need, err error) {
	sum := 0
	for i, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '，' || r == '、' || r == ';' }) {
		part = strings.ToLower(strings.TrimSpace(part))
		m := needRule.FindStringSubmatch(part)
		if m == nil {
			return nil, fmt.Errorf("need %d: %.60q is not a number, a class, :kinds and +skills, as 2 vehicle:car+first_aid", i+1, part)
		}
		n := Need{}
		n.Count, _ = strconv.Atoi(m[1])
		if n.Class, err = spatial.ParseClass(m[2]); err != nil || !n.Class.Moves() {
			return nil, fmt.Errorf("need %d: %q is no class of units that move: take officer, vehicle, bus or drone", i+1, m[2])
		}
		if m[3] != "" {
			n.Kinds = strings.Split(m[3], "|")
		}
		if m[4] != "" {
			n.Skills = strings.Split(m[4][1:], "+")
		}
		if sum += n.Count; n.Count == 0 || sum > most {
			return nil, fmt.Errorf("need %d: a card sends 1 to %d units in all", i+1, most)
		}
		out = append(out, n)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("it names no unit: write for example 2 vehicle, 1 officer+first_aid")
	}
	return out, nil
}

// String is how a need is written.
func (n Need) String() string {
	text := fmt.Sprintf("%d %v", n.Count, n.Class)
	if len(n.Kinds) > 0 {
		text += ":" + strings.Join(n.Kinds, "|")
	}
	for _, s := range n.Skills {
		text += "+" + s
	}
	return text
}
