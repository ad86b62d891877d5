/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Checks requests against the schemas of openapi.json, which tools/generate_api.py turns into these
 * tables, and finds every fault with its place, in the words of FastAPI: {"loc": ["body", "config",
 * "fps"], "msg": "Input should be less than or equal to 60", "type": "less_than_equal"}.
 *
 * Threads: the tables are constant; a list of faults belongs to one thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

enum {
    AVT_SCHEMA_DEPTH_MAX = 32,  /* levels of a JSON body */
    AVT_SCHEMA_FAULTS_MAX = 50, /* more are not listed */
};

enum avt_schema_type {
    AVT_SCHEMA_OBJECT = 1,
    AVT_SCHEMA_ARRAY = 2,
    AVT_SCHEMA_STRING = 4,
    AVT_SCHEMA_INTEGER = 8, /* 25.0 is one too */
    AVT_SCHEMA_NUMBER = 16,
    AVT_SCHEMA_BOOLEAN = 32,
    AVT_SCHEMA_NULL = 64,
};
enum avt_schema_format { AVT_SCHEMA_ANY, AVT_SCHEMA_DATE_TIME };

/** A regular expression as an automaton over bytes: state 1 is the start, 0 the end of all hope. */
struct avt_pattern {
    const char *text;        /* as in the document */
    const uint8_t *class_of; /* [256] */
    const uint8_t *next;     /* [states][class_count] */
    const uint8_t *accepts;  /* [states] */
    int class_count;
};

struct avt_schema {
    unsigned types; /* bits of enum avt_schema_type; 0: anything */
    /* Characters of a string, items of an array, members of an object. */
    size_t length_min, length_max;
    double minimum, maximum;           /* of numbers */
    const char *const *choices;        /* of a string, NULL-terminated; NULL: any */
    const struct avt_pattern *pattern; /* of a string; NULL: any */
    enum avt_schema_format format;
    bool file; /* of a form: a part that holds a file, or names one */
    const struct avt_schema *items;
    const struct avt_schema_field *fields;
    size_t field_count;
    bool closed; /* other members are refused */
    /* A union: the member `tag` says which; without it `untagged`. */
    const char *tag;
    const struct avt_schema_variant *variants;
    size_t variant_count;
    const struct avt_schema *untagged;
};
struct avt_schema_field {
    const char *name;
    const struct avt_schema *schema;
    bool required;
};
struct avt_schema_variant {
    const char *tag;
    const struct avt_schema *schema;
};

/** Where a value stands: a chain up to "body", "query", "path" or "header". */
struct avt_loc {
    const struct avt_loc *up; /* NULL at the top */
    const char *name;         /* NULL: an index */
    size_t index;
};

/** Add one fault to the array `faults`. */
void avt_fault(json_t *faults, const struct avt_loc *loc, const char *type, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Check a value; true if no fault was added. */
bool avt_schema_check(const struct avt_schema *schema, const json_t *value,
                      const struct avt_loc *loc, json_t *faults);
/**
 * Read and check a value that comes as text: a parameter, a field of a form.
 * @param ret_value  The value as JSON (a number for a number); owned. Untouched if there is a
 * fault.
 */
bool avt_schema_check_text(const struct avt_schema *schema, const char *text,
                           const struct avt_loc *loc, json_t **ret_value, json_t *faults);
/**
 * Parse a body strictly: UTF-8, one value, no member twice, no NUL, at most AVT_SCHEMA_DEPTH_MAX
 * levels.
 * @param ret_value  Owned; untouched if there is a fault ("json_invalid", loc "body" and the
 * offset).
 */
bool avt_schema_parse(const char *data, size_t size, json_t **ret_value, json_t *faults);
/** The schema of a member of an object; NULL if it has none. */
const struct avt_schema *avt_schema_field(const struct avt_schema *schema, const char *name);
bool avt_pattern_matches(const struct avt_pattern *pattern, const char *text, size_t size);
/** RFC 3339 with any offset, whole text. */
bool avt_date_time_valid(const char *text);
