/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xml.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { TEXT_BYTES_MAX = 1 << 20 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

static bool starts(const struct avt_xml *xml, const char *text)
{
    size_t size = strlen(text);
    return xml->size - xml->at >= size && memcmp(xml->text + xml->at, text, size) == 0;
}

static void skip_space(struct avt_xml *xml)
{
    while (xml->at < xml->size && is_space(xml->text[xml->at]))
        xml->at++;
}

static bool skip_past(struct avt_xml *xml, const char *end)
{
    const char *found = memmem(xml->text + xml->at, xml->size - xml->at, end, strlen(end));
    if (!found)
        return false;
    xml->at = (size_t)(found - xml->text) + strlen(end);
    return true;
}

static const char *read_name(struct avt_xml *xml, char name[AVT_XML_NAME_SIZE])
{
    size_t size = 0;
    if (xml->at >= xml->size || !is_name_start(xml->text[xml->at]))
        return "a name is expected here";
    while (xml->at + size < xml->size && is_name(xml->text[xml->at + size]))
        size++;
    if (size >= AVT_XML_NAME_SIZE)
        return "this name is too long";
    memcpy(name, xml->text + xml->at, size);
    name[size] = '\0';
    xml->at += size;
    return NULL;
}

/* "&amp;" or "&#233;" at xml->at. */
static const char *read_entity(struct avt_xml *xml, struct avt_buf *out)
{
    static const struct {
        const char *name;
        char c;
    } NAMED[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    enum { ENTITY_MAX = 12 };
    const char *text = xml->text + xml->at;
    size_t rest = xml->size - xml->at;
    const char *end = memchr(text, ';', rest < ENTITY_MAX ? rest : ENTITY_MAX);
    if (!end || end == text + 1)
        return "a & that begins no entity is written &amp;";
    char name[ENTITY_MAX];
    size_t size = (size_t)(end - text) - 1;
    memcpy(name, text + 1, size);
    name[size] = '\0';
    for (size_t i = 0; i < sizeof NAMED / sizeof NAMED[0]; i++) {
        if (avt_str_equal(NAMED[i].name, name)) {
            avt_buf_append_char(out, NAMED[i].c);
            xml->at += size + 2;
            return NULL;
        }
    }
    if (name[0] != '#')
        return "this entity is unknown; there are &amp; &lt; &gt; &quot; &apos; and numeric ones";
    bool hex = name[1] == 'x';
    unsigned long value = 0;
    const char *digits = name + (hex ? 2 : 1);
    size_t valid = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
    if (!*digits || digits[valid])
        return "this is no number of a character";
    for (; *digits; digits++) {
        unsigned digit = *digits <= '9' ? (unsigned)(*digits - '0')
                                        : (unsigned)((*digits | 0x20) - 'a' + 10);
        value = value * (hex ? 16 : 10) + digit;
    }
    if (value < 0x20 && value != '\t' && value != '\n' && value != '\r')
        return "this is no number of a character";
    char utf8[4];
    size_t bytes = value <= 0x10ffff ? avt_utf8_encode((uint32_t)value, utf8) : 0;
    if (bytes == 0)
        return "this is no number of a character";
    avt_buf_append(out, utf8, bytes);
    xml->at += size + 2;
    return NULL;
}

static const char *read_value(struct avt_xml *xml, char **ret_value)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf value = AVT_BUF_INIT(AVT_XML_VALUE_BYTES);
    char quote = xml->at < xml->size ? xml->text[xml->at] : '\0';
    if (quote != '"' && quote != '\'')
        return "the value of an attribute stands in quotation marks";
    size_t start = xml->at++;
    while (xml->at < xml->size && xml->text[xml->at] != quote) {
        char c = xml->text[xml->at];
        if (c == '<')
            return "a < in a value is written &lt;";
        const char *problem = NULL;
        if (c == '&') {
            problem = read_entity(xml, &value);
        } else {
            avt_buf_append_char(&value, is_space(c) ? ' ' : c);
            xml->at++;
        }
        if (problem)
            return problem;
        if (value.overflowed)
            return "this value is too long";
    }
    if (xml->at >= xml->size) {
        xml->at = start;
        return "this value has no closing quotation mark";
    }
    xml->at++;
    *ret_value = avt_buf_take(&value);
    return NULL;
}

static const char *read_attributes(struct avt_xml *xml, struct avt_xml_item *item)
{
    for (;;) {
        bool space = xml->at < xml->size && is_space(xml->text[xml->at]);
        skip_space(xml);
        if (xml->at >= xml->size)
            return "the tag has no end";
        if (xml->text[xml->at] == '>' || starts(xml, "/>"))
            return NULL;
        if (!space)
            return "a space is missing before this attribute";
        if (item->attribute_count == AVT_XML_ATTRIBUTES_MAX)
            return "the tag has too many attributes";
        struct avt_xml_attribute *attribute = &item->attributes[item->attribute_count];
        size_t at = xml->at;
        const char *problem = read_name(xml, attribute->name);
        if (problem)
            return problem;
        if (avt_xml_attribute(item, attribute->name)) {
            xml->at = at;
            return "this attribute stands here twice";
        }
        skip_space(xml);
        if (!starts(xml, "="))
            return "a = is expected here";
        xml->at++;
        skip_space(xml);
        problem = read_value(xml, &attribute->value);
        if (problem)
            return problem;
        item->attribute_count++;
    }
}

static const char *read_tag(struct avt_xml *xml, struct avt_xml_item *item)
{
    xml->at++;
    bool closing = starts(xml, "/");
    xml->at += closing;
    item->kind = closing ? AVT_XML_CLOSE : AVT_XML_OPEN;
    const char *problem = read_name(xml, item->name);
    if (problem)
        return problem;
    if (!closing)
        problem = read_attributes(xml, item);
    else
        skip_space(xml);
    if (problem)
        return problem;
    item->empty = starts(xml, "/>");
    if (closing ? !starts(xml, ">") : !item->empty && !starts(xml, ">"))
        return "the tag has no end";
    xml->at += item->empty ? 2 : 1;
    return NULL;
}

/* Text up to the next tag; comments and processing instructions in it are passed over. */
static const char *read_text(struct avt_xml *xml, struct avt_xml_item *item)
{
    item->kind = AVT_XML_TEXT;
    while (xml->at < xml->size) {
        const char *problem = NULL;
        size_t start = xml->at;
        if (starts(xml, "<!--")) {
            problem = skip_past(xml, "-->") ? NULL : "this comment has no end";
        } else if (starts(xml, "<![CDATA[")) {
            xml->at += strlen("<![CDATA[");
            const char *text = xml->text + xml->at;
            if (skip_past(xml, "]]>"))
                avt_buf_append(&item->text, text, (size_t)(xml->text + xml->at - text) - 3);
            else
                problem = "this CDATA section has no end";
        } else if (starts(xml, "<?")) {
            problem = skip_past(xml, "?>") ? NULL : "this <? has no end";
        } else if (starts(xml, "<!")) {
            problem = "a document type is not accepted";
        } else if (xml->text[xml->at] == '<') {
            return NULL;
        } else if (xml->text[xml->at] == '&') {
            problem = read_entity(xml, &item->text);
        } else {
            avt_buf_append_char(&item->text, xml->text[xml->at++]);
        }
        if (problem) {
            xml->at = start;
            return problem;
        }
        if (item->text.overflowed)
            return "this text is too long";
    }
    return NULL;
}

const char *avt_xml_next(struct avt_xml *xml, struct avt_xml_item *item)
{
    avt_xml_item_done(item);
    item->at = xml->at;
    if (xml->at >= xml->size) {
        item->kind = AVT_XML_END;
        return NULL;
    }
    bool tag = xml->text[xml->at] == '<' && !starts(xml, "<!") && !starts(xml, "<?");
    if (tag)
        return read_tag(xml, item);
    const char *problem = read_text(xml, item);
    /* Nothing but comments. */
    if (!problem && item->text.size == 0)
        return avt_xml_next(xml, item);
    return problem;
}

const char *avt_xml_attribute(const struct avt_xml_item *item, const char *name)
{
    for (size_t i = 0; i < item->attribute_count; i++)
        if (avt_str_equal(item->attributes[i].name, name))
            return item->attributes[i].value;
    return NULL;
}

void avt_xml_item_done(struct avt_xml_item *item)
{
    for (size_t i = 0; i < item->attribute_count; i++)
        avt_free(item->attributes[i].value);
    avt_buf_done(&item->text);
    *item = (struct avt_xml_item){0};
    avt_buf_init(&item->text, TEXT_BYTES_MAX);
}
