// What a rule points at.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <tuple>

namespace scalehook::rules {

// The workload a scaler sets replicas of. The core knows no namespace: the fields are whatever the
// scaler's target schema says. Two targets are the same when scaler and fields are.
struct Target {
  std::string scaler;  // the name of a configured scaler
  std::map<std::string, std::string, std::less<>> fields;

  friend bool operator==(const Target&, const Target&) = default;
  friend bool operator<(const Target& a, const Target& b) {
    return std::tie(a.scaler, a.fields) < std::tie(b.scaler, b.fields);
  }
};

// "deployment shop/checkout": the scaler's name, then the fields' values with `name` last.
std::string to_text(const Target& target);

}  // namespace scalehook::rules
