/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"

static char folder[] = "/tmp/avatar-test-file-XXXXXX";

static char *path_of(const char *name)
{
    return avt_asprintf("%s/%s", folder, name);
}

static int entries(void)
{
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void write_read__round_trip_and_limits(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = path_of("a.txt");
    struct avt_error error = {0};
    assert_int_equal(avt_file_write(path, "hello", 5, &error), AVT_OK);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    assert_int_equal(avt_file_read_text(path, 100, &text, &error), AVT_OK);
    assert_string_equal(text, "hello");
    char *none = NULL;
    assert_int_equal(avt_file_read_text(path, 4, &none, &error), AVT_ELIMIT);
    assert_int_equal(avt_file_write(path, "a\0b", 3, &error), AVT_OK);
    assert_int_equal(avt_file_read_text(path, 100, &none, &error), AVT_EFORMAT);
    assert_int_equal(avt_file_read_text(folder, 100, &none, &error), AVT_EIO);
    assert_null(none);
    struct avt_map map;
    assert_int_equal(avt_map_open(path, &map, &error), AVT_OK);
    assert_int_equal(map.size, 3);
    assert_memory_equal(map.data, "a\0b", 3);
    avt_map_close(&map);
    unlink(path);
    assert_int_equal(avt_file_read_text(path, 100, &none, &error), AVT_ENOENT);
    assert_non_null(strstr(error.message, path));
}

static void outfile__appears_whole_or_not_at_all(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = path_of("film.mp4");
    struct avt_error error = {0};
    assert_int_equal(avt_file_write(path, "old", 3, &error), AVT_OK);
    struct avt_outfile *file = NULL;
    assert_int_equal(avt_outfile_open(path, &file, &error), AVT_OK);
    assert_int_equal(write(avt_outfile_fd(file), "new", 3), 3);
    avt_outfile_free(file);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    assert_int_equal(avt_file_read_text(path, 10, &text, &error), AVT_OK);
    assert_string_equal(text, "old");
    assert_int_equal(entries(), 1);

    assert_int_equal(avt_outfile_open(path, &file, &error), AVT_OK);
    assert_int_equal(write(avt_outfile_fd(file), "newer", 5), 5);
    assert_int_equal(avt_outfile_commit(file, &error), AVT_OK);
    avt_outfile_free(file);
    AVT_CLEANUP(avt_freep) char *after = NULL;
    assert_int_equal(avt_file_read_text(path, 10, &after, &error), AVT_OK);
    assert_string_equal(after, "newer");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0600, 0600);
    assert_int_equal(entries(), 1);
    unlink(path);
}

static void outfile__says_why_it_cannot_be_opened(void **state)
{
    (void)state;
    struct avt_error error = {0};
    struct avt_outfile *file = NULL;
    assert_int_equal(avt_outfile_open(folder, &file, &error), AVT_EOUTPUT);
    assert_non_null(strstr(error.message, "folder"));
    AVT_CLEANUP(avt_freep) char *missing = path_of("no/where.mp4");
    assert_int_equal(avt_outfile_open(missing, &file, &error), AVT_EOUTPUT);
    assert_non_null(strstr(error.message, "does not exist"));
    assert_int_equal(avt_outfile_open("", &file, &error), AVT_EOUTPUT);
    assert_null(file);
}

static void outfile__sweeps_what_a_dead_process_left(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    AVT_CLEANUP(avt_freep) char *name = avt_asprintf(".avatar-%d-0.part", (int)child);
    AVT_CLEANUP(avt_freep) char *dead = path_of(name);
    AVT_CLEANUP(avt_freep) char *own_name = avt_asprintf(".avatar-%d-999.part", (int)getpid());
    AVT_CLEANUP(avt_freep) char *alive = path_of(own_name);
    struct avt_error error = {0};
    assert_int_equal(avt_file_write(dead, "x", 1, &error), AVT_OK);
    assert_int_equal(avt_file_write(alive, "x", 1, &error), AVT_OK);
    AVT_CLEANUP(avt_freep) char *path = path_of("next");
    assert_int_equal(avt_file_write(path, "x", 1, &error), AVT_OK);
    assert_false(avt_file_exists(dead));
    assert_true(avt_file_exists(alive));
    unlink(alive);
    unlink(path);
}

