package fence

import (
	"fmt"
	"time"
)

const (
	usualZone    = "Asia/Shanghai"
	longestText  = 4096 // bytes of a schedule
	sameWeekdays = 7
)

// ParseSchedule reads a schedule from its text form: clauses with semicolons between them.
//
//	Mon-Fri 07:20-08:10,16:30-17:40      windows on days of the week
//	Sat,Sun                              whole days
//	22:00-06:00                          every day, over midnight
//	2026-10-01..2026-10-03 09:00-18:00   windows on dates, which except does not touch
//	2026-10-01 18:00..2026-10-03 06:00   one stretch of time
//	except 2026-10-01..2026-10-08        windows of the week that would begin on these dates do not
//	also 2026-10-10, 2026-10-17 as Fri   these dates have the windows of the first clause, or those of a Friday
//	zone Europe/Berlin                   the time zone, Asia/Shanghai when it is not given
//
// A clause of days of the week may begin with "school:". Days are English, long or short, or Chinese (周一, 星期一,
// 每天), as are the words (除, 加, 按, 时区, 上学) and the punctuation; ranges may be written with -, .. or 至.
// Errors name the place by the number of the character.
func ParseSchedule(text string) (*Schedule, error) {
	if len(text) > longestText {
		return nil, fmt.Errorf("the schedule is longer than %d bytes", longestText)
	}
	p := parser{tokens: tokensOf(text), s: &Schedule{}}
	for {
		if err := p.clause(); err != nil {
			return nil, err
		}
		if p.peek().kind == end {
			break
		}
		if err := p.expect(semicolon, "a semicolon before the next clause"); err != nil {
			return nil, err
		}
		if p.peek().kind == end { // after the last clause it may stand too
			break
		}
	}
	s := p.s
	if len(s.weekly) == 0 && len(s.except)+len(s.also) > 0 {
		return nil, fmt.Errorf("the schedule has no days of the week that except and also could be about")
	}
	if len(s.weekly)+len(s.once)+len(s.spans) == 0 {
		return nil, fmt.Errorf("the schedule never holds: it names a time zone only")
	}
	if s.zone == nil {
		zone, err := time.LoadLocation(usualZone)
		if err != nil {
			return nil, fmt.Errorf("the schedule's time zone: %w", err)
		}
		s.zone = zone
	}
	return s, nil
}

