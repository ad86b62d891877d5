/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a presenter out of words is modelled and drawn: portrait PROMPT [real|toon] [WIDTH HEIGHT] [FRAMES] [PNG].
 * The head nods, looks about and talks through the frames, the last of which is saved. Prints one line: times on the
 * wall, and the processor's, of all threads together, which other programs disturb less.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "media/still.h"
#include "portrait/portrait.h"
#include "portrait/prompt.h"

static void stop(enum avt_code code, const struct avt_error *error)
{
    if (code == AVT_OK)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static double processor_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static struct avt_motion motion_at(int frame)
{
    struct avt_motion motion = {0};
    float t = (float)frame / 25;
    motion.pose = (struct avt_head_pose){.yaw = 12 * sinf(1.7f * t), .pitch = 5 * sinf(2.3f * t),
                                         .roll = 3 * sinf(1.1f * t)};
    motion.breath = .5f + .5f * sinf(1.5f * t);
    motion.arkit[AVT_JAW_OPEN] = .25f + .25f * sinf(13 * t);
    motion.arkit[AVT_MOUTH_SMILE_LEFT] = motion.arkit[AVT_MOUTH_SMILE_RIGHT] = .2f;
    motion.arkit[AVT_EYE_BLINK_LEFT] = motion.arkit[AVT_EYE_BLINK_RIGHT] = frame % 75 < 4 ? 1 : 0;
    return motion;
}

int main(int argc, char **argv)
{
    const char *prompt = argc > 1 ? argv[1] : "a woman with long brown hair in a blue shirt";
    enum avt_look look = argc > 2 && strcmp(argv[2], "toon") == 0 ? AVT_LOOK_TOON : AVT_LOOK_REAL;
    int width = argc > 4 ? atoi(argv[3]) : 1280, height = argc > 4 ? atoi(argv[4]) : 720;
    int frames = argc > 5 ? atoi(argv[5]) : 100;
    struct avt_error error = {0};
    struct avt_attributes attributes;
    struct avt_head *head = NULL;
    struct avt_portrait *portrait = NULL;
    struct avt_image *image = NULL;
    stop(avt_prompt_parse(prompt, 1, &attributes, NULL, NULL, &error), &error);
    stop(avt_head_open(&head, &error), &error);
    double begun = avt_now_s(), begun_processor = processor_s();
    stop(avt_portrait_new(head, &attributes, look, &portrait, &error), &error);
    stop(avt_portrait_look_around(portrait, width, height, &error), &error);
    double modelled = avt_now_s(), modelled_processor = processor_s();
    stop(avt_image_new(width, height, &image, &error), &error);
    stop(avt_portrait_draw(portrait, NULL, image, &error), &error);
    double started = avt_now_s(), started_processor = processor_s();
    for (int i = 0; i < frames; i++) {
        struct avt_motion motion = motion_at(i);
        stop(avt_portrait_draw(portrait, &motion, image, &error), &error);
    }
    double spent = avt_now_s() - started, spent_processor = processor_s() - started_processor;
    printf("modelled in %.2f s (%.2f s of processors), first drawn in %.2f s, %.1f frames/s at %d x %d (%.1f ms of "
           "processors each)\n",
           modelled - begun, modelled_processor - begun_processor, started - modelled, frames / spent, width, height,
           1000 * spent_processor / frames);
    if (argc > 6)
        stop(avt_still_save_png(argv[6], image, &error), &error);
    avt_image_free(image);
    avt_portrait_free(portrait);
    avt_head_free(head);
    return 0;
}
