/* SPDX-License-Identifier: Apache-2.0 */
/* For tools/check_musetalk.py. Reads raw files: a mesh [478, 3] and a sound as float32, a picture as RGBA bytes.
 *
 * stages FOLDER MESH PICTURE WIDTH HEIGHT SOUND FPS_NUM FPS_DEN FRAME
 *     writes what passes between the networks for one frame, and the picture that comes of it, as float32
 * blend MESH PICTURE WIDTH HEIGHT FACE OUT
 *     lays a face of [3, 256, 256] float32 ("-": the picture's own) over the picture and writes it, RGBA bytes
 * time FOLDER MESH PICTURE WIDTH HEIGHT SOUND BATCH RUNS
 *     tells seconds of the processor that batches take, and the most memory */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "lipsync/musetalk_blend.h"
#include "lipsync/musetalk_hear.h"
#include "lipsync/painter.h"

enum { BYTES_MAX = 1 << 29, SIDE_MAX = 8192, BOTH = 2 * AVT_MUSETALK_LATENTS, IMAGE = 3 * AVT_MUSETALK_PIXELS };

struct scene {
    struct avt_face face;
    struct avt_image *image;
    float *sound;
    size_t sound_count;
    struct avt_error error;
};

static void scene_done(struct scene *scene)
{
    avt_image_free(scene->image);
    avt_free(scene->sound);
}

static void *read_raw(const char *path, size_t *ret_size, struct avt_error *error)
{
    char *data = NULL;
    return avt_file_read(path, BYTES_MAX, &data, ret_size, error) == AVT_OK ? data : NULL;
}

/* arguments: MESH PICTURE WIDTH HEIGHT */
static bool read_scene(char **arguments, struct scene *scene)
{
    int64_t width = 0, height = 0;
    size_t mesh_size = 0, size = 0;
    AVT_CLEANUP(avt_freep) void *mesh = read_raw(arguments[0], &mesh_size, &scene->error);
    AVT_CLEANUP(avt_freep) void *pixels = read_raw(arguments[1], &size, &scene->error);
    if (!mesh || !pixels || mesh_size != sizeof(scene->face.mesh) ||
        !avt_parse_int(arguments[2], 1, SIDE_MAX, &width) || !avt_parse_int(arguments[3], 1, SIDE_MAX, &height) ||
        size != 4 * (size_t)width * (size_t)height ||
        avt_image_new((int)width, (int)height, &scene->image, &scene->error) != AVT_OK)
        return false;
    memcpy(scene->face.mesh, mesh, mesh_size);
    for (int y = 0; y < height; y++)
        memcpy(avt_image_row(scene->image, y), (char *)pixels + 4 * (size_t)y * (size_t)width, 4 * (size_t)width);
    return true;
}

static bool read_sound(const char *path, struct scene *scene)
{
    size_t size = 0;
    scene->sound = read_raw(path, &size, &scene->error);
    scene->sound_count = size / sizeof(float);
    return scene->sound != NULL;
}

static enum avt_code give_sound(void *user, long long from, size_t count, float *ret_samples, struct avt_error *reterr)
{
    const struct scene *scene = user;
    (void)reterr;
    for (size_t i = 0; i < count; i++) {
        long long at = from + (long long)i;
        ret_samples[i] = at >= 0 && at < (long long)scene->sound_count ? scene->sound[at] : 0;
    }
    return AVT_OK;
}

static bool print_floats(const float *values, size_t count)
{
    return fwrite(values, sizeof(float), count, stdout) == count;
}

/* The classes and the mask of them, as the painter has them. */
static bool find_mask(const struct avt_musetalk_model *model, struct scene *scene, const struct avt_musetalk_box *box,
                      uint8_t *ret_mask)
{
    struct avt_musetalk_square square = avt_musetalk_square_of(box);
    AVT_CLEANUP(avt_freep) uint8_t *classes = avt_new0(uint8_t, AVT_MUSETALK_PARSE_PIXELS);
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 3 * (size_t)AVT_MUSETALK_PARSE_PIXELS);
    AVT_CLEANUP(avt_freep) float *scores = avt_new0(float, AVT_MUSETALK_CLASSES * (size_t)AVT_MUSETALK_PARSE_PIXELS);
    if (!model || !avt_musetalk_model_has_parser(model)) {
        avt_musetalk_classes_from_mesh(&scene->face, &square, classes);
    } else {
        if (avt_musetalk_parse_input(scene->image, &square, planes, &scene->error) != AVT_OK ||
            avt_musetalk_parse(model, planes, NULL, scores, &scene->error) != AVT_OK)
            return false;
        avt_musetalk_classes_from_scores(scores, classes);
    }
    avt_musetalk_jaw(classes, ret_mask);
    return true;
}

