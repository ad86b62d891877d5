#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make Pocket TTS with random weights, and compare the program with Kyutai's own package on it, and its tokenizer with
sentencepiece.

usage: check_pocket.py tokens build/tests/unit/voice/print_pocket
       check_pocket.py check build/tests/unit/voice/print_pocket [--keep FOLDER] [--true-size]
       check_pocket.py golden tests/golden/tiny_pocket

tokens: 1,000 texts with models that are trained here: of 4,000 pieces, each kind of normalisation, with and without
bytes for what is unknown. All must be cut alike.
check: the networks are the package's, with few channels, or with --true-size as the package has them, of models without and with a vector before the voice; their
noise is the program's. What the voice makes of a text, the conditions, the latents and the sound must be within 1e-3.
golden: the same, smaller still, with what was expected: for the unit test."""
import argparse
import copy
import io
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "export"))
import pocket as exporter  # noqa: E402

SEED, TEXT_SEED, COUNT, ERROR_MAX = 11, 7, 1000, 1e-3
PIECES, GOLDEN_PIECES, GOLDEN_TEXTS, GOLDEN_STRIDE = 4000, 300, 80, 7
TEXT = "the quick brown fox, who is 7 years old, jumps over the lazy dog! Is it so? " \
       "Nobody knows; but everyone asks: why does it jump, and where to, and is the dog really lazy at all?"
SHORT_TEXT = "hello there"
VOICE_SECONDS = 1.7
EOS = -4.0
CONFIGS = ("english_2026-01", "english_2026-04", "german")

REDUCED = {"d_model": 64, "heads": 4, "layers": 3, "flow": 32, "depth": 3, "latents": 32, "mimi": 32, "mimi_heads": 4,
           "filters": 4, "forward": 64, "positions": 1000}
TINY = {"d_model": 16, "heads": 2, "layers": 2, "flow": 8, "depth": 1, "latents": 4, "mimi": 8, "mimi_heads": 2,
        "filters": 2, "forward": 16, "positions": 200}


# --- texts ---

WHO = ["A friendly doctor", "an old woman", "Frau Müller", "un café-owner", "the CEO of ACME Inc.", "they're twins",
       "Dr. Smith", "she'd", "I'll", "we've", "Signor Rossi", "o João", "señora Núñez"]
WHAT = ["opens the window", "counts to 1,024", "says “hello”", "runs 3.5 km/h", "isn't sure…", "pays $4.2 million",
        "laughs (quietly)", "reads chapter IV", "sings – loudly", "asks: “why?”", "über alles", "mange du pain"]
WHEN = ["in 2026", "at 10:45 a.m.", "today", "on the 3rd", "; then again", "all night long!", "by and by?", "jamais"]
ODD = [" ", "\t\n tabs\r\nand\u3000wide\u00a0spaces ", "e\u0301clair vs \u00e9clair", "\u1100\u1161\u11a8 \uac01", "ﬁne ﬂow ﬀ",
       "日本の女性、笑顔", "портрет женщины", "صورة امرأة", "हिन्दी चित्र", "👩‍🔬 👩🏽‍⚕️ ❤️", "½ ² Ⅷ ⅳ ٣ 一二三", "a\u0316\u0301",
       "zero\u200bwidth\u200djoin\ufeff", "1234567890 12.5% 3rd", "a" * 300, "!" * 200, "word " * 100, "\x01\x02 \x7f \x85 \x9f",
       "\ufffd \U0001f600", "\ufdfa \ufb01 \u2126 \u212b", "ＦＵＬＬ　ｗｉｄｔｈ １２３", "㌔㍿ ㎏", "\u2581 \u2581x", "  a   b  ",
       "<unk> <s> </s> <0x41>", "…?!?!…", "naïve façade — œuvre", "ßẞ İı", "x\u00adsoft", "user<sep>defined<sep>"]


def texts():
    rng = random.Random(TEXT_SEED)
    made = list(ODD)
    blocks = [(0x20, 0x7e), (0xa0, 0x24f), (0x300, 0x36f), (0x370, 0x52f), (0x590, 0x6ff), (0x900, 0xdff),
              (0x1e00, 0x1fff), (0x2000, 0x2bff), (0x3000, 0x33ff), (0x4e00, 0x4fff), (0xac00, 0xacff),
              (0xf900, 0xfaff), (0xfb00, 0xfdff), (0xfe30, 0xffef), (0x1d100, 0x1d7ff), (0x1f300, 0x1f6ff)]
    while len(made) < COUNT:
        if rng.random() < .6:
            parts = [rng.choice(WHO), rng.choice(WHAT), rng.choice(WHEN), str(rng.randrange(10 ** rng.randrange(1, 8)))]
            text = rng.choice([" ", ", ", "  ", ". "]).join(rng.choices(parts, k=rng.randrange(1, 24)))
            made.append(rng.choice([str.upper, str.lower, str.title, str])(text) + rng.choice(["", ".", "!", " "]))
            continue
        text = ""
        for _ in range(rng.randrange(1, 40)):
            low, high = rng.choice(blocks if rng.random() < .5 else blocks[:2])
            text += chr(rng.randint(low, high)) + rng.choice(["", "", "", " "])
        made.append(text)
    return made


def corpus(has_docs):
    """What the texts are made of, and to have enough of it this project's documentation: some English."""
    lines = texts()[len(ODD):]
    if not has_docs:
        return [line for line in lines if max(line) < "\u0180"]  # the same whatever is documented: for the unit test
    for path in sorted((ROOT / "docs").glob("*.md")) + [ROOT / "README.md"]:
        lines += [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    return lines


def rules():
    """NFKC of some blocks: a table of a few kB, where the whole has 240."""
    lines = []
    for low, high in ((0xa0, 0x17f), (0x2000, 0x2044), (0x2153, 0x2189), (0xfb00, 0xfb06), (0xff01, 0xff5e)):
        for number in range(low, high + 1):
            normal = unicodedata.normalize("NFKC", chr(number))
            if normal != chr(number):
                lines.append(f"{number:X}\t{' '.join(f'{ord(c):X}' for c in normal)}")
    for text, normal in (("e\u0301", "\u00e9"), ("...", "\u2026"), ("\u00ad", ""), ("\ufeff", ""), ("\t", " ")):
        lines.append(" ".join(f"{ord(c):X}" for c in text) + "\t" + " ".join(f"{ord(c):X}" for c in normal))
    return "\n".join(lines) + "\n"


def train(pieces, has_rules=False, **options):
    import sentencepiece
    model, table = io.BytesIO(), tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".tsv")
    if has_rules:
        table.write(rules())
        table.flush()
        options["normalization_rule_tsv"] = table.name
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(corpus(pieces > GOLDEN_PIECES)), model_writer=model, vocab_size=pieces,
                                             model_type="unigram", minloglevel=2, num_threads=1, **options)
    return model.getvalue()


