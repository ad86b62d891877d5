/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/rig_model.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "nn/registry.h"

enum { BASIS_MIN = 4 };
static const char MAGIC[8] = "AVTRIG1\n";
/* A head measures 30 cm, and no shape moves anything by more than 5. */
#define REACH_CM 100.0f
#define STEP_MAX (REACH_CM / 32768.0f)

void avt_rig_model_free(struct avt_rig_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < model->part_count; i++) {
        for (int k = 0; k < AVT_ARKIT_COUNT; k++)
            avt_free(model->parts[i].moves[k]);
        avt_free(model->parts[i].vertices);
        avt_free(model->parts[i].triangles);
    }
    avt_free(model->triangles);
    avt_free(model);
}

static float take_float(struct avt_cursor *cursor)
{
    return avt_cursor_float(cursor, REACH_CM);
}

/* A count, from `min` to `max`. */
static size_t take_count(struct avt_cursor *cursor, size_t min, size_t max)
{
    uint32_t value = avt_cursor_number(cursor, 4);
    if (value < min || value > max)
        cursor->bad = true;
    return cursor->bad ? 0 : value;
}

static void take_points(struct avt_cursor *cursor, struct avt_point3 *points, size_t count)
{
    for (size_t i = 0; i < count && !cursor->bad; i++) {
        float x = take_float(cursor), y = take_float(cursor), z = take_float(cursor);
        points[i] = (struct avt_point3){x, y, z};
    }
}

static void take_moves(struct avt_cursor *cursor, struct avt_point3 *moves, size_t count)
{
    float step = take_float(cursor);
    if (!(step >= 0 && step <= STEP_MAX))
        cursor->bad = true;
    if (!(step > 0))
        return;
    for (size_t i = 0; i < count && !cursor->bad; i++) {
        float v[3];
        for (int k = 0; k < 3; k++)
            v[k] = step * (float)(int16_t)avt_cursor_number(cursor, 2);
        moves[i] = (struct avt_point3){v[0], v[1], v[2]};
    }
}

/* NULL on failure, also when out of memory. */
static struct avt_rig_triangle *take_triangles(struct avt_cursor *cursor, size_t count, size_t vertices)
{
    /* Counted before it is allocated: a short file cannot ask for much. */
    if (cursor->bad || cursor->left / 6 < count) {
        cursor->bad = true;
        return NULL;
    }
    struct avt_rig_triangle *triangles = avt_try_new0(struct avt_rig_triangle, count);
    cursor->bad = !triangles;
    for (size_t i = 0; i < count && !cursor->bad; i++) {
        for (int k = 0; k < 3; k++) {
            triangles[i].corners[k] = (uint16_t)avt_cursor_number(cursor, 2);
            if (triangles[i].corners[k] >= vertices)
                cursor->bad = true;
        }
    }
    return triangles;
}

static void read_face(struct avt_cursor *cursor, struct avt_rig_model *model)
{
    const uint8_t *magic = avt_cursor_take(cursor, sizeof(MAGIC));
    if (!magic || memcmp(magic, MAGIC, sizeof(MAGIC)) != 0)
        cursor->bad = true;
    (void)take_count(cursor, AVT_MESH_POINTS, AVT_MESH_POINTS);
    (void)take_count(cursor, AVT_ARKIT_COUNT, AVT_ARKIT_COUNT);
    model->triangle_count = take_count(cursor, 1, AVT_RIG_MODEL_TRIANGLES_MAX);
    model->basis_count = take_count(cursor, BASIS_MIN, AVT_RIG_MODEL_BASIS_MAX);
    model->part_count = take_count(cursor, 0, AVT_RIG_MODEL_PARTS_MAX);
    (void)take_count(cursor, 0, 0);
    take_points(cursor, model->points, AVT_MESH_POINTS);
    model->triangles = take_triangles(cursor, model->triangle_count, AVT_MESH_POINTS);
    for (size_t i = 0; i < model->basis_count && !cursor->bad; i++) {
        uint32_t point = avt_cursor_number(cursor, 4);
        float weight = take_float(cursor);
        if (point >= AVT_MESH_POINTS || !(weight > 0))
            cursor->bad = true;
        else
            model->basis[i] = (struct avt_rig_basis){(int)point, weight};
    }
    for (int k = 0; k < AVT_ARKIT_COUNT; k++)
        take_moves(cursor, model->moves[k], AVT_MESH_POINTS);
}

