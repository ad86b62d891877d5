/* SPDX-License-Identifier: Apache-2.0 */
#include "api/schema.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

enum { MESSAGE_MAX = 1024 };

/* ---- faults ---------------------------------------------------------------------------------- */

static void add_loc(json_t *list, const struct avt_loc *loc)
{
    if (!loc)
        return;
    add_loc(list, loc->up);
    json_array_append_new(list, loc->name ? json_string(loc->name)
                                          : json_integer((json_int_t)loc->index));
}

void avt_fault(json_t *faults, const struct avt_loc *loc, const char *type, const char *format, ...)
{
    if (json_array_size(faults) >= AVT_SCHEMA_FAULTS_MAX)
        return;
    char message[MESSAGE_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(message, sizeof(message), format, ap);
    va_end(ap);
    json_t *place = json_array();
    add_loc(place, loc);
    /* What quotes the client may have been cut inside a character. */
    size_t bad = avt_utf8_invalid_at(message, strlen(message));
    if (bad != SIZE_MAX)
        message[bad] = '\0';
    json_array_append_new(faults,
                          json_pack("{s:o, s:s, s:s}", "loc", place, "msg", message, "type", type));
}

/* ---- strings --------------------------------------------------------------------------------- */

bool avt_pattern_matches(const struct avt_pattern *pattern, const char *text, size_t size)
{
    size_t state = 1;
    for (size_t i = 0; i < size && state != 0; i++)
        state = pattern->next[state * (size_t)pattern->class_count +
                              pattern->class_of[(unsigned char)text[i]]];
    return pattern->accepts[state];
}

/* Two digits at *p within low..high; moves past them. */
static bool take_two(const char **p, int low, int high, int *ret_value)
{
    const char *digits = *p;
    if (digits[0] < '0' || digits[0] > '9' || digits[1] < '0' || digits[1] > '9')
        return false;
    *ret_value = (digits[0] - '0') * 10 + digits[1] - '0';
    *p += 2;
    return *ret_value >= low && *ret_value <= high;
}

static bool take_char(const char **p, const char *any)
{
    if (!**p || !strchr(any, **p))
        return false;
    ++*p;
    return true;
}

static bool take_date(const char **p)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century, year, month, day;
    if (!take_two(p, 0, 99, &century) || !take_two(p, 0, 99, &year) || !take_char(p, "-") ||
        !take_two(p, 1, 12, &month) || !take_char(p, "-") || !take_two(p, 1, 31, &day))
        return false;
    year += century * 100;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool avt_date_time_valid(const char *text)
{
    const char *p = text;
    int value;
    if (!take_date(&p) || !take_char(&p, "Tt ") || !take_two(&p, 0, 23, &value) ||
        !take_char(&p, ":") || !take_two(&p, 0, 59, &value) || !take_char(&p, ":") ||
        !take_two(&p, 0, 60, &value))
        return false;
    if (take_char(&p, ".")) {
        const char *digits = p;
        while (*p >= '0' && *p <= '9')
            p++;
        if (p == digits)
            return false;
    }
    if (take_char(&p, "Zz"))
        return !*p;
    return take_char(&p, "+-") && take_two(&p, 0, 23, &value) && take_char(&p, ":") &&
           take_two(&p, 0, 59, &value) && !*p;
}

/* "'a', 'b' or 'c'" */
static void list_choices(const char *const *choices, struct avt_buf *buf)
{
    for (size_t i = 0; choices[i]; i++)
        avt_buf_printf(buf, "%s'%s'", i == 0 ? "" : choices[i + 1] ? ", " : " or ", choices[i]);
}

static void check_choice(const struct avt_schema *schema, const char *text,
                         const struct avt_loc *loc, json_t *faults)
{
    for (size_t i = 0; schema->choices[i]; i++) {
        if (avt_str_equal(schema->choices[i], text))
            return;
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf buf = AVT_BUF_INIT(MESSAGE_MAX);
    list_choices(schema->choices, &buf);
    avt_fault(faults, loc, "literal_error", "Input should be %s", avt_buf_str(&buf));
}

/* `text` is valid UTF-8 without NUL. */
static void check_string(const struct avt_schema *schema, const char *text, size_t size,
                         const struct avt_loc *loc, json_t *faults)
{
    if (schema->choices) {
        check_choice(schema, text, loc, faults);
        return;
    }
    size_t length = avt_utf8_count(text);
    if (length < schema->length_min)
        avt_fault(faults, loc, "string_too_short", "String should have at least %zu character%s",
                  schema->length_min, schema->length_min == 1 ? "" : "s");
    else if (length > schema->length_max)
        avt_fault(faults, loc, "string_too_long", "String should have at most %zu character%s",
                  schema->length_max, schema->length_max == 1 ? "" : "s");
    else if (schema->pattern && !avt_pattern_matches(schema->pattern, text, size))
        avt_fault(faults, loc, "string_pattern_mismatch", "String should match pattern '%s'",
                  schema->pattern->text);
    else if (schema->format == AVT_SCHEMA_DATE_TIME && !avt_date_time_valid(text))
        avt_fault(faults, loc, "datetime_parsing",
                  "Input should be a valid datetime (RFC 3339, such as 2026-01-15T18:00:00Z)");
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void check_range(const struct avt_schema *schema, double value, const struct avt_loc *loc,
                        json_t *faults)
{
    if (value < schema->minimum)
        avt_fault(faults, loc, "greater_than_equal",
                  "Input should be greater than or equal to %.16g", schema->minimum);
    else if (value > schema->maximum)
        avt_fault(faults, loc, "less_than_equal", "Input should be less than or equal to %.16g",
                  schema->maximum);
}

static bool whole(const json_t *value)
{
    return json_is_integer(value) ||
           (json_is_real(value) && floor(json_real_value(value)) == json_real_value(value));
}

/* ---- arrays and objects ---------------------------------------------------------------------- */

static void check_array(const struct avt_schema *schema, const json_t *value,
                        const struct avt_loc *loc, json_t *faults)
{
    size_t count = json_array_size(value);
    if (count < schema->length_min)
        avt_fault(faults, loc, "too_short", "List should have at least %zu items, not %zu",
                  schema->length_min, count);
    else if (count > schema->length_max)
        avt_fault(faults, loc, "too_long", "List should have at most %zu items, not %zu",
                  schema->length_max, count);
    for (size_t i = 0; schema->items && i < count; i++) {
        struct avt_loc item = {loc, NULL, i};
        avt_schema_check(schema->items, json_array_get(value, i), &item, faults);
        if (json_array_size(faults) >= AVT_SCHEMA_FAULTS_MAX)
            return;
    }
}

const struct avt_schema *avt_schema_field(const struct avt_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if (avt_str_equal(schema->fields[i].name, name))
            return schema->fields[i].schema;
    }
    return NULL;
}

static void check_object(const struct avt_schema *schema, const json_t *value,
                         const struct avt_loc *loc, json_t *faults)
{
    if (json_object_size(value) < schema->length_min)
        avt_fault(faults, loc, "too_short", "Object should have at least %zu member%s",
                  schema->length_min, schema->length_min == 1 ? "" : "s");
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct avt_schema_field *field = &schema->fields[i];
        struct avt_loc place = {loc, field->name, 0};
        const json_t *member = json_object_get(value, field->name);
        if (member)
            avt_schema_check(field->schema, member, &place, faults);
        else if (field->required)
            avt_fault(faults, &place, "missing", "Field required");
    }
    if (!schema->closed)
        return;
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        struct avt_loc place = {loc, name, 0};
        if (!avt_schema_field(schema, name))
            avt_fault(faults, &place, "extra_forbidden", "Extra inputs are not permitted");
    }
}

