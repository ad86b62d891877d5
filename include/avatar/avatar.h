/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libavatar: text or speech in, talking-head video out.
 *
 *     struct avt_error error = {0};
 *     struct avt_context *context = NULL;
 *     struct avt_pipeline_options options = AVT_PIPELINE_OPTIONS_INIT;
 *     struct avt_pipeline_result result;
 *     options.text = "Hello.";
 *     options.output = "hello.mp4";
 *     if (avt_context_open(NULL, &context, &error) == AVT_OK &&
 *         avt_pipeline_run(context, &options, &result, &error) == AVT_OK)
 *         printf("%s: %.1f s\n", result.output, result.duration_s);
 *     avt_context_close(context);
 *
 * Rules. Strings are UTF-8; what goes in is borrowed for the call. The library sets no signal
 * handlers, no locale and no working folder, prints nothing and touches no global state of libav.
 * Option structs begin with their own size (the *_INIT macros fill it): a program built against an
 * older header keeps working. Callbacks run on the thread that made the call.
 *
 * Threads: a context may be used by one thread at a time, except avt_context_cancel() and
 * avt_context_loaded(). Several contexts may be used at once; they share one pool of neural-network
 * threads.
 */
#ifndef AVATAR_AVATAR_H
#define AVATAR_AVATAR_H

#include <stddef.h>
#include <stdint.h>

#include <avatar/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AVT_EXPORT __attribute__((visibility("default")))

/** "0.1.0" */
AVT_EXPORT const char *avt_version(void);
/** Stable short name of a code ("no_face"); never NULL. */
AVT_EXPORT const char *avt_code_text(enum avt_code code);
/** Exit status that the command line uses for a code: 0, or unique per code. */
AVT_EXPORT int avt_code_status(enum avt_code code);

/** Turn off what the FFmpeg libraries print on standard error about broken files, for the whole process.
 *  For programs that own their process; no other call touches global state. */
AVT_EXPORT void avt_quiet_process(void);

/* ---- context ------------------------------------------------------------------------------- */

struct avt_context;

enum avt_message_level { AVT_MESSAGE_ERROR, AVT_MESSAGE_WARNING, AVT_MESSAGE_INFO, AVT_MESSAGE_DEBUG };

struct avt_context_options {
    size_t size;
    const char *storage; /* NULL: $AVATAR_STORAGE, $XDG_DATA_HOME/avatar, ~/.local/share/avatar */
    int threads;         /* 0: as `hardware` says, usually one per core that this process may use */
    /** Messages for a log, or NULL. May be called from any thread. */
    void (*message)(enum avt_message_level level, const char *text, void *user);
    enum avt_message_level message_level;
    void *user;
    long long memory_bytes; /* that loaded models may take: the least recently used go first; 0: no limit */
    const char *hardware;   /* that big networks run on: auto (NULL), cpu-small, cpu, gpu-10gb, gpu-24gb; copied */
    long long vram_bytes;   /* of the GPU, at most; 0: as the profile says */
    int leave_gpu;          /* 1: other processes need the GPU; nothing stays loaded there after a film */
};
#define AVT_CONTEXT_OPTIONS_INIT {.size = sizeof(struct avt_context_options)}

/** Opens nothing heavy; models are loaded when first needed. `options` may be NULL. */
AVT_EXPORT enum avt_code avt_context_open(const struct avt_context_options *options,
                                          struct avt_context **ret_context, struct avt_error *reterr);
AVT_EXPORT void avt_context_close(struct avt_context *context);
/** Whose voice profiles are used from now on: those that are made belong to `owner` (at most 15
 *  characters; the id of a key of the service), and no others are found unless sees_all. NULL, the
 *  state at first: nobody's are made and everybody's found. Between calls only.
 *  @return AVT_OK, AVT_EINVAL (too long; nothing changes). */
AVT_EXPORT enum avt_code avt_context_set_owner(struct avt_context *context, const char *owner,
                                               int sees_all);
/** Stops the call that runs in the context, from any thread or a signal handler: it returns
 *  AVT_ECANCELLED within a second and leaves nothing behind. Cleared when the next call starts. */
