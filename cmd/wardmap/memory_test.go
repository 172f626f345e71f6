package main

import "testing"

func TestTheCollectorSavesMemoryOnlyWhereMuchLives(t *testing.T) {
	for _, test := range []struct {
		name string
		live uint64
		want int64
	}{
		{name: "a town may double", live: 100 << 20, want: plenty},
		{name: "so may all that leaves room in what is plenty", live: plenty / 2, want: plenty},
		{name: "a country has a sixth of room", live: 6 << 30, want: 7 << 30},
	} {
		if got := enough(test.live); got != test.want {
			t.Errorf("%s: %d bytes, want %d", test.name, got, test.want)
		}
	}
}
