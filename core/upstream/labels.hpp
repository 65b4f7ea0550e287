// Labels as JSON has them: an object of strings.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "core/alert/alert.hpp"

namespace scalehook::upstream {

// Throws as boost::json's conversions do if it is none.
inline alert::Labels labels_of(const boost::json::value& value) {
  alert::Labels labels;
  for (const auto& [name, text] : value.as_object()) {
    labels.insert_or_assign(std::string{name}, std::string{text.as_string()});
  }
  return labels;
}

}  // namespace scalehook::upstream