AVT_EXPORT void avt_context_cancel(struct avt_context *context);
/** Frees the memory of all loaded models; they load again when needed. */
AVT_EXPORT void avt_context_unload(struct avt_context *context);

/** A model that is in memory. */
struct avt_loaded_model {
    char id[64];     /* as in the model list */
    long long bytes; /* of memory: how much the process grew when it was loaded */
    double idle_s;   /* since it was last used */
};
enum { AVT_LOADED_MAX = 16 };
/** What is loaded now; from any thread. @param ret_models  [max]. Returns how many. */
AVT_EXPORT size_t avt_context_loaded(struct avt_context *context,
                                     struct avt_loaded_model *ret_models, size_t max);
/** Frees the memory of one model. AVT_ENOENT if it is not loaded. */
AVT_EXPORT enum avt_code avt_context_unload_model(struct avt_context *context, const char *id,
                                                  struct avt_error *reterr);

/* ---- progress ------------------------------------------------------------------------------ */

/** The six stages of a pipeline, in order; names as in results and messages. */
enum avt_stage {
    AVT_STAGE_VOICE,   /* load the voice profile */
    AVT_STAGE_SPEECH,  /* synthesise, or read the recorded speech */
    AVT_STAGE_FACE,    /* find and check the face */
    AVT_STAGE_LIPSYNC, /* make frames */
    AVT_STAGE_ENCODE,
    AVT_STAGE_CLEANUP,
    AVT_STAGE_COUNT,
};
AVT_EXPORT const char *avt_stage_name(enum avt_stage stage);

struct avt_progress {
    enum avt_stage stage; /* the one that work waits for now */
    double fraction;      /* 0..1 of the whole run */
    double elapsed_s;
    double eta_s;         /* seconds to go; < 0: not known yet */
    double speed;         /* seconds of film made per second; 0: not known yet */
    long long frames;     /* frames encoded so far */
};
/** Called a few times a second. Must return soon. */
typedef void (*avt_progress_fn)(const struct avt_progress *progress, void *user);

/* ---- pipeline ------------------------------------------------------------------------------ */

struct avt_pipeline_options {
    size_t size;
    const char *text;     /* what is said; NULL with `speech` */
    const char *speech;   /* recorded speech instead (any sound file); needs `text` or `timeline_in` */
    const char *timeline_in; /* timeline of `speech` (JSON), or NULL: aligned roughly from `text` */
    const char *voice;    /* id or blend (af_heart*0.7+am_adam*0.3); NULL: the language's own */
    const char *language; /* NULL: the voice's own */
    double speed;         /* 0.25..4; beyond 0.5..2 words lose their shape */
    const char *avatar;   /* picture, or a film of a face, which then keeps its own eyes and head and is
                           * played there and back again; NULL: the default presenter */
    int face_index;       /* 1-based when the picture has several; 0: the largest central one */
    const char *output;   /* .mp4 .m4v .mov .webm .gif */
    const char *quality;  /* low medium high ultra */
    const char *size_spec; /* "source" or "1280x720" */
    int fps_num, fps_den;  /* 0: 25, or the rate of the film that is the face */
    const char *captions;     /* none srt vtt burn; srt and vtt go beside the output */
    const char *timeline_out; /* write the timeline here, or NULL */
    uint64_t seed;            /* of blinks and sway */
    int keep_intermediates;   /* speech.wav, timeline.json, face.json, face.png in <output>.parts/ */
    int low_memory;           /* models are unloaded between stages; slower */
    avt_progress_fn progress; /* or NULL */
    void *user;
    int ssml;                 /* the text is SSML, even if it does not begin with <speak> */
    const char *lexicon;      /* file of pronunciations (docs/speech.md), or NULL */
    double pitch;             /* semitones up, -12..12 */
    double head_motion;       /* 0..1: how much the head moves; 0 = not at all, with its shoulders; usually .5 */
    double expressiveness;    /* 0..1: how far jaw and brows go; usually .5 */
    const char *emotion;      /* neutral happy sad serious surprised */
    double blink;             /* about so many times a minute, 1..60; 0 = never */
    const char *music;        /* sound file that plays under the speech, repeated or cut to the film's
                               * length (docs/media.md), or NULL; not for .gif */
    const char *fit;          /* how the picture gets into the size: cover (cut around the face), contain
                               * (whole, blurred bars), face (head and shoulders, in the source's size too) */
    const char *watermark;    /* picture (its alpha counts) in the lower right corner, or NULL */
    const char *background;   /* what stands behind the person: keep (what stood there), blur (the same, out of focus),
                               * a colour (#rrggbb or a name of CSS), the file of a picture or video, or transparent
                               * (.webm, .mov) */
    const char *intro, *outro; /* pictures shown for 2.5 s before and after the talking, faded over into it; NULL:
                               * none; not with background "transparent" */
    const char *lipsync;      /* what moves the mouth: builtin (NULL: that), an engine whose weights were imported
                               * (wav2lip, musetalk), the name of an imported model, or auto: the best that
                               * there is and that fits (docs/engines.md) */
    const char *tts;          /* what speaks: builtin (NULL: that), an engine whose weights were imported (pocket, vits,
                               * xtts), the name of an imported model, or auto: of these what speaks from the
                               * recording of a profile, if the voice is one (docs/engines.md) */
    const char *enhance;      /* what makes the mouth sharper after it was drawn: none (NULL: that), restore, upscale or
                               * the name of an imported model, all with ":STRENGTH" of 0..1 behind them, or auto: the
                               * best that there is and that fits, on a GPU (docs/engines.md) */
};
/** Blinks a minute of people who talk. */
#define AVT_BLINK_USUAL 16
#define AVT_PIPELINE_OPTIONS_INIT                                                                  \
    {.size = sizeof(struct avt_pipeline_options), .speed = 1.0, .quality = "medium",               \
     .size_spec = "source", .fps_num = 0, .fps_den = 1, .captions = "none", .seed = 1,             \
     .head_motion = .5, .expressiveness = .5, .emotion = "neutral", .blink = AVT_BLINK_USUAL,      \
     .fit = "cover", .background = "keep"}

