/* SPDX-License-Identifier: Apache-2.0 */
/* Reads head.bin, which may be damaged, and prepares what all busts share. */
#include "portrait/head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/registry.h"

#define ASSET "head"
#define STEP_MAX (AVT_HEAD_REACH_CM / 32768.0f)

void avt_head_free(struct avt_head *head)
{
    if (!head)
        return;
    for (int part = 0; part < AVT_HEAD_MESHES; part++) {
        avt_free(head->quads[part]);
        avt_subdivision_done(&head->meshes[part]);
    }
    for (int share = 0; share < AVT_HEAD_SHARES; share++)
        avt_free(head->shares[share]);
    avt_free(head->points);
    avt_free(head->texture);
    avt_free(head->texture_quads);
    avt_free(head->targets);
    avt_free(head->uv);
    avt_free(head->uv_triangles);
    avt_free(head->average);
    avt_free(head->follow);
    avt_free(head->nearest_lip);
    avt_free(head->nearest_detail);
    avt_free(head->nearest_lid[0]);
    avt_free(head->nearest_lid[1]);
    if (head->map)
        avt_map_close(head->map);
    avt_free(head->map);
    avt_free(head);
}

/* ---- parsing ------------------------------------------------------------------------------- */

/* Memory for `count` of something that takes `bytes` each in the file: a short file cannot ask for much. */
static void *take_room(struct avt_cursor *cursor, size_t count, size_t bytes, size_t size)
{
    if (cursor->bad || cursor->left / bytes < count) {
        cursor->bad = true;
        return NULL;
    }
    void *room = avt_try_alloc(count + 1, size);
    cursor->bad = !room;
    return room;
}

static size_t take_count(struct avt_cursor *cursor, size_t min, size_t max)
{
    uint32_t count = avt_cursor_number(cursor, 4);
    if (count < min || count > max)
        cursor->bad = true;
    return cursor->bad ? 0 : count;
}

static uint16_t take_index(struct avt_cursor *cursor, size_t limit)
{
    uint32_t index = avt_cursor_number(cursor, 2);
    if (index >= limit)
        cursor->bad = true;
    return cursor->bad ? 0 : (uint16_t)index;
}

static void read_points(struct avt_cursor *cursor, struct avt_head *head)
{
    const uint8_t *magic = avt_cursor_take(cursor, strlen(AVT_HEAD_MAGIC));
    if (!magic || memcmp(magic, AVT_HEAD_MAGIC, strlen(AVT_HEAD_MAGIC)) != 0)
        cursor->bad = true;
    for (int part = 0; part < AVT_HEAD_PARTS; part++) {
        head->part_starts[part] = head->vertex_count;
        head->part_counts[part] = take_count(cursor, 4, AVT_HEAD_VERTICES_MAX);
        head->vertex_count += head->part_counts[part];
    }
    if (head->part_counts[AVT_HEAD_JOINTS] != AVT_HEAD_JOINTS_COUNT * AVT_HEAD_JOINT_VERTICES ||
        head->vertex_count > AVT_HEAD_VERTICES_MAX)
        cursor->bad = true;
    head->points = take_room(cursor, head->vertex_count, 12, sizeof(*head->points));
    for (size_t i = 0; i < head->vertex_count && !cursor->bad; i++) {
        float x = avt_cursor_float(cursor, AVT_HEAD_REACH_CM), y = avt_cursor_float(cursor, AVT_HEAD_REACH_CM);
        head->points[i] = (struct avt_point3){x, y, avt_cursor_float(cursor, AVT_HEAD_REACH_CM)};
    }
}

static avt_quad *take_quads(struct avt_cursor *cursor, size_t count, size_t limit)
{
    avt_quad *quads = take_room(cursor, count, sizeof(*quads), sizeof(*quads));
    for (size_t i = 0; i < count && !cursor->bad; i++)
        for (int k = 0; k < 4; k++)
            quads[i][k] = take_index(cursor, limit);
    return quads;
}

