/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "voice/timing.h"

enum { RATE = 24000 };

/* A chunk with its sound: loud everywhere except in the given silences. */
struct sample {
    const char *symbols;      /* UTF-8; words are told apart by spaces and marks */
    const double seconds[32]; /* lead-in, symbols, tail */
    const double quiet[6];    /* from, to, ... ; ends with 0, 0 */
};

struct made {
    struct avt_symbol symbols[32];
    size_t count;
    struct avt_token tokens[8];
    struct avt_token_list list;
    struct avt_audio *audio;
};

static void make(const struct sample *sample, struct made *made)
{
    static char name[] = "word";
    memset(made, 0, sizeof(*made));
    size_t size = strlen(sample->symbols);
    int32_t token = 0;
    bool open = false;
    double total = sample->seconds[0];
    for (size_t at = 0; at < size;) {
        struct avt_symbol *symbol = &made->symbols[made->count];
        at += avt_utf8_decode(sample->symbols + at, size - at, &symbol->codepoint);
        bool word =
            symbol->codepoint != ' ' && symbol->codepoint != '.' && symbol->codepoint != ',';
        token += open != word && made->count > 0;
        open = word;
        symbol->token = token;
        total += sample->seconds[++made->count];
    }
    total += sample->seconds[made->count + 1];
    for (size_t i = 0; i < 8; i++)
        made->tokens[i] =
            (struct avt_token){.text = name, .text_start = 10 * i, .text_end = 10 * i + 4};
    made->list = (struct avt_token_list){made->tokens, 8, 8};
    assert_int_equal(avt_audio_new(RATE, (size_t)(total * RATE + 0.5), &made->audio, NULL), AVT_OK);
    for (size_t i = 0; i < made->audio->count; i++)
        made->audio->samples[i] = (float)(0.2 * sin(0.2 * (double)i));
    for (size_t q = 0; q < 6 && sample->quiet[q + 1] > 0; q += 2) {
        for (size_t i = (size_t)(sample->quiet[q] * RATE);
             i < (size_t)(sample->quiet[q + 1] * RATE) && i < made->audio->count; i++)
            made->audio->samples[i] = 0.0f;
    }
}

struct expected {
    const char *ipa;
    double start, end;
    int word, stress;
};

static void check(const struct sample *sample, double lateness, const struct expected *expected,
                  size_t count)
{
    struct made made;
    make(sample, &made);
    const struct avt_timing_input input = {.symbols = made.symbols,
                                           .count = made.count,
                                           .seconds = sample->seconds,
                                           .audio = made.audio,
                                           .tokens = &made.list,
                                           .lateness_s = lateness};
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = avt_timing(&input);
    assert_int_equal(timeline->phoneme_count, count);
    for (size_t i = 0; i < count; i++) {
        const struct avt_phoneme *got = &timeline->phonemes[i];
        if (!avt_str_equal(got->ipa, expected[i].ipa) ||
            fabs(got->start - expected[i].start) > 0.006 ||
            fabs(got->end - expected[i].end) > 0.006 || got->word != expected[i].word ||
            got->stress != expected[i].stress)
            fail_msg("phoneme %zu: '%s' %.3f-%.3f word %d stress %d", i, got->ipa, got->start,
                     got->end, got->word, got->stress);
        assert_true(i == 0 ? got->start == 0.0 : got->start == timeline->phonemes[i - 1].end);
    }
    assert_true(timeline->phonemes[count - 1].end == timeline->duration);
    avt_timing_loudness(timeline, made.audio);
    for (size_t i = 0; i < count; i++)
        assert_true((timeline->phonemes[i].loudness > 0) == (timeline->phonemes[i].word >= 0));
    avt_audio_free(made.audio);
}

static void timing__merges_marks_and_shifts(void **state)
{
    (void)state;
    /* "bˈA mˌI": stress and space go to what follows; all is 50 ms early. */
    static const struct sample sample = {
        "bˈA mˌIː",
        {0.35, 0.05, 0.05, 0.10, 0.05, 0.10, 0.05, 0.10, 0.05, 0.40},
        {0.0, 0.36, 0.85, 1.30},
    };
    static const struct expected expected[] = {
        {"", 0, 0.30, -1, 0},    {"b", 0.30, 0.35, 0, 0},   {"eɪ", 0.35, 0.50, 0, 1},
        {"m", 0.50, 0.65, 1, 0}, {"aɪː", 0.65, 0.85, 1, 2}, {"", 0.85, 1.30, -1, 0},
    };
    check(&sample, 0.05, expected, 6);
}

static void timing__takes_pauses_from_the_sound(void **state)
{
    (void)state;
    /* The p before the full stop is labelled .40 s long, but ends after .10; so does the last s. */
    static const struct sample sample = {
        "ʌp. ʌs",
        {0.30, 0.10, 0.40, 0.10, 0.10, 0.10, 0.40, 0.05},
        {0.0, 0.30, 0.50, 0.92, 1.15, 1.55},
    };
    static const struct expected expected[] = {
        {"", 0, 0.30, -1, 0},    {"ʌ", 0.30, 0.40, 0, 0}, {"p", 0.40, 0.50, 0, 0},
        {"", 0.50, 0.92, -1, 0}, {"ʌ", 0.92, 1.10, 1, 0}, {"s", 1.10, 1.15, 1, 0},
        {"", 1.15, 1.55, -1, 0},
    };
    check(&sample, 0.0, expected, 7);
}

static void timing__closes_plosives_before_they_are_heard(void **state)
{
    (void)state;
    static const struct sample sample = {
        "ʌ, pʌ",
        {0.30, 0.30, 0.05, 0.05, 0.10, 0.10, 0.10},
        {0.0, 0.30, 0.40, 0.75, 0.92, 1.0},
    };
    static const struct expected expected[] = {
        {"", 0, 0.30, -1, 0},    {"ʌ", 0.30, 0.40, 0, 0}, {"", 0.40, 0.69, -1, 0},
        {"p", 0.69, 0.80, 1, 0}, {"ʌ", 0.80, 0.92, 1, 0}, {"", 0.92, 1.0, -1, 0},
    };
    check(&sample, 0.0, expected, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timing__merges_marks_and_shifts),
        cmocka_unit_test(timing__takes_pauses_from_the_sound),
        cmocka_unit_test(timing__closes_plosives_before_they_are_heard),
    };
    return cmocka_run_group_tests_name("timing", tests, NULL, NULL);
}