struct avt_pipeline_result {
    size_t size;               /* set by the library */
    int success;               /* 1 if the film is in place */
    int stages_completed;      /* bit per enum avt_stage */
    int failed_stage;          /* enum avt_stage, or -1 */
    enum avt_code code;
    char message[AVT_ERROR_MESSAGE_MAX]; /* of the error */
    char output[4096];
    char captions[4096];       /* caption file, "" if none */
    double duration_s;         /* of the film */
    long long frames;
    int width, height;
    double fps;
    double total_s;            /* wall clock */
    double stage_s[AVT_STAGE_COUNT]; /* busy seconds per stage; stages overlap */
    double peak_memory_mb;     /* of this process so far */
    char voice_engine[64];     /* "kokoro-82m 1.0 (af_heart)" */
    char face_engine[64];      /* "mediapipe attention mesh" */
    char lipsync_engine[64];   /* "photo 1" */
    char warning[512];         /* "" or one sentence: the face is tilted, ... */
    char lipsync_why[160];     /* of lipsync "auto": what was chosen, and why; else "" */
    double stage_peak_mb[AVT_STAGE_COUNT]; /* memory of this process while each stage was at work, at most */
    double gpu_peak_mb;        /* of the GPU, by all programs, while this film was made; 0: it was not used */
    char voice_why[160];       /* of tts "auto", as lipsync_why */
    char enhanced_by[64];      /* "restore 1 (gfpgan, 0.7)"; "": by nothing */
    char enhance_why[160];     /* of enhance "auto": what was chosen, and why; else "" */
};

/** Text or speech and a face in, film out. `ret_result` is filled on failure too. */
AVT_EXPORT enum avt_code avt_pipeline_run(struct avt_context *context,
                                          const struct avt_pipeline_options *options,
                                          struct avt_pipeline_result *ret_result,
                                          struct avt_error *reterr);

struct avt_pipeline_estimate {
    size_t size;
    double duration_s;   /* of the film */
    double total_s;      /* wall clock until it is done */
    double stage_s[AVT_STAGE_COUNT];
    double memory_mb;
    long long frames;
    int width, height;
    int runs_measured;   /* runs on this machine that the figures rest on; 0: built-in defaults */
    long long size_bytes; /* of the file; 0: not known, of a .gif */
};
/** Checks the options as a run would and says what it would take; makes nothing. */
AVT_EXPORT enum avt_code avt_pipeline_estimate(struct avt_context *context,
                                               const struct avt_pipeline_options *options,
                                               struct avt_pipeline_estimate *ret_estimate,
                                               struct avt_error *reterr);

