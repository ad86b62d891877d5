/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/motion.h"

#include "base/assert.h"

static const char *const names[AVT_ARKIT_COUNT] = {
    "browDownLeft",      "browDownRight",     "browInnerUp",         "browOuterUpLeft",
    "browOuterUpRight",  "cheekPuff",         "cheekSquintLeft",     "cheekSquintRight",
    "eyeBlinkLeft",      "eyeBlinkRight",     "eyeLookDownLeft",     "eyeLookDownRight",
    "eyeLookInLeft",     "eyeLookInRight",    "eyeLookOutLeft",      "eyeLookOutRight",
    "eyeLookUpLeft",     "eyeLookUpRight",    "eyeSquintLeft",       "eyeSquintRight",
    "eyeWideLeft",       "eyeWideRight",      "jawForward",          "jawLeft",
    "jawOpen",           "jawRight",          "mouthClose",          "mouthDimpleLeft",
    "mouthDimpleRight",  "mouthFrownLeft",    "mouthFrownRight",     "mouthFunnel",
    "mouthLeft",         "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft",
    "mouthPressRight",   "mouthPucker",       "mouthRight",          "mouthRollLower",
    "mouthRollUpper",    "mouthShrugLower",   "mouthShrugUpper",     "mouthSmileLeft",
    "mouthSmileRight",   "mouthStretchLeft",  "mouthStretchRight",   "mouthUpperUpLeft",
    "mouthUpperUpRight", "noseSneerLeft",     "noseSneerRight",      "tongueOut",
};

const char *avt_arkit_name(enum avt_arkit shape)
{
    avt_assert(shape >= 0 && shape < AVT_ARKIT_COUNT);
    return names[shape];
}
