/* SPDX-License-Identifier: Apache-2.0 */
#include "face/matte_region.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#define EDGE .5f
/* Where the network is no surer than this, it is to be believed only so many reaches around where it is. */
#define SURE       .7f
#define DOUBT_REACHES 4.0f
/* A hole stays, as one between arm and body would, if it is at least so large (squares of a face's height) and the
 * network is so sure that it is none of the person. */
#define HOLE_AREA  .02f
#define HOLE_SHARE .1f

void avt_face_oval(const struct avt_face *face, const struct avt_matte_view *view, const struct avt_share *share,
                   float part, struct avt_point ret_oval[AVT_FACE_OVAL])
{
    /* MediaPipe face_mesh_connections.py, Apache-2.0. */
    static const short oval[AVT_FACE_OVAL] = {10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288,
                                              397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
                                              172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109};
    float sx = (float)(share->width / view->width), sy = (float)(share->height / view->height);
    struct avt_point middle = {0, 0};
    for (int i = 0; i < AVT_FACE_OVAL; i++) {
        const struct avt_point3 *p = &face->mesh[oval[i]];
        ret_oval[i] = (struct avt_point){(p->x - (float)view->x) * sx, (p->y - (float)view->y) * sy};
        middle.x += ret_oval[i].x / AVT_FACE_OVAL;
        middle.y += ret_oval[i].y / AVT_FACE_OVAL;
    }
    for (int i = 0; i < AVT_FACE_OVAL; i++) {
        ret_oval[i].x = middle.x + part * (ret_oval[i].x - middle.x);
        ret_oval[i].y = middle.y + part * (ret_oval[i].y - middle.y);
    }
}

/* Leftmost and rightmost pixel of a row whose centre lies within the outline, which is about convex. */
static bool row_within(const struct avt_share *share, const struct avt_point oval[AVT_FACE_OVAL], int y, int *ret_x0,
                       int *ret_x1)
{
    float left = INFINITY, right = -INFINITY, at = (float)y + .5f;
    for (int i = 0; i < AVT_FACE_OVAL; i++) {
        struct avt_point a = oval[i], b = oval[(i + 1) % AVT_FACE_OVAL];
        if ((a.y <= at) == (b.y <= at))
            continue;
        float x = a.x + (at - a.y) / (b.y - a.y) * (b.x - a.x);
        left = fminf(left, x);
        right = fmaxf(right, x);
    }
    if (!(left < right))
        return false;
    *ret_x0 = (int)fmaxf(0, ceilf(left - .5f));
    *ret_x1 = (int)fminf((float)share->width, floorf(right + .5f));
    return *ret_x0 < *ret_x1;
}

float avt_region_mean(const struct avt_share *share, const struct avt_point oval[AVT_FACE_OVAL])
{
    double sum = 0;
    long long count = 0;
    for (int y = 0; y < share->height; y++) {
        int x0 = 0, x1 = 0;
        if (!row_within(share, oval, y, &x0, &x1))
            continue;
        for (int x = x0; x < x1; x++)
            sum += (double)share->values[(size_t)y * (size_t)share->width + (size_t)x];
        count += x1 - x0;
    }
    return count > 0 ? (float)(sum / (double)count) : 1;
}

enum { UNSEEN, PERSON, HOLE, NEAR, NEXT };

struct flood {
    const struct avt_share *share;
    float edge;
    uint8_t *label; /* [pixels] */
    int *list;      /* [pixels] what was reached, in the order in which it was */
    int count;
};

static void reach(struct flood *flood, int at, bool person, uint8_t label)
{
    if (flood->label[at] != UNSEEN || (flood->share->values[at] >= flood->edge) != person)
        return;
    flood->label[at] = label;
    flood->list[flood->count++] = at;
}

/* All that hangs together with pixel `at`; returns its mean share. */
static float flood_from(struct flood *flood, int at, bool person, uint8_t label)
{
    int width = flood->share->width, pixels = width * flood->share->height;
    double sum = 0;
    int first = flood->count;
    reach(flood, at, person, label);
    for (int i = first; i < flood->count; i++) {
        int here = flood->list[i], x = here % width;
        sum += (double)flood->share->values[here];
        if (x > 0)
            reach(flood, here - 1, person, label);
        if (x + 1 < width)
            reach(flood, here + 1, person, label);
        if (here >= width)
            reach(flood, here - width, person, label);
        if (here + width < pixels)
            reach(flood, here + width, person, label);
    }
    return flood->count > first ? (float)(sum / (flood->count - first)) : 0;
}