/* ---- voice --------------------------------------------------------------------------------- */

struct avt_voice_info {
    char id[48], name[48], language[16], gender[16], grade[8], engine[16];
};
AVT_EXPORT size_t avt_voices_count(void);
AVT_EXPORT enum avt_code avt_voices_get(size_t index, struct avt_voice_info *ret_voice);

/** Voices that were added to this context's storage: Piper voices. As above, by index. */
AVT_EXPORT size_t avt_voices_added_count(struct avt_context *context);
AVT_EXPORT enum avt_code avt_voices_added_get(struct avt_context *context, size_t index,
                                              struct avt_voice_info *ret_voice,
                                              struct avt_error *reterr);
/** Add a Piper voice: the .onnx file, with its .onnx.json beside it. Both are copied.
 *  @param name  NULL: the file's. The id is "piper-" and the name.
 *  @return AVT_OK, AVT_ENOENT, AVT_EFORMAT (no Piper voice), AVT_EINVAL (the name is taken), ... */
AVT_EXPORT enum avt_code avt_voices_add_piper(struct avt_context *context, const char *onnx,
                                              const char *name, struct avt_voice_info *ret_voice,
                                              struct avt_error *reterr);
/** Remove an added voice. @return AVT_OK, AVT_EVOICE, AVT_EIO. */
AVT_EXPORT enum avt_code avt_voices_remove(struct avt_context *context, const char *id,
                                           struct avt_error *reterr);

/** A piece of speech as it is made, about a sentence. Borrowed for the call. */
struct avt_speech_sound {
    size_t size;
    const float *samples; /* [count], mono, within -1..1 */
    size_t count;
    int rate;             /* Hz */
    double start_s;       /* of the piece in the whole */
    size_t text_start, text_end; /* bytes of the text without markup that it speaks */
    double fraction_done; /* 0..1 of the text after this piece */
};
/** Return 0 to go on; anything else stops, with AVT_ECANCELLED. */
typedef int (*avt_speech_sound_fn)(const struct avt_speech_sound *sound, void *user);

struct avt_speech_options {
    size_t size;
    const char *text, *voice, *language; /* as in the pipeline */
    double speed;
    const char *output;       /* .wav .flac .mp3 .opus .ogg .m4a .aac .pcm; may be NULL with `sound` */
    const char *timeline_out; /* or NULL */
    const char *captions_out; /* .srt or .vtt, or NULL */
    avt_progress_fn progress;
    void *user;
    int ssml;                  /* as in the pipeline */
    const char *lexicon;
    double pitch;
    avt_speech_sound_fn sound; /* gets the sound while it is made, or NULL */
    int growing;               /* the output (not .m4a) is there from the first sentence on, and grows
                                  sentence by sentence; on failure it is removed */
    const char *tts;           /* as in the pipeline */
    uint64_t seed;             /* of an engine that draws lots: the same seed speaks in the same way */
};
#define AVT_SPEECH_OPTIONS_INIT {.size = sizeof(struct avt_speech_options), .speed = 1.0, .seed = 1}

struct avt_speech_result {
    size_t size;
    double duration_s, total_s;
    double real_time_factor; /* synthesis seconds per second of speech */
    double loudness_lufs;
    int sample_rate;
    long long phonemes, words;
    double first_sound_s; /* wall clock until the first piece was made, model loading included */
    char warning[256];    /* "" or one sentence: the blend mixes languages, ... */
    char voice_why[160];   /* of tts "auto": what was chosen, and why; else "" */
    char voice_engine[96]; /* what spoke: "kokoro-82m 1.0 (af_heart)", "pocket tts (NAME, af_heart)" */
};
AVT_EXPORT enum avt_code avt_speech_synthesize(struct avt_context *context,
                                               const struct avt_speech_options *options,
                                               struct avt_speech_result *ret_result,
                                               struct avt_error *reterr);

