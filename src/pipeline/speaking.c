/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/speaking.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "lipsync/viseme_net.h"
#include "nn/imported.h"
#include "nn/shelf.h"
#include "os/proc.h"
#include "pipeline/align.h"
#include "pipeline/pipeline.h"
#include "pipeline/room.h"
#include "pipeline/speaking_engine.h"
#include "voice/level.h"
#include "voice/speaker.h"

/* Pieces of text: long enough for a melody of their own, short enough to be laid over quickly. */
enum { PIECE_BYTES_MIN = 80, PIECE_BYTES_MAX = 400 };
/* Silence behind a piece: engines leave hardly any between sentences. */
enum { PAUSE_SAMPLES = 22 * AVT_SPEECH_RATE / 100 };

static const struct avt_speaking_engine *const ENGINES[] = {&avt_speaking_pocket, &avt_speaking_vits,
                                                            &avt_speaking_xtts};

/* ---- which engine ---------------------------------------------------------------------------- */

static const struct avt_speaking_engine *find_engine(const char *name)
{
    for (size_t i = 0; i < sizeof(ENGINES) / sizeof(ENGINES[0]); i++) {
        if (avt_str_equal(ENGINES[i]->name, name))
            return ENGINES[i];
    }
    return NULL;
}

static void fill_choice(const struct avt_speaking_engine *engine, const struct avt_imported *entry,
                        struct avt_speaking_choice *choice)
{
    choice->engine = engine;
    choice->folder = avt_strdup(entry->folder);
    choice->name = avt_strdup(entry->name);
    snprintf(choice->language, sizeof(choice->language), "%s", entry->language);
    for (size_t i = 0; i < entry->file_count; i++)
        choice->bytes += entry->files[i].size;
}

enum avt_code avt_speaking_choose(const char *spec, const struct avt_hardware_wish *wish,
                                  struct avt_speaking_choice *ret_choice, struct avt_error *reterr)
{
    *ret_choice = (struct avt_speaking_choice){0};
    ret_choice->is_auto = spec && avt_str_equal(spec, "auto");
    if (!spec || ret_choice->is_auto || avt_str_equal(spec, "builtin"))
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
    const struct avt_speaking_engine *engine = found ? find_engine(found->engine) : NULL;
    if (!engine)
        engine = find_engine(name);
    if (!engine)
        return avt_fail(reterr, AVT_EINVAL,
                        "'%.64s' is no speech engine: use builtin, auto, pocket, vits, xtts, or the name of an "
                        "imported model of "
                        "these",
                        name);
    if (strlen(speaker) >= AVT_SPEAKING_SPEAKER_SIZE)
        return avt_fail(reterr, AVT_EVOICE, "no speaker has so long a name: '%.64s...'", speaker);
    if (*speaker && !engine->has_speakers)
        return avt_fail(reterr, AVT_EINVAL, "%s has no speakers of its own: name a voice with --voice", engine->title);
    code = avt_imported_choose(engine->name, name, avt_hardware_precisions(wish, engine->has_gpu), &entry, reterr);
    if (code != AVT_OK)
        return code;
    fill_choice(engine, entry, ret_choice);
    snprintf(ret_choice->speaker, sizeof(ret_choice->speaker), "%s", speaker);
    return AVT_OK;
}

int64_t avt_speaking_bytes(const struct avt_speaking_choice *choice)
{
    return choice->bytes + choice->engine->work_bytes;
}

void avt_speaking_choice_done(struct avt_speaking_choice *choice)
{
    avt_free(choice->folder);
    avt_free(choice->name);
    *choice = (struct avt_speaking_choice){0};
}

void avt_speaking_describe(const struct avt_speaking_choice *choice, const char *voice, char *ret_text, size_t size)
{
    snprintf(ret_text, size, "%s (%.20s, %.24s)", choice->engine->result, choice->name,
             choice->engine->has_recording ? voice : choice->speaker);
}

