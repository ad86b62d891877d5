/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "profile/profile.h"
#include "voice/packs.h"

static char folder[] = "/tmp/avatar-packs-XXXXXX";
enum { OTHERS = 20, SIZE = AVT_PROFILE_PACK_FLOATS * sizeof(float) };

static char *pack_path(int number)
{
    return avt_asprintf("%s/%d.f32", folder, number);
}

/* A file with this value throughout, written as profiles are: a new one takes the old one's name. */
static void write_pack(const char *path, float value, size_t size)
{
    AVT_CLEANUP(avt_freep) float *pack = avt_new0(float, AVT_PROFILE_PACK_FLOATS);
    for (size_t i = 0; i < AVT_PROFILE_PACK_FLOATS; i++)
        pack[i] = value;
    assert_int_equal(avt_file_write(path, pack, size, NULL), AVT_OK);
}

static float value_of(struct avt_packs *packs, const char *path)
{
    const struct avt_map *map = NULL;
    float value;
    assert_int_equal(avt_packs_get(packs, path, &map, NULL), AVT_OK);
    memcpy(&value, map->data, sizeof(value));
    return value;
}

static void packs__what_was_replaced_is_read_anew(void **state)
{
    (void)state;
    struct avt_packs *packs = avt_packs_new();
    const struct avt_map *first = NULL, *again = NULL;
    AVT_CLEANUP(avt_freep) char *path = pack_path(0);
    write_pack(path, 0.25f, SIZE);
    assert_int_equal(avt_packs_get(packs, path, &first, NULL), AVT_OK);
    assert_int_equal(avt_packs_get(packs, path, &again, NULL), AVT_OK);
    assert_ptr_equal(first->data, again->data);
    /* At once, so that only the inode may differ; then deleted and made again. */
    for (int i = 1; i <= 50; i++) {
        if (i % 2)
            (void)unlink(path);
        write_pack(path, (float)i, SIZE);
        assert_true(value_of(packs, path) == (float)i);
    }
    avt_packs_free(packs);
}

static void packs__what_was_deleted_is_not_given_out(void **state)
{
    (void)state;
    struct avt_packs *packs = avt_packs_new();
    struct avt_error error = {0};
    const struct avt_map *map = NULL;
    AVT_CLEANUP(avt_freep) char *path = pack_path(0);
    write_pack(path, 1.0f, SIZE);
    assert_true(value_of(packs, path) == 1.0f);
    (void)unlink(path);
    assert_int_equal(avt_packs_get(packs, path, &map, &error), AVT_ENOENT);
    write_pack(path, 2.0f, SIZE);
    assert_true(value_of(packs, path) == 2.0f);
    /* What it is replaced by may be none. */
    write_pack(path, 2.0f, SIZE - 4);
    assert_int_equal(avt_packs_get(packs, path, &map, &error), AVT_EFORMAT);
    write_pack(path, 1000.0f, SIZE);
    assert_int_equal(avt_packs_get(packs, path, &map, &error), AVT_EFORMAT);
    write_pack(path, 3.0f, SIZE);
    assert_true(value_of(packs, path) == 3.0f);
    avt_packs_free(packs);
}

static void packs__the_oldest_gives_way(void **state)
{
    (void)state;
    struct avt_packs *packs = avt_packs_new();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < OTHERS; i++) {
            AVT_CLEANUP(avt_freep) char *path = pack_path(i);
            if (round == 0)
                write_pack(path, (float)i, SIZE);
            assert_true(value_of(packs, path) == (float)i);
        }
    }
    avt_packs_free(packs);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < OTHERS; i++) {
        AVT_CLEANUP(avt_freep) char *path = pack_path(i);
        (void)unlink(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packs__what_was_replaced_is_read_anew),
        cmocka_unit_test(packs__what_was_deleted_is_not_given_out),
        cmocka_unit_test(packs__the_oldest_gives_way),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