static bool paint(struct scene *scene, const char *folder, const int fps[2], long long frame)
{
    const struct avt_painter_sound sound = {(long long)scene->sound_count, give_sound, scene};
    const struct avt_painter_film film = {.fps_num = fps[0], .fps_den = fps[1], .batch = 1, .sound = &sound};
    const struct avt_painter_view view = {.image = scene->image, .face = &scene->face, .frame = frame, .picture = -1,
                                          .strength = 1};
    void *painter = NULL;
    bool is_painted = avt_painter_musetalk.open(&(struct avt_painter_weights){.folder = folder}, &painter,
                                                &scene->error) == AVT_OK &&
                      avt_painter_musetalk.begin(painter, &film, &scene->error) == AVT_OK &&
                      avt_painter_musetalk.paint(painter, &view, 1, &scene->error) == AVT_OK;
    avt_painter_musetalk.close(painter);
    return is_painted;
}

static bool print_stages(struct scene *scene, const char *folder, const int fps[2], long long frame)
{
    AVT_CLEANUP(avt_musetalk_model_freep) struct avt_musetalk_model *model = NULL;
    struct avt_error *error = &scene->error;
    if (avt_musetalk_model_open(&(struct avt_painter_weights){.folder = folder}, &model, error) != AVT_OK)
        return false;
    size_t width = (size_t)avt_musetalk_model_width(model);
    const struct avt_painter_sound sound = {(long long)scene->sound_count, give_sound, scene};
    AVT_CLEANUP(avt_musetalk_ear_freep)
    struct avt_musetalk_ear *ear = avt_musetalk_ear_new(model, &sound, fps[0], fps[1]);
    AVT_CLEANUP(avt_freep) float *prompts = avt_new0(float, AVT_MUSETALK_PROMPTS * width);
    AVT_CLEANUP(avt_freep) float *images = avt_new0(float, 2 * (size_t)IMAGE);
    AVT_CLEANUP(avt_freep) float *latents = avt_new0(float, BOTH);
    AVT_CLEANUP(avt_freep) float *painted = avt_new0(float, AVT_MUSETALK_LATENTS);
    AVT_CLEANUP(avt_freep) uint8_t *mask = avt_new0(uint8_t, AVT_MUSETALK_PARSE_PIXELS);
    AVT_CLEANUP(avt_freep) float *floats = avt_new0(float, AVT_MUSETALK_PARSE_PIXELS);
    struct avt_musetalk_box box;
    if (!avt_musetalk_box_find(&scene->face, scene->image->width, scene->image->height, &box))
        return false;
    const float corners[4] = {(float)box.x1, (float)box.y1, (float)box.x2, (float)box.y2};
    avt_musetalk_crop(scene->image, &box, images, images + IMAGE);
    bool is_good = print_floats(corners, 4) && print_floats(images, 2 * IMAGE) &&
                   avt_musetalk_ear_listen(ear, frame, NULL, prompts, error) == AVT_OK &&
                   print_floats(prompts, AVT_MUSETALK_PROMPTS * width) &&
                   avt_musetalk_encode(model, images, 2, NULL, latents, error) == AVT_OK &&
                   print_floats(latents, BOTH) &&
                   avt_musetalk_unet(model, latents, prompts, 1, NULL, painted, error) == AVT_OK &&
                   print_floats(painted, AVT_MUSETALK_LATENTS) &&
                   avt_musetalk_decode(model, painted, 1, NULL, images, error) == AVT_OK &&
                   print_floats(images, IMAGE) && find_mask(model, scene, &box, mask);
    for (size_t i = 0; is_good && i < AVT_MUSETALK_PARSE_PIXELS; i++)
        floats[i] = mask[i];
    if (!is_good || !print_floats(floats, AVT_MUSETALK_PARSE_PIXELS))
        return false;
    avt_musetalk_model_free(AVT_TAKE(model)); /* the painter opens its own */
    is_good = paint(scene, folder, fps, frame);
    for (int y = 0; is_good && y < scene->image->height; y++) {
        for (int x = 0; is_good && x < 4 * scene->image->width; x++) {
            float value = avt_image_row(scene->image, y)[x];
            is_good = print_floats(&value, 1);
        }
    }
    return is_good;
}

