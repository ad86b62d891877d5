/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures that know what they are made of. Drawing them takes the installed head: tests/e2e/test_generate.py. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "media/media.h"
#include "media/still.h"
#include "pipeline/modelled.h"

static char folder[] = "/tmp/avatar-test-modelled-XXXXXX";
static char *path;

static int set_up(void **state)
{
    (void)state;
    avt_media_quiet();
    if (!mkdtemp(folder))
        return -1;
    path = avt_asprintf("%s/a.png", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    avt_free(path);
    return rmdir(folder);
}

static struct avt_image *picture(int shade)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(40, 30, &image, NULL), AVT_OK);
    for (int y = 0; y < 30; y++)
        for (int x = 0; x < 40; x++)
            memcpy(avt_image_row(image, y) + 4 * x, (uint8_t[4]){(uint8_t)(6 * x), (uint8_t)(8 * y), (uint8_t)shade, 255}, 4);
    return image;
}

static struct avt_modelled someone(uint64_t seed, enum avt_look look)
{
    struct avt_modelled modelled = {.attributes.seed = seed, .look = look};
    const struct avt_attributes_said said = {0};
    avt_attributes_draw(&modelled.attributes, &said);
    return modelled;
}

static char *text_of(const struct avt_modelled *modelled)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_attributes_json(&modelled->attributes);
    return avt_json_text(json, NULL);
}

static void save(const struct avt_image *image, const char *note)
{
    assert_int_equal(avt_still_save_png_note(path, image, AVT_MODELLED_NOTE, note, NULL), AVT_OK);
}

static void note__tells_the_same_person(void **state)
{
    (void)state;
    static const uint64_t seeds[] = {0, 1, 7, 4711, (UINT64_C(1) << 53) - 1};
    for (size_t i = 0; i < sizeof(seeds) / sizeof(*seeds); i++) {
        const struct avt_modelled made = someone(seeds[i], i % 2 ? AVT_LOOK_TOON : AVT_LOOK_REAL);
        struct avt_modelled read = {0};
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = picture(50);
        AVT_CLEANUP(avt_freep) char *note = avt_modelled_note(&made, image);
        save(image, note);
        assert_true(avt_modelled_read(path, &read));
        assert_int_equal(read.look, made.look);
        assert_int_equal(read.attributes.seed, seeds[i]);
        AVT_CLEANUP(avt_freep) char *before = text_of(&made), *after = text_of(&read);
        assert_string_equal(before, after);
    }
}

static void note__goes_by_every_pixel(void **state)
{
    (void)state;
    const struct avt_modelled made = someone(3, AVT_LOOK_REAL);
    struct avt_modelled read = {.look = AVT_LOOK_COUNT};
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = picture(50), *other = picture(51);
    AVT_CLEANUP(avt_freep) char *note = avt_modelled_note(&made, image);
    save(other, note);
    assert_false(avt_modelled_read(path, &read));
    avt_image_row(image, 29)[4 * 39 + 1] ^= 1; /* the last pixel alone */
    save(image, note);
    assert_false(avt_modelled_read(path, &read));
    avt_image_row(image, 29)[4 * 39 + 1] ^= 1;
    save(image, note);
    assert_int_equal(read.look, AVT_LOOK_COUNT); /* untouched until it is one */
    assert_true(avt_modelled_read(path, &read));
    assert_int_equal(read.look, AVT_LOOK_REAL);
}

/* The note of `made` on `image` with one member changed. New reference of `value` is taken. */
static char *changed(const struct avt_modelled *made, const struct avt_image *image, const char *key, json_t *value)
{
    AVT_CLEANUP(avt_freep) char *note = avt_modelled_note(made, image);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_loads(note, 0, NULL);
    if (value)
        json_object_set_new(json, key, value);
    else
        json_object_del(json, key);
    return avt_json_text(json, NULL);
}

static void note__that_is_none(void **state)
{
    (void)state;
    const struct avt_modelled made = someone(3, AVT_LOOK_REAL);
    struct avt_modelled read = {0};
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = picture(50);
    static const char *const texts[] = {"", "{", "[]", "null", "{}", "{\"look\":\"real\"}", "{\"a\":1,\"a\":2}", "\xff"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        save(image, texts[i]);
        assert_false(avt_modelled_read(path, &read));
    }
    static const char *const keys[] = {"look", "pixels", "attributes"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        json_t *const values[] = {NULL, json_string("nothing"), json_integer(1), json_array()};
        for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++) {
            AVT_CLEANUP(avt_freep) char *note = changed(&made, image, keys[i], values[k]);
            save(image, note);
            assert_false(avt_modelled_read(path, &read));
        }
    }
    AVT_CLEANUP(avt_freep) char *note = changed(&made, image, "attributes", json_pack("{s:s}", "hair", "no such hair"));
    save(image, note);
    assert_false(avt_modelled_read(path, &read));
    assert_int_equal(avt_still_save_png(path, image, NULL), AVT_OK);
    assert_false(avt_modelled_read(path, &read));
    assert_false(avt_modelled_read("/no/such/picture.png", &read));
    assert_false(avt_modelled_read(folder, &read));
}

static void note__of_an_older_version(void **state)
{
    (void)state;
    const struct avt_modelled made = someone(9, AVT_LOOK_TOON);
    struct avt_modelled read = {0};
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = picture(50);
    AVT_CLEANUP(avt_freep) char *note = changed(&made, image, "attributes", json_pack("{s:i, s:i}", "seed", 9, "age", 61));
    save(image, note);
    assert_true(avt_modelled_read(path, &read));
    assert_int_equal(read.attributes.seed, 9);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_attributes_json(&read.attributes);
    assert_int_equal((int)json_number_value(json_object_get(json, "age")), 61);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(note__tells_the_same_person),
        cmocka_unit_test(note__goes_by_every_pixel),
        cmocka_unit_test(note__that_is_none),
        cmocka_unit_test(note__of_an_older_version),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
