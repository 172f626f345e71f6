package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/scenes3d"
	"github.com/wardmap/wardmap/tiles"
)

// A Scene is a layer in 3D. Tileset answers for the tile 0/0/0 only. Empty tiles do not exist.
type Scene struct {
	Tileset, Page, Content tiles.Source
	Implicit               ImplicitScene
	Account                func(class string) (scenes3d.Account, error)
	Bodies                 func(class string) (*scenes3d.Set, error) // nil when there are none for the class
}

// An ImplicitScene is the same layer as an implicit tileset. Its tiles are the cells of scenes3d.ParseCell.
type ImplicitScene struct{ Tileset, Subtree, Content tiles.Source }

// sceneInfo is a scene in the list.
type sceneInfo struct {
	ID        string                `json:"id"`
	Title     layers.Text           `json:"title"`
	Tileset   string                `json:"tileset"`
	Plain     string                `json:"plain"`
	Implicit  string                `json:"implicit"`
	Bodies    int                   `json:"bodies"`
	Bounds    *[4]float64           `json:"bounds,omitempty"`
	Heights   *[2]float64           `json:"heights,omitempty"`
	LeftOut   map[string]int        `json:"left_out"`
	FlatRoofs map[string]int        `json:"flat_roofs"`
	Opacity   float64               `json:"opacity"`
	Ground    string                `json:"ground"`
	Terrain   bool                  `json:"terrain"`
	With      string                `json:"with,omitempty"`
	Replaces  *layers.SceneReplaces `json:"replaces,omitempty"`
}

func (s *Server) getScenes(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	list := []sceneInfo{}
	for _, l := range s.defs().Layers() {
		if l.Scene == nil || s.Scenes == nil {
			continue
		}
		scene, err := s.Scenes(l.ID, false)
		if err != nil {
			return err
		}
		a, err := scene.Account(s.class)
		if err != nil {
			return err
		}
		at := s.base(c.Request()) + "/scenes/" + l.ID
		one := sceneInfo{
			ID: l.ID, Title: l.Title, Tileset: at + "/tileset.json", Plain: at + "/plain/tileset.json", Implicit: at + "/implicit/tileset.json",
			Bodies: a.Bodies, LeftOut: a.LeftOut, FlatRoofs: a.FlatRoofs, Opacity: l.Scene.Alpha(), Ground: s.Ground.heights(), Terrain: s.Ground.Terrain != "", Replaces: l.Scene.Replaces,
		}
		if l.Scene.View != nil {
			one.With = l.Scene.View.With
		}
		if a.Bodies > 0 {
			one.Bounds = &[4]float64{a.Bound.Min[0], a.Bound.Min[1], a.Bound.Max[0], a.Bound.Max[1]}
			one.Heights = &[2]float64{a.Low, a.High}
		}
		list = append(list, one)
	}
	return sendJSON(c, http.StatusOK, typeJSON, map[string]any{"scenes": list})
}

func (s *Server) getTileset(c echo.Context) error      { return s.sendTileset(c, false) }
func (s *Server) getPlainTileset(c echo.Context) error { return s.sendTileset(c, true) }

func (s *Server) sendTileset(c echo.Context, plain bool) error {
	scene, err := s.scene(c, plain)
	if err != nil {
		return err
	}
	return s.sendScene(c, scene.Tileset, tiles.ID{})
}

func (s *Server) getSceneTile(c echo.Context) error      { return s.sendSceneTile(c, false) }
func (s *Server) getPlainSceneTile(c echo.Context) error { return s.sendSceneTile(c, true) }

// sendSceneTile answers with the content of a cell (.glb) or the page of the cells below it (.json).
func (s *Server) sendSceneTile(c echo.Context, plain bool) error {
	row, suffix, _ := strings.Cut(c.Param("y"), ".")
	if suffix != "glb" && suffix != "json" {
		return refuse(notFound, "a scene has tiles at /scenes/{set}/{z}/{x}/{y}.glb and pages at …/{y}.json")
	}
	scene, err := s.scene(c, plain)
	if err != nil {
		return err
	}
	id, err := tiles.ParseID(c.Param("z"), c.Param("x"), row)
	if err != nil {
		return err
	}
	if suffix == "json" {
		return s.sendScene(c, scene.Page, id)
	}
	return s.sendScene(c, scene.Content, id)
}

func (s *Server) getImplicitTileset(c echo.Context) error {
	scene, err := s.scene(c, false)
	if err != nil {
		return err
	}
	return s.sendScene(c, scene.Implicit.Tileset, tiles.ID{})
}

// getImplicitTile answers with the content of a cell of the implicit tileset (.glb) or the subtree of those below it.
func (s *Server) getImplicitTile(c echo.Context) error {
	row, suffix, _ := strings.Cut(c.Param("y"), ".")
	if suffix != "glb" && suffix != "subtree" {
		return refuse(notFound, "an implicit scene has contents at /scenes/{set}/implicit/{root}/{level}/{x}/{y}.glb and subtrees at …/{y}.subtree")
	}
	scene, err := s.scene(c, false)
	if err != nil {
		return err
	}
	id, err := scenes3d.ParseCell(c.Param("root"), c.Param("level"), c.Param("x"), row)
	if err != nil {
		return err
	}
	if suffix == "subtree" {
		return s.sendScene(c, scene.Implicit.Subtree, id)
	}
	return s.sendScene(c, scene.Implicit.Content, id)
}

// scene finds the set that is asked for.
func (s *Server) scene(c echo.Context, plain bool) (Scene, error) {
	if _, err := query(c); err != nil {
		return Scene{}, err
	}
	return s.sceneOf(c, plain)
}

func (s *Server) sceneOf(c echo.Context, plain bool) (Scene, error) {
	name := param(c, "layers")
	l, known := s.defs().Layer(name)
	if !known || l.Scene == nil || s.Scenes == nil {
		return Scene{}, refuse(notFound, "there is no scene %q; /scenes lists them", name)
	}
	return s.Scenes(name, plain)
}

func (s *Server) sendScene(c echo.Context, from tiles.Source, id tiles.ID) error {
	how, plain, err := coding(c.Request())
	if err != nil {
		return err
	}
	tile, err := from.Tile(c.Request().Context(), tiles.Request{ID: id, Encoding: how, Class: s.class})
	if err != nil {
		return err
	}
	if len(tile.Data) == 0 {
		return refuse(notFound, "nothing stands on tile %v of this scene", id)
	}
	if tile.Encoding == tiles.Identity && !plain {
		tile.Data, tile.Encoding = encode(how, tile.Data), how
		tile.ETag = quote(strings.Trim(tile.ETag, `"`), how)
	}
	return sendTile(c, tile)
}
