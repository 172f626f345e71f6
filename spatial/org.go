package spatial

import "strings"

// Under tells whether the body with an administrative code is another, or below it: 620502520000, a police station, is
// under 620502 and under 620500000000. Pairs of zeros at the end name the level above, in GB/T 2260 as in GA 380. All
// are under "".
func Under(code, top string) bool { return strings.HasPrefix(code, SignificantCode(top)) }

// SignificantCode is a code without the pairs of zeros at its end.
func SignificantCode(code string) string {
	for len(code) >= 4 && len(code)%2 == 0 && strings.HasSuffix(code, "00") {
		code = code[:len(code)-2]
	}
	return code
}

// IsCode tells whether a text is an administrative code (GB/T 2260, GB/T 10114) or that of a station below one.
func IsCode(text string) bool {
	if len(text) < 2 || len(text) > 12 {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}
