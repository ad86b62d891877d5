/* SPDX-License-Identifier: Apache-2.0 */
/* What readers of each language say for what is written. */
#include "base/str.h"
#include "voice/intl.h"

/* ---- Spanish ------------------------------------------------------------------------------- */

static const struct intl_pair ES_HOURS[] = {{"1", "una"}, {"21", "veintiuna"}, {NULL, NULL}};
static const struct intl_unit ES_UNITS[] = {
    {"km/h", "un kilómetro por hora", "kilómetros por hora"},
    {"km²", "un kilómetro cuadrado", "kilómetros cuadrados"},
    {"m²", "un metro cuadrado", "metros cuadrados"},
    {"m³", "un metro cúbico", "metros cúbicos"},
    {"km", "un kilómetro", "kilómetros"},
    {"cm", "un centímetro", "centímetros"},
    {"mm", "un milímetro", "milímetros"},
    {"kg", "un kilo", "kilos"},
    {"mg", "un miligramo", "miligramos"},
    {"ml", "un mililitro", "mililitros"},
    {"kWh", "un kilovatio hora", "kilovatios hora"},
    {"kW", "un kilovatio", "kilovatios"},
    {"GB", "un gigabyte", "gigabytes"},
    {"MB", "un megabyte", "megabytes"},
    {"°C", "un grado", "grados"},
    {"°", "un grado", "grados"},
    {"m", "un metro", "metros"},
    {"g", "un gramo", "gramos"},
    {"l", "un litro", "litros"},
    {NULL, NULL, NULL},
};
static const struct intl_currency ES_MONEY[] = {
    {"€", "un euro", "euros", "céntimos"},   {"EUR", "un euro", "euros", "céntimos"},
    {"US$", "un dólar", "dólares", "centavos"}, {"USD", "un dólar", "dólares", "centavos"},
    {"$", "un dólar", "dólares", "centavos"},   {"£", "una libra", "libras", "peniques"},
    {"¥", "un yen", "yenes", ""},               {NULL, NULL, NULL, NULL},
};
static const char *const ES_LARGE[] = {"millones", "millón", "mil millones", "billones", "mil",
                                       NULL};
static const struct intl_pair ES_SHORT[] = {
    {"sr.", "señor"},       {"sra.", "señora"},     {"srta.", "señorita"}, {"sres.", "señores"},
    {"dr.", "doctor"},      {"dra.", "doctora"},    {"d.", "don"},         {"dña.", "doña"},
    {"prof.", "profesor"},  {"ud.", "usted"},       {"uds.", "ustedes"},   {"vd.", "usted"},
    {"ee. uu.", "Estados Unidos"}, {"ee.uu.", "Estados Unidos"},
    {"p. ej.", "por ejemplo"},     {"p.ej.", "por ejemplo"},
    {"etc.", "etcétera"},   {"núm.", "número"},     {"nº", "número"},      {"n.º", "número"},
    {"pág.", "página"},     {"págs.", "páginas"},   {"av.", "avenida"},    {"avda.", "avenida"},
    {"tel.", "teléfono"},   {"aprox.", "aproximadamente"}, {"sta.", "santa"}, {"sto.", "santo"},
    {"a. c.", "antes de Cristo"}, {"a.c.", "antes de Cristo"}, {"d. c.", "después de Cristo"},
    {"a. m.", "a eme"},     {"p. m.", "pe eme"},    {"a.m.", "a eme"},     {"p.m.", "pe eme"},
    {NULL, NULL},
};
static const struct intl_pair ES_SYMBOLS[] = {
    {"&", "y"}, {"+", "más"}, {"=", "igual a"}, {"@", "arroba"}, {"%", "por ciento"},
    {"×", "por"}, {"÷", "entre"}, {"½", "un medio"}, {"¼", "un cuarto"}, {"§", "sección"},
    {"€", "euros"}, {"$", "dólares"}, {"/", ""}, {"°", "grados"}, {NULL, NULL},
};
static const struct intl_language ES = {
    .tag = "es", .decimal = ',', .point = "coma", .minus = "menos", .percent = "por ciento",
    .range = "a", .cents = "con", .of_coin = "de", .minutes = "y", .hours = ES_HOURS,
    .date_of = "de",
    .months = {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
               "septiembre", "octubre", "noviembre", "diciembre"},
    .ordinals = {NULL, "primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo",
                 "octavo", "noveno", "décimo", "undécimo", "duodécimo", "decimotercero",
                 "decimocuarto", "decimoquinto", "decimosexto", "decimoséptimo", "decimoctavo",
                 "decimonoveno", "vigésimo"},
    .units = ES_UNITS, .currencies = ES_MONEY, .large = ES_LARGE, .abbreviations = ES_SHORT,
    .symbols = ES_SYMBOLS,
};

