/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in, pieces of speech out: front end (tokens) -> chunks of symbols -> engine -> timeline ->
 * pauses -> level.
 */
#include "voice/tts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/silence.h"
#include "voice/timing.h"
#include "voice/chunk.h"
#include "voice/engine.h"
#include "voice/frontend.h"
#include "voice/level.h"

static const double SPEED_MIN = 0.5, SPEED_MAX = 2.0;
/* Kept before the first and after the last sound of a piece, so that soft ones are not clipped. */
static const double KEEP_BEFORE_S = 0.05, KEEP_AFTER_S = 0.04;
static const double FADE_S = 0.008;
/* Silence that a film opens and closes with: a face at rest before it speaks. */
static const double LEAD_IN_S = 0.15, LEAD_OUT_S = 0.45;

static const struct avt_tts_engine *const ENGINES[] = {&avt_tts_kokoro};

struct avt_tts {
    const struct avt_tts_engine *engine; /* of `state` */
    void *state;                         /* NULL: nothing loaded */
    struct avt_frontend *frontend;
    char language[16]; /* of the frontend */
};

enum avt_code avt_tts_new(struct avt_tts **ret_tts, struct avt_error *reterr)
{
    avt_assert(ret_tts);
    (void)reterr;
    *ret_tts = avt_new0(struct avt_tts, 1);
    return AVT_OK;
}

void avt_tts_unload(struct avt_tts *tts)
{
    avt_assert(tts);
    if (tts->engine)
        tts->engine->close(tts->state);
    tts->engine = NULL;
    tts->state = NULL;
    avt_frontend_free(tts->frontend);
    tts->frontend = NULL;
}

void avt_tts_free(struct avt_tts *tts)
{
    if (!tts)
        return;
    avt_tts_unload(tts);
    avt_free(tts);
}

void avt_speech_chunk_free(struct avt_speech_chunk *chunk)
{
    if (!chunk)
        return;
    avt_audio_free(chunk->audio);
    avt_timeline_free(chunk->timeline);
    avt_free(chunk);
}

static enum avt_code load_engine(struct avt_tts *tts, const char *name, struct avt_error *reterr)
{
    if (tts->engine && avt_str_equal(tts->engine->name, name))
        return AVT_OK;
    for (size_t i = 0; i < sizeof(ENGINES) / sizeof(ENGINES[0]); i++) {
        if (!avt_str_equal(ENGINES[i]->name, name))
            continue;
        void *state = NULL;
        enum avt_code code = ENGINES[i]->open(&state, reterr);
        if (code != AVT_OK)
            return code;
        if (tts->engine)
            tts->engine->close(tts->state);
        tts->engine = ENGINES[i];
        tts->state = state;
        return AVT_OK;
    }
    return avt_fail(reterr, AVT_EINTERNAL, "the speech engine '%s' is not part of this build",
                    name);
}

static enum avt_code load_frontend(struct avt_tts *tts, const char *language,
                                   struct avt_error *reterr)
{
    if (tts->frontend && avt_str_equal(tts->language, language))
        return AVT_OK;
    struct avt_frontend *frontend = NULL;
    enum avt_code code = avt_frontend_new(language, &frontend, reterr);
    if (code != AVT_OK)
        return code;
    avt_frontend_free(tts->frontend);
    tts->frontend = frontend;
    (void)snprintf(tts->language, sizeof(tts->language), "%s", language);
    return AVT_OK;
}

enum avt_code avt_tts_load(struct avt_tts *tts, struct avt_error *reterr)
{
    avt_assert(tts);
    return load_engine(tts, avt_voice_get(0)->engine, reterr);
}