char *avt_speaking_origin(const struct avt_speaking_choice *choice, const char *own)
{
    return choice->engine->has_recording ? avt_asprintf("%s, after %s", choice->engine->title, own)
                                         : avt_asprintf("%s %s (synthetic)", choice->engine->title, choice->name);
}

/* ---- what it can ----------------------------------------------------------------------------- */

/* The same for the program's own voice, which is heard, or laid over the speech: in a language of its own. */
static struct avt_tts_request own_request(const struct avt_tts_request *request)
{
    struct avt_tts_request own = *request;
    if (own.language && !avt_language_find(own.language))
        own.language = NULL;
    return own;
}

static enum avt_code language_of(const struct avt_tts_request *request, char ret_language[16],
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_speaker_done) struct avt_speaker speaker = {0};
    enum avt_code code = avt_speaker_find(request->voice, request->home, &speaker, reterr);
    if (code == AVT_OK)
        snprintf(ret_language, 16, "%s", request->language ? request->language : speaker.language);
    return code;
}

enum avt_code avt_speaking_check(const struct avt_speaking_choice *choice, const struct avt_tts_request *request,
                                 struct avt_error *reterr)
{
    const struct avt_speaking_engine *engine = choice->engine;
    const struct avt_tts_request own = own_request(request);
    const char *cannot = request->speed != 1 && !engine->has_speed  ? "speed"
                         : request->pitch_st != 0                   ? "pitch"
                         : request->markup == AVT_MARKUP_SSML       ? "SSML"
                         : request->lexicon                         ? "pronunciations of your own"
                                                                    : NULL;
    char language[16];
    enum avt_code code = avt_tts_check(&own, reterr);
    if (code == AVT_OK && cannot)
        return avt_fail(reterr, AVT_EINVAL, "%s knows no %s: leave it out, or use --tts builtin", engine->title,
                        cannot);
    if (code == AVT_OK)
        code = language_of(request, language, reterr);
    if (code == AVT_OK && engine->check_language)
        code = engine->check_language(choice, language, reterr);
    if (code == AVT_OK && engine->has_recording)
        code = avt_speaking_check_recording(engine, request, reterr);
    return code;
}

/* ---- auto ------------------------------------------------------------------------------------ */

/* Whether a model can say it, now. */
static bool suits(const struct avt_speaking_choice *choice, const struct avt_tts_request *request)
{
    return choice->engine->has_recording && avt_speaking_check(choice, request, NULL) == AVT_OK &&
           avt_speaking_bytes(choice) <= (int64_t)avt_memory_available_bytes();
}

/* The first of an engine's models of a precision that can. @param rank  avt_imported_rank(). */
static bool take_one(const struct avt_imported_list *list, const struct avt_speaking_engine *engine,
                     const char *const *precisions, int rank, const struct avt_tts_request *request,
                     struct avt_speaking_choice *choice)
{
    for (size_t i = 0; i < list->count; i++) {
        AVT_CLEANUP(avt_speaking_choice_done) struct avt_speaking_choice tried = {0};
        AVT_CLEANUP(avt_freep) struct avt_imported *entry = NULL;
        if (!avt_str_equal(list->items[i].engine, engine->name) ||
            avt_imported_rank(&list->items[i], precisions) != rank ||
            avt_imported_choose(engine->name, list->items[i].name, NULL, &entry, NULL) != AVT_OK)
            continue;
        fill_choice(engine, entry, &tried);
        if (!suits(&tried, request))
            continue;
        *choice = tried;
        tried = (struct avt_speaking_choice){0};
        return true;
    }
    return false;
}

/* Of the best precision that can. */
static bool take_best(const struct avt_imported_list *list, const struct avt_speaking_engine *engine,
                      const struct avt_hardware_wish *wish, const struct avt_tts_request *request,
                      struct avt_speaking_choice *choice)
{
    const char *const *precisions = avt_hardware_precisions(wish, engine->has_gpu);
    bool found = false;
    for (int rank = 0; !found && rank <= AVT_HARDWARE_PRECISIONS; rank++)
        found = take_one(list, engine, precisions, rank, request, choice);
    return found;
}

