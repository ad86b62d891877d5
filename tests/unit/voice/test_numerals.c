/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as words: those of num2words, then what is otherwise here. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "voice/numerals.h"

/* "c 21", "o 21", "d 3.05": cardinal, ordinal, decimal. */
static void ask(const struct avt_numerals *numerals, const char *question, struct avt_buf *out)
{
    const char *digits = question + 2;
    size_t count = strcspn(digits, ".");
    if (question[0] == 'c')
        avt_numerals_cardinal(numerals, digits, count, out);
    else if (question[0] == 'o')
        avt_numerals_ordinal(numerals, digits, count, out);
    else
        avt_numerals_decimal(numerals, digits, count, digits + count + 1, strlen(digits + count + 1), out);
}

static const struct {
    const char *language, *question, *words;
} NUMBERS[] = {
    {"en", "c 0", "zero"},
    {"en", "c 21", "twenty-one"},
    {"en", "c 101", "one hundred and one"},
    {"en", "c 1234", "one thousand, two hundred and thirty-four"},
    {"en", "c 1000001", "one million and one"},
    {"es", "c 16", "dieciséis"},
    {"es", "c 31", "treinta y uno"},
    {"es", "c 100", "cien"},
    {"es", "c 123", "ciento veintitrés"},
    {"es", "c 500", "quinientos"},
    {"es", "c 1000", "mil"},
    {"es", "c 2000000", "dos millones"},
    {"fr", "c 71", "soixante et onze"},
    {"fr", "c 80", "quatre-vingts"},
    {"fr", "c 81", "quatre-vingt-un"},
    {"fr", "c 99", "quatre-vingt-dix-neuf"},
    {"fr", "c 200", "deux cents"},
    {"fr", "c 201", "deux cent un"},
    {"fr", "c 1000", "mille"},
    {"fr", "c 80000", "quatre-vingt mille"},
    {"de", "c 1", "eins"},
    {"de", "c 16", "sechzehn"},
    {"de", "c 21", "einundzwanzig"},
    {"de", "c 101", "einhunderteins"},
    {"de", "c 1000", "eintausend"},
    {"de", "c 2345000", "zwei millionen dreihundertfünfundvierzigtausend"},
    {"it", "c 21", "ventuno"},
    {"it", "c 28", "ventotto"},
    {"it", "c 180", "centottanta"},
    {"it", "c 1000", "mille"},
    {"it", "c 2001", "duemilauno"},
    {"pt", "c 16", "dezasseis"},
    {"pt", "c 100", "cem"},
    {"pt", "c 1100", "mil e cem"},
    {"pt", "c 1101", "mil cento e um"},
    {"pt", "c 2345", "dois mil trezentos e quarenta e cinco"},
    {"pl", "c 5", "pięć"},
    {"pl", "c 200", "dwieście"},
    {"pl", "c 2000", "dwa tysiące"},
    {"pl", "c 5000", "pięć tysięcy"},
    {"pl", "c 22000000", "dwadzieścia dwa miliony"},
    {"tr", "c 0", "sıfır"},
    {"tr", "c 21", "yirmibir"},
    {"tr", "c 1000", "bin"},
    {"tr", "c 1234", "binikiyüzotuzdört"},
    {"tr", "c 1000000", "birmilyon"},
    {"ru", "c 200", "двести"},
    {"ru", "c 1000", "одна тысяча"},
    {"ru", "c 2000", "две тысячи"},
    {"ru", "c 5000", "пять тысяч"},
    {"ru", "c 21000", "двадцать одна тысяча"},
    {"ru", "c 1000000", "один миллион"},
    {"nl", "c 1", "één"},
    {"nl", "c 22", "tweeëntwintig"},
    {"nl", "c 101", "honderdéén"},
    {"nl", "c 31000", "eenendertigduizend"},
    {"cs", "c 200", "dvěstě"},
    {"cs", "c 1000", "tisíc"},
    {"cs", "c 2000", "dva tisíce"},
    {"cs", "c 5000", "pět tisíc"},
    {"ar", "c 11", "أحد عشر"},
    {"ar", "c 21", "واحد و عشرون"},
    {"ar", "c 123", "مائة و ثلاثة و عشرون"},
    {"ar", "c 1000", "ألف"},
    {"ar", "c 5000", "خمسة آلاف"},
    {"hu", "c 20", "húsz"},
    {"hu", "c 22", "huszonkettő"},
    {"hu", "c 200", "kétszáz"},
    {"hu", "c 2001", "kétezer-egy"},
    {"hu", "c 1999", "ezerkilencszázkilencvenkilenc"},
    {"ko", "c 10", "십"},
    {"ko", "c 21000", "이만 천"},
    {"ko", "c 12345", "만 이천삼백사십오"},
    {"ko", "c 100000000", "일억"},
    {"en", "o 1", "first"},
    {"en", "o 12", "twelfth"},
    {"en", "o 20", "twentieth"},
    {"en", "o 123", "one hundred and twenty-third"},
    {"es", "o 3", "tercero"},
    {"es", "o 20", "vigésimo"},
    {"es", "o 21", "vigésimo primero"},
    {"es", "o 345", "tricentésimo cuadragésimo quinto"},
    {"fr", "o 1", "premier"},
    {"fr", "o 21", "vingt et unième"},
    {"fr", "o 100", "centième"},
    {"fr", "o 345", "trois cent quarante-cinquième"},
    {"de", "o 3", "dritte"},
    {"de", "o 7", "siebte"},
    {"de", "o 21", "einundzwanzigste"},
    {"de", "o 345", "dreihundertfünfundvierzigste"},
    {"it", "o 8", "ottavo"},
    {"it", "o 21", "ventunesimo"},
    {"it", "o 23", "ventitreesimo"},
    {"it", "o 100", "centesimo"},
    {"pt", "o 16", "décimo sexto"},
    {"pt", "o 21", "vigésimo primeiro"},
    {"pt", "o 345", "tricentésimo quadragésimo quinto"},
    {"pl", "o 3", "trzeci"},
    {"pl", "o 12", "dwunasty"},
    {"pl", "o 21", "dwudziesty pierwszy"},
    {"pl", "o 340", "trzysta czterdziesty"},
    {"tr", "o 4", "dördüncü"},
    {"tr", "o 20", "yirminci"},
    {"tr", "o 100", "yüzüncü"},
    {"ru", "o 3", "третий"},
    {"ru", "o 40", "сороковой"},
    {"ru", "o 121", "сто двадцать первый"},
    {"ru", "o 500", "пятисотый"},
    {"nl", "o 1", "eerste"},
    {"nl", "o 8", "achtste"},
    {"nl", "o 22", "tweeëntwintigste"},
    {"nl", "o 100", "honderdste"},
    {"ar", "o 1", "اول"},
    {"ar", "o 11", "حادي عشر"},
    {"hu", "o 1", "első"},
    {"hu", "o 2", "második"},
    {"hu", "o 6", "hatodik"},
    {"hu", "o 40", "negyvenedik"},
    {"ko", "o 1", "첫 번째"},
    {"ko", "o 20", "스물 번째"},
    {"ko", "o 31", "서른한 번째"},
    {"en", "d 3.05", "three point zero five"},
    {"es", "d 12.5", "doce punto cinco"},
    {"fr", "d 3.14", "trois virgule un quatre"},
    {"de", "d 0.5", "null komma fünf"},
    {"it", "d 0.5", "zero virgola cinque"},
    {"pt", "d 12.5", "doze vírgula cinco"},
    {"pl", "d 3.05", "trzy przecinek zero pięć"},
    {"pl", "d 3.14", "trzy przecinek czternaście"},
    {"ru", "d 1.1", "одна целая одна десятая"},
    {"ru", "d 12.5", "двенадцать целых пять десятых"},
    {"ru", "d 3.14", "три целых четырнадцать сотых"},
    {"nl", "d 12.5", "twaalf komma vijf"},
    {"cs", "d 3.05", "tři celá nula pět"},
    {"hu", "d 12.5", "tizenkettő egész öt tized"},
    {"hu", "d 3.14", "három egész tizennégy század"},
    {"ko", "d 12.5", "십이 점 오"},
    {"en", "c 00042", "forty-two"},
    {"en", "c 1234567890123456", "one two three four five six seven eight nine zero one two three four five six"},
    {"es", "c 21000", "veintiún mil"},
    {"de", "c 101000", "einhunderteintausend"},
    {"it", "c 123", "centoventitré"},
    {"it", "c 113", "centotredici"},
    {"hu", "c 102", "százkettő"},
    {"hu", "c 22000", "huszonkétezer"},
    {"ar", "c 200", "مئتان"},
    {"ar", "c 2001", "ألفان و واحد"},
    {"hi", "c 99", "निन्यानबे"},
    {"hi", "c 1234567", "बारह लाख चौंतीस हज़ार पाँच सौ सड़सठ"},
    {"hi", "c 20000000", "दो करोड़"},
    {"fr", "o 80", "quatre-vingtième"},
    {"es", "o 11", "undécimo"},
    {"cs", "o 1", "první"},
    {"cs", "o 21", "dvacátý první"},
    {"cs", "o 100", "stý"},
    {"hi", "o 1", "पहला"},
    {"hi", "o 12", "बारहवाँ"},
    {"ko", "o 100", "백 번째"},
    {"ru", "o 1000", "одна тысяча"},
    {"ar", "o 21", "واحد و عشرون"},
    {"tr", "d 12.5", "oniki virgül beş"},
    {"ar", "d 3.5", "ثلاثة فاصلة خمسة"},
    {"hi", "d 12.5", "बारह दशमलव पाँच"},
    {"ru", "d 2.2", "две целых две десятых"},
    {"hu", "d 3.1415", "három egész egy négy egy öt"},
};