/* ---- voice profiles -------------------------------------------------------------------------- */

/** A voice of one's own. Its id is accepted wherever a voice is. */
struct avt_profile_info {
    size_t size;
    char id[16], name[80], language[16], gender[16], engine[32], maker[32], created_at[32];
    char consent[544], consent_by[144], consent_at[32];
    char stock_id[32];         /* the published voice that is most like the recordings */
    double similarity;         /* GE2E cosine to the recordings: 1 the same, about .55 a stranger */
    double self_similarity;    /* between two sentences of the clone */
    double stock_similarity;   /* of that published voice */
    double pitch_hz, reference_pitch_hz;
    double reference_speech_s; /* seconds of speech that it was made from */
    int has_reference;         /* the cleaned recordings are kept with it */
    int is_clone;              /* 0: a blend of published voices */
    char source[32];           /* what `source` of its making said, or "" */
    char blend[256];           /* the voices it is a blend of; "" if it was cloned */
};

enum avt_clone_speed { AVT_CLONE_SPEED_DEFAULT, AVT_CLONE_SPEED_FAST, AVT_CLONE_SPEED_BEST };
enum { AVT_CLONE_WARNINGS_MAX = 6 };

struct avt_voice_clone_options {
    size_t size;
    const char *name;
    const char *const *clips; /* [clip_count] sound or video files of one voice, 3 s to 10 min together */
    size_t clip_count;        /* 1..16 */
    const char *consent;      /* what the speaker agreed to; without it nothing is made */
    const char *consent_by;   /* who says so; NULL: the user of this machine */
    const char *consent_clip; /* the speaker saying it, compared with the clips; or NULL */
    const char *language;     /* that the voice speaks; NULL: en-us */
    enum avt_clone_speed speed;
    int keep_reference;
    uint64_t seed;
    avt_progress_fn progress;
    void *user;
    size_t points; /* voices to try, as long as it takes, instead of what `speed` says; 0: that */
    const char *id;     /* of the profile, "vp-abc12345", which nothing has yet; NULL: any free one */
    const char *source; /* kept with the profile, at most 31 characters; or NULL */
};
#define AVT_VOICE_CLONE_OPTIONS_INIT {.size = sizeof(struct avt_voice_clone_options), .seed = 1}

/** What was found in the recordings; filled on refusal too. */
struct avt_voice_clone_report {
    size_t size;
    double seconds, speech_s, snr_db, level_db;
    double clipped, music, other_voice; /* parts, 0..1 */
    double bandwidth_hz;
    double total_s;      /* wall clock */
    long long points;    /* voices that were tried */
    int spectrum;        /* 1: the long-term spectrum was matched */
    int searched;        /* 0: the nearest published voice was not to be beaten */
    int warning_count;
    char warnings[AVT_CLONE_WARNINGS_MAX][256];
};

/** Recordings in, a profile in the storage out: a voice that resembles them and does not copy it.
 *  AVT_EINVAL without consent or name, AVT_ERECORDING if the recordings will not do (the message has
 *  the numbers). */
AVT_EXPORT enum avt_code avt_voice_clone(struct avt_context *context,
                                         const struct avt_voice_clone_options *options,
                                         struct avt_profile_info *ret_profile,
                                         struct avt_voice_clone_report *ret_report,
                                         struct avt_error *reterr);

/** A blend of voices ("af_heart*0.7+am_adam*0.3", profiles among them) as a profile of its own. With
 *  a cloned voice in it, that one's consent is taken over. AVT_EVOICE if `blend` is none. */
AVT_EXPORT enum avt_code avt_voice_blend(struct avt_context *context, const char *blend,
                                         const char *name, struct avt_profile_info *ret_profile,
                                         struct avt_error *reterr);

/** Reads the list anew; valid until the next call of it. */
AVT_EXPORT enum avt_code avt_profiles_count(struct avt_context *context, size_t *ret_count,
                                            struct avt_error *reterr);
/** Of the list as it was counted, oldest first. */
AVT_EXPORT enum avt_code avt_profiles_get(struct avt_context *context, size_t index,
                                          struct avt_profile_info *ret_profile);