static enum avt_code check_text(const char *text, struct avt_error *reterr)
{
    if (!text)
        text = "";
    size_t size = strnlen(text, (size_t)AVT_TEXT_BYTES_MAX + 1);
    if (size > AVT_TEXT_BYTES_MAX)
        return avt_fail(reterr, AVT_ETEXT,
                        "the text is longer than %d bytes (about 4 hours of speech); split it into "
                        "several texts",
                        AVT_TEXT_BYTES_MAX);
    size_t bad = avt_utf8_invalid_at(text, size);
    if (bad != SIZE_MAX)
        return avt_fail(reterr, AVT_ETEXT,
                        "the text is not valid UTF-8: the byte at offset %zu (0x%02x) cannot stand "
                        "there; save the text as UTF-8",
                        bad, (unsigned)(unsigned char)text[bad]);
    if (size == 0 || strspn(text, " \t\r\n\v\f") == size)
        return avt_fail(reterr, AVT_ETEXT, "the text is empty; give at least one word to speak");
    return AVT_OK;
}

static enum avt_code check_request(const struct avt_tts_request *request,
                                   const struct avt_voice **ret_voice, const char **ret_language,
                                   struct avt_error *reterr)
{
    enum avt_code code = check_text(request->text, reterr);
    if (code == AVT_OK)
        code = avt_voice_find(request->voice ? request->voice : "", ret_voice, reterr);
    if (code != AVT_OK)
        return code;
    const char *language = request->language ? request->language : (*ret_voice)->language;
    code = avt_language_check(language, reterr);
    if (code != AVT_OK)
        return code;
    *ret_language = avt_language_find(language)->tag;
    if (!(request->speed >= SPEED_MIN && request->speed <= SPEED_MAX))
        return avt_fail(reterr, AVT_EINVAL,
                        "a speed of %g is out of range; it must be from %g to %g, 1 being normal",
                        request->speed, SPEED_MIN, SPEED_MAX);
    return AVT_OK;
}

enum avt_code avt_tts_check(const struct avt_tts_request *request, struct avt_error *reterr)
{
    avt_assert(request);
    const struct avt_voice *voice = NULL;
    const char *language = NULL;
    return check_request(request, &voice, &language, reterr);
}

/* One text on its way through. */
struct job {
    struct avt_tts *tts;
    const struct avt_tts_request *request;
    const struct avt_voice *voice;
    const char *language;
    size_t text_size;
    struct avt_token_list tokens;
    struct avt_symbol_row row;
    struct avt_leveller *leveller;
    size_t index; /* of the chunk */
};

