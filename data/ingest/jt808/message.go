package jt808

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// maxBody is what ten bits of length can say.
const maxBody = 1<<10 - 1

// Bits of the attributes in a header.
const (
	lengthBits     = maxBody
	encryptionBits = 7 << 10
	packetBit      = 1 << 13
	editionBit     = 1 << 14
)

// A Number tells terminals apart: up to 20 decimal digits, two in a byte, leading zeros filled. In 2013 there are
// 12 of them. Numbers are the same when they are the same without their zeros.
type Number [10]byte

// ParseNumber reads decimal digits.
func ParseNumber(digits string) (Number, error) {
	var n Number
	if len(digits) > 2*len(n) || strings.Trim(digits, "0") == "" {
		return n, fmt.Errorf("%q is no number of a terminal: it has 1 to 20 digits, not all zero", digits)
	}
	for i := range len(digits) {
		c := digits[len(digits)-1-i]
		if c < '0' || c > '9' {
			return n, fmt.Errorf("%q is no number of a terminal: %q is no digit", digits, c)
		}
		n[len(n)-1-i/2] |= (c - '0') << (4 * (i % 2))
	}
	return n, nil
}

// String is the number without leading zeros: as devices are registered.
func (n Number) String() string {
	var digits [20]byte
	for i, b := range n {
		digits[2*i], digits[2*i+1] = '0'+b>>4, '0'+b&15
	}
	return strings.TrimLeft(string(digits[:]), "0")
}

func (n Number) decimal() bool {
	for _, b := range n {
		if b>>4 > 9 || b&15 > 9 {
			return false
		}
	}
	return n != Number{}
}

// A message is one frame, taken apart.
type message struct {
	ID           uint16
	Edition      Edition
	Encrypted    bool
	Terminal     Number
	Serial       uint16
	Total, Index uint16 // of packets, from 1; both 0 when the message is whole
	Body         []byte
}

var (
	errShort    = errors.New("the message is shorter than its header")
	errTerminal = errors.New("the number of the terminal is not decimal")
)

// parseMessage takes header and body apart. The body is part of data.
func parseMessage(data []byte) (message, error) {
	if len(data) < 4 {
		return message{}, errShort
	}
	attributes := binary.BigEndian.Uint16(data[2:])
	m := message{ID: binary.BigEndian.Uint16(data), Encrypted: attributes&encryptionBits != 0}
	number, rest := 6, data[4:]
	if attributes&editionBit != 0 {
		m.Edition, number = Edition2019, 10
		rest = rest[min(1, len(rest)):] // the revision of the protocol, 1 until now
	}
	if len(rest) < number+2 {
		return m, errShort
	}
	copy(m.Terminal[10-number:], rest)
	m.Serial = binary.BigEndian.Uint16(rest[number:])
	rest = rest[number+2:]
	if attributes&packetBit != 0 {
		if len(rest) < 4 {
			return m, errShort
		}
		m.Total, m.Index = binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:])
		rest = rest[4:]
		if m.Index == 0 || m.Index > m.Total {
			return m, fmt.Errorf("packet %d of %d cannot be", m.Index, m.Total)
		}
	}
	if !m.Terminal.decimal() {
		return m, errTerminal
	}
	if said := int(attributes & lengthBits); said != len(rest) {
		return m, fmt.Errorf("the body has %d bytes, its header says %d", len(rest), said)
	}
	m.Body = rest
	return m, nil
}

// append writes the message as a frame. Its body must not be longer than maxBody.
func (m message) append(dst []byte) []byte {
	var room [21 + maxBody]byte
	attributes := uint16(len(m.Body))
	if m.Total > 0 {
		attributes |= packetBit
	}
	number := m.Terminal[4:]
	if m.Edition == Edition2019 {
		attributes |= editionBit
		number = m.Terminal[:]
	}
	out := binary.BigEndian.AppendUint16(room[:0], m.ID)
	out = binary.BigEndian.AppendUint16(out, attributes)
	if m.Edition == Edition2019 {
		out = append(out, 1)
	}
	out = append(out, number...)
	out = binary.BigEndian.AppendUint16(out, m.Serial)
	if m.Total > 0 {
		out = binary.BigEndian.AppendUint16(out, m.Total)
		out = binary.BigEndian.AppendUint16(out, m.Index)
	}
	return appendFrame(dst, append(out, m.Body...))
}

// answer is what the platform says to m, of the edition that m is written by.
func (m message) answer(id, serial uint16, body []byte) message {
	return message{ID: id, Edition: m.Edition, Terminal: m.Terminal, Serial: serial, Body: body}
}
