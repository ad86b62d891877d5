/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the tests of media share: a folder of their own, pictures and short films made in code. */
#include "../cmocka_all.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "dsp/image.h"
#include "media/film.h"
#include "media/media.h"

/* cmocka's own takes float: times in seconds deserve more. */
#define assert_near(a, b, tolerance)                                                               \
    do {                                                                                           \
        double a_ = (a), b_ = (b);                                                                 \
        if (!(fabs(a_ - b_) <= (tolerance)))                                                       \
            fail_msg("%s is %g, not %g", #a, a_, b_);                                              \
    } while (0)

static char fixture_folder[] = "/tmp/avatar-test-media-XXXXXX";

static inline char *fixture_path(const char *name)
{
    return avt_asprintf("%s/%s", fixture_folder, name);
}

static inline int fixture_entries(void)
{
    int count = 0;
    DIR *dir = opendir(fixture_folder);
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

static inline int fixture_setup(void **state)
{
    (void)state;
    avt_media_quiet();
    return mkdtemp(fixture_folder) ? 0 : -1;
}

/* Fails if a test left something behind under a hidden name. */
static inline int fixture_teardown(void **state)
{
    (void)state;
    int hidden = 0;
    DIR *dir = opendir(fixture_folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        hidden += entry->d_name[0] == '.';
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir)
        closedir(dir);
    return rmdir(fixture_folder) == 0 && hidden == 0 ? 0 : -1;
}

/* Soft shapes on a gradient; `phase` moves a spot in the middle. */
static inline struct avt_image *fixture_image(int width, int height, double phase)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(width, height, &image, NULL), AVT_OK);
    for (int y = 0; y < height; y++) {
        uint8_t *p = avt_image_row(image, y);
        for (int x = 0; x < width; x++, p += 4) {
            double u = (double)x / width, v = (double)y / height;
            double spot = hypot(u - .5, v - .6 - .05 * sin(phase));
            p[0] = (uint8_t)(60 + 120 * u + (spot < .12 ? 60 : 0));
            p[1] = (uint8_t)(80 + 90 * v - (spot < .12 ? 40 : 0));
            p[2] = (uint8_t)(150 - 100 * u * v);
            p[3] = 255;
        }
    }
    return image;
}

static inline struct avt_film_options fixture_options(int width, int height, int fps, int rate)
{
    return (struct avt_film_options){
        .width = width,
        .height = height,
        .fps_num = fps,
        .fps_den = 1,
        .audio_rate = rate,
        .quality = AVT_QUALITY_LOW,
        .threads = 1,
        .origin = {.digital_source_type = "compositeSynthetic",
                   .voice = "test voice",
                   .face = "test face",
                   .title = "Fish & <chips>"},
    };
}

/* A film of `frames` pictures and `seconds` of a 440 Hz tone that begins with a click at .5 s. */
static inline enum avt_code fixture_film(const char *path, const struct avt_film_options *options,
                                         int frames, double seconds, struct avt_error *error)
{
    AVT_CLEANUP(avt_film_freep) struct avt_film *film = NULL;
    enum avt_code code = avt_film_open(path, options, &film, error);
    if (code != AVT_OK)
        return code;
    int channels = options->audio_channels == 2 ? 2 : 1;
    size_t count = options->audio_rate ? (size_t)lround(seconds * options->audio_rate) : 0;
    AVT_CLEANUP(avt_freep) float *tone = avt_new0(float, count *(size_t)channels + 1);
    for (size_t i = 0; i < count * (size_t)channels; i++) {
        double t = (double)(i / (size_t)channels) / options->audio_rate;
        tone[i] = t < .5 ? 0 : (float)(.4 * sin(2 * 3.14159265358979 * 440 * t));
    }
    if (count > 0)
        code = avt_film_write_audio(film, tone, count, error);
    for (int i = 0; i < frames && code == AVT_OK; i++) {
        AVT_CLEANUP(avt_image_freep)
        struct avt_image *image = fixture_image(options->width, options->height, i * .7);
        code = avt_film_write_frame(film, image, error);
    }
    return code == AVT_OK ? avt_film_finish(film, error) : code;
}

/* Seconds until the sound is first louder than a tenth. */
static inline double fixture_onset(const char *path)
{
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    struct avt_error error = {0};
    if (avt_media_read_audio(path, 48000, &audio, &error) != AVT_OK)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < audio->count; i++) {
        if (fabsf(audio->samples[i]) > .1f)
            return (double)i / 48000;
    }
    return -1;
}
