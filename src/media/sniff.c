/* SPDX-License-Identifier: Apache-2.0 */
#include "media/sniff.h"

#include <string.h>

/* Bytes of the file not looked at yet. */
struct span {
    const uint8_t *data;
    size_t size;
};

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}
static uint32_t be32(const uint8_t *p)
{
    return be16(p) << 16 | be16(p + 2);
}
static uint32_t le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}
static uint32_t le24(const uint8_t *p)
{
    return (uint32_t)p[2] << 16 | le16(p);
}
static uint32_t le32(const uint8_t *p)
{
    return le16(p + 2) << 16 | le16(p);
}

static void skip(struct span *span, size_t size)
{
    size = size < span->size ? size : span->size;
    span->data += size;
    span->size -= size;
}

/* The orientation tag (0x0112) of the first directory of a TIFF block; EXIF 2.3, 4.6.4. */
static int exif_orientation(struct span tiff)
{
    enum { TIFF_HEADER = 8, ENTRY = 12, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };
    static const char exif_mark[6] = "Exif\0";
    if (tiff.size >= sizeof(exif_mark) && memcmp(tiff.data, exif_mark, sizeof(exif_mark)) == 0)
        skip(&tiff, sizeof(exif_mark));
    if (tiff.size < TIFF_HEADER)
        return 1;
    bool little = tiff.data[0] == 'I';
    uint32_t at = little ? le32(tiff.data + 4) : be32(tiff.data + 4);
    if (at > tiff.size || tiff.size - at < 2)
        return 1;
    skip(&tiff, at);
    uint32_t count = little ? le16(tiff.data) : be16(tiff.data);
    skip(&tiff, 2);
    for (; count > 0 && tiff.size >= ENTRY; count--, skip(&tiff, ENTRY)) {
        uint32_t tag = little ? le16(tiff.data) : be16(tiff.data);
        uint32_t type = little ? le16(tiff.data + 2) : be16(tiff.data + 2);
        uint32_t value = little ? le16(tiff.data + 8) : be16(tiff.data + 8);
        if (tag == TAG_ORIENTATION && type == TYPE_SHORT)
            return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

/* PNG (ISO 15948): IHDR comes first; eXIf anywhere before IEND. */
static void sniff_png(struct span file, struct avt_still_facts *facts)
{
    enum { SIGNATURE = 8, CHUNK_OVERHEAD = 12, IHDR_SIZE = 13 };
    skip(&file, SIGNATURE);
    if (file.size < CHUNK_OVERHEAD + IHDR_SIZE || memcmp(file.data + 4, "IHDR", 4) != 0)
        return;
    facts->width = be32(file.data + 8);
    facts->height = be32(file.data + 12);
    while (file.size >= CHUNK_OVERHEAD) {
        size_t size = be32(file.data);
        if (size > file.size - CHUNK_OVERHEAD)
            return;
        if (memcmp(file.data + 4, "eXIf", 4) == 0)
            facts->orientation = exif_orientation((struct span){file.data + 8, size});
        if (memcmp(file.data + 4, "IEND", 4) == 0) {
            facts->whole = true;
            return;
        }
        skip(&file, CHUNK_OVERHEAD + size);
    }
}

/* JPEG (ITU-T T.81, Annex B): segments up to the scan, which is not looked into. */
static void sniff_jpeg(struct span file, struct avt_still_facts *facts)
{
    enum { MARK_APP1 = 0xE1, MARK_SOS = 0xDA, MARK_EOI = 0xD9, SOF_SIZE = 7 };
    static const uint8_t end_mark[2] = {0xFF, MARK_EOI};
    skip(&file, 2);
    while (file.size >= 4) {
        if (file.data[0] != 0xFF)
            return;
        uint8_t mark = file.data[1];
        if (mark == 0xFF) { /* fill byte */
            skip(&file, 1);
            continue;
        }
        /* An end mark before the scan is that of a thumbnail; after it other bytes may follow (a
         * phone's second picture, padding). */
        if (mark == MARK_SOS)
            facts->whole = memmem(file.data, file.size, end_mark, sizeof(end_mark)) != NULL;
        size_t size = be16(file.data + 2);
        if (mark == MARK_SOS || mark == MARK_EOI || size < 2 || size > file.size - 2)
            return;
        struct span body = {file.data + 4, size - 2};
        /* C0..CF are frame headers, but for DHT (C4), JPG (C8) and DAC (CC). */
        bool frame = mark >= 0xC0 && mark <= 0xCF && mark != 0xC4 && mark != 0xC8 && mark != 0xCC;
        if (frame && body.size >= SOF_SIZE) {
            facts->height = be16(body.data + 1);
            facts->width = be16(body.data + 3);
        }
        if (mark == MARK_APP1 && body.size > 6 && memcmp(body.data, "Exif", 4) == 0)
            facts->orientation = exif_orientation(body);
        skip(&file, 2 + size);
    }
}

/* Width and height of a lossy (RFC 6386, 9.1) or lossless (WebP Lossless Bitstream, 3) frame. */
static void webp_frame_size(const uint8_t *fourcc, struct span body, struct avt_still_facts *facts)
{
    if (memcmp(fourcc, "VP8 ", 4) == 0 && body.size >= 10) {
        facts->width = le16(body.data + 6) & 0x3FFF;
        facts->height = le16(body.data + 8) & 0x3FFF;
    } else if (memcmp(fourcc, "VP8L", 4) == 0 && body.size >= 5) {
        uint32_t bits = le32(body.data + 1);
        facts->width = (bits & 0x3FFF) + 1;
        facts->height = (bits >> 14 & 0x3FFF) + 1;
    }
}

static void webp_animation_frame(struct span body, struct avt_still_facts *facts)
{
    enum { ANMF_HEADER = 16 };
    if (facts->frame || body.size < ANMF_HEADER)
        return;
    facts->frame_x = 2 * (int64_t)le24(body.data);
    facts->frame_y = 2 * (int64_t)le24(body.data + 3);
    facts->frame_width = (int64_t)le24(body.data + 6) + 1;
    facts->frame_height = (int64_t)le24(body.data + 9) + 1;
    facts->frame = body.data + ANMF_HEADER;
    facts->frame_size = body.size - ANMF_HEADER;
}

static void sniff_webp(struct span file, struct avt_still_facts *facts)
{
    enum { RIFF_HEADER = 12, CHUNK_HEADER = 8, VP8X_SIZE = 10 };
    facts->whole = (uint64_t)le32(file.data + 4) + CHUNK_HEADER <= (uint64_t)file.size + 1;
    skip(&file, RIFF_HEADER);
    bool canvas = false;
    while (file.size >= CHUNK_HEADER) {
        size_t size = le32(file.data + 4);
        const uint8_t *fourcc = file.data;
        skip(&file, CHUNK_HEADER);
        struct span body = {file.data, size < file.size ? size : file.size};
        if (memcmp(fourcc, "VP8X", 4) == 0 && body.size >= VP8X_SIZE) {
            facts->width = (int64_t)le24(body.data + 4) + 1;
            facts->height = (int64_t)le24(body.data + 7) + 1;
            canvas = true;
        } else if (memcmp(fourcc, "EXIF", 4) == 0) {
            facts->orientation = exif_orientation(body);
        } else if (memcmp(fourcc, "ANMF", 4) == 0) {
            webp_animation_frame(body, facts);
        } else if (!canvas) {
            webp_frame_size(fourcc, body, facts);
        }
        skip(&file, size + (size & 1));
    }
}

void avt_still_sniff(const uint8_t *data, size_t size, struct avt_still_facts *ret_facts)
{
    static const uint8_t png_mark[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    static const uint8_t jpeg_mark[3] = {0xFF, 0xD8, 0xFF};
    *ret_facts = (struct avt_still_facts){.orientation = 1};
    struct span file = {data, size};
    if (size >= sizeof(png_mark) && memcmp(data, png_mark, sizeof(png_mark)) == 0) {
        ret_facts->kind = AVT_STILL_PNG;
        sniff_png(file, ret_facts);
    } else if (size >= sizeof(jpeg_mark) && memcmp(data, jpeg_mark, sizeof(jpeg_mark)) == 0) {
        ret_facts->kind = AVT_STILL_JPEG;
        sniff_jpeg(file, ret_facts);
    } else if (size >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0) {
        ret_facts->kind = AVT_STILL_WEBP;
        sniff_webp(file, ret_facts);
    }
}
