/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "os/paths.h"
#include "pipeline/face_track.h"

static char root[] = "/tmp/avatar-test-track-XXXXXX";
static char *folder;

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(root))
        return -1;
    folder = avt_path_join(root, "tracks");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    int rc = rmdir(folder) | rmdir(root);
    avt_free(folder);
    return rc;
}

static struct avt_face face_at(int i)
{
    struct avt_face face = {.presence = .9f, .pose = {(float)i, -2, 1}, .eye_distance = 60 + (float)i};
    for (int p = 0; p < AVT_MESH_POINTS; p++)
        face.mesh[p] = (struct avt_point3){100 + (float)p + .3f * (float)i, 200 - (float)p, -3.7f};
    return face;
}

static void add(struct avt_face_track *track, int first, int end)
{
    for (int i = first; i < end; i++) {
        struct avt_face face = face_at(i);
        assert_true(avt_face_track_add(track, i % 5 == 4 ? NULL : &face));
    }
}

static void check(struct avt_face_track *track, int end)
{
    assert_int_equal(avt_face_track_count(track), end);
    for (int i = end - 1; i >= 0; i--) {
        struct avt_face face = {0}, wanted = face_at(i);
        assert_int_equal(avt_face_track_get(track, i, &face), i % 5 != 4);
        if (i % 5 == 4)
            continue;
        assert_true(fabsf(face.mesh[400].x - wanted.mesh[400].x) <= .0626f);
        assert_true(fabsf(face.mesh[3].z - wanted.mesh[3].z) <= .0626f);
        assert_true(face.pose.yaw == wanted.pose.yaw && face.eye_distance == wanted.eye_distance);
        assert_true(fabsf(face.box.width - (AVT_MESH_POINTS - 1)) < .2f);
    }
}

static void track__is_found_again_and_grows(void **state)
{
    (void)state;
    for (int run = 0; run < 3; run++) {
        AVT_CLEANUP(avt_face_track_freep) struct avt_face_track *track = avt_face_track_open(folder, "one");
        check(track, 20 * run);
        add(track, 20 * run, 20 * run + 20);
        check(track, 20 * run + 20);
        avt_face_track_save(track);
    }
    AVT_CLEANUP(avt_face_track_freep) struct avt_face_track *other = avt_face_track_open(folder, "two");
    assert_int_equal(avt_face_track_count(other), 0);
}

static void track__unsaved_or_without_a_folder_is_gone(void **state)
{
    (void)state;
    struct avt_face_track *track = avt_face_track_open(folder, "gone");
    add(track, 0, 3);
    avt_face_track_free(track);
    track = avt_face_track_open(NULL, "gone");
    add(track, 0, 3);
    check(track, 3);
    avt_face_track_save(track);
    avt_face_track_free(track);
    track = avt_face_track_open(folder, "gone");
    assert_int_equal(avt_face_track_count(track), 0);
    avt_face_track_free(track);
}

static void track__damaged_files_are_none(void **state)
{
    (void)state;
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, "broken.track");
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    struct avt_face_track *track = avt_face_track_open(folder, "broken");
    add(track, 0, 4);
    avt_face_track_save(track);
    avt_face_track_free(track);
    assert_int_equal(avt_file_read(path, 1 << 20, &data, &size, &error), AVT_OK);
    /* Cut inside the third record: two are whole. */
    assert_int_equal(avt_file_write(path, data, size * 3 / 5, &error), AVT_OK);
    track = avt_face_track_open(folder, "broken");
    check(track, 2);
    avt_face_track_free(track);
    data[3] = 'X';
    assert_int_equal(avt_file_write(path, data, size, &error), AVT_OK);
    track = avt_face_track_open(folder, "broken");
    assert_int_equal(avt_face_track_count(track), 0);
    avt_face_track_free(track);
}

/* A sparse file stands in for what long clips leave. */
static void track__the_oldest_make_room(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *old = avt_path_join(folder, "old.track");
    AVT_CLEANUP(avt_freep) char *new = avt_path_join(folder, "new.track");
    struct avt_error error = {0};
    assert_int_equal(avt_file_write(old, "x", 1, &error), AVT_OK);
    assert_int_equal(truncate(old, AVT_FACE_TRACKS_BYTES), 0);
    const struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, old, past, 0), 0);
    AVT_CLEANUP(avt_face_track_freep) struct avt_face_track *track = avt_face_track_open(folder, "new");
    add(track, 0, 3);
    avt_face_track_save(track);
    assert_false(avt_file_exists(old));
    assert_true(avt_file_exists(new));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(track__is_found_again_and_grows),
        cmocka_unit_test(track__unsaved_or_without_a_folder_is_gone),
        cmocka_unit_test(track__damaged_files_are_none),
        cmocka_unit_test(track__the_oldest_make_room),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
