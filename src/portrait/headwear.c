/* SPDX-License-Identifier: Apache-2.0 */
/* Caps, beanies, headbands and turbans on the skull's map; scarves are headwear_scarf.c. Angles in
 * degrees here. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/headwear.h"
#include "portrait/noise.h"
#include "portrait/vec.h"

#define PI     3.14159265f
#define DEGREE (PI / 180)
enum { COLUMNS = 97, CROWN_ROWS = 30, BRIM_ROWS = 12, BRIM_COLUMNS = 41 };

/* How far hair holds cloth off the skull when it is pressed down, cm. */
static float hair_under(const struct avt_attributes *attributes)
{
    switch (attributes->hair) {
    case AVT_HAIR_BALD:
        return .12f;
    case AVT_HAIR_BUZZ:
    case AVT_HAIR_RECEDING:
        return .25f;
    case AVT_HAIR_CREW:
    case AVT_HAIR_SHAVED_SIDES:
    case AVT_HAIR_CORNROWS:
        return .5f;
    case AVT_HAIR_AFRO:
    case AVT_HAIR_LOCS:
        return 1.0f;
    default:
        return .75f;
    }
}

float avt_hat_rim(const struct avt_hat_line *line, float turn)
{
    float mean = .25f * (line->front + 2 * line->side + line->back);
    return DEGREE * (mean + .5f * (line->front - line->back) * cosf(turn) +
                     .25f * (line->front - 2 * line->side + line->back) * cosf(2 * turn));
}

/* Turn of a column: the seam lies at the back. */
static float turn_of(int column)
{
    return -PI + 2 * PI * (float)column / (COLUMNS - 1);
}

/* Threads run around and up, however the grid narrows towards the crown. */
static void lay_threads(struct avt_sheet *sheet, uint32_t first, int rows, float height_cm)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < COLUMNS; c++)
            sheet->vertices[first + (uint32_t)(r * COLUMNS + c)].uv = (struct avt_point){
                .1f * 9.2f * turn_of(c), .1f * height_cm * (float)r / (float)rows};
}

struct shell_shape {
    struct avt_hat_line rim;
    float lift;       /* over the skull at the rim, cm */
    float rise, puff; /* more of it at the crown; and half way */
    float (*relief)(float turn, float up, uint32_t seed); /* cm more; NULL: none */
    float (*shade)(float turn, float up);
    uint32_t seed;
};

/* From a turned-under rim up to the crown. */
static void sew_crown(const struct avt_map *skull, const struct shell_shape *shape,
                      struct avt_sheet *sheet)
{
    struct avt_point places[(CROWN_ROWS + 2) * COLUMNS];
    float lifts[(CROWN_ROWS + 2) * COLUMNS];
    uint32_t first = (uint32_t)sheet->vertex_count;
    for (int r = 0; r < CROWN_ROWS + 2; r++)
        for (int c = 0; c < COLUMNS; c++) {
            float turn = turn_of(c), rim = avt_hat_rim(&shape->rim, turn);
            float up = fmaxf((float)(r - 2) / (CROWN_ROWS - 1), 0), half = sinf(PI * up);
            float lift = shape->lift + shape->rise * up * up * (3 - 2 * up) + shape->puff * half;
            lift += shape->relief
                        ? shape->relief(turn, up, shape->seed) * avt_smoothstep(1, .93f, up)
                        : 0;
            places[r * COLUMNS + c] =
                (struct avt_point){turn, avt_mix(rim, .4965f * PI, up) + (r == 0 ? .05f : 0)};
            lifts[r * COLUMNS + c] = r == 0 ? lift - .42f : r == 1 ? lift - .12f : lift;
        }
    struct avt_patch patch = {.map = skull,
                              .rows = CROWN_ROWS + 2,
                              .columns = COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1};
    avt_patch_sew(sheet, &patch);
    for (int r = 0; r < CROWN_ROWS + 2; r++)
        for (int c = 0; c < COLUMNS; c++) {
            float up = fmaxf((float)(r - 2) / (CROWN_ROWS - 1), 0);
            float shade = shape->shade ? shape->shade(turn_of(c), up) : 1;
            sheet->vertices[first + (uint32_t)(r * COLUMNS + c)].shade = r == 0   ? .4f
                                                                         : r == 1 ? .7f * shade
                                                                                  : shade;
        }
    lay_threads(sheet, first, CROWN_ROWS + 2, 16);
    /* The crown's last hole. */
    uint32_t top = first + (CROWN_ROWS + 1) * COLUMNS;
    for (uint32_t c = 1; c + 2 < COLUMNS; c++)
        avt_sheet_triangle(sheet, top, top + c, top + c + 1);
}

