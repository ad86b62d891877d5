/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/speaking.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "media/media.h"
#include "nn/imported.h"
#include "os/paths.h"
#include "pipeline/align.h"
#include "pipeline/room.h"
#include "pipeline/run.h"
#include "profile/profile.h"
#include "voice/phonemizer.h"
#include "voice/pocket.h"
#include "voice/speaker.h"
#include "voice/spoken.h"
#include "voice/vits.h"
#include "voice/vits_text.h"

/* Pieces of text: long enough for a melody of their own, short enough to be laid over quickly. */
enum { PIECE_BYTES_MIN = 80, PIECE_BYTES_MAX = 400 };
/* Silence behind a piece: the engine leaves hardly any between sentences. */
enum { PAUSE_SAMPLES = 22 * AVT_SPEECH_RATE / 100 };
/* No piece is longer; the engine stops before. */
enum { PIECE_SECONDS_MAX = 120 };
/* Memory of the networks at work, beside their files: states and voices. */
#define WORK_BYTES (INT64_C(250) << 20)

/* What a stock voice says to be heard by the engine: all vowels and kinds of consonants, a statement and a question, in
 * some six seconds: five are enough, and what is more takes room from the text. */
static const char REFERENCE_TEXT[] =
    "The little boat moved slowly down the river, while the early sun rose above the hills. Should we join them there?";

/* ---- which engine ---------------------------------------------------------------------------- */

static bool is_engine(const char *name)
{
    return avt_str_equal(name, "pocket") || avt_str_equal(name, "vits");
}

