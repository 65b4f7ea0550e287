#include "core/simulate/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

#include "core/simulate/axis.hpp"
#include "core/simulate/svg.hpp"
#include "core/simulate/wording.hpp"

namespace scalehook::simulate {
namespace {

constexpr double width = 1000;
constexpr double left = 64;
constexpr double right = width - 24;
constexpr double top = 96;
constexpr double first_height = 240;
constexpr double further_height = 140;
constexpr double gap = 36;
constexpr double legend_y = 52;
constexpr std::size_t most_named = 6;     // in the legend
constexpr std::size_t most_measures = 4;  // that have a panel

// Told apart by those who do not see red and green as others do (Okabe and Ito).
constexpr std::array<std::string_view, 6> colours{"#0072b2", "#009e73", "#cc79a7",
                                                  "#56b4e9", "#7f6000", "#444444"};
constexpr std::string_view threshold_style =
    "stroke=\"#d55e00\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\"";
constexpr std::string_view firing_colour = "#fbdac8";
constexpr std::string_view pending_colour = "#fdf0c8";
constexpr std::string_view load_colour = "#444444";
constexpr std::string_view capacity_colour = "#0072b2";
constexpr std::string_view short_colour = "#d55e00";
constexpr std::string_view hpa_colour = "#cc79a7";
constexpr std::string_view compared_colour = "#009e73";

std::string_view colour(std::size_t index) { return colours[index % colours.size()]; }

struct Panel {
  std::string name;
  double top{}, bottom{};
  Axis axis;
};

class Plot {
 public:
  explicit Plot(const Report& report)
      : report_{report}, timeline_{report.timeline}, is_load_{!timeline_.served.empty()} {
    lay_out();
  }

  std::string draw() {
    title();
    if (!is_load_) {
      spans(AlertState::pending, pending_colour);
      spans(AlertState::firing, firing_colour);
    }
    for (const auto& panel : panels_) grid(panel);
    times();
    if (is_load_) {
      load();
    } else {
      measures();
    }
    counts();
    return std::move(svg_).finish();
  }

 private:
  void lay_out() {
    double y = top;
    const auto add = [&](const std::string& name, double low, double high, double least_step) {
      const double height = panels_.empty() ? first_height : further_height;
      panels_.push_back(
          {name, y, y + height, value_axis(low, 1.05 * high, y + height, y, least_step)});
      y += height + gap;
    };
    if (is_load_) {
      double most = 0;
      for (const auto& served : timeline_.served)
        most = std::max({most, served.load, served.at_most});
      add("load", 0, most, 0);
    } else {
      for (const auto& measure : measures_shown()) {
        const auto [low, high] = range_of(measure);
        add(measures_shown().size() > 1 ? measure : "value", low, high, 0);
      }
    }
    double most = 1;
    each_count([&](const auto& changes, auto, auto) {
      for (const auto& change : changes)
        most = std::max(most, static_cast<double>(change.replicas));
    });
    add("replicas", 0, most, 1);
    svg_ = Svg{width, panels_.back().bottom + 44};
  }

  // The measures of alerts, each once.
  std::vector<std::string> measures_shown() const {
    std::vector<std::string> all;
    for (const auto& alert : timeline_.alerts) {
      if (all.size() < most_measures &&
          std::find(all.begin(), all.end(), alert.measure) == all.end())
        all.push_back(alert.measure);
    }
    return all;
  }

  std::pair<double, double> range_of(const std::string& measure) const {
    double low = 0, high = -std::numeric_limits<double>::infinity();
    const auto add = [&](double value) {
      if (!std::isfinite(value)) return;
      low = std::min(low, value);
      high = std::max(high, value);
    };
    for (const auto& alert : timeline_.alerts) {
      if (alert.measure == measure) add(alert.threshold.value_or(0));
    }
    for (const auto& watched : timeline_.watched) {
      if (timeline_.alerts[watched.alert].measure != measure) continue;
      for (const auto& point : watched.points) add(point.value);
    }
    return {low, high};
  }

  template <typename Use>
  void each_count(Use use) const {
    // What is ours lies above the others.
    if (report_.compared) use(report_.compared->changes, report_.compared->name, compared_colour);
    if (report_.hpa) use(report_.hpa->changes, report_.hpa->name, hpa_colour);
    for (std::size_t index = timeline_.workloads.size(); index-- > 0;) {
      use(timeline_.workloads[index].changes, timeline_.workloads[index].target, colour(index));
    }
  }

  double x(Time time) const {
    const auto whole = std::max<std::chrono::nanoseconds>(timeline_.end - timeline_.start,
                                                          std::chrono::nanoseconds{1});
    return left + (right - left) * static_cast<double>((time - timeline_.start).count()) /
                      static_cast<double>(whole.count());
  }

