/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in, pieces of speech out. Markup parts the text into spans of one speaker and pace each; a
 * span goes through front end (tokens) -> chunks of symbols -> engine -> timeline -> pauses -> level
 * (tts_piece.c). The span after the one that is spoken is prepared first, so that the last piece of
 * all is known as such, and no more than one: speech starts before the text is read to its end.
 */
#include "voice/tts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/registry.h"
#include "os/proc.h"
#include "voice/overrides.h"
#include "voice/timing.h"
#include "voice/tts_piece.h"

/* The engine's durations hold that far, also with the rates of markup on top. */
static const double PACE_MIN = 0.25, PACE_MAX = 4.0;
static const double PITCH_MAX_ST = 12.0;

static const struct avt_tts_engine *const ENGINES[] = {&avt_tts_kokoro, &avt_tts_piper};
enum { ENGINE_COUNT = sizeof(ENGINES) / sizeof(ENGINES[0]), FRONTENDS_MAX = 18 };

struct avt_tts {
    void *states[ENGINE_COUNT]; /* of the engines; NULL: not loaded */
    char loaded[ENGINE_COUNT][AVT_FOOTPRINT_NAME_SIZE]; /* their model or voice; "": none */
    struct avt_frontend *frontends[FRONTENDS_MAX]; /* one a language and alphabet, as they were needed */
    size_t frontend_count;
    struct avt_footprints *footprints; /* borrowed; NULL: nobody wants to know */
};

enum avt_code avt_tts_new(struct avt_tts **ret_tts, struct avt_error *reterr)
{
    avt_assert(ret_tts);
    (void)reterr;
    *ret_tts = avt_new0(struct avt_tts, 1);
    return AVT_OK;
}

void avt_tts_watch(struct avt_tts *tts, struct avt_footprints *table)
{
    tts->footprints = table;
}

static void note_loaded(struct avt_tts *tts, size_t i, const char *name, size_t before)
{
    snprintf(tts->loaded[i], sizeof(tts->loaded[i]), "%s", name);
    avt_footprints_loaded(tts->footprints, name, before, ENGINES[i]->file_bytes(tts->states[i]));
}

static void note_unloaded(struct avt_tts *tts, size_t i)
{
    avt_footprints_unloaded(tts->footprints, tts->loaded[i]);
    tts->loaded[i][0] = '\0';
}

/* A loaded model takes about so many times its file: kokoro's 92 MB become 250. */
enum { LOADED_TIMES = 3 };

static void expect_engine(struct avt_tts *tts, size_t i)
{
    AVT_CLEANUP(avt_freep) char *path = NULL;
    struct stat st;
    const char *model = ENGINES[i]->model;
    if (model && avt_registry_locate(model, &path, NULL) == AVT_OK && stat(path, &st) == 0)
        avt_footprints_expect(tts->footprints, model, LOADED_TIMES * (int64_t)st.st_size);
}

static enum avt_code open_engine(struct avt_tts *tts, size_t i, struct avt_error *reterr)
{
    expect_engine(tts, i);
    size_t before = avt_memory_now_bytes();
    enum avt_code code = ENGINES[i]->open(&tts->states[i], reterr);
    if (code == AVT_OK && ENGINES[i]->model)
        note_loaded(tts, i, ENGINES[i]->model, before);
    return code;
}

/* Where each voice is a model of its own, the one that spoke last is open. */
static enum avt_code load_voice(struct avt_tts *tts, size_t i, const struct avt_speaker *speaker,
                                struct avt_error *reterr)
{
    const char *name = speaker->parts[0].id;
    if (ENGINES[i]->model || avt_str_equal(tts->loaded[i], name))
        return AVT_OK;
    note_unloaded(tts, i);
    size_t before = avt_memory_now_bytes();
    enum avt_code code = ENGINES[i]->load(tts->states[i], speaker, reterr);
    if (code == AVT_OK)
        note_loaded(tts, i, name, before);
    return code;
}

static void close_engine(struct avt_tts *tts, size_t i)
{
    if (!tts->states[i])
        return;
    ENGINES[i]->close(tts->states[i]);
    tts->states[i] = NULL;
    note_unloaded(tts, i);
}

bool avt_tts_drop(struct avt_tts *tts, const char *model)
{
    for (size_t i = 0; i < ENGINE_COUNT; i++) {
        if (tts->states[i] && avt_str_equal(tts->loaded[i], model)) {
            close_engine(tts, i);
            return true;
        }
    }
    return false;
}

