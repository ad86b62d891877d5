/* SPDX-License-Identifier: Apache-2.0 */
#include <avatar/avatar.h>

#include "cli/table.h"

#include <string.h>

#include "base/assert.h"
#include "store/keys.h"

static const char *const quality_choices[] = {"low", "medium", "high", "ultra", NULL};
static const char *const look_choices[] = {"real", "toon", NULL};
static const char *const engine_choices[] = {"modelled", "sd", NULL};
static const char *const fit_choices[] = {"cover", "contain", "face", NULL};
static const char *const caption_choices[] = {"none", "srt", "vtt", "burn", NULL};
static const char *const caption_file_choices[] = {"none", "srt", "vtt", NULL};
static const char *const stream_choices[] = {"pcm", "wav", NULL};
static const char *const emotion_choices[] = {"neutral", "happy", "sad", "serious", "surprised", NULL};
static const char *const blink_choices[] = {"on", "off", NULL};
static const char *const gender_choices[] = {"female", "male", NULL};

/* 2^53 - 1: the largest whole number that survives a trip through JSON. */
#define SEED_MAX 9007199254740991.0

static const char *const status_choices[] = {"pending",   "running",   "completed",
                                             "failed",    "cancelled", NULL};
static const char *const final_choices[] = {"completed", "failed", "cancelled", NULL};
static const char *const type_choices[] = {"full_pipeline",   "voice_clone", "voice_synthesis",
                                           "avatar_generate", "face_detect", "lipsync",
                                           "video_encode",    NULL};
static const char *const format_choices[] = {"mp4", "webm", "mov", "gif", "wav", "flac",
                                             "mp3", "opus", "m4a", "aac", "pcm", NULL};

#define DAYS_MAX (3650.0 * 86400000)

