/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Pictures of an outside film, read as if it had a constant frame rate: picture i is the one that is on
 * screen in the middle of the i-th frame's time, whatever the file's own time stamps are. Going back is
 * as good as going on: the file is decoded again in pieces from a key frame before, so memory does not
 * grow with its length.
 *
 * Threads: one clip is used by one thread at a time.
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"

enum {
    AVT_CLIP_FPS_MAX = 60,          /* faster films are thinned out */
    AVT_CLIP_BACK_BYTES = 96 << 20, /* decoded pictures kept for going back */
};

struct avt_clip_info {
    int width, height;    /* as shown: upright, with square pixels */
    int fps_num, fps_den; /* at which it is read; its own, 29.97 is 30000/1001 */
    double duration_s;    /* by what the file says; 0: it does not */
};

/** Whether the file at `path` is a film rather than a still picture, by its content: an animated GIF is.
 *  False as well for what cannot be read.
 *  @param ret_info  May be NULL. All 0 for a film that avt_clip_open() will refuse. */
bool avt_clip_probe(const char *path, struct avt_clip_info *ret_info);

struct avt_clip;
/** @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_EFORMAT (no film, no pictures), AVT_ELIMIT,
 *  AVT_EUNSUPPORTED. */
AVT_CHECKED enum avt_code avt_clip_open(const char *path, int threads, struct avt_clip **ret_clip,
                                        struct avt_error *reterr);
const struct avt_clip_info *avt_clip_info(const struct avt_clip *clip);
void avt_clip_free(struct avt_clip *clip);
AVT_DEFINE_FREEP(struct avt_clip, avt_clip_free)

/** Read it at another rate than its own from now on: pictures are shown twice or left out. */
void avt_clip_set_rate(struct avt_clip *clip, int fps_num, int fps_den);

/** Picture `index` (from 0), all of it scaled to the size of *image, upright.
 *  @param ret_end  Set: the clip has no such picture, and avt_clip_count() knows how many it has.
 *  @return AVT_OK, AVT_EIO, AVT_EFORMAT (nothing in it can be decoded), AVT_EUNSUPPORTED, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_clip_read(struct avt_clip *clip, long long index,
                                        struct avt_image *image, bool *ret_end,
                                        struct avt_error *reterr);
/** Number of pictures; 0 as long as the end has not been seen. */
long long avt_clip_count(const struct avt_clip *clip);

/** The picture that a clip played there and back again shows at step `step` (from 0): 0, 1, .. count - 1,
 *  count - 2, .. 1, 0, 1 .. `count` 0: not known yet, there. */
long long avt_clip_there_and_back(long long step, long long count);
/** As avt_clip_read(), of what the clip played there and back again shows at step `step`.
 *  @param ret_index  Which picture that is. */
AVT_CHECKED enum avt_code avt_clip_play(struct avt_clip *clip, long long step, struct avt_image *image,
                                        long long *ret_index, struct avt_error *reterr);
