package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
)

// A problem is the one shape of all errors (RFC 9457).
type problem struct {
	Type     string          `json:"type"` // where /api.html explains the kind
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail,omitempty"`
	Instance string          `json:"instance"`   // path of the request
	Request  string          `json:"request_id"` // as in the header X-Request-Id and in the log
	Errors   layers.Problems `json:"errors,omitempty"`

	kind   kind
	header http.Header
}

func (p *problem) Error() string { return p.kind.slug + ": " + p.Detail }

// A kind of problem has a name that programs can rely on.
type kind struct {
	slug   string
	status int
	en, zh string
}

var (
	badParameter   = kind{"bad-parameter", 400, "A parameter is not valid", "参数无效"}
	malformed      = kind{"malformed", 400, "The body is not readable", "请求体无法解析"}
	unauthorised   = kind{"unauthorised", 401, "You are not signed in", "尚未登录"}
	forbidden      = kind{"forbidden", 403, "You may not do this", "没有权限"}
	tooMany        = kind{"too-many-requests", 429, "Too many requests", "请求过于频繁"}
	notFound       = kind{"not-found", 404, "There is no such thing", "资源不存在"}
	badMethod      = kind{"method-not-allowed", 405, "This resource does not answer to that method", "不支持该方法"}
	notAcceptable  = kind{"not-acceptable", 406, "None of the accepted forms can be given", "无法提供所接受的格式"}
	badOrigin      = kind{"origin-not-allowed", 403, "Pages of that origin may not do this", "不允许该来源的页面访问"}
	upgradeNeeded  = kind{"upgrade-required", 426, "This address speaks WebSocket", "此地址仅支持 WebSocket"}
	exists         = kind{"exists", 409, "It exists already", "对象已存在"}
	conflict       = kind{"conflict", 409, "Somebody else changed it meanwhile", "对象已被他人修改"}
	ended          = kind{"ended", 410, "It has ended", "已经结束"}
	precondition   = kind{"precondition-failed", 412, "It is not in the state that you named", "前置条件不满足"}
	tooLarge       = kind{"too-large", 413, "The request is too large", "请求过大"}
	badMediaType   = kind{"unsupported-media-type", 415, "The body is of a kind that is not read here", "不支持的内容类型"}
	invalid        = kind{"invalid", 422, "The content is not valid", "内容不符合要求"}
	internal       = kind{"internal", 500, "The server failed", "服务器内部错误"}
	unavailable    = kind{"unavailable", 503, "The server cannot answer now", "服务暂不可用"}
	otherFault     = kind{"request", 400, "The request was refused", "请求被拒绝"}
	kindsOfProblem = []kind{badParameter, malformed, unauthorised, forbidden, tooMany, notFound, badOrigin, badMethod, notAcceptable, exists, conflict, ended, precondition, tooLarge, badMediaType, invalid, upgradeNeeded, internal, unavailable, otherFault}
)

// refuse makes a problem.
func refuse(k kind, format string, args ...any) *problem {
	return &problem{kind: k, Status: k.status, Detail: fmt.Sprintf(format, args...)}
}

// wrong makes a problem with the places where things are wrong.
func wrong(k kind, ps layers.Problems) *problem {
	p := refuse(k, "%s: %s", ps[0].Place, ps[0].Message)
	if len(ps) > 1 {
		p.Detail = fmt.Sprintf("%d things are wrong; see errors", len(ps))
	}
	p.Errors = ps
	return p
}

// send writes the problem in the reader's language.
func (p *problem) send(c echo.Context) error {
	h := c.Response().Header()
	for name, values := range p.header {
		h[name] = values
	}
	language := p.name(c)
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	h.Del("Etag")
	h.Del("Content-Encoding")
	h.Set("Content-Language", language)
	h.Set("Cache-Control", "no-store")
	return c.Blob(p.Status, "application/problem+json", body)
}

// name says what the problem is, in the reader's language, and to which request.
func (p *problem) name(c echo.Context) (language string) {
	p.Type, p.Title, language = "/api.html#"+p.kind.slug, p.kind.en, "en"
	if prefersChinese(c.Request()) {
		p.Title, language = p.kind.zh, "zh-CN"
	}
	p.Instance, p.Request = c.Request().URL.EscapedPath(), c.Response().Header().Get(echo.HeaderXRequestID)
	return language
}

// prefersChinese tells whether the reader's first language is Chinese.
func prefersChinese(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Accept-Language"))), "zh")
}