  void title() {
    std::string name;
    for (const auto& alert : timeline_.alerts) {
      name += (name.empty() ? "" : ", ") + alert.name;
      const bool is_whole = !alert.threshold;
      const bool is_only = timeline_.alerts.size() == 1;
      if (is_only && (is_whole || is_load_)) name += ":";
      if (is_only && !is_whole && is_load_) name += " " + alert.measure;
      if (is_only || !is_whole) name += " " + alert.condition;
    }
    constexpr std::size_t longest = 54;
    if (name.size() > longest) name = name.substr(0, longest) + " …";
    svg_.text(left, 26, name, "font-size=\"16\" font-weight=\"bold\"");
    svg_.text(right, 26, time_text(timeline_.start) + " to " + time_text(timeline_.end) + " UTC",
              "text-anchor=\"end\" fill=\"#666\"");
  }

  // Calls with the pixels at which each stretch begins and ends.
  template <typename Item, typename Is, typename Use>
  void stretches(const std::vector<Item>& items, Is is, Use use) const {
    for (auto from = items.begin(); from != items.end();) {
      from = std::find_if(from, items.end(), is);
      if (from == items.end()) return;
      const auto to = std::find_if_not(from, items.end(), is);
      use(x(from->at), to == items.end() ? right : x(to->at));
      from = to;
    }
  }

  // Behind what its alert compares, and behind the counts.
  void spans(AlertState state, std::string_view fill) {
    const auto shown = measures_shown();
    for (const auto& watched : timeline_.watched) {
      const auto& measure = timeline_.alerts[watched.alert].measure;
      stretches(
          watched.points, [&](const auto& point) { return point.state == state; },
          [&](double from, double to) {
            for (std::size_t index = 0; index < panels_.size(); ++index) {
              const bool is_about = index == shown.size() || shown[index] == measure;
              const auto& panel = panels_[index];
              if (is_about) svg_.box(from, panel.top, to - from, panel.bottom - panel.top, fill);
            }
          });
    }
  }

  void grid(const Panel& panel) {
    for (const double tick : panel.axis.ticks) {
      const double y = panel.axis(tick);
      svg_.line(left, y, right, y, "stroke=\"#000\" stroke-opacity=\"0.1\"");
      svg_.text(left - 8, y + 4, number_text(tick), "text-anchor=\"end\" fill=\"#666\"");
    }
    svg_.text(left, panel.axis.end - 8, panel.name, "fill=\"#666\"");
  }

  void times() {
    const double bottom = panels_.back().bottom;
    for (const auto& [at, label] : time_ticks(timeline_.start, timeline_.end)) {
      for (const auto& panel : panels_) {
        svg_.line(x(at), panel.top, x(at), panel.bottom, "stroke=\"#000\" stroke-opacity=\"0.06\"");
      }
      svg_.line(x(at), bottom, x(at), bottom + 5, "stroke=\"#666\"");
      svg_.text(x(at), bottom + 20, label, "text-anchor=\"middle\" fill=\"#666\"");
    }
  }

  // Of the points on one pixel the lowest and the highest are drawn, which looks the same.
  template <typename Item, typename Value>
  std::string curve(const std::vector<Item>& items, const Axis& axis, Value value) const {
    std::string points;
    bool is_open = false;
    const auto add = [&](const Item& item) {
      points += fmt::format("{}{:.1f} {:.1f}", is_open ? "L" : "M", x(item.at), axis(value(item)));
      is_open = true;
    };
    for (auto first = items.begin(); first != items.end();) {
      const auto next = std::find_if(first + 1, items.end(), [&](const Item& item) {
        return x(item.at) >= x(first->at) + 0.5 || !std::isfinite(value(item));
      });
      if (!std::isfinite(value(*first))) {
        is_open = false;
      } else {
        const auto [low, high] = std::minmax_element(
            first, next,
            [&](const Item& one, const Item& other) { return value(one) < value(other); });
        add(*std::min(low, high));
        if (low != high) add(*std::max(low, high));
      }
      first = next;
    }
    return points;
  }

