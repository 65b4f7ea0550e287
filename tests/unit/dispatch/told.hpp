// A loop whose notifier is about what it is told.
#pragma once

#include <string>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {

struct Told : Loop {
  Told() { cluster.workloads["test"] = {2}; }

  void refuse_deliveries(int count) {
    for (int number = 0; number < count; ++number)
      deliveries.push_back(fault(plugin::Status::retry));
  }
};

// An event of some size.
inline alert::Alert long_alert(Told& loop, std::size_t bytes) {
  auto alert = loop.alert("Not A Name");
  alert.annotations["text"] = std::string(bytes, 'x');
  return alert;
}

}  // namespace scalehook::dispatch
