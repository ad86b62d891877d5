/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and names that come from outside become parts of paths: whatever passes must stay in its folder. And the
 * other short texts of clients: times, scopes, owners. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/keys.h"
#include "store/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One component: no slash, no dots that lead up, nothing that a terminal would obey. */
static void check_component(const char *name)
{
    avt_assert(*name != '\0' && *name != '.' && strlen(name) <= 255);
    for (const char *p = name; *p; p++)
        avt_assert(*p != '/' && (unsigned char)*p >= ' ' && *p != 127);
}

static void check_paths(const char *text)
{
    for (int kind = 0; kind < AVT_LAYOUT_COUNT; kind++) {
        AVT_CLEANUP(avt_freep)
        char *path = avt_layout_path("/s", (enum avt_layout_kind)kind, text);
        avt_assert((path != NULL) == avt_layout_id_valid((enum avt_layout_kind)kind, text));
        if (path) {
            check_component(text);
            avt_assert(strlen(text) < AVT_LAYOUT_ID_SIZE);
        }
    }
    AVT_CLEANUP(avt_freep)
    char *result = avt_layout_result("/s", "job-20240115120000-abc12345", text);
    if (result) {
        const char *inside = result + strlen("/s/outputs/job-20240115120000-abc12345/");
        const char *slash = strchr(inside, '/');
        avt_assert(slash && strspn(inside, "0123456789") == (size_t)(slash - inside));
        check_component(slash + 1);
    }
    AVT_CLEANUP(avt_freep) char *output = avt_layout_output("/s", text, 1);
    avt_assert((output != NULL) == avt_job_id_valid(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AVT_CLEANUP(avt_freep) char *text = avt_strndup((const char *)data, size);
    int64_t ms = -1, again = -1;
    unsigned scopes = 0;
    enum avt_job_type type;
    check_paths(text);
    if (avt_job_owner_valid(text))
        avt_assert(strlen(text) < AVT_JOB_OWNER_SIZE && !strpbrk(text, "/. %'\n"));
    if (avt_time_parse_ms(text, &ms)) {
        char shown[AVT_TIME_SIZE];
        avt_time_format_ms(ms, shown);
        avt_assert(ms >= 0 && avt_time_parse_ms(shown, &again) && again == ms);
    }
    if (avt_scopes_parse(text, &scopes)) {
        char shown[24];
        unsigned read_back = 0;
        avt_scopes_format(scopes, shown);
        avt_assert(avt_scopes_parse(shown, &read_back) && read_back == scopes);
    }
    if (avt_job_type_parse(text, &type))
        avt_assert(avt_str_equal(avt_job_type_name(type), text));
    return 0;
}
