/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lipsync/rig.h"

/* A picture bears no more than this before it looks like rubber (degrees, eye distances). */
#define YAW_MAX   6.f
#define PITCH_MAX 5.f
#define ROLL_MAX  4.f
#define SHIFT_MAX .12f

static float weight(const struct avt_motion *motion, enum avt_arkit shape)
{
    float w = motion->arkit[shape];
    return w > 0 ? (w < 1 ? w : 1) : 0; /* also 0 for NaN */
}

static float limited(float value, float limit)
{
    return value > -limit ? (value < limit ? value : limit) : value <= -limit ? -limit : 0;
}

/* A mouth that stands open in the photo is shut for speech. As far as a sound parts the lips they go back to
 * what the photo shows, which is this mouth's own skin and teeth; only beyond that the jaw moves them. */
static void open_as_photo(const struct avt_rig *rig, float amounts[AVT_SHAPE_COUNT])
{
    if (!rig->parted)
        return;
    float *jaw = &amounts[AVT_SHAPE_JAW_OPEN];
    float own = rig->gap / AVT_RIG_JAW_DROP, wanted = *jaw - amounts[AVT_SHAPE_LIPS_CLOSE];
    float share = avt_clampf(wanted / own, 0, 1);
    amounts[AVT_SHAPE_NEUTRAL] = 1 - share;
    *jaw = avt_clampf(*jaw - share * own, 0, 1);
}

float avt_rig_jaw_drop(const struct avt_rig *rig, const float amounts[AVT_SHAPE_COUNT])
{
    float own = rig->parted ? (1 - amounts[AVT_SHAPE_NEUTRAL]) * rig->gap : 0;
    return AVT_RIG_JAW_DROP * amounts[AVT_SHAPE_JAW_OPEN] + own;
}

/* How much harder a mouth is to read than one that is shut and seen from the front, as a share of its motion. */
static float hard_to_read(const struct avt_rig *rig)
{
    /* Of a mouth seen from the side the nearer half hides the other. */
    float turned = .45f * avt_step(.40f, .56f, fabsf(rig->axis_z.x));
    /* A broad smile shows its teeth whatever is said: what tells sounds apart is how far it opens beyond. */
    return turned + (rig->moving ? 0 : .60f * avt_step(.12f, .17f, rig->gap));
}

/* By how much more a jaw has to drop to be read as well: not where it opens wide as it is, and not for narrow
 * vowels, which the wide ones are told from. */
static float clearness(const struct avt_rig *rig, float jaw)
{
    /* A face that is small in the picture is read from further off. */
    float small = .15f * avt_step(130, 70, rig->unit);
    return 1 + small + hard_to_read(rig) * avt_step(.02f, .30f, jaw) * (1 - avt_step(.50f, 1, jaw));
}

static void lips(const struct avt_rig *rig, const struct avt_motion *m,
                 float amounts[AVT_SHAPE_COUNT])
{
    float jaw = weight(m, AVT_JAW_OPEN), close = weight(m, AVT_MOUTH_CLOSE);
    float clearly = clearness(rig, jaw);
    jaw *= clearly;
    close *= clearly;
    amounts[AVT_SHAPE_JAW_OPEN] = jaw;
    /* As ARKit has it: mouthClose equal to jawOpen closes the lips; more cannot. */
    amounts[AVT_SHAPE_LIPS_CLOSE] = close < jaw ? close : jaw;
    open_as_photo(rig, amounts);
    amounts[AVT_SHAPE_JAW_FORWARD] = weight(m, AVT_JAW_FORWARD);
    amounts[AVT_SHAPE_JAW_SIDE] = weight(m, AVT_JAW_LEFT) - weight(m, AVT_JAW_RIGHT);
    amounts[AVT_SHAPE_MOUTH_SIDE] = weight(m, AVT_MOUTH_LEFT) - weight(m, AVT_MOUTH_RIGHT);
    /* Funnel and pucker both narrow; together they must not fold the corners. */
    float funnel = weight(m, AVT_MOUTH_FUNNEL), pucker = weight(m, AVT_MOUTH_PUCKER);
    amounts[AVT_SHAPE_FUNNEL] = funnel;
    amounts[AVT_SHAPE_PUCKER] = pucker * (1 - .35f * funnel);
    static const struct {
        unsigned char shape, arkit;
    } plain[] = {
        {AVT_SHAPE_ROLL_UPPER, AVT_MOUTH_ROLL_UPPER},
        {AVT_SHAPE_ROLL_LOWER, AVT_MOUTH_ROLL_LOWER},
        {AVT_SHAPE_SHRUG_UPPER, AVT_MOUTH_SHRUG_UPPER},
        {AVT_SHAPE_SHRUG_LOWER, AVT_MOUTH_SHRUG_LOWER},
        {AVT_SHAPE_PRESS_RIGHT, AVT_MOUTH_PRESS_RIGHT},
        {AVT_SHAPE_PRESS_LEFT, AVT_MOUTH_PRESS_LEFT},
        {AVT_SHAPE_UPPER_UP_RIGHT, AVT_MOUTH_UPPER_UP_RIGHT},
        {AVT_SHAPE_UPPER_UP_LEFT, AVT_MOUTH_UPPER_UP_LEFT},
        {AVT_SHAPE_LOWER_DOWN_RIGHT, AVT_MOUTH_LOWER_DOWN_RIGHT},
        {AVT_SHAPE_LOWER_DOWN_LEFT, AVT_MOUTH_LOWER_DOWN_LEFT},
        {AVT_SHAPE_SMILE_RIGHT, AVT_MOUTH_SMILE_RIGHT},
        {AVT_SHAPE_SMILE_LEFT, AVT_MOUTH_SMILE_LEFT},
        {AVT_SHAPE_FROWN_RIGHT, AVT_MOUTH_FROWN_RIGHT},
        {AVT_SHAPE_FROWN_LEFT, AVT_MOUTH_FROWN_LEFT},
        {AVT_SHAPE_CHEEK_PUFF, AVT_CHEEK_PUFF},
        {AVT_SHAPE_CHEEK_SQUINT_RIGHT, AVT_CHEEK_SQUINT_RIGHT},
        {AVT_SHAPE_CHEEK_SQUINT_LEFT, AVT_CHEEK_SQUINT_LEFT},
        {AVT_SHAPE_SNEER_RIGHT, AVT_NOSE_SNEER_RIGHT},
        {AVT_SHAPE_SNEER_LEFT, AVT_NOSE_SNEER_LEFT},
    };
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        amounts[plain[i].shape] = weight(m, (enum avt_arkit)plain[i].arkit);
    /* A dimple draws the corner out as a stretch does, half as far. */
    amounts[AVT_SHAPE_STRETCH_RIGHT] =
        weight(m, AVT_MOUTH_STRETCH_RIGHT) + .5f * weight(m, AVT_MOUTH_DIMPLE_RIGHT);
    amounts[AVT_SHAPE_STRETCH_LEFT] =
        weight(m, AVT_MOUTH_STRETCH_LEFT) + .5f * weight(m, AVT_MOUTH_DIMPLE_LEFT);
}

