/* SPDX-License-Identifier: Apache-2.0 */
/* What numbers are called. Portuguese is Portugal's, as Coqui's code has it. */
#include "voice/numerals_tables.h"

#define TRILLION 1000000000000u
#define BILLION  1000000000u
#define MILLION  1000000u
#define THOUSAND 1000u

/* ---- English ------------------------------------------------------------------------------------- */

static const char *const EN_LOW[] = {
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};
static const struct numerals_scale EN_SCALES[] = {
    {.power = TRILLION, .single = "one trillion", .many = " trillion", .after = ", "},
    {.power = BILLION, .single = "one billion", .many = " billion", .after = ", "},
    {.power = MILLION, .single = "one million", .many = " million", .after = ", "},
    {.power = THOUSAND, .single = "one thousand", .many = " thousand", .after = ", "},
    {.power = 100, .single = "one hundred", .many = " hundred", .after = " and "},
    {.power = 0},
};
static const struct numerals_ending EN_ENDINGS[] = {
    {"one", "first"}, {"two", "second"}, {"three", "third"}, {"five", "fifth"}, {"eight", "eighth"},
    {"nine", "ninth"}, {"twelve", "twelfth"}, {"y", "ieth"}, {"", "th"}, {NULL, NULL},
};
static const struct avt_numerals EN = {
    .language = "en", .flags = NUMERALS_AND_LAST, .low = EN_LOW, .low_count = sizeof(EN_LOW) / sizeof(EN_LOW[0]),
    .tens = {NULL, NULL, "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"},
    .tens_join = "-", .scales = EN_SCALES, .last_join = " and ", .point = " point ", .endings = EN_ENDINGS,
    .ordinal_words = 1,
    .coins = {
        {.one = "dollar", .many = "dollars", .cent_one = "cent", .cent_many = "cents"},
        {.one = "euro", .many = "euro", .cent_one = "cent", .cent_many = "cents"},
        {.one = "pound sterling", .many = "pounds sterling", .cent_one = "penny", .cent_many = "pence"},
    },
    .cents_join = ", ",
};

/* ---- Spanish ------------------------------------------------------------------------------------- */

static const char *const ES_LOW[] = {
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno",
    "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho",
    "veintinueve",
};
static const struct numerals_scale ES_SCALES[] = {
    {.power = TRILLION, .single = "un billón", .many = " billones"},
    {.power = MILLION, .single = "un millón", .many = " millones"},
    {.power = THOUSAND, .single = "mil", .many = " mil"},
    {.power = 0},
};
static const struct numerals_word ES_COUNTED[] = {{1, "un"}, {21, "veintiún"}, {0, NULL}};
static const struct numerals_ending ES_ENDINGS[] = {
    {"veintiuno", "vigésimo primero"}, {"veintidós", "vigésimo segundo"}, {"veintitrés", "vigésimo tercero"},
    {"veinticuatro", "vigésimo cuarto"}, {"veinticinco", "vigésimo quinto"}, {"veintiséis", "vigésimo sexto"},
    {"veintisiete", "vigésimo séptimo"}, {"veintiocho", "vigésimo octavo"}, {"veintinueve", "vigésimo noveno"},
    {"uno", "primero"}, {"dos", "segundo"}, {"tres", "tercero"}, {"cuatro", "cuarto"}, {"cinco", "quinto"},
    {"dieciséis", "décimo sexto"}, {"seis", "sexto"}, {"diecisiete", "décimo séptimo"}, {"siete", "séptimo"},
    {"dieciocho", "décimo octavo"}, {"ocho", "octavo"}, {"diecinueve", "décimo noveno"}, {"nueve", "noveno"},
    {"diez", "décimo"}, {"once", "undécimo"}, {"doce", "duodécimo"}, {"trece", "décimo tercero"},
    {"catorce", "décimo cuarto"}, {"quince", "décimo quinto"}, {"veinte", "vigésimo"}, {"treinta", "trigésimo"},
    {"cuarenta", "cuadragésimo"}, {"cincuenta", "quincuagésimo"}, {"sesenta", "sexagésimo"},
    {"setenta", "septuagésimo"}, {"ochenta", "octogésimo"}, {"noventa", "nonagésimo"}, {"doscientos", "ducentésimo"},
    {"trescientos", "tricentésimo"}, {"cuatrocientos", "cuadringentésimo"}, {"quinientos", "quingentésimo"},
    {"seiscientos", "sexcentésimo"}, {"setecientos", "septingentésimo"}, {"ochocientos", "octingentésimo"},
    {"novecientos", "noningentésimo"}, {"ciento", "centésimo"}, {"cien", "centésimo"}, {"mil", "milésimo"},
    {"millón", "millonésimo"}, {"y", ""}, {NULL, NULL},
};
static const struct avt_numerals ES = {
    .language = "es", .low = ES_LOW, .low_count = sizeof(ES_LOW) / sizeof(ES_LOW[0]),
    .tens = {NULL, NULL, "veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"},
    .tens_join = " y ",
    .hundreds = {NULL, "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos",
    "setecientos", "ochocientos", "novecientos"},
    .hundred_alone = "cien", .hundreds_join = " ", .scales = ES_SCALES, .counted = ES_COUNTED,
    .counted_max = UINT64_MAX, .point = " punto ", .endings = ES_ENDINGS, .ordinal_words = 99,
    .coins = {
        {.one = "dólar", .many = "dólares", .cent_one = "centavo", .cent_many = "centavos", .single = "un dólar"},
        {.one = "euro", .many = "euros", .cent_one = "céntimo", .cent_many = "céntimos", .single = "un euro"},
        {.one = "libra", .many = "libras", .cent_one = "penique", .cent_many = "peniques", .single = "una libra"},
    },
    .cents_join = " con ",
};

