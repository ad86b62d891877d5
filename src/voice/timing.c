/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/timing.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/silence.h"

/* Sound this far below the mean level of speech is a pause. Between the voices' quietest fricatives
 * (about -35 dB) and the engine's silence (below -60 dB). */
static const double QUIET_BELOW_SPEECH_DB = 40.0;
/* A shorter gap is the closure of a plosive or no gap at all. */
static const double PAUSE_MIN_S = 0.07;
/* The closed part of a plosive or affricate, which cannot be heard after silence. */
static const double CLOSURE_S = 0.06;
static const double PHONEME_MIN_S = 0.015;

/* Symbols that are not IPA, or not one symbol in IPA. The rest stand for themselves. */
static const struct {
    uint32_t codepoint;
    const char *ipa;
} IPA[] = {
    {'A', "eɪ"},    {'I', "aɪ"},    {'O', "oʊ"},    {'Q', "əʊ"},    {'S', "s"},     {'T', "ɾ"},
    {'W', "aʊ"},    {'Y', "ɔɪ"},    {0x02A3, "dz"}, {0x02A4, "dʒ"}, {0x02A5, "dʑ"}, {0x02A6, "ts"},
    {0x02A7, "tʃ"}, {0x02A8, "tɕ"}, {0x1D4A, "ə"},  {0x1D7B, "ɪ"},  {0xAB67, "tʂ"},
};

enum kind { KIND_SOUND, KIND_STRESS, KIND_MODIFIER, KIND_SPACE, KIND_MARK };

static enum kind kind_of(uint32_t codepoint)
{
    switch (codepoint) {
    case ' ':
        return KIND_SPACE;
    case 0x02C8: /* ˈ */
    case 0x02CC: /* ˌ */
        return KIND_STRESS;
    case 0x02D0: /* ː */
    case 0x02B0: /* ʰ */
    case 0x02B2: /* ʲ */
    case 0x1D5D: /* ᵝ */
    case 0x0303: /* nasal */
    case 0x0327: /* cedilla, of ç in two parts */
    case 0x0329: /* syllabic */
    case 0x032F: /* not syllabic */
        return KIND_MODIFIER;
    case ';':
    case ':':
    case ',':
    case '.':
    case '!':
    case '?':
    case '(':
    case ')':
    case '"':
        return KIND_MARK;
    default:
        return codepoint >= 0x2010 && codepoint <= 0x2199 ? KIND_MARK : KIND_SOUND;
    }
}

static void append_ipa(char ipa[AVT_IPA_SIZE], uint32_t codepoint)
{
    char text[8] = "";
    const char *mapped = NULL;
    for (size_t i = 0; i < sizeof(IPA) / sizeof(IPA[0]); i++) {
        if (IPA[i].codepoint == codepoint)
            mapped = IPA[i].ipa;
    }
    if (!mapped) {
        (void)avt_utf8_encode(codepoint, text); /* at most 4 of the zeroed 8 bytes */
        mapped = text;
    }
    size_t used = strlen(ipa), size = strlen(mapped);
    if (used + size < AVT_IPA_SIZE)
        memcpy(ipa + used, mapped, size + 1);
}

struct span {
    char ipa[AVT_IPA_SIZE];
    double start, end;
    bool after_mark; /* a punctuation mark stands before it: a pause is likely */
    bool plosive;    /* silent at first */
    uint8_t stress;
    int32_t token;
};

struct spans {
    struct span *list;
    size_t count;
};

static bool is_plosive(const char *ipa)
{
    return strchr("pbtdk", ipa[0]) != NULL || avt_str_starts(ipa, "ɡ");
}

/*
 * Lay the symbols on the clock. The frames of a stress mark, a space or a punctuation mark belong
 * to the sound that follows: measured on the hiss of s and sh, whose end lies the same time before
 * the end of its own label whatever comes next, and whose start before that of a space it follows.
 */
static void lay_out(const struct avt_timing_input *input, struct spans *spans)
{
    double clock = input->seconds[0] - input->lateness_s;
    double start = clock; /* of the next sound */
    bool mark = false;
    uint8_t stress = 0;
    for (size_t i = 0; i < input->count; i++) {
        const struct avt_symbol *symbol = &input->symbols[i];
        enum kind kind = kind_of(symbol->codepoint);
        clock += input->seconds[i + 1];
        if (kind == KIND_SOUND) {
            struct span *span = &spans->list[spans->count++];
            *span = (struct span){.start = start,
                                  .end = clock,
                                  .after_mark = mark,
                                  .stress = stress,
                                  .token = symbol->token};
            append_ipa(span->ipa, symbol->codepoint);
            span->plosive = is_plosive(span->ipa);
            start = clock;
            mark = false;
            stress = 0;
        } else if (kind == KIND_STRESS) {
            stress = symbol->codepoint == 0x02C8 ? 1 : 2;
        } else if (kind == KIND_MODIFIER && spans->count > 0) {
            append_ipa(spans->list[spans->count - 1].ipa, symbol->codepoint);
            spans->list[spans->count - 1].end = clock;
            start = clock;
        } else if (kind == KIND_MARK) {
            mark = true;
        }
    }
}

static double to_seconds(const struct avt_audio *audio, size_t sample)
{
    return (double)sample / audio->rate;
}

static size_t to_sample(const struct avt_audio *audio, double seconds)
{
    double at = seconds * audio->rate;
    return at <= 0.0 ? 0 : at >= (double)audio->count ? audio->count : (size_t)at;
}

