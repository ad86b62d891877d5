/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* IEEE 754 binary16, the float16 of models, kept in uint16_t: not every compiler that we build with has _Float16. */
#include <stdint.h>
#include <string.h>

static inline float avt_half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 31u, fraction = half & 0x3ffu;
    if (exponent == 0) {
        float value = (float)fraction * 0x1p-24f; /* zero and subnormal */
        return sign ? -value : value;
    }
    uint32_t bits = sign | (exponent == 31 ? 255u : exponent + 112u) << 23 | fraction << 13;
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/** To the nearest, ties to even; infinite beyond 65504. */
static inline uint16_t avt_half_from_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    bits &= 0x7fffffffu;
    if (bits > 0x7f800000u)
        return sign | 0x7e00u; /* not a number */
    if (bits >= 0x477ff000u)
        return sign | 0x7c00u; /* 65520 and above round to infinity */
    uint32_t shift = 13;
    if (bits < 0x38800000u) { /* below 2^-14: subnormal, in steps of 2^-24 */
        uint32_t exponent = bits >> 23;
        if (exponent < 102)
            return sign; /* below half a step */
        shift = 126 - exponent;
        bits = (bits & 0x7fffffu) | 0x800000u;
    } else {
        bits -= 112u << 23;
    }
    uint32_t kept = bits >> shift, rest = bits & ((1u << shift) - 1), half = 1u << (shift - 1);
    if (rest > half || (rest == half && (kept & 1)))
        kept++;
    return (uint16_t)(sign | kept);
}
