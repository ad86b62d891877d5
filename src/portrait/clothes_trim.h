/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Trimmings of garments, and what they are made of. Private to portrait. */
#include "base/rng.h"
#include "portrait/clothes.h"

struct avt_tailor {
    const struct avt_attributes *attributes;
    struct avt_wear *wear;
    struct avt_form form;
    struct avt_rng rng; /* of colours that are not named */
    bool scarf;         /* what goes around the neck is under a scarf: left out */
};

struct avt_material avt_tailor_paint(enum avt_stuff stuff, int paint, float weave);
/** In the garment's own colour. */
struct avt_material avt_tailor_cloth(const struct avt_tailor *t, enum avt_stuff stuff, float weave);
/** Of a shirt under a jacket; of a top under anything: drawn from the seed, in tune with the
 * garment's colour. */
struct avt_material avt_tailor_shirt(struct avt_tailor *t);
struct avt_material avt_tailor_under(struct avt_tailor *t, float weave);
/** Both colours of a tie. @return width of its stripes, cm, or 0. */
float avt_tailor_tie(struct avt_tailor *t, struct avt_material *ret_first,
                     struct avt_material *ret_second);

void avt_placket_sew(struct avt_tailor *t, const struct avt_garment *g, float top, float bottom,
                     float half_width, const struct avt_material *cloth);
void avt_buttons_sew(struct avt_tailor *t, const struct avt_garment *g, float x, float top,
                     float bottom, float step, float radius, const struct avt_material *material);
/** A patch pocket whose upper edge's middle is at x, y; with a flap or a hem. */
void avt_pocket_sew(struct avt_tailor *t, const struct avt_garment *g, float x, float y,
                    float half_width, float height, bool flap, const struct avt_material *cloth);
void avt_pen_sew(struct avt_tailor *t, const struct avt_garment *g, float x, float y);
void avt_epaulette_sew(struct avt_tailor *t, const struct avt_garment *g, float side,
                       const struct avt_material *cloth, const struct avt_material *button);
void avt_badge_sew(struct avt_tailor *t, const struct avt_garment *g, float x, float y,
                   const struct avt_material *metal);
void avt_bow_sew(struct avt_tailor *t, const struct avt_garment *g,
                 const struct avt_material *cloth);
void avt_strings_sew(struct avt_tailor *t, const struct avt_garment *g);
/** A ribbed band along both sides of a garment's open front. */
void avt_edge_sew(struct avt_tailor *t, const struct avt_garment *g, const struct avt_shell *shell,
                  float half_width, float lift, const struct avt_material *rib);
void avt_welt_sew(struct avt_tailor *t, const struct avt_garment *g,
                  const struct avt_material *cloth);
void avt_embroidery_sew(struct avt_tailor *t, const struct avt_garment *g,
                        const struct avt_material *thread);
void avt_denim_sew(struct avt_tailor *t, const struct avt_garment *g, const struct avt_shell *shell,
                   const struct avt_material *cloth);
void avt_zip_sew(struct avt_tailor *t, const struct avt_garment *g);
void avt_bib_sew(struct avt_tailor *t, const struct avt_garment *g,
                 const struct avt_material *cloth);