/* ---- French -------------------------------------------------------------------------------- */

static const struct intl_pair FR_HOURS[] = {{"1", "une"}, {"21", "vingt et une"}, {NULL, NULL}};
static const struct intl_unit FR_UNITS[] = {
    {"km/h", "un kilomètre heure", "kilomètres heure"},
    {"km²", "un kilomètre carré", "kilomètres carrés"},
    {"m²", "un mètre carré", "mètres carrés"},
    {"m³", "un mètre cube", "mètres cubes"},
    {"km", "un kilomètre", "kilomètres"},
    {"cm", "un centimètre", "centimètres"},
    {"mm", "un millimètre", "millimètres"},
    {"kg", "un kilo", "kilos"},
    {"mg", "un milligramme", "milligrammes"},
    {"ml", "un millilitre", "millilitres"},
    {"kWh", "un kilowattheure", "kilowattheures"},
    {"kW", "un kilowatt", "kilowatts"},
    {"Go", "un gigaoctet", "gigaoctets"},
    {"Mo", "un mégaoctet", "mégaoctets"},
    {"°C", "un degré", "degrés"},
    {"°", "un degré", "degrés"},
    {"min", "une minute", "minutes"},
    {"m", "un mètre", "mètres"},
    {"g", "un gramme", "grammes"},
    {"l", "un litre", "litres"},
    {"L", "un litre", "litres"},
    {NULL, NULL, NULL},
};
static const struct intl_currency FR_MONEY[] = {
    {"€", "un euro", "euros", ""},     {"EUR", "un euro", "euros", ""},
    {"US$", "un dollar", "dollars", ""}, {"USD", "un dollar", "dollars", ""},
    {"$", "un dollar", "dollars", ""}, {"£", "une livre", "livres", ""},
    {"¥", "un yen", "yens", ""},       {"CHF", "un franc", "francs", ""},
    {NULL, NULL, NULL, NULL},
};
static const char *const FR_LARGE[] = {"millions", "million", "milliards", "milliard", NULL};
static const struct intl_pair FR_SHORT[] = {
    {"mm.", "messieurs"},  {"m.", "monsieur"},   {"mme", "madame"},      {"mmes", "mesdames"},
    {"mlle", "mademoiselle"}, {"dr", "docteur"}, {"dr.", "docteur"},     {"me", "maître"},
    {"pr", "professeur"},  {"st", "saint"},      {"ste", "sainte"},      {"bd", "boulevard"},
    {"av. j.-c.", "avant Jésus-Christ"},         {"apr. j.-c.", "après Jésus-Christ"},
    {"av.", "avenue"},     {"etc.", "et cetera"}, {"p. ex.", "par exemple"},
    {"n°", "numéro"},      {"nº", "numéro"},     {"tél.", "téléphone"},  {"env.", "environ"},
    {"c.-à-d.", "c'est-à-dire"},                 {"cf.", "confer"},      {"chap.", "chapitre"},
    {"s'il vous plaît", "s'il vous plaît"},      {NULL, NULL},
};
static const struct intl_pair FR_SYMBOLS[] = {
    {"&", "et"}, {"+", "plus"}, {"=", "égale"}, {"@", "arobase"}, {"%", "pour cent"},
    {"×", "fois"}, {"÷", "divisé par"}, {"½", "un demi"}, {"¼", "un quart"}, {"§", "paragraphe"},
    {"€", "euros"}, {"$", "dollars"}, {"/", ""}, {"°", "degrés"}, {NULL, NULL},
};
static const struct intl_language FR = {
    .tag = "fr", .decimal = ',', .point = "virgule", .minus = "moins", .percent = "pour cent",
    .range = "à", .cents = "", .of_coin = "de", .minutes = "heures", .full_hour = "heures",
    .full_hour_one = "heure", .hours = FR_HOURS, .date_of = "", .first_day = "premier",
    .months = {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
               "septembre", "octobre", "novembre", "décembre"},
    .ordinals = {NULL, "premier", "deuxième", "troisième", "quatrième", "cinquième", "sixième",
                 "septième", "huitième", "neuvième", "dixième", "onzième", "douzième", "treizième",
                 "quatorzième", "quinzième", "seizième", "dix-septième", "dix-huitième",
                 "dix-neuvième", "vingtième"},
    .units = FR_UNITS, .currencies = FR_MONEY, .large = FR_LARGE, .abbreviations = FR_SHORT,
    .symbols = FR_SYMBOLS,
};

