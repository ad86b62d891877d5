/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/srgb.h"

void avt_srgb_init(struct avt_srgb *ret_table)
{
    for (int i = 0; i < 256; i++) {
        double v = i / 255.0;
        ret_table->linear[i] = (float)(v <= .04045 ? v / 12.92 : pow((v + .055) / 1.055, 2.4));
    }
    for (int i = 0; i <= AVT_SRGB_STEPS; i++) {
        double light = (double)i / AVT_SRGB_STEPS;
        light *= light;
        double v = light <= .0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - .055;
        ret_table->bytes[i] = (uint8_t)(v * 255 + .5);
    }
}
