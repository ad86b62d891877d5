/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/portrait.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/portrait_parts.h"
#include "portrait/scenery.h"
#include "portrait/vec.h"

/* ---- building ----------------------------------------------------------------------------------- */

void avt_portrait_free(struct avt_portrait *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->part_count; i++)
        avt_part_done(&p->parts[i]);
    for (int i = 0; i < AVT_PORTRAIT_STRANDS; i++) {
        avt_strands_free(p->strands[i].strands);
        avt_strand_rows_done(&p->strands[i].rows);
        avt_free(p->strands[i].at);
        avt_free(p->strands[i].wanted);
    }
    avt_mesh_done(&p->under);
    avt_mesh_done(&p->eyeball);
    for (int i = 0; i < 2; i++)
        avt_dentition_done(&p->teeth[i]);
    avt_wear_free(p->wear);
    avt_skin_map_done(&p->skin);
    avt_bust_free(p->bust);
    avt_image_free(p->scenery);
    avt_image_free(p->sharp);
    avt_free(p->ground);
    avt_raster_free(p->raster);
    avt_crew_free(p->crew);
    avt_free(p);
}

/* A part with its shader; its index. */
static enum avt_code add_part(struct avt_portrait *p, const struct avt_mesh *mesh, const struct avt_bust_move *moves,
                              avt_shader shader, const void *data, struct avt_error *reterr)
{
    avt_assert(p->part_count < AVT_PORTRAIT_PARTS_MAX);
    enum avt_code code = avt_part_init(&p->parts[p->part_count], mesh, moves, reterr);
    if (code == AVT_OK)
        p->paints[p->part_count++] = (struct avt_paint_job){.shader = shader, .data = data};
    return code;
}

/* Ears and the nose's wings are thin enough to let light through. */
static float thinness(struct avt_point3 p)
{
    float ear = avt_smoothstep(6.4f, 7.4f, fabsf(p.x)) * avt_smoothstep(-6, -4, p.y) * avt_smoothstep(3, 1, p.y);
    return .8f * ear;
}

/* The model's tongue fills the mouth; at rest it lies on its floor. cm. */
#define TONGUE_DOWN .50f
#define TONGUE_BACK .45f

static enum avt_code add_mouth(struct avt_portrait *p, struct avt_error *reterr)
{
    struct avt_bust *b = p->bust;
    enum avt_code code = AVT_OK;
    for (int i = 0; code == AVT_OK && i < 2; i++) {
        struct avt_dentition *teeth = &p->teeth[i];
        p->mouth[i] = (struct avt_shade_mouth){.scene = &p->scene, .part = AVT_MOUTH_TEETH, .tone = {.42f, .13f, .13f}};
        code = avt_dentition_make(b, i == 0, teeth, reterr);
        if (code == AVT_OK)
            code = add_part(p, &teeth->mesh, teeth->moves, avt_shade_mouth, &p->mouth[i], reterr);
        for (size_t k = 0; code == AVT_OK && k < teeth->mesh.vertex_count; k++) {
            float *vary = p->parts[p->part_count - 1].varyings[k];
            vary[AVT_VARY_LOCAL] = teeth->marks[k].x;
            vary[AVT_VARY_LOCAL + 1] = teeth->marks[k].y;
        }
    }
    for (size_t i = 0; i < b->tongue.vertex_count; i++) {
        b->tongue.points[i].y -= TONGUE_DOWN;
        b->tongue.points[i].z -= TONGUE_BACK;
    }
    p->mouth[2] = (struct avt_shade_mouth){.scene = &p->scene, .part = AVT_MOUTH_TONGUE, .tone = {.46f, .14f, .14f}};
    if (p->look == AVT_LOOK_TOON)
        memcpy(p->mouth[2].tone, (const float[3]){.66f, .21f, .20f}, sizeof(p->mouth[2].tone));
    return code == AVT_OK ? add_part(p, &b->tongue, b->tongue_moves, avt_shade_mouth, &p->mouth[2], reterr) : code;
}

