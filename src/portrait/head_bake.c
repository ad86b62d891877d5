/* SPDX-License-Identifier: Apache-2.0 */
/* Makes head.bin (head.h says how it is laid out) of the CC0 mesh, targets and bone weights. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "portrait/head_source.h"

/* Kept is what can be seen of a bust, and then some: a child's chest reaches higher into the picture. Measured
 * on the base mesh, arms spread, centimetres about the middle between the eyes. */
#define KEPT_BELOW_EYES_CM 60.0
#define KEPT_BESIDE_CM 40.0

/* Facts about MakeHuman's base mesh hm08: the margin of the left eye's lids from the inner to the outer corner,
 * the closed loop where lip meets skin from the cupid's bow on by the left, the closed loop where the lips meet,
 * and the lowest vertex of the left ear. */
static const uint32_t left_upper_lid[] = {6850, 6847, 6886, 6844, 6841, 6838, 6785, 6784,
                                          6790, 6793, 6796, 6799, 6802, 6805, 6808};
static const uint32_t left_lower_lid[] = {6850, 6853, 6856, 6837, 11695, 6834, 6831, 6828,
                                          6825, 6820, 6817, 6814, 11693, 6811, 6808};
static const uint32_t lip_outline[] = {466,  7222, 7219, 7216, 7211, 11953, 7207, 7173, 7172, 7184, 10404, 7182, 7183,
                                       10371, 7201, 7200, 7233, 7239, 7245, 496, 490, 484, 478, 440, 441, 3703,
                                       423,  422,  3736, 424,  412,  413,  447,  5351, 451,  457,  460,  463};
static const uint32_t lip_seam[] = {432,  431,  3732, 433,  418,  419,   469,  5362, 470, 471, 472, 473, 474,
                                    7229, 7228, 7227, 7226, 11964, 7225, 7179, 7178, 7193, 10400, 7191, 7192, 10375,
                                    7204, 7197, 7230, 7236, 7242, 493,  487,  481,  475, 437, 444, 3707};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const part_groups[AVT_HEAD_JOINTS] = {"body",
                                                         "helper-upper-teeth",
                                                         "helper-lower-teeth",
                                                         "helper-tongue",
                                                         "helper-r-eye",
                                                         "helper-l-eye"};
static const char *const joint_groups[AVT_HEAD_JOINTS_COUNT] = {"joint-neck",       "joint-head",
                                                                "joint-r-clavicle", "joint-l-clavicle",
                                                                "joint-r-shoulder", "joint-l-shoulder"};

enum { NOT_KEPT = UINT16_MAX };

/* Which vertices are kept, and how they are numbered. */
struct kept {
    uint16_t *number; /* [source->vertex_count]; NOT_KEPT */
    uint32_t *source; /* [count] the other way round */
    size_t count, part_counts[AVT_HEAD_PARTS];
    size_t part_starts[AVT_HEAD_PARTS];
    struct avt_source_face *skin_faces;
    size_t skin_face_count;
};

static void kept_done(struct kept *kept)
{
    avt_free(kept->number);
    avt_free(kept->source);
    avt_free(kept->skin_faces);
}

struct middle {
    double x, y, z;
};

static struct middle middle_of_eyes(const struct avt_source_mesh *mesh)
{
    struct middle sum = {0};
    size_t count = 0;
    for (int part = AVT_HEAD_RIGHT_EYE; part <= AVT_HEAD_LEFT_EYE; part++) {
        const struct avt_source_group *group = avt_source_group(mesh, part_groups[part]);
        for (size_t i = 0; group && i < group->face_count; i++) {
            for (int k = 0; k < 4; k++, count++) {
                const double *at = mesh->points[group->faces[i].corners[k]];
                sum = (struct middle){sum.x + at[0], sum.y + at[1], sum.z + at[2]};
            }
        }
    }
    double scale = count ? 1.0 / (double)count : 0;
    return (struct middle){sum.x * scale, sum.y * scale, sum.z * scale};
}

static bool is_kept(const double *at, struct middle eyes)
{
    return at[1] - eyes.y > -KEPT_BELOW_EYES_CM && fabs(at[0] - eyes.x) < KEPT_BESIDE_CM;
}

