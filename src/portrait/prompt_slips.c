/* SPDX-License-Identifier: Apache-2.0 */
/* Words as they are not written in the tables. No spelling is checked in this file. */
#include "base/str.h"
#include "portrait/prompt_reader.h"

/* American and other spellings, contractions, and what is nearly another word. */
static const char *const spellings[][2] = {
    {"gray", "grey"}, {"grays", "grey"}, {"graying", "greying"}, {"blonde", "blond"}, {"blondes", "blond"},
    {"blondie", "blond"}, {"color", "colour"}, {"colors", "colours"}, {"colored", "coloured"},
    {"colorful", "colourful"}, {"mustache", "moustache"}, {"mustaches", "moustache"}, {"mustached", "moustached"},
    {"mustachioed", "moustachioed"}, {"moustaches", "moustache"}, {"jewelry", "jewellery"}, {"center", "centre"},
    {"theater", "theatre"}, {"neighbor", "neighbour"}, {"wooly", "woolly"}, {"reddish", "red"}, {"brownish", "brown"},
    {"greyish", "grey"}, {"grayish", "grey"}, {"blackish", "black"}, {"whitish", "white"}, {"bluish", "blue"},
    {"greenish", "green"}, {"yellowish", "yellow"}, {"pinkish", "pink"}, {"purplish", "purple"}, {"dont", "not"},
    {"doesnt", "not"}, {"isnt", "not"}, {"arent", "not"}, {"hasnt", "without"}, {"havent", "without"},
    {"wont", "not"}, {"cannot", "not"}, {"cant", "not"}, {"shouldnt", "not"}, {"1girl", "girl"}, {"1boy", "boy"},
    {"1woman", "woman"}, {"1man", "man"}, {"womans", "woman"}, {"womens", "women"}, {"mens", "men"}, {"shes", "she"},
    {"hes", "he"}, {"theyre", "they"}, {"im", "i"}, {"ive", "i"}, {"wo", "without"}, {"specky", "bespectacled"},
    {"tho", "though"}, {"thirtyish", "thirty"}, {"fortyish", "forty"}, {"fourty", "forty"}, {"fourties", "forties"},
    {"colouring", "complexion"},
};

/* Slips of short words, which are too near to others to be told by distance. */
static const char *const slips[][2] = {
    {"womn", "woman"}, {"wman", "woman"}, {"womna", "woman"}, {"wmoan", "woman"}, {"mna", "man"}, {"blu", "blue"},
    {"bleu", "blue"},  {"hiar", "hair"},  {"hari", "hair"},   {"haire", "hair"},  {"eys", "eyes"}, {"eyse", "eyes"},
    {"gril", "girl"},  {"whit", "white"}, {"blak", "black"},  {"grn", "green"},   {"yong", "young"}, {"yung", "young"},
    {"berd", "beard"}, {"suite", "suit"}, {"wit", "with"},    {"wiht", "with"},   {"adn", "and"}, {"withot", "without"},
};

static const char *second_of(const char *word, const char *const (*pairs)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (avt_str_equal(word, pairs[i][0]))
            return pairs[i][1];
    return NULL;
}

const char *avt_word_spelling(const char *word)
{
    return second_of(word, spellings, sizeof(spellings) / sizeof(*spellings));
}

const char *avt_word_slip(const char *word)
{
    return second_of(word, slips, sizeof(slips) / sizeof(*slips));
}
