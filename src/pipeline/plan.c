/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/plan.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "media/clip.h"
#include "os/paths.h"
#include "os/rates.h"
#include "pipeline/modelled.h"
#include "pipeline/pipeline.h"
#include "voice/frontend.h"
#include "voice/tts.h"

/* What holds head and shoulders, in heights of the detector's box: that one ends at the brows and the
 * chin, with hair above and half a box of neck and shoulders below. */
static const double HEAD_HIGH = 3.0, HEAD_WIDE = 2.6;

enum avt_code avt_size_parse(const char *spec, int *ret_width, int *ret_height,
                             struct avt_error *reterr)
{
    int64_t width = 0, height = 0;
    if (!spec || avt_str_equal(spec, "source")) {
        *ret_width = *ret_height = 0;
        return AVT_OK;
    }
    AVT_CLEANUP(avt_freep) char *copy = avt_strdup(spec);
    char *x = strpbrk(copy, "xX");
    if (x)
        *x = '\0';
    if (!x || !avt_parse_int(copy, AVT_PLAN_SIDE_MIN, 3840, &width) ||
        !avt_parse_int(x + 1, AVT_PLAN_SIDE_MIN, 3840, &height) || width % 2 || height % 2)
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' is not a size: use 'source' or WIDTHxHEIGHT with even sides from %d "
                        "to 3840, such as 1280x720",
                        spec, AVT_PLAN_SIDE_MIN);
    *ret_width = (int)width;
    *ret_height = (int)height;
    return AVT_OK;
}

/* The caller's struct may be older or newer than ours: take the common part over the defaults. */
static void copy_options(const struct avt_pipeline_options *options,
                         struct avt_pipeline_options *ret)
{
    const struct avt_pipeline_options defaults = AVT_PIPELINE_OPTIONS_INIT;
    *ret = defaults;
    size_t size = options->size < sizeof(*ret) ? options->size : sizeof(*ret);
    memcpy(ret, options, size);
    ret->size = sizeof(*ret);
}

struct avt_tts_request avt_plan_request(const struct avt_plan *plan,
                                        const struct avt_cancel *cancel)
{
    const struct avt_pipeline_options *options = &plan->options;
    return (struct avt_tts_request){.text = options->text,
                                    .voice = plan->voice,
                                    .language = options->language,
                                    .speed = options->speed,
                                    .pitch_st = options->pitch,
                                    .markup = options->speech ? AVT_MARKUP_NONE
                                              : options->ssml ? AVT_MARKUP_SSML
                                                              : AVT_MARKUP_AUTO,
                                    .lexicon = plan->lexicon,
                                    .home = plan->home,
                                    .cancel = cancel};
}

/* A text that is only laid over a recording may be in any language that espeak-ng reads. */
static enum avt_code check_foreign(const char *language, struct avt_error *reterr)
{
    static const char word[] = "a";
    AVT_CLEANUP(avt_frontend_freep) struct avt_frontend *frontend = NULL;
    AVT_CLEANUP(avt_token_list_done) struct avt_token_list tokens = {0};
    struct avt_error why = {0};
    enum avt_code code = avt_frontend_new_raw(language, &frontend, &why);
    if (code == AVT_OK)
        code = avt_frontend_read(frontend, word, sizeof(word) - 1, &tokens, &why);
    return code == AVT_OK
               ? AVT_OK
               : avt_fail(reterr, code == AVT_EHELPER ? AVT_EINVAL : code,
                          "a text in the language '%.16s' cannot be laid over the recording (%.200s): use a tag such "
                          "as de, or leave the text out, and the mouth follows what is heard",
                          language, why.message);
}

static enum avt_code check_speech(struct avt_plan *plan, struct avt_error *reterr)
{
    const struct avt_pipeline_options *options = &plan->options;
    if (options->speech && !options->text && !options->timeline_in &&
        plan->captions != AVT_CAPTIONS_NONE)
        return avt_fail(reterr, AVT_EINVAL,
                        "captions need to know what is said in the recording: add --text or --timeline");
    if (options->speech && plan->speaker.engine)
        return avt_fail(reterr, AVT_EINVAL, "the speech is recorded: there is nothing for --tts to say");
    if (options->speech && (options->timeline_in || !options->text))
        return AVT_OK;
    enum avt_code code = AVT_OK;
    if (options->lexicon)
        code = avt_user_lexicon_open(options->lexicon, &plan->lexicon, reterr);
    struct avt_tts_request request = avt_plan_request(plan, NULL);
    if (code == AVT_OK && options->speech && request.language && !avt_language_find(request.language)) {
        code = check_foreign(request.language, reterr);
        request.language = NULL; /* the rest is checked as ever */
    }
    if (code == AVT_OK)
        code = avt_speaking_settle(&plan->speaker, &request, plan->hardware, plan->speaker_why, reterr);
    if (code == AVT_OK)
        code = plan->speaker.engine ? avt_speaking_check(&plan->speaker, &request, reterr)
                                    : avt_tts_check(&request, reterr);
    return code == AVT_OK ? avt_tts_plain_text(&request, &plan->plain_text, reterr) : code;
}

