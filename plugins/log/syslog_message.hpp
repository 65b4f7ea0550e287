// An event as a message of RFC 5424.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "plugins/log/event.hpp"

namespace scalehook::log {

// What is the same in all messages of one output.
struct Origin {
  int facility = 3;  // RFC 5424, table 1
  std::string hostname;
  std::string app_name = "scalehook";
  std::string process_id;
  int enterprise_number = 32473;  // of the structured data: scalehook@<this>
  std::size_t max_size = 8192;    // of a message, in bytes; 480 at least
};

// `message` goes behind the structured data, which has all fields but time, kind and explanation:
// those have their places. Without a BOM, which receivers keep as a part of the text. Of what is
// longer than `max_size` the end of `message` is missing; of the structured data values end after
// 512 bytes, and those left out that leave less than a quarter for the message.
std::string syslog_message(const Origin& origin, const Event& event, std::string_view message);

// The number of a facility that is named as in syslog.conf(5): "daemon", "local0"; -1 if unknown.
int facility_number(std::string_view name);

}  // namespace scalehook::log
