package jt808

import (
	"encoding/binary"
	"errors"
	"time"
)

// Limits of messages in several packets, for one connection.
const (
	mostPackets    = 128 // of one message
	mostAssemblies = 4   // messages under way; the oldest gives way
	mostReminders  = 3   // then the message is given up
)

// An assembly is a message whose packets come one by one. Their serial numbers follow each other, so the first
// one's names the message.
type assembly struct {
	id      uint16
	first   uint16 // serial number of the first packet
	packets [][]byte
	missing int
	heard   time.Time
	asked   int // how often the missing ones were asked for
	head    message
}

// assemblies are the messages under way on one connection, oldest first.
type assemblies []*assembly

var errPackets = errors.New("a message has too many packets, or they do not belong together")

// add takes a packet. When it was the last one missing, whole is the message: its serial number is the first
// packet's, and its Total says how many packets there were.
func (as *assemblies) add(m message, now time.Time) (whole message, complete bool, err error) {
	if m.Total > mostPackets {
		return m, false, errPackets
	}
	a := as.find(m, now)
	if len(a.packets) != int(m.Total) {
		return m, false, errPackets
	}
	a.heard, a.asked = now, 0
	if at := &a.packets[m.Index-1]; *at == nil {
		*at = append(make([]byte, 0, len(m.Body)), m.Body...)
		a.missing--
	}
	if a.missing > 0 {
		return m, false, nil
	}
	as.remove(a)
	whole = a.head
	whole.Serial, whole.Index, whole.Body = a.first, 0, nil
	for _, p := range a.packets {
		whole.Body = append(whole.Body, p...)
	}
	return whole, true, nil
}

// find gives the assembly that a packet belongs to, a new one if need be.
func (as *assemblies) find(m message, now time.Time) *assembly {
	first := m.Serial - (m.Index - 1)
	for _, a := range *as {
		if a.id == m.ID && a.first == first {
			return a
		}
	}
	if len(*as) == mostAssemblies {
		as.remove((*as)[0])
	}
	a := &assembly{id: m.ID, first: first, packets: make([][]byte, m.Total), missing: int(m.Total), heard: now, head: m}
	a.head.Body = nil
	*as = append(*as, a)
	return a
}

func (as *assemblies) remove(a *assembly) {
	kept := (*as)[:0]
	for _, other := range *as {
		if other != a {
			kept = append(kept, other)
		}
	}
	clear((*as)[len(kept):])
	*as = kept
}

// due is when the first assembly will have been without a packet for too long, the zero time when nothing is under
// way.
func (as assemblies) due(patience time.Duration) (at time.Time) {
	for _, a := range as {
		if d := a.heard.Add(patience); at.IsZero() || d.Before(at) {
			at = d
		}
	}
	return at
}

// remind asks for what is missing of messages without a packet for too long, and says how many were given up. The
// serial numbers of the requests are not set.
func (as *assemblies) remind(now time.Time, patience time.Duration) (requests []message, lost int) {
	for _, a := range append(assemblies(nil), *as...) {
		if now.Sub(a.heard) < patience {
			continue
		}
		if a.asked == mostReminders {
			as.remove(a)
			lost++
			continue
		}
		a.asked++
		a.heard = now
		requests = append(requests, a.head.answer(idSendAgain, 0, a.sendAgain()))
	}
	return requests, lost
}

// sendAgain is the body of 0x8003: the serial number of the first packet, how many are missing (one byte in 2013,
// two in 2019), and which.
func (a *assembly) sendAgain() []byte {
	out := binary.BigEndian.AppendUint16(nil, a.first)
	if a.head.Edition == Edition2019 {
		out = append(out, 0)
	}
	out = append(out, byte(a.missing))
	for i, p := range a.packets {
		if p == nil {
			out = binary.BigEndian.AppendUint16(out, uint16(i+1))
		}
	}
	return out
}

// parseSendAgain gives the serial number of the first packet and the packets, from 1, that the platform misses.
func parseSendAgain(e Edition, body []byte) (first uint16, packets []uint16, err error) {
	count, list := 0, []byte(nil)
	switch {
	case e == Edition2019 && len(body) >= 4:
		count, list = int(binary.BigEndian.Uint16(body[2:])), body[4:]
	case e == Edition2013 && len(body) >= 3:
		count, list = int(body[2]), body[3:]
	default:
		return 0, nil, errShort
	}
	if len(list) != 2*count {
		return 0, nil, errShort
	}
	for ; len(list) > 0; list = list[2:] {
		packets = append(packets, binary.BigEndian.Uint16(list))
	}
	return binary.BigEndian.Uint16(body), packets, nil
}
