package fence_test

import (
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

func TestDwellAbsenceAndSpeed(t *testing.T) {
	wait := yard()
	wait.Dwell = time.Minute
	post := &fence.Fence{ID: "post", Area: xy(0, 0), Radius: 50, Absent: 5 * time.Minute, Events: fence.KindsOf(fence.Absent, fence.Staffed)}
	two := &fence.Fence{ID: "post", Area: xy(0, 0), Radius: 50, Absent: 5 * time.Minute, Needs: 2, Classes: spatial.ClassesOf(spatial.Officer), Events: fence.KindsOf(fence.Absent, fence.Staffed)}
	school := &fence.Fence{ID: "post", Area: xy(0, 0), Radius: 50, Absent: 5 * time.Minute, Events: fence.KindsOf(fence.Absent, fence.Staffed), Schedule: parse(t, "Thu 08:10-08:20")}
	limit := yard()
	limit.Speed, limit.Confirm, limit.Events = 10, 2, fence.KindsOf(fence.Speed)
	tellStories(t, []story{
		{
			name: "dwells once, at the moment it is due", fences: []*fence.Fence{wait},
			script: []string{"0 car 50,50", "59 advance", "65 advance", "300 advance", "301 car 50,51"},
			want:   []string{"0 enter yard car", "60 dwell yard car (time_passed) for 1m0s"},
		},
		{
			name: "a fix tells it where time was not advanced", fences: []*fence.Fence{wait},
			script: []string{"0 car 50,50", "70 car 50,51", "300 advance"},
			want:   []string{"0 enter yard car", "60 dwell yard car (time_passed) for 1m0s"},
		},
		{
			name: "gone before it is due, back, and long enough", fences: []*fence.Fence{wait},
			script: []string{"0 car 50,50", "30 car -50,50", "40 car 50,50", "70 advance", "101 advance"},
			want: []string{"0 enter yard car", "30 exit yard car for 30s", "40 enter yard car",
				"100 dwell yard car (time_passed) for 1m0s"},
		},
		{
			name: "lost meanwhile: possible", fences: []*fence.Fence{wait},
			script: []string{"0 car 50,50", "50 lost car", "61 advance"},
			want: []string{"0 enter yard car", "50 lost yard car (went_stale) for 50s",
				"60 dwell yard car (time_passed) possible for 1m0s"},
		},
		{
			name: "a post is empty from the start, then staffed, then left", fences: []*fence.Fence{post},
			script: []string{"299 advance", "301 advance", "400 man 0,0", "500 man 200,0", "799 advance", "800 advance", "900 man 0,0"},
			want: []string{"300 absent post (time_passed) for 5m0s", "400 staffed post for 6m40s",
				"800 absent post (time_passed) for 5m0s", "900 staffed post for 6m40s"},
		},
		{
			name: "empty for less than that", fences: []*fence.Fence{post},
			script: []string{"200 man 0,0", "300 man 200,0", "400 man 0,0", "900 advance"}, want: nil,
		},
		{
			name: "a unit that expires leaves a post empty", fences: []*fence.Fence{post},
			script: []string{"10 man 0,0", "60 lost man", "350 advance", "360 forget man", "660 advance"},
			want:   []string{"660 absent post (time_passed) for 5m0s"},
		},
		{
			name: "two officers are needed, others do not count", fences: []*fence.Fence{two},
			script: []string{"10 man 0,0 as=officer", "20 car 0,0", "300 advance", "310 dog 9,9 as=officer"},
			want:   []string{"300 absent post (time_passed) for 5m0s", "310 staffed post for 5m10s"},
		},
		{
			name: "counting begins with the window, and ends with it", fences: []*fence.Fence{school},
			script: []string{"599 advance", "899 advance", "900 advance", "1200 advance", "5000 advance"},
			want:   []string{"900 absent post (time_passed) for 5m0s", "1200 staffed post (ended) for 10m0s"},
		},
		{
			name: "somebody is there as the window begins", fences: []*fence.Fence{school},
			script: []string{"500 man 0,0", "1000 advance", "1010 man 200,0", "1500 advance"}, want: nil,
		},
		{
			name: "who comes just after it was due is late, though time was not advanced", fences: []*fence.Fence{post},
			script: []string{"303 man 0,0", "310 advance"},
			want:   []string{"300 absent post (time_passed) for 5m0s", "303 staffed post for 5m3s"},
		},
		{
			name: "too fast for two fixes, once until it was slower", fences: []*fence.Fence{limit},
			script: []string{"0 car 10,50 v=9", "5 car 20,50 v=12", "10 car 30,50 v=9", "15 car 40,50 v=12", "20 car 50,50 v=13",
				"25 car 60,50 v=14", "30 car 70,50 v=9.6", "35 car 80,50 v=12", "40 car 90,50 v=12", "45 car 99,50 v=9",
				"50 car 109,50 v=11", "55 car 119,50 v=12"},
			want: []string{"20 speed yard car for 15s value 13", "55 speed yard car for 50s value 12"},
		},
		{
			name: "speed by distance where it is not reported", fences: []*fence.Fence{limit},
			script: []string{"0 car 10,50", "5 car 70,50", "10 car 130,50", "15 car 190,50"},
			want:   []string{"10 speed yard car for 5s value 12"},
		},
	})
}

func TestSchedulesAndValidity(t *testing.T) {
	window := yard()
	window.Schedule = parse(t, "Thu 08:01-08:02")
	short := yard()
	short.Effective = spatial.Validity{From: second(60).Time(), To: second(120).Time()}
	waits := yard()
	waits.Schedule, waits.Dwell = parse(t, "Thu 08:01-08:02"), time.Minute
	gate := &fence.Fence{ID: "gate", Area: line(0, 0, 0, 100), Line: true, Schedule: parse(t, "Thu 08:01-08:02")}
	tellStories(t, []story{
		{
			name: "who is there when it begins and ends", fences: []*fence.Fence{window},
			script: []string{"0 car 50,50", "10 bus 60,50", "50 bus 300,50", "70 advance", "80 van 50,50", "130 advance", "140 bus 50,50"},
			want: []string{"60 enter yard car (began)", "80 enter yard van", "120 exit yard car (ended) for 1m0s",
				"120 exit yard van (ended) for 40s"},
		},
		{
			name: "the same by its validity", fences: []*fence.Fence{short},
			script: []string{"0 car 50,50", "300 advance"},
			want:   []string{"60 enter yard car (began)", "120 exit yard car (ended) for 1m0s"},
		},
		{
			name: "put after it ended", fences: []*fence.Fence{short},
			script: []string{"0 car 50,50", "150 put yard", "300 advance", "310 car 50,51"}, want: nil,
		},
		{
			name: "who was inside for all of it has dwelt", fences: []*fence.Fence{waits},
			script: []string{"0 car 50,50", "300 advance"},
			want: []string{"60 enter yard car (began)", "120 dwell yard car (time_passed) for 1m0s",
				"120 exit yard car (ended) for 1m0s"},
		},
		{
			name: "a fix is judged by its own time", fences: []*fence.Fence{window},
			script: []string{"0 car -50,50", "61 advance", "59 car 50,50", "65 car 50,60", "125 advance", "119 car -50,50"},
			want:   []string{"65 enter yard car", "120 exit yard car (ended) for 55s"},
		},
		{
			name: "a late fix from within the window crosses still, but does not enter", fences: []*fence.Fence{window},
			script: []string{"0 car -100,50", "0 van -100,50", "125 advance", "118 car 300,50", "119 van 100,50"},
			want:   []string{"29.5 cross yard car for 59s"},
		},
		{
			name: "a line is judged by the time of the fix behind it", fences: []*fence.Fence{gate},
			script: []string{"0 car -50,50", "30 car 50,50", "70 car -50,50", "110 car 50,50", "121 car -50,50"},
			want:   []string{"50 cross gate car right_to_left", "90 cross gate car left_to_right"},
		},
		{
			name: "a lost unit does not enter what begins, but when it is heard again", fences: []*fence.Fence{window},
			script: []string{"0 car 50,50", "30 lost car", "70 advance", "80 car 50,50 gap"},
			want:   []string{"80 enter yard car (came_back)"},
		},
	})
}