def processor(model):
    import sentencepiece
    return sentencepiece.SentencePieceProcessor(model_proto=model)


def ours(program, command, path, given):
    data = b"".join(t.encode("utf-8") + b"\0" for t in given)
    result = subprocess.run([program, command, path], input=data, capture_output=True, check=True)
    return result.stdout.decode("utf-8").split("\n")[:-1]


KINDS = {
    "nmt_nfkc": {},
    "nmt_nfkc, bytes": {"byte_fallback": True},
    "nfkc, blanks kept": {"normalization_rule_name": "nfkc", "remove_extra_whitespaces": False},
    "identity, bytes, blanks kept": {"normalization_rule_name": "identity", "byte_fallback": True,
                                     "remove_extra_whitespaces": False},
    "nfkc_cf, no blank before": {"normalization_rule_name": "nfkc_cf", "add_dummy_prefix": False},
    "symbols of the user's": {"user_defined_symbols": ["<sep>", "ing t", "<"]},
    "rules of one's own": {"has_rules": True, "remove_extra_whitespaces": False},
    "blank behind": {"treat_whitespace_as_suffix": True},
}


def tokens(arguments):
    given, wrong = texts(), 0

    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "tokenizer.model"
        for kind, options in KINDS.items():
            model = train(PIECES, **options)
            path.write_bytes(model)
            theirs = [" ".join(map(str, ids)) for ids in processor(model).encode(given)]
            mine = ours(arguments.program, "tokens", path, given)
            same = sum(a == b for a, b in zip(mine, theirs, strict=True))
            wrong += len(given) - same
            for text, a, b in zip(given, mine, theirs):
                if a != b:
                    print(f"{text!r}\n  ours   {a[:100]}\n  theirs {b[:100]}")
            print(f"{kind}: {same} of {len(given)} alike", flush=True)
    return 1 if wrong else 0


# --- networks ---

