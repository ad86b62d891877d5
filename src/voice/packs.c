/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/packs.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "profile/profile.h"
#include "voice/speaker.h"

enum {
    PACK_BYTES = AVT_PROFILE_PACK_FLOATS * 4,
    PACKS_OPEN_MAX = 2 * AVT_SPEAKER_PARTS_MAX, /* mapped at once */
};
/* Values of the 54 published packs lie within 1.6. */
static const float STYLE_MAX = 100.0f;

struct pack {
    char *path;       /* NULL: unused */
    struct stat seen; /* of the file before it was opened */
    struct avt_map map;
};
struct avt_packs {
    struct pack packs[PACKS_OPEN_MAX];
    size_t next; /* the one that gives way */
};

static void pack_close(struct pack *pack)
{
    if (!pack->path)
        return;
    avt_map_close(&pack->map);
    avt_free(pack->path);
    *pack = (struct pack){0};
}

struct avt_packs *avt_packs_new(void)
{
    return avt_new0(struct avt_packs, 1);
}

void avt_packs_free(struct avt_packs *packs)
{
    if (!packs)
        return;
    for (size_t i = 0; i < PACKS_OPEN_MAX; i++)
        pack_close(&packs->packs[i]);
    avt_free(packs);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool is_sound(const struct avt_map *pack)
{
    bool sound = pack->size == PACK_BYTES;
    for (size_t i = 0; sound && i < AVT_PROFILE_PACK_FLOATS; i++) {
        float value;
        memcpy(&value, pack->data + i * sizeof(value), sizeof(value));
        sound = fabsf(value) < STYLE_MAX;
    }
    return sound;
}

static struct pack *known_pack(struct avt_packs *packs, const char *path)
{
    for (size_t i = 0; i < PACKS_OPEN_MAX; i++) {
        if (packs->packs[i].path && avt_str_equal(packs->packs[i].path, path))
            return &packs->packs[i];
    }
    return NULL;
}

static enum avt_code open_pack(const char *path, struct avt_map *ret_map, struct avt_error *reterr)
{
    struct avt_map map;
    enum avt_code code = avt_map_open(path, &map, reterr);
    if (code != AVT_OK)
        return code;
    if (!is_sound(&map)) {
        avt_map_close(&map);
        return avt_fail(reterr, AVT_EFORMAT, "the voice file '%s' is damaged", path);
    }
    *ret_map = map;
    return AVT_OK;
}

enum avt_code avt_packs_get(struct avt_packs *packs, const char *path,
                            const struct avt_map **ret_pack, struct avt_error *reterr)
{
    avt_assert(packs && path && ret_pack);
    struct stat now;
    struct avt_map map = {0};
    struct pack *pack = known_pack(packs, path);
    enum avt_code code = AVT_OK;
    if (stat(path, &now) != 0)
        code = avt_fail(reterr, avt_code_from_errno(errno), "the voice file '%s' cannot be read (%s)",
                        path, strerror(errno));
    if (code == AVT_OK && pack && same_file(&pack->seen, &now)) {
        *ret_pack = &pack->map;
        return AVT_OK;
    }
    if (pack)
        pack_close(pack);
    if (code == AVT_OK)
        code = open_pack(path, &map, reterr);
    if (code != AVT_OK)
        return code;
    if (!pack) {
        pack = &packs->packs[packs->next++ % PACKS_OPEN_MAX];
        pack_close(pack);
    }
    *pack = (struct pack){.path = avt_strdup(path), .seen = now, .map = map};
    *ret_pack = &pack->map;
    return AVT_OK;
}
