/* SPDX-License-Identifier: Apache-2.0 */
/*
 * avatar-phonemize LANGUAGE: reads one word or phrase per line, answers each with one line of IPA from
 * espeak-ng (stress marks, '^' as tie). A line that starts with '!' says, once, why it cannot work.
 *
 * A program of its own because espeak-ng is GPL-3, keeps one global state and may crash on odd
 * input; it ends when its standard input does.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <espeak-ng/speak_lib.h>

enum {
    LINE_BYTES_MAX = 1100,
    /* espeakPHONEMES_IPA, a tie within multi-letter names, and which character ties. */
    PHONEME_MODE = espeakPHONEMES_IPA | espeakPHONEMES_TIE | ('^' << 8),
};

static int give_up(const char *reason)
{
    printf("!%s\n", reason);
    return 1;
}

/* By language, not by name: the names differ between versions of espeak-ng, and phonemising after
 * a voice that was not found crashes it. */
static bool choose_voice(const char *language)
{
    espeak_VOICE wanted = {.languages = language};
    return espeak_SetVoiceByProperties(&wanted) == EE_OK;
}

static void answer(const char *line)
{
    const void *rest = line;
    bool first = true;
    /* One clause a call; the pointer is NULL after the last. */
    while (rest) {
        const char *phonemes = espeak_TextToPhonemes(&rest, espeakCHARS_UTF8, PHONEME_MODE);
        if (!phonemes)
            break;
        printf("%s%s", first ? "" : " ", phonemes);
        first = false;
    }
    putchar('\n');
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return give_up("avatar-phonemize takes one argument, the language");
    if (espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, espeakINITIALIZE_DONT_EXIT) < 0)
        return give_up("espeak-ng finds no data; install the package espeak-ng-data");
    if (!choose_voice(argv[1]))
        return give_up("espeak-ng lacks this language; install the package espeak-ng-data");
    char line[LINE_BYTES_MAX];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        answer(line);
    }
    return 0;
}