/* Number those vertices of `faces` that have none yet, in the order of the source. */
static void number_part(struct kept *kept, const struct avt_source_mesh *mesh, int part,
                        const struct avt_source_face *faces, size_t face_count)
{
    bool *used = avt_new0(bool, mesh->vertex_count);
    for (size_t i = 0; i < face_count; i++)
        for (int k = 0; k < 4; k++)
            used[faces[i].corners[k]] = true;
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        if (!used[i] || kept->number[i] != NOT_KEPT || kept->count >= AVT_HEAD_VERTICES_MAX)
            continue;
        kept->source[kept->count] = i;
        kept->number[i] = (uint16_t)kept->count++;
        kept->part_counts[part]++;
    }
    avt_free(used);
}

/* Of a hand, a corner may lie within what is kept: faces that do not hang together with the head go. */
static void keep_connected(struct kept *kept, const struct avt_source_mesh *mesh)
{
    bool *reached = avt_new0(bool, mesh->vertex_count);
    reached[lip_outline[0]] = true;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < kept->skin_face_count; i++) {
            const uint32_t *corners = kept->skin_faces[i].corners;
            int count = 0;
            for (int k = 0; k < 4; k++)
                count += reached[corners[k]];
            for (int k = 0; k < 4 && count > 0 && count < 4; k++)
                reached[corners[k]] = more = true;
        }
    }
    size_t used = 0;
    for (size_t i = 0; i < kept->skin_face_count; i++)
        if (reached[kept->skin_faces[i].corners[0]])
            kept->skin_faces[used++] = kept->skin_faces[i];
    kept->skin_face_count = used;
    avt_free(reached);
}

static enum avt_code keep_skin(struct kept *kept, const struct avt_source_mesh *mesh, struct avt_error *reterr)
{
    const struct avt_source_group *body = avt_source_group(mesh, part_groups[AVT_HEAD_SKIN]);
    if (!body)
        return avt_fail(reterr, AVT_EFORMAT, "the head's mesh has no group 'body'");
    struct middle eyes = middle_of_eyes(mesh);
    kept->skin_faces = avt_new0(struct avt_source_face, body->face_count + 1);
    for (size_t i = 0; i < body->face_count; i++) {
        bool whole = true;
        for (int k = 0; k < 4; k++)
            whole = whole && is_kept(mesh->points[body->faces[i].corners[k]], eyes);
        if (whole)
            kept->skin_faces[kept->skin_face_count++] = body->faces[i];
    }
    if (mesh->vertex_count <= lip_outline[0])
        return avt_fail(reterr, AVT_EFORMAT, "the head's mesh is another than expected");
    keep_connected(kept, mesh);
    number_part(kept, mesh, AVT_HEAD_SKIN, kept->skin_faces, kept->skin_face_count);
    return AVT_OK;
}

