/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/light.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/vec.h"

enum {
    MAP_SIDE = 320,
    ROOM_WAYS = 48, /* directions from which the room's light is tried */
    LAMP_WAYS = 10, /* places on a soft box */
};
/* A point is in shade of what lies this much nearer to the light, in cm: less would let surfaces shade themselves,
 * as a map's step is about .25 cm. */
#define BIAS_CM .45f
/* Hair: light falls to 1/e over this depth, and not before the first of these. */
#define HAIR_FREE_CM .25f
#define HAIR_DEPTH_CM 1.1f

/* ---- lamps -------------------------------------------------------------------------------------- */

struct rig_row {
    float key[3], fill[3], rim[3], above[3], below[3];
    float side, height; /* where the key stands: to the picture's left, up; the viewer's direction is 1 */
};
/* A large key from the upper left, a weak fill, two strips from behind: as portraits of people at work are lit. */
static const struct rig_row RIGS[AVT_LIGHT_COUNT] = {
    [AVT_LIGHT_SOFT] = {{.98f, .93f, .87f}, {.20f, .21f, .23f}, {.38f, .40f, .43f}, {.30f, .32f, .35f},
                        {.15f, .14f, .13f}, .62f, .48f},
    [AVT_LIGHT_BRIGHT] = {{1.02f, .99f, .95f}, {.36f, .37f, .38f}, {.42f, .43f, .45f}, {.40f, .41f, .43f},
                          {.22f, .21f, .20f}, .45f, .42f},
    [AVT_LIGHT_WARM] = {{1.05f, .87f, .66f}, {.22f, .21f, .20f}, {.50f, .40f, .28f}, {.32f, .29f, .26f},
                        {.18f, .15f, .12f}, .66f, .36f},
    [AVT_LIGHT_COOL] = {{.88f, .93f, 1.0f}, {.20f, .23f, .28f}, {.38f, .44f, .54f}, {.28f, .32f, .39f},
                        {.12f, .13f, .15f}, .60f, .48f},
    [AVT_LIGHT_DRAMATIC] = {{1.16f, 1.06f, .94f}, {.05f, .06f, .08f}, {.55f, .57f, .62f}, {.13f, .14f, .17f},
                            {.05f, .05f, .05f}, .90f, .55f},
};

void avt_light_rig_make(int light, struct avt_light_rig *ret_rig)
{
    avt_assert(light >= 0 && light < AVT_LIGHT_COUNT);
    const struct rig_row *row = &RIGS[light];
    *ret_rig = (struct avt_light_rig){
        .lamps = {[AVT_LAMP_KEY] = {.to = {-row->side, row->height, .85f}, .spread = .32f},
                  [AVT_LAMP_FILL] = {.to = {.75f, .05f, .70f}, .spread = .40f},
                  [AVT_LAMP_RIM_LEFT] = {.to = {-.80f, .40f, -.62f}, .spread = .20f},
                  [AVT_LAMP_RIM_RIGHT] = {.to = {.85f, .30f, -.60f}, .spread = .20f}}};
    const float *colours[AVT_LAMPS] = {row->key, row->fill, row->rim, row->rim};
    for (int k = 0; k < AVT_LAMPS; k++) {
        ret_rig->lamps[k].to = avt_vec_unit(ret_rig->lamps[k].to);
        memcpy(ret_rig->lamps[k].colour, colours[k], sizeof(ret_rig->lamps[k].colour));
    }
    memcpy(ret_rig->above, row->above, sizeof(row->above));
    memcpy(ret_rig->below, row->below, sizeof(row->below));
}

/* ---- maps of depth ------------------------------------------------------------------------------ */

struct map {
    struct avt_point3 to, across, up; /* looked at from far away in direction `to` */
    float scale, x0, y0;              /* texel = (along across - x0) scale */
    float solid[MAP_SIDE * MAP_SIDE], hair[MAP_SIDE * MAP_SIDE]; /* nearest to the light, cm along `to` */
};

struct scene {
    const struct avt_occluder *occluders;
    size_t count;
    struct avt_point3 middle;
    float radius;
};

static void map_begin(struct map *map, const struct scene *scene, struct avt_point3 to)
{
    map->to = to;
    struct avt_point3 helper = fabsf(to.y) < .9f ? (struct avt_point3){0, 1, 0} : (struct avt_point3){1, 0, 0};
    map->across = avt_vec_unit(avt_vec_cross(helper, to));
    map->up = avt_vec_cross(to, map->across);
    map->scale = MAP_SIDE / (2 * scene->radius);
    map->x0 = avt_vec_dot(scene->middle, map->across) - scene->radius;
    map->y0 = avt_vec_dot(scene->middle, map->up) - scene->radius;
    for (int i = 0; i < MAP_SIDE * MAP_SIDE; i++)
        map->solid[i] = map->hair[i] = -1e9f;
}

