/* SPDX-License-Identifier: Apache-2.0 */
/* Text to the ids of XTTS: a row for each rule, and what Coqui's own tokenizer gives for texts in its languages. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/hangul.h"
#include "voice/hanzi.h"
#include "voice/kana.h"
#include "voice/xtts_text.h"

static char *tiny_path(const char *name)
{
    return avt_asprintf("%s/tiny_xtts_text/%s", getenv("GOLDEN"), name);
}

static struct avt_xtts_text *open_tiny(const struct avt_lexicon *hanzi)
{
    AVT_CLEANUP(avt_freep) char *path = tiny_path("vocab.json");
    struct avt_xtts_text *text = NULL;
    struct avt_error error = {0};
    if (avt_xtts_text_open(path, hanzi, &text, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return text;
}

struct row {
    const char *rule, *language, *text, *cleaned;
};
static const struct row CLEANED[] = {
    {"small letters", "en", "Hello, WORLD!", "hello, world!"},
    {"Turkish has two letters i", "tr", "IĞDIR, İzmir ÖÜ.", "ığdır, izmir öü."},
    {"German nouns of numbers are small too", "de", "1000000 Leute.", "eine million leute."},
    {"white space is one blank, none at the ends", "en", " \t a \n\u00a0b\u3000. ", "a b ."},
    {"quotation marks are dropped", "en", "\"Yes,\" he said. “No” «a» „b”", "yes, he said. no a b."},
    {"square brackets are dropped: they would be marks of the model", "en", "[STOP] [en] go.", "stop en go."},
    {"an apostrophe stays within a word", "en", "It’s the dogs' 'own'.", "it's the dogs own."},
    {"what nobody sees is dropped", "en", "zero\u200bwidth\ufeff a\x01z.", "zerowidth az."},
    {"an end is given to what has none", "en", "no end", "no end."},
    {"also after a quotation mark", "en", "He said \"go\"", "he said go."},
    {"also after a number", "en", "It was 5", "it was five."},
    {"Hindi's is a danda", "hi", "नमस्ते", "नमस्ते।"},
    {"an end is left alone", "en", "Really?", "really?"},
    {"Arabic marks are ends", "ar", "لماذا؟", "لماذا؟"},
    {"numbers", "en", "24 and 1,250", "twenty-four and one thousand, two hundred and fifty."},
    {"dots between thousands", "de", "1.250 Leute.", "eintausendzweihundertfünfzig leute."},
    {"narrow blanks between thousands", "fr", "2\u202f000 ans.", "deux mille ans."},
    {"lakhs", "hi", "12,34,567।", "बारह लाख चौंतीस हज़ार पाँच सौ सड़सठ।"},
    {"decimals", "en", "3.05%.", "three point zero five percent."},
    {"a comma is a decimal sign", "fr", "7,5 ans.", "sept virgule cinq ans."},
    {"dates are no fractions", "de", "12.5.2024.", "zwölf.fünf.zweitausendvierundzwanzig."},
    {"digits of other scripts", "ar", "٢١ بيتا.", "واحد و عشرون بيتا."},
    {"digits of Devanagari", "hi", "२१ घर।", "इक्कीस घर।"},
    {"numbers do not touch letters", "en", "5km B2.", "five km b two."},
    {"but in Korean", "ko", "21채", "isib-ilchae."},
    {"money before", "en", "$20 or £1.50.", "twenty dollars or one pound sterling, fifty pence."},
    {"money behind, with a blank", "fr", "20 € et 1€.", "vingt euros et un euro."},
    {"money of thousands", "es", "$1.250,5.", "mil doscientos cincuenta dólares con cincuenta centavos."},
    {"a sign without a number", "en", "the $ sign.", "the dollar sign."},
    {"ordinals, English", "en", "the 3rd and 21st.", "the third and twenty-first."},
    {"ordinals, Spanish", "es", "el 3º y la 2ª.", "el tercero y la segundo."},
    {"ordinals, French", "fr", "le 1er, la 2e, 3ème.", "le premier, la deuxième, troisième."},
    {"ordinals, Russian", "ru", "3-й дом.", "третий дом."},
    {"ordinals, Dutch", "nl", "de 8ste en 3e.", "de achtste en derde."},
    {"ordinals, Korean", "ko", "3번째 집", "se beon-jjae jib."},
    {"ordinals, Hindi", "hi", "12वाँ घर।", "बारहवाँ घर।"},
    {"a dot makes one in German", "de", "Der 3. Stock hat 30.", "der dritte stock hat dreißig."},
    {"but behind a year no", "de", "Das war 1999. Dann kam er.",
     "das war eintausendneunhundertneunundneunzig. dann kam er."},
    {"in Czech before a small letter", "cs", "3. dům a 5. Potom.", "třetí dům a pět. potom."},
    {"in Turkish", "tr", "3. katta.", "üçüncü katta."},
    {"in Hungarian", "hu", "A 3. emelet.", "a harmadik emelet."},
    {"not a word that only begins so", "es", "5 osos, 5osos.", "cinco osos, cinco osos."},
    {"short forms", "en", "Mr. Brown, Dr. Jones & Co.", "mister brown, doctor jones and company."},
    {"only whole words", "en", "Hadr. Smr. x.", "hadr. smr. x."},
    {"those of one letter before a name", "pl", "P. Nowak ma 5 m. i dom.", "pani nowak ma pięć m. i dom."},
    {"Russian ones have hyphens", "ru", "Г-н Иванов и д-р Петров.", "господин иванов и доктор петров."},
    {"signs", "en", "a&b @ 5% #1 20°", "a and b at five percent hash one twenty degree."},
    {"signs, Turkish", "tr", "%20 ucuz.", "yüzde yirmi ucuz."},
    {"a sign before a mark", "es", "Son 25°, 7%!", "son veinticinco grados, siete por ciento!"},
    {"Korean in Latin letters", "ko", "한국어 안녕하세요?", "hangug-eo annyeonghase-yo?"},
    {"Japanese in Latin letters", "ja", "ふるい いえは、とうきょう。", "furui ie wa, toukyou."},
    {"numbers in Japanese", "ja", "21にち", "nijuuichi nichi."},
    {"a region does not matter", "pt-br", "Olá.", "olá."},
};

static void texts__are_cleaned(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = open_tiny(NULL);
    for (size_t i = 0; i < sizeof(CLEANED) / sizeof(CLEANED[0]); i++) {
        const struct row *row = &CLEANED[i];
        AVT_CLEANUP(avt_freep) char *cleaned = NULL;
        struct avt_error error = {0};
        if (avt_xtts_text_clean(text, row->language, row->text, &cleaned, &error) != AVT_OK)
            fail_msg("%s: %s", row->rule, error.message);
        if (!avt_str_equal(cleaned, row->cleaned))
            fail_msg("%s: '%s', not '%s'", row->rule, cleaned, row->cleaned);
    }
}

/* texts.json: [["language", "text", [ids]], …], by Coqui's VoiceBpeTokenizer with the same vocabulary. */
static void ids__as_coqui(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = open_tiny(NULL);
    AVT_CLEANUP(avt_freep) char *path = tiny_path("texts.json");
    AVT_CLEANUP(avt_json_decrefp) json_t *root = NULL;
    assert_int_equal(avt_json_read_file(path, 1 << 20, &root, NULL), AVT_OK);
    size_t rows = 0;
    for (; rows < json_array_size(root); rows++) {
        const json_t *row = json_array_get(root, rows), *wanted = json_array_get(row, 2);
        const char *language = json_string_value(json_array_get(row, 0));
        const char *words = json_string_value(json_array_get(row, 1));
        AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
        size_t count = 0;
        assert_int_equal(avt_xtts_text_ids(text, language, words, &ids, &count, NULL), AVT_OK);
        if (count != json_array_size(wanted))
            fail_msg("'%s': %zu ids, not %zu", words, count, json_array_size(wanted));
        for (size_t i = 0; i < count; i++) {
            if (ids[i] != json_integer_value(json_array_get(wanted, i)))
                fail_msg("'%s': id %zu is %lld", words, i, (long long)ids[i]);
        }
    }
    assert_true(rows >= 60);
}