enum avt_code avt_speaking_settle(struct avt_speaking_choice *choice, const struct avt_tts_request *request,
                                  const struct avt_hardware_wish *wish,
                                  char ret_why[AVT_SPEAKING_WHY_SIZE], struct avt_error *reterr)
{
    static const struct avt_speaking_engine *const order[] = {&avt_speaking_pocket, &avt_speaking_xtts};
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    char language[16];
    if (!choice->is_auto)
        return AVT_OK;
    choice->is_auto = false;
    enum avt_code code = avt_imported_load(&list, reterr);
    if (code == AVT_OK)
        code = language_of(request, language, reterr);
    if (code != AVT_OK)
        return code;
    bool is_recorded = avt_speaking_has_recording(request), is_foreign = !avt_language_find(language);
    for (size_t i = 0; (is_recorded || is_foreign) && i < sizeof(order) / sizeof(order[0]); i++) {
        if (!take_best(&list, order[i], wish, request, choice))
            continue;
        snprintf(ret_why, AVT_SPEAKING_WHY_SIZE, "%s (%.40s): %s%.40s", choice->engine->result, choice->name,
                 is_recorded ? "in the recorded voice of " : "the program itself does not speak ",
                 is_recorded ? request->voice : language);
        return AVT_OK;
    }
    snprintf(ret_why, AVT_SPEAKING_WHY_SIZE, "builtin: %s",
             !is_recorded && !is_foreign ? "the voice is the program's own, with no recording"
                                         : "no imported engine that can say this fits into the free memory");
    return AVT_OK;
}

/* ---- saying ---------------------------------------------------------------------------------- */

enum avt_code avt_speaking_append(struct avt_audio *audio, const float *samples, size_t count,
                                  struct avt_error *reterr)
{
    if (audio->count + count > (size_t)AVT_SPEAKING_PIECE_S_MAX * AVT_SPEECH_RATE)
        return avt_fail(reterr, AVT_ELIMIT, "a sentence is longer than %d s", AVT_SPEAKING_PIECE_S_MAX);
    memcpy(audio->samples + audio->count, samples, count * sizeof(float));
    audio->count += count;
    return AVT_OK;
}

void avt_speaking_warn(struct avt_speaking *speaking, const char *format, ...)
{
    char text[AVT_SPEAKING_WARNING_SIZE];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    bool is_first = !*speaking->warning;
    avt_log(is_first ? AVT_LOG_INFO : AVT_LOG_WARN, "%s", text); /* the result tells of the first */
    if (is_first)
        memcpy(speaking->warning, text, sizeof(text));
}

const char *avt_speaking_warning(const struct avt_speaking *speaking)
{
    return speaking->warning;
}

enum avt_code avt_speaking_new_audio(struct avt_audio **ret_audio, struct avt_error *reterr)
{
    enum avt_code code =
        avt_audio_new(AVT_SPEECH_RATE, (size_t)AVT_SPEAKING_PIECE_S_MAX * AVT_SPEECH_RATE, ret_audio, reterr);
    if (code == AVT_OK)
        (*ret_audio)->count = 0;
    return code;
}

static enum avt_code open_engine(const void *how, void **ret_state, struct avt_error *reterr)
{
    const struct avt_speaking_place *place = how;
    return place->choice->engine->open(place, ret_state, reterr);
}

/* Load it for `device`, and make it ready. */
static enum avt_code start(struct avt_speaking *speaking, enum avt_device device, struct avt_error *reterr)
{
    const struct avt_speaking_choice *choice = speaking->request.choice;
    const struct avt_engines *engines = speaking->request.engines;
    const struct avt_speaking_place place = {choice, device, speaking->hardware.vram_bytes};
    const struct avt_shelf_item item = {.id = choice->name,
                                        .device = device,
                                        .bytes_min = choice->bytes,
                                        .open = open_engine,
                                        .how = &place,
                                        .close = choice->engine->close};
    speaking->device = device;
    enum avt_code code = avt_room_load(engines, &item, choice->engine->title, avt_speaking_bytes(choice),
                                       speaking->hardware.vram_bytes, &speaking->state, reterr);
    speaking->is_taken = code == AVT_OK;
    if (code == AVT_OK)
        code = choice->engine->prepare(speaking->state, speaking, reterr);
    return avt_imported_hide_folder(choice->folder, code, reterr);
}

