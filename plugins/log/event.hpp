// The event a notifier is given, as the fields that people look for.
#pragma once

#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace scalehook::log {

struct Field {
  std::string_view key;             // a literal
  std::vector<std::string> values;  // one, but of the alerts' names any number; none is empty
};

struct Event {
  std::string json;           // all of it, compact
  std::vector<Field> fields;  // in the same order always; what is absent or empty is left out

  // The value of that key; several with a comma between them; empty if there is none.
  std::string operator[](std::string_view key) const;
};

// Several values with a comma between them.
std::string joined(const std::vector<std::string>& values);

// Members of another type than they should be are kept as JSON text; nothing must be there. A
// failure is `failed` with the code "bad-event".
outcome<Event> parse_event(std::string_view json);

// RFC 5424, 6.2.1, the same numbers as the systemd journal's PRIORITY: a failure is an error (3), a
// refusal a warning (4), a change a notice (5), all else is for information (6).
int severity(const Event& event);

}  // namespace scalehook::log
