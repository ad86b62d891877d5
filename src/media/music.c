/* SPDX-License-Identifier: Apache-2.0 */
#include "media/music.h"

#include <libavutil/audio_fifo.h>
#include <math.h>
#include <stdbool.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/loudness.h"
#include "media/av.h"
#include "media/media.h"
#include "media/mixer.h"
#include "media/reader.h"

/* Of the end into the beginning; of a short piece a quarter. */
static const double CROSS_S = 1.0;
static const double SECONDS_MIN = 1.0;

struct avt_music {
    char *path;
    struct avt_reader *reader;
    struct avt_mixer mixer;
    AVFrame *frame;
    AVAudioFifo *ahead; /* decoded: always the crossfade's length more than was read */
    bool ended;         /* the file; `ahead` has the rest of it */
    size_t cross;       /* samples */
    float *tail;        /* [cross, 2]: the end that fades into the beginning */
    size_t tail_count, tail_at;
    double lufs;
};

static enum avt_code no_memory(const struct avt_music *music, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to read '%s'", music->path);
}

static enum avt_code begin(struct avt_music *music, struct avt_error *reterr)
{
    int rate = music->mixer.rate;
    avt_reader_free(music->reader);
    music->reader = NULL;
    avt_mixer_done(&music->mixer);
    music->mixer = (struct avt_mixer){.channels = 2, .rate = rate};
    music->ended = false;
    enum avt_code code = avt_reader_open(music->path, &music->reader, reterr);
    if (code != AVT_OK)
        return code;
    if (!music->reader->audio)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' has no sound: name a sound file as music",
                        music->path);
    if (music->reader->video)
        music->reader->video->discard = AVDISCARD_ALL;
    return avt_reader_decode(music->reader, music->reader->audio, 1, reterr);
}

/* The next few samples into the mixer; none at the end. */
static enum avt_code decode(struct avt_music *music, struct avt_error *reterr)
{
    AVStream *stream = NULL;
    music->mixer.count = 0;
    while (music->mixer.count == 0) {
        enum avt_code code = avt_reader_next(music->reader, music->frame, &stream, reterr);
        if (code == AVT_OK && stream)
            code = avt_mixer_run(&music->mixer, music->frame, reterr);
        if (code != AVT_OK || !stream)
            return code;
        float *samples = music->mixer.samples;
        for (size_t i = 0; i < 2 * music->mixer.count; i++)
            samples[i] = isfinite(samples[i]) ? samples[i] : 0;
    }
    return AVT_OK;
}

static enum avt_code measure(struct avt_music *music, const struct avt_cancel *cancel,
                             struct avt_error *reterr)
{
    AVT_CLEANUP(avt_loudness_freep) struct avt_loudness *loudness = NULL;
    size_t total = 0, enough = (size_t)AVT_MUSIC_MEASURED_S * (size_t)music->mixer.rate;
    enum avt_code code = avt_loudness_new_stereo(music->mixer.rate, &loudness, reterr);
    while (code == AVT_OK && total < enough) {
        if (avt_cancelled(cancel))
            return avt_fail(reterr, AVT_ECANCELLED, "cancelled; nothing was written");
        code = decode(music, reterr);
        if (code != AVT_OK || music->mixer.count == 0)
            break;
        total += music->mixer.count;
        code = avt_loudness_add(loudness, music->mixer.samples, music->mixer.count, reterr);
    }
    if (code != AVT_OK)
        return code;
    if (total == 0)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is damaged: its sound cannot be decoded",
                        music->path);
    double seconds = (double)total / music->mixer.rate;
    if (seconds < SECONDS_MIN)
        return avt_fail(reterr, AVT_ELIMIT,
                        "'%s' is %.2f s long; music has to be at least %g s, so that it can be "
                        "repeated",
                        music->path, seconds, SECONDS_MIN);
    music->lufs = avt_loudness_lufs(loudness);
    music->cross = (size_t)(fmin(CROSS_S, seconds / 4) * music->mixer.rate);
    return AVT_OK;
}

