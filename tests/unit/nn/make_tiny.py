#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the graphs of test_session.c and test_fuse.c (needs the onnx package).

tiny.onnx: y = 2 * relu(x) + k, with the f32 [1, n] tensor "inner" = relu(x) inside, which is no output.
tiny_state.onnx: total = state + x with the state's first row moved to its end (so a step that wrote over its own input
would be seen), count = steps + 1, flag = not seen; y = total; "grown" is "kept" and x's first value.
tiny_update.onnx: four states of one row of [4] each, of which "step"'s is replaced by x: out_state_0 by ScatterElements
as it should be; state_1 is read by y too; out_state_2 is a copy of the update; state_3 is what is put in as well.
tiny_conv.onnx: three convolutions as a dynamic quantiser leaves them, 8 > 16 > 16 > 2 channels with
weights that test_fuse.c knows; the second dilated, the third without bias.
tiny_adain.onnx: adaptive instance normalisation of [1, 3, n], y; and z, the same with Snake behind it."""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

X = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "n"])
K = helper.make_tensor_value_info("k", TensorProto.INT64, [1])
Y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, "n"])
TWO = helper.make_tensor("two", TensorProto.FLOAT, [1], [2.0])
NODES = [
    helper.make_node("Relu", ["x"], ["inner"]),
    helper.make_node("Mul", ["inner", "two"], ["doubled"]),
    helper.make_node("Cast", ["k"], ["k_f32"], to=TensorProto.FLOAT),
    helper.make_node("Add", ["doubled", "k_f32"], ["y"]),
]
model = helper.make_model(helper.make_graph(NODES, "tiny", [X, K], [Y], [TWO]),
                          opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, pathlib.Path(__file__).with_name("tiny.onnx"))


def save(name, nodes, inputs, outputs, tensors):
    graph = helper.make_graph(nodes, name, inputs, outputs, tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, pathlib.Path(__file__).with_name(name + ".onnx"))


def quantised_conv(name, source, target, shape, dilation, has_bias):
    """Nodes and initializers of one convolution; shape is out, in, taps."""
    out, channels, taps = shape
    o, i, k = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    pad = dilation * (taps - 1) // 2
    tensors = [
        numpy_helper.from_array(((7 * o + 3 * i + 5 * k) % 41).astype(np.uint8), name + "_w"),
        helper.make_tensor(name + "_zero", TensorProto.UINT8, [], [20]),
        numpy_helper.from_array(np.array(0.01, np.float32), name + "_scale"),
    ]
    nodes = [
        helper.make_node("DynamicQuantizeLinear", [source], [name + "_q", name + "_qs", name + "_qz"]),
        helper.make_node("Mul", [name + "_qs", name + "_scale"], [name + "_scales"]),
        helper.make_node("ConvInteger", [name + "_q", name + "_w", name + "_qz", name + "_zero"],
                         [name + "_sum"], kernel_shape=[taps], pads=[pad, pad], dilations=[dilation]),
    ]
    last = name + "_sum"
    if has_bias:
        tensors += [
            numpy_helper.from_array((np.arange(out) * 0.25 - 1).astype(np.float32), name + "_bias"),
            numpy_helper.from_array(np.array([1, -1, 1], np.int64), name + "_shape"),
        ]
        nodes += [
            helper.make_node("Div", [name + "_bias", name + "_scales"], [name + "_b1"]),
            helper.make_node("Floor", [name + "_b1"], [name + "_b2"]),
            helper.make_node("Cast", [name + "_b2"], [name + "_b3"], to=TensorProto.INT32),
            helper.make_node("Reshape", [name + "_b3", name + "_shape"], [name + "_b4"]),
            helper.make_node("Add", [last, name + "_b4"], [name + "_biased"]),
        ]
        last = name + "_biased"
    nodes += [
        helper.make_node("Cast", [last], [name + "_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [name + "_float", name + "_scales"], [target]),
    ]
    return nodes, tensors


def floats(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


convs = [quantised_conv("a", "x", "y", (16, 8, 3), 1, True),
         quantised_conv("b", "y", "z", (16, 16, 7), 3, True),
         quantised_conv("c", "z", "last", (2, 16, 3), 1, False)]
save("tiny_conv", [n for c in convs for n in c[0]], [floats("x", [1, 8, "n"])],
     [floats("y", [1, 16, "n"]), floats("z", [1, 16, "n"]), floats("last", [1, 2, "n"])],
     [t for c in convs for t in c[1]])


def adain(name, target):
    return [
        helper.make_node("ReduceMean", ["x", "time"], [name + "_mean"], keepdims=1),
        helper.make_node("Sub", ["x", name + "_mean"], [name + "_d"]),
        helper.make_node("Mul", [name + "_d", name + "_d"], [name + "_d2"]),
        helper.make_node("ReduceMean", [name + "_d2", "time"], [name + "_var"], keepdims=1),
        helper.make_node("Add", [name + "_var", "epsilon"], [name + "_vare"]),
        helper.make_node("Sqrt", [name + "_vare"], [name + "_dev"]),
        helper.make_node("Div", [name + "_d", name + "_dev"], [name + "_n"]),
        helper.make_node("Mul", ["gamma", name + "_n"], [name + "_scaled"]),
        helper.make_node("Add", [name + "_scaled", "beta"], [target]),
    ]


SNAKE = [
    helper.make_node("Mul", ["alpha", "b_y"], ["angle"]),
    helper.make_node("Sin", ["angle"], ["sine"]),
    helper.make_node("Pow", ["sine", "square"], ["power"]),
    helper.make_node("Mul", ["by_alpha", "power"], ["amount"]),
    helper.make_node("Add", ["b_y", "amount"], ["z"]),
]
ALPHA = np.array([0.5, 1, 2], np.float32).reshape(1, 3, 1)
save("tiny_adain", adain("a", "y") + adain("b", "b_y") + SNAKE,
     [floats("x", [1, 3, "n"]), floats("gamma", [1, 3, 1]), floats("beta", [1, 3, 1])],
     [floats("y", [1, 3, "n"]), floats("z", [1, 3, "n"])],
     [numpy_helper.from_array(np.array([2], np.int64), "time"),
      numpy_helper.from_array(np.array(1e-5, np.float32), "epsilon"),
      numpy_helper.from_array(np.array(2, np.float32), "square"),
      numpy_helper.from_array(ALPHA, "alpha"), numpy_helper.from_array(1 / ALPHA, "by_alpha")])

ROWS = [3, 2]
save("tiny_state", [
    helper.make_node("Slice", ["state", "one", "three", "zero"], ["rest"]),
    helper.make_node("Slice", ["state", "zero", "one", "zero"], ["first"]),
    helper.make_node("Concat", ["rest", "first"], ["turned"], axis=0),
    helper.make_node("Add", ["turned", "x"], ["out_state"]),
    helper.make_node("Identity", ["out_state"], ["y"]),
    helper.make_node("Add", ["step", "one"], ["out_step"]),
    helper.make_node("Not", ["seen"], ["out_seen"]),
    helper.make_node("Slice", ["x", "zero", "one", "zero"], ["x_row"]),
    helper.make_node("Concat", ["kept", "x_row"], ["out_kept"], axis=0),
], [
    helper.make_tensor_value_info("x", TensorProto.FLOAT, ROWS),
    helper.make_tensor_value_info("state", TensorProto.FLOAT, ROWS),
    helper.make_tensor_value_info("step", TensorProto.INT64, [1]),
    helper.make_tensor_value_info("seen", TensorProto.BOOL, [1]),
    helper.make_tensor_value_info("kept", TensorProto.FLOAT, ["n", 2]),
], [
    helper.make_tensor_value_info("y", TensorProto.FLOAT, ROWS),
    helper.make_tensor_value_info("out_state", TensorProto.FLOAT, ROWS),
    helper.make_tensor_value_info("out_step", TensorProto.INT64, [1]),
    helper.make_tensor_value_info("out_seen", TensorProto.BOOL, [1]),
    helper.make_tensor_value_info("out_kept", TensorProto.FLOAT, ["m", 2]),
], [
    helper.make_tensor("zero", TensorProto.INT64, [1], [0]),
    helper.make_tensor("one", TensorProto.INT64, [1], [1]),
    helper.make_tensor("three", TensorProto.INT64, [1], [3]),
])

ROW = [4]
states = [helper.make_tensor_value_info(f"state_{i}", TensorProto.FLOAT, ROW) for i in range(4)]
save("tiny_update", [
    helper.make_node("ScatterElements", ["state_0", "step", "x"], ["out_state_0"]),
    helper.make_node("ScatterElements", ["state_1", "step", "x"], ["out_state_1"]),
    helper.make_node("ScatterElements", ["state_2", "step", "x"], ["copy"]),
    helper.make_node("Neg", ["copy"], ["out_state_2"]),
    helper.make_node("Slice", ["state_3", "zero", "one"], ["first"]),
    helper.make_node("ScatterElements", ["state_3", "step", "first"], ["out_state_3"]),
    helper.make_node("Add", ["out_state_0", "state_1"], ["y"]),
], [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1]),
    helper.make_tensor_value_info("step", TensorProto.INT64, [1]), *states], [
    helper.make_tensor_value_info("y", TensorProto.FLOAT, ROW),
    *[helper.make_tensor_value_info(f"out_state_{i}", TensorProto.FLOAT, ROW) for i in range(4)],
], [
    helper.make_tensor("zero", TensorProto.INT64, [1], [0]),
    helper.make_tensor("one", TensorProto.INT64, [1], [1]),
])
