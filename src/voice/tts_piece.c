/* SPDX-License-Identifier: Apache-2.0 */
/* One piece of speech: the engine's sound, its timeline, the pauses at its ends, its level. */
#include "voice/tts_piece.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/equalizer.h"
#include "dsp/limiter.h"
#include "dsp/silence.h"
#include "voice/clone_eq.h"
#include "voice/timing.h"

/* Kept before the first and after the last sound of a piece, so that soft ones are not clipped. */
static const double KEEP_BEFORE_S = 0.05, KEEP_AFTER_S = 0.04;
static const double FADE_S = 0.008;
/* Silence that a film opens and closes with: a face at rest before it speaks. */
static const double LEAD_IN_S = 0.15, LEAD_OUT_S = 0.45;
/* As the leveller keeps it, after a louder volume was asked for. */
static const double CEILING_DB = -1.5;

void avt_part_free(struct avt_part *part)
{
    if (!part)
        return;
    avt_speaker_done(&part->speaker);
    avt_symbol_row_done(&part->row);
    avt_token_list_done(&part->tokens);
    avt_free(part);
}

void avt_speech_chunk_free(struct avt_speech_chunk *chunk)
{
    if (!chunk)
        return;
    avt_audio_free(chunk->audio);
    avt_timeline_free(chunk->timeline);
    avt_free(chunk);
}

void avt_part_end_pause(struct avt_part *part, const char *text, size_t end)
{
    /* The front end took the end of the span for the end of a sentence. */
    static const struct {
        const char *marks;
        uint16_t pause_ms;
    } ROWS[] = {{".!?\n", AVT_PAUSE_SENTENCE}, {";:", AVT_PAUSE_SEMICOLON}, {",-", AVT_PAUSE_CLAUSE}};
    struct avt_symbol *last = &part->row.symbols[part->row.count - 1];
    while (end > 0 && strchr(" \")'", text[end - 1]))
        end--;
    uint16_t pause_ms = AVT_PAUSE_WORD;
    if (end == strlen(text) || (end > 0 && (unsigned char)text[end - 1] >= 0x80))
        return; /* all of it, or a mark that is no ASCII: as it is */
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (end > 0 && strchr(ROWS[i].marks, text[end - 1]))
            pause_ms = last->pause_ms > ROWS[i].pause_ms ? last->pause_ms : ROWS[i].pause_ms;
    last->pause_ms = pause_ms;
}

/* The spectrum of a cloned voice. */
static enum avt_code colour(const struct avt_speaker *speaker, struct avt_audio *audio,
                            struct avt_error *reterr)
{
    float centres[AVT_CLONE_EQ_BANDS];
    avt_clone_eq_centres(centres);
    AVT_CLEANUP(avt_equalizer_freep)
    struct avt_equalizer *equalizer =
        avt_equalizer_new(audio->rate, centres, speaker->eq_db, AVT_CLONE_EQ_BANDS);
    return avt_equalizer_run(equalizer, audio, reterr);
}