  void measures() {
    const auto shown = measures_shown();
    std::set<std::pair<std::string, alert::Labels>> drawn;
    for (std::size_t index = 0; index < shown.size(); ++index) {
      const auto& axis = panels_[index].axis;
      for (const auto& alert : timeline_.alerts) {
        if (alert.measure != shown[index] || !alert.threshold) continue;
        svg_.line(left, axis(*alert.threshold), right, axis(*alert.threshold), threshold_style);
      }
      std::size_t series = 0;
      for (const auto& watched : timeline_.watched) {
        const auto& measure = timeline_.alerts[watched.alert].measure;
        if (measure != shown[index] || !drawn.emplace(measure, watched.labels).second) continue;
        const auto value = [](const Watched::Point& point) { return point.value; };
        svg_.path(curve(watched.points, axis, value), colour(series++), 1.5);
      }
    }
    double at = legend(left, pending_colour, "pending");
    at = legend(at, firing_colour, "firing");
    svg_.line(at, legend_y, at + 18, legend_y, threshold_style);
    svg_.text(at + 24, legend_y + 4, "threshold");
    at += 24 + width_of("threshold") + 20;
    named(timeline_.workloads.size(), legend_y, at,
          [&](std::size_t index) { return timeline_.workloads[index].target; });
    if (timeline_.watched.size() < 2 || timeline_.alerts.size() > 1) return;
    named(timeline_.watched.size(), legend_y + 20, left,
          [&](std::size_t index) { return labels_text(timeline_.watched[index].labels); });
  }

  void load() {
    const auto& panel = panels_.front();
    const auto height = panel.bottom - panel.top;
    stretches(
        timeline_.served, [](const Served& served) { return served.is_short; },
        [&](double from, double to) {
          svg_.box(from, panel.top, std::max(1.5, to - from), height, "#f6c9b0");
        });
    svg_.path(steps(timeline_.served, panel.axis, [](const Served& one) { return one.at_most; }),
              capacity_colour, 1.5);
    svg_.path(curve(timeline_.served, panel.axis, [](const Served& one) { return one.load; }),
              load_colour, 1);
    for (const auto& watched : timeline_.watched) {
      stretches(
          watched.points, [](const auto& one) { return one.state == AlertState::firing; },
          [&](double from, double to) {
            svg_.box(from, panels_.back().bottom - 5, std::max(1.0, to - from), 5, short_colour);
          });
    }
    double at = left;
    const auto stroke = [&](std::string_view of, std::string_view name) {
      svg_.line(at, legend_y, at + 18, legend_y,
                fmt::format("stroke=\"{}\" stroke-width=\"2.5\"", of));
      svg_.text(at + 24, legend_y + 4, name);
      at += 24 + width_of(name) + 20;
    };
    stroke(load_colour, "load");
    stroke(capacity_colour, "capacity of ready replicas; " +
                                (timeline_.workloads.empty() ? "" : timeline_.workloads[0].target));
    at = legend(at, "#f6c9b0", "too little");
    at = legend(at, short_colour, "alert fires");
    if (report_.hpa) stroke(hpa_colour, report_.hpa->name);
    if (report_.compared) stroke(compared_colour, report_.compared->name);
  }

  void counts() {
    const auto& axis = panels_.back().axis;
    each_count([&](const auto& changes, auto, std::string_view stroke) {
      std::string points;
      for (const auto& [at, replicas] : changes) {
        const double y = axis(static_cast<double>(replicas));
        points += points.empty() ? fmt::format("M{:.1f} {:.1f}", x(at), y)
                                 : fmt::format("H{:.1f}V{:.1f}", x(at), y);
      }
      svg_.path(points + fmt::format("H{:.1f}", right), stroke, is_load_ ? 1.5 : 2.5);
    });
  }

  // A line that goes up and down at once.
  template <typename Value>
  std::string steps(const std::vector<Served>& items, const Axis& axis, Value value) const {
    std::string points;
    double last{};
    for (const auto& item : items) {
      if (!points.empty() && value(item) == last) continue;
      last = value(item);
      points += points.empty() ? fmt::format("M{:.1f} {:.1f}", x(item.at), axis(last))
                               : fmt::format("H{:.1f}V{:.1f}", x(item.at), axis(last));
    }
    return points + fmt::format("H{:.1f}", right);
  }

  // A box and what it means; where the next one begins.
  double legend(double at, std::string_view fill, std::string_view label) {
    svg_.box(at, legend_y - 6, 18, 12, fill);
    svg_.text(at + 24, legend_y + 4, label);
    return at + 24 + width_of(label) + 20;
  }

  template <typename Name>
  void named(std::size_t count, double y, double at, Name name) {
    for (std::size_t index = 0; index < std::min(count, most_named); ++index) {
      const std::string label = name(index);
      const double wide = 24 + width_of(label) + 20;
      if (at + wide > right && index > 0) return;
      svg_.line(at, y, at + 18, y,
                fmt::format("stroke=\"{}\" stroke-width=\"2.5\"", colour(index)));
      svg_.text(at + 24, y + 4, label);
      at += wide;
    }
  }

  const Report& report_;
  const Timeline& timeline_;
  bool is_load_;
  std::vector<Panel> panels_;  // the last one is of the counts
  Svg svg_{0, 0};
};

}  // namespace

std::string plot(const Report& report) { return Plot{report}.draw(); }

}  // namespace scalehook::simulate