def make_config(size, tokenizer, pieces, name):
    import yaml
    import pocket_tts
    from pocket_tts.utils.config import Config
    path = pathlib.Path(pocket_tts.__file__).parent / "config" / f"{name}.yaml"
    config = yaml.safe_load(path.read_text("utf-8"))
    config["weights_path"] = config["weights_path_without_voice_cloning"] = None
    table = config["flow_lm"]["lookup_table"]
    table.update(tokenizer="sentencepiece", tokenizer_path=str(tokenizer), n_bins=pieces)
    if size:
        table["dim"] = size["d_model"]
        config["flow_lm"]["flow"].update(dim=size["flow"], depth=size["depth"])
        config["flow_lm"]["transformer"].update(d_model=size["d_model"], num_heads=size["heads"],
                                                num_layers=size["layers"])
        mimi = config["mimi"]
        mimi["inner_dim"] = size["latents" if mimi["inner_dim"] == mimi["quantizer"]["dimension"] else "mimi"]
        mimi["outer_dim"] = size["mimi"]
        mimi["seanet"].update(dimension=size["mimi"], n_filters=size["filters"])
        mimi["transformer"].update(d_model=size["mimi"], num_heads=size["mimi_heads"], dim_feedforward=size["forward"],
                                   input_dimension=size["mimi"], output_dimensions=[size["mimi"]])
        mimi["quantizer"].update(dimension=size["latents"], output_dimension=size["mimi"])
    return Config(**config)


def make_model(size, tokenizer, pieces, name):
    """pocket-tts's own model; what it begins training with is zeros in places, so all of it is made random here."""
    import torch
    from pocket_tts import TTSModel
    torch.manual_seed(SEED)
    model = TTSModel._from_pydantic_config_with_weights(make_config(size, tokenizer, pieces, name), temp=.7,
                                                        sampler_decode_steps=1, noise_clamp=None, eos_threshold=EOS)
    model.requires_grad_(False).eval()
    lm = model.flow_lm
    lm.speaker_proj_weight.copy_(torch.randn(lm.speaker_proj_weight.shape) * lm.speaker_proj_weight.shape[1] ** -.5)
    lm.emb_mean.copy_(torch.randn(lm.emb_mean.shape) * .2)
    lm.emb_std.copy_(torch.rand(lm.emb_std.shape) + .5)
    for module in (model.mimi.encoder_transformer, model.mimi.decoder_transformer):
        for layer in module.transformer.layers:
            layer.layer_scale_1.scale.copy_(torch.rand(layer.layer_scale_1.scale.shape))
            layer.layer_scale_2.scale.copy_(torch.rand(layer.layer_scale_2.scale.shape))
    for module in model.mimi.modules():
        if isinstance(module, (torch.nn.Conv1d, torch.nn.ConvTranspose1d)):
            module.weight *= 2  # or little is left of a latent in the sound
    lm.out_eos.bias.fill_(-100)
    return model


def make_sound(seconds):
    """Something of a voice: harmonics that come and go, and noise; it ends in silence."""
    import numpy as np
    rng = np.random.default_rng(SEED)
    t = np.arange(int(seconds * 24000)) / 24000
    pitch = 2 * np.pi * np.cumsum(120 + 20 * np.sin(5 * t)) / 24000
    sound = sum(np.sin(k * pitch) / k for k in range(1, 12)) * (.2 + .1 * np.sin(9 * t))
    sound = (sound + .01 * rng.standard_normal(len(t))) * (t < seconds - .25)
    return sound.astype(np.float32)


class Noise:
    """base/rng.h in Python."""
    def __init__(self, seed):
        self.mask = (1 << 64) - 1
        self.state, self.inc = 0, (seed << 1 | 1) & self.mask
        self.number()
        self.state = (self.state + (0x853c49e6748fea9b ^ seed)) & self.mask
        self.number()

    def number(self):
        old = self.state
        self.state = (old * 6364136223846793005 + self.inc) & self.mask
        shifted, turn = ((old >> 18 ^ old) >> 27) & 0xffffffff, old >> 59
        return (shifted >> turn | shifted << (-turn & 31)) & 0xffffffff

    def normal(self):
        u, v = 1 - self.number() / 4294967296, self.number() / 4294967296
        return math.sqrt(-2 * math.log(u)) * math.cos(6.283185307179586 * v)


# --- the package says a text ---

