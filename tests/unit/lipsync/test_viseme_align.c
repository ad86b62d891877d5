/* SPDX-License-Identifier: Apache-2.0 */
/* A known sequence laid over probabilities: where each step begins. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/mem.h"
#include "lipsync/viseme_align.h"

enum { FRAMES_MAX = 200, STEPS_MAX = 8 };

/* What a network hears: `share` for what is there, the rest for all others. */
struct heard {
    float values[FRAMES_MAX * AVT_VISEME_COUNT];
    size_t frames;
};

static void add(struct heard *heard, enum avt_viseme viseme, size_t frames, float share)
{
    for (size_t i = 0; i < frames; i++, heard->frames++) {
        float *frame = heard->values + heard->frames * AVT_VISEME_COUNT;
        for (size_t v = 0; v < AVT_VISEME_COUNT; v++)
            frame[v] = v == (size_t)viseme ? share : (1 - share) / (AVT_VISEME_COUNT - 1);
    }
}

static void expect_starts(const struct heard *heard, const struct avt_viseme_step *steps, size_t count,
                          const size_t *expected)
{
    size_t starts[STEPS_MAX + 1];
    struct avt_error error = {0};
    if (avt_viseme_align(heard->values, heard->frames, steps, count, starts, &error) != AVT_OK)
        fail_msg("%s", error.message);
    for (size_t i = 0; i <= count; i++) {
        if (starts[i] != expected[i])
            fail_msg("step %zu begins with frame %zu, not %zu", i, starts[i], expected[i]);
    }
}

/* "(silence) ma (silence) ma (silence)", and what of the silences is there. */
static const struct avt_viseme_step MAMA[] = {
    {AVT_VISEME_SIL, 1, true}, {AVT_VISEME_PP, 2, false}, {AVT_VISEME_AA, 2, false}, {AVT_VISEME_SIL, 1, true},
    {AVT_VISEME_PP, 2, false}, {AVT_VISEME_AA, 2, false}, {AVT_VISEME_SIL, 1, true},
};
enum { MAMA_COUNT = sizeof(MAMA) / sizeof(MAMA[0]) };

static void align__with_pauses(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct heard *heard = avt_new0(struct heard, 1);
    add(heard, AVT_VISEME_SIL, 12, .9f);
    add(heard, AVT_VISEME_PP, 7, .9f);
    add(heard, AVT_VISEME_AA, 15, .9f);
    add(heard, AVT_VISEME_SIL, 20, .9f);
    add(heard, AVT_VISEME_PP, 5, .9f);
    add(heard, AVT_VISEME_AA, 9, .9f);
    add(heard, AVT_VISEME_SIL, 30, .9f);
    expect_starts(heard, MAMA, MAMA_COUNT, (const size_t[]){0, 12, 19, 34, 54, 59, 68, 98});
}

/* None of the silences is there; something else is in between, and goes to whom it resembles least badly. */
static void align__without_pauses(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct heard *heard = avt_new0(struct heard, 1);
    add(heard, AVT_VISEME_PP, 6, .7f);
    add(heard, AVT_VISEME_AA, 3, .7f);
    add(heard, AVT_VISEME_E, 3, .7f); /* takes an "a" for an "e" for a moment */
    add(heard, AVT_VISEME_AA, 6, .7f);
    add(heard, AVT_VISEME_PP, 4, .7f);
    add(heard, AVT_VISEME_AA, 8, .7f);
    expect_starts(heard, MAMA, MAMA_COUNT, (const size_t[]){0, 0, 6, 18, 18, 22, 30, 30});
}

/* A step lasts at least as long as it must, even where something else is heard. */
static void align__least_lengths(void **state)
{
    (void)state;
    static const struct avt_viseme_step steps[] = {
        {AVT_VISEME_AA, 2, false}, {AVT_VISEME_SS, 4, false}, {AVT_VISEME_O, 2, false}};
    AVT_CLEANUP(avt_freep) struct heard *heard = avt_new0(struct heard, 1);
    add(heard, AVT_VISEME_AA, 10, .9f);
    add(heard, AVT_VISEME_SS, 1, .9f);
    add(heard, AVT_VISEME_O, 10, .9f);
    size_t starts[4];
    assert_int_equal(avt_viseme_align(heard->values, heard->frames, steps, 3, starts, NULL), AVT_OK);
    assert_int_equal(starts[2] - starts[1], 4);
    assert_true(starts[1] <= 10 && starts[2] >= 11);
}

static void align__too_short_or_empty(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct heard *heard = avt_new0(struct heard, 1);
    add(heard, AVT_VISEME_AA, 7, .9f); /* eight are needed */
    expect_starts(heard, MAMA, MAMA_COUNT, (const size_t[]){0, 1, 2, 3, 4, 5, 6, 7});
    expect_starts(heard, NULL, 0, (const size_t[]){7});
    add(heard, AVT_VISEME_AA, 1, .9f);
    expect_starts(heard, MAMA, MAMA_COUNT, (const size_t[]){0, 0, 2, 4, 4, 6, 8, 8});
}

static void align__limit(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    AVT_CLEANUP(avt_freep) struct avt_viseme_step *steps = avt_new0(struct avt_viseme_step, COUNT);
    AVT_CLEANUP(avt_freep) size_t *starts = avt_new0(size_t, COUNT + 1);
    AVT_CLEANUP(avt_freep) float *visemes = avt_new0(float, 60000 * AVT_VISEME_COUNT);
    struct avt_error error = {0};
    for (size_t i = 0; i < COUNT; i++)
        steps[i] = (struct avt_viseme_step){AVT_VISEME_AA, 1, false};
    assert_int_equal(avt_viseme_align(visemes, 60000, steps, COUNT, starts, &error), AVT_ELIMIT);
    assert_non_null(strstr(error.message, "too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(align__with_pauses),   cmocka_unit_test(align__without_pauses),
        cmocka_unit_test(align__least_lengths), cmocka_unit_test(align__too_short_or_empty),
        cmocka_unit_test(align__limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
