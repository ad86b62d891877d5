/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/cutout.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/cutout_parts.h"

/* What lies further inside the rough edge than so many times its reach is the person, and what lies further
 * outside is not: hair flies out further than clothes go in. In between the colours decide. */
#define BAND_INSIDE  2.0f
#define BAND_OUTSIDE 3.5f
/* How far the colours of person and background lie apart, in units of how much each varies nearby: below the
 * first they say nothing about a pixel, from the second on they alone say it. */
#define TELLING_FROM 1.2f
#define TELLING_FULL 3.0f
/* Where the colours say nothing, following their edges frays the person's; so much is followed even there. */
#define LEAST_TELLING .35f
/* Of the network's share: up to the first and from the last the colours are not asked; between the inner two they are
 * free. */
#define SURE_NONE .02f
#define SURE_HIGH .3f
#define SURE_LOW  .6f
#define SURE_ALL  .92f
/* And where they say nothing: a little within the edge, since a rim of the old background is worse than short hair. */
#define GUESS_NONE .35f
#define GUESS_ALL  .8f
/* Of 255: compression and grain. */
#define NOISE 8.0f
/* The network's edge is wavy at the size of its cells; smoothed by a box of so many each way. */
#define SMOOTH .7f
/* What is nearly nothing is nothing, and what is nearly all is all: a veil is worse than a sharp edge. */
#define VEIL_LOW  0.08f
#define VEIL_HIGH 0.92f
/* Of 255: a pixel of which less is the person's colour tells nothing about that colour. */
enum { OWN_COLOUR = 215 };
/* Of a clip: how far a pixel's colour may be from that in the picture before, of 255, for it to be the same thing still
 * or surely another; and how much of what is newly found of the same thing is taken. */
#define SAME_COLOUR  6.0f
#define OTHER_COLOUR 26.0f
#define NEWS         .3f

static inline float within(float low, float value, float high)
{
    return value > low ? value < high ? value : high : low;
}

static float step_between(float low, float high, float value)
{
    float t = within(0, (value - low) / (high - low), 1);
    return t * t * (3 - 2 * t);
}

static enum avt_code share_init(int width, int height, int pixels_max, struct avt_share *ret_share,
                                struct avt_error *reterr)
{
    avt_assert(width > 0 && height > 0);
    double scale = fmin(1, sqrt(pixels_max / ((double)width * height)));
    struct avt_share share = {.width = (int)fmax(1, floor(width * scale)),
                              .height = (int)fmax(1, floor(height * scale)),
                              .reach = 1};
    share.values = avt_try_new0(float, (size_t)share.width * (size_t)share.height);
    if (!share.values)
        return avt_fail(reterr, AVT_ENOMEM,
                        "there is not enough memory to cut a person out of a picture of %d x %d pixels",
                        width, height);
    *ret_share = share;
    return AVT_OK;
}

enum avt_code avt_share_init(int width, int height, struct avt_share *ret_share, struct avt_error *reterr)
{
    return share_init(width, height, AVT_CUTOUT_PIXELS_MAX, ret_share, reterr);
}

void avt_share_done(struct avt_share *share)
{
    avt_free(share->values);
    *share = (struct avt_share){0};
}

/* Everything at the size of the share. */
struct work {
    struct avt_image *own;           /* a reduced copy, if the picture is larger */
    const struct avt_image *image;
    struct avt_image *person, *ground; /* colours that go on beyond the edge; alpha: how much they vary */
    uint8_t *known;                  /* [pixels] AVT_KNOWN_... */
    uint8_t *weight;                 /* [pixels] scratch */
    uint8_t *said;                   /* [pixels] the share as it was */
    uint8_t *telling;                /* [pixels] how far the colours are to be believed */
    uint8_t *cover;                  /* [pixels] how much of a pixel's colour is the person's, as far as they are */
    float *share;                    /* borrowed */
    size_t count;
};

