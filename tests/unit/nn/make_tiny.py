#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the graphs of test_session.c and test_float_convs.c (needs the onnx package).

tiny.onnx: y = 2 * relu(x) + k, with the f32 [1, n] tensor "inner" = relu(x) inside, which is no output.
tiny_conv.onnx: two convolutions as a dynamic quantiser leaves them, one with bias; y [1, 2, n] and z."""
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


def quantised_conv(name, source, target, weights, zero_point, scale, bias):
    """Nodes and initializers of one convolution."""
    tensors = [
        numpy_helper.from_array(np.array(weights, np.uint8), name + "_w"),
        helper.make_tensor(name + "_zero", TensorProto.UINT8, [], [zero_point]),
        numpy_helper.from_array(np.array(scale, np.float32), name + "_scale"),
    ]
    nodes = [
        helper.make_node("DynamicQuantizeLinear", [source], [name + "_q", name + "_qs", name + "_qz"]),
        helper.make_node("Mul", [name + "_qs", name + "_scale"], [name + "_scales"]),
        helper.make_node("ConvInteger", [name + "_q", name + "_w", name + "_qz", name + "_zero"],
                         [name + "_sum"], kernel_shape=[3], pads=[1, 1]),
    ]
    last = name + "_sum"
    if bias:
        tensors += [
            numpy_helper.from_array(np.array(bias, np.float32), name + "_bias"),
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


X = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, "n"])
OUTPUTS = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, "n"])
           for name, channels in (("y", 2), ("z", 1))]
first = quantised_conv("a", "x", "y", [[[10, 20, 30]], [[40, 20, 0]]], 20, 0.1, [1.0, -2.0])
second = quantised_conv("b", "y", "z", [[[9, 10, 11], [10, 14, 10]]], 10, 0.5, None)
graph = helper.make_graph(first[0] + second[0], "tiny_conv", [X], OUTPUTS, first[1] + second[1])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, pathlib.Path(__file__).with_name("tiny_conv.onnx"))
