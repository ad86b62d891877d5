/* SPDX-License-Identifier: Apache-2.0 */
/* For tools/check_alignment.py: when what is said.
 * Usage: print_alignment RATE VOICE LANGUAGE TEXT < SOUND
 * SOUND: f32 samples at RATE. LANGUAGE: a tag, or "-" for that of the voice. Prints a line for each word: the word,
 * where it begins and where it ends (s), parted by tabs. */
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "lipsync/viseme_net.h"
#include "pipeline/align.h"

enum { SAMPLES_MAX = 10 * 60 * 48000 };

static enum avt_code run(const struct avt_audio *audio, const struct avt_tts_request *request,
                         struct avt_error *reterr)
{
    AVT_CLEANUP(avt_tts_freep) struct avt_tts *tts = NULL;
    AVT_CLEANUP(avt_viseme_net_freep) struct avt_viseme_net *net = NULL;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = NULL;
    enum avt_code code = avt_tts_new(&tts, reterr);
    if (code == AVT_OK)
        code = avt_viseme_net_open(&net, reterr);
    if (code == AVT_OK)
        code = avt_align_request(tts, net, audio, request, &timeline, reterr);
    for (size_t i = 0; code == AVT_OK && i < timeline->word_count; i++)
        printf("%s\t%.4f\t%.4f\n", timeline->words[i].text, timeline->words[i].start, timeline->words[i].end);
    return code;
}

int main(int argc, char **argv)
{
    struct avt_error error = {0};
    int64_t rate = 0;
    if (argc != 5 || !avt_parse_int(argv[1], 8000, 48000, &rate)) {
        fprintf(stderr, "usage: see the file\n");
        return 2;
    }
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    const struct avt_tts_request request = {.text = argv[4],
                                            .voice = argv[2],
                                            .language = avt_str_equal(argv[3], "-") ? NULL : argv[3],
                                            .speed = 1};
    enum avt_code code = avt_audio_new((int)rate, SAMPLES_MAX, &audio, &error);
    if (code == AVT_OK) {
        audio->count = fread(audio->samples, sizeof(float), SAMPLES_MAX, stdin);
        code = run(audio, &request, &error);
    }
    if (code != AVT_OK)
        fprintf(stderr, "%s\n", error.message);
    return code == AVT_OK ? 0 : 1;
}
