#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare --tts vits with Coqui's own code, on voices with random weights that its own exporter wrote.

usage: check_vits.py check build/tests/unit/voice/print_vits_stages [--true-size]
       check_vits.py golden tests/golden/tiny_vits
       check_vits.py random FOLDER

check: the ids of texts in six languages, small letters, and the sound and lengths of voices with one and several
speakers and languages, through tools/export/vits.py. --true-size: the sound alone, of one voice with all its channels.
Needs espeak-ng. Exit 1 if anything differs. golden: a smaller voice still, with what should come out, for the unit
test. random: a voice of full size with random weights, for trying speed and memory."""
import argparse
import json
import logging
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "export"))
import quality_environment  # noqa: E402
import vits  # noqa: E402
from coqui_packages import PACKAGES  # noqa: E402

SOUND_MAX, SECONDS_MAX = 1e-3, 1e-6
# Of phonemes: the program that Coqui starts and the library that ours talks to are one espeak-ng, and still differ in a
# stress at the end of one English clause ("You are").
READ_MIN = .98
RATE = 24000  # AVT_SPEECH_RATE
STRIDE = 5    # every so manieth sample is kept for the unit test
MARKS = ";:,.!?¡¿—…\"«»“” "
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MORE = "àâæçéèêëîïôœùûüÿäößñáíóúãõ'-"
IPA = ("ɑɐɒæɓʙβɔɕçɗɖðʤəɘɚɛɜɝɞɟʄɡɠɢʛɦɧħɥʜɨɪʝɭɬɫɮʟɱɯɰŋɳɲɴøɵɸθœɶʘɹɺɾɻʀʁɽʂʃʈʧʉʊʋⱱʌɣɤʍχʎʏʑʐʒʔʡʕʢǀǁǂǃˈˌːˑʼʴʰʱʲʷˠˤ˞↓↑→↗↘'̩'ᵻ"
       "abcdefghijklmnopqrstuvwxyz\u0303")
CLASSES = {"vits": "TTS.tts.models.vits.VitsCharacters", "letters": "TTS.tts.utils.text.characters.Graphemes",
           "ipa": "TTS.tts.utils.text.characters.IPAPhonemes"}
SMALL = {"hidden_channels": 16, "hidden_channels_ffn_text_encoder": 32, "num_layers_text_encoder": 2,
         "num_layers_posterior_encoder": 1, "resblock_kernel_sizes_decoder": [3, 5],
         "resblock_dilation_sizes_decoder": [[1, 3, 5], [1, 3, 5]], "upsample_initial_channel_decoder": 32,
         "speaker_embedding_channels": 8}
TINY = {**SMALL, "hidden_channels": 8, "hidden_channels_ffn_text_encoder": 8, "num_layers_text_encoder": 1,
        "num_layers_flow": 1, "resblock_kernel_sizes_decoder": [3], "resblock_dilation_sizes_decoder": [[1, 3, 5]],
        "upsample_initial_channel_decoder": 16, "speaker_embedding_channels": 4}


# --- voices with random weights ---

def characters(kind, **changes):
    """The names are in the order of CharactersConfig."""
    known = {"characters_class": CLASSES.get(kind, ""), "pad": "_", "eos": "<EOS>", "bos": "<BOS>", "blank": "<BLNK>",
             "characters": LETTERS + MORE, "punctuations": MARKS, "phonemes": None, "is_unique": False,
             "is_sorted": True}
    return {**known, **changes}


def configure(folder, sizes=None, rate=RATE, speakers=(), languages=(), sdp=True, alphabet=None, **settings):
    """config.json and the lists of names in `folder`, as a training leaves them."""
    from TTS.tts.configs.shared_configs import CharactersConfig
    from TTS.tts.configs.vits_config import VitsConfig
    from TTS.tts.models.vits import VitsArgs, VitsAudioConfig
    folder.mkdir(parents=True, exist_ok=True)
    more = {}
    if speakers:
        more["speakers_file"] = str(folder / "speakers.json")
        more |= {"num_speakers": len(speakers), "use_speaker_embedding": True}
        (folder / "speakers.json").write_text(json.dumps({name: i for i, name in enumerate(speakers)}))
    if languages:
        more["language_ids_file"] = str(folder / "languages.json")
        more["use_language_embedding"] = True
        (folder / "languages.json").write_text(json.dumps({name: i for i, name in enumerate(languages)}))
    arguments = VitsArgs(init_discriminator=False, use_sdp=sdp, **(sizes or {}), **more)
    config = VitsConfig(model_args=arguments, audio=VitsAudioConfig(sample_rate=rate), **more, **settings,
                        characters=CharactersConfig(**alphabet) if alphabet else None)
    config.save_json(str(folder / "trained.json"))
    return folder / "trained.json"


def randomise(model, seed=7):
    """Sound of a usual level, and lengths of one to ten frames."""
    import torch
    torch.manual_seed(seed)
    for name, value in model.named_parameters():
        if value.dim() > 1:
            torch.nn.init.normal_(value, 0, (1.2 / value[0].numel()) ** .5 if "emb" not in name else 1.)
        elif "gamma" not in name:
            torch.nn.init.normal_(value, 0, .1)
    model.inference_noise_scale = model.inference_noise_scale_dp = 0.
    seen = []

    def notice(_module, _inputs, lengths):
        seen.append(lengths)
        return torch.zeros_like(lengths)  # what is drawn now may last for days
    hook = model.duration_predictor.register_forward_hook(notice)
    ids = torch.randint(1, model.args.num_chars - 1, (1, 80))
    with torch.no_grad():
        for speaker in range(max(model.num_speakers, 1)):
            for language in range(max(getattr(model, "num_languages", 0), 1)):
                first = {"x_lengths": None, "d_vectors": None, "durations": None,
                         "speaker_ids": torch.tensor([speaker]) if hasattr(model, "emb_g") else None,
                         "language_ids": torch.tensor([language]) if hasattr(model, "emb_l") else None}
                model.inference(ids, first)
        hook.remove()
        lengths = torch.cat(seen)
        scale = .6 / lengths.std()
        shift = 1. - lengths.mean() * scale
        if model.args.use_sdp:
            last = model.duration_predictor.flows[0]
            last.log_scale -= scale.log()
            last.translation -= shift * last.log_scale.exp()
        else:
            model.duration_predictor.proj.weight *= scale
            model.duration_predictor.proj.bias.mul_(scale).add_(shift)
        sound = model.inference(ids, first)["model_outputs"]
        post = model.waveform_decoder.conv_post
        post.weight *= .3 / torch.atanh(sound.clamp(-.999999, .999999)).std()
        sound = model.inference(ids, first)["model_outputs"]
    assert .05 < sound.std() < .6, sound.std()
    return model


def build(config_path, narrow=False):
    """A voice, through a checkpoint as users have one."""
    import torch
    from TTS.config import load_config
    from TTS.tts.layers.vits.stochastic_duration_predictor import StochasticDurationPredictor
    from TTS.tts.models.vits import Vits
    model = Vits.init_from_config(load_config(str(config_path)))
    if narrow:  # its channels are no setting
        model.duration_predictor = StochasticDurationPredictor(model.args.hidden_channels, 8, 3, .5, 2,
                                                               cond_channels=model.embedded_speaker_dim)
        return randomise(model.eval())
    checkpoint = config_path.with_suffix(".pth")
    torch.save({"model": randomise(model.eval()).state_dict()}, checkpoint)
    return vits.load(checkpoint, config_path)[0]


# --- ours ---

def ours_ids(program, folder, texts):
    # Lines are cut at \n only: other white space stands in the texts.
    done = subprocess.run([program, folder, "ids"], input="\n".join(texts) + "\n", capture_output=True,
                          encoding="utf-8", errors="strict", check=True)
    rows = [line.split("\t") for line in done.stdout.split("\n")[:-1]]
    return [(row[0], row[1], [int(i) for i in row[2].split()]) for row in rows]


def ours_speech(program, folder, lines, speaker="", language="", speed=1.):
    import numpy
    text = "".join(" ".join(map(str, ids)) + "\n" for ids in lines)
    data = subprocess.run([program, folder, "speak", speaker, language, str(speed)], input=text.encode(),
                          stdout=subprocess.PIPE, check=True).stdout
    at, found = 0, []
    for _ in lines:
        samples, ids = struct.unpack_from("<2i", data, at)
        at += 8
        sound = numpy.frombuffer(data, "<f4", samples, at)
        at += 4 * samples
        found.append((sound, numpy.frombuffer(data, "<f8", ids, at)))
        at += 8 * ids
    return found


# --- Coqui's ---

def texts_of(language):
    """Of the tests, without what is left to the front end: numbers, abbreviations, signs; and without the white space
    and brackets at which espeak-ng breaks a line, which Coqui then joins to one word."""
    lines = (ROOT / "tests" / "golden" / f"phonemes_{language}.tsv").read_text(encoding="utf-8").splitlines()
    texts = [line.split("\t")[0] for line in lines if "\t" in line and not line.startswith("#")]
    no = re.compile(r"[0-9$%€£+=*/\\@#_^~{}|°]|\b[A-Z][a-z]{1,3}\.|\b[A-Z]\.|\b[ap]\.m|\betc\b|\be\.g|\bi\.e|\bvs\b")
    return [text for text in texts if not no.search(text)]


def speak(model, ids, speaker=None, language=None, speed=1.):
    import torch
    model.length_scale = 1. / speed
    given = {"x_lengths": None, "d_vectors": None, "durations": None,
             "speaker_ids": None if speaker is None else torch.tensor([speaker]),
             "language_ids": None if language is None else torch.tensor([language])}
    with torch.no_grad():
        made = model.inference(torch.tensor([ids]), given)
    model.length_scale = 1.
    return made["model_outputs"][0, 0].numpy(), made["durations"][0, 0].numpy()


# --- the comparison ---

class Report:
    def __init__(self):
        self.failed = False

    def say(self, what, is_good, figure):
        self.failed |= not is_good
        print(f"{'ok  ' if is_good else 'FAIL'} {what}: {figure}", flush=True)


def check_ids(report, program, folder):
    from TTS.config import load_config
    from TTS.tts.utils.text.tokenizer import TTSTokenizer
    english = list(dict.fromkeys(texts_of("en_us") + texts_of("en_gb")))
    cases = [
        ("letters, VitsCharacters, english_cleaners", english, {"alphabet": characters("vits"),
                                                               "text_cleaner": "english_cleaners"}),
        ("letters, Graphemes, unique, no blanks, ends", english, {
            "alphabet": characters("letters", is_unique=True), "text_cleaner": "multilingual_cleaners",
            "add_blank": False, "enable_eos_bos_chars": True}),
        ("letters, defaults", english, {"text_cleaner": "basic_cleaners"}),
        ("letters, no cleaner, unsorted", english, {"alphabet": characters("letters", is_sorted=False, pad="<PAD>")}),
        ("letters, Turkish", ["ISPARTA'dan İzmir'e IŞIK", "Işık  ILIK\tIRMAK"],
         {"alphabet": characters("letters", characters=LETTERS + "ıışğİ\u0307"),
          "text_cleaner": "basic_turkish_cleaners"}),
        ("letters, Greek", ["ΟΔΟΣ ΣΟΦΙΑΣ, Σ", "Ο Οδυσσέας; ΝΑΙ!"],
         {"alphabet": characters("vits", characters="αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώ"),
          "text_cleaner": "basic_cleaners"}),
        ("IPA, VitsCharacters, en-us", english, {
            "alphabet": characters("vits", phonemes=IPA), "text_cleaner": "phoneme_cleaners", "use_phonemes": True,
            "phonemizer": "espeak", "phoneme_language": "en-us"}),
        ("IPA, IPAPhonemes, en", english, {
            "alphabet": characters("ipa", phonemes=IPA), "text_cleaner": "english_cleaners", "use_phonemes": True,
            "phonemizer": "espeak", "phoneme_language": "en", "enable_eos_bos_chars": True}),
        ("IPA, defaults", english, {"text_cleaner": "phoneme_cleaners", "use_phonemes": True, "phonemizer": "espeak",
                                    "phoneme_language": "en-us"}),
    ]
    for language, name in (("fr", "fr-fr"), ("es", "es"), ("it", "it"), ("pt_br", "pt-br"), ("hi", "hi")):
        cases.append((f"IPA, {name}", texts_of(language), {
            "alphabet": characters("vits", phonemes=IPA), "text_cleaner": "multilingual_phoneme_cleaners",
            "use_phonemes": True, "phonemizer": "espeak", "phoneme_language": name}))
    for number, (what, texts, settings) in enumerate(cases):
        own = folder / f"ids{number}"
        path = configure(own, **settings)
        path.rename(own / "config.json")
        logging.disable(logging.WARNING)  # of each character that has no symbol
        reference = TTSTokenizer.init_from_config(load_config(str(own / "config.json")))[0]
        same, shown = 0, ""
        for text, (clean, read, ids) in zip(texts, ours_ids(program, own, texts)):
            wanted = reference.text_to_ids(text)
            is_same = ids == wanted
            same += is_same
            if not is_same and not shown:
                shown = f"\n     {text!r}\n     {read!r}\n     {reference.ids_to_text(wanted)!r}"
        least = READ_MIN if what.startswith("IPA") else 1.
        report.say(f"ids, {what}", same >= least * len(texts), f"{same} of {len(texts)} texts{shown}")


def check_small_letters(report, program, folder):
    """All of the scripts that avt_vits_lower() names."""
    own = folder / "small"
    configure(own, text_cleaner="basic_cleaners").rename(own / "config.json")
    ranges = ((0x41, 0x250), (0x370, 0x3e0), (0x400, 0x557), (0x10a0, 0x10c6), (0x1c90, 0x1cbb), (0x1e00, 0x1f00))
    # Not those that NFC rewrites, or that are white space.
    letters = [chr(c) for start, end in ranges for c in range(start, end) if chr(c).isalpha()]
    letters = [letter for letter in letters if unicodedata.normalize("NFC", letter) == letter]
    found = [clean for clean, _, _ in ours_ids(program, own, letters)]
    wrong = [f"{letter} {one}" for letter, one in zip(letters, found) if one != letter.lower()]
    report.say("small letters", len(found) == len(letters) and not wrong,
               f"{len(letters) - len(wrong)} of {len(letters)} {' '.join(wrong[:8])}")


def check_sound(report, program, folder, sizes):
    import numpy
    import soxr
    import torch
    torch.set_num_threads(2)
    texts = ["Oh.", "The quick brown fox jumps over the lazy dog.", "Is it you, or is it not? Well: yes!"]
    voices = [
        ("one speaker", {"alphabet": characters("vits"), "text_cleaner": "english_cleaners"}, [("", "")]),
        ("three speakers, 22050 Hz", {
            "speakers": ("ann", "bob", "cy"), "alphabet": characters("letters"), "rate": 22050},
         [("bob", ""), ("2", "")]),
        ("two languages, lengths without chance", {
            "speakers": ("ann", "bob"), "languages": ("en", "fr"), "sdp": False, "alphabet": characters("vits"),
            "text_cleaner": "multilingual_cleaners"}, [("ann", "fr"), ("1", "en")]),
    ]
    for number, (what, settings, speakers) in enumerate(voices if sizes else voices[:1]):
        own = folder / f"voice{number}"
        rate = settings.get("rate", RATE)
        config_path = configure(own, sizes, **settings)
        model = build(config_path)
        vits.export(model, config_path, own, 0., 0.)
        lines = [ids for _, _, ids in ours_ids(program, own, texts)]
        worst, apart, count = 0., 0., 0
        for (speaker, language), speed in ((s, v) for s in speakers for v in (1., 1.25)):
            for ids, (sound, seconds) in zip(lines, ours_speech(program, own, lines, speaker, language, speed)):
                named, tongues = list(settings.get("speakers", ())), list(settings.get("languages", ()))
                wanted, frames = speak(model, ids, (named.index(speaker) if speaker in named else int(speaker)) if named
                                       else None, tongues.index(language) if tongues else None, speed)
                if rate != RATE:
                    wanted = soxr.resample(wanted, rate, RATE, "VHQ")
                if len(wanted) != len(sound) or len(seconds) != len(frames):
                    report.say(f"sound, {what}", False, f"{len(sound)} samples, {len(wanted)} wanted")
                    continue
                worst = max(worst, float(abs(numpy.clip(wanted, -1, 1) - sound).max()))
                apart = max(apart, float(abs(frames / frames.sum() * len(sound) / RATE - seconds).max()))
                count += 1
        report.say(f"sound, {what}", worst <= SOUND_MAX, f"{count} runs, max error {worst:.2g}")
        report.say(f"lengths, {what}", apart <= SECONDS_MAX, f"max error {apart:.2g} s")


def check(program, sizes):
    report = Report()
    # The helper beside the program that is checked, not an installed one.
    os.environ.setdefault("AVATAR_HELPERS", str(pathlib.Path(program).resolve().parents[3] / "src" / "voice"))
    with tempfile.TemporaryDirectory() as folder:
        if sizes:
            check_small_letters(report, program, pathlib.Path(folder))
            check_ids(report, program, pathlib.Path(folder))
        check_sound(report, program, pathlib.Path(folder), sizes)
    return int(report.failed)


# --- files ---

def shrink(path):
    """Fewer bytes of the same network: constants worked out, names of nothing that is asked for shortened."""
    import onnx
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    model = onnx.load(path)
    graph = model.graph
    kept = {value.name for value in [*graph.input, *graph.output]} | {"/Ceil_output_0", ""}
    short = {}

    def rename(name):
        return name if name in kept else short.setdefault(name, format(len(short), "x"))

    def visit(graph):
        del graph.value_info[:]
        for value in [*graph.input, *graph.output, *graph.initializer]:
            value.name = rename(value.name)
        for node in graph.node:
            node.name = node.doc_string = ""
            node.input[:] = [rename(name) for name in node.input]
            node.output[:] = [rename(name) for name in node.output]
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    visit(attribute.g)
    visit(graph)
    onnx.save_model(model, path)


def golden(folder):
    """What test_vits.c reads: the folder, a line for each run in expected.tsv, and samples in expected.f32."""
    with tempfile.TemporaryDirectory() as temporary:
        own = pathlib.Path(temporary)
        config_path = configure(own, TINY, speakers=("ann", "bob", "cy"), text_cleaner="english_cleaners",
                                alphabet=characters("vits", characters=LETTERS[26:]))
        model = build(config_path, narrow=True)
        config = json.loads(config_path.read_text())
        for key in ("speakers_file",):  # a path of nowhere
            config[key] = config["model_args"][key] = None
        config_path.write_text(json.dumps(config, indent=1, ensure_ascii=False), encoding="utf-8")
        vits.export(model, config_path, folder, 0., 0.)
    shrink(folder / vits.FILE)
    rows, sounds = [], b""
    for text, speaker, speed in (("Well, who are you?", 0, 1.), ("Well, who are you?", 2, 1.), ("Tea & cake!", 1, 1.5)):
        ids = model.tokenizer.text_to_ids(text)
        sound, frames = speak(model, ids, speaker, None, speed)
        rows.append("\t".join([text, str(speaker), str(speed), str(len(sound)), " ".join(map(str, ids)),
                               " ".join(str(int(f)) for f in frames)]))
        sounds += sound[::STRIDE].astype("<f4").tobytes()
    (folder / "expected.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "expected.f32").write_bytes(sounds)
    for file in sorted(folder.iterdir()):
        print(file.stat().st_size, file)
    return 0


def random(folder):
    config_path = configure(folder, alphabet=characters("vits", phonemes=IPA), text_cleaner="phoneme_cleaners",
                            use_phonemes=True, phonemizer="espeak", phoneme_language="en-us", rate=22050)
    vits.export(build(config_path), config_path, folder, 0., 0.)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check")
    checking.add_argument("program")
    checking.add_argument("--true-size", action="store_true")
    for name in ("golden", "random"):
        commands.add_parser(name).add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    quality_environment.enter("coqui", PACKAGES)
    if arguments.command == "check":
        return check(arguments.program, {} if arguments.true_size else SMALL)
    return golden(arguments.folder) if arguments.command == "golden" else random(arguments.folder)


if __name__ == "__main__":
    sys.exit(main())
