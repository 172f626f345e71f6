package limits

// A rule says how one kind of attribute is called. What is in fine is taken out of a name before it is looked at:
// names of places, bodies and things that only sound alike.
type rule struct {
	kind   Kind
	hanzi  []string // anywhere in the name
	within []string // letters, anywhere in the name: long enough that no other word has them inside
	words  []string // whole words, one or several without what is between them
	whole  []string // letters that are the whole name
	of     []string // words that make it so after people, one after the other: resident phone, owner's phone
	fine   []string
}

// people are words for them, as names of attributes begin.
var people = []string{"person", "persons", "people", "personal", "resident", "residents", "citizen", "citizens", "individual", "inhabitant", "tenant", "landlord", "householder", "owner", "owners", "keeper", "holder",
	"guardian", "parent", "parents", "family", "victim", "caller", "reporter", "driver", "contactperson", "user", "renyuan", "huzhu", "yezhu", "jumin"}

// rules are tried in this order.
var rules = []rule{
	{kind: Identity,
		hanzi:  []string{"身份证", "公民身份", "证件号", "证件编号", "社会保障号", "社保号", "护照", "户籍号", "居住证号", "身份号", "驾驶证号", "驾照号"},
		within: []string{"shenfenzheng", "gongminshenfen", "zhengjianhao", "identitycard", "identitynumber", "socialsecurity"},
		words:  []string{"idcard", "idcardno", "idcardnumber", "identityno", "nationalid", "citizenid", "citizennumber", "residentid", "personalid", "passport", "ssn", "sfzh", "sfzhm", "gmsfhm", "gmsfzhm", "zjhm", "shebaohao", "huzhao", "driverslicence", "driverslicense", "driverlicence", "driverlicense", "jiashizheng"},
		whole:  []string{"sfz", "zjh", "idno", "idnum", "idnumber", "identity"}},
	{kind: Ethnicity,
		hanzi: []string{"民族", "族别", "种族", "族裔", "族群", "少数民族"},
		words: []string{"ethnic", "ethnicity", "ethnicgroup", "ethnos", "nationality", "racial", "minority", "minorities", "minzu", "minzudaima", "zuqun", "zubie", "mzdm", "minzumingcheng", "minzubie", "minzuchengfen", "shaoshuminzu"},
		whole: []string{"race", "races", "humanrace", "racename", "racetype", "mz", "racecode", "raceethnicity", "zhongzu"},
		fine:  []string{"民族路", "民族街", "民族巷", "民族中学", "民族小学", "民族学校", "民族学院", "民族大学", "民族团结", "民族文化宫", "民族广场", "民族医院", "民族幼儿园", "民族村", "民族乡", "minzulu", "minzuroad", "minzujie", "minzustreet", "minzuzhongxue", "minzuxiaoxue", "minzudaxue"}},
	{kind: Religion,
		hanzi:  []string{"宗教", "信仰", "教派", "信教", "教徒", "信众", "教民"},
		within: []string{"zongjiao"},
		words:  []string{"religion", "religious", "faith", "denomination", "creed", "worshipper", "believer", "zjxy", "jiaopai", "xinjiao", "xinyangqingkuang"},
		whole:  []string{"xinyang", "belief"},
		fine:   []string{"宗教活动场所", "宗教场所", "宗教建筑", "宗教局"}},
	{kind: Politics,
		hanzi:  []string{"政治面貌", "政治面目", "政治倾向", "政治背景", "政治表现", "政治立场", "党派", "党员", "入党", "团员", "政治信仰", "政审"},
		within: []string{"zhengzhimianmao", "politicalparty", "partymember"},
		words:  []string{"political", "politics", "politicalstatus", "partymembership", "partyaffiliation", "zzmm", "dangyuan", "dangpai", "rudang", "tuanyuan"},
		whole:  []string{"zhengzhi", "party"},
		fine:   []string{"politicalboundary", "geopolitical", "党员活动室", "党员活动中心", "党员服务中心", "党群服务"}},
	{kind: Petition,
		hanzi: []string{"信访", "上访", "访民", "缠访", "闹访", "截访", "越级访", "非访", "赴省进京", "维权人员", "集体访", "重复访"},
		words: []string{"petition", "petitions", "petitioner", "petitioners", "petitioning", "xinfang", "shangfang", "xinfangcishu", "shangfangcishu", "fangmin", "chanfang", "naofang", "xinfangdengji", "xinfangrenyuan", "xinfangshixiang", "xinfangyuanyin", "shangfanghu", "shangfangrenyuan", "shangfangyuanyin", "shangfangjilu"},
		whole: []string{"xfcs", "sfcs"},
		fine:  []string{"信访局", "信访办", "信访接待室", "信访接待中心", "信访室", "shangfangshan"}},
	{kind: Health,
		hanzi:  []string{"病史", "疾病", "病情", "病人", "患者", "确诊", "残疾", "残障", "精神障碍", "精神病", "吸毒", "戒毒", "艾滋", "爱滋", "核酸", "病种", "病名", "心理健康", "心理疾病", "智力障碍", "用药", "传染病", "健康码", "健康状况", "身体状况", "血型", "孕妇", "怀孕", "孕期", "既往史", "过敏史", "用药史", "诊断", "体检结果", "慢性病"},
		within: []string{"medicalrecord", "medicalhistory", "healthcode", "jingshenbing", "jiankangzhuangkuang", "jiankangma", "bloodtype", "bloodgroup"},
		words: []string{"disease", "diseases", "diagnosis", "diagnoses", "illness", "disability", "disabilities", "disabledperson", "handicapped", "hiv", "hepatitis", "pregnant", "pregnancy", "mentalhealth", "mentalillness", "psychiatric", "patient", "patients",
			"drugaddict", "druguser", "addict", "addiction", "medicalcondition", "healthcondition", "healthrecord", "personhealth", "jibing", "bingshi", "bingqing", "canji", "canjiren", "xidu", "xiduren", "xuexing", "yunfu", "huanzhe", "aizi", "personalhealth", "residenthealth", "citizenhealth", "healthofperson", "drugabuse", "drugabuser", "bingzhong", "guowangbingshi", "jiwangshi"},
		fine: []string{"残疾人联合会", "残疾人服务", "残疾人学校", "残疾人康复", "无障碍", "戒毒所", "强制戒毒所", "传染病医院", "传染病院", "残疾人专用车位", "handicappedparking", "handicappedaccess", "disabilityaccess", "patientbeds", "patientcapacity", "精神病医院", "精神病院", "疾病预防控制中心", "疾控中心", "残疾人坡道", "残疾人通道", "残疾人卫生间", "残疾人停车位", "残疾人车位", "故障诊断", "视频诊断", "质量诊断", "设备诊断", "网络诊断", "自诊断",
			"videodiagnosis", "faultdiagnosis", "qualitydiagnosis", "devicediagnosis", "networkdiagnosis"}},
	{kind: Sexuality,
		hanzi:  []string{"性取向", "性倾向", "性指向", "性别认同", "同性恋", "双性恋", "跨性别", "性生活", "性行为", "性伴侣"},
		within: []string{"sexualorientation", "genderidentity", "xingquxiang", "tongxinglian", "homosexual", "bisexual", "transgender"},
		words:  []string{"sexuality", "sexual", "lgbt", "lgbtq", "lesbian", "gay", "queer", "xingqingxiang"}},
	{kind: Biometric,
		hanzi:  []string{"指纹", "指印", "脸", "面部", "虹膜", "声纹", "掌纹", "步态", "生物特征", "基因", "人像", "指静脉", "视网膜", "体貌特征"},
		within: []string{"fingerprint", "voiceprint", "faceprint", "palmprint", "biometric", "shengwutezheng", "retina", "zhiwen", "shengwen", "hongmo"},
		words:  []string{"dna", "irisscan", "iriscode", "iristemplate", "irisimage", "irisrecognition", "gait", "renlian", "renxiang", "jiyin", "butai", "faceurl", "facephoto", "facepic", "facetoken", "facescore", "faceimage", "faceimages", "facefeature", "facefeatures", "facetemplate", "faceembedding", "facevector", "faceid", "facial", "facerecognition", "facematch", "facecapture", "facelibrary", "facedata", "faceencoding", "fingerid"},
		whole:  []string{"face", "faces", "finger", "iris", "renlianshibie"},
		fine:   []string{"路面部", "地面部", "墙面部", "屋面部"}},
	{kind: Plate,
		hanzi:  []string{"车牌", "号牌", "车号牌", "机动车号"},
		within: []string{"licenseplate", "licenceplate", "numberplate", "chepai", "haopai", "vehicleplate", "carplate", "registrationplate"},
		words:  []string{"hphm", "cphm", "hpzl", "cph", "vrn", "vehicleregistrationnumber", "carnumber", "plateno", "platenumber", "platenum", "platecolor", "platecolour", "platetype"},
		whole:  []string{"plate", "plates", "lpr", "anpr"},
		fine:   []string{"门牌号牌", "门号牌", "路号牌", "停车牌", "menhaopai", "luhaopai"}},
	{kind: Phone,
		hanzi:  []string{"手机", "移动电话", "本人电话", "家庭电话", "个人电话", "住宅电话", "联系人电话", "主人电话", "户主电话", "业主电话", "房东电话", "租客电话", "租户电话", "承租人电话", "家长电话", "监护人电话", "养犬人电话", "饲养人电话", "犬主电话", "报警人电话", "报案人电话", "当事人电话", "司机电话", "驾驶员电话", "居民电话", "车主电话", "亲属电话", "家属电话", "wifi探针", "wifi特征", "sim卡号", "蓝牙地址", "无线网卡", "串号", "设备识别码", "热点名称"},
		within: []string{"mobilephone", "mobilenumber", "cellphone", "cellnumber", "shoujihao", "yidongdianhua", "macaddress", "homephone", "personalphone", "bluetoothaddress", "wifimac", "macaddr"},
		words:  []string{"imei", "imsi", "iccid", "msisdn", "meid", "esn", "bssid", "ssid", "mac", "imeisv", "tmsi", "idfa", "oaid", "gaid", "shouji", "sjh", "sjhm", "mobileno", "cellno", "contactmobile", "telmobile", "telephonemobile", "phonemobile", "mobiletel", "mobilenum", "simnumber", "simcardnumber", "simcard", "simno", "wifiid", "wifiprobe", "wifidevice", "phoneofperson", "phonenumberofperson"},
		of:     []string{"phone", "telephone", "tel", "phones", "mobile", "cell", "dianhua", "mac"},
		whole:  []string{"mobile", "mdn", "wechat", "weixin", "weixinhao", "qq"}},
	{kind: Watchlist,
		hanzi:  []string{"重点人员", "重点人口", "重点对象", "重点人", "犯罪记录", "违法记录", "犯罪前科", "重点管控", "管控对象", "管控人员", "布控", "在逃", "黑名单", "前科", "涉恐", "涉稳", "涉毒", "涉疆", "涉藏", "邪教", "社区矫正", "刑满释放", "刑释", "刑嫌", "嫌疑人", "违法犯罪人员", "高危人员", "特殊人群", "重点青少年", "关注人员", "稳控"},
		within: []string{"zhongdianren", "watchlist", "blacklist", "criminalrecord", "heimingdan", "zaitaoren", "weikong"},
		words:  []string{"suspect", "suspects", "wanted", "fugitive", "offender", "offenders", "parolee", "convict", "zdry", "zdrk", "bukong", "qianke", "shekong", "shewen", "shedu", "criminals", "extremist", "terrorist", "personofinterest", "personsofinterest"},
		fine:   []string{"稳控点"}},
	{kind: Score,
		hanzi:  []string{"风险", "评分", "打分", "积分", "信用分", "信用等级", "危险等级", "危险程度", "可疑度", "嫌疑度", "预测", "画像", "人员等级", "人员级别", "人员分级", "人员评级", "人员评分", "管控级别", "管控等级", "关注等级"},
		within: []string{"fengxian", "pingfen", "suspicion", "threatlevel", "dangerousness", "propensity"},
		of:     []string{"level", "grade", "rank", "ranking", "rating", "levels"},
		words:  []string{"risk", "risks", "riskscore", "risklevel", "score", "scores", "scoring", "creditscore", "socialcredit", "weixiandengji", "jifen", "predicted", "prediction", "likelihood", "profiling", "threat", "threats", "dangerlevel", "levelofperson", "gradeofperson", "scoreofperson", "renyuandengji", "renyuanjibie", "xinyongfen"},
		fine: []string{"火灾风险", "洪水风险", "内涝风险", "地质灾害风险", "滑坡风险", "泥石流风险", "自然灾害风险", "风险点", "天气预测", "降雨预测", "水位预测", "流量预测",
			"parentlevel", "floodrisk", "firerisk", "landsliderisk", "fengxianqu", "fengxiandistrict", "fengxiancounty", "fengxianxian", "fengxianroad"}},
}