/* ---- Italian ------------------------------------------------------------------------------- */

static const struct intl_pair IT_HOURS[] = {{"1", "una"}, {NULL, NULL}};
static const struct intl_unit IT_UNITS[] = {
    {"km/h", "un chilometro all'ora", "chilometri all'ora"},
    {"km²", "un chilometro quadrato", "chilometri quadrati"},
    {"m²", "un metro quadrato", "metri quadrati"},
    {"m³", "un metro cubo", "metri cubi"},
    {"km", "un chilometro", "chilometri"},
    {"cm", "un centimetro", "centimetri"},
    {"mm", "un millimetro", "millimetri"},
    {"kg", "un chilo", "chili"},
    {"mg", "un milligrammo", "milligrammi"},
    {"ml", "un millilitro", "millilitri"},
    {"kWh", "un chilowattora", "chilowattora"},
    {"kW", "un chilowatt", "chilowatt"},
    {"GB", "un gigabyte", "gigabyte"},
    {"MB", "un megabyte", "megabyte"},
    {"°C", "un grado", "gradi"},
    {"m", "un metro", "metri"},
    {"g", "un grammo", "grammi"},
    {"l", "un litro", "litri"},
    {NULL, NULL, NULL},
};
static const struct intl_currency IT_MONEY[] = {
    {"€", "un euro", "euro", "centesimi"},    {"EUR", "un euro", "euro", "centesimi"},
    {"US$", "un dollaro", "dollari", "centesimi"}, {"USD", "un dollaro", "dollari", "centesimi"},
    {"$", "un dollaro", "dollari", "centesimi"},   {"£", "una sterlina", "sterline", "penny"},
    {"¥", "uno yen", "yen", ""},                   {NULL, NULL, NULL, NULL},
};
static const char *const IT_LARGE[] = {"milioni", "milione", "miliardi", "miliardo", "mila", NULL};
static const struct intl_pair IT_SHORT[] = {
    {"sig.ra", "signora"},  {"sig.na", "signorina"}, {"sig.", "signor"},   {"sigg.", "signori"},
    {"dott.ssa", "dottoressa"}, {"dott.", "dottor"}, {"dr.", "dottor"},    {"prof.ssa", "professoressa"},
    {"prof.", "professor"}, {"avv.", "avvocato"},    {"ing.", "ingegnere"}, {"arch.", "architetto"},
    {"ecc.", "eccetera"},   {"etc.", "eccetera"},    {"es.", "esempio"},   {"p. es.", "per esempio"},
    {"pag.", "pagina"},     {"n.", "numero"},        {"n°", "numero"},     {"nº", "numero"},
    {"tel.", "telefono"},   {"s.p.a.", "esse pi a"}, {"a.c.", "avanti Cristo"},
    {"a. c.", "avanti Cristo"}, {"d.c.", "dopo Cristo"}, {"d. c.", "dopo Cristo"},
    {"on.", "onorevole"},   {"c.so", "corso"},       {"p.za", "piazza"},   {NULL, NULL},
};
static const struct intl_pair IT_SYMBOLS[] = {
    {"&", "e"}, {"+", "più"}, {"=", "uguale a"}, {"@", "chiocciola"}, {"%", "per cento"},
    {"×", "per"}, {"÷", "diviso"}, {"½", "un mezzo"}, {"¼", "un quarto"}, {"§", "paragrafo"},
    {"€", "euro"}, {"$", "dollari"}, {"/", ""}, {"°", "gradi"}, {NULL, NULL},
};
static const struct intl_language IT = {
    .tag = "it", .decimal = ',', .point = "virgola", .minus = "meno", .percent = "per cento",
    .cents = "e", .of_coin = "di", .minutes = "e", .hours = IT_HOURS, .date_of = "",
    .range = "", .first_day = "primo",
    .months = {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto",
               "settembre", "ottobre", "novembre", "dicembre"},
    .ordinals = {NULL, "primo", "secondo", "terzo", "quarto", "quinto", "sesto", "settimo",
                 "ottavo", "nono", "decimo", "undicesimo", "dodicesimo", "tredicesimo",
                 "quattordicesimo", "quindicesimo", "sedicesimo", "diciassettesimo",
                 "diciottesimo", "diciannovesimo", "ventesimo"},
    .units = IT_UNITS, .currencies = IT_MONEY, .large = IT_LARGE, .abbreviations = IT_SHORT,
    .symbols = IT_SYMBOLS,
};

