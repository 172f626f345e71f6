package limits

import (
	"fmt"
	"slices"
	"strings"
)

// Codes tells whether values that a property may have are a list of what is not kept: names or letter codes of ethnic
// groups (GB/T 3304), political faces (GB/T 4762), religions, classes of people to watch, sexual orientations. Two of a
// list that make up half of the values are enough, one if all others say "other" or "unknown". Values that also mean
// something else (水, 土, 蒙古, 群众) count, but not without a clear one. Bare numbers are no list: 01 may be anything.
func Codes(values []string) *Breach {
	keys := make([]key, 0, len(values))
	for _, v := range values {
		if k := plain(v); k.text != "" && !neutral[k.text] {
			keys = append(keys, k)
		}
	}
	for _, list := range lists {
		found, clear := list.count(keys)
		if clear > 0 && found*2 >= len(keys) && (found >= 2 || found == len(keys) && clear == 1) {
			return &Breach{list.kind, fmt.Sprintf("the list of values, of which %d are of that kind,", found)}
		}
	}
	if areEthnicLetters(values) {
		return &Breach{Ethnicity, "the list of values, which are the letter codes of GB/T 3304,"}
	}
	return nil
}

// Member tells whether a value is one of the lists, for who reads values one after the other: a column of such values
// is what Codes finds when it has seen some.
func Member(value string) bool {
	if len(value) > 60 {
		return false
	}
	k := plain(value)
	for _, list := range lists {
		if list.has(k) {
			return true
		}
	}
	return strings.EqualFold(strings.TrimSpace(value), "HA")
}

// A key is a value without what people write around it: "01 汉族" and "汉" are the same.
type key struct {
	text string
	full bool // 族 or the like was written: it is an ethnic group and nothing else
}

func plain(v string) key {
	k := key{text: fold(v).joined}
	for _, end := range []string{"ethnicgroup", "nationality", "people", "族"} {
		if rest, cut := strings.CutSuffix(k.text, end); cut && rest != "" {
			k.text, k.full = rest, true
		}
	}
	return k
}

// A list is what values of one kind are called.
type list struct {
	kind  Kind
	clear map[string]bool
	vague map[string]bool // other things are called so, too
}

func (l list) has(k key) bool { return l.clear[k.text] || l.vague[k.text] }

// count tells how many different values are in the list, and how many of them mean nothing else.
func (l list) count(keys []key) (found, clear int) {
	seen := map[string]bool{}
	for _, k := range keys {
		if !l.has(k) || seen[k.text] {
			continue
		}
		seen[k.text] = true
		found++
		if l.clear[k.text] || k.full {
			clear++
		}
	}
	return found, clear
}

var neutral = setOf("其他 其它 未知 不详 未说明 无 空 否 是 other others unknown none null no yes na")

var lists = []list{
	{Ethnicity, setOf("回 维吾尔 彝 壮 布依 侗 瑶 土家 哈尼 哈萨克 傣 傈僳 佤 畲 拉祜 纳西 景颇 柯尔克孜 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 乌孜别克 鄂温克 德昂 裕固 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 少数民 少数民族 非汉 穿青人 " +
		"zang tibetan uygur uyghur uighur mongol kazak dongxiang salar baoan bonan yugur yugu zhuang hani tujia hui weiwuer hasake huizu hanzu zangzu manzu miaozu menggu mengguzu weiwuerzu"),
		setOf("汉 满 蒙古 藏 苗 朝鲜 白 黎 高山 水 东乡 土 怒 俄罗斯 保安 京 han manchu mongolian kazakh miao dai bai yi qiang")},
	{Politics, setOf("中共党员 共产党员 中国共产党党员 中共预备党员 中国共产党预备党员 预备党员 共青团员 中国共产主义青年团团员 民革党员 民革会员 中国国民党革命委员会会员 民盟盟员 中国民主同盟盟员 民建会员 中国民主建国会会员 民进会员 中国民主促进会会员 农工党党员 中国农工民主党党员 致公党党员 中国致公党党员 九三学社社员 台盟盟员 台湾民主自治同盟盟员 无党派人士 无党派民主人士 群众现称普通公民 党员 非党员 " +
		"zhonggongdangyuan gongqingtuanyuan communistpartymember cpcmember cpcprobationarymember leaguemember dangyuan 团员 tuanyuan"),
		setOf("群众 普通公民 qunzhong")},
	{Religion, setOf("佛教 道教 伊斯兰教 天主教 基督教 基督新教 东正教 犹太教 印度教 藏传佛教 无宗教信仰 不信教 信教 基督徒 穆斯林 佛教徒 天主教徒 道教徒 教徒 " +
		"buddhism buddhist taoism taoist islam muslim catholic catholicism christianity protestant hinduism judaism atheist fojiao daojiao yisilanjiao jidujiao tianzhujiao"),
		setOf("christian orthodox hindu jewish")},
	{Sexuality, setOf("同性恋 双性恋 异性恋 跨性别 无性恋 homosexual heterosexual bisexual transgender asexual lesbian gay"), setOf("straight")},
	{Watchlist, setOf("涉恐 涉恐人员 涉稳 涉稳人员 涉毒 涉毒人员 吸毒人员 在逃人员 重大刑事犯罪前科人员 刑事犯罪前科人员 前科人员 肇事肇祸精神病人 精神病人 重点上访人员 上访人员 重点人员 重点人口 刑满释放人员 社区矫正人员 邪教人员 " +
		"fugitive parolee petitioner drugaddict"), setOf("一般人员 普通人员 suspect")},
}

func setOf(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[plain(w).text] = true
	}
	return all
}

// ethnicLetters are the letter codes of GB/T 3304.
const ethnicLetters = "HA MG HU ZA UG MH YI ZH BY CS MA DO YA BA TJ HN KZ DA LI LS VA SH GS LH SU DX NX JP KG TU DU ML QI BL SL MN GL XB AC PM TA NU UZ RS EW DE BN YG GI TT DR OR HZ MB LB JN"

// areEthnicLetters tells whether all values are such codes. Countries and provinces have two letters as well; but no
// list of theirs has both HA (汉) and HU (回) and nothing else than these.
func areEthnicLetters(values []string) bool {
	known := strings.Fields(ethnicLetters)
	han, hui := false, false
	for _, v := range values {
		v = strings.ToUpper(strings.TrimSpace(v))
		if !slices.Contains(known, v) {
			return false
		}
		han, hui = han || v == "HA", hui || v == "HU"
	}
	return han && hui
}
