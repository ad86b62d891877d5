/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Glasses, fitted: as near to the face as its brows and cheeks allow, the bridge on the nose, the
 * temples along the head and over the ears.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/sheet.h"
#include "portrait/vec.h"
#include "portrait/wear_parts.h"

#define PI            3.14159265f
#define USUAL_HEAD_CM 15.5f /* width that the measures below fit */
#define RIM_CLEAR_CM  .26f
enum { RIM_STEPS = 56, LENS_STEPS = 24, BRIDGE_STEPS = 9, TEMPLE_STEPS = 16 };

/* Measures in centimetres as opticians give them, and looks. */
struct frame {
    float width, height, apart; /* of a lens; between lenses */
    float power;                /* 2 round .. 5 square */
    float drop;                 /* how far its middle lies below the pupils */
    float rim, deep;            /* in the plane of the lens and across it; 0: no rim */
    float temple_high, temple_thick;
    float lift, narrow; /* the outer upper corner raised; the lower inner half narrowed */
    float brow;         /* thicker above, share */
    bool metal, double_bridge;
};
static const struct frame FRAMES[AVT_GLASSES_COUNT] = {
    [AVT_GLASSES_ROUND] = {4.7f, 4.5f, 1.9f, 2, .25f, .17f, .17f, .16f, .12f, 0, 0, 0, true, false},
    [AVT_GLASSES_SQUARE] = {5.0f, 4.2f, 1.7f, 3.6f, .25f, .40f, .36f, .62f, .26f, .1f, .06f, .25f,
                            false, false},
    [AVT_GLASSES_RECTANGULAR] = {5.2f, 3.2f, 1.7f, 4.4f, .20f, .30f, .30f, .50f, .22f, .05f, .04f,
                                 .15f, false, false},
    [AVT_GLASSES_CAT_EYE] = {5.2f, 3.9f, 1.6f, 2.7f, .15f, .36f, .32f, .52f, .24f, .75f, .10f, .5f,
                             false, false},
    [AVT_GLASSES_RIMLESS] = {5.1f, 3.3f, 1.8f, 3.2f, .25f, 0, .14f, .15f, .11f, .05f, .05f, 0, true,
                             false},
    [AVT_GLASSES_AVIATOR] = {5.7f, 4.9f, 1.5f, 2.5f, .55f, .15f, .15f, .16f, .12f, .1f, .22f, 0,
                             true, true},
    [AVT_GLASSES_SUN] = {5.4f, 4.4f, 1.6f, 3.2f, .35f, .44f, .40f, .72f, .28f, .30f, .08f, .35f,
                         false, false},
};

/* ---- the face -----------------------------------------------------------------------------------
 */

/* How far forward skin lies, seen from the front, and how far out, seen from the side. */
#define CELL_CM .2f
enum { FACE_COLUMNS = 100, FACE_ROWS = 60 };
struct face {
    float front[FACE_ROWS * FACE_COLUMNS]; /* z; x from -10, y from 5 down */
    float sides[FACE_COLUMNS]; /* |x| without ears at the height of the temples; z from 5 back */
};

static void measure_face(const struct avt_bust *bust, float temple_y, struct face *face)
{
    for (int i = 0; i < FACE_ROWS * FACE_COLUMNS; i++)
        face->front[i] = -20;
    for (int i = 0; i < FACE_COLUMNS; i++)
        face->sides[i] = 0;
    for (size_t t = 0; t < bust->skin.triangle_count; t++) {
        const uint32_t *corner = bust->skin.triangles[t];
        for (int i = 0; i <= 4; i++)
            for (int k = 0; k <= 4 - i; k++) {
                /* Points spread over the triangle: it is no larger than a few cells. */
                float a = .25f * (float)i, b = .25f * (float)k;
                struct avt_point3 p = avt_vec_scale(bust->skin.points[corner[0]], 1 - a - b);
                p = avt_vec_along(avt_vec_along(p, a, bust->skin.points[corner[1]]), b,
                                  bust->skin.points[corner[2]]);
                int c = (int)floorf((p.x + 10) / CELL_CM), r = (int)floorf((5 - p.y) / CELL_CM);
                if (c >= 0 && r >= 0 && c < FACE_COLUMNS && r < FACE_ROWS) {
                    float *z = &face->front[r * FACE_COLUMNS + c];
                    *z = fmaxf(*z, p.z);
                }
                struct avt_point3 usual = bust->average[corner[0]];
                bool ear = usual.z < -5.2f && usual.y < 1.2f && usual.y > -6;
                int back = (int)floorf((5 - p.z) / CELL_CM);
                if (!ear && fabsf(p.y - temple_y) < .6f && back >= 0 && back < FACE_COLUMNS)
                    face->sides[back] = fmaxf(face->sides[back], fabsf(p.x));
            }
    }
}

