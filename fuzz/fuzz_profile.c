/* SPDX-License-Identifier: Apache-2.0 */
/* An exported voice profile comes from anywhere. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/mem.h"
#include "profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_error error = {0};
    struct avt_profile profile;
    AVT_CLEANUP(avt_freep) float *pack = NULL;
    if (avt_profile_parse(data, size, &profile, &pack, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EFORMAT && error.message[0] && !pack);
        return 0;
    }
    avt_assert(avt_profile_id_valid(profile.id) && profile.name[0] &&
               (profile.consent[0] || profile.blend[0]));
    for (size_t i = 0; i < AVT_PROFILE_PACK_FLOATS; i++)
        avt_assert(isfinite(pack[i]));
    return 0;
}
