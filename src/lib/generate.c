/* SPDX-License-Identifier: Apache-2.0 */
/* Modelled presenters of the public interface: prompt -> attributes -> picture that knows what it is made of. */
#include "lib/generate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "media/still.h"
#include "os/paths.h"
#include "pipeline/modelled.h"
#include "pipeline/plan.h"
#include "portrait/prompt.h"

enum { SIDE_DEFAULT = 1024, SIDE_MIN = 64, SIDE_MAX = 2048, SHEET_GAP = 6, SEED_RANDOM_END = 1000000 };

static void generating_done(struct avt_generating *work)
{
    avt_head_free(work->head);
    json_decref(work->json);
}

static void report(const struct avt_generating *work, int done)
{
    if (!work->options.progress)
        return;
    struct avt_progress progress = {.stage = AVT_STAGE_FACE,
                                    .fraction = (double)done / work->count,
                                    .elapsed_s = avt_now_s() - work->started,
                                    .eta_s = -1};
    if (done)
        progress.eta_s = progress.elapsed_s / done * (work->count - done);
    work->options.progress(&progress, work->options.user);
}

static enum avt_code check_output(const struct avt_generate_options *options, struct avt_error *reterr)
{
    if (!options->output || !*options->output)
        return avt_fail(reterr, AVT_EINVAL, "no file is named for the picture");
    const char *extension = avt_path_extension(options->output);
    if (*extension && avt_str_casecmp(extension, "png") != 0)
        return avt_fail(reterr, AVT_EINVAL, "'%s': a presenter is a PNG picture; name a file that ends in .png",
                        options->output);
    return AVT_OK;
}

static enum avt_code check_options(struct avt_generating *work, struct avt_error *reterr)
{
    const struct avt_generate_options *options = &work->options;
    if (options->model)
        return avt_fail(reterr, AVT_EINVAL, "a model is of the engine sd: ask for that engine too, or for no model");
    work->width = work->height = SIDE_DEFAULT;
    enum avt_code code =
        options->size_spec ? avt_size_parse(options->size_spec, &work->width, &work->height, NULL) : AVT_OK;
    if (code != AVT_OK || work->width < SIDE_MIN || work->height < SIDE_MIN || work->width > SIDE_MAX ||
        work->height > SIDE_MAX)
        return avt_fail(reterr, AVT_EINVAL,
                        "a presenter's picture cannot be of the size '%s': use WIDTHxHEIGHT with even sides from %d to "
                        "%d, such as 1024x1024",
                        options->size_spec, SIDE_MIN, SIDE_MAX);
    if (options->variations < 0 || options->variations > AVT_GENERATE_VARIATIONS_MAX)
        return avt_fail(reterr, AVT_EINVAL, "%d variations are asked for; a sheet shows 1 to %d", options->variations,
                        AVT_GENERATE_VARIATIONS_MAX);
    work->count = options->variations > 1 ? options->variations : 1;
    return AVT_OK;
}

/* Words that were not understood and what was decided, once: they are those of the prompt, whatever the seed. */
static void tell_words(struct avt_generating *work, const struct avt_prompt_words *unknown, const char *notes)
{
    json_t *words = json_array(), *sentences = json_array();
    for (size_t i = 0; i < unknown->count; i++)
        json_array_append_new(words, json_string(unknown->words[i]));
    while (*notes) {
        size_t length = strcspn(notes, "\n");
        if (length)
            json_array_append_new(sentences, json_stringn(notes, length));
        notes += length + (notes[length] == '\n');
    }
    json_object_set_new(work->json, "unknown", words);
    json_object_set_new(work->json, "notes", sentences);
}

static enum avt_code read_attributes(const char *text, struct avt_attributes *attributes,
                                     struct avt_attributes_said *said, struct avt_error *reterr)
{
    json_error_t where;
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    if (!json)
        return avt_fail(reterr, AVT_EFORMAT, "the attributes are not JSON: %s in line %d, column %d", where.text,
                        where.line, where.column);
    return avt_attributes_parse(json, attributes, said, reterr);
}

