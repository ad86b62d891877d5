/* SPDX-License-Identifier: Apache-2.0 */
/* Chinese words and pinyin, Japanese kana. Whole sentences stand in tests/golden. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/g2p_cjk.h"
#include "voice/hanzi.h"
#include "voice/kana.h"

static void pinyin__becomes_phonemes(void **state)
{
    (void)state;
    static const struct {
        const char *pinyin, *phonemes; /* NULL: no syllable */
    } ROWS[] = {
        {"zhong1", "ꭧʊ→ŋ"}, {"ni3", "ni↓"},     {"shi4", "ʂɨ↘"},   {"zi5", "ʦɨ"},
        {"ju2", "ʨy↗"},     {"xuan1", "ɕɥɛ→n"}, {"lv4", "ly↘"},    {"liu2", "ljou↗"},
        {"gui4", "kwei↘"},  {"lun2", "lwə↗n"},  {"er2", "ɚ↗"},     {"yuan2", "ɥɛ↗n"},
        {"wo3", "wo↓"},     {"bo1", "pwo→"},    {"o1", "ɔ→"},      {"ma", "ma"},
        {"qu4", "ʨʰy↘"},    {"ri4", "ɻɨ↘"},     {"an1", "a→n"},    {"xyz1", NULL},
        {"", NULL},         {"1", NULL},        {"zh1", NULL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(64);
        bool known = avt_pinyin_phonemes(ROWS[i].pinyin, strlen(ROWS[i].pinyin), &out);
        assert_int_equal(known, ROWS[i].phonemes != NULL);
        if (known)
            assert_string_equal(avt_buf_str(&out), ROWS[i].phonemes);
    }
}

