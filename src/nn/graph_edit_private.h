/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Applying an edit; private to nn. */
#include <stdbool.h>

#include "nn/graph_edit.h"
#include "nn/onnx_graph.h"

/** False, and nothing is changed, if the model lacks the tensor, nobody reads it, or it is damaged. */
bool avt_graph_edit_apply(struct avt_model_bytes *bytes, const struct avt_graph_edit *edit);
