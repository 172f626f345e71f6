package fence_test

import (
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/fence"
)

func TestLinesToCross(t *testing.T) {
	gate := &fence.Fence{ID: "gate", Area: line(0, 0, 0, 100), Line: true} // to the north: west is left
	eastward := &fence.Fence{ID: "gate", Area: line(0, 0, 0, 100), Line: true, Side: fence.LeftToRight}
	bent := &fence.Fence{ID: "gate", Area: line(0, 0, 0, 100, 100, 100, 100, 0), Line: true}
	bridges := &fence.Fence{ID: "gate", Area: orb.MultiLineString{line(0, 0, 0, 50), line(0, 60, 0, 100)}, Line: true}
	floor := &fence.Fence{ID: "gate", Area: line(0, 0, 0, 100), Line: true, Low: 10, High: 20}
	tellStories(t, []story{
		{
			name: "over it, and back", fences: []*fence.Fence{gate},
			script: []string{"0 car -50,50", "10 car 50,50", "20 car -150,50"},
			want:   []string{"5 cross gate car left_to_right", "12.5 cross gate car right_to_left"},
		},
		{
			name: "only one side counts", fences: []*fence.Fence{eastward},
			script: []string{"0 car -50,50", "10 car 50,50", "20 car -50,50"}, want: []string{"5 cross gate car left_to_right"},
		},
		{
			name: "jitter on the line", fences: []*fence.Fence{gate},
			script: []string{"0 car -3,50", "5 car 3,50", "10 car -4,51", "15 car 2,50", "20 car -9,50", "25 car 9,52", "30 car -3,50"}, want: nil,
		},
		{
			name: "slowly over it, told when it is clear", fences: []*fence.Fence{gate},
			script: []string{"0 man -8,50", "5 man -2,50", "10 man 4,50", "15 man 10,50", "20 man 16,50", "25 man 22,50"},
			want:   []string{"6.7 cross gate man left_to_right"},
		},
		{
			name: "past the ends", fences: []*fence.Fence{gate},
			script: []string{"0 car -50,-0.5", "10 car 50,-0.5", "20 car 50,100.5", "30 car -50,100.5"}, want: nil,
		},
		{
			name: "at the very ends", fences: []*fence.Fence{gate},
			script: []string{"0 car -50,0.5", "10 car 50,0.5", "20 car 50,99.5", "30 car -50,99.5"},
			want:   []string{"5 cross gate car left_to_right", "25 cross gate car right_to_left"},
		},
		{
			name: "between two lines of one gate", fences: []*fence.Fence{bridges},
			script: []string{"0 car -50,55", "10 car 50,55", "20 car -50,35"}, want: []string{"15 cross gate car right_to_left"},
		},
		{
			name: "to it, along it, and back", fences: []*fence.Fence{gate},
			script: []string{"0 car -50,50", "5 car 0,50", "10 car 0,90", "15 car -50,90"}, want: nil,
		},
		{
			name: "to it, along it, and on", fences: []*fence.Fence{gate},
			script: []string{"0 car -50,50", "5 car 0,50", "10 car 0,90", "15 car 50,90"},
			want:   []string{"10 cross gate car left_to_right"},
		},
		{
			name: "over both arms of a bend between two fixes", fences: []*fence.Fence{bent},
			script: []string{"0 car -50,50", "20 car 150,50"},
			want:   []string{"5 cross gate car left_to_right", "15 cross gate car right_to_left"},
		},
		{
			name: "over the corner of a bend, by less than noise", fences: []*fence.Fence{bent},
			script: []string{"0 car -40,62", "20 car 40,142"}, want: nil,
		},
		{
			name: "over one arm, hardly, then over the other", fences: []*fence.Fence{bent},
			script: []string{"0 car -50,50", "10 car 2,50", "20 car 102,50", "30 car 150,50"},
			want:   []string{"9.6 cross gate car left_to_right", "19.8 cross gate car right_to_left"},
		},
		{
			name: "over it in a gap", fences: []*fence.Fence{gate},
			script: []string{"0 car -50,50", "1000 car 50,50 gap"}, want: []string{"500 cross gate car left_to_right possible"},
		},
		{
			name: "over it below its height", fences: []*fence.Fence{floor},
			script: []string{"0 drone -50,50 h=0", "10 drone 50,50 h=5", "20 drone -50,50 h=25", "30 drone 50,50"},
			want:   []string{"15 cross gate drone right_to_left"},
		},
	})
}
