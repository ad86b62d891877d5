/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "nn/manifest.h"
#include "sandbox.h"

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TEXTS  "\"title\":\"T\",\"version\":\"1\",\"licence\":\"MIT\",\"source\":\"S\""
#define ONE(fields)                                                                                \
    "{\"version\":1,\"assets\":[{\"id\":\"one\"," TEXTS ",\"file\":\"one.bin\"" fields "}]}"
#define MARKS ",\"sha256\":\"" HASH_A "\",\"size\":5"
#define PIP(spec, archive, rest)                                                                   \
    ",\"from\":[{\"pip\":\"" spec "\",\"archive\":\"" archive "\",\"sha256\":\"" HASH_A            \
    "\",\"size\":1" rest "}]"

static void manifest__good_and_bad(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {ONE(MARKS), true},
        {ONE(MARKS PIP("a==1", "a.whl", ",\"members\":[\"a/b\"]")), true},
        {ONE(",\"build\":true"), true},
        {ONE(",\"machines\":{\"x86_64\":{\"sha256\":\"" HASH_A "\",\"size\":1}}"), true},
        {ONE(",\"machines\":{\"vax\":{}}"), true},
        {"", false},
        {"[]", false},
        {"{\"version\":2,\"assets\":[]}", false},
        {"{\"version\":1,\"assets\":[]}", false},
        {"{\"version\":1,\"assets\":[7]}", false},
        {ONE(""), false},
        {ONE(",\"sha256\":\"abc\",\"size\":5"), false},
        {ONE(",\"sha256\":\"" HASH_A "\",\"size\":-5"), false},
        {ONE(",\"sha256\":\"" HASH_A "\",\"size\":\"5\""), false},
        {ONE(MARKS PIP("--index-url", "a.whl", "")), false},
        {ONE(MARKS PIP("a;rm", "a.whl", "")), false},
        {ONE(MARKS PIP("a==1", "../a.whl", "")), false},
        {ONE(MARKS PIP("a==1", "b/a.whl", "")), false},
        {ONE(MARKS PIP("a==1", "a.whl", ",\"members\":[\"/etc/passwd\"]")), false},
        {ONE(MARKS PIP("a==1", "a.whl", ",\"members\":[\"a/../../b\"]")), false},
        {ONE(",\"files\":[{\"name\":\"f\"" MARKS "}]"), false},
        {"{\"version\":1,\"assets\":[{\"id\":\"one\"," TEXTS ",\"file\":\"../one\"" MARKS "}]}",
         false},
        {"{\"version\":1,\"assets\":[{\"id\":\"one\"," TEXTS ",\"file\":\"/one\"" MARKS "}]}",
         false},
        {"{\"version\":1,\"assets\":[{\"id\":\"a/b\"," TEXTS ",\"file\":\"one\"" MARKS "}]}", false},
        {"{\"version\":1,\"assets\":[{\"id\":\"a\"," TEXTS ",\"file\":\"a\"" MARKS
         "},{\"id\":\"a\"," TEXTS ",\"file\":\"b\"" MARKS "}]}",
         false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_manifest_freep) struct avt_manifest *manifest = NULL;
        struct avt_error error = {0};
        enum avt_code code = avt_manifest_parse(rows[i].text, strlen(rows[i].text), "x86_64",
                                                &manifest, &error);
        if (code != (rows[i].good ? AVT_OK : AVT_EMODELBAD))
            fail_msg("row %zu gives %d: %s", i, (int)code, rows[i].text);
        assert_true((manifest != NULL) == rows[i].good);
    }
}