/* ---- caps ---------------------------------------------------------------------------------------
 */

/* Six panels: a groove between them. 0 on a seam. */
static float from_seam(float turn)
{
    float panel = turn / (PI / 3) + .5f;
    return fabsf(panel - floorf(panel) - .5f) * (PI / 3);
}

static float cap_relief(float turn, float up, uint32_t seed)
{
    (void)seed;
    return -.10f * avt_smoothstep(.09f, .0f, .5f * PI / 3 - from_seam(turn)) +
           .04f * cosf(6 * turn + PI) * sinf(PI * up) +
           /* The two panels in front stand up stiffly. */
           .75f * avt_smoothstep(1.15f, .5f, fabsf(turn)) * avt_smoothstep(.05f, .45f, up) *
               avt_smoothstep(.98f, .6f, up);
}

static float cap_shade(float turn, float up)
{
    float seam = .5f * PI / 3 - from_seam(turn);
    return 1 - .30f * avt_smoothstep(.10f, .02f, seam) - .12f * avt_smoothstep(.09f, .02f, up);
}

static void sew_brim(const struct avt_map *skull, const struct shell_shape *shape, float scale,
                     struct avt_sheet *sheet)
{
    struct avt_point3 inner[BRIM_COLUMNS], out[BRIM_COLUMNS];
    for (int c = 0; c < BRIM_COLUMNS; c++) {
        float across = 2 * (float)c / (BRIM_COLUMNS - 1) - 1, turn = 60 * DEGREE * across;
        struct avt_spot spot = avt_map_at(skull, turn, avt_hat_rim(&shape->rim, turn) + .03f);
        inner[c] = avt_vec_along(spot.at, shape->lift - .08f, spot.normal);
        /* Longest in the middle, its edge a wide curve. */
        float far = 7.4f * scale * powf(fmaxf(1 - across * across * across * across, 0), .5f);
        out[c] = avt_vec_scale(
            (struct avt_point3){.12f * across, -.26f - .12f * across * across, .96f}, far);
    }
    for (int layer = 0; layer < 2; layer++) {
        uint32_t first = (uint32_t)sheet->vertex_count;
        for (int r = 0; r < BRIM_ROWS; r++)
            for (int c = 0; c < BRIM_COLUMNS; c++) {
                float t = (float)r / (BRIM_ROWS - 1),
                      across = 2 * (float)c / (BRIM_COLUMNS - 1) - 1;
                struct avt_point3 at = avt_vec_along(inner[c], t, out[c]);
                /* Bent down at the sides and a little to its edge. */
                at.y -= scale * (1.35f * across * across * t + .55f * t * t);
                at.y += layer ? -.26f * (1 - t * t * t * t) : .06f * (1 - t);
                bool stitched = r > 1 && r % 3 == 0;
                struct avt_sheet_vertex v = {.at = at,
                                             .follow = 1,
                                             .shade = (layer ? .8f : 1) - (stitched ? .10f : 0),
                                             .uv = {.1f * 9 * across, .75f * t}};
                avt_sheet_add(sheet, &v);
            }
        if (layer) /* seen from below */
            for (uint32_t r = 0; r + 1 < BRIM_ROWS; r++)
                for (uint32_t c = 0; c + 1 < BRIM_COLUMNS; c++) {
                    uint32_t a = first + r * BRIM_COLUMNS + c, b = a + BRIM_COLUMNS;
                    avt_sheet_triangle(sheet, a, a + 1, b + 1);
                    avt_sheet_triangle(sheet, a, b + 1, b);
                }
        else
            for (uint32_t r = 0; r + 1 < BRIM_ROWS; r++)
                for (uint32_t c = 0; c + 1 < BRIM_COLUMNS; c++) {
                    uint32_t a = first + r * BRIM_COLUMNS + c, b = a + BRIM_COLUMNS;
                    avt_sheet_triangle(sheet, b, b + 1, a + 1);
                    avt_sheet_triangle(sheet, b, a + 1, a);
                }
    }
    /* Its edge: a cord. */
    struct avt_point3 cord[BRIM_COLUMNS];
    float radii[BRIM_COLUMNS];
    for (int c = 0; c < BRIM_COLUMNS; c++) {
        cord[c] = sheet->vertices[sheet->vertex_count - BRIM_COLUMNS + (size_t)c].at;
        radii[c] = .13f;
    }
    struct avt_sheet_path path = {
        .points = cord, .radii = radii, .count = BRIM_COLUMNS, .sides = 8};
    avt_sheet_tube(sheet, &path);
}

