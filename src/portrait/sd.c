/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/sd.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/rng.h"
#include "portrait/sd_info.h"
#include "portrait/sd_model.h"
#include "portrait/sd_preview.h"

/* Beyond it colours burn out in every model. */
#define GUIDANCE_MAX 30.0
struct avt_sd {
    struct avt_sd_folder *folder;
    bool is_lean;
    struct avt_sd_net text, unet, decoder; /* closed until they are used */
};

enum avt_code avt_sd_open(const char *folder, bool is_lean, struct avt_sd **ret_sd, struct avt_error *reterr)
{
    avt_assert(folder && ret_sd);
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = avt_new0(struct avt_sd, 1);
    sd->is_lean = is_lean;
    enum avt_code code = avt_sd_folder_open(folder, &sd->folder, reterr);
    if (code == AVT_OK)
        *ret_sd = AVT_TAKE(sd);
    return code;
}

void avt_sd_free(struct avt_sd *sd)
{
    if (!sd)
        return;
    avt_sd_net_close(&sd->text);
    avt_sd_net_close(&sd->unet);
    avt_sd_net_close(&sd->decoder);
    avt_sd_folder_free(sd->folder);
    avt_free(sd);
}

/* One picture being made. */
struct work {
    struct avt_sd *sd;
    const struct avt_sd_options *options;
    float *context, *negative; /* [AVT_CLIP_TOKENS, text_width], owned */
    int text_width;
    bool is_cut;
    /* Known once the UNet is open. */
    bool is_planned;
    struct avt_sd_schedule schedule;
    double guidance;
    struct avt_sd_latents latents; /* values owned */
    float *clean, *input, *noise, *answer, *away; /* as many, in one piece with the latents */
    struct avt_image *preview;
    float embedding[AVT_SD_GUIDANCE_WIDTH];
};

static void work_done(struct work *work)
{
    avt_free(work->context);
    avt_free(work->negative);
    avt_free(work->latents.values);
    avt_image_free(work->preview);
}

static void trace(const struct work *work, const char *stage, int step, const float *values, size_t count)
{
    if (work->options->trace)
        work->options->trace(stage, step, values, count, work->options->user);
}

typedef enum avt_code (*opener)(const char *path, bool is_look, struct avt_sd_net *ret_net, struct avt_error *reterr);

static enum avt_code use(struct avt_sd_net *net, opener open, const char *path, struct avt_error *reterr)
{
    if (net->session)
        return AVT_OK;
    enum avt_code code = open(path, false, net, reterr);
    if (code != AVT_OK)
        avt_sd_net_close(net);
    return code;
}

static void leave(const struct avt_sd *sd, struct avt_sd_net *net)
{
    if (sd->is_lean)
        avt_sd_net_close(net);
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n\v\f")] == '\0';
}

static enum avt_code check_options(const struct avt_sd_options *options, struct avt_error *reterr)
{
    if (!options->prompt || is_blank(options->prompt))
        return avt_fail(reterr, AVT_ETEXT, "the prompt is empty: say what the person looks like");
    const char *negative = options->negative ? options->negative : "";
    if (strnlen(options->prompt, AVT_SD_PROMPT_BYTES_MAX + 1) > AVT_SD_PROMPT_BYTES_MAX ||
        strnlen(negative, AVT_SD_PROMPT_BYTES_MAX + 1) > AVT_SD_PROMPT_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "a prompt may be %d bytes long", AVT_SD_PROMPT_BYTES_MAX);
    const int sides[] = {options->width, options->height};
    for (size_t i = 0; i < 2; i++) {
        if (sides[i] && (sides[i] < AVT_SD_SIDE_MIN || sides[i] > AVT_SD_SIDE_MAX || sides[i] % AVT_SD_LATENT_PIXELS))
            return avt_fail(reterr, AVT_EINVAL, "a side of %d pixels cannot be made: it must be a multiple of %d from "
                            "%d to %d", sides[i], AVT_SD_LATENT_PIXELS, AVT_SD_SIDE_MIN, AVT_SD_SIDE_MAX);
    }
    if (!(options->guidance == 0 || (options->guidance >= 1 && options->guidance <= GUIDANCE_MAX)))
        return avt_fail(reterr, AVT_EINVAL, "guidance must be from 1 (none) to %g", GUIDANCE_MAX);
    return AVT_OK;
}