/* The member of a union that the tag names. */
static void check_union(const struct avt_schema *schema, const json_t *value,
                        const struct avt_loc *loc, json_t *faults)
{
    const json_t *tag = json_object_get(value, schema->tag);
    if (!tag) {
        avt_schema_check(schema->untagged, value, loc, faults);
        return;
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf buf = AVT_BUF_INIT(MESSAGE_MAX);
    for (size_t i = 0; i < schema->variant_count; i++) {
        const struct avt_schema_variant *variant = &schema->variants[i];
        if (json_is_string(tag) && avt_str_equal(json_string_value(tag), variant->tag)) {
            avt_schema_check(variant->schema, value, loc, faults);
            return;
        }
        avt_buf_printf(&buf, "%s'%s'", i ? ", " : "", variant->tag);
    }
    struct avt_loc place = {loc, schema->tag, 0};
    avt_fault(faults, &place, "union_tag_invalid", "Input should be one of %s", avt_buf_str(&buf));
}

/* ---- any value ------------------------------------------------------------------------------- */

static bool has_type(const struct avt_schema *schema, const json_t *value)
{
    unsigned types = schema->types;
    if (types == 0)
        return true;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return types & AVT_SCHEMA_OBJECT;
    case JSON_ARRAY:
        return types & AVT_SCHEMA_ARRAY;
    case JSON_STRING:
        return types & AVT_SCHEMA_STRING;
    case JSON_INTEGER:
    case JSON_REAL:
        return types & AVT_SCHEMA_NUMBER || (types & AVT_SCHEMA_INTEGER && whole(value));
    case JSON_TRUE:
    case JSON_FALSE:
        return types & AVT_SCHEMA_BOOLEAN;
    default:
        return types & AVT_SCHEMA_NULL;
    }
}