/* The engine's sound and the timeline over all of it. */
static enum avt_code speak(const struct job *job, const struct avt_symbol *symbols, size_t count,
                           size_t text_start, struct avt_audio **ret_audio,
                           struct avt_timeline **ret_timeline, struct avt_error *reterr)
{
    uint32_t codepoints[AVT_CHUNK_SYMBOLS_MAX];
    double seconds[AVT_CHUNK_SYMBOLS_MAX + 2];
    for (size_t i = 0; i < count; i++)
        codepoints[i] = symbols[i].codepoint;
    enum avt_code code =
        job->tts->engine->speak(job->tts->state, job->voice, codepoints, count, job->request->speed,
                                job->request->cancel, ret_audio, seconds, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_timing_input input = {
        .symbols = symbols,
        .count = count,
        .seconds = seconds,
        .audio = *ret_audio,
        .tokens = &job->tokens,
        .lateness_s = job->voice->lateness_s,
        .text_start = text_start,
    };
    *ret_timeline = avt_timing(&input);
    avt_timing_loudness(*ret_timeline, *ret_audio);
    return AVT_OK;
}

/* Move the timeline so that `cut_s` is where the kept sound begins, at offset_s of the new one, and
 * let silence fill what is before and after. */
static void move_timeline(struct avt_timeline *timeline, double cut_s, double offset_s,
                          double duration)
{
    double shift = offset_s - cut_s;
    for (size_t i = 0; i < timeline->phoneme_count; i++) {
        struct avt_phoneme *phoneme = &timeline->phonemes[i];
        phoneme->start = fmin(fmax(phoneme->start + shift, 0.0), duration);
        phoneme->end = fmin(fmax(phoneme->end + shift, 0.0), duration);
    }
    for (size_t i = 0; i < timeline->word_count; i++) {
        struct avt_word *word = &timeline->words[i];
        word->start = fmin(fmax(word->start + shift, 0.0), duration);
        word->end = fmin(fmax(word->end + shift, 0.0), duration);
    }
    struct avt_phoneme *first = &timeline->phonemes[0];
    struct avt_phoneme *last = &timeline->phonemes[timeline->phoneme_count - 1];
    if (first->word < 0)
        first->start = 0.0;
    if (last->word < 0) {
        last->end = duration;
    } else {
        struct avt_phoneme silence = {.start = last->end, .end = duration, .word = -1};
        (void)avt_timeline_add_phoneme(timeline, &silence); /* a chunk is far below the limit */
    }
    timeline->duration = duration;
}

/* Cut the silence off both ends and put a pause of the wanted length after what is left. */
static enum avt_code set_pause(struct avt_audio **audio, struct avt_timeline *timeline,
                               double lead_s, double pause_s, struct avt_error *reterr)
{
    const struct avt_audio *old = *audio;
    double from_s = 0.0, to_s = (double)old->count / old->rate;
    if (timeline->word_count > 0) {
        from_s = fmax(timeline->words[0].start - KEEP_BEFORE_S, 0.0);
        to_s = fmin(timeline->words[timeline->word_count - 1].end + KEEP_AFTER_S, to_s);
    }
    size_t from = (size_t)(from_s * old->rate), to = (size_t)(to_s * old->rate);
    size_t lead = (size_t)(lead_s * old->rate);
    double kept_s = KEEP_BEFORE_S + KEEP_AFTER_S;
    size_t pause = (size_t)(fmax(pause_s - kept_s, 0.0) * old->rate);

    AVT_CLEANUP(avt_audio_freep) struct avt_audio *kept = NULL;
    enum avt_code code = avt_audio_new(old->rate, to - from, &kept, reterr);
    if (code != AVT_OK)
        return code;
    memcpy(kept->samples, old->samples + from, (to - from) * sizeof(*kept->samples));
    avt_audio_fade(kept, (size_t)(FADE_S * old->rate), (size_t)(FADE_S * old->rate));

    struct avt_audio *out = NULL;
    code = avt_audio_new(old->rate, lead + kept->count + pause, &out, reterr);
    if (code != AVT_OK)
        return code;
    memcpy(out->samples + lead, kept->samples, kept->count * sizeof(*out->samples));
    move_timeline(timeline, (double)from / old->rate, (double)lead / old->rate,
                  (double)out->count / old->rate);
    avt_audio_free(*audio);
    *audio = out;
    return AVT_OK;
}

static void set_text(const struct job *job, struct avt_timeline *timeline, size_t start, size_t end)
{
    avt_free(timeline->text);
    timeline->text = avt_strndup(job->request->text + start, end - start);
    timeline->sample_rate = AVT_SPEECH_RATE;
    timeline->segments = avt_new0(struct avt_timeline_segment, 1);
    timeline->segment_count = 1;
    timeline->segments[0].end = timeline->duration;
    (void)snprintf(timeline->segments[0].voice, sizeof(timeline->segments[0].voice), "%s",
                   job->voice->id);
    (void)snprintf(timeline->segments[0].language, sizeof(timeline->segments[0].language), "%s",
                   job->language);
}

static void text_range(const struct job *job, size_t from, size_t to, size_t *ret_start,
                       size_t *ret_end)
{
    size_t start = SIZE_MAX, end = 0;
    for (size_t i = from; i < to; i++) {
        if (job->row.symbols[i].token < 0)
            continue;
        const struct avt_token *token = &job->tokens.tokens[job->row.symbols[i].token];
        start = token->text_start < start ? token->text_start : start;
        end = token->text_end > end ? token->text_end : end;
    }
    *ret_start = start < end ? start : end;
    *ret_end = end;
}

static enum avt_code make_chunk(struct job *job, size_t from, size_t to, bool last,
                                struct avt_speech_chunk **ret_chunk, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_speech_chunk_freep)
    struct avt_speech_chunk *chunk = avt_new0(struct avt_speech_chunk, 1);
    text_range(job, from, to, &chunk->text_start, &chunk->text_end);
    enum avt_code code = speak(job, job->row.symbols + from, to - from, chunk->text_start,
                               &chunk->audio, &chunk->timeline, reterr);
    if (code != AVT_OK)
        return code;
    double pause_s = job->row.symbols[to - 1].pause_ms / 1000.0 / job->request->speed;
    code = set_pause(&chunk->audio, chunk->timeline, job->index == 0 ? LEAD_IN_S : 0.0,
                     last ? LEAD_OUT_S : pause_s, reterr);
    if (code == AVT_OK)
        code = avt_leveller_apply(job->leveller, chunk->audio, reterr);
    if (code != AVT_OK)
        return code;
    set_text(job, chunk->timeline, chunk->text_start, chunk->text_end);
    chunk->index = job->index++;
    chunk->fraction_done = last ? 1.0 : fmin((double)chunk->text_end / (double)job->text_size, 1.0);
    *ret_chunk = AVT_TAKE(chunk);
    return AVT_OK;
}

