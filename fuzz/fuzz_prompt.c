/* SPDX-License-Identifier: Apache-2.0 */
/* A prompt from anybody: 8 bytes of seed, then text. What is taken is complete and in range; what is not, is told. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "portrait/prompt.h"
#include "portrait/wish.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_attributes(struct avt_attributes *of)
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
    avt_assert(of->african >= 0 && of->asian >= 0 && of->european >= 0);
    avt_assert(fabsf(of->african + of->asian + of->european - 1) < 1e-3f);
}

static void check_unknown(const struct avt_prompt_words *unknown)
{
    avt_assert(unknown->count <= AVT_PROMPT_UNKNOWN_MAX);
    for (size_t i = 0; i < unknown->count; i++) {
        size_t length = strnlen(unknown->words[i], sizeof(unknown->words[i]));
        avt_assert(length < sizeof(unknown->words[i]) && avt_utf8_invalid_at(unknown->words[i], length) == SIZE_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t seed = 0;
    if (size < sizeof(seed))
        return 0;
    memcpy(&seed, data, sizeof(seed));
    AVT_CLEANUP(avt_freep) char *text = avt_strndup((const char *)data + sizeof(seed), size - sizeof(seed));
    AVT_CLEANUP(avt_buf_done) struct avt_buf notes = AVT_BUF_INIT(1 << 20);
    struct avt_attributes attributes;
    struct avt_prompt_words unknown = {0};
    struct avt_error error = {0};
    enum avt_code code = avt_prompt_parse(text, seed, &attributes, &unknown, &notes, &error);
    if (code != AVT_OK) {
        avt_assert((code == AVT_ETEXT || code == AVT_ELIMIT) && error.message[0] != '\0');
        return 0;
    }
    check_attributes(&attributes);
    check_unknown(&unknown);
    avt_assert(attributes.seed == seed && !notes.overflowed);
    return 0;
}
