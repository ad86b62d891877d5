/* SPDX-License-Identifier: Apache-2.0 */
/* The text files of a Stable Diffusion folder, which come from anywhere. The first byte chooses: a JSON configuration,
 * or a tokenizer and a prompt: vocab.json, merges.txt, tokenizer_config.json and the prompt, with a NUL between. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/clip_tokenizer.h"
#include "portrait/sd_config.h"
#include "portrait/sd_schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_scheduler(const char *text, size_t size)
{
    struct avt_sd_scheduler scheduler;
    struct avt_error error = {0};
    if (avt_sd_scheduler_parse(text, size, &scheduler, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EMODELBAD && error.message[0]);
        return;
    }
    static const int counts[] = {1, 3, 50, AVT_SD_STEPS_MAX};
    for (int i = 0; i < 8; i++) {
        struct avt_sd_schedule schedule;
        if (avt_sd_schedule_make(&scheduler, i & 1, counts[i / 2], &schedule, &error) != AVT_OK)
            continue;
        float latents = 1, clean = 0, answer = .5f, noise = -.5f;
        for (int step = 0; step < schedule.count; step++) {
            avt_assert(schedule.times[step] >= 0 && schedule.sigmas[step] > 0 && isfinite(schedule.sigmas[step]));
            avt_sd_schedule_step(&schedule, step, &answer, &noise, 1, &latents, &clean);
        }
    }
}

static void try_networks(const char *text, size_t size)
{
    struct avt_sd_unet_config unet;
    struct avt_sd_vae_config vae;
    if (avt_sd_unet_parse(text, size, &unet, NULL) == AVT_OK)
        avt_assert(unet.sample_size >= 0 && unet.sample_size <= 256);
    if (avt_sd_vae_parse(text, size, &vae, NULL) == AVT_OK)
        avt_assert(vae.scale > 0 && isfinite(vae.shift));
}

/* The next piece, up to a NUL or the end. */
static const char *cut(const char **rest, size_t *rest_size, size_t *ret_size)
{
    const char *piece = *rest, *nul = memchr(piece, '\0', *rest_size);
    *ret_size = nul ? (size_t)(nul - piece) : *rest_size;
    size_t used = *ret_size + (nul != NULL);
    *rest += used;
    *rest_size -= used;
    return piece;
}

static void try_tokenizer(const char *text, size_t size)
{
    struct avt_clip_files files = {0};
    files.vocab = cut(&text, &size, &files.vocab_size);
    files.merges = cut(&text, &size, &files.merges_size);
    files.config = cut(&text, &size, &files.config_size);
    if (files.config_size == 0)
        files.config = NULL;
    struct avt_error error = {0};
    AVT_CLEANUP(avt_clip_tokenizer_freep) struct avt_clip_tokenizer *tokenizer = NULL;
    if (avt_clip_tokenizer_parse(&files, &tokenizer, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EMODELBAD && error.message[0]);
        return;
    }
    AVT_CLEANUP(avt_freep) char *prompt = avt_strndup(text, size);
    int32_t ids[AVT_CLIP_TOKENS];
    bool is_cut = false;
    if (avt_clip_tokenizer_encode(tokenizer, prompt, ids, &is_cut, &error) != AVT_OK)
        return;
    for (size_t i = 0; i < AVT_CLIP_TOKENS; i++)
        avt_assert(ids[i] >= 0 && ids[i] < avt_clip_tokenizer_size(tokenizer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *text = (const char *)data + 1;
    if (data[0] == 's')
        try_scheduler(text, size - 1);
    else if (data[0] == 'n')
        try_networks(text, size - 1);
    else
        try_tokenizer(text, size - 1);
    return 0;
}
