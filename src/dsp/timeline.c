/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/timeline.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* Times within this of each other are the same instant: an eighth of a sample at 24 kHz. */
static const double SAME_INSTANT_S = 5e-6;

enum { CAPACITY_FIRST = 64 };

struct avt_timeline *avt_timeline_new(void)
{
    struct avt_timeline *timeline = avt_new0(struct avt_timeline, 1);
    timeline->text = avt_strdup("");
    return timeline;
}

void avt_timeline_free(struct avt_timeline *timeline)
{
    if (!timeline)
        return;
    for (size_t i = 0; i < timeline->word_count; i++)
        avt_free(timeline->words[i].text);
    avt_free(timeline->words);
    avt_free(timeline->phonemes);
    avt_free(timeline->segments);
    avt_free(timeline->text);
    avt_free(timeline);
}

/* Room for one more in a list of `count`; the growth is capped by the two limits in the header. */
static size_t grown(size_t count, size_t capacity)
{
    if (count < capacity)
        return capacity;
    return capacity ? capacity * 2 : CAPACITY_FIRST;
}

bool avt_timeline_add_phoneme(struct avt_timeline *timeline, const struct avt_phoneme *phoneme)
{
    avt_assert(timeline && phoneme);
    if (timeline->phoneme_count >= AVT_TIMELINE_PHONEMES_MAX)
        return false;
    size_t capacity = grown(timeline->phoneme_count, timeline->phoneme_capacity);
    if (capacity != timeline->phoneme_capacity) {
        timeline->phonemes = avt_realloc(timeline->phonemes, capacity, sizeof(*timeline->phonemes));
        timeline->phoneme_capacity = capacity;
    }
    timeline->phonemes[timeline->phoneme_count++] = *phoneme;
    return true;
}

bool avt_timeline_add_word(struct avt_timeline *timeline, const struct avt_word *word)
{
    avt_assert(timeline && word && word->text);
    if (timeline->word_count >= AVT_TIMELINE_WORDS_MAX)
        return false;
    size_t capacity = grown(timeline->word_count, timeline->word_capacity);
    if (capacity != timeline->word_capacity) {
        timeline->words = avt_realloc(timeline->words, capacity, sizeof(*timeline->words));
        timeline->word_capacity = capacity;
    }
    struct avt_word *copy = &timeline->words[timeline->word_count++];
    *copy = *word;
    copy->text = avt_strdup(word->text);
    return true;
}

/* One voice that goes on speaking stays one segment. */
static void add_segment(struct avt_timeline *timeline, const struct avt_timeline_segment *segment)
{
    if (timeline->segment_count > 0) {
        struct avt_timeline_segment *last = &timeline->segments[timeline->segment_count - 1];
        if (strcmp(last->voice, segment->voice) == 0 &&
            strcmp(last->language, segment->language) == 0 &&
            fabs(last->end - segment->start) < SAME_INSTANT_S) {
            last->end = segment->end;
            return;
        }
    }
    timeline->segments =
        avt_realloc(timeline->segments, timeline->segment_count + 1, sizeof(*timeline->segments));
    timeline->segments[timeline->segment_count++] = *segment;
}

/* One pause that two pieces share stays one. */
static bool joins_silence(const struct avt_timeline *timeline, const struct avt_phoneme *next)
{
    if (timeline->phoneme_count == 0 || next->ipa[0] != '\0')
        return false;
    const struct avt_phoneme *last = &timeline->phonemes[timeline->phoneme_count - 1];
    return last->ipa[0] == '\0' && fabs(last->end - next->start) < SAME_INSTANT_S;
}

bool avt_timeline_append(struct avt_timeline *timeline, const struct avt_timeline *part,
                         double offset_s, size_t text_offset)
{
    avt_assert(timeline && part && timeline != part);
    if (part->phoneme_count > AVT_TIMELINE_PHONEMES_MAX - timeline->phoneme_count ||
        part->word_count > AVT_TIMELINE_WORDS_MAX - timeline->word_count)
        return false;

    int32_t first_word = (int32_t)timeline->word_count;
    for (size_t i = 0; i < part->segment_count; i++) {
        struct avt_timeline_segment segment = part->segments[i];
        segment.start += offset_s;
        segment.end += offset_s;
        add_segment(timeline, &segment);
    }
    for (size_t i = 0; i < part->phoneme_count; i++) {
        struct avt_phoneme phoneme = part->phonemes[i];
        phoneme.start += offset_s;
        phoneme.end += offset_s;
        if (phoneme.word >= 0)
            phoneme.word += first_word;
        if (i == 0 && joins_silence(timeline, &phoneme)) {
            timeline->phonemes[timeline->phoneme_count - 1].end = phoneme.end;
            continue;
        }
        (void)avt_timeline_add_phoneme(timeline, &phoneme); /* the room was checked above */
    }
    for (size_t i = 0; i < part->word_count; i++) {
        struct avt_word word = part->words[i];
        word.start += offset_s;
        word.end += offset_s;
        word.text_start += text_offset;
        word.text_end += text_offset;
        (void)avt_timeline_add_word(timeline, &word);
    }
    if (offset_s + part->duration > timeline->duration)
        timeline->duration = offset_s + part->duration;
    if (timeline->sample_rate == 0)
        timeline->sample_rate = part->sample_rate;
    return true;
}
