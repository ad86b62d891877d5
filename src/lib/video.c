/* SPDX-License-Identifier: Apache-2.0 */
/* Media files of the public interface. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "lib/context.h"
#include "media/media.h"
#include "pipeline/plan.h"

#define COPY(to, from) snprintf((to), sizeof(to), "%s", (from))

enum avt_code avt_video_probe(struct avt_context *context, const char *path,
                              struct avt_video_info *ret_info, struct avt_error *reterr)
{
    avt_context_begin(context);
    struct avt_media_info info;
    enum avt_code code = avt_media_probe(path, &info, reterr);
    if (code != AVT_OK)
        return code;
    *ret_info = (struct avt_video_info){
        .size = sizeof(*ret_info),
        .duration_s = info.duration,
        .video_duration_s = info.video_duration,
        .audio_duration_s = info.audio_duration,
        .video_start_s = info.video_start,
        .audio_start_s = info.audio_start,
        .fps = info.fps,
        .size_bytes = info.size_bytes,
        .bit_rate = info.bit_rate,
        .frames = info.frame_count,
        .width = info.width,
        .height = info.height,
        .audio_rate = info.audio_rate,
        .audio_channels = info.audio_channels,
    };
    COPY(ret_info->container, info.container);
    COPY(ret_info->video_codec, info.video_codec);
    COPY(ret_info->audio_codec, info.audio_codec);
    COPY(ret_info->pixel_format, info.pixel_format);
    COPY(ret_info->color_space, info.color_space);
    COPY(ret_info->digital_source_type, info.digital_source_type);
    for (int i = 0; i < info.tag_count && i < 64; i++) {
        COPY(ret_info->tags[i][0], info.tags[i].key);
        COPY(ret_info->tags[i][1], info.tags[i].value);
        ret_info->tag_count = i + 1;
    }
    return AVT_OK;
}

struct encode {
    const struct avt_encode_options *options;
    double started;
};

static void on_progress(double fraction, void *user)
{
    const struct encode *encode = user;
    struct avt_progress progress = {.stage = AVT_STAGE_ENCODE,
                                    .fraction = fraction,
                                    .elapsed_s = avt_now_s() - encode->started,
                                    .eta_s = -1};
    if (fraction > 0.02)
        progress.eta_s = progress.elapsed_s * (1 / fraction - 1);
    encode->options->progress(&progress, encode->options->user);
}

enum avt_code avt_video_encode(struct avt_context *context, const struct avt_encode_options *options,
                               struct avt_error *reterr)
{
    struct avt_encode_options all = AVT_ENCODE_OPTIONS_INIT;
    memcpy(&all, options, options->size < sizeof(all) ? options->size : sizeof(all));
    avt_context_begin(context);
    if (!all.input || !all.output)
        return avt_fail(reterr, AVT_EINVAL, "name a file to read and, with --output, one to write");
    struct encode encode = {&all, avt_now_s()};
    struct avt_transcode_options transcode = {.fps_num = all.fps_num,
                                              .fps_den = all.fps_den,
                                              .cancel = &context->cancel,
                                              .progress = all.progress ? on_progress : NULL,
                                              .user = &encode};
    if (!avt_quality_parse(all.quality, &transcode.quality))
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' is not a quality: use low, medium, high or ultra", all.quality);
    enum avt_code code =
        avt_size_parse(all.size_spec, &transcode.width, &transcode.height, reterr);
    return code == AVT_OK ? avt_media_transcode(all.input, all.output, &transcode, reterr) : code;
}
