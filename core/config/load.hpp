// From YAML to a Config, with every mistake at once and where it stands.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.hpp"

namespace scalehook::config {

// Lines and columns count from 1.
struct Place {
  std::size_t line{};
  std::size_t column{};
};

struct Mistake {
  Place place;
  std::string pointer;  // RFC 6901 into the file, "/rules/2/limits/min"
  std::string message;  // what is wrong, and what to do
};

// "FILE:LINE:COLUMN: POINTER: MESSAGE", one a line; without the pointer where it is empty.
std::string to_text(const std::string& file, const std::vector<Mistake>& mistakes);

struct Document {
  Config config;
  // Where the value at a JSON pointer stands, so that what is found later, by a plugin's schema,
  // gets a line too. An unknown pointer gives the nearest parent's place.
  Place place(std::string_view pointer) const;
  // The same of the key before it, which may stand lines above: for a key that nobody knows.
  Place key_place(std::string_view pointer) const;

  std::map<std::string, Place, std::less<>> places, key_places;  // by pointer
  // The pointers at which each scaler, notifier and rule stand, in the order of config's vectors
  // ("/scalers/0"); for what the defaults put there, empty.
  std::vector<std::string> scaler_pointers, notifier_pointers, rule_pointers;
};

// What a file says as far as it can be read, and what is wrong with it: so that more checks can be
// made of what is right, and all mistakes told at once.
struct Reading {
  Document document;
  std::vector<Mistake> mistakes;
};

// Checks everything that can be known without the plugins: YAML itself, keys that stand twice,
// unknown keys (with the nearest known one), types, ranges, min > max, names that are used and not
// defined or defined twice, matchers, durations ("5m", as Prometheus writes them), templates. The
// mistakes are in the file's order. What the file does not say is as in built_in(), each section on
// its own; rules inherit `defaults`. Any thread.
Reading read(std::string_view yaml);
// The same from a file; a file that cannot be read is one mistake at 1:1.
Reading read_file(const std::string& path);

// The document, or the mistakes if there are any.
boost::system::result<Document, std::vector<Mistake>> load(std::string_view yaml);
boost::system::result<Document, std::vector<Mistake>> load_file(const std::string& path);

// What is taken as it is written, and cannot follow the load: a rule whose count follows a value
// that nobody is asked for between notifications. In the file's order.
std::vector<Mistake> warnings(const Document& document);

}  // namespace scalehook::config