static void read_part_moves(struct avt_cursor *cursor, struct avt_rig_part *part, size_t moved)
{
    int last = -1;
    for (size_t i = 0; i < moved && !cursor->bad; i++) {
        uint32_t shape = avt_cursor_number(cursor, 4);
        if (shape >= AVT_ARKIT_COUNT || (int)shape <= last) {
            cursor->bad = true;
            return;
        }
        last = (int)shape;
        part->moves[shape] = avt_try_new0(struct avt_point3, part->vertex_count);
        if (!part->moves[shape])
            cursor->bad = true;
        else
            take_moves(cursor, part->moves[shape], part->vertex_count);
    }
}

static void read_part(struct avt_cursor *cursor, struct avt_rig_part *part)
{
    const uint8_t *name = avt_cursor_take(cursor, AVT_RIG_MODEL_NAME_SIZE);
    if (!name || name[0] == '\0' || name[AVT_RIG_MODEL_NAME_SIZE - 1] != '\0') {
        cursor->bad = true;
        return;
    }
    memcpy(part->name, name, AVT_RIG_MODEL_NAME_SIZE);
    part->attachment = (enum avt_rig_attachment)take_count(cursor, 0, AVT_RIG_ATTACHMENT_COUNT - 1);
    part->vertex_count = take_count(cursor, 3, AVT_RIG_MODEL_VERTICES_MAX);
    part->triangle_count = take_count(cursor, 1, AVT_RIG_MODEL_TRIANGLES_MAX);
    size_t moved = take_count(cursor, 0, AVT_ARKIT_COUNT);
    if (cursor->bad || cursor->left / 12 < part->vertex_count) {
        cursor->bad = true;
        return;
    }
    part->vertices = avt_try_new0(struct avt_point3, part->vertex_count);
    if (!part->vertices) {
        cursor->bad = true;
        return;
    }
    take_points(cursor, part->vertices, part->vertex_count);
    part->triangles = take_triangles(cursor, part->triangle_count, part->vertex_count);
    read_part_moves(cursor, part, moved);
}

enum avt_code avt_rig_model_parse(const uint8_t *data, size_t size,
                                  struct avt_rig_model **ret_model, struct avt_error *reterr)
{
    avt_assert(data && ret_model);
    struct avt_cursor cursor = {.at = data, .left = size};
    AVT_CLEANUP(avt_rig_model_freep)
    struct avt_rig_model *model = avt_new0(struct avt_rig_model, 1);
    read_face(&cursor, model);
    for (size_t i = 0; i < model->part_count && !cursor.bad; i++)
        read_part(&cursor, &model->parts[i]);
    if (cursor.bad || cursor.left != 0)
        return avt_fail(reterr, AVT_EMODELBAD,
                        "the rig of the face is damaged; run `avatar models verify rig` and "
                        "install the program again");
    *ret_model = AVT_TAKE(model);
    return AVT_OK;
}

enum avt_code avt_rig_model_open(struct avt_rig_model **ret_model, struct avt_error *reterr)
{
    avt_assert(ret_model);
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_registry_read("rig", AVT_RIG_MODEL_BYTES_MAX, &data, &size, reterr);
    if (code == AVT_OK)
        code = avt_rig_model_parse((const uint8_t *)data, size, ret_model, reterr);
    return code;
}

const struct avt_rig_part *avt_rig_model_part(const struct avt_rig_model *model, const char *name)
{
    for (size_t i = 0; i < model->part_count; i++)
        if (strcmp(model->parts[i].name, name) == 0)
            return &model->parts[i];
    return NULL;
}
