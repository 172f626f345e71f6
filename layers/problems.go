package layers

import (
	"fmt"
	"strings"
)

// A Problem says what is wrong and where: a definition ("patrol.yaml:12 layers[0].minzoom") or a feature
// ("properties.height").
type Problem struct {
	Place   string `json:"place"`
	Message string `json:"message"`
}

// Problems is everything that is wrong with one thing. As an error it wraps ErrInvalid.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Place + ": " + one.Message
	}
	return strings.Join(lines, "; ")
}

func (p Problems) Unwrap() error { return ErrInvalid }

// Err is p as an error, nil when there is no problem.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

func (p *Problems) add(place, format string, args ...any) {
	*p = append(*p, Problem{place, fmt.Sprintf(format, args...)})
}
