/* SPDX-License-Identifier: Apache-2.0 */
/* print_phonemes LANGUAGE: answers each line of standard input with its phonemes, as the speech engine
 * gets them. For tools/quality_voice.py. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "voice/chunk.h"
#include "voice/frontend.h"

#include "base/str.h"

enum { LINE_BYTES_MAX = 1 << 16 };

static void print_row(const struct avt_symbol_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        char utf8[8] = "";
        (void)avt_utf8_encode(row->symbols[i].codepoint, utf8);
        fputs(utf8, stdout);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_frontend_freep) struct avt_frontend *frontend = NULL;
    if (argc != 2 || avt_frontend_new(argv[1], &frontend, &error) != AVT_OK) {
        fprintf(stderr, "print_phonemes LANGUAGE < TEXT: %s\n", error.message);
        return 1;
    }
    AVT_CLEANUP(avt_freep) char *line = avt_new0(char, LINE_BYTES_MAX);
    while (fgets(line, LINE_BYTES_MAX, stdin)) {
        struct avt_token_list tokens = {0};
        struct avt_symbol_row row = {0};
        line[strcspn(line, "\n")] = '\0';
        if (avt_frontend_read(frontend, line, strlen(line), &tokens, &error) != AVT_OK) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        if (avt_symbol_row_build(&tokens, &row))
            print_row(&row);
        else
            putchar('\n');
        avt_symbol_row_done(&row);
        avt_token_list_done(&tokens);
    }
    return 0;
}
