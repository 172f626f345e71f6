package limits

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// manyDigits tells whether a text has digits for a mobile number at least, however they are written.
func manyDigits(text string) bool {
	n := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < utf8.RuneSelf:
			if c-'0' < 10 {
				n++
			}
		case c == 0xC2, c == 0xD9, c == 0xDB, c == 0xE2, c == 0xEF, c == 0xF0: // they begin the other digits
			if r, _ := utf8.DecodeRuneInString(text[i:]); digitOf(r) >= 0 {
				n++
			}
		}
		if n == 11 {
			return true
		}
	}
	return false
}

// zeros of scripts and styles in which ten digits follow one another.
var zeros = [...]rune{'０', '₀', '⁰', '٠', '۰'}

// digitOf is the value of a digit, -1 for whatever is none: full width, bold, circled, raised and lowered ones count.
func digitOf(r rune) int {
	switch {
	case r < 0x80:
		if r >= '0' && r <= '9' {
			return int(r - '0')
		}
		return -1
	case r >= 0x1D7CE && r <= 0x1D7FF:
		return int(r-0x1D7CE) % 10
	case r >= '①' && r <= '⑨':
		return int(r-'①') + 1
	case r == '⓪':
		return 0
	case r == '¹':
		return 1
	case r == '²', r == '³':
		return int(r-'²') + 2
	}
	for _, zero := range zeros {
		if r >= zero && r <= zero+9 {
			return int(r - zero)
		}
	}
	return -1
}

// A run is groups of digits that follow one another, with gaps between: 138 1234 5678.
type run struct {
	digits  [48]byte
	n       int
	starts  uint64 // bit i: a group starts with digit i
	whole   bool   // nothing was cut off its front
	touched bool   // what stands before makes it a code or a fraction
	lost    bool   // the group is too long for what is looked for
}

const longest = 18 // digits that are looked for

func (r *run) add(digit byte) {
	switch {
	case r.lost:
		return
	case r.n == len(r.digits):
		*r = run{lost: true}
		return
	case r.n == 0:
		r.starts = 1
	}
	r.digits[r.n] = digit
	r.n++
}

// group begins another group, and forgets digits that are too far back.
func (r *run) group() {
	if r.lost {
		*r = run{}
	}
	if cut := r.n - longest; cut > 0 {
		copy(r.digits[:], r.digits[cut:r.n])
		r.n, r.starts, r.whole = longest, r.starts>>cut, false
	}
	r.starts |= 1 << r.n
}

// judge says what the last groups of a run are. Inside of a code only identity numbers are known, by their check digit.
func (r *run) judge(inside bool) *Breach {
	for i := range r.n {
		if r.starts>>i&1 == 0 {
			continue
		}
		d, groups, all := r.digits[i:r.n], r.starts>>i&^1, i == 0 && r.whole
		if len(d) == 18 && bits.OnesCount64(groups) <= 4 && isIdentity(d) {
			return &Breach{Identity, "a value with an 18-digit identity number"}
		}
		if !inside && !(all && r.touched) && isMobile(d, groups, all) {
			return &Breach{Phone, "a value with an 11-digit mobile number"}
		}
	}
	return nil
}

// isMobile tells whether digits are a mobile number of the mainland, 13x to 19x, perhaps with the country before it. If
// they are grouped, then as people group them, 138 1234 5678, and by themselves; else they are a date with a number, say.
func isMobile(d []byte, groups uint64, alone bool) bool {
	switch {
	case len(d) == 13 && d[0] == '8' && d[1] == '6':
		d, groups, alone = d[2:], groups>>2, true
	case len(d) == 15 && string(d[:4]) == "0086":
		d, groups, alone = d[4:], groups>>4, true
	}
	if len(d) != 11 || d[0] != '1' || d[1] < '3' {
		return false
	}
	switch groups &^ 1 {
	case 0:
		return true
	case 1<<3 | 1<<7, 1 << 3, 1 << 7:
		return alone
	}
	return false
}

// weights of GB 11643, and what the sum modulo 11 must be written as.
var weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const checks = "10X98765432"

// isIdentity tells whether 18 digits are an identity number: province, a day of birth, a check digit.
func isIdentity(d []byte) bool {
	sum := 0
	for i, w := range weights {
		sum += w * int(d[i]-'0')
	}
	return checks[sum%11] == d[17] && isBirth(d)
}

// regions are the first two digits of identity numbers: provinces, and residents from beyond the mainland.
const regions = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91"

// isBirth tells whether 18 digits begin with a province and have a day of birth where identity numbers have it. Days
// are not held against a clock: a number is no more harmless because somebody set the clock back.
func isBirth(d []byte) bool {
	number := func(from, to int) (n int) {
		for _, c := range d[from:to] {
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(6, 10), number(10, 12), number(12, 14)
	if year < 1880 || year >= 2100 || month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	for i := 0; i < len(regions); i += 3 {
		if regions[i] == d[0] && regions[i+1] == d[1] {
			return true
		}
	}
	return false
}

// A scan goes through a text from run to run.
type scan struct {
	run
	gaps int // since the last digit
}

// widest is how many gaps in a row still are within a number: 138 - 1234 - 5678.
const widest = 3

// numbers looks at every run of digits.
func numbers(text string) *Breach {
	var s scan
	for i, r := range text {
		d := digitOf(r)
		if d < 0 && r >= 0x80 && (unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r)) { // of no width: as if it were not there
			continue
		}
		var b *Breach
		switch {
		case d >= 0:
			s.digit(text[:i], byte('0'+d))
		case s.n == 0 && !s.lost:
		case isGap(r):
			b = s.gap()
		default:
			b = s.end(r, text[i:])
		}
		if b != nil {
			return b
		}
	}
	return s.judge(false)
}

func isGap(r rune) bool {
	return r == ' ' || r == '-' || r == '\t' || r >= 0x80 && (unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Pd, r))
}

func (s *scan) digit(before string, digit byte) {
	switch {
	case s.n == 0 && !s.lost:
		s.run = run{whole: true, touched: touches(before)}
	case s.gaps > widest:
		s.run = run{whole: true}
	case s.gaps > 0:
		s.group()
	}
	s.gaps = 0
	s.add(digit)
}

func (s *scan) gap() *Breach {
	if s.gaps++; s.gaps > 1 {
		return nil
	}
	return s.judge(false)
}

// end is what comes after the last digit of a run, and the text from there on.
func (s *scan) end(r rune, after string) *Breach {
	one, gaps := s.run, s.gaps
	*s = scan{}
	if gaps > 0 {
		return nil // it was judged
	}
	if strings.ContainsRune("xXｘＸ", r) {
		whole := one
		whole.add('X')
		if b := whole.judge(true); b != nil {
			return b
		}
	}
	return one.judge(isLatin(r) || r == '.' && len(after) > 1 && after[1]-'0' < 10)
}

func isLatin(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
}

// calls may stand before a number without a gap.
var calls = []string{"tel", "phone", "mobile", "cell", "mob", "sms"}

// touches tells whether the end of a text makes digits that follow part of a code or of a fraction.
func touches(before string) bool {
	if before == "" {
		return false
	}
	last := before[len(before)-1]
	if last == '.' {
		return len(before) > 1 && before[len(before)-2]-'0' < 10
	}
	for _, call := range calls {
		if n := len(before) - len(call); n >= 0 && strings.EqualFold(before[n:], call) {
			return false
		}
	}
	return isLatin(rune(last))
}
