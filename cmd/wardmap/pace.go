package main

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/wardmap/wardmap/api"
)

// pacer bounds how often everybody may ask, so that no one program takes the server from all others, and nobody makes a
// tracker of single questions. It is safe for concurrent use.
type pacer struct {
	mu  sync.Mutex // guards all
	all map[string]*rate.Limiter
}

// mostPaced bounds those that are remembered. Who is forgotten begins with a full measure again.
const mostPaced = 20_000

// allows tells whether somebody may ask for a path now.
func (p *pacer) allows(who *api.Asker, path string) bool {
	if who.Ambient {
		return true
	}
	key, every, burst := who.ID, time.Second/500, 5000
	switch {
	case who.Kind == "address":
		key, every, burst = "from "+who.ID, 2*time.Second, 20
	case path == "/units/nearest" && !who.May("read.live"):
		key, every, burst = who.ID+" nearest", 2*time.Second, 30
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.all[key]
	if one == nil {
		if p.all == nil || len(p.all) >= mostPaced {
			p.all = map[string]*rate.Limiter{}
		}
		one = rate.NewLimiter(rate.Every(every), burst)
		p.all[key] = one
	}
	return one.Allow()
}
