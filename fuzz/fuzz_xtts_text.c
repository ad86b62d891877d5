/* SPDX-License-Identifier: Apache-2.0 */
/* A text that XTTS is to say. The first byte chooses the language. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/xtts_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const LANGUAGES[] = {"en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru",
                                        "nl", "cs", "ar", "ja", "hu", "ko", "hi"};
#define MARK(id, text) "{\"id\": " #id ", \"content\": \"" text "\"}, "
static const char VOCAB[] =
    "{\"added_tokens\": [" MARK(10, "[en]") MARK(11, "[es]") MARK(12, "[fr]") MARK(13, "[de]") MARK(14, "[it]")
    MARK(15, "[pt]") MARK(16, "[pl]") MARK(17, "[tr]") MARK(18, "[ru]") MARK(19, "[nl]") MARK(20, "[cs]")
    MARK(21, "[ar]") MARK(22, "[ja]") MARK(23, "[hu]") MARK(24, "[ko]") MARK(25, "[hi]")
    "{\"id\": 26, \"content\": \"[SPACE]\"}], \"pre_tokenizer\": {\"type\": \"Whitespace\"}, "
    "\"model\": {\"type\": \"BPE\", \"unk_token\": \"[UNK]\", \"vocab\": {\"[UNK]\": 0, \"e\": 1, \"n\": 2, "
    "\"en\": 3, \".\": 4, \",\": 5}, \"merges\": [\"e n\"]}}";

/* All of the text is in the pieces but what is not said, and each can be said. */
static void check_pieces(const struct avt_xtts_text *text, const char *language, const char *words,
                         const struct avt_xtts_piece *pieces, size_t count)
{
    size_t end = 0;
    for (size_t i = 0; i < count; i++) {
        avt_assert(pieces[i].start >= end && pieces[i].end > pieces[i].start && pieces[i].end <= strlen(words));
        end = pieces[i].end;
        AVT_CLEANUP(avt_freep) char *piece = avt_strndup(words + pieces[i].start, pieces[i].end - pieces[i].start);
        AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
        size_t ids_count = 0;
        avt_assert(avt_utf8_invalid_at(piece, strlen(piece)) == SIZE_MAX);
        avt_assert(avt_xtts_text_ids(text, language, piece, &ids, &ids_count, NULL) == AVT_OK);
        avt_assert(ids_count > 0 && ids_count <= AVT_XTTS_IDS_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    const char *language = LANGUAGES[data[0] % (sizeof(LANGUAGES) / sizeof(LANGUAGES[0]))];
    AVT_CLEANUP(avt_freep) char *words = avt_strndup((const char *)data + 1, size - 1);
    AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = NULL;
    AVT_CLEANUP(avt_freep) struct avt_xtts_piece *pieces = NULL;
    struct avt_error error = {0};
    size_t count = 0;
    enum avt_code code = avt_xtts_text_parse(VOCAB, sizeof(VOCAB) - 1, NULL, &text, &error);
    avt_assert(code == AVT_OK);
    code = avt_xtts_text_split(text, language, words, &pieces, &count, &error);
    avt_assert(code == AVT_OK || code == AVT_ETEXT);
    check_pieces(text, language, words, pieces, count);
    return 0;
}
