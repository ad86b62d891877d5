/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/conv1d.h"

#include <stdatomic.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* Tiles that go through all steps together. Spectra and products of 128 channels are 1.2 MB each
 * then: small enough for the last level of the cache, and the weights' spectra (3 MB) are read that
 * seldom. A count of blocks that two and four threads can share evenly. */
enum { BLOCK_TILES_MAX = 8 * AVT_TILE_GROUP, BLOCKS_MULTIPLE = 4 };

struct avt_conv1d {
    struct avt_conv1d_shape shape;
    float values[256]; /* of each byte, over AVT_TILE, which the inverse transform leaves out */
    uint8_t *packed;   /* [out / AVT_PANEL, in, taps, AVT_PANEL] */
    float *bias;
};

bool avt_conv1d_supports(const struct avt_conv1d_shape *shape)
{
    return shape->in >= AVT_LANES && shape->in % AVT_LANES == 0 && shape->out >= AVT_PANEL &&
           shape->out % AVT_PANEL == 0 && shape->in <= AVT_CONV1D_PAIRS_MAX / shape->out &&
           shape->taps >= AVT_CONV1D_TAPS_MIN && shape->taps <= AVT_CONV1D_TAPS_MAX &&
           shape->dilation >= 1 && shape->dilation <= AVT_CONV1D_DILATION_MAX &&
           shape->pad_begin <= AVT_CONV1D_PAD_MAX && shape->pad_end <= AVT_CONV1D_PAD_MAX;
}

static void pack(struct avt_conv1d *conv, const uint8_t *bytes)
{
    size_t in = conv->shape.in, taps = conv->shape.taps;
    for (size_t o = 0; o < conv->shape.out; o++) {
        const uint8_t *from = bytes + o * in * taps;
        uint8_t *to = conv->packed + o / AVT_PANEL * in * taps * AVT_PANEL + o % AVT_PANEL;
        for (size_t i = 0; i < in * taps; i++)
            to[i * AVT_PANEL] = from[i];
    }
}

struct avt_conv1d *avt_conv1d_new(const struct avt_conv1d_shape *shape,
                                  const struct avt_conv1d_bytes *bytes, const float *bias)
{
    avt_assert(avt_conv1d_supports(shape));
    AVT_CLEANUP(avt_conv1d_freep) struct avt_conv1d *conv = avt_new0(struct avt_conv1d, 1);
    conv->shape = *shape;
    for (int b = 0; b < 256; b++)
        conv->values[b] = (float)(b - bytes->zero) * bytes->scale / AVT_TILE;
    conv->packed = avt_try_new0(uint8_t, shape->in * shape->out * shape->taps);
    conv->bias = avt_try_new0(float, shape->out);
    if (!conv->packed || !conv->bias)
        return NULL;
    pack(conv, bytes->data);
    if (bias)
        memcpy(conv->bias, bias, shape->out * sizeof(float));
    return AVT_TAKE(conv);
}

void avt_conv1d_free(struct avt_conv1d *conv)
{
    if (!conv)
        return;
    avt_free(conv->packed);
    avt_free(conv->bias);
    avt_free(conv);
}

size_t avt_conv1d_output_length(const struct avt_conv1d *conv, size_t length)
{
    const struct avt_conv1d_shape *shape = &conv->shape;
    size_t padded = length + shape->pad_begin + shape->pad_end;
    size_t reach = shape->dilation * (shape->taps - 1);
    return padded > reach ? padded - reach : 0;
}

/*
 * A dilation of d makes d convolutions of every d-th sample, each cut into tiles of its own. Tile t
 * is number t / d of phase t % d: so neighbours read and write the same lines of the cache.
 */
struct job {
    const struct avt_conv1d *conv;
    const struct avt_kernels *kernels;
    const struct avt_workers *workers;
    const float *x;
    float *y;
    size_t length, out_length;
    size_t tile_outputs, tile_count, block_tiles;
    float *weights;        /* [AVT_POINTS][out / AVT_PANEL, in, AVT_PANEL] */
    size_t weights_stride; /* from point to point */
    atomic_bool failed;
};