static void read_faces(struct avt_cursor *cursor, struct avt_head *head)
{
    for (int part = 0; part < AVT_HEAD_MESHES; part++) {
        head->quad_counts[part] = take_count(cursor, 1, AVT_HEAD_FACES_MAX);
        head->quads[part] = take_quads(cursor, head->quad_counts[part], head->part_counts[part]);
    }
    head->texture_count = take_count(cursor, 1, AVT_HEAD_TEXTURE_MAX);
    head->texture = take_room(cursor, head->texture_count, 8, sizeof(*head->texture));
    for (size_t i = 0; i < head->texture_count && !cursor->bad; i++) {
        float u = avt_cursor_float(cursor, 2), v = avt_cursor_float(cursor, 2);
        head->texture[i] = (struct avt_point){u, v};
        if (u < 0 || u > 1 || v < 0 || v > 1)
            cursor->bad = true;
    }
    head->texture_quads = take_quads(cursor, head->quad_counts[AVT_HEAD_SKIN], head->texture_count);
}

static void read_shares(struct avt_cursor *cursor, struct avt_head *head)
{
    size_t count = head->part_counts[AVT_HEAD_SKIN];
    for (int share = 0; share < AVT_HEAD_SHARES; share++) {
        head->shares[share] = take_room(cursor, count, 2, sizeof(float));
        for (size_t i = 0; i < count && !cursor->bad; i++)
            head->shares[share][i] = (float)avt_cursor_number(cursor, 2) / 65535.0f;
    }
}

static void read_lines(struct avt_cursor *cursor, struct avt_head *head)
{
    for (int line = 0; line < AVT_HEAD_LINES; line++) {
        head->line_counts[line] = take_count(cursor, 2, AVT_HEAD_LINE_MAX);
        for (size_t i = 0; i < head->line_counts[line]; i++)
            head->lines[line][i] = take_index(cursor, head->part_counts[AVT_HEAD_SKIN]);
    }
    /* The lids are compared vertex by vertex. */
    for (int side = 0; side < 2; side++)
        if (head->line_counts[AVT_LINE_RIGHT_UPPER_LID + side] != head->line_counts[AVT_LINE_RIGHT_LOWER_LID + side])
            cursor->bad = true;
    if (head->line_counts[AVT_LINE_EAR_LOBES] != 2)
        cursor->bad = true;
}

static void read_target(struct avt_cursor *cursor, const struct avt_head *head, struct avt_head_target *target)
{
    const uint8_t *name = avt_cursor_take(cursor, AVT_HEAD_NAME_SIZE);
    if (!name || name[0] == '\0' || name[AVT_HEAD_NAME_SIZE - 1] != '\0') {
        cursor->bad = true;
        return;
    }
    target->name = (const char *)name;
    target->count = take_count(cursor, 0, head->vertex_count);
    target->step = avt_cursor_float(cursor, AVT_HEAD_REACH_CM);
    if (!(target->step >= 0 && target->step <= STEP_MAX))
        cursor->bad = true;
    target->indices = avt_cursor_take(cursor, target->count * 2);
    target->moves = avt_cursor_take(cursor, target->count * 6);
    struct avt_cursor indices = {target->indices, cursor->bad ? 0 : target->count * 2, false};
    size_t least = 0;
    for (size_t i = 0; i < target->count && !cursor->bad; i++) {
        size_t index = take_index(&indices, head->vertex_count);
        cursor->bad = indices.bad || index < least;
        least = index + 1;
    }
}

static void read_targets(struct avt_cursor *cursor, struct avt_head *head)
{
    size_t count = take_count(cursor, 0, AVT_HEAD_TARGETS_MAX);
    head->targets = take_room(cursor, count, AVT_HEAD_NAME_SIZE + 8, sizeof(*head->targets));
    for (size_t i = 0; i < count && !cursor->bad; i++) {
        read_target(cursor, head, &head->targets[i]);
        if (!cursor->bad && i > 0 && strcmp(head->targets[i - 1].name, head->targets[i].name) >= 0)
            cursor->bad = true;
        head->target_count += !cursor->bad;
    }
    if (cursor->left)
        cursor->bad = true;
}

/* ---- what is made of it -------------------------------------------------------------------- */

