// Times as people read them: local, by the environment's TZ.
#pragma once

#include <string>

#include "core/alert/alert.hpp"

namespace scalehook::explain {

// "Tue 24 Nov 2026, 00:06:20 UTC".
std::string date_and_time(alert::Time time);

// As short as can be told beside the other: "00:06:20" on the same day, else "Mon 23 Nov 2026,
// 23:58:01".
std::string time_beside(alert::Time time, alert::Time other);

// The same with the words for it: "at 00:06:20", "on Mon 23 Nov 2026 at 23:58:01".
std::string at_time(alert::Time time, alert::Time other);

}  // namespace scalehook::explain
