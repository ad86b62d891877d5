/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/prompt_words.h"

#include "base/assert.h"

const struct avt_word_table *avt_word_table(size_t index)
{
    static const struct avt_word_table *const tables[AVT_WORD_TABLES] = {
        &avt_words_people, &avt_words_professions, &avt_words_from,  &avt_words_hair,  &avt_words_face,
        &avt_words_colour, &avt_words_worn,        &avt_words_place, &avt_words_small,
    };
    avt_assert(index < AVT_WORD_TABLES);
    return tables[index];
}