def speak_chunk(model, voice, text, noise, steps, frames_max=None):
    """What passes between its networks, and the logits of the end. `text` is prepared."""
    import numpy as np
    import torch
    from pocket_tts.modules.stateful_module import increment_steps, init_states
    stages = []
    lm = model.flow_lm
    ids = lm.conditioner.prepare(text)
    most = frames_max or model._estimate_max_gen_len(ids.shape[1])
    after = (3 if len(text.split()) <= 4 else 1) + 2
    state = copy.deepcopy(voice)
    model._expand_kv_cache(state, sequence_length=model._flow_lm_current_end(state) + ids.shape[1] + most)
    model.sampler_decode_steps = steps
    seen = {}

    def fill(tensor, mean, std):
        values = [std * noise.normal() for _ in range(tensor.numel())]
        tensor.copy_(torch.tensor(values, dtype=torch.float64).to(tensor.dtype).view(tensor.shape))
        seen["noise"] = tensor.clone()

    hook = lm.out_eos.register_forward_hook(lambda m, i, o: seen.update(conditioning=i[0].clone(), eos=o.clone()))
    was, torch.nn.init.normal_ = torch.nn.init.normal_, lambda t, mean=0., std=1.: fill(t, mean, std)
    try:
        stages.append(("text", lm.conditioner(ids)))
        keep = noise.state
        model._run_flow_lm_and_increment_step(model_state=state, text_tokens=ids)
        noise.state = keep  # it samples there too, for nothing
        last = torch.full((1, 1, lm.ldim), float("nan"))
        end, frames, logits = None, [], []
        for frame in range(most):
            keep = noise.state
            last, is_end = model._run_flow_lm_and_increment_step(model_state=state, backbone_input_latents=last)
            stages.append(("conditioning", seen["conditioning"]))
            logits.append(float(seen["eos"]))
            if is_end.item() and end is None and frame >= model._MIN_FRAMES_BEFORE_EOS:
                end = frame
            if end is not None and frame >= end + after:
                noise.state = keep
                break
            stages += [("noise", seen["noise"]), ("latent", last)]
            frames.append(last)
    finally:
        hook.remove()
        torch.nn.init.normal_ = was
    mimi_state = init_states(model.mimi, batch_size=1, sequence_length=16 * (most + 1))
    sound = []
    for latent in frames:
        part = model.mimi.decode_from_latent(latent * lm.emb_std + lm.emb_mean, mimi_state)
        increment_steps(model.mimi, mimi_state, increment=16)
        sound.append(part)
    sound = torch.cat(sound, -1)
    fade = torch.linspace(0, 1, 120)
    sound[..., :120] *= fade
    stages.append(("sound", sound))
    return [(name, np.asarray(value, np.float32).ravel()) for name, value in stages], logits


def set_end(model, logits):
    """Let the end be heard somewhere in the middle: where a logit is above all before it."""
    for frame in range(9, len(logits)):
        before = max(logits[6:frame])
        if logits[frame] > before + .02:
            model.flow_lm.out_eos.bias += EOS - (logits[frame] + before) / 2
            return frame
    sys.exit("no logit is above all before it: take another seed")


def louden(model, sound):
    """To a tenth of full scale, so that 1e-3 means something."""
    last = model.mimi.decoder.model[-1].conv
    factor = .1 / float((sound ** 2).mean() ** .5)
    last.weight *= factor
    last.bias *= factor


def prompts(model, text):
    """The text's pieces, prepared: by the package."""
    from pocket_tts.models.text_chunking import prepare_text_prompt, split_into_best_sentences
    options = {"pad_with_spaces_for_short_inputs": model.pad_with_spaces_for_short_inputs,
               "remove_semicolons": model.remove_semicolons, "append_terminal_punctuation": False}
    pieces = split_into_best_sentences(model.flow_lm.conditioner.tokenizer, text, 50, **options)
    prepared = []
    for piece in pieces:
        piece, _ = prepare_text_prompt(piece, **options)
        prepared.append(piece + "." if piece[-1].isalnum() else piece)
    return prepared


def reference(model, sound, text, steps):
    """Everything that the program should trace for a text, by stage."""
    import torch
    voice = model.get_state_for_audio_prompt(torch.from_numpy(sound)[None])
    noise, stages = Noise(SEED), []
    for prompt in prompts(model, text):
        stages += speak_chunk(model, voice, prompt, noise, steps)[0]
    return stages


def build(size, folder, pieces, options, name, seconds=VOICE_SECONDS):
    """Networks, tokenizer and recording in a folder. Returns the model and the recording."""
    import torch
    model_bytes = train(pieces, **options)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.model").write_bytes(model_bytes)
    model = make_model(size, folder / "tokenizer.model", pieces, name)
    sound = make_sound(seconds)
    (folder / "voice.f32").write_bytes(sound.tobytes())
    voice = model.get_state_for_audio_prompt(torch.from_numpy(sound)[None])
    first = prompts(model, TEXT)[0]
    stages, logits = speak_chunk(model, voice, first, Noise(SEED), 1, frames_max=40)
    set_end(model, logits)
    louden(model, stages[-1][1])
    exporter.write(model, folder, size["positions"] if size else 1000)
    return model, sound


