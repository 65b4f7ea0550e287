// Verdicts on several spans of one play.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/simulate/verdict.hpp"

namespace scalehook::simulate {

// What a verdict is about: what is at or after `from` and before `to`.
struct Span {
  Time from{}, to = Time::max();
};

// A judge for each span; see Judge.
class Judges {
 public:
  explicit Judges(std::vector<Span> spans) : spans_{std::move(spans)} {
    for (const auto& span : spans_) judges_.emplace_back(span.from);
  }

  void change(Time at, std::int64_t from, std::int64_t to) {
    each(at, [&](Judge& judge) { judge.change(at, from, to); });
  }
  void look(const Tick& tick, std::int64_t replicas) {
    each(tick.at, [&](Judge& judge) { judge.look(tick, replicas); });
  }

  // In the order of the spans.
  std::vector<Verdict> verdicts() const {
    std::vector<Verdict> verdicts;
    for (const auto& judge : judges_) verdicts.push_back(judge.verdict());
    return verdicts;
  }

 private:
  template <typename Use>
  void each(Time at, Use use) {
    for (std::size_t index = 0; index < spans_.size(); ++index) {
      if (at < spans_[index].to) use(judges_[index]);
    }
  }

  std::vector<Span> spans_;
  std::vector<Judge> judges_;
};

}  // namespace scalehook::simulate
