package fence

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A token is a word or a sign of a schedule's text.
type token struct {
	kind   tokenKind
	text   string
	at     int // number of its first character, from 1
	day    day
	date   date
	minute int
	fault  string // of something that looks like a date or a time but is none
}

type tokenKind uint8

const (
	end tokenKind = iota
	word
	dateToken
	timeToken
	dayWord
	dailyWord
	exceptWord
	alsoWord
	asWord
	zoneWord
	schoolWord
	semicolon
	comma
	colon
	dash
)

func (t token) wrong(why string) error {
	switch {
	case t.fault != "":
		why = t.fault
	case t.kind == end:
		return fmt.Errorf("the schedule ends after character %d: %s", t.at-1, why)
	}
	return fmt.Errorf("the schedule at character %d, %q: %s", t.at, t.text, why)
}

// latin are the words that are written with letters, in lower case; days by their first three letters besides.
var latin = map[string]tokenKind{
	"daily": dailyWord, "except": exceptWord, "also": alsoWord, "as": asWord, "zone": zoneWord, "school": schoolWord,
}

// han are the words that stand without a space beside each other; the longer first where one begins another.
var han = []struct {
	text string
	kind tokenKind
	day  day
}{
	{"每天", dailyWord, 0}, {"除了", exceptWord, 0}, {"除", exceptWord, 0}, {"加", alsoWord, 0}, {"按", asWord, 0},
	{"时区", zoneWord, 0}, {"上学", schoolWord, 0}, {"至", dash, 0}, {"到", dash, 0},
	{"周一", dayWord, 1}, {"周二", dayWord, 2}, {"周三", dayWord, 3}, {"周四", dayWord, 4}, {"周五", dayWord, 5},
	{"周六", dayWord, 6}, {"周日", dayWord, 0}, {"周天", dayWord, 0},
	{"星期一", dayWord, 1}, {"星期二", dayWord, 2}, {"星期三", dayWord, 3}, {"星期四", dayWord, 4}, {"星期五", dayWord, 5},
	{"星期六", dayWord, 6}, {"星期日", dayWord, 0}, {"星期天", dayWord, 0},
}

// signs are the punctuation, of both scripts.
var signs = map[rune]tokenKind{
	';': semicolon, '；': semicolon, ',': comma, '，': comma, '、': comma, ':': colon, '：': colon,
	'-': dash, '–': dash, '—': dash, '－': dash, '~': dash, '～': dash,
}

// tokensOf splits a text. What it cannot read is a word, which is right nowhere but as a time zone.
func tokensOf(text string) (out []token) {
	rs := []rune(text)
	for i := 0; i < len(rs); {
		if unicode.IsSpace(rs[i]) {
			i++
			continue
		}
		t, n := tokenAt(rs[i:])
		t.text, t.at = string(rs[i:i+n]), i+1
		if len(out) > 0 && out[len(out)-1].kind == zoneWord {
			t = token{kind: word, at: i + 1}
			for n = 0; i+n < len(rs) && !unicode.IsSpace(rs[i+n]) && signs[rs[i+n]] != semicolon; n++ {
			}
			t.text = string(rs[i : i+n])
			if n == 0 {
				t, n = token{kind: semicolon, text: string(rs[i]), at: i + 1}, 1
			}
		}
		out = append(out, t)
		i += n
	}
	return append(out, token{kind: end, at: len(rs) + 1})
}

func tokenAt(rs []rune) (token, int) {
	switch {
	case rs[0] >= '0' && rs[0] <= '9':
		return numberAt(rs)
	case len(rs) > 1 && rs[0] == '.' && rs[1] == '.':
		return token{kind: dash}, 2
	case signs[rs[0]] != 0:
		return token{kind: signs[rs[0]]}, 1
	}
	for _, h := range han {
		if strings.HasPrefix(string(rs[:min(len(rs), 3)]), h.text) {
			return token{kind: h.kind, day: h.day}, len([]rune(h.text))
		}
	}
	n := 1
	for n < len(rs) && rs[n] < 128 && unicode.IsLetter(rs[n]) {
		n++
	}
	return wordOf(strings.ToLower(string(rs[:n]))), n
}

func wordOf(s string) token {
	if kind, ok := latin[s]; ok {
		return token{kind: kind}
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := strings.ToLower(d.String()); s == name || s == name[:3] {
			return token{kind: dayWord, day: day(d)}
		}
	}
	return token{kind: word}
}

// numberAt reads a date or a time of day.
func numberAt(rs []rune) (token, int) {
	if len(rs) >= 10 && rs[4] == '-' && rs[7] == '-' {
		t, err := time.Parse(time.DateOnly, string(rs[:10]))
		if err != nil {
			return token{kind: word, fault: "no such date"}, 10
		}
		return token{kind: dateToken, date: dateOf(t)}, 10
	}
	n := 0
	for n < len(rs) && n < 5 && (rs[n] >= '0' && rs[n] <= '9' || signs[rs[n]] == colon) {
		n++
	}
	minute, ok := minuteOf(strings.ReplaceAll(string(rs[:n]), "：", ":"))
	if !ok {
		return token{kind: word, fault: "no time of day, as 07:20, and no date, as 2026-10-01"}, n
	}
	return token{kind: timeToken, minute: minute}, n
}

// minuteOf reads "7:20", "07:20" or "24:00".
func minuteOf(clock string) (int, bool) {
	h, m, ok := strings.Cut(clock, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	all := hour*60 + minute
	return all, ok && err1 == nil && err2 == nil && len(m) == 2 && minute < 60 && all <= midnight
}