/* What the vocabulary lacks: a plain sign where there is one, else nothing; a letter stays and is unknown. */
static void signs__that_the_vocabulary_lacks(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"Wait… for – me。", "Wait... for - me."},
        {"A✓ done☃.", "A done."},
        {"Who？ Me！", "Who? Me!"},
    };
    AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = open_tiny(NULL);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
        AVT_CLEANUP(avt_freep) int64_t *plain = NULL;
        size_t count = 0, plain_count = 0;
        assert_int_equal(avt_xtts_text_ids(text, "en", ROWS[i][0], &ids, &count, NULL), AVT_OK);
        assert_int_equal(avt_xtts_text_ids(text, "en", ROWS[i][1], &plain, &plain_count, NULL), AVT_OK);
        assert_int_equal(count, plain_count);
        assert_memory_equal(ids, plain, count * sizeof(*ids));
    }
}

static void texts__that_are_refused(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = open_tiny(NULL);
    AVT_CLEANUP(avt_freep) char *endless = avt_new0(char, AVT_XTTS_PIECE_BYTES_MAX + 2);
    AVT_CLEANUP(avt_freep) char *numbers = avt_new0(char, AVT_XTTS_PIECE_BYTES_MAX + 1);
    memset(endless, 'a', AVT_XTTS_PIECE_BYTES_MAX + 1);
    memset(numbers, '7', AVT_XTTS_PIECE_BYTES_MAX);
    const struct {
        const char *language, *words;
        enum avt_code code;
        const char *says;
    } ROWS[] = {
        {"sv", "Hej.", AVT_EVOICE, "does not speak 'sv'"},
        {"eng", "Hi.", AVT_EVOICE, "does not speak 'eng'"},
        {"en", "", AVT_ETEXT, "nothing to say"},
        {"en", " ... ?!", AVT_ETEXT, "nothing to say"},
        {"en", "a\xff", AVT_ETEXT, "UTF-8"},
        {"ja", "東京。", AVT_ETEXT, "東京"},
        {"zh", "你好。", AVT_EMODEL, "Chinese"},
        {"en", endless, AVT_ELIMIT, "bytes"},
        {"en", numbers, AVT_ELIMIT, "symbols"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct avt_error error = {0};
        AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
        size_t count = 7;
        enum avt_code code = avt_xtts_text_ids(text, ROWS[i].language, ROWS[i].words, &ids, &count, &error);
        if (code != ROWS[i].code || !strstr(error.message, ROWS[i].says))
            fail_msg("row %zu: %d '%s'", i, code, error.message);
        assert_null(ids);
        assert_int_equal(count, 7);
    }
    assert_true(avt_xtts_text_speaks(text, "zh-cn") && avt_xtts_text_speaks(text, "en_US"));
    assert_false(avt_xtts_text_speaks(text, "sv") || avt_xtts_text_speaks(text, ""));
}

static void vocabularies__of_something_else(void **state)
{
    (void)state;
    static const char OTHER[] = "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}}";
    char path[] = "/tmp/avatar-vocab-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, OTHER, strlen(OTHER)), strlen(OTHER));
    (void)close(fd);
    struct avt_xtts_text *text = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_xtts_text_open(path, NULL, &text, &error), AVT_EMODELBAD);
    assert_non_null(strstr(error.message, "[SPACE]"));
    (void)unlink(path);
    assert_int_equal(avt_xtts_text_open(path, NULL, &text, &error), AVT_EMODEL);
    assert_null(text);
}

