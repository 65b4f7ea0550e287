#include "core/telemetry/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>

namespace scalehook::log {
namespace {

std::atomic<Format> current_format{Format::logfmt};

// The line is built here and spdlog adds the time: only so are values escaped in both formats.
void set_pattern(spdlog::logger& logger, Format format) {
  logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
      format == Format::json ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ",%v})"
                             : "ts=%Y-%m-%dT%H:%M:%S.%eZ %v",
      spdlog::pattern_time_type::utc));
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("scalehook",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::info);
    set_pattern(*made, Format::logfmt);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      break;
  }
  return spdlog::level::err;
}

std::string_view word(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      break;
  }
  return "error";
}

// The length of the well-formed UTF-8 sequence at the start of `text`; 0 if there is none.
// https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, table 3-7
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool beyond = first == 0xF4 && second > 0x8F;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

// As a JSON string, which is also how logfmt quotes.
void append_quoted(std::string& line, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  line += '"';
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto c = static_cast<unsigned char>(text.front());
    if (length == 0) {
      line += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      line += {'\\', text.front()};
    } else if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else if (c == '\r') {
      line += "\\r";
    } else if (c < 0x20 || c == 0x7F) {
      line += {'\\', 'u', '0', '0', digits[c >> 4U], digits[c & 15U]};
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  line += '"';
}

bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  });
}

void append_field(std::string& line, Format format, std::string_view key, const Value& value) {
  if (!line.empty()) line += format == Format::json ? ',' : ' ';
  if (format == Format::json) {
    append_quoted(line, key);
    line += ':';
    if (value.quoted()) {
      append_quoted(line, value.text());
    } else {
      line += value.text();
    }
    return;
  }
  line += key;
  line += '=';
  if (is_plain(value.text())) {
    line += value.text();
  } else {
    append_quoted(line, value.text());
  }
}

}  // namespace

// JSON knows no NaN and no infinity: they become text.
Value::Value(double value) : text_(fmt::format("{}", value)), quoted_(!std::isfinite(value)) {}

std::optional<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::debug, Level::info, Level::warn, Level::error}) {
    if (text == word(level)) return level;
  }
  return std::nullopt;
}

std::optional<Format> parse_format(std::string_view text) {
  if (text == "logfmt") return Format::logfmt;
  if (text == "json") return Format::json;
  return std::nullopt;
}

void setup(Level level, Format format) {
  current_format = format;
  set_pattern(logger(), format);
  logger().set_level(to_spdlog(level));
}

bool enabled(Level level) { return logger().should_log(to_spdlog(level)); }

void write(Level level, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  const Format format = current_format.load(std::memory_order_relaxed);
  std::string line;
  append_field(line, format, "level", word(level));
  append_field(line, format, "msg", message);
  for (const Field& field : fields) append_field(line, format, field.key, field.value);
  logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void debug(std::string_view message, Fields fields) { write(Level::debug, message, fields); }
void info(std::string_view message, Fields fields) { write(Level::info, message, fields); }
void warn(std::string_view message, Fields fields) { write(Level::warn, message, fields); }
void error(std::string_view message, Fields fields) { write(Level::error, message, fields); }

}  // namespace scalehook::log
