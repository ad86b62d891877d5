/* SPDX-License-Identifier: Apache-2.0 */
/* For tools/check_wav2lip.py: paints a few pictures and writes what passes between the steps to standard output.
 * Usage: print_wav2lip_stages FOLDER FPS_NUM FPS_DEN BATCH FILE
 * FILE: int32 width, height, pictures, samples; for each picture its frame (int32), RGBA and mesh [478, 3] f32; then
 * the sound, f32. Written: for each picture its mel [80, 16], planes [6, side, side] and painted planes
 * [3, side, side], f32; then all pictures as they were painted, RGBA. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "lipsync/painter.h"
#include "lipsync/wav2lip_crop.h"
#include "lipsync/wav2lip_mel.h"
#include "lipsync/wav2lip_net.h"

enum { PICTURES_MAX = 64, FILE_BYTES_MAX = 1 << 30, MEL = AVT_WAV2LIP_BANDS * AVT_WAV2LIP_STEPS };

struct scene {
    int32_t width, height, count, samples;
    struct avt_image *images[PICTURES_MAX];
    struct avt_face faces[PICTURES_MAX];
    int32_t frames[PICTURES_MAX];
    const float *sound;
};

static enum avt_code read_sound(void *user, long long from, size_t count, float *ret_samples, struct avt_error *reterr)
{
    (void)reterr;
    const struct scene *scene = user;
    for (size_t i = 0; i < count; i++) {
        long long at = from + (long long)i;
        ret_samples[i] = at >= 0 && at < scene->samples ? scene->sound[at] : 0;
    }
    return AVT_OK;
}

static const char *take(const char **at, void *out, size_t size)
{
    memcpy(out, *at, size);
    return *at += size;
}

static bool read_scene(const char *data, struct scene *scene)
{
    take(&data, &scene->width, 4 * sizeof(int32_t));
    if (scene->count > PICTURES_MAX)
        return false;
    for (int i = 0; i < scene->count; i++) {
        if (avt_image_new(scene->width, scene->height, &scene->images[i], NULL) != AVT_OK)
            return false;
        take(&data, &scene->frames[i], sizeof(int32_t));
        for (int y = 0; y < scene->height; y++)
            take(&data, avt_image_row(scene->images[i], y), (size_t)scene->width * 4);
        take(&data, scene->faces[i].mesh, sizeof(scene->faces[i].mesh));
    }
    scene->sound = (const float *)(const void *)data;
    return true;
}

static enum avt_code print_stages(const struct scene *scene, const struct avt_painter_sound *sound, const char *folder,
                                  int num, int den, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_wav2lip_net_close) struct avt_wav2lip_net net = {0};
    AVT_CLEANUP(avt_wav2lip_mel_freep) struct avt_wav2lip_mel *mel = avt_wav2lip_mel_new(sound);
    enum avt_code code = avt_wav2lip_net_open(&(struct avt_painter_weights){.folder = folder}, &net, reterr);
    size_t square = (size_t)net.side * (size_t)net.side;
    AVT_CLEANUP(avt_freep) float *values = avt_new0(float, MEL + 9 * square);
    struct avt_wav2lip_boxes boxes = {0};
    for (int i = 0; code == AVT_OK && i < scene->count; i++) {
        long long columns = avt_wav2lip_mel_columns(sound->count);
        long long start = avt_wav2lip_mel_start(scene->frames[i], num, den, columns);
        struct avt_wav2lip_box box;
        if (!avt_wav2lip_box_of(&scene->faces[i], scene->width, scene->height, &box))
            return avt_fail(reterr, AVT_EINVAL, "picture %d has no face", i);
        box = avt_wav2lip_boxes_add(&boxes, scene->frames[i], &box);
        code = avt_wav2lip_mel_read(mel, start, values, reterr);
        if (code == AVT_OK)
            code = avt_wav2lip_crop(scene->images[i], &box, net.side, values + MEL, reterr);
        if (code == AVT_OK)
            code = avt_wav2lip_net_run(&net, values, values + MEL, 1, NULL, values + MEL + 6 * square, reterr);
        if (code == AVT_OK && fwrite(values, sizeof(float), MEL + 9 * square, stdout) != MEL + 9 * square)
            code = avt_fail(reterr, AVT_EIO, "cannot write");
    }
    return code;
}

static enum avt_code paint(struct scene *scene, const char *folder, const struct avt_painter_film *film,
                           struct avt_error *reterr)
{
    void *state = NULL;
    enum avt_code code = avt_painter_wav2lip.open(&(struct avt_painter_weights){.folder = folder}, &state, reterr);
    if (code == AVT_OK)
        code = avt_painter_wav2lip.begin(state, film, reterr);
    struct avt_painter_view views[PICTURES_MAX];
    for (int i = 0; code == AVT_OK && i < scene->count; i += film->batch) {
        int now = scene->count - i < film->batch ? scene->count - i : film->batch;
        for (int k = 0; k < now; k++)
            views[k] = (struct avt_painter_view){.image = scene->images[i + k], .face = &scene->faces[i + k],
                                                 .frame = scene->frames[i + k], .picture = -1, .strength = 1};
        code = avt_painter_wav2lip.paint(state, views, (size_t)now, reterr);
    }
    for (int i = 0; code == AVT_OK && i < scene->count; i++) {
        for (int y = 0; y < scene->height; y++)
            fwrite(avt_image_row(scene->images[i], y), 4, (size_t)scene->width, stdout);
    }
    avt_painter_wav2lip.close(state);
    return code;
}

int main(int argc, char **argv)
{
    int64_t num = 0, den = 0, batch = 0;
    if (argc != 6 || !avt_parse_int(argv[2], 1, 1000000, &num) || !avt_parse_int(argv[3], 1, 1000000, &den) ||
        !avt_parse_int(argv[4], 1, AVT_PAINTER_BATCH_MAX, &batch)) {
        fprintf(stderr, "usage: print_wav2lip_stages FOLDER FPS_NUM FPS_DEN BATCH FILE\n");
        return 2;
    }
    AVT_CLEANUP(avt_freep) char *data = NULL;
    AVT_CLEANUP(avt_freep) struct scene *scene = avt_new0(struct scene, 1);
    size_t size = 0;
    struct avt_error error = {0};
    enum avt_code code = avt_file_read(argv[5], FILE_BYTES_MAX, &data, &size, &error);
    if (code == AVT_OK && !read_scene(data, scene))
        code = avt_fail(&error, AVT_EFORMAT, "too many pictures");
    const struct avt_painter_sound sound = {.count = scene->samples, .read = read_sound, .user = scene};
    const struct avt_painter_film film = {.fps_num = (int)num, .fps_den = (int)den, .batch = (int)batch,
                                          .sound = &sound};
    if (code == AVT_OK)
        code = print_stages(scene, &sound, argv[1], (int)num, (int)den, &error);
    if (code == AVT_OK)
        code = paint(scene, argv[1], &film, &error);
    for (int i = 0; i < PICTURES_MAX; i++)
        avt_image_free(scene->images[i]);
    if (code != AVT_OK)
        fprintf(stderr, "%s\n", error.message);
    return code == AVT_OK ? 0 : 1;
}