static enum avt_code keep(struct kept *kept, const struct avt_source_mesh *mesh, struct avt_error *reterr)
{
    kept->number = avt_new0(uint16_t, mesh->vertex_count);
    memset(kept->number, 0xff, mesh->vertex_count * sizeof(*kept->number));
    kept->source = avt_new0(uint32_t, AVT_HEAD_VERTICES_MAX);
    enum avt_code code = keep_skin(kept, mesh, reterr);
    for (int part = AVT_HEAD_UPPER_TEETH; code == AVT_OK && part < AVT_HEAD_JOINTS; part++) {
        const struct avt_source_group *group = avt_source_group(mesh, part_groups[part]);
        if (!group)
            return avt_fail(reterr, AVT_EFORMAT, "the head's mesh has no group '%s'", part_groups[part]);
        kept->part_starts[part] = kept->count;
        number_part(kept, mesh, part, group->faces, group->face_count);
    }
    kept->part_starts[AVT_HEAD_JOINTS] = kept->count;
    for (int joint = 0; code == AVT_OK && joint < AVT_HEAD_JOINTS_COUNT; joint++) {
        const struct avt_source_group *group = avt_source_group(mesh, joint_groups[joint]);
        size_t before = kept->count;
        if (group)
            number_part(kept, mesh, AVT_HEAD_JOINTS, group->faces, group->face_count);
        if (kept->count - before != AVT_HEAD_JOINT_VERTICES)
            return avt_fail(reterr, AVT_EFORMAT, "the head's mesh has no joint '%s'", joint_groups[joint]);
    }
    return code;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void put(struct avt_buf *out, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        avt_buf_append_char(out, (char)(value >> (8 * i) & 0xff));
}

static void put_float(struct avt_buf *out, double value)
{
    float f = (float)value;
    uint32_t bits = 0;
    memcpy(&bits, &f, sizeof(bits));
    put(out, bits, 4);
}

static void put_mesh(struct avt_buf *out, const struct avt_source_mesh *mesh, const struct kept *kept)
{
    struct middle eyes = middle_of_eyes(mesh);
    avt_buf_append(out, AVT_HEAD_MAGIC, strlen(AVT_HEAD_MAGIC));
    for (int part = 0; part < AVT_HEAD_PARTS; part++)
        put(out, (uint32_t)kept->part_counts[part], 4);
    for (size_t i = 0; i < kept->count; i++) {
        const double *at = mesh->points[kept->source[i]];
        put_float(out, at[0] - eyes.x);
        put_float(out, at[1] - eyes.y);
        put_float(out, at[2] - eyes.z);
    }
    for (int part = 0; part < AVT_HEAD_MESHES; part++) {
        const struct avt_source_group *group = avt_source_group(mesh, part_groups[part]);
        const struct avt_source_face *faces = part ? group->faces : kept->skin_faces;
        size_t count = part ? group->face_count : kept->skin_face_count;
        put(out, (uint32_t)count, 4);
        for (size_t i = 0; i < count; i++)
            for (int k = 0; k < 4; k++)
                put(out, kept->number[faces[i].corners[k]] - (uint32_t)kept->part_starts[part], 2);
    }
}

static void put_texture(struct avt_buf *out, const struct avt_source_mesh *mesh, const struct kept *kept)
{
    uint32_t *number = avt_new0(uint32_t, mesh->texture_count + 1);
    AVT_CLEANUP(avt_buf_done) struct avt_buf corners = AVT_BUF_INIT(AVT_HEAD_BYTES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf points = AVT_BUF_INIT(AVT_HEAD_BYTES_MAX);
    uint32_t count = 0;
    for (size_t i = 0; i < kept->skin_face_count; i++) {
        for (int k = 0; k < 4; k++) {
            uint32_t texture = kept->skin_faces[i].texture[k];
            if (number[texture] == 0) {
                number[texture] = ++count;
                put_float(&points, mesh->texture[texture][0]);
                put_float(&points, mesh->texture[texture][1]);
            }
            put(&corners, number[texture] - 1, 2);
        }
    }
    put(out, count, 4);
    avt_buf_append(out, points.data, points.size);
    avt_buf_append(out, corners.data, corners.size);
    avt_free(number);
}

static void put_shares(struct avt_buf *out, const struct avt_source_mesh *mesh, const struct kept *kept,
                       float *const *shares)
{
    (void)mesh;
    for (int share = 0; share < AVT_HEAD_SHARES; share++) {
        for (size_t i = 0; i < kept->part_counts[AVT_HEAD_SKIN]; i++) {
            float amount = fminf(fmaxf(shares[share][kept->source[i]], 0), 1);
            put(out, (uint32_t)lrintf(amount * 65535.0f), 2);
        }
    }
}

static void put_line(struct avt_buf *out, const struct avt_source_mesh *mesh, const struct kept *kept,
                     const uint32_t *line, size_t count, bool mirrored)
{
    put(out, (uint32_t)count, 4);
    for (size_t i = 0; i < count; i++) {
        uint32_t vertex = line[i] < mesh->vertex_count ? line[i] : 0;
        put(out, kept->number[mirrored ? mesh->twins[vertex] : vertex], 2);
    }
}

/* The lowest vertex of the left ear: beside the head, between eyes and chin, where the skin is widest. */
static uint32_t left_lobe(const struct avt_source_mesh *mesh, const struct kept *kept)
{
    struct middle eyes = middle_of_eyes(mesh);
    uint32_t best = kept->source[0];
    double lowest = 1e9;
    for (size_t i = 0; i < kept->part_counts[AVT_HEAD_SKIN]; i++) {
        const double *at = mesh->points[kept->source[i]];
        double x = at[0] - eyes.x, y = at[1] - eyes.y;
        if (x > 7.4 && x < 10 && y > -6 && y < 1 && y < lowest) {
            lowest = y;
            best = kept->source[i];
        }
    }
    return best;
}

static void put_lines(struct avt_buf *out, const struct avt_source_mesh *mesh, const struct kept *kept)
{
    put_line(out, mesh, kept, left_upper_lid, COUNT(left_upper_lid), true);
    put_line(out, mesh, kept, left_upper_lid, COUNT(left_upper_lid), false);
    put_line(out, mesh, kept, left_lower_lid, COUNT(left_lower_lid), true);
    put_line(out, mesh, kept, left_lower_lid, COUNT(left_lower_lid), false);
    put_line(out, mesh, kept, lip_outline, COUNT(lip_outline), false);
    put_line(out, mesh, kept, lip_seam, COUNT(lip_seam), false);
    uint32_t left = left_lobe(mesh, kept);
    uint32_t lobes[2] = {mesh->twins[left], left};
    put_line(out, mesh, kept, lobes, 2, false);
}

/* ---- targets ------------------------------------------------------------------------------- */

/* Those of the whole body also carry the head up and down: that part is of no use, and costs precision. */
static void hold_eyes(const struct avt_source_mesh *mesh, const struct kept *kept, double (*moves)[3])
{
    (void)mesh;
    double sum[3] = {0};
    size_t from = kept->part_starts[AVT_HEAD_RIGHT_EYE], to = kept->part_starts[AVT_HEAD_JOINTS];
    for (size_t i = from; i < to; i++)
        for (int k = 0; k < 3; k++)
            sum[k] += moves[kept->source[i]][k] / (double)(to - from);
    for (size_t i = 0; i < kept->count; i++)
        for (int k = 0; k < 3; k++)
            moves[kept->source[i]][k] -= sum[k];
}

static bool put_target(struct avt_buf *out, const struct kept *kept, const char *name, double (*const moves)[3])
{
    double greatest = 0;
    for (size_t i = 0; i < kept->count; i++)
        for (int k = 0; k < 3; k++)
            greatest = fmax(greatest, fabs(moves[kept->source[i]][k]));
    /* A hair's breadth is not seen. */
    if (greatest < 0.005)
        return false;
    double step = greatest / 32767;
    AVT_CLEANUP(avt_buf_done) struct avt_buf indices = AVT_BUF_INIT(AVT_HEAD_BYTES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf steps = AVT_BUF_INIT(AVT_HEAD_BYTES_MAX);
    uint32_t count = 0;
    for (size_t i = 0; i < kept->count; i++) {
        const double *move = moves[kept->source[i]];
        if (fmax(fabs(move[0]), fmax(fabs(move[1]), fabs(move[2]))) < 0.0005)
            continue;
        count++;
        put(&indices, (uint32_t)i, 2);
        for (int k = 0; k < 3; k++)
            put(&steps, (uint32_t)(int32_t)lrint(move[k] / step), 2);
    }
    char padded[AVT_HEAD_NAME_SIZE] = {0};
    memcpy(padded, name, strnlen(name, sizeof(padded) - 1));
    avt_buf_append(out, padded, sizeof(padded));
    put(out, count, 4);
    put_float(out, step);
    avt_buf_append(out, indices.data, indices.size);
    avt_buf_append(out, steps.data, steps.size);
    return true;
}

static enum avt_code put_targets(struct avt_buf *out, const struct avt_source *source, const struct kept *kept,
                                 struct avt_error *reterr)
{
    const struct avt_source_mesh *mesh = &source->mesh;
    double(*moves)[3] = avt_alloc0(mesh->vertex_count, sizeof(*moves));
    AVT_CLEANUP(avt_buf_done) struct avt_buf targets = AVT_BUF_INIT(AVT_HEAD_BYTES_MAX);
    uint32_t count = 0;
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < source->target_count; i++) {
        const struct avt_source_target *target = &source->targets[i];
        code = avt_source_moves(source, target, moves, reterr);
        if (code != AVT_OK)
            break;
        if (avt_str_starts(target->name, "macrodetails/"))
            hold_eyes(mesh, kept, moves);
        count += put_target(&targets, kept, target->name, moves);
    }
    avt_free(moves);
    put(out, count, 4);
    avt_buf_append(out, targets.data, targets.size);
    out->overflowed = out->overflowed || targets.overflowed;
    return code;
}

enum avt_code avt_head_bake(const char *const *source_paths, size_t source_count, const char *out_path,
                            struct avt_error *reterr)
{
    AVT_CLEANUP(avt_source_done) struct avt_source source = {0};
    enum avt_code code = avt_source_open(source_paths, source_count, &source, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(kept_done) struct kept kept = {0};
    code = keep(&kept, &source.mesh, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(AVT_HEAD_BYTES_MAX);
    put_mesh(&out, &source.mesh, &kept);
    put_texture(&out, &source.mesh, &kept);
    put_shares(&out, &source.mesh, &kept, source.shares);
    put_lines(&out, &source.mesh, &kept);
    code = put_targets(&out, &source, &kept, reterr);
    if (code == AVT_OK && out.overflowed)
        code = avt_fail(reterr, AVT_EFORMAT, "the head's data takes more than %d MB", AVT_HEAD_BYTES_MAX >> 20);
    return code == AVT_OK ? avt_file_write(out_path, out.data, out.size, reterr) : code;
}
