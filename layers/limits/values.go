package limits

import (
	"math"
	"strings"
)

// Value tells whether a text holds what is of a person, whatever its property is called: an identity number with its
// check digit (GB 11643) anywhere in it, a mobile number of the mainland that stands for itself, or, alone, the number
// plate of a private car. It allocates nothing for a text that may stay.
func Value(text string) *Breach {
	if manyDigits(text) {
		if b := numbers(text); b != nil {
			return b
		}
	}
	if isPlate(text) {
		return &Breach{Plate, "a value"}
	}
	return nil
}

// Number is Value for whole numbers: files often have identity and mobile numbers as such.
func Number(n int64) *Breach {
	if n < 1e10 {
		return nil
	}
	var digits [19]byte
	i := len(digits)
	for ; n > 0; n /= 10 {
		i--
		digits[i] = byte('0' + n%10)
	}
	one := run{whole: true}
	for _, d := range digits[i:] {
		one.add(d)
	}
	return one.judge(false)
}

// Float is Value for numbers with a fraction. A spreadsheet that took an identity number for one has lost its last
// digits, and with them the check; district and day of birth are still there.
func Float(f float64) *Breach {
	switch {
	case f < 1e10 || f >= 1e18 || f != math.Trunc(f):
		return nil
	case f < 1<<53:
		return Number(int64(f))
	}
	var digits [18]byte
	n := int64(f)
	for i := len(digits) - 1; i >= 0; i, n = i-1, n/10 {
		digits[i] = byte('0' + n%10)
	}
	if isBirth(digits[:]) {
		return &Breach{Identity, "a value with an 18-digit identity number"}
	}
	return nil
}

// Of is Value, Number or Float for the value of a property. Numbers of OpenStreetMap's objects, some of which look like
// mobile numbers, are fine where they are expected.
func Of(name string, v any) *Breach {
	var b *Breach
	switch v := v.(type) {
	case string:
		b = Value(v)
	case int64:
		b = Number(v)
	case int:
		b = Number(int64(v))
	case float64:
		b = Float(v)
	}
	if b != nil && b.Kind == Phone && isObject(name, v) {
		return nil
	}
	return b
}

// isObject tells whether a value is the number of an object of OpenStreetMap: node/12345678901 in @id, say.
func isObject(name string, v any) bool {
	switch strings.ToLower(name) {
	case "osm_id", "osmid", "osm_node_id", "osm_way_id", "osm_relation_id", "@id":
	default:
		return false
	}
	text, is := v.(string)
	if !is {
		return true
	}
	for _, kind := range []string{"node/", "way/", "relation/"} {
		text = strings.TrimPrefix(text, kind)
	}
	return strings.Trim(text, "0123456789") == ""
}
