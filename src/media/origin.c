/* SPDX-License-Identifier: Apache-2.0 */
#include "media/origin.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "avt_config.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "media/av.h"

/* IPTC Digital Source Type NewsCodes, https://cv.iptc.org/newscodes/digitalsourcetype/ */
#define SOURCE_TYPE_URI "http://cv.iptc.org/newscodes/digitalsourcetype/"

/* The uuid of an XMP box: XMP Specification Part 3, "MPEG-4". */
static const uint8_t xmp_uuid[16] = {0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8,
                                     0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC};

enum { BOX_HEADER = 8, LARGE_HEADER = 16, TOP_BOXES_MAX = 4096, TAG_BYTES_MAX = 1024 };

const char *avt_origin_program(void)
{
    return "avatar " AVT_VERSION;
}

char *avt_origin_comment(const struct avt_origin *origin)
{
    struct avt_buf buf = AVT_BUF_INIT(AVT_XMP_BYTES_MAX);
    (void)avt_buf_printf(&buf, "%s with %s.",
                         origin->digital_source_type ? "Synthetic media made" : "Encoded",
                         avt_origin_program());
    if (origin->digital_source_type)
        (void)avt_buf_printf(&buf, " Digital source type: " SOURCE_TYPE_URI "%.*s .",
                             AVT_ORIGIN_CODE_SIZE - 1, origin->digital_source_type);
    if (origin->voice)
        (void)avt_buf_printf(&buf, " Voice: %.*s.", TAG_BYTES_MAX, origin->voice);
    if (origin->face)
        (void)avt_buf_printf(&buf, " Face: %.*s.", TAG_BYTES_MAX, origin->face);
    return avt_buf_take(&buf);
}

void avt_origin_tags(const struct avt_origin *origin, AVDictionary **tags)
{
    char *comment = avt_origin_comment(origin);
    (void)av_dict_set(tags, "comment", comment, 0);
    avt_free(comment);
    (void)av_dict_set(tags, "software", avt_origin_program(), 0);
    if (origin->digital_source_type) {
        char *uri = avt_asprintf(SOURCE_TYPE_URI "%s", origin->digital_source_type);
        (void)av_dict_set(tags, "digital_source_type", uri, 0);
        avt_free(uri);
    }
    if (origin->title)
        (void)av_dict_set(tags, "title", origin->title, 0);
    if (origin->voice)
        (void)av_dict_set(tags, "voice", origin->voice, 0);
    if (origin->face)
        (void)av_dict_set(tags, "face", origin->face, 0);
}

/* XML 1.0 has no way to write control characters: they are left out. */
static void append_escaped(struct avt_buf *buf, const char *text)
{
    for (size_t i = 0; text[i] != '\0' && i < TAG_BYTES_MAX; i++) {
        switch (text[i]) {
        case '&':
            (void)avt_buf_append_str(buf, "&amp;");
            break;
        case '<':
            (void)avt_buf_append_str(buf, "&lt;");
            break;
        case '>':
            (void)avt_buf_append_str(buf, "&gt;");
            break;
        case '"':
            (void)avt_buf_append_str(buf, "&quot;");
            break;
        default:
            if ((unsigned char)text[i] >= ' ')
                (void)avt_buf_append_char(buf, text[i]);
        }
    }
}

static void append_attribute(struct avt_buf *buf, const char *name, const char *prefix,
                             const char *value)
{
    if (!value)
        return;
    (void)avt_buf_printf(buf, "\n    %s=\"%s", name, prefix);
    append_escaped(buf, value);
    (void)avt_buf_append_char(buf, '"');
}