/* Half of each gender, a third of each ancestry, 25 years: where regions of the face are looked up. */
static enum avt_code make_average(struct avt_head *head, struct avt_error *reterr)
{
    const struct avt_subdivision *skin = &head->meshes[AVT_HEAD_SKIN];
    head->average = avt_try_new0(struct avt_point3, skin->vertex_count);
    AVT_CLEANUP(avt_freep) struct avt_point3 *points = avt_try_new0(struct avt_point3, head->vertex_count);
    if (!head->average || !points)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the head");
    memcpy(points, head->points, head->vertex_count * sizeof(*points));
    static const struct avt_attributes average = {
        .age = 25, .masculine = .5f, .african = 1 / 3.f, .asian = 1 / 3.f, .european = 1 / 3.f, .weight = .5f,
        .muscle = .5f};
    avt_head_macro(head, &average, points);
    enum avt_code code = avt_head_rest(head, points, reterr);
    if (code == AVT_OK)
        avt_subdivision_apply(skin, points, head->average);
    return code;
}

/* The bones' weights leave steps where a neck is bent: spread over some rings of vertices. */
static enum avt_code make_follow(struct avt_head *head, struct avt_error *reterr)
{
    enum { PASSES = 24 };
    static const float chest = .06f; /* what little reaches shoulders and chest is cut off */
    const struct avt_subdivision *skin = &head->meshes[AVT_HEAD_SKIN];
    size_t count = skin->base_count;
    AVT_CLEANUP(avt_freep) struct avt_point3 *from = avt_try_new0(struct avt_point3, count);
    AVT_CLEANUP(avt_freep) struct avt_point3 *sums = avt_try_new0(struct avt_point3, skin->vertex_count);
    head->follow = avt_try_new0(float, skin->vertex_count);
    if (!from || !sums || !head->follow)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the head");
    for (size_t i = 0; i < count; i++)
        from[i].x = head->shares[AVT_SHARE_FOLLOW][i];
    for (int pass = 0; pass < PASSES; pass++) {
        memset(sums, 0, count * sizeof(*sums));
        for (size_t e = 0; e < 2 * skin->edge_count; e++) {
            sums[skin->edges[e]].x += from[skin->edges[e ^ 1]].x;
            sums[skin->edges[e]].y++;
        }
        for (size_t i = 0; i < count; i++)
            if (sums[i].y > 0 && from[i].x > 0 && from[i].x < .99f)
                from[i].x = (from[i].x + sums[i].x / sums[i].y) / 2;
    }
    avt_subdivision_apply(skin, from, sums);
    for (size_t i = 0; i < skin->vertex_count; i++)
        head->follow[i] = fminf(fmaxf((sums[i].x - chest) / (1 - chest), 0), 1);
    return AVT_OK;
}

/* Where this target moves it, the torso has details that clothes would not show. */
#define DETAIL_TARGET "breast/nipple-size-incr"

static struct avt_nearest *find_details(const struct avt_head *head)
{
    const struct avt_head_target *target = avt_head_find(head, DETAIL_TARGET);
    uint16_t vertices[UINT8_MAX];
    size_t count = 0;
    for (size_t i = 0; target && i < target->count && count < UINT8_MAX; i++)
        vertices[count++] = (uint16_t)avt_head_index(target, i);
    return avt_subdivision_nearest(&head->meshes[AVT_HEAD_SKIN], vertices, count);
}

static enum avt_code find_nearest(struct avt_head *head, struct avt_error *reterr)
{
    const struct avt_subdivision *skin = &head->meshes[AVT_HEAD_SKIN];
    head->nearest_lip = avt_subdivision_nearest(skin, head->lines[AVT_LINE_LIP_SEAM],
                                                head->line_counts[AVT_LINE_LIP_SEAM]);
    head->nearest_detail = find_details(head);
    bool found = head->nearest_lip && head->nearest_detail;
    for (int side = 0; side < 2 && found; side++) {
        uint16_t both[2 * AVT_HEAD_LINE_MAX];
        size_t count = head->line_counts[AVT_LINE_RIGHT_UPPER_LID + side];
        memcpy(both, head->lines[AVT_LINE_RIGHT_UPPER_LID + side], count * sizeof(*both));
        memcpy(both + count, head->lines[AVT_LINE_RIGHT_LOWER_LID + side], count * sizeof(*both));
        head->nearest_lid[side] = avt_subdivision_nearest(skin, both, 2 * count);
        found = head->nearest_lid[side];
    }
    return found ? AVT_OK : avt_fail(reterr, AVT_ENOMEM, "out of memory for the head");
}