/* Where `span` begins after silence that ends at `loud_s`. */
static double start_after_silence(const struct span *span, double loud_s)
{
    double start = span->plosive ? loud_s - CLOSURE_S : loud_s;
    return fmin(start, span->end - PHONEME_MIN_S);
}

/* Where `span` ends before silence from `from` to `to`: a plosive may be closed and never burst. */
static double settled_end(const struct span *span, double from, double to)
{
    return span->plosive ? fmin(fmax(from, span->start + CLOSURE_S), to) : from;
}

/* Part two sounds that a pause is between, where the sound shows one. */
static void settle_pause(const struct avt_audio *audio, double quiet_db, struct span *before,
                         struct span *after)
{
    size_t from = 0, to = 0;
    size_t min = (size_t)(PAUSE_MIN_S * audio->rate);
    size_t search_from = to_sample(audio, before->start + PHONEME_MIN_S);
    size_t search_to = to_sample(audio, after->end);
    if (!avt_audio_quiet_run(audio, search_from, search_to, quiet_db, min, &from, &to))
        return;
    before->end = settled_end(before, to_seconds(audio, from), to_seconds(audio, to));
    after->start = fmax(start_after_silence(after, to_seconds(audio, to)), before->end);
}

static void settle_all(const struct avt_audio *audio, struct spans *spans)
{
    double duration = to_seconds(audio, audio->count);
    double speech_db = avt_audio_level_db(audio, to_sample(audio, spans->list[0].start),
                                          to_sample(audio, spans->list[spans->count - 1].end));
    double quiet_db = speech_db - QUIET_BELOW_SPEECH_DB;
    for (size_t i = 1; i < spans->count; i++) {
        if (spans->list[i].after_mark)
            settle_pause(audio, quiet_db, &spans->list[i - 1], &spans->list[i]);
    }
    struct span *first = &spans->list[0], *last = &spans->list[spans->count - 1];
    size_t from = 0, to = 0;
    if (avt_audio_loud_range(audio, 0, to_sample(audio, first->end), quiet_db, &from, &to))
        first->start = start_after_silence(first, to_seconds(audio, from));
    if (avt_audio_loud_range(audio, to_sample(audio, last->start), audio->count, quiet_db, &from,
                             &to))
        last->end = settled_end(last, to_seconds(audio, to), duration);

    /* In order and inside the sound, whatever the labels said. */
    double clock = 0.0;
    for (size_t i = 0; i < spans->count; i++) {
        struct span *span = &spans->list[i];
        span->start = fmin(fmax(span->start, clock), duration);
        span->end = fmin(fmax(span->end, span->start), duration);
        clock = span->end;
    }
}

static void add_silence(struct avt_timeline *timeline, double from, double to)
{
    if (to <= from)
        return;
    struct avt_phoneme silence = {.start = from, .end = to, .word = -1};
    (void)avt_timeline_add_phoneme(timeline, &silence); /* a chunk is far below the limit */
}

static void add_word(struct avt_timeline *timeline, const struct avt_timing_input *input,
                     const struct span *span)
{
    const struct avt_token *token = &input->tokens->tokens[span->token];
    struct avt_word word = {
        .text = token->text,
        .start = span->start,
        .end = span->end,
        .text_start = token->text_start - input->text_start,
        .text_end = token->text_end - input->text_start,
    };
    (void)avt_timeline_add_word(timeline, &word);
}

static struct avt_timeline *write_out(const struct avt_timing_input *input,
                                      const struct spans *spans)
{
    struct avt_timeline *timeline = avt_timeline_new();
    double clock = 0.0;
    int32_t token = -1;
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->list[i];
        add_silence(timeline, clock, span->start);
        clock = span->end;
        if (span->end <= span->start)
            continue;
        if (span->token != token)
            add_word(timeline, input, span);
        token = span->token;
        timeline->words[timeline->word_count - 1].end = span->end;
        struct avt_phoneme phoneme = {
            .start = span->start,
            .end = span->end,
            .word = (int32_t)timeline->word_count - 1,
            .stress = span->stress,
        };
        memcpy(phoneme.ipa, span->ipa, sizeof(phoneme.ipa));
        (void)avt_timeline_add_phoneme(timeline, &phoneme);
    }
    timeline->duration = input->audio ? to_seconds(input->audio, input->audio->count) : clock;
    add_silence(timeline, clock, timeline->duration);
    return timeline;
}

struct avt_timeline *avt_timing(const struct avt_timing_input *input)
{
    avt_assert(input && input->count > 0);
    struct spans spans = {.list = avt_new0(struct span, input->count)};
    lay_out(input, &spans);
    if (spans.count > 0 && input->audio)
        settle_all(input->audio, &spans);
    struct avt_timeline *timeline = write_out(input, &spans);
    avt_free(spans.list);
    return timeline;
}

void avt_timing_loudness(struct avt_timeline *timeline, const struct avt_audio *audio)
{
    avt_assert(timeline && audio);
    double energy = 0.0, seconds = 0.0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < timeline->phoneme_count; i++) {
            struct avt_phoneme *phoneme = &timeline->phonemes[i];
            if (phoneme->word < 0)
                continue;
            double level = avt_audio_level_db(audio, to_sample(audio, phoneme->start),
                                              to_sample(audio, phoneme->end));
            double power = pow(10.0, level / 10.0);
            if (pass == 0) {
                energy += power * (phoneme->end - phoneme->start);
                seconds += phoneme->end - phoneme->start;
            } else if (energy > 0.0) {
                /* 0 stands for unknown, so what is silent gets a little. */
                phoneme->loudness = (float)fmax(sqrt(power * seconds / energy), 0.001);
            }
        }
    }
}
