/* SPDX-License-Identifier: Apache-2.0 */
/* docs/prompts.md lists what the tables have. With AVT_WRITE_DOCS set, its lists are written instead of compared. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "portrait/prompt_words.h"
#include "portrait/wish.h"

enum { DOCUMENT_BYTES_MAX = 1 << 20, ROWS_MAX = 4096 };

static const char *const class_names[AVT_CLASS_COUNT] = {
    [AVT_CLASS_NONE] = "",           [AVT_CLASS_PERSON] = "people",      [AVT_CLASS_HAIR] = "hair",
    [AVT_CLASS_BEARD] = "beards",    [AVT_CLASS_EYES] = "eyes",          [AVT_CLASS_BROWS] = "brows",
    [AVT_CLASS_SKIN] = "skin",       [AVT_CLASS_FACE] = "faces",         [AVT_CLASS_NOSE] = "noses",
    [AVT_CLASS_LIPS] = "lips",       [AVT_CLASS_JAW] = "jaws",           [AVT_CLASS_CHIN] = "chins",
    [AVT_CLASS_CHEEKS] = "cheeks",   [AVT_CLASS_CHEEKBONES] = "cheekbones", [AVT_CLASS_FOREHEAD] = "foreheads",
    [AVT_CLASS_EARS] = "ears",       [AVT_CLASS_NECK] = "necks",         [AVT_CLASS_SHOULDERS] = "shoulders",
    [AVT_CLASS_BODY] = "builds",     [AVT_CLASS_SMILE] = "smiles",       [AVT_CLASS_CLOTHES] = "clothes",
    [AVT_CLASS_TIE] = "ties",        [AVT_CLASS_HEADWEAR] = "headwear",  [AVT_CLASS_GLASSES] = "glasses",
    [AVT_CLASS_EARRINGS] = "earrings", [AVT_CLASS_MAKEUP] = "make-up",   [AVT_CLASS_PLACE] = "places",
    [AVT_CLASS_LIGHT] = "light",     [AVT_CLASS_PICTURE] = "pictures",
};

static void put_values(struct avt_buf *out)
{
    size_t count;
    const struct avt_choice *choices = avt_attribute_choices(&count);
    avt_buf_append_str(out, "| attribute | values |\n|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        avt_buf_printf(out, "| `%s` | ", choices[i].name);
        for (int v = 0; v < choices[i].count; v++)
            avt_buf_printf(out, "%s%s", v ? ", " : "", choices[i].values[v]);
        avt_buf_append_str(out, " |\n");
    }
    const struct avt_amount *amounts = avt_attribute_amounts(&count);
    for (size_t i = 0; i < count; i++)
        avt_buf_printf(out, "| `%s` | %g to %g |\n", amounts[i].name, (double)amounts[i].low, (double)amounts[i].high);
    avt_buf_append_str(out, "| `ancestry` | shares of african, asian and european |\n| `seed` | a whole number |\n");
}

static void put_peoples(struct avt_buf *out)
{
    size_t count;
    const struct avt_people *peoples = avt_peoples(&count);
    avt_buf_append_str(out, "| people | african | asian | european | skin |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++)
        avt_buf_printf(out, "| %s | %g | %g | %g | %g to %g |\n", peoples[i].name, (double)peoples[i].african,
                       (double)peoples[i].asian, (double)peoples[i].european, (double)peoples[i].tone_low,
                       (double)peoples[i].tone_high);
}

/* "hair=bob|lob; ~age=20..30!hair=long" as people read it. */
static void put_effects(struct avt_buf *out, const char *effects)
{
    if (!*effects)
        avt_buf_append_str(out, "-");
    for (const char *at = effects; *at; at++) {
        if (*at == '|')
            avt_buf_append_str(out, " or ");
        else if (*at == '!')
            avt_buf_append_str(out, at == effects ? "denied: " : "; denied: ");
        else if (*at == '~')
            avt_buf_append_str(out, "maybe ");
        else if (*at == '@')
            avt_buf_append_str(out, "nearest: ");
        else if (*at == '=')
            avt_buf_append_str(out, " ");
        else if (at[0] == '.' && at[1] == '.') {
            avt_buf_append_str(out, " to ");
            at++;
        } else {
            avt_buf_append_char(out, *at);
        }
    }
}

