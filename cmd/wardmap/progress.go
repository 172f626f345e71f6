package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A meter draws the progress of long work on one line of a terminal; elsewhere it writes a line now and then.
type meter struct {
	out      io.Writer
	terminal bool
	every    time.Duration
	last     time.Time
}

func newMeter(out *os.File) *meter {
	info, err := out.Stat()
	m := &meter{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, every: 5 * time.Second}
	if m.terminal {
		m.every = 100 * time.Millisecond
	}
	return m
}

// show draws done of 0 to 1, and a text behind the bar.
func (m *meter) show(done float64, text string) {
	if time.Since(m.last) < m.every {
		return
	}
	m.last = time.Now()
	if !m.terminal {
		fmt.Fprintf(m.out, "%3.0f %%  %s\n", 100*done, text)
		return
	}
	const width = 30
	full := int(done * width)
	fmt.Fprintf(m.out, "\r\x1b[K[%s%s] %3.0f %%  %s", strings.Repeat("=", full), strings.Repeat(" ", width-full), 100*done, text)
}

// end leaves the line.
func (m *meter) end() {
	if m.terminal && !m.last.IsZero() {
		fmt.Fprint(m.out, "\r\x1b[K")
	}
}