static const struct avt_cli_option options[AVT_OPT_SETTINGS] = {
    [AVT_OPT_HELP] = {.name = "help", .letter = 'h', .help = "Show this help and exit"},
    [AVT_OPT_VERSION] = {.name = "version", .help = "Show the version and exit"},
    [AVT_OPT_JSON] = {.name = "json",
                      .help = "Print the result as one JSON object, the last line of standard "
                              "output, also when something fails"},
    [AVT_OPT_QUIET] = {.name = "quiet", .letter = 'q', .help = "Print nothing but errors"},
    [AVT_OPT_VERBOSE] = {.name = "verbose",
                         .letter = 'v',
                         .help = "Say more about what is done and found; twice: everything"},
    [AVT_OPT_CONFIG] = {.name = "config",
                        .type = AVT_CLI_INPUT,
                        .argument = "FILE",
                        .env = "AVATAR_CONFIG",
                        .help = "Read settings from FILE (INI); without it "
                                "$XDG_CONFIG_HOME/avatar/avatar.ini or ~/.config/avatar/avatar.ini, "
                                "else /etc/avatar/avatar.ini"},
    [AVT_OPT_THREADS] = {.name = "threads",
                         .type = AVT_CLI_INTEGER,
                         .argument = "N",
                         .fallback = "0",
                         .max = 256,
                         .help = "Threads for the neural networks; 0 is as the hardware profile says, usually one "
                                 "per core"},
    [AVT_OPT_TEXT_FILE] = {.name = "text-file",
                           .type = AVT_CLI_INPUT,
                           .argument = "FILE",
                           .help = "Read the text from FILE (UTF-8); - is standard input"},
    [AVT_OPT_TEXT] = {.name = "text",
                      .type = AVT_CLI_STRING,
                      .argument = "TEXT",
                      .help = "What is said in the speech, in any language that espeak-ng reads; the sounds of its "
                              "words are looked for in what is heard"},
    [AVT_OPT_SPEECH] = {.name = "speech",
                        .type = AVT_CLI_INPUT,
                        .argument = "FILE",
                        .help = "Recorded speech, any sound file; the same as the argument SPEECH"},
    [AVT_OPT_TIMELINE_IN] = {.name = "timeline",
                             .type = AVT_CLI_INPUT,
                             .argument = "FILE",
                             .help = "Read what is said when from FILE (JSON, as --timeline of "
                                     "'pipeline run' writes it)"},
    [AVT_OPT_VOICE] = {.name = "voice",
                       .type = AVT_CLI_VOICE,
                       .argument = "ID",
                       .help = "Voice that speaks, or several blended such as "
                               "af_heart*0.7+am_adam*0.3; 'avatar voice list' shows all. Without it the "
                               "language's own, af_heart for English"},
    [AVT_OPT_LANGUAGE] = {.name = "language",
                          .type = AVT_CLI_STRING,
                          .argument = "TAG",
                          .help = "How the text is pronounced: en-us, en-gb, es, fr, hi, it, ja, pt-br or zh, and "
                                  "what an imported engine speaks (--tts), and of a recording's text what espeak-ng "
                                  "reads; without it the voice's own language"},
    [AVT_OPT_SPEED] = {.name = "speed",
                       .type = AVT_CLI_NUMBER,
                       .argument = "X",
                       .fallback = "1.0",
                       .min = 0.5,
                       .max = 2,
                       .help = "Speaking rate, 1 as the voice does by itself"},
    [AVT_OPT_PITCH] = {.name = "pitch",
                       .type = AVT_CLI_NUMBER,
                       .argument = "ST",
                       .fallback = "0",
                       .min = -12,
                       .max = 12,
                       .help = "Semitones that the voice is raised, or lowered if below 0; not for "
                               "Piper voices"},
    [AVT_OPT_SSML] = {.name = "ssml",
                      .help = "The text is SSML; without it only a text that begins with <speak>"},
    [AVT_OPT_LEXICON] = {.name = "lexicon",
                         .type = AVT_CLI_INPUT,
                         .argument = "FILE",
                         .help = "Pronunciations of your own: a word, a tab and /IPA/ or how it "
                                 "would be spelled on each line, and a language if it is for one"},
    [AVT_OPT_FORMAT_STREAM] = {.name = "format",
                               .type = AVT_CLI_CHOICE,
                               .argument = "KIND",
                               .fallback = "pcm",
                               .choices = stream_choices,
                               .help = "What '--output -' writes: bare samples (16 bits, little "
                                       "endian, 24 kHz, mono) or a WAV file of unknown length"},
    [AVT_OPT_AVATAR] = {.name = "avatar",
                        .type = AVT_CLI_INPUT,
                        .argument = "IMAGE",
                        .help = "Picture of the face (PNG, JPEG or WebP), or a clip of one, which keeps its "
                                "eyes, head and background and plays there and back again; or an avatar "
                                "profile by its id, the beginning of it, or its name ('avatar avatar "
                                "list'). Without it the program's own presenter"},
    [AVT_OPT_FACE] = {.name = "face",
                      .type = AVT_CLI_INTEGER,
                      .argument = "N",
                      .fallback = "0",
                      .max = 16,
                      .help = "Which face of the picture or clip, counted from 1 as 'avatar avatar detect' "
                              "does; 0 is the largest central one"},
    [AVT_OPT_OUTPUT_FILM] = {.name = "output",
                             .letter = 'o',
                             .type = AVT_CLI_OUTPUT,
                             .argument = "FILE",
                             .fallback = "avatar.mp4",
                             .help = "Where the film goes: .mp4, .m4v, .mov, .webm or .gif. It "
                                     "takes its name only when whole, and replaces what was there"},
    [AVT_OPT_OUTPUT_SPEECH] = {.name = "output",
                               .letter = 'o',
                               .type = AVT_CLI_OUTPUT,
                               .argument = "FILE",
                               .fallback = "speech.wav",
                               .help = "Where the sound goes: .wav, .flac, .mp3, .opus, .ogg, "
                                       ".m4a, .aac or .pcm; - is standard output, sentence by "
                                       "sentence while it is spoken"},
    [AVT_OPT_OUTPUT_VIDEO] = {.name = "output",
                              .letter = 'o',
                              .type = AVT_CLI_OUTPUT,
                              .argument = "FILE",
                              .required = true,
                              .help = "Where the result goes; its extension says what is made: "
                                      ".mp4, .m4v, .mov, .webm or .gif"},
    [AVT_OPT_QUALITY] = {.name = "quality",
                         .type = AVT_CLI_CHOICE,
                         .argument = "LEVEL",
                         .fallback = "medium",
                         .choices = quality_choices,
                         .help = "Picture quality against size and time"},
    [AVT_OPT_SIZE] = {.name = "size",
                      .type = AVT_CLI_SIZE,
                      .argument = "WxH",
                      .fallback = "source",
                      .help = "Picture size. source keeps the shape, the longer side at most "
                              "1280; a size like 1280x720 crops, unless --fit says otherwise"},
    [AVT_OPT_SIZE_ENCODE] = {.name = "size",
                             .type = AVT_CLI_SIZE,
                             .argument = "WxH",
                             .fallback = "source",
                             .help = "Picture size. source keeps the shape, the longer side at "
                                     "most what the preset allows; a size like 1280x720 crops, "
                                     "without bars"},
    [AVT_OPT_FIT] = {.name = "fit",
                     .type = AVT_CLI_CHOICE,
                     .argument = "HOW",
                     .fallback = "cover",
                     .choices = fit_choices,
                     .help = "How the picture gets into the size: cover fills it and crops around "
                             "the face, contain shows all of it between blurred bars, face shows head "
                             "and shoulders, in the size source too"},
    [AVT_OPT_FPS] = {.name = "fps",
                     .type = AVT_CLI_RATE,
                     .argument = "N",
                     .min = 5,
                     .max = 60,
                     .help = "Frames per second, a number or a fraction like 30000/1001; usually 25, or "
                             "those of the clip that is the face"},
    [AVT_OPT_FPS_SOURCE] = {.name = "fps",
                            .type = AVT_CLI_RATE,
                            .argument = "N",
                            .min = 5,
                            .max = 60,
                            .help = "Frames per second, a number or a fraction like 30000/1001; "
                                    "without it as the input"},
    [AVT_OPT_CAPTIONS] = {.name = "captions",
                          .type = AVT_CLI_CHOICE,
                          .argument = "KIND",
                          .fallback = "none",
                          .choices = caption_choices,
                          .help = "Captions: a .srt or .vtt file beside the film, or drawn into "
                                  "the picture"},
    [AVT_OPT_CAPTIONS_FILE] = {.name = "captions",
                               .type = AVT_CLI_CHOICE,
                               .argument = "KIND",
                               .fallback = "none",
                               .choices = caption_file_choices,
                               .help = "Captions in a .srt or .vtt file beside the sound"},
    [AVT_OPT_MUSIC] = {.name = "music",
                       .type = AVT_CLI_INPUT,
                       .argument = "FILE",
                       .help = "Music under the speech, any sound file: repeated or cut to the "
                               "film's length, 20 dB below the speech and 14 in its pauses, faded "
                               "in and out; not for .gif"},
    [AVT_OPT_WATERMARK] = {.name = "watermark",
                           .type = AVT_CLI_INPUT,
                           .argument = "IMAGE",
                           .help = "Picture that is laid over the lower right corner, PNG, JPEG or "
                                   "WebP, with its transparency; at most 15 % of the film's width, "
                                   "never enlarged"},
    [AVT_OPT_BACKGROUND] = {.name = "background",
                            .type = AVT_CLI_STRING,
                            .argument = "WHAT",
                            .fallback = "keep",
                            .help = "What stands behind the person, who is cut out of the picture or clip for it: "
                                    "keep, blur, a colour (#rrggbb or a name such as white), the file of a "
                                    "picture or of a video, or transparent, for .webm and .mov"},
    [AVT_OPT_INTRO] = {.name = "intro",
                       .type = AVT_CLI_INPUT,
                       .argument = "IMAGE",
                       .help = "Picture that is shown for 2.5 s before the talking begins, over whose last .4 s it "
                               "fades into the film; music plays under it; not with a transparent background"},
    [AVT_OPT_OUTRO] = {.name = "outro",
                       .type = AVT_CLI_INPUT,
                       .argument = "IMAGE",
                       .help = "Picture that is shown for 2.5 s after the talking, as the intro before it"},
    [AVT_OPT_TIMELINE_OUT] = {.name = "timeline",
                              .type = AVT_CLI_OUTPUT,
                              .argument = "FILE",
                              .help = "Write what is said when (phonemes and words, JSON) to FILE"},
    [AVT_OPT_SEED] = {.name = "seed",
                      .type = AVT_CLI_INTEGER,
                      .argument = "N",
                      .fallback = "1",
                      .max = SEED_MAX,
                      .help = "Seed of blinks, head movement and speech engines that draw lots; the same seed makes "
                              "the same film"},
    [AVT_OPT_HEAD_MOTION] = {.name = "head-motion",
                             .type = AVT_CLI_NUMBER,
                             .argument = "X",
                             .fallback = "0.5",
                             .max = 1,
                             .help = "How much the head sways and nods: 0 keeps head and shoulders "
                                     "still, while eyes, brows and mouth go on, and 1 is lively"},
    [AVT_OPT_EXPRESSIVENESS] = {.name = "expressiveness",
                                .type = AVT_CLI_NUMBER,
                                .argument = "X",
                                .fallback = "0.5",
                                .max = 1,
                                .help = "How far the jaw opens and the brows rise on stressed words"},
    [AVT_OPT_TTS] = {.name = "tts",
                     .type = AVT_CLI_STRING,
                     .argument = "ENGINE",
                     .fallback = "builtin",
                     .help = "What speaks: builtin, or an engine whose weights you imported: pocket, in the voice of a "
                             "profile's kept recording or after a stock voice; xtts, the same in 17 languages; vits, "
                             "or vits:SPEAKER; or the name that 'avatar models list' shows; auto takes one that speaks "
                             "from the profile's recording, if there is one (docs/engines.md)"},
    [AVT_OPT_LIPSYNC] = {.name = "lipsync",
                         .type = AVT_CLI_STRING,
                         .argument = "ENGINE",
                         .fallback = "builtin",
                         .help = "What moves the mouth: builtin, or a neural network whose weights you imported: "
                                 "wav2lip, musetalk, or the name that 'avatar models list' shows; auto takes the best "
                                 "that there is and that fits (docs/engines.md)"},
    [AVT_OPT_ENHANCE] = {.name = "enhance",
                         .type = AVT_CLI_STRING,
                         .argument = "ENGINE[:STRENGTH]",
                         .fallback = "none",
                         .help = "What makes the mouth sharper once it has been drawn or painted: none, or a network "
                                 "whose weights you imported: restore (of faces), upscale, or the name that 'avatar "
                                 "models list' shows; auto takes the best that there is and that fits the GPU. "
                                 "STRENGTH is from 0 to 1; usually .7 of restore and 1 of upscale (docs/engines.md)"},
    [AVT_OPT_EMOTION] = {.name = "emotion",
                         .type = AVT_CLI_CHOICE,
                         .argument = "MOOD",
                         .fallback = "neutral",
                         .choices = emotion_choices,
                         .help = "A mild mood that the face is in while it speaks"},
    [AVT_OPT_BLINK] = {.name = "blink",
                       .type = AVT_CLI_BLINK,
                       .argument = "on|off|N",
                       .fallback = "on",
                       .choices = blink_choices,
                       .min = 1,
                       .max = 60,
                       .help = "About N blinks a minute (1 to 60), or as people do, or none"},
    [AVT_OPT_KEEP_INTERMEDIATES] = {.name = "keep-intermediates",
                                    .help = "Keep speech, timeline and face in a folder "
                                            "FILE.parts beside the film"},
    [AVT_OPT_LOW_MEMORY] = {.name = "low-memory",
                            .help = "Unload models between stages and encode with less "
                                    "look-ahead; slower"},
    [AVT_OPT_ANNOTATE] = {.name = "annotate",
                          .type = AVT_CLI_OUTPUT,
                          .argument = "FILE",
                          .help = "Draw what was found into a copy of the picture (PNG)"},
    [AVT_OPT_ATTRIBUTES] = {.name = "attributes",
                            .type = AVT_CLI_INPUT,
                            .argument = "FILE",
                            .help = "What is said as JSON (docs/prompts.md), such as {\"age\": 52, \"hair\": \"bob\"}. "
                                    "It counts more than the prompt; what an earlier --json told under attributes will "
                                    "do"},
    [AVT_OPT_LOOK] = {.name = "look",
                      .type = AVT_CLI_CHOICE,
                      .argument = "LOOK",
                      .choices = look_choices,
                      .help = "real: as in a photograph. toon: as in an animated film. Without it real, unless the "
                              "prompt asks for a cartoon"},
    [AVT_OPT_SEED_PRESENTER] = {.name = "seed",
                                .type = AVT_CLI_INTEGER,
                                .argument = "N",
                                .max = SEED_MAX,
                                .help = "Draws all that is not said; the same seed makes the same picture. Without "
                                        "it, or 0, one at random, which is told: to change a word or two of somebody, "
                                        "give it again"},
    [AVT_OPT_SIZE_PRESENTER] = {.name = "size",
                                .type = AVT_CLI_SIZE,
                                .argument = "WxH",
                                .fallback = "1024x1024",
                                .help = "Picture size, sides of 64 to 2048. A film of it may have any other size and "
                                        "shape. With --engine sd multiples of 8 up to 1024, without it as the model "
                                        "was trained"},
    [AVT_OPT_VARIATIONS] = {.name = "variations",
                            .type = AVT_CLI_INTEGER,
                            .argument = "N",
                            .fallback = "1",
                            .min = 1,
                            .max = AVT_GENERATE_VARIATIONS_MAX,
                            .help = "A sheet of so many people, row by row, each with the next seed. Choose one and "
                                    "make it again with its seed"},
    [AVT_OPT_OUTPUT_PRESENTER] = {.name = "output",
                                  .letter = 'o',
                                  .type = AVT_CLI_OUTPUT,
                                  .argument = "FILE",
                                  .fallback = "presenter.png",
                                  .help = "Where the picture goes (PNG). It knows what it is made of: as --avatar it "
                                          "is drawn anew for each frame"},
    [AVT_OPT_NAME_PRESENTER] = {.name = "name",
                                .type = AVT_CLI_STRING,
                                .argument = "NAME",
                                .help = "Keeps the person as an avatar profile of that name, too ('avatar list'); up "
                                        "to 80 characters. Not of a sheet of several people"},
    [AVT_OPT_ENGINE] = {.name = "engine",
                        .type = AVT_CLI_CHOICE,
                        .argument = "ENGINE",
                        .choices = engine_choices,
                        .fallback = "modelled",
                        .help = "modelled: computer graphics, drawn by this program. sd: a Stable Diffusion model "
                                "that you bring ('avatar models import'). That takes minutes and no attributes, "
                                "look or variations, and the picture is animated as a photograph"},
    [AVT_OPT_MODEL] = {.name = "model",
                       .type = AVT_CLI_STRING,
                       .argument = "MODEL",
                       .help = "Model of the engine sd: the name of an imported one; in 'avatar generate' also a "
                               "folder, written with a / (./my-model). Without it the only imported one"},
    [AVT_OPT_MODEL_NAME] = {.name = "name",
                            .type = AVT_CLI_STRING,
                            .argument = "NAME",
                            .help = "What the model is called: lower-case letters, digits, '.', '_' and '-'. Without "
                                    "it after its folder. What was imported under the name is replaced"},
    [AVT_OPT_MODEL_LANGUAGE] = {.name = "language",
                                .type = AVT_CLI_STRING,
                                .argument = "TAG",
                                .help = "What a Pocket TTS speaks, whose files do not tell it: en, de, es, fr, it or "
                                        "pt; without it English"},
    [AVT_OPT_ACCEPT_LICENCE] = {.name = "accept-licence",
                                .help = "Your use is one that the licence of the weights allows, which the message "
                                        "names that asks for this option"},
    [AVT_OPT_FORCE] = {.name = "force", .help = "Fetch again what is already there"},
    [AVT_OPT_PIPER] = {.name = "piper",
                       .type = AVT_CLI_INPUT,
                       .argument = "FILE",
                       .required = true,
                       .help = "Piper voice: its .onnx file, with the .onnx.json beside it"},
    [AVT_OPT_NAME] = {.name = "name",
                      .type = AVT_CLI_STRING,
                      .argument = "NAME",
                      .help = "What the voice is called; without it as its file"},
    [AVT_OPT_FILTER_LANGUAGE] = {.name = "language",
                                 .type = AVT_CLI_STRING,
                                 .argument = "TAG",
                                 .help = "Only voices of this language, such as en-gb, or en for "
                                         "all English ones"},
    [AVT_OPT_FILTER_GENDER] = {.name = "gender",
                               .type = AVT_CLI_CHOICE,
                               .argument = "GENDER",
                               .choices = gender_choices,
                               .help = "Only voices of this gender"},
    [AVT_OPT_WORKER_NAME] = {.name = "name",
                             .type = AVT_CLI_STRING,
                             .argument = "NAME",
                             .help = "What the worker is called in logs and in the status of the "
                                     "server; without it the machine's name and the process id"},
    [AVT_OPT_WORKER_INTERACTIVE] = {.name = "interactive",
                                    .help = "Take short work only: detection, information, speech "
                                            "under 500 characters"},
    [AVT_OPT_ONCE] = {.name = "once", .help = "End after one job, or at once when none waits"},
    [AVT_OPT_SUPERVISED] = {.name = "supervised",
                            .hidden = true,
                            .help = "Drain when standard input ends: the server is gone"},
    [AVT_OPT_PROFILE_NAME] = {.name = "name",
                      .type = AVT_CLI_STRING,
                      .argument = "NAME",
                      .required = true,
                      .help = "Name of the voice profile, up to 64 bytes"},
    [AVT_OPT_AVATAR_NAME] = {.name = "name",
                             .type = AVT_CLI_STRING,
                             .argument = "NAME",
                             .required = true,
                             .help = "Name of the avatar profile, up to 80 characters"},
    [AVT_OPT_AVATAR_NEW_NAME] = {.name = "name",
                                 .type = AVT_CLI_STRING,
                                 .argument = "NAME",
                                 .is_operand = true,
                                 .help = "The same as the argument NAME"},
    [AVT_OPT_RIGHTS] = {.name = "rights",
                        .type = AVT_CLI_STRING,
                        .argument = "STATEMENT",
                        .help = "Whose face it is and why it may be animated, in words (10 to 2000 "
                                "characters); kept with the profile. No face is kept without it"},
    [AVT_OPT_AUDIO] = {.name = "audio",
                       .type = AVT_CLI_INPUT,
                       .argument = "CLIP",
                       .is_operand = true,
                       .help = "A recording of the voice, any sound or video file; may be given "
                               "several times, and further CLIPs may follow"},
    [AVT_OPT_CONSENT] = {.name = "consent",
                         .type = AVT_CLI_STRING,
                         .argument = "STATEMENT",
                         .help = "What the owner of the voice has agreed to, in words; kept in the "
                                 "profile and the audit log. Nothing is cloned without it"},
    [AVT_OPT_CONSENT_BY] = {.name = "consent-by",
                            .type = AVT_CLI_STRING,
                            .argument = "NAME",
                            .help = "Who gives the consent; without it the user of this machine"},
    [AVT_OPT_CONSENT_AUDIO] = {.name = "consent-audio",
                               .type = AVT_CLI_INPUT,
                               .argument = "FILE",
                               .help = "The consent as spoken by the owner of the voice; it must "
                                       "sound like the recordings"},
    [AVT_OPT_FAST] = {.name = "fast", .help = "Take 10 seconds at most; less alike"},
    [AVT_OPT_BEST] = {.name = "best", .help = "Try three times as many voices; minutes"},
    [AVT_OPT_POINTS] = {.name = "points",
                        .type = AVT_CLI_INTEGER,
                        .argument = "N",
                        .min = 1,
                        .max = 2000,
                        .help = "Try N voices, however long it takes, so that the result does not "
                                "depend on how busy the machine is"},
    [AVT_OPT_KEEP_REFERENCE] = {.name = "keep-reference",
                                .help = "Keep the cleaned recordings with the profile; without it "
                                        "they are not stored anywhere"},
    [AVT_OPT_OUTPUT_PROFILE] = {.name = "output",
                                .letter = 'o',
                                .type = AVT_CLI_OUTPUT,
                                .argument = "FILE",
                                .required = true,
                                .help = "File to write, such as anna.avtvoice"},
    [AVT_OPT_OUTPUT_FACE] = {.name = "output",
                             .letter = 'o',
                             .type = AVT_CLI_OUTPUT,
                             .argument = "FILE",
                             .required = true,
                             .help = "File to write, such as ada.avtface"},
    [AVT_OPT_MARKDOWN] = {.name = "markdown",
                          .hidden = true,
                          .help = "Print docs/cli.md, the whole reference as Markdown"},
    [AVT_OPT_FILTER_STATUS] = {.name = "status",
                               .type = AVT_CLI_CHOICE,
                               .argument = "STATUS",
                               .choices = status_choices,
                               .help = "Only jobs with this status"},
    [AVT_OPT_FILTER_TYPE] = {.name = "type",
                             .type = AVT_CLI_CHOICE,
                             .argument = "TYPE",
                             .choices = type_choices,
                             .help = "Only jobs of this type"},
    [AVT_OPT_SINCE] = {.name = "since",
                       .type = AVT_CLI_MOMENT,
                       .argument = "TIME",
                       .max = -DAYS_MAX,
                       .help = "Only jobs made since then: 2h for two hours ago, 2026-01-15, "
                               "2026-01-15T18:00:00Z"},
    [AVT_OPT_LIMIT] = {.name = "limit",
                       .type = AVT_CLI_INTEGER,
                       .argument = "N",
                       .fallback = "20",
                       .min = 1,
                       .max = 100000,
                       .help = "How many to show, the newest first"},
    [AVT_OPT_WATCH] = {.name = "watch",
                       .letter = 'w',
                       .help = "Follow the job until it has ended; the exit status says how"},
    [AVT_OPT_PARAMS] = {.name = "params",
                        .type = AVT_CLI_INPUT,
                        .argument = "FILE",
                        .help = "Read the job from a JSON file, the body of POST /jobs (docs/api.md); "
                                "files that it names are taken in; - is standard input"},
    [AVT_OPT_BATCH] = {.name = "batch",
                       .type = AVT_CLI_INPUT,
                       .argument = "FILE",
                       .help = "Read many jobs, one such JSON object a line; all lines are checked "
                               "before the first job is put on"},
    [AVT_OPT_JOB_TYPE] = {.name = "type",
                          .type = AVT_CLI_CHOICE,
                          .argument = "TYPE",
                          .choices = type_choices,
                          .help = "Kind of job; without it full_pipeline, a film"},
    [AVT_OPT_JOB_AVATAR] = {.name = "avatar",
                            .type = AVT_CLI_INPUT,
                            .argument = "IMAGE",
                            .help = "Picture or clip of the face: a file, or the id of an upload (up-), an "
                                    "avatar profile (ap-) or a job; where there is no --server, the "
                                    "beginning of a profile's id and its name will do; without it the "
                                    "program's own presenter"},
    [AVT_OPT_JOB_MUSIC] = {.name = "music",
                           .type = AVT_CLI_INPUT,
                           .argument = "FILE",
                           .help = "Music under the speech of a film, as in 'pipeline run': a sound "
                                   "file, or the id of an upload or a job"},
    [AVT_OPT_JOB_WATERMARK] = {.name = "watermark",
                               .type = AVT_CLI_INPUT,
                               .argument = "IMAGE",
                               .help = "Picture over the lower right corner of a film, as in 'pipeline "
                                       "run': a file, or the id of an upload or a job"},
    [AVT_OPT_JOB_BACKGROUND] = {.name = "background",
                                .type = AVT_CLI_STRING,
                                .argument = "WHAT",
                                .help = "What stands behind the person of a film, as in 'pipeline run': keep, blur, "
                                        "transparent, a colour, the file of a picture or video, or the id of an upload "
                                        "or a job"},
    [AVT_OPT_JOB_INTRO] = {.name = "intro",
                           .type = AVT_CLI_INPUT,
                           .argument = "IMAGE",
                           .help = "Picture before the talking of a film, as in 'pipeline run': a file, or the id "
                                   "of an upload or a job"},
    [AVT_OPT_JOB_OUTRO] = {.name = "outro",
                           .type = AVT_CLI_INPUT,
                           .argument = "IMAGE",
                           .help = "Picture after the talking of a film, as the intro before it"},
    [AVT_OPT_JOB_INPUT] = {.name = "input",
                           .type = AVT_CLI_INPUT,
                           .argument = "FILE",
                           .help = "What the job is about, a file or an id: the picture of face_detect, "
                                   "the speech of lipsync, the video of video_encode, a recording of "
                                   "the voice of voice_clone"},
    [AVT_OPT_JOB_NAME] = {.name = "name",
                          .type = AVT_CLI_STRING,
                          .argument = "NAME",
                          .help = "Name of the voice that a voice_clone makes, up to 64 bytes, or of the avatar "
                                  "profile that the person of an avatar_generate becomes"},
    [AVT_OPT_JOB_FORMAT] = {.name = "format",
                            .type = AVT_CLI_CHOICE,
                            .argument = "FORMAT",
                            .choices = format_choices,
                            .help = "Format of the result; without it mp4 or wav"},
    [AVT_OPT_JOB_FPS] = {.name = "fps",
                         .type = AVT_CLI_RATE,
                         .argument = "N",
                         .min = 5,
                         .max = 60,
                         .help = "Frames per second, a number or a fraction like 30000/1001; without "
                                 "it 25, or as the input"},
    [AVT_OPT_PRIORITY] = {.name = "priority",
                          .type = AVT_CLI_INTEGER,
                          .argument = "N",
                          .fallback = "0",
                          .min = -100,
                          .max = 100,
                          .help = "Jobs with a higher one start earlier"},
    [AVT_OPT_AT] = {.name = "at",
                    .type = AVT_CLI_MOMENT,
                    .argument = "TIME",
                    .max = DAYS_MAX,
                    .help = "Not before then: 2h for in two hours, 18:30, 2026-01-15 18:30, "
                            "2026-01-15T18:30:00Z"},
    [AVT_OPT_WEBHOOK] = {.name = "webhook",
                         .type = AVT_CLI_STRING,
                         .argument = "URL",
                         .help = "Address that is told when the job has ended"},
    [AVT_OPT_WAIT] = {.name = "wait",
                      .help = "Wait until the job has ended; the exit status says how"},
    [AVT_OPT_OLDER_THAN] = {.name = "older-than",
                            .type = AVT_CLI_DURATION,
                            .argument = "TIME",
                            .max = DAYS_MAX,
                            .help = "Only jobs that ended longer ago, such as 7d"},
    [AVT_OPT_CLEAN_KEEP] = {.name = "keep-last",
                            .type = AVT_CLI_INTEGER,
                            .argument = "N",
                            .fallback = "0",
                            .max = 10000000,
                            .help = "Keep the newest N finished jobs whatever their age"},
    [AVT_OPT_CLEAN_STATUS] = {.name = "status",
                              .type = AVT_CLI_CHOICE,
                              .argument = "STATUS",
                              .choices = final_choices,
                              .help = "Only jobs that ended so"},
    [AVT_OPT_DRY_RUN] = {.name = "dry-run", .help = "Say what would be removed, and remove nothing"},
    [AVT_OPT_OUTPUT_RESULT] = {.name = "output",
                               .letter = 'o',
                               .type = AVT_CLI_OUTPUT,
                               .argument = "FILE",
                               .help = "Where the result goes; without it a file named after the job, "
                                       "in this folder"},
    [AVT_OPT_RESULT_CAPTIONS] = {.name = "captions",
                                 .help = "The caption file instead of the film or sound"},
    [AVT_OPT_NO_OUTPUTS] = {.name = "no-outputs",
                            .help = "Leave out what jobs made: films, sounds, captions"},
    [AVT_OPT_KEY_NAME] = {.name = "name",
                          .type = AVT_CLI_STRING,
                          .argument = "NAME",
                          .help = "Who or what the key is for, to tell keys apart"},
    [AVT_OPT_SCOPE] = {.name = "scope",
                       .type = AVT_CLI_LIST,
                       .argument = "LIST",
                       .fallback = "read,submit",
                       .help = "What the key may do, by commas: read, submit, admin (everything, with "
                               "everybody's jobs)"},
    [AVT_OPT_EXPIRES] = {.name = "expires",
                         .type = AVT_CLI_DURATION,
                         .argument = "TIME",
                         .min = 60000,
                         .max = DAYS_MAX,
                         .help = "The key stops working after so long, such as 90d; without it never"},
    [AVT_OPT_KEY_RATE] = {.name = "rate-limit",
                          .type = AVT_CLI_INTEGER,
                          .argument = "N",
                          .min = 1,
                          .max = AVT_KEY_RATE_MAX,
                          .help = "Requests a minute of this key; without it what the server's "
                                  "--rate-limit says"},
    [AVT_OPT_KEY_JOBS] = {.name = "key-jobs",
                          .type = AVT_CLI_INTEGER,
                          .argument = "N",
                          .min = 1,
                          .max = AVT_KEY_RATE_MAX,
                          .help = "Jobs of this key that may wait or run; without it what the "
                                  "server's --key-jobs says"},
};

