/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "lipsync/motion_driver.h"
#include "lipsync/motion_emotion.h"
#include "lipsync/motion_life.h"
#include "lipsync/motion_mouth.h"

struct avt_motion_driver {
    struct avt_mouth mouth;
    struct avt_life life;
    enum avt_emotion emotion;
    double soften_s;
};

struct avt_motion_driver *avt_motion_from_timeline(const struct avt_motion_options *options)
{
    struct avt_motion_driver *driver = avt_new0(struct avt_motion_driver, 1);
    avt_mouth_init(&driver->mouth, options->expressiveness);
    avt_life_init(&driver->life, options);
    driver->emotion = options->emotion;
    driver->soften_s = options->soften_s;
    return driver;
}

void avt_motion_feed(struct avt_motion_driver *driver, const struct avt_timeline *part,
                     double offset_s)
{
    avt_mouth_feed(&driver->mouth, part, offset_s);
}

/* The mouth at t; softened, a mean of three moments. */
static void mouth_at(struct avt_motion_driver *driver, double t, struct avt_motion *motion)
{
    static const float PARTS[3] = {.4f, .3f, .3f};
    const double moments[3] = {t, t - driver->soften_s, t + driver->soften_s};
    if (driver->soften_s <= 0) {
        avt_mouth_at(&driver->mouth, t, motion);
        return;
    }
    for (int k = 0; k < 3; k++) {
        struct avt_motion at = {0};
        avt_mouth_at(&driver->mouth, moments[k], &at);
        for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++)
            motion->arkit[shape] += PARTS[k] * at.arkit[shape];
        motion->tongue_up += PARTS[k] * at.tongue_up;
    }
}

void avt_motion_at(struct avt_motion_driver *driver, double t, struct avt_motion *ret_motion)
{
    memset(ret_motion, 0, sizeof(*ret_motion));
    mouth_at(driver, t, ret_motion);
    avt_life_at(&driver->life, &driver->mouth, t, ret_motion);
    avt_emotion_at(driver->emotion, t, ret_motion);
}

void avt_motion_free(struct avt_motion_driver *driver)
{
    if (!driver)
        return;
    avt_mouth_done(&driver->mouth);
    avt_free(driver);
}
