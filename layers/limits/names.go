package limits

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Name tells whether the name of a property, a column, a layer or a title says something that is not kept; nil is no.
func Name(name string) *Breach {
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

// traditional characters of the words below, and the simplified ones, in the same order.
const (
	traditional = "貌黨員團訪體態殘疾種族籍數據號碼證機動電話線無線風險評級積點對佈監視顏臉紋聲虹膜國際貫別傾戀愛懷慮標籤階層區護衛藍網絡蹤軌跡級類單屬選項檔案歷職業學歷齡陽陰腫診斷癥狀傳編審車牌頁軍獄"
	modern      = "貌党员团访体态残疾种族籍数据号码证机动电话线无线风险评级积点对布监视颜脸纹声虹膜国际贯别倾恋爱怀虑标签阶层区护卫蓝网络踪轨迹级类单属选项档案历职业学历龄阳阴肿诊断症状传编审车牌页军狱"
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
	for _, whole := range r.whole {
		if joined == whole {
			return whole
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
