#ifndef BH_BASE_XML_H
#define BH_BASE_XML_H
/*
 * Reads XML as a stream of tags and texts, for the machine-written files inside XLSX. Name spaces are dropped (x:row is
 * row). Refused: document types (so no entities but the five and numbers), depth over XML_DEPTH_MAX, names, values and
 * attribute lists over the sizes below, text over the text buffer's maximum, anything that is not UTF-8.
 */
#include "base/text.h"

enum {
    XML_DEPTH_MAX = 64,
    XML_NAME_MAX = 64,
    XML_VALUE_MAX = 1024,
    XML_ATTRIBUTES_MAX = 32,
};

enum xml_token { XML_END, XML_OPEN, XML_CLOSE, XML_TEXT };

struct xml_attribute {
    char name[XML_NAME_MAX];
    char value[XML_VALUE_MAX];
};

struct xml {
    /* Fills `to` with up to size bytes; 0 = end. */
    size_t (*read)(void *self, char *to, size_t size);
    void *self;

    char name[XML_NAME_MAX];                             /* of OPEN and CLOSE */
    struct xml_attribute attributes[XML_ATTRIBUTES_MAX]; /* of OPEN */
    int attribute_count;
    struct bh_buf text; /* of TEXT */
    int depth;          /* open elements, after the token */

    /* Inside. */
    char buffer[1 << 16];
    size_t at, len;
    bool ended, empty_element, failed;
    struct bh_err err;
};

void xml_open(struct xml *xml, size_t (*read)(void *self, char *to, size_t size), void *self,
              size_t text_max);
/* XML_END at the end or after a failure (xml->failed, xml->err). An empty element gives OPEN and CLOSE. */
enum xml_token xml_next(struct xml *xml);
/* NULL = not there. */
const char *xml_attribute(const struct xml *xml, const char *name);
void xml_done(struct xml *xml);

#endif
