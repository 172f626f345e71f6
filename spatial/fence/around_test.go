package fence_test

import (
	"testing"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

func TestCirclesAroundUnits(t *testing.T) {
	guard := &fence.Fence{ID: "guard", Around: "vip", Radius: 1000}
	buses := &fence.Fence{ID: "guard", Around: "vip", Radius: 1000, Classes: spatial.ClassesOf(spatial.Bus)}
	tellStories(t, []story{
		{
			name: "the other comes near and goes", fences: []*fence.Fence{guard},
			script: []string{"0 vip 0,0", "5 car 1500,0", "10 car 900,0", "15 car 800,0", "20 car 1010,0", "25 car 1100,0"},
			want:   []string{"10 approach guard car to vip value 900", "25 part guard car to vip for 15s value 1100"},
		},
		{
			name: "the one in the middle comes near and goes", fences: []*fence.Fence{guard},
			script: []string{"0 car 1500,0", "0 van 1600,100", "5 vip 0,0", "10 vip 700,0", "15 vip 1500,0", "20 vip 2550,100"},
			want: []string{"10 approach guard car to vip value 800", "10 approach guard van to vip value 906",
				"20 part guard car to vip for 10s value 1055"},
		},
		{
			name: "a circle, not a box", fences: []*fence.Fence{guard},
			script: []string{"0 vip 0,0", "5 car 943.9,943.9", "10 vip 1,1", "15 vip 0,0"}, want: nil,
		},
		{
			name: "the unit in the middle appears, is lost, comes back, expires", fences: []*fence.Fence{guard},
			script: []string{"0 car 500,0", "5 vip 0,0", "60 lost vip", "65 car 510,0", "100 vip 0,0 gap", "200 forget vip", "210 vip 0,0"},
			want: []string{"5 approach guard car to vip value 500", "60 part guard car to vip (went_stale) for 55s value 500",
				"100 approach guard car to vip (came_back) value 510", "200 part guard car to vip (expired) for 1m40s value 510",
				"210 approach guard car to vip value 510"},
		},
		{
			name: "the other is lost and expires", fences: []*fence.Fence{guard},
			script: []string{"0 vip 0,0", "0 car 500,0", "60 lost car", "65 vip 2000,0", "70 vip 0,0", "100 forget car"},
			want: []string{"0 approach guard car to vip value 500", "60 lost guard car to vip (went_stale) for 1m0s",
				"100 part guard car to vip (expired) for 1m40s value 500"},
		},
		{
			name: "put around a unit that is there, edited, removed", fences: []*fence.Fence{guard},
			script: []string{"0 vip 0,0", "0 car 500,0", "10 put guard", "20 put guard", "30 remove guard"},
			want:   []string{"10 approach guard car to vip (created) value 500", "30 part guard car to vip (removed) for 20s value 500"},
		},
		{
			name: "only buses", fences: []*fence.Fence{buses},
			script: []string{"0 vip 0,0", "0 car 500,0", "0 b1 500,0 as=bus"}, want: []string{"0 approach guard b1 to vip value 500"},
		},
	})
}

func TestRoutes(t *testing.T) {
	route := &fence.Fence{ID: "route", Area: line(0, 0, 1000, 0, 1000, 1000), Radius: 50, Events: fence.KindsOf(fence.Enter, fence.Exit, fence.OffRoute, fence.OnRoute)}
	plain := &fence.Fence{ID: "route", Area: line(0, 0, 1000, 0, 1000, 1000), Radius: 50}
	tellStories(t, []story{
		{
			name: "off for three fixes and more than a minute", fences: []*fence.Fence{route},
			script: []string{"0 bus 0,300", "30 bus 10,0", "60 bus 300,0", "90 bus 500,80", "120 bus 600,90", "150 bus 700,120",
				"160 bus 800,130", "190 bus 900,60", "220 bus 900,30"},
			want: []string{"30 enter route bus", "160 off_route route bus for 1m10s value 130", "220 on_route route bus for 2m10s"},
		},
		{
			name: "back on it before that", fences: []*fence.Fence{route},
			script: []string{"30 bus 10,0", "90 bus 500,80", "120 bus 600,90", "140 bus 600,40", "170 bus 700,90", "200 bus 700,90"},
			want:   []string{"30 enter route bus"},
		},
		{
			name: "the corridor is as wide as noise", fences: []*fence.Fence{route},
			script: []string{"0 bus 10,0 σ=40", "30 bus 50,110 σ=40", "60 bus 50,110 σ=40", "100 bus 50,110 σ=40", "130 bus 50,110 σ=40",
				"160 bus 50,130 σ=40", "190 bus 50,130 σ=40", "230 bus 50,130 σ=40"},
			want: []string{"0 enter route bus", "230 off_route route bus for 1m10s value 130"},
		},
		{
			name: "off it when the rule ends", fences: []*fence.Fence{route},
			script: []string{"0 put route", "0 bus 10,0", "30 bus 10,200", "60 bus 10,200", "100 bus 10,200", "200 remove route"},
			want: []string{"0 enter route bus", "100 off_route route bus for 1m10s value 200",
				"200 on_route route bus (removed) for 2m50s"},
		},
		{
			name: "a corridor to be in", fences: []*fence.Fence{plain},
			script: []string{"0 car 500,100", "5 car 500,20", "10 car 990,20", "15 car 990,500", "20 car 500,500", "25 car 1500,500"},
			want:   []string{"5 enter route car", "20 exit route car for 15s", "22.3 cross route car for 500ms"},
		},
	})
}