/** `which`: an id, its beginning, or a name, where unique. AVT_EVOICE if there is none. */
AVT_EXPORT enum avt_code avt_profile_show(struct avt_context *context, const char *which,
                                          struct avt_profile_info *ret_profile,
                                          struct avt_error *reterr);
AVT_EXPORT enum avt_code avt_profile_set_name(struct avt_context *context, const char *which,
                                              const char *name,
                                              struct avt_profile_info *ret_profile,
                                              struct avt_error *reterr);
/** All of it. The audit log <storage>/voices/audit.log keeps who had consented to it. */
AVT_EXPORT enum avt_code avt_profile_remove(struct avt_context *context, const char *which,
                                            struct avt_profile_info *ret_profile,
                                            struct avt_error *reterr);
/** One file, without the recordings. */
AVT_EXPORT enum avt_code avt_profile_save(struct avt_context *context, const char *which,
                                          const char *path, struct avt_profile_info *ret_profile,
                                          struct avt_error *reterr);
/** From such a file, under a new id. AVT_EFORMAT if it is none. */
AVT_EXPORT enum avt_code avt_profile_load(struct avt_context *context, const char *path,
                                          struct avt_profile_info *ret_profile,
                                          struct avt_error *reterr);

/* ---- face ---------------------------------------------------------------------------------- */

enum { AVT_FACE_INFO_MAX = 16, AVT_FACE_INFO_POINTS = 478, AVT_FACE_INFO_REASONS = 4 };

struct avt_face_info {
    float score, presence;
    float box[4];          /* x, y, width, height; pixels of the upright picture */
    float keypoints[6][2]; /* right eye, left eye, nose tip, mouth, right ear, left ear (subject's) */
    float mesh[AVT_FACE_INFO_POINTS][3];
    float yaw, pitch, roll; /* degrees */
    float eye_distance;     /* px */
    float sharpness;        /* 0..1 */
    int usable, warning;
    int reason_count;
    char reasons[AVT_FACE_INFO_REASONS][160];
};
/** All faces, the one that would be animated first (or face_index, 1-based, moved to the front).
 *  No face at all is AVT_ENOFACE; an unsuited one is AVT_OK with usable = 0.
 *  @param annotate_png  Where to draw the findings, or NULL.
 *  @param ret_faces     [AVT_FACE_INFO_MAX] */
AVT_EXPORT enum avt_code avt_face_detect(struct avt_context *context, const char *picture,
                                         int face_index, const char *annotate_png,
                                         struct avt_face_info *ret_faces, size_t *ret_count,
                                         int *ret_width, int *ret_height, struct avt_error *reterr);

/* ---- modelled presenters --------------------------------------------------------------------- */

enum { AVT_GENERATE_VARIATIONS_MAX = 16, AVT_GENERATE_JSON_MAX = 64 << 10 };

struct avt_generate_options {
    size_t size;
    const char *prompt;     /* what the person looks like, in English; NULL: nothing is said */
    const char *attributes; /* JSON object of what is said, which counts more than the prompt; or NULL */
    const char *look;       /* "real" or "toon"; NULL: what the prompt asks for, else real */
    uint64_t seed;          /* draws what is not said; the same seed makes the same picture; 0: one at random, which
                               the result tells */
    const char *size_spec;  /* "1024x1024", sides of 64 to 2048; NULL: that */
    int variations;         /* 0, 1: one person; up to AVT_GENERATE_VARIATIONS_MAX: a sheet of as many, of the seeds
                               from `seed` on, row by row */
    const char *output;     /* PNG. One person's may be used as --avatar: it is then drawn anew for each frame */
    avt_progress_fn progress;
    void *user;
    const char *engine;     /* "modelled" (NULL: that) or "sd": Stable Diffusion, with a model that was imported; no
                               attributes, look or variations, sides are multiples of 8 up to 1024 (NULL: as the model
                               was trained), and the picture is animated as a photograph */
    const char *model;      /* of sd: the name of an imported one, or a folder, which has a '/' in its path; NULL: the
                               only imported one */
};
#define AVT_GENERATE_OPTIONS_INIT {.size = sizeof(struct avt_generate_options)}

