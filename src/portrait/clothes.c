/* SPDX-License-Identifier: Apache-2.0 */
/* The garments: what each is sewn of. */
#include "portrait/clothes.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "portrait/clothes_trim.h"
#include "portrait/vec.h"
#include "portrait/wear_parts.h"

/* ---- cuts ---------------------------------------------------------------------------------------
 */

static const struct avt_neckline CREW = {7.0f, -13.3f, 5.4f, 1.6f, 2.25f, 0, 0, 0, 1};
static const struct avt_neckline VEE = {7.2f, -13.5f, 10.5f, 1.4f, 1.12f, 0, 0, 0, 1};
static const struct avt_neckline UNDER_COLLAR = {6.4f, -13.2f, 3.2f, 1.2f, 2, 0, 0, 0, 1};
static const struct avt_neckline OPEN_COLLAR = {6.4f,   -13.2f, 3.0f,   1.2f, 2,
                                                -15.4f, 2.0f,   -23.5f, .9f};
static const struct avt_neckline POLO = {6.4f, -13.2f, 3.0f, 1.2f, 2, -15.4f, 1.8f, -22.0f, .9f};
static const struct avt_neckline JACKET = {6.9f,   -13.4f, 2.4f,   1.5f, 2,
                                           -14.5f, 6.4f,   -39.5f, 1.02f};
static const struct avt_neckline CARDIGAN = {7.2f,   -13.5f, 2.6f,   1.4f, 2,
                                             -14.5f, 6.6f,   -37.0f, 1.1f};
static const struct avt_neckline WIDE = {12.0f, -15.3f, 8.2f, 3.0f, 2.6f, 0, 0, 0, 1};

static const struct avt_shell LIGHT = {
    .thick = .42f, .loose = .42f, .folds = 1, .hem = .09f, .depth = .7f, .follow = .7f};
static const struct avt_shell HEAVY = {
    .thick = .60f, .loose = .55f, .folds = .9f, .hem = .16f, .depth = .7f, .follow = .6f};
static const struct avt_shell COAT = {.thick = .95f,
                                      .loose = .75f,
                                      .pad = .55f,
                                      .folds = .55f,
                                      .hem = .16f,
                                      .depth = .6f,
                                      .follow = .5f};
#define SHORT_SLEEVE 18.5f

static struct avt_shell cut(const struct avt_shell *shell, const struct avt_neckline *neckline,
                            float sleeve)
{
    struct avt_shell out = *shell;
    out.neckline = *neckline;
    out.sleeve = sleeve;
    return out;
}

/* Only what an open garment shows of what is under it. */
static struct avt_shell inside(struct avt_shell shell, float half_width)
{
    shell.inner_top = -62;
    shell.inner_half_width = half_width;
    shell.thick -= .08f;
    shell.loose *= .4f;
    shell.folds *= .5f;
    return shell;
}

/* ---- collars ------------------------------------------------------------------------------------
 */

static const struct avt_around SEAM = {-16.7f, -14.3f, -13.6f}, FOLD = {-14.2f, -11.9f, -10.9f};
static const struct avt_collar BUTTONED = {.gap = .0f,
                                           .leaf_gap = .07f,
                                           .seam = {-16.7f, -14.3f, -13.6f},
                                           .top = {-14.3f, -12.0f, -10.9f},
                                           .leaf = 4.6f,
                                           .point = 6.1f,
                                           .spread = .40f,
                                           .stand_lift = .22f,
                                           .leaf_lift = .55f};
static const struct avt_collar OPEN = {.gap = .38f,
                                       .leaf_gap = .36f,
                                       .seam = {-16.2f, -14.3f, -13.6f},
                                       .top = {-15.0f, -12.2f, -11.0f},
                                       .leaf = 4.6f,
                                       .point = 6.8f,
                                       .spread = .26f,
                                       .stand_lift = .30f,
                                       .leaf_lift = .60f};

