/* SPDX-License-Identifier: Apache-2.0 */
/* The targets of the head and the bones' weights, as text files. */
#include "portrait/head_source.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/unpack.h"
#include "os/paths.h"

enum { FILES_MAX = 2048 };
#define CM_PER_UNIT 10.0

/* The folders whose targets can touch a head and shoulders; the rest of a body is left out. */
static const char *const folders[] = {"arms", "asym",     "breast", "cheek",        "chin",  "ears", "eyebrows", "eyes",
                                      "head", "forehead", "neck",   "macrodetails", "mouth", "nose", "torso"};
/* Of those, what nobody asks for. */
static const char *const left_out[] = {"lowerarm", "hips", "waist", "trans-in", "trans-out", "asymm-", "arm-length",
                                      "cup-", "breast-", "nipple-point"};

/* ---- which targets there are --------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        avt_free(names[i]);
    avt_free(names);
}

/* Names of a folder's target files in order. */
static enum avt_code list(const char *folder, char ***ret_names, size_t *ret_count, struct avt_error *reterr)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return avt_fail(reterr, AVT_EFORMAT, "the head's package has no folder '%s'", folder);
    char **names = avt_new0(char *, FILES_MAX);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) && count < FILES_MAX;)
        if (strstr(entry->d_name, ".target"))
            names[count++] = avt_strdup(entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof(*names), compare_names);
    *ret_names = names;
    *ret_count = count;
    return AVT_OK;
}

static bool is_wanted(const char *name)
{
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
        /* An eye moved in or out is one of a pair, and wanted. */
        bool pair = name[0] == 'l' && name[1] == '-';
        if (strstr(name, left_out[i]) && !pair)
            return false;
    }
    return !avt_str_starts(name, "r-") && !strstr(name, "-lowerarm-");
}

/* eyeBlinkLeft for eyeBlinkRight, jawLeft for jawRight; NULL: it has no side. */
static char *other_side(const char *name)
{
    const char *left = strstr(name, "Left"), *right = strstr(name, "Right");
    const char *at = left ? left : right;
    if (!at)
        return NULL;
    return avt_asprintf("%.*s%s%s", (int)(at - name), name, left ? "Right" : "Left", at + (left ? 4 : 5));
}

static void add_target(struct avt_source *source, const char *folder, const char *group, const char *file)
{
    struct avt_source_target *target = &source->targets[source->target_count++];
    size_t length = (size_t)(strstr(file, ".target") - file);
    bool pair = avt_str_starts(file, "l-");
    AVT_CLEANUP(avt_freep) char *name =
        avt_asprintf("%s/%.*s", group, (int)length - 2 * pair, file + 2 * pair);
    memcpy(target->name, name, strnlen(name, sizeof(target->name) - 1));
    target->path = avt_path_join(folder, file);
    target->both = pair;
    if (pair) {
        AVT_CLEANUP(avt_freep) char *twin = avt_asprintf("r-%s", file + 2);
        target->twin_path = avt_path_join(folder, twin);
    } else if (!avt_str_equal(group, "asym")) {
        AVT_CLEANUP(avt_freep) char *twin = avt_str_equal(group, "arkit") ? other_side(file) : NULL;
        target->twin_path = avt_path_join(folder, twin ? twin : file);
    }
}

static enum avt_code list_targets(struct avt_source *source, const char *folder, const char *group,
                                  struct avt_error *reterr)
{
    char **names = NULL;
    size_t count = 0;
    enum avt_code code = list(folder, &names, &count, reterr);
    for (size_t i = 0; code == AVT_OK && i < count; i++) {
        if (source->target_count == AVT_HEAD_TARGETS_MAX)
            code = avt_fail(reterr, AVT_EFORMAT, "the head's package has too many targets");
        else if (avt_str_equal(group, "arkit") || is_wanted(names[i]))
            add_target(source, folder, group, names[i]);
    }
    free_names(names, count);
    return code;
}

static int compare_targets(const void *a, const void *b)
{
    return strcmp(((const struct avt_source_target *)a)->name, ((const struct avt_source_target *)b)->name);
}

/* ---- one target ---------------------------------------------------------------------------- */

static enum avt_code add_moves(const struct avt_source_mesh *mesh, const char *path, const uint32_t *twins,
                               double scale, double (*moves)[3], struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    enum avt_code code = avt_unpack_text(path, AVT_SOURCE_BYTES_MAX, &text, &size, reterr);
    if (code != AVT_OK)
        return code;
    for (const char *line = text; line; line = avt_source_next_line(line)) {
        const char *at = line, *word = NULL;
        uint32_t vertex = 0;
        double by[3] = {0};
        size_t length = avt_source_word(&at, &word);
        if (length == 0 || *word == '#')
            continue;
        bool good = avt_source_index(word, length, (uint32_t)mesh->vertex_count, &vertex);
        for (int k = 0; good && k < 3; k++) {
            length = avt_source_word(&at, &word);
            good = avt_source_number(word, length, &by[k]);
        }
        if (!good)
            return avt_fail(reterr, AVT_EFORMAT, "the target '%s' of the head is damaged", path);
        double *move = moves[twins ? twins[vertex] : vertex];
        for (int k = 0; k < 3; k++)
            move[k] += scale * CM_PER_UNIT * (twins && k == 0 ? -by[k] : by[k]);
    }
    return AVT_OK;
}

