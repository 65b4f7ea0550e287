#include "core/promql/vector.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace scalehook::promql {
namespace {

constexpr std::string_view name_label = "__name__";

std::size_t hash_of(const Labels& labels) {
  std::size_t result = labels.size();
  const auto mix = [&](std::string_view text) {
    result ^=
        std::hash<std::string_view>{}(text) + 0x9e3779b97f4a7c15 + (result << 6U) + (result >> 2U);
  };
  for (const auto& [name, value] : labels) {
    mix(name);
    mix(value);
  }
  return result;
}

}  // namespace

std::string_view value_of(const Labels& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view{} : std::string_view{found->second};
}

const LabelSet& LabelSets::append(Labels labels) {
  LabelSet& result = all_.emplace_back();
  result.labels = std::move(labels);
  result.hash = hash_of(result.labels);
  return result;
}

const LabelSet& LabelSets::add(Labels labels) {
  for (auto at = labels.begin(); at != labels.end();) {
    at = at->second.empty() ? labels.erase(at) : at + 1;
  }
  if (!labels.contains(name_label)) return append(std::move(labels));
  Labels nameless = labels;
  nameless.erase(nameless.find(name_label));
  const LabelSet& without = append(std::move(nameless));
  append(std::move(labels));
  all_.back().nameless = &without;
  return all_.back();
}

void Evaluation::drop_names(Vector& vector) {
  bool dropped = false;
  for (Point& point : vector) {
    dropped = dropped || point.set != point.set->nameless;
    point.set = point.set->nameless;
  }
  if (dropped) check(vector);
}

void Evaluation::check(const Vector& vector) {
  if (vector.size() < 2) return;
  std::vector<const LabelSet*> all;
  all.reserve(vector.size());
  for (const Point& point : vector) all.push_back(point.set);
  std::sort(all.begin(), all.end(),
            [](const LabelSet* a, const LabelSet* b) { return a->hash < b->hash; });
  const auto same =
      std::adjacent_find(all.begin(), all.end(), [](const LabelSet* a, const LabelSet* b) {
        return a->hash == b->hash && a->labels == b->labels;
      });
  if (same != all.end()) fail("the result has two series with the same labels");
}

void Evaluation::fail(std::string_view sentence) {
  if (fault.empty()) fault = sentence;
}

double seconds_of(Time time) {
  const auto milliseconds =
      std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return static_cast<double>(milliseconds) / 1000;
}

double seconds_of(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

}  // namespace scalehook::promql
