/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/wear.h"

#include "base/mem.h"
#include "portrait/wear_parts.h"

void avt_wear_free(struct avt_wear *wear)
{
    if (!wear)
        return;
    for (size_t i = 0; i < wear->count; i++) {
        avt_mesh_done(&wear->pieces[i].mesh);
        avt_free(wear->pieces[i].shade);
    }
    avt_free(wear);
}

enum avt_code avt_wear_new(const struct avt_bust *bust, const struct avt_attributes *attributes,
                           struct avt_wear **ret_wear, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_wear_freep) struct avt_wear *wear = avt_try_new0(struct avt_wear, 1);
    if (!wear)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a presenter's clothes");
    avt_clothes_sew(bust, attributes, wear);
    avt_headwear_make(bust, attributes, wear);
    avt_glasses_make(bust, attributes, wear);
    avt_earrings_make(bust, attributes, wear);
    *ret_wear = AVT_TAKE(wear);
    return AVT_OK;
}
