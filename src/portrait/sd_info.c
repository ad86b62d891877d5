/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/sd_info.h"

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

/* Steps and guidance that suit each kind, from their authors' model cards. */
static const struct {
    const char *name;
    int steps;
    double guidance;
    const char *licence;
} kinds[AVT_SD_KIND_COUNT] = {
    [AVT_SD_15] = {"sd15", 25, 7.5, "CreativeML OpenRAIL-M"},
    [AVT_SD_2] = {"sd2", 25, 7.5, "CreativeML OpenRAIL++-M"},
    [AVT_SD_TURBO] = {"turbo", 2, 1, "Stability AI's: research and non-commercial use"},
    [AVT_SD_SDXS] = {"sdxs", 1, 1, "OpenRAIL++-M"},
    [AVT_SD_LCM] = {"lcm", 4, 8, "MIT, upon weights under CreativeML OpenRAIL-M"},
};
/* LCM without an input for guidance (a LoRA merged in) falls apart with more. */
#define LCM_PLAIN_GUIDANCE 1.5
/* Side of the latents that all of these were trained on, unless they say otherwise. */
enum { LATENT_SIDE = 64 };

const char *avt_sd_kind_name(enum avt_sd_kind kind)
{
    avt_assert(kind >= 0 && kind < AVT_SD_KIND_COUNT);
    return kinds[kind].name;
}

const char *avt_sd_kind_licence(enum avt_sd_kind kind)
{
    avt_assert(kind >= 0 && kind < AVT_SD_KIND_COUNT);
    return kinds[kind].licence;
}

bool avt_sd_kind_parse(const char *name, enum avt_sd_kind *ret_kind)
{
    for (size_t i = 0; i < AVT_SD_KIND_COUNT; i++) {
        if (avt_str_equal(name, kinds[i].name)) {
            *ret_kind = (enum avt_sd_kind)i;
            return true;
        }
    }
    return false;
}

enum avt_code avt_sd_info_fill(const struct avt_sd_folder *folder, const struct avt_sd_net *unet, int text_width,
                               struct avt_sd_info *ret_info, struct avt_error *reterr)
{
    int width = avt_sd_net_width(unet);
    if (width && text_width && width != text_width)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.150s' gives a context %d wide, and '%.150s' takes one %d wide: they "
                        "are of different models", folder->text_encoder, text_width, folder->unet, width);
    int side = avt_sd_net_side(unet, true);
    int trained = side ? side : folder->unet_config.sample_size ? folder->unet_config.sample_size : LATENT_SIDE;
    enum avt_sd_kind kind = avt_sd_folder_kind(folder, text_width ? text_width : width, unet->guidance != NULL);
    bool is_plain_lcm = kind == AVT_SD_LCM && !unet->guidance;
    *ret_info = (struct avt_sd_info){
        .kind = kind,
        .text_width = text_width ? text_width : width,
        .is_half = unet->sample->dtype == AVT_DTYPE_F16,
        .has_taesd = folder->has_taesd,
        .size = trained * AVT_SD_LATENT_PIXELS,
        .is_fixed = side != 0,
        .steps = kinds[kind].steps,
        .guidance = is_plain_lcm ? LCM_PLAIN_GUIDANCE : kinds[kind].guidance,
    };
    return AVT_OK;
}

/* What the encoder can look up must have room for what the tokenizer gives; it is checked by running it. */
static enum avt_code check_text(const struct avt_sd_folder *folder, int *ret_width, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sd_net_close) struct avt_sd_net net = {0};
    AVT_CLEANUP(avt_freep) float *context = NULL;
    int32_t ids[AVT_CLIP_TOKENS];
    enum avt_code code = avt_sd_text_open(folder->text_encoder, true, &net, reterr);
    for (size_t i = 0; i < AVT_CLIP_TOKENS; i++)
        ids[i] = avt_clip_tokenizer_size(folder->tokenizer) - 1;
    struct avt_error why = {0};
    if (code != AVT_OK)
        return code;
    code = avt_sd_text_run(&net, ids, NULL, &context, ret_width, &why);
    if (code == AVT_EINTERNAL)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.150s' does not go with the tokenizer beside it: %.250s",
                        folder->text_encoder, why.message);
    return code == AVT_OK ? code : avt_fail(reterr, code, "%s", why.message);
}

static enum avt_code check_decoder(const struct avt_sd_folder *folder, const struct avt_sd_info *info,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sd_net_close) struct avt_sd_net net = {0};
    enum avt_code code = avt_sd_decoder_open(folder->decoder, true, &net, reterr);
    if (code != AVT_OK)
        return code;
    int side = avt_sd_net_side(&net, true);
    if (side && info->is_fixed && side * AVT_SD_LATENT_PIXELS != info->size)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.150s' is for pictures of %d pixels, and '%.150s' for %d",
                        folder->decoder, side * AVT_SD_LATENT_PIXELS, folder->unet, info->size);
    return AVT_OK;
}

enum avt_code avt_sd_check(const char *path, struct avt_sd_info *ret_info, struct avt_error *reterr)
{
    avt_assert(path && ret_info);
    AVT_CLEANUP(avt_sd_folder_freep) struct avt_sd_folder *folder = NULL;
    struct avt_sd_info info = {0};
    int width = 0;
    enum avt_code code = avt_sd_folder_open(path, &folder, reterr);
    if (code == AVT_OK)
        code = check_text(folder, &width, reterr);
    if (code == AVT_OK) {
        AVT_CLEANUP(avt_sd_net_close) struct avt_sd_net unet = {0};
        code = avt_sd_unet_open(folder->unet, true, &unet, reterr);
        if (code == AVT_OK)
            code = avt_sd_info_fill(folder, &unet, width, &info, reterr);
    }
    if (code == AVT_OK)
        code = check_decoder(folder, &info, reterr);
    if (code == AVT_OK)
        *ret_info = info;
    return code;
}
