package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// The state of a picture on disk: "WMPS", the version of the form (u16), the length of what follows (u64), the
// world, and the CRC-32C of all that (u32); numbers are little endian.
const (
	stateMagic   = "WMPS"
	stateVersion = 1
	stateHead    = len(stateMagic) + 2 + 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// WriteState writes everything that a fresh picture of the same Options needs to go on as this one.
func (p *Picture) WriteState(to io.Writer) error {
	p.mu.RLock()
	data := p.w.appendState(nil)
	p.mu.RUnlock()
	if _, err := to.Write(data); err != nil {
		return fmt.Errorf("write the state of the picture: %w", err)
	}
	return nil
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

func (w *world) appendState(dst []byte) []byte {
	a := &archive{out: append(dst, stateMagic...)}
	a.out = binary.LittleEndian.AppendUint16(a.out, stateVersion)
	a.out = append(a.out, make([]byte, 8)...)
	w.keep(a)
	binary.LittleEndian.PutUint64(a.out[len(dst)+stateHead-8:], uint64(len(a.out)-len(dst)-stateHead))
	return binary.LittleEndian.AppendUint32(a.out, crc32.Checksum(a.out[len(dst):], castagnoli))
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
	w.keep(&archive{in: in})
	if err := in.end(); err != nil {
		return nil, err
	}
	return w, w.rebuild()
}
