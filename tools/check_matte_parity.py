#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The converted person matte against MediaPipe's own TFLite run of the selfie segmentation.

    check_matte_parity.py MODELS_FOLDER PICTURE...

Needs the PyPI packages mediapipe 0.10.14, onnxruntime, opencv-python, numpy. Each picture is squeezed to 256 x 256,
whole and with made-up cuts and noise; both get the same pixels. Prints the largest and the mean difference of each, of
1, and fails where a largest is above 0.02.
"""
import os
import sys

import cv2
import mediapipe as mp
import numpy as np
import onnxruntime

SIDE, LIMIT, TRIES = 256, 0.02, 8


def squares_of(path):
    image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
    h, w = image.shape[:2]
    rng = np.random.default_rng(1)
    for k in range(TRIES):
        part = 1 if k == 0 else rng.uniform(.5, 1)
        x, y = int(rng.uniform(0, 1 - part) * w), int(rng.uniform(0, 1 - part) * h)
        cut = image[y:y + int(part * h), x:x + int(part * w)]
        square = cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        square += rng.normal(0, 3 * k, square.shape)
        yield np.ascontiguousarray(np.clip(square, 0, 255).astype(np.uint8))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    session = onnxruntime.InferenceSession(os.path.join(sys.argv[1], "person-matte.onnx"))
    worst = 0.0
    with mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0) as reference:
        for path in sys.argv[2:]:
            for k, square in enumerate(squares_of(path)):
                reference.reset()
                want = reference.process(square).segmentation_mask
                image = (square.astype(np.float32) / 255).transpose(2, 0, 1)[None]
                got = session.run(["matte"], {"image": image})[0][0, 0]
                off = np.abs(got - want)
                worst = max(worst, off.max())
                print(f"{os.path.basename(path)} try {k}: largest {off.max():.5f}, mean {off.mean():.6f}")
    print(f"largest difference: {worst:.5f} of 1")
    sys.exit(bool(worst > LIMIT))


if __name__ == "__main__":
    main()
