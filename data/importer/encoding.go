package importer

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// findEncoding finds an encoding by its name; nil is UTF-8. Names of GB2312 and GBK give GB18030, of which they
// are parts.
func findEncoding(name string) (encoding.Encoding, error) {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_.", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
	switch plain {
	case "", "utf8", "65001", "utf8bom":
		return nil, nil
	case "gbk", "gb2312", "gb18030", "cp936", "936", "ansi936", "oem936", "windows936", "ms936", "euccn":
		return simplifiedchinese.GB18030, nil
	case "cp437", "437", "oem437":
		return charmap.CodePage437, nil
	case "cp850", "850", "oem850":
		return charmap.CodePage850, nil
	case "iso88591", "latin1", "88591":
		return charmap.ISO8859_1, nil
	}
	plain = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(plain, "ansi"), "oem"), "cp")
	if strings.HasPrefix(plain, "125") || plain == "874" {
		plain = "windows-" + plain
	}
	if rest, ok := strings.CutPrefix(plain, "windows125"); ok {
		plain = "windows-125" + rest
	}
	for _, try := range []string{name, plain} {
		if e, err := htmlindex.Get(try); err == nil {
			return e, nil
		}
	}
	return nil, fmt.Errorf("the encoding %.40q is unknown: use utf-8, gb18030 or another name of the IANA", name)
}

// A texter turns the bytes of texts into UTF-8. Without a declared encoding it takes each text for UTF-8 when
// it is valid, and else for GB18030: by accident, Chinese in GB18030 is hardly ever valid UTF-8.
type texter struct {
	known   bool              // declared, or the file says it
	decoder *encoding.Decoder // nil for UTF-8
	guess   *encoding.Decoder
	guessed int64 // texts taken for GB18030
}

func newTexter(name string) (*texter, error) {
	e, err := findEncoding(name)
	if err != nil {
		return nil, err
	}
	t := &texter{known: name != "", guess: simplifiedchinese.GB18030.NewDecoder()}
	if e != nil {
		t.decoder = e.NewDecoder()
	}
	return t, nil
}

// text decodes one text. What cannot be decoded is an error.
func (t *texter) text(b []byte) (string, error) {
	if ascii(b) {
		return string(b), nil
	}
	if t.decoder == nil && utf8.Valid(b) {
		return string(b), nil
	}
	d := t.decoder
	switch {
	case d == nil && t.known:
		return "", fmt.Errorf("%.40q is no valid UTF-8: declare another --encoding, for example gb18030", b)
	case d == nil:
		d = t.guess
		t.guessed++
	}
	out, err := d.Bytes(b)
	if err != nil {
		return "", fmt.Errorf("%.40q cannot be decoded: %w", b, err)
	}
	s := string(out)
	if strings.ContainsRune(s, utf8.RuneError) {
		return "", fmt.Errorf("%.40q is not in the expected encoding: declare another --encoding", b)
	}
	return s, nil
}

// ascii tells whether all bytes are ASCII.
func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (t *texter) notes() []string {
	if t.guessed == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d texts were no UTF-8 and were read as GB18030; declare --encoding when they look wrong", t.guessed)}
}