static void fault_of_type(const struct avt_schema *schema, const json_t *value,
                          const struct avt_loc *loc, json_t *faults)
{
    if (schema->types & AVT_SCHEMA_OBJECT)
        avt_fault(faults, loc, "dict_type", "Input should be an object");
    else if (schema->types & AVT_SCHEMA_ARRAY)
        avt_fault(faults, loc, "list_type", "Input should be a valid list");
    else if (schema->types & AVT_SCHEMA_STRING)
        avt_fault(faults, loc, "string_type", "Input should be a valid string");
    else if (schema->types & AVT_SCHEMA_NUMBER)
        avt_fault(faults, loc, "float_type", "Input should be a valid number");
    else if (schema->types & AVT_SCHEMA_INTEGER && json_is_real(value))
        avt_fault(faults, loc, "int_from_float",
                  "Input should be a valid integer, got a number with a fractional part");
    else if (schema->types & AVT_SCHEMA_INTEGER)
        avt_fault(faults, loc, "int_type", "Input should be a valid integer");
    else
        avt_fault(faults, loc, "bool_type", "Input should be a valid boolean");
}

bool avt_schema_check(const struct avt_schema *schema, const json_t *value,
                      const struct avt_loc *loc, json_t *faults)
{
    size_t before = json_array_size(faults);
    if (!has_type(schema, value))
        fault_of_type(schema, value, loc, faults);
    else if (schema->tag)
        check_union(schema, value, loc, faults);
    else if (json_is_string(value))
        check_string(schema, json_string_value(value), json_string_length(value), loc, faults);
    else if (json_is_number(value))
        check_range(schema, json_number_value(value), loc, faults);
    else if (json_is_array(value))
        check_array(schema, value, loc, faults);
    else if (json_is_object(value))
        check_object(schema, value, loc, faults);
    return json_array_size(faults) == before;
}