/* Done with it; it stays loaded. */
static void stop(struct avt_speaking *speaking)
{
    if (speaking->is_taken) {
        speaking->engine->finish(speaking->state);
        avt_shelf_put(speaking->request.engines->shelf, speaking->request.choice->name);
    }
    speaking->is_taken = false;
}

/* The rest is said on the processor. */
static enum avt_code leave_gpu(struct avt_speaking *speaking, struct avt_error *reterr)
{
    avt_speaking_warn(speaking, "%.140s; %s goes on on the processor, which takes many times as long",
                      reterr ? reterr->message : "the GPU failed", speaking->engine->title);
    stop(speaking);
    avt_shelf_drop(speaking->request.engines->shelf, speaking->request.choice->name);
    avt_room_end_turn(speaking->request.engines, AVT_TAKE(speaking->turn));
    return start(speaking, AVT_DEVICE_CPU, reterr);
}

/* Whose turn it is on the GPU is settled first. */
static enum avt_code start_anywhere(struct avt_speaking *speaking, struct avt_error *reterr)
{
    const struct avt_engines *engines = speaking->request.engines;
    enum avt_code code = AVT_OK;
    if (speaking->engine->has_gpu)
        code = avt_hardware_choose(&engines->hardware, &speaking->hardware, reterr);
    if (code != AVT_OK || speaking->hardware.device == AVT_DEVICE_CPU)
        return code == AVT_OK ? start(speaking, AVT_DEVICE_CPU, reterr) : code;
    code = avt_room_take_turn(engines, speaking->request.tts.cancel, &speaking->turn, reterr);
    if (code == AVT_OK)
        code = start(speaking, AVT_DEVICE_GPU, reterr);
    return avt_gpu_is_at_fault(code) ? leave_gpu(speaking, reterr) : code;
}

enum avt_code avt_speaking_open(const struct avt_speaking_request *request, struct avt_speaking **ret_speaking,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_speaking_freep) struct avt_speaking *speaking = avt_new0(struct avt_speaking, 1);
    speaking->request = *request;
    speaking->engine = request->choice->engine;
    enum avt_code code = language_of(&request->tts, speaking->language, reterr);
    if (code == AVT_OK)
        code = avt_tts_plain_text(&request->tts, &speaking->text, reterr);
    if (code == AVT_OK)
        code = avt_leveller_new(AVT_SPEECH_RATE, &speaking->leveller, reterr);
    if (code == AVT_OK)
        code = start_anywhere(speaking, reterr);
    if (code == AVT_OK)
        *ret_speaking = AVT_TAKE(speaking);
    return code;
}

void avt_speaking_free(struct avt_speaking *speaking)
{
    if (!speaking)
        return;
    stop(speaking);
    avt_room_end_turn(speaking->request.engines, speaking->turn);
    avt_viseme_net_free(speaking->net);
    avt_leveller_free(speaking->leveller);
    avt_free(speaking->text);
    avt_free(speaking);
}

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

/* What is nothing but blanks is no piece. */
static enum avt_code split(const char *text, struct avt_speaking_piece **ret_pieces, size_t *ret_count)
{
    size_t size = strlen(text), count = 0;
    struct avt_speaking_piece *pieces = NULL;
    for (size_t from = strspn(text, " \n\t"), to; from < size; from = to) {
        to = piece_end(text, from);
        if (from + strspn(text + from, " \n\t") >= to)
            continue;
        if ((count & (count - 1)) == 0)
            pieces = avt_realloc(pieces, count ? 2 * count : 1, sizeof(*pieces));
        pieces[count++] = (struct avt_speaking_piece){from, to};
    }
    *ret_pieces = pieces;
    *ret_count = count;
    return AVT_OK;
}

