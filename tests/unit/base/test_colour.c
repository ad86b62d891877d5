/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/colour.h"

static void colour__names_and_digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        uint8_t rgb[3];
    } rows[] = {
        {"white", true, {255, 255, 255}},  {"Black", true, {0, 0, 0}},       {"teal", true, {0, 128, 128}},
        {"grey", true, {128, 128, 128}},   {"orange", true, {255, 165, 0}},  {"#1a6B3c", true, {26, 107, 60}},
        {"#fff", true, {255, 255, 255}},   {"#0a8", true, {0, 170, 136}},    {"#", false, {0}},
        {"#12345", false, {0}},            {"#1234567", false, {0}},         {"#12345g", false, {0}},
        {"1a6b3c", false, {0}},            {"", false, {0}},                 {"snow", false, {0}},
        {"white ", false, {0}},            {"#-12345", false, {0}},          {"# 12345", false, {0}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint8_t rgb[3] = {1, 2, 3};
        if (avt_colour_parse(rows[i].text, rgb) != rows[i].good)
            fail_msg("'%s'", rows[i].text);
        static const uint8_t before[3] = {1, 2, 3};
        assert_memory_equal(rgb, rows[i].good ? rows[i].rgb : before, 3);
    }
}

static void colour__every_name_that_is_told_is_known(void **state)
{
    (void)state;
    char names[512];
    int count = 0;
    snprintf(names, sizeof(names), "%s", avt_colour_names());
    for (char *rest = names, *name; (name = strsep(&rest, ", ")); ) {
        uint8_t rgb[3];
        if (!*name)
            continue;
        count++;
        if (!avt_colour_parse(name, rgb))
            fail_msg("'%s'", name);
    }
    assert_int_equal(count, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colour__names_and_digits),
        cmocka_unit_test(colour__every_name_that_is_told_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
