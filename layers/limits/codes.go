package limits

import (
	"fmt"
	"strings"
)

// Codes tells whether values that a property may have are a list of what is not kept: names of ethnic groups
// (GB/T 3304), political faces (GB/T 4762), religions. Two of a list that make up half of the values are enough.
func Codes(values []string) *Breach {
	for _, list := range lists {
		found := map[string]bool{}
		for _, v := range values {
			if key := plain(v); list.has[key] {
				found[key] = true
			}
		}
		if len(found) >= 2 && len(found)*2 >= len(values) {
			return &Breach{list.kind, fmt.Sprintf("the list of values, of which %d are of that kind,", len(found))}
		}
	}
	return nil
}

// plain is a value without what people write around it: "01 汉族" and "汉" are the same.
func plain(v string) string {
	f := fold(v)
	s := f.joined
	for _, end := range []string{"ethnicgroup", "nationality", "people", "族"} {
		s = strings.TrimSuffix(s, end)
	}
	return s
}

var lists = []struct {
	kind Kind
	has  map[string]bool
}{
	{Ethnicity, setOf("汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 " +
		"han hui zang tibetan uygur uyghur uighur mongol mongolian manchu kazak kazakh dongxiang salar baoan bonan yugur yugu zhuang hani miao tujia dai bai yi qiang")},
	{Politics, setOf("中共党员 共产党员 中国共产党党员 中共预备党员 中国共产党预备党员 预备党员 共青团员 中国共产主义青年团团员 团员 民革党员 民革会员 民盟盟员 民建会员 民进会员 农工党党员 致公党党员 九三学社社员 台盟盟员 无党派人士 无党派民主人士 群众 群众现称普通公民 普通公民 " +
		"zhonggongdangyuan gongqingtuanyuan qunzhong communistpartymember cpcmember cpcprobationarymember leaguemember")},
	{Religion, setOf("佛教 道教 伊斯兰教 天主教 基督教 基督新教 东正教 犹太教 印度教 藏传佛教 无宗教信仰 不信教 " +
		"buddhism buddhist taoism taoist islam muslim catholic catholicism christian christianity protestant orthodox hindu hinduism jewish judaism atheist")},
}

func setOf(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[plain(w)] = true
	}
	return all
}

// Member tells whether a value is one of the lists, for who reads values one after the other: a column of such values
// is what Codes finds when it has seen some.
func Member(value string) bool {
	if len(value) > 60 {
		return false
	}
	key := plain(value)
	for _, list := range lists {
		if list.has[key] {
			return true
		}
	}
	return false
}