static enum avt_code cancelled(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ECANCELLED, "speaking was cancelled");
}

static enum avt_code speak_all(struct job *job,
                               enum avt_code (*deliver)(struct avt_speech_chunk *chunk, void *user,
                                                        struct avt_error *reterr),
                               void *user, struct avt_error *reterr)
{
    size_t from = 0, to = 0, next = 0;
    bool more = avt_chunk_next(&job->row, 0, &from, &to, &next);
    while (more) {
        if (avt_cancelled(job->request->cancel))
            return cancelled(reterr);
        size_t this_from = from, this_to = to;
        more = avt_chunk_next(&job->row, next, &from, &to, &next);
        struct avt_speech_chunk *chunk = NULL;
        enum avt_code code = make_chunk(job, this_from, this_to, !more, &chunk, reterr);
        if (code == AVT_OK && avt_cancelled(job->request->cancel)) {
            avt_speech_chunk_free(chunk);
            return cancelled(reterr);
        }
        if (code == AVT_OK)
            code = deliver(chunk, user, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

static enum avt_code prepare(struct job *job, struct avt_error *reterr)
{
    enum avt_code code = load_frontend(job->tts, job->language, reterr);
    if (code == AVT_OK)
        code = avt_frontend_run(job->tts->frontend, job->request->text, job->text_size,
                                &job->tokens, reterr);
    if (code != AVT_OK)
        return code;
    if (!avt_symbol_row_build(&job->tokens, &job->row))
        return avt_fail(reterr, AVT_ETEXT,
                        "there is nothing in the text that can be spoken, such as a word or a "
                        "number");
    code = load_engine(job->tts, job->voice->engine, reterr);
    return code == AVT_OK ? avt_leveller_new(AVT_SPEECH_RATE, &job->leveller, reterr) : code;
}

enum avt_code avt_tts_synthesize(struct avt_tts *tts, const struct avt_tts_request *request,
                                 enum avt_code (*chunk)(struct avt_speech_chunk *chunk, void *user,
                                                        struct avt_error *reterr),
                                 void *user, struct avt_error *reterr)
{
    avt_assert(tts && request && chunk);
    struct job job = {.tts = tts, .request = request};
    enum avt_code code = check_request(request, &job.voice, &job.language, reterr);
    if (code != AVT_OK)
        return code;
    job.text_size = strlen(request->text);
    code = prepare(&job, reterr);
    if (code == AVT_OK)
        code = speak_all(&job, chunk, user, reterr);
    avt_leveller_free(job.leveller);
    avt_symbol_row_done(&job.row);
    avt_token_list_done(&job.tokens);
    return code;
}