/* ---- Brazilian Portuguese ------------------------------------------------------------------ */

static const struct intl_pair PT_HOURS[] = {
    {"1", "uma"}, {"2", "duas"}, {"21", "vinte e uma"}, {"22", "vinte e duas"}, {NULL, NULL}};
static const struct intl_unit PT_UNITS[] = {
    {"km/h", "um quilômetro por hora", "quilômetros por hora"},
    {"km²", "um quilômetro quadrado", "quilômetros quadrados"},
    {"m²", "um metro quadrado", "metros quadrados"},
    {"m³", "um metro cúbico", "metros cúbicos"},
    {"km", "um quilômetro", "quilômetros"},
    {"cm", "um centímetro", "centímetros"},
    {"mm", "um milímetro", "milímetros"},
    {"kg", "um quilo", "quilos"},
    {"mg", "um miligrama", "miligramas"},
    {"ml", "um mililitro", "mililitros"},
    {"kWh", "um quilowatt-hora", "quilowatts-hora"},
    {"kW", "um quilowatt", "quilowatts"},
    {"GB", "um gigabyte", "gigabytes"},
    {"MB", "um megabyte", "megabytes"},
    {"°C", "um grau", "graus"},
    {"°", "um grau", "graus"},
    {"min", "um minuto", "minutos"},
    {"m", "um metro", "metros"},
    {"g", "um grama", "gramas"},
    {"l", "um litro", "litros"},
    {NULL, NULL, NULL},
};
static const struct intl_currency PT_MONEY[] = {
    {"R$", "um real", "reais", "centavos"},    {"BRL", "um real", "reais", "centavos"},
    {"€", "um euro", "euros", "centavos"},     {"EUR", "um euro", "euros", "centavos"},
    {"US$", "um dólar", "dólares", "centavos"}, {"USD", "um dólar", "dólares", "centavos"},
    {"$", "um dólar", "dólares", "centavos"},  {"£", "uma libra", "libras", "pence"},
    {"¥", "um iene", "ienes", ""},             {NULL, NULL, NULL, NULL},
};
static const char *const PT_LARGE[] = {"milhões", "milhão", "bilhões", "bilhão", "trilhões", "mil",
                                       NULL};
