/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes as JSON, from a file or an API call. What is taken is in range and complete once drawn, and comes back
 * from its own JSON. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "portrait/attributes.h"
#include "portrait/wish.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_range(struct avt_attributes *of)
{
    size_t count;
    const struct avt_choice *choices = avt_attribute_choices(&count);
    for (size_t i = 0; i < count; i++)
        avt_assert(*avt_attribute_choice(of, &choices[i]) >= 0 &&
                   *avt_attribute_choice(of, &choices[i]) < choices[i].count);
    const struct avt_amount *amounts = avt_attribute_amounts(&count);
    for (size_t i = 0; i < count; i++)
        avt_assert(*avt_attribute_amount(of, &amounts[i]) >= amounts[i].low &&
                   *avt_attribute_amount(of, &amounts[i]) <= amounts[i].high);
    avt_assert(fabsf(of->african + of->asian + of->european - 1) < 1e-3f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    struct avt_attributes attributes = {.seed = 1};
    struct avt_attributes_said said = {0};
    struct avt_error error = {0};
    if (avt_attributes_parse(json, &attributes, &said, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EINVAL && error.message[0] != '\0');
        return 0;
    }
    avt_attributes_draw(&attributes, &said);
    check_range(&attributes);
    AVT_CLEANUP(avt_json_decrefp) json_t *out = avt_attributes_json(&attributes);
    avt_assert(out);
    struct avt_attributes again = {0};
    avt_assert(avt_attributes_parse(out, &again, &said, &error) == AVT_OK);
    avt_assert(memcmp(&again, &attributes, sizeof(again)) == 0);
    return 0;
}