enum avt_code avt_speaking_choose(const char *spec, struct avt_speaking_choice *ret_choice, struct avt_error *reterr)
{
    *ret_choice = (struct avt_speaking_choice){0};
    if (!spec || avt_str_equal(spec, "builtin"))
        return AVT_OK;
    size_t size = strcspn(spec, ":");
    AVT_CLEANUP(avt_freep) char *name = avt_strndup(spec, size);
    const char *speaker = spec[size] ? spec + size + 1 : "";
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    AVT_CLEANUP(avt_freep) struct avt_imported *entry = NULL;
    enum avt_code code = avt_imported_load(&list, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_imported *found = avt_imported_find(&list, name);
    const char *engine = found && is_engine(found->engine) ? found->engine : name;
    if (!is_engine(engine))
        return avt_fail(reterr, AVT_EINVAL,
                        "'%.64s' is no speech engine: use builtin, pocket, vits, or the name of an imported model of "
                        "these",
                        name);
    if (strlen(speaker) >= AVT_SPEAKING_SPEAKER_SIZE)
        return avt_fail(reterr, AVT_EVOICE, "no speaker has so long a name: '%.64s...'", speaker);
    code = avt_imported_choose(engine, name, &entry, reterr);
    if (code != AVT_OK)
        return code;
    ret_choice->is_vits = avt_str_equal(engine, "vits");
    ret_choice->engine = ret_choice->is_vits ? "vits" : "pocket";
    ret_choice->folder = avt_strdup(entry->folder);
    ret_choice->name = avt_strdup(entry->name);
    snprintf(ret_choice->speaker, sizeof(ret_choice->speaker), "%s", speaker);
    for (size_t i = 0; i < entry->file_count; i++)
        ret_choice->bytes += entry->files[i].size;
    return AVT_OK;
}

static const char *title(const struct avt_plan *plan)
{
    return plan->speaker.is_vits ? "Coqui VITS" : "Pocket TTS";
}

void avt_speaking_choice_done(struct avt_speaking_choice *choice)
{
    avt_free(choice->folder);
    avt_free(choice->name);
    *choice = (struct avt_speaking_choice){0};
}

/* The profile whose recording is the voice. AVT_ENOENT: it is none of a single person, but of the table or a blend. */
static enum avt_code find_profile(const struct avt_plan *plan, struct avt_profile *ret_profile)
{
    const struct avt_voice *stock = NULL;
    bool is_blend = strpbrk(plan->voice, "*+") != NULL;
    if (is_blend || avt_voice_find(plan->voice, &stock, NULL) == AVT_OK ||
        avt_profile_find(plan->home, plan->voice, ret_profile, NULL) != AVT_OK || *ret_profile->blend)
        return AVT_ENOENT;
    return AVT_OK;
}

enum avt_code avt_speaking_check(const struct avt_plan *plan, struct avt_error *reterr)
{
    const struct avt_pipeline_options *options = &plan->options;
    const char *cannot = options->speed != 1 && !plan->speaker.is_vits ? "speed"
                         : options->pitch != 0                 ? "pitch"
                         : options->ssml                       ? "SSML"
                         : options->lexicon                    ? "pronunciations of your own"
                                                               : NULL;
    if (options->speech)
        return avt_fail(reterr, AVT_EINVAL, "the speech is recorded: there is nothing for %s to say", title(plan));
    if (cannot)
        return avt_fail(reterr, AVT_EINVAL, "%s knows no %s: leave it out, or use --tts builtin", title(plan), cannot);
    AVT_CLEANUP(avt_speaker_done) struct avt_speaker speaker = {0};
    enum avt_code code = avt_speaker_find(plan->voice, plan->home, &speaker, reterr);
    if (code != AVT_OK || plan->speaker.is_vits)
        return code;
    const char *language = options->language ? options->language : speaker.language;
    if (!avt_str_starts(language, "en"))
        return avt_fail(reterr, AVT_EINVAL, "Pocket TTS speaks English, and not '%.16s': use --tts builtin", language);
    if (*plan->speaker.speaker)
        return avt_fail(reterr, AVT_EINVAL, "Pocket TTS has no speakers of its own: name a voice with --voice");
    struct avt_profile profile;
    if (find_profile(plan, &profile) == AVT_OK && !profile.has_reference)
        return avt_fail(reterr, AVT_EVOICE,
                        "the voice %.48s has no recording, which Pocket TTS speaks from: clone it again with "
                        "--keep-reference, or use --tts builtin",
                        plan->voice);
    return AVT_OK;
}

/* ---- the voice ------------------------------------------------------------------------------- */

struct speaking {
    struct avt_run *run;
    struct avt_pocket *pocket; /* with its voice; or */
    struct avt_pocket_voice *voice;
    struct avt_vits *vits; /* with what says how words sound; NULL for a voice that reads letters */
    struct avt_phonemizer *phonemizer;
    int64_t speaker;
    bool is_english;
};

static void speaking_done(struct speaking *speaking)
{
    avt_pocket_voice_free(speaking->voice);
    avt_pocket_free(speaking->pocket);
    avt_vits_free(speaking->vits);
    avt_phonemizer_free(speaking->phonemizer);
}

static enum avt_code append(struct avt_audio *audio, const float *samples, size_t count, struct avt_error *reterr)
{
    if (audio->count + count > (size_t)PIECE_SECONDS_MAX * AVT_SPEECH_RATE)
        return avt_fail(reterr, AVT_ELIMIT, "a sentence is longer than %d s", PIECE_SECONDS_MAX);
    memcpy(audio->samples + audio->count, samples, count * sizeof(float));
    audio->count += count;
    return AVT_OK;
}

/* Room for the longest piece; count is 0. */
static enum avt_code new_audio(struct avt_audio **ret_audio, struct avt_error *reterr)
{
    enum avt_code code =
        avt_audio_new(AVT_SPEECH_RATE, (size_t)PIECE_SECONDS_MAX * AVT_SPEECH_RATE, ret_audio, reterr);
    if (code == AVT_OK)
        (*ret_audio)->count = 0;
    return code;
}

static enum avt_code on_reference(struct avt_speech_chunk *chunk, void *user, struct avt_error *reterr)
{
    enum avt_code code = append(user, chunk->audio->samples, chunk->audio->count, reterr);
    avt_speech_chunk_free(chunk);
    return code;
}

/* The program's own voice, heard. */
static enum avt_code say_reference(struct avt_run *run, struct avt_audio **ret_audio, struct avt_error *reterr)
{
    struct avt_tts_request request = avt_plan_request(run->plan, &run->stop);
    request.text = REFERENCE_TEXT;
    request.markup = AVT_MARKUP_NONE;
    enum avt_code code = new_audio(ret_audio, reterr);
    return code == AVT_OK ? avt_tts_synthesize(run->engines->tts, &request, on_reference, *ret_audio, reterr) : code;
}

/* Where the voice is kept, once it was made. Owned. */
static char *voice_path(const struct avt_run *run, const char *key)
{
    char name[128];
    size_t used = 0;
    for (; key[used] && used < sizeof(name) - 1; used++)
        name[used] = strchr("/\\", key[used]) ? '_' : key[used];
    name[used] = '\0';
    return avt_asprintf("%s/cache/pocket/%s.%s.voice", run->engines->home->storage, name, run->plan->speaker.name);
}

static enum avt_code make_voice(struct speaking *speaking, struct avt_error *reterr)
{
    struct avt_run *run = speaking->run;
    const struct avt_plan *plan = run->plan;
    struct avt_profile profile;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *sound = NULL;
    bool is_profile = find_profile(plan, &profile) == AVT_OK;
    AVT_CLEANUP(avt_freep) char *path = voice_path(run, is_profile ? profile.id : plan->voice);
    enum avt_code code = AVT_OK;
    if (is_profile) {
        AVT_CLEANUP(avt_freep) char *reference = avt_profile_reference_path(plan->home->storage, profile.id);
        code = avt_media_read_audio(reference, AVT_POCKET_RATE, &sound, reterr);
        if (code != AVT_OK)
            return code;
    }
    if (avt_pocket_voice_load(speaking->pocket, path, sound ? sound->samples : NULL, sound ? sound->count : 0,
                              &speaking->voice, NULL) == AVT_OK)
        return AVT_OK;
    if (!is_profile)
        code = say_reference(run, &sound, reterr);
    if (code == AVT_OK)
        code = avt_pocket_voice_make(speaking->pocket, sound->samples, sound->count, &run->stop, &speaking->voice,
                                     reterr);
    AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(path);
    struct avt_error why = {0};
    if (code == AVT_OK && (avt_mkdirs(folder, &why) != AVT_OK ||
                           avt_pocket_voice_save(speaking->pocket, speaking->voice, path, &why) != AVT_OK))
        avt_log(AVT_LOG_WARN, "the voice is not kept for the next film: %s", why.message);
    return code;
}

static enum avt_code open_pocket(struct speaking *speaking, struct avt_error *reterr)
{
    enum avt_code code = avt_pocket_open(speaking->run->plan->speaker.folder, &speaking->pocket, reterr);
    speaking->is_english = true;
    return code == AVT_OK ? make_voice(speaking, reterr) : code;
}

/* A voice that reads words says them as espeak-ng would in its language; the program's own voice, over whose speech it
 * is laid, must be of the same. */
static enum avt_code open_vits(struct speaking *speaking, struct avt_error *reterr)
{
    const struct avt_plan *plan = speaking->run->plan;
    AVT_CLEANUP(avt_speaker_done) struct avt_speaker own = {0};
    enum avt_code code = avt_vits_open(plan->speaker.folder, &speaking->vits, reterr);
    if (code == AVT_OK)
        code = avt_vits_speaker(speaking->vits, plan->speaker.speaker, &speaking->speaker, reterr);
    if (code == AVT_OK)
        code = avt_speaker_find(plan->voice, plan->home, &own, reterr);
    if (code != AVT_OK)
        return code;
    const char *language = plan->options.language ? plan->options.language : own.language;
    const struct avt_vits_config *config = avt_vits_config(speaking->vits);
    if (*config->language && strncmp(config->language, language, 2) != 0)
        return avt_fail(reterr, AVT_EINVAL, "the voice %s speaks '%s', and '%.16s' was asked for: add --language %.2s",
                        plan->speaker.name, config->language, language, config->language);
    speaking->is_english = avt_str_starts(language, "en");
    const struct avt_phonemizer_options options = {.language = config->language, .raw = true, .hyphens = true};
    if (*config->language)
        speaking->phonemizer = avt_phonemizer_new(&options);
    return AVT_OK;
}

/* ---- saying ---------------------------------------------------------------------------------- */

static bool ends_sentence(const char *text, size_t at)
{
    return text[at] == '\n' || (strchr(".!?", text[at]) && (text[at + 1] == ' ' || text[at + 1] == '\n'));
}

/* Where the piece that begins at `from` ends: behind a sentence, else between words. */
static size_t piece_end(const char *text, size_t from)
{
    size_t size = strlen(text), sentence = 0, word = 0, at = from;
    for (; at < size && at - from < PIECE_BYTES_MAX; at++) {
        if (ends_sentence(text, at)) {
            sentence = at + 1;
            if (sentence - from >= PIECE_BYTES_MIN)
                break;
        } else if (text[at] == ' ') {
            word = at + 1;
        }
    }
    if (at >= size)
        return size;
    size_t end = sentence > from ? sentence : word > from ? word : at;
    while (end < size && ((unsigned char)text[end] & 0xc0) == 0x80)
        end++; /* not within a character */
    return end;
}

static enum avt_code on_samples(const float *samples, size_t count, void *user, struct avt_error *reterr)
{
    return append(user, samples, count, reterr);
}

static enum avt_code say_vits(struct speaking *speaking, const char *text, struct avt_audio *audio,
                              struct avt_error *reterr)
{
    const struct avt_vits_config *config = avt_vits_config(speaking->vits);
    AVT_CLEANUP(avt_freep) char *clean = avt_vits_clean(config, text);
    AVT_CLEANUP(avt_freep) char *read = NULL;
    AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *sound = NULL;
    size_t count = 0;
    enum avt_code code = avt_vits_read(config, speaking->phonemizer, clean, &read, reterr);
    if (code == AVT_OK)
        code = avt_vits_ids(config, read, &ids, &count, NULL, reterr);
    const struct avt_vits_input input = {.ids = ids,
                                         .count = count,
                                         .speed = speaking->run->plan->options.speed,
                                         .speaker = speaking->speaker,
                                         .cancel = &speaking->run->stop};
    if (code == AVT_OK)
        code = avt_vits_speak(speaking->vits, &input, &sound, NULL, reterr);
    return code == AVT_OK ? append(audio, sound->samples, sound->count, reterr) : code;
}

static enum avt_code say_pocket(struct speaking *speaking, const char *text, uint64_t seed, struct avt_audio *audio,
                                struct avt_error *reterr)
{
    struct avt_pocket_options options = AVT_POCKET_OPTIONS_INIT;
    options.seed = seed;
    options.cancel = &speaking->run->stop;
    return avt_pocket_speak(speaking->pocket, text, speaking->voice, &options, on_samples, audio, NULL, reterr);
}

/* One piece: sound, and when what of it is said. */
static enum avt_code say(struct speaking *speaking, const char *text, uint64_t seed, struct avt_speech_chunk *chunk,
                         struct avt_error *reterr)
{
    struct avt_run *run = speaking->run;
    static const float silence[PAUSE_SAMPLES];
    AVT_CLEANUP(avt_freep) char *words = speaking->is_english ? avt_spoken_text(text) : avt_strdup(text);
    enum avt_code code = new_audio(&chunk->audio, reterr);
    if (code == AVT_OK)
        code = speaking->vits ? say_vits(speaking, words, chunk->audio, reterr)
                              : say_pocket(speaking, words, seed, chunk->audio, reterr);
    if (code == AVT_OK)
        code = append(chunk->audio, silence, PAUSE_SAMPLES, reterr);
    struct avt_tts_request request = avt_plan_request(run->plan, &run->stop);
    request.text = text;
    request.markup = AVT_MARKUP_NONE;
    if (code == AVT_OK)
        code = avt_align_request(run->engines->tts, chunk->audio, &request, &chunk->timeline, reterr);
    if (code == AVT_OK)
        chunk->timeline->duration = (double)chunk->audio->count / chunk->audio->rate;
    return code;
}

enum avt_code avt_speaking_run(struct avt_run *run,
                               enum avt_code (*chunk_fn)(struct avt_speech_chunk *chunk, void *user,
                                                         struct avt_error *reterr),
                               void *user, struct avt_error *reterr)
{
    const struct avt_speaking_choice *choice = &run->plan->speaker;
    AVT_CLEANUP(speaking_done) struct speaking speaking = {.run = run};
    enum avt_code code = avt_room_make(run->engines, choice->name, title(run->plan), choice->bytes + WORK_BYTES,
                                       reterr);
    if (code == AVT_OK)
        code = run->plan->speaker.is_vits ? open_vits(&speaking, reterr) : open_pocket(&speaking, reterr);
    const char *text = run->plan->plain_text;
    size_t size = strlen(text), index = 0;
    for (size_t from = strspn(text, " \n\t"), to; code == AVT_OK && from < size; from = to) {
        to = piece_end(text, from);
        AVT_CLEANUP(avt_freep) char *piece = avt_strndup(text + from, to - from);
        AVT_CLEANUP(avt_speech_chunk_freep) struct avt_speech_chunk *chunk = avt_new0(struct avt_speech_chunk, 1);
        chunk->text_start = from;
        chunk->text_end = to;
        chunk->index = index;
        chunk->fraction_done = (double)to / (double)size;
        code = piece[strspn(piece, " \n\t")] ? say(&speaking, piece, run->plan->options.seed + index++, chunk, reterr)
                                             : AVT_ENOENT;
        if (code == AVT_OK)
            code = chunk_fn(AVT_TAKE(chunk), user, reterr);
        else if (code == AVT_ENOENT)
            code = AVT_OK; /* nothing but blanks */
    }
    return code;
}
