/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/prompt.h"

#include <string.h>

#include "base/assert.h"
#include "base/str.h"
#include "portrait/prompt_reader.h"

#define BIT(value) (UINT64_C(1) << (value))
#define EXAMPLE "\"a friendly doctor in her fifties with short grey curly hair and round glasses\""

static enum avt_code check(const char *text, struct avt_error *reterr)
{
    size_t size = strnlen(text, AVT_PROMPT_BYTES_MAX + 1);
    if (size > AVT_PROMPT_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the prompt is longer than %d bytes: a few sentences say who it is",
                        AVT_PROMPT_BYTES_MAX);
    size_t bad = avt_utf8_invalid_at(text, size);
    if (bad != SIZE_MAX)
        return avt_fail(reterr, AVT_ETEXT, "the prompt is not UTF-8 (byte %zu): save or send it as such", bad + 1);
    if (strspn(text, " \t\r\n") == size)
        return avt_fail(reterr, AVT_ETEXT, "the prompt is empty: say who it is, such as %s", EXAMPLE);
    return AVT_OK;
}

static enum avt_code nothing_understood(const struct avt_reader *reader, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf list = AVT_BUF_INIT(1024);
    size_t shown = sizeof(reader->first_unknown) / sizeof(*reader->first_unknown);
    for (size_t i = 0; i < reader->unknown_count && i < shown; i++)
        avt_buf_printf(&list, "%s'%s'", i ? ", " : " (", reader->first_unknown[i]);
    if (list.size)
        avt_buf_append_str(&list, reader->unknown_count > shown ? " ...)" : ")");
    return avt_fail(reterr, AVT_ETEXT,
                    "nothing in the prompt was understood%s: say in English who it is, their age, hair, eyes, skin, "
                    "glasses, clothes, mood or place, such as %s",
                    avt_buf_str(&list), EXAMPLE);
}

/* What a profession brings goes where what it belongs to was said otherwise. */
static void settle(struct avt_reader *reader)
{
    struct avt_wish *of = reader->wishes.of;
    if (of[AVT_SLOT_CLOTHING].strength > AVT_STRENGTH_LEANING &&
        of[AVT_SLOT_CLOTHING_COLOUR].strength == AVT_STRENGTH_LEANING)
        of[AVT_SLOT_CLOTHING_COLOUR] = (struct avt_wish){0};
    /* Long hair is seen to be long, and short hair is there, unless words told otherwise: the sets are wide so that
     * "long hair in a bun" may narrow them. */
    uint64_t *hair = &of[AVT_SLOT_HAIR].mask;
    if (*hair >> AVT_HAIR_LONG & 1 && *hair >> AVT_HAIR_BUN & 1 && *hair >> AVT_HAIR_LOCS & 1)
        *hair &= BIT(AVT_HAIR_LONG) | BIT(AVT_HAIR_LONG_SIDE) | BIT(AVT_HAIR_LONG_FRINGE) | BIT(AVT_HAIR_LAYERED) |
                 BIT(AVT_HAIR_HALF_UP) | BIT(AVT_HAIR_LOCS);
    if (*hair >> AVT_HAIR_CREW & 1 && *hair >> AVT_HAIR_PIXIE & 1)
        *hair &= ~BIT(AVT_HAIR_RECEDING);
    /* Somebody bald has no curls: of the two the later counts. */
    static const enum avt_slot of_hair[] = {AVT_SLOT_HAIR_TEXTURE, AVT_SLOT_HAIR_COLOUR};
    for (size_t i = 0; i < sizeof(of_hair) / sizeof(*of_hair); i++) {
        enum avt_slot slot = of_hair[i];
        if (of[AVT_SLOT_HAIR].mask != BIT(AVT_HAIR_BALD) || of[slot].strength != AVT_STRENGTH_SAID)
            continue;
        bool bald_first = reader->by[AVT_SLOT_HAIR].from < reader->by[slot].from;
        size_t first = bald_first ? AVT_SLOT_HAIR : slot, later = bald_first ? slot : AVT_SLOT_HAIR;
        avt_reader_note(reader, "\"%.*s\" and \"%.*s\": the later counts",
                        (int)(reader->by[first].to - reader->by[first].from), reader->prompt + reader->by[first].from,
                        (int)(reader->by[later].to - reader->by[later].from), reader->prompt + reader->by[later].from);
        of[first] = (struct avt_wish){0};
    }
}

enum avt_code avt_prompt_wishes(const char *text, struct avt_wishes *ret_wishes, struct avt_prompt_words *ret_unknown,
                                struct avt_buf *ret_notes, struct avt_error *reterr)
{
    enum avt_code code = check(text, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_prompt_words unknown = {0};
    struct avt_reader reader = {.prompt = text, .unknown = &unknown, .notes = ret_notes};
    avt_reader_run(&reader);
    if (reader.understood) {
        settle(&reader);
        *ret_wishes = reader.wishes;
        if (ret_unknown)
            *ret_unknown = unknown;
    } else {
        code = nothing_understood(&reader, reterr);
    }
    avt_reader_done(&reader);
    return code;
}

enum avt_code avt_prompt_parse(const char *text, uint64_t seed, struct avt_attributes *ret_attributes,
                               struct avt_prompt_words *ret_unknown, struct avt_buf *ret_notes,
                               struct avt_error *reterr)
{
    avt_assert(text && ret_attributes);
    struct avt_wishes wishes;
    enum avt_code code = avt_prompt_wishes(text, &wishes, ret_unknown, ret_notes, reterr);
    if (code != AVT_OK)
        return code;
    *ret_attributes = (struct avt_attributes){.seed = seed};
    avt_attributes_draw_wishes(ret_attributes, NULL, &wishes);
    return AVT_OK;
}
