/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/fuse.h"

#include "os/proc.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* With 8-bit dot products, which AVX2 alone has not, ONNX Runtime's ConvInteger does four times as
 * many multiplications as Conv1d, at four times the rate or more: there it is left as it is. What
 * any of this is worth without AVX2 or on other processors has not been measured. */
unsigned avt_fuse_worth(void)
{
#if defined(__x86_64__)
    if (!avt_cpu_has_avx2())
        return 0;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return 0;
    bool has_avx512_vnni = c & (1u << 11);
    bool has_subleaf = a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d);
    bool has_avx_vnni = has_subleaf && (a & (1u << 4));
    return has_avx512_vnni || has_avx_vnni ? AVT_FUSE_ADAIN : AVT_FUSE_ADAIN | AVT_FUSE_CONV1D;
#else
    return 0;
#endif
}

struct avt_fused avt_fuse(struct avt_model_bytes *bytes, unsigned fusions)
{
    struct avt_fused fused = {0};
    AVT_CLEANUP(avt_onnx_graph_done) struct avt_onnx_graph graph = {0};
    if (!avt_onnx_graph_open(bytes, &graph))
        return fused;
    if (fusions & AVT_FUSE_CONV1D)
        fused.conv1d = avt_fuse_conv1d(&graph);
    if (fusions & AVT_FUSE_ADAIN)
        fused.adain = avt_fuse_adain(&graph);
    if (fused.conv1d + fused.adain == 0 || !avt_onnx_graph_commit(&graph, AVT_DOMAIN))
        return (struct avt_fused){0};
    return fused;
}