/* ---- French -------------------------------------------------------------------------------------- */

static const char *const FR_LOW[] = {
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
};
static const struct numerals_scale FR_SCALES[] = {
    {.power = TRILLION, .single = "un billion", .many = " billions"},
    {.power = BILLION, .single = "un milliard", .many = " milliards"},
    {.power = MILLION, .single = "un million", .many = " millions"},
    {.power = THOUSAND, .single = "mille", .many = " mille"},
    {.power = 100, .single = "cent", .many = " cent"},
    {.power = 0},
};
static const char *const FR_ORDINALS[] = {
    NULL, "premier",
};
static const struct numerals_ending FR_ENDINGS[] = {
    {"cinq", "cinquième"}, {"neuf", "neuvième"}, {"vingts", "vingtième"}, {"cents", "centième"},
    {"millions", "millionième"}, {"milliards", "milliardième"}, {"e", "ième"}, {"", "ième"}, {NULL, NULL},
};
static const struct avt_numerals FR = {
    .language = "fr", .flags = NUMERALS_BY_TWENTY, .low = FR_LOW, .low_count = sizeof(FR_LOW) / sizeof(FR_LOW[0]),
    .tens = {NULL, NULL, "vingt", "trente", "quarante", "cinquante", "soixante", NULL, "quatre-vingt", NULL},
    .scales = FR_SCALES, .point = " virgule ", .ordinals = FR_ORDINALS,
    .ordinal_count = sizeof(FR_ORDINALS) / sizeof(FR_ORDINALS[0]), .endings = FR_ENDINGS, .ordinal_words = 1,
    .coins = {
        {.one = "dollar", .many = "dollars", .cent_one = "cent", .cent_many = "cents"},
        {.one = "euro", .many = "euros", .cent_one = "centime", .cent_many = "centimes"},
        {.one = "livre", .many = "livres", .cent_one = "penny", .cent_many = "pence", .single = "une livre"},
    },
    .cents_join = " et ",
};

/* ---- German -------------------------------------------------------------------------------------- */

static const char *const DE_LOW[] = {
    "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
    "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn",
};
static const struct numerals_scale DE_SCALES[] = {
    {.power = TRILLION, .single = "eine billion", .many = " billionen"},
    {.power = BILLION, .single = "eine milliarde", .many = " milliarden"},
    {.power = MILLION, .single = "eine million", .many = " millionen"},
    {.power = THOUSAND, .single = "eintausend", .many = "tausend", .after = ""},
    {.power = 100, .single = "einhundert", .many = "hundert", .after = ""},
    {.power = 0},
};
static const struct numerals_word DE_COUNTED[] = {{1, "ein"}, {0, NULL}};
static const struct numerals_ending DE_ENDINGS[] = {
    {"eins", "erste"}, {"drei", "dritte"}, {"sieben", "siebte"}, {"acht", "achte"}, {"ig", "igste"},
    {"hundert", "hundertste"}, {"tausend", "tausendste"}, {"illion", "illionste"}, {"illionen", "illionste"},
    {"illiarde", "illiardste"}, {"illiarden", "illiardste"}, {"", "te"}, {NULL, NULL},
};
static const struct avt_numerals DE = {
    .language = "de", .flags = NUMERALS_UNITS_FIRST, .low = DE_LOW, .low_count = sizeof(DE_LOW) / sizeof(DE_LOW[0]),
    .tens = {NULL, NULL, "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"},
    .tens_join = "und", .scales = DE_SCALES, .counted = DE_COUNTED, .counted_max = THOUSAND, .point = " komma ",
    .endings = DE_ENDINGS, .ordinal_words = 1,
    .coins = {
        {.one = "dollar", .many = "dollar", .cent_one = "cent", .cent_many = "cent", .single = "ein dollar"},
        {.one = "euro", .many = "euro", .cent_one = "cent", .cent_many = "cent", .single = "ein euro"},
        {.one = "pfund", .many = "pfund", .cent_one = "penny", .cent_many = "pence", .single = "ein pfund"},
    },
    .cents_join = " und ",
};

/* ---- Italian ------------------------------------------------------------------------------------- */

