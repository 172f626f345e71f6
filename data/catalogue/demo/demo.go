// Package demo generates a city to show and to test Wardmap with: two urban districts in a river valley at the
// place of Tianshui, with streets, buildings, beats, protected units, transit, cameras and dogs. Nothing in it
// is real but some names; nothing is about a person.
//
// How it is made: the valley is a formula (valley.go). A mesh of faces (mesh.go) is divided by long lines
// along the valley, by transversals with bridges (frame.go), and then block by block into ever smaller ones
// (streets.go), so that streets, blocks and every border made of them share their vertices. Blocks get a
// use, from the use follow buildings (layout*.go) and units; beats, station areas and subdistricts are
// unions of blocks (areas.go). The same seed gives the same city, feature by feature.
package demo

import (
	"iter"

	"github.com/wardmap/wardmap/spatial"
)

// A city is everything that is generated, on the plane.
type city struct {
	seed   uint64
	valley valley
	mood   noise // where zones end
	*namer
	m         *mesh
	blocks    []block
	units     []unit
	buildings []building
	pitches   []pitch
	ponds     [][]pt
	gullies   []gully
	channels  *grid[channel]
	extra     []segment      // roads that are not in the mesh
	joints    map[int32]bool // vertices of the mesh where extra roads begin or end
	rails     []rail
	villages  []place

	townRings [][]pt // of each rural face
	roads     []segment
	routes    []busRoute
	stops     []busStop
	banks     []bank
	gates     []gate
	cameras   []camera
	blockGrid *grid[int]
	houseGrid *grid[int]

	beats, stations, subs          []*areaOf
	beatOf, stationOf, subOf       []int // of each face, -1 for none
	beatInfo, stationInfo, subInfo []townInfo
}

// Features generates the city of a seed: pairs of a layer's id and a feature of it, without version and time.
// It takes about a second on one core before the first feature comes.
func Features(seed uint64) iter.Seq2[string, spatial.Feature] {
	return func(yield func(string, spatial.Feature) bool) {
		c := build(seed)
		w := &writer{yield: yield, next: map[string]int{}, work: map[string][]string{}}
		c.writeLand(w)
		c.writeWater(w)
		c.writeRailways(w)
		c.writeRoads(w)
		c.writeBuildings(w)
		c.writeDistricts(w)
		c.writeTownships(w)
		c.writeStationAreas(w)
		c.writeBeats(w)
		c.writePlaces(w)
		c.writePatrol(w)
		c.writeProtected(w)
		c.writeTransit(w)
		c.writeCameras(w)
		c.writeDogs(w)
		c.writeFleet(w)
		c.writeIncidents(w)
		c.writeRunCards(w)
		c.writeFences(w)
	}
}

func build(seed uint64) *city {
	c := &city{seed: seed, valley: valley{wobble: noise(seed*2654435761 + 17)}, mood: noise(seed ^ 0x5eed), joints: map[int32]bool{}}
	c.namer = newNamer(newDice(seed, "names"))
	c.layFrame()
	c.layStreets()
	c.findBlocks()
	c.giveUses()
	c.layBuildings()
	c.digGullies()
	c.layHighways()
	c.layRailways()
	c.layVillages(20000)
	c.layAreas()
	c.nameAreas()
	c.findTownRings()
	c.nameVillages()
	c.roads = append(c.segments(), c.extra...)
	c.buildGrids()
	c.layTransit()
	c.layBanks()
	c.layGates()
	c.layCameras(2000)
	return c
}

// A place is a name on the map.
type place struct {
	at     pt
	zh, en string
	class  string
	town   int8 // index of ruralTowns, -1 in the city
}