static void work_done(struct work *work)
{
    avt_image_free(work->own);
    avt_image_free(work->person);
    avt_image_free(work->ground);
    avt_free(work->known);
    avt_free(work->weight);
    avt_free(work->said);
    avt_free(work->telling);
    avt_free(work->cover);
}

static enum avt_code work_init(struct work *work, const struct avt_image *image,
                               const struct avt_share *share, struct avt_error *reterr)
{
    int width = share->width, height = share->height;
    work->count = (size_t)width * (size_t)height;
    work->share = share->values;
    work->image = image;
    enum avt_code code = avt_image_new(width, height, &work->person, reterr);
    if (code == AVT_OK)
        code = avt_image_new(width, height, &work->ground, reterr);
    if (code == AVT_OK && (image->width != width || image->height != height)) {
        code = avt_image_new(width, height, &work->own, reterr);
        if (code == AVT_OK)
            avt_image_resize(image, 0, 0, image->width, image->height, work->own);
        work->image = work->own;
    }
    work->known = avt_try_new0(uint8_t, work->count);
    work->weight = avt_try_new0(uint8_t, work->count);
    work->said = avt_try_new0(uint8_t, work->count);
    work->telling = avt_try_new0(uint8_t, work->count);
    work->cover = avt_try_new0(uint8_t, work->count);
    if (code == AVT_OK && (!work->known || !work->weight || !work->said || !work->telling || !work->cover))
        code = avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to cut the person out");
    return code;
}

/* The colours of one side, spread over the whole picture from where it is certain. */
static enum avt_code spread(struct work *work, uint8_t side, struct avt_image *out,
                            struct avt_error *reterr)
{
    for (size_t i = 0; i < work->count; i++)
        work->weight[i] = work->known[i] == side ? 255 : 0;
    return avt_spread_colours(work->image, work->weight, out, reterr);
}

static float apart(const uint8_t *a, const uint8_t *b)
{
    float sum = 0;
    for (int c = 0; c < 3; c++)
        sum += (float)((a[c] - b[c]) * (a[c] - b[c]));
    return sqrtf(sum);
}

/* How much the colours of one side vary around where they were spread to, into the alpha of `side_image`. */
static enum avt_code vary(struct work *work, uint8_t side, struct avt_image *side_image,
                          struct avt_error *reterr)
{
    int width = side_image->width, height = side_image->height;
    AVT_CLEANUP(avt_image_freep) struct avt_image *off = NULL, *spread_off = NULL;
    enum avt_code code = avt_image_new(width, height, &off, reterr);
    if (code == AVT_OK)
        code = avt_image_new(width, height, &spread_off, reterr);
    if (code != AVT_OK)
        return code;
    for (int y = 0; y < height; y++) {
        const uint8_t *seen = avt_image_row(work->image, y), *mean = avt_image_row(side_image, y);
        uint8_t *out = avt_image_row(off, y);
        for (int x = 0; x < width; x++)
            out[4 * x] = (uint8_t)fminf(255, apart(seen + 4 * (size_t)x, mean + 4 * (size_t)x));
    }
    for (size_t i = 0; i < work->count; i++)
        work->weight[i] = work->known[i] == side ? 255 : 0;
    code = avt_spread_colours(off, work->weight, spread_off, reterr);
    for (int y = 0; code == AVT_OK && y < height; y++) {
        const uint8_t *from = avt_image_row(spread_off, y);
        uint8_t *to = avt_image_row(side_image, y);
        for (int x = 0; x < width; x++)
            to[4 * x + 3] = from[4 * x];
    }
    return code;
}

/* What the network is sure of stays, whatever the colours say. */
static float hold(float alpha, float share)
{
    float low = step_between(SURE_LOW, SURE_ALL, share), high = step_between(SURE_NONE, SURE_HIGH, share);
    return within(low, alpha, high > low ? high : low);
}

/* What a pixel's colour says, where it says something, and else what the network said; within what the network
 * leaves open. */
