package importer

// OpenCity opens a city model with smaller bounds: a document of CityJSON and a building of CityGML may have so many bytes,
// and a building so many elements.
func OpenCity(path string, bytes, nodes int64) (Source, error) {
	src, err := open(path, Options{})
	switch c := src.(type) {
	case *cityGML:
		c.most = gmlBounds{nodes, bytes}
	case *cityJSON:
		c.w.most = int(bytes)
	}
	return src, err
}