static void sew_shirt(struct avt_tailor *t, struct avt_shell shell, bool buttoned,
                      const struct avt_material *cloth, const struct avt_material *buttons,
                      struct avt_garment *ret_garment)
{
    avt_shell_sew(&t->form, &shell, cloth, t->wear, ret_garment);
    if (!t->scarf)
        avt_collar_sew(&t->form, ret_garment, buttoned ? &BUTTONED : &OPEN, cloth, t->wear);
    avt_placket_sew(t, ret_garment, buttoned ? -16.8f : -23.0f, -62, 1.45f, cloth);
    avt_buttons_sew(t, ret_garment, 0, buttoned ? -20.0f : -24.6f, -60, 7.2f, .50f, buttons);
}

/* ---- one each -----------------------------------------------------------------------------------
 */

static void t_shirt(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_shell shell = cut(&LIGHT, &CREW, SHORT_SLEEVE);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .05f),
                        rib = avt_tailor_cloth(t, AVT_STUFF_KNIT, .16f);
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    avt_band_sew(&t->form, &g, 1.6f, .20f, &rib, t->wear);
    avt_garment_done(&g);
}

static void shirt(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .05f);
    struct avt_material buttons = avt_tailor_paint(AVT_STUFF_PLASTIC, AVT_PAINT_CREAM, 0);
    sew_shirt(t, cut(&LIGHT, &OPEN_COLLAR, 0), false, &cloth, &buttons, &g);
    avt_pocket_sew(t, &g, 8.2f, -27.5f, 4.6f, 6, false, &cloth);
    avt_garment_done(&g);
}

static void blouse(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_shell shell = cut(&LIGHT, &UNDER_COLLAR, 0);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_SATIN, 0);
    shell.folds = 1.35f;
    shell.loose = .6f;
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    if (!t->scarf)
        avt_bow_sew(t, &g, &cloth);
    avt_garment_done(&g);
}

static void polo(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_shell shell = cut(&LIGHT, &POLO, SHORT_SLEEVE);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .10f),
                        rib = avt_tailor_cloth(t, AVT_STUFF_KNIT, .14f);
    struct avt_material buttons = avt_tailor_paint(AVT_STUFF_PLASTIC, AVT_PAINT_CREAM, 0);
    struct avt_collar collar = OPEN;
    collar.point = 6;
    collar.leaf = 4.4f;
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    if (!t->scarf)
        avt_collar_sew(&t->form, &g, &collar, &rib, t->wear);
    avt_placket_sew(t, &g, -21.3f, -29.5f, 1.5f, &cloth);
    avt_buttons_sew(t, &g, 0, -23.2f, -29, 4, .48f, &buttons);
    avt_garment_done(&g);
}

static void sweater(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_shell shell = cut(&HEAVY, &CREW, 0);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_KNIT, .42f),
                        rib = avt_tailor_cloth(t, AVT_STUFF_KNIT, .34f);
    shell.neckline.half_width += .5f;
    shell.neckline.front += .6f;
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    avt_band_sew(&t->form, &g, 2.3f, .38f, &rib, t->wear);
    avt_garment_done(&g);
}

static void turtleneck(struct avt_tailor *t)
{
    static const struct avt_around BOTTOM = {-15.6f, -13.9f, -13.4f},
                                   TOP = {-12.0f, -10.6f, -10.3f};
    struct avt_garment g;
    struct avt_shell shell = cut(&HEAVY, &UNDER_COLLAR, 0);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_KNIT, .26f),
                        rib = avt_tailor_cloth(t, AVT_STUFF_KNIT, .34f);
    shell.neckline.half_width = 5.6f;
    shell.neckline.top = -12.4f;
    shell.neckline.front = 1.6f;
    shell.thick = .5f;
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    if (!t->scarf)
        avt_roll_sew(&t->form, &g, &BOTTOM, &TOP, .85f, &rib, t->wear);
    avt_garment_done(&g);
}

static void hoodie(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_shell shell = cut(&HEAVY, &CREW, 0);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .09f);
    shell.thick = .72f;
    shell.loose = .75f;
    shell.folds = 1.15f;
    shell.neckline.front = 5.8f;
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    avt_band_sew(&t->form, &g, 1.2f, .34f, &cloth, t->wear);
    if (!t->scarf)
        avt_hood_sew(&t->form, &g, &cloth, t->wear);
    avt_strings_sew(t, &g);
    avt_garment_done(&g);
}

