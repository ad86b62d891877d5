/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "portrait/prompt.h"
#include "portrait/prompt_reader.h"
#include "portrait/wish.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { GOLDEN_COUNT_MIN = 300, GOLDEN_SEEDS = 4, PROMPT_EXAMPLES_MAX = 64 };

static struct avt_attributes parsed(const char *text, uint64_t seed)
{
    struct avt_attributes attributes;
    struct avt_error error = {0};
    if (avt_prompt_parse(text, seed, &attributes, NULL, NULL, &error) != AVT_OK)
        fail_msg("%s: %s", text, error.message);
    return attributes;
}

static char *notes_of(const char *text)
{
    struct avt_attributes attributes;
    struct avt_buf notes = AVT_BUF_INIT(1 << 16);
    assert_int_equal(avt_prompt_parse(text, 1, &attributes, NULL, &notes, NULL), AVT_OK);
    return avt_buf_take(&notes);
}

/* Wishes that a row of the golden file expects, each of strength SAID. False if it is written wrongly. */
static bool expect(const char *effects, struct avt_wishes *ret_wishes)
{
    struct avt_token none = {0};
    struct avt_reader reader = {.prompt = "", .tokens = &none, .ancestry_end = 1};
    struct avt_saying saying = {.strength = AVT_STRENGTH_SAID, .phrase = SIZE_MAX};
    if (!avt_effects_valid(effects) || !avt_reader_apply(&reader, effects, &saying))
        return false;
    *ret_wishes = reader.wishes;
    return true;
}

static bool is_choice(size_t slot)
{
    return slot < AVT_SLOT_CHOICES || slot == AVT_SLOT_ANCESTRY;
}

static bool is_within(size_t slot, const struct avt_wish *got, const struct avt_wish *wanted)
{
    return is_choice(slot) ? !(got->mask & ~wanted->mask)
                           : got->low >= wanted->low - 1e-4f && got->high <= wanted->high + 1e-4f;
}

static bool is_named(const char *list, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at++)
        if ((at == list || at[-1] == ' ' || at[-1] == '|') && (!at[size] || at[size] == ';' || at[size] == '|'))
            return true;
    return false;
}

static int check_slot(const char *prompt, size_t slot, const struct avt_wish *got, const struct avt_wish *wanted,
                      const char *leaning)
{
    const char *name = avt_slot_name(slot);
    bool leans = is_named(leaning, name);
    if (got->strength == AVT_STRENGTH_LEANING) {
        if (!leans)
            print_error("%s: leans to %s unasked\n", prompt, name);
        return !leans;
    }
    bool said = got->strength > AVT_STRENGTH_LEANING, should = wanted->strength != AVT_STRENGTH_NONE;
    if (said != should || leans) {
        print_error("%s: %s %s\n", prompt, name, leans ? "is not leant to" : said ? "is said unasked" : "is not said");
        return 1;
    }
    if (said && !is_within(slot, got, wanted)) {
        print_error("%s: %s is another (%llx, %g..%g)\n", prompt, name, (unsigned long long)got->mask, (double)got->low,
                    (double)got->high);
        return 1;
    }
    return 0;
}

/* And what is drawn is among them, whatever the seed. */
static int check_drawn(const char *prompt, const struct avt_wishes *wanted)
{
    size_t count;
    const struct avt_choice *choices = avt_attribute_choices(&count);
    const struct avt_amount *amounts = avt_attribute_amounts(&count);
    int wrong = 0;
    for (uint64_t seed = 0; seed < GOLDEN_SEEDS; seed++) {
        struct avt_attributes of = parsed(prompt, seed);
        for (size_t slot = 0; slot < AVT_SLOT_ANCESTRY; slot++) {
            const struct avt_wish *wish = &wanted->of[slot];
            if (wish->strength == AVT_STRENGTH_NONE)
                continue;
            float value = is_choice(slot) ? 0 : *avt_attribute_amount(&of, &amounts[slot - AVT_SLOT_CHOICES]);
            bool fine = is_choice(slot) ? wish->mask >> *avt_attribute_choice(&of, &choices[slot]) & 1
                                        : value >= wish->low - 1e-3f && value <= wish->high + 1e-3f;
            if (!fine)
                print_error("%s, seed %d: %s is drawn wrongly\n", prompt, (int)seed, avt_slot_name(slot));
            wrong += !fine;
        }
    }
    return wrong;
}

