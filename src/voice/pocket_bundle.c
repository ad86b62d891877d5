/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/pocket_bundle.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

enum { BUNDLE_BYTES_MAX = 1 << 20, NPY_BYTES_MAX = 1 << 20, NPY_START = 10 };

void avt_pocket_bundle_done(struct avt_pocket_bundle *bundle)
{
    avt_free(bundle->bos);
    bundle->bos = NULL;
}

/* numpy.lib.format, version 1: "\x93NUMPY", 1, 0, u16 size of the header, the header: a dict as Python prints it. */
float *avt_pocket_npy(const void *data, size_t size, int width)
{
    const uint8_t *bytes = data;
    size_t payload = (size_t)width * sizeof(float);
    if (size < NPY_START || memcmp(bytes, "\x93NUMPY\x01", 7) != 0)
        return NULL;
    size_t header = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (size - NPY_START < header || size - NPY_START - header != payload)
        return NULL;
    AVT_CLEANUP(avt_freep) char *text = avt_strndup((const char *)bytes + NPY_START, header);
    if (!strstr(text, "'descr': '<f4'") || !strstr(text, "'fortran_order': False"))
        return NULL;
    AVT_CLEANUP(avt_freep) float *values = avt_new0(float, (size_t)width);
    memcpy(values, bytes + NPY_START + header, payload);
    for (int i = 0; i < width; i++) {
        if (!isfinite(values[i]))
            return NULL;
    }
    return AVT_TAKE(values);
}

static enum avt_code read_bos(const char *folder, int width, bool is_needed, struct avt_pocket_bundle *bundle,
                              struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/bos_before_voice.npy", folder);
    if (!avt_file_exists(path))
        return is_needed ? avt_fail(reterr, AVT_EMODEL, "'%.300s' is missing, which belongs to this model", path)
                         : AVT_OK;
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, NPY_BYTES_MAX, &data, &size, reterr);
    if (code == AVT_OK)
        bundle->bos = avt_pocket_npy(data, size, width);
    if (code == AVT_ELIMIT || (code == AVT_OK && !bundle->bos))
        return avt_fail(reterr, AVT_EMODELBAD, "'%.300s' should be %d float32 numbers as NumPy writes them, and is not",
                        path, width);
    return code;
}

enum avt_code avt_pocket_bundle_read(const char *folder, int width, struct avt_pocket_bundle *bundle,
                                     struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/bundle.json", folder);
    AVT_CLEANUP(avt_json_decrefp) json_t *root = NULL;
    if (avt_file_exists(path)) {
        struct avt_error why = {0};
        enum avt_code code = avt_json_read_file(path, BUNDLE_BYTES_MAX, &root, &why);
        if (code == AVT_EIO)
            return avt_fail(reterr, code, "%s", why.message);
        if (code != AVT_OK || !json_is_object(root))
            return avt_fail(reterr, AVT_EMODELBAD, "'%.300s' is no bundle.json of Pocket TTS", path);
    }
    bool is_needed = json_is_true(json_object_get(root, "insert_bos_before_voice"));
    enum avt_code code = read_bos(folder, width, is_needed, bundle, reterr);
    bundle->style.is_padding =
        root ? json_is_true(json_object_get(root, "pad_with_spaces_for_short_inputs")) : bundle->bos == NULL;
    bundle->style.is_without_semicolons = json_is_true(json_object_get(root, "remove_semicolons"));
    return code;
}
