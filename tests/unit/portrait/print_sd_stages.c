/* SPDX-License-Identifier: Apache-2.0 */
/* For tools/make_tiny_sd.py: makes one picture and writes what passes between the models to standard output, float32.
 * Usage: print_sd_stages FOLDER PROMPT NEGATIVE SEED STEPS GUIDANCE */
#include <stdio.h>

#include "base/str.h"
#include "portrait/sd.h"

static void print_stage(const char *stage, int step, const float *values, size_t count, void *user)
{
    (void)stage, (void)step;
    *(bool *)user &= fwrite(values, sizeof(float), count, stdout) == count;
}

int main(int argc, char **argv)
{
    int64_t seed = 0, steps = 0;
    double guidance = 0;
    if (argc != 7 || !avt_parse_int(argv[4], 0, INT64_MAX, &seed) || !avt_parse_int(argv[5], 0, 1000, &steps) ||
        !avt_parse_double(argv[6], 0, 100, &guidance)) {
        fprintf(stderr, "usage: print_sd_stages FOLDER PROMPT NEGATIVE SEED STEPS GUIDANCE\n");
        return 2;
    }
    bool is_written = true;
    const struct avt_sd_options options = {.prompt = argv[2], .plain = true, .negative = argv[3],
                                           .seed = (uint64_t)seed, .steps = (int)steps, .guidance = guidance,
                                           .trace = print_stage, .user = &is_written};
    struct avt_error error = {0};
    struct avt_sd_info info;
    struct avt_sd_result result = {0};
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = NULL;
    if (avt_sd_check(argv[1], &info, &error) != AVT_OK || avt_sd_open(argv[1], true, &sd, &error) != AVT_OK ||
        avt_sd_generate(sd, &options, &result, &error) != AVT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    fprintf(stderr, "%s, %d wide, %s, %d pixels%s\n", avt_sd_kind_name(info.kind), info.text_width,
            info.is_half ? "float16" : "float32", info.size, info.has_taesd ? ", TAESD" : "");
    avt_image_free(result.image);
    return is_written ? 0 : 1;
}
