/* SPDX-License-Identifier: Apache-2.0 */
/* The installed head holds what its making promised; damaged ones are refused, or do no harm. */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "nn/registry.h"
#include "portrait/head_source.h"

struct bytes {
    uint8_t *data;
    size_t size;
};

static int read_head(void **state)
{
    static struct bytes bytes;
    char *data = NULL;
    struct avt_error error = {0};
    if (avt_registry_read("head", AVT_HEAD_BYTES_MAX, &data, &bytes.size, &error) != AVT_OK)
        fail_msg("%s", error.message);
    bytes.data = (uint8_t *)data;
    *state = &bytes;
    return 0;
}

static int free_head(void **state)
{
    avt_free(((struct bytes *)*state)->data);
    return 0;
}

static void head__holds_what_busts_need(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_head_freep) struct avt_head *head = NULL;
    struct avt_error error = {0};
    if (avt_head_open(&head, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_in_range(head->part_counts[AVT_HEAD_SKIN], 5000, 9000);
    assert_in_range(head->meshes[AVT_HEAD_SKIN].vertex_count, 20000, 40000);
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++) {
        char name[AVT_HEAD_NAME_SIZE];
        snprintf(name, sizeof(name), "arkit/%s", avt_arkit_name((enum avt_arkit)shape));
        if (!avt_head_find(head, name))
            fail_msg("no target '%s'", name);
    }
    static const char *const names[] = {"macrodetails/universal-female-baby-minmuscle-maxweight",
                                        "macrodetails/asian-male-old", "eyes/eye-epicanthus-in",
                                        "asym/asym-mouth-1-l", "torso/measure-shoulder-dist-incr"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!avt_head_find(head, names[i]))
            fail_msg("no target '%s'", names[i]);
    assert_null(avt_head_find(head, "eyes/eye-third"));
    assert_null(avt_head_find(head, ""));
}

static void check_refused(const uint8_t *data, size_t size)
{
    struct avt_head *head = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_head_parse(data, size, &head, &error), AVT_EMODELBAD);
    assert_non_null(strstr(error.message, "damaged"));
    assert_null(head);
}

static void head__cut_short_is_refused(void **state)
{
    const struct bytes *bytes = *state;
    static const size_t sizes[] = {0, 1, 7, 8, 9, 35, 36, 37, 1000, 20000, 90000, 200000, 400000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        check_refused(bytes->data, sizes[i]);
    check_refused(bytes->data, bytes->size - 1);
    AVT_CLEANUP(avt_freep) uint8_t *longer = avt_alloc0(bytes->size + 1, 1);
    memcpy(longer, bytes->data, bytes->size);
    check_refused(longer, bytes->size + 1);
    longer[0] ^= 1;
    check_refused(longer, bytes->size);
}

/* Each flip is refused, or makes a bust whose numbers are numbers. */
static void head__flipped_bits_do_no_harm(void **state)
{
    enum { FLIPS = 160 };
    const struct bytes *bytes = *state;
    AVT_CLEANUP(avt_freep) uint8_t *data = avt_alloc0(bytes->size, 1);
    memcpy(data, bytes->data, bytes->size);
    struct avt_rng rng;
    avt_rng_init(&rng, 7);
    int refused = 0;
    for (int i = 0; i < FLIPS; i++) {
        /* Most in the part that decides how the rest is read. */
        size_t reach = i % 4 ? 300000 : bytes->size;
        size_t at = (size_t)(avt_rng_uniform(&rng) * (double)(reach < bytes->size ? reach : bytes->size));
        data[at] = (uint8_t)(bytes->data[at] ^ 1u << (avt_rng_u32(&rng) % 8));
        AVT_CLEANUP(avt_head_freep) struct avt_head *head = NULL;
        struct avt_error error = {0};
        enum avt_code code = avt_head_parse(data, bytes->size, &head, &error);
        assert_true(code == AVT_OK || code == AVT_EMODELBAD);
        refused += code != AVT_OK;
        AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = NULL;
        struct avt_attributes attributes = {.age = 30, .masculine = 1, .asian = 1, .weight = .4f, .muscle = .6f};
        if (code == AVT_OK && i % 8 == 0)
            assert_int_equal(avt_bust_new(head, &attributes, &bust, &error), AVT_OK);
        for (size_t v = 0; bust && v < bust->skin.vertex_count; v++)
            assert_true(isfinite(bust->skin.points[v].x + bust->skin.points[v].y + bust->skin.points[v].z));
        data[at] = bytes->data[at];
    }
    assert_true(refused > 0);
}

/* ---- baking -------------------------------------------------------------------------------- */

static void head_source__numbers(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        bool good;
        double value;
    } rows[] = {
        {"0", true, 0},          {".014", true, .014},         {"-.008", true, -.008}, {"7.3299", true, 7.3299},
        {"+1", true, 1},         {"1e-05", true, 1e-5},        {"2.5E3", true, 2500},  {"-1.5e+2", true, -150},
        {"", false, 0},          {"x", false, 0},              {"--1", false, 0},      {"1.2.3", false, 0},
        {"1e", false, 0},        {"1e99", false, 0},           {"nan", false, 0},      {"99999999999", false, 0},
        {"0x10", false, 0},      {"1e-", false, 0},            {"12,5", false, 0},
        {"0.1234567890123456789", true, .123456789012346},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double value = 0;
        bool good = avt_source_number(rows[i].word, strlen(rows[i].word), &value);
        if (good != rows[i].good || (good && fabs(value - rows[i].value) > 1e-12 + fabs(rows[i].value) * 1e-12))
            fail_msg("'%s': %d %.15g", rows[i].word, good, value);
    }
}