void avt_tts_unload(struct avt_tts *tts)
{
    avt_assert(tts);
    for (size_t i = 0; i < ENGINE_COUNT; i++)
        close_engine(tts, i);
    for (size_t i = 0; i < tts->frontend_count; i++)
        avt_frontend_free(tts->frontends[i]);
    tts->frontend_count = 0;
}

void avt_tts_free(struct avt_tts *tts)
{
    if (!tts)
        return;
    avt_tts_unload(tts);
    avt_free(tts);
}

static enum avt_code load_engine(struct avt_tts *tts, const struct avt_speaker *speaker,
                                 struct avt_piece_engine *ret_engine, struct avt_error *reterr)
{
    for (size_t i = 0; i < ENGINE_COUNT; i++) {
        if (!avt_str_equal(ENGINES[i]->name, speaker->engine))
            continue;
        enum avt_code code = tts->states[i] ? AVT_OK : open_engine(tts, i, reterr);
        if (code == AVT_OK)
            code = load_voice(tts, i, speaker, reterr);
        if (code == AVT_OK)
            avt_footprints_used(tts->footprints, tts->loaded[i]);
        *ret_engine = (struct avt_piece_engine){.engine = ENGINES[i], .state = tts->states[i]};
        return code;
    }
    return avt_fail(reterr, AVT_EINTERNAL, "the speech engine '%s' is not part of this build",
                    speaker->engine);
}

static bool wants_raw(const char *engine)
{
    for (size_t i = 0; i < ENGINE_COUNT; i++)
        if (avt_str_equal(ENGINES[i]->name, engine))
            return ENGINES[i]->raw_ipa;
    return false;
}