static void cap(struct avt_hatter *h)
{
    struct shell_shape shape = {.rim = {21, 6, -6},
                                .lift = .7f * h->hair + .30f,
                                .rise = .55f,
                                .puff = .30f,
                                .relief = cap_relief,
                                .shade = cap_shade};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet crown = {0}, brim = {0}, knob = {0};
    struct avt_material cloth = h->cloth;
    cloth.weave = .09f;
    sew_crown(&h->skull, &shape, &crown);
    sew_brim(&h->skull, &shape, h->scale, &brim);
    struct avt_spot top = avt_map_at(&h->skull, 0, .5f * PI);
    struct avt_point3 at =
        avt_vec_along(top.at, shape.lift + shape.rise, (struct avt_point3){0, 1, 0});
    struct avt_point3 line[4];
    static const float ROUND[4] = {.75f, .7f, .45f, .05f};
    for (int i = 0; i < 4; i++)
        line[i] = avt_vec_along(at, .12f * (float)i - .08f, (struct avt_point3){0, 1, 0});
    struct avt_sheet_path path = {.points = line, .radii = ROUND, .count = 4, .sides = 14};
    avt_sheet_tube(&knob, &path);
    avt_wear_add(h->wear, &crown, &cloth);
    avt_wear_add(h->wear, &brim, &cloth);
    avt_wear_add(h->wear, &knob, &cloth);
}

/* ---- beanies ------------------------------------------------------------------------------------
 */

static float beanie_relief(float turn, float up, uint32_t seed)
{
    struct avt_point3 p = {3 * cosf(turn), 4 * up, 3 * sinf(turn)};
    float slouch = avt_noise(p, .8f, seed) - .5f,
          gather = .10f * cosf(16 * turn) * avt_smoothstep(.55f, .9f, up);
    return .7f * slouch * avt_smoothstep(.2f, .6f, up) + gather + .045f * cosf(48 * turn);
}

static float beanie_shade(float turn, float up)
{
    return 1 - .25f * avt_smoothstep(.20f, .14f, up) - .10f * (.5f - .5f * cosf(48 * turn));
}

static float cuff_relief(float turn, float up, uint32_t seed)
{
    struct avt_point3 p = {3 * cosf(turn), up, 3 * sinf(turn)};
    return .055f * cosf(48 * turn) + .22f * (avt_noise(p, 1, seed) - .5f);
}