static const char *role(const struct avt_word *word)
{
    static const char *const roles[AVT_WORD_KIND_COUNT] = {
        [AVT_WORD_NOUN] = "noun of",    [AVT_WORD_PARTICIPLE] = "noun of", [AVT_WORD_ADJECTIVE] = "of",
        [AVT_WORD_ALONE] = "alone",     [AVT_WORD_SAY] = "anywhere",      [AVT_WORD_PROFESSION] = "profession",
        [AVT_WORD_SMALL] = "no effect", [AVT_WORD_LINK] = "parts",        [AVT_WORD_IN] = "worn",
        [AVT_WORD_IS] = "tells of what is before", [AVT_WORD_ARTICLE] = "article", [AVT_WORD_AND] = "and",
        [AVT_WORD_OR] = "or",           [AVT_WORD_BUT] = "ends a denial", [AVT_WORD_NOT] = "denies",
        [AVT_WORD_WITHOUT] = "denies",  [AVT_WORD_NAME] = "a name follows", [AVT_WORD_HALF] = "part of a mix",
    };
    return roles[word->kind];
}

static bool same_meaning(const struct avt_word *a, const struct avt_word *b)
{
    return a->class == b->class && avt_str_equal(role(a), role(b)) && avt_str_equal(a->effects, b->effects);
}

/* Words that mean the same stand in one row, where the first of them stands. */
static void put_words(struct avt_buf *out, const struct avt_word_table *table)
{
    static bool done[ROWS_MAX];
    assert_true(table->count <= ROWS_MAX);
    memset(done, 0, sizeof(done));
    avt_buf_printf(out, "### %s\n\n| words | as | say |\n|---|---|---|\n", table->title);
    for (size_t i = 0; i < table->count; i++) {
        const struct avt_word *word = &table->words[i];
        if (done[i])
            continue;
        avt_buf_append_str(out, "| ");
        for (size_t j = i; j < table->count; j++)
            if (!done[j] && same_meaning(word, &table->words[j])) {
                avt_buf_printf(out, "%s%s", j > i ? ", " : "", table->words[j].phrase);
                done[j] = true;
            }
        bool classed = word->kind == AVT_WORD_NOUN || word->kind == AVT_WORD_PARTICIPLE ||
                       word->kind == AVT_WORD_ADJECTIVE;
        avt_buf_printf(out, " | %s%s%s | ", role(word), classed ? " " : "", classed ? class_names[word->class] : "");
        put_effects(out, word->effects);
        avt_buf_append_str(out, " |\n");
    }
}

static void put_all_words(struct avt_buf *out)
{
    for (size_t t = 0; t < AVT_WORD_TABLES; t++) {
        avt_buf_append_str(out, t ? "\n" : "");
        put_words(out, avt_word_table(t));
    }
}

/* The document with what stands between the marks of `name` replaced. */
static char *replaced(const char *document, const char *name, void (*put)(struct avt_buf *))
{
    AVT_CLEANUP(avt_freep) char *begin = avt_asprintf("<!-- %s -->\n", name);
    AVT_CLEANUP(avt_freep) char *end = avt_asprintf("<!-- end of %s -->", name);
    const char *from = strstr(document, begin), *to = strstr(document, end);
    assert_true(from && to && from < to);
    struct avt_buf out = AVT_BUF_INIT(DOCUMENT_BYTES_MAX);
    avt_buf_append(&out, document, (size_t)(from - document) + strlen(begin));
    avt_buf_append_char(&out, '\n');
    put(&out);
    avt_buf_append_char(&out, '\n');
    avt_buf_append_str(&out, to);
    assert_false(out.overflowed);
    return avt_buf_take(&out);
}

static void docs__list_what_the_tables_have(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/prompts.md", getenv("DOCS"));
    AVT_CLEANUP(avt_freep) char *before = NULL;
    assert_int_equal(avt_file_read_text(path, DOCUMENT_BYTES_MAX, &before, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) char *values = replaced(before, "values", put_values);
    AVT_CLEANUP(avt_freep) char *peoples = replaced(values, "peoples", put_peoples);
    AVT_CLEANUP(avt_freep) char *after = replaced(peoples, "words", put_all_words);
    if (getenv("AVT_WRITE_DOCS"))
        assert_int_equal(avt_file_write(path, after, strlen(after), NULL), AVT_OK);
    else if (!avt_str_equal(before, after))
        fail_msg("%s is behind the tables: run this test with AVT_WRITE_DOCS=1", path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(docs__list_what_the_tables_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
