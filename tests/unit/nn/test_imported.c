/* SPDX-License-Identifier: Apache-2.0 */
/* The list of imported models: names, what is kept, and files that are no such list. */
#include "../cmocka_all.h"

#include "base/buf.h"
#include "nn/imported.h"
#include "sandbox.h"

static void imported__names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        {"sd-turbo", true}, {"a", true},   {"0.9_x", true}, {"", false},  {"-a", false}, {".hidden", false},
        {"A", false},       {"a/b", false}, {"..", false},   {"ä", false}, {"a b", false}, {"a\n", false},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true}, /* 63 */
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (avt_imported_name_valid(rows[i].name) != rows[i].good)
            fail_msg("'%s'", rows[i].name);
}

static void imported__name_of_a_folder(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *name; /* NULL: none can be made */
    } rows[] = {
        {"/models/SD Turbo/", "sd-turbo"}, {"sdxs-512-0.9", "sdxs-512-0.9"}, {"/a/Ünï_x", "n-_x"}, {"/a/!!b!!", "b"},
        {"/a/.cache", "cache"},            {"/", NULL},                      {"", NULL},           {"/a/!!!", NULL},
        {"/a/日本", NULL},                 {"///", NULL},                    {"/a/b//", "b"},
        {"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[AVT_IMPORTED_NAME_SIZE];
        bool made = avt_imported_name_of(rows[i].folder, name);
        if (made != (rows[i].name != NULL) || (made && strcmp(name, rows[i].name) != 0))
            fail_msg("'%s' gives '%s'", rows[i].folder, name);
        assert_true(!made || avt_imported_name_valid(name));
    }
}

static struct avt_imported entry(const char *name, const char *folder)
{
    struct avt_imported one = {.engine = "sd", .kind = "turbo"};
    snprintf(one.name, sizeof(one.name), "%s", name);
    snprintf(one.folder, sizeof(one.folder), "%s", folder);
    return one;
}

