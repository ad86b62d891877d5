#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the ONNX file that --lipsync wav2lip reads from a checkpoint of Wav2Lip.

usage: wav2lip.py CHECKPOINT FOLDER [--half]

CHECKPOINT is wav2lip.pth, wav2lip_gan.pth (96 pixels; as a state dict or as TorchScript) or a wav2lip256 one with the
same blocks and one more; FOLDER/wav2lip.onnx is written. --half: weights, inputs and outputs in float16."""
import argparse
import io
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import quality_environment  # noqa: E402
from engine_packages import PACKAGES  # noqa: E402

FILE = "wav2lip.onnx"
OPSET = 13
MEL, VIDEO, OUTPUT = "mel_spectrogram", "video_frames", "predicted_frames"
KEPT, HALVED = (3, 1, 1), (3, 2, 1)  # kernel, stride, padding

# Each layer: channels it gives (of the published width), kernel, stride, padding. "+": added to what came in, of the
# same size; "^": enlarges. The first of a block of the decoder also takes what the encoder had at that size.
AUDIO = [(32, *KEPT), "+", "+", (64, 3, (3, 1), 1), "+", "+", (128, 3, 3, 1), "+", "+", (256, 3, (3, 2), 1), "+",
         (512, 3, 1, 0), (512, 1, 1, 0)]
ENCODER = {
    96: [[(16, 7, 1, 3)], [(32, *HALVED), "+", "+"], [(64, *HALVED), "+", "+", "+"], [(128, *HALVED), "+", "+"],
         [(256, *HALVED), "+", "+"], [(512, *HALVED), "+"], [(512, 3, 1, 0), (512, 1, 1, 0)]],
    256: [[(16, 7, 1, 3)], [(32, *HALVED), "+", "+"], [(64, *HALVED), "+", "+", "+"], [(128, *HALVED), "+", "+"],
          [(256, *HALVED), "+", "+"], [(512, *HALVED), "+"], [(512, *HALVED), "+"], [(512, 4, 1, 0), (512, 1, 1, 0)]],
}
DECODER = {
    96: [[(512, 1, 1, 0)], [("^", 512, 3, 1, 0), "+"], [("^", 512, *HALVED), "+", "+"], [("^", 384, *HALVED), "+", "+"],
         [("^", 256, *HALVED), "+", "+"], [("^", 128, *HALVED), "+", "+"], [("^", 64, *HALVED), "+", "+"]],
    256: [[(512, 1, 1, 0)], [("^", 512, 4, 1, 0), "+"], [("^", 512, *HALVED), "+"], [("^", 512, *HALVED), "+", "+"],
          [("^", 384, *HALVED), "+", "+"], [("^", 256, *HALVED), "+", "+"], [("^", 128, *HALVED), "+", "+"],
          [("^", 64, *HALVED), "+", "+"]],
}
LAST = 32  # channels before the picture's three


def build(side=96, divisor=1):
    """The network with random weights; channels divided. Names in its state dict are the published ones."""
    import torch
    nn = torch.nn

    class Layer(nn.Module):
        def __init__(self, before, after, kernel, stride, padding, is_added=False, is_larger=False):
            super().__init__()
            if is_larger:
                turn = nn.ConvTranspose2d(before, after, kernel, stride, padding, int(stride == 2))
            else:
                turn = nn.Conv2d(before, after, kernel, stride, padding)
            self.conv_block = nn.Sequential(turn, nn.BatchNorm2d(after))
            self.is_added = is_added

        def forward(self, x):
            y = self.conv_block(x)
            return torch.relu(y + x if self.is_added else y)

    def layers(before, block):
        made = []
        for layer in block:
            if layer == "+":
                made.append(Layer(before, before, *KEPT, is_added=True))
                continue
            is_larger = layer[0] == "^"
            channels, kernel, stride, padding = layer[1:] if is_larger else layer
            after = max(channels // divisor, 1)
            made.append(Layer(before, after, kernel, stride, padding, is_larger=is_larger))
            before = after
        return nn.Sequential(*made), before

    class Wav2Lip(nn.Module):
        def __init__(self):
            super().__init__()
            self.face_encoder_blocks, beside, channels = nn.ModuleList(), [], 6
            for block in ENCODER[side]:
                made, channels = layers(channels, block)
                self.face_encoder_blocks.append(made)
                beside.append(channels)
            self.audio_encoder, channels = layers(1, AUDIO)
            self.face_decoder_blocks = nn.ModuleList()
            for block in DECODER[side]:
                made, channels = layers(channels, block)
                self.face_decoder_blocks.append(made)
                channels += beside.pop()
            last = max(LAST // divisor, 1)
            self.output_block = nn.Sequential(Layer(channels, last, *KEPT), nn.Conv2d(last, 3, 1), nn.Sigmoid())

        def forward(self, mel, video):
            beside, x = [], video
            for block in self.face_encoder_blocks:
                x = block(x)
                beside.append(x)
            x = self.audio_encoder(mel)
            for block in self.face_decoder_blocks:
                x = torch.cat((block(x), beside.pop()), 1)
            return self.output_block(x)
    return Wav2Lip().eval().requires_grad_(False)


def load(path):
    """The network of a checkpoint."""
    import torch
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except RuntimeError:  # the file now offered of wav2lip_gan is TorchScript
        state = torch.jit.load(path, map_location="cpu").state_dict()
    state = state.get("state_dict", state)
    state = {name.removeprefix("module."): value for name, value in state.items()}
    if "face_decoder_blocks.0.0.conv_block.0.weight" not in state:
        sys.exit(f"{path} is no checkpoint of Wav2Lip's painter")
    side = 256 if any(name.startswith("face_encoder_blocks.7.") for name in state) else 96
    divisor = 512 // state["face_decoder_blocks.0.0.conv_block.0.weight"].shape[0]
    module = build(side, divisor)
    module.load_state_dict(state)
    return module, side


def to_onnx(module, side, half=False):
    import onnx
    import torch
    dtype = torch.float16 if half else torch.float32
    inputs = torch.zeros((1, 1, 80, 16), dtype=dtype), torch.zeros((1, 6, side, side), dtype=dtype)
    file = io.BytesIO()
    torch.onnx.export(module.to(dtype), inputs, file, input_names=[MEL, VIDEO], output_names=[OUTPUT],
                      opset_version=OPSET, dynamic_axes={name: {0: "batch"} for name in (MEL, VIDEO, OUTPUT)},
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
    module, side = load(arguments.checkpoint)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    onnx.save_model(to_onnx(module, side, arguments.half), arguments.folder / FILE)
    print(f"{arguments.folder / FILE}: {side} pixels{', float16' if arguments.half else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
