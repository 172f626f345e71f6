package fence_test

import (
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

func yard() *fence.Fence { return &fence.Fence{ID: "yard", Area: square(0, 0, 200, 200)} }

func TestAreas(t *testing.T) {
	tellStories(t, []story{
		{
			name: "in and out", fences: []*fence.Fence{yard()},
			script: []string{"0 car -50,100", "5 car 50,100", "10 car 150,100", "15 car 250,100"},
			want:   []string{"5 enter yard car", "15 exit yard car for 10s"},
		},
		{
			name: "the first fix is inside", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,100", "5 car 60,100"}, want: []string{"0 enter yard car"},
		},
		{
			name: "straight through between two fixes", fences: []*fence.Fence{yard()},
			script: []string{"0 car -100,100", "10 car 300,100"}, want: []string{"2.5 cross yard car for 5s"},
		},
		{
			name: "a corner is missed", fences: []*fence.Fence{yard()},
			script: []string{"0 car -20,10", "10 car 10,-20"}, want: nil,
		},
		{
			name: "a corner is cut by 7 m", fences: []*fence.Fence{yard()},
			script: []string{"0 car -20,25", "9 car 25,-20"}, want: []string{"4 cross yard car for 1s"},
		},
	})
}

func TestMargins(t *testing.T) {
	slow := yard()
	slow.Confirm = 3
	calm := yard()
	calm.Stay = 20e9
	post := &fence.Fence{ID: "post", Area: xy(0, 0), Radius: 4}
	tellStories(t, []story{
		{
			name: "grazed over several fixes, never far inside", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,-4", "2 car 70,2", "4 car 90,3", "6 car 110,-4"},
			want:   []string{"1.3 cross yard car for 3.5s"},
		},
		{
			name: "jitter over the edge by 1 m", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,-1", "5 car 50,1", "10 car 51,-1", "15 car 50,1", "20 car 50,-1"}, want: nil,
		},
		{
			name: "jitter inside of the edge", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,6", "5 car 50,-6", "10 car 51,4", "15 car 50,-14", "20 car 50,7"},
			want:   []string{"0 enter yard car"},
		},
		{
			name: "slowly in: entered when no noise brings it there", fences: []*fence.Fence{yard()},
			script: []string{"0 man 50,-6", "5 man 50,-1", "10 man 50,4", "15 man 50,9", "20 man 50,14", "25 man 50,16"},
			want:   []string{"25 enter yard man"},
		},
		{
			name: "fast in: entered as soon as it is likely", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,-24", "5 car 50,6"}, want: []string{"5 enter yard car"},
		},
		{
			name: "margins grow with what is reported", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,15 σ=20", "5 car 50,22 σ=20", "10 car 50,-50 σ=20", "15 car 50,-61 σ=20"},
			want:   []string{"5 enter yard car", "15 exit yard car for 10s"},
		},
		{
			name: "three fixes confirm", fences: []*fence.Fence{slow},
			script: []string{"0 car 50,50", "5 car 50,-50", "10 car 50,50", "15 car 50,51", "20 car 50,52", "25 car 50,-50", "30 car 50,52", "35 car 50,-50", "40 car 50,-50", "45 car 50,-50"},
			want:   []string{"20 enter yard car", "45 exit yard car for 25s"},
		},
		{
			name: "three fixes confirm, a fast one through is told", fences: []*fence.Fence{slow},
			script: []string{"0 car 50,-50", "5 car 50,50", "10 car 50,150", "15 car 50,250"},
			want:   []string{"2.5 cross yard car for 10s"},
		},
		{
			name: "twenty seconds confirm", fences: []*fence.Fence{calm},
			script: []string{"0 car 50,50", "10 car 50,50", "19 car 50,50", "20 car 50,50"}, want: []string{"20 enter yard car"},
		},
		{
			name: "a circle smaller than the noise can be entered", fences: []*fence.Fence{post},
			script: []string{"0 car 0,0", "5 car 3,3", "10 car 15,5", "15 car 20,5"},
			want:   []string{"0 enter post car", "15 exit post car for 15s"},
		},
	})
}

func TestShapes(t *testing.T) {
	ring := yard()
	ring.Area = orb.Polygon{square(0, 0, 300, 300)[0], square(100, 100, 200, 200)[0]}
	two := yard()
	two.Area = orb.MultiPolygon{square(0, 0, 100, 100), square(400, 0, 430, 30)}
	round := &fence.Fence{ID: "round", Area: xy(0, 0), Radius: 100}
	busy := yard()
	busy.Classes, busy.Units = spatial.ClassesOf(spatial.Bus), []string{"b1"}
	exits := yard()
	exits.Events = fence.KindsOf(fence.Exit)
	tellStories(t, []story{
		{
			name: "a hole is outside", fences: []*fence.Fence{ring},
			script: []string{"0 car 50,50", "10 car 150,150", "20 car 250,150"},
			want:   []string{"0 enter yard car", "10 exit yard car for 10s", "20 enter yard car"},
		},
		{
			name: "two parts, one small", fences: []*fence.Fence{two},
			script: []string{"0 car 50,50", "10 car 200,15", "20 car 415,15 σ=20"},
			want:   []string{"0 enter yard car", "10 exit yard car for 10s", "20 enter yard car"},
		},
		{
			name: "a circle", fences: []*fence.Fence{round},
			script: []string{"0 car -90,-90", "5 car -60,-60", "10 car 90,110", "15 car -110,110", "20 car 90,-110"},
			want:   []string{"5 enter round car", "10 exit round car for 5s", "15.9 cross round car for 3.4s"},
		},
		{
			name: "only buses, and of them one", fences: []*fence.Fence{busy},
			script: []string{"0 b1 50,50", "0 b2 50,50 as=bus", "5 b1 50,50 as=bus", "10 b1 50,50"},
			want:   []string{"5 enter yard b1 (reclassed)", "10 exit yard b1 (reclassed) for 5s"},
		},
		{
			name: "only exits are wanted", fences: []*fence.Fence{exits},
			script: []string{"0 car 50,50", "5 car 350,50", "10 car -50,50"}, want: []string{"5 exit yard car for 5s"},
		},
		{
			name: "a fix that is nowhere", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,50", "5 car NaN,50", "6 car 1e300,50", "10 car 60,50"}, want: []string{"0 enter yard car"},
		},
	})
}

func TestGaps(t *testing.T) {
	tellStories(t, []story{
		{
			name: "through in a gap is possible only", fences: []*fence.Fence{yard()},
			script: []string{"0 car -100,100", "1000 car 300,100 gap"}, want: []string{"250 cross yard car possible for 8m20s"},
		},
		{
			name: "lost inside, comes back inside", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,50", "120 lost car", "130 lost car", "500 car 60,50 gap", "510 car 250,50"},
			want: []string{"0 enter yard car", "120 lost yard car (went_stale) for 2m0s", "500 enter yard car (came_back)",
				"510 exit yard car for 8m30s"},
		},
		{
			name: "lost inside, comes back elsewhere", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,50", "120 lost car", "500 car 600,50 gap"},
			want: []string{"0 enter yard car", "120 lost yard car (went_stale) for 2m0s",
				"500 exit yard car (came_back) possible for 8m20s"},
		},
		{
			name: "lost inside, expires", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,50", "120 lost car", "500 forget car", "600 car 50,50"},
			want: []string{"0 enter yard car", "120 lost yard car (went_stale) for 2m0s", "500 exit yard car (expired) for 8m20s",
				"600 enter yard car"},
		},
	})
}

func TestHeights(t *testing.T) {
	floor := yard()
	floor.Low, floor.High = 30, 50
	tellStories(t, []story{
		{
			name: "over, into and out of it", fences: []*fence.Fence{floor},
			script: []string{"0 drone 50,50 h=80", "5 drone 50,50 h=40", "10 drone 60,50 h=52", "15 drone 60,50 h=60"},
			want:   []string{"5 enter yard drone", "15 exit yard drone for 10s"},
		},
		{
			name: "a height that is not known is not inside", fences: []*fence.Fence{floor},
			script: []string{"0 car 50,50", "5 car 50,50 h=40", "10 car 50,50"},
			want:   []string{"5 enter yard car", "10 exit yard car for 5s"},
		},
		{
			name: "crossed at that height, and above it", fences: []*fence.Fence{floor},
			script: []string{"0 drone -100,50 h=40", "5 drone 300,50 h=40", "10 drone -100,50 h=90", "15 drone 300,50 h=90"},
			want:   []string{"1.3 cross yard drone for 2.5s"},
		},
	})
}
