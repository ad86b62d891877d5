/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words whose spelling and part of speech still leave two pronunciations. Each rule looks for a
 * telling word nearby, or for a certain tag, and gives the pronunciation that the dictionary's own
 * variants would miss.
 */
#include <string.h>

#include "base/str.h"
#include "voice/g2p_en.h"
#include "voice/normalize_parts.h"
#include "voice/tagger.h"

enum { NEAR_WORDS = 4, LOWER_MAX = 24 };

struct sense {
    const char *word;
    unsigned tags;    /* 1 << enum avt_tag, any of these; 0: any tag */
    const char *near; /* words, each between spaces, one of which is within NEAR_WORDS; NULL: any */
    const char *ahead;              /* the same, but only after it */
    const char *behind;             /* one of the two before it */
    const char *next;               /* the very next word, in the same clause */
    const char *before;             /* the one before */
    bool name;                      /* only with a capital letter */
    bool first;                     /* only as the first word of its clause */
    const char *american, *british; /* NULL: no other there */
};

#define NOUN      (1u << AVT_TAG_NN | 1u << AVT_TAG_NNS | 1u << AVT_TAG_NNP)
#define NOMINAL   (NOUN | 1u << AVT_TAG_JJ)
#define ADJECTIVE (1u << AVT_TAG_JJ)
#define PAST      (1u << AVT_TAG_VBD | 1u << AVT_TAG_VBN)

/* The first that fits counts. */
static const struct sense SENSES[] = {
    {.word = "lead",
     .tags = NOMINAL,
     .american = "lˈɛd",
     .british = "lˈɛd",
     .near = " pipe pipes paint poisoning pencil metal exposure toxic acid zinc copper tin mercury "
             "iron bullet bullets shielding unleaded contamination arsenic heavy roof plumbing "
             "solder uranium cadmium "},
    {.word = "lead",
     .american = "lˈɛd",
     .british = "lˈɛd",
     .before = " contain contains contained containing "},
    {.word = "bow",
     .tags = NOUN,
     .american = "bˈW",
     .british = "bˈW",
     .near = " ship stern boat deck bridge curtain audience vessel applause "},
    {.word = "bow",
     .tags = NOUN,
     .american = "bˈW",
     .british = "bˈW",
     .behind = " took takes take taking deep polite final "},
    {.word = "bows",
     .tags = NOUN,
     .american = "bˈWz",
     .british = "bˈWz",
     .near = " ship stern boat deck audience took takes "},
    {.word = "close", .tags = NOUN, .american = "klˈOs", .british = "klˈQs", .next = " to "},
    {.word = "elaborate",
     .american = "əlˈæbəɹˌAt",
     .british = "ɪlˈabəɹAt",
     .next = " on upon ",
     .first = true},
    {.word = "bass",
     .american = "bˈAs",
     .british = "bˈAs",
     .next = " guitar guitarist player drum drums line clef singer solo notes voice "},
    {.word = "bass",
     .american = "bˈæs",
     .british = "bˈas",
     .near = " fish fishing sea striped largemouth smallmouth lake river angler grilled caught "
             "fillet trout "},
    {.word = "bass", .american = "bˈAs", .british = "bˈAs"},
    {.word = "row",
     .tags = NOUN,
     .british = "ɹˈW",
     .next = " over erupted between about broke ",
     .before = " a the huge bitter furious "},
    {.word = "tear",
     .tags = NOUN,
     .american = "tˈɪɹ",
     .british = "tˈɪə",
     .ahead = " eye eyes cheek face "},
    {.word = "tear",
     .american = "tˈɛɹ",
     .british = "tˈɛː",
     .next = " in ",
     .before = " a the small big another "},
    {.word = "tear",
     .tags = NOUN,
     .american = "tˈɛɹ",
     .british = "tˈɛː",
     .near = " wear muscle ligament fabric cloth jeans meniscus rotator shirt "},
    {.word = "resume",
     .tags = NOUN,
     .american = "ɹˈɛzəmˌA",
     .british = "ɹˈɛzjumˌA",
     .before = " a the my your his her their our "},
    {.word = "minute",
     .american = "mInˈut",
     .british = "mInjˈuːt",
     .next = " details detail amounts amount quantities differences particles changes traces "
             "fraction fragments crack cracks speck dose trace quantity "},
    {.word = "minute",
     .tags = ADJECTIVE,
     .american = "mInˈut",
     .british = "mInjˈuːt",
     .before = " is are was were so very too "},
    {.word = "minute", .american = "mˈɪnət", .british = "mˈɪnɪt"},
    {.word = "learned",
     .tags = ADJECTIVE | PAST,
     .american = "lˈɜɹnɪd",
     .british = "lˈɜːnɪd",
     .next = " scholar scholars man men judge professor society friend "},
    {.word = "blessed",
     .american = "blˈɛsᵻd",
     .british = "blˈɛsɪd",
     .next = " virgin sacrament trinity are is ",
     .before = " the "},
    {.word = "polish", .tags = 1u << AVT_TAG_VB, .american = "pˈɑlɪʃ", .british = "pˈɒlɪʃ"},
    {.word = "reading",
     .name = true,
     .american = "ɹˈɛdɪŋ",
     .british = "ɹˈɛdɪŋ",
     .before = " in from to near at "},
};