type parser struct {
	tokens []token
	s      *Schedule
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) take(k tokenKind) bool {
	if p.peek().kind == k {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(k tokenKind, what string) error {
	if t := p.next(); t.kind != k {
		return t.wrong("here should be " + what)
	}
	return nil
}

func (p *parser) clause() error {
	switch t := p.peek(); t.kind {
	case zoneWord:
		p.next()
		return p.zone()
	case exceptWord:
		p.next()
		return p.except()
	case alsoWord:
		p.next()
		return p.also()
	case dateToken:
		return p.dated()
	case schoolWord:
		p.next()
		if err := p.expect(colon, "a colon"); err != nil {
			return err
		}
		if t := p.peek(); t.kind != dayWord && t.kind != dailyWord && t.kind != timeToken {
			return t.wrong("here should be days of the week")
		}
		return p.week()
	case dayWord, dailyWord, timeToken:
		return p.week()
	default:
		return t.wrong("a clause begins with a day, a date, a time, except, also or zone")
	}
}

func (p *parser) zone() error {
	t := p.next()
	if t.kind != word {
		return t.wrong("here should be the name of a time zone, as Asia/Shanghai")
	}
	if p.s.zone != nil {
		return t.wrong("the time zone is given twice")
	}
	zone, err := time.LoadLocation(t.text)
	if err != nil || t.text == "Local" {
		return t.wrong("no such time zone is known")
	}
	p.s.zone = zone
	return nil
}

// week reads days of the week with windows.
func (p *parser) week() error {
	w := weekly{days: everyDay}
	if !p.take(dailyWord) && p.peek().kind == dayWord {
		w.days = 0
		for more := true; more; more = p.take(comma) {
			first := p.next()
			if first.kind != dayWord {
				return first.wrong("here should be a day of the week")
			}
			last := first
			if p.take(dash) {
				if last = p.next(); last.kind != dayWord {
					return last.wrong("here should be a day of the week")
				}
			}
			for d := first.day; ; d = (d + 1) % sameWeekdays {
				w.days |= 1 << d
				if d == last.day {
					break
				}
			}
		}
	}
	var err error
	w.windows, err = p.windows()
	p.s.weekly = append(p.s.weekly, w)
	return err
}

// windows reads a list of windows; where there is none it is the whole day.
func (p *parser) windows() ([]window, error) {
	if p.peek().kind != timeToken {
		return []window{{0, midnight}}, nil
	}
	var out []window
	for more := true; more; more = p.take(comma) {
		from, to, err := p.window()
		if err != nil {
			return nil, err
		}
		if to.minute <= from.minute {
			to.minute += midnight
		}
		out = append(out, window{from.minute, to.minute})
	}
	return out, nil
}

func (p *parser) window() (from, to token, err error) {
	if from = p.next(); from.kind != timeToken {
		return from, to, from.wrong("here should be a time of day, as 07:20; other days come after a semicolon")
	}
	if from.minute == midnight {
		return from, to, from.wrong("a window cannot begin at 24:00")
	}
	if err = p.expect(dash, "a dash between two times"); err != nil {
		return from, to, err
	}
	if to = p.next(); to.kind != timeToken {
		return from, to, to.wrong("here should be the time of day at which the window ends")
	}
	return from, to, nil
}

// dated reads windows on dates, or one stretch of time.
func (p *parser) dated() error {
	d, err := p.dates()
	if err != nil {
		return err
	}
	if d.first == d.last && len(p.tokens) > 3 && p.tokens[1].kind == dash && p.tokens[2].kind == dateToken {
		return p.span(d.first)
	}
	windows, err := p.windows()
	p.s.once = append(p.s.once, once{d, windows})
	return err
}

func (p *parser) span(first date) error {
	from := p.next()
	p.next()
	last, to := p.next(), p.next()
	switch {
	case from.kind != timeToken:
		return from.wrong("here should be a time of day")
	case to.kind != timeToken:
		return to.wrong("here should be a time of day")
	}
	sp := span{moment{first, from.minute}, moment{last.date, to.minute}}
	if sp.to.date < sp.from.date || sp.to.date == sp.from.date && sp.to.minute <= sp.from.minute {
		return last.wrong("the stretch ends before it begins")
	}
	p.s.spans = append(p.s.spans, sp)
	return nil
}

func (p *parser) dates() (dates, error) {
	first := p.next()
	if first.kind != dateToken {
		return dates{}, first.wrong("here should be a date, as 2026-10-01")
	}
	last := first
	if p.take(dash) {
		if last = p.next(); last.kind != dateToken {
			return dates{}, last.wrong("here should be a date, as 2026-10-08")
		}
	}
	if last.date < first.date {
		return dates{}, last.wrong("the dates end before they begin")
	}
	return dates{first.date, last.date}, nil
}

func (p *parser) except() error {
	for more := true; more; more = p.take(comma) {
		d, err := p.dates()
		if err != nil {
			return err
		}
		p.s.except = append(p.s.except, d)
	}
	return nil
}

func (p *parser) also() error {
	for more := true; more; more = p.take(comma) {
		d, err := p.dates()
		if err != nil {
			return err
		}
		a := also{d, firstClause}
		if p.take(asWord) {
			t := p.next()
			if t.kind != dayWord {
				return t.wrong("here should be the day of the week that it counts as")
			}
			a.as = t.day
		}
		p.s.also = append(p.s.also, a)
	}
	return nil
}
