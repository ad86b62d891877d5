/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/musetalk_cache.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"

enum {
    MAGIC_BYTES = 8,
    PRINT_BYTES = AVT_SHA256_HEX_SIZE - 1,
    HEAD_BYTES = MAGIC_BYTES + PRINT_BYTES + 4 + 4,
    NUMBERS = 5,                   /* picture and box */
    SUM_AT = 4 * NUMBERS,
    LATENTS_AT = SUM_AT + 8,
    LATENTS = 2 * AVT_MUSETALK_LATENTS,
    MASK_AT = LATENTS_AT + 4 * LATENTS,
};
static const char magic[MAGIC_BYTES] = "AVTMUSE1";

struct avt_musetalk_cache {
    char *path; /* NULL: not on disk */
    char print[AVT_SHA256_HEX_SIZE];
    bool has_masks;
    struct avt_map map; /* of the file that was there */
    /* Pictures as the file has them: the first old_count lie in `map`, the others are owned. */
    const uint8_t *pictures[AVT_MUSETALK_CACHE_MAX];
    int count, old_count;
};

static size_t picture_bytes(bool has_masks)
{
    return MASK_AT + (has_masks ? (size_t)AVT_MUSETALK_MASK_BYTES : 0);
}

/* FNV-1a, of 64 bits. */
static uint64_t mix(uint64_t sum, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ data[i]) * 0x100000001b3u;
    return sum;
}

static uint64_t sum_of(const uint8_t *picture, bool has_masks)
{
    return mix(mix(0xcbf29ce484222325u, picture, SUM_AT), picture + LATENTS_AT, picture_bytes(has_masks) - LATENTS_AT);
}

enum avt_code avt_musetalk_cache_parse(const uint8_t *data, size_t size, const char *print, bool has_masks,
                                       const uint8_t **ret_pictures, int *ret_count, struct avt_error *reterr)
{
    struct avt_cursor cursor = {.at = data, .left = size};
    const uint8_t *start = avt_cursor_take(&cursor, MAGIC_BYTES), *found = avt_cursor_take(&cursor, PRINT_BYTES);
    uint32_t with_masks = avt_cursor_number(&cursor, 4), count = avt_cursor_number(&cursor, 4);
    if (cursor.bad || memcmp(start, magic, MAGIC_BYTES) != 0)
        return avt_fail(reterr, AVT_EFORMAT, "it is not a file of MuseTalk's latents");
    if (memcmp(found, print, PRINT_BYTES) != 0 || with_masks != (has_masks ? 1u : 0u))
        return avt_fail(reterr, AVT_EFORMAT, "its latents are those of other networks");
    if (count > AVT_MUSETALK_CACHE_MAX || cursor.left != count * picture_bytes(has_masks))
        return avt_fail(reterr, AVT_EFORMAT, "it is cut short or damaged");
    *ret_pictures = cursor.at;
    *ret_count = (int)count;
    return AVT_OK;
}

struct avt_musetalk_cache *avt_musetalk_cache_open(const char *path, const char *print, bool has_masks)
{
    avt_assert(strlen(print) == PRINT_BYTES);
    struct avt_musetalk_cache *cache = avt_new0(struct avt_musetalk_cache, 1);
    memcpy(cache->print, print, PRINT_BYTES);
    cache->has_masks = has_masks;
    if (!path)
        return cache;
    cache->path = avt_strdup(path);
    const uint8_t *pictures = NULL;
    struct avt_error why = {0};
    if (!avt_file_exists(path) || avt_map_open(path, &cache->map, &why) != AVT_OK)
        return cache;
    if (avt_musetalk_cache_parse(cache->map.data, cache->map.size, print, has_masks, &pictures, &cache->old_count,
                                 &why) != AVT_OK)
        avt_debug("'%s' is made anew: %s", path, why.message);
    for (int i = 0; i < cache->old_count; i++)
        cache->pictures[i] = pictures + (size_t)i * picture_bytes(has_masks);
    cache->count = cache->old_count;
    return cache;
}

static bool write_all(int fd, const void *data, size_t size)
{
    for (const char *at = data; size > 0;) {
        ssize_t written = write(fd, at, size);
        if (written <= 0)
            return false;
        at += written;
        size -= (size_t)written;
    }
    return true;
}