static struct avt_point3 on_map(const struct map *map, struct avt_point3 p)
{
    return (struct avt_point3){(avt_vec_dot(p, map->across) - map->x0) * map->scale,
                               (avt_vec_dot(p, map->up) - map->y0) * map->scale, avt_vec_dot(p, map->to)};
}

static void map_triangle(struct map *map, struct avt_point3 a, struct avt_point3 b, struct avt_point3 c)
{
    float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    if (fabsf(area) < 1e-9f)
        return;
    float scale = 1 / area;
    int x0 = (int)avt_max(avt_min(a.x, avt_min(b.x, c.x)), 0), y0 = (int)avt_max(avt_min(a.y, avt_min(b.y, c.y)), 0);
    int x1 = (int)avt_min(avt_max(a.x, avt_max(b.x, c.x)), MAP_SIDE - 1);
    int y1 = (int)avt_min(avt_max(a.y, avt_max(b.y, c.y)), MAP_SIDE - 1);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            float px = (float)x + .5f, py = (float)y + .5f;
            float u = ((px - a.x) * (c.y - a.y) - (py - a.y) * (c.x - a.x)) * scale;
            float v = ((b.x - a.x) * (py - a.y) - (b.y - a.y) * (px - a.x)) * scale;
            if (u < 0 || v < 0 || u + v > 1)
                continue;
            float depth = a.z + u * (b.z - a.z) + v * (c.z - a.z);
            float *at = &map->solid[y * MAP_SIDE + x];
            *at = avt_max(*at, depth);
        }
}

/* `placed` has room for the vertices of any of the meshes. */
static void map_fill(struct map *map, const struct scene *scene, struct avt_point3 *placed)
{
    for (size_t i = 0; i < scene->count; i++) {
        const struct avt_mesh *mesh = scene->occluders[i].mesh;
        for (size_t k = 0; mesh && k < mesh->vertex_count; k++)
            placed[k] = on_map(map, mesh->points[k]);
        for (size_t t = 0; mesh && t < mesh->triangle_count; t++) {
            const uint32_t *corner = mesh->triangles[t];
            map_triangle(map, placed[corner[0]], placed[corner[1]], placed[corner[2]]);
        }
        const struct avt_strands *strands = scene->occluders[i].strands;
        for (size_t k = 0; strands && k < strands->count * strands->points; k++) {
            struct avt_point3 p = on_map(map, strands->at[k]);
            if (p.x >= 0 && p.y >= 0 && p.x < MAP_SIDE && p.y < MAP_SIDE) {
                float *at = &map->hair[(int)p.y * MAP_SIDE + (int)p.x];
                *at = avt_max(*at, p.z);
            }
        }
    }
}

/* Share of light from there that reaches p: four texels around it. */
static float reaches(const struct map *map, struct avt_point3 p)
{
    struct avt_point3 at = on_map(map, p);
    float x = at.x - .5f, y = at.y - .5f;
    if (!(x >= 0) || !(y >= 0) || !(x < MAP_SIDE - 1) || !(y < MAP_SIDE - 1))
        return 1;
    int left = (int)x, top = (int)y;
    float fx = x - (float)left, fy = y - (float)top, solid = 0, before = 0;
    for (int k = 0; k < 4; k++) {
        int texel = (top + k / 2) * MAP_SIDE + left + k % 2;
        float weight = (k % 2 ? fx : 1 - fx) * (k / 2 ? fy : 1 - fy);
        solid += weight * (map->solid[texel] < at.z + BIAS_CM ? 1.0f : 0);
        before += weight * avt_max(map->hair[texel] - at.z - HAIR_FREE_CM, 0);
    }
    /* exp(-x) as a rational: the same bits everywhere, and as smooth. */
    float deep = before / HAIR_DEPTH_CM;
    return solid / (1 + deep * (1 + deep * (.5f + deep * .1667f)));
}

/* ---- what reaches points ------------------------------------------------------------------------ */

/* Directions spread evenly over a ball: a spiral by the golden angle. */
static struct avt_point3 spiral(int i, int count)
{
    float z = 1 - (2 * (float)i + 1) / (float)count, ring = sqrtf(avt_max(1 - z * z, 0));
    float turn = 2.39996323f * (float)i;
    return (struct avt_point3){ring * cosf(turn), z, ring * sinf(turn)};
}