static bool blend(struct scene *scene, const char *face_path, const char *out)
{
    struct avt_musetalk_box box;
    if (!avt_musetalk_box_find(&scene->face, scene->image->width, scene->image->height, &box))
        return false;
    AVT_CLEANUP(avt_freep) float *own = avt_new0(float, 2 * (size_t)IMAGE);
    AVT_CLEANUP(avt_freep) uint8_t *mask = avt_new0(uint8_t, AVT_MUSETALK_PARSE_PIXELS);
    avt_musetalk_crop(scene->image, &box, own, own + IMAGE);
    size_t size = IMAGE * sizeof(float);
    AVT_CLEANUP(avt_freep) float *given = *face_path == '-' ? NULL : read_raw(face_path, &size, &scene->error);
    if ((*face_path != '-' && !given) || size != IMAGE * sizeof(float) || !find_mask(NULL, scene, &box, mask) ||
        avt_musetalk_blend(scene->image, &box, mask, given ? given : own + IMAGE, 1, &scene->error) != AVT_OK)
        return false;
    size_t row = 4 * (size_t)scene->image->width;
    AVT_CLEANUP(avt_freep) uint8_t *pixels = avt_new0(uint8_t, row * (size_t)scene->image->height);
    for (int y = 0; y < scene->image->height; y++)
        memcpy(pixels + (size_t)y * row, avt_image_row(scene->image, y), row);
    return avt_file_write(out, pixels, row * (size_t)scene->image->height, &scene->error) == AVT_OK;
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double memory_gb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / (1 << 20);
}

/* Two batches for each run: pictures that are new, then the same again. */
static bool measure(struct scene *scene, const char *folder, int batch, int runs)
{
    const struct avt_painter_sound sound = {(long long)scene->sound_count, give_sound, scene};
    const struct avt_painter_film film = {.fps_num = 25, .fps_den = 1, .batch = batch, .sound = &sound};
    void *painter = NULL;
    double start = processor_seconds();
    bool is_good = avt_painter_musetalk.open(&(struct avt_painter_weights){.folder = folder}, &painter,
                                             &scene->error) == AVT_OK &&
                   avt_painter_musetalk.begin(painter, &film, &scene->error) == AVT_OK;
    printf("opened: %.1f s, %.2f GB at most\n", processor_seconds() - start, memory_gb());
    for (int run = 0; is_good && run < 2 * runs; run++) {
        struct avt_painter_view views[AVT_PAINTER_BATCH_MAX];
        for (int i = 0; i < batch; i++)
            views[i] = (struct avt_painter_view){.image = scene->image, .face = &scene->face,
                                                 .frame = run * batch + i, .picture = run / 2 * batch + i,
                                                 .strength = 1};
        start = processor_seconds();
        is_good = avt_painter_musetalk.paint(painter, views, (size_t)batch, &scene->error) == AVT_OK;
        printf("%s, batch %d: %.2f s a frame, %.2f GB at most\n",
               run % 2 ? "known" : run ? "new" : "new, and 30 s heard", batch, (processor_seconds() - start) / batch,
               memory_gb());
        fflush(stdout);
    }
    avt_painter_musetalk.close(painter);
    return is_good;
}

int main(int argc, char **argv)
{
    AVT_CLEANUP(scene_done) struct scene scene = {0};
    int64_t a = 0, b = 0, frame = 0;
    bool is_good = false;
    if (argc == 11 && strcmp(argv[1], "stages") == 0 && avt_parse_int(argv[8], 1, 1000000, &a) &&
        avt_parse_int(argv[9], 1, 1000000, &b) && avt_parse_int(argv[10], 0, 1000000000, &frame)) {
        const int fps[2] = {(int)a, (int)b};
        is_good = read_scene(argv + 3, &scene) && read_sound(argv[7], &scene) &&
                  print_stages(&scene, argv[2], fps, frame);
    } else if (argc == 8 && strcmp(argv[1], "blend") == 0) {
        is_good = read_scene(argv + 2, &scene) && blend(&scene, argv[6], argv[7]);
    } else if (argc == 10 && strcmp(argv[1], "time") == 0 && avt_parse_int(argv[8], 1, AVT_PAINTER_BATCH_MAX, &a) &&
               avt_parse_int(argv[9], 1, 1000, &b)) {
        is_good = read_scene(argv + 3, &scene) && read_sound(argv[7], &scene) &&
                  measure(&scene, argv[2], (int)a, (int)b);
    } else {
        fprintf(stderr, "print_musetalk_stages stages|blend|time ...: see its source\n");
        return 2;
    }
    if (!is_good)
        fprintf(stderr, "%s\n", scene.error.message[0] ? scene.error.message : "an argument does not fit");
    return is_good ? 0 : 1;
}