enum avt_code avt_source_moves(const struct avt_source *source, const struct avt_source_target *target,
                               double (*moves)[3], struct avt_error *reterr)
{
    const struct avt_source_mesh *mesh = &source->mesh;
    memset(moves, 0, mesh->vertex_count * sizeof(*moves));
    if (!target->twin_path)
        return add_moves(mesh, target->path, NULL, 1, moves, reterr);
    enum avt_code code = add_moves(mesh, target->path, NULL, .5, moves, reterr);
    if (code == AVT_OK)
        code = add_moves(mesh, target->twin_path, mesh->twins, .5, moves, reterr);
    if (code == AVT_OK && target->both)
        code = add_moves(mesh, target->path, mesh->twins, .5, moves, reterr);
    if (code == AVT_OK && target->both)
        code = add_moves(mesh, target->twin_path, NULL, .5, moves, reterr);
    return code;
}

/* ---- bones --------------------------------------------------------------------------------- */

static bool is_arm(const char *bone)
{
    static const char *const parts[] = {"upperarm", "lowerarm", "wrist", "metacarpal", "finger"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (avt_str_starts(bone, parts[i]))
            return true;
    return false;
}

/* How far what a bone carries goes with the head: the neck's three share its turn. */
static float bone_follow(const char *bone)
{
    static const struct {
        const char *name;
        float follow;
    } bones[] = {{"neck01", .2f}, {"neck02", .5f}, {"neck03", .8f}, {"head", 1}, {"jaw", 1}, {"eye", 1},
                 {"levator", 1}, {"oculi", 1}, {"orbicularis", 1}, {"oris", 1}, {"risorius", 1}, {"special", 1},
                 {"temporalis", 1}, {"tongue", 1}};
    for (size_t i = 0; i < sizeof(bones) / sizeof(bones[0]); i++)
        if (avt_str_starts(bone, bones[i].name))
            return bones[i].follow;
    return 0;
}

static void bone_shares(const char *bone, float shares[AVT_HEAD_SHARES])
{
    memset(shares, 0, AVT_HEAD_SHARES * sizeof(*shares));
    int side = avt_str_ends(bone, ".L");
    shares[AVT_SHARE_FOLLOW] = bone_follow(bone);
    if (is_arm(bone))
        shares[AVT_SHARE_RIGHT_ARM + side] = 1;
    if (is_arm(bone) || avt_str_starts(bone, "clavicle") || avt_str_starts(bone, "shoulder"))
        shares[AVT_SHARE_RIGHT_SHOULDER + side] = 1;
}

static enum avt_code read_shares(struct avt_source *source, const char *path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *root = NULL;
    enum avt_code code = avt_json_read_file(path, AVT_SOURCE_BYTES_MAX, &root, reterr);
    if (code != AVT_OK)
        return code;
    for (int share = 0; share < AVT_HEAD_SHARES; share++)
        source->shares[share] = avt_new0(float, source->mesh.vertex_count);
    const char *bone = NULL;
    json_t *pairs = NULL, *bones = json_object_get(root, "weights");
    json_object_foreach(bones, bone, pairs) {
        float shares[AVT_HEAD_SHARES];
        bone_shares(bone, shares);
        for (size_t i = 0; i < json_array_size(pairs); i++) {
            const json_t *pair = json_array_get(pairs, i);
            json_int_t vertex = json_integer_value(json_array_get(pair, 0));
            double weight = json_number_value(json_array_get(pair, 1));
            if (vertex < 0 || (size_t)vertex >= source->mesh.vertex_count || !(weight >= 0 && weight <= 1.01))
                return avt_fail(reterr, AVT_EFORMAT, "the bones' weights '%s' are damaged", path);
            for (int share = 0; share < AVT_HEAD_SHARES; share++)
                source->shares[share][vertex] += (float)weight * shares[share];
        }
    }
    return json_object_size(bones) ? AVT_OK
                                   : avt_fail(reterr, AVT_EFORMAT, "the bones' weights '%s' are empty", path);
}

/* ---- all of it ----------------------------------------------------------------------------- */

enum avt_code avt_source_open(const char *const *paths, size_t count, struct avt_source *source,
                              struct avt_error *reterr)
{
    enum { OBJ, MIRROR, WEIGHTS, TARGETS, UNITS, PATHS };
    if (count != PATHS)
        return avt_fail(reterr, AVT_EFORMAT, "the head cannot be made from %zu files", count);
    enum avt_code code = avt_source_read_mesh(paths[OBJ], paths[MIRROR], &source->mesh, reterr);
    if (code == AVT_OK)
        code = read_shares(source, paths[WEIGHTS], reterr);
    source->targets = avt_new0(struct avt_source_target, AVT_HEAD_TARGETS_MAX);
    for (size_t i = 0; code == AVT_OK && i < sizeof(folders) / sizeof(folders[0]); i++) {
        AVT_CLEANUP(avt_freep) char *folder = avt_path_join(paths[TARGETS], folders[i]);
        code = list_targets(source, folder, folders[i], reterr);
    }
    if (code == AVT_OK)
        code = list_targets(source, paths[UNITS], "arkit", reterr);
    qsort(source->targets, source->target_count, sizeof(*source->targets), compare_targets);
    return code;
}

void avt_source_done(struct avt_source *source)
{
    for (size_t i = 0; i < source->target_count; i++) {
        avt_free(source->targets[i].path);
        avt_free(source->targets[i].twin_path);
    }
    avt_free(source->targets);
    for (int share = 0; share < AVT_HEAD_SHARES; share++)
        avt_free(source->shares[share]);
    avt_source_mesh_done(&source->mesh);
    *source = (struct avt_source){0};
}
