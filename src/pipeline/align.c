/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/align.h"

#include <math.h>

#include "base/mem.h"
#include "lipsync/viseme_align.h"
#include "lipsync/viseme_net.h"
#include "voice/timing.h"

/* What a phoneme lasts at least, in the network's frames of 10 ms; of a diphthong, which is two visemes, its second
 * part one. Flaps and the t of "plants" are no longer. */
enum { FRAMES_MIN = 2, SECOND_FRAMES_MIN = 1 };

/* The visemes of what is expected, with silence before, between and behind words, which may be left out. */
struct steps {
    struct avt_viseme_step *list; /* [count] */
    size_t *phonemes;             /* [count]: whose it is; SIZE_MAX of silence */
    size_t *starts;               /* [count + 1], frames */
    size_t count;
};

static void steps_done(struct steps *steps)
{
    avt_free(steps->list);
    avt_free(steps->phonemes);
    avt_free(steps->starts);
}

static void add_step(struct steps *steps, struct avt_viseme_step step, size_t phoneme)
{
    steps->phonemes[steps->count] = phoneme;
    steps->list[steps->count++] = step;
}

static enum avt_code list_steps(const struct avt_timeline *expected, struct steps *steps, struct avt_error *reterr)
{
    static const struct avt_viseme_step silence = {AVT_VISEME_SIL, 1, true};
    size_t most = 3 * expected->phoneme_count + 1;
    steps->list = avt_try_new0(struct avt_viseme_step, most);
    steps->phonemes = avt_try_new0(size_t, most);
    steps->starts = avt_try_new0(size_t, most + 1);
    if (!steps->list || !steps->phonemes || !steps->starts)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while aligning the recording");
    int32_t word = -1;
    for (size_t i = 0; i < expected->phoneme_count; i++) {
        const struct avt_phoneme *phoneme = &expected->phonemes[i];
        enum avt_viseme visemes[2];
        size_t count = avt_visemes_of(phoneme->ipa, visemes);
        if (phoneme->word != word)
            add_step(steps, silence, SIZE_MAX);
        word = phoneme->word;
        add_step(steps, (struct avt_viseme_step){visemes[0], FRAMES_MIN, false}, i);
        if (count > 1)
            add_step(steps, (struct avt_viseme_step){visemes[1], SECOND_FRAMES_MIN, false}, i);
    }
    add_step(steps, silence, SIZE_MAX);
    return AVT_OK;
}

/* A frame is centred on its time. The first and the last reach to the ends. */
static double begin_of(const struct steps *steps, size_t step, double duration)
{
    size_t frame = steps->starts[step];
    if (frame == 0)
        return 0;
    if (frame >= steps->starts[steps->count])
        return duration;
    return fmin(((double)frame - .5) / AVT_VISEME_NET_FRAMES_PER_S, duration);
}

static enum avt_code too_long(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ELIMIT, "the text is too long for one film; split it");
}

/* The words, with their times still to come; and whose voice it is from where. */
static enum avt_code copy_words(const struct avt_timeline *expected, struct avt_timeline *timeline,
                                struct avt_error *reterr)
{
    for (size_t i = 0; i < expected->word_count; i++) {
        struct avt_word word = expected->words[i];
        word.start = word.end = -1;
        if (!avt_timeline_add_word(timeline, &word))
            return too_long(reterr);
    }
    timeline->segments = avt_new0(struct avt_timeline_segment, expected->segment_count + 1);
    timeline->segment_count = expected->segment_count;
    for (size_t i = 0; i < expected->segment_count; i++)
        timeline->segments[i] = expected->segments[i];
    return AVT_OK;
}

static enum avt_code add_phoneme(struct avt_timeline *timeline, const struct avt_phoneme *phoneme,
                                 struct avt_error *reterr)
{
    if (phoneme->end > phoneme->start && !avt_timeline_add_phoneme(timeline, phoneme))
        return too_long(reterr);
    if (phoneme->word < 0)
        return AVT_OK;
    struct avt_word *word = &timeline->words[phoneme->word];
    if (word->start < 0)
        word->start = phoneme->start;
    word->end = phoneme->end;
    return AVT_OK;
}

static enum avt_code give_times(const struct avt_timeline *expected, const struct steps *steps, double duration,
                                struct avt_timeline *timeline, struct avt_error *reterr)
{
    enum avt_code code = copy_words(expected, timeline, reterr);
    size_t segment = 0;
    for (size_t first = 0, next; code == AVT_OK && first < steps->count; first = next) {
        size_t of = steps->phonemes[first];
        for (next = first + 1; of != SIZE_MAX && next < steps->count && steps->phonemes[next] == of;)
            next++;
        struct avt_phoneme phoneme = {.word = -1};
        if (of != SIZE_MAX)
            phoneme = expected->phonemes[of];
        for (; of != SIZE_MAX && segment < expected->segment_count &&
               expected->segments[segment].start <= phoneme.start;
             segment++) {
            timeline->segments[segment].start = segment ? begin_of(steps, first, duration) : 0;
            if (segment)
                timeline->segments[segment - 1].end = timeline->segments[segment].start;
        }
        phoneme.start = begin_of(steps, first, duration);
        phoneme.end = begin_of(steps, next, duration);
        code = add_phoneme(timeline, &phoneme, reterr);
    }
    if (timeline->segment_count)
        timeline->segments[timeline->segment_count - 1].end = duration;
    timeline->duration = duration;
    return code;
}

enum avt_code avt_align_request(struct avt_tts *tts, const struct avt_viseme_net *net,
                                const struct avt_audio *recording, const struct avt_tts_request *request,
                                struct avt_timeline **ret_timeline, struct avt_error *reterr)
{
    double duration = (double)recording->count / recording->rate;
    if (duration > AVT_ALIGN_S_MAX)
        return avt_fail(reterr, AVT_ELIMIT,
                        "the recording is %.0f s long; a text can be laid over at most %.0f s: cut "
                        "it, or give a timeline",
                        duration, AVT_ALIGN_S_MAX);
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *expected = NULL, *timeline = avt_timeline_new();
    AVT_CLEANUP(steps_done) struct steps steps = {0};
    AVT_CLEANUP(avt_freep) float *visemes = NULL;
    size_t frames = 0;
    enum avt_code code = avt_tts_expect(tts, request, &expected, reterr);
    if (code == AVT_OK)
        code = list_steps(expected, &steps, reterr);
    if (code == AVT_OK)
        code = avt_viseme_net_hear(net, recording, request->cancel, &visemes, &frames, reterr);
    if (code == AVT_OK)
        code = avt_viseme_align(visemes, frames, steps.list, steps.count, steps.starts, reterr);
    if (code == AVT_OK)
        code = give_times(expected, &steps, duration, timeline, reterr);
    if (code != AVT_OK)
        return code;
    timeline->sample_rate = recording->rate;
    avt_timing_loudness(timeline, recording);
    *ret_timeline = AVT_TAKE(timeline);
    return AVT_OK;
}
