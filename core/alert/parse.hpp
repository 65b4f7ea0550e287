// From a webhook's JSON body to a Notification.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "core/alert/alert.hpp"

namespace scalehook::alert {

// A body that is no notification at all.
struct ParseError {
  std::string message;  // what is wrong
  std::string where;    // "line 3, column 7" of broken JSON, else a JSON pointer ("/alerts")
};

// Accepts payload versions 4 (Alertmanager 0.5 and later) and 3, with unknown fields. An element of
// `alerts` that cannot be read is put among bad_alerts and costs the others nothing. Any thread.
boost::system::result<Notification, ParseError> parse(std::string_view body);

}  // namespace scalehook::alert