static void beanie(struct avt_hatter *h)
{
    enum { CUFF_ROWS = 11 };
    /* Across the cuff: share of its height, of its thickness. */
    static const float CUFF[CUFF_ROWS][2] = {{.06f, -.5f},  {-.01f, .2f},  {0, .7f},      {.08f, 1},
                                             {.25f, 1.05f}, {.45f, 1.06f}, {.65f, 1.05f}, {.85f, 1},
                                             {.97f, .8f},   {1, .4f},      {.96f, -.1f}};
    struct shell_shape shape = {.rim = {16, 2, -12},
                                .lift = h->hair + .35f,
                                .rise = 1.6f,
                                .puff = .7f,
                                .relief = beanie_relief,
                                .shade = beanie_shade,
                                .seed = h->seed};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet crown = {0}, cuff = {0};
    struct avt_material cloth = h->cloth;
    cloth.stuff = AVT_STUFF_KNIT;
    cloth.weave = .42f;
    sew_crown(&h->skull, &shape, &crown);
    struct avt_point places[CUFF_ROWS * COLUMNS];
    float lifts[CUFF_ROWS * COLUMNS];
    for (int r = 0; r < CUFF_ROWS; r++)
        for (int c = 0; c < COLUMNS; c++) {
            float turn = turn_of(c), rim = avt_hat_rim(&shape.rim, turn);
            struct avt_point3 p = {2 * cosf(turn), 0, 2 * sinf(turn)};
            float uneven = .05f * (avt_noise(p, 1.2f, h->seed + 3) - .5f);
            places[r * COLUMNS + c] =
                (struct avt_point){turn, rim + (.38f + uneven) * CUFF[r][0] + uneven * .4f};
            lifts[r * COLUMNS + c] =
                shape.lift + .62f * CUFF[r][1] + cuff_relief(turn, CUFF[r][0], h->seed);
        }
    struct avt_patch patch = {.map = &h->skull,
                              .rows = CUFF_ROWS,
                              .columns = COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1};
    avt_patch_sew(&cuff, &patch);
    lay_threads(&cuff, 0, CUFF_ROWS, 5);
    for (size_t i = 0; i < cuff.vertex_count; i++) {
        size_t row = i / COLUMNS;
        float rib = .5f - .5f * cosf(48 * turn_of((int)(i % COLUMNS)));
        cuff.vertices[i].shade = (row == 0 || row + 1 == CUFF_ROWS ? .5f : 1) - .12f * rib;
    }
    avt_wear_add(h->wear, &crown, &cloth);
    avt_wear_add(h->wear, &cuff, &cloth);
}

/* ---- headbands ----------------------------------------------------------------------------------
 */

static void headband(struct avt_hatter *h, bool sport)
{
    enum { ROWS = 9, ALONG = 61 };
    static const float ACROSS[ROWS][2] = {{-.9f, -.6f}, {-1, .2f}, {-.93f, .75f},
                                          {-.6f, 1},    {0, 1.1f}, {.6f, 1},
                                          {.93f, .75f}, {1, .2f},  {.9f, -.6f}};
    struct avt_point places[ROWS * COLUMNS];
    float lifts[ROWS * COLUMNS];
    int columns = sport ? COLUMNS : ALONG;
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < columns; c++) {
            if (sport) {
                static const struct avt_hat_line LINE = {27, 13, -3};
                float turn = turn_of(c);
                places[r * columns + c] =
                    (struct avt_point){turn, avt_hat_rim(&LINE, turn) + .115f * ACROSS[r][0]};
                lifts[r * columns + c] = .8f * h->hair + .18f + .32f * ACROSS[r][1];
                continue;
            }
            /* From behind one ear over the head to the other: a circle that leans forward a little.
             */
            float around = PI * (.02f + .96f * (float)c / (ALONG - 1)) * 1.16f - .08f * PI;
            float wide = .155f * (.45f + .55f * sinf(fminf(fmaxf(around, 0), PI)));
            float lean = .30f + wide * ACROSS[r][0];
            struct avt_point3 way = {-cosf(around), sinf(around) * cosf(lean), 0};
            way.z = -sinf(around) * sinf(lean) * -1 - .10f;
            places[r * columns + c] =
                (struct avt_point){atan2f(way.x, way.z), atan2f(way.y, hypotf(way.x, way.z))};
            lifts[r * columns + c] = h->hair * .55f + .16f + .26f * ACROSS[r][1];
        }
    struct avt_patch patch = {.map = &h->skull,
                              .rows = (size_t)ROWS,
                              .columns = (size_t)columns,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    avt_patch_sew(&sheet, &patch);
    for (size_t i = 0; i < sheet.vertex_count; i++)
        sheet.vertices[i].shade =
            i / (size_t)columns == 0 || i / (size_t)columns + 1 == ROWS ? .6f : 1;
    if (sport)
        lay_threads(&sheet, 0, ROWS, 4);
    struct avt_material cloth = h->cloth;
    cloth.stuff = sport ? AVT_STUFF_KNIT : AVT_STUFF_SATIN;
    cloth.weave = sport ? .20f : 0;
    avt_wear_add(h->wear, &sheet, &cloth);
}