static int check_unknown(const char *prompt, const struct avt_prompt_words *unknown, const char *expected)
{
    char got[1024] = "";
    for (size_t i = 0; i < unknown->count; i++)
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? "|" : "", unknown->words[i]);
    if (avt_str_equal(got, expected))
        return 0;
    print_error("%s: unknown are '%s', not '%s'\n", prompt, got, expected);
    return 1;
}

static int check_row(char *line)
{
    const char *prompt = strsep(&line, "\t"), *said = strsep(&line, "\t"), *leaning = strsep(&line, "\t");
    const char *unknown_words = line;
    assert_non_null(unknown_words);
    struct avt_wishes wanted, wishes;
    struct avt_prompt_words unknown = {0};
    struct avt_error error = {0};
    if (!expect(said, &wanted))
        fail_msg("%s: the row is wrong", prompt);
    if (avt_prompt_wishes(prompt, &wishes, &unknown, NULL, &error) != AVT_OK) {
        print_error("%s: %s\n", prompt, error.message);
        return 1;
    }
    int wrong = check_unknown(prompt, &unknown, unknown_words);
    for (size_t slot = 0; slot < AVT_SLOT_COUNT; slot++)
        wrong += check_slot(prompt, slot, &wishes.of[slot], &wanted.of[slot], leaning);
    return wrong + check_drawn(prompt, &wanted);
}

static void golden__prompts_say_what_a_person_means(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/prompts.tsv", getenv("GOLDEN"));
    AVT_CLEANUP(avt_freep) char *text = NULL;
    assert_int_equal(avt_file_read_text(path, 1 << 20, &text, NULL), AVT_OK);
    int count = 0, wrong = 0;
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line && *line != '#') {
            wrong += check_row(line) > 0;
            count++;
        }
    assert_true(count >= GOLDEN_COUNT_MIN);
    assert_int_equal(wrong, 0);
}

static void tables__every_row_names_what_there_is(void **state)
{
    (void)state;
    int words = 0, professions = 0;
    for (size_t t = 0; t < AVT_WORD_TABLES; t++) {
        const struct avt_word_table *table = avt_word_table(t);
        for (size_t i = 0; i < table->count; i++) {
            const struct avt_word *word = &table->words[i];
            if (!avt_effects_valid(word->effects))
                fail_msg("%s: %s", word->phrase, word->effects);
            size_t plain = strspn(word->phrase, "abcdefghijklmnopqrstuvwxyz0123456789 ");
            assert_true(plain > 0 && !word->phrase[plain]);
            words++;
            professions += word->kind == AVT_WORD_PROFESSION;
        }
    }
    assert_true(words > 1500 && professions >= 60);
}

/* Two rows that say the same of the same would hide one another. */
static void tables__no_row_stands_twice(void **state)
{
    (void)state;
    int twice = 0;
    for (size_t t = 0; t < AVT_WORD_TABLES; t++)
        for (size_t i = 0; i < avt_word_table(t)->count; i++)
            for (size_t u = 0; u <= t; u++)
                for (size_t j = 0; j < (u == t ? i : avt_word_table(u)->count); j++) {
                    const struct avt_word *a = &avt_word_table(t)->words[i], *b = &avt_word_table(u)->words[j];
                    if (a->kind == b->kind && a->class == b->class && avt_str_equal(a->phrase, b->phrase)) {
                        print_error("twice: %s\n", a->phrase);
                        twice++;
                    }
                }
    assert_int_equal(twice, 0);
}