static void cardigan(struct avt_tailor *t)
{
    struct avt_garment under, g;
    struct avt_shell top = inside(cut(&LIGHT, &CREW, 0), 10.5f), shell = cut(&HEAVY, &CARDIGAN, 0);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_KNIT, .30f),
                        rib = avt_tailor_cloth(t, AVT_STUFF_KNIT, .22f);
    struct avt_material plain = avt_tailor_under(t, .05f),
                        buttons = avt_tailor_paint(AVT_STUFF_PLASTIC, AVT_PAINT_BROWN, 0);
    shell.thick = .8f;
    avt_shell_sew(&t->form, &top, &plain, t->wear, &under);
    avt_band_sew(&t->form, &under, 1.4f, .18f, &plain, t->wear);
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    avt_edge_sew(t, &g, &shell, 1.25f, .36f, &rib);
    avt_buttons_sew(t, &g, 0, -38.4f, -60, 7, .62f, &buttons);
    avt_garment_done(&g);
    avt_garment_done(&under);
}

static const struct avt_lapels SUIT_LAPELS = {
    .top_x = 5.5f, .top_y = -16.4f, .bottom_y = -39, .wide = 1};

static void sew_jacket(struct avt_tailor *t, const struct avt_material *cloth)
{
    struct avt_garment g;
    struct avt_shell shell = cut(&COAT, &JACKET, 0);
    avt_shell_sew(&t->form, &shell, cloth, t->wear, &g);
    if (!t->scarf)
        avt_lapels_sew(&t->form, &g, &shell, &SUIT_LAPELS, cloth, t->wear);
    avt_welt_sew(t, &g, cloth);
    avt_garment_done(&g);
}

static void suit(struct avt_tailor *t)
{
    struct avt_garment under;
    struct avt_material white = avt_tailor_shirt(t),
                        cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .045f), first, second;
    struct avt_material buttons = avt_tailor_paint(AVT_STUFF_PLASTIC, AVT_PAINT_WHITE, 0);
    float stripes = avt_tailor_tie(t, &first, &second);
    sew_shirt(t, inside(cut(&LIGHT, &UNDER_COLLAR, 0), 10.5f), true, &white, &buttons, &under);
    avt_tie_sew(&t->form, &under, &first, &second, stripes, t->wear);
    sew_jacket(t, &cloth);
    avt_garment_done(&under);
}

static void blazer(struct avt_tailor *t)
{
    struct avt_garment under;
    struct avt_material plain = avt_tailor_under(t, .05f),
                        cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .07f);
    struct avt_shell top = inside(cut(&LIGHT, &CREW, 0), 10.5f);
    top.neckline.front = 6.6f;
    avt_shell_sew(&t->form, &top, &plain, t->wear, &under);
    avt_band_sew(&t->form, &under, .9f, .16f, &plain, t->wear);
    sew_jacket(t, &cloth);
    avt_garment_done(&under);
}

static void dress(struct avt_tailor *t)
{
    struct avt_garment g;
    /* Who covers the head covers the arms. */
    bool covered = t->attributes->headwear == AVT_HEADWEAR_HIJAB;
    struct avt_shell shell = covered ? cut(&LIGHT, &CREW, 0) : cut(&LIGHT, &WIDE, -1);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .04f);
    shell.folds = .6f;
    shell.thick = .40f;
    shell.hem = .12f;
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    avt_band_sew(&t->form, &g, .7f, .14f, &cloth, t->wear);
    avt_garment_done(&g);
}

static void scrubs(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_shell shell = cut(&LIGHT, &VEE, SHORT_SLEEVE + 2);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .05f);
    shell.loose = .7f;
    shell.folds = 1.2f;
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    avt_band_sew(&t->form, &g, 1.8f, .16f, &cloth, t->wear);
    avt_pocket_sew(t, &g, 8.4f, -29, 4.6f, 8, false, &cloth);
    avt_pen_sew(t, &g, 6.6f, -29);
    avt_garment_done(&g);
}