/* ---- turbans ------------------------------------------------------------------------------------
 */

/* Wound cloth: bands that lie over each other like tiles, from the middle of the front down to both
 * sides; those of one side lie half a band higher, so that they cross. */
static float band_place(float turn, float up)
{
    float beside = fabsf(turn), side = avt_smoothstep(-.6f, .6f, turn);
    return 5.6f * up + 2.3f * avt_smoothstep(0, 1.9f, beside) + .5f * side;
}

static float turban_relief(float turn, float up, uint32_t seed)
{
    float place = band_place(turn, up), t = place - floorf(place);
    struct avt_point3 p = {4 * cosf(turn), 9 * up, 4 * sinf(turn)};
    /* Thick at a band's lower edge, thin where the next one covers it. */
    float tile = avt_smoothstep(0, .10f, t) * (1 - .85f * t);
    float fade = avt_smoothstep(.95f, .75f, up);
    return .75f * tile * fade + .35f * (avt_noise(p, .4f, seed) - .5f);
}

static float turban_shade(float turn, float up)
{
    float place = band_place(turn, up), t = place - floorf(place);
    return 1 - .34f * avt_smoothstep(.10f, .0f, t) - .50f * avt_smoothstep(.78f, 1, t);
}

static void turban(struct avt_hatter *h)
{
    /* High in the middle of the front, down over the ears' tops and the nape. */
    struct shell_shape shape = {.rim = {25, -3, -22},
                                .lift = .75f,
                                .rise = 2.6f,
                                .puff = 1.9f,
                                .relief = turban_relief,
                                .shade = turban_shade,
                                .seed = h->seed};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet crown = {0}, under = {0};
    struct avt_material cloth = h->cloth, inner = h->second;
    cloth.weave = .07f;
    inner.weave = .07f;
    struct shell_shape base = {.rim = {20, -1, -20}, .lift = .42f};
    sew_crown(&h->skull, &base, &under);
    sew_crown(&h->skull, &shape, &crown);
    avt_wear_add(h->wear, &under, &inner);
    avt_wear_add(h->wear, &crown, &cloth);
}

void avt_headwear_make(const struct avt_bust *bust, const struct avt_attributes *attributes,
                       struct avt_wear *wear)
{
    if (attributes->headwear <= AVT_HEADWEAR_NONE || attributes->headwear >= AVT_HEADWEAR_COUNT)
        return;
    struct avt_hatter hatter = {.bust = bust,
                                .attributes = attributes,
                                .wear = wear,
                                .hair = hair_under(attributes),
                                .scale = bust->head_width / 15.5f,
                                .seed = (uint32_t)(attributes->seed ^ attributes->seed >> 32) +
                                        0x68617473u};
    hatter.cloth.stuff = hatter.second.stuff = AVT_STUFF_CLOTH;
    memcpy(hatter.cloth.colour, avt_paint_colour(attributes->headwear_colour),
           sizeof(hatter.cloth.colour));
    for (int c = 0; c < 3; c++)
        hatter.second.colour[c] = .62f * hatter.cloth.colour[c] + .01f;
    avt_map_make_skull(bust, &hatter.skull);
    switch (attributes->headwear) {
    case AVT_HEADWEAR_HIJAB:
        avt_scarf_make(&hatter);
        break;
    case AVT_HEADWEAR_TURBAN:
        turban(&hatter);
        break;
    case AVT_HEADWEAR_CAP:
        cap(&hatter);
        break;
    case AVT_HEADWEAR_BEANIE:
        beanie(&hatter);
        break;
    default:
        headband(&hatter, attributes->masculine > .5f);
        break;
    }
    avt_map_done(&hatter.skull);
}
