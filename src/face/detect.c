/* SPDX-License-Identifier: Apache-2.0 */
#include "face/detect.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/sample.h"

/* A box has x, y, width, height and then x, y of each key point. */
enum { BOX_VALUES = 4 + 2 * AVT_KEYPOINTS };
/* Raw scores are clipped before the sigmoid (score_clipping_thresh of the graphs). */
#define RAW_SCORE_MAX 100.0f
#define OVERLAP_MERGED 0.3f /* min_suppression_threshold */

static const struct avt_detector_spec specs[AVT_DETECTOR_COUNT] = {
    [AVT_DETECTOR_SHORT] = {"face-short", 128, 896, 0.5f},
    [AVT_DETECTOR_FULL] = {"face-full", 192, 2304, 0.6f},
};

/* Layers of equal stride are one grid with two anchors a layer, all with the cell's centre. */
struct grid {
    int cells, anchors;
};
static const struct grid short_grids[] = {{16, 2}, {8, 6}};
static const struct grid full_grids[] = {{48, 1}};

const struct avt_detector_spec *avt_detector_spec(enum avt_detector detector)
{
    return &specs[detector];
}

void avt_detector_anchors(enum avt_detector detector, struct avt_point out[AVT_ANCHORS_MAX])
{
    const struct grid *grids = detector == AVT_DETECTOR_SHORT ? short_grids : full_grids;
    size_t grid_count = detector == AVT_DETECTOR_SHORT ? 2 : 1;
    size_t n = 0;
    for (size_t g = 0; g < grid_count; g++) {
        for (int cell = 0; cell < grids[g].cells * grids[g].cells; cell++) {
            struct avt_point centre = {
                ((float)(cell % grids[g].cells) + 0.5f) / (float)grids[g].cells,
                ((float)(cell / grids[g].cells) + 0.5f) / (float)grids[g].cells};
            for (int k = 0; k < grids[g].anchors; k++)
                out[n++] = centre;
        }
    }
    avt_assert(n == (size_t)specs[detector].anchor_count);
}

static float sigmoid(float raw)
{
    return 1 / (1 + expf(-fminf(fmaxf(raw, -RAW_SCORE_MAX), RAW_SCORE_MAX)));
}

/* Keeps the best AVT_DETECTIONS_MAX in order; a face fires some ten anchors. */
static size_t insert(struct avt_detection *list, size_t count, const struct avt_detection *item)
{
    size_t at = count;
    while (at > 0 && list[at - 1].score < item->score)
        at--;
    if (at == AVT_DETECTIONS_MAX)
        return count;
    size_t kept = count < AVT_DETECTIONS_MAX ? count : AVT_DETECTIONS_MAX - 1;
    memmove(list + at + 1, list + at, (kept - at) * sizeof *list);
    list[at] = *item;
    return kept + 1;
}

size_t avt_detector_decode(enum avt_detector detector, const float *boxes, const float *scores,
                           struct avt_detection out[AVT_DETECTIONS_MAX])
{
    struct avt_point anchors[AVT_ANCHORS_MAX];
    avt_detector_anchors(detector, anchors);
    float unit = 1 / (float)specs[detector].side;
    size_t count = 0;
    for (int i = 0; i < specs[detector].anchor_count; i++) {
        const float *raw = boxes + (size_t)i * BOX_VALUES;
        struct avt_detection found = {.score = sigmoid(scores[i])};
        bool finite = true;
        for (int k = 0; k < BOX_VALUES; k++)
            finite = finite && isfinite(raw[k]);
        if (!(found.score >= specs[detector].score_min) || !finite || raw[2] <= 0 || raw[3] <= 0)
            continue;
        found.box.width = raw[2] * unit;
        found.box.height = raw[3] * unit;
        found.box.x = raw[0] * unit + anchors[i].x - found.box.width / 2;
        found.box.y = raw[1] * unit + anchors[i].y - found.box.height / 2;
        for (int k = 0; k < AVT_KEYPOINTS; k++)
            found.keypoints[k] = (struct avt_point){raw[4 + 2 * k] * unit + anchors[i].x,
                                                    raw[5 + 2 * k] * unit + anchors[i].y};
        count = insert(out, count, &found);
    }
    return count;
}

float avt_rect_overlap(const struct avt_rect *a, const struct avt_rect *b)
{
    float w = fminf(a->x + a->width, b->x + b->width) - fmaxf(a->x, b->x);
    float h = fminf(a->y + a->height, b->y + b->height) - fmaxf(a->y, b->y);
    if (!(w > 0) || !(h > 0))
        return 0;
    return w * h / (a->width * a->height + b->width * b->height - w * h);
}