bool avt_schema_check_text(const struct avt_schema *schema, const char *text,
                           const struct avt_loc *loc, json_t **ret_value, json_t *faults)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *value = NULL;
    int64_t number;
    double real;
    if (schema->types & AVT_SCHEMA_STRING) {
        value = json_string(text);
        if (!value)
            avt_fault(faults, loc, "string_unicode", "Input should be valid UTF-8");
    } else if (schema->types & AVT_SCHEMA_INTEGER) {
        if (avt_parse_int(text, INT64_MIN, INT64_MAX, &number))
            value = json_integer(number);
        else
            avt_fault(faults, loc, "int_parsing",
                      "Input should be a valid integer, unable to parse string as an integer");
    } else if (schema->types & AVT_SCHEMA_NUMBER) {
        if (avt_parse_double(text, -1e300, 1e300, &real))
            value = json_real(real);
        else
            avt_fault(faults, loc, "float_parsing",
                      "Input should be a valid number, unable to parse string as a number");
    } else if (avt_str_equal(text, "true") || avt_str_equal(text, "false")) {
        value = json_boolean(*text == 't');
    } else {
        avt_fault(faults, loc, "bool_parsing", "Input should be 'true' or 'false'");
    }
    if (!value || !avt_schema_check(schema, value, loc, faults))
        return false;
    *ret_value = AVT_TAKE(value);
    return true;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

/* Offset of the bracket that goes one level too deep; SIZE_MAX if none does. Looked for before
 * parsing, because the parser recurses. */
static size_t too_deep_at(const char *data, size_t size)
{
    size_t depth = 0;
    bool text = false;
    for (size_t i = 0; i < size; i++) {
        if (text) {
            if (data[i] == '\\')
                i++;
            else if (data[i] == '"')
                text = false;
        } else if (data[i] == '"') {
            text = true;
        } else if (data[i] == '{' || data[i] == '[') {
            if (++depth > AVT_SCHEMA_DEPTH_MAX)
                return i;
        } else if ((data[i] == '}' || data[i] == ']') && depth > 0) {
            depth--;
        }
    }
    return SIZE_MAX;
}

/* 25.0 is 25 to JSON, so to whoever reads the value later. Takes `value`, gives the one to use. */
static json_t *with_integers(json_t *value)
{
    static const double exact = 9007199254740992.0; /* 2^53 */
    const char *name;
    json_t *member;
    size_t index;
    if (json_is_real(value) && whole(value) && fabs(json_real_value(value)) <= exact) {
        json_t *integer = json_integer((json_int_t)json_real_value(value));
        json_decref(value);
        return integer;
    }
    json_array_foreach(value, index, member)
        json_array_set_new(value, index, with_integers(json_incref(member)));
    json_object_foreach(value, name, member)
        json_object_set_new(value, name, with_integers(json_incref(member)));
    return value;
}

bool avt_schema_parse(const char *data, size_t size, json_t **ret_value, json_t *faults)
{
    struct avt_loc body = {NULL, "body", 0};
    size_t bad = avt_utf8_invalid_at(data, size);
    if (bad != SIZE_MAX) {
        struct avt_loc at = {&body, NULL, bad};
        avt_fault(faults, &at, "json_invalid", "JSON decode error: not UTF-8, or a NUL");
        return false;
    }
    bad = too_deep_at(data, size);
    if (bad != SIZE_MAX) {
        struct avt_loc at = {&body, NULL, bad};
        avt_fault(faults, &at, "json_invalid", "JSON decode error: more than %d levels",
                  AVT_SCHEMA_DEPTH_MAX);
        return false;
    }
    json_error_t error;
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
    json_t *value = json_loadb(data, size, flags, &error);
    /* A whole number beyond 64 bits is valid JSON all the same. */
    if (!value && json_error_code(&error) == json_error_numeric_overflow)
        value = json_loadb(data, size, flags | JSON_DECODE_INT_AS_REAL, &error);
    if (!value) {
        struct avt_loc at = {&body, NULL, error.position > 0 ? (size_t)error.position : 0};
        avt_fault(faults, &at, "json_invalid", "JSON decode error: %s", error.text);
        return false;
    }
    *ret_value = with_integers(value);
    return true;
}
