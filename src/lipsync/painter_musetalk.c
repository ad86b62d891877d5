/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MuseTalk 1.5: the lower half of a face is cut from its latents and filled in by a UNet that hears the sound, in one
 * step (time 0). The picture itself is the reference.
 *
 * Of a batch, first the pictures that the cache does not know are encoded, masked and whole, all in one run; then one
 * run of the UNet and one of the decoder serve the batch; then each face is laid over its picture.
 */
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/mem.h"
#include "lipsync/musetalk_blend.h"
#include "lipsync/musetalk_cache.h"
#include "lipsync/musetalk_hear.h"
#include "lipsync/painter.h"

enum { IMAGE = 3 * AVT_MUSETALK_PIXELS, BOTH = 2 * AVT_MUSETALK_LATENTS };

/* A picture that is being painted. */
struct item {
    const struct avt_painter_view *view;
    struct avt_musetalk_box box;
    bool is_known; /* by the cache */
};

struct painter {
    struct avt_musetalk_model *model;
    /* Of the film; all empty without one. */
    struct avt_musetalk_ear *ear;
    struct avt_musetalk_cache *cache;
    size_t batch;
    const struct avt_cancel *cancel;
    struct item *items;  /* [batch] */
    float *images;       /* [2 batch, 3, 256, 256]: what is encoded; then what was decoded */
    float *encoded;      /* [2 batch, 4, 32, 32] */
    float *latents;      /* [batch, 8, 32, 32] */
    float *painted;      /* [batch, 4, 32, 32] */
    float *prompts;      /* [batch, 50, width] */
    uint8_t *masks;      /* [batch, 512, 512] */
    float *parse_input;  /* [3, 512, 512]; these two with a parser only */
    float *parse_scores; /* [19, 512, 512] */
};

static void end(void *state)
{
    struct painter *painter = state;
    avt_musetalk_ear_free(painter->ear);
    avt_musetalk_cache_close(painter->cache);
    avt_free(painter->items);
    avt_free(painter->images);
    avt_free(painter->encoded);
    avt_free(painter->latents);
    avt_free(painter->painted);
    avt_free(painter->prompts);
    avt_free(painter->masks);
    avt_free(painter->parse_input);
    avt_free(painter->parse_scores);
    *painter = (struct painter){.model = painter->model};
}

static void close_painter(void *state)
{
    struct painter *painter = state;
    if (!painter)
        return;
    end(painter);
    avt_musetalk_model_free(painter->model);
    avt_free(painter);
}
AVT_DEFINE_FREEP(struct painter, close_painter)

static enum avt_code make_room(struct painter *painter, struct avt_error *reterr)
{
    size_t batch = painter->batch, width = (size_t)avt_musetalk_model_width(painter->model);
    bool has_parser = avt_musetalk_model_has_parser(painter->model);
    painter->items = avt_new0(struct item, batch);
    painter->images = avt_try_new0(float, 2 * batch * IMAGE);
    painter->encoded = avt_try_new0(float, batch * BOTH);
    painter->latents = avt_try_new0(float, batch * BOTH);
    painter->painted = avt_try_new0(float, batch * AVT_MUSETALK_LATENTS);
    painter->prompts = avt_try_new0(float, batch * AVT_MUSETALK_PROMPTS * width);
    painter->masks = avt_try_new0(uint8_t, batch * AVT_MUSETALK_PARSE_PIXELS);
    if (has_parser) {
        painter->parse_input = avt_try_new0(float, 3 * (size_t)AVT_MUSETALK_PARSE_PIXELS);
        painter->parse_scores = avt_try_new0(float, AVT_MUSETALK_CLASSES * (size_t)AVT_MUSETALK_PARSE_PIXELS);
    }
    bool is_there = painter->images && painter->encoded && painter->latents && painter->painted && painter->prompts &&
                    painter->masks && (!has_parser || (painter->parse_input && painter->parse_scores));
    return is_there ? AVT_OK : avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to paint %zu faces at once",
                                        batch);
}

static enum avt_code open_cache(struct painter *painter, const struct avt_painter_film *film, struct avt_error *reterr)
{
    char print[AVT_SHA256_HEX_SIZE];
    memset(print, '0', sizeof(print));
    print[sizeof(print) - 1] = '\0';
    AVT_CLEANUP(avt_freep) char *path = NULL;
    if (film->cache && film->cache_key) {
        path = avt_asprintf("%s/%s.musetalk", film->cache, film->cache_key);
        enum avt_code code = avt_musetalk_model_print(painter->model, print, reterr);
        if (code != AVT_OK)
            return code;
    }
    painter->cache = avt_musetalk_cache_open(path, print, avt_musetalk_model_has_parser(painter->model));
    return AVT_OK;
}

static enum avt_code open_painter(const struct avt_painter_weights *weights, void **ret_state, struct avt_error *reterr)
{
    AVT_CLEANUP(close_painterp) struct painter *painter = avt_new0(struct painter, 1);
    enum avt_code code = avt_musetalk_model_open(weights, &painter->model, reterr);
    if (code == AVT_OK)
        *ret_state = AVT_TAKE(painter);
    return code;
}

