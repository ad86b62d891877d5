/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Inside of hair.c: scalp hair grows in steps, each a file of its own. Roots are scattered over the scalp
 * (hair_roots.c), walked out into paths by what the style says (hair_walk.c, hair_tied.c, hair_tight.c), drawn into
 * locks, curled and frizzed (hair_locks.c), kept off the body (hair_body.c) and coloured (hair_colour.c).
 *
 * Space as in bust.h. "Average" places are on the average head, where hairlines and fields are told; paths lie on the
 * real one. Threads: plain values.
 */
#include "base/rng.h"
#include "portrait/attributes.h"
#include "portrait/bust.h"
#include "portrait/strands.h"
#include "portrait/vec.h"

/* ---- the body as something to keep off ---------------------------------------------------------- */

/** Signed distances to head and shoulders on a grid; clothes are allowed for below the neck. */
struct avt_hair_body {
    int nx, ny, nz;
    struct avt_point3 low; /* middle of the first cell */
    float *distance;       /* [nz, ny, nx] cm, negative inside */
};
/** @return AVT_OK, AVT_ENOMEM. Owned: avt_hair_body_done(). */
AVT_CHECKED enum avt_code avt_hair_body_make(const struct avt_bust *bust, struct avt_hair_body *ret_body,
                                             struct avt_error *reterr);
void avt_hair_body_done(struct avt_hair_body *body);
/** How far outside p lies, and the way out (NULL: not wanted). */
float avt_hair_body_distance(const struct avt_hair_body *body, struct avt_point3 p, struct avt_point3 *ret_way);
/** p, or where it comes to lie `gap` cm outside. */
struct avt_point3 avt_hair_body_clear(const struct avt_hair_body *body, struct avt_point3 p, float gap);

/* ---- roots -------------------------------------------------------------------------------------- */

struct avt_hair_root {
    struct avt_point3 at, normal, average;
    uint32_t triangle;
    float share[3];
    float level; /* cm above the hairline */
};

/** Share of the full density, 0..1, of roots at a place on the average head. */
typedef float (*avt_root_density)(const void *user, struct avt_point3 average);
struct avt_scatter {
    const struct avt_bust *bust;
    const struct avt_point3 *normals; /* of the skin */
    avt_root_density density;
    const void *user;
};
/** Up to `count` roots, evenly by area times density; fewer where there is no such skin. @return how many. */
size_t avt_roots_scatter(const struct avt_scatter *scatter, size_t count, struct avt_rng *rng,
                         struct avt_hair_root *roots);

/** Where the scalp ends. */
struct avt_hairline {
    float height[16]; /* cm over the eyes at AVT_HAIRLINE_ANGLES */
    float thin_crown; /* 0..1 */
    uint32_t seed;
};
void avt_hairline_make(const struct avt_attributes *attributes, struct avt_hairline *ret_line);
/** How far above the hairline a place on the average head lies, cm; far below 0 on ears and face. */
float avt_hairline_level(const struct avt_hairline *line, struct avt_point3 average);

/* ---- style -------------------------------------------------------------------------------------- */

enum avt_hair_kind {
    AVT_HAIR_KIND_NONE,
    AVT_HAIR_KIND_SHORT,
    AVT_HAIR_KIND_FALLING,
    AVT_HAIR_KIND_TIED,
    AVT_HAIR_KIND_CORNROWS,
    AVT_HAIR_KIND_LOCS,
    AVT_HAIR_KIND_AFRO,
};
enum avt_hair_part { AVT_PART_NONE, AVT_PART_MIDDLE, AVT_PART_SIDE };
enum avt_hair_comb { AVT_COMB_CROWN, AVT_COMB_FORWARD, AVT_COMB_BACK, AVT_COMB_ACROSS, AVT_COMB_UP };

/** A row of the table; lengths in cm on the average head. */
struct avt_hair_row {
    enum avt_hair_kind kind;
    enum avt_hair_part part;
    enum avt_hair_comb comb;
    float top, side, back; /* lengths by place; falling: `back` is unused */
    float front;           /* length at the hairline over the forehead; 0: as on top */
    float lift;            /* how high the outermost layer stands */
    float stand;           /* 0 lies on the skull .. 1 stands off it */
    float end;             /* falling: height at which it ends */
    float layers;          /* falling: 0 one length .. 1 much shorter above */
    float fringe;          /* falling: share of the forehead that a fringe covers, 0..1 */
    float messy;           /* 0 combed .. 1 tousled */
    float forward;         /* falling: share of the sides that lies before the shoulders, 0..1 */
};
const struct avt_hair_row *avt_hair_row(int style);

/* ---- a head of hair in the making --------------------------------------------------------------- */

/** What a strand is part of. */
struct avt_hair_info {
    uint32_t lock, wisp;    /* large and small locks, by number */
    struct avt_point3 root; /* on the average head */
    float level;
    float side;       /* of the parting, -1 or 1 */
    float loose;      /* 0 stays in its lock .. 1 flies away */
    float thick, tip; /* radius, share of the style's; of the tip, share of the root's */
    float shade;      /* of its colour, 1: as it is */
    bool shaped;      /* plaits, buns: no locks, no curls */
};