static const struct intl_pair PT_SHORT[] = {
    {"sr.", "senhor"},     {"sra.", "senhora"},   {"srta.", "senhorita"}, {"srs.", "senhores"},
    {"dr.", "doutor"},     {"dra.", "doutora"},   {"prof.", "professor"}, {"profa.", "professora"},
    {"d.", "dona"},        {"eng.", "engenheiro"}, {"etc.", "etcétera"},  {"ex.", "exemplo"},
    {"p. ex.", "por exemplo"}, {"n.º", "número"}, {"nº", "número"},      {"n°", "número"},
    {"pág.", "página"},    {"págs.", "páginas"},  {"av.", "avenida"},     {"r.", "rua"},
    {"tel.", "telefone"},  {"aprox.", "aproximadamente"}, {"eua", "Estados Unidos"},
    {"a.c.", "antes de Cristo"}, {"d.c.", "depois de Cristo"}, {"ltda.", "limitada"},
    {NULL, NULL},
};
static const struct intl_pair PT_SYMBOLS[] = {
    {"&", "e"}, {"+", "mais"}, {"=", "igual a"}, {"@", "arroba"}, {"%", "por cento"},
    {"×", "vezes"}, {"÷", "dividido por"}, {"½", "meio"}, {"¼", "um quarto"}, {"§", "parágrafo"},
    {"€", "euros"}, {"$", "dólares"}, {"/", ""}, {"°", "graus"}, {NULL, NULL},
};
static const struct intl_language PT = {
    .tag = "pt-br", .decimal = ',', .point = "vírgula", .minus = "menos", .percent = "por cento",
    .range = "a", .cents = "e", .of_coin = "de", .minutes = "e", .full_hour = "horas",
    .full_hour_one = "hora", .hours = PT_HOURS, .date_of = "de", .first_day = "primeiro",
    .months = {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto",
               "setembro", "outubro", "novembro", "dezembro"},
    .ordinals = {NULL, "primeiro", "segundo", "terceiro", "quarto", "quinto", "sexto", "sétimo",
                 "oitavo", "nono", "décimo", "décimo primeiro", "décimo segundo",
                 "décimo terceiro", "décimo quarto", "décimo quinto", "décimo sexto",
                 "décimo sétimo", "décimo oitavo", "décimo nono", "vigésimo"},
    .units = PT_UNITS, .currencies = PT_MONEY, .large = PT_LARGE, .abbreviations = PT_SHORT,
    .symbols = PT_SYMBOLS,
};

/* ---- Hindi --------------------------------------------------------------------------------- */

static const struct intl_unit HI_UNITS[] = {
    {"km/h", "एक किलोमीटर प्रति घंटा", "किलोमीटर प्रति घंटा"},
    {"km", "एक किलोमीटर", "किलोमीटर"},
    {"cm", "एक सेंटीमीटर", "सेंटीमीटर"},
    {"mm", "एक मिलीमीटर", "मिलीमीटर"},
    {"kg", "एक किलो", "किलो"},
    {"GB", "एक गीगाबाइट", "गीगाबाइट"},
    {"MB", "एक मेगाबाइट", "मेगाबाइट"},
    {"°C", "एक डिग्री", "डिग्री"},
    {"°", "एक डिग्री", "डिग्री"},
    {"m", "एक मीटर", "मीटर"},
    {"g", "एक ग्राम", "ग्राम"},
    {NULL, NULL, NULL},
};
static const struct intl_currency HI_MONEY[] = {
    {"₹", "एक रुपया", "रुपये", "पैसे"}, {"INR", "एक रुपया", "रुपये", "पैसे"},
    {"$", "एक डॉलर", "डॉलर", "सेंट"},   {"€", "एक यूरो", "यूरो", "सेंट"},
    {"£", "एक पाउंड", "पाउंड", "पेंस"}, {NULL, NULL, NULL, NULL},
};
static const char *const HI_LARGE[] = {"लाख", "करोड़", "हज़ार", "अरब", NULL};
static const struct intl_pair HI_SHORT[] = {
    {"डॉ.", "डॉक्टर"}, {"प्रो.", "प्रोफ़ेसर"}, {"पं.", "पंडित"}, {"कि.मी.", "किलोमीटर"},
    {"कि.ग्रा.", "किलोग्राम"}, {"ई.", "ईस्वी"}, {NULL, NULL},
};
static const struct intl_pair HI_SYMBOLS[] = {
    {"&", "और"}, {"+", "जमा"}, {"=", "बराबर"}, {"@", "ऐट"}, {"%", "प्रतिशत"}, {"×", "गुणा"},
    {"½", "आधा"}, {"₹", "रुपये"}, {"/", ""}, {"°", "डिग्री"}, {NULL, NULL},
};
static const struct intl_language HI = {
    .tag = "hi", .decimal = '.', .point = "दशमलव", .minus = "ऋण", .percent = "प्रतिशत",
    .range = "से", .cents = "", .of_coin = "", .minutes = "बजकर", .minutes_end = "मिनट",
    .full_hour = "बजे", .full_hour_one = "बजे", .date_of = "",
    .months = {"जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर",
               "नवंबर", "दिसंबर"},
    .units = HI_UNITS, .currencies = HI_MONEY, .large = HI_LARGE, .abbreviations = HI_SHORT,
    .symbols = HI_SYMBOLS,
};

/* ---- Mandarin Chinese ---------------------------------------------------------------------- */

