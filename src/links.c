#include "links.h"

#include "bulletin/bulletin.h"
#include "ledger/area_link.h"
#include "ledger/duty_link.h"
#include "ledger/log_events.h"
#include "ledger/message_link.h"
#include "ledger/people_link.h"
#include "ledger/post_link.h"
#include "ledger/user_link.h"
#include "move/move.h"
#include "plan/plan_link.h"
#include "report/report.h"
#include "round/antigen.h"
#include "round/box.h"
#include "round/lab.h"
#include "round/order.h"
#include "round/roll.h"
#include "round/round.h"
#include "round/sample.h"
#include "stay/stay.h"

const struct link *const all_links[] = {
    &log_link,    &area_link,    &people_link,   &post_link,  &user_link,    &duty_link,
    &notice_link, &message_link, &roll_link,     &order_link, &site_link,    &sample_link,
    &box_link,    &lab_link,     &plate_link,    &round_link, &antigen_link, &report_link,
    &move_link,   &stay_link,    &bulletin_link, &plan_link,  NULL,
};