/* Written so that what is not a number is refused as well. */
static enum avt_code check_life(struct avt_plan *plan, struct avt_error *reterr)
{
    const struct avt_pipeline_options *options = &plan->options;
    if (!avt_emotion_parse(options->emotion, &plan->emotion))
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' is not an emotion: use neutral, happy, sad, serious or surprised",
                        options->emotion ? options->emotion : "");
    if (!(options->head_motion >= 0 && options->head_motion <= 1))
        return avt_fail(reterr, AVT_EINVAL, "the amount of head motion must be from 0 to 1");
    if (!(options->expressiveness >= 0 && options->expressiveness <= 1))
        return avt_fail(reterr, AVT_EINVAL, "the expressiveness must be from 0 to 1");
    if (!(options->blink == 0 || (options->blink >= 1 && options->blink <= AVT_PLAN_BLINK_MAX)))
        return avt_fail(reterr, AVT_EINVAL, "blinks must be from 1 to %d a minute, or 0 for none",
                        AVT_PLAN_BLINK_MAX);
    return AVT_OK;
}

static bool parse_fit(const char *name, enum avt_fit *ret_fit)
{
    static const char *const names[] = {
        [AVT_FIT_COVER] = "cover", [AVT_FIT_CONTAIN] = "contain", [AVT_FIT_FACE] = "face"};
    for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++) {
        if (avt_str_equal(name, names[i])) {
            *ret_fit = (enum avt_fit)i;
            return true;
        }
    }
    return false;
}

static enum avt_code check_choices(struct avt_plan *plan, struct avt_error *reterr)
{
    const struct avt_pipeline_options *options = &plan->options;
    if (!avt_quality_parse(options->quality, &plan->quality))
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' is not a quality: use low, medium, high or ultra", options->quality);
    if (!avt_captions_parse(options->captions, &plan->captions))
        return avt_fail(reterr, AVT_EINVAL, "'%s' is not a caption format: use none, srt, vtt or burn",
                        options->captions);
    if (!parse_fit(options->fit, &plan->fit))
        return avt_fail(reterr, AVT_EINVAL, "'%s' is no way to fit a picture: use cover, contain or face",
                        options->fit ? options->fit : "");
    if (options->fps_num != 0 && (options->fps_den < 1 || options->fps_num < options->fps_den ||
                                  options->fps_num > AVT_PLAN_FPS_MAX * (int64_t)options->fps_den))
        return avt_fail(reterr, AVT_EINVAL, "the frame rate must be from 1 to %d a second",
                        AVT_PLAN_FPS_MAX);
    return avt_size_parse(options->size_spec, &plan->width, &plan->height, reterr);
}

/* The picture, whether it is a film, and the film's rate, which is a clip's own if nobody says another. */
static enum avt_code choose_picture(struct avt_plan *plan, struct avt_error *reterr)
{
    const struct avt_pipeline_options *options = &plan->options;
    struct avt_clip_info clip = {0};
    if (options->avatar) {
        plan->picture = avt_strdup(options->avatar);
        plan->clip = avt_clip_probe(options->avatar, &clip);
    } else {
        plan->presenter = true;
        plan->picture = avt_path_data("models/presenter.png");
        if (!plan->picture)
            return avt_fail(reterr, AVT_EMODEL,
                            "the default presenter's picture is not installed; name a picture with "
                            "--avatar, or install the program again");
    }
    /* The program's own, too, knows what it is made of, but as a photograph it speaks twice as fast. */
    struct avt_modelled modelled;
    if (!plan->clip && !plan->presenter && avt_modelled_read(plan->picture, &modelled)) {
        plan->modelled = avt_new0(struct avt_modelled, 1);
        *plan->modelled = modelled;
    }
    plan->picture_name = plan->presenter ? "the default presenter" : plan->picture;
    bool own = options->fps_num == 0 && clip.fps_num > 0;
    plan->fps_num = own ? clip.fps_num : options->fps_num != 0 ? options->fps_num : AVT_PLAN_FPS_DEFAULT;
    plan->fps_den = own ? clip.fps_den : options->fps_num != 0 ? options->fps_den : 1;
    return AVT_OK;
}

