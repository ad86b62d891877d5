/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/attributes.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"
#include "portrait/wish.h"

enum { WORD_MAX = 64 }; /* of a name from outside that is shown or compared */
/* Beyond it a number in JSON is not safe in other programs (2^53 - 1, RFC 8259 section 6). */
#define SEED_PLAIN_MAX UINT64_C(9007199254740991)

/* A float by the shortest decimal that reads back as it: 0.1, not 0.100000001. */
static json_t *real_json(float value)
{
    char text[32];
    double read = 0;
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, (double)value);
        if (avt_parse_double(text, -1e30, 1e30, &read) && (float)read == value)
            break;
    }
    return rint(read) == read && fabs(read) < 1e9 ? json_integer((json_int_t)read) : json_real(read);
}

static json_t *seed_json(uint64_t seed)
{
    if (seed <= SEED_PLAIN_MAX)
        return json_integer((json_int_t)seed);
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)seed);
    return json_string(text);
}

json_t *avt_attributes_json(const struct avt_attributes *attributes)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_object();
    struct avt_attributes copy = *attributes;
    bool failed = !json || json_object_set_new(json, "seed", seed_json(copy.seed)) != 0;
    size_t count;
    const struct avt_amount *amounts = avt_attribute_amounts(&count);
    for (size_t i = 0; i < count && !failed; i++)
        failed = json_object_set_new(json, amounts[i].name, real_json(*avt_attribute_amount(&copy, &amounts[i]))) != 0;
    const struct avt_choice *choices = avt_attribute_choices(&count);
    for (size_t i = 0; i < count && !failed; i++) {
        int value = *avt_attribute_choice(&copy, &choices[i]);
        failed = value < 0 || value >= choices[i].count ||
                 json_object_set_new(json, choices[i].name, json_string(choices[i].values[value])) != 0;
    }
    if (failed)
        return NULL;
    json_t *ancestry = json_object();
    failed = !ancestry || json_object_set_new(ancestry, "african", real_json(copy.african)) != 0 ||
             json_object_set_new(ancestry, "asian", real_json(copy.asian)) != 0 ||
             json_object_set_new(ancestry, "european", real_json(copy.european)) != 0;
    /* Takes it, also on failure. */
    return json_object_set_new(json, "ancestry", ancestry) != 0 || failed ? NULL : AVT_TAKE(json);
}

/* Letters in one case, what parts words as one space: "Dark_Brown" is "dark brown". */
static void plain_name(const char *text, char out[WORD_MAX])
{
    size_t i = 0;
    for (; text[i] && i + 1 < WORD_MAX; i++)
        out[i] = text[i] == '_' || text[i] == '-' ? ' ' : (char)tolower((unsigned char)text[i]);
    out[i] = '\0';
    char *gray = strstr(out, "gray");
    if (gray)
        gray[2] = 'e';
}

static bool same_name(const char *a, const char *b)
{
    char plain_a[WORD_MAX], plain_b[WORD_MAX];
    plain_name(a, plain_a);
    plain_name(b, plain_b);
    return avt_str_equal(plain_a, plain_b);
}

/* As much of a name from outside as a message can show, in whole characters. */
static int shown(const char *text)
{
    size_t length = strlen(text), at = 0;
    while (at < length) {
        uint32_t codepoint;
        size_t step = avt_utf8_decode(text + at, length - at, &codepoint);
        if (step == 0 || at + step > WORD_MAX)
            break;
        at += step;
    }
    return (int)at;
}

static enum avt_code parse_choice(const struct avt_choice *choice, const json_t *json,
                                  struct avt_attributes *attributes, struct avt_error *reterr)
{
    const char *text = json_string_value(json);
    for (int v = 0; text && v < choice->count; v++)
        if (same_name(text, choice->values[v])) {
            *avt_attribute_choice(attributes, choice) = v;
            return AVT_OK;
        }
    AVT_CLEANUP(avt_buf_done) struct avt_buf list = AVT_BUF_INIT(4096);
    for (int v = 0; v < choice->count; v++)
        avt_buf_printf(&list, "%s%s", v ? ", " : "", choice->values[v]);
    if (!text)
        return avt_fail(reterr, AVT_EINVAL, "%s is not text: it is one of %s", choice->name, avt_buf_str(&list));
    return avt_fail(reterr, AVT_EINVAL, "%s: there is no '%.*s', but %s", choice->name, shown(text), text,
                    avt_buf_str(&list));
}

static enum avt_code parse_number(const char *name, float low, float high, const json_t *json, float *ret_value,
                                  struct avt_error *reterr)
{
    double value = json_number_value(json);
    if (!json_is_number(json) || !(value >= (double)low && value <= (double)high))
        return avt_fail(reterr, AVT_EINVAL, "%s is not a number from %g to %g", name, (double)low, (double)high);
    *ret_value = (float)value + 0.0f; /* no negative zero */
    return AVT_OK;
}