/* When what of a piece is said. */
static enum avt_code find_words(struct avt_speaking *speaking, const char *text, struct avt_speech_chunk *chunk,
                                struct avt_error *reterr)
{
    struct avt_tts_request request = speaking->request.tts;
    request.text = text;
    request.language = speaking->language;
    request.markup = AVT_MARKUP_NONE;
    enum avt_code code = speaking->net ? AVT_OK : avt_viseme_net_open(&speaking->net, reterr);
    if (code == AVT_OK)
        code = avt_align_request(speaking->request.engines->tts, speaking->net, chunk->audio, &request,
                                 &chunk->timeline, reterr);
    /* espeak-ng does not know the language, or not this text of it. */
    if (!avt_language_find(speaking->language) && (code == AVT_EVOICE || code == AVT_EHELPER || code == AVT_ETEXT))
        code = avt_align_heard(speaking->net, chunk->audio, text, request.voice, speaking->language, request.cancel,
                               &chunk->timeline, reterr);
    return code;
}

/* A piece that the GPU cannot say is said on the processor, as are all behind it. */
static enum avt_code say_anywhere(struct avt_speaking *speaking, const char *text, uint64_t seed,
                                  struct avt_audio *audio, struct avt_error *reterr)
{
    enum avt_code code = speaking->engine->say(speaking->state, speaking, text, seed, audio, reterr);
    if (speaking->device == AVT_DEVICE_GPU && avt_gpu_is_at_fault(code)) {
        audio->count = 0;
        code = leave_gpu(speaking, reterr);
        if (code == AVT_OK)
            code = speaking->engine->say(speaking->state, speaking, text, seed, audio, reterr);
    }
    return avt_imported_hide_folder(speaking->request.choice->folder, code, reterr);
}

/* One piece: sound, and when what of it is said. */
static enum avt_code say(struct avt_speaking *speaking, const char *text, struct avt_speech_chunk *chunk,
                         struct avt_error *reterr)
{
    static const float silence[PAUSE_SAMPLES];
    enum avt_code code = avt_speaking_new_audio(&chunk->audio, reterr);
    if (code == AVT_OK)
        code = say_anywhere(speaking, text, speaking->request.seed + chunk->index, chunk->audio, reterr);
    if (code == AVT_OK)
        code = avt_leveller_apply(speaking->leveller, chunk->audio, reterr);
    if (code == AVT_OK)
        code = avt_speaking_append(chunk->audio, silence, PAUSE_SAMPLES, reterr);
    if (code == AVT_OK)
        code = find_words(speaking, text, chunk, reterr);
    if (code == AVT_OK)
        chunk->timeline->duration = (double)chunk->audio->count / chunk->audio->rate;
    return code;
}

enum avt_code avt_speaking_run(struct avt_speaking *speaking,
                               enum avt_code (*chunk_fn)(struct avt_speech_chunk *chunk, void *user,
                                                         struct avt_error *reterr),
                               void *user, struct avt_error *reterr)
{
    const char *text = speaking->text;
    AVT_CLEANUP(avt_freep) struct avt_speaking_piece *pieces = NULL;
    size_t count = 0;
    enum avt_code code = speaking->engine->split
                             ? speaking->engine->split(speaking->state, speaking, &pieces, &count, reterr)
                             : split(text, &pieces, &count);
    for (size_t i = 0; code == AVT_OK && i < count; i++) {
        AVT_CLEANUP(avt_freep) char *piece = avt_strndup(text + pieces[i].start, pieces[i].end - pieces[i].start);
        AVT_CLEANUP(avt_speech_chunk_freep) struct avt_speech_chunk *chunk = avt_new0(struct avt_speech_chunk, 1);
        chunk->text_start = pieces[i].start;
        chunk->text_end = pieces[i].end;
        chunk->index = i;
        chunk->fraction_done = (double)(i + 1 < count ? pieces[i].end : strlen(text)) / (double)strlen(text);
        code = say(speaking, piece, chunk, reterr);
        if (code == AVT_OK)
            code = chunk_fn(AVT_TAKE(chunk), user, reterr);
    }
    return code;
}
