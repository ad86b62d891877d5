/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_words.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/intl.h"
#include "voice/vits_text.h"

/* ---- short forms ----------------------------------------------------------------------------- */

static const struct avt_xtts_pair EN_SHORT[] = {
    {"mrs", "misess"}, {"mr", "mister"}, {"dr", "doctor"}, {"st", "saint"}, {"co", "company"}, {"jr", "junior"},
    {"maj", "major"}, {"gen", "general"}, {"drs", "doctors"}, {"rev", "reverend"}, {"lt", "lieutenant"},
    {"hon", "honorable"}, {"sgt", "sergeant"}, {"capt", "captain"}, {"esq", "esquire"}, {"ltd", "limited"},
    {"col", "colonel"}, {"ft", "fort"}, {NULL, NULL},
};
static const struct avt_xtts_pair ES_SHORT[] = {
    {"sra", "señora"}, {"sr", "señor"}, {"dr", "doctor"}, {"dra", "doctora"}, {"st", "santo"}, {"co", "compañía"},
    {"jr", "junior"}, {"ltd", "limitada"}, {NULL, NULL},
};
static const struct avt_xtts_pair FR_SHORT[] = {
    {"mme", "madame"}, {"mr", "monsieur"}, {"dr", "docteur"}, {"st", "saint"}, {"co", "compagnie"},
    {"jr", "junior"}, {"ltd", "limitée"}, {"m", "monsieur"}, {NULL, NULL},
};
static const struct avt_xtts_pair DE_SHORT[] = {
    {"fr", "frau"}, {"dr", "doktor"}, {"st", "sankt"}, {"co", "firma"}, {"jr", "junior"}, {NULL, NULL},
};
static const struct avt_xtts_pair IT_SHORT[] = {
    {"sig", "signore"}, {"dr", "dottore"}, {"st", "santo"}, {"co", "compagnia"}, {"jr", "junior"},
    {"ltd", "limitata"}, {NULL, NULL},
};
static const struct avt_xtts_pair PT_SHORT[] = {
    {"sra", "senhora"}, {"sr", "senhor"}, {"dr", "doutor"}, {"dra", "doutora"}, {"st", "santo"},
    {"co", "companhia"}, {"jr", "júnior"}, {"ltd", "limitada"}, {NULL, NULL},
};
static const struct avt_xtts_pair PL_SHORT[] = {
    {"p", "pani"}, {"m", "pan"}, {"dr", "doktor"}, {"sw", "święty"}, {"św", "święty"}, {"jr", "junior"},
    {NULL, NULL},
};
static const struct avt_xtts_pair TR_SHORT[] = {
    {"b", "bay"}, {"byk", "büyük"}, {"dr", "doktor"}, {NULL, NULL},
};
static const struct avt_xtts_pair RU_SHORT[] = {
    {"г-жа", "госпожа"}, {"г-н", "господин"}, {"д-р", "доктор"}, {NULL, NULL},
};
static const struct avt_xtts_pair NL_SHORT[] = {
    {"dhr", "de heer"}, {"mevr", "mevrouw"}, {"dr", "dokter"}, {"jhr", "jonkheer"}, {NULL, NULL},
};
static const struct avt_xtts_pair CS_SHORT[] = {
    {"dr", "doktor"}, {"ing", "inženýr"}, {"p", "pan"}, {NULL, NULL},
};
static const struct avt_xtts_pair HU_SHORT[] = {
    {"dr", "doktor"}, {"b", "bácsi"}, {"nőv", "nővér"}, {NULL, NULL},
};

/* ---- what makes a number an ordinal ----------------------------------------------------------- */

static const char *const EN_ORDINALS[] = {"st", "nd", "rd", "th", NULL};
static const char *const ES_ORDINALS[] = {"os", "as", "er", "º", "ª", "o", "a", NULL};
static const char *const FR_ORDINALS[] = {"ème", "eme", "ère", "er", "re", "nde", "nd", "º", "ª", "e", NULL};
static const char *const DE_ORDINALS[] = {"st", "nd", "rd", "th", "º", "ª", NULL};
static const char *const IT_ORDINALS[] = {"º", "°", "ª", "o", "a", "i", "e", NULL};
static const char *const PT_ORDINALS[] = {"os", "as", "º", "ª", "o", "a", NULL};
static const char *const PL_ORDINALS[] = {"st", "nd", "rd", "th", "º", "ª", NULL};
static const char *const TR_ORDINALS[] = {"inci", "nci", "uncu", "üncü", "ıncı", "ncı", "ncu", "ncü", NULL};
static const char *const RU_ORDINALS[] = {"-го", "-ое", "-ье", "-й", "-я", "-е", NULL};
static const char *const NL_ORDINALS[] = {"ste", "de", "e", NULL};
static const char *const HU_ORDINALS[] = {"ödike", "ödik", "adik", "edik", "odik", "ik", NULL};
static const char *const KO_ORDINALS[] = {"번째", "째", NULL};
static const char *const HI_ORDINALS[] = {"वाँ", "वां", "वें", "वीं", "st", "nd", "rd", "th", NULL};

