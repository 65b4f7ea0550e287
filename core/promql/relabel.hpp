// label_replace() and label_join(). Private to core/promql.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/promql/vector.hpp"

namespace scalehook::promql {

struct Replacement {
  std::string target;
  std::string replacement;  // with $1, ${1}, $name, and $$ for a dollar
  std::string source;
  std::shared_ptr<const re2::RE2> expression;
};

// Where the source's value matches, the target is what the replacement says.
Vector replace_label(const Replacement& replacement, const Vector& vector, Evaluation& evaluation);

struct Joining {
  std::string target;
  std::string separator;
  std::vector<std::string> sources;
};

Vector join_labels(const Joining& joining, const Vector& vector, Evaluation& evaluation);

}  // namespace scalehook::promql