static void head_source__whole_numbers(void **state)
{
    (void)state;
    uint32_t value = 0;
    assert_true(avt_source_index("19157", 5, 19158, &value));
    assert_int_equal(value, 19157);
    assert_false(avt_source_index("19158", 5, 19158, &value));
    assert_false(avt_source_index("-1", 2, 100, &value));
    assert_false(avt_source_index("", 0, 100, &value));
    assert_false(avt_source_index("99999999999999999999", 20, UINT32_MAX, &value));
}

static void write_text(const char *folder, const char *name, const char *text)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, name);
    assert_int_equal(avt_file_write(path, text, strlen(text), NULL), AVT_OK);
}

static void remove_in(const char *folder, const char *name)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, name);
    unlink(path);
}

static enum avt_code bake(const char *folder, size_t count, struct avt_error *error)
{
    static const char *const names[] = {"obj", "mirror", "weights", "", ""};
    char *paths[5];
    for (int i = 0; i < 5; i++)
        paths[i] = avt_asprintf("%s/%s", folder, names[i]);
    AVT_CLEANUP(avt_freep) char *out = avt_asprintf("%s/out", folder);
    enum avt_code code = avt_head_bake((const char *const *)paths, count, out, error);
    assert_false(code != AVT_OK && avt_file_exists(out));
    for (int i = 0; i < 5; i++)
        avt_free(paths[i]);
    return code;
}

static void head_bake__refuses_what_is_no_head(void **state)
{
    (void)state;
    char folder[] = "/tmp/avatar-test-head-XXXXXX";
    assert_non_null(mkdtemp(folder));
#define V "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\n"
    static const struct {
        const char *obj, *mirror, *weights;
    } rows[] = {
        {"", "", "{}"},
        {"junk\n", "", "{}"},
        {"v 1 2\n", "", "{}"},
        {V "g body\nf 1/1 2/1 3/1 5/1\n", "", "{}"},      /* no such vertex */
        {V "g body\nf 1/1 2/1 3/1 4/2\n", "", "{}"},      /* no such texture point */
        {V "g body\nf 1/1 2/1 3/1\n", "", "{}"},          /* a triangle */
        {V "f 1/1 2/1 3/1 4/1\n", "", "{}"},              /* a face of no group */
        {V "g body\nf 1/1 2/1 3/1 4/1\n", "9 1 r\n", "{}"},
        {V "g body\nf 1/1 2/1 3/1 4/1\n", "0 1 r\n", "{\"weights\": {}}"},
        {V "g body\nf 1/1 2/1 3/1 4/1\n", "0 1 r\n", "{\"weights\": {\"head\": [[7, 1]]}}"},
        {V "g body\nf 1/1 2/1 3/1 4/1\n", "0 1 r\n", "{\"weights\": {\"head\": [[0, 1]]}}"}, /* no folders */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write_text(folder, "obj", rows[i].obj);
        write_text(folder, "mirror", rows[i].mirror);
        write_text(folder, "weights", rows[i].weights);
        struct avt_error error = {0};
        enum avt_code code = bake(folder, 5, &error);
        if (code != AVT_EFORMAT || !error.message[0])
            fail_msg("row %zu: %d '%s'", i, code, error.message);
    }
    struct avt_error error = {0};
    assert_int_equal(bake(folder, 4, &error), AVT_EFORMAT);
    remove_in(folder, "obj");
    assert_int_not_equal(bake(folder, 5, &error), AVT_OK);
    remove_in(folder, "mirror");
    remove_in(folder, "weights");
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head__holds_what_busts_need),
        cmocka_unit_test(head__cut_short_is_refused),
        cmocka_unit_test(head__flipped_bits_do_no_harm),
        cmocka_unit_test(head_source__numbers),
        cmocka_unit_test(head_source__whole_numbers),
        cmocka_unit_test(head_bake__refuses_what_is_no_head),
    };
    return cmocka_run_group_tests(tests, read_head, free_head);
}