/* What reaches the borders is no hole, however unsure: but for the lower one, at which people are cut off. */
static void mark_outside(struct flood *flood)
{
    int width = flood->share->width, height = flood->share->height;
    for (int x = 0; x < width; x++)
        (void)flood_from(flood, x, false, HOLE);
    for (int y = 0; y < height; y++) {
        (void)flood_from(flood, y * width, false, HOLE);
        (void)flood_from(flood, y * width + width - 1, false, HOLE);
    }
}

static void close_holes(struct flood *flood, float unit)
{
    float *values = flood->share->values;
    int pixels = flood->share->width * flood->share->height;
    mark_outside(flood);
    for (int i = 0; i < pixels; i++) {
        if (flood->label[i] != UNSEEN)
            continue;
        int first = flood->count;
        float mean = flood_from(flood, i, false, HOLE);
        float area = (float)(flood->count - first) / (unit * unit);
        if (area >= HOLE_AREA && mean < HOLE_SHARE)
            continue;
        for (int k = first; k < flood->count; k++)
            values[flood->list[k]] = 1;
    }
}

static void forget(struct flood *flood, float edge)
{
    flood->edge = edge;
    flood->count = 0;
    memset(flood->label, UNSEEN, (size_t)flood->share->width * (size_t)flood->share->height);
}

static void keep_connected(struct flood *flood, int seed, float unit)
{
    int pixels = flood->share->width * flood->share->height;
    float *values = flood->share->values;
    forget(flood, EDGE);
    (void)flood_from(flood, seed, true, PERSON);
    for (int i = 0; i < pixels; i++)
        if (flood->label[i] == UNSEEN && values[i] >= EDGE)
            values[i] = 0;
    close_holes(flood, unit);
}

/* What lies within so many pixels of what was reached, each way: first along the rows, then along the columns. */
static void widen(struct flood *flood, int radius)
{
    int width = flood->share->width, height = flood->share->height;
    uint8_t *label = flood->label;
    for (int y = 0; y < height; y++) {
        uint8_t *row = label + (ptrdiff_t)y * width;
        for (int x = 0, last = -width; x < width; x++) {
            last = row[x] == PERSON ? x : last;
            row[x] = row[x] != PERSON && x - last <= radius ? NEAR : row[x];
        }
        for (int x = width - 1, last = 2 * width; x >= 0; x--) {
            last = row[x] == PERSON ? x : last;
            row[x] = row[x] != PERSON && last - x <= radius ? NEAR : row[x];
        }
    }
    for (int x = 0; x < width; x++) {
        for (int y = 0, last = -height; y < height; y++) {
            uint8_t *at = label + (ptrdiff_t)y * width + x;
            last = *at == PERSON || *at == NEAR ? y : last;
            *at = *at == UNSEEN && y - last <= radius ? NEXT : *at;
        }
        for (int y = height - 1, last = 2 * height; y >= 0; y--) {
            uint8_t *at = label + (ptrdiff_t)y * width + x;
            last = *at == PERSON || *at == NEAR ? y : last;
            *at = *at == UNSEEN && last - y <= radius ? NEXT : *at;
        }
    }
}

/* Blots that hang on the person by a thread of doubt go. */
static void drop_doubts(struct flood *flood, int seed)
{
    int pixels = flood->share->width * flood->share->height;
    forget(flood, SURE);
    (void)flood_from(flood, seed, true, PERSON);
    widen(flood, (int)ceilf(DOUBT_REACHES * flood->share->reach));
    for (int i = 0; i < pixels; i++)
        if (flood->label[i] == UNSEEN)
            flood->share->values[i] = 0;
}

enum avt_code avt_region_keep(struct avt_share *share, const struct avt_point oval[AVT_FACE_OVAL], float unit,
                              struct avt_error *reterr)
{
    size_t pixels = (size_t)share->width * (size_t)share->height;
    AVT_CLEANUP(avt_freep) uint8_t *label = avt_try_new0(uint8_t, pixels);
    AVT_CLEANUP(avt_freep) int *list = avt_try_new0(int, pixels);
    if (!label || !list)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to cut a person out of %d x %d pixels",
                        share->width, share->height);
    struct flood flood = {share, EDGE, label, list, 0};
    int seed = -1;
    for (int y = 0; y < share->height; y++) {
        int x0 = 0, x1 = 0;
        if (!row_within(share, oval, y, &x0, &x1))
            continue;
        seed = y * share->width + (x0 + x1) / 2;
        for (int x = x0; x < x1; x++)
            share->values[(size_t)y * (size_t)share->width + (size_t)x] = 1;
    }
    if (seed < 0) /* the face is not in view: all people may be */
        return AVT_OK;
    /* Holes are closed before doubts are dropped, or they would become some, and after. */
    keep_connected(&flood, seed, unit);
    drop_doubts(&flood, seed);
    keep_connected(&flood, seed, unit);
    return AVT_OK;
}
