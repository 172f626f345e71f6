package limits

import (
	"strings"
	"unicode/utf8"
)

// Value tells whether a text holds what is of a person, whatever its property is called: an identity number with its
// check digit (GB 11643), a mobile number of the mainland, or, alone, the number plate of a private car.
func Value(text string) *Breach {
	if n := digitsIn(text); n >= 11 {
		if b := numbers(text); b != nil {
			return b
		}
	}
	if len(text) < 30 && isPlate(text) {
		return &Breach{Plate, "a value"}
	}
	return nil
}

// Number is Value for numbers: files often have identity and mobile numbers as such.
func Number(n int64) *Breach {
	if n < 1e10 {
		return nil
	}
	var digits []byte
	for ; n > 0; n /= 10 {
		digits = append([]byte{byte('0' + n%10)}, digits...)
	}
	one := run{digits: digits}
	return one.judge()
}

// Numbered tells whether a property holds numbers of OpenStreetMap, of which some look like mobile numbers.
func Numbered(name string) bool { return strings.HasPrefix(strings.ToLower(name), "osm") }

// digitsIn counts digits, also those of full width.
func digitsIn(text string) (n int) {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= '0' && c <= '9' {
			n++
		} else if c == 0xEF && i+2 < len(text) && text[i+1] == 0xBC && text[i+2] >= 0x90 && text[i+2] <= 0x99 {
			n++
		}
	}
	return n
}

// A run is digits that follow one another, perhaps grouped by single spaces or hyphens.
type run struct {
	digits  []byte
	gaps    uint64 // bit i: a gap before digit i
	touched bool   // a letter stands before it: it is a code of something else
}

// numbers looks at every run of digits.
func numbers(text string) *Breach {
	var room [40]byte
	one := run{digits: room[:0]}
	before := rune(0)
	for i, r := range text {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		n := len(one.digits)
		switch {
		case r >= '0' && r <= '9':
			if n == 0 {
				one.touched = isLatin(before)
			}
			if n < cap(one.digits) {
				one.digits = append(one.digits, byte(r))
			}
		case (r == 'x' || r == 'X' || r == 'Ｘ') && n == 17:
			one.digits = append(one.digits, 'X')
		case (r == ' ' || r == '-' || r == '－') && n > 0 && digitFollows(text[i+utf8.RuneLen(r):]):
			if b := one.judge(); b != nil {
				return b
			}
			one.gaps |= 1 << min(n, 63)
		default:
			if !isLatin(r) {
				if b := one.judge(); b != nil {
					return b
				}
			}
			one = run{digits: room[:0]}
		}
		before = r
	}
	return one.judge()
}

func isLatin(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '.'
}

func digitFollows(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return r >= '0' && r <= '9' || r >= '０' && r <= '９' || r == 'x' || r == 'X'
}

// judge says what a run of digits is.
func (r *run) judge() *Breach {
	d := r.digits
	switch {
	case r.touched:
	case len(d) == 18 && isIdentity(d):
		return &Breach{Identity, "a value with an 18-digit identity number"}
	case len(d) == 11 && isMobile(d, r.gaps),
		len(d) == 13 && d[0] == '8' && d[1] == '6' && isMobile(d[2:], r.gaps>>2),
		len(d) == 15 && string(d[:4]) == "0086" && isMobile(d[4:], r.gaps>>4):
		return &Breach{Phone, "a value with an 11-digit mobile number"}
	}
	return nil
}

// isMobile tells whether 11 digits are a mobile number, 13x to 19x. If they are grouped, then as people group them:
// 138 1234 5678; else they are a date with a number, say.
func isMobile(d []byte, gaps uint64) bool {
	gaps &^= 1
	return d[0] == '1' && d[1] >= '3' && (gaps == 0 || gaps == 1<<3|1<<7)
}

// weights of GB 11643, and what the sum modulo 11 must be written as.
var weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const checks = "10X98765432"

// isIdentity tells whether 18 digits are an identity number: an administrative code, a day of birth, a check digit.
func isIdentity(d []byte) bool {
	sum := 0
	for i, w := range weights {
		if d[i] == 'X' {
			return false
		}
		sum += w * int(d[i]-'0')
	}
	number := func(from, to int) (n int) {
		for _, c := range d[from:to] {
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(6, 10), number(10, 12), number(12, 14)
	return checks[sum%11] == d[17] && d[0] >= '1' && d[0] <= '9' && year >= 1880 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// provinces begin a number plate.
const provinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

// isPlate tells whether a text is the plate of a private car: 甘E12345, 甘E·D12345. Plates of the police end in 警.
func isPlate(text string) bool {
	first, n := utf8.DecodeRuneInString(text)
	if first < 0x2E80 || !strings.ContainsRune(provinces, first) {
		return false
	}
	letters := 0
	for i, r := range text[n:] {
		switch {
		case r >= 'A' && r <= 'Z' && r != 'I' && r != 'O', r >= 'a' && r <= 'z':
			letters++
		case r >= '0' && r <= '9' && letters > 0:
			letters++
		case (r == '·' || r == ' ' || r == '-' || r == '•' || r == '.') && i > 0:
		default:
			return false
		}
	}
	return letters == 6 || letters == 7
}