static void refusals__say_what_can_be_asked_for(void **state)
{
    (void)state;
    static char longest[100001];
    memset(longest, 'a', sizeof(longest) - 1);
    static const struct {
        const char *text, *says;
        enum avt_code code;
    } rows[] = {
        {"", "empty", AVT_ETEXT},
        {" \n\t ", "empty", AVT_ETEXT},
        {"woman \xff", "UTF-8", AVT_ETEXT},
        {"\xc3", "UTF-8", AVT_ETEXT},
        {"xyzzy plugh", "'xyzzy', 'plugh'", AVT_ETEXT},
        {"xyzzy", "hair, eyes, skin", AVT_ETEXT},
        {"the and of with", "English", AVT_ETEXT},
        {"!!! ,,, ...", "English", AVT_ETEXT},
        {"a light", "English", AVT_ETEXT},
        {"non-human", "English", AVT_ETEXT},
        {"a ginger cat", "'ginger', 'cat'", AVT_ETEXT},
        {"красивая женщина", "'красивая'", AVT_ETEXT},
        {"一位老人", "English", AVT_ETEXT},
        {"امرأة", "English", AVT_ETEXT},
        {"🙂🙂", "English", AVT_ETEXT},
        {longest, "4000", AVT_ELIMIT},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct avt_attributes attributes = {.seed = 77};
        struct avt_error error = {0};
        if (avt_prompt_parse(rows[i].text, 1, &attributes, NULL, NULL, &error) != rows[i].code)
            fail_msg("%.40s: %d", rows[i].text, error.code);
        if (!strstr(error.message, rows[i].says))
            fail_msg("%.40s: %s", rows[i].text, error.message);
        assert_int_equal(attributes.seed, 77);
    }
}

static void limits__the_longest_prompt_is_read(void **state)
{
    (void)state;
    static char text[AVT_PROMPT_BYTES_MAX + 1];
    memset(text, 'a', AVT_PROMPT_BYTES_MAX);
    for (size_t i = 0; i < AVT_PROMPT_BYTES_MAX; i += 5)
        memcpy(text + i, i % 2 ? "q%z& " : "xx'x ", 5);
    memcpy(text, "woman", 5);
    struct avt_attributes attributes;
    struct avt_prompt_words unknown = {0};
    assert_int_equal(avt_prompt_parse(text, 1, &attributes, &unknown, NULL, NULL), AVT_OK);
    assert_true(unknown.count > 0 && attributes.masculine < 0.3f);
}

static void limits__unknown_words_are_counted(void **state)
{
    (void)state;
    char text[AVT_PROMPT_BYTES_MAX] = "woman ";
    for (int i = 0; i < AVT_PROMPT_UNKNOWN_MAX + 10; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "zq%dzq ", i);
    struct avt_attributes attributes;
    struct avt_prompt_words unknown = {0};
    assert_int_equal(avt_prompt_parse(text, 1, &attributes, &unknown, NULL, NULL), AVT_OK);
    assert_int_equal(unknown.count, AVT_PROMPT_UNKNOWN_MAX);
    assert_int_equal(unknown.more, 10);
    assert_string_equal(unknown.words[0], "zq0zq");
}

static void notes__tell_what_was_decided(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"bald man with long hair", "\"bald\" and \"long hair\": the later counts"},
        {"a man and a woman", "\"man\" and \"woman\": the later counts"},
        {"a black and white shirt", "\"black\" and \"white\": the first counts"},
        {"a man with a moustashe", "\"moustashe\" is read as \"moustache\""},
        {"a 120 year old man", "95 years"},
        {"a bald man with curly hair", "\"bald\" and \"curly hair\": the later counts"},
        {"curly hair, bald", "\"curly hair\" and \"bald\": the later counts"},
        {"a woman in a bright kitchen", "\"kitchen\": \"home\" is what comes nearest\n"},
        {"by the lake", "\"lake\": \"nature\" is what comes nearest\n"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        AVT_CLEANUP(avt_freep) char *notes = notes_of(rows[i][0]);
        if (!strstr(notes, rows[i][1]))
            fail_msg("%s: \"%s\"", rows[i][0], notes);
    }
    static const char *const plain[] = {"a woman with short curly hair in a blue dress", "a person",
                                        "half Japanese, half Nigerian woman", "a young boy with a thick moustache",
                                        "long hair in a ponytail", "a man on the beach", "a woman not in a kitchen"};
    for (size_t i = 0; i < LENGTH(plain); i++) {
        AVT_CLEANUP(avt_freep) char *notes = notes_of(plain[i]);
        assert_string_equal(notes, "");
    }
}

