/* SPDX-License-Identifier: Apache-2.0 */
/* For tools/check_pocket.py, to standard output. Usage:
 *   print_pocket tokens MODEL             texts from standard input, a NUL behind each: a line of numbers each
 *   print_pocket chunks MODEL             the same: a line of a text's pieces as prepared, "|" between them
 *   print_pocket speak FOLDER TEXT SEED STEPS VOICE.f32 [CACHE]
 *       what passes between the networks, float32; the voice is kept in the file CACHE and read again from there */
#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/pocket.h"

enum { INPUT_BYTES_MAX = 64 << 20 };

static int fail(const struct avt_error *error)
{
    fprintf(stderr, "%s\n", error->message);
    return 1;
}

static bool print_tokens(const struct avt_spm *spm, const char *text, struct avt_error *error)
{
    AVT_CLEANUP(avt_freep) int32_t *ids = NULL;
    size_t count = 0;
    if (avt_spm_encode(spm, text, &ids, &count, error) != AVT_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        printf("%s%d", i ? " " : "", ids[i]);
    putchar('\n');
    return true;
}

static bool print_chunks(const struct avt_spm *spm, const char *text, struct avt_error *error)
{
    AVT_CLEANUP(avt_pocket_chunks_done) struct avt_pocket_chunks chunks = {0};
    if (avt_pocket_split(spm, text, AVT_POCKET_CHUNK_TOKENS_MAX, &chunks, error) != AVT_OK)
        return false;
    for (size_t i = 0; i < chunks.count; i++) {
        AVT_CLEANUP(avt_freep) char *prepared = avt_pocket_prepare(chunks.texts[i],
                                                                 (struct avt_pocket_style){.is_padding = true});
        printf("%s%s", i ? "|" : "", prepared);
    }
    putchar('\n');
    return true;
}

static int print_texts(const char *model, bool (*print)(const struct avt_spm *, const char *, struct avt_error *))
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_spm_freep) struct avt_spm *spm = NULL;
    if (avt_spm_open(model, &spm, &error) != AVT_OK)
        return fail(&error);
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(INPUT_BYTES_MAX);
    for (int c = getchar(); c != EOF; c = getchar()) {
        if (c != 0) {
            avt_buf_append_char(&text, (char)c);
            continue;
        }
        if (!print(spm, avt_buf_str(&text), &error))
            return fail(&error);
        avt_buf_clear(&text);
    }
    return 0;
}

static void print_stage(const char *stage, const float *values, size_t count, void *user)
{
    (void)stage;
    *(bool *)user &= fwrite(values, sizeof(float), count, stdout) == count;
}

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static enum avt_code first_sound(const float *samples, size_t count, void *user, struct avt_error *reterr)
{
    (void)samples, (void)count, (void)reterr;
    double *first = user;
    if (*first == 0)
        *first = now(CLOCK_MONOTONIC);
    return AVT_OK;
}

/* Made of the recording, and if there is a file for it kept there and read again. */
static bool get_voice(const struct avt_pocket *pocket, const char *recording, const char *cache,
                      struct avt_pocket_voice **ret_voice, struct avt_error *error)
{
    AVT_CLEANUP(avt_freep) char *sound = NULL;
    size_t size = 0;
    if (avt_file_read(recording, INPUT_BYTES_MAX, &sound, &size, error) != AVT_OK)
        return false;
    const float *samples = (const float *)(const void *)sound;
    if (avt_pocket_voice_make(pocket, samples, size / sizeof(float), NULL, ret_voice, error) != AVT_OK)
        return false;
    if (!cache)
        return true;
    enum avt_code code = avt_pocket_voice_save(pocket, *ret_voice, cache, error);
    avt_pocket_voice_free(AVT_TAKE(*ret_voice));
    return code == AVT_OK &&
           avt_pocket_voice_load(pocket, cache, samples, size / sizeof(float), ret_voice, error) == AVT_OK;
}

static int print_speech(char **argv, const char *cache)
{
    int64_t seed = 0, steps = 0;
    if (!avt_parse_int(argv[2], 0, INT64_MAX, &seed) || !avt_parse_int(argv[3], 1, AVT_POCKET_STEPS_MAX, &steps))
        return 2;
    struct avt_error error = {0};
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = NULL;
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = NULL;
    double opening = now(CLOCK_PROCESS_CPUTIME_ID);
    if (avt_pocket_open(argv[0], &pocket, &error) != AVT_OK)
        return fail(&error);
    double making = now(CLOCK_PROCESS_CPUTIME_ID);
    if (!get_voice(pocket, argv[4], cache, &voice, &error))
        return fail(&error);
    double start = now(CLOCK_PROCESS_CPUTIME_ID), start_wall = now(CLOCK_MONOTONIC), first = 0;
    bool is_written = true;
    struct avt_pocket_options options = AVT_POCKET_OPTIONS_INIT;
    options.seed = (uint64_t)seed;
    options.lsd_steps = (int)steps;
    options.trace = print_stage;
    options.trace_user = &is_written;
    struct avt_pocket_spoken spoken;
    if (avt_pocket_speak(pocket, argv[1], voice, &options, first_sound, &first, &spoken, &error) != AVT_OK)
        return fail(&error);
    double seconds = (double)spoken.samples / AVT_POCKET_RATE, spent = now(CLOCK_PROCESS_CPUTIME_ID) - start;
    fprintf(stderr, "opened in %.2f s of CPU, voice of %d positions in %.2f s; %.2f s of sound in %d pieces (%d cut): "
            "%.2f s of CPU, %.3f a second, first sound after %.0f ms\n", making - opening,
            avt_pocket_voice_positions(voice), start - making, seconds, spoken.chunks, spoken.cut_chunks, spent,
            spent / seconds, 1000 * (first - start_wall));
    return is_written ? 0 : 1;
}

int main(int argc, char **argv)
{
    int status = 2;
    if (argc == 3 && avt_str_equal(argv[1], "tokens"))
        status = print_texts(argv[2], print_tokens);
    else if (argc == 3 && avt_str_equal(argv[1], "chunks"))
        status = print_texts(argv[2], print_chunks);
    else if ((argc == 7 || argc == 8) && avt_str_equal(argv[1], "speak"))
        status = print_speech(argv + 2, argc == 8 ? argv[7] : NULL);
    if (status == 2)
        fprintf(stderr, "usage: print_pocket tokens|chunks MODEL, or speak FOLDER TEXT SEED STEPS VOICE.f32 [CACHE]\n");
    return status;
}
