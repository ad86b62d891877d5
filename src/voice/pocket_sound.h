/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A recording as Pocket TTS heard them when it was trained, and what is no sound. Private to pocket*.c, xtts*.c and
 * tests. */
#include <stdbool.h>
#include <stddef.h>

enum {
    AVT_POCKET_PAUSE = 1920,     /* samples (80 ms) of silence that it ends with */
    AVT_POCKET_FADE_OUT = 480,   /* samples (20 ms) before that fade out */
    AVT_POCKET_LEVEL_FRAME = 480, /* samples (20 ms) that are loud or not together */
};
#define AVT_POCKET_FLOOR_DB 35.0 /* below the loudest frame is silence */

/** End it in a pause, as kyutai-labs/pocket-tts does (end_on_pause): one that stops within a word makes the model go on
 *  with that word, one with a long silence makes it wait. The silence at the end is cut, what is left fades out, and
 *  AVT_POCKET_PAUSE zeros follow. Shorter ones than a frame stay as they are.
 *  @param sound  [count], changed in place; has room for AVT_POCKET_PAUSE more.
 *  @return Samples that it has now. */
size_t avt_pocket_end_on_pause(float *sound, size_t count);

/** Whether numbers can be sound: all of them are numbers, and not all the same. `count` 0: they are not. */
bool avt_pocket_is_sound(const float *samples, size_t count);