/* ---- scripts --------------------------------------------------------------------------------- */

static void hangul__letter_by_letter(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"안녕하세요", "annyeonghase-yo"}, {"독립", "doglib"}, {"한글", "hangeul"}, {"값이", "gabs-i"},
        {"막걸리", "maggeolli"}, {"앜카", "ak-ka"}, {"각가", "gagga"}, {"갈라", "galla"}, {"a가.", "aga."}, {"가 아", "ga a"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(256);
        avt_hangul_romanise(ROWS[i][0], &out);
        if (!avt_str_equal(avt_buf_str(&out), ROWS[i][1]))
            fail_msg("%s: '%s', not '%s'", ROWS[i][0], avt_buf_str(&out), ROWS[i][1]);
    }
}

static void kana__by_hepburn(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"しゃしん", "shashin"}, {"ちょっと", "chotto"}, {"まっちゃ", "matcha"}, {"きゃく", "kyaku"}, {"じゅう", "juu"},
        {"コーヒー", "koohii"}, {"ファン", "fan"}, {"ウィ", "wi"}, {"ティー", "tii"}, {"チェ", "che"}, {"ヴァ", "va"},
        {"こんや", "kon'ya"}, {"さんい", "san'i"}, {"つづく", "tsuzuku"}, {"クァ", "kwa"}, {"デュ", "dyu"},
        {"ｶﾞｷ", "gaki"}, {"これは", "kore wa"}, {"うみへ", "umi e"}, {"ほんを", "hon wo"}, {"あっ", "a"}, {"いぇ", "ye"},
        {"りょこう", "ryokou"}, {"ん", "n"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(256);
        avt_kana_romaji(ROWS[i][0], strlen(ROWS[i][0]), 0, &out);
        if (!avt_str_equal(avt_buf_str(&out), ROWS[i][1]))
            fail_msg("%s: '%s', not '%s'", ROWS[i][0], avt_buf_str(&out), ROWS[i][1]);
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(256);
    avt_kana_romaji("は", 3, 1, &out);
    avt_kana_romaji("は", 3, 0, &out);
    avt_kana_romaji("へ", 3, 1, &out);
    assert_string_equal(avt_buf_str(&out), "wahae");
}

