/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/mem.h"
#include "voice/spoken.h"

static void spoken__as_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *spoken;
    } rows[] = {
        {"Be kind.", "Be kind."},
        {"It costs $4.20 today, really!", "It costs four dollars and twenty cents today, really!"},
        {"At 3:45 pm, 12 of them.", "At three forty five P M, twelve of them."},
        {"The FBI and NASA", "The FBI and NASA"},
        {"Who? \"Me?\"", "Who? \"Me?\""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_freep) char *spoken = avt_spoken_text(rows[i].text);
        if (strcmp(spoken, rows[i].spoken) != 0)
            fail_msg("'%s' gives '%s'", rows[i].text, spoken);
    }
}

static void spoken__in_other_languages(void **state)
{
    (void)state;
    static const struct {
        const char *language, *text, *spoken;
    } rows[] = {
        {"en-gb", "It costs £4.", "It costs four pounds."},
        {"de", "Das kostet 21 Euro.", "Das kostet einundzwanzig Euro."},
        {"fr", "Il y a 80 pages.", "Il y a quatre-vingts pages."},
        {"pt-br", "São 3 casas!", "São três casas!"},
        {"de", "Schöne \"Grüße\" [Herr]", "Schöne \"Grüße\" [Herr]"},
        {"sv", "Det är 5.", "Det är 5."}, /* no language of it */
        {"de", "", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_freep) char *spoken = avt_spoken_text_in(rows[i].language, rows[i].text);
        if (strcmp(spoken, rows[i].spoken) != 0)
            fail_msg("'%s' gives '%s'", rows[i].text, spoken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(spoken__as_words),
                                       cmocka_unit_test(spoken__in_other_languages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
