/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/icc.h"

#include <lcms2.h>

#include "base/assert.h"

/* A profile with large tables is about 1 MB; beyond this it is not a colour profile. */
enum { PROFILE_BYTES_MAX = 16 << 20 };

static enum avt_code convert(struct avt_image *image, cmsHPROFILE from, cmsHPROFILE to,
                             struct avt_error *reterr)
{
    if (cmsGetColorSpace(from) != cmsSigRgbData)
        return avt_fail(reterr, AVT_EFORMAT, "the colour profile is not one for RGB pictures");
    cmsHTRANSFORM transform = cmsCreateTransform(from, TYPE_RGBA_8, to, TYPE_RGBA_8,
                                                 INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_COPY_ALPHA);
    if (!transform)
        return avt_fail(reterr, AVT_EFORMAT, "the colour profile is broken");
    cmsDoTransformLineStride(transform, image->pixels, image->pixels, (cmsUInt32Number)image->width,
                             (cmsUInt32Number)image->height, (cmsUInt32Number)image->stride,
                             (cmsUInt32Number)image->stride, 0, 0);
    cmsDeleteTransform(transform);
    return AVT_OK;
}

enum avt_code avt_icc_to_srgb(struct avt_image *image, const void *profile, size_t size,
                              struct avt_error *reterr)
{
    avt_assert(image && (profile || size == 0));
    if (size == 0 || size > PROFILE_BYTES_MAX)
        return avt_fail(reterr, AVT_EFORMAT, "the colour profile is %zu bytes long", size);
    cmsHPROFILE from = cmsOpenProfileFromMem(profile, (cmsUInt32Number)size);
    if (!from)
        return avt_fail(reterr, AVT_EFORMAT, "the colour profile is broken");
    cmsHPROFILE to = cmsCreate_sRGBProfile();
    enum avt_code code = to ? convert(image, from, to, reterr)
                            : avt_fail(reterr, AVT_ENOMEM, "not enough memory for colours");
    cmsCloseProfile(from);
    if (to)
        cmsCloseProfile(to);
    return code;
}
