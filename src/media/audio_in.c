/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/resample.h"
#include "media/av.h"
#include "media/media.h"
#include "media/mixer.h"
#include "media/reader.h"

/* Grows by half each time; the ceiling is AVT_AUDIO_COUNT_MAX. */
static enum avt_code make_room(struct avt_audio *audio, size_t *capacity, size_t count,
                               const char *path, struct avt_error *reterr)
{
    if (count > AVT_AUDIO_COUNT_MAX - audio->count)
        return avt_fail(reterr, AVT_ELIMIT, "'%s' holds more than %d hours of sound", path,
                        AVT_MEDIA_HOURS_MAX);
    if (audio->count + count <= *capacity)
        return AVT_OK;
    size_t wanted = audio->count + count + *capacity / 2;
    float *samples = realloc(audio->samples, wanted * sizeof(*samples));
    if (!samples)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for the sound of '%s'",
                        path);
    audio->samples = samples;
    *capacity = wanted;
    return AVT_OK;
}

static enum avt_code decode_all(struct avt_reader *reader, struct avt_audio *audio,
                                struct avt_error *reterr)
{
    struct avt_mixer mixer = {.channels = 1, .rate = audio->rate};
    AVT_CLEANUP(avt_av_frame_freep) AVFrame *frame = av_frame_alloc();
    enum avt_code code = frame ? AVT_OK : avt_fail(reterr, AVT_ENOMEM, "out of memory");
    size_t capacity = 0;
    AVStream *stream = NULL;
    while (code == AVT_OK) {
        code = avt_reader_next(reader, frame, &stream, reterr);
        if (code != AVT_OK || !stream)
            break;
        code = avt_mixer_run(&mixer, frame, reterr);
        if (code == AVT_OK)
            code = make_room(audio, &capacity, mixer.count, reader->path, reterr);
        if (code == AVT_OK && mixer.count > 0) {
            memcpy(audio->samples + audio->count, mixer.samples, mixer.count * sizeof(float));
            audio->count += mixer.count;
        }
    }
    avt_mixer_done(&mixer);
    return code;
}

enum avt_code avt_media_read_audio(const char *path, int rate, struct avt_audio **ret_audio,
                                   struct avt_error *reterr)
{
    avt_assert(path && ret_audio);
    AVT_CLEANUP(avt_reader_freep) struct avt_reader *reader = NULL;
    enum avt_code code = avt_reader_open(path, &reader, reterr);
    if (code != AVT_OK)
        return code;
    if (!reader->audio)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' has no sound", path);
    if (reader->video)
        reader->video->discard = AVDISCARD_ALL;
    code = avt_reader_decode(reader, reader->audio, 1, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *native = NULL;
    code = avt_audio_new(reader->audio->codecpar->sample_rate, 0, &native, reterr);
    if (code == AVT_OK)
        code = decode_all(reader, native, reterr);
    if (code == AVT_OK && native->count == 0)
        code = avt_fail(reterr, AVT_EFORMAT, "'%s' is damaged: its sound cannot be decoded", path);
    if (code == AVT_OK)
        code = avt_audio_resample(native, rate, ret_audio, reterr);
    return code;
}
