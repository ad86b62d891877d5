/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/dentition.h"

#include <math.h>

#include "base/mem.h"
#include "portrait/vec.h"

enum { TEETH = 10, ACROSS = 7, DOWN = 7, GUM_COLUMNS = 61, GUM_ROWS = 5 };
enum {
    TOOTH_VERTICES = ACROSS * DOWN,
    TOOTH_TRIANGLES = 2 * (ACROSS - 1) * (DOWN - 1),
    VERTICES = TEETH * TOOTH_VERTICES + GUM_COLUMNS * GUM_ROWS,
    TRIANGLES = TEETH * TOOTH_TRIANGLES + 2 * (GUM_COLUMNS - 1) * (GUM_ROWS - 1),
};
/* Crowns from the middle outwards, cm (Wheeler's Dental Anatomy, 10th ed.): widths, then lengths seen. */
static const float WIDTHS[2][TEETH / 2] = {{.50f, .55f, .68f, .70f, .70f}, {.85f, .65f, .75f, .70f, .68f}};
static const float LENGTHS[2][TEETH / 2] = {{.80f, .82f, .92f, .80f, .72f}, {1.0f, .90f, .98f, .82f, .74f}};
/* How much of the upper edge is seen below the lip at rest, and how far the lower ones stay below that, cm. */
#define SHOWN_CM .20f
#define BITE_CM .10f
/* Front of the upper row behind the lips' front; the lower row stands behind that. */
#define BEHIND_LIPS_CM .62f
#define OVERJET_CM .22f

struct arch {
    float y, z;          /* of the cutting edge in the middle */
    float half, depth;   /* of the half ellipse seen from above */
    float up;            /* +1: crowns go up to the gum */
};

/* A point of the arch `along` cm from the middle, and outwards there. */
static void arch_at(const struct arch *arch, float along, struct avt_point3 *ret_point, struct avt_point3 *ret_out)
{
    /* Steps of equal length over the ellipse: few enough teeth for a plain walk. */
    float turn = 0, gone = 0, side = along < 0 ? -1 : 1, goal = fabsf(along);
    const float step = .01f;
    while (gone < goal && turn < 1.6f) {
        float dx = arch->half * cosf(turn) * step, dz = arch->depth * sinf(turn) * step;
        gone += sqrtf(dx * dx + dz * dz);
        turn += step;
    }
    *ret_point = (struct avt_point3){side * arch->half * sinf(turn), arch->y,
                                     arch->z - arch->depth * (1 - cosf(turn))};
    *ret_out = avt_vec_unit((struct avt_point3){side * sinf(turn) / arch->half, 0, cosf(turn) / arch->depth});
}

static void measure(const struct avt_bust *bust, bool upper, struct arch *ret_arch)
{
    float y = 0, z = -1e9f, half = 0;
    size_t count = bust->lines.lip_seam_count;
    for (size_t i = 0; i < count; i++) {
        struct avt_point3 p = bust->skin.points[bust->lines.lip_seam[i]];
        y += p.y / (float)count;
        z = avt_max(z, p.z);
        half = avt_max(half, fabsf(p.x));
    }
    *ret_arch = (struct arch){.y = y - SHOWN_CM, .z = z - BEHIND_LIPS_CM, .half = avt_max(.92f * half, 1.9f),
                              .depth = 2.9f, .up = 1};
    if (!upper) {
        ret_arch->y -= BITE_CM;
        ret_arch->z -= OVERJET_CM;
        ret_arch->half *= .93f;
        ret_arch->up = -1;
    }
}

struct making {
    struct avt_dentition *out;
    size_t vertices, triangles;
};

static void put_grid(struct making *making, size_t first, int columns, int rows, float up)
{
    for (int r = 0; r + 1 < rows; r++)
        for (int c = 0; c + 1 < columns; c++) {
            uint32_t a = (uint32_t)(first + (size_t)(r * columns + c)), b = a + 1, d = a + (uint32_t)columns, e = d + 1;
            uint32_t corners[2][3] = {{a, b, e}, {a, e, d}};
            for (int k = 0; k < 2; k++) {
                uint32_t *to = making->out->mesh.triangles[making->triangles++];
                to[0] = corners[k][0];
                to[1] = corners[k][up > 0 ? 1 : 2];
                to[2] = corners[k][up > 0 ? 2 : 1];
            }
        }
}

static void put_tooth(struct making *making, const struct arch *arch, float from, float width, float length)
{
    size_t first = making->vertices;
    for (int row = 0; row < DOWN; row++)
        for (int column = 0; column < ACROSS; column++) {
            float u = 2 * (float)column / (ACROSS - 1) - 1, v = (float)row / (DOWN - 1);
            float narrow = 1 - .14f * v - .06f * avt_smoothstep(.25f, 0, v), corner = .07f * u * u * u * u * (1 - v);
            struct avt_point3 p, out;
            arch_at(arch, from + width * (.5f + .5f * .97f * u * narrow), &p, &out);
            float bulge = .09f * (1 - u * u * u * u) * (.55f + .45f * sinf(3.1f * avt_min(v + .08f, 1))) -
                          .05f * avt_smoothstep(.12f, 0, v);
            p = avt_vec_along(p, bulge, out);
            p.y += arch->up * (v * length + corner);
            making->out->marks[making->vertices] = (struct avt_point){0, 1 - u * u * u * u};
            making->out->mesh.points[making->vertices++] = p;
        }
    put_grid(making, first, ACROSS, DOWN, arch->up);
}