static float face_front(const struct face *face, float x, float y)
{
    int c = (int)floorf((x + 10) / CELL_CM), r = (int)floorf((5 - y) / CELL_CM);
    float z = -20;
    for (int k = 0; k < 9; k++) {
        int cc = c + k % 3 - 1, rr = r + k / 3 - 1;
        if (cc >= 0 && rr >= 0 && cc < FACE_COLUMNS && rr < FACE_ROWS)
            z = fmaxf(z, face->front[rr * FACE_COLUMNS + cc]);
    }
    return z;
}

/* ---- the frame ----------------------------------------------------------------------------------
 */

struct fitting {
    const struct frame *frame;
    struct face face;
    float scale, z0, y0;      /* of the bridge's middle */
    float lens_x;             /* middle of a lens */
    struct avt_point3 ear[2]; /* where the temples bend, right and left */
};

/* A place of the outline by turn, `share` of the way out, in the plane: x from the lens's middle,
 * outwards. */
static struct avt_point outline(const struct fitting *fit, float turn, float share)
{
    const struct frame *f = fit->frame;
    float c = cosf(turn), s = sinf(turn), p = 2 / f->power;
    float x = copysignf(powf(fabsf(c), p), c) * .5f * f->width,
          y = copysignf(powf(fabsf(s), p), s) * .5f * f->height;
    float out = x / (.5f * f->width), up = y / (.5f * f->height);
    y += f->lift * fmaxf(out, 0) * fmaxf(out, 0) * (.35f + .65f * fmaxf(up, 0));
    x *= 1 - f->narrow * fmaxf(-up, 0);
    y -= f->narrow * 1.2f * fmaxf(-up, 0) * out * .5f;
    return (struct avt_point){x * share * fit->scale, y * share * fit->scale};
}

/* In space, on the curved front of the frame. */
static struct avt_point3 on_front(const struct fitting *fit, float side, struct avt_point at,
                                  float forward)
{
    float x = fit->lens_x + at.x, y = fit->y0 - fit->frame->drop * fit->scale + at.y;
    float z = fit->z0 - .020f * x * x / fit->scale + .10f * (y - fit->y0) + forward;
    return (struct avt_point3){side * x, y, z};
}

/* As near as possible. */
static void bring_near(struct fitting *fit)
{
    fit->z0 = 0;
    float need = -9;
    for (int side = -1; side <= 1; side += 2)
        for (int i = 0; i < RIM_STEPS; i++) {
            struct avt_point3 p =
                on_front(fit, (float)side, outline(fit, 2 * PI * (float)i / RIM_STEPS, 1.02f), 0);
            float behind = .5f * fit->frame->deep + RIM_CLEAR_CM;
            need = fmaxf(need, face_front(&fit->face, p.x, p.y) + behind - p.z);
        }
    /* Not touching the lashes: .9 cm before the eyeball's front. */
    fit->z0 = fmaxf(need, 2.35f * fit->scale);
}

static void sew_rim(const struct fitting *fit, float side, struct avt_sheet *sheet)
{
    struct avt_point3 points[RIM_STEPS];
    float radii[RIM_STEPS];
    for (int i = 0; i < RIM_STEPS; i++) {
        float turn = side * 2 * PI * (float)i / RIM_STEPS;
        points[i] = on_front(fit, side, outline(fit, turn, 1), 0);
        radii[i] = .5f * fit->frame->rim * (1 + fit->frame->brow * fmaxf(sinf(turn), 0)) *
                   sqrtf(fit->scale);
    }
    struct avt_sheet_path path = {.points = points,
                                  .radii = radii,
                                  .count = RIM_STEPS,
                                  .sides = 10,
                                  .around = true,
                                  .flat = fit->frame->deep / fit->frame->rim,
                                  .up = {0, 0, 1}};
    avt_sheet_tube(sheet, &path);
}

/* In strips across, of as few triangles as the rim hides: where see-through triangles meet, a pixel
 * is covered twice. */
