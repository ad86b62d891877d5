#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the ONNX file that --enhance upscale reads from a checkpoint of Real-ESRGAN.

usage: enhance.py CHECKPOINT FOLDER [--half]

CHECKPOINT is RealESRGAN_x4plus.pth, RealESRGAN_x2plus.pth, ESRGAN ones with the same names, or one of the compact
networks (realesr-general-x4v3.pth, realesr-animevideov3.pth); FOLDER/upscale.onnx is written. --half: weights, inputs
and outputs in float16. Face restorers need no export: rename a public ONNX file to restore.onnx."""
import argparse
import io
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import quality_environment  # noqa: E402
from engine_packages import PACKAGES  # noqa: E402

FILE = "upscale.onnx"
OPSET = 17
INPUT, OUTPUT = "input", "output"
SLOPE, SHARE = .2, .2  # of the rectifiers; of what a block adds


def rrdb(features=64, growth=32, blocks=23, factor=4):
    """ESRGAN's generator: blocks of three dense blocks of five convolutions, then twice as large, twice. Factors of 1
    and 2 begin with 4 x 4 or 2 x 2 pixels as channels. Names in its state dict are the published ones."""
    import torch
    nn, functional = torch.nn, torch.nn.functional

    def conv(before, after):
        return nn.Conv2d(before, after, 3, 1, 1)

    def rectify(x):
        return functional.leaky_relu(x, SLOPE)

    class Dense(nn.Module):
        def __init__(self):
            super().__init__()
            for k in range(4):
                setattr(self, f"conv{k + 1}", conv(features + k * growth, growth))
            self.conv5 = conv(features + 4 * growth, features)

        def forward(self, x):
            known = [x]
            for k in range(4):
                known.append(rectify(getattr(self, f"conv{k + 1}")(torch.cat(known, 1))))
            return x + SHARE * self.conv5(torch.cat(known, 1))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.rdb1, self.rdb2, self.rdb3 = Dense(), Dense(), Dense()

        def forward(self, x):
            return x + SHARE * self.rdb3(self.rdb2(self.rdb1(x)))

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv_first = conv(3 * (4 // factor) ** 2, features)
            self.body = nn.Sequential(*[Block() for _ in range(blocks)])
            self.conv_body = conv(features, features)
            self.conv_up1, self.conv_up2 = conv(features, features), conv(features, features)
            self.conv_hr, self.conv_last = conv(features, features), conv(features, 3)

        def forward(self, x):
            if factor < 4:
                x = functional.pixel_unshuffle(x, 4 // factor)
            x = self.conv_first(x)
            x = x + self.conv_body(self.body(x))
            for up in (self.conv_up1, self.conv_up2):
                x = rectify(up(functional.interpolate(x, scale_factor=2, mode="nearest")))
            return self.conv_last(rectify(self.conv_hr(x)))
    return Network().eval().requires_grad_(False)


def compact(features=64, convolutions=32, factor=4):
    """Real-ESRGAN's small one: convolutions at the size that comes in, what they give added to the picture enlarged."""
    import torch
    nn, functional = torch.nn, torch.nn.functional

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            body = [nn.Conv2d(3, features, 3, 1, 1), nn.PReLU(features)]
            for _ in range(convolutions):
                body += [nn.Conv2d(features, features, 3, 1, 1), nn.PReLU(features)]
            self.body = nn.ModuleList(body + [nn.Conv2d(features, 3 * factor ** 2, 3, 1, 1)])

        def forward(self, x):
            y = x
            for layer in self.body:
                y = layer(y)
            return functional.pixel_shuffle(y, factor) + functional.interpolate(x, scale_factor=factor, mode="nearest")
    return Network().eval().requires_grad_(False)


def load(path):
    """The network of a checkpoint."""
    import torch
    state = torch.load(path, map_location="cpu", weights_only=True)
    state = state.get("params_ema", state.get("params", state))
    numbers = [int(found[1]) for name in state if (found := re.match(r"body\.(\d+)\.", name))]
    if "conv_first.weight" in state and "body.0.rdb1.conv1.weight" in state:
        growth, features = state["body.0.rdb1.conv1.weight"].shape[:2]
        factor = {3: 4, 12: 2, 48: 1}.get(state["conv_first.weight"].shape[1])
        module = rrdb(features, growth, max(numbers) + 1, factor) if factor else None
    elif "body.1.weight" in state and state["body.1.weight"].dim() == 1:
        last = state[f"body.{max(numbers)}.weight"]
        module = compact(last.shape[1], (max(numbers) - 2) // 2, round((last.shape[0] / 3) ** .5))
    else:
        module = None
    if module is None:
        sys.exit(f"{path} is no checkpoint of Real-ESRGAN's")
    module.load_state_dict(state)
    return module


def to_onnx(module, half=False):
    import onnx
    import torch
    dtype = torch.float16 if half else torch.float32
    file = io.BytesIO()
    axes = {2: "height", 3: "width"}
    torch.onnx.export(module.to(dtype), torch.zeros((1, 3, 64, 64), dtype=dtype), file, input_names=[INPUT],
                      output_names=[OUTPUT], opset_version=OPSET, dynamic_axes={INPUT: axes, OUTPUT: axes},
                      do_constant_folding=True)
    return onnx.load_from_string(file.getvalue())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--half", action="store_true")
    arguments = parser.parse_args()
    quality_environment.enter("engines", PACKAGES)
    import onnx
    module = load(arguments.checkpoint)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    onnx.save_model(to_onnx(module, arguments.half), arguments.folder / FILE)
    print(f"{arguments.folder / FILE}{': float16' if arguments.half else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
