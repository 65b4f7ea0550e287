// The functions and aggregations of PromQL, as Prometheus 2.42 has them. Private to core/promql.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/promql/tree.hpp"

namespace scalehook::promql {

struct Signature {
  std::string_view name;
  std::string_view arguments;  // each a letter: s(calar), v(ector), r(ange), t(ext)
  std::size_t optional = 0;    // so many of the last may be left out
  Type result = Type::vector;
  bool repeats = false;   // the last may come again, or not at all
  bool evaluated = true;  // by evaluate()
};

// Null for what is no function. Names are case-sensitive.
const Signature* function(std::string_view name);

// sum, topk and the like, in lower case.
bool is_aggregation(std::string_view name);

// What is wrong with the types: "rate() takes a range vector (x[5m]), not an instant vector". Empty
// if nothing is; the place is the caller's to add.
std::string fault_of(const Binary& binary);
std::string fault_of(const Aggregation& aggregation);
std::string fault_of(const Call& call, const Signature& signature);

Type type_of(const Binary& binary);

std::string_view name_of(Type type);
std::string_view name_of(Operator one);  // as it is written, in lower case
std::optional<Operator> operator_of(std::string_view lower_case);

}  // namespace scalehook::promql
