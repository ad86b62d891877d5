/* SPDX-License-Identifier: Apache-2.0 */
/* Wavefront OBJ as MakeHuman writes it (quads only, with texture), and its table of mirror images. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "nn/unpack.h"
#include "portrait/head_source.h"

#define CM_PER_UNIT 10.0 /* the source's are decimetres */

size_t avt_source_word(const char **at, const char **ret_word)
{
    const char *from = *at + strspn(*at, " \t\r");
    size_t length = strcspn(from, " \t\r\n");
    *ret_word = from;
    *at = from + length;
    return length;
}

const char *avt_source_next_line(const char *at)
{
    const char *end = strchr(at, '\n');
    return end && end[1] ? end + 1 : NULL;
}

bool avt_source_index(const char *word, size_t length, uint32_t limit, uint32_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (word[i] < '0' || word[i] > '9' || value > UINT32_MAX)
            return false;
        value = value * 10 + (uint64_t)(word[i] - '0');
    }
    *ret_value = (uint32_t)value;
    return length > 0 && value < limit;
}

/* Optional sign, digits, and a point among them; an exponent as Python writes small numbers. */
bool avt_source_number(const char *word, size_t length, double *ret_value)
{
    static const double ten[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
                                 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    enum { DIGITS_MAX = 17, SCALE_MAX = 18 };
    int64_t whole = 0, digits = 0, scale = 0, exponent = 0;
    bool point = false;
    size_t i = length && (*word == '-' || *word == '+');
    for (; i < length && word[i] != 'e' && word[i] != 'E'; i++) {
        if (word[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (word[i] < '0' || word[i] > '9')
            return false;
        if (digits >= DIGITS_MAX)
            continue; /* beyond what matters; after the point, or refused below */
        whole = whole * 10 + (word[i] - '0');
        digits += whole != 0 || digits;
        scale += point;
        if (scale > SCALE_MAX)
            return false;
    }
    if (i < length) {
        bool negative = ++i < length && word[i] == '-';
        uint32_t value = 0;
        i += i < length && (word[i] == '-' || word[i] == '+');
        if (!avt_source_index(word + i, length - i, SCALE_MAX, &value))
            return false;
        exponent = negative ? -(int64_t)value : (int64_t)value;
    }
    double amount = (double)whole / ten[scale];
    amount = exponent < 0 ? amount / ten[-exponent] : amount * ten[exponent];
    *ret_value = *word == '-' ? -amount : amount;
    return length > 0 && amount < 1e9;
}

static bool read_numbers(const char *at, double *values, int count)
{
    const char *word = NULL;
    for (int k = 0; k < count; k++) {
        size_t length = avt_source_word(&at, &word);
        if (!avt_source_number(word, length, &values[k]))
            return false;
    }
    return true;
}

static bool read_face(const char *at, struct avt_source_mesh *mesh)
{
    if (mesh->face_count == AVT_SOURCE_FACES_MAX || mesh->group_count == 0)
        return false;
    struct avt_source_face *face = &mesh->faces[mesh->face_count++];
    const char *word = NULL;
    for (int k = 0; k < 4; k++) {
        size_t length = avt_source_word(&at, &word);
        const char *slash = memchr(word, '/', length);
        size_t first = slash ? (size_t)(slash - word) : length;
        uint32_t corner = 0, texture = 1;
        if (!avt_source_index(word, first, (uint32_t)mesh->vertex_count + 1, &corner) || corner == 0)
            return false;
        if (slash && (!avt_source_index(slash + 1, length - first - 1, (uint32_t)mesh->texture_count + 1, &texture) ||
                      texture == 0))
            return false;
        face->corners[k] = corner - 1;
        face->texture[k] = texture - 1;
    }
    mesh->groups[mesh->group_count - 1].face_count++;
    return true;
}

static bool read_group(const char *at, struct avt_source_mesh *mesh)
{
    const char *word = NULL;
    size_t length = avt_source_word(&at, &word);
    if (mesh->group_count == AVT_SOURCE_GROUPS_MAX || length >= sizeof(mesh->groups->name))
        return false;
    struct avt_source_group *group = &mesh->groups[mesh->group_count++];
    memcpy(group->name, word, length);
    group->faces = &mesh->faces[mesh->face_count];
    return true;
}

static bool read_line(const char *at, struct avt_source_mesh *mesh)
{
    const char *word = NULL;
    size_t length = avt_source_word(&at, &word);
    if (length == 1 && *word == 'v') {
        if (mesh->vertex_count == AVT_SOURCE_VERTICES_MAX)
            return false;
        double *point = mesh->points[mesh->vertex_count++];
        bool good = read_numbers(at, point, 3);
        for (int k = 0; k < 3; k++)
            point[k] *= CM_PER_UNIT;
        return good;
    }
    if (length == 2 && word[0] == 'v' && word[1] == 't')
        return mesh->texture_count < AVT_SOURCE_VERTICES_MAX &&
               read_numbers(at, mesh->texture[mesh->texture_count++], 2);
    if (length == 1 && *word == 'f')
        return read_face(at, mesh);
    return length != 1 || *word != 'g' || read_group(at, mesh);
}

static enum avt_code read_obj(const char *path, struct avt_source_mesh *mesh, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    enum avt_code code = avt_unpack_text(path, AVT_SOURCE_BYTES_MAX, &text, &size, reterr);
    if (code != AVT_OK)
        return code;
    mesh->points = avt_alloc0(AVT_SOURCE_VERTICES_MAX, sizeof(*mesh->points));
    mesh->texture = avt_alloc0(AVT_SOURCE_VERTICES_MAX, sizeof(*mesh->texture));
    mesh->faces = avt_new0(struct avt_source_face, AVT_SOURCE_FACES_MAX);
    mesh->groups = avt_new0(struct avt_source_group, AVT_SOURCE_GROUPS_MAX);
    size_t number = 1;
    for (const char *line = text; line; line = avt_source_next_line(line), number++)
        if (!read_line(line, mesh))
            return avt_fail(reterr, AVT_EFORMAT, "the head's mesh '%s' cannot be read at line %zu", path, number);
    return mesh->vertex_count && mesh->texture_count
               ? AVT_OK
               : avt_fail(reterr, AVT_EFORMAT, "the head's mesh '%s' is empty", path);
}

static enum avt_code read_twins(const char *path, struct avt_source_mesh *mesh, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    enum avt_code code = avt_unpack_text(path, AVT_SOURCE_BYTES_MAX, &text, &size, reterr);
    if (code != AVT_OK)
        return code;
    mesh->twins = avt_new0(uint32_t, mesh->vertex_count);
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        mesh->twins[i] = i;
    for (const char *line = text; line; line = avt_source_next_line(line)) {
        uint32_t pair[2] = {0};
        const char *at = line, *word = NULL;
        for (int k = 0; k < 2; k++) {
            size_t length = avt_source_word(&at, &word);
            if (!avt_source_index(word, length, (uint32_t)mesh->vertex_count, &pair[k]))
                return avt_fail(reterr, AVT_EFORMAT, "the table of mirror images '%s' is damaged", path);
        }
        mesh->twins[pair[0]] = pair[1];
        mesh->twins[pair[1]] = pair[0];
    }
    return AVT_OK;
}

enum avt_code avt_source_read_mesh(const char *obj_path, const char *mirror_path, struct avt_source_mesh *mesh,
                                   struct avt_error *reterr)
{
    enum avt_code code = read_obj(obj_path, mesh, reterr);
    if (code == AVT_OK)
        code = read_twins(mirror_path, mesh, reterr);
    for (uint32_t i = 0; code == AVT_OK && i < mesh->vertex_count; i++) {
        double *a = mesh->points[i], *b = mesh->points[mesh->twins[i]];
        double x = (a[0] - b[0]) / 2, y = (a[1] + b[1]) / 2, z = (a[2] + b[2]) / 2;
        memcpy(a, (double[3]){x, y, z}, 3 * sizeof(double));
        memcpy(b, (double[3]){mesh->twins[i] == i ? 0 : -x, y, z}, 3 * sizeof(double));
    }
    return code;
}

void avt_source_mesh_done(struct avt_source_mesh *mesh)
{
    avt_free(mesh->points);
    avt_free(mesh->twins);
    avt_free(mesh->texture);
    avt_free(mesh->faces);
    avt_free(mesh->groups);
    *mesh = (struct avt_source_mesh){0};
}

const struct avt_source_group *avt_source_group(const struct avt_source_mesh *mesh, const char *name)
{
    for (size_t i = 0; i < mesh->group_count; i++)
        if (avt_str_equal(mesh->groups[i].name, name))
            return &mesh->groups[i];
    return NULL;
}
