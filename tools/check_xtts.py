#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare --tts xtts with Coqui's own code, on models with random weights of XTTS v2's topology.

usage: check_xtts.py check build/tests/unit/voice/print_xtts_stages [--true-size] [--half | --int8]
       check_xtts.py golden tests/golden/tiny_xtts
       check_xtts.py random FOLDER [--half | --int8]

check: a checkpoint through tools/export/xtts.py, then spectra, latents of the voice, embedding of the speaker, codes of
greedy decoding, latents and sound, at several speeds. --true-size: the published sizes of all networks. --half, --int8:
of that precision, by its own bounds. Exit 1 if anything differs. golden: a smaller model still, with what should come
out, for the unit test. random: a folder of true size with random weights, for trying speed and memory."""
import argparse
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "export"))
import quality_environment  # noqa: E402
import xtts  # noqa: E402
from check_vits import Report, shrink  # noqa: E402
from coqui_packages import PACKAGES  # noqa: E402

MEL_MAX, LATENT_MAX = 1e-4, 1e-3
CODE_MAX = {"float32": 1e-3, "float16": 1e-2, "int8": .1}  # of the latents of codes, and of the sound
RATE, LATENT_RATE = 24000, 22050
STRIDE, LATENT_STRIDE = 41, 7  # every so manieth number is kept for the unit test

# As the published config.json has them; what is not here is Coqui's default.
TRUE = {"gpt_layers": 30, "gpt_n_model_channels": 1024, "gpt_n_heads": 16, "gpt_number_text_tokens": 6681,
        "gpt_num_audio_tokens": 1026, "gpt_start_audio_token": 1024, "gpt_stop_audio_token": 1025,
        "gpt_use_perceiver_resampler": True, "decoder_input_dim": 1024, "d_vector_dim": 512}
SETTINGS = {"temperature": .75, "repetition_penalty": 5., "top_k": 50, "top_p": .85, "gpt_cond_len": 30,
            "gpt_cond_chunk_len": 4, "max_ref_len": 30}
SMALL = {**TRUE, "gpt_layers": 3, "gpt_n_model_channels": 96, "gpt_n_heads": 6, "gpt_number_text_tokens": 300,
         "gpt_num_audio_tokens": 258, "gpt_start_audio_token": 256, "gpt_stop_audio_token": 257,
         "decoder_input_dim": 96}
TINY = {**SMALL, "gpt_layers": 2, "gpt_n_model_channels": 16, "gpt_n_heads": 2, "gpt_number_text_tokens": 40,
        "gpt_num_audio_tokens": 66, "gpt_start_audio_token": 64, "gpt_stop_audio_token": 65, "decoder_input_dim": 16,
        "gpt_max_audio_tokens": 163, "gpt_max_text_tokens": 60, "d_vector_dim": 16}
TINY_SETTINGS = {**SETTINGS, "gpt_cond_len": 2, "gpt_cond_chunk_len": 1, "max_ref_len": 3}


# --- models with random weights ---

def vocabulary(tokens):
    """A tokenizer of so many ids, which Coqui's code asks for those that begin and end a text; of single letters, so that
    texts can be said with it."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    marks = ["[SPACE]", "[en]", "[de]", "[fr]", "[zh-cn]"]
    letters = [*"abcdefghijklmnopqrstuvwxyz.,?'üß"]
    words = {"[STOP]": 0, "[UNK]": 1, "[START]": min(261, tokens - 1)}
    left = (i for i in range(tokens) if i not in words.values())
    words.update(zip(marks + letters, left))
    words.update({f"t{i}": i for i in left})
    tokenizer = Tokenizer(models.BPE(words, [], unk_token="[UNK]"))
    tokenizer.add_special_tokens(["[STOP]", "[UNK]", *marks, "[START]"])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer.to_str()