static void write_text(const char *folder, const char *name, const char *text)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, name);
    assert_int_equal(avt_file_write(path, text, strlen(text), NULL), AVT_OK);
}

static void chinese__in_pinyin(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"words", "characters", "phrases", "zh.lex"};
    char folder[] = "/tmp/avatar-xtts-XXXXXX";
    char *paths[4];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 4; i++)
        paths[i] = avt_asprintf("%s/%s", folder, NAMES[i]);
    write_text(folder, "words", "银行 900 n\n走 50 v\n行 60 v\n银 5 n\n了 500 u\n二 9 m\n十 9 m\n一 9 m\n绿 5 a\n");
    write_text(folder, "characters", "{\"38134\": \"yín\", \"34892\": \"xíng,háng\", \"36208\": \"zǒu\", "
               "\"20102\": \"le\", \"20108\": \"èr\", \"21313\": \"shí\", \"19968\": \"yī\", \"32511\": \"lǜ\"}");
    write_text(folder, "phrases", "{\"银行\": [[\"yín\"], [\"háng\"]]}");
    struct avt_error error = {0};
    if (avt_hanzi_compile(paths[0], paths[1], paths[2], paths[3], &error) != AVT_OK)
        fail_msg("%s", error.message);
    AVT_CLEANUP(avt_lexicon_freep) struct avt_lexicon *hanzi = NULL;
    assert_int_equal(avt_lexicon_open(paths[3], &hanzi, &error), AVT_OK);
    AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = open_tiny(hanzi);
    static const char *const ROWS[][2] = {
        {"银行走了。", "yin2hang2zou3le5,"},   /* the word's reading; neutral is 5; marks are commas */
        {"走，绿？！", "zou3,lv4,"},            /* ü is v */
        {"走21", "zou3er4shi2yi1,"},            /* numbers are read; an end is given */
        {"走 OK 东", "zou3 ok 东,"},            /* what has no reading stays */
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_freep) char *cleaned = NULL;
        assert_int_equal(avt_xtts_text_clean(text, "zh", ROWS[i][0], &cleaned, &error), AVT_OK);
        if (!avt_str_equal(cleaned, ROWS[i][1]))
            fail_msg("%s: '%s', not '%s'", ROWS[i][0], cleaned, ROWS[i][1]);
    }
    for (size_t i = 0; i < 4; i++) {
        (void)unlink(paths[i]);
        avt_free(paths[i]);
    }
    (void)rmdir(folder);
}

/* ---- splitting ------------------------------------------------------------------------------- */

#define LONG_EN "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "

static const struct row SPLIT[] = {
    {"sentences", "en", "The river was very wide. Nobody could swim across! Why is that, I asked?",
     "The river was very wide.|Nobody could swim across!|Why is that, I asked?"},
    {"a very short one with the next", "en", " Yes. The river was very wide. No.\n",
     "Yes. The river was very wide. No."},
    {"a closing mark stays with its sentence", "en",
     "“The river was wide.” (Nobody could swim it.) She left it there for him.",
     "“The river was wide.”|(Nobody could swim it.)|She left it there for him."},
    {"an ellipsis is one end", "en", "The river was very wide... Nobody could swim across it.",
     "The river was very wide...|Nobody could swim across it."},
    {"not in short forms, initials, numbers", "en",
     "My friend Mr. J. R. Brown has 3.5 apples. It was in the year 1999.",
     "My friend Mr. J. R. Brown has 3.5 apples.|It was in the year 1999."},
    {"not in ordinals", "de", "Er wohnt im 3. Stock des alten Hauses. Dort ist es immer sehr ruhig.",
     "Er wohnt im 3. Stock des alten Hauses.|Dort ist es immer sehr ruhig."},
    {"lines end sentences", "en", "A heading of some length\nThe text that stands below it.",
     "A heading of some length|The text that stands below it."},
    {"parts with nothing to say are left out", "en", "The river was very wide.\n***\n--\nNobody could swim across.",
     "The river was very wide.|Nobody could swim across."},
    {"wide marks need no blank", "ja", "ふるい いえは むらの はずれに ありました。きのうは とても さむかったですね。",
     "ふるい いえは むらの はずれに ありました。|きのうは とても さむかったですね。"},
    {"the danda", "hi", "पुराना घर गाँव के किनारे खड़ा था। तुम कल शाम को क्यों नहीं आए थे?",
     "पुराना घर गाँव के किनारे खड़ा था।|तुम कल शाम को क्यों नहीं आए थे?"},
    {"Arabic's question mark", "ar", "لماذا لم تأت مساء أمس إلى البيت؟ كان البيت القديم يقع على حافة القرية.",
     "لماذا لم تأت مساء أمس إلى البيت؟|كان البيت القديم يقع على حافة القرية."},
    {"long ones at a comma", "en", LONG_EN LONG_EN "end, " LONG_EN "stop.",
     LONG_EN LONG_EN "end,|" LONG_EN "stop."},
};

