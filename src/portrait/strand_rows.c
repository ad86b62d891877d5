/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/strand_rows.h"

#include <string.h>

#include "base/mem.h"
#include "portrait/lanes.h"
#include "portrait/vec.h"

enum { AT_ONCE = 64 };

enum avt_code avt_strand_rows_init(struct avt_strand_rows *rows, const struct avt_strands *strands,
                                   const float (*lit)[AVT_LIT_COUNT], struct avt_error *reterr)
{
    size_t points = strands->points, padded = (points + AVT_LANES8 - 1) / AVT_LANES8 * AVT_LANES8;
    *rows = (struct avt_strand_rows){.strands = strands, .padded = padded};
    rows->rows = avt_try_new0(float, strands->count * AVT_STRAND_ROWS * padded + 1);
    if (!rows->rows)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    for (size_t i = 0; i < strands->count; i++)
        for (size_t k = 0; k < padded; k++) {
            size_t from = i * points + (k < points ? k : points - 1);
            float *to = rows->rows + i * AVT_STRAND_ROWS * padded + k;
            to[AVT_STRAND_ROW_PLACE * padded] = strands->at[from].x;
            to[(AVT_STRAND_ROW_PLACE + 1) * padded] = strands->at[from].y;
            to[(AVT_STRAND_ROW_PLACE + 2) * padded] = strands->at[from].z;
            to[AVT_STRAND_ROW_FOLLOW * padded] = strands->follow ? strands->follow[from] : 1;
            for (size_t c = 0; c < AVT_LIT_COUNT; c++)
                to[(AVT_STRAND_ROW_LIT + c) * padded] = lit[from][c];
        }
    return AVT_OK;
}

void avt_strand_rows_done(struct avt_strand_rows *rows)
{
    avt_free(rows->rows);
    *rows = (struct avt_strand_rows){0};
}

/* How many points on from `p` a straight piece may end, of `left`: those it passes lie near it. */
static size_t run_of(const struct avt_point3 *p, size_t left, float straight)
{
    size_t run = 1;
    for (; run < left && run < AVT_STRAND_RUN_MAX; run++) {
        struct avt_point3 whole = avt_vec_sub(p[run + 1], p[0]);
        float square = avt_max(avt_vec_dot(whole, whole), 1e-12f);
        for (size_t k = 1; k <= run; k++) {
            struct avt_point3 part = avt_vec_sub(p[k], p[0]);
            float t = avt_min(avt_max(avt_vec_dot(part, whole) / square, 0), 1);
            struct avt_point3 off = avt_vec_along(part, -t, whole);
            if (avt_vec_dot(off, off) > straight * straight)
                return run;
        }
    }
    return run;
}

void avt_strand_rows_runs(const struct avt_strands *strands, size_t stride, float straight, uint8_t *ret_wanted)
{
    size_t points = strands->points;
    for (size_t n = 0; n * stride < strands->count; n++) {
        uint8_t *wanted = ret_wanted + n * points;
        memset(wanted, 0, points);
        for (size_t k = 0; k + 1 < points; k += wanted[k])
            wanted[k] = (uint8_t)run_of(strands->at + n * stride * points + k, points - 1 - k, straight);
    }
}

void avt_strand_rows_pose(const struct avt_strand_rows *rows, const struct avt_strand_frame *frame,
                          struct avt_crew *crew, struct avt_strand_point *at)
{
    struct avt_strand_work work = {rows, frame, at};
    size_t count = (rows->strands->count + frame->stride - 1) / frame->stride;
    avt_crew_run(crew, avt_strand_rows_some, &work, (int)count, AT_ONCE);
}