/* Whole frames, so that the sound can be as long as they are. */
static enum avt_code check_stills(struct avt_plan *plan, struct avt_error *reterr)
{
    const struct avt_pipeline_options *options = &plan->options;
    if ((options->intro || options->outro) && plan->background.kind == AVT_BACKGROUND_TRANSPARENT)
        return avt_fail(reterr, AVT_EINVAL,
                        "a transparent film has no %s: it is laid over another film, and a still picture would hide "
                        "that; leave it out, or choose another background",
                        options->intro ? "intro" : "outro");
    double fps = (double)plan->fps_num / plan->fps_den;
    int frames = (int)lround(AVT_FILM_STILL_S * fps);
    plan->intro_frames = options->intro ? frames : 0;
    plan->outro_frames = options->outro ? frames : 0;
    plan->fade_frames = (int)lround(AVT_PLAN_FADE_S * fps);
    return AVT_OK;
}

enum avt_code avt_plan_make(const struct avt_pipeline_options *options,
                            const struct avt_engines *engines,
                            struct avt_plan *ret_plan, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_plan_done) struct avt_plan plan = {.home = engines->home, .hardware = &engines->hardware};
    copy_options(options, &plan.options);
    plan.voice =
        plan.options.voice ? plan.options.voice : avt_voice_default(plan.options.language);
    plan.options.voice = plan.voice;
    if (!plan.options.output || !*plan.options.output)
        return avt_fail(reterr, AVT_EINVAL, "no output file was named: add --output FILE.mp4");
    enum avt_code code = check_choices(&plan, reterr);
    if (code == AVT_OK)
        code = check_life(&plan, reterr);
    if (code == AVT_OK)
        code = avt_film_check_path(plan.options.output, true, reterr);
    if (code == AVT_OK)
        code = avt_background_parse(plan.options.background, &plan.background, reterr);
    if (code == AVT_OK && plan.background.kind == AVT_BACKGROUND_TRANSPARENT)
        code = avt_film_check_alpha(plan.options.output, reterr);
    if (code == AVT_OK && plan.options.music &&
        strcasecmp(avt_path_extension(plan.options.output), "gif") == 0)
        code = avt_fail(reterr, AVT_EINVAL,
                        "a GIF has no sound: leave the music out, or make an .mp4 or .webm film");
    if (code == AVT_OK)
        code = avt_speaking_choose(plan.options.tts, plan.hardware, &plan.speaker, reterr);
    if (code == AVT_OK)
        code = check_speech(&plan, reterr);
    if (code == AVT_OK)
        code = choose_picture(&plan, reterr);
    if (code == AVT_OK)
        code = check_stills(&plan, reterr);
    if (code == AVT_OK)
        code = avt_painting_choose(plan.options.lipsync, plan.hardware, &plan.painter, reterr);
    if (code == AVT_OK)
        code = avt_enhancing_choose(plan.options.enhance, plan.hardware, &plan.enhancer, reterr);
    if (code != AVT_OK)
        return code;
    const char *extension = plan.captions == AVT_CAPTIONS_SRT   ? "srt"
                            : plan.captions == AVT_CAPTIONS_VTT ? "vtt"
                                                                : NULL;
    if (extension) {
        size_t stem = strlen(plan.options.output) -
                      strlen(avt_path_extension(plan.options.output));
        plan.captions_path =
            avt_asprintf("%.*s%s", (int)stem, plan.options.output, extension);
    }
    if (plan.options.keep_intermediates)
        plan.parts = avt_asprintf("%s.parts", plan.options.output);
    if (!plan.plain_text)
        plan.plain_text = avt_strdup(plan.options.text ? plan.options.text : "");
    *ret_plan = plan;
    plan = (struct avt_plan){0};
    return AVT_OK;
}

bool avt_plan_paints(const struct avt_plan *plan)
{
    return plan->painter.engine || plan->enhancer.engine;
}

double avt_plan_still_s(const struct avt_plan *plan)
{
    return (double)(plan->intro_frames + plan->outro_frames) * plan->fps_den / plan->fps_num;
}

