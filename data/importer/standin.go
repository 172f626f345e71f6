package importer

import "errors"

var errStandin = errors.New("not built yet")

func openCSV(*input, Options) (Source, error)                            { return nil, errStandin }
func openGeoPackage(string, Options) (Source, error)                     { return nil, errStandin }
func openShapefile(string, Options) (Source, error)                      { return nil, errStandin }
func openZip(string, Options) (Source, error)                            { return nil, errStandin }
func mergeParts(Source, func() (Source, error), Options) (Source, error) { return nil, errStandin }
