/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/clone_model.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "nn/registry.h"

enum { HEADER_NUMBERS = 6 };
static const char MAGIC[8] = "AVTCLN2\n";
static const double DIRECTION_UNIT = 65535.0;

void avt_clone_model_free(struct avt_clone_model *model)
{
    if (!model)
        return;
    avt_free(model->pack_ids);
    avt_free(model->weights);
    avt_free(model->samples);
    avt_free(model);
}

/* Coordinates stay below 10 and semitones below 40. */
static float take_float(struct avt_cursor *cursor)
{
    return avt_cursor_float(cursor, 1000.0f);
}

static void read_header(struct avt_cursor *cursor, struct avt_clone_model *model)
{
    const uint8_t *magic = avt_cursor_take(cursor, sizeof(MAGIC));
    uint32_t numbers[HEADER_NUMBERS];
    for (int i = 0; i < HEADER_NUMBERS; i++)
        numbers[i] = avt_cursor_number(cursor, 4);
    if (!magic || memcmp(magic, MAGIC, sizeof(MAGIC)) != 0 || numbers[0] < 2 ||
        numbers[0] > AVT_CLONE_PACKS_MAX || numbers[1] < 1 || numbers[1] > AVT_CLONE_DIMS_MAX ||
        numbers[2] < 1 || numbers[2] > AVT_CLONE_DIMS_MAX - numbers[1] || numbers[3] < numbers[0] ||
        numbers[3] > AVT_CLONE_SAMPLES_MAX || numbers[4] < 2 ||
        numbers[4] > AVT_CLONE_SENTENCES_MAX)
        cursor->bad = true;
    if (cursor->bad)
        return;
    model->pack_count = numbers[0];
    model->timbre_dims = numbers[1];
    model->dims = numbers[1] + numbers[2];
    model->sample_count = numbers[3];
    model->sentence_count = numbers[4];
    model->kernel.length = (double)take_float(cursor);
    model->kernel.rbf = (double)take_float(cursor);
    model->kernel.linear = (double)take_float(cursor);
    model->kernel.sentence = (double)take_float(cursor);
    model->kernel.noise = (double)take_float(cursor);
    (void)take_float(cursor);
    if (!(model->kernel.length > 0.01) || !(model->kernel.noise > 1e-4) ||
        !(model->kernel.rbf >= 0.0) || !(model->kernel.linear >= 0.0) ||
        !(model->kernel.sentence >= 0.0))
        cursor->bad = true;
}

static void read_packs(struct avt_cursor *cursor, struct avt_clone_model *model)
{
    model->pack_ids = avt_alloc0(model->pack_count, AVT_CLONE_ID_SIZE);
    for (size_t i = 0; i < model->pack_count; i++) {
        const uint8_t *id = avt_cursor_take(cursor, AVT_CLONE_ID_SIZE);
        if (!id)
            return;
        memcpy(model->pack_ids[i], id, AVT_CLONE_ID_SIZE - 1);
        /* It becomes part of a path. */
        if (strspn(model->pack_ids[i], "abcdefghijklmnopqrstuvwxyz_") !=
                strlen(model->pack_ids[i]) ||
            model->pack_ids[i][0] == '\0')
            cursor->bad = true;
    }
    model->weights = avt_new0(float, model->dims * model->pack_count);
    for (size_t i = 0; i < model->dims * model->pack_count; i++)
        model->weights[i] = take_float(cursor);
}

static void read_sample(struct avt_cursor *cursor, const struct avt_clone_model *model,
                        struct avt_clone_sample *sample)
{
    for (size_t i = 0; i < model->dims; i++)
        sample->coords[i] = take_float(cursor);
    sample->pitch_st = (double)take_float(cursor);
    sample->pack = (int16_t)avt_cursor_number(cursor, 2);
    sample->sentence = (int)avt_cursor_number(cursor, 2);
    if (sample->pack < -1 || sample->pack >= (int)model->pack_count ||
        sample->sentence >= (int)model->sentence_count)
        cursor->bad = true;
    for (int i = 0; i < AVT_GE2E_SIZE; i++)
        sample->voice.values[i] = (float)(avt_cursor_number(cursor, 2) / DIRECTION_UNIT);
}

enum avt_code avt_clone_model_parse(const uint8_t *data, size_t size,
                                    struct avt_clone_model **ret_model, struct avt_error *reterr)
{
    avt_assert(data && ret_model);
    struct avt_cursor cursor = {.at = data, .left = size};
    AVT_CLEANUP(avt_clone_model_freep)
    struct avt_clone_model *model = avt_new0(struct avt_clone_model, 1);
    read_header(&cursor, model);
    if (!cursor.bad)
        read_packs(&cursor, model);
    if (!cursor.bad)
        model->samples = avt_new0(struct avt_clone_sample, model->sample_count);
    for (size_t i = 0; !cursor.bad && i < model->sample_count; i++)
        read_sample(&cursor, model, &model->samples[i]);
    if (cursor.bad || cursor.left != 0)
        return avt_fail(reterr, AVT_EMODELBAD,
                        "the file of the cloning engine is damaged; run `avatar models verify "
                        "clone-kokoro` and install the program again");
    *ret_model = AVT_TAKE(model);
    return AVT_OK;
}

enum avt_code avt_clone_model_open(struct avt_clone_model **ret_model, struct avt_error *reterr)
{
    avt_assert(ret_model);
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_registry_read("clone-kokoro", AVT_CLONE_BYTES_MAX, &data, &size, reterr);
    if (code == AVT_OK)
        code = avt_clone_model_parse((const uint8_t *)data, size, ret_model, reterr);
    return code;
}

void avt_clone_model_parts(const struct avt_clone_model *model, const float *coords, int half,
                           float *ret_parts)
{
    avt_assert(half == 0 || half == 1);
    size_t from = half == 0 ? 0 : model->timbre_dims;
    size_t to = half == 0 ? model->timbre_dims : model->dims;
    for (size_t pack = 0; pack < model->pack_count; pack++) {
        double part = 1.0 / (double)model->pack_count;
        for (size_t dim = from; dim < to; dim++)
            part += (double)coords[dim] * (double)model->weights[dim * model->pack_count + pack];
        ret_parts[pack] = (float)part;
    }
}

void avt_clone_model_coords(const struct avt_clone_model *model, size_t pack, float *ret_coords)
{
    avt_assert(pack < model->pack_count);
    /* Rows of the weights are orthogonal, of length 1 / sqrt(packs). */
    for (size_t dim = 0; dim < model->dims; dim++)
        ret_coords[dim] = model->weights[dim * model->pack_count + pack] * (float)model->pack_count;
}
