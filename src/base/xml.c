#include "base/xml.h"

#include <stddef.h>
#include <string.h>

void xml_open(struct xml *xml, size_t (*read)(void *self, char *to, size_t size), void *self,
              size_t text_max)
{
    memset(xml, 0, offsetof(struct xml, buffer));
    xml->read = read;
    xml->self = self;
    xml->at = xml->len = 0;
    xml->ended = xml->empty_element = xml->failed = false;
    bh_buf_init(&xml->text, text_max);
}

void xml_done(struct xml *xml)
{
    bh_buf_done(&xml->text);
}

static bool fail(struct xml *xml, const char *zh, const char *en)
{
    if (!xml->failed)
        (void)bh_fail(&xml->err, BH_MALFORMED, "文件内的 XML 无法读取：%s%.0s",
                      "the XML inside cannot be read: %.0s%s", zh, en);
    xml->failed = true;
    return false;
}

static bool fail_size(struct xml *xml)
{
    return fail(xml, "名称、属性或文字太长", "a name, an attribute or a text is too long");
}

static bool refill(struct xml *xml)
{
    if (xml->ended || xml->failed)
        return false;
    xml->at = 0;
    xml->len = xml->read(xml->self, xml->buffer, sizeof xml->buffer);
    xml->ended = xml->len == 0;
    return !xml->ended;
}

/* -1 = end. */
static int peek(struct xml *xml)
{
    if (xml->at == xml->len && !refill(xml))
        return -1;
    return (uint8_t)xml->buffer[xml->at];
}

static int take(struct xml *xml)
{
    int byte = peek(xml);
    if (byte >= 0)
        xml->at++;
    return byte;
}

