package road_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

// city is n by n crossings 100 m apart with speeds of 5 to 15 m/s and one street in ten one-way.
func city(n int) []road.Segment {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	at := func(i, j int) orb.Point { return orb.Point{105.7 + float64(i)*.00109, 34.5 + float64(j)*.0009} }
	var all []road.Segment
	add := func(a, b orb.Point) {
		s := road.Segment{ID: fmt.Sprint(len(all)), Line: orb.LineString{a, b}, Forward: 5 + 10*r.Float64()}
		if s.Backward = s.Forward; r.IntN(10) == 0 {
			s.Backward = 0
		}
		all = append(all, s)
	}
	for i := range n {
		for j := range n {
			if i+1 < n {
				add(at(i, j), at(i+1, j))
			}
			if j+1 < n {
				add(at(i, j), at(i, j+1))
			}
		}
	}
	return all
}

// maps are the graphs that are measured: a grid of 62,500 crossings, and real cities where they are at hand.
func maps(b *testing.B, visit func(b *testing.B, all []road.Segment)) {
	b.Run("grid", func(b *testing.B) { visit(b, city(250)) })
	for _, name := range realCities {
		b.Run(name.short, func(b *testing.B) { visit(b, realRoads(b, name.file)) })
	}
}

func BenchmarkBuild(b *testing.B) {
	maps(b, func(b *testing.B, all []road.Segment) {
		b.ReportAllocs()
		for b.Loop() {
			build(all, road.Options{})
		}
		b.ReportMetric(float64(len(all))*float64(b.N)/b.Elapsed().Seconds(), "segments/s")
	})
}

func BenchmarkNearest(b *testing.B) {
	maps(b, func(b *testing.B, all []road.Segment) {
		g := build(all, road.Options{})
		r := rand.New(rand.NewPCG(2, 3))
		places := spots(b, r, g, all, 5000)
		targets := spots(b, r, g, all, 512)
		for _, n := range []int{50, 500, 5000} {
			b.Run(fmt.Sprintf("units=%d", n), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					g.Nearest(targets[i%len(targets)], places[:n], 10, 0)
				}
			})
		}
	})
}

func BenchmarkRoute(b *testing.B) {
	maps(b, func(b *testing.B, all []road.Segment) {
		g := build(all, road.Options{})
		places := spots(b, rand.New(rand.NewPCG(4, 5)), g, all, 512)
		b.ReportAllocs()
		meters := 0.0
		for i := 0; b.Loop(); i++ {
			path, _ := g.Route(places[i%512], places[(i*7+1)%512])
			meters += path.Meters
		}
		b.ReportMetric(meters/1000/float64(b.N), "km/route")
	})
}

func BenchmarkMatrix(b *testing.B) {
	maps(b, func(b *testing.B, all []road.Segment) {
		g := build(all, road.Options{})
		places := spots(b, rand.New(rand.NewPCG(10, 11)), g, all, 120)
		for b.Loop() {
			g.Matrix(places[:100], places[100:], 0)
		}
		b.ReportMetric(2000*float64(b.N)/b.Elapsed().Seconds(), "cells/s")
	})
}

func BenchmarkReach(b *testing.B) {
	maps(b, func(b *testing.B, all []road.Segment) {
		g := build(all, road.Options{})
		places := spots(b, rand.New(rand.NewPCG(6, 7)), g, all, 64)
		b.ReportAllocs()
		reached := 0
		for i := 0; b.Loop(); i++ {
			_, stretches := g.Reach(places[i%64], 3*time.Minute, 5*time.Minute, 8*time.Minute)
			reached += len(stretches)
		}
		b.ReportMetric(float64(reached)/float64(b.N), "stretches")
	})
}

func BenchmarkSnap(b *testing.B) {
	maps(b, func(b *testing.B, all []road.Segment) {
		g := build(all, road.Options{})
		places := spots(b, rand.New(rand.NewPCG(8, 9)), g, all, 512)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			p := places[i%512].Point
			g.Snap(orb.Point{p[0] + .0002, p[1] + .0001}, 100)
		}
	})
}

func BenchmarkSetSpeed(b *testing.B) {
	all := city(250)
	g := build(all, road.Options{})
	for i := 0; b.Loop(); i++ {
		if err := g.SetSpeed(all[i%len(all)].ID, 10, 10); err != nil {
			b.Fatal(err)
		}
	}
}
