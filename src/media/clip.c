/* SPDX-License-Identifier: Apache-2.0 */
#include "media/clip.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "media/convert.h"
#include "media/reader.h"

enum { BACK_MIN = 4, BACK_MAX = 64, SIDE_MIN = 16 };
/* Pictures of at least this height are high definition: BT.709 where the file does not say. */
enum { HD_HEIGHT = 720 };
/* Of a frame's time: keeps time stamps that are rounded to milliseconds on their own side of the middle. */
#define ROUNDING .02

struct avt_clip {
    struct avt_clip_info info;
    char *path;
    int threads, orientation;
    struct avt_reader *reader;
    struct avt_converter converter;
    struct avt_image *upright; /* scratch of films that are turned */
    double origin;             /* s: time stamp of the first picture */
    double step;               /* s: of a frame */
    /* Two pictures of the file that follow each other; `next` empty: the end. */
    AVFrame *now, *next;
    double now_s, next_s; /* since the first picture */
    double end_s;         /* of the newest picture decoded */
    bool ended;           /* end_s is the clip's */
    AVFrame *back[BACK_MAX]; /* pictures back_first .. back_first + back_count - 1 */
    long long back_first;
    int back_count, back_max;
};

static int side_of(double length)
{
    return length < SIDE_MIN ? SIDE_MIN : (int)lround(length);
}

static struct avt_clip_info describe(const struct avt_reader *reader)
{
    const AVStream *stream = reader->video;
    bool swap = avt_reader_orientation(reader) >= 5;
    double width = stream->codecpar->width * avt_reader_pixel_aspect(reader, NULL), height = stream->codecpar->height;
    AVRational rate = avt_reader_film_rate(reader, AVT_CLIP_FPS_MAX);
    return (struct avt_clip_info){.width = side_of(swap ? height : width),
                                  .height = side_of(swap ? width : height),
                                  .fps_num = rate.num,
                                  .fps_den = rate.den,
                                  .duration_s = avt_reader_duration(reader)};
}

static enum avt_code open_reader(struct avt_clip *clip, struct avt_error *reterr)
{
    avt_reader_free(AVT_TAKE(clip->reader));
    enum avt_code code = avt_reader_open(clip->path, &clip->reader, reterr);
    if (code != AVT_OK)
        return code;
    if (!clip->reader->video)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' has no pictures; name a picture or a film of a face",
                        clip->path);
    if (clip->reader->audio)
        clip->reader->audio->discard = AVDISCARD_ALL;
    return avt_reader_decode(clip->reader, clip->reader->video, clip->threads, reterr);
}

/* The next picture of the file into `next`; left empty at the end. */
static enum avt_code decode_next(struct avt_clip *clip, struct avt_error *reterr)
{
    AVStream *stream = NULL;
    double before = clip->next_s;
    enum avt_code code = avt_reader_next(clip->reader, clip->next, &stream, reterr);
    if (code != AVT_OK || !stream)
        return code;
    const AVFrame *frame = clip->next;
    double unit = av_q2d(stream->time_base);
    bool timed = frame->best_effort_timestamp != AV_NOPTS_VALUE;
    double time = timed ? (double)frame->best_effort_timestamp * unit - clip->origin : before + clip->step;
    /* Stamps that stand still or run back are a damaged file's. */
    clip->next_s = isfinite(time) ? time : before + clip->step;
    double length = (double)frame->pkt_duration * unit;
    double end = clip->next_s + (length > 0 && length < 1 ? length : clip->step);
    clip->end_s = end > clip->end_s ? end : clip->end_s;
    return AVT_OK;
}

static bool is_empty(const AVFrame *frame)
{
    return frame->buf[0] == NULL;
}

/* `now` becomes the next picture. */
static enum avt_code advance(struct avt_clip *clip, struct avt_error *reterr)
{
    AVFrame *old = clip->now;
    clip->now = clip->next;
    clip->now_s = clip->next_s;
    clip->next = old;
    av_frame_unref(clip->next);
    enum avt_code code = decode_next(clip, reterr);
    clip->ended = clip->ended || (code == AVT_OK && is_empty(clip->next));
    return code;
}

