/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "lipsync/viseme.h"

static void visemes__of_phonemes(void **state)
{
    (void)state;
    static const struct {
        const char *ipa;
        size_t count;
        enum avt_viseme first, second;
    } rows[] = {
        {"", 1, AVT_VISEME_SIL, 0},
        {"p", 1, AVT_VISEME_PP, 0},
        {"m", 1, AVT_VISEME_PP, 0},
        {"f", 1, AVT_VISEME_FF, 0},
        {"ˈɑː", 1, AVT_VISEME_AA, 0},
        {"aɪ", 2, AVT_VISEME_AA, AVT_VISEME_I},
        {"ˌaʊ", 2, AVT_VISEME_AA, AVT_VISEME_U},
        {"oʊ", 2, AVT_VISEME_O, AVT_VISEME_U},
        {"tʃ", 1, AVT_VISEME_CH, 0},
        {"dʒ", 1, AVT_VISEME_CH, 0},
        {"ts", 1, AVT_VISEME_SS, 0},
        {"ɹ", 1, AVT_VISEME_RR, 0},
        {"ɾ", 1, AVT_VISEME_DD, 0},
        {"w", 1, AVT_VISEME_W, 0},
        {"h", 1, AVT_VISEME_NONE, 0},
        {"iː", 1, AVT_VISEME_I, 0},
        {"ɐ̃", 1, AVT_VISEME_AH, 0},
        {"tʂʰ", 1, AVT_VISEME_CH, 0}, /* of Chinese */
        {"ʝ", 1, AVT_VISEME_I, 0},    /* of Spanish */
        {"ʎ", 1, AVT_VISEME_NN, 0},
        {"ɽ", 1, AVT_VISEME_RR, 0},
        {"pʰ", 1, AVT_VISEME_PP, 0},
        {"ɯ", 1, AVT_VISEME_U, 0},
        {"☃", 1, AVT_VISEME_UH, 0},
        {"\xFF", 1, AVT_VISEME_SIL, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        enum avt_viseme got[2];
        assert_int_equal(avt_visemes_of(rows[i].ipa, got), rows[i].count);
        assert_int_equal(got[0], rows[i].first);
        if (rows[i].count == 2)
            assert_int_equal(got[1], rows[i].second);
    }
}

static void shapes__stay_in_range_and_in_order(void **state)
{
    (void)state;
    for (int v = 0; v < AVT_VISEME_COUNT; v++) {
        const struct avt_viseme_shape *shape = avt_viseme_shape((enum avt_viseme)v);
        for (int c = 0; c < AVT_MOUTH_CHANNELS; c++)
            assert_true(shape->target[c] >= 0 && shape->target[c] <= 1 && shape->weight[c] >= 0);
        assert_true(shape->lead_s >= 0.03f && shape->lag_s <= 0.15f);
    }
#define JAW(v) avt_viseme_shape(AVT_VISEME_##v)->target[AVT_MOUTH_JAW]
    assert_true(JAW(AA) > JAW(E) && JAW(E) > JAW(I) && JAW(I) > JAW(PP));
    assert_true(JAW(SS) < 0.1f && JAW(FF) < 0.1f);
    assert_true(avt_viseme_shape(AVT_VISEME_U)->target[AVT_MOUTH_ROUND] >
                avt_viseme_shape(AVT_VISEME_AA)->target[AVT_MOUTH_ROUND] + 0.5f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visemes__of_phonemes),
        cmocka_unit_test(shapes__stay_in_range_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
