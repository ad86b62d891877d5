/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/kokoro_melody.h"

#include <math.h>

/*
 * The model's melody, in Hz per half frame, goes through these nodes on its way to the decoder: where
 * it is voiced, (f * range + mean * rest) * scale, with rest = 1 - range and the mean over all that is
 * voiced. With scale 1, range 1, rest 0 it comes out as it went in, to the bit.
 */
#define F0     "/encoder/F0_proj/Conv_output_0"
#define OWN(n) "avatar/melody/" n
static const char *const MELODY_INPUTS[] = {"melody_scale", "melody_range", "melody_rest"};
static const struct avt_graph_node MELODY_NODES[] = {
    /* The decoder takes what is below 10 Hz for unvoiced. */
    {.op = "Constant", .output = OWN("floor"), .float_name = "value_float", .float_value = 10.0f},
    {.op = "Greater", .inputs = {F0, OWN("floor")}, .output = OWN("voiced")},
    {.op = "Cast", .inputs = {OWN("voiced")}, .output = OWN("mask"), .int_name = "to", .int_value = 1},
    {.op = "Mul", .inputs = {F0, OWN("mask")}, .output = OWN("masked")},
    {.op = "ReduceSum", .inputs = {OWN("masked")}, .output = OWN("sum"), .int_name = "keepdims", .int_value = 1},
    {.op = "ReduceSum", .inputs = {OWN("mask")}, .output = OWN("count"), .int_name = "keepdims", .int_value = 1},
    {.op = "Div", .inputs = {OWN("sum"), OWN("count")}, .output = OWN("mean")},
    {.op = "Mul", .inputs = {F0, "melody_range"}, .output = OWN("spread")},
    {.op = "Mul", .inputs = {OWN("mean"), "melody_rest"}, .output = OWN("centre")},
    {.op = "Add", .inputs = {OWN("spread"), OWN("centre")}, .output = OWN("moved")},
    {.op = "Mul", .inputs = {OWN("moved"), "melody_scale"}, .output = OWN("scaled")},
    {.op = "Where", .inputs = {OWN("voiced"), OWN("scaled"), F0}, .output = OWN("f0")},
};
const struct avt_graph_edit avt_kokoro_melody = {
    .tensor = F0,
    .replacement = OWN("f0"),
    .inputs = MELODY_INPUTS,
    .input_count = 3,
    .nodes = MELODY_NODES,
    .node_count = sizeof(MELODY_NODES) / sizeof(MELODY_NODES[0]),
};
#undef F0
#undef OWN

void avt_kokoro_melody_inputs(const struct avt_melody *melody, float values[AVT_KOKORO_MELODY_INPUTS],
                              struct avt_tensor inputs[AVT_KOKORO_MELODY_INPUTS])
{
    values[0] = (float)exp2(melody->pitch_st / 12.0);
    values[1] = (float)melody->range;
    values[2] = 1.0f - values[1];
    for (int i = 0; i < AVT_KOKORO_MELODY_INPUTS; i++)
        inputs[i] = (struct avt_tensor){.name = MELODY_INPUTS[i],
                                        .dtype = AVT_DTYPE_F32,
                                        .rank = 1,
                                        .shape = {1},
                                        .data = &values[i]};
}