/* What is said, in words and as JSON, and what the seed draws of the rest. */
static enum avt_code choose(struct avt_generating *work, uint64_t seed, bool first, struct avt_modelled *ret_modelled,
                            struct avt_error *reterr)
{
    const struct avt_generate_options *options = &work->options;
    struct avt_modelled modelled = {.attributes.seed = seed};
    struct avt_attributes_said said = {0};
    struct avt_prompt_words unknown = {0};
    AVT_CLEANUP(avt_buf_done) struct avt_buf notes = AVT_BUF_INIT(AVT_GENERATE_JSON_MAX / 4);
    enum avt_code code = AVT_OK;
    if (options->prompt)
        code = avt_prompt_parse(options->prompt, seed, &modelled.attributes, &unknown, &notes, reterr);
    else
        avt_attributes_draw(&modelled.attributes, &said);
    if (code == AVT_OK && options->attributes) {
        code = read_attributes(options->attributes, &modelled.attributes, &said, reterr);
        if (code == AVT_OK && !options->prompt)
            avt_attributes_draw(&modelled.attributes, &said);
    }
    if (code != AVT_OK)
        return code;
    if (options->look && !avt_str_equal(options->look, "real") && !avt_str_equal(options->look, "toon"))
        return avt_fail(reterr, AVT_EINVAL, "'%s' is no look: use real or toon", options->look);
    if (options->look)
        modelled.attributes.look = avt_str_equal(options->look, "toon") ? AVT_LOOK_TOON : AVT_LOOK_REAL;
    modelled.look = (enum avt_look)modelled.attributes.look;
    if (first)
        tell_words(work, &unknown, avt_buf_str(&notes));
    json_t *one = json_pack("{s:I, s:s, s:o}", "seed", (json_int_t)seed, "look",
                            modelled.look == AVT_LOOK_TOON ? "toon" : "real", "attributes",
                            avt_attributes_json(&modelled.attributes));
    json_array_append_new(json_object_get(work->json, "presenters"), one);
    *ret_modelled = modelled;
    return AVT_OK;
}

static enum avt_code draw_one(const struct avt_generating *work, const struct avt_modelled *modelled,
                              struct avt_image *image, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_portrait_freep) struct avt_portrait *portrait = NULL;
    enum avt_code code = avt_portrait_new(work->head, &modelled->attributes, modelled->look, &portrait, reterr);
    return code == AVT_OK ? avt_portrait_still(portrait, NULL, image, reterr) : code;
}

static enum avt_code make_one(struct avt_generating *work, struct avt_error *reterr)
{
    struct avt_modelled modelled;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    enum avt_code code = choose(work, work->options.seed, true, &modelled, reterr);
    if (code == AVT_OK)
        code = avt_image_new(work->width, work->height, &image, reterr);
    if (code == AVT_OK)
        code = draw_one(work, &modelled, image, reterr);
    if (code == AVT_OK && avt_cancelled(&work->context->cancel))
        return avt_fail(reterr, AVT_ECANCELLED, "cancelled; nothing was written");
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *note = avt_modelled_note(&modelled, image);
    if (!note)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the note of a picture");
    return avt_still_save_png_note(work->options.output, image, AVT_MODELLED_NOTE, note, reterr);
}

