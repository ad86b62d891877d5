/* SPDX-License-Identifier: Apache-2.0 */
#include "face/matte.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "face/matte_region.h"
#include "nn/registry.h"
#include "nn/session.h"

#define MODEL "person-matte"
enum { SIDE = 256, CELLS = SIDE * SIDE };

/* The network looks at the whole picture and twice more closely: at rectangles of so many boxes of the detector, which
 * goes from the brows to the chin; head and shoulders, and the head. What it errs about differs from look to look. */
static const struct {
    double wide, above, below; /* its centre */
    float weight;              /* against the wider looks */
} closer[] = {{3.4, 1.9, 1.9, .6f}, {2.5, 1.45, 1.15, .5f}};
enum { LOOKS = 1 + sizeof(closer) / sizeof(*closer) };
/* Along its borders, for this part of its width, a look knows too little of what it sees. */
#define BORDER .12f
/* The face itself, a little within its outline, which is the person whatever the network says; and so much of it has to
 * be in the network's view, or it sees something else. */
#define FACE_INSIDE .9f
#define FACE_SHARE_MIN .5f

/* What the network made of a rectangle of the picture. */
struct look {
    double x, y, width, height;
    float *map; /* [SIDE, SIDE] */
};

static void looks_done(struct look (*looks)[LOOKS])
{
    for (int i = 0; i < LOOKS; i++)
        avt_free((*looks)[i].map);
}

static enum avt_code run_network(struct avt_session *session, float *planes, bool mirrored, float *map,
                                 struct avt_error *reterr)
{
    const struct avt_tensor input = {
        .name = "image", .dtype = AVT_DTYPE_F32, .rank = 4, .shape = {1, 3, SIDE, SIDE}, .data = planes};
    struct avt_tensor output = {.name = "matte"};
    enum avt_code code = avt_session_run(session, &input, 1, &output, 1, reterr);
    if (code != AVT_OK)
        return code;
    const float *found = output.data;
    if (output.dtype != AVT_DTYPE_F32 || avt_tensor_count(&output) != CELLS) {
        code = avt_fail(reterr, AVT_EMODELBAD,
                        "the model '" MODEL "' gives other outputs than expected: run 'avatar models verify'");
        found = NULL;
    }
    for (int i = 0; found && i < CELLS; i++)
        map[i] += .5f * found[mirrored ? i - i % SIDE + SIDE - 1 - i % SIDE : i];
    avt_tensor_done(&output);
    return code;
}

/* Straight and mirrored: the mean of both is surer than either. */
static enum avt_code look_at(struct avt_session *session, const struct avt_image *picture, struct look *look,
                             struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *small = NULL;
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 3 * CELLS);
    look->map = avt_new0(float, CELLS);
    enum avt_code code = avt_image_new(SIDE, SIDE, &small, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(picture, look->x, look->y, look->width, look->height, small);
    for (int mirrored = 0; code == AVT_OK && mirrored < 2; mirrored++) {
        for (int i = 0; i < CELLS; i++) {
            int x = mirrored ? SIDE - 1 - i % SIDE : i % SIDE;
            const uint8_t *pixel = avt_image_row(small, i / SIDE) + 4 * (size_t)x;
            for (int c = 0; c < 3; c++)
                planes[c * CELLS + i] = (float)pixel[c] / 255;
        }
        code = run_network(session, planes, mirrored, look->map, reterr);
    }
    return code;
}

static float look_value(const struct look *look, double x, double y)
{
    float u = (float)((x - look->x) / look->width * SIDE - .5), v = (float)((y - look->y) / look->height * SIDE - .5);
    u = u > 0 ? u < SIDE - 1 ? u : SIDE - 1 : 0;
    v = v > 0 ? v < SIDE - 1 ? v : SIDE - 1 : 0;
    int x0 = (int)u, y0 = (int)v, x1 = x0 + 1 < SIDE ? x0 + 1 : x0, y1 = y0 + 1 < SIDE ? y0 + 1 : y0;
    const float *upper = look->map + (ptrdiff_t)y0 * SIDE, *lower = look->map + (ptrdiff_t)y1 * SIDE;
    float fx = u - (float)x0, fy = v - (float)y0;
    float a = upper[x0] + fx * (upper[x1] - upper[x0]), b = lower[x0] + fx * (lower[x1] - lower[x0]);
    return a + fy * (b - a);
}