static void kana__become_phonemes(void **state)
{
    (void)state;
    static const struct {
        const char *kana, *phonemes;
    } ROWS[] = {
        {"きゃ", "kʲa"},        {"シュ", "ɕɨ"},     {"ファ", "ɸa"},      {"ティ", "tʲi"},
        {"トゥ", "tɯ"},         {"ヴァ", "va"},     {"ウェ", "βe"},      {"ツァ", "ʦa"},
        {"ジェ", "ʥe"},         {"にゅ", "ɲɨ"},     {"ひょ", "ço"},      {"クォ", "kᵝo"},
        {"コーヒー", "koːçiː"}, {"がっこう", "ɡaʔkoː"}, {"せんせい", "seɴseː"}, {"じゅう", "ʥɨː"},
        {"さんま", "samma"},    {"さんか", "saŋka"}, {"さんち", "saɲʨi"}, {"さんた", "santa"},
        {"は", "βa"},           {"へ", "e"},        {"はな", "hana"},    {"わたしは", "βataɕiβa"},
        {"ｶﾞｷﾞﾊﾟ", "ɡaɡʲipa"}, {"ー", ""},         {"っ", "ʔ"},         {"ぁ", "a"},
        {"abc", ""},            {"\xff", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(256);
        avt_kana_phonemes(ROWS[i].kana, strlen(ROWS[i].kana), 1, &out);
        if (!avt_str_equal(avt_buf_str(&out), ROWS[i].phonemes))
            fail_msg("%s: %s, not %s", ROWS[i].kana, avt_buf_str(&out), ROWS[i].phonemes);
    }
    assert_int_equal(avt_kana_word("ほんを", 9), 9);
    assert_int_equal(avt_kana_word("ほんをよむ", 15), 9);
    assert_int_equal(avt_kana_word("コーヒーが", 15), 12);
}

struct paths {
    char words[64], characters[64], phrases[64], out[64];
};

static void write_text(const char *path, const char *text)
{
    assert_int_equal(avt_file_write(path, text, strlen(text), NULL), AVT_OK);
}

static void hanzi__compiled_parted_and_read(void **state)
{
    (void)state;
    char folder[] = "/tmp/avatar-hanzi-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct paths p;
    (void)snprintf(p.words, sizeof p.words, "%s/w", folder);
    (void)snprintf(p.characters, sizeof p.characters, "%s/c", folder);
    (void)snprintf(p.phrases, sizeof p.phrases, "%s/p", folder);
    (void)snprintf(p.out, sizeof p.out, "%s/o", folder);
    write_text(p.words, "银行 900 n\n行走 800 v\n走 50 v\n行 60 v\n银 5 n\n稀见 1 n\nbad line\n");
    write_text(p.characters, "{\"38134\": \"yín\", \"34892\": \"xíng,háng\", \"36208\": \"zǒu\"}");
    write_text(p.phrases, "{\"银行\": [[\"yín\"], [\"háng\"]], \"行走\": [[\"xíng\"], [\"zǒu\"]]}");

    struct avt_error error = {0};
    assert_int_equal(avt_hanzi_compile(p.words, p.characters, p.phrases, p.out, &error), AVT_OK);
    AVT_CLEANUP(avt_lexicon_freep) struct avt_lexicon *lexicon = NULL;
    assert_int_equal(avt_lexicon_open(p.out, &lexicon, &error), AVT_OK);
    static const char TEXT[] = "银行行走东";
    size_t ends[AVT_HANZI_RUN_MAX];
    assert_int_equal(avt_hanzi_words(lexicon, TEXT, strlen(TEXT), ends), 3);
    assert_int_equal(ends[0], 6);
    assert_int_equal(ends[1], 12);
    assert_int_equal(ends[2], 15);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(256);
    avt_hanzi_phonemes(lexicon, TEXT, strlen(TEXT), &out); /* 东 has no reading here */
    assert_string_equal(avt_buf_str(&out), "i↗nxa↗ŋɕi↗ŋʦou↓");

    write_text(p.phrases, "[]");
    assert_int_equal(avt_hanzi_compile(p.words, p.characters, p.phrases, p.out, &error),
                     AVT_EFORMAT);
    write_text(p.phrases, "{\"银行\": 5, \"行\": [[]], \"\": [[\"a\"]]}");
    assert_int_equal(avt_hanzi_compile(p.words, p.characters, p.phrases, p.out, &error), AVT_OK);
    assert_int_equal(avt_hanzi_compile("/nonexistent", p.characters, p.phrases, p.out, &error),
                     AVT_ENOENT);
    const char *const made[] = {p.words, p.characters, p.phrases, p.out};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        assert_int_equal(unlink(made[i]), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void kanji__are_refused_by_name_and_place(void **state)
{
    (void)state;
    struct avt_token tokens[] = {
        {.text = avt_strdup("この"), .text_start = 0, .text_end = 6, .space_after = true},
        {.text = avt_strdup("東京"), .text_start = 7, .text_end = 13},
    };
    struct avt_reading reading = {0};
    reading.tokens.tokens = avt_new0(struct avt_token, 2);
    memcpy(reading.tokens.tokens, tokens, sizeof tokens);
    reading.tokens.count = reading.tokens.capacity = 2;
    reading.words = avt_new0(struct avt_word, 2);
    reading.words[0] = (struct avt_word){.text = avt_strdup("この"), .token = 0};
    reading.words[1] = (struct avt_word){.text = avt_strdup("東京"), .token = 1};
    reading.word_count = reading.word_capacity = 2;
    const struct avt_g2p_cjk g2p = {0};
    struct avt_error error = {0};
    assert_int_equal(avt_g2p_cjk_run(&g2p, &reading, &error), AVT_ETEXT);
    assert_non_null(strstr(error.message, "東京"));
    assert_non_null(strstr(error.message, "byte 7"));
    avt_reading_done(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pinyin__becomes_phonemes),
        cmocka_unit_test(kana__become_phonemes),
        cmocka_unit_test(hanzi__compiled_parted_and_read),
        cmocka_unit_test(kanji__are_refused_by_name_and_place),
    };
    return cmocka_run_group_tests_name("cjk", tests, NULL, NULL);
}