def program_stages(program, folder, text, steps):
    """What the program traced, end to end."""
    import numpy as np
    run = subprocess.run([program, "speak", folder, text, str(SEED), str(steps), folder / "voice.f32",
                          folder / "voice.kept"], capture_output=True, check=False)
    sys.stderr.write(run.stderr.decode("utf-8"))
    if run.returncode:
        sys.exit("the program failed")
    return np.frombuffer(run.stdout, np.float32)


def in_order(stages):
    """As the program comes to them: the first frame is decoded at once, later ones four by four."""
    import numpy as np
    made, frames, done = [], 0, 0
    sounds = [value for name, value in stages if name == "sound"]
    index = -1

    def give(until):
        nonlocal done
        made.append(("sound", sounds[index][done * 1920:until * 1920]))
        done = until

    for name, value in stages:
        if name == "text":
            index, frames, done = index + 1, 0, 0
        if name == "sound":
            if done < frames:
                give(frames)
            continue
        made.append((name, value))
        if name == "latent":
            frames += 1
            if frames == 1 or frames - done == 4:
                give(frames)
    return made, np.concatenate([value for _, value in made])


def compare(program, folder, model, sound, text, steps):
    import numpy as np
    stages, flat = in_order(reference(model, sound, text, steps))
    mine = program_stages(program, folder, text, steps)
    worst, at = {}, 0
    for name, value in stages:
        part = mine[at:at + len(value)]
        at += len(value)
        error = float(np.abs(part - value).max()) if len(part) == len(value) else math.inf
        worst[name] = max(worst.get(name, 0), error)
    level = float(np.concatenate([v for n, v in stages if n == "sound"]).std())
    is_good = len(mine) == len(flat) and all(error <= ERROR_MAX for error in worst.values())
    print(f"{text[:20]!r}, {steps} steps: " + ", ".join(f"{n} {e:.1e}" for n, e in worst.items()) +
          f" at most away; {len([1 for n, _ in stages if n == 'latent'])} frames, sound of level {level:.3f}"
          f"{'' if is_good else ': TOO FAR'}", flush=True)
    return is_good


def check(arguments):
    size = None if arguments.true_size else REDUCED
    is_good = True
    with tempfile.TemporaryDirectory() as name:
        for config in CONFIGS:
            folder = (arguments.keep or pathlib.Path(name)) / config
            model, sound = build(size, folder, PIECES, KINDS["nfkc, blanks kept"], config)
            problems = exporter.check(folder)
            print("\n".join([*problems, config]))
            is_good &= not problems
            for text, steps in ((TEXT, 1), (SHORT_TEXT, 3)):
                is_good &= compare(arguments.program, folder, model, sound, text, steps)
    return 0 if is_good else 1


# --- for the unit test ---

def rounded(sound):
    return (sound * 32768).round().astype("<i2")


def golden(arguments):
    folder = arguments.folder
    model, sound = build(TINY, folder, GOLDEN_PIECES, {**KINDS["rules of one's own"], "character_coverage": .98},
                         CONFIGS[0], VOICE_SECONDS / 2)
    stages, _ = in_order(reference(model, rounded(sound).astype("f4") / 32768, SHORT_TEXT, 2))
    (folder / "voice.f32").unlink()
    (folder / "bundle.json").unlink()  # as with the model of 2026-01 by others
    (folder / "voice.i16").write_bytes(rounded(sound).tobytes())
    kept = [value[::GOLDEN_STRIDE] if name == "sound" else value for name, value in stages]
    (folder / "expected.f32").write_bytes(b"".join(value.tobytes() for value in kept))
    given = texts()[:GOLDEN_TEXTS]
    ids = processor((folder / "tokenizer.model").read_bytes()).encode(given)
    lines = [json.dumps([t, i], separators=(",", ":")) for t, i in zip(given, ids)]
    (folder / "tokens.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")
    print(f"{sum(p.stat().st_size for p in folder.iterdir()) / 1000:.0f} kB, {len(stages)} stages")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("tokens")
    command.add_argument("program")
    command = commands.add_parser("check")
    command.add_argument("program")
    command.add_argument("--keep", type=pathlib.Path)
    command.add_argument("--true-size", action="store_true")
    command = commands.add_parser("golden")
    command.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    exporter.enter()
    return {"tokens": tokens, "check": check, "golden": golden}[arguments.command](arguments)


if __name__ == "__main__":
    sys.exit(main())