static void numbers__as_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(NUMBERS) / sizeof(NUMBERS[0]); i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(1024);
        const struct avt_numerals *numerals = avt_numerals_find(NUMBERS[i].language);
        assert_non_null(numerals);
        ask(numerals, NUMBERS[i].question, &out);
        if (!avt_str_equal(avt_buf_str(&out), NUMBERS[i].words))
            fail_msg("%s, %s: '%s', not '%s'", NUMBERS[i].language, NUMBERS[i].question, avt_buf_str(&out),
                     NUMBERS[i].words);
    }
}

static void money__is_counted(void **state)
{
    (void)state;
    static const struct {
        const char *language;
        enum avt_numerals_currency currency;
        const char *digits;
        unsigned cents;
        const char *words;
    } ROWS[] = {
        {"en", AVT_NUMERALS_DOLLAR, "1", 0, "one dollar"},
        {"en", AVT_NUMERALS_EURO, "20", 15, "twenty euro, fifteen cents"},
        {"en", AVT_NUMERALS_POUND, "5", 1, "five pounds sterling, one penny"},
        {"es", AVT_NUMERALS_DOLLAR, "21", 0, "veintiún dólares"},
        {"es", AVT_NUMERALS_POUND, "1", 50, "una libra con cincuenta peniques"},
        {"fr", AVT_NUMERALS_EURO, "20", 15, "vingt euros et quinze centimes"},
        {"de", AVT_NUMERALS_EURO, "1", 0, "ein euro"},
        {"it", AVT_NUMERALS_DOLLAR, "23", 0, "ventitré dollari"},
        {"pt", AVT_NUMERALS_EURO, "2", 10, "dois euros e dez cêntimos"},
        {"pl", AVT_NUMERALS_DOLLAR, "22", 5, "dwadzieścia dwa dolary, pięć centów"},
        {"tr", AVT_NUMERALS_EURO, "15", 0, "onbeş euro"},
        {"ru", AVT_NUMERALS_DOLLAR, "21", 2, "двадцать один доллар, два цента"},
        {"nl", AVT_NUMERALS_EURO, "20", 0, "twintig euro"},
        {"cs", AVT_NUMERALS_EURO, "20", 15, "dvacet euro, patnáct centů"},
        {"ar", AVT_NUMERALS_DOLLAR, "5", 0, "خمسة دولارات"},
        {"hu", AVT_NUMERALS_DOLLAR, "2", 0, "két dollár"},
        {"ko", AVT_NUMERALS_DOLLAR, "20", 5, "이십달러 오센트"},
        {"hi", AVT_NUMERALS_EURO, "21", 0, "इक्कीस यूरो"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(1024);
        avt_numerals_money(avt_numerals_find(ROWS[i].language), ROWS[i].currency, ROWS[i].digits,
                           strlen(ROWS[i].digits), ROWS[i].cents, &out);
        if (!avt_str_equal(avt_buf_str(&out), ROWS[i].words))
            fail_msg("%s: '%s', not '%s'", ROWS[i].language, avt_buf_str(&out), ROWS[i].words);
    }
}

/* Every number up to ten thousand, and powers, is read in every language, and no two alike. */
static void numbers__are_told_apart(void **state)
{
    (void)state;
    static const char *const LANGUAGES[] = {"en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar",
                                            "hu", "ko", "hi"};
    for (size_t i = 0; i < sizeof(LANGUAGES) / sizeof(LANGUAGES[0]); i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf before = AVT_BUF_INIT(1024), out = AVT_BUF_INIT(1024);
        for (unsigned n = 0; n <= 10000; n++) {
            char digits[16];
            int count = snprintf(digits, sizeof digits, "%u", n);
            avt_buf_clear(&out);
            avt_numerals_cardinal(avt_numerals_find(LANGUAGES[i]), digits, (size_t)count, &out);
            assert_true(out.size > 0 && avt_utf8_invalid_at(out.data, out.size) == SIZE_MAX);
            assert_null(strstr(out.data, "  "));
            assert_string_not_equal(avt_buf_str(&out), avt_buf_str(&before));
            avt_buf_clear(&before);
            avt_buf_append(&before, out.data, out.size);
        }
        static const char LARGEST[] = "999999999999999";
        avt_buf_clear(&out);
        avt_numerals_cardinal(avt_numerals_find(LANGUAGES[i]), LARGEST, strlen(LARGEST), &out);
        assert_true(out.size > 0 && !out.overflowed);
    }
    assert_null(avt_numerals_find("xx"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers__as_words),
        cmocka_unit_test(money__is_counted),
        cmocka_unit_test(numbers__are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
