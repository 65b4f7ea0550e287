// Of the Compiler what compiles calls of functions.
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "core/promql/expression.hpp"
#include "core/promql/plan.hpp"
#include "core/promql/quantile.hpp"
#include "core/promql/range_functions.hpp"
#include "core/promql/relabel.hpp"
#include "core/promql/source.hpp"
#include "core/promql/value_functions.hpp"

namespace scalehook::promql {
namespace {

const std::string& text_of(const Expression& expression) { return expression->as<Text>()->value; }

// What absent() is called with says what labels the missing one would have.
Labels demanded_labels(const Expression& expression) {
  Labels result;
  const auto* const selector = expression->as<Selector>();
  if (selector == nullptr) return result;
  for (auto at = selector->matchers.begin(); at != selector->matchers.end(); ++at) {
    const bool is_only =
        std::count_if(selector->matchers.begin(), selector->matchers.end(),
                      [&](const Matcher& one) { return one.label == at->label; }) == 1;
    if (is_only && at->kind == Matcher::Kind::equal && at->label != "__name__") {
      result[at->label] = at->value;
    }
  }
  return result;
}

VectorStep one_without_labels(LabelSets& sets, ScalarStep value) {
  return [set = &sets.add({}), value = std::move(value)](Evaluation& evaluation) {
    return Vector{{set, value(evaluation)}};
  };
}

}  // namespace

VectorStep Compiler::call(const Call& call) {
  const std::string& name = call.function;
  if (name == "vector") return one_without_labels(sets_, scalar(call.arguments.front()));
  if (name == "absent" || name == "absent_over_time") return absent(call);
  if (name == "timestamp") return timestamp(call);
  if (name.starts_with("clamp")) return clamped(call);
  if (name == "sort" || name == "sort_desc") return sorted(call);
  if (name == "label_replace" || name == "label_join") return relabelled(call);
  if (name == "histogram_quantile") {
    return [rank = scalar(call.arguments[0]),
            operand = vector(call.arguments[1])](Evaluation& evaluation) {
      return histogram_quantile(rank(evaluation), operand(evaluation), evaluation);
    };
  }
  if (range_function(name) != nullptr) return over_range(call);
  return of_values(call);
}

VectorStep Compiler::of_values(const Call& call) {
  if (call.function == "round") {
    const bool has_step = call.arguments.size() == 2;
    return [operand = vector(call.arguments.front()),
            to = has_step ? scalar(call.arguments.back())
                          : [](Evaluation&) { return 1.0; }](Evaluation& evaluation) {
      Vector result = operand(evaluation);
      const double step = to(evaluation);
      for (Point& point : result) point.value = rounded(point.value, step);
      evaluation.drop_names(result);
      return result;
    };
  }
  const ValueFunction function = value_function(call.function);
  if (call.arguments.empty()) {
    return one_without_labels(
        sets_, [function](Evaluation& evaluation) { return function(seconds_of(evaluation.now)); });
  }
  return [function, operand = vector(call.arguments.front())](Evaluation& evaluation) {
    Vector result = operand(evaluation);
    for (Point& point : result) point.value = function(point.value);
    evaluation.drop_names(result);
    return result;
  };
}

VectorStep Compiler::over_range(const Call& call) {
  const bool rank_is_first = call.function == "quantile_over_time";
  const Expression& range = rank_is_first ? call.arguments.back() : call.arguments.front();
  const bool has_parameter = call.arguments.size() == 2;
  ScalarStep parameter = [](Evaluation&) { return 0.0; };
  if (has_parameter) parameter = scalar(call.arguments[rank_is_first ? 0 : 1]);
  return [function = range_function(call.function), keeps_name = call.function == "last_over_time",
          sources = find_sources(*range->as<Selector>(), storage_, sets_),
          parameter = std::move(parameter)](Evaluation& evaluation) {
    Window window;
    window.now = evaluation.now;
    window.end = evaluation.now - sources.offset;
    window.begin = window.end - sources.range;
    window.parameter = parameter(evaluation);
    Vector result;
    result.reserve(sources.all.size());
    std::vector<Sample> buffer;
    for (const Source& source : sources.all) {
      window.samples = samples_within(*source.series, window.begin, window.end, buffer);
      if (window.samples.empty()) continue;
      if (const auto value = function(window)) result.push_back({source.set, *value});
    }
    if (!keeps_name) evaluation.drop_names(result);
    return result;
  };
}

VectorStep Compiler::absent(const Call& call) {
  const Expression& operand = call.arguments.front();
  const LabelSet* const set = &sets_.add(demanded_labels(operand));
  if (call.function == "absent") {
    return [set, operand = vector(operand)](Evaluation& evaluation) {
      return operand(evaluation).empty() ? Vector{{set, 1}} : Vector{};
    };
  }
  return [set, sources = find_sources(*operand->as<Selector>(), storage_, sets_)](
             Evaluation& evaluation) {
    const Time end = evaluation.now - sources.offset;
    std::vector<Sample> buffer;
    const bool is_there =
        std::any_of(sources.all.begin(), sources.all.end(), [&](const Source& source) {
          return !samples_within(*source.series, end - sources.range, end, buffer).empty();
        });
    return is_there ? Vector{} : Vector{{set, 1}};
  };
}

VectorStep Compiler::clamped(const Call& call) {
  const bool has_least = call.function != "clamp_max";
  const bool has_most = call.function != "clamp_min";
  ScalarStep least = [](Evaluation&) { return -std::numeric_limits<double>::infinity(); };
  ScalarStep most = [](Evaluation&) { return std::numeric_limits<double>::infinity(); };
  if (has_least) least = scalar(call.arguments[1]);
  if (has_most) most = scalar(call.arguments.back());
  return [=, least = std::move(least), most = std::move(most),
          operand = vector(call.arguments.front())](Evaluation& evaluation) {
    Vector result = operand(evaluation);
    const double low = least(evaluation);
    const double high = most(evaluation);
    if (high < low) return Vector{};
    for (Point& point : result) {
      if (has_most) point.value = smaller(high, point.value);
      if (has_least) point.value = larger(low, point.value);
    }
    evaluation.drop_names(result);
    return result;
  };
}

VectorStep Compiler::sorted(const Call& call) {
  return [falling = call.function == "sort_desc",
          operand = vector(call.arguments.front())](Evaluation& evaluation) {
    Vector result = operand(evaluation);
    std::stable_sort(result.begin(), result.end(), [&](const Point& a, const Point& b) {
      if (std::isnan(a.value) || std::isnan(b.value)) return !std::isnan(a.value);
      return falling ? a.value > b.value : a.value < b.value;
    });
    return result;
  };
}

VectorStep Compiler::timestamp(const Call& call) {
  const Expression& operand = call.arguments.front();
  const auto* const selector = operand->as<Selector>();
  if (selector == nullptr) {
    return [operand = vector(operand)](Evaluation& evaluation) {
      Vector result = operand(evaluation);
      for (Point& point : result) point.value = seconds_of(evaluation.now);
      evaluation.drop_names(result);
      return result;
    };
  }
  Sources sources = find_sources(*selector, storage_, sets_);
  if (sources.all.empty()) {
    const auto stand_in = storage_.stand_ins.find(to_text(*selector));
    if (stand_in != storage_.stand_ins.end()) {
      sources = find_recording(stand_in->second, storage_, sets_).value_or(Sources{});
      sources.offset = selector->offset;
    }
  }
  return [sources = std::move(sources)](Evaluation& evaluation) {
    Vector result = latest(sources, Tell::time, evaluation);
    evaluation.drop_names(result);
    return result;
  };
}

VectorStep Compiler::relabelled(const Call& call) {
  const auto& arguments = call.arguments;
  VectorStep operand = vector(arguments.front());
  if (call.function == "label_join") {
    Joining joining{text_of(arguments[1]), text_of(arguments[2]), {}};
    for (std::size_t i = 3; i < arguments.size(); ++i) {
      joining.sources.push_back(text_of(arguments[i]));
    }
    return [joining = std::move(joining), operand = std::move(operand)](Evaluation& evaluation) {
      return join_labels(joining, operand(evaluation), evaluation);
    };
  }
  Replacement replacement{text_of(arguments[1]), text_of(arguments[2]), text_of(arguments[3]),
                          std::make_shared<const re2::RE2>(text_of(arguments[4]), re2::RE2::Quiet)};
  return
      [replacement = std::move(replacement), operand = std::move(operand)](Evaluation& evaluation) {
        return replace_label(replacement, operand(evaluation), evaluation);
      };
}

}  // namespace scalehook::promql
