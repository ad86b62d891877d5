/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/answers.h"
#include "base/mem.h"

struct box {
    char folder[64];
    struct avt_jobstore *store;
    struct avt_answers *answers;
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static int set_up(void **state)
{
    struct box *box = avt_new0(struct box, 1);
    struct avt_error error = {0};
    snprintf(box->folder, sizeof(box->folder), "/tmp/avatar-answers-XXXXXX");
    assert_non_null(mkdtemp(box->folder));
    const struct avt_jobstore_options options = {.storage = box->folder, .kind = "sqlite"};
    assert_int_equal(avt_jobstore_open(&options, &box->store, &error), AVT_OK);
    box->answers = avt_answers_new(box->store);
    *state = box;
    return 0;
}

static int tear_down(void **state)
{
    struct box *box = *state;
    avt_answers_free(box->answers);
    avt_jobstore_close(box->store);
    (void)nftw(box->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    avt_free(box);
    return 0;
}

static void submit(struct box *box)
{
    struct avt_job job = {.params = json_object()};
    struct avt_error error = {0};
    assert_int_equal(avt_jobstore_submit(box->store, &job, NULL, NULL, &error), AVT_OK);
    avt_job_done(&job);
}

/* True if something is kept for `name`; it must be `want`. */
static bool is_kept(struct box *box, const char *name, const char *want, struct avt_answer_key *key)
{
    char note[AVT_ANSWERS_NOTE_SIZE] = "";
    size_t size = 0;
    snprintf(key->text, sizeof(key->text), "%s", name);
    AVT_CLEANUP(avt_freep) char *text = avt_answers_look(box->answers, key, &size, note);
    if (!text)
        return false;
    assert_int_equal(size, strlen(want));
    assert_string_equal(text, want);
    assert_string_equal(note, "a note");
    return true;
}

static void keep(struct box *box, const struct avt_answer_key *key, const char *text,
                 unsigned keep_ms)
{
    avt_answers_keep(box->answers, key, text, strlen(text), "a note", keep_ms);
}

static void answers__are_kept_until_the_store_changes(void **state)
{
    struct box *box = *state;
    struct avt_answer_key key, other;
    assert_false(is_kept(box, "job alice 1", "", &key));
    keep(box, &key, "{\"first\":1}", 0);
    assert_true(is_kept(box, "job alice 1", "{\"first\":1}", &key));
    assert_false(is_kept(box, "job bob 1", "", &other));
    submit(box);
    assert_false(is_kept(box, "job alice 1", "", &key));
    keep(box, &key, "{\"second\":2}", 0);
    assert_true(is_kept(box, "job alice 1", "{\"second\":2}", &key));
}

static void answers__made_during_a_change_are_not_kept(void **state)
{
    struct box *box = *state;
    struct avt_answer_key key;
    assert_false(is_kept(box, "list", "", &key));
    submit(box); /* after the look, before the answer */
    keep(box, &key, "old", 0);
    assert_false(is_kept(box, "list", "", &key));
}

static void answers__have_limits(void **state)
{
    struct box *box = *state;
    struct avt_answer_key key;
    AVT_CLEANUP(avt_freep) char *large = avt_new0(char, AVT_ANSWERS_BYTES_MAX + 2);
    memset(large, 'x', AVT_ANSWERS_BYTES_MAX + 1);
    assert_false(is_kept(box, "large", "", &key));
    keep(box, &key, large, 0);
    assert_false(is_kept(box, "large", "", &key));
    keep(box, &key, "short-lived", 1);
    usleep(20000);
    assert_false(is_kept(box, "large", "", &key));
    assert_false(is_kept(box, "", "", &key)); /* not to be kept */
    keep(box, &key, "nothing", 0);
    assert_false(is_kept(box, "", "", &key));
    /* More than there are places. */
    for (int i = 0; i < 2 * AVT_ANSWERS_MAX; i++) {
        char name[32];
        snprintf(name, sizeof(name), "job %d", i);
        assert_false(is_kept(box, name, "", &key));
        keep(box, &key, name, 0);
        assert_true(is_kept(box, name, name, &key));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers__are_kept_until_the_store_changes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(answers__made_during_a_change_are_not_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(answers__have_limits, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