static enum avt_code read_text(struct work *work, const char *text, const char *stage, float **ret_context,
                               struct avt_error *reterr)
{
    struct avt_sd *sd = work->sd;
    int32_t ids[AVT_CLIP_TOKENS];
    bool is_cut = false;
    int width = 0;
    enum avt_code code = avt_clip_tokenizer_encode(sd->folder->tokenizer, text, ids, &is_cut, reterr);
    if (code == AVT_OK)
        code = avt_sd_text_run(&sd->text, ids, work->options->cancel, ret_context, &width, reterr);
    if (code != AVT_OK)
        return code;
    work->is_cut |= is_cut;
    work->text_width = width;
    trace(work, stage, 0, *ret_context, AVT_CLIP_TOKENS * (size_t)width);
    return AVT_OK;
}

/* The negative is always read, though it may not be used: whether it is turns out when the UNet is open. */
static enum avt_code read_texts(struct work *work, struct avt_error *reterr)
{
    const struct avt_sd_options *options = work->options;
    struct avt_sd *sd = work->sd;
    AVT_CLEANUP(avt_freep) char *prompt = options->plain ? avt_strdup(options->prompt)
                                                         : avt_asprintf(AVT_SD_PREFIX ", %s", options->prompt);
    enum avt_code code = use(&sd->text, avt_sd_text_open, sd->folder->text_encoder, reterr);
    if (code == AVT_OK)
        code = read_text(work, options->negative ? options->negative : AVT_SD_NEGATIVE, "negative", &work->negative,
                         reterr);
    work->is_cut = false; /* only that of the prompt is told */
    if (code == AVT_OK)
        code = read_text(work, prompt, "text", &work->context, reterr);
    leave(sd, &sd->text);
    return code;
}

static enum avt_code check_size(const struct avt_sd_net *net, const struct avt_sd_latents *latents,
                                struct avt_error *reterr)
{
    int height = avt_sd_net_side(net, true), width = avt_sd_net_side(net, false);
    if ((!height || height == latents->height) && (!width || width == latents->width))
        return AVT_OK;
    return avt_fail(reterr, AVT_EINVAL, "'%.200s' was exported for pictures of %d x %d pixels only, not for %d x %d",
                    net->path, (width ? width : latents->width) * AVT_SD_LATENT_PIXELS,
                    (height ? height : latents->height) * AVT_SD_LATENT_PIXELS, latents->width * AVT_SD_LATENT_PIXELS,
                    latents->height * AVT_SD_LATENT_PIXELS);
}

/* Room for the latents and all that is as large. */
static enum avt_code make_room(struct work *work, struct avt_error *reterr)
{
    size_t count = avt_sd_latents_count(&work->latents);
    float *room = work->latents.values = avt_try_new0(float, 6 * count);
    if (!room)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a picture of this size");
    work->clean = room + count;
    work->input = room + 2 * count;
    work->noise = room + 3 * count;
    work->answer = room + 4 * count;
    work->away = room + 5 * count;
    return work->options->previews
               ? avt_image_new(work->latents.width, work->latents.height, &work->preview, reterr)
               : AVT_OK;
}

/* What the options leave open, now that the UNet is known. */
static enum avt_code plan(struct work *work, struct avt_error *reterr)
{
    if (work->is_planned)
        return AVT_OK;
    const struct avt_sd_options *options = work->options;
    const struct avt_sd *sd = work->sd;
    struct avt_sd_info info;
    enum avt_code code = avt_sd_info_fill(sd->folder, &sd->unet, work->text_width, &info, reterr);
    if (code != AVT_OK)
        return code;
    work->guidance = options->guidance != 0 ? options->guidance : info.guidance;
    int fixed_width = avt_sd_net_side(&sd->unet, false) * AVT_SD_LATENT_PIXELS;
    int width = options->width ? options->width : fixed_width ? fixed_width : info.size;
    work->latents.width = width / AVT_SD_LATENT_PIXELS;
    work->latents.height = (options->height ? options->height : info.size) / AVT_SD_LATENT_PIXELS;
    code = check_size(&sd->unet, &work->latents, reterr);
    struct avt_sd_scheduler scheduler = sd->folder->scheduler;
    /* These were trained at the last steps of even spans, whatever file came with them. */
    if (info.kind == AVT_SD_TURBO || info.kind == AVT_SD_SDXS)
        scheduler.spacing = AVT_SD_TRAILING;
    if (code == AVT_OK)
        code = avt_sd_schedule_make(&scheduler, info.kind == AVT_SD_LCM, options->steps ? options->steps : info.steps,
                                    &work->schedule, reterr);
    if (code == AVT_OK)
        code = make_room(work, reterr);
    avt_sd_guidance_embedding(work->guidance, work->embedding);
    work->is_planned = code == AVT_OK;
    return code;
}

