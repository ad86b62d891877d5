/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of weights: whose they are, and what is wrong with them. tiny.onnx takes x, float [1, any], and k, int64 [1],
 * and gives y. */
#include "../cmocka_all.h"

#include "base/buf.h"
#include "nn/session.h"
#include "nn/weights.h"
#include "sandbox.h"

#define X       "{\"name\":\"x\",\"type\":\"float\",\"shape\":[1,-1]}"
#define K       "{\"name\":\"k\",\"type\":\"int64\",\"shape\":[1]}"
#define Y       "{\"name\":\"y\",\"type\":\"float\",\"shape\":[1,-1]}"
#define NETWORK(name, required, inputs, outputs) \
    "{\"file\":\"" name "\",\"required\":" required ",\"inputs\":[" inputs "],\"outputs\":[" outputs "]}"
#define ENGINE(name, files) \
    "{\"engine\":\"" name "\",\"stage\":\"lipsync\",\"title\":\"" name "\",\"licence\":\"Any use.\"," \
    "\"commercial\":true,\"source\":\"From somewhere.\",\"files\":[" files "]}"
#define LIST(engines) "{\"engines\":[" engines "]}"

static struct avt_weights_list *parse(const char *text)
{
    struct avt_weights_list *list = NULL;
    struct avt_error error = {0};
    if (avt_weights_parse(text, strlen(text), &list, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return list;
}

static void weights__broken_lists(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "no list"},
        {"{}", "no list"},
        {"{\"engines\":{}}", "no list"},
        {LIST("7"), "without one of its texts"},
        {LIST("{\"engine\":\"a\"}"), "a: an engine without"},
        {LIST(ENGINE("a", "")), "a: no files"},
        {LIST(ENGINE("a", "{\"file\":\"../x\"}")), "a: a file without"},
        {LIST(ENGINE("a", "{\"file\":\".x\"}")), "a: a file without"},
        {LIST(ENGINE("a", NETWORK("n", "true", "", Y))), "a: a file without"},
        {LIST(ENGINE("a", NETWORK("n", "true", X, "{\"name\":\"y\",\"type\":\"complex\"}"))), "a: a file without"},
        {LIST(ENGINE("a", NETWORK("n", "true", X, "{\"name\":\"y\",\"type\":\"any\",\"shape\":[-2]}"))), "a: a file "
                                                                                                         "without"},
        {LIST(ENGINE("a", NETWORK("n", "true", X, "{\"name\":\"y\",\"type\":\"any\",\"shape\":[1,1,1,1,1,1,1,1,1]}"))),
         "a: a file without"},
        {LIST(ENGINE("a", NETWORK("n", "true", "{\"name\":\"x\",\"type\":\"any\",\"fill\":-1}", Y))),
         "a: a file without"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_weights_list *list = NULL;
        struct avt_error error = {0};
        enum avt_code code = avt_weights_parse(rows[i].text, strlen(rows[i].text), &list, &error);
        if (code != AVT_EMODELBAD || !strstr(error.message, rows[i].says))
            fail_msg("row %zu gives %d: %s", i, (int)code, error.message);
    }
}

static void weights__own_list(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *list = NULL;
    AVT_CLEANUP(avt_freep) char *text = NULL;
    struct avt_error error = {0};
    size_t size = 0;
    assert_int_equal(avt_file_read(MANIFEST, 4 << 20, &text, &size, NULL), AVT_OK);
    if (avt_weights_parse(text, size, &list, &error) != AVT_OK)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < list->count; i++)
        assert_ptr_equal(avt_weights_find(list, list->items[i].engine), &list->items[i]);
    assert_null(avt_weights_find(list, "none"));
}

/* Of two engines that share a file the one that lacks less; none without a required file. */
static void weights__recognised(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *list =
        parse(LIST(ENGINE("two", NETWORK("a.onnx", "true", X, Y) "," NETWORK("b.onnx", "true", X, Y)) ","
                   ENGINE("one", NETWORK("a.onnx", "true", X, Y) "," NETWORK("c.onnx", "false", X, Y))));
    assert_null(avt_weights_recognise(list, sandbox));
    sandbox_write("c.onnx", "c");
    assert_null(avt_weights_recognise(list, sandbox));
    sandbox_write("b.onnx", "b");
    assert_string_equal(avt_weights_recognise(list, sandbox)->engine, "two");
    sandbox_write("a.onnx", "a");
    assert_string_equal(avt_weights_recognise(list, sandbox)->engine, "two");
    sandbox_run("rm \"$0/b.onnx\"");
    assert_string_equal(avt_weights_recognise(list, sandbox)->engine, "one");
}