/* Several, row by row, on a sheet of the size asked for. */
static enum avt_code make_sheet(struct avt_generating *work, struct avt_error *reterr)
{
    int columns = (int)ceil(sqrt((double)work->count)), rows = (work->count + columns - 1) / columns;
    int width = (work->width - SHEET_GAP * (columns - 1)) / columns;
    int height = (work->height - SHEET_GAP * (rows - 1)) / rows;
    if (width < SIDE_MIN || height < SIDE_MIN)
        return avt_fail(reterr, AVT_EINVAL, "%d people on %d x %d pixels would be smaller than %d", work->count,
                        work->width, work->height, SIDE_MIN);
    AVT_CLEANUP(avt_image_freep) struct avt_image *sheet = NULL;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    enum avt_code code = avt_image_new(work->width, work->height, &sheet, reterr);
    if (code == AVT_OK)
        code = avt_image_new(width, height, &image, reterr);
    for (int y = 0; code == AVT_OK && y < sheet->height; y++)
        memset(avt_image_row(sheet, y), 255, 4 * (size_t)sheet->width);
    for (int i = 0; code == AVT_OK && i < work->count; i++) {
        struct avt_modelled modelled;
        code = choose(work, work->options.seed + (uint64_t)i, i == 0, &modelled, reterr);
        if (code == AVT_OK)
            code = draw_one(work, &modelled, image, reterr);
        if (code == AVT_OK)
            avt_image_put(sheet, image, i % columns * (width + SHEET_GAP), i / columns * (height + SHEET_GAP));
        report(work, i + 1);
        if (code == AVT_OK && avt_cancelled(&work->context->cancel))
            code = avt_fail(reterr, AVT_ECANCELLED, "cancelled; nothing was written");
    }
    return code == AVT_OK ? avt_still_save_png(work->options.output, sheet, reterr) : code;
}

/* Short, since people type it. */
static uint64_t random_seed(void)
{
    uint32_t bits;
    avt_random_bytes(&bits, sizeof(bits));
    return bits % SEED_RANDOM_END;
}

static enum avt_code model_people(struct avt_generating *work, struct avt_error *reterr)
{
    enum avt_code code = check_options(work, reterr);
    if (code == AVT_OK)
        code = avt_head_open(&work->head, reterr);
    if (code != AVT_OK)
        return code;
    report(work, 0);
    return work->count > 1 ? make_sheet(work, reterr) : make_one(work, reterr);
}

static enum avt_code generate(struct avt_generating *work, struct avt_error *reterr)
{
    const char *engine = work->options.engine ? work->options.engine : "modelled";
    bool is_diffused = avt_str_equal(engine, "sd");
    if (!is_diffused && !avt_str_equal(engine, "modelled"))
        return avt_fail(reterr, AVT_EINVAL, "'%.64s' is no engine: use modelled or sd", engine);
    enum avt_code code = check_output(&work->options, reterr);
    if (code != AVT_OK)
        return code;
    return is_diffused ? avt_generate_diffused(work, reterr) : model_people(work, reterr);
}

enum avt_code avt_avatar_generate(struct avt_context *context, const struct avt_generate_options *options,
                                  struct avt_generate_result *ret_result, struct avt_error *reterr)
{
    AVT_CLEANUP(generating_done) struct avt_generating work = {.context = context,
                                                           .options = AVT_GENERATE_OPTIONS_INIT,
                                                           .started = avt_now_s()};
    avt_context_begin(context);
    size_t known = options->size < sizeof(work.options) ? options->size : sizeof(work.options);
    memcpy(&work.options, options, known);
    work.json = json_pack("{s:[]}", "presenters");
    while (work.options.seed == 0)
        work.options.seed = random_seed();
    enum avt_code code = generate(&work, reterr);
    if (code != AVT_OK)
        return code;
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *text = avt_json_text(work.json, &size);
    if (!text || size >= AVT_GENERATE_JSON_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "what was made takes more than %d bytes to tell", AVT_GENERATE_JSON_MAX);
    struct avt_generate_result result = {.size = ret_result->size, .width = work.width, .height = work.height,
                                         .total_s = avt_now_s() - work.started};
    memcpy(result.json, text, size + 1);
    memcpy(ret_result, &result, ret_result->size < sizeof(result) ? ret_result->size : sizeof(result));
    return AVT_OK;
}