static void fill_noise(struct avt_rng *rng, double scale, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (float)(avt_rng_normal(rng) * scale);
}

/* The UNet's answer, led away from the negative where there is guidance (Ho and Salimans 2022). */
static enum avt_code ask(struct work *work, int step, struct avt_error *reterr)
{
    const struct avt_sd *sd = work->sd;
    size_t count = avt_sd_latents_count(&work->latents);
    avt_sd_schedule_scale(&work->schedule, step, work->latents.values, count, work->input);
    struct avt_sd_question question = {
        .sample = {work->input, work->latents.height, work->latents.width},
        .time = work->schedule.times[step],
        .context = work->context,
        .width = work->text_width,
        .guidance = work->embedding,
    };
    const struct avt_cancel *cancel = work->options->cancel;
    enum avt_code code = avt_sd_unet_run(&sd->unet, &question, cancel, work->answer, reterr);
    /* A net that takes the guidance as an input has it in its answer. */
    if (code != AVT_OK || work->guidance <= 1 || sd->unet.guidance)
        return code;
    question.context = work->negative;
    code = avt_sd_unet_run(&sd->unet, &question, cancel, work->away, reterr);
    float guidance = (float)work->guidance;
    for (size_t i = 0; code == AVT_OK && i < count; i++)
        work->answer[i] = work->away[i] + guidance * (work->answer[i] - work->away[i]);
    return code;
}

static bool are_numbers(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}

static enum avt_code not_numbers(const struct avt_sd_net *net, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' gave values that are no numbers%s", net->path,
                    net->sample->dtype == AVT_DTYPE_F16 ? ": export it in float32" : "");
}

static void report(const struct work *work, int step, int attempt)
{
    const struct avt_sd_options *options = work->options;
    if (!options->progress)
        return;
    if (work->preview)
        avt_sd_preview(work->clean, work->preview);
    options->progress(step + 1, work->schedule.count, attempt, work->preview, options->user);
}

static enum avt_code cancelled(const struct work *work, struct avt_error *reterr)
{
    return avt_cancelled(work->options->cancel) ? avt_fail(reterr, AVT_ECANCELLED, "cancelled") : AVT_OK;
}

/* work->latents are those of a picture afterwards. */
static enum avt_code draw(struct work *work, int attempt, struct avt_error *reterr)
{
    struct avt_sd *sd = work->sd;
    enum avt_code code = use(&sd->unet, avt_sd_unet_open, sd->folder->unet, reterr);
    if (code == AVT_OK)
        code = plan(work, reterr);
    if (code != AVT_OK)
        return code;
    size_t count = avt_sd_latents_count(&work->latents);
    struct avt_rng rng;
    avt_rng_init(&rng, work->options->seed + (uint64_t)attempt);
    fill_noise(&rng, work->schedule.start, count, work->latents.values);
    trace(work, "latents", 0, work->latents.values, count);
    for (int step = 0; code == AVT_OK && step < work->schedule.count; step++) {
        code = cancelled(work, reterr);
        if (code == AVT_OK)
            code = ask(work, step, reterr);
        if (code == AVT_OK && !are_numbers(work->answer, count))
            code = not_numbers(&sd->unet, reterr);
        if (code != AVT_OK)
            break;
        bool is_noised = avt_sd_schedule_takes_noise(&work->schedule, step);
        if (is_noised)
            fill_noise(&rng, 1, count, work->noise);
        avt_sd_schedule_step(&work->schedule, step, work->answer, is_noised ? work->noise : NULL, count,
                             work->latents.values, work->clean);
        trace(work, "latents", step + 1, work->latents.values, count);
        report(work, step, attempt);
    }
    leave(sd, &sd->unet);
    return code;
}

