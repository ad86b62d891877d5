#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TFLite to ONNX for models/person-matte.onnx: MediaPipe's selfie segmentation, the square one.

    convert_matte_model.py SELFIE_SEGMENTATION_PACKAGE OUT_FILE

The package is the unpacked npm package @mediapipe/selfie_segmentation 0.1.1675465747. Needs what
convert_face_models.py needs, whose converter this is with the operations that it lacks. The picture is
`image` [1, 3, 256, 256] in 0..1; the share of a person is `matte` [1, 1, 256, 256] in 0..1. The one custom
operation, Convolution2DTransposeBias, is a transposed convolution and a bias.
"""
import hashlib
import os
import sys

import numpy as np
import tflite

import convert_face_models as base

FILE = "selfie_segmentation.tflite"
DIGEST = "8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27"
SAME = 1  # of TfLitePadding, with which the custom operation was written


class Converter(base.Converter):
    def custom(self, op, kind, inputs):
        if kind != "Convolution2DTransposeBias":
            raise ValueError(kind)
        padding, *stride = np.frombuffer(op.CustomOptionsAsNumpy().tobytes(), np.int32).tolist()
        weights = self.values[inputs[1]].transpose(3, 0, 1, 2)  # [in, out, height, width]
        if padding != SAME or list(weights.shape[2:]) != stride:
            raise ValueError("kernels that overlap")
        return self.add("ConvTranspose", self.name(inputs[0]), weights, self.values[inputs[2]],
                        strides=stride), True

    def convert(self, op):
        opcode = self.model.OperatorCodes(op.OpcodeIndex())
        kind = base.OPCODES[max(opcode.BuiltinCode(), opcode.DeprecatedBuiltinCode())]
        source = op.Inputs(0)
        if kind == "CUSTOM":
            return self.custom(op, opcode.CustomCode().decode(), [op.Inputs(i) for i in range(3)])
        if kind == "HARD_SWISH":
            return self.add("HardSwish", self.name(source)), True
        if kind == "LOGISTIC":
            return self.add("Sigmoid", self.name(source)), True
        if kind == "AVERAGE_POOL_2D":
            options = tflite.Pool2DOptions()
            options.Init(op.BuiltinOptions().Bytes, op.BuiltinOptions().Pos)
            if [options.FilterHeight(), options.FilterWidth()] != self.shapes[source][1:3]:
                raise ValueError("a mean over less than everything")
            return self.add("GlobalAveragePool", self.name(source)), True
        return super().convert(op)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(os.path.join(sys.argv[1], FILE), "rb") as stream:
        data = stream.read()
    if hashlib.sha256(data).hexdigest() != DIGEST:
        sys.exit(f"{FILE}: not the file that this was written for")
    converter = Converter(data)
    (rows,) = converter.run().values()
    shape = [1, 1, *converter.shapes[converter.graph.Outputs(0)][1:3]]
    converter.save(sys.argv[2], {"matte": (rows, shape)},
                   f"MediaPipe, Apache-2.0; from TFLite with SHA-256 {DIGEST}")


if __name__ == "__main__":
    main()