static void lab_coat(struct avt_tailor *t)
{
    struct avt_garment under, g;
    struct avt_shell shell = cut(&COAT, &JACKET, 0);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .05f),
                        inner = avt_tailor_shirt(t);
    struct avt_material buttons = avt_tailor_paint(AVT_STUFF_PLASTIC, AVT_PAINT_WHITE, 0);
    static const struct avt_lapels LAPELS = {
        .top_x = 5.5f, .top_y = -16.4f, .bottom_y = -35.5f, .wide = .92f};
    shell.neckline.vee_bottom = -36;
    shell.pad = .15f;
    shell.folds = .9f;
    sew_shirt(t, inside(cut(&LIGHT, &OPEN_COLLAR, 0), 10.5f), false, &inner, &buttons, &under);
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    if (!t->scarf)
        avt_lapels_sew(&t->form, &g, &shell, &LAPELS, &cloth, t->wear);
    avt_pocket_sew(t, &g, 11.0f, -29.5f, 4.6f, 8, false, &cloth);
    avt_pen_sew(t, &g, 9.2f, -29.5f);
    avt_buttons_sew(t, &g, 0, -38, -60, 9, .8f, &buttons);
    avt_garment_done(&g);
    avt_garment_done(&under);
}

static void uniform(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .05f),
                        tie = avt_tailor_paint(AVT_STUFF_SATIN, AVT_PAINT_BLACK, 0);
    struct avt_material metal = avt_tailor_paint(AVT_STUFF_METAL, AVT_PAINT_GOLD, 0);
    sew_shirt(t, cut(&LIGHT, &UNDER_COLLAR, 0), true, &cloth, &metal, &g);
    avt_tie_sew(&t->form, &g, &tie, &tie, 0, t->wear);
    for (int side = -1; side <= 1; side += 2) {
        avt_pocket_sew(t, &g, 8.6f * (float)side, -26.5f, 4.8f, 8, true, &cloth);
        avt_epaulette_sew(t, &g, (float)side, &cloth, &metal);
    }
    avt_badge_sew(t, &g, 8.6f, -23.6f, &metal);
    avt_garment_done(&g);
}

static void kurta(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_collar collar = {.gap = .12f,
                                .leaf_gap = .1f,
                                .seam = SEAM,
                                .top = FOLD,
                                .stand_lift = .3f,
                                .no_leaf = true};
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .07f);
    struct avt_material thread = avt_tailor_paint(
        AVT_STUFF_SATIN,
        t->attributes->clothing_colour == AVT_PAINT_GOLD ? AVT_PAINT_WHITE : AVT_PAINT_GOLD, 0);
    avt_shell_sew(
        &t->form,
        &(struct avt_shell){.neckline = {6.4f, -13.2f, 3.2f, 1.2f, 2, -15.6f, .9f, -21.0f, .9f},
                            .thick = .45f,
                            .loose = .55f,
                            .folds = 1.1f,
                            .hem = .1f,
                            .depth = .7f,
                            .follow = .7f},
        &cloth, t->wear, &g);
    collar.top.front = -14.7f;
    if (!t->scarf)
        avt_collar_sew(&t->form, &g, &collar, &cloth, t->wear);
    avt_placket_sew(t, &g, -20.6f, -37, 1.7f, &cloth);
    avt_buttons_sew(t, &g, 0, -22.6f, -36.5f, 4.4f, .46f, &thread);
    avt_embroidery_sew(t, &g, &thread);
    avt_garment_done(&g);
}

static void denim_jacket(struct avt_tailor *t)
{
    struct avt_garment under, g;
    struct avt_shell top = inside(cut(&LIGHT, &CREW, 0), 10.5f), shell = cut(&HEAVY, &JACKET, 0);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .11f),
                        plain = avt_tailor_under(t, .05f);
    struct avt_collar collar = OPEN;
    shell.neckline = (struct avt_neckline){6.8f, -13.3f, 3, 1.3f, 2, -14.5f, 5.0f, -58, .75f};
    shell.thick = .85f;
    shell.hem = .2f;
    collar.gap = .80f;
    collar.leaf_gap = .80f;
    collar.seam.front = -17.4f;
    collar.top.front = -15.4f;
    collar.leaf = 5.2f;
    collar.point = 7.4f;
    collar.leaf_lift = .7f;
    avt_shell_sew(&t->form, &top, &plain, t->wear, &under);
    avt_band_sew(&t->form, &under, 1.5f, .2f, &plain, t->wear);
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    if (!t->scarf)
        avt_collar_sew(&t->form, &g, &collar, &cloth, t->wear);
    avt_denim_sew(t, &g, &shell, &cloth);
    avt_garment_done(&g);
    avt_garment_done(&under);
}

