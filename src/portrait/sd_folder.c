/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/sd_folder.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"

enum { CONFIG_BYTES_MAX = 1 << 20 };

/* Text encoders of Stable Diffusion 2, and so Turbo, are this wide. */
enum { OPENCLIP_WIDTH = 1024 };

const char *avt_sd_needs(void)
{
    return "The sd engine runs Stable Diffusion models that you bring; none comes with this program.\n"
           "It needs a folder in ONNX, as diffusers and optimum export it:\n"
           "  text_encoder/model.onnx, unet/model.onnx, vae_decoder/model.onnx, each with its model.onnx_data if any,\n"
           "  tokenizer/vocab.json and merges.txt, scheduler/scheduler_config.json;\n"
           "  optional: taesd_decoder/model.onnx, which is used instead of vae_decoder and is many times as fast.\n"
           "Models it knows, by their names in the usual collections, and their licences:\n"
           "  Stable Diffusion 1.5, and what was trained from it   CreativeML OpenRAIL-M\n"
           "  SD-Turbo (stabilityai/sd-turbo)                       Stability AI's: research and non-commercial use\n"
           "  SDXS (IDKiro/sdxs-512-0.9, sdxs-512-dreamshaper)      OpenRAIL++-M\n"
           "  LCM (SimianLuo/LCM_Dreamshaper_v7)                    MIT, upon weights under CreativeML OpenRAIL-M\n"
           "  TAESD (madebyollin/taesd)                             MIT\n"
           "Read a model's own licence before you use its pictures: it binds you, and it may have changed.\n"
           "To export one: optimum-cli export onnx --model NAME --task text-to-image FOLDER\n"
           "Other engines (Wav2Lip, MuseTalk, Pocket TTS, Coqui VITS) are told by their files: docs/engines.md\n";
}

void avt_sd_folder_free(struct avt_sd_folder *folder)
{
    if (!folder)
        return;
    avt_free(folder->path);
    avt_free(folder->text_encoder);
    avt_free(folder->unet);
    avt_free(folder->decoder);
    avt_clip_tokenizer_free(folder->tokenizer);
    avt_free(folder);
}

/* Path of `part`'s model, owned; NULL if it is not there. */
static char *find_model(const struct avt_sd_folder *folder, const char *part)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s/model.onnx", folder->path, part);
    return avt_file_exists(path) ? AVT_TAKE(path) : NULL;
}

static enum avt_code need_model(const struct avt_sd_folder *folder, const char *part, char **ret_path,
                                struct avt_error *reterr)
{
    *ret_path = find_model(folder, part);
    return *ret_path ? AVT_OK
                     : avt_fail(reterr, AVT_EMODEL,
                                "'%.200s' is no Stable Diffusion model in ONNX: it has no %s/model.onnx; needed are "
                                "text_encoder, unet, vae_decoder, tokenizer and scheduler, as optimum exports them",
                                folder->path, part);
}

/* *ret_text stays NULL if the file is not there. */
static enum avt_code read_config(const struct avt_sd_folder *folder, const char *name, char **ret_text,
                                 size_t *ret_size, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder->path, name);
    enum avt_code code = avt_file_read(path, CONFIG_BYTES_MAX, ret_text, ret_size, reterr);
    if (code == AVT_ENOENT)
        return AVT_OK;
    return code == AVT_ELIMIT ? avt_fail(reterr, AVT_EMODELBAD, "'%s' is larger than %d bytes", path, CONFIG_BYTES_MAX)
                              : code;
}

static enum avt_code read_scheduler(struct avt_sd_folder *folder, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    enum avt_code code = read_config(folder, "scheduler/scheduler_config.json", &text, &size, reterr);
    if (code == AVT_OK && !text)
        return avt_fail(reterr, AVT_EMODEL, "'%.300s' has no scheduler/scheduler_config.json", folder->path);
    return code == AVT_OK ? avt_sd_scheduler_parse(text, size, &folder->scheduler, reterr) : code;
}

static enum avt_code read_unet(struct avt_sd_folder *folder, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    enum avt_code code = read_config(folder, "unet/config.json", &text, &size, reterr);
    return code == AVT_OK && text ? avt_sd_unet_parse(text, size, &folder->unet_config, reterr) : code;
}

/* A TAESD in a folder of its own goes before the large decoder. Its own export takes latents as they are and gives
 * 0 .. 1; diffusers' AutoencoderTiny says so in its config.json and gives -1 .. 1 as all of diffusers does. */
static enum avt_code find_decoder(struct avt_sd_folder *folder, struct avt_error *reterr)
{
    folder->decoder = find_model(folder, "taesd_decoder");
    folder->has_taesd = folder->decoder != NULL;
    enum avt_code code = folder->decoder ? AVT_OK : need_model(folder, "vae_decoder", &folder->decoder, reterr);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    if (code == AVT_OK)
        code = read_config(folder, folder->has_taesd ? "taesd_decoder/config.json" : "vae_decoder/config.json", &text,
                           &size, reterr);
    if (code != AVT_OK)
        return code;
    folder->is_unsigned = folder->has_taesd && !text;
    static const char taesd[] = "{\"_class_name\": \"AutoencoderTiny\"}", vae[] = "{}";
    const char *json = text ? text : folder->has_taesd ? taesd : vae;
    code = avt_sd_vae_parse(json, text ? size : strlen(json), &folder->vae_config, reterr);
    folder->has_taesd |= folder->vae_config.is_taesd;
    return code;
}

enum avt_code avt_sd_folder_open(const char *path, struct avt_sd_folder **ret_folder, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sd_folder_freep) struct avt_sd_folder *folder = avt_new0(struct avt_sd_folder, 1);
    folder->path = avt_strdup(path);
    enum avt_code code = need_model(folder, "text_encoder", &folder->text_encoder, reterr);
    if (code == AVT_OK)
        code = need_model(folder, "unet", &folder->unet, reterr);
    if (code == AVT_OK)
        code = find_decoder(folder, reterr);
    if (code == AVT_OK)
        code = read_scheduler(folder, reterr);
    if (code == AVT_OK)
        code = read_unet(folder, reterr);
    AVT_CLEANUP(avt_freep) char *tokenizer = avt_asprintf("%s/tokenizer", path);
    if (code == AVT_OK)
        code = avt_clip_tokenizer_open(tokenizer, &folder->tokenizer, reterr);
    if (code == AVT_OK)
        *ret_folder = AVT_TAKE(folder);
    return code;
}

/* Whether the folder is named after a model: a second sign, where its files do not tell. */
static bool is_named(const struct avt_sd_folder *folder, const char *name)
{
    const char *path = folder->path ? folder->path : "", *slash;
    while ((slash = strchr(path, '/')) && slash[1] != '\0')
        path = slash + 1;
    return strcasestr(path, name) != NULL;
}

enum avt_sd_kind avt_sd_folder_kind(const struct avt_sd_folder *folder, int text_width, bool takes_guidance)
{
    if (folder->scheduler.is_lcm || takes_guidance)
        return AVT_SD_LCM;
    if (folder->unet_config.has_no_middle || is_named(folder, "sdxs"))
        return AVT_SD_SDXS;
    if (is_named(folder, "turbo"))
        return AVT_SD_TURBO;
    if (text_width != OPENCLIP_WIDTH)
        return AVT_SD_15;
    return folder->scheduler.spacing == AVT_SD_TRAILING && !folder->scheduler.predicts_velocity ? AVT_SD_TURBO
                                                                                                : AVT_SD_2;
}