static const char *const IT_LOW[] = {
    "zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci", "undici", "dodici",
    "tredici", "quattordici", "quindici", "sedici", "diciassette", "diciotto", "diciannove",
};
static const struct numerals_scale IT_SCALES[] = {
    {.power = TRILLION, .single = "un bilione", .many = " bilioni", .after = " e "},
    {.power = BILLION, .single = "un miliardo", .many = " miliardi", .after = " e "},
    {.power = MILLION, .single = "un milione", .many = " milioni", .after = " e "},
    {.power = THOUSAND, .single = "mille", .many = "mila", .after = ""},
    {.power = 100, .single = "cento", .many = "cento", .after = ""},
    {.power = 0},
};
static const char *const IT_ORDINALS[] = {
    NULL, "primo", "secondo", "terzo", "quarto", "quinto", "sesto", "settimo", "ottavo", "nono", "decimo",
};
static const struct numerals_ending IT_ENDINGS[] = {
    {"tré", "treesimo"}, {"tre", "treesimo"}, {"sei", "seiesimo"}, {"dieci", "decimo"}, {"mila", "millesimo"},
    {"mille", "millesimo"}, {"a", "esimo"}, {"e", "esimo"}, {"i", "esimo"}, {"o", "esimo"}, {NULL, NULL},
};
static const struct avt_numerals IT = {
    .language = "it", .flags = NUMERALS_ELIDES, .low = IT_LOW, .low_count = sizeof(IT_LOW) / sizeof(IT_LOW[0]),
    .tens = {NULL, NULL, "venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta"},
    .tens_join = "", .scales = IT_SCALES, .point = " virgola ", .ordinals = IT_ORDINALS,
    .ordinal_count = sizeof(IT_ORDINALS) / sizeof(IT_ORDINALS[0]), .endings = IT_ENDINGS, .ordinal_words = 1,
    .coins = {
        {.one = "dollaro", .many = "dollari", .cent_one = "centesimo", .cent_many = "centesimi",
         .single = "un dollaro"},
        {.one = "euro", .many = "euro", .cent_one = "centesimo", .cent_many = "centesimi", .single = "un euro"},
        {.one = "sterlina", .many = "sterline", .cent_one = "penny", .cent_many = "penny",
         .single = "una sterlina"},
    },
    .cents_join = " e ",
};

/* ---- Portuguese ---------------------------------------------------------------------------------- */

static const char *const PT_LOW[] = {
    "zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze", "treze",
    "catorze", "quinze", "dezasseis", "dezassete", "dezoito", "dezanove",
};
static const struct numerals_scale PT_SCALES[] = {
    {.power = TRILLION, .single = "um bilião", .many = " biliões"},
    {.power = MILLION, .single = "um milhão", .many = " milhões"},
    {.power = THOUSAND, .single = "mil", .many = " mil"},
    {.power = 0},
};
static const struct numerals_ending PT_ENDINGS[] = {
    {"um", "primeiro"}, {"dois", "segundo"}, {"três", "terceiro"}, {"quatro", "quarto"}, {"cinco", "quinto"},
    {"dezasseis", "décimo sexto"}, {"seis", "sexto"}, {"dezassete", "décimo sétimo"}, {"sete", "sétimo"},
    {"dezoito", "décimo oitavo"}, {"oito", "oitavo"}, {"dezanove", "décimo nono"}, {"nove", "nono"},
    {"dez", "décimo"}, {"onze", "décimo primeiro"}, {"doze", "décimo segundo"}, {"treze", "décimo terceiro"},
    {"catorze", "décimo quarto"}, {"quinze", "décimo quinto"}, {"vinte", "vigésimo"}, {"trinta", "trigésimo"},
    {"quarenta", "quadragésimo"}, {"cinquenta", "quinquagésimo"}, {"sessenta", "sexagésimo"},
    {"setenta", "septuagésimo"}, {"oitenta", "octogésimo"}, {"noventa", "nonagésimo"}, {"duzentos", "ducentésimo"},
    {"trezentos", "tricentésimo"}, {"quatrocentos", "quadrigentésimo"}, {"quinhentos", "quingentésimo"},
    {"seiscentos", "seiscentésimo"}, {"setecentos", "septigentésimo"}, {"oitocentos", "octigentésimo"},
    {"novecentos", "nongentésimo"}, {"cento", "centésimo"}, {"cem", "centésimo"}, {"mil", "milésimo"}, {"e", ""},
    {NULL, NULL},
};
static const struct avt_numerals PT = {
    .language = "pt", .flags = NUMERALS_AND_ROUND, .low = PT_LOW, .low_count = sizeof(PT_LOW) / sizeof(PT_LOW[0]),
    .tens = {NULL, NULL, "vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta", "noventa"},
    .tens_join = " e ",
    .hundreds = {NULL, "cento", "duzentos", "trezentos", "quatrocentos", "quinhentos", "seiscentos", "setecentos",
    "oitocentos", "novecentos"},
    .hundred_alone = "cem", .hundreds_join = " e ", .scales = PT_SCALES, .last_join = " e ", .point = " vírgula ",
    .endings = PT_ENDINGS, .ordinal_words = 99,
    .coins = {
        {.one = "dólar", .many = "dólares", .cent_one = "cêntimo", .cent_many = "cêntimos"},
        {.one = "euro", .many = "euros", .cent_one = "cêntimo", .cent_many = "cêntimos"},
        {.one = "libra", .many = "libras", .cent_one = "péni", .cent_many = "pence", .single = "uma libra"},
    },
    .cents_join = " e ",
};

