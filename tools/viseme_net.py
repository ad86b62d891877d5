# SPDX-License-Identifier: Apache-2.0
"""The viseme network in JAX, and the same as ONNX.

Features [T, 40] in, logits [T, 20] out, in the order of `enum avt_viseme`. A convolution over five frames,
then residual blocks of a depthwise convolution over five frames and a full one over one. It sees 1.3 s of
the past and AHEAD frames of what comes: with half a window of the features that is 92 ms, so it can stream.
"""
import numpy as np

CHANNELS, TAPS, INPUTS = 160, 5, 40
FIRST_AHEAD = 2
BLOCKS = ((1, 1), (2, 1), (1, 1), (2, 1), (4, 0), (8, 0), (16, 0))  # dilation, taps that lie ahead
AHEAD = FIRST_AHEAD + sum(dilation * ahead for dilation, ahead in BLOCKS)
EPSILON = 1e-3


def init(rng, outputs):
    def weights(*shape):
        return (rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1]))).astype("f4")
    zeros, ones = np.zeros(CHANNELS, "f4"), np.ones(CHANNELS, "f4")
    params = {"first": weights(TAPS, INPUTS, CHANNELS), "first_scale": ones, "first_shift": zeros,
              "last": .1 * weights(CHANNELS, outputs), "last_bias": np.zeros(outputs, "f4"), "blocks": []}
    state = {"first": (zeros, ones), "blocks": []}
    for _ in BLOCKS:
        params["blocks"].append({"deep": (.45 * rng.standard_normal((TAPS, CHANNELS))).astype("f4"),
                                 "full": weights(CHANNELS, CHANNELS), "scale": .5 * ones, "shift": zeros})
        state["blocks"].append((zeros, ones))
    return params, state


def taps_of(x, dilation, ahead):
    """TAPS copies of x [B, T, C], moved so that tap TAPS - 1 - ahead is now; zeros beyond the ends."""
    import jax.numpy as jnp
    before, after = dilation * (TAPS - 1 - ahead), dilation * ahead
    padded, count = jnp.pad(x, ((0, 0), (before, after), (0, 0))), x.shape[1]
    return [padded[:, k * dilation:k * dilation + count] for k in range(TAPS)]


def normal(x, scale, shift, seen, training):
    """Batch normalisation; what was seen is kept for later."""
    import jax.numpy as jnp
    if training:
        mean, var = x.mean((0, 1)), x.var((0, 1))
        seen = (.95 * seen[0] + .05 * mean, .95 * seen[1] + .05 * var)
    else:
        mean, var = seen
    return (x - mean) / jnp.sqrt(var + EPSILON) * scale + shift, seen


def forward(params, state, x, training):
    """x [B, T, 40] -> logits [B, T, outputs], state."""
    import jax
    h = sum(tap @ params["first"][k] for k, tap in enumerate(taps_of(x, 1, FIRST_AHEAD)))
    h, first = normal(h, params["first_scale"], params["first_shift"], state["first"], training)
    h, blocks = jax.nn.relu(h), []
    for (dilation, ahead), block, seen in zip(BLOCKS, params["blocks"], state["blocks"]):
        deep = sum(tap * block["deep"][k] for k, tap in enumerate(taps_of(h, dilation, ahead)))
        full, seen = normal(deep @ block["full"], block["scale"], block["shift"], seen, training)
        blocks.append(seen)
        h = h + jax.nn.relu(full)
    return h @ params["last"] + params["last_bias"], {"first": first, "blocks": blocks}


# ---- ONNX ----------------------------------------------------------------------------------------

def folded(weights, scale, shift, seen):
    """The normalisation inside the weights before it; weights [..., out]."""
    gain = np.asarray(scale) / np.sqrt(np.asarray(seen[1]) + EPSILON)
    return np.asarray(weights) * gain, np.asarray(shift) - np.asarray(seen[0]) * gain


def export(params, state, prior, path):
    """Inputs: mel [1, 40, T]. Outputs: logits [1, outputs, T], prior [40] (what the running mean begins as)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    nodes, values = [], []

    def constant(name, array):
        values.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype="f4"), name))
        return name

    def node(kind, inputs, out, **attributes):
        nodes.append(helper.make_node(kind, inputs, [out], name=out, **attributes))
        return out

    weights, bias = folded(params["first"], params["first_scale"], params["first_shift"], state["first"])
    h = node("Conv", ["mel", constant("first.w", weights.transpose(2, 1, 0)), constant("first.b", bias)],
             "first", pads=[TAPS - 1 - FIRST_AHEAD, FIRST_AHEAD])
    h = node("Relu", [h], "first.relu")
    for i, ((dilation, ahead), block, seen) in enumerate(zip(BLOCKS, params["blocks"], state["blocks"])):
        name = "block%d" % i
        deep = np.asarray(block["deep"]).T[:, None]
        d = node("Conv", [h, constant(name + ".deep.w", deep)], name + ".deep", group=CHANNELS,
                 dilations=[dilation], pads=[dilation * (TAPS - 1 - ahead), dilation * ahead])
        weights, bias = folded(block["full"], block["scale"], block["shift"], seen)
        d = node("Conv", [d, constant(name + ".full.w", weights.T[:, :, None]),
                          constant(name + ".full.b", bias)], name + ".full")
        h = node("Add", [h, node("Relu", [d], name + ".relu")], name)
    node("Conv", [h, constant("last.w", np.asarray(params["last"]).T[:, :, None]),
                  constant("last.b", np.asarray(params["last_bias"]))], "logits")
    node("Identity", [constant("prior.value", prior)], "prior")
    outputs = np.asarray(params["last_bias"]).size
    graph = helper.make_graph(
        nodes, "visemes", [helper.make_tensor_value_info("mel", TensorProto.FLOAT, [1, INPUTS, "frames"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, outputs, "frames"]),
         helper.make_tensor_value_info("prior", TensorProto.FLOAT, [INPUTS])], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)],
                              producer_name="avatar tools/train_visemes.py", ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