static float decide(const uint8_t *seen, const uint8_t *person, const uint8_t *ground, float share,
                    float *ret_telling, float *ret_cover)
{
    float distance = apart(person, ground);
    float telling = step_between(TELLING_FROM, TELLING_FULL,
                                 distance / (NOISE + (float)person[3] + (float)ground[3]));
    float guess = step_between(GUESS_NONE, GUESS_ALL, share);
    *ret_telling = telling;
    float along = 0;
    for (int c = 0; c < 3; c++)
        along += (float)((seen[c] - ground[c]) * (person[c] - ground[c]));
    float by_colour = distance > 1 ? within(0, along / (distance * distance), 1) : guess;
    float alpha = guess + telling * (by_colour - guess);
    *ret_cover = 1 + telling * (by_colour - 1);
    return hold(alpha, share);
}

static void decide_all(struct work *work)
{
    int width = work->image->width;
    for (size_t i = 0; i < work->count; i++) {
        int y = (int)(i / (size_t)width);
        size_t at = 4 * (i % (size_t)width);
        float telling = 1, cover = 1;
        work->said[i] = (uint8_t)(255 * work->share[i] + .5f);
        if (work->known[i] == AVT_KNOWN_NOT)
            work->share[i] = decide(avt_image_row(work->image, y) + at, avt_image_row(work->person, y) + at,
                                    avt_image_row(work->ground, y) + at, work->share[i], &telling, &cover);
        else
            work->share[i] = work->known[i] == AVT_KNOWN_PERSON ? 1 : 0;
        work->telling[i] = (uint8_t)(255 * telling + .5f);
        work->cover[i] = (uint8_t)(255 * cover + .5f);
    }
}

static void settle(struct work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        float telling = LEAST_TELLING + (1 - LEAST_TELLING) * (float)work->telling[i] / 255;
        float said = (float)work->said[i] / 255, guess = step_between(GUESS_NONE, GUESS_ALL, said);
        float mixed = hold(guess + telling * (work->share[i] - guess), said);
        float alpha = within(0, (mixed - VEIL_LOW) / (VEIL_HIGH - VEIL_LOW), 1);
        uint8_t known = work->known[i];
        work->share[i] = known == AVT_KNOWN_PERSON ? 1 : known == AVT_KNOWN_GROUND ? 0 : alpha;
        /* For the colours that are seen now: from closer to the edge than before, but not from where the network
         * overrules colours of the ground. */
        bool own = work->share[i] >= 1 && work->cover[i] >= OWN_COLOUR;
        work->known[i] = own                   ? AVT_KNOWN_PERSON
                         : work->share[i] <= 0 ? AVT_KNOWN_GROUND
                                               : AVT_KNOWN_NOT;
    }
}

static enum avt_code find_edges(struct work *work, const struct avt_share *share, struct avt_error *reterr)
{
    enum avt_code code = avt_know(share, BAND_INSIDE * share->reach, BAND_OUTSIDE * share->reach, work->known, reterr);
    if (code == AVT_OK)
        code = spread(work, AVT_KNOWN_PERSON, work->person, reterr);
    if (code == AVT_OK)
        code = spread(work, AVT_KNOWN_GROUND, work->ground, reterr);
    if (code == AVT_OK)
        code = vary(work, AVT_KNOWN_PERSON, work->person, reterr);
    if (code == AVT_OK)
        code = vary(work, AVT_KNOWN_GROUND, work->ground, reterr);
    if (code != AVT_OK)
        return code;
    avt_smooth(share->width, share->height, (int)roundf(SMOOTH * share->reach), work->share);
    decide_all(work);
    int radius = (int)fmaxf(2, roundf(share->reach));
    code = avt_guided_filter(work->image, radius, work->share, reterr);
    settle(work);
    if (code == AVT_OK)
        code = spread(work, AVT_KNOWN_PERSON, work->person, reterr);
    return code == AVT_OK ? spread(work, AVT_KNOWN_GROUND, work->ground, reterr) : code;
}

/* The alpha of the edges into the ground's, and how much of the colours is the person's into the person's: like these
 * they can be enlarged. */
