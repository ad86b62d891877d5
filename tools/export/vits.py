#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the folder that --tts vits reads from a Coqui VITS, by Coqui's own exporter.

usage: vits.py MODEL.pth CONFIG.json FOLDER [--speakers FILE] [--languages FILE] [--noise 0.667] [--noise-durations 1]

FOLDER gets coqui_vits.onnx, config.json and, where the voice has several speakers or languages, speaker_ids.json and
language_ids.json. --speakers, --languages: the lists that came with the voice (speakers.pth, speaker_ids.json,
language_ids.json), where the paths in its config.json are not those of this machine. --noise, --noise-durations: how
much chance is in the voice and in its rhythm; they are fixed here, because the exported network takes neither. 0 for
both: the same text always sounds the same."""
import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import quality_environment  # noqa: E402
from coqui_packages import PACKAGES  # noqa: E402

FILE, CONFIG, SPEAKERS, LANGUAGES = "coqui_vits.onnx", "config.json", "speaker_ids.json", "language_ids.json"


def load(checkpoint, config_path, speakers=None, languages=None):
    """The voice and its configuration."""
    from TTS.config import load_config
    from TTS.tts.models.vits import Vits
    config = load_config(str(config_path))
    for key, path in (("speakers_file", speakers), ("language_ids_file", languages)):
        if path:
            config[key] = config.model_args[key] = str(path)
    model = Vits.init_from_config(config)
    model.load_checkpoint(config, str(checkpoint), eval=True)
    return model, config


def write_names(manager, path):
    names = {name: int(number) for name, number in getattr(manager, "name_to_id", {}).items()}
    if names:
        path.write_text(json.dumps(names, indent=1, ensure_ascii=False), encoding="utf-8")
    return len(names)


def export(model, config_path, folder, noise=None, noise_durations=None):
    """All files of the folder; how many speakers and languages have names."""
    folder.mkdir(parents=True, exist_ok=True)
    if noise is not None:
        model.inference_noise_scale = noise
    if noise_durations is not None:
        model.inference_noise_scale_dp = noise_durations
    model.export_onnx(str(folder / FILE), verbose=False)
    (folder / CONFIG).write_bytes(pathlib.Path(config_path).read_bytes())
    speakers = write_names(model.speaker_manager, folder / SPEAKERS)
    return speakers, write_names(model.language_manager, folder / LANGUAGES)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("config", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--speakers", type=pathlib.Path)
    parser.add_argument("--languages", type=pathlib.Path)
    parser.add_argument("--noise", type=float)
    parser.add_argument("--noise-durations", type=float)
    arguments = parser.parse_args()
    quality_environment.enter("coqui", PACKAGES)
    model, _ = load(arguments.checkpoint, arguments.config, arguments.speakers, arguments.languages)
    speakers, languages = export(model, arguments.config, arguments.folder, arguments.noise, arguments.noise_durations)
    print(f"{arguments.folder}: {speakers or 1} speakers, {languages or 1} languages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