static const struct intl_unit ZH_UNITS[] = {
    {"km/h", "一公里每小时", "公里每小时"}, {"km", "一公里", "公里"}, {"cm", "一厘米", "厘米"},
    {"mm", "一毫米", "毫米"}, {"kg", "一公斤", "公斤"}, {"°C", "一度", "度"}, {"℃", "一度", "度"},
    {"GB", "一吉字节", "吉字节"}, {"m²", "一平方米", "平方米"}, {"m", "一米", "米"}, {"g", "一克", "克"},
    {NULL, NULL, NULL},
};
static const struct intl_currency ZH_MONEY[] = {
    {"¥", "一元", "元", ""},     {"￥", "一元", "元", ""},   {"CNY", "一元", "元", ""},
    {"$", "一美元", "美元", ""}, {"€", "一欧元", "欧元", ""}, {"£", "一英镑", "英镑", ""},
    {NULL, NULL, NULL, NULL},
};
static const char *const ZH_LARGE[] = {"万", "亿", NULL};
static const struct intl_pair ZH_SYMBOLS[] = {
    {"&", "和"}, {"+", "加"}, {"=", "等于"}, {"%", "百分号"}, {"×", "乘以"}, {"÷", "除以"},
    {"½", "二分之一"}, {NULL, NULL},
};
static const struct intl_language ZH = {
    .tag = "zh", .decimal = '.', .point = "点", .minus = "负", .percent = "百分之",
    .percent_first = true, .no_spaces = true, .range = "到", .of_coin = "", .minutes = "点",
    .minutes_end = "分", .full_hour = "点", .full_hour_one = "点",
    .year = "年", .month = "月", .day = "日",
    .units = ZH_UNITS, .currencies = ZH_MONEY, .large = ZH_LARGE, .symbols = ZH_SYMBOLS,
    .cardinal = intl_cardinal_zh, .digits = INTL_DIGITS_ZH,
};

/* ---- Japanese ------------------------------------------------------------------------------ */

static const struct intl_unit JA_UNITS[] = {
    {"km", "いちキロメートル", "キロメートル"}, {"cm", "いちセンチ", "センチ"},
    {"mm", "いちミリ", "ミリ"}, {"kg", "いちキロ", "キロ"}, {"°C", "いちど", "ど"},
    {"m", "いちメートル", "メートル"}, {"g", "いちグラム", "グラム"}, {NULL, NULL, NULL},
};
static const struct intl_currency JA_MONEY[] = {
    {"¥", "いちえん", "えん", ""}, {"￥", "いちえん", "えん", ""}, {"$", "いちドル", "ドル", ""},
    {"€", "いちユーロ", "ユーロ", ""}, {NULL, NULL, NULL, NULL},
};
static const struct intl_pair JA_SYMBOLS[] = {
    {"&", "アンド"}, {"+", "プラス"}, {"=", "イコール"}, {"@", "アットマーク"}, {"%", "パーセント"},
    {NULL, NULL},
};
static const struct intl_pair JA_HOURS[] = {
    {"4", "よ"}, {"7", "しち"}, {"9", "く"}, {"14", "じゅうよ"}, {"17", "じゅうしち"},
    {"19", "じゅうく"}, {NULL, NULL}};
static const struct intl_language JA = {
    .tag = "ja", .decimal = '.', .point = "てん", .minus = "マイナス", .percent = "パーセント",
    .no_spaces = true, .range = "から", .of_coin = "", .minutes = "じ", .minutes_end = "ふん",
    .full_hour = "じ", .full_hour_one = "じ", .hours = JA_HOURS,
    .year = "ねん", .month = "がつ", .day = "にち",
    .units = JA_UNITS, .currencies = JA_MONEY, .symbols = JA_SYMBOLS,
    .cardinal = intl_cardinal_ja, .digits = INTL_DIGITS_JA,
};

static const struct intl_language *const ALL[] = {&ES, &FR, &HI, &IT, &JA, &PT, &ZH};

const struct intl_language *intl_language(const char *tag)
{
    for (size_t i = 0; i < sizeof ALL / sizeof ALL[0]; i++)
        if (avt_str_equal(ALL[i]->tag, tag))
            return ALL[i];
    return NULL;
}

const struct intl_language *intl_language_plain(void)
{
    static const struct intl_language PLAIN = {.tag = "", .plain = true};
    return &PLAIN;
}
