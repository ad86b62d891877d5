/* SPDX-License-Identifier: Apache-2.0 */
/* For tools/check_xtts.py: what passes between the networks of XTTS.
 * Usage: print_xtts_stages FOLDER RATE SPEED KIND SEED < INPUT > OUTPUT
 * INPUT: int32 count and ids of a text, then f32 samples of a recording at RATE. KIND: greedy (nothing else ends it
 * than the model, everything is printed), sample (as a film has it, sound only).
 * OUTPUT, again and again: int32 size of a name, the name, int32 count, f32 values; "spoken" last: samples, codes,
 * whether it was cut. Processor seconds go to stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/xtts_voice.h"

enum { SAMPLES_MAX = 60 * 192000, IDS_MAX = 4096 };

static void print(const char *stage, const float *values, size_t count, void *user)
{
    (void)user;
    int32_t size = (int32_t)strlen(stage), all = (int32_t)count;
    fwrite(&size, sizeof(size), 1, stdout);
    fwrite(stage, 1, (size_t)size, stdout);
    fwrite(&all, sizeof(all), 1, stdout);
    fwrite(values, sizeof(float), count, stdout);
}

static enum avt_code print_sound(const float *samples, size_t count, void *user, struct avt_error *reterr)
{
    (void)reterr;
    print("sound", samples, count, user);
    return AVT_OK;
}

static double used(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static enum avt_code run(const char *folder, const struct avt_xtts_recording *recording, const int64_t *ids,
                         size_t count, const struct avt_xtts_options *options, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = NULL;
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = NULL;
    struct avt_xtts_spoken spoken = {0};
    enum avt_code code = avt_xtts_open(folder, &xtts, reterr);
    double opened = used();
    if (code == AVT_OK)
        code = avt_xtts_voice_hear(xtts, recording, NULL, options->trace, NULL, &voice, reterr);
    double heard = used();
    if (code == AVT_OK)
        code = avt_xtts_speak(xtts, ids, count, voice, options, print_sound, NULL, &spoken, reterr);
    if (code == AVT_OK)
        print("spoken", (const float[]){(float)spoken.samples, (float)spoken.codes, spoken.was_cut}, 3, NULL);
    fprintf(stderr, "processor seconds: open %.2f, voice %.2f, speech %.2f for %.2f s\n", opened, heard - opened,
            used() - heard, (double)spoken.samples / AVT_XTTS_RATE);
    return code;
}

int main(int argc, char **argv)
{
    struct avt_error error = {0};
    int64_t rate = 0, seed = 0;
    double speed = 0;
    int32_t count = 0;
    if (argc != 6 || !avt_parse_int(argv[2], 1, 192000, &rate) || !avt_parse_double(argv[3], .1, 10, &speed) ||
        !avt_parse_int(argv[5], 0, INT64_MAX, &seed) || fread(&count, sizeof(count), 1, stdin) != 1 || count < 0 ||
        count > IDS_MAX) {
        fprintf(stderr, "usage: see the file\n");
        return 1;
    }
    AVT_CLEANUP(avt_freep) int32_t *given = avt_new0(int32_t, IDS_MAX);
    AVT_CLEANUP(avt_freep) int64_t *ids = avt_new0(int64_t, IDS_MAX);
    AVT_CLEANUP(avt_freep) float *sound = avt_new0(float, SAMPLES_MAX);
    size_t id_count = fread(given, sizeof(*given), (size_t)count, stdin);
    for (size_t i = 0; i < id_count; i++)
        ids[i] = given[i];
    size_t samples = fread(sound, sizeof(*sound), SAMPLES_MAX, stdin);
    bool is_greedy = avt_str_equal(argv[4], "greedy");
    const struct avt_xtts_recording recording = {sound, samples, (int)rate};
    const struct avt_xtts_options options = {.speed = speed, .greedy = is_greedy, .unguarded = is_greedy,
                                             .seed = (uint64_t)seed, .trace = is_greedy ? print : NULL};
    enum avt_code code = run(argv[1], &recording, ids, id_count, &options, &error);
    if (code != AVT_OK)
        fprintf(stderr, "print_xtts_stages: %s\n", error.message);
    return code == AVT_OK ? 0 : 1;
}