static void sew_lens(const struct fitting *fit, float side, struct avt_sheet *sheet)
{
    uint32_t first = (uint32_t)sheet->vertex_count,
             steps = fit->frame->rim > 0 ? LENS_STEPS : RIM_STEPS;
    for (uint32_t i = 0; i < steps; i++) {
        struct avt_point3 at =
            on_front(fit, side, outline(fit, side * 2 * PI * (float)i / (float)steps, 1), 0);
        struct avt_sheet_vertex v = {.at = at, .follow = 1, .shade = 1};
        avt_sheet_add(sheet, &v);
    }
    for (uint32_t k = 0; k < steps / 2; k++) {
        uint32_t low = first + (steps - k) % steps, next = first + steps - k - 1;
        avt_sheet_triangle(sheet, first + k, first + k + 1, low);
        avt_sheet_triangle(sheet, first + k + 1, next, low);
    }
    if (fit->frame->rim > 0)
        return;
    /* The edge of a lens without rim is seen. */
    struct avt_point3 points[RIM_STEPS];
    float radii[RIM_STEPS];
    for (int i = 0; i < RIM_STEPS; i++) {
        points[i] =
            on_front(fit, side, outline(fit, side * 2 * PI * (float)i / RIM_STEPS, 1), -.03f);
        radii[i] = .045f;
    }
    struct avt_sheet_path path = {
        .points = points, .radii = radii, .count = RIM_STEPS, .sides = 6, .around = true};
    avt_sheet_tube(sheet, &path);
}

/* Over the nose, clear of it. */
static void sew_bridge(const struct fitting *fit, float height, float thick,
                       struct avt_sheet *sheet)
{
    struct avt_point3 points[BRIDGE_STEPS];
    float radii[BRIDGE_STEPS];
    struct avt_point inner = outline(fit, PI - height, 1);
    for (int i = 0; i < BRIDGE_STEPS; i++) {
        float t = 2 * (float)i / (BRIDGE_STEPS - 1) - 1;
        struct avt_point3 end = on_front(fit, t < 0 ? -1 : 1, inner, 0);
        float arch = 1 - t * t;
        struct avt_point3 p = {fabsf(end.x) * t, end.y + .16f * arch * fit->scale,
                               end.z + .22f * arch};
        p.z = fmaxf(p.z, face_front(&fit->face, p.x, p.y) + .6f * thick + .06f);
        points[i] = p;
        radii[i] = .5f * thick * (1 + .35f * t * t);
    }
    struct avt_sheet_path path = {.points = points,
                                  .radii = radii,
                                  .count = BRIDGE_STEPS,
                                  .sides = 8,
                                  .flat = .85f,
                                  .up = {0, 0, 1}};
    avt_sheet_tube(sheet, &path);
}

static void sew_temple(const struct fitting *fit, float side, struct avt_sheet *sheet)
{
    const struct frame *f = fit->frame;
    struct avt_point3 points[TEMPLE_STEPS];
    float radii[TEMPLE_STEPS];
    struct avt_point3 hinge = on_front(fit, side, outline(fit, .30f + .12f * f->lift, 1.0f), -.05f);
    struct avt_point3 corner = hinge, ear = fit->ear[side > 0];
    corner.x += side * .28f * fit->scale;
    corner.z -= .35f;
    for (int i = 0; i < TEMPLE_STEPS; i++) {
        struct avt_point3 p;
        if (i < 3) {
            p = avt_vec_along(hinge, .5f * (float)i, avt_vec_sub(corner, hinge));
            p.z += i == 1 ? .12f : 0;
        } else if (i < 12) {
            float t = (float)(i - 2) / 9;
            p = avt_vec_along(corner, t, avt_vec_sub(ear, corner));
            int back = (int)floorf((5 - p.z) / CELL_CM);
            float skin = fit->face.sides[back < 0               ? 0
                                         : back >= FACE_COLUMNS ? FACE_COLUMNS - 1
                                                                : back];
            p.x = side * fmaxf(fabsf(p.x), skin + .6f * f->temple_thick + .05f);
        } else {
            float t = (float)(i - 11) / 4; /* behind the ear and down */
            p = (struct avt_point3){ear.x - side * .15f * t, ear.y - 2.6f * t * t * fit->scale,
                                    ear.z - (2.2f * t + .6f * t * t) * fit->scale};
        }
        points[i] = p;
        radii[i] = .5f * f->temple_high * (i < 3 ? 1.1f : 1 - .25f * (float)i / TEMPLE_STEPS);
    }
    struct avt_sheet_path path = {.points = points,
                                  .radii = radii,
                                  .count = TEMPLE_STEPS,
                                  .sides = 8,
                                  .flat = f->temple_thick / f->temple_high,
                                  .up = {side, 0, .25f}};
    avt_sheet_tube(sheet, &path);
}

