/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/modelled.h"

#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "media/still.h"
#include "media/still_note.h"

static const char *const LOOKS[AVT_LOOK_COUNT] = {[AVT_LOOK_REAL] = "real", [AVT_LOOK_TOON] = "toon"};

static void hash_pixels(const struct avt_image *image, char ret_hex[AVT_SHA256_HEX_SIZE])
{
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    for (int y = 0; y < image->height; y++)
        avt_sha256_update(hash, avt_image_row(image, y), 4 * (size_t)image->width);
    avt_sha256_finish(hash, ret_hex);
}

char *avt_modelled_note(const struct avt_modelled *modelled, const struct avt_image *image)
{
    char pixels[AVT_SHA256_HEX_SIZE];
    hash_pixels(image, pixels);
    AVT_CLEANUP(avt_json_decrefp) json_t *note =
        json_pack("{s:s, s:s, s:o}", "look", LOOKS[modelled->look], "pixels", pixels, "attributes",
                  avt_attributes_json(&modelled->attributes));
    size_t size = 0;
    return note ? avt_json_text(note, &size) : NULL;
}

static bool parse(const char *text, struct avt_modelled *modelled, const char **ret_pixels, json_t **ret_json)
{
    json_t *note = *ret_json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *look = NULL;
    const json_t *attributes = NULL;
    if (!note || json_unpack(note, "{s:s, s:s, s:o}", "look", &look, "pixels", ret_pixels, "attributes", &attributes))
        return false;
    int k = 0;
    while (k < AVT_LOOK_COUNT && !avt_str_equal(look, LOOKS[k]))
        k++;
    struct avt_attributes_said said = {0};
    modelled->look = (enum avt_look)k;
    if (k == AVT_LOOK_COUNT || avt_attributes_parse(attributes, &modelled->attributes, &said, NULL) != AVT_OK)
        return false;
    avt_attributes_draw(&modelled->attributes, &said); /* of an older version: what it did not know */
    return true;
}

bool avt_modelled_read(const char *path, struct avt_modelled *ret_modelled)
{
    AVT_CLEANUP(avt_freep) char *text = avt_still_note_read(path, AVT_MODELLED_NOTE);
    if (!text)
        return false;
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    struct avt_modelled modelled = {0};
    const char *wanted = NULL;
    char pixels[AVT_SHA256_HEX_SIZE];
    if (!parse(text, &modelled, &wanted, &json) || avt_still_load(path, &image, NULL) != AVT_OK)
        return false;
    hash_pixels(image, pixels);
    if (!avt_str_equal(pixels, wanted))
        return false;
    *ret_modelled = modelled;
    return true;
}

enum avt_code avt_modelled_make(const struct avt_modelled *modelled, struct avt_portrait **ret_portrait,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_head_freep) struct avt_head *head = NULL;
    enum avt_code code = avt_head_open(&head, reterr);
    return code == AVT_OK ? avt_portrait_new(head, &modelled->attributes, modelled->look, ret_portrait, reterr) : code;
}
