/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, dates, times and abbreviations in languages other than English: what is said for what is
 * written. How it is pronounced stands in tests/golden. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/g2p_espeak.h"
#include "voice/intl.h"

/* Words with a space between, marks as they are, | where a sentence ends. */
static void read(const char *tag, const char *text, struct avt_buf *out)
{
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    struct avt_error error = {0};
    const struct intl_language *language = intl_language(tag);
    assert_non_null(language);
    assert_int_equal(intl_normalize(text, strlen(text), language, &reading, &error), AVT_OK);
    size_t word = 0;
    for (size_t i = 0; i < reading.tokens.count; i++) {
        const struct avt_token *token = &reading.tokens.tokens[i];
        if (i > 0 && !token->punctuation)
            avt_buf_append_char(out, ' ');
        if (token->punctuation)
            avt_buf_append_char(out, token->punctuation);
        else
            avt_buf_append_str(out, reading.words[word++].text);
        assert_memory_equal(token->text, text + token->text_start,
                            token->text_end - token->text_start);
        if (token->sentence_end && i + 1 < reading.tokens.count)
            avt_buf_append_char(out, '|');
    }
    assert_int_equal(word, reading.word_count);
}

static void normalize__says_what_a_reader_says(void **state)
{
    (void)state;
    static const struct {
        const char *language, *text, *expected;
    } ROWS[] = {
        {"es", "1.234,50 €", "1234 euros con 50 céntimos"},
        {"es", "1.234.567", "1234567"},
        {"es", "3,14", "3 coma 14"},
        {"es", "3,05", "3 coma 0 5"},
        {"es", "1,234.50", "1234 coma 50"},
        {"es", "1 €", "un euro"},
        {"es", "0,99 €", "0 euros con 99 céntimos"},
        {"es", "$4,2 millones", "4 coma 2 millones de dólares"},
        {"es", "12:30", "12 y 30"},
        {"es", "1:15", "una y 15"},
        {"es", "12:00", "12"},
        {"es", "25/12/2024", "25 de diciembre de 2024"},
        {"es", "2024-12-25", "25 de diciembre de 2024"},
        {"es", "25/13/2024", "25 13 2024"},
        {"es", "1990-2000", "1990 a 2000"},
        {"es", "555-1234-567", "555 1234 567"},
        {"es", "-5 °C", "menos 5 grados"},
        {"es", "50%", "50 por ciento"},
        {"es", "2.ª", "segunda"},
        {"es", "El Sr. Gil y EE. UU.", "El señor Gil y Estados Unidos."},
        {"es", "Etc. Fin", "etcétera.| Fin"},
        {"es", "La S.A. cerró", "La S.A cerró"},
        {"es", "¿Qué? ¡Sí!", "Qué?| Sí!"},
        {"es", "B2B y H2O", "B2B y H2O"},
        {"es", "007", "0 0 7"},
        {"es", "12345678901234567890", "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0"},
        {"fr", "1 234,50 €", "1234 euros 50"},
        {"fr", "14h30", "14 heures 30"},
        {"fr", "14 h", "14 heures"},
        {"fr", "1er", "premier"},
        {"fr", "1re", "première"},
        {"fr", "1/1/2001", "premier janvier 2001"},
        {"fr", "M. Dupont", "monsieur Dupont"},
        {"fr", "Dupont, M.", "Dupont, monsieur."},
        {"fr", "l\u2019eau", "l'eau"},
        {"fr", "Le n° 5", "Le numéro 5"},
        {"it", "all'1:15", "all una e 15"},
        {"it", "1º", "primo"},
        {"pt-br", "R$ 1.234,56", "1234 reais e 56 centavos"},
        {"pt-br", "22:15", "vinte e duas e 15"},
        {"hi", "₹1,23,456.50", "123456 रुपये 50 पैसे"},
        {"hi", "२५", "25"},
        {"hi", "3.14", "3 दशमलव 1 4"},
        {"zh", "1005", "一千零五"},
        {"zh", "10000", "一万"},
        {"zh", "120", "一百二十"},
        {"zh", "12", "十二"},
        {"zh", "100010", "十万零一十"},
        {"zh", "50%", "百分之五十"},
        {"zh", "3.14", "三点一四"},
        {"zh", "2024年", "二零二四 年"},
        {"zh", "3年", "三 年"},
        {"zh", "¥12", "十二元"},
        {"ja", "3800", "さんぜんはっぴゃく"},
        {"ja", "10001", "いちまんいち"},
        {"ja", "0.5", "ゼロてんご"},
    };
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(4096);
        read(ROWS[i].language, ROWS[i].text, &out);
        if (avt_str_equal(avt_buf_str(&out), ROWS[i].expected))
            continue;
        wrong++;
        print_error("%s '%s': '%s', not '%s'\n", ROWS[i].language, ROWS[i].text,
                    avt_buf_str(&out), ROWS[i].expected);
    }
    assert_int_equal(wrong, 0);
}

static void share_out__finds_the_words_of_a_clause(void **state)
{
    (void)state;
    static const struct {
        const char *whole, *parts[4];
        size_t cuts[5];
    } ROWS[] = {
        {"ab cd ef", {"ab", "cd", "ef"}, {0, 3, 6, 8}},
        /* Sounds change beside each other. */
        {"lez amiz", {"le", "ami"}, {0, 4, 8}},
        /* Two words spoken as one. */
        {"abcdef", {"abc", "def"}, {0, 3, 6}},
        /* One that is silent. */
        {"ab ef", {"ab", "", "ef"}, {0, 3, 3, 5}},
        {"", {"a", "b"}, {0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        size_t count = 0, cuts[5];
        while (count < 4 && ROWS[i].parts[count])
            count++;
        avt_g2p_share_out(ROWS[i].whole, ROWS[i].parts, count, cuts);
        for (size_t c = 0; c <= count; c++)
            if (cuts[c] != ROWS[i].cuts[c])
                fail_msg("row %zu: cut %zu at %zu, not %zu", i, c, cuts[c], ROWS[i].cuts[c]);
    }
}

static void map__rewrites_espeak(void **state)
{
    (void)state;
    static const struct {
        const char *ipa, *expected;
        bool hindi;
    } ROWS[] = {
        {"tʃ^", "tʃ", false},
        {"t^ʃˈao", "ʧˈao", false},
        {"(^e^n)sˈɒft(^e^s) a", "sˈɒft a", false},
        {"lˈʌr.ka", "lˈʌɽka", true},
        {"e^ɪ o^ʊ d^z", "A O ʣ", false},
        {"a-b_g", "abɡ", false},
        {" ɬ  ʉ ", "l u", false},
        {"vɛ̃", "vɛ̃", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_freep) char *got = avt_phonemizer_map_foreign(ROWS[i].ipa, ROWS[i].hindi);
        assert_string_equal(got, ROWS[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalize__says_what_a_reader_says),
        cmocka_unit_test(share_out__finds_the_words_of_a_clause),
        cmocka_unit_test(map__rewrites_espeak),
    };
    return cmocka_run_group_tests_name("intl", tests, NULL, NULL);
}