static void add_weighted(struct avt_detection *sum, const struct avt_detection *item)
{
    sum->box.x += item->score * item->box.x;
    sum->box.y += item->score * item->box.y;
    sum->box.width += item->score * item->box.width;
    sum->box.height += item->score * item->box.height;
    for (int k = 0; k < AVT_KEYPOINTS; k++) {
        sum->keypoints[k].x += item->score * item->keypoints[k].x;
        sum->keypoints[k].y += item->score * item->keypoints[k].y;
    }
    sum->score += item->score;
}

static void divide(struct avt_detection *sum, float score)
{
    float by = 1 / sum->score;
    sum->box = (struct avt_rect){sum->box.x * by, sum->box.y * by, sum->box.width * by,
                                 sum->box.height * by};
    for (int k = 0; k < AVT_KEYPOINTS; k++)
        sum->keypoints[k] =
            (struct avt_point){sum->keypoints[k].x * by, sum->keypoints[k].y * by};
    sum->score = score;
}

size_t avt_detections_merge(struct avt_detection *detections, size_t count)
{
    struct avt_detection merged[AVT_DETECTIONS_MAX];
    size_t merged_count = 0;
    avt_assert(count <= AVT_DETECTIONS_MAX);
    while (count > 0) {
        const struct avt_detection best = detections[0];
        struct avt_detection sum = {0};
        size_t left = 0;
        for (size_t i = 0; i < count; i++) {
            if (i == 0 || avt_rect_overlap(&best.box, &detections[i].box) > OVERLAP_MERGED)
                add_weighted(&sum, &detections[i]);
            else
                detections[left++] = detections[i];
        }
        divide(&sum, best.score);
        merged[merged_count++] = sum;
        count = left;
    }
    memcpy(detections, merged, merged_count * sizeof *merged);
    return merged_count;
}

static struct avt_point restore_point(const struct avt_letterbox *box, struct avt_point p)
{
    /* Undo clockwise quarter turns of the square. */
    for (int k = 0; k < box->quarter_turns; k++)
        p = (struct avt_point){p.y, 1 - p.x};
    return (struct avt_point){box->source.x + (p.x - box->x) / box->width * box->source.width,
                              box->source.y + (p.y - box->y) / box->height * box->source.height};
}

void avt_letterbox_restore(const struct avt_letterbox *letterbox, struct avt_detection *detection)
{
    const struct avt_rect *box = &detection->box;
    struct avt_point a = restore_point(letterbox, (struct avt_point){box->x, box->y});
    struct avt_point b =
        restore_point(letterbox, (struct avt_point){box->x + box->width, box->y + box->height});
    detection->box = (struct avt_rect){fminf(a.x, b.x), fminf(a.y, b.y), fabsf(b.x - a.x),
                                       fabsf(b.y - a.y)};
    for (int k = 0; k < AVT_KEYPOINTS; k++)
        detection->keypoints[k] = restore_point(letterbox, detection->keypoints[k]);
}

