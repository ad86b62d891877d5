/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a recording in a language of which nobody here knows the sounds. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "lipsync/viseme_net.h"
#include "pipeline/align.h"

/* Marks of ASCII and U+00A1..U+00BF, U+2010..U+203A and U+3001..U+3011, as the first bytes of UTF-8. */
static size_t mark_size(const char *at)
{
    static const char *const marks[] = {"¡", "¿", "«", "»", "،", "؛", "؟", "।", "…", "“", "”", "„", "‘", "’", "‹", "›",
                                        "–", "—", "、", "。", "「", "」", "！", "？", "，", "："};
    if (*at && strchr(".,;:!?\"'()[]{}-", *at))
        return 1;
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        if (strncmp(at, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    }
    return 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_within_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The word from `from` on, without the marks around it. False: no more. */
static bool next_word(const char *text, size_t from, size_t *ret_start, size_t *ret_end)
{
    size_t at = from, size;
    for (;;) {
        if (is_blank(text[at]))
            at++;
        else if ((size = mark_size(text + at)) > 0)
            at += size;
        else
            break;
    }
    *ret_start = at;
    for (*ret_end = at; text[at] && !is_blank(text[at]); at += size ? size : 1) {
        size = mark_size(text + at);
        if (size == 0)
            *ret_end = at + 1;
    }
    return *ret_end > *ret_start;
}

/* Letters, and the gap to the next word. */
static double weight_of(const char *word, size_t size)
{
    double letters = 1;
    for (size_t i = 0; i < size; i++)
        letters += !is_within_character(word[i]);
    return letters;
}

/* When a share of all that is heard has been heard. */
static double moment(const struct avt_timeline *timeline, double share)
{
    double heard = 0, before = 0, end = 0;
    for (size_t i = 0; i < timeline->phoneme_count; i++)
        heard += *timeline->phonemes[i].ipa ? timeline->phonemes[i].end - timeline->phonemes[i].start : 0;
    for (size_t i = 0; i < timeline->phoneme_count; i++) {
        const struct avt_phoneme *phoneme = &timeline->phonemes[i];
        double length = phoneme->end - phoneme->start;
        if (!*phoneme->ipa)
            continue;
        if (before + length >= share * heard)
            return phoneme->start + (share * heard - before);
        before += length;
        end = phoneme->end;
    }
    return end;
}

static void give_phonemes(struct avt_timeline *timeline)
{
    size_t word = 0;
    for (size_t i = 0; i < timeline->phoneme_count; i++) {
        struct avt_phoneme *phoneme = &timeline->phonemes[i];
        double middle = (phoneme->start + phoneme->end) / 2;
        while (word + 1 < timeline->word_count && middle >= timeline->words[word].end)
            word++;
        phoneme->word = *phoneme->ipa && timeline->word_count > 0 ? (int32_t)word : -1;
    }
}

enum avt_code avt_align_spread(struct avt_timeline *timeline, const char *text, struct avt_error *reterr)
{
    double all = 0, before = 0;
    for (size_t start = 0, end = 0; next_word(text, end, &start, &end);)
        all += weight_of(text + start, end - start);
    for (size_t start = 0, end = 0; next_word(text, end, &start, &end);) {
        AVT_CLEANUP(avt_freep) char *written = avt_strndup(text + start, end - start);
        double weight = weight_of(written, end - start);
        const struct avt_word word = {.text = written,
                                      .start = moment(timeline, before / all),
                                      .end = moment(timeline, fmin((before + weight) / all, 1)),
                                      .text_start = start,
                                      .text_end = end};
        if (!avt_timeline_add_word(timeline, &word))
            return avt_fail(reterr, AVT_ELIMIT, "the text is too long for one film; split it");
        before += weight;
    }
    give_phonemes(timeline);
    return AVT_OK;
}

enum avt_code avt_align_heard(const struct avt_viseme_net *net, const struct avt_audio *recording, const char *text,
                              const char *voice, const char *language, const struct avt_cancel *cancel,
                              struct avt_timeline **ret_timeline, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = NULL;
    enum avt_code code = avt_viseme_net_listen(net, recording, cancel, &timeline, reterr);
    if (code == AVT_OK)
        code = avt_align_spread(timeline, text, reterr);
    if (code != AVT_OK)
        return code;
    timeline->duration = (double)recording->count / recording->rate;
    timeline->segments = avt_new0(struct avt_timeline_segment, 1);
    timeline->segment_count = 1;
    timeline->segments[0].end = timeline->duration;
    snprintf(timeline->segments[0].voice, sizeof(timeline->segments[0].voice), "%s", voice);
    snprintf(timeline->segments[0].language, sizeof(timeline->segments[0].language), "%s", language);
    *ret_timeline = AVT_TAKE(timeline);
    return AVT_OK;
}