/* A band behind the crowns that scallops over them. */
static void put_gum(struct making *making, const struct arch *arch, float reach)
{
    size_t first = making->vertices;
    for (int row = 0; row < GUM_ROWS; row++)
        for (int column = 0; column < GUM_COLUMNS; column++) {
            float along = reach * (2 * (float)column / (GUM_COLUMNS - 1) - 1), v = (float)row / (GUM_ROWS - 1);
            struct avt_point3 p, out;
            arch_at(arch, along, &p, &out);
            /* The lower gum ends where the lip's fold begins, well inside the chin. */
            float low = arch->up < 0 ? 1 : 0;
            p = avt_vec_along(p, .01f + .10f * sinf(2.2f * v) - .45f * low * v * v, out);
            p.y += arch->up * (.62f + (1.1f - .55f * low) * v);
            making->out->marks[making->vertices] = (struct avt_point){1, 1};
            making->out->mesh.points[making->vertices++] = p;
        }
    put_grid(making, first, GUM_COLUMNS, GUM_ROWS, arch->up);
}

/* Each vertex moves as the nearest of the model's own band does. */
static enum avt_code carry_moves(const struct avt_mesh *band, const struct avt_bust_move *moves,
                                 struct avt_dentition *out)
{
    AVT_CLEANUP(avt_freep) uint32_t *nearest = avt_try_new0(uint32_t, VERTICES);
    AVT_CLEANUP(avt_freep) struct avt_point3 *by = avt_try_new0(struct avt_point3, band->vertex_count + 1);
    if (!nearest || !by)
        return AVT_ENOMEM;
    for (size_t i = 0; i < VERTICES; i++) {
        float best = 1e9f;
        for (size_t k = 0; k < band->vertex_count; k++) {
            struct avt_point3 d = avt_vec_sub(out->mesh.points[i], band->points[k]);
            float square = avt_vec_dot(d, d);
            if (square < best) {
                best = square;
                nearest[i] = (uint32_t)k;
            }
        }
    }
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++) {
        const struct avt_bust_move *move = &moves[shape];
        struct avt_bust_move *to = &out->moves[shape];
        if (!move->count)
            continue;
        to->vertices = avt_try_new0(uint32_t, VERTICES);
        to->by = avt_try_new0(struct avt_point3, VERTICES);
        if (!to->vertices || !to->by)
            return AVT_ENOMEM;
        for (size_t k = 0; k < move->count; k++)
            by[move->vertices[k]] = move->by[k];
        for (size_t i = 0; i < VERTICES; i++) {
            to->vertices[i] = (uint32_t)i;
            to->by[i] = by[nearest[i]];
        }
        to->count = VERTICES;
        for (size_t k = 0; k < move->count; k++)
            by[move->vertices[k]] = (struct avt_point3){0};
    }
    return AVT_OK;
}

void avt_dentition_done(struct avt_dentition *dentition)
{
    avt_mesh_done(&dentition->mesh);
    avt_free(dentition->marks);
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++) {
        avt_free(dentition->moves[shape].vertices);
        avt_free(dentition->moves[shape].by);
    }
    *dentition = (struct avt_dentition){0};
}

enum avt_code avt_dentition_make(const struct avt_bust *bust, bool upper, struct avt_dentition *ret_dentition,
                                 struct avt_error *reterr)
{
    struct avt_dentition out = {.mesh = {.vertex_count = VERTICES, .triangle_count = TRIANGLES}};
    out.mesh.points = avt_try_new0(struct avt_point3, VERTICES);
    out.mesh.triangles = avt_try_alloc(TRIANGLES, sizeof(*out.mesh.triangles));
    out.marks = avt_try_new0(struct avt_point, VERTICES);
    enum avt_code code = out.mesh.points && out.mesh.triangles && out.marks ? AVT_OK : AVT_ENOMEM;
    if (code == AVT_OK) {
        struct arch arch;
        measure(bust, upper, &arch);
        struct making making = {.out = &out};
        float along = 0;
        for (int k = 0; k < TEETH / 2; k++) {
            put_tooth(&making, &arch, along, WIDTHS[upper][k], LENGTHS[upper][k]);
            along += WIDTHS[upper][k];
            put_tooth(&making, &arch, -along, WIDTHS[upper][k], LENGTHS[upper][k]);
        }
        put_gum(&making, &arch, along);
        code = carry_moves(upper ? &bust->upper_teeth : &bust->lower_teeth,
                           upper ? bust->upper_teeth_moves : bust->lower_teeth_moves, &out);
    }
    if (code != AVT_OK) {
        avt_dentition_done(&out);
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for teeth");
    }
    *ret_dentition = out;
    return AVT_OK;
}