/* The engine's sound and the timeline over all of it. */
static enum avt_code speak(const struct avt_piece_maker *maker, const struct avt_symbol *symbols,
                           size_t count, size_t text_start, struct avt_audio **ret_audio,
                           struct avt_timeline **ret_timeline, struct avt_error *reterr)
{
    const struct avt_part *part = maker->part;
    uint32_t codepoints[AVT_CHUNK_SYMBOLS_MAX];
    double seconds[AVT_CHUNK_SYMBOLS_MAX + 2];
    for (size_t i = 0; i < count; i++)
        codepoints[i] = symbols[i].codepoint;
    const struct avt_engine_input engine_input = {.speaker = &part->speaker,
                                                  .symbols = codepoints,
                                                  .count = count,
                                                  .speed = part->speed,
                                                  .melody = part->melody,
                                                  .cancel = maker->cancel};
    enum avt_code code = maker->engine.engine->speak(maker->engine.state, &engine_input, ret_audio,
                                                     seconds, reterr);
    if (code == AVT_OK && part->speaker.has_eq)
        code = colour(&part->speaker, *ret_audio, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_timing_input input = {
        .symbols = symbols,
        .count = count,
        .seconds = seconds,
        .audio = *ret_audio,
        .tokens = &part->tokens,
        .lateness_s = part->speaker.lateness_s,
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

static void set_text(const struct avt_piece_maker *maker, struct avt_timeline *timeline,
                     size_t start, size_t end)
{
    avt_free(timeline->text);
    timeline->text = avt_strndup(maker->text + start, end - start);
    timeline->sample_rate = AVT_SPEECH_RATE;
    timeline->segments = avt_new0(struct avt_timeline_segment, 1);
    timeline->segment_count = 1;
    timeline->segments[0].end = timeline->duration;
    (void)snprintf(timeline->segments[0].voice, sizeof(timeline->segments[0].voice), "%.63s",
                   maker->part->speaker.id);
    (void)snprintf(timeline->segments[0].language, sizeof(timeline->segments[0].language), "%s",
                   maker->part->language);
}

static void text_range(const struct avt_part *part, size_t from, size_t to, size_t *ret_start,
                       size_t *ret_end)
{
    size_t start = SIZE_MAX, end = 0;
    for (size_t i = from; i < to; i++) {
        if (part->row.symbols[i].token < 0)
            continue;
        const struct avt_token *token = &part->tokens.tokens[part->row.symbols[i].token];
        start = token->text_start < start ? token->text_start : start;
        end = token->text_end > end ? token->text_end : end;
    }
    *ret_start = start < end ? start : end;
    *ret_end = end;
}

static enum avt_code set_level(const struct avt_piece_maker *maker, struct avt_audio *audio,
                               struct avt_error *reterr)
{
    enum avt_code code = avt_leveller_apply(maker->leveller, audio, reterr);
    double volume_db = maker->part->volume_db;
    if (code != AVT_OK || volume_db == 0.0)
        return code;
    float gain = (float)pow(10.0, volume_db / 20.0);
    for (size_t i = 0; i < audio->count; i++)
        audio->samples[i] *= gain;
    return volume_db > 0.0 ? avt_audio_limit(audio, CEILING_DB, reterr) : AVT_OK;
}

/* Silence before and after the piece: what markup asks for goes before what the text makes. */
static enum avt_code set_pauses(const struct avt_piece_maker *maker,
                                const struct avt_piece_place *place,
                                struct avt_speech_chunk *chunk, struct avt_error *reterr)
{
    const struct avt_symbol *last = &maker->part->row.symbols[place->to - 1];
    double lead_s = place->index == 0 ? LEAD_IN_S : 0.0;
    double pause_s = last->pause_ms / 1000.0 / maker->part->speed;
    if (place->pause_before_ms > 0)
        lead_s += place->pause_before_ms / 1000.0;
    if (place->pause_after_ms >= 0)
        pause_s = place->pause_after_ms / 1000.0;
    if (place->last)
        pause_s = LEAD_OUT_S + (place->pause_after_ms > 0 ? place->pause_after_ms / 1000.0 : 0.0);
    return set_pause(&chunk->audio, chunk->timeline, lead_s, pause_s, reterr);
}

enum avt_code avt_piece_make(const struct avt_piece_maker *maker,
                             const struct avt_piece_place *place,
                             struct avt_speech_chunk **ret_chunk, struct avt_error *reterr)
{
    avt_assert(maker && place && place->to > place->from && ret_chunk);
    const struct avt_part *part = maker->part;
    AVT_CLEANUP(avt_speech_chunk_freep)
    struct avt_speech_chunk *chunk = avt_new0(struct avt_speech_chunk, 1);
    text_range(part, place->from, place->to, &chunk->text_start, &chunk->text_end);
    enum avt_code code =
        speak(maker, part->row.symbols + place->from, place->to - place->from, chunk->text_start,
              &chunk->audio, &chunk->timeline, reterr);
    if (code == AVT_OK)
        code = set_pauses(maker, place, chunk, reterr);
    if (code == AVT_OK)
        code = set_level(maker, chunk->audio, reterr);
    if (code != AVT_OK)
        return code;
    set_text(maker, chunk->timeline, chunk->text_start, chunk->text_end);
    chunk->index = place->index;
    chunk->fraction_done =
        place->last ? 1.0 : fmin((double)chunk->text_end / (double)strlen(maker->text), 1.0);
    *ret_chunk = AVT_TAKE(chunk);
    return AVT_OK;
}
