/* SPDX-License-Identifier: Apache-2.0 */
/* For tools/check_sd_tokenizer.py: the token numbers of texts on standard input, each ended by a NUL, one line each.
 * Usage: print_clip_tokens FOLDER */
#include <stdio.h>

#include "portrait/clip_tokenizer.h"

int main(int argc, char **argv)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_clip_tokenizer_freep) struct avt_clip_tokenizer *tokenizer = NULL;
    if (argc != 2 || avt_clip_tokenizer_open(argv[1], &tokenizer, &error) != AVT_OK) {
        fprintf(stderr, "%s\n", argc == 2 ? error.message : "usage: print_clip_tokens FOLDER");
        return 1;
    }
    static char text[AVT_CLIP_TEXT_BYTES_MAX + 2];
    size_t size = 0;
    for (int c; (c = getchar()) != EOF;) {
        text[size] = (char)c;
        size += size < AVT_CLIP_TEXT_BYTES_MAX;
        if (c != '\0')
            continue;
        int32_t ids[AVT_CLIP_TOKENS];
        bool is_cut = false;
        if (avt_clip_tokenizer_encode(tokenizer, text, ids, &is_cut, &error) != AVT_OK) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        for (size_t i = 0; i < AVT_CLIP_TOKENS; i++)
            printf("%d%c", ids[i], i + 1 < AVT_CLIP_TOKENS ? ' ' : '\n');
        size = 0;
    }
    return 0;
}