static enum avt_code load_frontend(struct avt_tts *tts, const char *language, bool raw,
                                   struct avt_frontend **ret_frontend, struct avt_error *reterr)
{
    for (size_t i = 0; i < tts->frontend_count; i++) {
        if (avt_str_equal(avt_frontend_language(tts->frontends[i]), language) &&
            avt_frontend_is_raw(tts->frontends[i]) == raw) {
            *ret_frontend = tts->frontends[i];
            return AVT_OK;
        }
    }
    if (tts->frontend_count == FRONTENDS_MAX)
        avt_frontend_free(tts->frontends[--tts->frontend_count]);
    enum avt_code code = raw ? avt_frontend_new_raw(language, ret_frontend, reterr)
                             : avt_frontend_new(language, ret_frontend, reterr);
    if (code == AVT_OK)
        tts->frontends[tts->frontend_count++] = *ret_frontend;
    return code;
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

/* Who speaks a span, in which language: a tag of the table, or that of the speaker. */
static enum avt_code resolve(const struct avt_tts_request *request, const struct avt_style *style,
                             struct avt_speaker *ret_speaker,
                             const char **ret_language, struct avt_error *reterr)
{
    const char *voice = style->voice ? style->voice : request->voice ? request->voice : "";
    AVT_CLEANUP(avt_speaker_done) struct avt_speaker speaker = {0};
    enum avt_code code = avt_speaker_find(voice, request->home, &speaker, reterr);
    if (code != AVT_OK)
        return code;
    /* What was asked for goes before what a voice of the text's own choice speaks by itself. */
    const char *language = style->language ? style->language
                           : style->voice  ? speaker.language
                           : request->language ? request->language
                                               : speaker.language;
    const struct avt_language *known = avt_language_find(language);
    /* An added voice may speak a language that only espeak-ng reads; nobody else does. */
    bool own = !known && wants_raw(speaker.engine) && avt_str_equal(language, speaker.language);
    code = own ? AVT_OK : avt_language_check(language, reterr);
    if (code != AVT_OK)
        return code;
    *ret_speaker = speaker;
    *ret_language = known ? known->tag : ret_speaker->language;
    speaker = (struct avt_speaker){0};
    return AVT_OK;
}

enum avt_code avt_tts_load(struct avt_tts *tts, const struct avt_tts_request *request,
                           struct avt_error *reterr)
{
    static const struct avt_style PLAIN = {.rate = 1.0, .range = 1.0};
    avt_assert(tts);
    AVT_CLEANUP(avt_speaker_done) struct avt_speaker speaker = {0};
    const char *language;
    struct avt_piece_engine engine;
    enum avt_code code =
        request ? resolve(request, &PLAIN, &speaker, &language, reterr) : AVT_OK;
    if (code != AVT_OK)
        return code;
    if (!request)
        snprintf(speaker.engine, sizeof(speaker.engine), "%s", avt_voice_get(0)->engine);
    return load_engine(tts, &speaker, &engine, reterr);
}

static enum avt_code check_numbers(const struct avt_tts_request *request, struct avt_error *reterr)
{
    if (!(request->speed >= PACE_MIN && request->speed <= PACE_MAX))
        return avt_fail(reterr, AVT_EINVAL,
                        "a speed of %g is out of range; it must be from %g to %g, 1 being normal",
                        request->speed, PACE_MIN, PACE_MAX);
    if (!(fabs(request->pitch_st) <= PITCH_MAX_ST))
        return avt_fail(reterr, AVT_EINVAL,
                        "a pitch of %g semitones is out of range; it must be from %g to %g",
                        request->pitch_st, -PITCH_MAX_ST, PITCH_MAX_ST);
    return AVT_OK;
}

/* Every voice and language that the text names. */
static enum avt_code check_spans(const struct avt_tts_request *request,
                                 const struct avt_markup *markup, struct avt_error *reterr)
{
    for (size_t i = 0; i < markup->span_count; i++) {
        const struct avt_span *span = &markup->spans[i];
        if ((!span->style.voice && !span->style.language) ||
            (i > 0 && span->style.voice == markup->spans[i - 1].style.voice &&
             span->style.language == markup->spans[i - 1].style.language))
            continue;
        struct avt_speaker speaker = {0};
        const char *language;
        struct avt_error error = {0};
        enum avt_code code =
            resolve(request, &span->style, &speaker, &language, &error);
        avt_speaker_done(&speaker);
        if (code == AVT_OK)
            continue;
        size_t line, column;
        avt_markup_place(request->text, span->style.named_at, &line, &column);
        return avt_fail(reterr, code, "line %zu, column %zu: %.400s", line, column, error.message);
    }
    return AVT_OK;
}

static enum avt_code check_request(const struct avt_tts_request *request,
                                   struct avt_markup **ret_markup, struct avt_error *reterr)
{
    static const struct avt_style PLAIN = {.rate = 1.0, .range = 1.0};
    AVT_CLEANUP(avt_markup_freep) struct avt_markup *markup = NULL;
    struct avt_speaker speaker = {0};
    const char *language;
    enum avt_code code = check_text(request->text, reterr);
    if (code == AVT_OK)
        code = avt_markup_parse(request->text, strlen(request->text), request->markup, &markup,
                                reterr);
    if (code == AVT_OK)
        code = resolve(request, &PLAIN, &speaker, &language, reterr);
    avt_speaker_done(&speaker);
    if (code == AVT_OK)
        code = check_spans(request, markup, reterr);
    if (code == AVT_OK)
        code = check_numbers(request, reterr);
    if (code == AVT_OK)
        *ret_markup = AVT_TAKE(markup);
    return code;
}

enum avt_code avt_tts_check(const struct avt_tts_request *request, struct avt_error *reterr)
{
    avt_assert(request);
    AVT_CLEANUP(avt_markup_freep) struct avt_markup *markup = NULL;
    return check_request(request, &markup, reterr);
}

enum avt_code avt_tts_plain_text(const struct avt_tts_request *request, char **ret_text,
                                 struct avt_error *reterr)
{
    avt_assert(request && ret_text);
    AVT_CLEANUP(avt_markup_freep) struct avt_markup *markup = NULL;
    enum avt_code code = avt_markup_parse(request->text, strlen(request->text), request->markup,
                                          &markup, reterr);
    if (code == AVT_OK)
        *ret_text = AVT_TAKE(markup->text);
    return code;
}

/* One text on its way through. */
struct job {
    struct avt_tts *tts;
    const struct avt_tts_request *request;
    struct avt_markup *markup;
    struct avt_leveller *leveller;
    size_t next_span;
    int pending_ms; /* pause before the next part; -1: what the text makes */
    size_t index;   /* of the chunk */
};

/* The tokens of a span, offsets counted from the start of the plain text. */
static enum avt_code read_span(struct job *job, const struct avt_span *span,
                               struct avt_frontend *frontend, struct avt_token_list *ret_tokens,
                               struct avt_error *reterr)
{
    enum avt_code code = avt_frontend_read(frontend, job->markup->text + span->start,
                                           span->end - span->start, ret_tokens, reterr);
    if (code != AVT_OK)
        return code;
    for (size_t i = 0; i < ret_tokens->count; i++) {
        ret_tokens->tokens[i].text_start += span->start;
        ret_tokens->tokens[i].text_end += span->start;
    }
    return avt_overrides_apply(frontend, job->markup, span->start, span->end, job->request->text,
                               job->request->lexicon, ret_tokens, reterr);
}

static enum avt_code prepare_span(struct job *job, const struct avt_span *span,
                                  struct avt_part *part, struct avt_error *reterr)
{
    const struct avt_tts_request *request = job->request;
    const char *language = NULL;
    struct avt_frontend *frontend = NULL;
    enum avt_code code = resolve(request, &span->style, &part->speaker, &language, reterr);
    if (code == AVT_OK)
        code = load_frontend(job->tts, language, wants_raw(part->speaker.engine), &frontend, reterr);
    if (code == AVT_OK)
        code = read_span(job, span, frontend, &part->tokens, reterr);
    if (code != AVT_OK)
        return code;
    part->language = language;
    part->speed = fmin(fmax(request->speed * span->style.rate, PACE_MIN), PACE_MAX);
    double pitch_st = request->pitch_st + span->style.pitch_st + part->speaker.melody.pitch_st;
    part->melody.pitch_st = fmin(fmax(pitch_st, -PITCH_MAX_ST), PITCH_MAX_ST);
    part->melody.range = span->style.range * part->speaker.melody.range;
    part->volume_db = span->style.volume_db;
    part->speaks = avt_symbol_row_build(&part->tokens, &part->row);
    if (part->speaks)
        avt_part_end_pause(part, job->markup->text, span->end);
    return AVT_OK;
}

/* The next part that has something to speak; *ret_part stays NULL after the last. */
static enum avt_code next_part(struct job *job, struct avt_part **ret_part,
                               struct avt_error *reterr)
{
    *ret_part = NULL;
    while (job->next_span < job->markup->span_count) {
        const struct avt_span *span = &job->markup->spans[job->next_span++];
        job->pending_ms = span->pause_ms > job->pending_ms ? span->pause_ms : job->pending_ms;
        if (span->end == span->start)
            continue;
        AVT_CLEANUP(avt_part_freep) struct avt_part *part = avt_new0(struct avt_part, 1);
        enum avt_code code = prepare_span(job, span, part, reterr);
        if (code != AVT_OK)
            return code;
        if (!part->speaks)
            continue;
        part->pause_before_ms = job->pending_ms;
        job->pending_ms = -1;
        *ret_part = AVT_TAKE(part);
        return AVT_OK;
    }
    return AVT_OK;
}

/* ---- what will be said ------------------------------------------------------------------------ */

static enum avt_code add_expected(const struct avt_part *part, const char *voice, struct avt_timeline *timeline,
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) double *seconds = avt_new0(double, part->row.count + 2);
    for (size_t i = 0; i < part->row.count; i++)
        seconds[i + 1] = AVT_TTS_EXPECTED_S;
    const struct avt_timing_input input = {
        .symbols = part->row.symbols, .count = part->row.count, .seconds = seconds, .tokens = &part->tokens};
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *one = avt_timing(&input);
    one->segments = avt_new0(struct avt_timeline_segment, 1);
    one->segment_count = 1;
    one->segments[0].end = one->duration;
    snprintf(one->segments[0].voice, sizeof(one->segments[0].voice), "%.63s", voice);
    snprintf(one->segments[0].language, sizeof(one->segments[0].language), "%s", part->language);
    return avt_timeline_append(timeline, one, timeline->duration, 0)
               ? AVT_OK
               : avt_fail(reterr, AVT_ELIMIT, "the text is too long; split it");
}