/* Two soft drops that rest on the nose, on wires. */
static void sew_pads(const struct fitting *fit, struct avt_sheet *pads, struct avt_sheet *wires)
{
    for (int side = -1; side <= 1; side += 2) {
        float y = fit->y0 - 1.15f * fit->scale, x = .5f * fit->scale;
        while (x < 1.6f && face_front(&fit->face, (float)side * x, y) > fit->z0 - .55f)
            x += .05f;
        struct avt_point3 at = {(float)side * (x + .05f), y, fit->z0 - .5f};
        struct avt_point3 line[5], wire[4];
        static const float ROUND[5] = {.03f, .17f, .20f, .17f, .03f};
        for (int i = 0; i < 5; i++)
            line[i] = avt_vec_along(at, .17f * (float)(i - 2),
                                    (struct avt_point3){.2f * (float)side, -1, .1f});
        struct avt_point3 rim = on_front(fit, (float)side, outline(fit, PI + .12f, 1), -.05f);
        for (int i = 0; i < 4; i++) {
            float t = (float)i / 3;
            wire[i] = avt_vec_along(rim, t, avt_vec_sub(at, rim));
            wire[i].z -= .15f * sinf(PI * t);
        }
        static const float THIN[4] = {.045f, .045f, .045f, .045f};
        struct avt_sheet_path pad = {.points = line,
                                     .radii = ROUND,
                                     .count = 5,
                                     .sides = 8,
                                     .flat = .45f,
                                     .up = {(float)side, 0, .3f}};
        struct avt_sheet_path thin = {.points = wire, .radii = THIN, .count = 4, .sides = 5};
        avt_sheet_tube(pads, &pad);
        avt_sheet_tube(wires, &thin);
    }
}

void avt_glasses_make(const struct avt_bust *bust, const struct avt_attributes *attributes,
                      struct avt_wear *wear)
{
    int kind = attributes->glasses;
    if (kind <= AVT_GLASSES_NONE || kind >= AVT_GLASSES_COUNT)
        return;
    AVT_CLEANUP(avt_freep) struct fitting *fit = avt_new0(struct fitting, 1);
    fit->frame = &FRAMES[kind];
    fit->scale = bust->head_width / USUAL_HEAD_CM;
    fit->y0 = .5f * (bust->eyes[0].centre.y + bust->eyes[1].centre.y);
    /* The pupil lies a little inside the lens's middle. */
    float pupils = .5f * (bust->eyes[1].centre.x - bust->eyes[0].centre.x);
    fit->lens_x = fmaxf(.5f * (fit->frame->width + fit->frame->apart) * fit->scale, pupils);
    measure_face(bust, fit->y0 + .6f * fit->scale, &fit->face);
    bring_near(fit);
    for (int side = 0; side < 2; side++) {
        struct avt_point3 lobe = bust->ear_lobes[side];
        /* Of the average: the ear's upper root lies so from its lobe. */
        fit->ear[side] = (struct avt_point3){lobe.x - (side ? .35f : -.35f) * fit->scale,
                                             lobe.y + 5.2f * fit->scale, lobe.z + .1f};
    }
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet rims = {0}, lenses = {0}, pads = {0};
    for (int side = -1; side <= 1; side += 2) {
        if (fit->frame->rim > 0)
            sew_rim(fit, (float)side, &rims);
        sew_temple(fit, (float)side, &rims);
        sew_lens(fit, (float)side, &lenses);
    }
    float thick = fit->frame->metal ? .17f : 1.15f * fit->frame->rim;
    sew_bridge(fit, fit->frame->metal ? .30f : .42f, thick, &rims);
    if (fit->frame->double_bridge)
        sew_bridge(fit, .85f, .15f, &rims);
    if (fit->frame->metal)
        sew_pads(fit, &pads, &rims);
    struct avt_material frame = {.stuff = fit->frame->metal ? AVT_STUFF_METAL : AVT_STUFF_PLASTIC};
    memcpy(frame.colour, avt_paint_colour(attributes->glasses_colour), sizeof(frame.colour));
    struct avt_material pad = {.stuff = AVT_STUFF_PLASTIC, .colour = {.55f, .50f, .45f}};
    bool sun = kind == AVT_GLASSES_SUN;
    struct avt_material glass = {.stuff = AVT_STUFF_LENS, .colour = {.02f, .017f, .014f}};
    avt_wear_add(wear, &rims, &frame);
    avt_wear_add(wear, &pads, &pad);
    avt_wear_add(wear, &lenses, &glass);
    wear->pieces[wear->count - 1].clear = sun ? .10f : .93f;
}