struct avt_hair {
    const struct avt_bust *bust;
    const struct avt_attributes *attributes;
    int style; /* enum avt_hair_style, as worn */
    struct avt_hair_row row;
    struct avt_hairline line;
    struct avt_hair_body body;
    struct avt_point3 *normals; /* of the skin */
    float unit;                 /* size of this head; the average is 1 */
    float part_x;               /* of the parting on the average head */
    float radius;               /* cm */
    uint32_t seed;
    size_t count, capacity, points;
    struct avt_point3 *at;      /* [capacity, points] */
    struct avt_hair_info *info; /* [capacity] */
};

/** Room for one more strand; NULL when the head is full. The caller fills [points] and the info. */
struct avt_point3 *avt_hair_more(struct avt_hair *hair, struct avt_hair_info **ret_info);
/** Numbers of the locks around a root, filled with what follows from it. */
void avt_hair_info_init(const struct avt_hair *hair, const struct avt_hair_root *root, float side,
                        struct avt_hair_info *ret_info);
/** Roots of the scalp. Owned: avt_free(). NULL: out of memory. */
struct avt_hair_root *avt_hair_scalp(const struct avt_hair *hair, size_t count, uint32_t stream, size_t *ret_count);
/** Which side of the parting: -1, 1; `ret_near` how far from it, cm. */
float avt_hair_side(const struct avt_hair *hair, struct avt_point3 average, float *ret_near);

/** A path of `steps` points, spread evenly over [points]. */
void avt_hair_resample(const struct avt_point3 *path, size_t steps, struct avt_point3 *out, size_t points);

/* Growing, by kind. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_hair_short(struct avt_hair *hair, struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_hair_falling(struct avt_hair *hair, struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_hair_tied(struct avt_hair *hair, struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_hair_cornrows(struct avt_hair *hair, struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_hair_locs(struct avt_hair *hair, struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_hair_afro(struct avt_hair *hair, struct avt_error *reterr);

/* Finishing. */
AVT_CHECKED enum avt_code avt_hair_clump(struct avt_hair *hair, struct avt_error *reterr);
void avt_hair_curl(struct avt_hair *hair);
void avt_hair_settle(struct avt_hair *hair);
/** All points, follow weights and colours into strands. */
AVT_CHECKED enum avt_code avt_hair_finish(struct avt_hair *hair, struct avt_strands **ret_strands,
                                          struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_hair_under(const struct avt_hair *hair, struct avt_mesh *ret_under,
                                         struct avt_error *reterr);

/* ---- colour ------------------------------------------------------------------------------------- */

/** Linear light of a named colour: at the root, at the tip. */
void avt_hair_colour(int colour, float ret_root[3], float ret_tip[3]);
/** Of brows and lashes of someone with hair of that colour, or of a beard of it: darker than blond hair. */
void avt_body_hair_colour(const struct avt_attributes *attributes, int colour, float ret_colour[3]);
/** Of one hair: `colour` or grey, by chance. @param grey  Share of grey hairs. */
void avt_hair_greyed(float grey, float chance, float colour[3]);

/* ---- small things ------------------------------------------------------------------------------- */

static inline float avt_rnd(struct avt_rng *rng)
{
    return (float)avt_rng_uniform(rng);
}
/** low .. high */
static inline float avt_rnd_in(struct avt_rng *rng, float low, float high)
{
    return low + (high - low) * avt_rnd(rng);
}
static inline float avt_rnd_normal(struct avt_rng *rng)
{
    return (float)avt_rng_normal(rng);
}
/** A generator for one purpose. */
static inline struct avt_rng avt_hair_stream(uint64_t seed, uint32_t purpose)
{
    struct avt_rng rng;
    avt_rng_init(&rng, seed * 0x9e3779b97f4a7c15ull + purpose * 0x632be59bd9b4e019ull);
    return rng;
}
static inline struct avt_point3 avt_vec_mix(struct avt_point3 a, struct avt_point3 b, float t)
{
    return (struct avt_point3){avt_mix(a.x, b.x, t), avt_mix(a.y, b.y, t), avt_mix(a.z, b.z, t)};
}
/** Two directions across `along` and each other. */
static inline void avt_vec_frame(struct avt_point3 along, struct avt_point3 *ret_u, struct avt_point3 *ret_v)
{
    struct avt_point3 helper = fabsf(along.y) < .8f ? (struct avt_point3){0, 1, 0} : (struct avt_point3){0, 0, 1};
    *ret_u = avt_vec_unit(avt_vec_cross(helper, along));
    *ret_v = avt_vec_cross(along, *ret_u);
}

/* ---- walking ------------------------------------------------------------------------------------ */

enum { AVT_WALK_STEPS_MAX = 160 };
/** Comb a hair over the skull from its root to a tie, lying `layer` cm high. @return points of `path`. */
size_t avt_hair_comb_to(const struct avt_hair *hair, const struct avt_hair_root *root, struct avt_point3 tie,
                        float layer, float bow, struct avt_point3 path[AVT_WALK_STEPS_MAX]);
/** A hair that hangs: from `path`'s last point on, in direction `way`, to the height `end`. @return points in all. */
size_t avt_hair_hang(const struct avt_hair *hair, struct avt_point3 *path, size_t steps, struct avt_point3 way,
                     float end, float gap);
/** A hair that is parted and falls to its style's end. @return points of `path`. */
size_t avt_hair_fall(const struct avt_hair *hair, const struct avt_hair_root *root, const struct avt_hair_info *info,
                     struct avt_rng *rng, struct avt_point3 path[AVT_WALK_STEPS_MAX]);
