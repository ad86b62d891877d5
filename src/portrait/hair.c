/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/mem.h"
#include "portrait/hair_parts.h"

/* Heights of the average head, crown to chin, cm. */
#define AVERAGE_HEAD_CM 21.3f

struct budget {
    size_t count, points;
    float radius; /* cm */
};

/* What is worn under something on the head: nothing is tied up high. */
static int style_of(const struct avt_attributes *attributes)
{
    int style = attributes->hair;
    if (attributes->headwear != AVT_HEADWEAR_CAP && attributes->headwear != AVT_HEADWEAR_BEANIE)
        return style;
    switch (style) {
    case AVT_HAIR_BUN:
    case AVT_HAIR_TOP_KNOT:
    case AVT_HAIR_PONYTAIL:
        return AVT_HAIR_CHIGNON;
    case AVT_HAIR_HALF_UP:
        return AVT_HAIR_LONG;
    case AVT_HAIR_QUIFF:
        return AVT_HAIR_SLICKED;
    default:
        return style;
    }
}

/* How many strands of how many points: about 150,000 points in all, drawn in some 15 ms. Curls need points, so they
 * get fewer, thicker strands; what is short needs few. */
static struct budget budget_of(const struct avt_hair *hair)
{
    static const struct budget FALLING[AVT_HAIR_TEXTURE_COUNT] = {
        {6000, 14, .047f}, {5600, 26, .049f}, {3800, 38, .050f}, {3600, 46, .050f}};
    static const struct budget SHORT[AVT_HAIR_TEXTURE_COUNT] = {
        {15000, 7, .027f}, {13000, 9, .028f}, {9000, 14, .033f}, {8000, 18, .034f}};
    int texture = hair->attributes->hair_texture;
    switch (hair->row.kind) {
    case AVT_HAIR_KIND_SHORT:
        if (hair->row.top < 1)
            return (struct budget){25000, 3, .046f};
        if (hair->row.top < 3 && texture < AVT_HAIR_CURLY)
            return (struct budget){18000, 5, .024f};
        return SHORT[texture];
    case AVT_HAIR_KIND_TIED:
        if (hair->style == AVT_HAIR_BRAID || hair->style == AVT_HAIR_BRAIDS)
            return (struct budget){4000, 42, .045f};
        return FALLING[texture];
    case AVT_HAIR_KIND_CORNROWS:
        return (struct budget){6600, 24, .034f};
    case AVT_HAIR_KIND_LOCS:
        return (struct budget){4600, 32, .048f};
    case AVT_HAIR_KIND_AFRO:
        return (struct budget){10500, 15, .041f};
    default:
        return FALLING[texture];
    }
}

static enum avt_code grow(struct avt_hair *hair, struct avt_error *reterr)
{
    switch (hair->row.kind) {
    case AVT_HAIR_KIND_SHORT:
        return avt_hair_short(hair, reterr);
    case AVT_HAIR_KIND_FALLING:
        return avt_hair_falling(hair, reterr);
    case AVT_HAIR_KIND_TIED:
        return avt_hair_tied(hair, reterr);
    case AVT_HAIR_KIND_CORNROWS:
        return avt_hair_cornrows(hair, reterr);
    case AVT_HAIR_KIND_LOCS:
        return avt_hair_locs(hair, reterr);
    case AVT_HAIR_KIND_AFRO:
        return avt_hair_afro(hair, reterr);
    default:
        return AVT_OK;
    }
}

static enum avt_code begin(struct avt_hair *hair, const struct avt_bust *bust, const struct avt_attributes *attributes,
                           struct avt_error *reterr)
{
    *hair = (struct avt_hair){.bust = bust, .attributes = attributes, .style = style_of(attributes)};
    hair->row = *avt_hair_row(hair->style);
    hair->unit = (bust->crown.y - bust->chin.y) / AVERAGE_HEAD_CM;
    hair->seed = (uint32_t)(attributes->seed * 0x9e3779b97f4a7c15ull >> 32) ^ 0x5eedc0deu;
    /* A side parting is on either side. */
    float way = hair->seed & 1 ? 1 : -1;
    hair->part_x = hair->row.part == AVT_PART_SIDE ? way * (hair->row.kind == AVT_HAIR_KIND_SHORT ? 4.2f : 2.6f) : 0;
    avt_hairline_make(attributes, &hair->line);
    struct budget budget = budget_of(hair);
    hair->capacity = budget.count;
    hair->points = budget.points;
    hair->radius = budget.radius;
    hair->at = avt_try_new0(struct avt_point3, budget.count * budget.points);
    hair->info = avt_try_new0(struct avt_hair_info, budget.count);
    hair->normals = avt_try_new0(struct avt_point3, bust->skin.vertex_count);
    if (!hair->at || !hair->info || !hair->normals)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    avt_mesh_normals(&bust->skin, bust->skin.points, hair->normals);
    return avt_hair_body_make(bust, &hair->body, reterr);
}

static void done(struct avt_hair *hair)
{
    avt_hair_body_done(&hair->body);
    avt_free(hair->normals);
    avt_free(hair->info);
    avt_free(hair->at);
}

enum avt_code avt_hair_grow(const struct avt_bust *bust, const struct avt_attributes *attributes,
                            struct avt_strands **ret_strands, struct avt_mesh *ret_under, struct avt_error *reterr)
{
    *ret_strands = NULL;
    *ret_under = (struct avt_mesh){0};
    bool covered = attributes->headwear == AVT_HEADWEAR_HIJAB || attributes->headwear == AVT_HEADWEAR_TURBAN;
    if (covered || avt_hair_row(attributes->hair)->kind == AVT_HAIR_KIND_NONE)
        return AVT_OK;
    struct avt_hair hair;
    enum avt_code code = begin(&hair, bust, attributes, reterr);
    if (code == AVT_OK)
        code = grow(&hair, reterr);
    if (code == AVT_OK)
        code = avt_hair_clump(&hair, reterr);
    if (code == AVT_OK) {
        avt_hair_curl(&hair);
        avt_hair_settle(&hair);
        code = avt_hair_under(&hair, ret_under, reterr);
    }
    if (code == AVT_OK)
        code = avt_hair_finish(&hair, ret_strands, reterr);
    if (code != AVT_OK)
        avt_mesh_done(ret_under);
    done(&hair);
    return code;
}