static void alpha_into(struct work *work)
{
    int width = work->person->width;
    for (size_t i = 0; i < work->count; i++) {
        int y = (int)(i / (size_t)width);
        size_t at = 4 * (i % (size_t)width);
        uint8_t *pixel = avt_image_row(work->ground, y) + at, *cover = avt_image_row(work->person, y) + at;
        pixel[3] = (uint8_t)(255 * work->share[i] + .5f);
        cover[3] = work->cover[i] < pixel[3] ? work->cover[i] : pixel[3];
    }
}

/* Bilinear, at a place in pixels of `image` whose centres are whole numbers. */
static void sample(const struct avt_image *image, float x, float y, float ret_pixel[4])
{
    int x0 = (int)x, y0 = (int)y;
    float fx = x - (float)x0, fy = y - (float)y0;
    size_t right = x0 + 1 < image->width ? 4 : 0;
    const uint8_t *upper = avt_image_row(image, y0) + 4 * (size_t)x0;
    const uint8_t *lower = y0 + 1 < image->height ? upper + image->stride : upper;
    for (size_t c = 0; c < 4; c++) {
        float a = (float)upper[c] + fx * (float)(upper[right + c] - upper[c]);
        float b = (float)lower[c] + fx * (float)(lower[right + c] - lower[c]);
        ret_pixel[c] = a + fy * (b - a);
    }
}

static float place_in(int at, int size, int small_size)
{
    float place = ((float)at + .5f) * (float)small_size / (float)size - .5f;
    return within(0, place, (float)(small_size - 1));
}

/* What is seen is a mixture of both: taking away the ground's part leaves the person's colour, the more exactly the
 * larger that person's part is. Of a small part it is what the person looks like nearby. */
static void free_colour(uint8_t *pixel, const float own[4], const float old[4], float cover)
{
    if (cover >= 1)
        return;
    float trust = cover * cover;
    for (int c = 0; c < 3; c++) {
        float freed = cover > 0 ? ((float)pixel[c] - (1 - cover) * old[c]) / cover : own[c];
        pixel[c] = (uint8_t)(own[c] + trust * (within(0, freed, 255) - own[c]) + .5f);
    }
}

static void put_alpha(const struct work *work, struct avt_image *image)
{
    const struct avt_image *person = work->person, *ground = work->ground;
    for (int y = 0; y < image->height; y++) {
        uint8_t *pixel = avt_image_row(image, y);
        float small_y = place_in(y, image->height, person->height);
        for (int x = 0; x < image->width; x++, pixel += 4) {
            if (!work->own && avt_image_row(person, y)[4 * x + 3] == 255) { /* most of the person */
                pixel[3] = 255;
                continue;
            }
            float own[4], old[4], small_x = place_in(x, image->width, person->width);
            sample(ground, small_x, small_y, old);
            pixel[3] = (uint8_t)(old[3] + .5f);
            sample(person, small_x, small_y, own);
            free_colour(pixel, own, old, own[3] / 255);
        }
    }
}

/* The picture itself wherever the person is not. */
static struct avt_image *take_ground(struct work *work)
{
    int width = work->ground->width;
    for (size_t i = 0; i < work->count; i++) {
        int y = (int)(i / (size_t)width);
        size_t at = 4 * (i % (size_t)width);
        uint8_t *pixel = avt_image_row(work->ground, y) + at;
        if (work->known[i] == AVT_KNOWN_GROUND)
            memcpy(pixel, avt_image_row(work->image, y) + at, 3);
        pixel[3] = 255;
    }
    return AVT_TAKE(work->ground);
}

