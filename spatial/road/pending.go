package road

import (
	"iter"
	"time"

	"github.com/paulmach/orb"
)

type Graph struct{}
type Report struct{}
type Speeds struct {
	Forward, Backward float64
	Closed            Direction
}

func Build(segments iter.Seq[Segment], o Options) *Graph                  { return nil }
func (g *Graph) Report() Report                                           { return Report{} }
func (g *Graph) Snap(p orb.Point, within float64) (Place, bool)           { return Place{}, false }
func (g *Graph) SnapMain(p orb.Point, within float64) (Place, bool)       { return Place{}, false }
func (g *Graph) Candidates(p orb.Point, within float64, most int) []Place { return nil }
func (g *Graph) Kerb(p Place) Place                                       { return p }
func (g *Graph) Heading(p Place, course float64) Place                    { return p }
func (g *Graph) Nearest(target Place, units []Place, k int, limit time.Duration) []Arrival {
	return nil
}
func (g *Graph) Matrix(from, to []Place, limit time.Duration) [][]Arrival      { return nil }
func (g *Graph) Route(from, to Place) (Path, bool)                             { return Path{}, false }
func (g *Graph) Reach(from Place, limits ...time.Duration) ([]Area, []Stretch) { return nil, nil }
func (g *Graph) Exits(from Place, elapsed time.Duration) []Exit                { return nil }
func (g *Graph) SetSpeed(id string, forward, backward float64) error           { return nil }
func (g *Graph) Close(id string, d Direction) error                            { return nil }
func (g *Graph) Reopen(id string, d Direction) error                           { return nil }
func (g *Graph) Speeds(id string) (Speeds, bool)                               { return Speeds{}, false }
