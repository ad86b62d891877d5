/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/alphabet.h"
#include "voice/phonemizer.h"

static void map__is_misakis(void **state)
{
    (void)state;
    static const struct {
        const char *ipa;
        bool british;
        const char *phonemes;
    } ROWS[] = {
        {"kæfˈe^ɪ", false, "kæfˈA"},
        {"t^ʃˈa^ɪld", false, "ʧˈIld"},
        {"d^ʒˈɔ^ɪ", false, "ʤˈY"},
        {"nˈa^ʊ", false, "nˈW"},
        {"ɡˈo^ʊ", false, "ɡˈO"},
        {"ɡˈə^ʊ", true, "ɡˈQ"},
        {"bˈɜːd", false, "bˈɜɹd"},
        {"bˈɜːɹd", false, "bˈɜɹd"},
        {"bˈɜːd", true, "bˈɜːd"},
        {"skwˈe^ə", true, "skwˈɛː"},
        {"nˈi^ə", true, "nˈɪə"},
        {"bˈʌʔn\xcc\xa9", false, "bˈʌtn"},
        {"lˈɪɾə^l", false, "lˈɪTᵊl"},
        {"bˈɑːɾəl", false, "bˈɑTəl"},
        {"wˈɔːɾɚ", false, "wˈɔTəɹ"},
        {"lˈɔx", false, "lˈɔk"},
        {"fˈɔːɹ", false, "fˈɔɹ"},
        {"fˈoːɹ", false, "fˈɔɹ"},
        {"ɹˈɪðm\xcc\xa9", false, "ɹˈɪðᵊm"},
        {"(^e^n)bˈɛt(^f^r)", false, "bˈɛt"},
        {"(en)bˈɛt(fr)", false, "bˈɛt"},
        {"gɐt", false, "ɡət"},
        {"", false, ""},
        {"\x01?12漢", false, ""}, /* what the model does not know never comes out */
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_freep) char *phonemes = avt_phonemizer_map(ROWS[i].ipa, ROWS[i].british);
        assert_string_equal(phonemes, ROWS[i].phonemes);
    }
}

/* A helper in the form of a shell script. */
static char *make_helper(const char *script)
{
    static char folder[] = "/tmp/avatar-test-XXXXXX";
    static int number;
    if (number == 0)
        assert_non_null(mkdtemp(folder));
    char *path = avt_asprintf("%s/helper%d", folder, number++);
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *text = avt_asprintf("#!/bin/sh\n%s\n", script);
    assert_int_equal(avt_file_write(path, text, strlen(text), &error), AVT_OK);
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

static enum avt_code ask(const char *script, const char *word, char *answer, size_t size,
                         struct avt_error *error)
{
    AVT_CLEANUP(avt_freep) char *path = make_helper(script);
    const struct avt_phonemizer_options options = {.language = "en-us", .program = path, .timeout_ms = 300};
    AVT_CLEANUP(avt_phonemizer_freep)
    struct avt_phonemizer *phonemizer = avt_phonemizer_new(&options);
    const char *phonemes = NULL;
    enum avt_code code = avt_phonemizer_word(phonemizer, word, &phonemes, error);
    if (code == AVT_OK)
        snprintf(answer, size, "%s", phonemes);
    unlink(path);
    return code;
}

static void helper__good_and_bad(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        enum avt_code code;
        const char *expected; /* the answer, or a part of the message */
    } ROWS[] = {
        {"while read w; do echo \"t^ʃˈe^ɪ\"; done", AVT_OK, "ʧˈA"},
        {"exit 1", AVT_EHELPER, "ended without an answer"},
        {"sleep 5", AVT_EHELPER, "no answer in 300 ms"},
        {"read w; kill -9 $$", AVT_EHELPER, "ended without an answer"},
        {"echo '!espeak-ng finds no data'; sleep 1", AVT_EHELPER, "espeak-ng finds no data"},
        {"head -c 100000 /dev/zero | tr '\\0' a; sleep 1", AVT_EHELPER, "without an answer"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct avt_error error = {0};
        char answer[64] = "";
        assert_int_equal(ask(ROWS[i].script, "chay", answer, sizeof answer, &error), ROWS[i].code);
        if (ROWS[i].code == AVT_OK)
            assert_string_equal(answer, ROWS[i].expected);
        else if (!strstr(error.message, ROWS[i].expected))
            fail_msg("'%s' does not say '%s'", error.message, ROWS[i].expected);
    }
}

static void helper__started_again_after_it_died(void **state)
{
    (void)state;
    /* Answers one question a life. */
    AVT_CLEANUP(avt_freep) char *path = make_helper("read w; echo \"bˈɛt\"");
    const struct avt_phonemizer_options options = {.language = "en-us", .program = path, .timeout_ms = 2000};
    AVT_CLEANUP(avt_phonemizer_freep)
    struct avt_phonemizer *phonemizer = avt_phonemizer_new(&options);
    struct avt_error error = {0};
    const char *phonemes = NULL;
    char word[16];
    int answered = 0;
    for (int i = 0; i < AVT_PHONEMIZER_STARTS_MAX; i++) {
        snprintf(word, sizeof word, "word%c", 'a' + i);
        assert_int_equal(avt_phonemizer_word(phonemizer, word, &phonemes, &error), AVT_OK);
        assert_string_equal(phonemes, "bˈɛt");
        answered++;
    }
    /* Its lives are used up; what it said before is still known. */
    assert_int_equal(avt_phonemizer_word(phonemizer, "another", &phonemes, &error), AVT_EHELPER);
    assert_non_null(strstr(error.message, "is not started again"));
    assert_int_equal(avt_phonemizer_word(phonemizer, "worda", &phonemes, &error), AVT_OK);
    assert_int_equal(answered, AVT_PHONEMIZER_STARTS_MAX);
    unlink(path);
}

static void helper__missing(void **state)
{
    (void)state;
    const struct avt_phonemizer_options options = {.language = "en-us", .program = "/nonexistent/avatar-phonemize"};
    AVT_CLEANUP(avt_phonemizer_freep)
    struct avt_phonemizer *phonemizer = avt_phonemizer_new(&options);
    struct avt_error error = {0};
    const char *phonemes = NULL;
    assert_int_equal(avt_phonemizer_word(phonemizer, "word", &phonemes, &error), AVT_EHELPER);
    assert_non_null(strstr(error.message, "/nonexistent/avatar-phonemize"));
}

static void helper__is_given_one_clean_line(void **state)
{
    (void)state;
    /* Echoes how many lines and bytes it was given. */
    struct avt_error error = {0};
    char answer[64] = "", word[1000];
    memset(word, 'z', sizeof word);
    word[sizeof word - 1] = '\0';
    word[3] = '\n';
    assert_int_equal(ask("read w; read v && echo b; echo \"$w\" | tr z 'd'", word, answer,
                         sizeof answer, &error),
                     AVT_EHELPER); /* a second line never comes */
    assert_int_equal(ask("while read w; do echo d; done", word, answer, sizeof answer, &error),
                     AVT_OK);
    assert_string_equal(answer, "d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map__is_misakis),
        cmocka_unit_test(helper__good_and_bad),
        cmocka_unit_test(helper__started_again_after_it_died),
        cmocka_unit_test(helper__missing),
        cmocka_unit_test(helper__is_given_one_clean_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
