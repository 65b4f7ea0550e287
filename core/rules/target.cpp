#include "core/rules/target.hpp"

namespace scalehook::rules {

std::string to_text(const Target& target) {
  std::string path;
  const std::string* name = nullptr;
  for (const auto& [field, value] : target.fields) {
    if (field == "name") {
      name = &value;
      continue;
    }
    if (!path.empty()) path += '/';
    path += value;
  }
  if (name != nullptr) path += (path.empty() ? "" : "/") + *name;
  return target.scaler + " " + path;
}

}  // namespace scalehook::rules
