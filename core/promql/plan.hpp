// An expression compiled for a storage. Private to core/promql.
#pragma once

#include <functional>

#include "core/promql/tree.hpp"
#include "core/promql/vector.hpp"

namespace scalehook::promql {

using VectorStep = std::function<Vector(Evaluation&)>;
using ScalarStep = std::function<double(Evaluation&)>;

// Makes of each node a function that calls those of its operands. What they point to lives in the
// storage, in the sets, and in the expression, which they hold.
class Compiler {
 public:
  Compiler(const Storage& storage, LabelSets& sets) : storage_{storage}, sets_{sets} {}

  VectorStep vector(const Expression& expression);  // of type vector
  ScalarStep scalar(const Expression& expression);  // of type scalar

 private:
  VectorStep selector(const Selector& selector);
  VectorStep negation(const Signed& one);
  VectorStep binary(const Expression& expression, const Binary& binary);
  VectorStep aggregation(const Expression& expression, const Aggregation& aggregation);
  VectorStep call(const Call& call);
  VectorStep over_range(const Call& call);
  VectorStep of_values(const Call& call);
  VectorStep absent(const Call& call);
  VectorStep clamped(const Call& call);
  VectorStep sorted(const Call& call);
  VectorStep timestamp(const Call& call);
  VectorStep relabelled(const Call& call);

  const Storage& storage_;
  LabelSets& sets_;
};

}  // namespace scalehook::promql
