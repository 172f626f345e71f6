package road

import "time"

func (g *Graph) Reach(from Place, limits ...time.Duration) ([]Area, []Stretch) { return nil, nil }
func (g *Graph) Exits(from Place, elapsed time.Duration) []Exit                { return nil }