static void parse__is_the_same_every_time(void **state)
{
    (void)state;
    static const char text[] = "a friendly doctor in her fifties with glasses";
    struct avt_attributes one = parsed(text, 5), again = parsed(text, 5), other = parsed(text, 6);
    assert_memory_equal(&one, &again, sizeof(one));
    assert_memory_not_equal(&one, &other, sizeof(one));
    assert_int_equal(one.seed, 5);
}

/* What is said of one changes nothing of the others. */
static void parse__one_more_word_changes_one_attribute(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct avt_attributes plain = parsed("a woman", seed), said = parsed("a woman with hoop earrings", seed);
        plain.earrings = AVT_EARRINGS_HOOPS;
        assert_memory_equal(&plain, &said, sizeof(plain));
        struct avt_attributes person = parsed("a person", seed), drawn = {.seed = seed};
        avt_attributes_draw(&drawn, NULL);
        assert_memory_equal(&person, &drawn, sizeof(person));
    }
}

static void parse__professions_do_not_say_who(void **state)
{
    (void)state;
    static const char *const prompts[] = {"a doctor", "a nurse", "a ceo", "a farmer", "a mechanic", "a secretary"};
    for (size_t p = 0; p < LENGTH(prompts); p++) {
        int feminine = 0, masculine = 0, dark = 0;
        for (uint64_t seed = 0; seed < 400; seed++) {
            struct avt_attributes of = parsed(prompts[p], seed);
            feminine += of.masculine < 0.3f;
            masculine += of.masculine > 0.7f;
            dark += of.skin_tone > 5.5f;
        }
        assert_in_range(feminine, 140, 230);
        assert_in_range(masculine, 140, 230);
        assert_in_range(dark, 155, 245);
    }
}

static void parse__skin_goes_with_what_is_said(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        assert_true(parsed("a Nigerian woman", seed).skin_tone >= 7.5f);
        assert_true(parsed("a Swedish man", seed).skin_tone <= 3.5f);
        struct avt_attributes mixed = parsed("half Japanese, half Nigerian woman", seed);
        assert_true(mixed.african > 0.3f && mixed.asian > 0.3f && mixed.european < 0.1f);
        mixed = parsed("half Black, half white woman", seed);
        assert_true(mixed.african > 0.3f && mixed.european > 0.3f && mixed.skin_tone > 3 && mixed.skin_tone < 8);
        assert_true(parsed("an Indian man, Monk 9", seed).skin_tone == 9);
        struct avt_attributes dark = parsed("a woman with dark skin", seed);
        assert_true(dark.african > 0.1f && dark.skin_tone >= 7.5f);
        assert_true(parsed("a woman with grey hair", seed).age >= 50);
        assert_true(parsed("a bearded person", seed).masculine > 0.7f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden__prompts_say_what_a_person_means),
        cmocka_unit_test(tables__every_row_names_what_there_is),
        cmocka_unit_test(tables__no_row_stands_twice),
        cmocka_unit_test(refusals__say_what_can_be_asked_for),
        cmocka_unit_test(limits__the_longest_prompt_is_read),
        cmocka_unit_test(limits__unknown_words_are_counted),
        cmocka_unit_test(notes__tell_what_was_decided),
        cmocka_unit_test(parse__is_the_same_every_time),
        cmocka_unit_test(parse__one_more_word_changes_one_attribute),
        cmocka_unit_test(parse__professions_do_not_say_who),
        cmocka_unit_test(parse__skin_goes_with_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
