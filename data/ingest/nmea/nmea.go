// Package nmea reads positions from sentences of NMEA 0183: RMC, GGA, GNS and VTG of the talkers GP, BD, GB, GN, GL
// and GA. Sentences of one moment become one report; the date is that of RMC. Parse reads a body, a Reader a
// stream, and a Door is a TCP server for devices that send bare lines after they have said who they are.
package nmea

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/wardmap/wardmap/spatial/live"
)

// longest is how many bytes a line may have. The standard knows 82; some receivers write more digits.
const longest = 256

// Parse reads the lines of a body. Sentences of other kinds are passed over, and so are lines that are damaged, as
// long as anything can be read: serial lines are noisy.
func Parse(device string, body []byte) ([]live.Report, error) {
	var rs []live.Report
	var first error
	r := Reader{Device: device}
	n := 0
	for line := range bytes.Lines(body) {
		n++
		var err error
		if rs, err = r.Line(line, rs); err != nil && first == nil {
			first = fmt.Errorf("line %d: %w", n, err)
		}
	}
	rs, err := r.Flush(rs)
	switch {
	case len(rs) > 0:
		return rs, nil
	case first != nil:
		return nil, first
	case err != nil:
		return nil, err
	}
	return nil, errors.New("there is no sentence with a position")
}

// A sentence is one line, taken apart.
type sentence struct {
	talker, kind string
	fields       [][]byte // after the address
}

var (
	errNoSentence = errors.New("the line is no sentence: it has no $ at its begin, or no checksum")
	errChecksum   = errors.New("the checksum does not match")
)

// parseSentence checks a line: $ address, fields *checksum.
func parseSentence(line []byte) (sentence, error) {
	line = bytes.TrimSpace(line)
	star := len(line) - 3
	if star < 1 || line[0] != '$' || line[star] != '*' {
		return sentence{}, errNoSentence
	}
	said, err := strconv.ParseUint(string(line[star+1:]), 16, 8)
	if err != nil || byte(said) != checksum(line[1:star]) {
		return sentence{}, errChecksum
	}
	fields := bytes.Split(line[1:star], []byte(","))
	address := string(fields[0])
	if address == "" {
		return sentence{}, errNoSentence
	}
	s := sentence{kind: address, fields: fields[1:]}
	if address[0] != 'P' && len(address) > 3 { // P is for sentences of a manufacturer
		s.talker, s.kind = address[:len(address)-3], address[len(address)-3:]
	}
	return s, nil
}

// Sentence writes a line with its checksum.
func Sentence(text string) string { return fmt.Sprintf("$%s*%02X\r\n", text, checksum([]byte(text))) }

func checksum(b []byte) (sum byte) {
	for _, c := range b {
		sum ^= c
	}
	return sum
}

// field gives a field, empty when the sentence is shorter.
func (s sentence) field(i int) []byte {
	if i < len(s.fields) {
		return s.fields[i]
	}
	return nil
}

// decimal reads a field of digits with at most one point; empty is not known. Signs are allowed before altitudes
// only.
func decimal(field []byte, signed bool) (v float64, ok bool, err error) {
	if len(field) == 0 {
		return 0, false, nil
	}
	digits := field
	if signed && field[0] == '-' {
		digits = field[1:]
	}
	if len(bytes.Trim(digits, "0123456789.")) > 0 {
		return 0, false, fmt.Errorf("%q is no number", field)
	}
	v, err = strconv.ParseFloat(string(field), 64)
	if err != nil {
		return 0, false, fmt.Errorf("%q is no number", field)
	}
	return v, true, nil
}

// angle reads degrees and minutes written as one number (3203.6000) and the letter of their half of the earth.
// Empty is not known.
func angle(field, half []byte, positive, negative byte, most float64) (v float64, ok bool, err error) {
	v, ok, err = decimal(field, false)
	if err != nil || !ok {
		return 0, false, err
	}
	degrees := float64(int(v / 100))
	minutes := v - 100*degrees
	v = degrees + minutes/60
	if minutes >= 60 || v > most {
		return 0, false, fmt.Errorf("%q is no angle", field)
	}
	switch {
	case len(half) == 1 && half[0] == positive:
		return v, true, nil
	case len(half) == 1 && half[0] == negative:
		return -v, true, nil
	}
	return 0, false, fmt.Errorf("%q is neither %c nor %c", half, positive, negative)
}