void avt_plan_done(struct avt_plan *plan)
{
    avt_free(plan->picture);
    avt_free(plan->modelled);
    avt_painting_choice_done(&plan->painter);
    avt_painting_choice_done(&plan->enhancer);
    avt_speaking_choice_done(&plan->speaker);
    avt_free(plan->captions_path);
    avt_free(plan->parts);
    avt_free(plan->plain_text);
    avt_user_lexicon_free(plan->lexicon);
    *plan = (struct avt_plan){0};
}

static int even(double value)
{
    int whole = (int)lround(value / 2) * 2;
    return whole < 2 ? 2 : whole;
}

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* The largest part of the picture of that shape; for AVT_FIT_FACE as little of it as holds head and
 * shoulders. */
static void cut(struct avt_frame_layout *layout, const struct avt_face *face, enum avt_fit fit,
                double aspect)
{
    double width = layout->width, height = layout->height;
    if (width / height > aspect)
        layout->width = height * aspect;
    else
        layout->height = width / aspect;
    double side = fmax(face->box.width, face->box.height);
    double wanted = fmax(HEAD_HIGH * side, HEAD_WIDE * side / aspect);
    if (fit == AVT_FIT_FACE && wanted < layout->height) {
        layout->height = wanted;
        layout->width = wanted * aspect;
    }
    /* The face in the middle, its box a little above: head room is smaller than shoulders. */
    double face_x = face->box.x + face->box.width / 2.0;
    double face_y = face->box.y + face->box.height / 2.0;
    layout->x = clamp(face_x - layout->width / 2, 0, width - layout->width);
    layout->y = clamp(face_y - 0.42 * layout->height, 0, height - layout->height);
}

static void put_inside(struct avt_frame_layout *layout)
{
    double scale = fmin(layout->out_width / layout->width, layout->out_height / layout->height);
    int width = even(layout->width * scale), height = even(layout->height * scale);
    layout->in_width = width < layout->out_width ? width : layout->out_width;
    layout->in_height = height < layout->out_height ? height : layout->out_height;
    layout->in_x = (layout->out_width - layout->in_width) / 2;
    layout->in_y = (layout->out_height - layout->in_height) / 2;
}

void avt_frame_layout_make(int width, int height, const struct avt_face *face, enum avt_fit fit,
                           int want_width, int want_height, int side_max,
                           struct avt_frame_layout *ret_layout)
{
    struct avt_frame_layout layout = {.width = width,
                                      .height = height,
                                      .out_width = want_width,
                                      .out_height = want_height};
    if (fit == AVT_FIT_FACE || (fit == AVT_FIT_COVER && want_width > 0))
        cut(&layout, face, fit,
            want_width > 0 ? (double)want_width / want_height : (double)width / height);
    if (want_width == 0) {
        double scale = fmin(1, side_max / fmax(layout.width, layout.height));
        layout.out_width = even(floor(layout.width * scale));
        layout.out_height = even(floor(layout.height * scale));
    }
    layout.in_width = layout.out_width;
    layout.in_height = layout.out_height;
    if (fit == AVT_FIT_CONTAIN && want_width > 0)
        put_inside(&layout);
    *ret_layout = layout;
}

static struct avt_point move_point(const struct avt_frame_layout *layout, double sx, double sy,
                                   float x, float y)
{
    return (struct avt_point){(float)((x - layout->x) * sx), (float)((y - layout->y) * sy)};
}

enum avt_code avt_frame_layout_apply(const struct avt_frame_layout *layout,
                               const struct avt_image *picture, const struct avt_face *face,
                               struct avt_image **ret_picture, struct avt_face *ret_face,
                               struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *out = NULL;
    enum avt_code code = avt_image_new(layout->in_width, layout->in_height, &out, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(picture, layout->x, layout->y, layout->width, layout->height, out);
    double sx = layout->in_width / layout->width, sy = layout->in_height / layout->height;
    struct avt_face moved = *face;
    struct avt_point corner = move_point(layout, sx, sy, face->box.x, face->box.y);
    moved.box = (struct avt_rect){corner.x, corner.y, (float)(face->box.width * sx),
                                  (float)(face->box.height * sy)};
    for (int i = 0; i < AVT_KEYPOINTS; i++)
        moved.keypoints[i] =
            move_point(layout, sx, sy, face->keypoints[i].x, face->keypoints[i].y);
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        struct avt_point p = move_point(layout, sx, sy, face->mesh[i].x, face->mesh[i].y);
        moved.mesh[i] = (struct avt_point3){p.x, p.y, (float)(face->mesh[i].z * sx)};
    }
    moved.eye_distance = (float)(face->eye_distance * sx);
    *ret_face = moved;
    *ret_picture = AVT_TAKE(out);
    return AVT_OK;
}