static enum avt_code add_body(struct avt_portrait *p, struct avt_error *reterr)
{
    const struct avt_bust *b = p->bust;
    enum avt_code code = add_part(p, &b->skin, b->skin_moves, avt_shade_skin, &p->scene, reterr);
    if (code == AVT_OK)
        for (size_t i = 0; i < b->skin.vertex_count; i++) {
            float *vary = p->parts[0].varyings[i];
            memcpy(vary + AVT_VARY_LOCAL, &b->average[i], sizeof(b->average[i]));
            vary[AVT_VARY_EXTRA] = thinness(b->average[i]);
        }
    if (code == AVT_OK)
        code = add_mouth(p, reterr);
    if (code == AVT_OK)
        code = avt_eyeball_mesh(&p->eyeball, reterr);
    for (int side = 0; code == AVT_OK && side < 2; side++) {
        p->eyes[side] = (struct avt_shade_eye){.scene = &p->scene, .colour = p->attributes.eye_colour, .iris = .45f,
                                               .pupil = .17f, .seed = (uint32_t)p->attributes.seed};
        code = add_part(p, &p->eyeball, NULL, avt_shade_eye, &p->eyes[side], reterr);
    }
    return code;
}

static enum avt_code add_wear(struct avt_portrait *p, struct avt_error *reterr)
{
    enum avt_code code = avt_wear_new(p->bust, &p->attributes, &p->wear, reterr);
    for (size_t i = 0; code == AVT_OK && i < p->wear->count; i++) {
        const struct avt_piece *piece = &p->wear->pieces[i];
        p->stuff[i] = (struct avt_shade_stuff){.scene = &p->scene, .stuff = piece->stuff, .weave = piece->weave,
                                               .clear = piece->clear, .seed = (uint32_t)p->attributes.seed + 77};
        memcpy(p->stuff[i].colour, piece->colour, sizeof(piece->colour));
        code = add_part(p, &piece->mesh, NULL, avt_shade_stuff, &p->stuff[i], reterr);
        if (code != AVT_OK)
            break;
        p->paints[p->part_count - 1].see_through = piece->stuff == AVT_STUFF_LENS;
        p->paints[p->part_count - 1].two_sided = true;
        struct avt_part *part = &p->parts[p->part_count - 1];
        for (size_t k = 0; k < piece->mesh.vertex_count; k++) {
            float *vary = part->varyings[k];
            vary[AVT_VARY_LOCAL] = piece->mesh.uv ? piece->mesh.uv[k].x : 0;
            vary[AVT_VARY_LOCAL + 1] = piece->mesh.uv ? piece->mesh.uv[k].y : 0;
            vary[AVT_VARY_LOCAL + 2] = piece->shade ? piece->shade[k] : 1;
        }
    }
    return code;
}

static enum avt_code add_hair(struct avt_portrait *p, struct avt_error *reterr)
{
    const struct avt_attributes *a = &p->attributes;
    enum avt_code code = avt_hair_grow(p->bust, a, &p->strands[AVT_PORTRAIT_HAIR].strands, &p->under, reterr);
    if (code == AVT_OK)
        code = avt_brows_grow(p->bust, a, p->look, &p->strands[AVT_PORTRAIT_BROWS].strands, reterr);
    if (code == AVT_OK)
        code = avt_beard_grow(p->bust, a, &p->strands[AVT_PORTRAIT_BEARD].strands, reterr);
    for (int i = 0; code == AVT_OK && i < AVT_PORTRAIT_STRANDS; i++) {
        const struct avt_strands *strands = p->strands[i].strands;
        size_t count = strands ? strands->count * strands->points : 0;
        p->strands[i].at = avt_try_new0(struct avt_strand_point, count + 1);
        if (!p->strands[i].at)
            code = avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    }
    if (code == AVT_OK && p->under.triangle_count) {
        const struct avt_strands *hair = p->strands[AVT_PORTRAIT_HAIR].strands;
        p->cap = (struct avt_shade_stuff){.scene = &p->scene, .stuff = AVT_STUFF_CLOTH};
        for (int c = 0; c < 3; c++)
            p->cap.colour[c] = hair && hair->count ? .45f * hair->strands[0].colour[c] : .02f;
        code = add_part(p, &p->under, NULL, avt_shade_stuff, &p->cap, reterr);
        for (size_t i = 0; code == AVT_OK && i < p->under.vertex_count; i++)
            p->parts[p->part_count - 1].varyings[i][AVT_VARY_LOCAL + 2] = 1;
    }
    return code;
}

/* ---- light -------------------------------------------------------------------------------------- */