/* In a language that only espeak-ng reads. */
static enum avt_code expect_foreign(struct avt_tts *tts, const struct avt_tts_request *request,
                                    struct avt_timeline *timeline, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_part_freep) struct avt_part *part = avt_new0(struct avt_part, 1);
    struct avt_frontend *frontend = NULL;
    part->language = request->language;
    enum avt_code code = check_text(request->text, reterr);
    if (code == AVT_OK)
        code = load_frontend(tts, request->language, true, &frontend, reterr);
    if (code == AVT_OK)
        code = avt_frontend_read(frontend, request->text, strlen(request->text), &part->tokens, reterr);
    if (code == AVT_OK && avt_symbol_row_build(&part->tokens, &part->row))
        code = add_expected(part, request->voice ? request->voice : "", timeline, reterr);
    return code;
}

static enum avt_code expect_own(struct avt_tts *tts, const struct avt_tts_request *request,
                                struct avt_timeline *timeline, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_markup_freep) struct avt_markup *markup = NULL;
    enum avt_code code = check_request(request, &markup, reterr);
    struct job job = {.tts = tts, .request = request, .markup = markup, .pending_ms = -1};
    while (code == AVT_OK) {
        AVT_CLEANUP(avt_part_freep) struct avt_part *part = NULL;
        code = next_part(&job, &part, reterr);
        if (code != AVT_OK || !part)
            break;
        code = add_expected(part, part->speaker.id, timeline, reterr);
    }
    return code;
}