/* ---- Polish -------------------------------------------------------------------------------------- */

static const char *const PL_LOW[] = {
    "zero", "jeden", "dwa", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć", "dziesięć",
    "jedenaście", "dwanaście", "trzynaście", "czternaście", "piętnaście", "szesnaście", "siedemnaście",
    "osiemnaście", "dziewiętnaście",
};
static const struct numerals_scale PL_SCALES[] = {
    {.power = TRILLION, .single = "bilion", .few = " biliony", .many = " bilionów"},
    {.power = BILLION, .single = "miliard", .few = " miliardy", .many = " miliardów"},
    {.power = MILLION, .single = "milion", .few = " miliony", .many = " milionów"},
    {.power = THOUSAND, .single = "tysiąc", .few = " tysiące", .many = " tysięcy"},
    {.power = 0},
};
static const struct numerals_ending PL_ENDINGS[] = {
    {"jeden", "pierwszy"}, {"dwanaście", "dwunasty"}, {"dwa", "drugi"}, {"trzy", "trzeci"}, {"cztery", "czwarty"},
    {"dziewięć", "dziewiąty"}, {"dziesięć", "dziesiąty"}, {"pięć", "piąty"}, {"sześć", "szósty"},
    {"siedem", "siódmy"}, {"osiem", "ósmy"}, {"naście", "nasty"}, {"dwadzieścia", "dwudziesty"},
    {"trzydzieści", "trzydziesty"}, {"czterdzieści", "czterdziesty"}, {"dziesiąt", "dziesiąty"}, {"sto", "setny"},
    {"dwieście", "dwusetny"}, {"trzysta", "trzysetny"}, {"czterysta", "czterysetny"}, {"set", "setny"},
    {"tysiąc", "tysięczny"}, {"milion", "milionowy"}, {NULL, NULL},
};
static const struct avt_numerals PL = {
    .language = "pl", .flags = NUMERALS_PLAIN_CENTS, .plural = NUMERALS_POLISH, .low = PL_LOW,
    .low_count = sizeof(PL_LOW) / sizeof(PL_LOW[0]),
    .tens = {NULL, NULL, "dwadzieścia", "trzydzieści", "czterdzieści", "pięćdziesiąt", "sześćdziesiąt",
    "siedemdziesiąt", "osiemdziesiąt", "dziewięćdziesiąt"},
    .tens_join = " ",
    .hundreds = {NULL, "sto", "dwieście", "trzysta", "czterysta", "pięćset", "sześćset", "siedemset", "osiemset",
    "dziewięćset"},
    .hundreds_join = " ", .scales = PL_SCALES, .point = " przecinek ", .endings = PL_ENDINGS, .ordinal_words = 2,
    .coins = {
        {.one = "dolar", .few = "dolary", .many = "dolarów", .cent_one = "cent", .cent_few = "centy",
         .cent_many = "centów"},
        {.one = "euro", .few = "euro", .many = "euro", .cent_one = "cent", .cent_few = "centy",
         .cent_many = "centów"},
        {.one = "funt", .few = "funty", .many = "funtów", .cent_one = "pens", .cent_few = "pensy",
         .cent_many = "pensów"},
    },
    .cents_join = ", ",
};

/* ---- Turkish, written as one word ---------------------------------------------------------------- */

static const char *const TR_LOW[] = {
    "sıfır", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz",
};
static const struct numerals_scale TR_SCALES[] = {
    {.power = TRILLION, .single = "birtrilyon", .many = "trilyon", .after = ""},
    {.power = BILLION, .single = "birmilyar", .many = "milyar", .after = ""},
    {.power = MILLION, .single = "birmilyon", .many = "milyon", .after = ""},
    {.power = THOUSAND, .single = "bin", .many = "bin", .after = ""},
    {.power = 100, .single = "yüz", .many = "yüz", .after = ""},
    {.power = 0},
};
static const struct numerals_ending TR_ENDINGS[] = {
    {"milyon", "milyonuncu"}, {"trilyon", "trilyonuncu"}, {"milyar", "milyarıncı"}, {"bir", "birinci"},
    {"iki", "ikinci"}, {"üç", "üçüncü"}, {"dört", "dördüncü"}, {"beş", "beşinci"}, {"altı", "altıncı"},
    {"yedi", "yedinci"}, {"sekiz", "sekizinci"}, {"dokuz", "dokuzuncu"}, {"on", "onuncu"}, {"yirmi", "yirminci"},
    {"otuz", "otuzuncu"}, {"kırk", "kırkıncı"}, {"elli", "ellinci"}, {"altmış", "altmışıncı"},
    {"yetmiş", "yetmişinci"}, {"seksen", "sekseninci"}, {"doksan", "doksanıncı"}, {"yüz", "yüzüncü"},
    {"bin", "bininci"}, {"sıfır", "sıfırıncı"}, {NULL, NULL},
};
static const struct avt_numerals TR = {
    .language = "tr", .flags = NUMERALS_PLAIN_CENTS, .low = TR_LOW, .low_count = sizeof(TR_LOW) / sizeof(TR_LOW[0]),
    .tens = {NULL, "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan"},
    .tens_join = "", .scales = TR_SCALES, .point = " virgül ", .endings = TR_ENDINGS, .ordinal_words = 1,
    .coins = {
        {.one = "dolar", .many = "dolar", .cent_one = "sent", .cent_many = "sent"},
        {.one = "euro", .many = "euro", .cent_one = "sent", .cent_many = "sent"},
        {.one = "sterlin", .many = "sterlin", .cent_one = "peni", .cent_many = "peni"},
    },
    .cents_join = " ",
};

