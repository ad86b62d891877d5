/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Errors as bodies: one table from enum avt_code to HTTP, one form for all (RFC 9457, or
 * FastAPI's). */
#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"

/** HTTP status of a code; AVT_OK is 200. */
int avt_problem_status(enum avt_code code);
/** "Not Found"; "Error" for a status that has no name here. */
const char *avt_problem_title(int status);

struct avt_problem {
    int status;
    const char *code;   /* short stable name */
    const char *detail; /* a sentence */
    json_t *faults;     /* array of {loc, msg, type}, borrowed; NULL or empty: none */
    const char *request_id;
};
/** The body, minified: owned by the caller (avt_free). `fastapi`: {"detail": faults or sentence}.
 */
char *avt_problem_body(const struct avt_problem *problem, bool fastapi);
/** The value of "error" in OpenAI's form: {message, type, param, code}. New reference. */
json_t *avt_problem_openai(const struct avt_problem *problem);
/** {"error": ...}, minified: owned by the caller (avt_free). */
char *avt_problem_openai_body(const struct avt_problem *problem);
/** "application/problem+json", or plain JSON for FastAPI's form. */
const char *avt_problem_media_type(bool fastapi);
/** A sentence for a list of faults: "The request has 2 faults: body.text: Field required; ..."
 * Owned. */
char *avt_problem_sentence(const json_t *faults);