static enum avt_code to_image(const float *pixels, int width, int height, bool is_unsigned,
                              struct avt_image **ret_image, struct avt_error *reterr)
{
    enum avt_code code = avt_image_new(width, height, ret_image, reterr);
    if (code != AVT_OK)
        return code;
    size_t plane = (size_t)width * (size_t)height, at = 0;
    for (int y = 0; y < height; y++) {
        uint8_t *row = avt_image_row(*ret_image, y);
        for (int x = 0; x < width; x++, row += 4, at++) {
            for (size_t k = 0; k < 3; k++) {
                float value = pixels[k * plane + at], level = is_unsigned ? value : value / 2 + .5f;
                row[k] = (uint8_t)lrintf(fminf(fmaxf(level, 0), 1) * 255);
            }
            row[3] = 255;
        }
    }
    return AVT_OK;
}

static enum avt_code decode(struct work *work, struct avt_image **ret_image, struct avt_error *reterr)
{
    struct avt_sd *sd = work->sd;
    AVT_CLEANUP(avt_freep) float *pixels = NULL;
    const struct avt_sd_vae_config *config = &sd->folder->vae_config;
    size_t count = avt_sd_latents_count(&work->latents);
    int width = work->latents.width * AVT_SD_LATENT_PIXELS, height = work->latents.height * AVT_SD_LATENT_PIXELS;
    enum avt_code code = use(&sd->decoder, avt_sd_decoder_open, sd->folder->decoder, reterr);
    if (code == AVT_OK)
        code = check_size(&sd->decoder, &work->latents, reterr);
    if (code != AVT_OK)
        return code;
    for (size_t i = 0; i < count; i++)
        work->latents.values[i] = (float)(work->latents.values[i] / config->scale + config->shift);
    code = avt_sd_decoder_run(&sd->decoder, &work->latents, work->options->cancel, &pixels, reterr);
    size_t pixel_count = 3 * (size_t)width * (size_t)height;
    if (code == AVT_OK && !are_numbers(pixels, pixel_count))
        code = not_numbers(&sd->decoder, reterr);
    leave(sd, &sd->decoder);
    if (code != AVT_OK)
        return code;
    trace(work, "image", 0, pixels, pixel_count);
    return to_image(pixels, width, height, sd->folder->is_unsigned, ret_image, reterr);
}

/* AVT_ENOFACE and AVT_EFACE: with another seed there may be one. */
static bool wants_another(enum avt_code code)
{
    return code == AVT_ENOFACE || code == AVT_EFACE;
}

static enum avt_code attempt_one(struct work *work, int attempt, struct avt_image **ret_image, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    const struct avt_sd_options *options = work->options;
    enum avt_code code = draw(work, attempt, reterr);
    if (code == AVT_OK)
        code = cancelled(work, reterr);
    if (code == AVT_OK)
        code = decode(work, &image, reterr);
    if (code == AVT_OK && options->accept)
        code = options->accept(image, options->user, reterr);
    if (code == AVT_OK)
        *ret_image = AVT_TAKE(image);
    return code;
}

enum avt_code avt_sd_generate(struct avt_sd *sd, const struct avt_sd_options *options,
                              struct avt_sd_result *ret_result, struct avt_error *reterr)
{
    avt_assert(sd && options && ret_result);
    enum avt_code code = check_options(options, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(work_done) struct work work = {.sd = sd, .options = options};
    code = read_texts(&work, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_sd_result result = {.is_cut = work.is_cut, .seed = options->seed};
    struct avt_error why = {0};
    code = attempt_one(&work, 0, &result.image, &why);
    while (wants_another(code) && result.reseeds < AVT_SD_RESEEDS_MAX) {
        result.reseeds++;
        result.seed++;
        code = attempt_one(&work, result.reseeds, &result.image, &why);
    }
    if (wants_another(code))
        return avt_fail(reterr, code, "none of %d pictures will do: %.400s", AVT_SD_RESEEDS_MAX + 1, why.message);
    if (code != AVT_OK)
        return avt_fail(reterr, code, "%s", why.message);
    *ret_result = result;
    return AVT_OK;
}