/* Nothing is encoded yet: segments of the sound are when frames ask for them. */
static enum avt_code begin(void *state, const struct avt_painter_film *film, struct avt_error *reterr)
{
    struct painter *painter = state;
    avt_assert(!painter->ear && film->batch >= 1 && film->batch <= AVT_PAINTER_BATCH_MAX);
    avt_assert(film->fps_num > 0 && film->fps_den > 0);
    painter->batch = (size_t)film->batch;
    painter->cancel = film->cancel;
    enum avt_code code = make_room(painter, reterr);
    if (code == AVT_OK)
        code = open_cache(painter, film, reterr);
    if (code == AVT_OK)
        painter->ear = avt_musetalk_ear_new(painter->model, film->sound, film->fps_num, film->fps_den);
    return code;
}

static enum avt_code make_mask(struct painter *painter, const struct item *item, uint8_t *ret_mask,
                               struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) uint8_t *classes = avt_new0(uint8_t, AVT_MUSETALK_PARSE_PIXELS);
    struct avt_musetalk_square square = avt_musetalk_square_of(&item->box);
    if (avt_musetalk_model_has_parser(painter->model)) {
        enum avt_code code = avt_musetalk_parse_input(item->view->image, &square, painter->parse_input, reterr);
        if (code == AVT_OK)
            code = avt_musetalk_parse(painter->model, painter->parse_input, painter->cancel, painter->parse_scores,
                                      reterr);
        if (code != AVT_OK)
            return code;
        avt_musetalk_classes_from_scores(painter->parse_scores, classes);
    } else {
        avt_musetalk_classes_from_mesh(item->view->face, &square, classes);
    }
    avt_musetalk_jaw(classes, ret_mask);
    return AVT_OK;
}

/* Latents and masks of the pictures of a batch. */
static enum avt_code look(struct painter *painter, size_t count, struct avt_error *reterr)
{
    bool has_parser = avt_musetalk_model_has_parser(painter->model);
    size_t unknown = 0;
    for (size_t i = 0; i < count; i++) {
        struct item *item = &painter->items[i];
        uint8_t *mask = painter->masks + i * AVT_MUSETALK_PARSE_PIXELS;
        item->is_known = avt_musetalk_cache_find(painter->cache, item->view->picture, &item->box,
                                                 painter->latents + i * BOTH, mask);
        if (!item->is_known || !has_parser) {
            enum avt_code code = make_mask(painter, item, mask, reterr);
            if (code != AVT_OK)
                return code;
        }
        if (item->is_known)
            continue;
        float *images = painter->images + 2 * unknown++ * IMAGE;
        avt_musetalk_crop(item->view->image, &item->box, images, images + IMAGE);
    }
    enum avt_code code = unknown ? avt_musetalk_encode(painter->model, painter->images, 2 * unknown, painter->cancel,
                                                       painter->encoded, reterr)
                                 : AVT_OK;
    const float *encoded = painter->encoded;
    for (size_t i = 0; code == AVT_OK && i < count; i++) {
        const struct item *item = &painter->items[i];
        if (item->is_known)
            continue;
        memcpy(painter->latents + i * BOTH, encoded, BOTH * sizeof(float));
        encoded += BOTH;
        if (item->view->picture >= 0)
            avt_musetalk_cache_keep(painter->cache, item->view->picture, &item->box, painter->latents + i * BOTH,
                                    painter->masks + i * AVT_MUSETALK_PARSE_PIXELS);
    }
    return code;
}

/* Those that have a face to paint on. */
static size_t choose(struct painter *painter, const struct avt_painter_view *views, size_t count)
{
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        struct item *item = &painter->items[chosen];
        *item = (struct item){.view = &views[i]};
        chosen += views[i].face && views[i].strength > 0 &&
                  avt_musetalk_box_find(views[i].face, views[i].image->width, views[i].image->height, &item->box);
    }
    return chosen;
}

static enum avt_code paint(void *state, const struct avt_painter_view *views, size_t count, struct avt_error *reterr)
{
    struct painter *painter = state;
    avt_assert(painter->ear && count <= painter->batch);
    size_t chosen = choose(painter, views, count), prompt_floats = (size_t)AVT_MUSETALK_PROMPTS *
                                                                   (size_t)avt_musetalk_model_width(painter->model);
    if (chosen == 0)
        return AVT_OK;
    enum avt_code code = look(painter, chosen, reterr);
    for (size_t i = 0; code == AVT_OK && i < chosen; i++)
        code = avt_musetalk_ear_listen(painter->ear, painter->items[i].view->frame, painter->cancel,
                                       painter->prompts + i * prompt_floats, reterr);
    if (code == AVT_OK)
        code = avt_musetalk_unet(painter->model, painter->latents, painter->prompts, chosen, painter->cancel,
                                 painter->painted, reterr);
    if (code == AVT_OK)
        code = avt_musetalk_decode(painter->model, painter->painted, chosen, painter->cancel, painter->images, reterr);
    for (size_t i = 0; code == AVT_OK && i < chosen; i++) {
        const struct item *item = &painter->items[i];
        code = avt_musetalk_blend(item->view->image, &item->box, painter->masks + i * AVT_MUSETALK_PARSE_PIXELS,
                                  painter->images + i * IMAGE, item->view->strength, reterr);
    }
    return code;
}

const struct avt_painter_engine avt_painter_musetalk = {
    .name = "musetalk",
    .version = "musetalk 1.5",
    .open = open_painter,
    .close = close_painter,
    .begin = begin,
    .paint = paint,
    .end = end,
};
