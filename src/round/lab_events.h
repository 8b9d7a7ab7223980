#ifndef BH_LAB_EVENTS_H
#define BH_LAB_EVENTS_H
/* Facts of laboratories in a round: kinds 231 to 235, 244, 245. Kind numbers, choices and stored fields are
 * permanent. */
#include "ledger/event.h"

enum lab_kind {
    LAB_PLATE_LAID = 231,
    LAB_PLATE_READ = 232,
    LAB_PLATE_RELEASED = 233,
    LAB_TUBE_REJECTED = 234,
    LAB_TUBES_CLEARED = 235,
    LAB_RESULT_RECALLED = 244,
    LAB_BOX_ANSWERED = 245,
};

enum reject_reason {
    REJECT_LEAK,
    REJECT_EMPTY,
    REJECT_NO_LABEL,
    REJECT_TOO_OLD,
    REJECT_WRONG_COUNT,
    REJECT_INHIBITED,
    REJECT_OTHER,
    REJECT_LOST
};
enum well_control { CONTROL_NEGATIVE, CONTROL_POSITIVE };
extern const struct choice reject_reasons[];
extern const struct choice well_controls[];

enum {
    LAB_WELLS = 96,        /* of a plate, 8 rows of 12 */
    LAB_CLEARED_MAX = 1000 /* tubes of one fact */
};

/* A tube, or a control. Wells are numbered down the columns: A1 = 1, B1 = 2, ... H12 = 96. */
struct laid_well {
    int64_t well, tube, control;
};
extern const struct record laid_well_record;

/* 231: area = the laboratory's. */
struct plate_laid {
    int64_t plate; /* self */
    int64_t institution;
    struct bh_str code;
    struct bh_list wells; /* struct laid_well */
};

/* ct: hundredths of a cycle, BH_NONE = undetermined. Verdicts, of each target and of the well: as the plan in force
 * when the plate was read decides. */
struct read_well {
    int64_t well, ct_orf1ab, ct_n, orf1ab, n, verdict;
};
extern const struct record read_well_record;

/* 232: controls: 1 = all as they must be; else the plate says nothing. */
struct plate_read {
    int64_t plate, institution, controls;
    struct bh_str profile;
    struct bh_list wells; /* struct read_well, of tubes and controls */
};

/* A tube whose result is told singly. */
struct found_tube {
    int64_t tube, verdict, ct_orf1ab, ct_n, orf1ab, n;
};
extern const struct record found_tube_record;

struct lab_tube {
    int64_t tube;
};
extern const struct record lab_tube_record;

/* 233: cleared = how many are told negative together; the tubes of `repeat` run again. */
struct plate_released {
    int64_t plate, institution, cleared;
    struct bh_list found;  /* struct found_tube */
    struct bh_list repeat; /* struct lab_tube */
    struct bh_sealed signature;
};

/* 234: area = the tube's. Its people are owed a sample again; lists as in tube_sampled, empty for tubes of clinics. */
struct tube_rejected {
    int64_t tube, round, ordinal, reason;
    struct bh_list people; /* struct sampled_person */
    struct bh_list areas;  /* struct sampled_area */
};

/* 235: all negative for everybody in them. plate BH_NONE = without a plate. */
struct tubes_cleared {
    int64_t institution, plate;
    struct bh_list tubes; /* struct lab_tube */
};

/* 244: a negative result was wrong; the tube is as if received. */
struct result_recalled {
    int64_t tube;
    struct bh_sealed reason;
};

/* 245: every tube of the box has its result, or was rejected. */
struct box_answered {
    int64_t box, round;
};

extern const struct event_kind lab_events[]; /* ends with number 0 */

#endif
