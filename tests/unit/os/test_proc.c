/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "os/paths.h"
#include "os/proc.h"

static void proc__talks_over_pipes_and_reports_the_status(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "read line; echo got:$line; exit 7", NULL};
    struct avt_error error = {0};
    AVT_CLEANUP(avt_proc_freep) struct avt_proc *proc = NULL;
    assert_int_equal(avt_proc_start(argv, AVT_PROC_STDIN | AVT_PROC_STDOUT, &proc, &error), AVT_OK);
    assert_int_equal(avt_proc_write(proc, "hi\n", 3, &error), AVT_OK);
    char text[32] = "";
    size_t size = 0;
    assert_int_equal(avt_proc_read(proc, text, sizeof(text) - 1, 20000, &size, &error), AVT_OK);
    assert_string_equal(text, "got:hi\n");
    assert_int_equal(avt_proc_wait(proc), 7);
    assert_int_equal(avt_proc_read(proc, text, sizeof(text), 20000, &size, &error), AVT_OK);
    assert_int_equal(size, 0);
}

static void proc__a_dead_child_is_an_error_not_a_signal(void **state)
{
    (void)state;
    const char *const argv[] = {"true", NULL};
    struct avt_error error = {0};
    AVT_CLEANUP(avt_proc_freep) struct avt_proc *proc = NULL;
    assert_int_equal(avt_proc_start(argv, AVT_PROC_STDIN, &proc, &error), AVT_OK);
    assert_int_equal(avt_proc_wait(proc), 0);
    enum avt_code code = AVT_OK;
    for (int i = 0; i < 3 && code == AVT_OK; i++)
        code = avt_proc_write(proc, "x", 1, &error);
    assert_int_equal(code, AVT_EHELPER);
}

static void proc__silence_times_out_and_free_ends_it(void **state)
{
    (void)state;
    const char *const argv[] = {"sleep", "1000", NULL};
    struct avt_error error = {0};
    struct avt_proc *proc = NULL;
    assert_int_equal(avt_proc_start(argv, AVT_PROC_STDOUT, &proc, &error), AVT_OK);
    int pid = avt_proc_pid(proc);
    char byte;
    size_t size;
    assert_int_equal(avt_proc_read(proc, &byte, 1, 30, &size, &error), AVT_EHELPER);
    avt_proc_free(proc);
    assert_int_equal(kill(pid, 0), -1);
}

static void proc__the_dead_do_not_run(void **state)
{
    (void)state;
    const char *const argv[] = {"true", NULL};
    AVT_CLEANUP(avt_proc_freep) struct avt_proc *proc = NULL;
    assert_true(avt_pid_runs((int)getpid()));
    assert_int_equal(avt_proc_start(argv, 0, &proc, NULL), AVT_OK);
    int pid = avt_proc_pid(proc), fd = avt_proc_end_fd(proc), status = -1;
    if (fd >= 0) { /* readable at its end, long before it is reaped */
        struct pollfd ended = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&ended, 1, 20000), 1);
        assert_false(avt_pid_runs(pid));
        close(fd);
    }
    for (int i = 0; i < 2000 && !avt_proc_ended(proc, &status); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    assert_int_equal(status, 0);
    assert_false(avt_pid_runs(pid));
    avt_proc_signal(proc, SIGKILL); /* of a process that is gone: nothing */
    assert_int_equal(avt_proc_wait(proc), 0);
}

static void proc__missing_program_is_named(void **state)
{
    (void)state;
    const char *const argv[] = {"no-such-program-here", NULL};
    struct avt_error error = {0};
    struct avt_proc *proc = NULL;
    assert_int_equal(avt_proc_start(argv, 0, &proc, &error), AVT_ENOENT);
    assert_null(proc);
    assert_non_null(strstr(error.message, "no-such-program-here"));
}

static void machine__facts_are_plausible(void **state)
{
    (void)state;
    assert_in_range(avt_cpu_count(), 1, 4096);
    assert_true(avt_memory_now_bytes() > 100 * 1000);
    assert_true(avt_memory_peak_bytes() >= avt_memory_now_bytes() / 2);
    assert_true(avt_memory_available_bytes() > 1000 * 1000);
    assert_true(avt_file_exists(avt_self_folder()));
}

static void paths__split_and_join(void **state)
{
    (void)state;
    static const struct {
        const char *path, *folder, *name, *extension;
    } rows[] = {
        {"a/b.mp4", "a", "b.mp4", "mp4"}, {"b", ".", "b", ""},           {"/b.x", "/", "b.x", "x"},
        {".hidden", ".", ".hidden", ""},  {"a.b/c", "a.b", "c", ""},      {"x.tar.gz", ".", "x.tar.gz", "gz"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(rows[i].path);
        assert_string_equal(folder, rows[i].folder);
        assert_string_equal(avt_path_basename(rows[i].path), rows[i].name);
        assert_string_equal(avt_path_extension(rows[i].path), rows[i].extension);
    }
    AVT_CLEANUP(avt_freep) char *joined = avt_path_join("a/", "b");
    assert_string_equal(joined, "a/b");
    setenv("AVATAR_STORAGE", "/some/where", 1);
    AVT_CLEANUP(avt_freep) char *storage = avt_path_storage(NULL);
    AVT_CLEANUP(avt_freep) char *named = avt_path_storage("/else");
    assert_string_equal(storage, "/some/where");
    assert_string_equal(named, "/else");
    AVT_CLEANUP(avt_freep) char *nothing = avt_path_data("no/such/file");
    assert_null(nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proc__talks_over_pipes_and_reports_the_status),
        cmocka_unit_test(proc__a_dead_child_is_an_error_not_a_signal),
        cmocka_unit_test(proc__silence_times_out_and_free_ends_it),
        cmocka_unit_test(proc__the_dead_do_not_run),
        cmocka_unit_test(proc__missing_program_is_named),
        cmocka_unit_test(machine__facts_are_plausible),
        cmocka_unit_test(paths__split_and_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
