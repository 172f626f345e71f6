package demo

import "math"

// A gully is a side valley: a stream comes down it, a road goes up, villages stand along the road.
type gully struct {
	line  []pt // from the edge of the city up into the hills
	north bool
	name  word
}

var gullyPlaces = []struct {
	x, length float64
	north     bool
	name      word
}{
	{-11300, 4200, true, word{"罗峪沟", "Luoyu"}}, {-8600, 5200, true, word{"吕二沟", "Lyu'er"}}, {-5200, 4400, true, word{"水峪沟", "Shuiyu"}},
	{-2300, 4800, true, word{"烟铺沟", "Yanpu"}}, {1900, 5000, true, word{"廖家沟", "Liaojia"}}, {4700, 3200, true, word{"刘家沟", "Liujia"}},
	{9900, 5400, true, word{"牛头河", "Niutou"}}, {12400, 4200, true, word{"东柯河", "Dongke"}},
	{-10100, 4600, false, word{"普岔河", "Pucha"}}, {-7300, 5400, false, word{"南沟河", "Nangou"}}, {-4600, 4400, false, word{"豹子沟", "Baozi"}},
	{-1200, 4600, false, word{"马兰沟", "Malan"}}, {2600, 5000, false, word{"花牛沟", "Huaniu"}}, {5600, 4300, false, word{"沈家河", "Shenjia"}},
	{8600, 5200, false, word{"颍川河", "Yingchuan"}}, {11400, 4700, false, word{"永川河", "Yongchuan"}},
}

func (c *city) digGullies() {
	d := newDice(c.seed, "gullies")
	for _, g := range gullyPlaces {
		t, up := c.valley.north(g.x), 1.0
		if !g.north {
			t, up = -c.valley.south(g.x), -1
		}
		p := c.valley.pos(g.x, t)
		aim := c.valley.tangent(g.x).left().mul(up).turn(d.spread(0.5))
		dir, phase := aim, d.between(0, 6)
		line := []pt{p}
		for l := 0.0; l < g.length; l += 110 {
			dir = aim.turn(0.5*math.Sin(l/620+phase) + 0.25*math.Sin(l/230+2*phase))
			p = p.along(dir, 110)
			line = append(line, p)
		}
		c.gullies = append(c.gullies, gully{line: line, north: g.north, name: g.name})
	}
	c.digRavines(d)
}

// A channel is a piece of a stream bed with the heights of its ends over the valley's floor, in metres.
type channel struct {
	a, b   pt
	ha, hb float64
}

// digRavines lays the stream beds that shape the hills: the gullies, lesser ones between them, and branches.
func (c *city) digRavines(d dice) {
	c.channels = newGrid[channel](450)
	var mains [][]pt
	for _, g := range c.gullies {
		mains = append(mains, g.line)
	}
	for _, up := range []float64{1, -1} {
		for x := regionWest - 2600; x < regionEa+2600; x += d.between(1100, 1900) {
			t := c.valley.north(x)
			if up < 0 {
				t = -c.valley.south(x)
			}
			aim := c.valley.tangent(x).left().mul(up).turn(d.spread(0.6))
			mains = append(mains, ravine(c.valley.pos(x, t+up*60), aim, d.between(6000, 11000), d))
		}
	}
	for _, line := range mains {
		c.dig(line, 0, 0.028)
		side := 1.0
		for i := 5; i < len(line)-1; i += d.count(7, 13) {
			side = -side
			out := line[i+1].sub(line[i]).unit().turn(side * d.between(0.6, 1.1))
			h := 0.028 * 110 * float64(i)
			branch := ravine(line[i], out, d.between(700, 2000), d)
			c.dig(branch, h, 0.09)
			if k := len(branch) / 2; k > 3 {
				c.dig(ravine(branch[k], out.turn(-side*0.8), d.between(300, 800), d), h+0.09*110*float64(k), 0.16)
			}
		}
	}
}

// dig keeps a stream bed that begins at a height and rises by a slope.
func (c *city) dig(line []pt, height, slope float64) {
	for i := 1; i < len(line); i++ {
		next := height + slope*line[i].dist(line[i-1])
		c.channels.put(line[i], 60, channel{line[i-1], line[i], height, next})
		height = next
	}
}

func ravine(from, aim pt, reach float64, d dice) []pt {
	phase := d.between(0, 6)
	line := []pt{from}
	for l := 0.0; l < reach; l += 110 {
		dir := aim.turn(0.45*math.Sin(l/700+phase) + 0.3*math.Sin(l/260+2*phase))
		line = append(line, line[len(line)-1].along(dir, 110))
	}
	return line
}

// height of the land over the valley's floor, in metres, for drawing: from every stream bed the slopes rise
// until they meet the neighbour's on a ridge. Beyond the region the hills fade out.
func (c *city) height(p pt) float64 {
	const slope, sight = 0.6, 700.0
	b := c.valley.beyond(p)
	if b < 0 {
		return 0
	}
	h := 0.9 * slope * b
	if _, t := c.valley.locate(p); t > 0 {
		wei := math.Abs(p.x - c.valley.pos(c.valley.weiX(t), t).x)
		h = min(h, slope*max(0, 0.9*wei-170)+0.01*t)
	}
	c.channels.near(p, sight, func(s channel) bool {
		u := s.b.sub(s.a)
		f := min(1, max(0, p.sub(s.a).dot(u)/u.dot(u)))
		h = min(h, s.ha+(s.hb-s.ha)*f+slope*p.dist(s.a.along(u, f)))
		return true
	})
	n := c.mood.layered(p.x/900, p.y/900)
	h = 720 * (1 - math.Exp(-h*(1+0.25*n)/520))
	u, v := (p.x-300)/25000, (p.y-0.6*c.valley.axis(p.x))/12900
	rim := math.Sqrt(math.Sqrt(u*u*u*u+v*v*v*v)) + 0.07*c.mood.layered(p.x/3500+9, p.y/3500)
	fade := smooth(0.99, 0.72, rim)
	return h * fade
}