static bool is_blank(int byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void skip_blanks(struct xml *xml)
{
    while (is_blank(peek(xml)))
        xml->at++;
}

/* Skips up to and including the text `end` (at most three bytes, the first two alike or different from the third). */
static bool skip_to(struct xml *xml, const char *end)
{
    size_t found = 0, len = strlen(end);
    while (found < len) {
        int byte = take(xml);
        if (byte < 0)
            return fail(xml, "不完整", "it is not complete");
        if (byte == end[found])
            found++;
        else if (!(found == 2 && byte == end[1])) /* "--->" ends a comment, "]]]>" a section */
            found = byte == end[0];
    }
    return true;
}

/* Without its name space. */
static bool read_name(struct xml *xml, char *out)
{
    size_t len = 0;
    for (;;) {
        int byte = peek(xml);
        bool part = byte > ' ' && !strchr("/>=<&\"'", byte);
        if (!part)
            break;
        xml->at++;
        if (byte == ':') {
            len = 0;
            continue;
        }
        if (len + 1 == XML_NAME_MAX)
            return fail_size(xml);
        out[len++] = (char)byte;
    }
    out[len] = 0;
    return len > 0 || fail(xml, "缺少名称", "a name is missing");
}

static size_t utf8_write(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

static bool entity_number(const char *name, uint32_t *ret)
{
    bool hex = name[1] == 'x';
    uint32_t code = 0;
    const char *digit = name + (hex ? 2 : 1);
    if (!*digit)
        return false;
    for (; *digit; digit++) {
        const char *place =
            strchr("0123456789abcdef", *digit | ('A' <= *digit && *digit <= 'F' ? 32 : 0));
        if (!place || (place - "0123456789abcdef" > 9 && !hex))
            return false;
        code = code * (hex ? 16 : 10) +
               (uint32_t)(*digit <= '9' ? *digit - '0' : (*digit | 32) - 'a' + 10);
        if (code > 0x10FFFF)
            return false;
    }
    *ret = code;
    return code != 0 && (code < 0xD800 || code > 0xDFFF);
}

/* After '&'. Returns the bytes written, 0 = failed. */
static size_t read_entity(struct xml *xml, char *out)
{
    static const struct {
        const char *name;
        char is;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    char name[12];
    size_t len = 0;
    uint32_t code = 0;
    for (int byte = take(xml); byte != ';'; byte = take(xml)) {
        if (byte <= ' ' || len + 1 == sizeof name) {
            (void)fail(xml, "未知的实体", "an unknown entity");
            return 0;
        }
        name[len++] = (char)byte;
    }
    name[len] = 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0) {
            out[0] = known[i].is;
            return 1;
        }
    if (name[0] == '#' && entity_number(name, &code))
        return utf8_write(code, out);
    (void)fail(xml, "未知的实体", "an unknown entity");
    return 0;
}

static bool read_value(struct xml *xml, char *out)
{
    size_t len = 0;
    int quote = take(xml);
    if (quote != '"' && quote != '\'')
        return fail(xml, "属性没有引号", "an attribute without quotes");
    for (int byte = take(xml); byte != quote; byte = take(xml)) {
        char more[4] = {(char)byte};
        size_t count = 1;
        if (byte < 0 || byte == '<')
            return fail(xml, "属性不完整", "an attribute is not complete");
        if (byte == '&')
            count = read_entity(xml, more);
        if (count == 0)
            return false;
        if (len + count >= XML_VALUE_MAX)
            return fail_size(xml);
        memcpy(out + len, more, count);
        len += count;
    }
    out[len] = 0;
    return bh_utf8_valid((struct bh_str){out, len}) || fail(xml, "不是 UTF-8", "it is not UTF-8");
}

static bool read_attributes(struct xml *xml)
{
    xml->attribute_count = 0;
    for (;;) {
        skip_blanks(xml);
        int byte = peek(xml);
        if (byte == '/' || byte == '>')
            return true;
        if (byte < 0)
            return fail(xml, "不完整", "it is not complete");
        if (xml->attribute_count == XML_ATTRIBUTES_MAX)
            return fail_size(xml);
        struct xml_attribute *one = &xml->attributes[xml->attribute_count++];
        if (!read_name(xml, one->name))
            return false;
        skip_blanks(xml);
        if (take(xml) != '=')
            return fail(xml, "属性没有值", "an attribute without a value");
        skip_blanks(xml);
        if (!read_value(xml, one->value))
            return false;
    }
}

static enum xml_token read_open(struct xml *xml)
{
    if (!read_name(xml, xml->name) || !read_attributes(xml))
        return XML_END;
    xml->empty_element = peek(xml) == '/';
    if (xml->empty_element)
        xml->at++;
    if (take(xml) != '>') {
        (void)fail(xml, "标签不完整", "a tag is not complete");
        return XML_END;
    }
    if (++xml->depth > XML_DEPTH_MAX) {
        (void)fail(xml, "层次太深", "it is nested too deeply");
        return XML_END;
    }
    return XML_OPEN;
}

static enum xml_token read_close(struct xml *xml)
{
    if (!read_name(xml, xml->name))
        return XML_END;
    skip_blanks(xml);
    if (take(xml) != '>' || xml->depth == 0) {
        (void)fail(xml, "标签不完整", "a tag is not complete");
        return XML_END;
    }
    xml->depth--;
    return XML_CLOSE;
}

/* After "<![CDATA[": up to the end of the section. */
static bool read_section(struct xml *xml)
{
    int closing = 0;
    for (;;) {
        int byte = take(xml);
        if (byte < 0)
            return fail(xml, "不完整", "it is not complete");
        bh_buf_byte(&xml->text, (char)byte);
        if (byte == '>' && closing >= 2)
            break;
        closing = byte == ']' ? closing + 1 : 0;
    }
    if (!xml->text.full)
        xml->text.len -= 3;
    return true;
}

/* After "<!": a comment or a section; *ret_section tells which. */
static bool read_special(struct xml *xml, bool *ret_section)
{
    static const char section[] = "[CDATA[";
    int byte = take(xml);
    *ret_section = false;
    if (byte == '-' && take(xml) == '-')
        return skip_to(xml, "-->");
    for (size_t i = 0; byte == section[i]; byte = take(xml))
        if (section[++i] == 0) {
            *ret_section = true;
            return read_section(xml);
        }
    return fail(xml, "不允许文档类型定义", "document types are not allowed");
}

/* Characters up to the next tag. */
static bool read_text(struct xml *xml)
{
    for (;;) {
        int byte = peek(xml);
        if (byte < 0 || byte == '<')
            return true;
        if (byte == '&') {
            char more[4];
            xml->at++;
            size_t count = read_entity(xml, more);
            if (count == 0)
                return false;
            bh_buf_add(&xml->text, more, count);
            continue;
        }
        size_t from = xml->at;
        while (xml->at < xml->len && xml->buffer[xml->at] != '<' && xml->buffer[xml->at] != '&')
            xml->at++;
        bh_buf_add(&xml->text, xml->buffer + from, xml->at - from);
    }
}

/* False: no tag follows, or a failure. *ret: the token when it is a tag; XML_TEXT when text goes on. */
static bool read_tag(struct xml *xml, enum xml_token *ret)
{
    bool section = false;
    xml->at++; /* < */
    switch (peek(xml)) {
    case '?': *ret = XML_TEXT; return skip_to(xml, "?>");
    case '!':
        xml->at++;
        *ret = XML_TEXT;
        return read_special(xml, &section);
    case '/':
        xml->at++;
        *ret = read_close(xml);
        return !xml->failed;
    default: *ret = read_open(xml); return !xml->failed;
    }
}

static enum xml_token text_token(struct xml *xml)
{
    if (xml->text.full)
        (void)fail_size(xml);
    else if (!bh_utf8_valid(bh_buf_view(&xml->text)))
        (void)fail(xml, "不是 UTF-8", "it is not UTF-8");
    return xml->failed ? XML_END : XML_TEXT;
}

/* A comment or a processing instruction follows, which does not end a text. */
static bool text_goes_on(struct xml *xml)
{
    if (xml->at + 1 >= xml->len)
        return false; /* told apart after the text: a break at a buffer's end gives two texts */
    char next = xml->buffer[xml->at + 1];
    return next == '!' || next == '?';
}

enum xml_token xml_next(struct xml *xml)
{
    enum xml_token token = XML_END;
    if (xml->failed)
        return XML_END;
    if (xml->empty_element) {
        xml->empty_element = false;
        xml->depth--;
        return XML_CLOSE;
    }
    bh_buf_reset(&xml->text);
    for (;;) {
        if (!read_text(xml))
            return XML_END;
        if (peek(xml) < 0)
            break;
        if (xml->text.len > 0 && !text_goes_on(xml))
            return text_token(xml);
        if (!read_tag(xml, &token))
            return XML_END;
        if (token != XML_TEXT)
            return token;
    }
    if (xml->text.len > 0)
        return text_token(xml);
    if (xml->depth != 0)
        (void)fail(xml, "不完整", "it is not complete");
    return XML_END;
}

const char *xml_attribute(const struct xml *xml, const char *name)
{
    for (int i = 0; i < xml->attribute_count; i++)
        if (strcmp(xml->attributes[i].name, name) == 0)
            return xml->attributes[i].value;
    return NULL;
}