struct avt_generate_result {
    size_t size;
    int width, height;
    double total_s;
    /* {"presenters": [{"seed", "look", "attributes"}], "unknown": [words], "notes": [sentences]}; of sd
       {"presenters": [{"seed", "engine", "model", "reseeds"}], "notes": [sentences]} */
    char json[AVT_GENERATE_JSON_MAX];
};
/** AVT_ETEXT if the prompt says nothing that is understood; AVT_EINVAL for attributes that there are not;
 *  AVT_EMODEL if the head is not installed. Of sd AVT_EMODEL if no model is imported (avt_models_import_needs()) or its
 *  folder is gone, AVT_ENOENT if none has that name, AVT_EMODELBAD, and AVT_ENOFACE or AVT_EFACE if no seed of five
 *  gives a face that can be animated. */
AVT_EXPORT enum avt_code avt_avatar_generate(struct avt_context *context,
                                             const struct avt_generate_options *options,
                                             struct avt_generate_result *ret_result,
                                             struct avt_error *reterr);

/** A small copy of a picture (PNG, upright), its longer side at most `side_max` pixels (16..2048). */
AVT_EXPORT enum avt_code avt_picture_thumbnail(struct avt_context *context, const char *picture,
                                               int side_max, const char *output_png,
                                               struct avt_error *reterr);

/* ---- video --------------------------------------------------------------------------------- */

struct avt_video_info {
    size_t size;
    char container[32], video_codec[32], audio_codec[32], pixel_format[24], color_space[24];
    double duration_s, video_duration_s, audio_duration_s, video_start_s, audio_start_s, fps;
    long long size_bytes, bit_rate, frames;
    int width, height, audio_rate, audio_channels;
    char digital_source_type[64]; /* IPTC code, "" if the file carries none */
    int tag_count;
    char tags[64][2][256];        /* key, value */
};
AVT_EXPORT enum avt_code avt_video_probe(struct avt_context *context, const char *path,
                                         struct avt_video_info *ret_info, struct avt_error *reterr);

struct avt_encode_options {
    size_t size;
    const char *input, *output;
    const char *quality;   /* low medium high ultra */
    const char *size_spec; /* "source" or "1280x720" */
    int fps_num, fps_den;  /* 0: as the source */
    avt_progress_fn progress;
    void *user;
};
#define AVT_ENCODE_OPTIONS_INIT                                                                    \
    {.size = sizeof(struct avt_encode_options), .quality = "medium", .size_spec = "source"}
AVT_EXPORT enum avt_code avt_video_encode(struct avt_context *context,
                                          const struct avt_encode_options *options,
                                          struct avt_error *reterr);

/* ---- models and machine --------------------------------------------------------------------- */

enum avt_model_state { AVT_MODEL_MISSING, AVT_MODEL_INSTALLED, AVT_MODEL_DAMAGED };

struct avt_model_info {
    char id[64], title[128], version[32], licence[64], source[256], path[4096];
    long long size_bytes;
    int required, committed;
    enum avt_model_state state; /* by size; avt_models_verify() hashes */
};
AVT_EXPORT size_t avt_models_count(struct avt_context *context);
AVT_EXPORT enum avt_code avt_models_get(struct avt_context *context, size_t index,
                                        struct avt_model_info *ret_model);
/** Full SHA-256 of one installed model. AVT_OK, AVT_EMODEL (missing), AVT_EMODELBAD. */
AVT_EXPORT enum avt_code avt_models_verify(struct avt_context *context, const char *id,
                                           struct avt_error *reterr);
/** total 0: not known. */
typedef void (*avt_fetch_fn)(const char *id, const char *stage, long long done, long long total,
                             void *user);
/** One model, or all required and missing ones (id NULL). Nothing is fetched twice. */
AVT_EXPORT enum avt_code avt_models_fetch(struct avt_context *context, const char *id, int force,
                                          avt_fetch_fn progress, void *user,
                                          struct avt_error *reterr);

