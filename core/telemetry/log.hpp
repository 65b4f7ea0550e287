// Structured lines on stderr: a message and what belongs to it as key and value.
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace scalehook::log {

enum class Level { debug, info, warn, error };
enum class Format { logfmt, json };

// The values of --log.level and --log.format; nothing for any other word.
std::optional<Level> parse_level(std::string_view word);
std::optional<Format> parse_format(std::string_view word);

// What is logged and how. Call it before there are threads; without it: info, logfmt.
void setup(Level level, Format format);

// Whether a line of that level is written. Any thread.
bool enabled(Level level);

// A text, a number or a boolean. Numbers and booleans stay such in JSON.
class Value {
 public:
  Value(std::string_view text) : text_(text), quoted_(true) {}
  Value(const std::string& text) : text_(text), quoted_(true) {}
  Value(const char* text) : text_(text), quoted_(true) {}
  Value(bool value) : text_(value ? "true" : "false") {}
  Value(double value);
  template <std::integral T>
  Value(T number) : text_(std::to_string(number)) {}

  const std::string& text() const { return text_; }
  bool quoted() const { return quoted_; }

 private:
  std::string text_;
  bool quoted_ = false;
};

struct Field {
  std::string_view key;  // a lower-case word of ours, e.g. "target"
  Value value;
};
using Fields = std::initializer_list<Field>;

// One line each. Values may hold anything: line feeds and control characters are escaped, and what
// is not UTF-8 is replaced, so that no alert can forge a line. Any thread.
void write(Level level, std::string_view message, Fields fields = {});
void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace scalehook::log
