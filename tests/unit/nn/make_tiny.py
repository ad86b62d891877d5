#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tiny.onnx for test_session.c (needs the onnx package): y = 2 * relu(x) + k, with the f32
[1, n] tensor "inner" = relu(x) inside, which is no output."""
import pathlib

import onnx
from onnx import TensorProto, helper

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