static enum avt_code prepare(struct avt_head *head, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    for (int part = 0; code == AVT_OK && part < AVT_HEAD_MESHES; part++)
        code = avt_subdivide((const avt_quad *)head->quads[part], head->quad_counts[part], head->part_counts[part],
                             &head->meshes[part], reterr);
    if (code == AVT_OK)
        code = avt_subdivide_texture(head, reterr);
    if (code == AVT_OK)
        code = find_nearest(head, reterr);
    if (code == AVT_OK)
        code = make_follow(head, reterr);
    return code == AVT_OK ? make_average(head, reterr) : code;
}

enum avt_code avt_head_parse(const uint8_t *data, size_t size, struct avt_head **ret_head, struct avt_error *reterr)
{
    avt_assert(data || size == 0);
    AVT_CLEANUP(avt_head_freep) struct avt_head *head = avt_try_new0(struct avt_head, 1);
    if (!head)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the head");
    struct avt_cursor cursor = {data, size, size > AVT_HEAD_BYTES_MAX};
    read_points(&cursor, head);
    read_faces(&cursor, head);
    read_shares(&cursor, head);
    read_lines(&cursor, head);
    read_targets(&cursor, head);
    if (cursor.bad)
        return avt_fail(reterr, AVT_EMODELBAD,
                        "the data of the modelled head is damaged: run 'avatar models fetch head --force'");
    enum avt_code code = prepare(head, reterr);
    if (code == AVT_OK)
        *ret_head = AVT_TAKE(head);
    return code;
}

enum avt_code avt_head_open(struct avt_head **ret_head, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = NULL;
    enum avt_code code = avt_registry_locate(ASSET, &path, reterr);
    struct avt_map map = {0};
    if (code == AVT_OK)
        code = avt_map_open(path, &map, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_head *head = NULL;
    code = avt_head_parse(map.data, map.size, &head, reterr);
    if (code != AVT_OK) {
        avt_map_close(&map);
        return code;
    }
    head->map = avt_alloc0(1, sizeof(map));
    memcpy(head->map, &map, sizeof(map));
    *ret_head = head;
    return AVT_OK;
}

/* ---- targets ------------------------------------------------------------------------------- */

static int compare_name(const void *name, const void *target)
{
    return strcmp(name, ((const struct avt_head_target *)target)->name);
}

const struct avt_head_target *avt_head_find(const struct avt_head *head, const char *name)
{
    return bsearch(name, head->targets, head->target_count, sizeof(*head->targets), compare_name);
}

static float move_at(const uint8_t *at)
{
    return (float)(int16_t)(uint16_t)(at[0] | at[1] << 8);
}

static void add_one(const struct avt_head_target *target, size_t i, float scale, struct avt_point3 *point)
{
    const uint8_t *move = target->moves + 6 * i;
    point->x += scale * move_at(move);
    point->y += scale * move_at(move + 2);
    point->z += scale * move_at(move + 4);
}

size_t avt_head_index(const struct avt_head_target *target, size_t i)
{
    return target->indices[2 * i] | (size_t)target->indices[2 * i + 1] << 8;
}

void avt_head_add(const struct avt_head_target *target, float weight, struct avt_point3 *points)
{
    for (size_t i = 0; i < target->count; i++)
        add_one(target, i, weight * target->step, &points[avt_head_index(target, i)]);
}

void avt_head_add_below(const struct avt_head *head, const struct avt_head_target *target, float weight, float whole,
                        float nothing, struct avt_point3 *points)
{
    for (size_t i = 0; i < target->count; i++) {
        size_t vertex = avt_head_index(target, i);
        float share = fminf(fmaxf((nothing - head->points[vertex].y) / (nothing - whole), 0), 1);
        add_one(target, i, weight * target->step * share * share * (3 - 2 * share), &points[vertex]);
    }
}