enum avt_code avt_cutout(struct avt_image *image, struct avt_share *share, struct avt_image **ret_ground,
                         struct avt_error *reterr)
{
    avt_assert(image && share && share->values && share->width <= image->width && share->height <= image->height);
    AVT_CLEANUP(work_done) struct work work = {0};
    enum avt_code code = work_init(&work, image, share, reterr);
    if (code == AVT_OK)
        code = find_edges(&work, share, reterr);
    if (code != AVT_OK)
        return code;
    alpha_into(&work);
    AVT_CLEANUP(avt_image_freep) struct avt_image *ground = NULL;
    if (ret_ground && !work.own) {
        /* The picture is about to change. */
        code = avt_image_copy(image, &ground, reterr);
        if (code != AVT_OK)
            return code;
        work.image = ground;
    }
    put_alpha(&work, image);
    if (ret_ground)
        *ret_ground = take_ground(&work);
    return AVT_OK;
}

/* ---- one picture after another ---------------------------------------------------------------- */

struct avt_cutter {
    int width, height;
    struct avt_share share;
    struct avt_image *last;  /* the picture before as it was, with the alpha that was found for it */
    struct avt_image *small; /* the same at the share's size, without */
    float *steady;           /* [share] of the picture before */
    float *places;           /* [width] where in the share each column lies */
    uint8_t *kind;           /* [share] of this picture: AVT_KNOWN_..., known only where all around is so too */
    bool begun;
};

enum avt_code avt_cutter_new(int width, int height, struct avt_cutter **ret_cutter, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_cutter_freep) struct avt_cutter *cutter = avt_new0(struct avt_cutter, 1);
    cutter->width = width;
    cutter->height = height;
    enum avt_code code = share_init(width, height, AVT_CUTTER_PIXELS_MAX, &cutter->share, reterr);
    if (code == AVT_OK)
        code = avt_image_new(width, height, &cutter->last, reterr);
    if (code == AVT_OK)
        code = avt_image_new(cutter->share.width, cutter->share.height, &cutter->small, reterr);
    if (code != AVT_OK)
        return code;
    size_t count = (size_t)cutter->share.width * (size_t)cutter->share.height;
    cutter->steady = avt_new0(float, count);
    cutter->kind = avt_new0(uint8_t, count);
    cutter->places = avt_new0(float, (size_t)width);
    for (int x = 0; x < width; x++)
        cutter->places[x] = place_in(x, width, cutter->share.width);
    *ret_cutter = AVT_TAKE(cutter);
    return AVT_OK;
}

void avt_cutter_free(struct avt_cutter *cutter)
{
    if (!cutter)
        return;
    avt_share_done(&cutter->share);
    avt_image_free(cutter->last);
    avt_image_free(cutter->small);
    avt_free(cutter->steady);
    avt_free(cutter->kind);
    avt_free(cutter->places);
    avt_free(cutter);
}

struct avt_share *avt_cutter_share(struct avt_cutter *cutter)
{
    return &cutter->share;
}

/* How much of what is newly found at a pixel is taken. */
static float news_of(const uint8_t *now, const uint8_t *before)
{
    return NEWS + (1 - NEWS) * step_between(SAME_COLOUR, OTHER_COLOUR, apart(now, before));
}

/* The share of what looks as it did keeps near what it was. */
static void steady_share(struct avt_cutter *cutter, const struct avt_image *small)
{
    float *values = cutter->share.values, *steady = cutter->steady;
    for (int y = 0; y < small->height; y++, values += small->width, steady += small->width) {
        const uint8_t *now = avt_image_row(small, y);
        uint8_t *before = avt_image_row(cutter->small, y);
        for (int x = 0; x < small->width; x++) {
            if (cutter->begun)
                values[x] = steady[x] + news_of(now + 4 * (size_t)x, before + 4 * (size_t)x) * (values[x] - steady[x]);
            steady[x] = values[x];
        }
        memcpy(before, now, 4 * (size_t)small->width);
    }
}

/* Where enlarging cannot bring in anything else. */
static void find_kinds(struct avt_cutter *cutter, const struct work *work)
{
    int width = cutter->share.width, height = cutter->share.height;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            uint8_t kind = work->known[y * width + x];
            for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < height; v++)
                for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < width; u++)
                    kind = work->known[v * width + u] == kind ? kind : AVT_KNOWN_NOT;
            cutter->kind[y * width + x] = kind;
        }
    }
}