static const enum avt_cli_opt common[] = {AVT_OPT_JSON, AVT_OPT_QUIET, AVT_OPT_HELP,
                                          AVT_OPT_VERSION};

static const enum avt_cli_type setting_types[] = {
    [AVT_SETTING_FLAG] = AVT_CLI_FLAG,       [AVT_SETTING_TEXT] = AVT_CLI_STRING,
    [AVT_SETTING_LIST] = AVT_CLI_LIST,       [AVT_SETTING_CHOICE] = AVT_CLI_CHOICE,
    [AVT_SETTING_FOLDER] = AVT_CLI_FOLDER,   [AVT_SETTING_INTEGER] = AVT_CLI_INTEGER,
    [AVT_SETTING_DURATION] = AVT_CLI_DURATION, [AVT_SETTING_BYTES] = AVT_CLI_BYTES,
};

static struct avt_cli_option option_of_setting(const struct avt_setting_info *info)
{
    return (struct avt_cli_option){
        .name = info->name,
        .type = setting_types[info->type],
        .argument = info->argument,
        .fallback = info->type == AVT_SETTING_FLAG ? NULL : info->fallback,
        .choices = info->choices,
        .min = (double)info->min,
        .max = (double)info->max,
        .env = info->variable,
        .hidden = info->hidden,
        .help = info->help,
    };
}

