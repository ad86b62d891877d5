/* SPDX-License-Identifier: Apache-2.0 */
#include "face/matte.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
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

/* Of a clip: pictures whose pixels differ by more than this on average, of 255, follow each other at a cut. */
enum { CUT_DIFFERENCE = 24 };

struct avt_matte {
    struct avt_session *session;
    /* Of the picture before, for avt_matte_follow(): */
    struct avt_image *seen; /* all of it, as the network saw it; NULL: there was none */
    bool mirrored;          /* how it was looked at */
    float *held[LOOKS];     /* what that gave; NULL: that look was not taken */
};

enum avt_code avt_matte_open(struct avt_matte **ret_matte, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_matte_freep) struct avt_matte *matte = avt_new0(struct avt_matte, 1);
    AVT_CLEANUP(avt_freep) char *path = NULL;
    const struct avt_session_options options = {.sequential = true};
    enum avt_code code = avt_registry_locate(MODEL, &path, reterr);
    if (code == AVT_OK)
        code = avt_session_open(path, &options, &matte->session, reterr);
    if (code == AVT_OK)
        *ret_matte = AVT_TAKE(matte);
    return code;
}

static void forget_looks(struct avt_matte *matte, int first)
{
    for (int i = first; i < LOOKS; i++)
        avt_free(AVT_TAKE(matte->held[i]));
}

void avt_matte_free(struct avt_matte *matte)
{
    if (!matte)
        return;
    forget_looks(matte, 0);
    avt_image_free(matte->seen);
    avt_session_free(matte->session);
    avt_free(matte);
}

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

/* Adds `part` of what it says to the map. */
static enum avt_code run_network(struct avt_session *session, float *planes, bool mirrored, float part, float *map,
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
        map[i] += part * found[mirrored ? i - i % SIDE + SIDE - 1 - i % SIDE : i];
    avt_tensor_done(&output);
    return code;
}

/* What is looked at: a picture, maybe in a smaller size. */
struct scene {
    const struct avt_image *picture, *shown;
};

static enum avt_code shrink(const struct scene *scene, const struct look *look, struct avt_image **ret_small,
                            struct avt_error *reterr)
{
    const struct avt_image *shown = scene->shown;
    double scale_x = (double)shown->width / scene->picture->width;
    double scale_y = (double)shown->height / scene->picture->height;
    enum avt_code code = avt_image_new(SIDE, SIDE, ret_small, reterr);
    if (code == AVT_OK)
        avt_image_resize(shown, look->x * scale_x, look->y * scale_y, look->width * scale_x, look->height * scale_y,
                         *ret_small);
    return code;
}

static enum avt_code look_at(struct avt_matte *matte, const struct avt_image *small, bool mirrored, float part,
                             float *map, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 3 * CELLS);
    for (int i = 0; i < CELLS; i++) {
        int x = mirrored ? SIDE - 1 - i % SIDE : i % SIDE;
        const uint8_t *pixel = avt_image_row(small, i / SIDE) + 4 * (size_t)x;
        for (int c = 0; c < 3; c++)
            planes[c * CELLS + i] = (float)pixel[c] / 255;
    }
    return run_network(matte->session, planes, mirrored, part, map, reterr);
}

/* Straight and mirrored: the mean of both is surer than either. @param which  Of no matter here. */
static enum avt_code look_twice(struct avt_matte *matte, int which, const struct avt_image *small, struct look *look,
                                struct avt_error *reterr)
{
    (void)which;
    enum avt_code code = look_at(matte, small, false, .5f, look->map, reterr);
    return code == AVT_OK ? look_at(matte, small, true, .5f, look->map, reterr) : code;
}

/* The same of a clip, where the one of them is the picture before's: the looks go along with the face. */
static enum avt_code look_on(struct avt_matte *matte, int which, const struct avt_image *small, struct look *look,
                             struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) float *now = avt_new0(float, CELLS);
    enum avt_code code = look_at(matte, small, matte->mirrored, 1, now, reterr);
    if (code == AVT_OK && !matte->held[which]) {
        matte->held[which] = avt_new0(float, CELLS);
        code = look_at(matte, small, !matte->mirrored, 1, matte->held[which], reterr);
    }
    for (int i = 0; i < CELLS; i++)
        look->map[i] = .5f * (now[i] + matte->held[which][i]);
    avt_free(matte->held[which]);
    matte->held[which] = AVT_TAKE(now);
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

typedef enum avt_code (*look_fn)(struct avt_matte *matte, int which, const struct avt_image *small,
                                 struct look *look, struct avt_error *reterr);