/* What the picture's own pixel says beyond its reduced copy, of which the alpha is: the way from the ground's colour to
 * the person's that it is off. `small`: the copy, with how far colours are to be believed. */
static float finer(const uint8_t *pixel, const float own[4], const float old[4], const float small[4])
{
    float along = 0, square = 0;
    for (int c = 0; c < 3; c++) {
        float way = own[c] - old[c];
        along += ((float)pixel[c] - small[c]) * way;
        square += way * way;
    }
    return square > NOISE * NOISE ? small[3] / 255 * along / square : 0;
}

/* A pixel at the edge. */
static void put_edge(const struct work *work, float small_x, float small_y, const uint8_t *before, bool begun,
                     uint8_t *pixel)
{
    float own[4], old[4], small[4];
    sample(work->person, small_x, small_y, own);
    sample(work->ground, small_x, small_y, old);
    sample(work->own, small_x, small_y, small);
    float alpha = old[3] / 255, open = within(0, 10 * alpha * (1 - alpha), 1);
    float more = open * finer(pixel, own, old, small);
    float cover = within(0, own[3] / 255 + more, 1);
    alpha = within(0, alpha + more, 1);
    if (begun)
        alpha = (float)before[3] / 255 + news_of(pixel, before) * (alpha - (float)before[3] / 255);
    free_colour(pixel, own, old, fminf(cover, alpha));
    pixel[3] = (uint8_t)(255 * alpha + .5f);
}

static void put_row(struct avt_cutter *cutter, const struct work *work, int y, uint8_t *pixel, uint8_t *before)
{
    int small_width = cutter->share.width;
    float small_y = place_in(y, cutter->height, cutter->share.height);
    const uint8_t *kinds = cutter->kind + (size_t)(small_y + .5f) * (size_t)small_width;
    const uint8_t *colours = avt_image_row(work->person, (int)(small_y + .5f));
    for (int x = 0; x < cutter->width; x++, pixel += 4, before += 4) {
        float small_x = cutter->places[x];
        int near = (int)(small_x + .5f);
        uint8_t seen[4];
        memcpy(seen, pixel, sizeof(seen));
        if (kinds[near] == AVT_KNOWN_PERSON) {
            pixel[3] = 255;
        } else if (kinds[near] == AVT_KNOWN_GROUND) {
            memcpy(pixel, colours + 4 * (size_t)near, 3);
            pixel[3] = 0;
        } else {
            put_edge(work, small_x, small_y, before, cutter->begun, pixel);
        }
        seen[3] = pixel[3];
        memcpy(before, seen, sizeof(seen));
    }
}

static void telling_into(struct work *work)
{
    int width = work->own->width;
    for (size_t i = 0; i < work->count; i++)
        avt_image_row(work->own, (int)(i / (size_t)width))[4 * (i % (size_t)width) + 3] = work->telling[i];
}

enum avt_code avt_cutter_run(struct avt_cutter *cutter, const struct avt_image *reduced, struct avt_image *image,
                             struct avt_image **ret_ground, struct avt_error *reterr)
{
    avt_assert(cutter && reduced && image && image->width == cutter->width && image->height == cutter->height);
    AVT_CLEANUP(work_done) struct work work = {0};
    enum avt_code code = work_init(&work, reduced, &cutter->share, reterr);
    /* The picture is about to change. */
    if (code == AVT_OK && !work.own)
        code = avt_image_copy(reduced, &work.own, reterr);
    if (code != AVT_OK)
        return code;
    work.image = work.own;
    steady_share(cutter, work.own);
    code = find_edges(&work, &cutter->share, reterr);
    if (code != AVT_OK)
        return code;
    find_kinds(cutter, &work);
    alpha_into(&work);
    telling_into(&work);
    for (int y = 0; y < image->height; y++)
        put_row(cutter, &work, y, avt_image_row(image, y), avt_image_row(cutter->last, y));
    cutter->begun = true;
    if (ret_ground)
        *ret_ground = take_ground(&work);
    return AVT_OK;
}