static enum avt_code begin(struct avt_clip *clip, struct avt_error *reterr)
{
    av_frame_unref(clip->now);
    av_frame_unref(clip->next);
    clip->next_s = -clip->step;
    enum avt_code code = decode_next(clip, reterr);
    if (code == AVT_OK && is_empty(clip->next))
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is damaged: none of its pictures can be decoded",
                        clip->path);
    return code == AVT_OK ? advance(clip, reterr) : code;
}

enum avt_code avt_clip_open(const char *path, int threads, struct avt_clip **ret_clip,
                            struct avt_error *reterr)
{
    avt_assert(path && ret_clip);
    AVT_CLEANUP(avt_clip_freep) struct avt_clip *clip = avt_new0(struct avt_clip, 1);
    clip->path = avt_strdup(path);
    clip->threads = threads;
    clip->converter.quick = true;
    clip->now = av_frame_alloc();
    clip->next = av_frame_alloc();
    if (!clip->now || !clip->next)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to read '%s'", path);
    enum avt_code code = open_reader(clip, reterr);
    if (code != AVT_OK)
        return code;
    clip->orientation = avt_reader_orientation(clip->reader);
    clip->info = describe(clip->reader);
    int64_t bytes = (int64_t)clip->reader->video->codecpar->width * clip->reader->video->codecpar->height * 3 / 2;
    int64_t room = AVT_CLIP_BACK_BYTES / (bytes + 1);
    clip->back_max = room < BACK_MIN ? BACK_MIN : room > BACK_MAX ? BACK_MAX : (int)room;
    avt_clip_set_rate(clip, clip->info.fps_num, clip->info.fps_den);
    code = begin(clip, reterr);
    if (code != AVT_OK)
        return code;
    /* Whatever stamp the first picture bears, it is shown from the start. */
    clip->origin = clip->now_s;
    clip->next_s -= clip->origin;
    clip->end_s -= clip->origin;
    clip->now_s = 0;
    *ret_clip = AVT_TAKE(clip);
    return AVT_OK;
}

const struct avt_clip_info *avt_clip_info(const struct avt_clip *clip)
{
    return &clip->info;
}

static void forget_back(struct avt_clip *clip)
{
    for (int i = 0; i < clip->back_count; i++)
        av_frame_free(&clip->back[i]);
    clip->back_count = 0;
}

void avt_clip_free(struct avt_clip *clip)
{
    if (!clip)
        return;
    forget_back(clip);
    av_frame_free(&clip->now);
    av_frame_free(&clip->next);
    avt_converter_done(&clip->converter);
    avt_reader_free(clip->reader);
    avt_image_free(clip->upright);
    avt_free(clip->path);
    avt_free(clip);
}

bool avt_clip_probe(const char *path, struct avt_clip_info *ret_info)
{
    struct avt_error ignored = {0};
    AVT_CLEANUP(avt_reader_freep) struct avt_reader *reader = NULL;
    enum avt_code code = avt_reader_open(path, &reader, &ignored);
    bool film = code == AVT_OK && reader->video;
    if (ret_info)
        *ret_info = film ? describe(reader) : (struct avt_clip_info){0};
    /* One that is refused is a film still: whoever opens it says why. */
    return film || code == AVT_ELIMIT || code == AVT_EUNSUPPORTED;
}

long long avt_clip_count(const struct avt_clip *clip)
{
    if (!clip->ended)
        return 0;
    long long count = (long long)floor(clip->end_s / clip->step + .5);
    return count < 1 ? 1 : count;
}

void avt_clip_set_rate(struct avt_clip *clip, int fps_num, int fps_den)
{
    avt_assert(fps_num > 0 && fps_den > 0);
    clip->step = (double)fps_den / fps_num;
    forget_back(clip);
}

static double middle_of(const struct avt_clip *clip, long long index)
{
    return ((double)index + .5) * clip->step;
}

/* On to picture `index`, which is not before `now`. */
static enum avt_code go_on(struct avt_clip *clip, long long index, struct avt_error *reterr)
{
    double until = middle_of(clip, index) + ROUNDING * clip->step;
    enum avt_code code = AVT_OK;
    while (code == AVT_OK && !is_empty(clip->next) && clip->next_s <= until)
        code = advance(clip, reterr);
    return code;
}