static void lower_copy(const char *text, char out[LOWER_MAX])
{
    size_t size = 0;
    for (; text[size] && size < LOWER_MAX - 1; size++)
        out[size] = (char)(norm_is_upper(text[size]) ? text[size] - 'A' + 'a' : text[size]);
    out[size] = '\0';
}

/* Whether the word at `index` is in `list`, which has a space around each of its words. */
static bool listed(const struct avt_reading *reading, size_t index, const char *list)
{
    char lower[LOWER_MAX], wanted[LOWER_MAX + 2];
    lower_copy(reading->words[index].text, lower);
    if (lower[0] == '\0')
        return false;
    wanted[0] = ' ';
    memcpy(wanted + 1, lower, strlen(lower));
    memcpy(wanted + 1 + strlen(lower), " ", 2);
    return strstr(list, wanted) != NULL;
}

static bool is_near(const struct avt_reading *reading, size_t index, const char *list,
                    size_t words_before, size_t words_after)
{
    size_t from = index > words_before ? index - words_before : 0;
    for (size_t i = from; i < reading->word_count && i <= index + words_after; i++)
        if (i != index && listed(reading, i, list))
            return true;
    return false;
}

static bool fits(const struct sense *sense, const struct avt_reading *reading, size_t index)
{
    if (sense->tags && !(sense->tags & 1u << reading->words[index].tag))
        return false;
    if (sense->near && !is_near(reading, index, sense->near, NEAR_WORDS, NEAR_WORDS))
        return false;
    if (sense->ahead && !is_near(reading, index, sense->ahead, 0, NEAR_WORDS))
        return false;
    if (sense->behind && !is_near(reading, index, sense->behind, 2, 0))
        return false;
    if (sense->name && !norm_is_upper(reading->words[index].text[0]))
        return false;
    if (sense->first && index > 0 && !avt_tagger_pause_after(reading, index - 1))
        return false;
    if (sense->next &&
        (avt_tagger_pause_after(reading, index) || !listed(reading, index + 1, sense->next)))
        return false;
    return !sense->before || (index > 0 && listed(reading, index - 1, sense->before));
}

const char *avt_g2p_sense(const struct avt_reading *reading, size_t index, bool british)
{
    char lower[LOWER_MAX];
    lower_copy(reading->words[index].text, lower);
    for (size_t i = 0; i < sizeof SENSES / sizeof SENSES[0]; i++) {
        const char *phonemes = british ? SENSES[i].british : SENSES[i].american;
        if (phonemes && avt_str_equal(lower, SENSES[i].word) && fits(&SENSES[i], reading, index))
            return phonemes;
    }
    return NULL;
}