def randomise(model, seed):
    """Latents and sound of usual levels."""
    import torch
    torch.manual_seed(seed)
    for name, value in model.named_parameters():
        if value.dim() > 1:
            deviation = .5 if "pos_emb" in name else 1. if "emb" in name else (1.2 / value[0].numel()) ** .5
            torch.nn.init.normal_(value, 0, deviation)
        elif "norm" not in name and "ln_" not in name and "bn" not in name and "gamma" not in name:
            torch.nn.init.normal_(value, 0, .1)
    model.mel_stats.copy_(torch.rand(80) * 2 + 1)
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, .1)
            module.running_var.uniform_(.5, 1.5)
    decoder = model.hifigan_decoder.waveform_decoder
    with torch.no_grad():
        width, size = model.args.decoder_input_dim, model.args.d_vector_dim
        sound = decoder(torch.randn(1, width, 60), g=torch.nn.functional.normalize(torch.randn(1, size, 1), dim=1))
        post = decoder.conv_post
        post.weight.mul_(.3 / torch.atanh(sound.clamp(-.999999, .999999)).std())
    return model


def make(sizes, settings, seed=7):
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts, XttsArgs
    start = min(261, sizes["gpt_number_text_tokens"] - 1)
    config = XttsConfig(model_args=XttsArgs(**sizes, gpt_start_text_token=start, gpt_stop_text_token=0), **settings)
    return randomise(Xtts.init_from_config(config), seed), config


def checkpoint(sizes, settings, folder):
    """As users have one."""
    import torch
    folder.mkdir(parents=True, exist_ok=True)
    model, config = make(sizes, settings)
    for module in model.modules():
        module.train(False)  # eval() of the model itself adds networks that checkpoints do not have
    config.model_args.gpt_start_text_token = config.model_args.gpt_stop_text_token = None
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    (folder / "vocab.json").write_text(vocabulary(sizes["gpt_number_text_tokens"]), encoding="utf-8")
    return folder