/* Back to a key frame at or before picture `index`. */
static enum avt_code seek(struct avt_clip *clip, long long index, struct avt_error *reterr)
{
    const struct avt_reader *reader = clip->reader;
    double time = clip->origin + middle_of(clip, index);
    int64_t stamp = (int64_t)floor(time / av_q2d(reader->video->time_base));
    if (av_seek_frame(reader->format, reader->video->index, stamp, AVSEEK_FLAG_BACKWARD) >= 0) {
        avcodec_flush_buffers(reader->video_codec);
        clip->reader->at_end = false;
        enum avt_code code = begin(clip, reterr);
        if (code != AVT_OK || clip->now_s <= middle_of(clip, index))
            return code;
    }
    /* Formats without an index, and indexes that lie: from the start. */
    enum avt_code code = open_reader(clip, reterr);
    return code == AVT_OK ? begin(clip, reterr) : code;
}

/* The pictures up to `index`, as many as there is room for. */
static enum avt_code fill_back(struct avt_clip *clip, long long index, struct avt_error *reterr)
{
    forget_back(clip);
    long long first = index - clip->back_max + 1 > 0 ? index - clip->back_max + 1 : 0;
    enum avt_code code = seek(clip, first, reterr);
    clip->back_first = first;
    for (long long i = first; code == AVT_OK && i <= index; i++) {
        code = go_on(clip, i, reterr);
        if (code == AVT_OK && !(clip->back[clip->back_count++] = av_frame_clone(clip->now))) {
            clip->back_count--;
            code = avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to play '%s' backwards",
                            clip->path);
        }
    }
    return code;
}

static enum avt_code convert(struct avt_clip *clip, AVFrame *frame, struct avt_image *image,
                             struct avt_error *reterr)
{
    if (frame->colorspace == AVCOL_SPC_UNSPECIFIED && frame->height >= HD_HEIGHT)
        frame->colorspace = AVCOL_SPC_BT709;
    if (clip->orientation == 1)
        return avt_converter_run(&clip->converter, frame, image, reterr);
    bool swap = clip->orientation >= 5;
    avt_image_free(AVT_TAKE(clip->upright));
    enum avt_code code = avt_image_new(swap ? image->height : image->width,
                                       swap ? image->width : image->height, &clip->upright, reterr);
    if (code == AVT_OK)
        code = avt_converter_run(&clip->converter, frame, clip->upright, reterr);
    if (code == AVT_OK)
        code = avt_image_turn(&clip->upright, clip->orientation, reterr);
    for (int y = 0; code == AVT_OK && y < image->height; y++)
        memcpy(avt_image_row(image, y), avt_image_row(clip->upright, y), 4 * (size_t)image->width);
    return code;
}

enum avt_code avt_clip_read(struct avt_clip *clip, long long index, struct avt_image *image,
                            bool *ret_end, struct avt_error *reterr)
{
    avt_assert(clip && image && ret_end && index >= 0);
    *ret_end = false;
    enum avt_code code = AVT_OK;
    AVFrame *frame = NULL;
    if (clip->back_count > 0 && index >= clip->back_first && index < clip->back_first + clip->back_count)
        frame = clip->back[index - clip->back_first];
    if (!frame && clip->now_s > middle_of(clip, index) + ROUNDING * clip->step) {
        code = fill_back(clip, index, reterr);
        frame = code == AVT_OK ? clip->back[clip->back_count - 1] : NULL;
    }
    if (!frame && code == AVT_OK) {
        code = go_on(clip, index, reterr);
        if (code == AVT_OK && clip->ended && index >= avt_clip_count(clip)) {
            *ret_end = true;
            return AVT_OK;
        }
        frame = clip->now;
    }
    return code == AVT_OK ? convert(clip, frame, image, reterr) : code;
}

long long avt_clip_there_and_back(long long step, long long count)
{
    if (count < 1)
        return step;
    if (count == 1)
        return 0;
    long long period = 2 * (count - 1), at = step % period;
    return at < count ? at : period - at;
}

enum avt_code avt_clip_play(struct avt_clip *clip, long long step, struct avt_image *image, long long *ret_index,
                            struct avt_error *reterr)
{
    bool end = false;
    long long index = avt_clip_there_and_back(step, avt_clip_count(clip));
    enum avt_code code = avt_clip_read(clip, index, image, &end, reterr);
    if (code == AVT_OK && end) {
        index = avt_clip_there_and_back(step, avt_clip_count(clip));
        code = avt_clip_read(clip, index, image, &end, reterr);
    }
    if (code == AVT_OK)
        *ret_index = index;
    return code;
}
