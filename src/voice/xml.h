/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A strict reader of the XML that SSML needs: elements, attributes, text, comments, CDATA, the five
 * named entities and numeric ones. No DTD, so nothing can expand or be fetched; namespaces are part
 * of a name. Item by item, in bounded memory. Whether tags pair up is for the caller to see.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum {
    AVT_XML_NAME_SIZE = 32, /* with its NUL */
    AVT_XML_ATTRIBUTES_MAX = 12,
    AVT_XML_VALUE_BYTES = 2000,
};

enum avt_xml_kind { AVT_XML_END, AVT_XML_OPEN, AVT_XML_CLOSE, AVT_XML_TEXT };

struct avt_xml_attribute {
    char name[AVT_XML_NAME_SIZE];
    char *value; /* owned by the item */
};

struct avt_xml_item {
    enum avt_xml_kind kind;
    size_t at;                    /* where it begins */
    char name[AVT_XML_NAME_SIZE]; /* of a tag */
    bool empty;                   /* <break/>: no closing tag follows */
    struct avt_xml_attribute attributes[AVT_XML_ATTRIBUTES_MAX];
    size_t attribute_count;
    struct avt_buf text; /* entities resolved */
};

struct avt_xml {
    const char *text;
    size_t size, at;
};

/** The next item; what `item` held before is freed. NULL, or what is wrong at byte xml->at. */
const char *avt_xml_next(struct avt_xml *xml, struct avt_xml_item *item);
/** Value of an attribute, NULL if it has none of that name. */
const char *avt_xml_attribute(const struct avt_xml_item *item, const char *name);
void avt_xml_item_done(struct avt_xml_item *item);