def recording(seconds, rate=LATENT_RATE):
    """Noise with the slope of speech, in syllables: of whole numbers, so that the unit test can make it too."""
    import numpy
    state, values = 12345, numpy.zeros(int(seconds * rate), "f8")
    last = 0.
    for i in range(len(values)):
        state = (state * 1664525 + 1013904223) & 0xffffffff
        last = .9 * last + (state / 2. ** 32 - .5) * .3
        values[i] = last * (.55 + .45 * ((i // 64) % 97 - 48) / 48)
    return values.astype("f4")


# --- ours ---

def ours(program, folder, ids, sound, rate=LATENT_RATE, speed=1., kind="greedy", seed=0):
    """What was printed: of each name a list of arrays."""
    import numpy
    data = struct.pack("<i", len(ids)) + numpy.asarray(ids, "<i4").tobytes() + sound.astype("<f4").tobytes()
    done = subprocess.run([program, folder, str(rate), repr(speed), kind, str(seed)], input=data,
                          stdout=subprocess.PIPE, check=True).stdout
    found, at = {}, 0
    while at < len(done):
        size, = struct.unpack_from("<i", done, at)
        name = done[at + 4:at + 4 + size].decode()
        at += 4 + size
        count, = struct.unpack_from("<i", done, at)
        found.setdefault(name, []).append(numpy.frombuffer(done, "<f4", count, at + 4))
        at += 4 + 4 * count
    return found


# --- Coqui's ---

def spectra(model, sound22, sound16):
    """Of the chunks that Coqui's code takes: log mel, without the norms; and the speaker's."""
    import torch
    from TTS.tts.models.xtts import wav_to_mel_cloning
    step, found = LATENT_RATE * model.config.gpt_cond_chunk_len, []
    end = min(len(sound22), LATENT_RATE * model.config.gpt_cond_len)
    for at in range(0, end, step):
        piece = sound22[at:min(at + step, end)]
        if len(piece) >= LATENT_RATE * .33:
            found.append(wav_to_mel_cloning(
                torch.tensor(piece)[None], mel_norms=torch.ones(80), n_fft=2048, hop_length=256, win_length=1024,
                power=2, normalized=False, sample_rate=LATENT_RATE, f_min=0, f_max=8000, n_mels=80)[0].numpy())
    encoder = model.hifigan_decoder.speaker_encoder
    return found, encoder.torch_spec(torch.tensor(sound16)[None])[0].numpy()


def voice(model, sound22, sound16):
    import torch
    latents = model.get_gpt_cond_latents(torch.tensor(sound22)[None], LATENT_RATE, length=model.config.gpt_cond_len,
                                         chunk_length=model.config.gpt_cond_chunk_len)
    return latents, model.get_speaker_embedding(torch.tensor(sound16)[None], 16000)


def generate(model, latents, ids):
    import torch
    with torch.no_grad():
        return model.gpt.generate(cond_latents=latents, text_inputs=torch.tensor([ids]), do_sample=False, num_beams=1,
                                  repetition_penalty=model.config.repetition_penalty)[0].tolist()


def speak(model, latents, embedding, ids, codes, speed=1.):
    """Latents of codes, and the sound."""
    import torch
    with torch.no_grad():
        held = model.gpt(torch.tensor([ids]), torch.tensor([len(ids)]), torch.tensor([codes]),
                         torch.tensor([len(codes) * model.gpt.code_stride_len]), cond_latents=latents,
                         return_latent=True)
        stretched = held
        if speed != 1:
            stretched = torch.nn.functional.interpolate(held.transpose(1, 2), scale_factor=1. / speed,
                                                        mode="linear").transpose(1, 2)
        return held[0].numpy(), model.hifigan_decoder(stretched, g=embedding).squeeze().numpy()


# --- the comparison ---

def text_of(model, count, seed):
    import random
    source = random.Random(seed)
    return [source.randrange(2, model.gpt.number_text_tokens) for _ in range(count)]


def end_somewhere(model, latents, ids, wanted):
    """Bias the code that ends a sound so that it comes near code `wanted`, if it can be had. Where it comes."""
    bias = model.gpt.mel_head.bias.data
    low, high = -40., 40.
    for _ in range(14):
        bias[model.gpt.stop_audio_token] = (low + high) / 2
        count = len(generate(model, latents, ids))
        if abs(count - wanted) < wanted // 4:
            break
        low, high = (low, (low + high) / 2) if count < wanted else ((low + high) / 2, high)
    return count


def mean_error(a, b):
    return float(abs(a - b).mean()) if a.shape == b.shape else float("inf")


def compare(report, what, program, folder, model, ids, sound, speed, precision):
    import numpy
    found = ours(program, folder, ids, sound, speed=speed)
    sound22, sound16 = found["sound22"][0], found["sound16"][0]
    mels, speaker_mel = spectra(model, sound22, sound16)
    latents, embedding = voice(model, sound22, sound16)
    same = len(mels) == len(found["mel"])
    report.say(f"{what}: chunks", same, len(mels))
    if not same:
        return
    worst = max(float(abs(a.ravel() - b).max()) for a, b in zip(mels, found["mel"]))
    report.say(f"{what}: spectra of the voice", worst <= MEL_MAX, f"max error {worst:.2g}")
    worst = float(abs(numpy.log(speaker_mel.ravel() + 1e-6) - numpy.log(found["speaker_mel"][0] + 1e-6)).max())
    report.say(f"{what}: spectrum of the speaker, logarithm", worst <= MEL_MAX, f"max error {worst:.2g}")
    worst = float(abs(latents.numpy().ravel() - found["conditioning"][0]).max())
    report.say(f"{what}: latents of the voice", worst <= LATENT_MAX,
               f"max error {worst:.2g} (level {float(latents.std()):.2g})")
    worst = float(abs(embedding.numpy().ravel() - found["embedding"][0]).max())
    report.say(f"{what}: embedding of the speaker", worst <= LATENT_MAX, f"max error {worst:.2g}")
    codes, mine = generate(model, latents, ids), [int(code[0]) for code in found["code"]]
    agreed = next((i for i, (a, b) in enumerate(zip(codes, mine)) if a != b), min(len(codes), len(mine)))
    ended = "ended" if codes[-1] == model.gpt.stop_audio_token else "full"
    # Once another code is said it goes elsewhere: what follows is compared for the codes that were said.
    report.say(f"{what}: codes", precision != "float32" or codes == mine, f"{agreed} of {len(codes)} the same, {ended}")
    wanted, heard = speak(model, latents, embedding, ids, mine, speed)
    held = numpy.stack(found["latent"])
    worst = float(abs(wanted - held).max()) if wanted.shape == held.shape else numpy.inf
    report.say(f"{what}: latents of the codes", worst <= CODE_MAX[precision],
               f"max error {worst:.2g}, mean {mean_error(wanted, held):.2g} (level {held.std():.2g})")
    made = numpy.concatenate(found["sound"])
    worst = float(abs(heard - made).max()) if heard.shape == made.shape else numpy.inf
    report.say(f"{what}: sound", worst <= CODE_MAX[precision],
               f"{len(made)} samples in {len(found['sound'])} pieces, max error {worst:.2g} (level {made.std():.2g})")


def check_resampling(report, program, folder, model):
    """Of a recording at another rate: Coqui's code takes another resampler."""
    import torch
    import torchaudio
    sound = recording(3, 24000)
    found = ours(program, folder, text_of(model, 5, 1), sound, rate=24000)
    at22 = torchaudio.functional.resample(torch.tensor(sound), 24000, LATENT_RATE).clip(-1, 1)
    latents = model.get_gpt_cond_latents(at22[None], LATENT_RATE, length=model.config.gpt_cond_len,
                                         chunk_length=model.config.gpt_cond_chunk_len).ravel()
    embedding = model.get_speaker_embedding(at22[None], LATENT_RATE).ravel()
    alike = [float(torch.nn.functional.cosine_similarity(a, torch.tensor(b), dim=0))
             for a, b in ((latents, found["conditioning"][0]), (embedding, found["embedding"][0]))]
    report.say("another rate, resampled by each: cosine of latents and embedding", min(alike) > .99,
               f"{alike[0]:.5f} {alike[1]:.5f}")


def check(program, sizes, precision):
    import torch
    torch.set_num_threads(2)
    report = Report()
    large = sizes is TRUE
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        model, config = xtts.load(checkpoint(sizes, SETTINGS, folder / "checkpoint"))
        sound, ids = recording(9.2), text_of(model, 60, 3)
        if large:
            for file in (folder / "checkpoint").iterdir():
                file.unlink()  # gigabytes
        else:
            latents, _ = voice(model, sound, sound)
            print(f"     ends after {end_somewhere(model, latents, ids, 150)} codes")
        xtts.export(model, config, folder, precision)
        compare(report, "speed 1", program, folder, model, ids, sound, 1., precision)
        if not large:
            compare(report, "speed .8", program, folder, model, text_of(model, 9, 4), recording(1.4), .8, precision)
            compare(report, "speed 1.7", program, folder, model, text_of(model, 200, 5), sound, 1.7, precision)
            compare(report, "speed .5", program, folder, model, text_of(model, 1, 6), recording(.5), .5, precision)
            check_resampling(report, program, folder, model)
    return int(report.failed)


# --- files ---

def narrow(model):
    """Networks whose sizes are no settings, of few channels."""
    from TTS.encoder.models.resnet import ResNetSpeakerEncoder
    from TTS.tts.layers.xtts.hifigan_decoder import HifiDecoder
    from TTS.tts.layers.xtts.perceiver_encoder import PerceiverResampler
    width, size = model.args.gpt_n_model_channels, model.args.d_vector_dim
    model.gpt.conditioning_perceiver = PerceiverResampler(dim=width, depth=2, dim_context=width, num_latents=8,
                                                          dim_head=8, heads=2, ff_mult=2)
    decoder = HifiDecoder(decoder_input_dim=width, d_vector_dim=size, upsample_initial_channel_decoder=16)
    decoder.speaker_encoder = ResNetSpeakerEncoder(input_dim=64, proj_dim=size, layers=[1, 1, 1, 1],
                                                   num_filters=[8, 8, 8, 8], log_input=True, use_torch_spec=True,
                                                   audio_config=decoder.speaker_encoder_audio_config)
    model.hifigan_decoder = decoder
    return model


def golden(folder):
    """What test_xtts.c reads: the folder; ids and codes of each run in expected.json, numbers in expected.f32."""
    import numpy
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts, XttsArgs
    start = TINY["gpt_number_text_tokens"] - 1
    config = XttsConfig(model_args=XttsArgs(**TINY, gpt_start_text_token=start, gpt_stop_text_token=0),
                        **TINY_SETTINGS, languages=["en", "fr", "zh-cn"])
    model = randomise(narrow(Xtts.init_from_config(config)), 7)
    model.eval()
    sound = recording(2.2)
    rows, values = [], io.BytesIO()

    def keep(array, stride):
        values.write(numpy.ascontiguousarray(array.ravel()[::stride]).astype("<f4").tobytes())
    # The speaker hears the recording at 16 kHz as soxr makes it, which is what the program has.
    import soxr
    sound16 = soxr.resample(sound, LATENT_RATE, 16000, "VHQ")
    latents, embedding = voice(model, sound, sound16)
    keep(latents.numpy(), 1)
    keep(embedding.numpy(), 1)
    ids = text_of(model, 20, 3)
    print("ends after", end_somewhere(model, latents, ids, 120))
    for ids, speed in ((ids, 1.), (text_of(model, 12, 5), .8), (text_of(model, 5, 6), 1.5)):
        codes = generate(model, latents, ids)
        held, heard = speak(model, latents, embedding, ids, codes, speed)
        rows.append({"ids": ids, "speed": speed, "codes": codes, "samples": len(heard)})
        keep(held, LATENT_STRIDE)
        keep(heard, STRIDE)
        print(len(codes), codes[-1] == model.gpt.stop_audio_token, heard.std())
    xtts.export(model, config, folder)
    for file in folder.glob("*.onnx"):
        if file.name != xtts.GPT:  # it must stay as it was put together
            shrink(file)
    (folder / xtts.VOCABULARY).write_text(vocabulary(TINY["gpt_number_text_tokens"]), encoding="utf-8")
    (folder / "expected.json").write_text(json.dumps(rows) + "\n", encoding="utf-8")
    (folder / "expected.f32").write_bytes(values.getvalue())
    for file in sorted(folder.iterdir()):
        print(file.stat().st_size, file)
    return 0


def random(folder, precision):
    folder.mkdir(parents=True, exist_ok=True)
    model, config = make(TRUE, SETTINGS)
    model.eval()
    xtts.export(model, config, folder, precision)
    (folder / xtts.VOCABULARY).write_text(vocabulary(TRUE["gpt_number_text_tokens"]), encoding="utf-8")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    checking, goldening, randoming = (commands.add_parser(name) for name in ("check", "golden", "random"))
    checking.add_argument("program")
    checking.add_argument("--true-size", action="store_true")
    for one in (checking, randoming):
        xtts.add_precision(one)
    for one in (goldening, randoming):
        one.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    quality_environment.enter("coqui", PACKAGES)
    if arguments.command == "check":
        return check(arguments.program, TRUE if arguments.true_size else SMALL, arguments.precision)
    if arguments.command == "golden":
        return golden(arguments.folder)
    return random(arguments.folder, arguments.precision)


if __name__ == "__main__":
    sys.exit(main())
