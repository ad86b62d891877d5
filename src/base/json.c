/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"

enum avt_code avt_json_read_file(const char *path, size_t size_max, json_t **ret_json,
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, size_max, &data, &size, reterr);
    if (code != AVT_OK)
        return code;
    json_error_t error;
    json_t *json = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is not valid JSON: line %d, column %d: %s", path,
                        error.line, error.column, error.text);
    *ret_json = json;
    return AVT_OK;
}

enum avt_code avt_json_write_file(const char *path, const json_t *json, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    if (!text)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while writing '%s'", path);
    return avt_file_write(path, text, strlen(text), reterr);
}
