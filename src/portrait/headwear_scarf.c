/* SPDX-License-Identifier: Apache-2.0 */
/* A hijab: a cap under it, a scarf around face and head, and its ends draped over neck and shoulders. */
#include <math.h>

#include "base/mem.h"
#include "portrait/headwear.h"
#include "portrait/noise.h"
#include "portrait/vec.h"

#define PI 3.14159265f
enum { AROUND = 97, HEAD_ROWS = 26, DRAPE_ROWS = 30, UNDER_ROWS = 5 };

/* The opening around the face, seen from the front on the average head: by turn from its top, clockwise. */
static const float FACE[][3] = {
    /* turn, x, y */
    {0, 0, 6.0f},      {.09f, 2.9f, 5.7f}, {.17f, 5.3f, 4.2f},  {.25f, 6.45f, 1.4f}, {.33f, 6.5f, -2.5f},
    {.40f, 5.7f, -6.6f}, {.45f, 3.6f, -9.9f}, {.5f, 0, -11.5f},
};
/* How far back the opening lies there, cm on the average head. */
static const float FACE_Z[] = {1.6f, 1.4f, .4f, -1.6f, -2.3f, -2.2f, -1.2f, -.9f};
enum { FACE_POINTS = sizeof(FACE) / sizeof(FACE[0]) };

/* Way from the middle of the skull to the opening's edge, of length 1. */
static struct avt_point3 face_way(float turn)
{
    bool left = turn > .5f;
    float t = left ? 1 - turn : turn;
    int k = 0;
    while (k + 2 < FACE_POINTS && FACE[k + 1][0] < t)
        k++;
    float share = avt_smoothstep(FACE[k][0], FACE[k + 1][0], t) * .5f +
                  .5f * (t - FACE[k][0]) / (FACE[k + 1][0] - FACE[k][0]);
    float x = avt_mix(FACE[k][1], FACE[k + 1][1], share), y = avt_mix(FACE[k][2], FACE[k + 1][2], share);
    float z = avt_mix(FACE_Z[k], FACE_Z[k + 1], share);
    return avt_vec_unit((struct avt_point3){left ? x : -x, y - AVT_SKULL_Y, z - AVT_SKULL_Z});
}

static struct avt_point place_of(struct avt_point3 way)
{
    return (struct avt_point){atan2f(way.x, way.z), atan2f(way.y, hypotf(way.x, way.z))};
}

static void sew_wrap(const struct avt_hatter *h, float lift, float inset, bool inner, struct avt_sheet *sheet)
{
    /* An edge rolled under, then back over the head to its pole. */
    struct avt_point places[(HEAD_ROWS + 3) * AROUND];
    float lifts[(HEAD_ROWS + 3) * AROUND];
    const struct avt_point3 pole = avt_vec_unit((struct avt_point3){0, .25f, -1});
    int rows = inner ? UNDER_ROWS : HEAD_ROWS + 3;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < AROUND; c++) {
            float turn = (float)c / (AROUND - 1);
            struct avt_point3 from = face_way(turn);
            float t = inner ? .05f * (float)r : fmaxf((float)(r - 3) / (HEAD_ROWS - 1), 0);
            t = avt_mix(-inset, 1, t) + (r == 0 ? .035f : 0);
            /* Bigger steps behind, where nobody looks. */
            struct avt_point3 way = avt_vec_unit(avt_vec_add(avt_vec_scale(from, 1 - t), avt_vec_scale(pole, t)));
            /* Soft folds that run around the face, deeper below. */
            struct avt_point3 p = {5 * t, 2.2f * cosf(2 * PI * turn), 2.2f * sinf(2 * PI * turn)};
            float low = avt_smoothstep(.2f, .5f, turn < .5f ? turn : 1 - turn);
            float fold = avt_noise(p, 1.25f, h->seed + 7) - .5f, wave = sinf(26 * t + 5 * avt_noise(p, .5f, h->seed + 8));
            float relief = inner ? 0 : (.35f * fold + .11f * wave * (.5f + low)) * avt_smoothstep(0, .08f, t);
            float rolled = inner ? (r == 0 ? -.15f : 0) : r == 0 ? -.35f : r == 1 ? -.12f : r == 2 ? .02f : .05f;
            places[r * AROUND + c] = place_of(way);
            lifts[r * AROUND + c] = lift + rolled + relief + (inner ? 0 : .35f * avt_smoothstep(.05f, .4f, t));
        }
    struct avt_patch patch = {.map = &h->skull, .rows = (size_t)rows, .columns = AROUND, .places = places, .lifts = lifts,
                              .follow = 1};
    uint32_t first = (uint32_t)sheet->vertex_count;
    avt_patch_sew(sheet, &patch);
    for (uint32_t i = first; i < sheet->vertex_count; i++) {
        int r = (int)(i - first) / AROUND;
        sheet->vertices[i].shade = inner ? 1 : r == 0 ? .45f : r == 1 ? .75f : 1;
    }
}