enum avt_code avt_music_open(const char *path, int rate, const struct avt_cancel *cancel,
                             struct avt_music **ret_music, struct avt_error *reterr)
{
    avt_assert(path && rate > 0 && ret_music);
    AVT_CLEANUP(avt_music_freep) struct avt_music *music = avt_new0(struct avt_music, 1);
    music->path = avt_strdup(path);
    music->mixer.rate = rate;
    music->frame = av_frame_alloc();
    if (!music->frame)
        return no_memory(music, reterr);
    enum avt_code code = begin(music, reterr);
    if (code == AVT_OK)
        code = measure(music, cancel, reterr);
    if (code == AVT_OK)
        code = begin(music, reterr);
    if (code != AVT_OK)
        return code;
    music->tail = avt_new0(float, 2 * music->cross);
    music->ahead = av_audio_fifo_alloc(AV_SAMPLE_FMT_FLT, 2, (int)music->cross + 1);
    if (!music->ahead)
        return no_memory(music, reterr);
    *ret_music = AVT_TAKE(music);
    return AVT_OK;
}

double avt_music_lufs(const struct avt_music *music)
{
    return music->lufs;
}

/* Decode until there is more than the crossfade needs, or the file ends. */
static enum avt_code fill(struct avt_music *music, struct avt_error *reterr)
{
    while (!music->ended && (size_t)av_audio_fifo_size(music->ahead) <= music->cross) {
        enum avt_code code = decode(music, reterr);
        /* What is damaged later than was measured ends the music there, not the film. */
        if (code != AVT_OK && code != AVT_EFORMAT)
            return code;
        void *planes[1] = {music->mixer.samples};
        int count = (int)music->mixer.count;
        if (count > 0 && av_audio_fifo_write(music->ahead, planes, count) < count)
            return no_memory(music, reterr);
        music->ended = count == 0;
    }
    return AVT_OK;
}

/* The file has ended: what is left of it fades into its beginning. */
static enum avt_code repeat(struct avt_music *music, struct avt_error *reterr)
{
    void *planes[1] = {music->tail};
    int left = av_audio_fifo_size(music->ahead);
    avt_assert((size_t)left <= music->cross);
    (void)av_audio_fifo_read(music->ahead, planes, left);
    music->tail_count = (size_t)left;
    music->tail_at = 0;
    enum avt_code code = begin(music, reterr);
    if (code == AVT_OK)
        code = fill(music, reterr);
    if (code == AVT_OK && music->ended)
        code = avt_fail(reterr, AVT_EFORMAT, "'%s' was changed while it was read", music->path);
    return code;
}

enum avt_code avt_music_read(struct avt_music *music, float *samples, size_t count,
                             struct avt_error *reterr)
{
    avt_assert(music && (samples || count == 0));
    while (count > 0) {
        enum avt_code code = fill(music, reterr);
        if (code == AVT_OK && music->ended)
            code = repeat(music, reterr);
        if (code != AVT_OK)
            return code;
        size_t ready = (size_t)av_audio_fifo_size(music->ahead) - music->cross;
        size_t part = ready < count ? ready : count;
        void *planes[1] = {samples};
        (void)av_audio_fifo_read(music->ahead, planes, (int)part);
        for (size_t i = 0; i < part && music->tail_at < music->tail_count; i++) {
            /* Equal power: end and beginning have nothing to do with each other. */
            double angle = M_PI_2 * (double)(music->tail_at + 1) / (double)(music->tail_count + 1);
            for (size_t at = 2 * i, tail = 2 * music->tail_at; at < 2 * i + 2; at++, tail++)
                samples[at] = (float)(samples[at] * sin(angle) + music->tail[tail] * cos(angle));
            music->tail_at++;
        }
        samples += 2 * part;
        count -= part;
    }
    return AVT_OK;
}

void avt_music_free(struct avt_music *music)
{
    if (!music)
        return;
    avt_reader_free(music->reader);
    avt_mixer_done(&music->mixer);
    av_frame_free(&music->frame);
    if (music->ahead)
        av_audio_fifo_free(music->ahead);
    avt_free(music->tail);
    avt_free(music->path);
    avt_free(music);
}