static const struct avt_xtts_language LANGUAGES[] = {
    {.code = "en", .mark = "[en]", .characters_max = 250, .full_stop = ".", .abbreviations = EN_SHORT,
     .group = ',', .ordinals = EN_ORDINALS, .symbols = {"and", "at", "percent", "hash", "degree", "euro"}},
    {.code = "es", .mark = "[es]", .characters_max = 239, .full_stop = ".", .abbreviations = ES_SHORT,
     .group = '.', .ordinals = ES_ORDINALS, .symbols = {"y", "arroba", "por ciento", "numeral", "grados", "euro"}},
    {.code = "fr", .mark = "[fr]", .characters_max = 273, .full_stop = ".", .abbreviations = FR_SHORT,
     .group = '.', .ordinals = FR_ORDINALS, .symbols = {"et", "arobase", "pour cent", "dièse", "degrés", "euro"}},
    {.code = "de", .mark = "[de]", .characters_max = 253, .full_stop = ".", .abbreviations = DE_SHORT,
     .group = '.', .dot = AVT_XTTS_DOT_BEFORE_ANY, .ordinals = DE_ORDINALS,
     .symbols = {"und", "at", "prozent", "raute", "grad", "euro"}},
    {.code = "it", .mark = "[it]", .characters_max = 213, .full_stop = ".", .abbreviations = IT_SHORT,
     .group = '.', .ordinals = IT_ORDINALS,
     .symbols = {"e", "chiocciola", "per cento", "cancelletto", "gradi", "euro"}},
    {.code = "pt", .mark = "[pt]", .characters_max = 203, .full_stop = ".", .abbreviations = PT_SHORT,
     .group = '.', .ordinals = PT_ORDINALS, .symbols = {"e", "arroba", "por cento", "cardinal", "graus", "euro"}},
    {.code = "pl", .mark = "[pl]", .characters_max = 224, .full_stop = ".", .abbreviations = PL_SHORT,
     .group = '.', .ordinals = PL_ORDINALS, .symbols = {"i", "małpa", "procent", "krzyżyk", "stopnie", "euro"}},
    {.code = "tr", .mark = "[tr]", .characters_max = 226, .full_stop = ".", .abbreviations = TR_SHORT,
     .group = '.', .dot = AVT_XTTS_DOT_BEFORE_SMALL, .ordinals = TR_ORDINALS,
     .symbols = {"ve", "at", "yüzde", "diyez", "derece", "euro"}},
    {.code = "ru", .mark = "[ru]", .characters_max = 182, .full_stop = ".", .abbreviations = RU_SHORT,
     .keeps_hyphens = true, .group = ',', .ordinals = RU_ORDINALS,
     .symbols = {"и", "собака", "процентов", "номер", "градус", "евро"}},
    {.code = "nl", .mark = "[nl]", .characters_max = 251, .full_stop = ".", .abbreviations = NL_SHORT,
     .group = '.', .ordinals = NL_ORDINALS, .symbols = {"en", "bij", "procent", "hekje", "graden", "euro"}},
    {.code = "cs", .mark = "[cs]", .characters_max = 186, .full_stop = ".", .abbreviations = CS_SHORT,
     .group = '.', .dot = AVT_XTTS_DOT_BEFORE_SMALL,
     .symbols = {"a", "na", "procento", "křížek", "stupně", "euro"}},
    {.code = "ar", .mark = "[ar]", .characters_max = 166, .full_stop = ".", .group = '.',
     .symbols = {"و", "على", "في المئة", "رقم", "درجة", "يورو"}},
    {.code = "zh", .mark = "[zh-cn]", .characters_max = 82, .full_stop = ",", .group = '.',
     .symbols = {"和", "在", NULL, "号", "度", NULL}},
    {.code = "ja", .mark = "[ja]", .characters_max = 71, .full_stop = ".", .group = '.'},
    {.code = "hu", .mark = "[hu]", .characters_max = 224, .full_stop = ".", .abbreviations = HU_SHORT,
     .group = '.', .dot = AVT_XTTS_DOT_BEFORE_SMALL, .ordinals = HU_ORDINALS,
     .symbols = {"és", "kukac", "százalék", "kettőskereszt", "fok", "euró"}},
    {.code = "ko", .mark = "[ko]", .characters_max = 95, .full_stop = ".", .group = ',', .ordinals = KO_ORDINALS,
     .symbols = {"그리고", "에", "퍼센트", "번호", "도", "유로"}},
    {.code = "hi", .mark = "[hi]", .characters_max = 150, .full_stop = "।", .group = ',', .ordinals = HI_ORDINALS,
     .symbols = {"और", "ऐट दी रेट", "प्रतिशत", "हैश", "डिग्री", "यूरो"}},
};