static void put_tiny(void)
{
    sandbox_run("cp " TEST_FOLDER "/tiny.onnx \"$0/net.onnx\"");
}

struct told {
    int looked, tried, hashed;
    double last;
};

static void on_progress(const char *file, const char *stage, double fraction, void *user)
{
    struct told *told = user;
    assert_string_equal(file, "net.onnx");
    told->looked += strcmp(stage, "look") == 0;
    told->tried += strcmp(stage, "try") == 0;
    told->hashed += strcmp(stage, "hash") == 0;
    assert_true(fraction >= told->last && fraction <= 1);
    told->last = fraction;
}

static void weights__good(void **state)
{
    (void)state;
    struct told told = {0};
    struct avt_weights_prints prints = {0};
    const struct avt_weights_check check = {.progress = on_progress, .user = &told};
    struct avt_error error = {0};
    char hex[AVT_SHA256_HEX_SIZE];
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *list =
        parse(LIST(ENGINE("a", NETWORK("net.onnx", "true", X "," K, Y) "," NETWORK("more.onnx", "false", X, Y))));
    put_tiny();
    if (avt_weights_examine(&list->items[0], sandbox, &check, &prints, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(prints.count, 1);
    assert_string_equal(prints.items[0].name, "net.onnx");
    assert_int_equal(avt_sha256_file(TEST_FOLDER "/tiny.onnx", hex, NULL), AVT_OK);
    assert_string_equal(prints.items[0].sha256, hex);
    assert_true(prints.items[0].size > 0);
    assert_int_equal(told.looked, 1);
    assert_int_equal(told.tried, 1);
    assert_true(told.hashed > 0 && told.last == 1);
}

static void expect(const char *inputs, const char *outputs, enum avt_code code, const char *says)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(1 << 16);
    struct avt_weights_prints prints = {0};
    struct avt_error error = {0};
    avt_buf_printf(&text, LIST(ENGINE("a", NETWORK("net.onnx", "true", "%s", "%s"))), inputs, outputs);
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *list = parse(avt_buf_str(&text));
    enum avt_code got = avt_weights_examine(&list->items[0], sandbox, NULL, &prints, &error);
    if (got != code || !strstr(error.message, says))
        fail_msg("%s > %s gives %d: %s", inputs, outputs, (int)got, error.message);
}

#define TENSOR(name, type, rest) "{\"name\":\"" name "\",\"type\":\"" type "\"" rest "}"

static void weights__tensors(void **state)
{
    (void)state;
    static const struct {
        const char *inputs, *outputs;
        enum avt_code code;
        const char *says;
    } rows[] = {
        {X "," K, Y, AVT_OK, ""},
        {TENSOR("x", "float32", "") "," TENSOR("k", "int", ""), TENSOR("y", "any", ""), AVT_OK, ""},
        {TENSOR("*", "any", ""), Y, AVT_OK, ""},
        {X "," K "," TENSOR("gain", "float", ",\"optional\":true"), Y, AVT_OK, ""},
        /* Exports name things differently: then kind and shape say which it is. */
        {TENSOR("mel", "float", ",\"shape\":[1,-1]") "," K, TENSOR("out", "float", ",\"shape\":[1,-1]"), AVT_OK, ""},
        {X "," K "," TENSOR("gain", "float", ""), Y, AVT_EMODELBAD, "has no input 'gain'"},
        {X "," K, TENSOR("z", "int64", ""), AVT_EMODELBAD, "has no output 'z'"},
        {X, Y, AVT_EMODELBAD, "takes an input 'k', which the engine does not know"},
        {X "," TENSOR("k", "float", ""), Y, AVT_EMODELBAD, "'k' of"},
        {TENSOR("x", "float", ",\"shape\":[1,-1,3]") "," K, Y, AVT_EMODELBAD,
         "is float32 [1, any]; float [1, any, 3] is needed"},
        {TENSOR("x", "float", ",\"shape\":[2,-1]") "," K, Y, AVT_EMODELBAD, "[2, any] is needed"},
    };
    put_tiny();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect(rows[i].inputs, rows[i].outputs, rows[i].code, rows[i].says);
}

/* A network that takes sides of any even length: what it is tried with is what the entry says, also where its inputs
 * are known by their kind alone; and the numbers beside a picture are found by their rank. */
static void weights__trial_of_other_names(void **state)
{
    (void)state;
#define PICTURE "\"shape\":[-1,3,-1,-1]"
    sandbox_run("cp " GOLDEN "/tiny_upscale/upscale.onnx \"$0/net.onnx\"");
    expect(TENSOR("picture", "float", "," PICTURE ",\"try\":[1,3,64,64]"), TENSOR("made", "float", "," PICTURE), AVT_OK,
           "");
    expect(TENSOR("picture", "float", "," PICTURE ",\"try\":[1,3,63,63]"), TENSOR("made", "float", "," PICTURE),
           AVT_EMODELBAD, "could be opened but not run");
    sandbox_run("cp " GOLDEN "/tiny_restore/restore.onnx \"$0/net.onnx\"");
#define NUMBER(name, shape) TENSOR(name, "any", ",\"optional\":true,\"shape\":" shape)
    expect(TENSOR("picture", "float", "," PICTURE) "," NUMBER("one", "[-1]") "," NUMBER("none", "[]"),
           TENSOR("made", "float", "," PICTURE), AVT_OK, "");
    expect(TENSOR("picture", "float", "," PICTURE) "," NUMBER("none", "[]"), TENSOR("made", "float", "," PICTURE),
           AVT_EMODELBAD, "takes an input 'w', which the engine does not know");
}

static void weights__damaged_files(void **state)
{
    (void)state;
    static const struct {
        const char *script; /* makes net.onnx of tiny.onnx */
        enum avt_code code;
        const char *says;
    } rows[] = {
        {"rm -f net.onnx", AVT_EMODEL, "needs a file net.onnx, which is not in"},
        {"mkdir net.onnx", AVT_EMODEL, "needs a file net.onnx"},
        {": > net.onnx", AVT_EMODELBAD, "cut short"},
        {"head -c 100 tiny > net.onnx", AVT_EMODELBAD, "cut short"},
        {"printf '<html>Not found</html>' > net.onnx", AVT_EMODELBAD, "no ONNX file"},
        {"head -c 4096 /dev/zero > net.onnx", AVT_EMODELBAD, "no ONNX file"},
        /* The last bytes of the file are the version of the operators: 17. */
        {"{ head -c -1 tiny; printf '\\006'; } > net.onnx", AVT_EMODELBAD, "version 6 of ONNX's operators, which is "
                                                                           "too old"},
        {"{ head -c -1 tiny; printf '\\177'; } > net.onnx", AVT_EMODELBAD, "cannot be loaded"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_freep) char *script =
            avt_asprintf("cd \"$0\"; rm -rf net.onnx; cp " TEST_FOLDER "/tiny.onnx tiny; %s", rows[i].script);
        sandbox_run(script);
        expect(X "," K, Y, rows[i].code, rows[i].says);
    }
}

static void weights__cancelled(void **state)
{
    (void)state;
    struct avt_cancel cancel = {0};
    struct avt_weights_prints prints = {0};
    struct avt_error error = {0};
    const struct avt_weights_check check = {.cancel = &cancel};
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *list =
        parse(LIST(ENGINE("a", NETWORK("net.onnx", "true", X "," K, Y))));
    put_tiny();
    avt_cancel_request(&cancel);
    assert_int_equal(avt_weights_examine(&list->items[0], sandbox, &check, &prints, &error), AVT_ECANCELLED);
    assert_int_equal(prints.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights__broken_lists),
        cmocka_unit_test(weights__own_list),
        cmocka_unit_test_setup_teardown(weights__recognised, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(weights__good, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(weights__tensors, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(weights__trial_of_other_names, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(weights__damaged_files, sandbox_begin, sandbox_end),
        cmocka_unit_test_setup_teardown(weights__cancelled, sandbox_begin, sandbox_end),
    };
    /* The sandbox has no runtime: it is started before. */
    if (avt_nn_start(0, NULL) != AVT_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