/* Every so manyth point of a strand is measured, the others lie between. */
enum { STRAND_STEP = 4 };

static size_t measured_points(const struct avt_strands *strands)
{
    return strands ? (strands->points + STRAND_STEP - 2) / STRAND_STEP + 1 : 0;
}

static size_t measured_at(const struct avt_strands *strands, size_t k)
{
    size_t at = k * STRAND_STEP;
    return at < strands->points - 1 ? at : strands->points - 1;
}

/* Light at all points from what was measured at some. */
static enum avt_code spread_light(const struct avt_strands *strands, const float (*measured)[AVT_LIT_COUNT],
                                  struct avt_strand_rows *ret_rows, struct avt_error *reterr)
{
    size_t some = measured_points(strands);
    float(*lit)[AVT_LIT_COUNT] = avt_try_alloc(strands->count * strands->points, sizeof(*lit));
    if (!lit)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the light of a presenter");
    for (size_t i = 0; i < strands->count; i++)
        for (size_t k = 0; k < strands->points; k++) {
            size_t low = k / STRAND_STEP, high = low + 1 < some ? low + 1 : low;
            size_t from = measured_at(strands, low), to = measured_at(strands, high);
            float t = to > from ? (float)(k - from) / (float)(to - from) : 0;
            for (int c = 0; c < AVT_LIT_COUNT; c++)
                lit[i * strands->points + k][c] =
                    avt_mix(measured[i * some + low][c], measured[i * some + high][c], t);
        }
    enum avt_code code = avt_strand_rows_init(ret_rows, strands, (const float(*)[AVT_LIT_COUNT])lit, reterr);
    avt_free(lit);
    return code;
}

static enum avt_code light_up(struct avt_portrait *p, struct avt_error *reterr)
{
    struct avt_occluder occluders[AVT_OCCLUDERS_MAX];
    struct avt_lit_points sets[AVT_PORTRAIT_PARTS_MAX + AVT_PORTRAIT_STRANDS];
    size_t occluder_count = 0, set_count = 0;
    for (int i = 0; i < p->part_count; i++) {
        struct avt_part *part = &p->parts[i];
        bool solid = p->paints[i].shader == avt_shade_skin || p->paints[i].shader == avt_shade_stuff;
        if (!solid || !part->mesh->vertex_count)
            continue;
        if (!p->paints[i].see_through)
            occluders[occluder_count++] = (struct avt_occluder){.mesh = part->mesh};
        sets[set_count++] = (struct avt_lit_points){part->mesh->vertex_count, part->mesh->points, part->normals,
                                                    part->lit};
    }
    struct avt_point3 *points[AVT_PORTRAIT_STRANDS] = {NULL};
    float(*lit[AVT_PORTRAIT_STRANDS])[AVT_LIT_COUNT] = {NULL};
    enum avt_code code = AVT_OK;
    for (int i = 0; i < AVT_PORTRAIT_STRANDS; i++) {
        const struct avt_strands *strands = p->strands[i].strands;
        size_t some = measured_points(strands);
        if (!strands || !strands->count)
            continue;
        if (i != AVT_PORTRAIT_BROWS)
            occluders[occluder_count++] = (struct avt_occluder){.strands = strands};
        points[i] = avt_try_new0(struct avt_point3, strands->count * some);
        lit[i] = avt_try_alloc(strands->count * some, sizeof(*lit[i]));
        if (!points[i] || !lit[i]) {
            code = avt_fail(reterr, AVT_ENOMEM, "out of memory for the light of a presenter");
            break;
        }
        for (size_t k = 0; k < strands->count * some; k++)
            points[i][k] = strands->at[k / some * strands->points + measured_at(strands, k % some)];
        sets[set_count++] = (struct avt_lit_points){strands->count * some, points[i], NULL, lit[i]};
    }
    if (code == AVT_OK)
        code = avt_light_reach(&p->scene.rig, occluders, occluder_count, sets, set_count, p->crew, reterr);
    for (int i = 0; i < AVT_PORTRAIT_STRANDS; i++) {
        if (code == AVT_OK && lit[i])
            code = spread_light(p->strands[i].strands, (const float(*)[AVT_LIT_COUNT])lit[i], &p->strands[i].rows,
                                reterr);
        avt_free(lit[i]);
        avt_free(points[i]);
    }
    return code;
}

