/* SPDX-License-Identifier: Apache-2.0 */
/* For tools/check_enhance.py: enhances a few pictures and writes what passes between the steps to standard output.
 * Usage: print_enhance_stages restore|upscale FOLDER FILE
 * FILE: int32 width, height, pictures; for each picture RGBA and mesh [478, 3] f32. Written: for each picture int32
 * side of the square, of what the network sees and makes; the place, 4 f64; what it sees, the mask, what it makes,
 * f32; then all pictures as they are enhanced, RGBA. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "lipsync/enhance_net.h"
#include "lipsync/enhance_place.h"
#include "lipsync/painter.h"

enum { PICTURES_MAX = 64, FILE_BYTES_MAX = 1 << 30 };

struct scene {
    int32_t width, height, count;
    struct avt_image *images[PICTURES_MAX];
    struct avt_face faces[PICTURES_MAX];
};

static const char *take(const char **at, void *out, size_t size)
{
    memcpy(out, *at, size);
    return *at += size;
}

static bool read_scene(const char *data, struct scene *scene)
{
    take(&data, &scene->width, 3 * sizeof(int32_t));
    if (scene->count > PICTURES_MAX)
        return false;
    for (int i = 0; i < scene->count; i++) {
        if (avt_image_new(scene->width, scene->height, &scene->images[i], NULL) != AVT_OK)
            return false;
        for (int y = 0; y < scene->height; y++)
            take(&data, avt_image_row(scene->images[i], y), (size_t)scene->width * 4);
        take(&data, scene->faces[i].mesh, sizeof(scene->faces[i].mesh));
    }
    return true;
}

static size_t count_of(int side)
{
    return (size_t)side * (size_t)side;
}

static void write_floats(const float *values, size_t count)
{
    fwrite(values, sizeof(*values), count, stdout);
}

/* Sides as painter_enhance.c has them: what is compared is what comes of them.
 *  @param last  Side in the picture before; 0: there is none. */
static enum avt_code print_one(const struct avt_enhance_net *net, const struct scene *scene, int i,
                               struct avt_enhance_square *square, int *last, struct avt_error *reterr)
{
    double length = avt_enhance_square_length(square);
    int wanted = (int)fmin(fmax(ceil(length / 16) * 16, 64), 256), larger = 1;
    int small = net->side ? net->side : *last >= wanted && *last <= wanted + 32 ? *last : wanted;
    while (net->factor % larger != 0 || small * larger < length)
        larger++;
    *last = small;
    int side = square->side = small * larger, made = small * net->factor;
    AVT_CLEANUP(avt_freep) float *memory =
        avt_new0(float, 3 * count_of(side) + 3 * count_of(small) + 3 * count_of(made) + count_of(side));
    float *seen = memory, *mask = seen + 3 * count_of(side), *few = mask + count_of(side);
    float *many = few + 3 * count_of(small);
    enum avt_code code = avt_enhance_crop(scene->images[i], square, seen, reterr);
    for (size_t k = 0; k < 3 * count_of(side); k++) {
        size_t row = k / (size_t)side / (size_t)larger, column = k % (size_t)side / (size_t)larger;
        few[row * (size_t)small + column] += seen[k] / (float)(larger * larger);
    }
    if (code == AVT_OK)
        code = avt_enhance_mask(&scene->faces[i], scene->width, scene->height, square, mask, reterr);
    if (code == AVT_OK)
        code = avt_enhance_net_run(net, small, few, NULL, many, reterr);
    if (code != AVT_OK)
        return code;
    const int32_t sides[3] = {side, small, made};
    fwrite(sides, sizeof(sides), 1, stdout);
    fwrite(&square->place, sizeof(square->place), 1, stdout);
    write_floats(few, 3 * count_of(small));
    write_floats(mask, count_of(side));
    write_floats(many, 3 * count_of(made));
    return AVT_OK;
}

static enum avt_code print_stages(enum avt_enhance_kind kind, const struct avt_enhance_window *window,
                                  const struct scene *scene, const char *folder, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_enhance_net_close) struct avt_enhance_net net = {0};
    struct avt_enhance_places places = {0};
    int last = 0;
    enum avt_code code = avt_enhance_net_open(kind, &(struct avt_painter_weights){.folder = folder}, &net, reterr);
    for (int i = 0; code == AVT_OK && i < scene->count; i++) {
        struct avt_enhance_place place;
        if (!avt_enhance_place_of(&scene->faces[i], &place))
            return avt_fail(reterr, AVT_EINVAL, "picture %d has no face", i);
        struct avt_enhance_square square = {.place = avt_enhance_places_add(&places, i, &place), .window = *window};
        code = print_one(&net, scene, i, &square, &last, reterr);
    }
    return code;
}

static enum avt_code paint(const struct avt_painter_engine *engine, struct scene *scene, const char *folder,
                           struct avt_error *reterr)
{
    void *state = NULL;
    const struct avt_painter_film film = {.fps_num = 25, .fps_den = 1, .batch = AVT_ENHANCE_BATCH};
    enum avt_code code = engine->open(&(struct avt_painter_weights){.folder = folder}, &state, reterr);
    if (code == AVT_OK)
        code = engine->begin(state, &film, reterr);
    for (int i = 0; code == AVT_OK && i < scene->count; i++) {
        const struct avt_painter_view view = {.image = scene->images[i], .face = &scene->faces[i], .frame = i,
                                              .picture = -1, .strength = 1};
        code = engine->paint(state, &view, 1, reterr);
        for (int y = 0; code == AVT_OK && y < scene->height; y++)
            fwrite(avt_image_row(scene->images[i], y), 4, (size_t)scene->width, stdout);
    }
    engine->close(state);
    return code;
}

int main(int argc, char **argv)
{
    static const struct avt_enhance_window whole = {0, 0, AVT_ENHANCE_TEMPLATE}, lower = {106, 210, 300};
    bool is_restore = argc == 4 && avt_str_equal(argv[1], "restore");
    if (argc != 4 || (!is_restore && !avt_str_equal(argv[1], "upscale"))) {
        fprintf(stderr, "usage: print_enhance_stages restore|upscale FOLDER FILE\n");
        return 2;
    }
    AVT_CLEANUP(avt_freep) char *data = NULL;
    AVT_CLEANUP(avt_freep) struct scene *scene = avt_new0(struct scene, 1);
    size_t size = 0;
    struct avt_error error = {0};
    enum avt_code code = avt_file_read(argv[3], FILE_BYTES_MAX, &data, &size, &error);
    if (code == AVT_OK && !read_scene(data, scene))
        code = avt_fail(&error, AVT_EFORMAT, "too many pictures");
    if (code == AVT_OK)
        code = print_stages(is_restore ? AVT_ENHANCE_RESTORE : AVT_ENHANCE_UPSCALE, is_restore ? &whole : &lower, scene,
                            argv[2], &error);
    if (code == AVT_OK)
        code = paint(is_restore ? &avt_painter_restore : &avt_painter_upscale, scene, argv[2], &error);
    for (int i = 0; i < PICTURES_MAX; i++)
        avt_image_free(scene->images[i]);
    if (code != AVT_OK)
        fprintf(stderr, "%s\n", error.message);
    return code == AVT_OK ? 0 : 1;
}
