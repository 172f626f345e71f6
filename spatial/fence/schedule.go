package fence

import "time"

// A Schedule says at which times of which days something holds.
type Schedule struct{ text string }

// ParseSchedule reads the text form of a schedule.
func ParseSchedule(text string) (*Schedule, error) { return &Schedule{text}, nil }

// Holds tells whether the schedule holds at t.
func (s *Schedule) Holds(t time.Time) bool { return true }

// Next is the first change after t, the zero time when there is none.
func (s *Schedule) Next(t time.Time) time.Time { return time.Time{} }

func (s *Schedule) String() string { return s.text }