/* ---- Russian ------------------------------------------------------------------------------------- */

static const char *const RU_LOW[] = {
    "ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать",
    "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать",
    "девятнадцать",
};
static const struct numerals_scale RU_SCALES[] = {
    {.power = TRILLION, .single = "один триллион", .one = " триллион", .few = " триллиона", .many = " триллионов"},
    {.power = BILLION, .single = "один миллиард", .one = " миллиард", .few = " миллиарда", .many = " миллиардов"},
    {.power = MILLION, .single = "один миллион", .one = " миллион", .few = " миллиона", .many = " миллионов"},
    {.power = THOUSAND, .single = "одна тысяча", .one = " тысяча", .few = " тысячи", .many = " тысяч"},
    {.power = 0},
};
static const struct numerals_word RU_COUNTED[] = {{1, "одна"}, {2, "две"}, {0, NULL}};
static const struct numerals_ending RU_ENDINGS[] = {
    {"один", "первый"}, {"два", "второй"}, {"три", "третий"}, {"четыре", "четвёртый"}, {"восемь", "восьмой"},
    {"семь", "седьмой"}, {"шесть", "шестой"}, {"пять", "пятый"}, {"девять", "девятый"}, {"ноль", "нулевой"},
    {"десять", "десятый"}, {"дцать", "дцатый"}, {"сорок", "сороковой"}, {"восемьдесят", "восьмидесятый"},
    {"семьдесят", "семидесятый"}, {"шестьдесят", "шестидесятый"}, {"пятьдесят", "пятидесятый"},
    {"девяносто", "девяностый"}, {"двести", "двухсотый"}, {"триста", "трёхсотый"}, {"четыреста", "четырёхсотый"},
    {"восемьсот", "восьмисотый"}, {"семьсот", "семисотый"}, {"шестьсот", "шестисотый"}, {"пятьсот", "пятисотый"},
    {"девятьсот", "девятисотый"}, {"сто", "сотый"}, {NULL, NULL},
};
static const struct avt_numerals RU = {
    .language = "ru", .plural = NUMERALS_RUSSIAN, .low = RU_LOW, .low_count = sizeof(RU_LOW) / sizeof(RU_LOW[0]),
    .tens = {NULL, NULL, "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят",
    "девяносто"},
    .tens_join = " ",
    .hundreds = {NULL, "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот",
    "девятьсот"},
    .hundreds_join = " ", .scales = RU_SCALES, .counted = RU_COUNTED, .counted_max = THOUSAND, .point = " целых ",
    .fractions = {" целая ", " десятых", " сотых", " тысячных"},
    .fraction_one = {NULL, " десятая", " сотая", " тысячная"}, .endings = RU_ENDINGS, .ordinal_words = 1,
    .coins = {
        {.one = "доллар", .few = "доллара", .many = "долларов", .cent_one = "цент", .cent_few = "цента",
         .cent_many = "центов"},
        {.one = "евро", .few = "евро", .many = "евро", .cent_one = "цент", .cent_few = "цента",
         .cent_many = "центов"},
        {.one = "фунт", .few = "фунта", .many = "фунтов", .cent_one = "пенс", .cent_few = "пенса",
         .cent_many = "пенсов"},
    },
    .cents_join = ", ",
};

/* ---- Dutch --------------------------------------------------------------------------------------- */

static const char *const NL_LOW[] = {
    "nul", "één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf",
    "dertien", "veertien", "vijftien", "zestien", "zeventien", "achttien", "negentien",
};
static const struct numerals_scale NL_SCALES[] = {
    {.power = TRILLION, .single = "een biljoen", .many = " biljoen"},
    {.power = BILLION, .single = "een miljard", .many = " miljard"},
    {.power = MILLION, .single = "een miljoen", .many = " miljoen"},
    {.power = THOUSAND, .single = "duizend", .many = "duizend", .after = ""},
    {.power = 100, .single = "honderd", .many = "honderd", .after = ""},
    {.power = 0},
};
static const struct numerals_word NL_COUNTED[] = {{1, "een"}, {0, NULL}};
static const struct numerals_ending NL_ENDINGS[] = {
    {"één", "eerste"}, {"drie", "derde"}, {"acht", "achtste"}, {"ig", "igste"}, {"honderd", "honderdste"},
    {"duizend", "duizendste"}, {"joen", "joenste"}, {"jard", "jardste"}, {"", "de"}, {NULL, NULL},
};
static const struct avt_numerals NL = {
    .language = "nl", .flags = NUMERALS_UNITS_FIRST, .low = NL_LOW, .low_count = sizeof(NL_LOW) / sizeof(NL_LOW[0]),
    .tens = {NULL, NULL, "twintig", "dertig", "veertig", "vijftig", "zestig", "zeventig", "tachtig", "negentig"},
    .tens_join = "en", .scales = NL_SCALES, .counted = NL_COUNTED, .counted_max = 1, .point = " komma ",
    .endings = NL_ENDINGS, .ordinal_words = 1,
    .coins = {
        {.one = "dollar", .many = "dollar", .cent_one = "cent", .cent_many = "cent"},
        {.one = "euro", .many = "euro", .cent_one = "cent", .cent_many = "cent"},
        {.one = "pond", .many = "pond", .cent_one = "penny", .cent_many = "penny"},
    },
    .cents_join = ", ",
};

