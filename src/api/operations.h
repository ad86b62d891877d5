/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The operations of src/api/openapi.json as tables, made at build time by tools/generate_api.py. */
#include "api/http.h"
#include "api/schema.h"

/** What a key must be allowed to do. Each includes those before it. */
enum avt_api_needs { AVT_NEEDS_NOTHING, AVT_NEEDS_READ, AVT_NEEDS_SUBMIT, AVT_NEEDS_ADMIN };

enum avt_api_param_place { AVT_PARAM_PATH, AVT_PARAM_QUERY, AVT_PARAM_HEADER };

struct avt_api_param {
    const char *name;
    enum avt_api_param_place place;
    const struct avt_schema *schema;
    bool required;
};

struct avt_api_operation {
    const char *id; /* operationId: "submit_job" */
    enum avt_http_method method;
    const char *path;
    enum avt_api_needs needs;
    enum avt_http_body body;
    bool body_required;
    const struct avt_schema *json; /* of an application/json body; NULL: takes none */
    const struct avt_schema *form; /* of a multipart/form-data body; NULL: takes none */
    const struct avt_api_param *params;
    size_t param_count;
};

extern const struct avt_api_operation avt_api_operations[];
extern const size_t avt_api_operation_count;
/** avt_route_<id>() of each, in the same order: the linker finds what is not written. */
extern const avt_http_handler avt_api_handlers[];

/** The document, minified, with this program's version. */
extern const char avt_api_document[];
extern const size_t avt_api_document_size;
