/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What clothes are sewn of: shells over the body, bands along their necklines, patches that lie on
 * them. Lengths in centimetres on the average body (form.h), thickness and lift in centimetres on
 * this one. Private to portrait.
 */
#include "portrait/form.h"

/** How a garment is cut around the neck and in front: what of the body it leaves free, union of two
 * shapes. */
struct avt_neckline {
    float half_width, top; /* at the shoulder, where it is widest, and how high that is */
    float front, back;     /* how far it comes down from there */
    float power;           /* 1 straight lines (V) .. 2 round .. 4 square */
    float vee_top, vee_half_width,
        vee_bottom;  /* a second opening down the front, pointed; half width 0: none */
    float vee_power; /* 1 straight; more: bent inwards below */
};

struct avt_shell {
    struct avt_neckline neckline;
    float thick;  /* of air and cloth over shoulders */
    float loose;  /* more of it over chest and arms */
    float pad;    /* how much the shoulders are built up */
    float folds;  /* 0..1 and more: how deep */
    float sleeve; /* length from the shoulder's point; 0: to the end of the arm; below 0: none, bare
                     arms */
    float hem;    /* radius of its rims */
    float follow; /* share of the skin's own following */
    float depth;  /* how far rims turn inwards */
    float inner_top; /* of an inner garment: kept only above this height and where the outer one is
                        open; 0: all */
    float inner_half_width;
};

/** A garment's surface, for what is put on it. */
struct avt_garment {
    struct avt_map front, neck;
    size_t rim_count; /* of the neckline, evenly spaced, anticlockwise as seen from above */
    struct avt_rim_point {
        struct avt_point3 at, normal, out; /* `out` leads into the opening */
        float follow;
    } *rim;
};
void avt_garment_done(struct avt_garment *garment);

/** The shell's surface before folds and cuts. */
void avt_shell_surface(const struct avt_form *form, const struct avt_shell *shell,
                       struct avt_sheet *ret_sheet);
/** Sew a shell and add it. @param ret_garment  Owned: avt_garment_done(). */
void avt_shell_sew(const struct avt_form *form, const struct avt_shell *shell,
                   const struct avt_material *material, struct avt_wear *wear,
                   struct avt_garment *ret_garment);
/** A band along the neckline, `width` cm into the opening. */
void avt_band_sew(const struct avt_form *form, const struct avt_garment *garment, float width,
                  float thick, const struct avt_material *material, struct avt_wear *wear);

/** A grid of places on a map, raised, with a rim down to it. */
struct avt_patch {
    const struct avt_map *map;
    size_t rows, columns;           /* seen from outside, columns run to the right and rows up */
    const struct avt_point *places; /* [rows, columns] */
    const float *lifts;             /* [rows, columns] cm */
    float follow;                   /* share of the surface's own */
    float rim;                      /* cm that the rim goes down */
    float turn;                     /* of the weave, radians */
};
void avt_patch_sew(struct avt_sheet *sheet, const struct avt_patch *patch);

/** A strip along a smooth line of places by front. */
struct avt_stop {
    float x, y, half_width;
};
struct avt_ribbon {
    const struct avt_map *map;
    const struct avt_stop *stops; /* [count], going up */
    size_t count;
    float lift, bulge; /* cm at its edges, and how much more in the middle */
    float follow, rim;
    float step; /* cm between rows; 0: .8 */
};
void avt_ribbon_sew(struct avt_sheet *sheet, const struct avt_ribbon *ribbon);
/** Dashes of thread along the middle of the same line, `radius` cm thick. */
void avt_stitch_sew(struct avt_sheet *sheet, const struct avt_ribbon *ribbon, float dash, float gap,
                    float radius);
/** A disc that lies on a map by front; `radius` in cm. */
void avt_button_sew(struct avt_sheet *sheet, const struct avt_map *map, float x, float y,
                    float radius, float lift);

/** A value around the neck. */
struct avt_around {
    float front, side, back;
};
float avt_around_at(const struct avt_around *around, float angle);

/** A folded collar: a stand from the seam up and a leaf that falls over it. */
struct avt_collar {
    float gap, leaf_gap; /* radians: half of what stays open in front, of the stand and of the
                            leaf's fold */
    struct avt_around seam, top; /* y */
    float leaf, point;           /* how long the leaf is behind, and at its points */
    float spread;                /* radians by which the points swing to the sides */
    float stand_lift, leaf_lift; /* cm off the garment */
    bool no_leaf;                /* a band collar */
};
void avt_collar_sew(const struct avt_form *form, const struct avt_garment *garment,
                    const struct avt_collar *collar, const struct avt_material *material,
                    struct avt_wear *wear);
/** A tube around the neck, folded over. */
void avt_roll_sew(const struct avt_form *form, const struct avt_garment *garment,
                  const struct avt_around *bottom, const struct avt_around *top, float thick,
                  const struct avt_material *material, struct avt_wear *wear);
void avt_hood_sew(const struct avt_form *form, const struct avt_garment *garment,
                  const struct avt_material *material, struct avt_wear *wear);

/** Lapels along the opening and a collar around the neck. */
struct avt_lapels {
    float top_x, top_y, bottom_y; /* of the fold, along the garment's opening */
    float wide;                   /* share of a suit's */
    bool shawl;                   /* no notch */
};
void avt_lapels_sew(const struct avt_form *form, const struct avt_garment *garment,
                    const struct avt_shell *shell, const struct avt_lapels *lapels,
                    const struct avt_material *material, struct avt_wear *wear);
/** A tie's knot and blade; every other stripe of `stripes` cm (0: plain) in `second`. */
void avt_tie_sew(const struct avt_form *form, const struct avt_garment *garment,
                 const struct avt_material *first, const struct avt_material *second, float stripes,
                 struct avt_wear *wear);
/** Below 0 inside the opening; about centimetres near its edge. @param p  A place of the average
 * body. */
float avt_neckline_at(const struct avt_neckline *cut, struct avt_point3 p);
/** Half width of the opening that `cut` leaves in front at y. */
float avt_neckline_vee(const struct avt_neckline *cut, float y);