/* ---- Czech --------------------------------------------------------------------------------------- */

static const char *const CS_LOW[] = {
    "nula", "jedna", "dva", "tři", "čtyři", "pět", "šest", "sedm", "osm", "devět", "deset", "jedenáct", "dvanáct",
    "třináct", "čtrnáct", "patnáct", "šestnáct", "sedmnáct", "osmnáct", "devatenáct",
};
static const struct numerals_scale CS_SCALES[] = {
    {.power = TRILLION, .single = "bilion", .few = " biliony", .many = " bilionů"},
    {.power = BILLION, .single = "miliarda", .few = " miliardy", .many = " miliard"},
    {.power = MILLION, .single = "milion", .few = " miliony", .many = " milionů"},
    {.power = THOUSAND, .single = "tisíc", .few = " tisíce", .many = " tisíc"},
    {.power = 0},
};
static const struct numerals_ending CS_ENDINGS[] = {
    {"jedna", "první"}, {"dva", "druhý"}, {"tři", "třetí"}, {"čtyři", "čtvrtý"}, {"deset", "desátý"},
    {"devět", "devátý"}, {"pět", "pátý"}, {"šest", "šestý"}, {"sedm", "sedmý"}, {"osm", "osmý"}, {"náct", "náctý"},
    {"dvacet", "dvacátý"}, {"třicet", "třicátý"}, {"čtyřicet", "čtyřicátý"}, {"desát", "desátý"},
    {"dvěstě", "dvoustý"}, {"třista", "třístý"}, {"čtyřista", "čtyřstý"}, {"devětset", "devítistý"},
    {"pětset", "pětistý"}, {"šestset", "šestistý"}, {"sedmset", "sedmistý"}, {"osmset", "osmistý"}, {"sto", "stý"},
    {"tisíc", "tisící"}, {"milion", "miliontý"}, {NULL, NULL},
};
static const struct avt_numerals CS = {
    .language = "cs", .flags = NUMERALS_PLAIN_CENTS, .plural = NUMERALS_POLISH, .low = CS_LOW,
    .low_count = sizeof(CS_LOW) / sizeof(CS_LOW[0]),
    .tens = {NULL, NULL, "dvacet", "třicet", "čtyřicet", "padesát", "šedesát", "sedmdesát", "osmdesát", "devadesát"},
    .tens_join = " ",
    .hundreds = {NULL, "sto", "dvěstě", "třista", "čtyřista", "pětset", "šestset", "sedmset", "osmset", "devětset"},
    .hundreds_join = " ", .scales = CS_SCALES, .point = " celá ", .endings = CS_ENDINGS, .ordinal_words = 2,
    .coins = {
        {.one = "dolar", .few = "dolary", .many = "dolarů", .cent_one = "cent", .cent_few = "centy",
         .cent_many = "centů"},
        {.one = "euro", .few = "euro", .many = "euro", .cent_one = "cent", .cent_few = "centy",
         .cent_many = "centů"},
        {.one = "libra", .few = "libry", .many = "liber", .cent_one = "pence", .cent_few = "pence",
         .cent_many = "pencí"},
    },
    .cents_join = ", ",
};

/* ---- Arabic -------------------------------------------------------------------------------------- */