static void leather_jacket(struct avt_tailor *t)
{
    struct avt_garment under, g;
    struct avt_shell top = inside(cut(&LIGHT, &CREW, 0), 10.5f), shell = cut(&HEAVY, &JACKET, 0);
    struct avt_material cloth = avt_tailor_cloth(t, AVT_STUFF_LEATHER, 0),
                        plain = avt_tailor_under(t, .05f);
    static const struct avt_lapels LAPELS = {
        .top_x = 5.5f, .top_y = -16.4f, .bottom_y = -33, .wide = 1.06f};
    shell.neckline = (struct avt_neckline){6.9f, -13.4f, 2.4f, 1.5f, 2, -14.5f, 6.0f, -34.5f, 1.1f};
    shell.thick = .9f;
    shell.folds = 1;
    avt_shell_sew(&t->form, &top, &plain, t->wear, &under);
    avt_band_sew(&t->form, &under, 1.5f, .2f, &plain, t->wear);
    avt_shell_sew(&t->form, &shell, &cloth, t->wear, &g);
    if (!t->scarf)
        avt_lapels_sew(&t->form, &g, &shell, &LAPELS, &cloth, t->wear);
    avt_zip_sew(t, &g);
    avt_garment_done(&g);
    avt_garment_done(&under);
}

static void apron(struct avt_tailor *t)
{
    struct avt_garment g;
    struct avt_material inner = avt_tailor_under(t, .05f),
                        cloth = avt_tailor_cloth(t, AVT_STUFF_CLOTH, .08f);
    struct avt_material buttons = avt_tailor_paint(AVT_STUFF_PLASTIC, AVT_PAINT_CREAM, 0);
    sew_shirt(t, cut(&LIGHT, &OPEN_COLLAR, 0), false, &inner, &buttons, &g);
    avt_bib_sew(t, &g, &cloth);
    avt_garment_done(&g);
}

void avt_clothes_sew(const struct avt_bust *bust, const struct avt_attributes *attributes,
                     struct avt_wear *wear)
{
    static void (*const SEW[AVT_CLOTHING_COUNT])(struct avt_tailor *) = {
        [AVT_CLOTHING_T_SHIRT] = t_shirt,
        [AVT_CLOTHING_SHIRT] = shirt,
        [AVT_CLOTHING_BLOUSE] = blouse,
        [AVT_CLOTHING_POLO] = polo,
        [AVT_CLOTHING_SWEATER] = sweater,
        [AVT_CLOTHING_TURTLENECK] = turtleneck,
        [AVT_CLOTHING_HOODIE] = hoodie,
        [AVT_CLOTHING_CARDIGAN] = cardigan,
        [AVT_CLOTHING_SUIT] = suit,
        [AVT_CLOTHING_BLAZER] = blazer,
        [AVT_CLOTHING_DRESS] = dress,
        [AVT_CLOTHING_SCRUBS] = scrubs,
        [AVT_CLOTHING_LAB_COAT] = lab_coat,
        [AVT_CLOTHING_UNIFORM] = uniform,
        [AVT_CLOTHING_KURTA] = kurta,
        [AVT_CLOTHING_DENIM_JACKET] = denim_jacket,
        [AVT_CLOTHING_LEATHER_JACKET] = leather_jacket,
        [AVT_CLOTHING_APRON] = apron,
    };
    int clothing = attributes->clothing;
    struct avt_tailor tailor = {.attributes = attributes,
                                .wear = wear,
                                .scarf = attributes->headwear == AVT_HEADWEAR_HIJAB};
    avt_form_make(bust, attributes->seed, &tailor.form);
    avt_rng_init(&tailor.rng, attributes->seed ^ 0x636c6f74686573u);
    SEW[clothing >= 0 && clothing < AVT_CLOTHING_COUNT ? clothing : AVT_CLOTHING_T_SHIRT](&tailor);
    avt_form_done(&tailor.form);
}
