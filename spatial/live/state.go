package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// The state of a picture on disk: "WMPS", the version of the form (u16), the length of what follows (u64), the
// counters, the fences, the units, what the fences know of units, and the CRC-32C of all that (u32); numbers are
// little endian.
const (
	stateMagic   = "WMPS"
	stateVersion = 1
	stateHead    = len(stateMagic) + 2 + 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// WriteState writes everything that a fresh picture of the same Options needs to go on as this one. Changes wait only
// while the units are copied: some 30 ms for 100,000.
func (p *Picture) WriteState(to io.Writer) error {
	parts := p.stateParts()
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	head := binary.LittleEndian.AppendUint16([]byte(stateMagic), stateVersion)
	head = binary.LittleEndian.AppendUint64(head, uint64(length))
	sum := uint32(0)
	for _, part := range append([][]byte{head}, parts...) {
		sum = crc32.Update(sum, castagnoli, part)
		if _, err := to.Write(part); err != nil {
			return fmt.Errorf("write the state of the picture: %w", err)
		}
	}
	if _, err := to.Write(binary.LittleEndian.AppendUint32(nil, sum)); err != nil {
		return fmt.Errorf("write the state of the picture: %w", err)
	}
	return nil
}

// stateParts is the world in bytes. The fences are not changed by anybody, so they can be written after the lock.
func (p *Picture) stateParts() [][]byte {
	p.mu.RLock()
	units := len(p.w.units)
	p.mu.RUnlock()
	counters, fences, rest := new(archive), new(archive), &archive{out: make([]byte, 0, 4096+256*units)}
	p.mu.RLock()
	list := slices.Collect(p.w.fences.Fences())
	p.w.keepCounters(counters)
	p.w.keepUnits(rest)
	rest.out = p.w.fences.AppendState(rest.out)
	p.mu.RUnlock()
	keepFences(fences, &list)
	return [][]byte{counters.out, fences.out, rest.out}
}

// ReadState takes what WriteState wrote instead of everything the picture knows. After an error it knows what it
// did before.
func (p *Picture) ReadState(from io.Reader) error {
	data, err := io.ReadAll(from)
	if err != nil {
		return fmt.Errorf("read the state of the picture: %w", err)
	}
	w, err := readWorld(data, p.o)
	if err != nil {
		return fmt.Errorf("read the state of the picture: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.w = w
	return nil
}

func readWorld(data []byte, o Options) (*world, error) {
	if len(data) < stateHead+4 || string(data[:4]) != stateMagic {
		return nil, errors.New("it is none: it does not begin with " + stateMagic)
	}
	if v := binary.LittleEndian.Uint16(data[4:]); v != stateVersion {
		return nil, fmt.Errorf("it has form %d, only %d is known", v, stateVersion)
	}
	if n := binary.LittleEndian.Uint64(data[6:]); n != uint64(len(data)-stateHead-4) {
		return nil, fmt.Errorf("it has %d bytes and not the %d that it promises: it is cut, or something follows", len(data)-stateHead-4, n)
	}
	body := len(data) - 4
	if crc32.Checksum(data[:body], castagnoli) != binary.LittleEndian.Uint32(data[body:]) {
		return nil, errors.New("it is damaged: its checksum is wrong")
	}
	w := newWorld(o)
	in := &decoder{data: data[:body], at: stateHead, item: -1}
	w.read(in)
	if in.err != nil {
		return nil, in.err
	}
	return w, w.rebuild()
}