/* ---- finding --------------------------------------------------------------------------------- */

enum { SHORT_BYTES_MAX = 24 };

const struct avt_xtts_language *avt_xtts_language_find(const char *tag)
{
    for (size_t i = 0; i < sizeof(LANGUAGES) / sizeof(LANGUAGES[0]); i++) {
        if (strncmp(LANGUAGES[i].code, tag, 2) == 0 && (!tag[2] || tag[2] == '-' || tag[2] == '_'))
            return &LANGUAGES[i];
    }
    return NULL;
}

bool avt_xtts_is_letter(uint32_t codepoint)
{
    /* Arabic's own marks stand among its letters. */
    bool is_arabic_mark = codepoint == 0x60c || codepoint == 0x61b || codepoint == 0x61f || codepoint == 0x6d4 ||
                          (codepoint >= 0x66a && codepoint <= 0x66d);
    return !is_arabic_mark && (intl_script(codepoint) != INTL_NO_LETTER || intl_digit(codepoint) >= 0 ||
                               (codepoint >= 0x300 && codepoint <= 0x36f));
}

uint32_t avt_xtts_before(const char *text, size_t at)
{
    uint32_t codepoint = 0;
    size_t start = at;
    while (start > 0 && at - start < 4 && ((unsigned char)text[--start] & 0xc0) == 0x80) {
    }
    return avt_utf8_decode(text + start, at - start, &codepoint) > 0 ? codepoint : 0;
}

/* The letter behind blanks at text[at], 0 if there are no blanks or something else comes. */
static uint32_t letter_behind_blanks(const char *text, size_t size, size_t at, bool *ret_capital)
{
    uint32_t codepoint = 0;
    size_t start = at;
    while (at < size && (text[at] == ' ' || text[at] == '\t'))
        at++;
    size_t length = avt_utf8_decode(text + at, size - at, &codepoint);
    if (at == start || length == 0 || !avt_xtts_is_letter(codepoint))
        return 0;
    AVT_CLEANUP(avt_freep) char *letter = avt_strndup(text + at, length);
    AVT_CLEANUP(avt_freep) char *small = avt_vits_lower(letter);
    *ret_capital = !avt_str_equal(letter, small);
    return codepoint;
}

bool avt_xtts_dot_is_ordinal(const struct avt_xtts_language *language, const char *text, size_t size, size_t at,
                             size_t digits)
{
    bool is_capital = false;
    if (language->dot == AVT_XTTS_DOT_NONE || digits == 0)
        return false;
    uint32_t letter = letter_behind_blanks(text, size, at + 1, &is_capital);
    if (letter == 0 || intl_digit(letter) >= 0)
        return false;
    return !is_capital || (language->dot == AVT_XTTS_DOT_BEFORE_ANY && digits <= 2);
}

const char *avt_xtts_abbreviation(const struct avt_xtts_language *language, const char *text, size_t size, size_t at,
                                  size_t *ret_size)
{
    size_t end = at, letters = 0;
    if (!language->abbreviations || avt_xtts_is_letter(avt_xtts_before(text, at)))
        return NULL;
    while (end < size && end - at < SHORT_BYTES_MAX) {
        uint32_t codepoint = 0;
        size_t length = avt_utf8_decode(text + end, size - end, &codepoint);
        if (length == 0 || !(avt_xtts_is_letter(codepoint) || (language->keeps_hyphens && codepoint == '-')))
            break;
        end += length;
        letters++;
    }
    if (letters == 0 || (!language->keeps_hyphens && (end == size || text[end] != '.')))
        return NULL;
    AVT_CLEANUP(avt_freep) char *word = avt_strndup(text + at, end - at);
    AVT_CLEANUP(avt_freep) char *small = avt_vits_lower(word);
    for (const struct avt_xtts_pair *pair = language->abbreviations; pair->written; pair++) {
        if (!avt_str_equal(pair->written, small))
            continue;
        *ret_size = end - at + (language->keeps_hyphens ? 0 : 1);
        /* "M. Nowak", not "5 m." at a sentence's end. */
        bool is_capital = false;
        bool is_name = letter_behind_blanks(text, size, at + *ret_size, &is_capital) != 0 && is_capital;
        return letters > 1 || is_name ? pair->spoken : NULL;
    }
    return NULL;
}
