#include "core/simulate/axis.hpp"

#include <array>
#include <cmath>

#include "core/alert/time.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;
constexpr auto day = std::chrono::nanoseconds{24h};
constexpr std::array<std::chrono::nanoseconds, 20> steps{
    1s,    2s,    5s, 10s, 15s, 30s, 1min, 2min, 5min,    10min,
    15min, 30min, 1h, 2h,  3h,  6h,  12h,  day,  2 * day, 7 * day};
constexpr int most_ticks = 12;

}  // namespace

Axis value_axis(double lowest, double highest, double begin, double end, double least_step) {
  constexpr int wanted_ticks = 5;
  lowest = std::min(lowest, 0.0);
  if (highest <= lowest) highest = lowest + 1;
  const double rough = (highest - lowest) / wanted_ticks;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= rough) step = factor * power;
  }
  step = std::max(step, least_step);
  Axis axis{std::floor(lowest / step) * step, std::ceil(highest / step) * step, begin, end, {}};
  const auto count = std::llround((axis.high - axis.low) / step);
  for (long long index = 0; index <= count; ++index) {
    axis.ticks.push_back(axis.low + static_cast<double>(index) * step);
  }
  return axis;
}

std::vector<TimeTick> time_ticks(Time start, Time end) {
  auto step = steps.back();
  for (auto candidate = steps.rbegin(); candidate != steps.rend(); ++candidate) {
    if ((end - start) / *candidate <= most_ticks) step = *candidate;
  }
  while ((end - start) / step > most_ticks) step *= 2;
  std::vector<TimeTick> ticks;
  auto since = start.time_since_epoch() / step * step;
  if (since < start.time_since_epoch()) since += step;
  for (Time at{since}; at <= end; at += step) {
    const auto text = alert::to_text(at);
    const bool is_midnight = at.time_since_epoch() % day == 0s;
    if (step >= day || (is_midnight && end - start > day)) {
      ticks.push_back({at, text.substr(5, 5)});
    } else {
      ticks.push_back({at, text.substr(11, step < 1min ? 8 : 5)});
    }
  }
  return ticks;
}

}  // namespace scalehook::simulate