/* Below the chin and over shoulders and chest: hung folds from one shoulder to the other. */
static void sew_drape(const struct avt_hatter *h, const struct avt_form *form, struct avt_sheet *sheet)
{
    static const struct avt_around TOP = {-11.9f, -10.4f, -10.2f}, BOTTOM = {-26.5f, -18.6f, -22};
    struct avt_point places[DRAPE_ROWS * AROUND];
    float lifts[DRAPE_ROWS * AROUND], shades[DRAPE_ROWS * AROUND];
    for (int r = 0; r < DRAPE_ROWS; r++)
        for (int c = 0; c < AROUND; c++) {
            float angle = -PI + 2 * PI * (float)c / (AROUND - 1), t = 1 - fmaxf((float)(r - 1) / (DRAPE_ROWS - 2), 0);
            float top = avt_around_at(&TOP, angle), bottom = avt_around_at(&BOTTOM, angle);
            float front = .5f + .5f * cosf(angle);
            /* Folds hang lower in the middle and run up to the right shoulder. */
            float place = 7.5f * t + 1.2f * front * (1 - t) - .55f * sinf(angle) * front;
            struct avt_point3 p = {place * .8f, 1.5f * sinf(angle), 1.5f * cosf(angle)};
            float bend = place + 1.3f * (avt_noise(p, .7f, h->seed + 21) - .5f), wave = sinf(2 * PI * .62f * bend);
            float ridge = wave > 0 ? wave : .55f * wave;
            float deep = avt_smoothstep(0, .12f, t) * (.35f + .65f * front);
            /* Where the neck is narrow the cloth stands off it, down from the jaw. */
            float slack = 1.9f * avt_smoothstep(.65f, 0, t) * (.45f + .55f * (1 - front)) + .35f;
            float soft = avt_noise(p, .45f, h->seed + 22) - .5f;
            places[r * AROUND + c] = (struct avt_point){angle, avt_mix(top, bottom, t)};
            lifts[r * AROUND + c] = 1.25f + slack + .34f * deep * ridge + .5f * soft * deep - (r == 0 ? .4f : 0);
            shades[r * AROUND + c] = (r == 0 ? .55f : 1) - .20f * deep * avt_smoothstep(.1f, -.5f, ridge);
        }
    struct avt_patch patch = {.map = &form->neck, .rows = DRAPE_ROWS, .columns = AROUND, .places = places, .lifts = lifts,
                              .follow = .9f};
    avt_patch_sew(sheet, &patch);
    for (size_t i = 0; i < sheet->vertex_count; i++)
        sheet->vertices[i].shade = shades[i];
}

void avt_scarf_make(struct avt_hatter *h)
{
    struct avt_form form;
    avt_form_make(h->bust, h->attributes->seed, &form);
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet under = {0}, wrap = {0}, drape = {0};
    bool shiny = h->seed % 3 == 0;
    struct avt_material cloth = h->cloth;
    cloth.stuff = shiny ? AVT_STUFF_SATIN : AVT_STUFF_CLOTH;
    cloth.weave = shiny ? 0 : .06f;
    sew_wrap(h, .22f, .035f, true, &under);
    sew_wrap(h, .62f, 0, false, &wrap);
    sew_drape(h, &form, &drape);
    avt_wear_add(h->wear, &under, &h->second);
    avt_wear_add(h->wear, &wrap, &cloth);
    avt_wear_add(h->wear, &drape, &cloth);
    avt_form_done(&form);
}