static const char *const AR_LOW[] = {
    "صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة", "أحد عشر", "اثنا عشر",
    "ثلاثة عشر", "أربعة عشر", "خمسة عشر", "ستة عشر", "سبعة عشر", "ثمانية عشر", "تسعة عشر",
};
static const struct numerals_scale AR_SCALES[] = {
    {.power = TRILLION, .single = "تريليون", .one = " تريليون", .few = " تريليونات", .many = " تريليوناً",
     .after = " و ", .pair = "تريليونان"},
    {.power = BILLION, .single = "مليار", .one = " مليار", .few = " مليارات", .many = " ملياراً", .after = " و ",
     .pair = "ملياران"},
    {.power = MILLION, .single = "مليون", .one = " مليون", .few = " ملايين", .many = " مليوناً", .after = " و ",
     .pair = "مليونان"},
    {.power = THOUSAND, .single = "ألف", .one = " ألف", .few = " آلاف", .many = " ألفاً", .after = " و ",
     .pair = "ألفان"},
    {.power = 0},
};
static const char *const AR_ORDINALS[] = {
    NULL, "اول", "ثاني", "ثالث", "رابع", "خامس", "سادس", "سابع", "ثامن", "تاسع", "عاشر", "حادي عشر", "ثاني عشر",
    "ثالث عشر", "رابع عشر", "خامس عشر", "سادس عشر", "سابع عشر", "ثامن عشر", "تاسع عشر",
};
static const struct avt_numerals AR = {
    .language = "ar", .flags = NUMERALS_UNITS_FIRST, .plural = NUMERALS_ARABIC, .low = AR_LOW,
    .low_count = sizeof(AR_LOW) / sizeof(AR_LOW[0]),
    .tens = {NULL, NULL, "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون"},
    .tens_join = " و ",
    .hundreds = {NULL, "مائة", "مئتان", "ثلاثمائة", "أربعمائة", "خمسمائة", "ستمائة", "سبعمائة", "ثمانمائة",
    "تسعمائة"},
    .hundreds_join = " و ", .scales = AR_SCALES, .point = " فاصلة ", .ordinals = AR_ORDINALS,
    .ordinal_count = sizeof(AR_ORDINALS) / sizeof(AR_ORDINALS[0]),
    .coins = {
        {.one = "دولار", .few = "دولارات", .many = "دولاراً", .cent_one = "سنت", .cent_few = "سنتات",
         .cent_many = "سنتاً"},
        {.one = "يورو", .few = "يورو", .many = "يورو", .cent_one = "سنت", .cent_few = "سنتات",
         .cent_many = "سنتاً"},
        {.one = "جنيه", .few = "جنيهات", .many = "جنيهاً", .cent_one = "بنس", .cent_few = "بنسات",
         .cent_many = "بنساً"},
    },
    .cents_join = " و ",
};

/* ---- Hungarian ----------------------------------------------------------------------------------- */

static const char *const HU_LOW[] = {
    "nulla", "egy", "kettő", "három", "négy", "öt", "hat", "hét", "nyolc", "kilenc", "tíz", "tizenegy", "tizenkettő",
    "tizenhárom", "tizennégy", "tizenöt", "tizenhat", "tizenhét", "tizennyolc", "tizenkilenc", "húsz", "huszonegy",
    "huszonkettő", "huszonhárom", "huszonnégy", "huszonöt", "huszonhat", "huszonhét", "huszonnyolc", "huszonkilenc",
};
static const struct numerals_scale HU_SCALES[] = {
    {.power = TRILLION, .single = "egybillió", .many = "billió", .after = "-"},
    {.power = BILLION, .single = "egymilliárd", .many = "milliárd", .after = "-"},
    {.power = MILLION, .single = "egymillió", .many = "millió", .after = "-"},
    {.power = THOUSAND, .single = "ezer", .many = "ezer", .after = "-", .after_single = ""},
    {.power = 100, .single = "száz", .many = "száz", .after = ""},
    {.power = 0},
};
static const struct numerals_word HU_COUNTED[] = {{2, "két"}, {12, "tizenkét"}, {22, "huszonkét"}, {0, NULL}};
static const char *const HU_ORDINALS[] = {
    NULL, "első", "második",
};
static const struct numerals_ending HU_ENDINGS[] = {
    {"nulla", "nulladik"}, {"egy", "egyedik"}, {"kettő", "kettedik"}, {"három", "harmadik"}, {"négy", "negyedik"},
    {"öt", "ötödik"}, {"hat", "hatodik"}, {"hét", "hetedik"}, {"nyolc", "nyolcadik"}, {"kilenc", "kilencedik"},
    {"tíz", "tizedik"}, {"húsz", "huszadik"}, {"harminc", "harmincadik"}, {"nyolcvan", "nyolcvanadik"},
    {"hatvan", "hatvanadik"}, {"ven", "venedik"}, {"száz", "századik"}, {"ezer", "ezredik"}, {"illió", "illiomodik"},
    {"illiárd", "illiárdodik"}, {NULL, NULL},
};
static const struct avt_numerals HU = {
    .language = "hu", .low = HU_LOW, .low_count = sizeof(HU_LOW) / sizeof(HU_LOW[0]),
    .tens = {NULL, NULL, "húsz", "harminc", "negyven", "ötven", "hatvan", "hetven", "nyolcvan", "kilencven"},
    .tens_join = "", .scales = HU_SCALES, .counted = HU_COUNTED, .counted_max = UINT64_MAX, .point = " egész ",
    .fractions = {" egész ", " tized", " század", " ezred"}, .fraction_one = {NULL, " tized", " század", " ezred"},
    .ordinals = HU_ORDINALS, .ordinal_count = sizeof(HU_ORDINALS) / sizeof(HU_ORDINALS[0]), .endings = HU_ENDINGS,
    .ordinal_words = 1,
    .coins = {
        {.one = "dollár", .many = "dollár", .cent_one = "cent", .cent_many = "cent"},
        {.one = "euró", .many = "euró", .cent_one = "cent", .cent_many = "cent"},
        {.one = "font", .many = "font", .cent_one = "penny", .cent_many = "penny"},
    },
    .cents_join = ", ",
};

/* ---- Korean -------------------------------------------------------------------------------------- */