static enum avt_code write_file(const struct avt_musetalk_cache *cache, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *file = NULL;
    enum avt_code code = avt_outfile_open(cache->path, &file, reterr);
    if (code != AVT_OK)
        return code;
    const uint32_t numbers[2] = {cache->has_masks ? 1 : 0, (uint32_t)cache->count};
    int fd = avt_outfile_fd(file);
    bool is_written = write_all(fd, magic, MAGIC_BYTES) && write_all(fd, cache->print, PRINT_BYTES) &&
                      write_all(fd, numbers, sizeof(numbers));
    for (int i = 0; is_written && i < cache->count; i++)
        is_written = write_all(fd, cache->pictures[i], picture_bytes(cache->has_masks));
    return is_written ? avt_outfile_commit(file, reterr)
                      : avt_fail(reterr, AVT_EIO, "'%s' cannot be written", cache->path);
}

void avt_musetalk_cache_close(struct avt_musetalk_cache *cache)
{
    if (!cache)
        return;
    struct avt_error why = {0};
    if (cache->path && cache->count > cache->old_count && write_file(cache, &why) != AVT_OK)
        avt_debug("latents are not kept: %s", why.message);
    for (int i = cache->old_count; i < cache->count; i++)
        avt_free((void *)(uintptr_t)cache->pictures[i]);
    avt_map_close(&cache->map);
    avt_free(cache->path);
    avt_free(cache);
}

int avt_musetalk_cache_count(const struct avt_musetalk_cache *cache)
{
    return cache->count;
}

static const uint8_t *find(const struct avt_musetalk_cache *cache, const uint32_t numbers[NUMBERS])
{
    for (int i = 0; i < cache->count; i++) {
        if (memcmp(cache->pictures[i], numbers, SUM_AT) == 0)
            return cache->pictures[i];
    }
    return NULL;
}

bool avt_musetalk_cache_find(const struct avt_musetalk_cache *cache, long long picture,
                             const struct avt_musetalk_box *box, float *ret_latents, uint8_t *ret_mask)
{
    if (picture < 0 || picture > UINT32_MAX)
        return false;
    const uint32_t numbers[NUMBERS] = {(uint32_t)picture, (uint32_t)box->x1, (uint32_t)box->y1, (uint32_t)box->x2,
                                       (uint32_t)box->y2};
    const uint8_t *found = find(cache, numbers);
    uint64_t sum = 0;
    if (found)
        memcpy(&sum, found + SUM_AT, sizeof(sum));
    if (!found || sum != sum_of(found, cache->has_masks))
        return false;
    memcpy(ret_latents, found + LATENTS_AT, LATENTS * sizeof(float));
    for (size_t i = 0; cache->has_masks && i < AVT_MUSETALK_PARSE_PIXELS; i++)
        ret_mask[i] = found[MASK_AT + i / 8] >> i % 8 & 1 ? 255 : 0;
    return true;
}

void avt_musetalk_cache_keep(struct avt_musetalk_cache *cache, long long picture, const struct avt_musetalk_box *box,
                             const float *latents, const uint8_t *mask)
{
    avt_assert(picture >= 0);
    const uint32_t numbers[NUMBERS] = {(uint32_t)picture, (uint32_t)box->x1, (uint32_t)box->y1, (uint32_t)box->x2,
                                       (uint32_t)box->y2};
    if (cache->count == AVT_MUSETALK_CACHE_MAX || picture > UINT32_MAX || find(cache, numbers))
        return;
    uint8_t *bytes = avt_try_new0(uint8_t, picture_bytes(cache->has_masks));
    if (!bytes)
        return; /* made anew when it comes again */
    memcpy(bytes, numbers, SUM_AT);
    memcpy(bytes + LATENTS_AT, latents, LATENTS * sizeof(float));
    for (size_t i = 0; cache->has_masks && i < AVT_MUSETALK_PARSE_PIXELS; i++)
        bytes[MASK_AT + i / 8] |= (uint8_t)((mask[i] != 0) << i % 8);
    uint64_t sum = sum_of(bytes, cache->has_masks);
    memcpy(bytes + SUM_AT, &sum, sizeof(sum));
    cache->pictures[cache->count++] = bytes;
}