static enum avt_code parse_seed(const json_t *json, struct avt_attributes *attributes, struct avt_error *reterr)
{
    const char *text = json_string_value(json);
    uint64_t seed = 0;
    bool fine = text && *text;
    for (const char *at = text; fine && *at; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        fine = *at >= '0' && *at <= '9' && seed <= (UINT64_MAX - digit) / 10;
        seed = seed * 10 + digit;
    }
    if (json_is_integer(json) && json_integer_value(json) >= 0) {
        seed = (uint64_t)json_integer_value(json);
        fine = true;
    }
    if (!fine)
        return avt_fail(reterr, AVT_EINVAL, "seed is not a whole number from 0 to %llu (as text beyond 2^53)",
                        (unsigned long long)UINT64_MAX);
    attributes->seed = seed;
    return AVT_OK;
}

static enum avt_code parse_ancestry(const json_t *json, struct avt_attributes *attributes, struct avt_error *reterr)
{
    static const char *const names[] = {"african", "asian", "european"};
    float shares[3] = {0};
    if (!json_is_object(json))
        return avt_fail(reterr, AVT_EINVAL, "ancestry is not an object with shares of african, asian and european");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        size_t i = 0;
        while (i < 3 && !same_name(key, names[i]))
            i++;
        if (i == 3)
            return avt_fail(reterr, AVT_EINVAL, "ancestry: there is no '%.*s', but african, asian and european",
                            shown(key), key);
        enum avt_code code = parse_number(names[i], 0, 1, value, &shares[i], reterr);
        if (code != AVT_OK)
            return code;
    }
    float sum = shares[0] + shares[1] + shares[2];
    if (!(sum > 1e-3f))
        return avt_fail(reterr, AVT_EINVAL, "ancestry has no share above 0 of african, asian or european");
    float scale = fabsf(sum - 1) < 1e-4f ? 1 : sum; /* what was written by us stays to the bit */
    attributes->african = shares[0] / scale;
    attributes->asian = shares[1] / scale;
    attributes->european = shares[2] / scale;
    return AVT_OK;
}

static enum avt_code unknown_key(const char *key, struct avt_error *reterr)
{
    const char *names[AVT_SLOT_COUNT];
    for (size_t slot = 0; slot < AVT_SLOT_COUNT; slot++)
        names[slot] = avt_slot_name(slot);
    char plain[WORD_MAX];
    plain_name(key, plain);
    for (char *at = plain; *at; at++)
        *at = *at == ' ' ? '_' : *at;
    const char *nearest = avt_nearest_name(plain, names, AVT_SLOT_COUNT);
    if (nearest)
        return avt_fail(reterr, AVT_EINVAL, "there is no attribute '%.*s', but '%s'", shown(key), key, nearest);
    AVT_CLEANUP(avt_buf_done) struct avt_buf list = AVT_BUF_INIT(4096);
    for (size_t slot = 0; slot < AVT_SLOT_FEATURES; slot++)
        avt_buf_printf(&list, "%s, ", names[slot]);
    return avt_fail(reterr, AVT_EINVAL, "there is no attribute '%.*s', but seed, ancestry, %sand features as %s",
                    shown(key), key, avt_buf_str(&list), "nose_width");
}

static enum avt_code parse_one(const char *key, const json_t *value, struct avt_attributes *attributes,
                               struct avt_attributes_said *said, struct avt_error *reterr)
{
    if (avt_str_equal(key, "seed"))
        return parse_seed(value, attributes, reterr);
    size_t slot = avt_slot_find(key, strlen(key)), count;
    if (slot == AVT_SLOT_COUNT)
        return unknown_key(key, reterr);
    enum avt_code code;
    if (slot < AVT_SLOT_CHOICES) {
        code = parse_choice(&avt_attribute_choices(&count)[slot], value, attributes, reterr);
    } else if (slot == AVT_SLOT_ANCESTRY) {
        code = parse_ancestry(value, attributes, reterr);
    } else {
        const struct avt_amount *amount = &avt_attribute_amounts(&count)[slot - AVT_SLOT_CHOICES];
        code = parse_number(amount->name, amount->low, amount->high, value, avt_attribute_amount(attributes, amount),
                            reterr);
    }
    if (code == AVT_OK)
        avt_attributes_say(said, slot);
    return code;
}

enum avt_code avt_attributes_parse(const json_t *json, struct avt_attributes *attributes,
                                   struct avt_attributes_said *said, struct avt_error *reterr)
{
    if (!json_is_object(json))
        return avt_fail(reterr, AVT_EINVAL, "attributes are not a JSON object such as %s",
                        "{\"age\": 52, \"hair\": \"bob\"}");
    struct avt_attributes read = *attributes;
    struct avt_attributes_said read_said = *said;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        enum avt_code code = parse_one(key, value, &read, &read_said, reterr);
        if (code != AVT_OK)
            return code;
    }
    *attributes = read;
    *said = read_said;
    return AVT_OK;
}