static void texts__are_split(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = open_tiny(NULL);
    for (size_t i = 0; i < sizeof(SPLIT) / sizeof(SPLIT[0]); i++) {
        const struct row *row = &SPLIT[i];
        AVT_CLEANUP(avt_freep) struct avt_xtts_piece *pieces = NULL;
        AVT_CLEANUP(avt_buf_done) struct avt_buf got = AVT_BUF_INIT(1 << 14);
        struct avt_error error = {0};
        size_t count = 0;
        if (avt_xtts_text_split(text, row->language, row->text, &pieces, &count, &error) != AVT_OK)
            fail_msg("%s: %s", row->rule, error.message);
        for (size_t k = 0; k < count; k++) {
            avt_buf_append_str(&got, k ? "|" : "");
            avt_buf_append(&got, row->text + pieces[k].start, pieces[k].end - pieces[k].start);
        }
        if (!avt_str_equal(avt_buf_str(&got), row->cleaned))
            fail_msg("%s: '%s', not '%s'", row->rule, avt_buf_str(&got), row->cleaned);
    }
}

/* Whatever stands in a text, all pieces are within the limits, in order, whole characters, and nothing is lost. */
static void pieces__are_within_limits(void **state)
{
    (void)state;
    static const struct {
        const char *language, *part;
        size_t times, characters_max;
    } ROWS[] = {
        {"en", "word ", 2000, 250}, {"en", "x", 3000, 250}, {"de", "lang, ", 900, 253}, {"ru", "слово", 700, 182},
        {"ar", "كلمة ", 600, 166}, {"ko", "한국어", 500, 95}, {"ja", "ことば", 500, 71}, {"hi", "शब्द ", 500, 150},
        {"en", "7777777 ", 400, 250}, {"tr", "9999999999 ", 300, 226}, {"pl", "ź. ", 900, 224},
    };
    AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = open_tiny(NULL);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(1 << 20);
        AVT_CLEANUP(avt_freep) struct avt_xtts_piece *pieces = NULL;
        struct avt_error error = {0};
        size_t count = 0, end = 0;
        for (size_t k = 0; k < ROWS[i].times; k++)
            avt_buf_append_str(&words, ROWS[i].part);
        if (avt_xtts_text_split(text, ROWS[i].language, words.data, &pieces, &count, &error) != AVT_OK)
            fail_msg("%s '%s': %s", ROWS[i].language, ROWS[i].part, error.message);
        assert_true(count > 1);
        for (size_t k = 0; k < count; k++) {
            AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
            size_t ids_count = 0;
            AVT_CLEANUP(avt_freep) char *piece = avt_strndup(words.data + pieces[k].start,
                                                             pieces[k].end - pieces[k].start);
            for (size_t at = end; at < pieces[k].start; at++)
                assert_int_equal(words.data[at], ' ');
            assert_true(pieces[k].end > pieces[k].start);
            assert_true(avt_utf8_invalid_at(piece, strlen(piece)) == SIZE_MAX);
            assert_true(avt_utf8_count(piece) <= ROWS[i].characters_max);
            assert_int_equal(avt_xtts_text_ids(text, ROWS[i].language, piece, &ids, &ids_count, &error), AVT_OK);
            assert_true(ids_count <= AVT_XTTS_IDS_MAX);
            end = pieces[k].end;
        }
        for (size_t at = end; at < words.size; at++)
            assert_int_equal(words.data[at], ' ');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts__are_cleaned),
        cmocka_unit_test(ids__as_coqui),
        cmocka_unit_test(signs__that_the_vocabulary_lacks),
        cmocka_unit_test(texts__that_are_refused),
        cmocka_unit_test(vocabularies__of_something_else),
        cmocka_unit_test(hangul__letter_by_letter),
        cmocka_unit_test(kana__by_hepburn),
        cmocka_unit_test(chinese__in_pinyin),
        cmocka_unit_test(texts__are_split),
        cmocka_unit_test(pieces__are_within_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