/* A list with a plain file, a folder, a built file and a committed one. */
static struct avt_registry *open_fake(void)
{
    sandbox_write("shelf/plain.bin", "plain content");
    sandbox_write("shelf/v/a.bin", "voice a");
    sandbox_write("models/small.onnx", "committed");
    AVT_CLEANUP(avt_freep) char *plain = sandbox_fingerprint("shelf/plain.bin");
    AVT_CLEANUP(avt_freep) char *voice = sandbox_fingerprint("shelf/v/a.bin");
    AVT_CLEANUP(avt_freep) char *small = sandbox_fingerprint("models/small.onnx");
    AVT_CLEANUP(avt_freep) char *text = avt_asprintf(
        "{\"version\":1,\"assets\":["
        "{\"id\":\"plain\"," TEXTS ",\"file\":\"p/plain.bin\",%s},"
        "{\"id\":\"voices\"," TEXTS ",\"file\":\"v\",\"from\":[{\"npm\":\"v@1\",\"archive\":\"v.tgz\","
        "\"sha256\":\"" HASH_A "\",\"size\":1,\"members\":[\"package/v/\"]}],"
        "\"files\":[{\"name\":\"a.bin\",%s}]},"
        "{\"id\":\"built\"," TEXTS ",\"file\":\"b.lex\",\"build\":true},"
        "{\"id\":\"small\"," TEXTS ",\"file\":\"small.onnx\",\"committed\":true,%s}]}",
        plain, voice, small);
    sandbox_write("models/manifest.json", text);
    struct avt_registry *registry = NULL;
    struct avt_error error = {0};
    if (avt_registry_open(&registry, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return registry;
}

static void registry__list(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    assert_int_equal(avt_registry_count(registry), 4);
    assert_string_equal(avt_registry_get(registry, 0)->id, "plain");
    assert_int_equal(avt_registry_get(registry, 1)->size_bytes, strlen("voice a"));
    assert_string_equal(avt_registry_get(registry, 2)->sha256, "");
    assert_true(avt_registry_get(registry, 3)->committed);
    AVT_CLEANUP(avt_freep) char *folder = avt_registry_folder();
    assert_string_equal(folder, getenv("AVATAR_MODELS"));
}

static void registry__path_and_verify(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    static const struct {
        const char *file, *content; /* written before; NULL: nothing is */
        const char *id;
        enum avt_code path, verify;
    } rows[] = {
        {NULL, NULL, "plain", AVT_EMODEL, AVT_EMODEL},
        {"installed/p/plain.bin", "short", "plain", AVT_EMODELBAD, AVT_EMODELBAD},
        {"installed/p/plain.bin", "plain CONTENT", "plain", AVT_OK, AVT_EMODELBAD},
        {"installed/p/plain.bin", "plain content", "plain", AVT_OK, AVT_OK},
        {NULL, NULL, "voices", AVT_EMODEL, AVT_EMODEL},
        {"installed/v/other.bin", "x", "voices", AVT_EMODEL, AVT_EMODEL},
        {"installed/v/a.bin", "voice", "voices", AVT_EMODELBAD, AVT_EMODELBAD},
        {"installed/v/a.bin", "voice b", "voices", AVT_OK, AVT_EMODELBAD},
        {"installed/v/a.bin", "voice a", "voices", AVT_OK, AVT_OK},
        {NULL, NULL, "built", AVT_EMODEL, AVT_EMODEL},
        {"installed/b.lex", "", "built", AVT_EMODELBAD, AVT_EMODELBAD},
        {"installed/b.lex", "anything", "built", AVT_OK, AVT_OK},
        {NULL, NULL, "small", AVT_OK, AVT_OK},
        {"models/small.onnx", "committee", "small", AVT_OK, AVT_EMODELBAD},
        {NULL, NULL, "nobody", AVT_EMODEL, AVT_EMODEL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].file)
            sandbox_write(rows[i].file, rows[i].content);
        AVT_CLEANUP(avt_freep) char *path = NULL;
        struct avt_error error = {0};
        enum avt_code code = avt_registry_path(registry, rows[i].id, &path, &error);
        if (code != rows[i].path)
            fail_msg("row %zu: path gives %d (%s)", i, (int)code, error.message);
        assert_true((path != NULL) == (code == AVT_OK));
        code = avt_registry_verify(registry, rows[i].id, &error);
        if (code != rows[i].verify)
            fail_msg("row %zu: verify gives %d (%s)", i, (int)code, error.message);
        if (code != AVT_OK)
            assert_non_null(strstr(error.message, "avatar models"));
    }
}

/* A damaged copy in the first folder does not hide a sound one in the next. */
static void registry__second_folder(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    sandbox_write("installed/p/plain.bin", "cut");
    sandbox_write("home/.local/share/avatar/models/p/plain.bin", "plain content");
    AVT_CLEANUP(avt_freep) char *path = NULL;
    assert_int_equal(avt_registry_path(registry, "plain", &path, NULL), AVT_OK);
    assert_non_null(strstr(path, "/home/.local/share/avatar/models/p/plain.bin"));
}

static void registry__suggests(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = open_fake();
    AVT_CLEANUP(avt_freep) char *path = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_registry_path(registry, "voice", &path, &error), AVT_EMODEL);
    assert_non_null(strstr(error.message, "'voices'"));
}

static void registry__no_list(void **state)
{
    (void)state;
    struct avt_registry *registry = NULL;
    struct avt_error error = {0};
    sandbox_write("models/manifest.json", "{ broken");
    assert_int_equal(avt_registry_open(&registry, &error), AVT_EMODELBAD);
    assert_null(registry);
    assert_non_null(strstr(error.message, "manifest.json"));
}

#define IN_SANDBOX(test) cmocka_unit_test_setup_teardown(test, sandbox_begin, sandbox_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(manifest__good_and_bad), IN_SANDBOX(registry__list),
        IN_SANDBOX(registry__path_and_verify),    IN_SANDBOX(registry__second_folder),
        IN_SANDBOX(registry__suggests),           IN_SANDBOX(registry__no_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
