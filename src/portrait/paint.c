/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "portrait/wear.h"

/* Dyes as they are on cloth and walls, chosen by eye: nothing is quite black, white or as bright as a screen can be.
 * The sRGB value of each stands beside it; linear by IEC 61966-2-1. */
static const float paints[AVT_PAINT_COUNT][3] = {
    [AVT_PAINT_BLACK] = {0.0086f, 0.0091f, 0.0110f}, /* #17181b */
    [AVT_PAINT_CHARCOAL] = {0.0423f, 0.0467f, 0.0545f}, /* #3a3d42 */
    [AVT_PAINT_GREY] = {0.2582f, 0.2705f, 0.2918f}, /* #8b8e93 */
    [AVT_PAINT_WHITE] = {0.8879f, 0.8796f, 0.8469f}, /* #f2f1ed */
    [AVT_PAINT_CREAM] = {0.8632f, 0.7758f, 0.6105f}, /* #efe4cd */
    [AVT_PAINT_BEIGE] = {0.6105f, 0.4793f, 0.3140f}, /* #cdb898 */
    [AVT_PAINT_BROWN] = {0.1470f, 0.0685f, 0.0343f}, /* #6b4a34 */
    [AVT_PAINT_NAVY] = {0.0137f, 0.0252f, 0.0742f}, /* #1f2c4d */
    [AVT_PAINT_BLUE] = {0.0284f, 0.1144f, 0.3916f}, /* #2f5fa8 */
    [AVT_PAINT_LIGHT_BLUE] = {0.3968f, 0.5647f, 0.7758f}, /* #a9c6e4 */
    [AVT_PAINT_TEAL] = {0.0137f, 0.1746f, 0.1878f}, /* #1f7478 */
    [AVT_PAINT_GREEN] = {0.0284f, 0.1946f, 0.0648f}, /* #2f7a48 */
    [AVT_PAINT_OLIVE] = {0.1441f, 0.1441f, 0.0452f}, /* #6a6a3c */
    [AVT_PAINT_YELLOW] = {0.7835f, 0.4851f, 0.0423f}, /* #e5b93a */
    [AVT_PAINT_ORANGE] = {0.6939f, 0.1845f, 0.0284f}, /* #d9772f */
    [AVT_PAINT_RED] = {0.4508f, 0.0203f, 0.0262f}, /* #b3272d */
    [AVT_PAINT_BURGUNDY] = {0.1441f, 0.0137f, 0.0331f}, /* #6a1f33 */
    [AVT_PAINT_PINK] = {0.7605f, 0.3515f, 0.4564f}, /* #e2a0b4 */
    [AVT_PAINT_PURPLE] = {0.1301f, 0.0513f, 0.2747f}, /* #65408f */
    [AVT_PAINT_LAVENDER] = {0.4851f, 0.3968f, 0.6939f}, /* #b9a9d9 */
    [AVT_PAINT_GOLD] = {0.5711f, 0.3231f, 0.0685f}, /* #c79a4a */
    [AVT_PAINT_SILVER] = {0.5089f, 0.5333f, 0.5647f}, /* #bdc1c6 */
};

const float *avt_paint_colour(int paint)
{
    avt_assert(paint >= 0 && paint < AVT_PAINT_COUNT);
    return paints[paint];
}