bool avt_cli_option_setting(enum avt_cli_opt id, enum avt_setting *ret_setting)
{
    if (id < AVT_OPT_SETTINGS)
        return false;
    *ret_setting = (enum avt_setting)(id - AVT_OPT_SETTINGS);
    return true;
}

const struct avt_cli_option *avt_cli_option(enum avt_cli_opt id)
{
    /* Filled at the first use: one table in base, one form of options here. There is one thread yet. */
    static struct avt_cli_option settings[AVT_SETTING_COUNT];
    enum avt_setting setting;
    avt_assert((int)id >= 0 && id < AVT_OPT_COUNT);
    if (!avt_cli_option_setting(id, &setting))
        return &options[id];
    if (!settings[setting].name)
        settings[setting] = option_of_setting(avt_setting_info(setting));
    return &settings[setting];
}

size_t avt_cli_options_of(const struct avt_cli_command *command,
                          enum avt_cli_opt ret_ids[AVT_OPT_COUNT])
{
    size_t count = 0;
    bool settings = command->settings;
    for (size_t i = 0; command->options && command->options[i] != AVT_OPT_COUNT; i++) {
        ret_ids[count++] = command->options[i];
        settings = settings || command->options[i] >= AVT_OPT_SETTINGS;
    }
    if (settings)
        ret_ids[count++] = AVT_OPT_CONFIG;
    /* Before the name of the command it is not known yet whether it takes this one. */
    if (command->commands)
        ret_ids[count++] = AVT_OPT_VERBOSE;
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        ret_ids[count++] = common[i];
    return count;
}

const struct avt_cli_command *avt_cli_find(const struct avt_cli_command *group, const char *name)
{
    for (const struct avt_cli_command *c = group->commands; c && c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}