/* What reaches a drawn face falls on it in plain shapes: the light of each vertex is mixed with that of its
 * neighbours, or shadows had the teeth of the mesh, which would crawl as the head turns. */
enum { PLAIN_PASSES = 10 };

static enum avt_code plain_light(struct avt_part *part, struct avt_error *reterr)
{
    const struct avt_mesh *mesh = part->mesh;
    AVT_CLEANUP(avt_freep) float(*sum)[AVT_LIT_COUNT + 1] = avt_try_alloc(mesh->vertex_count, sizeof(*sum));
    if (!sum)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the light of a presenter");
    for (int pass = 0; pass < PLAIN_PASSES; pass++) {
        memset(sum, 0, mesh->vertex_count * sizeof(*sum));
        for (size_t t = 0; t < mesh->triangle_count; t++)
            for (int corner = 0; corner < 3; corner++) {
                float *to = sum[mesh->triangles[t][corner]];
                const float *from = part->lit[mesh->triangles[t][(corner + 1) % 3]];
                for (int c = 0; c < AVT_LIT_COUNT; c++)
                    to[c] += from[c];
                to[AVT_LIT_COUNT]++;
            }
        for (size_t i = 0; i < mesh->vertex_count; i++)
            for (int c = 0; c < AVT_LIT_COUNT && sum[i][AVT_LIT_COUNT] > 0; c++)
                part->lit[i][c] = .5f * (part->lit[i][c] + sum[i][c] / sum[i][AVT_LIT_COUNT]);
    }
    return AVT_OK;
}

/* Skin inside the mouth, which no light reaches at rest: told by that, so that it is drawn as mouth when open. */
static void mark_cavity(struct avt_portrait *p)
{
    const struct avt_bust *b = p->bust;
    struct avt_part *skin = &p->parts[AVT_PORTRAIT_SKIN];
    float y = 0, z = 0;
    size_t count = b->lines.lip_seam_count;
    for (size_t i = 0; i < count; i++) {
        y += b->skin.points[b->lines.lip_seam[i]].y / (float)count;
        z = avt_max(z, b->skin.points[b->lines.lip_seam[i]].z);
    }
    for (size_t i = 0; i < b->skin.vertex_count; i++) {
        struct avt_point3 q = b->skin.points[i];
        bool near = fabsf(q.x) < 3.2f && fabsf(q.y - y) < 3 && q.z < z - .5f && q.z > z - 14;
        if (near)
            skin->varyings[i][AVT_VARY_EXTRA] = -avt_smoothstep(.32f, .10f, skin->lit[i][AVT_LIT_ROOM]);
    }
}

enum avt_code avt_portrait_new(const struct avt_head *head, const struct avt_attributes *attributes,
                               enum avt_look look, struct avt_portrait **ret_portrait, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_portrait_freep) struct avt_portrait *p = avt_new0(struct avt_portrait, 1);
    p->attributes = *attributes;
    p->look = look;
    p->crew = avt_crew_new();
    p->raster = avt_raster_new();
    p->scene.look = look;
    avt_light_rig_make(attributes->light, &p->scene.rig);
    enum avt_code code = avt_bust_new(head, attributes, &p->bust, reterr);
    if (code == AVT_OK)
        code = avt_skin_map_make(p->bust, attributes, look, p->crew, &p->skin, reterr);
    p->scene.skin = &p->skin;
    if (code == AVT_OK)
        code = add_body(p, reterr);
    if (code == AVT_OK)
        code = add_wear(p, reterr);
    if (code == AVT_OK)
        code = add_hair(p, reterr);
    if (code == AVT_OK)
        code = light_up(p, reterr);
    if (code == AVT_OK)
        mark_cavity(p);
    if (code == AVT_OK && look == AVT_LOOK_TOON)
        code = plain_light(&p->parts[AVT_PORTRAIT_SKIN], reterr);
    for (int i = 0; code == AVT_OK && i < p->part_count; i++)
        if (i == AVT_PORTRAIT_SKIN || p->paints[i].shader == avt_shade_stuff)
            avt_part_even(&p->parts[i], i == AVT_PORTRAIT_SKIN ? AVT_VARY_EXTRA : AVT_VARY_LOCAL + 2);
    if (code == AVT_OK)
        *ret_portrait = AVT_TAKE(p);
    return code;
}
