/* SPDX-License-Identifier: Apache-2.0 */
#include "pocket_fixture.h"

#include "base/buf.h"
#include "base/json.h"
#include "voice/spm.h"

static struct avt_spm *open_tiny(void)
{
    AVT_CLEANUP(avt_freep) char *path = tiny_path("tokenizer.model");
    struct avt_error error = {0};
    struct avt_spm *spm = NULL;
    if (avt_spm_open(path, &spm, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return spm;
}

/* tokens.json: [["text", [ids]], …], by the package sentencepiece. */
static void spm__as_sentencepiece(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_spm_freep) struct avt_spm *spm = open_tiny();
    AVT_CLEANUP(avt_freep) char *path = tiny_path("tokens.json");
    AVT_CLEANUP(avt_json_decrefp) json_t *root = NULL;
    assert_int_equal(avt_json_read_file(path, 1 << 20, &root, NULL), AVT_OK);
    size_t rows = 0;
    for (; rows < json_array_size(root); rows++) {
        const json_t *row = json_array_get(root, rows), *wanted = json_array_get(row, 1);
        const char *given = json_string_value(json_array_get(row, 0));
        AVT_CLEANUP(avt_freep) int32_t *ids = NULL;
        size_t count = 0;
        assert_int_equal(avt_spm_encode(spm, given, &ids, &count, NULL), AVT_OK);
        if (count != json_array_size(wanted))
            fail_msg("'%s': %zu tokens, not %zu", given, count, json_array_size(wanted));
        for (size_t i = 0; i < count; i++) {
            long long id = json_integer_value(json_array_get(wanted, i));
            if (ids[i] != id)
                fail_msg("'%s': token %zu is %d, not %lld", given, i, ids[i], id);
            assert_true(ids[i] >= 0 && (size_t)ids[i] < avt_spm_size(spm));
        }
    }
    assert_true(rows >= 80);
}

/* --- models by hand: sentencepiece_model.proto --- */

static void piece(struct avt_buf *out, const char *text, float score, int type)
{
    avt_buf_append_char(out, 0x0a);
    avt_buf_append_char(out, (char)(2 + strlen(text) + 5 + 2));
    avt_buf_append_char(out, 0x0a);
    avt_buf_append_char(out, (char)strlen(text));
    avt_buf_append_str(out, text);
    avt_buf_append_char(out, 0x15);
    avt_buf_append(out, &score, sizeof(score));
    avt_buf_append_char(out, 0x18);
    avt_buf_append_char(out, (char)type);
}

static struct avt_spm *parse(const struct avt_buf *model)
{
    struct avt_error error = {0};
    struct avt_spm *spm = NULL;
    if (avt_spm_parse(model->data, model->size, &spm, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return spm;
}

/* The ids of a text in one line. */
static char *encode(const struct avt_spm *spm, const char *text)
{
    AVT_CLEANUP(avt_freep) int32_t *ids = NULL;
    size_t count = 0;
    AVT_CLEANUP(avt_buf_done) struct avt_buf line = AVT_BUF_INIT(1 << 20);
    assert_int_equal(avt_spm_encode(spm, text, &ids, &count, NULL), AVT_OK);
    for (size_t i = 0; i < count; i++)
        avt_buf_printf(&line, "%s%d", i ? " " : "", ids[i]);
    return avt_buf_take(&line);
}

static void spm__best_sum_wins(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_buf_done) struct avt_buf model = AVT_BUF_INIT(1 << 16);
    piece(&model, "<unk>", 0, 2);           /* 0 */
    piece(&model, "\xe2\x96\x81", -3, 1);   /* 1: a space */
    piece(&model, "a", -2, 1);              /* 2 */
    piece(&model, "b", -2, 1);              /* 3 */
    piece(&model, "ab", -3.5f, 1);          /* 4 */
    piece(&model, "abb", -6, 1);            /* 5: worse than ab and b */
    piece(&model, "bb", -1, 5);             /* 6: not to be used */
    piece(&model, "[x]", 0, 4);             /* 7: the user's, always whole */
    AVT_CLEANUP(avt_spm_freep) struct avt_spm *spm = parse(&model);
    static const struct {
        const char *text, *ids;
    } rows[] = {
        {"ab", "1 4"}, {"abb", "1 4 3"}, {"ba", "1 3 2"}, {"a  b", "1 2 1 3"}, {" a ", "1 2"},
        {"axxa", "1 2 0 2"},     /* unknown ones are one */
        {"\xc3\xa9", "1 0"}, {"\xff", "1 0"}, {"a[x]b", "1 2 7 3"}, {"", ""}, {"   ", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_freep) char *ids = encode(spm, rows[i].text);
        assert_string_equal(ids, rows[i].ids);
    }
}

static void spm__unknown_as_bytes(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_buf_done) struct avt_buf model = AVT_BUF_INIT(1 << 16);
    piece(&model, "<unk>", 0, 2);
    piece(&model, "\xe2\x96\x81", -3, 1);
    for (int i = 0; i < 256; i++) {
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf("<0x%02X>", (unsigned)i);
        piece(&model, name, 0, 6);
    }
    static const char settings[] = {0x12, 3, (char)0x98, 2, 1}; /* trainer_spec { byte_fallback: true } */
    avt_buf_append(&model, settings, sizeof(settings));
    AVT_CLEANUP(avt_spm_freep) struct avt_spm *spm = parse(&model);
    AVT_CLEANUP(avt_freep) char *ids = encode(spm, "\xc3\xa9z");
    AVT_CLEANUP(avt_freep) char *wanted = avt_asprintf("1 %d %d %d", 2 + 0xc3, 2 + 0xa9, 2 + 'z');
    assert_string_equal(ids, wanted);
}

static void spm__damaged_files(void **state)
{
    (void)state;
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *good = read_tiny("tokenizer.model", &size);
    /* Cut anywhere: refused, or whole pieces are left of it and it works. */
    for (size_t cut = 0; cut < size; cut += cut < 300 ? 1 : 97) {
        struct avt_error error = {0};
        AVT_CLEANUP(avt_spm_freep) struct avt_spm *spm = NULL;
        if (avt_spm_parse(good, cut, &spm, &error) == AVT_OK) {
            AVT_CLEANUP(avt_freep) char *ids = encode(spm, "It is so.");
            assert_true(ids[0] != '\0');
        } else {
            assert_true(error.code == AVT_EMODELBAD && error.message[0]);
        }
    }
    static const struct {
        const char *what;
        size_t size;
        const char *data;
    } rows[] = {
        {"is of another kind", 4, "\x12\x02\x18\x02"},     /* BPE */
        {"table of characters is damaged", 7, "\x1a\x05\x12\x03" "abc"},
        {"table of characters is damaged", 12, "\x1a\x0a\x12\x08\xff\xff\xff\xff\0\0\0\0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf model = AVT_BUF_INIT(1 << 16);
        piece(&model, "<unk>", 0, 2);
        piece(&model, "a", -1, 1);
        avt_buf_append(&model, rows[i].data, rows[i].size);
        struct avt_error error = {0};
        struct avt_spm *spm = NULL;
        assert_int_equal(avt_spm_parse(model.data, model.size, &spm, &error), AVT_EMODELBAD);
        if (!strstr(error.message, rows[i].what))
            fail_msg("'%s' does not say '%s'", error.message, rows[i].what);
    }
    static const struct {
        const char *text;
        float score;
        int type;
    } pieces[] = {{"a", -1, 1}, {"b", 0, 9}, {"<unk>", 0, 2}, {"<0xG0>", 0, 6}};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf model = AVT_BUF_INIT(1 << 16);
        piece(&model, "<unk>", 0, 2);
        piece(&model, "a", -1, 1);
        piece(&model, pieces[i].text, pieces[i].score, pieces[i].type);
        struct avt_spm *spm = NULL;
        assert_int_equal(avt_spm_parse(model.data, model.size, &spm, NULL), AVT_EMODELBAD);
    }
    struct avt_spm *spm = NULL;
    assert_int_equal(avt_spm_open("/nonexistent/tokenizer.model", &spm, NULL), AVT_EMODEL);
}

static void spm__long_text(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_spm_freep) struct avt_spm *spm = open_tiny();
    AVT_CLEANUP(avt_freep) char *text = avt_new0(char, AVT_SPM_TEXT_BYTES_MAX + 2);
    memset(text, 'a', AVT_SPM_TEXT_BYTES_MAX);
    AVT_CLEANUP(avt_freep) int32_t *ids = NULL;
    size_t count = 0;
    assert_int_equal(avt_spm_encode(spm, text, &ids, &count, NULL), AVT_OK);
    assert_true(count > 0 && count <= AVT_SPM_TEXT_BYTES_MAX + 1);
    text[AVT_SPM_TEXT_BYTES_MAX] = 'a';
    int32_t *none = NULL;
    assert_int_equal(avt_spm_encode(spm, text, &none, &count, NULL), AVT_ELIMIT);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spm__as_sentencepiece), cmocka_unit_test(spm__best_sum_wins),
        cmocka_unit_test(spm__unknown_as_bytes), cmocka_unit_test(spm__damaged_files),
        cmocka_unit_test(spm__long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