/* 0 outside of the look and at those of its borders that are not the picture's, 1 well within. */
static float look_weight(const struct look *look, const struct avt_image *picture, double x, double y)
{
    double near = INFINITY;
    if (look->x > 0)
        near = fmin(near, x - look->x);
    if (look->y > 0)
        near = fmin(near, y - look->y);
    if (look->x + look->width < picture->width)
        near = fmin(near, look->x + look->width - x);
    if (look->y + look->height < picture->height)
        near = fmin(near, look->y + look->height - y);
    float t = fminf(1, fmaxf(0, (float)(near / look->width) / BORDER));
    return t * t * (3 - 2 * t);
}

static struct look closer_look(const struct avt_image *picture, const struct avt_face *face, int which)
{
    double side = fmax((double)face->box.width, (double)face->box.height);
    double cx = (double)(face->box.x + face->box.width / 2), cy = (double)(face->box.y + face->box.height / 2);
    double left = fmin(picture->width - 1, fmax(0, cx - closer[which].wide / 2 * side));
    double top = fmin(picture->height - 1, fmax(0, cy - closer[which].above * side));
    double right = fmin(picture->width, cx + closer[which].wide / 2 * side);
    double bottom = fmin(picture->height, cy + closer[which].below * side);
    return (struct look){left, top, fmax(1, right - left), fmax(1, bottom - top), NULL};
}

static enum avt_code take_looks(const struct avt_image *picture, const struct avt_face *face, struct look looks[LOOKS],
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    AVT_CLEANUP(avt_freep) char *path = NULL;
    const struct avt_session_options options = {.sequential = true};
    enum avt_code code = avt_registry_locate(MODEL, &path, reterr);
    if (code == AVT_OK)
        code = avt_session_open(path, &options, &session, reterr);
    for (int i = 0; code == AVT_OK && i < LOOKS; i++) {
        const struct look all = {0, 0, picture->width, picture->height, NULL};
        looks[i] = i == 0 ? all : closer_look(picture, face, i - 1);
        code = look_at(session, picture, &looks[i], reterr);
    }
    return code;
}

static void fill_share(const struct avt_image *picture, const struct look looks[LOOKS],
                       const struct avt_matte_view *view, struct avt_share *share)
{
    for (int y = 0; y < share->height; y++) {
        double py = view->y + (y + .5) * view->height / share->height;
        for (int x = 0; x < share->width; x++) {
            double px = view->x + (x + .5) * view->width / share->width;
            float value = look_value(&looks[0], px, py);
            for (int i = 1; i < LOOKS; i++) {
                float weight = closer[i - 1].weight * look_weight(&looks[i], picture, px, py);
                if (weight > 0)
                    value += weight * (look_value(&looks[i], px, py) - value);
            }
            share->values[(size_t)y * (size_t)share->width + (size_t)x] = value;
        }
    }
    double cell_x = looks[0].width / SIDE * share->width / view->width;
    double cell_y = looks[0].height / SIDE * share->height / view->height;
    share->reach = (float)fmax(1, fmax(cell_x, cell_y));
}

enum avt_code avt_matte_find(const struct avt_image *picture, const struct avt_face *face, const char *name,
                             const struct avt_matte_view *view, struct avt_share *share, struct avt_error *reterr)
{
    avt_assert(picture && face && name && view && share && share->values);
    AVT_CLEANUP(looks_done) struct look looks[LOOKS] = {0};
    enum avt_code code = take_looks(picture, face, looks, reterr);
    if (code != AVT_OK)
        return code;
    fill_share(picture, looks, view, share);
    struct avt_point oval[AVT_FACE_OVAL];
    avt_face_oval(face, view, share, FACE_INSIDE, oval);
    if (avt_region_mean(share, oval) < FACE_SHARE_MIN)
        return avt_fail(reterr, AVT_EFACE,
                        "the person in '%.200s' cannot be told from the background, so that background stays: leave "
                        "--background out, or use a picture with a clearer background",
                        name);
    double unit = (double)face->box.height * share->height / view->height;
    return avt_region_keep(share, oval, (float)unit, reterr);
}
