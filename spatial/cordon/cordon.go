// Package cordon closes the ways out around an incident. From where and how long ago a vehicle left it takes the fewest
// places that close every way out (road.Posts), and sends to each a unit that is there before the vehicle can be. Where
// that fails it tries wider rings. It knows places on roads and times of driving, nothing of what the vehicle is or who
// sits in it, reads no clock and remembers nothing: a cordon is asked for anew as time passes.
package cordon

import (
	"time"

	"github.com/wardmap/wardmap/spatial/road"
)

// Longest is how long after a vehicle left a cordon still says anything.
const Longest = 12 * time.Hour

// mostPosts bounds the exits for which units are looked for. A ring that has more is open.
const mostPosts = 300

// A Question is what somebody wants to close.
type Question struct {
	From    road.Place
	Elapsed time.Duration // since the vehicle left
	Margin  time.Duration // a unit must be at its exit by more than this before the vehicle
	Pace    float64       // how fast the vehicle drives, as a multiple of the speeds of roads; 0 is 1
	Step    time.Duration // by how much each ring is wider than the one before
	Rings   int           // how many are tried at most
}

// A Plan is the best ring: the smallest whose exits are all closed in time, or else the smallest of those that leave the
// fewest open. Without exits nothing that is open leads farther than Limit: all that there is to reach has been. A ring
// like that is no better than a smaller one that has exits, open or not: the roads that we know end there.
type Plan struct {
	Limit time.Duration // what the vehicle drives since it left up to here is the ring
	Exits []Exit
	Tight bool   // whoever passes no exit stays within Limit, as a search of all ways has shown
	Rings []Ring // those tried, the smallest first; this plan is of Chosen
	// Chosen is a number in Rings, -1 when the question names no place on a road or no ring.
	Chosen int
}

// A Ring says what became of one that was tried.
type Ring struct {
	Limit       time.Duration
	Exits, Open int
}

// An Exit is a way out of a ring.
type Exit struct {
	road.Post
	In     time.Duration // from now until the vehicle can be here, at the earliest
	Closed bool          // in time: Takes < In - Margin
	Unit   int           // who closes it; of an open exit the first of those that close none; -1 when none can come
	Takes  time.Duration // how long Unit drives
	Meters float64       // and how far
	Late   time.Duration // of an open exit, by how much Unit is not in time
}

// Close plans a cordon with the units at some places. Of all ways to send units to the exits of a ring it takes one that
// closes as many as can be in time, and of those one with the least sum of times of driving: exactly, see assign.
func Close(g *road.Graph, q Question, units []road.Place) Plan {
	plan := Plan{Chosen: -1}
	if !q.From.OnRoad() || q.Elapsed < 0 || q.Margin < 0 || q.Step <= 0 {
		return plan
	}
	for n := 1; n <= q.Rings; n++ {
		limit := q.Elapsed + q.Margin + time.Duration(n)*q.Step
		exits := q.exits(g, limit)
		if len(exits) == 0 && plan.Chosen >= 0 {
			break // the roads that we know end within it: they may lead on, so this ring closes nothing
		}
		closeInTime(g, exits, units, q.Margin)
		ring := Ring{Limit: limit, Exits: len(exits), Open: open(exits)}
		plan.Rings = append(plan.Rings, ring)
		if plan.Chosen < 0 || ring.Open < plan.Rings[plan.Chosen].Open {
			plan.Limit, plan.Exits, plan.Chosen = limit, exits, n-1
		}
		if ring.Open == 0 {
			break
		}
	}
	if plan.Chosen >= 0 {
		callTheBest(g, plan.Exits, units, q.Margin)
		posts := make([]road.Post, len(plan.Exits))
		for i := range plan.Exits {
			posts[i] = plan.Exits[i].Post
		}
		plan.Tight = g.Sealed(q.From, posts, q.Driven(plan.Limit))
	}
	return plan
}

// exits closes everything between where nobody can be in time and a limit.
func (q *Question) exits(g *road.Graph, limit time.Duration) []Exit {
	posts := g.Posts(q.From, q.Driven(q.Elapsed+q.Margin), q.Driven(limit))
	exits := make([]Exit, len(posts))
	for i, p := range posts {
		exits[i] = Exit{Post: p, In: q.scaled(p.Reached, 1/q.pace()) - q.Elapsed, Unit: -1}
	}
	return exits
}

// Driven is how long one drives at the speeds of roads as far as the vehicle in some time.
func (q *Question) Driven(d time.Duration) time.Duration { return q.scaled(d, q.pace()) }

func (q *Question) scaled(d time.Duration, by float64) time.Duration {
	return time.Duration(float64(d) * by)
}

func (q *Question) pace() float64 {
	if q.Pace > 0 {
		return q.Pace
	}
	return 1
}

func open(exits []Exit) (n int) {
	for i := range exits {
		if !exits[i].Closed {
			n++
		}
	}
	return n
}