char *avt_origin_xmp(const struct avt_origin *origin)
{
    struct avt_buf buf = AVT_BUF_INIT(AVT_XMP_BYTES_MAX);
    (void)avt_buf_append_str(
        &buf, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
              "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
              " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
              "  <rdf:Description rdf:about=\"\"\n"
              "    xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n"
              "    xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"\n"
              "    xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
              "    xmlns:avatar=\"urn:x-avatar:origin:1\"");
    append_attribute(&buf, "Iptc4xmpExt:DigitalSourceType", SOURCE_TYPE_URI,
                     origin->digital_source_type);
    append_attribute(&buf, "xmp:CreatorTool", "", avt_origin_program());
    append_attribute(&buf, "avatar:voice", "", origin->voice);
    append_attribute(&buf, "avatar:face", "", origin->face);
    (void)avt_buf_append_str(&buf, ">");
    if (origin->title) {
        (void)avt_buf_append_str(&buf, "\n   <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">");
        append_escaped(&buf, origin->title);
        (void)avt_buf_append_str(&buf, "</rdf:li></rdf:Alt></dc:title>");
    }
    (void)avt_buf_append_str(&buf, "\n  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
                                   "<?xpacket end=\"w\"?>");
    return avt_buf_take(&buf);
}

bool avt_origin_find(const char *text, size_t size, char ret_code[AVT_ORIGIN_CODE_SIZE])
{
    const size_t uri_size = sizeof(SOURCE_TYPE_URI) - 1;
    const char *found = memmem(text, size, SOURCE_TYPE_URI, uri_size);
    if (!found)
        return false;
    const char *code = found + uri_size;
    size_t left = size - (size_t)(code - text);
    size_t count = 0;
    while (count < left && count < AVT_ORIGIN_CODE_SIZE - 1 &&
           ((code[count] | 0x20) >= 'a' && (code[count] | 0x20) <= 'z'))
        count++;
    memcpy(ret_code, code, count);
    ret_code[count] = '\0';
    return count > 0;
}

static void put_be32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint64_t get_be(const uint8_t *in, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | in[i];
    return value;
}

enum avt_code avt_origin_append_box(int fd, const struct avt_origin *origin,
                                    struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *xmp = avt_origin_xmp(origin);
    size_t xmp_size = strlen(xmp);
    size_t size = BOX_HEADER + sizeof(xmp_uuid) + xmp_size;
    AVT_CLEANUP(avt_freep) uint8_t *box = avt_new0(uint8_t, size);
    put_be32(box, (uint32_t)size);
    memcpy(box + 4, "uuid", 4);
    memcpy(box + BOX_HEADER, xmp_uuid, sizeof(xmp_uuid));
    memcpy(box + BOX_HEADER + sizeof(xmp_uuid), xmp, xmp_size);

    struct stat info;
    if (fstat(fd, &info) != 0)
        return avt_fail_av(reterr, AVT_EOUTPUT, AVERROR(errno), "the film cannot be written");
    for (size_t done = 0; done < size;) {
        ssize_t count = pwrite(fd, box + done, size - done, info.st_size + (off_t)done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return avt_fail_av(reterr, AVT_EOUTPUT, AVERROR(errno), "the film cannot be written");
        done += (size_t)count;
    }
    return AVT_OK;
}

bool avt_origin_read_box(int fd, char ret_code[AVT_ORIGIN_CODE_SIZE])
{
    uint64_t at = 0;
    for (int i = 0; i < TOP_BOXES_MAX; i++) {
        uint8_t header[LARGE_HEADER + sizeof(xmp_uuid)];
        ssize_t got = pread(fd, header, sizeof(header), (off_t)at);
        if (got < (ssize_t)(BOX_HEADER + sizeof(xmp_uuid)))
            return false;
        uint64_t size = get_be(header, 4);
        if (size == 1 && got >= LARGE_HEADER)
            size = get_be(header + BOX_HEADER, 8);
        bool is_xmp = memcmp(header + 4, "uuid", 4) == 0 &&
                      memcmp(header + BOX_HEADER, xmp_uuid, sizeof(xmp_uuid)) == 0;
        if (is_xmp) {
            AVT_CLEANUP(avt_freep) char *xmp = avt_new0(char, AVT_XMP_BYTES_MAX);
            size_t wanted = size < AVT_XMP_BYTES_MAX ? (size_t)size : AVT_XMP_BYTES_MAX;
            got = pread(fd, xmp, wanted, (off_t)at);
            return got > 0 && avt_origin_find(xmp, (size_t)got, ret_code);
        }
        if (size < BOX_HEADER || size > (uint64_t)INT64_MAX - at)
            return false;
        at += size;
    }
    return false;
}