static void write__full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = path_of("full");
    struct avt_error error = {0};
    assert_int_equal(avt_file_write(path, "old", 3, &error), AVT_OK);
    /* A limit on the size of files stands in for a full disk: both end write() early. */
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 100;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    char big[1000] = {0};
    enum avt_code code = avt_file_write(path, big, sizeof(big), &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(code, AVT_ENOSPACE);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    assert_int_equal(avt_file_read_text(path, 10, &text, &error), AVT_OK);
    assert_string_equal(text, "old");
    unlink(path);
}

static void hash__is_sha256(void **state)
{
    (void)state;
    char hex[AVT_SHA256_HEX_SIZE];
    avt_sha256_data("abc", 3, hex); /* FIPS 180-4 example */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    AVT_CLEANUP(avt_freep) char *path = path_of("abc");
    struct avt_error error = {0};
    char of_file[AVT_SHA256_HEX_SIZE];
    assert_int_equal(avt_file_write(path, "abc", 3, &error), AVT_OK);
    assert_int_equal(avt_sha256_file(path, of_file, &error), AVT_OK);
    assert_string_equal(of_file, hex);
    unlink(path);
    assert_int_equal(avt_sha256_file(path, of_file, &error), AVT_ENOENT);
}

static void json__says_where_it_is_broken(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = path_of("x.json");
    struct avt_error error = {0};
    assert_int_equal(avt_file_write(path, "{\n \"a\": }", 9, &error), AVT_OK);
    json_t *json = NULL;
    assert_int_equal(avt_json_read_file(path, 100, &json, &error), AVT_EFORMAT);
    assert_non_null(strstr(error.message, "line 2"));
    assert_null(json);
    unlink(path);
}

static void mkdirs__makes_parents_and_names_the_obstacle(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *deep = path_of("a/b");
    AVT_CLEANUP(avt_freep) char *parent = path_of("a");
    AVT_CLEANUP(avt_freep) char *file = path_of("a/b/f");
    AVT_CLEANUP(avt_freep) char *under_file = path_of("a/b/f/g");
    struct avt_error error = {0};
    assert_int_equal(avt_mkdirs(deep, &error), AVT_OK);
    assert_int_equal(avt_mkdirs(deep, &error), AVT_OK);
    assert_int_equal(avt_file_write(file, "", 0, &error), AVT_OK);
    assert_int_equal(avt_mkdirs(file, &error), AVT_EOUTPUT);
    assert_int_equal(avt_mkdirs(under_file, &error), AVT_EOUTPUT);
    unlink(file);
    rmdir(deep);
    rmdir(parent);
}

static void codes__have_names_and_statuses_of_their_own(void **state)
{
    (void)state;
    for (int i = 0; i < AVT_CODE_COUNT; i++) {
        assert_string_not_equal(avt_code_name((enum avt_code)-i), "unknown");
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(avt_code_exit_status((enum avt_code)-i),
                                 avt_code_exit_status((enum avt_code)-j));
            assert_string_not_equal(avt_code_name((enum avt_code)-i),
                                    avt_code_name((enum avt_code)-j));
        }
    }
    assert_int_equal(avt_code_exit_status(AVT_OK), 0);
    assert_int_equal(avt_code_exit_status((enum avt_code)-99), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_read__round_trip_and_limits),
        cmocka_unit_test(outfile__appears_whole_or_not_at_all),
        cmocka_unit_test(outfile__says_why_it_cannot_be_opened),
        cmocka_unit_test(outfile__sweeps_what_a_dead_process_left),
        cmocka_unit_test(write__full_disk_leaves_the_old_file),
        cmocka_unit_test(hash__is_sha256),
        cmocka_unit_test(json__says_where_it_is_broken),
        cmocka_unit_test(mkdirs__makes_parents_and_names_the_obstacle),
        cmocka_unit_test(codes__have_names_and_statuses_of_their_own),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