static void weights_task(void *arg, size_t panel)
{
    const struct job *job = arg;
    const struct avt_conv1d *conv = job->conv;
    size_t in = conv->shape.in, taps = conv->shape.taps;
    job->kernels->spread_weights(conv->packed + panel * in * taps * AVT_PANEL, conv->values, in,
                                 taps, job->weights + panel * in * AVT_PANEL, job->weights_stride);
}

/* The first output of a tile; its others follow `dilation` apart. */
static size_t tile_start(const struct job *job, size_t tile)
{
    size_t dilation = job->conv->shape.dilation;
    return tile % dilation + tile / dilation * dilation * job->tile_outputs;
}

/* AVT_TILE samples from `at` on, `step` apart; zeros outside of the row. */
static void copy_samples(const float *row, size_t length, ptrdiff_t at, size_t step,
                         float ret_samples[AVT_TILE])
{
    if (at >= 0 && (size_t)at + (AVT_TILE - 1) * step < length) {
        for (size_t s = 0; s < AVT_TILE; s++)
            ret_samples[s] = row[(size_t)at + s * step];
        return;
    }
    for (size_t s = 0; s < AVT_TILE; s++, at += (ptrdiff_t)step)
        ret_samples[s] = at >= 0 && (size_t)at < length ? row[at] : 0.0f;
}

static float *points_of(const struct avt_points *points, size_t tile)
{
    return points->data + tile / AVT_TILE_GROUP * points->group_stride +
           tile % AVT_TILE_GROUP * points->channels;
}

static void spread_one(const struct job *job, size_t tile, float *spectra, size_t point_stride)
{
    const struct avt_conv1d_shape *shape = &job->conv->shape;
    float copies[AVT_LANES][AVT_TILE];
    ptrdiff_t at = (ptrdiff_t)tile_start(job, tile) - (ptrdiff_t)shape->pad_begin;
    bool in_place = shape->dilation == 1 && at >= 0 && (size_t)at + AVT_TILE <= job->length;
    for (size_t channel = 0; channel < shape->in; channel += AVT_LANES) {
        const float *rows[AVT_LANES];
        for (size_t c = 0; c < AVT_LANES; c++) {
            const float *row = job->x + (channel + c) * job->length;
            rows[c] = in_place ? row + at : copies[c];
            if (!in_place)
                copy_samples(row, job->length, at, shape->dilation, copies[c]);
        }
        job->kernels->spread_tile(rows, spectra + channel, point_stride);
    }
}

/* `count` neighbouring samples in pieces of one register, the last laid over the one before. */
static void copy_outputs(const float *samples, size_t count, float *to)
{
    for (size_t i = 0; i < count; i += AVT_LANES) {
        size_t at = i + AVT_LANES <= count ? i : count - AVT_LANES;
        memcpy(to + at, samples + at, AVT_LANES * sizeof(float));
    }
}

static void gather_one(const struct job *job, size_t tile, const float *products,
                       size_t point_stride)
{
    const struct avt_conv1d_shape *shape = &job->conv->shape;
    size_t start = tile_start(job, tile), step = shape->dilation;
    if (start >= job->out_length)
        return;
    size_t left = (job->out_length - start - 1) / step + 1;
    size_t count = left < job->tile_outputs ? left : job->tile_outputs;
    for (size_t channel = 0; channel < shape->out; channel += AVT_LANES) {
        float rows[AVT_LANES][AVT_TILE];
        job->kernels->gather_tile(products + channel, point_stride, job->conv->bias + channel,
                                  rows);
        for (size_t c = 0; c < AVT_LANES; c++) {
            float *to = job->y + (channel + c) * job->out_length + start;
            if (step == 1 && count >= AVT_LANES)
                copy_outputs(rows[c], count, to);
            else
                for (size_t i = 0; i < count; i++)
                    to[i * step] = rows[c][i];
        }
    }
}