static void eyes(const struct avt_motion *m, float amounts[AVT_SHAPE_COUNT])
{
    static const unsigned char arkit[2][6] = {
        {AVT_EYE_BLINK_RIGHT, AVT_EYE_SQUINT_RIGHT, AVT_EYE_WIDE_RIGHT, AVT_EYE_LOOK_DOWN_RIGHT,
         AVT_BROW_DOWN_RIGHT, AVT_BROW_OUTER_UP_RIGHT},
        {AVT_EYE_BLINK_LEFT, AVT_EYE_SQUINT_LEFT, AVT_EYE_WIDE_LEFT, AVT_EYE_LOOK_DOWN_LEFT,
         AVT_BROW_DOWN_LEFT, AVT_BROW_OUTER_UP_LEFT}};
    for (int e = 0; e < 2; e++) {
        /* The upper lid follows a look down; lids that meet do not cross. */
        float blink = weight(m, (enum avt_arkit)arkit[e][0]);
        blink += .25f * weight(m, (enum avt_arkit)arkit[e][3]) * (1 - blink);
        amounts[AVT_SHAPE_BLINK_RIGHT + e] = blink;
        amounts[AVT_SHAPE_SQUINT_RIGHT + e] = weight(m, (enum avt_arkit)arkit[e][1]) * (1 - blink);
        amounts[AVT_SHAPE_WIDE_RIGHT + e] = weight(m, (enum avt_arkit)arkit[e][2]) * (1 - blink);
        amounts[AVT_SHAPE_BROW_DOWN_RIGHT + e] = weight(m, (enum avt_arkit)arkit[e][4]);
        amounts[AVT_SHAPE_BROW_INNER_RIGHT + e] = weight(m, AVT_BROW_INNER_UP);
        amounts[AVT_SHAPE_BROW_OUTER_RIGHT + e] = weight(m, (enum avt_arkit)arkit[e][5]);
    }
}

void avt_rig_amounts(const struct avt_rig *rig, const struct avt_motion *motion,
                     float ret_amounts[AVT_SHAPE_COUNT])
{
    const float radians = .017453293f;
    memset(ret_amounts, 0, AVT_SHAPE_COUNT * sizeof(float));
    lips(rig, motion, ret_amounts);
    eyes(motion, ret_amounts);
    ret_amounts[AVT_SHAPE_YAW] = radians * limited(motion->pose.yaw, YAW_MAX);
    ret_amounts[AVT_SHAPE_PITCH] = radians * limited(motion->pose.pitch, PITCH_MAX);
    ret_amounts[AVT_SHAPE_ROLL] = radians * limited(motion->pose.roll, ROLL_MAX);
    ret_amounts[AVT_SHAPE_SHIFT_X] = limited(motion->shift.x, SHIFT_MAX);
    ret_amounts[AVT_SHAPE_SHIFT_Y] = limited(motion->shift.y, SHIFT_MAX);
    ret_amounts[AVT_SHAPE_BREATH] = limited(motion->breath, 1);
}