/** A model that the user brought. It stays in its own folder and is not copied. */
struct avt_imported_model {
    size_t size;
    char name[64], engine[16]; /* "sd", "wav2lip", "musetalk", "pocket", "vits"; of failed imports, too */
    char kind[16];             /* of sd: "sd15", "sd2", "turbo", "sdxs", "lcm"; else the stage: "lipsync", "tts" … */
    char licence[512];         /* of the weights that are published for it */
    char folder[4096];         /* absolute */
    int present;               /* 1 if the folder is still there */
    /* Of sd, and of avt_models_import() only; 0 of avt_models_imported_get(). */
    int side;                  /* pixels of a side that it was trained on */
    int side_fixed;            /* 1: the export makes no other */
    int steps;                 /* taken */
    int small_decoder;         /* 1: it has a TAESD */
    /* Of all but sd. */
    int restricted;            /* 1: the licence is not for every use, and was accepted */
    int file_count;
    long long size_bytes;      /* of all its files */
    char language[16];         /* as avt_import_options said; "" otherwise */
    char precision[16];        /* of most weights: "float32", "float16", "int8"; "": not known */
};
#define AVT_IMPORTED_MODEL_INIT {.size = sizeof(struct avt_imported_model)}
struct avt_import_options {
    size_t size;
    const char *folder;
    const char *name;   /* lower-case letters, digits and "._-"; NULL: after the folder. What had it is replaced */
    int accept_licence; /* 1: the user may use weights whose licence is not for every use */
    avt_fetch_fn progress; /* id is a file, stage "look", "try" or "hash"; NULL: none */
    void *user;
    const char *language; /* of a Pocket TTS, whose files do not tell it: en, de, es, fr, it, pt; NULL: English */
};
#define AVT_IMPORT_OPTIONS_INIT {.size = sizeof(struct avt_import_options)}
/** Check a folder with a model (docs/stable-diffusion.md, docs/engines.md), try it, and register it; the files stay
 *  where they are.
 *  @return AVT_OK, AVT_EINVAL (name; a licence that must be accepted), AVT_ELIMIT (too many), AVT_EMODEL (something is
 *          missing), AVT_EMODELBAD, AVT_EFORMAT (the list of imported models is broken), AVT_EIO,
 *          AVT_EOUTPUT, AVT_ENOSPACE, AVT_ECANCELLED, AVT_ENOMEM. */
AVT_EXPORT enum avt_code avt_models_import(struct avt_context *context, const struct avt_import_options *options,
                                           struct avt_imported_model *ret_model, struct avt_error *reterr);
/** @return AVT_OK, AVT_EFORMAT or AVT_ELIMIT (the list is broken), AVT_EIO. */
AVT_EXPORT enum avt_code avt_models_imported_count(struct avt_context *context, size_t *ret_count,
                                                   struct avt_error *reterr);
/** By index, in the order of names; as above, and AVT_EINVAL. */
AVT_EXPORT enum avt_code avt_models_imported_get(struct avt_context *context, size_t index,
                                                 struct avt_imported_model *ret_model, struct avt_error *reterr);
/** Take a name off the list; the files of the model stay. As above, and AVT_ENOENT. */
AVT_EXPORT enum avt_code avt_models_forget(struct avt_context *context, const char *name, struct avt_error *reterr);
/** What must be brought for an import, and where it comes from: for people, several lines. */
AVT_EXPORT const char *avt_models_import_needs(void);

/** One check of `avatar doctor`. */
struct avt_check {
    char name[48];   /* "speech model" */
    int ok;          /* 1 fine, 0 broken, -1 works but could be better */
    char detail[512]; /* what is there, or what is missing and what to do */
};
enum { AVT_CHECKS_MAX = 40 };
AVT_EXPORT enum avt_code avt_doctor(struct avt_context *context, struct avt_check *ret_checks,
                                    size_t *ret_count, struct avt_error *reterr);

/** How fast this machine is, measured now (about 10 s). */
struct avt_benchmark {
    size_t size;
    double speech_load_s, speech_rtf;      /* seconds per second of speech */
    double face_ms;                        /* one 1280 px picture */
    double lipsync_fps, encode_fps;        /* 1280 x 720, medium */
    double memory_peak_mb;
    int threads;
    char cpu[96];
};
AVT_EXPORT enum avt_code avt_bench(struct avt_context *context, avt_progress_fn progress, void *user,
                                   struct avt_benchmark *ret_benchmark, struct avt_error *reterr);

#ifdef __cplusplus
}
#endif

#endif