static enum avt_code nothing_to_say(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ETEXT,
                    "there is nothing in the text that can be spoken, such as a word or a number");
}

enum avt_code avt_tts_expect(struct avt_tts *tts, const struct avt_tts_request *request,
                             struct avt_timeline **ret_timeline, struct avt_error *reterr)
{
    avt_assert(tts && request && ret_timeline);
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = avt_timeline_new();
    bool is_foreign = request->language && !avt_language_find(request->language);
    enum avt_code code = is_foreign ? expect_foreign(tts, request, timeline, reterr)
                                    : expect_own(tts, request, timeline, reterr);
    if (code == AVT_OK && timeline->word_count == 0)
        code = nothing_to_say(reterr);
    if (code == AVT_OK)
        *ret_timeline = AVT_TAKE(timeline);
    return code;
}

/* ---- saying it -------------------------------------------------------------------------------- */

static enum avt_code cancelled(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ECANCELLED, "speaking was cancelled");
}

typedef enum avt_code (*deliver_fn)(struct avt_speech_chunk *chunk, void *user,
                                    struct avt_error *reterr);

/* All of one part; `next` is the one after it, NULL if it is the last. */
static enum avt_code speak_part(struct job *job, struct avt_part *part,
                                const struct avt_part *next_part, deliver_fn deliver, void *user,
                                struct avt_error *reterr)
{
    struct avt_piece_maker maker = {.text = job->markup->text,
                                    .part = part,
                                    .leveller = job->leveller,
                                    .cancel = job->request->cancel};
    enum avt_code code = load_engine(job->tts, &part->speaker, &maker.engine, reterr);
    size_t from = 0, to = 0, next = 0;
    bool more = code == AVT_OK && avt_chunk_next(&part->row, 0, &from, &to, &next);
    while (more) {
        if (avt_cancelled(job->request->cancel))
            return cancelled(reterr);
        struct avt_piece_place place = {.from = from, .to = to, .index = job->index++};
        more = avt_chunk_next(&part->row, next, &from, &to, &next);
        place.last = !more && !next_part;
        place.pause_before_ms = place.index == 0 ? part->pause_before_ms : -1;
        if (!more)
            place.pause_after_ms = next_part ? next_part->pause_before_ms : job->pending_ms;
        else
            place.pause_after_ms = -1;
        struct avt_speech_chunk *chunk = NULL;
        code = avt_piece_make(&maker, &place, &chunk, reterr);
        if (code == AVT_OK && avt_cancelled(job->request->cancel)) {
            avt_speech_chunk_free(chunk);
            return cancelled(reterr);
        }
        if (code == AVT_OK)
            code = deliver(chunk, user, reterr);
        if (code != AVT_OK)
            return code;
    }
    return code;
}

static enum avt_code speak_all(struct job *job, deliver_fn deliver, void *user,
                               struct avt_error *reterr)
{
    AVT_CLEANUP(avt_part_freep) struct avt_part *part = NULL;
    enum avt_code code = next_part(job, &part, reterr);
    if (code == AVT_OK && !part)
        return nothing_to_say(reterr);
    while (code == AVT_OK && part) {
        AVT_CLEANUP(avt_part_freep) struct avt_part *next = NULL;
        code = next_part(job, &next, reterr);
        if (code == AVT_OK)
            code = speak_part(job, part, next, deliver, user, reterr);
        avt_part_free(part);
        part = AVT_TAKE(next);
    }
    return code;
}

enum avt_code avt_tts_synthesize(struct avt_tts *tts, const struct avt_tts_request *request,
                                 enum avt_code (*chunk)(struct avt_speech_chunk *chunk, void *user,
                                                        struct avt_error *reterr),
                                 void *user, struct avt_error *reterr)
{
    avt_assert(tts && request && chunk);
    struct job job = {.tts = tts, .request = request, .pending_ms = -1};
    enum avt_code code = check_request(request, &job.markup, reterr);
    if (code == AVT_OK)
        code = avt_leveller_new(AVT_SPEECH_RATE, &job.leveller, reterr);
    if (code == AVT_OK)
        code = speak_all(&job, chunk, user, reterr);
    avt_leveller_free(job.leveller);
    avt_markup_free(job.markup);
    return code;
}
