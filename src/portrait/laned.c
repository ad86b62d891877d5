/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/laned.h"

#include "os/proc.h"

#ifdef AVT_HAVE_LANED_AVX2
#define CHOOSE(name) (avt_cpu_has_avx2() ? name##_avx2 : name##_plain)
#else
#define CHOOSE(name) name##_plain
#endif

void avt_raster_tile(const struct avt_raster *raster, struct avt_tile *tile, int index)
{
    CHOOSE(avt_raster_tile)(raster, tile, index);
}

void avt_shade_skin(const void *scene, struct avt_batch *batch)
{
    CHOOSE(avt_shade_skin)(scene, batch);
}

void avt_shade_stuff(const void *stuff, struct avt_batch *batch)
{
    CHOOSE(avt_shade_stuff)(stuff, batch);
}

void avt_shade_mouth(const void *mouth, struct avt_batch *batch)
{
    CHOOSE(avt_shade_mouth)(mouth, batch);
}

void avt_strand_rows_some(void *work, int worker, int first, int end)
{
    CHOOSE(avt_strand_rows_some)(work, worker, first, end);
}

void avt_lens_row(const uint8_t *const rows[3], int width, uint8_t *out)
{
    CHOOSE(avt_lens_row)(rows, width, out);
}
