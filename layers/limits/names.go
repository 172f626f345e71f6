package limits

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Name tells whether the name of a property, a column, a layer or a title says something that is not kept; nil is no.
func Name(name string) *Breach {
	if b := Value(name); b != nil {
		b.What = "the name, " + b.What + ","
		return b
	}
	f := fold(name)
	for _, r := range rules {
		if part := r.finds(f); part != "" {
			return &Breach{r.kind, fmt.Sprintf("the name %q (%s)", clip(name), part)}
		}
	}
	return nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// A folded name is free of how it is written: full width, capitals, camel case, separators, traditional characters.
type folded struct {
	words  []string // runs of Latin letters, split at separators, digits and camel case
	joined string   // all letters of all scripts, without anything between
}

func fold(name string) folded {
	var f folded
	var word, joined strings.Builder
	end := func() {
		if word.Len() > 0 {
			f.words = append(f.words, word.String())
			word.Reset()
		}
	}
	before := rune(0)
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r): // tones of pinyin, zero width
			continue
		case unicode.Is(unicode.Han, r):
			end()
			joined.WriteRune(simplified(r))
		case unicode.IsLetter(r):
			if unicode.IsUpper(r) && unicode.IsLower(before) {
				end()
			}
			word.WriteRune(unicode.ToLower(r))
			joined.WriteRune(unicode.ToLower(r))
		default:
			end()
		}
		before = r
	}
	end()
	f.joined = joined.String()
	return f
}

// traditional characters of the words of the rules and lists, and the simplified ones, in the same order.
const (
	traditional = "黨員團訪體態殘種數據號碼證機動電話線無風險評級積點對佈監視顏臉紋聲別傾戀愛懷標區護藍網絡類單屬業學診斷狀傳編審車婦礙個戶聯繫畫預測穩滿釋矯違關認雙靜脈熱設備識駕駛過藥確維爾壯漢產眾衆蘭猶東鄉養親緊報國會農臺"
	modern      = "党员团访体态残种数据号码证机动电话线无风险评级积点对布监视颜脸纹声别倾恋爱怀标区护蓝网络类单属业学诊断状传编审车妇碍个户联系画预测稳满释矫违关认双静脉热设备识驾驶过药确维尔壮汉产众众兰犹东乡养亲紧报国会农台"
)

var toSimplified = func() map[rune]rune {
	all := map[rune]rune{}
	to := []rune(modern)
	for i, r := range []rune(traditional) {
		all[r] = to[i]
	}
	return all
}()

func simplified(r rune) rune {
	if s, known := toSimplified[r]; known {
		return s
	}
	return r
}

// finds returns the part of a name that the rule is about, "" when there is none.
func (r *rule) finds(f folded) string {
	joined := f.joined
	for _, fine := range r.fine {
		joined = strings.ReplaceAll(joined, fine, "")
	}
	for _, part := range r.hanzi {
		if strings.Contains(joined, part) {
			return part
		}
	}
	for _, part := range r.within {
		if strings.Contains(joined, part) {
			return part
		}
	}
	for _, phrase := range r.words {
		if f.has(phrase) && strings.Contains(joined, phrase) {
			return phrase
		}
	}
	for _, what := range r.of {
		if who := f.whose(what); who != "" && strings.Contains(joined, what) {
			return who + " " + what
		}
	}
	for _, whole := range r.whole {
		if joined == whole {
			return whole
		}
	}
	return ""
}

// whose tells whom of the people a name gives the attribute to, "" when it is nobody's: person_phone, owner's phone no.
func (f folded) whose(what string) string {
	for i, w := range f.words {
		if w == what && i > 0 && f.words[i-1] == "s" && i > 1 { // owner's
			i--
		}
		if i > 0 && w == what && slices.Contains(people, f.words[i-1]) {
			return f.words[i-1]
		}
		if who, is := strings.CutSuffix(w, what); is && slices.Contains(people, who) {
			return who
		}
	}
	return ""
}

// has tells whether words that follow one another make up the phrase, written together or apart.
func (f folded) has(phrase string) bool {
	for i := range f.words {
		rest := phrase
		for _, w := range f.words[i:] {
			next, ok := strings.CutPrefix(rest, w)
			if !ok {
				break
			}
			if rest = next; rest == "" {
				return true
			}
		}
	}
	return false
}
