#ifndef BH_BASE_RECORD_H
#define BH_BASE_RECORD_H
/*
 * A record describes the fields of a C struct once. Commands, queries and event bodies are records; from
 * the table come JSON checking, stored encoding, OpenAPI, forms, CSV columns and the manual.
 *
 * In memory:  INT, ENUM, TIME, BOOL, REF, SELF, PERSON, AREA   int64_t (BH_NONE when not given)
 *             TEXT                                             struct bh_str
 *             SEALED                                           struct bh_sealed
 *             LIST                                             struct bh_list of the item record
 * Stored: fields in table order; integers as varint(zigzag(value) + 1) with 0 = not given, texts as varint
 * length and bytes, sealed as 16 bytes hash (only if it is searchable) and text, lists as count and items.
 * The stored form of a version never changes: a new field is a new version of its event kind.
 */
#include "base/arena.h"
#include "base/limits.h"

#include <jansson.h>

enum field_type {
    FIELD_INT,
    FIELD_ENUM, /* index into choices */
    FIELD_TIME, /* milliseconds; ISO 8601 in JSON */
    FIELD_BOOL,
    FIELD_REF,    /* number of the event that created the thing referred to */
    FIELD_SELF,   /* the event's own number; filled when the event is recorded */
    FIELD_PERSON, /* permanent person number */
    FIELD_AREA,   /* leaf number; unit id or 12-digit division code in JSON */
    FIELD_TEXT,
    FIELD_SEALED, /* personal or free text: plain in a request, encrypted ever after */
    FIELD_LIST,
};

enum {
    FIELD_REQUIRED = 1,
    FIELD_SEARCHABLE = 2, /* SEALED: keep a keyed hash for equality search */
    FIELD_MULTILINE = 4,  /* TEXT: line breaks allowed */
    FIELD_NEW_PERSON = 8, /* PERSON: drawn at the edge when not given */
    FIELD_PHOTO =
        16, /* SEALED: base64 of a picture (photo.h); its bytes are sealed, max counts them */
};

struct choice {
    const char *name; /* in JSON and plans */
    const char *zh, *en;
};

struct record;

struct field {
    const char *name, *zh, *en;
    enum field_type type;
    unsigned flags;
    size_t offset;
    int64_t min, max; /* INT: value; TEXT, SEALED: bytes (max 0 = LIMIT_TEXT_BYTES); LIST: items */
    const struct choice *choices; /* ENUM: ends with a NULL name */
    const struct record *item;    /* LIST */
    const char *unit;             /* "ms", "persons", ...; NULL = none */
};

struct record {
    const char *name;
    size_t size; /* of the C struct */
    const struct field *fields;
    size_t field_count;
};

struct bh_sealed {
    struct bh_str text; /* nonce, cipher text, tag */
    uint8_t hash[16];   /* keyed hash of the plain text; zero when not searchable or empty */
};

struct bh_list {
    void *items; /* array of the item record's C struct */
    size_t count;
};

/* FIELD(owner, member, kind, bits, label zh, label en, further .name = value ...) */
#define FIELD(owner, member, kind, bits, label_zh, ...)                                            \
    {                                                                                              \
        .name = #member, .type = FIELD_##kind, .flags = (bits),                                    \
        .offset = offsetof(struct owner, member), .zh = (label_zh), .en = __VA_ARGS__              \
    }
#define RECORD(var, owner, list)                                                                   \
    static const struct record var = {#owner, sizeof(struct owner), list,                          \
                                      sizeof(list) / sizeof((list)[0])}

/* What the edge lends to reading and writing JSON. All members but arena may be NULL or 0. */
struct record_edge {
    struct bh_arena *arena;
    int zone_minutes;
    void *self;
    /* Encrypts plain text and, when asked, gives its keyed hash. */
    bool (*seal)(void *self, struct bh_str plain, bool searchable, struct bh_sealed *ret,
                 struct bh_err *err);
    /* Unit id or division code to leaf number. */
    bool (*area_in)(void *self, struct bh_str text, int64_t *ret_area, struct bh_err *err);
    /* Leaf number to the division code; returns "" when unknown. */
    const char *(*area_out)(void *self, int64_t area);
    int64_t (*new_person)(void *self);
};

/* Sets every field to "not given". */
void record_clear(const struct record *record, void *body);

/* Reads a JSON object into the zeroed struct `body`: unknown, missing, badly typed and out-of-range fields
 * are refused by name (list items as list[3].field). Texts are copied into the arena. A list's item of one field may
 * be given as that value alone. */
BH_MUST_USE bool record_from_json(const struct record *record, const json_t *json,
                                  const struct record_edge *edge, void *body, struct bh_err *err);

/* New reference. Fields not given are left out. Sealed fields are written as {"sealed": base64}. */
json_t *record_to_json(const struct record *record, const void *body,
                       const struct record_edge *edge);

/* Appends the stored form. */
void record_encode(const struct record *record, const void *body, struct bh_buf *out);

/* Reads the stored form; the whole of `bytes` must be used up. Texts point into `bytes`. CORRUPT otherwise. */
BH_MUST_USE bool record_decode(const struct record *record, struct bh_str bytes,
                               struct bh_arena *arena, void *body, struct bh_err *err);

const struct field *record_field(const struct record *record, const char *name); /* NULL = none */
/* Value of an integer-like field. */
int64_t field_int(const struct field *field, const void *body);
struct bh_str field_text(const struct field *field, const void *body);
/* True when an optional field carries something. */
bool field_given(const struct field *field, const void *body);
/* Index of a choice by name, -1 when there is none. */
int64_t choice_index(const struct choice *choices, struct bh_str name);
bool field_is_int(enum field_type type);

#endif