/* Shrinks the rectangle into the middle of a black square and turns that; -1..1 as planes. */
static enum avt_code fill_square(const struct avt_image *image, const struct avt_rect *source,
                                 int side, int quarter_turns, struct avt_letterbox *box,
                                 float *planes, struct avt_error *reterr)
{
    float longer = fmaxf(source->width, source->height);
    int w = (int)lrintf(fmaxf(1, source->width / longer * (float)side));
    int h = (int)lrintf(fmaxf(1, source->height / longer * (float)side));
    AVT_CLEANUP(avt_image_freep) struct avt_image *small = NULL;
    enum avt_code code = avt_image_new(w, h, &small, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(image, (double)source->x, (double)source->y, (double)source->width,
                     (double)source->height, small);

    int x0 = (side - w) / 2;
    int y0 = (side - h) / 2;
    size_t plane = (size_t)side * (size_t)side;
    for (size_t i = 0; i < 3 * plane; i++)
        planes[i] = -1;
    for (int y = 0; y < h; y++) {
        const uint8_t *pixel = avt_image_row(small, y);
        for (int x = 0; x < w; x++, pixel += 4) {
            int tx = x0 + x;
            int ty = y0 + y;
            for (int k = 0; k < quarter_turns; k++) {
                int before = tx;
                tx = side - 1 - ty;
                ty = before;
            }
            for (int c = 0; c < 3; c++)
                planes[(size_t)c * plane + (size_t)ty * (size_t)side + (size_t)tx] =
                    avt_pixel_over_grey(pixel, c) / 127.5f - 1;
        }
    }
    float unit = 1 / (float)side;
    *box = (struct avt_letterbox){.source = *source,
                                  .x = (float)x0 * unit,
                                  .y = (float)y0 * unit,
                                  .width = (float)w * unit,
                                  .height = (float)h * unit,
                                  .quarter_turns = quarter_turns};
    return AVT_OK;
}

enum avt_code avt_detector_infer(enum avt_detector detector, struct avt_session *session,
                                 float *planes, struct avt_detection out[AVT_DETECTIONS_MAX],
                                 size_t *ret_count, struct avt_error *reterr)
{
    const struct avt_detector_spec *spec = &specs[detector];
    const struct avt_tensor input = {.name = "image",
                                     .dtype = AVT_DTYPE_F32,
                                     .rank = 4,
                                     .shape = {1, 3, spec->side, spec->side},
                                     .data = planes};
    struct avt_tensor outputs[2] = {{.name = "boxes"}, {.name = "scores"}};
    enum avt_code code = avt_session_run(session, &input, 1, outputs, 2, reterr);
    if (code != AVT_OK)
        return code;
    size_t anchors = (size_t)spec->anchor_count;
    if (outputs[0].dtype != AVT_DTYPE_F32 ||
        avt_tensor_count(&outputs[0]) != anchors * BOX_VALUES ||
        outputs[1].dtype != AVT_DTYPE_F32 || avt_tensor_count(&outputs[1]) != anchors) {
        code = avt_fail(reterr, AVT_EMODELBAD,
                        "the face detector '%s' gives other outputs than expected: run 'avatar "
                        "models verify'",
                        spec->asset);
    } else {
        size_t count = avt_detector_decode(detector, outputs[0].data, outputs[1].data, out);
        *ret_count = avt_detections_merge(out, count);
    }
    avt_tensor_done(&outputs[0]);
    avt_tensor_done(&outputs[1]);
    return code;
}

enum avt_code avt_detector_run(enum avt_detector detector, struct avt_session *session,
                               const struct avt_image *image, const struct avt_rect *source,
                               int quarter_turns, struct avt_detection out[AVT_DETECTIONS_MAX],
                               size_t *ret_count, struct avt_error *reterr)
{
    int side = specs[detector].side;
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 3 * (size_t)side * (size_t)side);
    struct avt_letterbox box;
    size_t count = 0;
    enum avt_code code = fill_square(image, source, side, quarter_turns, &box, planes, reterr);
    if (code == AVT_OK)
        code = avt_detector_infer(detector, session, planes, out, &count, reterr);
    if (code != AVT_OK)
        return code;
    for (size_t i = 0; i < count; i++)
        avt_letterbox_restore(&box, &out[i]);
    *ret_count = count;
    return AVT_OK;
}

/* The confirming look is at a square so many times the face, with the face in its middle. */
#define CONFIRM_SPAN 2.2f
#define CONFIRM_CENTRED 0.2f /* of the square */

/* From the square to the picture; the box keeps its size and stays upright. */
static void place(const struct avt_square *square, struct avt_detection *detection)
{
    const struct avt_rect *box = &detection->box;
    float x, y;
    avt_square_point(square, box->x + box->width / 2, box->y + box->height / 2, &x, &y);
    float w = box->width * square->side;
    float h = box->height * square->side;
    detection->box = (struct avt_rect){x - w / 2, y - h / 2, w, h};
    for (int k = 0; k < AVT_KEYPOINTS; k++) {
        struct avt_point *p = &detection->keypoints[k];
        avt_square_point(square, p->x, p->y, &p->x, &p->y);
    }
}

enum avt_code avt_detector_confirm(struct avt_session *session, const struct avt_image *image,
                                   const struct avt_square *face,
                                   struct avt_detection *ret_detection, struct avt_error *reterr)
{
    int side = specs[AVT_DETECTOR_SHORT].side;
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 3 * (size_t)side * (size_t)side);
    struct avt_square square = *face;
    square.side *= CONFIRM_SPAN;
    avt_sample_square(image, &square, side, 1 / 127.5f, -1, planes);
    struct avt_detection found[AVT_DETECTIONS_MAX];
    size_t count = 0;
    enum avt_code code =
        avt_detector_infer(AVT_DETECTOR_SHORT, session, planes, found, &count, reterr);
    if (code != AVT_OK)
        return code;
    *ret_detection = (struct avt_detection){0};
    for (size_t i = 0; i < count; i++) { /* the best comes first */
        float dx = found[i].box.x + found[i].box.width / 2 - 0.5f;
        float dy = found[i].box.y + found[i].box.height / 2 - 0.5f;
        bool upright = found[i].keypoints[1].x > found[i].keypoints[0].x;
        if (hypotf(dx, dy) > CONFIRM_CENTRED || !upright || ret_detection->score > 0)
            continue;
        *ret_detection = found[i];
        place(&square, ret_detection);
    }
    return AVT_OK;
}
