/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as one file that travels. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "profile/profile_json.h"

static const char MAGIC[8] = "AVTVOX1\n";
enum {
    HEAD = sizeof(MAGIC) + 4,
    PACK_BYTES = AVT_PROFILE_PACK_FLOATS * 4,
    FILE_MAX = HEAD + AVT_PROFILE_JSON_MAX + PACK_BYTES,
};

enum avt_code avt_profile_parse(const uint8_t *data, size_t size, struct avt_profile *ret_profile,
                                float **ret_pack, struct avt_error *reterr)
{
    avt_assert(data && ret_profile && ret_pack);
    if (size < HEAD || memcmp(data, MAGIC, sizeof(MAGIC)) != 0)
        return avt_fail(reterr, AVT_EFORMAT, "this is no exported voice profile");
    size_t json_size = 0;
    for (size_t i = 4; i-- > 0;)
        json_size = json_size << 8 | data[sizeof(MAGIC) + i];
    if (json_size > AVT_PROFILE_JSON_MAX || size != HEAD + json_size + PACK_BYTES)
        return avt_fail(reterr, AVT_EFORMAT,
                        "the voice profile is damaged: it has %zu bytes, %zu belong to it", size,
                        HEAD + json_size + PACK_BYTES);
    json_error_t fault;
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_loadb((const char *)data + HEAD, json_size, JSON_REJECT_DUPLICATES, &fault);
    if (!json)
        return avt_fail(reterr, AVT_EFORMAT,
                        "the voice profile is damaged: its JSON is not sound "
                        "in line %d",
                        fault.line);
    enum avt_code code = avt_profile_from_json(json, ret_profile, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) float *pack = avt_new0(float, AVT_PROFILE_PACK_FLOATS);
    memcpy(pack, data + HEAD + json_size, PACK_BYTES);
    if (!avt_profile_pack_sound(pack))
        return avt_fail(reterr, AVT_EFORMAT,
                        "the voice profile is damaged: its style holds numbers "
                        "that none has");
    *ret_pack = AVT_TAKE(pack);
    return AVT_OK;
}

enum avt_code avt_profile_export(const struct avt_profile_home *home, const char *which, const char *path,
                                 struct avt_profile *ret_profile, struct avt_error *reterr)
{
    avt_assert(home && which && path && ret_profile);
    struct avt_profile profile;
    enum avt_code code = avt_profile_find(home, which, &profile, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_profile sent = profile;
    sent.has_reference = false;
    sent.owner[0] = sent.source[0] = '\0';
    AVT_CLEANUP(avt_freep) char *pack_path = avt_profile_pack_path(home->storage, profile.id);
    AVT_CLEANUP(avt_freep) char *pack = NULL;
    size_t pack_size = 0;
    code = avt_file_read(pack_path, PACK_BYTES, &pack, &pack_size, reterr);
    if (code == AVT_OK && pack_size != PACK_BYTES)
        code = avt_fail(reterr, AVT_EFORMAT, "'%s' is damaged", pack_path);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_profile_to_json(&sent);
    AVT_CLEANUP(avt_freep) char *text = json_dumps(json, JSON_INDENT(1));
    size_t json_size = text ? strlen(text) : 0, size = HEAD + json_size + PACK_BYTES;
    AVT_CLEANUP(avt_freep) uint8_t *data = avt_new0(uint8_t, size);
    memcpy(data, MAGIC, sizeof(MAGIC));
    for (size_t i = 0; i < 4; i++)
        data[sizeof(MAGIC) + i] = (uint8_t)(json_size >> (8 * i));
    memcpy(data + HEAD, text ? text : "", json_size);
    memcpy(data + HEAD + json_size, pack, PACK_BYTES);
    code = avt_profile_audit(home, "export", &profile, reterr);
    if (code == AVT_OK)
        code = avt_file_write(path, data, size, reterr);
    if (code == AVT_OK)
        *ret_profile = profile;
    return code;
}

enum avt_code avt_profile_import(const struct avt_profile_home *home, const char *path,
                                 struct avt_profile *ret_profile, struct avt_error *reterr)
{
    avt_assert(home && path && ret_profile);
    AVT_CLEANUP(avt_freep) char *data = NULL;
    AVT_CLEANUP(avt_freep) float *pack = NULL;
    struct avt_profile profile = {0};
    size_t size = 0;
    enum avt_code code = avt_file_read(path, FILE_MAX, &data, &size, reterr);
    if (code == AVT_ELIMIT)
        code = avt_fail(reterr, AVT_EFORMAT, "'%s' is no exported voice profile: it is too large",
                        path);
    if (code == AVT_OK)
        code = avt_profile_parse((const uint8_t *)data, size, &profile, &pack, reterr);
    profile.id[0] = profile.source[0] = '\0';
    if (code == AVT_OK)
        code = avt_profile_create(home, &profile, pack, NULL, 0, reterr);
    if (code == AVT_OK)
        *ret_profile = profile;
    return code;
}
