package importer

import "errors"

var errStandin = errors.New("not built yet")

func openGeoPackage(string, Options) (Source, error) { return nil, errStandin }
func openShapefile(string, Options) (Source, error)  { return nil, errStandin }
func openZip(string, Options) (Source, error)        { return nil, errStandin }