static const char *const KO_LOW[] = {
    "영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구",
};
static const struct numerals_scale KO_SCALES[] = {
    {.power = TRILLION, .single = "일조", .many = "조"},
    {.power = 100 * MILLION, .single = "일억", .many = "억"},
    {.power = 10 * THOUSAND, .single = "만", .many = "만"},
    {.power = THOUSAND, .single = "천", .many = "천", .after = ""},
    {.power = 100, .single = "백", .many = "백", .after = ""},
    {.power = 10, .single = "십", .many = "십", .after = ""},
    {.power = 0},
};
static const char *const KO_ORDINALS[] = {
    NULL, "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉",
};
static const struct avt_numerals KO = {
    .language = "ko", .flags = NUMERALS_NATIVE_ORDINALS, .low = KO_LOW,
    .low_count = sizeof(KO_LOW) / sizeof(KO_LOW[0]), .scales = KO_SCALES, .point = " 점 ", .ordinals = KO_ORDINALS,
    .ordinal_count = sizeof(KO_ORDINALS) / sizeof(KO_ORDINALS[0]),
    .coins = {
        {.one = "달러", .many = "달러", .cent_one = "센트", .cent_many = "센트"},
        {.one = "유로", .many = "유로", .cent_one = "센트", .cent_many = "센트"},
        {.one = "파운드", .many = "파운드", .cent_one = "펜스", .cent_many = "펜스"},
    },
    .cents_join = " ",
};

/* ---- Hindi --------------------------------------------------------------------------------------- */

static const char *const HI_LOW[] = {
    "शून्य", "एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ", "दस", "ग्यारह", "बारह", "तेरह", "चौदह",
    "पंद्रह", "सोलह", "सत्रह", "अठारह", "उन्नीस", "बीस", "इक्कीस", "बाईस", "तेईस", "चौबीस", "पच्चीस", "छब्बीस",
    "सत्ताईस", "अट्ठाईस", "उनतीस", "तीस", "इकतीस", "बत्तीस", "तैंतीस", "चौंतीस", "पैंतीस", "छत्तीस", "सैंतीस",
    "अड़तीस", "उनतालीस", "चालीस", "इकतालीस", "बयालीस", "तैंतालीस", "चौवालीस", "पैंतालीस", "छियालीस", "सैंतालीस",
    "अड़तालीस", "उनचास", "पचास", "इक्यावन", "बावन", "तिरपन", "चौवन", "पचपन", "छप्पन", "सत्तावन", "अट्ठावन", "उनसठ",
    "साठ", "इकसठ", "बासठ", "तिरसठ", "चौंसठ", "पैंसठ", "छियासठ", "सड़सठ", "अड़सठ", "उनहत्तर", "सत्तर", "इकहत्तर",
    "बहत्तर", "तिहत्तर", "चौहत्तर", "पचहत्तर", "छिहत्तर", "सतहत्तर", "अठहत्तर", "उन्यासी", "अस्सी", "इक्यासी",
    "बयासी", "तिरासी", "चौरासी", "पचासी", "छियासी", "सत्तासी", "अट्ठासी", "नवासी", "नब्बे", "इक्यानबे", "बानबे",
    "तिरानबे", "चौरानबे", "पचानबे", "छियानबे", "सत्तानबे", "अट्ठानबे", "निन्यानबे",
};
static const struct numerals_scale HI_SCALES[] = {
    {.power = TRILLION / 10, .single = "एक खरब", .many = " खरब"},
    {.power = BILLION, .single = "एक अरब", .many = " अरब"},
    {.power = 10 * MILLION, .single = "एक करोड़", .many = " करोड़"},
    {.power = 100 * THOUSAND, .single = "एक लाख", .many = " लाख"},
    {.power = THOUSAND, .single = "एक हज़ार", .many = " हज़ार"},
    {.power = 100, .single = "एक सौ", .many = " सौ"},
    {.power = 0},
};
static const char *const HI_ORDINALS[] = {
    NULL, "पहला", "दूसरा", "तीसरा", "चौथा", "पाँचवाँ", "छठा",
};
static const struct numerals_ending HI_ENDINGS[] = {
    {"", "वाँ"}, {NULL, NULL},
};
static const struct avt_numerals HI = {
    .language = "hi", .low = HI_LOW, .low_count = sizeof(HI_LOW) / sizeof(HI_LOW[0]), .scales = HI_SCALES,
    .point = " दशमलव ", .ordinals = HI_ORDINALS, .ordinal_count = sizeof(HI_ORDINALS) / sizeof(HI_ORDINALS[0]),
    .endings = HI_ENDINGS, .ordinal_words = 1,
    .coins = {
        {.one = "डॉलर", .many = "डॉलर", .cent_one = "सेंट", .cent_many = "सेंट"},
        {.one = "यूरो", .many = "यूरो", .cent_one = "सेंट", .cent_many = "सेंट"},
        {.one = "पाउंड", .many = "पाउंड", .cent_one = "पेंस", .cent_many = "पेंस"},
    },
    .cents_join = " ",
};

const struct avt_numerals *const AVT_NUMERALS_ALL[] = {
    &EN, &ES, &FR, &DE, &IT, &PT, &PL, &TR, &RU, &NL, &CS, &AR, &HU, &KO, &HI,
};
const size_t AVT_NUMERALS_COUNT = sizeof(AVT_NUMERALS_ALL) / sizeof(AVT_NUMERALS_ALL[0]);
