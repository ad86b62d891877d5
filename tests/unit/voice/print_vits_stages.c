/* SPDX-License-Identifier: Apache-2.0 */
/* For tools/check_vits.py: what text becomes, and what it sounds like.
 * Usage: print_vits_stages FOLDER ids
 *        print_vits_stages FOLDER speak SPEAKER LANGUAGE SPEED
 * ids: for each line of standard input one line: the cleaned text, a tab, what is read, a tab, ids with spaces between.
 * Only config.json is needed. speak: for each line of ids the sound at AVT_SPEECH_RATE and the length of each id: int32
 * counts, f32 samples, f64 seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/vits.h"
#include "voice/vits_text.h"

enum { LINE_BYTES_MAX = 1 << 16 };

static enum avt_code print_ids(const char *folder, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/" AVT_VITS_CONFIG, folder);
    AVT_CLEANUP(avt_freep) char *line = avt_new0(char, LINE_BYTES_MAX);
    enum avt_code code = avt_vits_config_read(path, config, reterr);
    AVT_CLEANUP(avt_phonemizer_freep)
    struct avt_phonemizer *phonemizer = avt_phonemizer_new(&(struct avt_phonemizer_options){
        .language = *config->language ? config->language : "en-us", .raw = true, .hyphens = true});
    while (code == AVT_OK && fgets(line, LINE_BYTES_MAX, stdin)) {
        AVT_CLEANUP(avt_freep) char *text = NULL;
        AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
        size_t count = 0;
        line[strcspn(line, "\n")] = '\0';
        AVT_CLEANUP(avt_freep) char *clean = avt_vits_clean(config, line);
        code = avt_vits_read(config, phonemizer, clean, &text, reterr);
        if (code != AVT_OK)
            break;
        printf("%s\t%s\t", clean, text);
        if (avt_vits_ids(config, text, &ids, &count, NULL, NULL) != AVT_OK)
            count = 0; /* nothing to be said */
        for (size_t i = 0; i < count; i++)
            printf("%s%lld", i ? " " : "", (long long)ids[i]);
        putchar('\n');
    }
    return code;
}

static size_t read_ids(const char *line, int64_t ids[AVT_VITS_IDS_MAX])
{
    size_t count = 0;
    char *end = NULL;
    for (; count < AVT_VITS_IDS_MAX; line = end) {
        long long id = strtoll(line, &end, 10);
        if (end == line)
            break;
        ids[count++] = id;
    }
    return count;
}

static enum avt_code speak(const char *folder, char **options, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_vits_freep) struct avt_vits *vits = NULL;
    AVT_CLEANUP(avt_freep) char *line = avt_new0(char, LINE_BYTES_MAX);
    AVT_CLEANUP(avt_freep) int64_t *ids = avt_new0(int64_t, AVT_VITS_IDS_MAX);
    AVT_CLEANUP(avt_freep) double *seconds = avt_new0(double, AVT_VITS_IDS_MAX);
    struct avt_vits_input input = {.ids = ids};
    if (!avt_parse_double(options[2], .25, 4, &input.speed))
        return avt_fail(reterr, AVT_EINVAL, "no such speed");
    enum avt_code code = avt_vits_open(folder, &vits, reterr);
    if (code == AVT_OK)
        code = avt_vits_speaker(vits, options[0], &input.speaker, reterr);
    if (code == AVT_OK)
        code = avt_vits_language(vits, options[1], &input.language, reterr);
    while (code == AVT_OK && fgets(line, LINE_BYTES_MAX, stdin) && (input.count = read_ids(line, ids)) > 0) {
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
        bool is_timed = avt_vits_is_timed(vits);
        code = avt_vits_speak(vits, &input, &audio, is_timed ? seconds : NULL, reterr);
        if (code != AVT_OK)
            break;
        int32_t counts[] = {(int32_t)audio->count, is_timed ? (int32_t)input.count : 0};
        fwrite(counts, sizeof(counts), 1, stdout);
        fwrite(audio->samples, sizeof(float), audio->count, stdout);
        fwrite(seconds, sizeof(double), (size_t)counts[1], stdout);
    }
    return code;
}

int main(int argc, char **argv)
{
    struct avt_error error = {0};
    enum avt_code code = AVT_EINVAL;
    if (argc == 3 && avt_str_equal(argv[2], "ids"))
        code = print_ids(argv[1], &error);
    else if (argc == 6 && avt_str_equal(argv[2], "speak"))
        code = speak(argv[1], argv + 3, &error);
    if (code != AVT_OK)
        fprintf(stderr, "print_vits_stages: %s\n", *error.message ? error.message : "usage: see the file");
    return code == AVT_OK ? 0 : 1;
}
