#include "core/alert/parse.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "core/alert/time.hpp"

namespace scalehook::alert {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 32;

std::string kind_text(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

std::string line_and_column(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n');
  const auto column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// "~" and "/" are escaped in a pointer's tokens (RFC 6901).
std::string pointer_token(std::string_view name) {
  std::string token = "/";
  for (const char letter : name) {
    if (letter == '~') {
      token += "~0";
    } else if (letter == '/') {
      token += "~1";
    } else {
      token += letter;
    }
  }
  return token;
}

// Reads the members of one object; the first fault is kept, reading goes on harmlessly.
class Reader {
 public:
  Reader(const json::object& object, std::string pointer)
      : object_{object}, pointer_{std::move(pointer)} {}

  std::string text(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_string()) return fail(name, *value, "a string"), std::string{};
    return std::string{value->get_string()};
  }

  // Absent reads as empty, and null too: Go writes a nil map so.
  Labels labels(std::string_view name) {
    Labels labels;
    const auto* value = find(name);
    if (value == nullptr || value->is_null()) return labels;
    if (!value->is_object()) return fail(name, *value, "an object of strings"), labels;
    labels.reserve(value->get_object().size());
    for (const auto& [key, text] : value->get_object()) {
      if (!text.is_string()) {
        fail(std::string{name} + pointer_token(key), text, "a string", false);
        return labels;
      }
      // Go writes them in order.
      labels.insert_or_assign(labels.end(), std::string{key}, std::string{text.get_string()});
    }
    return labels;
  }

  // Absent reads as 0.
  std::uint64_t count(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr || value->is_null()) return 0;
    if (value->is_int64() && value->get_int64() >= 0) {
      return static_cast<std::uint64_t>(value->get_int64());
    }
    return fail(name, *value, "a number that is not negative"), 0;
  }

  // Version 3 wrote the group key as a number.
  std::string text_or_number(std::string_view name) {
    const auto* value = find(name);
    return value != nullptr && value->is_number() ? json::serialize(*value) : text(name);
  }

  // Absent, and the year 1 by which Go says "not set", read as none.
  std::optional<Time> time(std::string_view name) {
    const std::string written = text(name);
    if (written.empty() || written.starts_with("0001-01-01T00:00:00")) return std::nullopt;
    const auto time = parse_time(written);
    if (!time) fault(name, "must be a time as 2006-01-02T15:04:05Z, is \"" + written + "\"");
    return time;
  }

  void fault(std::string_view name, std::string reason) {
    if (!fault_.empty()) return;
    fault_ = std::move(reason);
    fault_pointer_ = pointer_ + pointer_token(name);
  }

  const std::string& fault() const { return fault_; }
  const std::string& fault_pointer() const { return fault_pointer_; }

 private:
  const json::value* find(std::string_view name) const { return object_.if_contains(name); }

  void fail(std::string_view name, const json::value& value, const char* expected,
            bool escape = true) {
    if (!fault_.empty()) return;
    fault_ = std::string{"must be "} + expected + ", is " + kind_text(value);
    fault_pointer_ = pointer_ + (escape ? pointer_token(name) : "/" + std::string{name});
  }

  const json::object& object_;
  std::string pointer_;
  std::string fault_;
  std::string fault_pointer_;
};

void keep_bad(Notification& notification, BadAlert bad) {
  if (++notification.bad_alert_count <= most_bad_alerts) {
    notification.bad_alerts.push_back(std::move(bad));
  }
}

void read_alert(const json::value& value, std::size_t index, Notification& notification) {
  const std::string pointer = "/alerts/" + std::to_string(index);
  if (!value.is_object()) {
    keep_bad(notification, {index, pointer, "must be an object, is " + kind_text(value)});
    return;
  }
  Reader reader{value.get_object(), pointer};
  Alert alert;
  const std::string status = reader.text("status");
  alert.labels = reader.labels("labels");
  alert.annotations = reader.labels("annotations");
  alert.generator_url = reader.text("generatorURL");
  alert.fingerprint = reader.text("fingerprint");
  const auto starts_at = reader.time("startsAt");
  alert.ends_at = reader.time("endsAt");

  if (status == "firing") {
    alert.status = Status::firing;
    alert.ends_at.reset();
  } else if (status == "resolved") {
    alert.status = Status::resolved;
  } else {
    reader.fault("status", "must be \"firing\" or \"resolved\", is \"" + status + "\"");
  }
  if (alert.labels.empty()) reader.fault("labels", "an alert without labels means nothing");
  if (!starts_at) reader.fault("startsAt", "is missing");
  if (alert.status == Status::resolved && !alert.ends_at) {
    reader.fault("endsAt", "is missing from a resolved alert");
  }
  if (!reader.fault().empty()) {
    keep_bad(notification, {index, reader.fault_pointer(), reader.fault()});
    return;
  }
  alert.starts_at = *starts_at;
  notification.alerts.push_back(std::move(alert));
}

}  // namespace

boost::system::result<Notification, ParseError> parse(std::string_view body) {
  if (body.empty()) return ParseError{"the body is empty", "line 1, column 1"};

  // The values of some ten alerts have room in here; those of more are allocated.
  std::array<unsigned char, std::size_t{32} * 1024> room;  // NOLINT: written before it is read
  json::monotonic_resource values{room.data(), room.size()};
  json::stream_parser parser{{}, {.max_depth = max_depth}};
  parser.reset(&values);
  boost::system::error_code error;
  const std::size_t read = parser.write_some(body.data(), body.size(), error);
  if (!error && read == body.size()) parser.finish(error);
  if (!error && read < body.size()) {
    const auto rest = body.find_first_not_of(" \t\r\n", read);
    if (rest != std::string_view::npos) {
      return ParseError{"not JSON: something follows the value", line_and_column(body, rest)};
    }
  }
  if (error) return ParseError{"not JSON: " + error.message(), line_and_column(body, read)};

  const json::value root = parser.release();
  if (!root.is_object()) return ParseError{"must be an object, is " + kind_text(root), ""};
  const auto& object = root.get_object();
  const auto* alerts = object.if_contains("alerts");
  if (alerts == nullptr) {
    return ParseError{"is missing: this is no Alertmanager notification", "/alerts"};
  }
  if (!alerts->is_array()) {
    return ParseError{"must be an array, is " + kind_text(*alerts), "/alerts"};
  }

  Reader reader{object, ""};
  Notification notification;
  notification.version = reader.text("version");
  notification.receiver = reader.text("receiver");
  notification.group_key = reader.text_or_number("groupKey");
  notification.external_url = reader.text("externalURL");
  notification.truncated_alerts = reader.count("truncatedAlerts");
  if (!notification.version.empty() && notification.version != "4" && notification.version != "3") {
    reader.fault("version",
                 "\"" + notification.version + "\" is unknown; versions 3 and 4 are understood");
  }
  if (!reader.fault().empty()) return ParseError{reader.fault(), reader.fault_pointer()};

  notification.alerts.reserve(alerts->get_array().size());
  std::size_t index = 0;
  for (const auto& alert : alerts->get_array()) read_alert(alert, index++, notification);
  return notification;
}

}  // namespace scalehook::alert
