/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A small dictionary compiled from JSON that a test writes. Include after cmocka_all.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "voice/lexicon.h"

struct lexicon_fixture {
    char folder[32];
    char *gold, *silver, *compiled;
};

static inline void fixture_open(struct lexicon_fixture *fixture)
{
    strncpy(fixture->folder, "/tmp/avatar-lex-XXXXXX", sizeof fixture->folder);
    assert_non_null(mkdtemp(fixture->folder));
    fixture->gold = avt_asprintf("%s/gold.json", fixture->folder);
    fixture->silver = avt_asprintf("%s/silver.json", fixture->folder);
    fixture->compiled = avt_asprintf("%s/out.lex", fixture->folder);
}

static inline void fixture_close(struct lexicon_fixture *fixture)
{
    unlink(fixture->gold);
    unlink(fixture->silver);
    unlink(fixture->compiled);
    rmdir(fixture->folder);
    avt_free(fixture->gold);
    avt_free(fixture->silver);
    avt_free(fixture->compiled);
}

static inline enum avt_code fixture_compile(struct lexicon_fixture *fixture, const char *gold,
                                            const char *silver, struct avt_error *error)
{
    assert_int_equal(avt_file_write(fixture->gold, gold, strlen(gold), error), AVT_OK);
    assert_int_equal(avt_file_write(fixture->silver, silver, strlen(silver), error), AVT_OK);
    return avt_lexicon_compile(fixture->gold, fixture->silver, fixture->compiled, error);
}