static void add(const char *name, const char *folder)
{
    struct avt_imported one = entry(name, folder);
    struct avt_error error = {0};
    if (avt_imported_add(&one, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static void imported__kept_in_order(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    struct avt_error error = {0};
    char names[64];
    assert_int_equal(avt_imported_load(&list, &error), AVT_OK); /* no file, no folder */
    assert_int_equal(list.count, 0);
    add("turbo", "/models/turbo");
    add("fine", "/models/Fi\"ne");
    add("turbo", "/elsewhere/turbo");
    assert_int_equal(avt_imported_load(&list, &error), AVT_OK);
    assert_int_equal(list.count, 2);
    avt_imported_names(&list, names, sizeof(names));
    assert_string_equal(names, "fine and turbo");
    avt_imported_names(&list, names, 6); /* cut, not beyond */
    assert_string_equal(names, "fine ");
    assert_string_equal(list.items[0].folder, "/models/Fi\"ne");
    assert_string_equal(avt_imported_find(&list, "turbo")->folder, "/elsewhere/turbo");
    assert_string_equal(list.items[1].engine, "sd");
    assert_string_equal(list.items[1].kind, "turbo");
    assert_null(avt_imported_find(&list, "none"));
}

static void imported__forgotten(void **state)
{
    (void)state;
    struct avt_error error = {0};
    assert_int_equal(avt_imported_remove("turbo", &error), AVT_ENOENT);
    assert_non_null(strstr(error.message, "none is imported"));
    add("turbo", "/a");
    add("other", "/b");
    assert_int_equal(avt_imported_remove("turbi", &error), AVT_ENOENT);
    assert_non_null(strstr(error.message, "did you mean turbo?"));
    assert_int_equal(avt_imported_remove("zzzzzzzzz", &error), AVT_ENOENT);
    assert_non_null(strstr(error.message, "there is other and turbo"));
    assert_int_equal(avt_imported_remove("other", &error), AVT_OK);
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    assert_int_equal(avt_imported_load(&list, &error), AVT_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].name, "turbo");
}

static void imported__limits(void **state)
{
    (void)state;
    struct avt_error error = {0};
    struct avt_imported one = entry("A b", "/a");
    char name[AVT_IMPORTED_NAME_SIZE];
    assert_int_equal(avt_imported_add(&one, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "lower-case letters"));
    for (int i = 0; i < AVT_IMPORTED_MAX; i++) {
        snprintf(name, sizeof(name), "m%d", i);
        add(name, "/a");
    }
    one = entry("one-more", "/a");
    assert_int_equal(avt_imported_add(&one, &error), AVT_ELIMIT);
    add("m7", "/replaced"); /* takes no room */
    one = entry("m7", "/\xff");
    assert_int_equal(avt_imported_add(&one, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "UTF-8"));
}

#define ENTRY(name, folder) "{\"name\":" name ",\"engine\":\"sd\",\"kind\":\"lcm\",\"folder\":" folder "}"
#define LIST(entries)       "{\"imported\":[" entries "]}"

static void imported__broken_files(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum avt_code code;
        const char *says;
    } rows[] = {
        {LIST(""), AVT_OK, ""},
        {LIST(ENTRY("\"a\"", "\"/a\"")), AVT_OK, ""},
        {"", AVT_EFORMAT, "no JSON"},
        {"{", AVT_EFORMAT, "no JSON"},
        {"[]", AVT_EFORMAT, "no list"},
        {"{\"imported\":{}}", AVT_EFORMAT, "no list"},
        {LIST("7"), AVT_EFORMAT, "entry 1"},
        {LIST("null"), AVT_EFORMAT, "entry 1"},
        {LIST(ENTRY("\"a\"", "\"/a\"") "," ENTRY("\"b\"", "\"relative\"")), AVT_EFORMAT, "entry 2"},
        {LIST(ENTRY("\"a\"", "\"/a\"") "," ENTRY("\"a\"", "\"/b\"")), AVT_EFORMAT, "two are named a"},
        {LIST(ENTRY("\"../a\"", "\"/a\"")), AVT_EFORMAT, "entry 1"},
        {LIST(ENTRY("\"a\\u0000b\"", "\"/a\"")), AVT_EFORMAT, ""},
        {LIST(ENTRY("\"a\"", "7")), AVT_EFORMAT, "entry 1"},
        {LIST("{\"name\":\"a\",\"engine\":\"far too long for one\",\"kind\":\"lcm\",\"folder\":\"/a\"}"), AVT_EFORMAT,
         "entry 1"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
        struct avt_error error = {0};
        sandbox_write("installed/imported.json", rows[i].text);
        enum avt_code code = avt_imported_load(&list, &error);
        if (code != rows[i].code || !strstr(error.message, rows[i].says))
            fail_msg("row %zu gives %d: %s", i, (int)code, error.message);
        /* What is broken is not overwritten by the next import. */
        struct avt_imported one = entry("new", "/new");
        assert_int_equal(avt_imported_add(&one, NULL), rows[i].code);
    }
}

static void imported__too_many(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(1 << 20);
    for (int i = 0; i <= AVT_IMPORTED_MAX; i++)
        avt_buf_printf(&text, "%s" ENTRY("\"m%d\"", "\"/a\""), i ? "," : "{\"imported\":[", i);
    avt_buf_printf(&text, "]}");
    sandbox_write("installed/imported.json", avt_buf_str(&text));
    assert_int_equal(avt_imported_load(&list, NULL), AVT_ELIMIT);
}

static void expect_chosen(const char *const *precisions, const char *name)
{
    AVT_CLEANUP(avt_freep) struct avt_imported *found = NULL;
    struct avt_error error = {0};
    if (avt_imported_choose("wav2lip", "wav2lip", precisions, &found, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_string_equal(found->name, name);
}

/* Beside "first" and "second", of which nothing is known: the best that is there, if it is alone. */
static void by_precision(struct avt_imported *one)
{
    static const char *const slow[] = {"int8", "float32", "float16"}, *const fast[] = {"float16", "float32", "int8"};
    AVT_CLEANUP(avt_freep) struct avt_imported *found = NULL;
    struct avt_error error = {0};
    snprintf(one->name, sizeof(one->name), "halves");
    snprintf(one->precision, sizeof(one->precision), "float16");
    assert_int_equal(avt_imported_add(one, NULL), AVT_OK);
    expect_chosen(slow, "halves");
    expect_chosen(fast, "halves");
    snprintf(one->name, sizeof(one->name), "whole");
    snprintf(one->precision, sizeof(one->precision), "float32");
    assert_int_equal(avt_imported_add(one, NULL), AVT_OK);
    expect_chosen(slow, "whole");
    expect_chosen(fast, "halves");
    assert_int_equal(avt_imported_choose("wav2lip", "wav2lip", NULL, &found, &error), AVT_EINVAL);
    snprintf(one->name, sizeof(one->name), "another");
    assert_int_equal(avt_imported_add(one, NULL), AVT_OK);
    expect_chosen(fast, "halves");
    assert_int_equal(avt_imported_choose("wav2lip", "wav2lip", slow, &found, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "2 models of wav2lip of float32"));
    assert_int_equal(avt_imported_choose("wav2lip", "halves", slow, &found, &error), AVT_OK); /* named, it is taken */
    /* One that has the engine's own name is taken among equals, and no sooner. */
    snprintf(one->name, sizeof(one->name), "wav2lip");
    assert_int_equal(avt_imported_add(one, NULL), AVT_OK);
    expect_chosen(slow, "wav2lip");
    expect_chosen(fast, "halves");
    assert_int_equal(avt_imported_remove("wav2lip", NULL), AVT_OK);
}

/* By its own name or, if it is the only one, by its engine's; and no file may have changed since. */
static void imported__chosen(void **state)
{
    (void)state;
    struct avt_imported *found = NULL;
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *folder = sandbox_path("weights");
    struct avt_imported one = {.engine = "wav2lip", .kind = "lipsync", .is_accepted = true, .file_count = 1,
                               .files = {{.name = "net.onnx", .sha256 = "abc", .size = 4}}};
    snprintf(one.name, sizeof(one.name), "first");
    snprintf(one.folder, sizeof(one.folder), "%s", folder);
    assert_int_equal(avt_imported_choose("wav2lip", "wav2lip", NULL, &found, &error), AVT_EMODEL);
    assert_non_null(strstr(error.message, "models import DIR"));
    assert_int_equal(avt_imported_add(&one, NULL), AVT_OK);
    assert_int_equal(avt_imported_choose("wav2lip", "wav2lip", NULL, &found, &error), AVT_EMODEL);
    assert_non_null(strstr(error.message, "is gone"));
    sandbox_write("weights/net.onnx", "four");
    assert_int_equal(avt_imported_choose("wav2lip", "wav2lip", NULL, &found, &error), AVT_OK);
    assert_true(found->is_accepted);
    assert_int_equal(found->file_count, 1);
    assert_string_equal(found->files[0].sha256, "abc");
    avt_free(found);
    found = NULL;
    add("a", "/sd"); /* of another engine: does not count */
    assert_int_equal(avt_imported_choose("wav2lip", "first", NULL, &found, &error), AVT_OK);
    avt_free(found);
    found = NULL;
    assert_int_equal(avt_imported_choose("wav2lip", "a", NULL, &found, &error), AVT_EMODEL);
    snprintf(one.name, sizeof(one.name), "second");
    assert_int_equal(avt_imported_add(&one, NULL), AVT_OK);
    assert_int_equal(avt_imported_choose("wav2lip", "wav2lip", NULL, &found, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "2 models of wav2lip"));
    by_precision(&one);
    sandbox_write("weights/net.onnx", "changed");
    assert_int_equal(avt_imported_choose("wav2lip", "second", NULL, &found, &error), AVT_EMODELBAD);
    assert_non_null(strstr(error.message, "7 bytes, 4 then"));
    assert_null(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imported__names),
        cmocka_unit_test(imported__name_of_a_folder),
        cmocka_unit_test_setup_teardown(imported__kept_in_order, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(imported__forgotten, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(imported__limits, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(imported__broken_files, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(imported__chosen, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(imported__too_many, sandbox_begin, sandbox_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