/* Whether something else is seen than in the picture before, which is forgotten. */
static bool is_cut(struct avt_matte *matte, struct avt_image **small)
{
    long long sum = 0;
    for (int y = 0; matte->seen && y < SIDE; y++)
        for (size_t i = 0; i < 4 * SIDE; i++)
            sum += abs(avt_image_row(*small, y)[i] - avt_image_row(matte->seen, y)[i]);
    avt_image_free(matte->seen);
    matte->seen = AVT_TAKE(*small);
    return sum > 3LL * CELLS * CUT_DIFFERENCE;
}

/* The first `count`. */
static enum avt_code take_looks(struct avt_matte *matte, const struct scene *scene, const struct avt_face *face,
                                int count, look_fn look, struct look looks[LOOKS], struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    const struct avt_image *picture = scene->picture;
    for (int i = 0; code == AVT_OK && i < count; i++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *small = NULL;
        const struct look all = {0, 0, picture->width, picture->height, NULL};
        looks[i] = i == 0 ? all : closer_look(picture, face, i - 1);
        looks[i].map = avt_new0(float, CELLS);
        code = shrink(scene, &looks[i], &small, reterr);
        const struct avt_image *seen = small;
        if (code == AVT_OK && look == look_on && i == 0) {
            if (is_cut(matte, &small))
                forget_looks(matte, 0);
            seen = matte->seen;
        }
        if (code == AVT_OK)
            code = look(matte, i, seen, &looks[i], reterr);
    }
    return code;
}

static void fill_share(const struct avt_image *picture, const struct look looks[LOOKS], int count,
                       const struct avt_matte_view *view, struct avt_share *share)
{
    for (int y = 0; y < share->height; y++) {
        double py = view->y + (y + .5) * view->height / share->height;
        for (int x = 0; x < share->width; x++) {
            double px = view->x + (x + .5) * view->width / share->width;
            float value = look_value(&looks[0], px, py);
            for (int i = 1; i < count; i++) {
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

static enum avt_code keep_person(const struct avt_face *face, const struct avt_matte_view *view,
                                 const struct avt_point oval[AVT_FACE_OVAL], struct avt_share *share,
                                 struct avt_error *reterr)
{
    double unit = (double)face->box.height * share->height / view->height;
    return avt_region_keep(share, oval, (float)unit, reterr);
}

enum avt_code avt_matte_find(struct avt_matte *matte, const struct avt_image *picture, const struct avt_face *face,
                             const char *name, const struct avt_matte_view *view, struct avt_share *share,
                             struct avt_error *reterr)
{
    avt_assert(matte && picture && face && name && view && share && share->values);
    AVT_CLEANUP(looks_done) struct look looks[LOOKS] = {0};
    enum avt_code code = take_looks(matte, &(struct scene){picture, picture}, face, LOOKS, look_twice, looks, reterr);
    if (code != AVT_OK)
        return code;
    fill_share(picture, looks, LOOKS, view, share);
    struct avt_point oval[AVT_FACE_OVAL];
    avt_face_oval(face, view, share, FACE_INSIDE, oval);
    if (avt_region_mean(share, oval) < FACE_SHARE_MIN)
        return avt_fail(reterr, AVT_EFACE,
                        "the person in '%.200s' cannot be told from the background, so that background stays: leave "
                        "--background out, or use a picture with a clearer background",
                        name);
    return keep_person(face, view, oval, share, reterr);
}

enum avt_code avt_matte_follow(struct avt_matte *matte, const struct avt_image *picture,
                               const struct avt_image *reduced, const struct avt_face *face, struct avt_share *share,
                               struct avt_error *reterr)
{
    avt_assert(matte && picture && reduced && share && share->values);
    AVT_CLEANUP(looks_done) struct look looks[LOOKS] = {0};
    const struct avt_matte_view view = {0, 0, picture->width, picture->height};
    int count = face ? LOOKS : 1;
    forget_looks(matte, count);
    enum avt_code code = take_looks(matte, &(struct scene){picture, reduced}, face, count, look_on, looks, reterr);
    matte->mirrored = !matte->mirrored;
    if (code != AVT_OK)
        return code;
    fill_share(picture, looks, count, &view, share);
    if (!face)
        return AVT_OK;
    struct avt_point oval[AVT_FACE_OVAL];
    avt_face_oval(face, &view, share, FACE_INSIDE, oval);
    return keep_person(face, &view, oval, share, reterr);
}