/* Places on a lamp's box, evenly over a disc. */
static struct avt_point3 on_lamp(const struct avt_lamp *lamp, int i)
{
    struct avt_point3 helper = fabsf(lamp->to.y) < .9f ? (struct avt_point3){0, 1, 0} : (struct avt_point3){1, 0, 0};
    struct avt_point3 across = avt_vec_unit(avt_vec_cross(helper, lamp->to)), up = avt_vec_cross(lamp->to, across);
    float ring = lamp->spread * sqrtf(((float)i + .5f) / LAMP_WAYS), turn = 2.39996323f * (float)i;
    return avt_vec_unit(avt_vec_along(avt_vec_along(lamp->to, ring * cosf(turn), across), ring * sinf(turn), up));
}

struct pass {
    const struct scene *scene;
    struct map *maps; /* [2] */
    struct avt_point3 *placed[2];
    struct avt_point3 ways[2];
    int lit[2];       /* what each of the two adds to */
    const struct avt_lit_points *set;
};

static void fill_maps(void *user, int worker, int first, int end)
{
    (void)worker;
    struct pass *pass = user;
    for (int k = first; k < end; k++) {
        map_begin(&pass->maps[k], pass->scene, pass->ways[k]);
        map_fill(&pass->maps[k], pass->scene, pass->placed[k]);
    }
}

/* Adds to the room's light by how a point faces the way; to a lamp's, evenly. */
static void add_light(void *user, int worker, int first, int end)
{
    (void)worker;
    const struct pass *pass = user;
    const struct avt_lit_points *set = pass->set;
    for (int i = first; i < end; i++)
        for (int k = 0; k < 2; k++) {
            bool room = pass->lit[k] == AVT_LIT_ROOM;
            float faces = set->normals ? avt_vec_dot(set->normals[i], pass->ways[k]) : .25f;
            float weight = room ? 4 * avt_max(faces, 0) / ROOM_WAYS : 1.0f / LAMP_WAYS;
            if (weight > 0)
                set->ret_lit[i][pass->lit[k]] += weight * reaches(&pass->maps[k], set->points[i]);
        }
}

static void measure(const struct avt_occluder *occluders, size_t count, struct scene *ret_scene)
{
    struct avt_point3 low = {1e9f, 1e9f, 1e9f}, high = {-1e9f, -1e9f, -1e9f};
    for (size_t i = 0; i < count; i++) {
        const struct avt_mesh *mesh = occluders[i].mesh;
        for (size_t k = 0; mesh && k < mesh->vertex_count; k++) {
            struct avt_point3 p = mesh->points[k];
            low = (struct avt_point3){avt_min(low.x, p.x), avt_min(low.y, p.y), avt_min(low.z, p.z)};
            high = (struct avt_point3){avt_max(high.x, p.x), avt_max(high.y, p.y), avt_max(high.z, p.z)};
        }
    }
    *ret_scene = (struct scene){.occluders = occluders, .count = count};
    if (high.x < low.x)
        low = high = (struct avt_point3){0};
    ret_scene->middle = avt_vec_scale(avt_vec_add(low, high), .5f);
    ret_scene->radius = avt_max(.5f * avt_vec_length(avt_vec_sub(high, low)), 1) + 2;
}

enum avt_code avt_light_reach(const struct avt_light_rig *rig, const struct avt_occluder *occluders,
                              size_t occluder_count, const struct avt_lit_points *sets, size_t set_count,
                              struct avt_crew *crew, struct avt_error *reterr)
{
    struct scene scene;
    measure(occluders, occluder_count, &scene);
    AVT_CLEANUP(avt_freep) struct map *maps = avt_try_new0(struct map, 2);
    size_t most = 1;
    for (size_t i = 0; i < occluder_count; i++)
        if (occluders[i].mesh && occluders[i].mesh->vertex_count > most)
            most = occluders[i].mesh->vertex_count;
    AVT_CLEANUP(avt_freep) struct avt_point3 *placed = avt_try_new0(struct avt_point3, 2 * most);
    if (!maps || !placed)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the light of a presenter");
    for (size_t s = 0; s < set_count; s++)
        memset(sets[s].ret_lit, 0, sets[s].count * sizeof(*sets[s].ret_lit));
    struct pass pass = {.scene = &scene, .maps = maps, .placed = {placed, placed + most}};
    for (int i = 0; i < ROOM_WAYS + AVT_LAMPS * LAMP_WAYS; i += 2) {
        for (int k = 0; k < 2; k++) {
            int way = i + k - ROOM_WAYS;
            pass.lit[k] = way < 0 ? AVT_LIT_ROOM : way / LAMP_WAYS;
            pass.ways[k] = way < 0 ? spiral(i + k, ROOM_WAYS) : on_lamp(&rig->lamps[way / LAMP_WAYS], way % LAMP_WAYS);
        }
        avt_crew_run(crew, fill_maps, &pass, 2, 1);
        for (size_t s = 0; s < set_count; s++) {
            pass.set = &sets[s];
            avt_crew_run(crew, add_light, &pass, (int)sets[s].count, 1024);
        }
    }
    return AVT_OK;
}
