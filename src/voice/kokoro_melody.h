/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The melody that Kokoro predicts, opened by an edit of its graph: three inputs more, by which its height
 * and range can be changed between where it is predicted and where the decoder sings it.
 */
#include "nn/graph_edit.h"
#include "nn/session.h"
#include "voice/speaker.h"

enum { AVT_KOKORO_MELODY_INPUTS = 3 };

/** For avt_session_options.edit. */
extern const struct avt_graph_edit avt_kokoro_melody;

/** The inputs that a session with the edit needs; with {0, 1} the sound is to the bit that of the unchanged
 *  graph. @param values  What they point into; lives as long. */
void avt_kokoro_melody_inputs(const struct avt_melody *melody, float values[AVT_KOKORO_MELODY_INPUTS],
                              struct avt_tensor inputs[AVT_KOKORO_MELODY_INPUTS]);
