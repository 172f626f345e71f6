package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

const (
	maxReach  = 60     // minutes
	maxPairs  = 25_000 // of one matrix
	maxRows   = 1_000
	maxReachs = 6
)

// network is the road network of the moment.
func (s *Server) network(c echo.Context, known ...string) (*road.Graph, map[string]string, error) {
	l, q, err := s.livePart(c, known...)
	if err != nil {
		return nil, nil, err
	}
	g := l.Roads()
	if g == nil {
		return nil, nil, refuse(unavailable, "there is no road network: no layer of roads has been read yet")
	}
	return g, q, nil
}

// onRoad is the place on a road next to a point, or a problem that names the parameter.
func onRoad(g *road.Graph, name string, p orb.Point) (road.Place, error) {
	at, ok := snap(g, p, placeToRoad)
	if !ok {
		return at, refuse(notFound, "%s: there is no road within %.0f m of that place", name, placeToRoad)
	}
	return at, nil
}

// getRoute answers with the quickest way by road.
func (s *Server) getRoute(c echo.Context) error {
	g, q, err := s.network(c, "from", "to")
	if err != nil {
		return err
	}
	var ends [2]road.Place
	for i, name := range []string{"from", "to"} {
		p, err := pair(q, name)
		if err != nil {
			return err
		}
		if ends[i], err = onRoad(g, name, p); err != nil {
			return err
		}
	}
	way, ok := g.Route(ends[0], ends[1])
	if !ok {
		return refuse(notFound, "no road leads from there to there as roads are open now")
	}
	return sendLive(c, http.StatusOK, typeGeoJSON, appendRoute(nil, way, ends))
}

func appendRoute(dst []byte, way road.Path, ends [2]road.Place) []byte {
	line := way.Line
	for len(line) < 2 { // who is there already
		line = append(slices.Clone(line), ends[1].Point)
	}
	dst = append(dst, `{"type":"Feature","geometry":`...)
	dst = appendGeometry(dst, line)
	dst = append(dst, `,"properties":{"seconds":`...)
	dst = appendRounded(dst, way.Duration.Seconds(), 1)
	dst = appendNumber(dst, "meters", way.Meters, 1)
	dst = appendNumber(dst, "from_road", ends[0].Meters, 1)
	dst = appendNumber(dst, "to_road", ends[1].Meters, 1)
	dst = appendList(appendName(dst, "steps"), way.Steps, func(dst []byte, s road.Step) []byte {
		dst = appendString(append(dst, `{"segment":`...), s.Segment)
		dst = appendText(dst, "name", s.Name)
		dst = appendNumber(dst, "seconds", s.Duration.Seconds(), 1)
		return append(appendNumber(dst, "meters", s.Meters, 1), '}')
	})
	return append(dst, '}', '}')
}

// getReach answers with what can be reached by road within some minutes, the largest area first so that it is
// drawn below the others.
func (s *Server) getReach(c echo.Context) error {
	g, q, err := s.network(c, "lon", "lat", "minutes")
	if err != nil {
		return err
	}
	p, err := lonLat(q)
	if err != nil {
		return err
	}
	limits, err := minutes(q)
	if err != nil {
		return err
	}
	from, err := onRoad(g, "lon, lat", p)
	if err != nil {
		return err
	}
	areas, _ := g.Reach(from, limits...)
	body := append([]byte(nil), `{"type":"FeatureCollection","features":[`...)
	for i, a := range slices.Backward(areas) {
		if i < len(areas)-1 {
			body = append(body, ',')
		}
		body = append(body, `{"type":"Feature","geometry":`...)
		if len(a.Outline) > 0 {
			body = appendGeometry(body, a.Outline)
		} else {
			body = append(body, "null"...)
		}
		body = append(body, `,"properties":{"minutes":`...)
		body = append(appendRounded(body, a.Limit.Minutes(), 3), '}', '}')
	}
	return sendLive(c, http.StatusOK, typeGeoJSON, append(body, ']', '}'))
}

// minutes reads the limits of reach, in growing order.
func minutes(q map[string]string) ([]time.Duration, error) {
	list := words(q, "minutes")
	if len(list) == 0 {
		return nil, badValue("minutes", "it is missing; give up to 6 numbers, for example 3,5,8")
	}
	if len(list) > maxReachs {
		return nil, badValue("minutes", "there are "+strconv.Itoa(len(list))+" of them; give at most 6")
	}
	var out []time.Duration
	for _, text := range list {
		m, err := number(map[string]string{"minutes": text}, "minutes", 0.1, maxReach, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, time.Duration(m*float64(time.Minute)))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// postMatrix answers how long it takes by road from each of some places to each of others.
func (s *Server) postMatrix(c echo.Context) error {
	g, _, err := s.network(c)
	if err != nil {
		return err
	}
	v, err := readBody(c, typeJSON)
	if err != nil {
		return err
	}
	var r reader
	obj := r.members("", v, "from", "to")
	from, to := r.points("from", obj["from"], maxRows), r.points("to", obj["to"], maxRows)
	if len(from)*len(to) > maxPairs {
		r.wrong("to", "these are %d pairs; ask for at most %d at once", len(from)*len(to), maxPairs)
	}
	if len(r.problems) > 0 {
		return wrong(invalid, r.problems)
	}
	cells := g.Matrix(snapAll(g, from), snapAll(g, to), 0)
	body := append([]byte(nil), `{"seconds":`...)
	body = appendMatrix(body, cells, func(a road.Arrival) float64 { return a.Duration.Seconds() })
	body = appendMatrix(appendName(body, "meters"), cells, func(a road.Arrival) float64 { return a.Meters })
	return sendLive(c, http.StatusOK, typeJSON, append(body, '}'))
}

func snapAll(g *road.Graph, points []orb.Point) []road.Place {
	places := make([]road.Place, len(points))
	for i, p := range points {
		places[i], _ = snap(g, p, placeToRoad) // a place on no road is answered with null
	}
	return places
}

func appendMatrix(dst []byte, cells [][]road.Arrival, value func(road.Arrival) float64) []byte {
	return appendList(dst, cells, func(dst []byte, row []road.Arrival) []byte {
		return appendList(dst, row, func(dst []byte, a road.Arrival) []byte {
			if a.How != road.ByRoad {
				return append(dst, "null"...)
			}
			return appendRounded(dst, value(a), 1)
		})
	})
}