/* Room for the points of one block; returns its size in floats. */
static size_t lay_out(const struct job *job, size_t channels, struct avt_points *ret_points)
{
    ret_points->channels = channels;
    ret_points->point_stride = channels * AVT_TILE_GROUP + AVT_POINT_PAD;
    ret_points->group_stride = ret_points->point_stride * AVT_POINTS;
    return ret_points->group_stride * (job->block_tiles / AVT_TILE_GROUP);
}

static void block_task(void *arg, size_t block)
{
    struct job *job = arg;
    const struct avt_conv1d_shape *shape = &job->conv->shape;
    struct avt_points spectra, products;
    size_t spectra_size = lay_out(job, shape->in, &spectra);
    size_t products_size = lay_out(job, shape->out, &products);
    size_t first = block * job->block_tiles, left = job->tile_count - first;
    size_t tiles = left < job->block_tiles ? left : job->block_tiles;
    spectra.data =
        job->workers->take(job->workers->user, (spectra_size + products_size) * sizeof(float));
    if (!spectra.data) {
        atomic_store(&job->failed, true);
        return;
    }
    products.data = spectra.data + spectra_size;
    for (size_t t = 0; t < tiles; t++)
        spread_one(job, first + t, points_of(&spectra, t), spectra.point_stride);
    for (size_t point = 0; point < AVT_POINTS; point++) {
        const float *weights = job->weights + point * job->weights_stride;
        for (size_t o = 0; o < shape->out; o += AVT_PANEL)
            job->kernels->multiply(&spectra, &products, point, tiles, weights + o * shape->in, o);
    }
    for (size_t t = 0; t < tiles; t++)
        gather_one(job, first + t, points_of(&products, t), products.point_stride);
    job->workers->give(job->workers->user, spectra.data);
}

/* Into how many blocks the tiles go, all of about the same size. */
static size_t plan_blocks(struct job *job)
{
    size_t blocks = (job->tile_count + BLOCK_TILES_MAX - 1) / BLOCK_TILES_MAX;
    blocks = (blocks + BLOCKS_MULTIPLE - 1) / BLOCKS_MULTIPLE * BLOCKS_MULTIPLE;
    size_t even = (job->tile_count + blocks - 1) / blocks;
    job->block_tiles = (even + AVT_TILE_GROUP - 1) / AVT_TILE_GROUP * AVT_TILE_GROUP;
    return (job->tile_count + job->block_tiles - 1) / job->block_tiles;
}

bool avt_conv1d_run(const struct avt_conv1d *conv, const struct avt_kernels *kernels,
                    const struct avt_workers *workers, const float *x, size_t length, float *y)
{
    const struct avt_conv1d_shape *shape = &conv->shape;
    struct job job = {.conv = conv,
                      .kernels = kernels,
                      .workers = workers,
                      .x = x,
                      .y = y,
                      .length = length,
                      .out_length = avt_conv1d_output_length(conv, length),
                      .tile_outputs = AVT_TILE - shape->taps + 1};
    if (job.out_length == 0)
        return true;
    size_t phase_outputs = (job.out_length + shape->dilation - 1) / shape->dilation;
    size_t phase_tiles = (phase_outputs + job.tile_outputs - 1) / job.tile_outputs;
    job.tile_count = phase_tiles * shape->dilation;
    size_t blocks = plan_blocks(&job);
    job.weights_stride = shape->in * shape->out + AVT_POINT_PAD;
    job.weights = workers->take(workers->user, job.weights_stride * AVT_POINTS * sizeof(float));
    if (!job.weights)
        return false;
    bool done = workers->run(workers->user, weights_task, shape->out / AVT_PANEL, &job) &&
                workers->run(workers->user, block_task, blocks, &job);
    workers->give(workers->user, job.weights);
    return done && !atomic_load(&job.failed);
}
