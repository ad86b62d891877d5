/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What MuseTalk knows of the pictures of one clip: latents and masks, which cost most of the time and do not change
 * from film to film. Kept in memory while a film is made, and in one file from film to film. What cannot be read or
 * does not fit is made anew; nothing here fails a film.
 *
 * The file, little-endian: "AVTMUSE1"; SHA-256 (64 hex characters) of the networks; u32 with masks (0 or 1); u32 count;
 * then of each picture u32 number, 4 x u32 box, u64 FNV-1a of what follows and of these five numbers, 8192 float32
 * [8, 32, 32] and, with masks, 32 KiB of bits [512, 512], the lowest first.
 *
 * Threads: one cache is used by one thread at a time. Processes: the file appears whole; the last one stays.
 */
#include "lipsync/musetalk_crop.h"

enum {
    AVT_MUSETALK_CACHE_MAX = 1500, /* pictures: a minute at 25 a second, 97 MB with masks, 49 MB without */
    AVT_MUSETALK_MASK_BYTES = AVT_MUSETALK_PARSE_PIXELS / 8,
};

struct avt_musetalk_cache;

/** @param path   File from which to take, and into which to write what is new; borrowed for the call. NULL: none.
 *  @param print  SHA-256 in hex of the networks: a file of others is not taken.
 *  Owned by the caller: avt_musetalk_cache_close(). */
struct avt_musetalk_cache *avt_musetalk_cache_open(const char *path, const char *print, bool has_masks);
/** Writes the file if there is something new. Does nothing for NULL. */
void avt_musetalk_cache_close(struct avt_musetalk_cache *cache);
AVT_DEFINE_FREEP(struct avt_musetalk_cache, avt_musetalk_cache_close)

/** @param ret_latents  [8, 32, 32].  @param ret_mask  [512, 512], 0 or 255; unused without masks.
 *  @return  Whether the picture is known, and its face lies where `box` says. */
bool avt_musetalk_cache_find(const struct avt_musetalk_cache *cache, long long picture,
                             const struct avt_musetalk_box *box, float *ret_latents, uint8_t *ret_mask);
/** Remember a picture, unless there is no more room: what came first stays, as a clip that runs back and forth passes
 *  it again. `picture` is not negative. */
void avt_musetalk_cache_keep(struct avt_musetalk_cache *cache, long long picture, const struct avt_musetalk_box *box,
                             const float *latents, const uint8_t *mask);
/** Pictures known. */
int avt_musetalk_cache_count(const struct avt_musetalk_cache *cache);

/** Where in a file's bytes its pictures begin, and how many there are.
 *  @return AVT_OK, AVT_EFORMAT (not such a file, of other networks, or not of the length that it says). */
AVT_CHECKED enum avt_code avt_musetalk_cache_parse(const uint8_t *data, size_t size, const char *print, bool has_masks,
                                                   const uint8_t **ret_pictures, int *ret_count,
                                                   struct avt_error *reterr);
